"""Rows of tables: CSV and typed files, order exports among them, and what one cell or one header says."""
