"""The sheets of a report's workbook: which columns of which table, how wide, and what each holds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import IO, Any, Final

import pyarrow as pa

from corena_recon.report.displays.terminal import Look
from corena_recon.report.workbook.cells import Column, Kind
from corena_recon.report.workbook.front import FRONT_COLUMNS, front_of
from corena_recon.report.workbook.package import SHEET_MAX_ROWS, Sheet, Written, write_package
from corena_recon.report.workbook.words import WORKBOOK
from corena_recon.schemas import RESULT_SCHEMA, TIE_OUT_SCHEMA, VERIFIED_SCHEMA, WORKLIST_SCHEMA

Parts = Callable[[str, Sequence[str]], Iterable[pa.Table]]
"""Gives the rows of a table, with these columns, in parts."""

_SCHEMAS: Final = {
    "worklist": WORKLIST_SCHEMA,
    "results": RESULT_SCHEMA,
    "notifications": VERIFIED_SCHEMA,
    "tie_out": TIE_OUT_SCHEMA,
}
"""The tables of a workbook, in the order of its sheets."""
_PROSE: Final = frozenset({"why", "next_step"})
_LEFT_OUT: Final = frozenset({"raw"})
_CURRENCY_OF: Final = {
    "order_amount": "order_currency",
    "difference": "order_currency",
    "paid_amount": "paid_currency",
}
"""The currencies of amounts where a table has several columns of them."""
_WIDTHS: Final = {Kind.TEXT: 16, Kind.PROSE: 60, Kind.COUNT: 12, Kind.MONEY: 20, Kind.MOMENT: 20}
_WIDE: Final = {
    "source": 30,
    "identifier": 26,
    "outcome": 22,
    "reasons": 40,
    "findings": 40,
    "payment_trx": 26,
    "signature": 30,
    "extra": 40,
}


def write_workbook(
    file: IO[bytes],
    columns_of: Mapping[str, Sequence[str]],
    parts: Parts,
    summary: Mapping[str, Any],
    lang: str,
    *,
    max_rows: int = SHEET_MAX_ROWS,
) -> None:
    """Writes a report as a workbook: summary, worklist, results, notifications and tie-out.

    Args:
        file: Where to.
        columns_of: The tables that the report has, by name, with the names of their columns.
        parts: Gives their rows.
        summary: Of the report.
        lang: Of labels and of the names of sheets.
        max_rows: How many rows a sheet has room for.
    """
    names = [name for name in _SCHEMAS if name in columns_of]
    columns = [_columns(name, columns_of[name]) for name in names]
    written: list[Written] = []

    def front() -> Iterator[pa.Table]:
        notes = _notes(names, written[::-1], Look(lang))
        yield front_of(summary, notes, Look(lang))

    sheets = [
        Sheet(WORKBOOK.say("summary", lang), FRONT_COLUMNS, front(), is_table=False),
        *(
            Sheet(WORKBOOK.say(name, lang), of_table, parts(name, [column.name for column in of_table]))
            for name, of_table in zip(names, columns, strict=True)
        ),
    ]
    write_package(file, sheets, written, max_rows=max_rows)


def write_list(
    file: IO[bytes], title: str, rows: pa.Table, widths: Mapping[str, int], choices: Mapping[str, Sequence[str]]
) -> None:
    """Writes a workbook of one sheet, to be filled in.

    Args:
        file: Where to.
        title: On its tab.
        rows: Amounts in the currency of the column ``currency``.
        widths: Of columns that are not as wide as others, in characters.
        choices: Words that a column's cells are offered.
    """
    columns = [_column(field, place, rows.column_names) for place, field in enumerate(rows.schema)]
    sized = tuple(column._replace(width=widths.get(column.name, column.width)) for column in columns)
    write_package(file, [Sheet(title, sized, [rows], choices=choices)], [])


def _columns(table: str, names: Sequence[str]) -> tuple[Column, ...]:
    fields = [field for field in _SCHEMAS[table] if field.name in names and field.name not in _LEFT_OUT]
    return tuple(_column(field, place, names) for place, field in enumerate(fields))


def _column(field: pa.Field, place: int, names: Sequence[str]) -> Column:
    kind = Kind.PROSE if field.name in _PROSE else _kind_of(field.type)
    width = max(_WIDE.get(field.name, _WIDTHS[kind]), len(field.name) + 4)
    currency = "currency" if "currency" in names else _CURRENCY_OF[field.name] if kind is Kind.MONEY else None
    return Column(field.name, kind, place, width, currency)


def _kind_of(kind: pa.DataType) -> Kind:
    if pa.types.is_decimal(kind):
        return Kind.MONEY
    if pa.types.is_timestamp(kind):
        return Kind.MOMENT
    return Kind.COUNT if pa.types.is_integer(kind) else Kind.TEXT


def _notes(names: Sequence[str], written: Sequence[Written], look: Look) -> list[str]:
    """What the workbook says of itself."""
    notes = [WORKBOOK.say("text", look.lang)]
    for name, of_sheet in zip(names, written, strict=True):
        for key, count in (
            ("left_out", of_sheet.left_out),
            ("cut", of_sheet.bent.cut),
            ("as_text", of_sheet.bent.as_text),
        ):
            if count:
                sheet = WORKBOOK.say(name, look.lang)
                notes.append(WORKBOOK.say(key, look.lang, sheet=sheet, count=look.grouped(count)))
    return notes
