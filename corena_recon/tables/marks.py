"""Which rows share something: 64-bit marks of cells, and the rows that share a mark.

Equal cells have equal marks, and others by chance alone: whoever groups by marks compares the cells in the end. The
seed is drawn anew in every process, so nobody can write cells that share a mark on purpose; processes that work on one
audit together share a seed that only holders of its keys know.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from typing import Final, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from corena_recon.native import core, first_rows_of_marks, mark_cells, mark_of_cell

Marks: TypeAlias = NDArray[np.uint64]

_SEED: Final = secrets.randbits(64)
_PART_ROWS: Final = 1 << 21
_STEP_ROWS: Final = 1 << 16
_PART_SHIFT: Final = np.uint64(32)


def marks_of(column: pa.Array | pa.ChunkedArray, seed: int | None = None) -> Marks:
    """The mark of every cell of a string or binary column; 0 for an empty cell and for null.

    Args:
        column: The cells.
        seed: One that several processes share, from 0 to 2**64 - 1; this process's own when None.
    """
    if isinstance(column, pa.ChunkedArray):
        return np.concatenate([np.empty(0, np.uint64), *(marks_of(chunk, seed) for chunk in column.chunks)])
    library = core()
    if library is None or not len(column):
        cells = column.cast(pa.binary()).to_pylist()
        if seed is not None:
            return np.array([mark_of_cell(cell, seed) if cell else 0 for cell in cells], np.uint64)
        marks = np.fromiter((hash(cell) | 1 if cell else 0 for cell in cells), np.int64, len(cells))
        return marks.view(np.uint64)
    if column.null_count:
        # A null cell may have bytes of its own: what ``if_else`` gives keeps those that it leaves out.
        column = pc.fill_null(column, b"" if pa.types.is_binary(column.type) else "")
    _, offsets, octets = column.buffers()
    starts = np.frombuffer(offsets, np.int32)[column.offset : column.offset + len(column) + 1]
    return mark_cells(library, np.frombuffer(octets or b"", np.uint8), starts, _SEED if seed is None else seed)


def first_rows(marks: Marks) -> NDArray[np.int64]:
    """For every row the first row with the same mark; the row itself where its mark is 0."""
    library = core()
    if library is not None:
        return first_rows_of_marks(library, np.ascontiguousarray(marks))
    _, index, places = np.unique(marks, return_index=True, return_inverse=True)
    return np.where(marks == 0, np.arange(len(marks)), index[places.reshape(-1)])


def first_rows_of_many(marks: Marks) -> NDArray[np.int64]:
    """The same as ``first_rows`` for any number of rows; may use the memory of the marks, which are gone then."""
    firsts = marks.view(np.int64)
    for rows in _parts(marks):
        if rows is None:
            return first_rows(marks)
        firsts[rows] = rows[first_rows(marks[rows])]
    return firsts


def is_repeated(marks: Marks) -> NDArray[np.bool_]:
    """Whether another row has the same mark; False where the mark is 0."""
    repeated: NDArray[np.bool_] = np.zeros(len(marks), bool)
    for rows in _parts(marks):
        firsts = first_rows(marks if rows is None else marks[rows])
        later = np.flatnonzero(firsts != np.arange(len(firsts)))
        found = np.concatenate([later, firsts[later]])
        repeated[found if rows is None else rows[found]] = True
    return repeated


def _parts(marks: Marks) -> Iterator[NDArray[np.int64] | None]:
    """Rows in parts, those of one mark together; None for all rows, where they are few enough.

    What is worked out about a part does not grow with the number of rows.
    """
    count = len(marks) // _PART_ROWS + 1
    if count == 1:
        yield None
        return
    part_of_row: NDArray[np.uint16] = np.empty(len(marks), np.uint16)
    for first in range(0, len(marks), _STEP_ROWS):
        rows = slice(first, first + _STEP_ROWS)
        part_of_row[rows] = (marks[rows] >> _PART_SHIFT) % np.uint64(count)
    for part in range(count):
        yield np.flatnonzero(part_of_row == part)
