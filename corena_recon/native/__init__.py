"""Machine code behind one face: HMAC, marks, decimals and lines in bulk."""

from corena_recon.native.csv_cells import WRITTEN as CSV_WRITTEN
from corena_recon.native.csv_cells import CsvColumns, CsvRecords, CsvStop, csv_columns, csv_records
from corena_recon.native.decimal_kernel import NONE as NO_DECIMAL
from corena_recon.native.decimals import read_decimals
from corena_recon.native.digests import decode_rows, key_blocks, sign_rows
from corena_recon.native.library import core, core_note, has_core
from corena_recon.native.line_kernel.loading import PAYS_FROM_BYTES as LINES_PAY_FROM_BYTES
from corena_recon.native.line_kernel.loading import LineKernel, Piece, Program, Step, text_array
from corena_recon.native.line_kernel.loading import Rows as LineRows
from corena_recon.native.line_kernel.matching import WIDTH, SlotKind
from corena_recon.native.machine_code.on_demand import KernelOnDemand
from corena_recon.native.marks import first_rows_of_marks, mark_cells
from corena_recon.native.records import (
    NO_VALUE,
    Apart,
    Book,
    ColumnNames,
    Guard,
    Kind,
    Recipe,
    Sink,
    Why,
    take_apart,
)
from corena_recon.native.records import Piece as RecipePiece

__all__ = [
    "CSV_WRITTEN",
    "CsvColumns",
    "CsvRecords",
    "CsvStop",
    "KernelOnDemand",
    "LINES_PAY_FROM_BYTES",
    "LineKernel",
    "LineRows",
    "NO_DECIMAL",
    "Piece",
    "Program",
    "SlotKind",
    "Step",
    "WIDTH",
    "core",
    "core_note",
    "csv_columns",
    "csv_records",
    "decode_rows",
    "first_rows_of_marks",
    "key_blocks",
    "mark_cells",
    "read_decimals",
    "sign_rows",
    "text_array",
]
