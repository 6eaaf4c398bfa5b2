"""What one cell of an export says: an amount, a moment, a state."""
