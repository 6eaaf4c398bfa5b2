"""Rows of an export that belong to others, sum up others, or are not wanted."""
