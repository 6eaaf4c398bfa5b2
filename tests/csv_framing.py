"""Where the core cuts CSV within reading records: called by itself, to be compared with the csv module."""

from __future__ import annotations

import ctypes
from enum import IntEnum
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from corena_recon.native import core

if TYPE_CHECKING:
    from numpy.typing import NDArray

WRITTEN: Final = 1 << 31
"""The bit in a cell's end that says that its bytes are as they were written, quotes and all."""


class CsvStop(IntEnum):
    """Why no more records are read: there are none, enough of them, or the next one is for the exact reader."""

    ALL_READ = 0
    ENOUGH = 1
    INCOMPLETE = 2
    WIDTH = 3
    DOUBT = 4
    LARGE = 5


class CsvRecords(NamedTuple):
    """Records of CSV of equal width.

    Attributes:
        cells: Where each cell of each record begins, and where it ends (with ``WRITTEN``, if so).
        spans: Where each record begins and ends, its own line end apart.
        stopped_at: Where the first record that was not read begins, or the end.
        stop: Why it was not.
    """

    cells: NDArray[np.uint32]
    spans: NDArray[np.int64]
    stopped_at: int
    stop: CsvStop


def csv_records(
    octets: bytes,
    begin: int,
    end: int,
    width: int,
    delimiter: str,
    *,
    escapes_quotes: bool,
    max_records: int,
    max_record_bytes: int,
) -> CsvRecords | None:
    """Complete records as ``csv.reader(strict=True)`` reads them, up to the first that needs it; None without the core.

    Args:
        octets: Any bytes.
        begin: Where a record begins in them.
        end: Where they are to be taken for ended.
        width: How many cells a record has.
        delimiter: One ASCII character.
        escapes_quotes: Whether a backslash escapes what follows.
        max_records: As many are read at most.
        max_record_bytes: A larger record is not read.
    """
    library = core()
    if library is None:
        return None
    text = np.frombuffer(octets, np.uint8, end)
    cells: NDArray[np.uint32] = np.empty((max_records, width, 2), np.uint32)
    spans: NDArray[np.int64] = np.empty((max_records, 2), np.int64)
    stopped_at, stop = ctypes.c_int64(), ctypes.c_int32()
    count = library.corena_csv_records(
        text.ctypes.data, begin, end, ord(delimiter), escapes_quotes, max_records, max_record_bytes, width,
        cells.ctypes.data, spans.ctypes.data, ctypes.byref(stopped_at), ctypes.byref(stop),
    )  # fmt: skip
    return CsvRecords(cells[:count], spans[:count], stopped_at.value, CsvStop(stop.value))
