"""The forms of archives, one a file, and how they are recognised by content."""
