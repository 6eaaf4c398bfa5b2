"""Pictures of a report for a notebook, each with its numbers: matplotlib draws, and is loaded when it does.

In a cell a picture is a PNG with a table below, since a notebook that somebody else ran keeps nothing more.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from html import escape
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import pyarrow as pa

from corena_recon.errors import OptionError, OutputError
from corena_recon.languages import Words
from corena_recon.report.displays.terminal import Look
from corena_recon.tables.frames import frame_of
from corena_recon.text import printable
from corena_recon.vocabulary import COLOURS, OUTCOMES, Verdict

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

PLOTS: Final = Words(
    "plots",
    {
        "daily": "Records a day by verdict",
        "outcomes": "Exceptions by money, {currency}",
        "waterfall": "From ordered to paid, {currency}",
        "undated": "{count} {count:record does not say when it|records do not say when they} came",
        "no_currency": "no currency",
        "more": "… and {count} more row{count:|s} in .table",
    },
)
"""Titles and notes of pictures."""

Rows: TypeAlias = Sequence[Mapping[str, Any]]

_SHOWN_ROWS: Final = 12
_PNG_DPI: Final = 100
_SIDES: Final = {"ordered": COLOURS[Verdict.OTHER_MODE], "paid": COLOURS[Verdict.ACCEPTED]}
_CELL: Final = "padding:2px 10px;text-align:right;font-variant-numeric:tabular-nums"


class Chart:
    """One picture and the numbers that it shows.

    ``table`` has the numbers as a frame, ``draw`` the picture for whoever wants to go on drawing; in a notebook's cell
    both are shown.
    """

    def __init__(self, title: str, numbers: pa.Table, drawn: Callable[[Axes], None], look: Look) -> None:
        self.title = title
        self._numbers = numbers
        self._drawn = drawn
        self._look = look

    @property
    def table(self) -> pd.DataFrame:
        """The numbers."""
        return frame_of(self._numbers)

    def draw(self, ax: Axes | None = None) -> Axes:
        """Draws the picture with matplotlib, into its own figure where no axes are given.

        Raises:
            OutputError: matplotlib is not installed.
        """
        axes = _new_axes() if ax is None else ax
        axes.set_title(printable(self.title), loc="left", parse_math=False)
        self._drawn(axes)
        axes.spines[["top", "right"]].set_visible(False)
        return axes

    def __repr__(self) -> str:
        return f"Chart({printable(self.title)!r}, {len(self._numbers)} rows)"

    def _repr_html_(self) -> str:
        return f"{_picture(self)}{self._small_table()}"

    def _small_table(self) -> str:
        names = self._numbers.column_names
        rows = self._numbers.slice(0, _SHOWN_ROWS).to_pylist()
        head = "".join(f'<th scope="col" style="{_CELL}">{escape(name)}</th>' for name in names)
        body = "".join(f"<tr>{''.join(self._cell(row, name) for name in names)}</tr>" for row in rows)
        more = len(self._numbers) - len(rows)
        note = f"<p>{escape(PLOTS.say('more', self._look.lang, count=self._look.grouped(more)))}</p>" if more else ""
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{note}"

    def _cell(self, row: Mapping[str, Any], name: str) -> str:
        value = row[name]
        if isinstance(value, Decimal):
            value = self._look.money(value, row["currency"])
        elif isinstance(value, int):
            value = self._look.grouped(value)
        return f'<td style="{_CELL}">{escape(printable("" if value is None else str(value)))}</td>'


class Plots:
    """The pictures of one report.

    Args:
        tables: Their numbers: ``daily``, ``outcomes`` and ``waterfall``, as ``figures`` makes them.
        lang: Of titles and labels.
    """

    def __init__(self, tables: Mapping[str, pa.Table], lang: str) -> None:
        self._tables = tables
        self._look = Look(lang)

    def daily(self) -> Chart:
        """Records a day, in UTC, by verdict."""
        numbers = self._tables["daily"]
        used = [verdict for verdict in Verdict if any(numbers[verdict].to_pylist())]
        shown = numbers.select(["day", *used])
        return Chart(
            self._say("daily"), shown, lambda axes: _draw_daily(axes, shown.to_pylist(), used, self._look), self._look
        )

    def outcomes(self, currency: str | None = None) -> Chart:
        """What was ordered and paid of each exceptional outcome; all outcomes are in its table.

        Args:
            currency: Which; that of the most money when None.

        Raises:
            OptionError: The report has no such currency.
        """
        shown, code = self._of_currency("outcomes", currency)
        return Chart(
            self._say("outcomes", currency=code or self._say("no_currency")),
            shown,
            lambda axes: _draw_outcomes(axes, shown.to_pylist(), self._look),
            self._look,
        )

    def waterfall(self, currency: str | None = None) -> Chart:
        """From what was ordered to what was paid, an outcome a step.

        Args:
            currency: As for ``outcomes``.

        Raises:
            OptionError: As for ``outcomes``.
        """
        shown, code = self._of_currency("waterfall", currency)
        return Chart(
            self._say("waterfall", currency=code or self._say("no_currency")),
            shown,
            lambda axes: _draw_waterfall(axes, shown.to_pylist(), self._look),
            self._look,
        )

    def _say(self, key: str, **facts: object) -> str:
        return PLOTS.say(key, self._look.lang, **facts)

    def _of_currency(self, name: str, currency: str | None) -> tuple[pa.Table, str | None]:
        """The rows of one currency, and which it is."""
        numbers = self._tables[name]
        most = {
            row["currency"]: row["level"] for row in self._tables["waterfall"].to_pylist() if row["step"] == "ordered"
        }
        if currency is not None and currency not in most:
            raise OptionError(
                "the report has no such currency",
                hint="its currencies are " + (", ".join(printable(code) for code in most if code) or "not known"),
            )
        code = max(most, key=lambda each: (most[each], each or ""), default=None) if currency is None else currency
        mask = [each == code for each in numbers["currency"].to_pylist()]
        return numbers.filter(pa.array(mask, pa.bool_())), code


def _new_axes() -> Axes:
    try:
        from matplotlib.figure import Figure  # noqa: PLC0415 - loaded when something is drawn
    except ImportError:
        raise OutputError("pictures need matplotlib", hint="pip install 'corena-recon[plot]'") from None
    return Figure(figsize=(8.5, 3.6), layout="constrained").add_subplot()


def _picture(chart: Chart) -> str:
    try:
        figure: Any = chart.draw().figure
    except OutputError as error:
        return f"<p>{escape(str(error))}</p>"
    png = io.BytesIO()
    figure.savefig(png, format="png", dpi=_PNG_DPI, metadata={"Software": None})
    data = base64.b64encode(png.getvalue()).decode("ascii")
    return f'<img src="data:image/png;base64,{data}" alt="{escape(printable(chart.title))}">'


def _draw_daily(axes: Axes, rows: Rows, verdicts: Sequence[Verdict], look: Look) -> None:
    dated = [row for row in rows if row["day"] is not None]
    floors = [0] * len(dated)
    for verdict in verdicts:
        counts = [row[verdict] for row in dated]
        axes.bar([row["day"] for row in dated], counts, bottom=floors, color=COLOURS[verdict], label=verdict.value)
        floors = [floor + count for floor, count in zip(floors, counts, strict=True)]
    undated = sum(row[verdict] for row in rows if row["day"] is None for verdict in verdicts)
    if undated:
        axes.set_xlabel(PLOTS.say("undated", look.lang, count=look.grouped(undated)))
    axes.yaxis.set_major_formatter(lambda count, _: look.grouped(int(count)) if count == int(count) else "")
    axes.legend(frameon=False, ncols=len(verdicts), fontsize="small", loc="upper left", bbox_to_anchor=(0, -0.16))


def _draw_outcomes(axes: Axes, rows: Rows, look: Look) -> None:
    drawn = [row for row in rows if OUTCOMES[row["outcome"]].is_exception]
    for offset, (name, colour) in enumerate(_SIDES.items()):
        amounts = [float(row[name] or 0) for row in drawn]
        places = [place + 0.4 * offset for place in range(len(drawn))]
        axes.barh(places, amounts, height=0.38, color=colour, label=look.say(name))
    axes.set_yticks([place + 0.2 for place in range(len(drawn))], [row["outcome"] for row in drawn])
    axes.invert_yaxis()
    _as_money(axes, rows, look)
    axes.legend(frameon=False, fontsize="small")


def _draw_waterfall(axes: Axes, rows: Rows, look: Look) -> None:
    before = 0.0
    for place, row in enumerate(rows):
        is_whole, level = row["step"] in _SIDES, float(row["level"])
        begins = 0.0 if is_whole else before
        colour = (
            _SIDES[row["step"]] if is_whole else COLOURS[Verdict.FORGED if row["amount"] < 0 else Verdict.DUPLICATE]
        )
        axes.barh(place, level - begins, left=begins, color=colour, height=0.6)
        axes.annotate(
            look.money(row["amount"], row["currency"]),
            (max(begins, level), place),
            (4, 0),
            textcoords="offset points",
            va="center",
            fontsize="small",
        )
        before = level
    levels = [float(row["level"]) for row in rows]
    moved = max(levels, default=0) - min(levels, default=0)
    if levels and min(levels) > 0 and moved < 0.2 * max(levels):
        # Steps that nobody could see beside the sums; the axis says where it begins.
        axes.set_xlim(left=min(levels) - 0.35 * (moved or max(levels)))
    axes.set_yticks(range(len(rows)), [look.say(row["step"]) if row["step"] in _SIDES else row["step"] for row in rows])
    axes.invert_yaxis()
    axes.margins(x=0.18)
    _as_money(axes, rows, look)


def _as_money(axes: Axes, rows: Rows, look: Look) -> None:
    axes.xaxis.set_major_formatter(lambda amount, _: look.grouped(round(amount)))
    axes.set_xlabel(printable((rows[0]["currency"] or "") if rows else ""), parse_math=False)
    axes.tick_params(axis="x", labelsize="small")
