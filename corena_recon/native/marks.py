"""Marks of cells and rows of one mark, in the compiled core."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from corena_recon.native.damage import damaged_column

if TYPE_CHECKING:
    import ctypes

    from numpy.typing import NDArray


def mark_cells(
    library: ctypes.CDLL, octets: NDArray[np.uint8], offsets: NDArray[np.int32], seed: int
) -> NDArray[np.uint64]:
    """The mark of every cell of an Arrow string array: 0 for an empty one, else one that equal cells share.

    Args:
        library: The core.
        octets: The bytes of all cells.
        offsets: One more than there are cells.
        seed: From 0 to 2**64 - 1; who does not know it cannot choose cells that share a mark.

    Raises:
        InputError: A cell does not lie within its column.
    """
    marks: NDArray[np.uint64] = np.empty(len(offsets) - 1, np.uint64)
    column = octets.ctypes.data, len(octets), offsets.ctypes.data, len(marks)
    if not library.corena_mark_cells(*column, seed, marks.ctypes.data):
        raise damaged_column()
    return marks


def first_rows_of_marks(library: ctypes.CDLL, marks: NDArray[np.uint64]) -> NDArray[np.int64]:
    """For every row the first one with the same mark; the row itself where its mark is 0.

    Args:
        library: The core.
        marks: Fewer than 2**32.
    """
    slot_count = 1 << (2 * len(marks)).bit_length()
    slots: NDArray[np.uint64] = np.zeros(slot_count, np.uint64)
    firsts: NDArray[np.int64] = np.empty(len(marks), np.int64)
    library.corena_first_rows(marks.ctypes.data, len(marks), slots.ctypes.data, slot_count - 1, firsts.ctypes.data)
    return firsts
