"""Marks of cells and the rows that share one: by compiled code, and by the interpreter."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corena_recon.native import mark_kernel
from corena_recon.native.machine_code.on_demand import KernelOnDemand
from corena_recon.native.mark_kernel import MarkKernel, marks_rightly, module_text, numbers_rightly, trusted_kernel
from corena_recon.tables import marks

MAKERS = {"compiled": KernelOnDemand(trusted_kernel, 0), "interpreted": KernelOnDemand[MarkKernel](lambda: None, 0)}


@pytest.fixture(params=MAKERS, autouse=True)
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """One of the two ways, for every test."""
    monkeypatch.setattr(marks, "_KERNEL", MAKERS[request.param])
    return str(request.param)


def test_the_kernel_is_to_be_had() -> None:
    assert trusted_kernel() is not None


@pytest.mark.parametrize("kind", [pa.string(), pa.binary()])
def test_equal_cells_alone_share_a_mark(kind: pa.DataType) -> None:
    cells = [octet * length for octet in (b"a", b"b", b"\0") for length in range(1, 70)] * 2
    found = marks.Marker(0).marks_of(pa.array(cells, kind))
    assert len(set(found.tolist())) == len(cells) // 2
    assert (found[: len(cells) // 2] == found[len(cells) // 2 :]).all()


def test_where_a_cell_stands_does_not_matter() -> None:
    column = pa.array(["x" * 9, "CMD-000071", "", None, "CMD-000071", "y"])
    marker = marks.Marker(0)
    whole = marker.marks_of(column)
    assert whole.tolist() == np.concatenate([marker.marks_of(column[:2]), marker.marks_of(column[2:])]).tolist()
    assert whole.tolist() == marker.marks_of(pa.chunked_array([column[:3], column[3:]])).tolist()
    assert whole[1] == whole[4] != 0
    assert whole[2] == whole[3] == 0


@pytest.mark.parametrize("column", [pa.array([], pa.string()), pa.array([None, None], pa.string()), pa.array([""])])
def test_columns_without_octets(column: pa.Array) -> None:
    assert marks.Marker(0).marks_of(column).tolist() == [0] * len(column)


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


SLIPS = [
    ("mul i128", "add i128"),
    ("shl i64", "lshr i64"),
    ("icmp sge i64", "icmp sgt i64"),
    ("icmp eq i64", "icmp sle i64"),
]


@pytest.mark.parametrize("slip", SLIPS)
def test_a_kernel_that_errs_is_not_trusted(slip: tuple[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    text = module_text()
    assert slip[0] in text
    monkeypatch.setattr(mark_kernel, "module_text", lambda: text.replace(*slip))
    kernel = MarkKernel()
    assert not (marks_rightly(kernel) and numbers_rightly(kernel))
    assert trusted_kernel() is None
