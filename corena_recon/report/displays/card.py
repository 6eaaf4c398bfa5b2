"""A report as HTML for a notebook's cell: what needs a person, in words, and the money that it is about.

Inline styles and literal colours alone, no script: a notebook somebody else ran keeps nothing more. Text has the colour
of its surroundings, so that it reads on white and on black. What strangers wrote is escaped here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from typing import Any, Final

from corena_recon.report.displays.mapping import mapping_sentences
from corena_recon.report.displays.terminal import Look
from corena_recon.report.displays.words import other_notes
from corena_recon.text import printable
from corena_recon.vocabulary import COLOURS, OUTCOMES, SYMBOLS, Severity, Verdict

CARD_ROWS: Final = 10
"""How many rows of the worklist are shown."""

_TEXT_CHARACTERS: Final = 400
_NAME_CHARACTERS: Final = 60
_ITEMS_MAX: Final = 10
_CURRENCIES_MAX: Final = 4
_SEVERITY_COLOURS: Final = {Severity.ERROR: "#D55E00", Severity.WARNING: "#E69F00", Severity.INFO: "#56B4E9"}
_CELL: Final = "padding:3px 10px;vertical-align:top;white-space:normal"
_WORDS: Final = f"{_CELL};text-align:left"
_NUMBER: Final = f"{_CELL};text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums"
_QUIET: Final = "opacity:0.75"


def report_card(summary: Mapping[str, Any], dearest: Sequence[Mapping[str, Any]], look: Look) -> str:
    """The report as one element, 100 KiB at most.

    Args:
        summary: Of the report.
        dearest: The first rows of its worklist.
        look: How it is shown; width and colour are a terminal's.
    """
    parts = [
        f'<p style="font-size:115%;margin:6px 0"><b>{_safe(summary["headline"])}</b></p>',
        *_few([_diagnosis(one, look) for one in summary["diagnosis"]], look),
        _worklist(summary, dearest[:CARD_ROWS], look),
        f"<p>{_safe(_intake(summary, look))}</p>",
        "<p>" + " ".join(_badge(word, count, look) for word, count in summary["verdicts"].items()) + "</p>",
        _money(summary, look) if "outcomes" in summary else "",
        *_few([f"<p>{_safe(said)}</p>" for said in mapping_sentences(_mapping(summary), look.lang)], look),
        *_few([f"<p>{_safe(look.labelled('note'))} {_safe(note)}</p>" for note in other_notes(summary)], look),
        f"<details><summary>{_safe(look.say('cannot_show'))}</summary><ul>"
        + "".join(f"<li>{_safe(sentence)}</li>" for sentence in summary["cannot_show"])
        + "</ul></details>",
    ]
    return f'<div style="border-left:4px solid #0072B2;padding:0 12px">{"".join(parts)}</div>'


def _diagnosis(one: Mapping[str, Any], look: Look) -> str:
    severity = Severity(one["severity"])
    return (
        f'<p style="border-left:6px solid {_SEVERITY_COLOURS[severity]};padding-left:8px;margin:6px 0">'
        f"<b>! {_safe(look.labelled(severity))}</b> {_safe(one['text'])}</p>"
    )


def _mapping(summary: Mapping[str, Any]) -> Mapping[str, Any]:
    mapping: Mapping[str, Any] = summary.get("orders", {}).get("mapping") or {}
    return mapping


def _worklist(summary: Mapping[str, Any], dearest: Sequence[Mapping[str, Any]], look: Look) -> str:
    dearest = [row for row in dearest if row["decision"] is None]
    if not dearest:
        return ""
    total = summary["needs_a_person"]["identifiers"] + summary["needs_a_person"]["others"]
    names = (("at_risk", _NUMBER), ("identifier", _WORDS), ("why", _WORDS), ("since", _NUMBER))
    head = "".join(f'<th scope="col" style="{style}">{_safe(look.say(name))}</th>' for name, style in names)
    body = "".join(_item(row, look) for row in dearest)
    title = look.say("worklist", count=look.grouped(len(dearest)), total=look.grouped(total))
    return (
        f'<p style="margin:10px 0 2px"><b>{_safe(title)}</b></p>'
        f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    )


def _item(row: Mapping[str, Any], look: Look) -> str:
    money = " ".join(filter(None, (look.money(row["at_risk"], row["currency"]), row["currency"])))
    place = row["source"] or ""
    if row["record"] is not None:
        place = look.say("where", source=_cut(place, _NAME_CHARACTERS), record=row["record"])
    named = f"<b>{_safe(row['identifier'] or '—', _NAME_CHARACTERS)}</b><br>{_safe(row['outcome'])}"
    told = f'{_safe(row["why"])}<br>→ {_safe(row["next_step"])}<br><span style="{_QUIET}">{_safe(place)}</span>'
    since = "" if row["since"] is None else look.grouped(row["since"])
    return (
        f'<tr><td style="{_NUMBER}"><b>{_safe(money, _NAME_CHARACTERS)}</b></td><td style="{_WORDS}">{named}</td>'
        f'<td style="{_WORDS}">{told}</td><td style="{_NUMBER}">{since}</td></tr>'
    )


def _intake(summary: Mapping[str, Any], look: Look) -> str:
    return look.say("intake", **{name: look.grouped(count) for name, count in summary["intake"].items()})


def _badge(word: str, count: int, look: Look) -> str:
    verdict = Verdict(word)
    return (
        f'<span style="border-left:6px solid {COLOURS[verdict]};padding:0 10px 0 6px;white-space:nowrap">'
        f"{SYMBOLS[verdict]} {_safe(word)} <b>{look.grouped(count)}</b></span>"
    )


def _money(summary: Mapping[str, Any], look: Look) -> str:
    """Outcomes with their numbers and their shares of the difference, and the tie-out below, a column a currency."""
    currencies = summary["tie_out"][:_CURRENCIES_MAX]
    names = [row["currency"] or look.say("no_currency") for row in currencies]
    head = [look.say("outcome"), look.say("count"), *(f"{look.say('difference')} {_cut(name, 12)}" for name in names)]
    rows = [
        (
            f"{'!' if outcome.is_exception else ' '} {code}",
            look.grouped(summary["outcomes"][code]),
            *(look.money(row["by_outcome"].get(code), row["currency"]) for row in currencies),
        )
        for code, outcome in OUTCOMES.items()
        if code in summary["outcomes"]
    ]
    total = [
        (look.say(name), "", *(look.money(row[name], row["currency"]) for row in currencies))
        for name in ("ordered", "paid", "difference")
    ]
    more = len(summary["tie_out"]) - len(currencies)
    orders = {name: look.grouped(summary["orders"][name]) for name in ("rows", "unreadable")}
    return (
        f'<p style="margin:10px 0 2px"><b>{_safe(look.say("outcomes", **orders))}</b></p><table><thead><tr>'
        + "".join(f'<th scope="col" style="{_style(place)}">{_safe(name)}</th>' for place, name in enumerate(head))
        + "</tr></thead><tbody>"
        + "".join(_row(row, "") for row in rows)
        + "".join(_row(row, ";font-weight:bold") for row in total)
        + "</tbody></table>"
        + (f"<p>{_safe(look.say('more', count=look.grouped(more)))}</p>" if more else "")
    )


def _row(cells: Iterable[str], also: str) -> str:
    shown = "".join(f'<td style="{_style(place)}{also}">{_safe(cell)}</td>' for place, cell in enumerate(cells))
    return f"<tr>{shown}</tr>"


def _style(place: int) -> str:
    return _NUMBER if place else _WORDS


def _few(items: Sequence[str], look: Look) -> Iterator[str]:
    yield from items[:_ITEMS_MAX]
    if len(items) > _ITEMS_MAX:
        yield f"<p>{_safe(look.say('more', count=look.grouped(len(items) - _ITEMS_MAX)))}</p>"


def _cut(text: str, characters: int) -> str:
    return text if len(text) <= characters else text[: characters - 1] + "…"


def _safe(text: str, characters: int = _TEXT_CHARACTERS) -> str:
    return escape(_cut(printable(text), characters))
