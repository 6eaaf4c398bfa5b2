"""HTML tables as text, which shops name ``.xls``."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import Final, NamedTuple

from corena_recon.errors import SourceError
from corena_recon.orders.exports.delimited import decode
from corena_recon.orders.exports.export import NO_HINTS, Export, Hints
from corena_recon.orders.exports.sheets.sheets import export_of_rows, has_header
from corena_recon.text import printable

_SPAN_MAX: Final = 65_536
_COLUMNS_MAX: Final = 1_000


_NO_TAG: Final = re.compile(r"<+(?![A-Za-z/!?])")
_PRIVATE: Final = range(0xE000, 0xF900)


def read_html(source: str, octets: bytes, hints: Hints = NO_HINTS) -> Export:
    """The first table of an HTML file that has a header, or else rows, as strings.

    What stands in a cell that spans several rows stands in each of them.

    Raises:
        SourceError: The file holds no table with rows.
    """
    decoded = decode(octets, hints.encoding)
    text = decoded.octets.decode("utf-8")
    parser = _TableParser(_unused_in(text))
    parser.feed(_NO_TAG.sub(lambda found: parser.stand_in * len(found[0]), text))
    parser.close()
    tables = [table for table in parser.tables if len(table) > 1 or (table and len(table[0]) > 1)]
    if not tables:
        raise SourceError(f"{printable(source)} holds no table", hint="export the orders as CSV", path=source)
    rows = next((table for table in tables if hints.is_header and has_header(table, hints)), tables[0])
    return replace(export_of_rows(source, "html", rows, hints), notes={"encoding": decoded.encoding})


def _unused_in(text: str) -> str:
    """A character of which none is in the text; ``<`` where there is no such."""
    used = {*text}
    return next((chr(number) for number in _PRIVATE if chr(number) not in used), "<")


class _Cell(NamedTuple):
    """A cell of an HTML table, and how many rows and columns it spans."""

    text: str
    rows: int
    columns: int


class _TableParser(HTMLParser):
    """Collects the cells of every table; a nested table belongs to its cell.

    Args:
        stand_in: What stands for a ``<`` that begins no tag: the parser takes its time over each of these.

    Attributes:
        tables: Rows of texts, once it is closed.
    """

    def __init__(self, stand_in: str) -> None:
        super().__init__(convert_charrefs=True)
        self.stand_in = stand_in
        self.tables: list[list[list[str]]] = []
        self._cells: list[list[list[_Cell]]] = []
        self._depth = 0
        self._cell: list[str] | None = None
        self._spans = (1, 1)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            self._depth += 1
            if self._depth == 1:
                self._cells.append([])
        if self._depth != 1:
            return
        if tag == "tr":
            self._end_cell()
            self._cells[-1].append([])
        elif tag in ("td", "th"):
            self._end_cell()
            self._cell = []
            self._spans = (_span(attrs, "rowspan"), _span(attrs, "colspan"))
        elif tag == "br" and self._cell is not None:
            self._cell.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag == "table" and self._depth:
            if self._depth == 1:
                self._end_cell()
            self._depth -= 1
        elif tag in ("td", "th", "tr") and self._depth == 1:
            self._end_cell()

    def handle_data(self, data: str) -> None:
        if self._cell is not None:
            self._cell.append(data.replace(self.stand_in, "<"))

    def close(self) -> None:
        super().close()
        self._end_cell()
        self.tables = [[row for row in _laid_out(table) if row] for table in self._cells]

    def _end_cell(self) -> None:
        if self._cell is None:
            return
        if not self._cells[-1]:
            self._cells[-1].append([])
        self._cells[-1][-1].append(_Cell("".join(self._cell).strip(), *self._spans))
        self._cell = None


def _span(attrs: list[tuple[str, str | None]], name: str) -> int:
    text = (dict(attrs).get(name) or "").strip()
    if not (text.isascii() and text.isdigit()) or len(text) > len(str(_SPAN_MAX)):
        return 1
    return min(int(text), _SPAN_MAX) or (_SPAN_MAX if name == "rowspan" else 1)


def _laid_out(rows: list[list[_Cell]]) -> list[list[str]]:
    """The texts of a table where they stand: below a cell that spans rows, and empty beside one that spans columns."""
    from_above: dict[int, tuple[str, int]] = {}
    table = []
    for cells in rows:
        row: list[str] = []
        waiting = list(reversed(cells))
        while waiting or len(row) in from_above:
            if len(row) in from_above:
                text, left = from_above.pop(len(row))
                if left > 1:
                    from_above[len(row)] = (text, left - 1)
                row.append(text)
                continue
            cell = waiting.pop()
            for text in (cell.text, *[""] * (min(cell.columns, _COLUMNS_MAX) - 1)):
                if cell.rows > 1:
                    from_above[len(row)] = (text, cell.rows - 1)
                row.append(text)
        table.append(row)
    return table
