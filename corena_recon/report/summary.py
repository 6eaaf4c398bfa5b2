"""What a report says first: counts by word, the tie-out, what looks like wrong input, what nothing can show."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from corena_recon.chain import BROKEN, SOUND
from corena_recon.decisions import Standing
from corena_recon.languages import BLIND_SPOT_SENTENCES, Words, grouped, noted
from corena_recon.native import core_note
from corena_recon.report.contents import Contents
from corena_recon.report.diagnosis.diagnosis import DECISIONS_UNREADABLE, diagnoses
from corena_recon.report.worklist import DERIVED, headline_text
from corena_recon.vocabulary import BLIND_SPOTS, OUTCOMES, Verdict

SOURCES: Final = Words(
    "source_warnings",
    {
        "truncated": "{source} may be cut off or damaged: it ends early, or without a line end.",
        "broken_chain": "{source} has a chain that is broken at {line}: lines were changed, left out or cut off.",
        "more": "So it is with {count} more source{count:|s}.",
        "and_more": "{shown} and {count} more",
        "noted": "{shown}: {note}.",
    },
)
"""What is wrong with sources as such."""

_WARNINGS_MAX: Final = 10
_EXCEPTIONAL_VERDICTS: Final = (Verdict.FORGED, Verdict.SUSPECT, Verdict.UNREADABLE)


def summary_of(contents: Contents) -> dict[str, Any]:
    """What comes first, what looks like wrong input, counts by word, the tie-out, and what nothing can show.

    ``headline`` says how many need a person and how much money that is; ``exposure`` what a shop that checks as the
    documentation's sample does would have released wrongly, by class; ``grades`` who vouches for accepted money.
    Plain values, ready for JSON.
    """
    headline = contents.headline
    intake = contents.table("intake")
    in_all = {name: _sum(intake[name]) for name in ("records", "notifications", "unreadable", "other")}
    counts = contents.counts
    derived = {name: contents.derived(name) for name in DERIVED}
    return {
        "headline": headline_text(headline, contents.lang),
        "needs_a_person": headline.as_facts(),
        "intake": {"sources": len(intake), **in_all},
        "diagnosis": (told := diagnoses(counts, intake, {**contents.facts, **derived})),
        "signatures": _sorted(counts.signatures),
        "verdicts": _sorted(counts.verdicts),
        "findings": _sorted(counts.findings),
        **(_order_side(contents) if contents.has("results") else {}),
        **derived,
        "ageing": [{**row, "at_risk": f"{row['at_risk']:.8f}"} for row in contents.open_by_age().to_pylist()],
        **({"decisions": _standings(contents)} if contents.has_decisions else {}),
        "relies_on_unsigned": dict(counts.relies),
        "notes": [
            *(one["text"] for one in told),
            *_warnings(intake, contents.lang),
            *(noted(one, contents.lang) for one in contents.facts.get("notes", [])),
            *filter(None, [core_note(contents.lang)]),
        ],
        "cannot_show": [BLIND_SPOT_SENTENCES.say(code, contents.lang) for code in BLIND_SPOTS],
    }


def calls_for_a_person(contents: Contents) -> bool:
    """Whether anything in a report calls for a person.

    That is an exception, a forged, suspect or unreadable notification, a refund that has a problem, or a broken
    chain. That a source may be cut off is no more than a note: a last line without an end looks the same. What a
    person has decided calls for none, unless the decisions cannot all be read.
    """
    is_exceptional = (
        any(contents.counts.verdicts[verdict] for verdict in _EXCEPTIONAL_VERDICTS)
        or any(OUTCOMES[code].is_exception for code in contents.counts.outcomes)
        or bool(contents.derived("refunds"))
        or bool(pc.any(_has_broken_chain(contents.table("intake"))).as_py())
    )
    if not contents.has_decisions:
        return is_exceptional
    headline = contents.headline
    is_unread = any(one["code"] == DECISIONS_UNREADABLE for one in contents.facts.get("diagnosis", ()))
    return is_unread or (is_exceptional and bool(headline.identifiers or headline.others))


def _order_side(contents: Contents) -> dict[str, Any]:
    """The part of the summary that needs orders."""
    return {
        "orders": {
            "rows": contents.counts.order_rows,
            "unreadable": contents.counts.unreadable_orders,
            **_as_mapped(contents.facts.get("mapping")),
        },
        "outcomes": _sorted(contents.counts.outcomes),
        "tie_out": tie_out_rows(contents.table("tie_out")),
    }


def _standings(contents: Contents) -> dict[str, int]:
    """How many decisions there are of each standing."""
    standings = Counter(contents.table("decisions")["standing"].to_pylist())
    return {standing.value: standings[standing.value] for standing in Standing}


def _has_broken_chain(intake: pa.Table) -> pa.ChunkedArray:
    return pc.fill_null(pc.not_equal(intake["chain"], SOUND), False)


def _as_mapped(mapping: Mapping[str, Any] | None) -> dict[str, Any]:
    """How the orders were read, and how many rows were left out; nothing where that is not known."""
    return {} if mapping is None else {"excluded": mapping.get("excluded", 0), "mapping": dict(mapping)}


def _warnings(intake: pa.Table, lang: str) -> list[str]:
    """What is wrong with sources as such, one sentence each, the first few of a kind."""
    warnings = []
    for rows, problem in (
        (intake.filter(intake["truncated"]), "truncated"),
        (intake.filter(_has_broken_chain(intake)), "broken_chain"),
    ):
        shown = rows.slice(0, _WARNINGS_MAX).to_pylist()
        lines = [(row["chain"] or "").removeprefix(BROKEN).strip() for row in shown]
        warnings += [
            SOURCES.say(problem, lang, source=row["source"], line=line) for row, line in zip(shown, lines, strict=True)
        ]
        if len(rows) > len(shown):
            warnings.append(SOURCES.say("more", lang, count=grouped(len(rows) - len(shown), lang)))
    with_notes = intake.filter(intake["note"].is_valid()).to_pylist() if "note" in intake.column_names else []
    for note in dict.fromkeys(row["note"] for row in with_notes):
        names = [row["source"] for row in with_notes if row["note"] == note]
        named, more = ", ".join(names[:_WARNINGS_MAX]), len(names) - _WARNINGS_MAX
        if more > 0:
            named = SOURCES.say("and_more", lang, shown=named, count=grouped(more, lang))
        warnings.append(SOURCES.say("noted", lang, shown=named, note=noted(note, lang)))
    return warnings


def tie_out_rows(tie_out: pa.Table) -> list[dict[str, Any]]:
    """The tie-out as plain values: amounts as text with 8 decimals, outcomes without a share left out.

    A report of before has no columns for outcomes that there were not.
    """
    return [
        {
            "currency": row["currency"],
            **{name: f"{row[name]:.8f}" for name in ("ordered", "paid", "difference")},
            "by_outcome": {code: f"{row[code]:.8f}" for code in OUTCOMES if row.get(code)},
        }
        for row in tie_out.to_pylist()
    ]


def _sorted(counts: Counter[str]) -> dict[str, int]:
    return dict(sorted(counts.items()))


def _sum(column: pa.ChunkedArray) -> int:
    return int(pc.sum(column).as_py() or 0)
