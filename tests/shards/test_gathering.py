"""Runs that are put in order, some rows of each at a time."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corena_recon.shards import gathering
from corena_recon.shards.gathering import in_order

NUMBER = "number"


def run_of(numbers: list[int], size: int) -> list[pa.Table]:
    table = pa.table({NUMBER: pa.array(numbers, pa.int64()), "text": [str(number) for number in numbers]})
    return [table.slice(first, size) for first in range(0, len(table), size)]


@given(
    st.lists(st.lists(st.integers(0, 5_000), max_size=700, unique=True).map(sorted), max_size=5),
    st.integers(1, 400),
)
def test_runs_come_out_as_one_in_order(numbers: list[list[int]], size: int) -> None:
    tables = list(in_order([run_of(one, size) for one in numbers], NUMBER))
    found = [number for table in tables for number in table[NUMBER].to_pylist()]
    assert found == sorted(number for one in numbers for number in one)
    assert [text for table in tables for text in table["text"].to_pylist()] == list(map(str, found))


def test_the_number_of_steps_does_not_grow_with_the_number_of_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gathering, "_HELD_ROWS", 65_536)
    chance = np.random.default_rng(7)
    for runs in (8, 64):
        of_runs = chance.integers(runs, size=400_000)
        numbers = [np.flatnonzero(of_runs == run).tolist() for run in range(runs)]
        steps = [len(table) for table in in_order([run_of(one, 1_024) for one in numbers], NUMBER)]
        assert sum(steps) == 400_000
        assert len(steps) < 2 * 400_000 / (65_536 / 2)
