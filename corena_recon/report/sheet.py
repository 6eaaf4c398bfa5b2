"""The worklist as CSV for a spreadsheet: text cannot become a formula, amounts are numbers, nothing hides.

A spreadsheet takes what begins with ``=``, ``+``, ``-`` or ``@`` for a formula, whoever wrote it; an apostrophe before
it makes it text.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, Final

import pyarrow as pa

from corena_recon.currencies import MINOR_DIGITS
from corena_recon.schemas import WORKLIST_SCHEMA
from corena_recon.text import printable

_BYTE_ORDER_MARK: Final = "\ufeff"
"""Without it spreadsheets take UTF-8 for something else."""
_FORMULA_BEGINS: Final = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "'")
_USUAL_DIGITS: Final = 2


def worklist_csv(worklist: Iterable[pa.Table]) -> bytes:
    """The worklist as the bytes of a CSV file, in parts or whole."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_MINIMAL, lineterminator="\r\n")
    writer.writerow(WORKLIST_SCHEMA.names)
    for part in worklist:
        writer.writerows([_cell(name, row) for name in WORKLIST_SCHEMA.names] for row in part.to_pylist())
    return (_BYTE_ORDER_MARK + text.getvalue()).encode()


def _cell(name: str, row: Mapping[str, Any]) -> str:
    value = row[name]
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return _amount(value, row["currency"])
    if isinstance(value, int):
        return str(value)
    shown = printable(value)
    return f"'{shown}" if shown.lstrip().startswith(_FORMULA_BEGINS) else shown


def _amount(amount: Decimal, currency: str | None) -> str:
    """A number with the decimals of its currency, with all 8 where they say something."""
    digits = MINOR_DIGITS.get(currency or "", _USUAL_DIGITS)
    rounded = f"{amount:.{digits}f}"
    return rounded if Decimal(rounded) == amount else f"{amount:.8f}"
