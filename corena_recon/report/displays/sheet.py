"""The worklist as CSV for a spreadsheet: text cannot become a formula, amounts are numbers, nothing hides.

A spreadsheet takes what begins with ``=``, ``+``, ``-`` or ``@`` for a formula, whoever wrote it; an apostrophe before
it makes it text. In a workbook cells have types, and text needs none.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator
from typing import Final

import pyarrow as pa

from corena_recon.money import number_texts
from corena_recon.schemas import WORKLIST_SCHEMA
from corena_recon.tables.columns import whole
from corena_recon.text import printable_column

_BYTE_ORDER_MARK: Final = "\ufeff"
"""Without it spreadsheets take UTF-8 for something else."""
_FORMULA_BEGIN: Final = re.compile(r"(^|;)(\s*)(?=[=+\-@＝＋－＠'])")
"""Also behind a semicolon, at which a spreadsheet in French cuts lines, whatever stands between quotes there."""


def worklist_csv(worklist: Iterable[pa.Table]) -> bytes:
    """The worklist as the bytes of a CSV file, in parts or whole."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_MINIMAL, lineterminator="\r\n")
    writer.writerow(WORKLIST_SCHEMA.names)
    for part in worklist:
        writer.writerows(_rows(part.select(WORKLIST_SCHEMA.names)))
    return (_BYTE_ORDER_MARK + text.getvalue()).encode()


def _rows(part: pa.Table) -> Iterator[tuple[str, ...]]:
    amounts = number_texts(whole(part["at_risk"]), whole(part["currency"]))
    at_risk = part.schema.get_field_index("at_risk")
    columns = [
        _shown(amounts) if place == at_risk else _cells(column) for place, column in enumerate(part.itercolumns())
    ]
    return zip(*columns, strict=True)


def _cells(column: pa.ChunkedArray) -> list[str]:
    if not pa.types.is_string(column.type):
        return _shown(column)
    return [_FORMULA_BEGIN.sub(r"\1'\2", text) for text in _shown(printable_column(whole(column)))]


def _shown(column: pa.Array | pa.ChunkedArray) -> list[str]:
    return ["" if value is None else str(value) for value in column.to_pylist()]
