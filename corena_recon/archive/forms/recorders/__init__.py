"""What tools that record requests keep, one tool a file, and how such requests are read."""
