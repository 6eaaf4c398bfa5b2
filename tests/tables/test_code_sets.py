"""Sets of coded words as numbers and as lists."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from corena_recon.schemas import CODES
from corena_recon.tables.code_sets import CODE_BITS, codes_of, lists_of, sets_of
from corena_recon.vocabulary import FINDINGS, OUTCOMES, REASONS, OrderUnreadable, Verdict

words = st.sets(st.sampled_from(list(CODE_BITS)))


def test_every_word_has_a_bit_of_its_own_in_a_signed_integer() -> None:
    assert set(CODE_BITS) == {*FINDINGS, *OUTCOMES, *REASONS, *map(str, OrderUnreadable), *map(str, Verdict)}
    assert sum(CODE_BITS.values()) == 2 ** len(CODE_BITS) - 1 < 2**63


@given(st.lists(st.none() | words))
def test_lists_and_sets_are_the_same(sets: list[set[str] | None]) -> None:
    lists = [None if one is None else sorted(one) for one in sets]
    numbers = sets_of(pa.array(lists, CODES))
    assert [codes_of(int(number)) for number in numbers] == [one or [] for one in lists]
    assert lists_of(numbers, np.array([one is not None for one in lists], bool)).to_pylist() == lists


def test_words_that_nobody_knows_are_left_out() -> None:
    assert sets_of(pa.array([["replayed", "invented"], [None]], CODES)).tolist() == [CODE_BITS["replayed"], 0]
