"""The compiled core behind one face: HMAC, marks, decimals, CSV, and records by recipes; each also for Python alone."""

from corena_recon.native.columns import CellKind, Column, Columns
from corena_recon.native.csv_cells import CsvColumns, csv_columns
from corena_recon.native.decimals import read_decimals
from corena_recon.native.digests import decode_rows, key_blocks, sign_rows
from corena_recon.native.entries import NO_ENTRIES, lines_of_several, named_lines
from corena_recon.native.library import core, core_note, has_core
from corena_recon.native.marks import first_rows_of_marks, mark_cells, mark_of_cell
from corena_recon.native.records import (
    NO_VALUE,
    Apart,
    Book,
    ColumnNames,
    Guard,
    Kind,
    Piece,
    Recipe,
    Sink,
    Why,
    take_apart,
)

__all__ = [
    "NO_ENTRIES",
    "NO_VALUE",
    "Apart",
    "Book",
    "CellKind",
    "Column",
    "ColumnNames",
    "Columns",
    "CsvColumns",
    "Guard",
    "Kind",
    "Piece",
    "Recipe",
    "Sink",
    "Why",
    "core",
    "core_note",
    "csv_columns",
    "decode_rows",
    "first_rows_of_marks",
    "has_core",
    "key_blocks",
    "lines_of_several",
    "mark_cells",
    "mark_of_cell",
    "named_lines",
    "read_decimals",
    "sign_rows",
    "take_apart",
]
