"""Columns of Arrow as cells of a sheet.

Text is inline text and nothing else, whatever it begins with: no cell is a formula or a link. Amounts are numbers, with
the decimals of their currency.
"""

from __future__ import annotations

from enum import IntEnum, StrEnum
from typing import Final, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from corena_recon.money import number_texts
from corena_recon.tables.columns import flags, whole
from corena_recon.text import printable_column

CELL_MAX_UNITS: Final = 32_767
"""How long the text of a cell may be, in units of UTF-16."""
NUMBER_MAX_DIGITS: Final = 15
"""How many significant digits a spreadsheet keeps of a number."""

_CUT: Final = "…"
_STAND_IN: Final = "_x[0-9A-Fa-f]{4}_"
"""What a spreadsheet takes for a character by its number."""
_MARKED: Final = f"[&<>]|^ | $|{_STAND_IN}"
"""What has to be written otherwise; most columns have nothing of it."""
_ROWS_A_WORD: Final = 8
"""With so many rows a word it takes less to write the words and then to take them."""
_DAY_US: Final = 86_400_000_000
_EPOCH_DAY: Final = 25_569
_MOMENT_DAYS: Final = (61.0, 2_958_465.0)
"""The days that all spreadsheets count alike: from March 1900 to the end of 9999."""


class Style(IntEnum):
    """How a cell looks: places in the list of styles."""

    TEXT = 1
    HEAD = 2
    TITLE = 3
    COUNT = 4
    MOMENT = 5
    EXACT = 6
    WHOLE = 7
    CENTS = 8
    MILLS = 9
    FULL = 10
    NUMBER_HEAD = 11
    PROSE = 12


_OF_DECIMALS: Final = {0: Style.WHOLE, 2: Style.CENTS, 3: Style.MILLS}


class Kind(StrEnum):
    """What a column holds."""

    TEXT = "text"
    TITLE = "title"
    PROSE = "prose"
    COUNT = "count"
    MONEY = "money"
    MOMENT = "moment"


_FILLED_SHARE: Final = 0.9
"""Of a line, since words are not parted."""
_LINES_MAX: Final = 20
_LINE_POINTS: Final = 15
_STYLES: Final = {Kind.TEXT: Style.TEXT, Kind.TITLE: Style.TITLE, Kind.PROSE: Style.PROSE}
"""Of what holds text; prose goes on in a next line."""


class Column(NamedTuple):
    """A column of a table, and where in a sheet it goes.

    Attributes:
        name: Of the column.
        kind: What it holds.
        place: Which column of the sheet, from 0 on; where two columns share one, a row has a value in one of them.
        width: In characters.
        currency: The column with the currencies of amounts.
    """

    name: str
    kind: Kind
    place: int
    width: int
    currency: str | None = None


class Bent(NamedTuple):
    """How many cells do not hold what the table does, and why.

    Attributes:
        cut: Texts that are longer than a cell may be.
        as_text: Amounts with more digits than a number of a spreadsheet has: they are text.
    """

    cut: int = 0
    as_text: int = 0

    def plus(self, other: Bent) -> Bent:
        """Those of both."""
        return Bent(self.cut + other.cut, self.as_text + other.as_text)


