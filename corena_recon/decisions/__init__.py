"""What people have decided of exceptions: kept line by line, standing for as long as what they saw has not changed."""

from corena_recon.decisions.changes import changes_said
from corena_recon.decisions.decision import (
    DECISION_WORDS,
    KEY_DIGITS,
    WITHDRAWN,
    Decision,
    Standing,
    evidence_of,
    row_key,
    standing_of,
)
from corena_recon.decisions.keeping import SUBJECTS_OF_A_SOURCE, Kept, append_decisions, read_decisions, subject_of
from corena_recon.decisions.sheet import DecidableRow, refuse, sheet_csv, sheet_decisions, sheet_to_fill_in

__all__ = [
    "DECISION_WORDS",
    "KEY_DIGITS",
    "SUBJECTS_OF_A_SOURCE",
    "WITHDRAWN",
    "DecidableRow",
    "Decision",
    "Kept",
    "Standing",
    "append_decisions",
    "changes_said",
    "evidence_of",
    "read_decisions",
    "refuse",
    "row_key",
    "sheet_csv",
    "sheet_decisions",
    "sheet_to_fill_in",
    "standing_of",
    "subject_of",
]
