"""What would have made a signature valid: one change, one slip, or the formula that it was made by."""
