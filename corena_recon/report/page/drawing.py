"""Pictures of a page as shapes with their places: the template writes them as SVG, the style sheet colours them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final, NamedTuple

from corena_recon.report.displays.terminal import Look
from corena_recon.vocabulary import OUTCOMES, Verdict

WIDTH: Final = 760
"""How wide every picture is, in units of its own."""

_UNTRUSTED: Final = (Verdict.FORGED.value, Verdict.SUSPECT.value, Verdict.UNREADABLE.value)
_LEFT: Final = 190
_RIGHT: Final = 150
_ROW: Final = 26
_BAR: Final = 16
_DAILY_HEIGHT: Final = 130
_DAILY_LEFT: Final = 60
_DAILY_BARS_MAX: Final = 130
_WEEK_DAYS: Final = 7
_CUT_SHARE: Final = 0.2
"""Steps that together are a smaller share of the sum would not be seen beside it: the axis is cut then."""


class Bar(NamedTuple):
    """One rectangle; ``kind`` is its class, ``title`` what it says when it is pointed at."""

    x: float
    y: float
    width: float
    height: float
    kind: str
    title: str


class Label(NamedTuple):
    """One text; ``anchor`` is the end of it that stands at its place."""

    x: float
    y: float
    text: str
    anchor: str = "start"


class Drawing(NamedTuple):
    """One picture, as high as it is; lines are given by both ends."""

    height: float
    bars: list[Bar]
    labels: list[Label]
    lines: list[tuple[float, float, float, float]]


def per_week(days: Sequence[Mapping[str, Any]]) -> bool:
    """Whether there are so many days that they are drawn by the week."""
    known = [row["day"] for row in days if row["day"] is not None]
    return bool(known) and (max(known) - min(known)).days >= _DAILY_BARS_MAX


def daily_drawing(days: Sequence[Mapping[str, Any]], verdicts: Sequence[str], look: Look) -> Drawing | None:
    """Records a day, or a week where there are many days, of some verdicts, one on top of another.

    Args:
        days: Rows of ``figures.DAILY``.
        verdicts: Those that are drawn, from below.
        look: How numbers are written.
    """
    step = _WEEK_DAYS if per_week(days) else 1
    sums: dict[int, dict[str, int]] = {}
    for row in days:
        if row["day"] is not None:
            counts = sums.setdefault(row["day"].toordinal() // step, dict.fromkeys(verdicts, 0))
            for verdict in verdicts:
                counts[verdict] += row[verdict]
    tallest = max((sum(counts.values()) for counts in sums.values()), default=0)
    if not tallest:
        return None
    first, last = min(sums), max(sums)
    # More than so many weeks are drawn all the same; each bar is as narrow as it must be.
    width = (WIDTH - _DAILY_LEFT) / (last - first + 1)
    floor = _DAILY_HEIGHT + 10
    bars = []
    for place, counts in sums.items():
        day, top = date.fromordinal(max(place * step, 1)), float(floor)
        for verdict in verdicts:
            if counts[verdict]:
                height = counts[verdict] / tallest * _DAILY_HEIGHT
                top -= height
                title = f"{day.isoformat()} · {verdict} {look.grouped(counts[verdict])}"
                x = _DAILY_LEFT + (place - first) * width
                bars.append(_bar(x, top, width * 0.86, height, kind=verdict, title=title))
    labels = [
        Label(_DAILY_LEFT - 6, 16, look.grouped(tallest), "end"),
        Label(_DAILY_LEFT - 6, floor, "0", "end"),
        Label(_DAILY_LEFT, floor + 18, date.fromordinal(max(first * step, 1)).isoformat()),
        Label(WIDTH, floor + 18, date.fromordinal(max(last * step, 1)).isoformat(), "end"),
    ]
    return Drawing(floor + 26, bars, labels, [(_DAILY_LEFT, floor, WIDTH, floor)])


def waterfall_drawing(steps: Sequence[Mapping[str, Any]], look: Look) -> tuple[Drawing, Decimal]:
    """From what was ordered to what was paid, a step a row; and where the axis begins.

    Args:
        steps: Rows of ``figures.WATERFALL`` of one currency.
        look: How money is written.
    """
    levels = [row["level"] for row in steps]
    highest, lowest = max([*levels, Decimal(0)]), min([*levels, Decimal(0)])
    moved = max(levels) - min(levels)
    begins = lowest
    if min(levels) > 0 and moved < highest * Decimal(str(_CUT_SHARE)):
        begins = Decimal(max(int(min(levels) - (moved or highest) * Decimal("0.35")), 0))
    scale = _scale(begins, highest)
    bars, labels = [], []
    before = Decimal(0)
    for place, row in enumerate(steps):
        is_whole = row["step"] in ("ordered", "paid")
        low, high = sorted((begins if is_whole else before, row["level"]))
        kind = row["step"] if is_whole else "loss" if row["amount"] < 0 else "gain"
        amount = look.money(row["amount"], row["currency"])
        shown = amount if is_whole or row["amount"] < 0 else f"+{amount}"
        name = look.say(row["step"]) if is_whole else row["step"]
        y = place * _ROW + 6
        bars.append(_bar(scale(low), y, max(scale(high) - scale(low), 1.5), _BAR, kind=kind, title=f"{name} {shown}"))
        labels += [Label(_LEFT - 8, y + 13, name, "end"), Label(WIDTH, y + 13, shown, "end")]
        before = row["level"]
    height = len(steps) * _ROW + 8
    return Drawing(height, bars, labels, [(_LEFT, 0, _LEFT, height)]), begins


def outcomes_drawing(rows: Sequence[Mapping[str, Any]], look: Look) -> Drawing | None:
    """What was ordered and paid of each exceptional outcome.

    Args:
        rows: Rows of ``figures.BY_OUTCOME`` of one currency.
        look: How money is written.
    """
    drawn = [row for row in rows if OUTCOMES[row["outcome"]].is_exception and (row["ordered"] or row["paid"])]
    if not drawn:
        return None
    largest = max(abs(row[name] or Decimal(0)) for row in drawn for name in ("ordered", "paid"))
    scale = _scale(Decimal(0), largest)
    bars, labels = [], []
    for place, row in enumerate(drawn):
        y = place * (_ROW + 10) + 4
        labels.append(Label(_LEFT - 8, y + 19, row["outcome"], "end"))
        sides = [name for name in ("ordered", "paid") if row[name]]
        for offset, name in enumerate(sides):
            said = f"{look.say(name)} {look.money(row[name], row['currency'])}"
            top = y + offset * 15 + 8 * (2 - len(sides))
            length = max(scale(abs(row[name])) - _LEFT, 1.5)
            bars.append(_bar(_LEFT, top, length, 12, kind=name, title=f"{row['outcome']}: {said}"))
            labels.append(Label(WIDTH, top + 11, said, "end"))
    height = len(drawn) * (_ROW + 10) + 4
    return Drawing(height, bars, labels, [(_LEFT, 0, _LEFT, height)])


def untrusted() -> tuple[str, ...]:
    """The verdicts that have a picture of their own."""
    return _UNTRUSTED


def _scale(low: Decimal, high: Decimal) -> Any:  # noqa: ANN401 - a function of one amount
    room = WIDTH - _LEFT - _RIGHT
    whole = (high - low) or Decimal(1)
    return lambda amount: _LEFT + float((amount - low) / whole) * room


def _bar(x: float, y: float, width: float, height: float, *, kind: str, title: str) -> Bar:
    return Bar(round(x, 2), round(y, 2), round(width, 2), round(height, 2), kind, title)