def letters_of(place: int) -> str:
    """What a spreadsheet calls a column, from 0 on."""
    return (letters_of(place // 26 - 1) if place >= 26 else "") + chr(ord("A") + place % 26)


def row_elements(rows: pa.Table, columns: tuple[Column, ...], first: int) -> tuple[pa.Array, Bent]:
    """Rows as XML, one element each, and what had to be bent.

    Args:
        rows: Of a table that has these columns.
        columns: In the order of their places.
        first: The number of the first row in the sheet, from 1 on.
    """
    numbers = _large(pa.array(range(first, first + len(rows))).cast(pa.string()))
    cells, bent = [], Bent()
    for column in columns:
        elements, of_column = _CELLS[column.kind](_At(letters_of(column.place), numbers), rows, column)
        cells.append(elements)
        bent = bent.plus(of_column)
    return _joined('<row r="', numbers, _heights(rows, columns), *cells, "</row>"), bent


def _heights(rows: pa.Table, columns: tuple[Column, ...]) -> pa.Array | str:
    """How high rows are in which prose goes on in a next line; not every program finds out by itself."""
    prose = [column for column in columns if column.kind is Kind.PROSE]
    if not prose:
        return '">'
    lines = [pc.divide(pc.utf8_length(whole(rows[column.name])), int(column.width * _FILLED_SHARE)) for column in prose]
    most = pc.min_element_wise(pc.max_element_wise(*lines, 0), _LINES_MAX - 1)
    heights = pc.multiply(pc.add(pc.cast(most, pa.int64()), 1), _LINE_POINTS).cast(pa.string())
    return _joined('" ht="', _large(heights), '" customHeight="1">')


def head_element(columns: tuple[Column, ...]) -> bytes:
    """The first row: the names of the columns."""
    named = pa.table([pa.array([column.name]) for column in columns], names=[column.name for column in columns])
    at = {column.name: _At(letters_of(column.place), _large(pa.array(["1"]))) for column in columns}
    cells = [at[column.name].texts(named[column.name], _head_style(column.kind))[0] for column in columns]
    row: str = _joined('<row r="1">', *cells, "</row>")[0].as_py()
    return row.encode()


def _head_style(kind: Kind) -> Style:
    return Style.HEAD if kind in _STYLES else Style.NUMBER_HEAD


class _At(NamedTuple):
    """Where cells stand: a column's letters, and the numbers of rows."""

    letters: str
    rows: pa.Array

    def texts(self, column: pa.ChunkedArray, style: Style) -> tuple[pa.Array, int]:
        """Cells of text, nothing where it is null, and how many were cut."""
        texts = whole(column)
        words = texts.dictionary_encode()
        if len(words.dictionary) * _ROWS_A_WORD <= len(texts):
            bodies, cut = _bodies(words.dictionary, style)
            if not cut:
                return self._cells(bodies.take(words.indices)), 0
        bodies, cut = _bodies(texts, style)
        return self._cells(bodies), cut

    def _cells(self, bodies: pa.Array) -> pa.Array:
        return _joined_or_null(f'<c r="{self.letters}', self.rows, bodies)

    def numbers(self, texts: pa.Array, styles: pa.Array) -> pa.Array:
        """Cells of numbers, nothing where the text is null."""
        return _joined_or_null(f'<c r="{self.letters}', self.rows, '" s="', styles, '"><v>', _large(texts), "</v></c>")


def _texts(at: _At, rows: pa.Table, column: Column) -> tuple[pa.Array, Bent]:
    cells = rows[column.name]
    texts = pc.binary_join(whole(cells), ", ") if pa.types.is_list(cells.type) else cells.cast(pa.string())
    elements, cut = at.texts(texts, _STYLES[column.kind])
    return elements, Bent(cut=cut)


def _counts(at: _At, rows: pa.Table, column: Column) -> tuple[pa.Array, Bent]:
    return at.numbers(whole(rows[column.name]).cast(pa.string()), _word(f"{Style.COUNT:d}")), Bent()


def _moments(at: _At, rows: pa.Table, column: Column) -> tuple[pa.Array, Bent]:
    moments = whole(rows[column.name])
    days = pc.add(pc.divide(moments.cast(pa.int64()).cast(pa.float64()), float(_DAY_US)), float(_EPOCH_DAY))
    first, last = _MOMENT_DAYS
    is_a_day = pc.and_(pc.greater_equal(days, first), pc.less(days, last))
    serials = pc.if_else(is_a_day, days.cast(pa.string()), None)
    others, _ = at.texts(pc.if_else(is_a_day, None, moments.cast(pa.string())), Style.TEXT)
    return pc.coalesce(at.numbers(serials, _word(f"{Style.MOMENT:d}")), others), Bent()


def _money(at: _At, rows: pa.Table, column: Column) -> tuple[pa.Array, Bent]:
    currencies = whole(rows[column.currency]) if column.currency else pa.nulls(len(rows), pa.string())
    texts = number_texts(whole(rows[column.name]), currencies.cast(pa.string()))
    digits = pc.utf8_length(pc.utf8_trim(pc.replace_substring_regex(texts, "[-.]", ""), "0"))
    is_number = pc.less_equal(digits, NUMBER_MAX_DIGITS)
    point = pc.find_substring(texts, ".")
    decimals = pc.if_else(pc.less(point, 0), 0, pc.subtract(pc.subtract(pc.utf8_length(texts), point), 1))
    styles = pa.array([f"{_OF_DECIMALS.get(count, Style.FULL):d}" for count in decimals.to_pylist()], pa.large_string())
    exact, _ = at.texts(pc.if_else(is_number, None, texts), Style.EXACT)
    as_text = int(pc.sum(pc.invert(is_number)).as_py() or 0)
    return pc.coalesce(at.numbers(pc.if_else(is_number, texts, None), styles), exact), Bent(as_text=as_text)


_CELLS: Final = {
    **dict.fromkeys(_STYLES, _texts),
    Kind.COUNT: _counts,
    Kind.MOMENT: _moments,
    Kind.MONEY: _money,
}


def _bodies(texts: pa.Array, style: Style) -> tuple[pa.Array, int]:
    """What stands in cells of text behind their places, and how many were cut."""
    shown, cut = _cut(printable_column(_large(texts)))
    tags: pa.Array | str = "<t>"
    if pc.any(pc.match_substring_regex(shown, _MARKED)).as_py():
        tags = pc.if_else(pc.match_substring_regex(shown, "^ | $"), _word('<t xml:space="preserve">'), _word("<t>"))
        shown = _escaped(shown)
    return _joined_or_null(f'" s="{style:d}" t="inlineStr"><is>', tags, shown, "</t></is></c>"), cut


def _cut(texts: pa.Array) -> tuple[pa.Array, int]:
    """Texts that a cell can hold, and how many were longer."""
    is_long = flags(pc.fill_null(pc.greater(pc.utf8_length(texts), CELL_MAX_UNITS // 2), False))
    if not is_long.any():
        return texts, 0
    cells = texts.to_pylist()
    cut = 0
    for row in is_long.nonzero()[0].tolist():
        units = cells[row].encode("utf-16-le")
        if len(units) > 2 * CELL_MAX_UNITS:
            cells[row] = units[: 2 * (CELL_MAX_UNITS - len(_CUT))].decode("utf-16-le", "ignore") + _CUT
            cut += 1
    return pa.array(cells, pa.large_string()), cut


def _escaped(texts: pa.Array) -> pa.Array:
    for character, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        texts = pc.replace_substring(texts, character, entity)
    is_stand_in = pc.match_substring_regex(texts, _STAND_IN)
    if not pc.any(is_stand_in).as_py():
        return texts
    return pc.if_else(is_stand_in, pc.replace_substring(texts, "_x", "_x005F_x"), texts)


def _joined(*parts: pa.Array | str) -> pa.Array:
    """The parts of each row, without those that are null."""
    return pc.binary_join_element_wise(*map(_part, parts), _word(""), null_handling="skip")


def _joined_or_null(*parts: pa.Array | pa.Scalar | str) -> pa.Array:
    return pc.binary_join_element_wise(*map(_part, parts), _word(""))


def _part(part: pa.Array | pa.Scalar | str) -> pa.Array | pa.Scalar:
    return _word(part) if isinstance(part, str) else part


def _word(text: str) -> pa.Scalar:
    return pa.scalar(text, pa.large_string())


def _large(texts: pa.Array) -> pa.Array:
    return texts.cast(pa.large_string())
