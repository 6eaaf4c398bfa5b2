"""What cells say apart from their digits: cells that differ in digits alone are looked at once for all."""

from __future__ import annotations

from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from corena_recon.tables.columns import is_digit, octets_and_starts

_SAME_DIGIT: Final = bytes.maketrans(b"0123456789", b"1" * 10)


def shapes_of(texts: pa.Array, *, with_first_zero: bool = False) -> pa.DictionaryArray:
    """Each cell with 1 for every digit; what cells look like is then a dictionary of few words.

    Args:
        texts: Strings; null stays null.
        with_first_zero: Whether a cell's first digit stays 0 if it is 0.
    """
    octets, starts = _own_octets(texts)
    same = np.frombuffer(bytearray(octets.tobytes().translate(_SAME_DIGIT)), np.uint8)
    if with_first_zero:
        digits = is_digit(octets)
        counts = np.concatenate(([0], np.cumsum(digits, dtype=np.int32)))[starts]
        first_places = np.flatnonzero(digits)[counts[:-1][counts[:-1] < counts[1:]]]
        same[first_places[octets[first_places] == ord("0")]] = ord("0")
    return _strings(same, starts, texts).dictionary_encode()


def with_digits_of(texts: pa.Array, templates: pa.Array) -> pa.Array:
    """The templates with the digits of the cells, as many in each, in the place of their own; null stays null."""
    digits, _ = _own_octets(pc.if_else(pc.is_valid(templates), texts, ""))
    octets, starts = _own_octets(templates)
    filled = octets.copy()
    filled[is_digit(octets)] = digits[is_digit(digits)]
    return _strings(filled, starts, templates)


def cut_after(texts: pa.Array, byte_counts: pa.Array) -> tuple[pa.Array, pa.Array]:
    """The first bytes of each cell, so many, and the others; null where the count is."""
    octets, starts = _own_octets(pc.if_else(pc.is_valid(byte_counts), texts, ""))
    sizes = np.empty((len(texts), 2), np.int32)
    sizes[:, 0] = pc.fill_null(byte_counts, 0)
    sizes[:, 1] = np.diff(starts) - sizes[:, 0]
    is_first = np.repeat(np.tile(np.array([True, False]), len(texts)), sizes.ravel())
    first, rest = (
        _strings(octets[chosen], np.concatenate(([0], np.cumsum(sizes[:, side]))).astype(np.int32), byte_counts)
        for side, chosen in enumerate((is_first, ~is_first))
    )
    return first, rest


def _own_octets(texts: pa.Array) -> tuple[NDArray[np.uint8], NDArray[np.int32]]:
    """The bytes of the cells alone, and where each begins and ends in them; null has none."""
    if texts.null_count:
        texts = pc.fill_null(texts, "")
    octets, starts = octets_and_starts(texts)
    return octets[starts[0] : starts[-1]], starts - starts[0]


def _strings(octets: NDArray[np.uint8], starts: NDArray[np.int32], like: pa.Array) -> pa.Array:
    """Strings, null where those of another column are."""
    valid = pa.py_buffer(np.packbits(np.asarray(like.is_valid()), bitorder="little")) if like.null_count else None
    return pa.StringArray.from_buffers(
        len(like), pa.py_buffer(starts), pa.py_buffer(np.ascontiguousarray(octets)), valid, like.null_count
    )
