"""Verify archived Corena Payme payment notifications in bulk and reconcile them with orders."""
