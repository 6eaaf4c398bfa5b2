"""Numbers that tell cells and rows apart."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corena_recon.tables import numbering
from corena_recon.tables.numbering import cell_numbers, combined_numbers


@given(st.lists(st.tuples(*[st.integers(0, 5)] * 3), min_size=1, max_size=60), st.integers(1, 200))
def test_combinations_are_told_apart(rows: list[tuple[int, int, int]], dense: int) -> None:
    codes = [np.array(column, np.int64) for column in zip(*rows, strict=True)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(numbering, "_DENSE", dense)
        numbers, firsts = combined_numbers(codes)
    assert [rows[first] for first in firsts] == [rows[firsts[number]] for number in range(len(firsts))]
    assert [rows[firsts[number]] for number in numbers] == rows
    assert [rows.index(rows[first]) for first in firsts] == firsts.tolist()


@pytest.mark.parametrize(
    "cells",
    [
        pa.array(["b", None, "a", "b", ""]),
        pa.array([2**40, None, 0, 2**40, -1]),
        pa.array([True, None, False, True, False]),
        pa.array([True, False, False]),
        pa.array([None, None], pa.string()),
    ],
)
def test_cells_are_told_apart_and_null_is_nothing(cells: pa.Array) -> None:
    numbers, values = cell_numbers(cells).tolist(), cells.to_pylist()
    assert [number == 0 for number in numbers] == [value is None for value in values]
    assert len(set(zip(numbers, values, strict=True))) == len(set(numbers)) == len(set(values))
