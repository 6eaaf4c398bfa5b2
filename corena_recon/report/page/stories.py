"""Every exception with its explanation, as far as a page has room."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import pyarrow as pa

from corena_recon.explanation import EvidenceOfMany, Explaining, Explanation, Story
from corena_recon.report.page.proof import HELD_BYTES
from corena_recon.tables.engine import connect
from corena_recon.vocabulary import SUCCESS_STATUSES

EXPLAINED_MAX: Final = 1000
"""How many identifiers are explained, the dearest first."""

_HELD_DIGITS: Final = 2 * HELD_BYTES
_SHOWN_OF_EACH: Final = 10
_CANDIDATES_MAX: Final = 2000
"""Without keys no more is tried than the secrets that anyone knows."""


def stories_of(
    tables: Mapping[str, pa.Table | Path], facts: Mapping[str, Any], identifiers: Sequence[str], lang: str
) -> dict[str, Story]:
    """The explanations of the first EXPLAINED_MAX identifiers, by identifier.

    Args:
        tables: Of a report.
        facts: Of the report.
        identifiers: The dearest first.
        lang: Of the sentences.
    """
    wanted = [*dict.fromkeys(identifiers)][:EXPLAINED_MAX]
    if not wanted:
        return {}
    stories = {}
    with connect() as connection:
        evidence = EvidenceOfMany(
            connection,
            tables,
            wanted,
            shown_max=_SHOWN_OF_EACH,
            success_statuses=facts.get("options", {}).get("success_statuses", SUCCESS_STATUSES),
            ring=facts.get("ring", {}),
        )
        explaining = Explaining(evidence, None, dict(facts), lang)
        for identifier in wanted:
            evidence.turn_to(identifier)
            stories[identifier] = _halved(explaining.explanation(identifier, _CANDIDATES_MAX)).story
    return stories


def _halved(explanation: Explanation) -> Explanation:
    """The same with no more of a signature than the proof holds: a page is handed on, and nobody shall post from it."""
    data = explanation.to_dict()
    for notification in data["notifications"]:
        received = notification["signature"] or ""
        if len(received) > _HELD_DIGITS:
            notification["signature"] = f"{received[:_HELD_DIGITS]}…"
    return Explanation(data)
