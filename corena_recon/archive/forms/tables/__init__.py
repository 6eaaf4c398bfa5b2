"""Rows of tables: CSV, typed files, dumps of databases, and what one cell or one header says."""
