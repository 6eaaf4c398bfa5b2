"""The labels and lines of what is shown of a report, wherever it is shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from corena_recon.languages import Words

SHOWN: Final = Words(
    "report_words",
    {
        "error": "Look at this first",
        "warning": "Look at this",
        "info": "Know this",
        "labelled": "{label}:",
        "worklist": "The dearest {count} of {total}",
        "at_risk": "at risk",
        "since": "days",
        "days": "{count} d",
        "identifier": "identifier",
        "outcome": "outcome",
        "count": "identifiers",
        "why": "why, and what to do",
        "where": "{source} record {record}",
        "more": "… and {count} more",
        "intake": (
            "{records} record{records:|s} in {sources} source{sources:|s}: {notifications} "
            "notification{notifications:|s}, {unreadable} unreadable, {other} other traffic"
        ),
        "verdicts": "Verdicts",
        "findings": "Findings",
        "outcomes": "Outcomes against {rows} order row{rows:|s} ({unreadable} unreadable)",
        "tie_out": "Money by currency and outcome",
        "currency": "currency",
        "no_currency": "no currency",
        "ordered": "ordered",
        "paid": "paid",
        "difference": "difference",
        "ageing": "How long it has been open",
        "age": "{from_days} to {to_days} day{to_days:|s}",
        "age_over": "{from_days} day{from_days:|s} and more",
        "age_unknown": "nobody knows since when",
        "keys": "Keys in use",
        "key_used": "{notifications} notification{notifications:|s}, from {first_used} to {last_used}",
        "key_unused": "never used",
        "key_until": "valid until {proposed_until} would do",
        "key_outside": "{outside_validity} outside its validity",
        "key_overlaps": "at the same time as {overlaps}",
        "exposure": "What a shop that checks as the documentation's sample does would have released wrongly",
        "grades": "Who vouches for accepted money",
        "ledger": "confirmed by the gateway's ledger",
        "signed": "the signature alone",
        "note": "Note",
        "cannot_show": "What signatures of this kind cannot show",
        "next": "Next",
    },
)
"""Labels and lines, by what they are of."""


def other_notes(summary: Mapping[str, Any]) -> list[str]:
    """The notes that the diagnosis has not said."""
    said = {one["text"] for one in summary["diagnosis"]}
    return [note for note in summary["notes"] if note not in said]
