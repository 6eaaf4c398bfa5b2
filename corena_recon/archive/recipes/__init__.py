"""Records of one shape, read by recipes that the exact reader has given."""
