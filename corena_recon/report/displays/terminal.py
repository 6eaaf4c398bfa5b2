"""A report as text for a terminal: first what needs a person, then the counts that it rests on.

What strangers wrote is made safe here. Colour comes beside a sign or a word, never instead of one.
"""

from __future__ import annotations

import shlex
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final, NamedTuple

from corena_recon.languages import grouped, listed
from corena_recon.money import money_text
from corena_recon.report.displays.mapping import mapping_sentences
from corena_recon.report.displays.words import SHOWN, other_notes
from corena_recon.text import printable
from corena_recon.vocabulary import OUTCOMES, SYMBOLS, Severity, Verdict

_WIDTH_MIN: Final = 60
_WIDTH_MAX: Final = 120
_NAME_MAX_CHARACTERS: Final = 40
_INDENT: Final = "     "
_CODES: Final = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33"}
_COLOURS: Final = {
    Verdict.ACCEPTED: "green",
    Verdict.SUSPECT: "yellow",
    Verdict.FORGED: "red",
    Verdict.UNREADABLE: "yellow",
    Severity.ERROR: "red",
    Severity.WARNING: "yellow",
}


class Look(NamedTuple):
    """How a report is shown.

    Attributes:
        lang: Of labels.
        width: Of the terminal, in columns.
        has_colour: Whether the terminal shows colours.
    """

    lang: str
    width: int = 100
    has_colour: bool = False

    @property
    def columns(self) -> int:
        """How wide lines may be."""
        return min(max(self.width, _WIDTH_MIN), _WIDTH_MAX)

    def say(self, key: str, **facts: object) -> str:
        """A label or line, with its facts."""
        return SHOWN.say(key, self.lang, **facts)

    def labelled(self, key: str) -> str:
        """A label before what it is of, as the language sets its colon."""
        return self.say("labelled", label=self.say(key))

    def grouped(self, number: int) -> str:
        """A number of things."""
        return grouped(number, self.lang)

    def money(self, amount: Decimal | str | None, currency: str | None) -> str:
        """An amount without its currency."""
        return "" if amount is None else money_text(Decimal(amount), currency, self.lang)

    def painted(self, text: str, colour: str | None) -> str:
        """The text in a colour, where colours are shown."""
        return f"\x1b[{_CODES[colour]}m{text}\x1b[0m" if colour and self.has_colour and text else text


def report_text(
    summary: Mapping[str, Any], dearest: Sequence[Mapping[str, Any]], look: Look, folder: str | None
) -> str:
    """The report as lines.

    Args:
        summary: Of the report.
        dearest: The first rows of its worklist.
        look: How it is shown.
        folder: Where it is written; None where it is not.
    """
    parts = [
        [look.painted(line, "bold") for line in _wrapped(printable(summary["headline"]), look, "")],
        [line for one in summary["diagnosis"] for line in _diagnosis(one, look)],
        _worklist(summary, dearest, look),
        _counts(summary, look),
        *(list(_tie_out(row, look)) for row in summary.get("tie_out", ())),
        _ageing(summary, look),
        _keys(summary, look),
        _exposure(summary, look),
        _grades(summary, look),
        _mapping(summary, look),
        [
            line
            for note in other_notes(summary)
            for line in _wrapped(f"{look.labelled('note')} {printable(note)}", look, "  ")
        ],
        [look.labelled("cannot_show"), *(line for said in summary["cannot_show"] for line in _item(said, look))],
        _commands(dearest, look, folder),
    ]
    return "\n\n".join("\n".join(lines) for lines in parts if lines)


def _diagnosis(one: Mapping[str, Any], look: Look) -> Iterator[str]:
    severity = Severity(one["severity"])
    head = look.labelled(severity)
    first, *others = _wrapped(f"! {head} {printable(one['text'])}", look, "  ")
    yield first.replace(head, look.painted(head, _COLOURS.get(severity)), 1)
    yield from others


