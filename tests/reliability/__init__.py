"""Figures of reliability: what was done to the package, how often, and how often it failed.

``python -m tests.reliability`` does all of it with full counts and prints a table; ``--part`` and ``--count`` choose.
"""
