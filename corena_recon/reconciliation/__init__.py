"""Payments and orders brought together: outcomes, reasons, the tie-out."""

from corena_recon.reconciliation.facts import payment_facts
from corena_recon.reconciliation.options import BY_IDENTIFIER, WINDOW, ReconcilingOptions, reconciling_options
from corena_recon.reconciliation.outcomes import ENCODED_RESULT_SCHEMA
from corena_recon.reconciliation.reconciling import Reconciling, Scratch

__all__ = [
    "BY_IDENTIFIER",
    "ENCODED_RESULT_SCHEMA",
    "WINDOW",
    "Reconciling",
    "ReconcilingOptions",
    "Scratch",
    "payment_facts",
    "reconciling_options",
]
