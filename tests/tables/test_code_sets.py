"""Sets of coded words as numbers and as lists."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from corena_recon.schemas import CODES
from corena_recon.tables.code_sets import CODE_BITS, RESULT_BITS, codes_of, lists_of, reason_lists, sets_of
from corena_recon.vocabulary import FINDINGS, OUTCOMES, REASONS, OrderUnreadable, Verdict

words = st.sets(st.sampled_from(list(CODE_BITS)))
reasons = st.tuples(words, st.sets(st.sampled_from(list(RESULT_BITS))))


def test_every_word_has_a_bit_of_its_own_in_a_signed_integer() -> None:
    assert set(CODE_BITS) == {*FINDINGS, *map(str, Verdict)}
    assert set(RESULT_BITS) == {*OUTCOMES, *REASONS, *map(str, OrderUnreadable)}
    for bits in (CODE_BITS, RESULT_BITS):
        assert sum(bits.values()) == 2 ** len(bits) - 1 < 2**63


@given(st.lists(st.none() | words))
def test_lists_and_sets_are_the_same(sets: list[set[str] | None]) -> None:
    lists = [None if one is None else sorted(one) for one in sets]
    numbers = sets_of(pa.array(lists, CODES))
    assert [codes_of(int(number)) for number in numbers] == [one or [] for one in lists]
    assert lists_of(numbers, np.array([one is not None for one in lists], bool)).to_pylist() == lists


def test_words_that_nobody_knows_are_left_out() -> None:
    assert sets_of(pa.array([["replayed", "invented"], [None]], CODES)).tolist() == [CODE_BITS["replayed"], 0]


@given(st.lists(reasons))
def test_reasons_are_the_words_of_both_sets_once_each(pairs: list[tuple[set[str], set[str]]]) -> None:
    of_notifications, of_results = (
        np.array([sum(bits[word] for word in pair[side]) for pair in pairs], np.int64)
        for side, bits in enumerate((CODE_BITS, RESULT_BITS))
    )
    assert reason_lists(of_notifications, of_results).to_pylist() == [sorted({*first, *last}) for first, last in pairs]
