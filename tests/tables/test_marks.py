"""Marks of cells and the rows that share one: by compiled code, and by the interpreter."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corena_recon.native import core
from corena_recon.tables import marks


@pytest.fixture(params=["core", "interpreter"], autouse=True)
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """One of the two ways, for every test."""
    if request.param == "interpreter":
        monkeypatch.setattr(marks, "core", lambda: None)
    else:
        assert core() is not None
    return str(request.param)


@pytest.mark.parametrize("kind", [pa.string(), pa.binary()])
def test_equal_cells_alone_share_a_mark(kind: pa.DataType) -> None:
    cells = [octet * length for octet in (b"a", b"b", b"\0") for length in range(1, 70)] * 2
    found = marks.marks_of(pa.array(cells, kind))
    assert len(set(found.tolist())) == len(cells) // 2
    assert (found[: len(cells) // 2] == found[len(cells) // 2 :]).all()


def test_where_a_cell_stands_does_not_matter() -> None:
    column = pa.array(["x" * 9, "CMD-000071", "", None, "CMD-000071", "y"])
    whole = marks.marks_of(column)
    assert whole.tolist() == np.concatenate([marks.marks_of(column[:2]), marks.marks_of(column[2:])]).tolist()
    assert whole.tolist() == marks.marks_of(pa.chunked_array([column[:3], column[3:]])).tolist()
    assert whole[1] == whole[4] != 0
    assert whole[2] == whole[3] == 0


@pytest.mark.parametrize("kind", [pa.string(), pa.binary()])
def test_a_null_cell_has_no_mark_though_bytes_stand_under_it(kind: pa.DataType) -> None:
    cells = pc.if_else(pa.array([True, False]), None, pa.array(["TOTAL", "CMD-1"]).cast(kind))
    assert marks.marks_of(cells).tolist() == marks.marks_of(pa.array([None, "CMD-1"], kind)).tolist()


@pytest.mark.parametrize("column", [pa.array([], pa.string()), pa.array([None, None], pa.string()), pa.array([""])])
def test_columns_without_octets(column: pa.Array) -> None:
    assert marks.marks_of(column).tolist() == [0] * len(column)


@given(st.lists(st.integers(0, 40), max_size=200))
def test_rows_find_the_first_of_their_mark(numbers: list[int]) -> None:
    counts = Counter(numbers)
    found = np.array(numbers, np.uint64)
    assert marks.first_rows(found).tolist() == [
        row if number == 0 else numbers.index(number) for row, number in enumerate(numbers)
    ]
    assert marks.is_repeated(found).tolist() == [number != 0 and counts[number] > 1 for number in numbers]


@given(st.lists(st.integers(0, 2**64 - 1), max_size=50), st.integers(1, 9))
def test_parts_change_nothing(numbers: list[int], part_rows: int) -> None:
    found = np.array([*numbers, *numbers[::3]], np.uint64)
    expected = marks.is_repeated(found).tolist()
    firsts = marks.first_rows(found).tolist()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(marks, "_PART_ROWS", part_rows)
        assert marks.is_repeated(found).tolist() == expected
        assert marks.first_rows_of_many(found).tolist() == firsts
