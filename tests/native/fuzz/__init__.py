"""Fuzzing the compiled core: a driver in C, a target a source, a corpus made of the archives of the tests."""
