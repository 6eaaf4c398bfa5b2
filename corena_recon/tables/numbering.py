"""Numbers that stand for cells: for texts that repeat for long stretches, and to tell cells and rows apart."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Final, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from corena_recon.tables.columns import encoded, flags, whole

Numbers: TypeAlias = NDArray[np.int64]


class Numbering:
    """Numbers given to texts in the order in which they are met; safe to use in several threads at once."""

    def __init__(self) -> None:
        self._numbers: dict[str | None, int] = {}
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._numbers)

    def numbers_of(self, texts: pa.Array | pa.ChunkedArray) -> pa.Array:
        """The number of each text of a column of strings or of a dictionary of them, as int32."""
        cells = whole(texts)
        encoded = cells if pa.types.is_dictionary(cells.type) else cells.dictionary_encode("encode")
        words = encoded.dictionary.to_pylist()
        with self._lock:
            numbers = [self._numbers.setdefault(word, len(self._numbers)) for word in words]
        return pa.array(np.array(numbers, np.int32)[np.asarray(encoded.indices)], pa.int32())

    def texts_of(self, numbers: pa.Array | pa.ChunkedArray) -> pa.DictionaryArray:
        """The texts that the numbers stand for, as a dictionary of those alone, in the order of the numbers."""
        cells = whole(numbers)
        is_met = np.bincount(np.asarray(cells)) > 0
        with self._lock:
            words = list(self._numbers)
        places = (np.cumsum(is_met, dtype=np.int32) - 1)[np.asarray(cells)]
        dictionary = pa.array([words[number] for number in np.flatnonzero(is_met)], pa.string())
        return pa.DictionaryArray.from_arrays(pa.array(places, pa.int32()), dictionary)


def cell_numbers(column: pa.Array) -> Numbers:
    """Small numbers that tell a column's cells apart; 0 for null alone."""
    if column.null_count == len(column):
        return np.zeros(len(column), np.int64)
    if pa.types.is_boolean(column.type) and not column.null_count:
        return flags(column).astype(np.int64) + 1
    cells = encoded(column) if pa.types.is_string(column.type) else column
    indices = cells.indices if pa.types.is_dictionary(cells.type) else cells.dictionary_encode().indices
    return np.asarray(pc.fill_null(indices, -1)).astype(np.int64) + 1


def combined_numbers(columns: Sequence[Numbers]) -> tuple[Numbers, Numbers]:
    """Small numbers that tell the combinations of some columns' numbers apart, and the first row of each."""
    combined: Numbers = np.zeros(len(columns[0]), np.int64)
    for numbers in columns:
        low, high = (int(end) for end in (numbers.min(), numbers.max())) if len(numbers) else (0, 0)
        if high == low:
            continue
        combined = combined * (high - low + 1) + (numbers - low)
        if combined.max(initial=0) > _DENSE:
            _, combined = np.unique(combined, return_inverse=True)
    firsts: Numbers = np.full(int(combined.max(initial=-1)) + 1, -1)
    firsts[combined[::-1]] = np.arange(len(combined))[::-1]
    places: Numbers = np.cumsum(firsts >= 0) - 1
    return places[combined], firsts[firsts >= 0]


_DENSE: Final = 1 << 16
