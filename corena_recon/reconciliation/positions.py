"""Where the rows of orders and notifications are joined: in stretches of positions, those of one identifier together.

All rows are numbered, orders first. The position of a row is the number of the first row with the same mark, which is
where the result of its identifier stands. Orders are in order already, so that all but the later rows of an identifier
are joined where they stand; notifications are brought to them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Final, NamedTuple, TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from corena_recon.tables.columns import Flags
from corena_recon.tables.marks import Marks, first_rows_of_many, marks_of
from corena_recon.tables.spool import CHUNK_ROWS, ChunkedRows, Spool

POSITION: Final = pa.field("position", pa.int64())

_ROW_BYTES: Final = 300
"""What joining needs for each row at once, facts, copies and all; measured."""
_STRETCH_ROWS: Final = 1 << 20
"""How many rows are joined at once, where memory allows: enough to be worth it, few enough for the caches."""
_STRETCH_MIN_ROWS: Final = 100
_STRETCHES_MAX: Final = 256
_STEP_ROWS: Final = 1 << 16
_CELLS_OF_STRETCH: Final = 32

RowNumbers: TypeAlias = NDArray[np.int64]


class Named(NamedTuple):
    """Some notifications.

    Attributes:
        numbers: Their numbers, each of them once.
        identifiers: Of each.
        is_readable: Whether each could be read.
    """

    numbers: RowNumbers
    identifiers: pa.ChunkedArray
    is_readable: Flags


class Scratch(NamedTuple):
    """Where and when to work on disk.

    Attributes:
        folder: For temporary files; everything stays in memory when None.
        memory_bytes: How much joining may hold in memory at once.
    """

    folder: Path | None = None
    memory_bytes: int = 0

    def stretch_rows(self, rows: int) -> int:
        """How many of so many rows are joined at once."""
        if self.folder is None:
            return _STRETCH_ROWS
        fitting = min(_STRETCH_ROWS, self.memory_bytes // _ROW_BYTES)
        return max(fitting, _STRETCH_MIN_ROWS, rows // _STRETCHES_MAX + 1)


class Pairing:
    """Positions of all rows, cut into stretches that hold about as many rows each.

    Args:
        orders: With ``identifier``; a row without one is joined with nothing.
        payments: Some notifications each, every one of them once.
        payment_count: One more than the largest number of a notification.
        stretch_rows: How many rows a stretch holds, about, by how many there are in all; those of one identifier are
            never parted.

    Attributes:
        positions: Of all rows.
        is_unmatched: Whether a row stands at its own position, and its identifier has no order, or no notification that
            could be read.
        cell_rows: Stretches begin and end at multiples of this number.
        ends: Where each stretch ends; the last one at the end of all rows.
        has_late: Whether any order has its position in an earlier stretch.
    """

    def __init__(
        self, orders: ChunkedRows, payments: Iterable[Named], payment_count: int, stretch_rows: Callable[[int], int]
    ) -> None:
        count = orders.rows + payment_count
        marks: Marks = np.zeros(count, np.uint64)
        is_readable: Flags = np.zeros(count, bool)
        for chunk in orders.chunks(["identifier"]):
            marks[chunk.first : chunk.first + len(chunk.table)] = marks_of(chunk.table["identifier"])
        for payment in payments:
            rows = orders.rows + payment.numbers
            marks[rows] = marks_of(payment.identifiers)
            is_readable[rows] = payment.is_readable
        is_named = marks != 0
        self.positions: RowNumbers = first_rows_of_many(marks)
        self.is_unmatched = self._unmatched(orders.rows, is_named, is_readable)
        self._cut(stretch_rows(count))
        self.has_late = any(map(self._has_late, _steps(orders.rows)))

    def _unmatched(self, order_count: int, is_named: Flags, is_readable: Flags) -> Flags:
        is_notified: Flags = np.zeros(len(self.positions), bool)
        for some in _steps(len(self.positions)):
            is_notified[self.positions[some][is_readable[some]]] = True
        is_unmatched = is_notified
        is_unmatched[:order_count] = ~is_notified[:order_count]
        for some in _steps(len(self.positions)):
            is_unmatched[some] &= is_named[some] & (self.positions[some] == np.arange(some.start, some.stop))
        return is_unmatched

    def _has_late(self, some: slice) -> bool:
        rows = np.arange(some.start, some.stop)
        later = rows[self.positions[some] < rows]
        return bool(np.any(self.stretches_of(self.positions[later]) < self.stretches_of(later)))

    def _cut(self, stretch_rows: int) -> None:
        self._shift = (min(CHUNK_ROWS, stretch_rows // _CELLS_OF_STRETCH) | 1).bit_length() - 1
        self.cell_rows = 1 << self._shift
        rows_of_cell: RowNumbers = np.zeros((max(1, len(self.positions)) - 1 >> self._shift) + 1, np.int64)
        for some in _steps(len(self.positions)):
            rows_of_cell += np.bincount(self.positions[some] >> self._shift, minlength=len(rows_of_cell))
        last_rows = np.maximum(np.cumsum(rows_of_cell) - 1, 0)
        _, self._stretch_of_cell = np.unique(last_rows // max(1, stretch_rows), return_inverse=True)
        last_cells = np.flatnonzero(np.diff(self._stretch_of_cell, append=-1))
        self.ends: RowNumbers = np.minimum((last_cells + 1) * self.cell_rows, len(self.positions))

    def stretch_of(self, row: int) -> int:
        """The number of the stretch in which a row stands."""
        return int(self._stretch_of_cell[row >> self._shift])

    def stretches_of(self, positions: RowNumbers) -> RowNumbers:
        """The number of the stretch of each position."""
        cells: RowNumbers = positions >> self._shift
        return self._stretch_of_cell[cells]


class Stretches:
    """Rows brought to their stretches, in their order.

    Args:
        count: How many stretches.
        folder: Where they are kept; in memory when None.
        name: Of their files.

    Attributes:
        spools: The rows of each.
    """

    def __init__(self, count: int, folder: Path | None, name: str) -> None:
        files = (folder and folder / f"{name}-{number:04d}.arrow" for number in range(count))
        self.spools = [Spool(file, is_packed=True) for file in files]

    def add(self, table: pa.Table, stretches: RowNumbers) -> None:
        """Adds rows, each to the stretch of that number."""
        if np.any(stretches[1:] < stretches[:-1]):
            order = np.argsort(stretches.astype(np.int16), kind="stable")
            table, stretches = table.take(pa.array(order)), stretches[order]
        counts = np.bincount(stretches, minlength=len(self.spools))
        ends = np.cumsum(counts)
        for number in np.flatnonzero(counts).tolist():
            self.spools[number].add(table.slice(ends[number] - counts[number], counts[number]))


def _steps(count: int) -> Iterator[slice]:
    """All rows, so many at a time that what is worked out about them takes little memory."""
    return (slice(first, min(first + _STEP_ROWS, count)) for first in range(0, count, _STEP_ROWS))