def _worklist(summary: Mapping[str, Any], dearest: Sequence[Mapping[str, Any]], look: Look) -> list[str]:
    needs = summary["needs_a_person"]
    total = needs["identifiers"] + needs["others"]
    dearest = [row for row in dearest if row["decision"] is None]
    if not dearest:
        return []
    money = [" ".join(filter(None, (look.money(row["at_risk"], row["currency"]), row["currency"]))) for row in dearest]
    width = max(len(printable(text)) for text in money)
    lines = [look.painted(look.say("worklist", count=look.grouped(len(dearest)), total=look.grouped(total)), "bold")]
    for number, (row, text) in enumerate(zip(dearest, money, strict=True), 1):
        since = "" if row["since"] is None else look.say("days", count=look.grouped(row["since"]))
        named = [printable(part)[:_NAME_MAX_CHARACTERS] for part in (row["identifier"], row["outcome"], since) if part]
        place = printable(_place(row, look))
        head = "  ".join([f"{number:>3}. {printable(text):>{width}}", *named])
        is_wide = len(head) + 2 + len(place) > look.columns
        line = head if is_wide else f"{head}  {place}".rstrip()
        lines.append(line.replace(printable(text), look.painted(printable(text), "bold"), 1))
        lines += _wrapped(place, look, _INDENT, _INDENT) if is_wide else []
        lines += _wrapped(printable(row["why"]), look, _INDENT, _INDENT)
        lines += _wrapped(f"→ {printable(row['next_step'])}", look, _INDENT + "  ", _INDENT)
    return lines


def _place(row: Mapping[str, Any], look: Look) -> str:
    if row["source"] is None or row["record"] is None:
        return row["source"] or ""
    return look.say("where", source=row["source"], record=row["record"])


def _counts(summary: Mapping[str, Any], look: Look) -> list[str]:
    intake = {name: look.grouped(count) for name, count in summary["intake"].items()}
    lines = _wrapped(look.say("intake", **intake), look, "  ")
    verdicts = [
        (f"{SYMBOLS[Verdict(word)]} {word}", count, _COLOURS.get(Verdict(word)))
        for word, count in summary["verdicts"].items()
    ]
    lines += ["", look.say("verdicts"), *_table(verdicts, look)]
    if "outcomes" in summary:
        orders = {name: look.grouped(summary["orders"][name]) for name in ("rows", "unreadable")}
        outcomes = [
            (f"{'!' if outcome.is_exception else ' '} {code}", summary["outcomes"][code], None)
            for code, outcome in OUTCOMES.items()
            if code in summary["outcomes"]
        ]
        lines += ["", look.say("outcomes", **orders), *_table(outcomes, look)]
    if summary["findings"]:
        findings = [(f"  {code}", count, None) for code, count in summary["findings"].items()]
        lines += ["", look.say("findings"), *_table(findings, look)]
    return lines


def _table(rows: Sequence[tuple[str, int, str | None]], look: Look) -> Iterator[str]:
    """Words and counts, these to the right."""
    if not rows:
        return
    width = max(len(word) for word, _, _ in rows)
    counts = [look.grouped(count) for _, count, _ in rows]
    count_width = max(map(len, counts))
    for (word, _, colour), count in zip(rows, counts, strict=True):
        yield f"  {look.painted(f'{word:<{width}}', colour)}  {count:>{count_width}}"


def _tie_out(row: Mapping[str, Any], look: Look) -> Iterator[str]:
    currency = row["currency"]
    amounts = [(name, row[name]) for name in ("ordered", "paid", "difference")]
    shown = [(look.say(name), look.money(amount, currency)) for name, amount in amounts]
    split = [(f"  {code}", look.money(amount, currency)) for code, amount in row["by_outcome"].items()]
    width = max(len(word) for word, _ in (*shown, *split))
    amount_width = max(len(amount) for _, amount in (*shown, *split))
    yield f"{look.labelled('tie_out')} {printable(currency or look.say('no_currency'))}"
    for word, amount in (*shown, *split):
        yield f"  {word:<{width}}  {amount:>{amount_width}}"


def _ageing(summary: Mapping[str, Any], look: Look) -> list[str]:
    """What is open by age, where it is not all of one."""
    ages = [
        (_age(row, look), look.grouped(row["rows"]), _sums({row["currency"] or "": row["at_risk"]}, look))
        for row in summary["ageing"]
    ]
    if len({age for age, _, _ in ages}) < 2:
        return []
    widths = [max(len(row[place]) for row in ages) for place in range(3)]
    lines = (f"  {age:<{widths[0]}}  {count:>{widths[1]}}  {money:>{widths[2]}}" for age, count, money in ages)
    return [look.labelled("ageing"), *lines]


