"""JSON documents read element by element, whatever their size."""
