"""Payments brought home to orders: by passes, with what nearly matches, and held against the ledger."""