def _age(row: Mapping[str, Any], look: Look) -> str:
    key = "age_unknown" if row["from_days"] is None else "age" if row["to_days"] is not None else "age_over"
    return look.say(key, from_days=row["from_days"], to_days=row["to_days"])


def _keys(summary: Mapping[str, Any], look: Look) -> list[str]:
    """When keys were in use, where there are several."""
    keys = summary["key_history"]
    if len(keys) < 2:
        return []
    lines = [look.labelled("keys")]
    for row in keys:
        days = {name: (row[name] or "?")[:10] for name in ("first_used", "last_used", "proposed_until")}
        said = [look.say("key_used", notifications=look.grouped(row["notifications"]), **days)]
        if not row["notifications"]:
            said = [look.say("key_unused")]
        if row["overlaps"]:
            said.append(look.say("key_overlaps", overlaps=", ".join(row["overlaps"])))
        if row["outside_validity"]:
            said.append(look.say("key_outside", outside_validity=look.grouped(row["outside_validity"])))
        if row["proposed_until"]:
            said.append(look.say("key_until", **days))
        lines += _wrapped(
            printable(f"{look.say('labelled', label=row['key_id'])} {listed(said, look.lang)}"), look, _INDENT, "  "
        )
    return lines


def _exposure(summary: Mapping[str, Any], look: Look) -> list[str]:
    if not summary["exposure"]:
        return []
    rows = [
        (one["class"], look.grouped(one["notifications"]), _sums(one["amounts"], look)) for one in summary["exposure"]
    ]
    widths = [max(len(row[place]) for row in rows) for place in range(3)]
    lines = _wrapped(look.labelled("exposure"), look, "")
    return [
        *lines,
        *(f"  {code:<{widths[0]}}  {count:>{widths[1]}}  {money:>{widths[2]}}" for code, count, money in rows),
    ]


def _grades(summary: Mapping[str, Any], look: Look) -> list[str]:
    rows = [(look.say(grade), _sums(amounts, look)) for grade, amounts in summary["grades"].items() if amounts]
    if not rows:
        return []
    width = max(len(word) for word, _ in rows)
    money_width = max(len(money) for _, money in rows)
    return [look.labelled("grades"), *(f"  {word:<{width}}  {money:>{money_width}}" for word, money in rows)]


def _sums(amounts: Mapping[str, str], look: Look) -> str:
    return ", ".join(f"{look.money(amount, code)} {printable(code)}".rstrip() for code, amount in amounts.items())


def _mapping(summary: Mapping[str, Any], look: Look) -> list[str]:
    sentences = mapping_sentences(summary.get("orders", {}).get("mapping") or {}, look.lang)
    return [line for sentence in sentences for line in _wrapped(sentence, look, "  ")]


def _commands(dearest: Sequence[Mapping[str, Any]], look: Look, folder: str | None) -> list[str]:
    if folder is None:
        return []
    quoted, beside = shlex.quote(folder), folder.rstrip("/")
    named = next((row["identifier"] for row in dearest if row["identifier"]), None)
    explained = [f"explain {quoted} {shlex.quote(named)}"] if named is not None and named == printable(named) else []
    decided = [f"decide {quoted} --to {shlex.quote(f'{beside}-decide.xlsx')}"] if dearest else []
    written = f"report {quoted} --html {shlex.quote(f'{beside}.html')} --xlsx {shlex.quote(f'{beside}.xlsx')}"
    return [look.say("next"), *(f"  corena-recon {command}" for command in (*explained, *decided, written))]


def _item(text: str, look: Look) -> list[str]:
    return _wrapped(f"- {text}", look, "    ", "  ")


def _wrapped(text: str, look: Look, later: str, first: str = "") -> list[str]:
    return textwrap.wrap(text, look.columns, initial_indent=first, subsequent_indent=later, break_on_hyphens=False)
