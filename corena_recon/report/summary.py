"""A summary shown to people: plain text for a terminal, an escaped card for a notebook.

Archived fields are strangers' text, so everything shown is escaped here and nowhere else. The card uses inline styles
and literal colours alone: a notebook somebody else ran keeps nothing more.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape
from typing import Any, Final

from corena_recon.report.mapping import mapping_sentences
from corena_recon.text import printable
from corena_recon.vocabulary import COLOURS, OUTCOMES, SYMBOLS, Severity, Verdict

_CARD_ROWS: Final = 10
_SEVERITIES: Final = {
    Severity.ERROR: "Look at this first",
    Severity.WARNING: "Look at this",
    Severity.INFO: "Know this",
}
_CELL_CHARACTERS: Final = 60


def summary_text(summary: Mapping[str, Any]) -> str:
    """The summary as lines for a terminal."""
    lines = [_intake_line(summary["intake"])]
    lines += [f"{_SEVERITIES[one['severity']]}: {printable(one['text'])}" for one in summary["diagnosis"]]
    lines += ["", "Verdicts"]
    lines += [f"  {SYMBOLS[Verdict(word)]} {word:<20}{count:>12,}" for word, count in summary["verdicts"].items()]
    if summary["findings"]:
        lines += ["", "Findings"]
        lines += [f"    {code:<20}{count:>12,}" for code, count in summary["findings"].items()]
    if "outcomes" in summary:
        orders = summary["orders"]
        lines += ["", f"Outcomes against {orders['rows']:,} order rows ({orders['unreadable']:,} unreadable)"]
        lines += [f"  {_mark(code)} {code:<20}{count:>12,}" for code, count in _in_order(summary["outcomes"])]
        lines += ["", *mapping_sentences(orders.get("mapping", {}))]
        for row in summary["tie_out"]:
            lines += ["", f"Tie-out in {printable(row['currency'] or 'no currency')}"]
            lines += [f"    {name:<20}{row[name]:>24}" for name in ("ordered", "paid", "difference")]
            lines += [f"      {code:<18}{amount:>24}" for code, amount in row["by_outcome"].items()]
    lines += [f"\nNote: {printable(note)}" for note in _other_notes(summary)]
    lines += ["", "What signatures of this kind cannot show:"]
    lines += [f"  - {sentence}" for sentence in summary["cannot_show"]]
    return "\n".join(lines)


def summary_card(summary: Mapping[str, Any], exceptions: Iterable[Mapping[str, Any]] = ()) -> str:
    """The summary as HTML for a notebook, with the first exceptions.

    Args:
        summary: As ``Reconciliation.summary``.
        exceptions: Result rows, of which the first few are shown.
    """
    parts = [
        f"<p>{_intake_line(summary['intake'])}</p>",
        *(
            f"<p><b>{_SEVERITIES[one['severity']]}:</b> {escape(printable(one['text']))}</p>"
            for one in summary["diagnosis"]
        ),
        "<p>" + " ".join(_badge(word, count) for word, count in summary["verdicts"].items()) + "</p>",
    ]
    if "outcomes" in summary:
        rows = [(f"{_mark(code)} {code}", f"{count:,}") for code, count in _in_order(summary["outcomes"])]
        parts.append(_table(("outcome", "identifiers"), rows))
        parts += [f"<p>{escape(sentence)}</p>" for sentence in mapping_sentences(summary["orders"].get("mapping", {}))]
        tie_names = ("currency", "ordered", "paid", "difference")
        parts.append(_table(tie_names, [[_cell(row[name]) for name in tie_names] for row in summary["tie_out"]]))
    shown = list(exceptions)[:_CARD_ROWS]
    if shown:
        names = ("identifier", "outcome", "order_amount", "paid_amount", "reasons")
        parts.append(_table(names, [[_cell(row[name]) for name in names] for row in shown]))
        count = sum(count for code, count in summary["outcomes"].items() if OUTCOMES[code].is_exception)
        if count > len(shown):
            parts.append(f"<p>… and {count - len(shown):,} more exceptions</p>")
    parts += [f"<p>Note: {escape(printable(note))}</p>" for note in _other_notes(summary)]
    parts.append(
        "<details><summary>What signatures of this kind cannot show</summary><ul>"
        + "".join(f"<li>{escape(sentence)}</li>" for sentence in summary["cannot_show"])
        + "</ul></details>"
    )
    return f'<div style="border-left:4px solid #0072B2;padding:0 12px">{"".join(parts)}</div>'


def _other_notes(summary: Mapping[str, Any]) -> list[str]:
    """The notes that the diagnosis above has not said."""
    said = {one["text"] for one in summary["diagnosis"]}
    return [note for note in summary["notes"] if note not in said]


def _intake_line(intake: Mapping[str, int]) -> str:
    return (
        f"{intake['records']:,} records in {intake['sources']} sources: {intake['notifications']:,} notifications, "
        f"{intake['unreadable']:,} unreadable, {intake['other']:,} other traffic"
    )


def _in_order(outcomes: Mapping[str, int]) -> list[tuple[str, int]]:
    return [(code, outcomes[code]) for code in OUTCOMES if code in outcomes]


def _mark(code: str) -> str:
    return "!" if OUTCOMES[code].is_exception else " "


def _badge(word: str, count: int) -> str:
    verdict = Verdict(word)
    return (
        f'<span style="border-left:6px solid {COLOURS[verdict]};padding:0 10px 0 6px">'
        f"{SYMBOLS[verdict]} {word} <b>{count:,}</b></span>"
    )


def _cell(value: Any) -> str:  # noqa: ANN401
    if value is None:
        return ""
    text = printable(", ".join(value) if isinstance(value, list) else str(value))
    return text if len(text) <= _CELL_CHARACTERS else text[: _CELL_CHARACTERS - 1] + "…"


def _table(names: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    head = "".join(f'<th scope="col" style="text-align:left;padding:2px 10px">{escape(name)}</th>' for name in names)
    body = "".join(
        "<tr>" + "".join(f'<td style="text-align:left;padding:2px 10px">{escape(cell)}</td>' for cell in row) + "</tr>"
        for row in rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
