"""Cells of CSV, cut and gathered by the compiled core as Python's csv module reads them."""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import pyarrow as pa

from corena_recon.native.library import core

if TYPE_CHECKING:
    from numpy.typing import NDArray

MAX_BYTES: Final = 2**31 - 1
"""A longer text is not read at once: a place in it would not fit an Arrow string's offset."""

_CELLS_AT_ONCE: Final = 1 << 21
_I64 = ctypes.c_int64


class CsvColumns(NamedTuple):
    """Rows of CSV, by column.

    Attributes:
        columns: The cells as strings; null where a row is too short.
        is_odd: Whether a row is too short or too long, or a quote in it is never closed.
        end: Where the next row begins.
    """

    columns: list[pa.Array]
    is_odd: NDArray[np.bool_]
    end: int


def csv_columns(
    octets: bytes, begin: int, width: int, delimiter: str, *, is_last: bool, restarts: int
) -> CsvColumns | None:
    """Rows as ``csv.reader`` reads them, blank ones apart; None where the core is missing or takes no such text.

    Surplus cells are joined with the last of their row, if they say anything.

    Args:
        octets: Text in UTF-8.
        begin: Where the first row begins.
        width: How many cells a row should have.
        delimiter: One character.
        is_last: Whether the octets are the end of their source; else the last row is left, which may go on.
        restarts: How often, at the end of the source, a quote that is never closed costs its own line alone.
    """
    library = core()
    if library is None or not delimiter.isascii() or delimiter in '"\r\n' or len(octets) > MAX_BYTES:
        return None
    text = np.frombuffer(octets, np.uint8)
    left, position = _I64(restarts), _I64(begin)
    max_rows = max(1, _CELLS_AT_ONCE // width)
    cells: NDArray[np.uint32] = np.empty((max_rows, width, 2), np.uint32)
    is_odd: NDArray[np.bool_] = np.empty(max_rows, np.bool_)
    pieces: list[list[pa.Array]] = []
    flags = []
    while True:
        sizes: NDArray[np.int64] = np.zeros(width, np.int64)
        row_count = library.corena_csv_rows(
            text.ctypes.data, position, len(text), ord(delimiter), is_last, ctypes.byref(left), max_rows, width,
            cells.ctypes.data, is_odd.ctypes.data, sizes.ctypes.data, ctypes.byref(position),
        )  # fmt: skip
        pieces.append(_gathered(library, text, cells[:row_count], delimiter, sizes))
        flags.append(is_odd[:row_count].copy())
        if row_count < max_rows:
            break
    columns = pieces[0] if len(pieces) == 1 else [pa.concat_arrays(each) for each in zip(*pieces, strict=True)]
    return CsvColumns(columns, np.concatenate(flags), position.value)


def _gathered(
    library: ctypes.CDLL,
    text: NDArray[np.uint8],
    cells: NDArray[np.uint32],
    delimiter: str,
    sizes: NDArray[np.int64],
) -> list[pa.Array]:
    row_count, width, _ = cells.shape
    offsets: NDArray[np.int32] = np.empty((width, row_count + 1), np.int32)
    valid: NDArray[np.uint8] = np.zeros((width, (row_count + 7) // 8), np.uint8)
    data = [np.empty(size, np.uint8) for size in sizes.tolist()]
    pointers = np.array([each.ctypes.data for each in data], np.uintp)
    null_counts: NDArray[np.int64] = np.zeros(width, np.int64)
    library.corena_csv_columns(
        text.ctypes.data, cells.ctypes.data, row_count, width, ord(delimiter),
        offsets.ctypes.data, pointers.ctypes.data, valid.ctypes.data, null_counts.ctypes.data,
    )  # fmt: skip
    return [
        pa.StringArray.from_buffers(
            row_count,
            pa.py_buffer(offsets[place]),
            pa.py_buffer(data[place]),
            pa.py_buffer(valid[place]) if null_count else None,
            null_count,
        )
        for place, null_count in enumerate(null_counts.tolist())
    ]
