"""Streams cut at line ends, and their lines read: by recipes as far as these go, in several threads."""
