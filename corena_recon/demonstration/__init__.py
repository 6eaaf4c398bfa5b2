"""An invented shop with planted fraud, for the first five minutes and for tests."""
