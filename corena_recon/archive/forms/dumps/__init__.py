"""Dumps of databases: statements and copied lines read as rows, and what one value of theirs says."""
