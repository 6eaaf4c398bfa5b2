"""The first sheet: the story of the report in rows, as the terminal tells it."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final, NamedTuple

import pyarrow as pa

from corena_recon.report.displays.mapping import mapping_sentences
from corena_recon.report.displays.terminal import Look
from corena_recon.report.displays.words import other_notes
from corena_recon.report.workbook.cells import Column, Kind
from corena_recon.report.workbook.words import WORKBOOK
from corena_recon.schemas import SUM
from corena_recon.vocabulary import OUTCOMES, SYMBOLS, Severity, Verdict

FRONT_COLUMNS: Final = (
    Column("title", Kind.TITLE, 0, 46),
    Column("said", Kind.TEXT, 0, 46),
    Column("count", Kind.COUNT, 1, 14),
    Column("amount", Kind.MONEY, 2, 24, "currency"),
    Column("currency", Kind.TEXT, 3, 12),
)
"""A title or what is said, and beside it a count or an amount."""

_LINE_CHARACTERS: Final = 150
_SCHEMA: Final = pa.schema(
    [("title", pa.string()), ("said", pa.string()), ("count", pa.int64()), ("amount", SUM), ("currency", pa.string())]
)


class _Row(NamedTuple):
    title: str | None = None
    said: str | None = None
    number: int | None = None
    amount: Decimal | None = None
    currency: str | None = None


def front_of(summary: Mapping[str, Any], notes: Sequence[str], look: Look) -> pa.Table:
    """The rows of the first sheet.

    Args:
        summary: Of the report.
        notes: What the workbook says of itself.
        look: Whose language labels are in.
    """
    sections = [
        _said(summary["headline"], title=True),
        *([_Row(said=line) for line in _lines(_diagnosed(one, look))] for one in summary["diagnosis"]),
        _intake(summary, look),
        _counted(look.say("verdicts"), {f"{SYMBOLS[Verdict(word)]} {word}": n for word, n in _of(summary, "verdicts")}),
        *_order_side(summary, look),
        _counted(look.say("findings"), dict(_of(summary, "findings"))),
        _exposure(summary, look),
        _grades(summary, look),
        _listed(look.say("note"), [*mapping_sentences(_mapping(summary), look.lang), *other_notes(summary)]),
        _listed(look.say("cannot_show"), summary["cannot_show"]),
        _listed(WORKBOOK.say("about", look.lang), notes),
    ]
    rows = [row for section in sections if section for row in (*section, _Row())]
    columns = zip(*rows, strict=True)
    return pa.table([pa.array(cells, field.type) for cells, field in zip(columns, _SCHEMA, strict=True)], _SCHEMA)


def _of(summary: Mapping[str, Any], name: str) -> Iterable[tuple[str, int]]:
    counts: Mapping[str, int] = summary[name]
    return counts.items()


def _mapping(summary: Mapping[str, Any]) -> Mapping[str, Any]:
    mapping: Mapping[str, Any] = summary.get("orders", {}).get("mapping") or {}
    return mapping


def _diagnosed(one: Mapping[str, Any], look: Look) -> str:
    return f"! {look.labelled(Severity(one['severity']))} {one['text']}"


def _lines(text: str) -> list[str]:
    return textwrap.wrap(text, _LINE_CHARACTERS, break_on_hyphens=False)


def _said(text: str, *, title: bool = False) -> list[_Row]:
    return [_Row(title=line) if title else _Row(said=line) for line in _lines(text)]


def _listed(title: str, sentences: Iterable[str]) -> list[_Row]:
    rows = [row for sentence in sentences for row in _said(sentence)]
    return [_Row(title=title), *rows] if rows else []


def _counted(title: str, counts: Mapping[str, int]) -> list[_Row]:
    rows = [_Row(said=word, number=count) for word, count in counts.items()]
    return [_Row(title=title), *rows] if rows else []


def _intake(summary: Mapping[str, Any], look: Look) -> list[_Row]:
    return _said(look.say("intake", **{name: look.grouped(count) for name, count in summary["intake"].items()}))


def _order_side(summary: Mapping[str, Any], look: Look) -> Iterator[list[_Row]]:
    if "outcomes" not in summary:
        return
    orders = {name: look.grouped(summary["orders"][name]) for name in ("rows", "unreadable")}
    counts = {
        f"{'! ' if outcome.is_exception else ''}{code}": summary["outcomes"][code]
        for code, outcome in OUTCOMES.items()
        if code in summary["outcomes"]
    }
    yield _counted(look.say("outcomes", **orders), counts)
    for row in summary["tie_out"]:
        currency = row["currency"]
        shares = [(look.say(name), row[name]) for name in ("ordered", "paid", "difference")]
        title = f"{look.labelled('tie_out')} {currency or look.say('no_currency')}"
        yield [_Row(title=title), *_amounts([*shares, *row["by_outcome"].items()], currency)]


def _amounts(shares: Iterable[tuple[str, str]], currency: str | None) -> Iterator[_Row]:
    for word, amount in shares:
        yield _Row(said=word, amount=Decimal(amount), currency=currency)


def _exposure(summary: Mapping[str, Any], look: Look) -> list[_Row]:
    rows = []
    for one in summary["exposure"]:
        sums = [_Row(amount=Decimal(amount), currency=code or None) for code, amount in one["amounts"].items()]
        first, *others = sums or [_Row()]
        rows += [first._replace(said=one["class"], number=one["notifications"]), *others]
    return [_Row(title=look.say("exposure")), *rows] if rows else []


def _grades(summary: Mapping[str, Any], look: Look) -> list[_Row]:
    rows = [
        _Row(said=look.say(grade), amount=Decimal(amount), currency=code or None)
        for grade, amounts in summary["grades"].items()
        for code, amount in amounts.items()
    ]
    return [_Row(title=look.say("grades")), *rows] if rows else []
