"""Sheets of cells as exports: whatever a file keeps them in, each has a header somewhere and rows below."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import pyarrow as pa

from corena_recon.errors import OptionError, SourceError
from corena_recon.orders.exports.columnar import NumberText, cell_text
from corena_recon.orders.exports.export import Export, Hints, export_of_columns
from corena_recon.text import printable

_EXCEL_DIGITS: Final = 15
"""Significant digits that a spreadsheet shows and keeps."""
_HEADER_ROWS: Final = 100
"""Among how many rows the header is looked for."""


def exports_of_sheets(
    source: str,
    form: str,
    sheets: Mapping[str, Sequence[Sequence[Any]]],
    hints: Hints,
    notes: Mapping[str, str | int],
) -> list[Export]:
    """The sheet that is asked for, or all that have a header, or the first that has rows where none has.

    Args:
        source: What the file is called.
        form: Its form.
        sheets: The rows of each sheet, by its name.
        hints: What is known of it.
        notes: What is to be told of the file.

    Raises:
        SourceError: It holds no rows.
        OptionError: It has no such sheet.
    """
    if hints.sheet is not None and hints.sheet not in sheets:
        raise OptionError(
            f"sheet names none that {printable(source)} has", hint=f"one of {', '.join(map(repr, sheets))}"
        )
    with_rows = {name: rows for name, rows in sheets.items() if rows and hints.sheet in (None, name)}
    if not with_rows:
        raise SourceError(f"{printable(source)} holds no rows", hint="export the orders again", path=source)
    usual = next(iter(with_rows))
    read = [name for name, rows in with_rows.items() if has_header(rows, hints)] if hints.is_header else [usual]
    read = read or [usual]
    others = [each for each in sheets if each not in read]
    told = {**({"other_sheets": ", ".join(others)} if others else {}), **notes}
    exports = []
    for name in read:
        own_source = source if len(read) == 1 else f"{source}!/{name}"
        export = export_of_rows(own_source, form, sheets[name], hints)
        exports.append(replace(export, notes={"sheet": name, **(told if name == read[0] else {})}))
    return exports


def has_header(rows: Sequence[Sequence[Any]], hints: Hints) -> bool:
    """Whether one of the first rows has the names of a header."""
    first = _texts_of_first(rows)
    place = hints._replace(header_row=None).header_place("", first)
    return place is not None and hints.is_named_by(first[place])


def export_of_rows(source: str, form: str, rows: Sequence[Sequence[Any]], hints: Hints) -> Export:
    """The rows below the header, or below the first that says anything, as strings."""
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
        return text_of_number(value)
    if isinstance(value, dt.datetime) and value.time() == dt.time():
        return value.date().isoformat()
    return cell_text(value)


def text_of_number(value: float) -> NumberText:
    """A number with the significant digits that a spreadsheet shows, whole ones without a decimal point."""
    return NumberText(str(int(value)) if value.is_integer() and abs(value) < 1e15 else f"{value:.{_EXCEL_DIGITS}g}")


def _texts_of_first(rows: Sequence[Sequence[Any]], count: int = 0) -> list[list[str]]:
    return [[_text_of_cell(cell) or "" for cell in row] for row in rows[: max(count, _HEADER_ROWS)]]
