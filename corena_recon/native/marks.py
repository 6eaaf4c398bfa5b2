"""Marks of cells and rows of one mark, in the compiled core."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from corena_recon.native.damage import damaged_column

if TYPE_CHECKING:
    import ctypes

    from numpy.typing import NDArray

_WORD_BYTES: Final = 8


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


def mark_of_cell(cell: bytes, seed: int) -> int:
    """The mark that ``mark_cells`` gives one cell, by Python's arithmetic."""
    if not cell:
        return 0
    *words, last = (cell[place : place + _WORD_BYTES] for place in range(0, len(cell), _WORD_BYTES))
    state = _folded(seed, len(cell))
    for word in words:
        state = _folded(state, int.from_bytes(word, "little"))
    if len(cell) < _WORD_BYTES:
        return _folded(state, int.from_bytes(last, "big")) | 1
    return _folded(state, int.from_bytes(cell[-_WORD_BYTES:], "little")) | 1


def _folded(state: int, word: int) -> int:
    product = (state ^ word) * 0x9E3779B97F4A7C15
    return (product ^ product >> 64) & 0xFFFFFFFFFFFFFFFF


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
