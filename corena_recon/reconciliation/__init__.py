"""Payments and orders brought together: outcomes, reasons, the tie-out."""

from corena_recon.reconciliation.account import Account
from corena_recon.reconciliation.facts import payment_facts
from corena_recon.reconciliation.hints.diagnosis import PAID_COLUMNS, said_again
from corena_recon.reconciliation.hints.export_span import ExportSpan, span_of
from corena_recon.reconciliation.matching.near_matches import folds_of
from corena_recon.reconciliation.options import ReconcilingArguments, ReconcilingOptions, reconciling_options
from corena_recon.reconciliation.outcomes import ENCODED_RESULT_SCHEMA
from corena_recon.reconciliation.positions import Scratch
from corena_recon.reconciliation.reconciling import (
    Placed,
    Reconciling,
    diagnosis_of,
    require_tolerance_of_its_currency,
)

__all__ = [
    "ENCODED_RESULT_SCHEMA",
    "PAID_COLUMNS",
    "Account",
    "ExportSpan",
    "Placed",
    "Reconciling",
    "ReconcilingArguments",
    "ReconcilingOptions",
    "Scratch",
    "diagnosis_of",
    "folds_of",
    "payment_facts",
    "reconciling_options",
    "require_tolerance_of_its_currency",
    "said_again",
    "span_of",
]
