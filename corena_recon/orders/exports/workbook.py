"""Spreadsheets as text: Excel workbooks, old and new, and the HTML tables that shops name ``.xls``."""

from __future__ import annotations

import datetime as dt
import io
from dataclasses import replace
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from corena_recon.errors import OptionError, SourceError
from corena_recon.orders.exports.columnar import NumberText, cell_text
from corena_recon.orders.exports.delimited import decode
from corena_recon.orders.exports.export import Export, export_of_columns
from corena_recon.text import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

_EXCEL_DIGITS: Final = 15
"""Significant digits that a spreadsheet shows and keeps."""


def read_workbook(source: str, octets: bytes, *, sheet: str | None = None) -> Export:
    """One sheet of an ``.xlsx``, ``.xls`` or ``.ods`` file as strings, the first that has rows by default.

    Numbers are written with the 15 significant digits that a spreadsheet keeps, whole ones without a decimal
    point; dates as ISO 8601.

    Raises:
        SourceError: The file is no workbook, is damaged, or holds no rows.
        OptionError: It has no such sheet.
    """
    import python_calamine  # noqa: PLC0415 - a compiled reader that few runs need

    try:
        workbook = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(octets))
    except Exception as error:  # calamine raises several unrelated types
        raise SourceError(
            f"{printable(source)} is no readable workbook", hint="save it again as .xlsx", path=source
        ) from error
    names = list(workbook.sheet_names)
    if sheet is not None and sheet not in names:
        raise OptionError(
            f"sheet names none that {printable(source)} has", hint=f"one of {', '.join(map(repr, names))}"
        )
    for name in [sheet] if sheet is not None else names:
        rows = workbook.get_sheet_by_name(name).to_python(skip_empty_area=True)
        if any(cell not in ("", None) for row in rows for cell in row):
            others = [each for each in names if each != name]
            notes: dict[str, str | int] = {"sheet": name} | ({"other_sheets": ", ".join(others)} if others else {})
            return replace(_export_of_rows(source, "excel", rows), notes=notes)
    raise SourceError(f"{printable(source)} holds no rows", hint="export the orders again", path=source)


def read_html(source: str, octets: bytes, *, encoding: str | None = None) -> Export:
    """The first table of an HTML file that has rows, as strings.

    Raises:
        SourceError: The file holds no table with rows.
    """
    decoded = decode(octets, encoding)
    parser = _TableParser()
    parser.feed(decoded.octets.decode("utf-8"))
    parser.close()
    rows = next((table for table in parser.tables if len(table) > 1 or (table and len(table[0]) > 1)), None)
    if rows is None:
        raise SourceError(f"{printable(source)} holds no table", hint="export the orders as CSV", path=source)
    return replace(_export_of_rows(source, "html", rows), notes={"encoding": decoded.encoding})


def _export_of_rows(source: str, form: str, rows: Sequence[Sequence[Any]]) -> Export:
    start = next(place for place, row in enumerate(rows) if any(cell not in ("", None) for cell in row))
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


class _TableParser(HTMLParser):
    """Collects the cells of every table; a nested table belongs to its cell."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: list[list[list[str]]] = []
        self._depth = 0
        self._cell: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        if tag == "table":
            self._depth += 1
            if self._depth == 1:
                self.tables.append([])
        if self._depth != 1:
            return
        if tag == "tr":
            self._end_cell()
            self.tables[-1].append([])
        elif tag in ("td", "th"):
            self._end_cell()
            self._cell = []
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
        self.tables = [[row for row in table if row] for table in self.tables]

    def _end_cell(self) -> None:
        if self._cell is None:
            return
        if not self.tables[-1]:
            self.tables[-1].append([])
        self.tables[-1][-1].append("".join(self._cell).strip())
        self._cell = None
