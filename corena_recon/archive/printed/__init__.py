"""What programs print of a notification in other notations than JSON, bodies and dumps of PHP."""
