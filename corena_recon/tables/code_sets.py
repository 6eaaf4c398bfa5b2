"""Sets of coded words as the bits of one number: findings, verdicts, outcomes, reasons."""

from __future__ import annotations

from typing import Final, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from corena_recon.schemas import CODES
from corena_recon.vocabulary import FINDINGS, OUTCOMES, REASONS, OrderUnreadable, Verdict

_WORDS: Final = tuple(dict.fromkeys((*FINDINGS, *Verdict, *OUTCOMES, *REASONS, *OrderUnreadable)))

CODE_BITS: Final[dict[str, int]] = {str(code): 1 << place for place, code in enumerate(_WORDS)}
"""Each word's bit; a word has one meaning's bit in every set."""

CodeSets: TypeAlias = NDArray[np.int64]


def codes_of(code_set: int) -> list[str]:
    """The sorted words of one set."""
    return sorted(code for code, bit in CODE_BITS.items() if code_set & bit)


def lists_of(code_sets: CodeSets, is_known: NDArray[np.bool_] | None = None) -> pa.Array:
    """The sets as a column of sorted lists; null where not known."""
    filled = np.flatnonzero(code_sets if is_known is None else np.where(is_known, code_sets, 0))
    distinct, places = np.unique(code_sets[filled], return_inverse=True)
    lists = pa.array([codes_of(int(code_set)) for code_set in distinct], CODES).take(pa.array(places.reshape(-1)))
    ends: NDArray[np.int32] = np.zeros(len(code_sets) + 1, np.int32)
    ends[filled + 1] = np.asarray(pc.list_value_length(lists))
    mask = None if is_known is None or is_known.all() else pa.array(~is_known)
    return pa.ListArray.from_arrays(pa.array(np.cumsum(ends, dtype=np.int32)), lists.flatten(), CODES, mask=mask)


def sets_of(lists: pa.Array) -> CodeSets:
    """A column of lists as sets; what is no known word is left out."""
    words = pc.list_flatten(lists)
    bits = np.array([*CODE_BITS.values(), 0], np.int64)
    places = pc.fill_null(pc.index_in(words, pa.array(CODE_BITS)), len(CODE_BITS))
    code_sets: CodeSets = np.zeros(len(lists), np.int64)
    np.bitwise_or.at(code_sets, np.asarray(pc.list_parent_indices(lists)), bits[np.asarray(places)])
    return code_sets
