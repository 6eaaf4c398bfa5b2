"""Sets of coded words as the bits of one number: what is said of notifications, and what of results.

A number has too few bits for all words. Reasons are of both kinds, and are put together where they become lists.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from corena_recon.schemas import CODES
from corena_recon.vocabulary import FINDINGS, OUTCOMES, REASONS, OrderUnreadable, Verdict


def _bits(*words: str) -> dict[str, int]:
    return {str(word): 1 << place for place, word in enumerate(dict.fromkeys(words))}


CODE_BITS: Final[dict[str, int]] = _bits(*FINDINGS, *Verdict)
"""The bit of each word that is said of a notification: findings and verdicts."""
RESULT_BITS: Final[dict[str, int]] = _bits(*OUTCOMES, *REASONS, *OrderUnreadable)
"""The bit of each word that is said of a result beside those: outcomes, reasons, what is wrong with its order."""

CodeSets: TypeAlias = NDArray[np.int64]


def codes_of(code_set: int, bits: Mapping[str, int] = CODE_BITS) -> list[str]:
    """The sorted words of one set."""
    return sorted(code for code, bit in bits.items() if code_set & bit)


def lists_of(code_sets: CodeSets, is_known: NDArray[np.bool_] | None = None) -> pa.Array:
    """Sets of CODE_BITS as a column of sorted lists; null where not known."""
    filled = np.flatnonzero(code_sets if is_known is None else np.where(is_known, code_sets, 0))
    distinct, places = np.unique(code_sets[filled], return_inverse=True)
    lists = pa.array([codes_of(int(code_set)) for code_set in distinct], CODES).take(pa.array(places.reshape(-1)))
    return _spread(lists, filled, len(code_sets), None if is_known is None or is_known.all() else ~is_known)


def reason_lists(code_sets: CodeSets, result_sets: CodeSets) -> pa.Array:
    """Sets of CODE_BITS and of RESULT_BITS, each two of a row together as a column of sorted lists."""
    filled = np.flatnonzero(code_sets | result_sets)
    of_notifications, own = np.unique(code_sets[filled], return_inverse=True)
    of_results, others = np.unique(result_sets[filled], return_inverse=True)
    distinct, places = np.unique(own.reshape(-1) * len(of_results) + others.reshape(-1), return_inverse=True)
    pairs = (divmod(int(pair), len(of_results)) for pair in distinct)
    words = [
        sorted({*codes_of(int(of_notifications[first])), *codes_of(int(of_results[second]), RESULT_BITS)})
        for first, second in pairs
    ]
    return _spread(pa.array(words, CODES).take(pa.array(places.reshape(-1))), filled, len(code_sets), None)


def sets_of(lists: pa.Array) -> CodeSets:
    """A column of lists as sets of CODE_BITS; what is none of their words is left out."""
    words = pc.list_flatten(lists)
    bits = np.array([*CODE_BITS.values(), 0], np.int64)
    places = pc.fill_null(pc.index_in(words, pa.array(CODE_BITS)), len(CODE_BITS))
    code_sets: CodeSets = np.zeros(len(lists), np.int64)
    np.bitwise_or.at(code_sets, np.asarray(pc.list_parent_indices(lists)), bits[np.asarray(places)])
    return code_sets


def _spread(lists: pa.Array, rows: NDArray[np.int64], count: int, is_null: NDArray[np.bool_] | None) -> pa.Array:
    """A column of so many lists that are empty, or null, but for these rows."""
    ends: NDArray[np.int32] = np.zeros(count + 1, np.int32)
    ends[rows + 1] = np.asarray(pc.list_value_length(lists))
    mask = None if is_null is None else pa.array(is_null)
    return pa.ListArray.from_arrays(pa.array(np.cumsum(ends, dtype=np.int32)), lists.flatten(), CODES, mask=mask)
