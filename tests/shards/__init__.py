"""Audits in shares, and on Spark: the same rows as on one machine."""
