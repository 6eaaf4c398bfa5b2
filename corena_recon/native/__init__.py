"""Machine code behind one face: HMAC, marks, decimals and lines in bulk."""

from corena_recon.native.csv_cells import WRITTEN as CSV_WRITTEN
from corena_recon.native.csv_cells import CsvColumns, CsvRecords, CsvStop, csv_columns, csv_records
from corena_recon.native.decimal_kernel import NONE as NO_DECIMAL
from corena_recon.native.decimal_kernel import DecimalKernel
from corena_recon.native.decimal_kernel import trusted_kernel as trusted_decimal_kernel
from corena_recon.native.hmac_kernel.loading import PAYS_FROM as HMAC_PAYS_FROM
from corena_recon.native.hmac_kernel.loading import key_blocks
from corena_recon.native.hmac_kernel.loading import trusted_kernel as trusted_hmac_kernel
from corena_recon.native.library import has_core
from corena_recon.native.line_kernel.loading import PAYS_FROM_BYTES as LINES_PAY_FROM_BYTES
from corena_recon.native.line_kernel.loading import LineKernel, Piece, Program, Step, text_array
from corena_recon.native.line_kernel.loading import Rows as LineRows
from corena_recon.native.line_kernel.matching import WIDTH, SlotKind
from corena_recon.native.machine_code.on_demand import KernelOnDemand
from corena_recon.native.mark_kernel import MarkKernel
from corena_recon.native.mark_kernel import trusted_kernel as trusted_mark_kernel
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
    "HMAC_PAYS_FROM",
    "LINES_PAY_FROM_BYTES",
    "NO_DECIMAL",
    "WIDTH",
    "CsvColumns",
    "CsvRecords",
    "CsvStop",
    "DecimalKernel",
    "KernelOnDemand",
    "LineKernel",
    "LineRows",
    "MarkKernel",
    "Piece",
    "Program",
    "SlotKind",
    "Step",
    "csv_columns",
    "csv_records",
    "key_blocks",
    "text_array",
    "trusted_decimal_kernel",
    "trusted_hmac_kernel",
    "trusted_mark_kernel",
]
