"""Spreadsheets as text: Excel workbooks, old and new, and the HTML tables that shops name ``.xls``."""

from __future__ import annotations

import datetime as dt
import errno
import pickle
import subprocess
import sys
from dataclasses import replace
from html.parser import HTMLParser
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import pyarrow as pa

from corena_recon.errors import OptionError, SourceError
from corena_recon.orders.exports import workbook_process
from corena_recon.orders.exports.columnar import NumberText, cell_text
from corena_recon.orders.exports.delimited import decode
from corena_recon.orders.exports.export import NO_HINTS, Export, Hints, export_of_columns
from corena_recon.orders.exports.workbook_process import UNREADABLE, Found
from corena_recon.text import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

_EXCEL_DIGITS: Final = 15
"""Significant digits that a spreadsheet shows and keeps."""
_SECONDS: Final = 10
_SECONDS_A_MEGABYTE: Final = 20
_MEMORY_BYTES: Final = 256 * 2**20
_MEMORY_BYTES_A_BYTE: Final = 256
"""What reading a workbook may take, and what more for each megabyte or byte of it."""
_NAMED_MAX: Final = 10
_HEADER_ROWS: Final = 100
"""Among how many rows the header is looked for."""
_SPAN_MAX: Final = 65_536
_COLUMNS_MAX: Final = 1_000


def read_workbook(source: str, octets: bytes, hints: Hints = NO_HINTS) -> list[Export]:
    """The sheets of an ``.xlsx``, ``.xls`` or ``.ods`` file as strings.

    These are the sheet that is asked for, or all that have a header, or the first that has rows where none has.

    It is read in a process of its own, whose memory and time are limited: damaged workbooks end, fill or hold up
    the process that reads them. Cells that stand far from all others are passed over where they alone make the sheet
    large; the note ``stray_cells`` names them.

    Numbers are written with the 15 significant digits that a spreadsheet keeps, whole ones without a decimal
    point; dates as ISO 8601.

    Raises:
        SourceError: The file is no workbook, is damaged, or holds no rows.
        OptionError: It has no such sheet.
    """
    found = _found_in(source, octets, hints.sheet)
    names, sheets = found["names"], found["sheets"]
    if hints.sheet is not None and hints.sheet not in names:
        raise OptionError(
            f"sheet names none that {printable(source)} has", hint=f"one of {', '.join(map(repr, names))}"
        )
    if not sheets:
        raise SourceError(f"{printable(source)} holds no rows", hint="export the orders again", path=source)
    usual = next(iter(sheets))
    read = [name for name, rows in sheets.items() if _has_header(rows, hints)] if hints.is_header else [usual]
    read = read or [usual]
    others = [each for each in names if each not in read]
    notes: dict[str, str | int] = {"other_sheets": ", ".join(others)} if others else {}
    if stray := found["stray"]:
        more = f" and {len(stray) - _NAMED_MAX} more" if len(stray) > _NAMED_MAX else ""
        notes["stray_cells"] = ", ".join(stray[:_NAMED_MAX]) + more
    exports = []
    for name in read:
        own_source = source if len(read) == 1 else f"{source}!/{name}"
        export = _export_of_rows(own_source, "excel", sheets[name], hints)
        exports.append(replace(export, notes={"sheet": name, **(notes if name == read[0] else {})}))
    return exports


def read_html(source: str, octets: bytes, hints: Hints = NO_HINTS) -> Export:
    """The first table of an HTML file that has a header, or else rows, as strings.

    What stands in a cell that spans several rows stands in each of them.

    Raises:
        SourceError: The file holds no table with rows.
    """
    decoded = decode(octets, hints.encoding)
    parser = _TableParser()
    parser.feed(decoded.octets.decode("utf-8"))
    parser.close()
    tables = [table for table in parser.tables if len(table) > 1 or (table and len(table[0]) > 1)]
    if not tables:
        raise SourceError(f"{printable(source)} holds no table", hint="export the orders as CSV", path=source)
    rows = next((table for table in tables if hints.is_header and _has_header(table, hints)), tables[0])
    return replace(_export_of_rows(source, "html", rows, hints), notes={"encoding": decoded.encoding})


