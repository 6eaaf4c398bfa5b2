"""Where the rows of orders and notifications are joined: in stretches of positions, those of one identifier together.

All rows are numbered, orders first. The position of a row is the number of the first row with the same mark, which is
where the result of its identifier stands. Orders are in order already, so that all but the later rows of an identifier
are joined where they stand; notifications are brought to them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final, TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from corena_recon.marks import Marks, first_rows_in_place
from corena_recon.spool import CHUNK_ROWS, Spool

POSITION: Final = pa.field("position", pa.int64())

_STEP_ROWS: Final = 1 << 20
_CELLS_OF_STRETCH: Final = 32

RowNumbers: TypeAlias = NDArray[np.int64]


class Pairing:
    """Positions of all rows, cut into stretches that hold about as many rows each.

    Args:
        marks: Of the identifiers of all rows, 0 where there is none; its memory is used.
        stretch_rows: How many rows a stretch holds, about; those of one identifier are never parted.

    Attributes:
        positions: Of all rows.
        cell_rows: Stretches begin and end at multiples of this number.
        ends: Where each stretch ends; the last one at the end of all rows.
    """

    def __init__(self, marks: Marks, stretch_rows: int) -> None:
        self.positions: RowNumbers = first_rows_in_place(marks)
        self.cell_rows = max(1, min(CHUNK_ROWS, stretch_rows // _CELLS_OF_STRETCH))
        rows_of_cell: RowNumbers = np.zeros(max(1, -(-len(marks) // self.cell_rows)), np.int64)
        for first in range(0, len(marks), _STEP_ROWS):
            cells = self.positions[first : first + _STEP_ROWS] // self.cell_rows
            rows_of_cell += np.bincount(cells, minlength=len(rows_of_cell))
        rows_before = np.cumsum(rows_of_cell) - rows_of_cell
        _, self._stretch_of_cell = np.unique(rows_before // max(1, stretch_rows), return_inverse=True)
        last_cells = np.flatnonzero(np.diff(self._stretch_of_cell, append=-1))
        self.ends: RowNumbers = np.minimum((last_cells + 1) * self.cell_rows, len(marks))

    def has_late(self, order_rows: int) -> bool:
        """Whether any of so many first rows has its position in an earlier stretch."""
        return any(
            bool(np.any(self.stretches_of(self.positions[rows]) != self.stretches_of(np.arange(rows.start, rows.stop))))
            for first in range(0, order_rows, _STEP_ROWS)
            for rows in (slice(first, min(first + _STEP_ROWS, order_rows)),)
        )

    def stretch_of(self, row: int) -> int:
        """The number of the stretch in which a row stands."""
        return int(self._stretch_of_cell[row // self.cell_rows])

    def stretches_of(self, positions: RowNumbers) -> RowNumbers:
        """The number of the stretch of each position."""
        return self._stretch_of_cell[positions // self.cell_rows]


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
