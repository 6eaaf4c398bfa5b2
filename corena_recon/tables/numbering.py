"""Texts that repeat for long stretches, held as numbers."""

from __future__ import annotations

import threading

import numpy as np
import pyarrow as pa

from corena_recon.tables.columns import whole


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