def _has_header(rows: Sequence[Sequence[Any]], hints: Hints) -> bool:
    first = _texts_of_first(rows)
    place = hints._replace(header_row=None).header_place("", first)
    return place is not None and hints.is_named_by(first[place])


def _texts_of_first(rows: Sequence[Sequence[Any]], count: int = 0) -> list[list[str]]:
    return [[_text_of_cell(cell) or "" for cell in row] for row in rows[: max(count, _HEADER_ROWS)]]


def _found_in(source: str, octets: bytes, sheet: str | None) -> Found:
    """What the other process read; it tries again without stray cells where it came to no end."""
    seconds = _SECONDS + _SECONDS_A_MEGABYTE * len(octets) // 2**20
    given = pickle.dumps((sheet, octets), pickle.HIGHEST_PROTOCOL)
    why = ": reading it takes more time or memory than a file of its size may take"
    for which in ("all", "stray"):
        try:
            done = subprocess.run(  # noqa: S603 - this package's own program
                _command(_MEMORY_BYTES + _MEMORY_BYTES_A_BYTE * len(octets), which),
                input=given,
                capture_output=True,
                timeout=seconds,
                check=False,
            )
        except subprocess.TimeoutExpired:
            continue
        except OSError as error:
            raise SourceError(
                f"{printable(source)} cannot be read: no process can be started for it: {error.strerror}",
                hint="export the orders as CSV",
                path=source,
            ) from error
        if done.returncode == 0:
            found: Found = pickle.loads(done.stdout)  # noqa: S301 - written by this package's own program
            return found
        if done.returncode == UNREADABLE:
            why = "" if which == "all" else why
            break
    raise SourceError(
        f"{printable(source)} is no readable workbook{why}",
        hint="open it in a spreadsheet and save it again as .xlsx, or export the orders as CSV",
        path=source,
    )


def _command(memory_bytes: int, which: str) -> list[str]:
    reader = find_spec("python_calamine")
    if reader is None or reader.origin is None or not sys.executable:
        raise OSError(errno.ENOENT, "there is no interpreter or no reader")
    folder = str(Path(reader.origin).parents[1])
    return [sys.executable, "-I", "-S", workbook_process.__file__, folder, str(memory_bytes), which]


def _export_of_rows(source: str, form: str, rows: Sequence[Sequence[Any]], hints: Hints) -> Export:
    place = hints.header_place(source, _texts_of_first(rows, hints.header_row or 0))
    start = next(place for place, row in enumerate(rows) if any(map(_text_of_cell, row))) if place is None else place
    header, *body = rows[start:]
    width = max(len(row) for row in rows[start:])
    names = [_text_of_cell(cell) or "" for cell in header] + [""] * (width - len(header))
    columns: list[pa.Array] = []
    is_number: dict[int, pa.Array] = {}
    for place in range(width):
        cells = [_text_of_cell(row[place]) if place < len(row) else None for row in body]
        columns.append(pa.array(cells, pa.string()))
        numbers = [isinstance(cell, NumberText) for cell in cells]
        if any(numbers):
            is_number[place] = pa.array(numbers, pa.bool_())
    return replace(export_of_columns(source, form, names, columns), is_number=is_number)


def _text_of_cell(value: object) -> str | None:
    if isinstance(value, float):
        return NumberText(str(int(value)) if value.is_integer() and abs(value) < 1e15 else f"{value:.{_EXCEL_DIGITS}g}")
    if isinstance(value, dt.datetime) and value.time() == dt.time():
        return value.date().isoformat()
    return cell_text(value)


class _Cell(NamedTuple):
    """A cell of an HTML table, and how many rows and columns it spans."""

    text: str
    rows: int
    columns: int


class _TableParser(HTMLParser):
    """Collects the cells of every table; a nested table belongs to its cell.

    Attributes:
        tables: Rows of texts, once it is closed.
    """

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
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
            self._cell.append(data)

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
