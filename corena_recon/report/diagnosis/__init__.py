"""What is counted of tables as they pass, and what in it looks like wrong input rather than like fraud."""
