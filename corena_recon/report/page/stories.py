"""Every exception that is listed with its explanation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import pyarrow as pa

from corena_recon.explanation import EvidenceOfMany, Explaining, Story
from corena_recon.progress import Telling
from corena_recon.report.page.proof import HELD_BYTES
from corena_recon.signing import KeyRing
from corena_recon.tables.engine import connect, rows_in
from corena_recon.vocabulary import SUCCESS_STATUSES

SEARCHES_MAX: Final = 1000
"""How many untrusted contents are searched for what would make them valid, those of the dearest first."""

_SHOWN_OF_EACH: Final = 10
_CANDIDATES_MAX: Final = 20_000
"""How many signatures are computed for one identifier: what is near, and a part of the archive."""
_HELD_DIGITS: Final = 2 * HELD_BYTES
"""No more of a signature is told than the proof holds: a page is handed on, and nobody shall post from it."""


def stories_of(
    tables: Mapping[str, pa.Table | Path],
    facts: Mapping[str, Any],
    identifiers: Sequence[str],
    *,
    lang: str,
    keys: KeyRing | None,
    tell: Telling,
) -> dict[str, Story]:
    """The explanations of identifiers, by identifier.

    Args:
        tables: Of a report.
        facts: Of the report.
        identifiers: The dearest first.
        lang: Of the sentences.
        keys: Of the run; without them no change that needs a secret is searched.
        tell: Told how many are explained.
    """
    wanted = [*dict.fromkeys(identifiers)]
    if not wanted:
        return {}
    stories = {}
    with connect(rows=rows_in(tables.values())) as connection:
        evidence = EvidenceOfMany(
            connection,
            tables,
            wanted,
            shown_max=_SHOWN_OF_EACH,
            success_statuses=facts.get("options", {}).get("success_statuses", SUCCESS_STATUSES),
            ring=facts.get("ring", {}),
        )
        explaining = Explaining(evidence, keys, facts, lang, searches_max=SEARCHES_MAX)
        for done, identifier in enumerate(wanted, 1):
            evidence.turn_to(identifier)
            stories[identifier] = explaining.explanation(identifier, _CANDIDATES_MAX).story(_HELD_DIGITS)
            tell(done, len(wanted))
    return stories
