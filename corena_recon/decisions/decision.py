"""One decision: of what, by whom, and on what evidence; and whether it stands.

The *basis* is what was decided on: plain facts of the result row and of its notifications; the *evidence* is its
digest.
"""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final, NamedTuple

DECISION_WORDS: Final = ("accepted", "refunded_outside", "test_order", "written_off", "ask_payer")
"""Usual decisions; any other text is one too."""

WITHDRAWN: Final = "withdrawn"
"""The decision that takes the one before it back."""

KEY_DIGITS: Final = 24
"""Hexadecimal digits of a digest in the key of a row: too many to meet by chance, few enough for a cell."""


class Standing(StrEnum):
    """What a decision is worth now."""

    STANDS = "stands"
    VOID = "void"
    UNREVIEWED = "unreviewed"
    SETTLED = "settled"
    SUPERSEDED = "superseded"
    WITHDRAWN = "withdrawn"


class Decision(NamedTuple):
    """One decision, as it is kept.

    Attributes:
        subject: The key of what it is about; of an identifier, whatever its outcome becomes.
        identifier: Of the exception; None where it concerns none alone.
        outcome: When it was decided.
        source: Of the exception, where it is one of a source.
        decision: One of DECISION_WORDS, WITHDRAWN, or free text.
        reason: Why, in a person's words.
        by: Who decided.
        at: When, as ISO 8601; None where nobody said.
        reviewed_by: Who else has looked at it.
        evidence: The digest of the basis, or its first KEY_DIGITS digits.
        basis: What was decided on; None where only its digest is known.
        line: Where it stands in its file, from 1 on.
    """

    subject: str
    identifier: str | None
    outcome: str
    source: str | None
    decision: str
    reason: str | None
    by: str
    at: str | None
    reviewed_by: str | None
    evidence: str
    basis: Mapping[str, Any] | None
    line: int = 0

    @property
    def is_reviewed(self) -> bool:
        """Whether another person than who decided has looked at it; how a name is written does not matter."""
        return bool(self.reviewed_by) and _folded(self.reviewed_by or "") not in ("", _folded(self.by))


def evidence_of(basis: Mapping[str, Any]) -> str:
    """The digest of what was decided on, in hexadecimal digits."""
    return hashlib.sha256(json.dumps(basis, sort_keys=True, separators=(",", ":")).encode("ascii")).hexdigest()


def row_key(subject: str, evidence: str) -> str:
    """What a row of a sheet is known by, whatever a spreadsheet does to its other cells.

    It begins with a letter and has a dash in it, so that no spreadsheet takes it for a number or a date.
    """
    return f"{subject}-{evidence[:KEY_DIGITS]}"


def standing_of(decision: Decision, basis: Mapping[str, Any] | None, *, two_people: bool) -> Standing:
    """Whether the last decision of a subject stands.

    Args:
        decision: The last one.
        basis: What there is to decide on now; None where there is no such exception any more.
        two_people: Whether another person must have looked at it.
    """
    if decision.decision == WITHDRAWN:
        return Standing.WITHDRAWN
    if basis is None:
        return Standing.SETTLED
    if not evidence_of(basis).startswith(decision.evidence):
        return Standing.VOID
    return Standing.STANDS if decision.is_reviewed or not two_people else Standing.UNREVIEWED


def _folded(name: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())
