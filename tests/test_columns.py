"""Columns and rows of tables whose chunks are cut anywhere."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from corena_recon.columns import few_rows, octets_in


@given(st.lists(st.integers(0, 5), max_size=6), st.data())
def test_few_rows_are_those_that_take_gives(sizes: list[int], data: st.DataObject) -> None:
    count = sum(sizes)
    ends = np.cumsum([0, *sizes])
    rows_of = ((ends[place], ends[place + 1]) for place in range(len(sizes)))
    chunks = [pa.array([f"row {row}" for row in range(first, end)], pa.string()) for first, end in rows_of]
    table = pa.table({"number": np.arange(count), "text": pa.chunked_array(chunks, pa.string())})
    wanted = sorted(data.draw(st.sets(st.sampled_from(range(count)))) if count else ())
    rows = np.array(wanted, np.int64)
    assert few_rows(table, rows).equals(table.take(pa.array(rows)))


def test_the_octets_of_a_slice_are_those_of_its_own_cells() -> None:
    column = pa.array(["a+", None, "", "é", "z"])
    assert octets_in(column) == "a+éz".encode()
    assert octets_in(column.slice(1, 3)) == "é".encode()
    assert octets_in(pa.nulls(3, pa.string())) == b""
    assert octets_in(column.slice(0, 0)) == b""
