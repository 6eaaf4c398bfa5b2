"""Payments and orders brought together: outcomes, reasons, the tie-out."""

from corena_recon.reconciliation.facts import payment_facts
from corena_recon.reconciliation.options import ReconcilingArguments, ReconcilingOptions, reconciling_options
from corena_recon.reconciliation.outcomes import ENCODED_RESULT_SCHEMA
from corena_recon.reconciliation.positions import Scratch
from corena_recon.reconciliation.reconciling import Reconciling

__all__ = [
    "ENCODED_RESULT_SCHEMA",
    "Reconciling",
    "ReconcilingArguments",
    "ReconcilingOptions",
    "Scratch",
    "payment_facts",
    "reconciling_options",
]
