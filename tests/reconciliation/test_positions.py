"""Where rows are joined: together with all of their identifier, in stretches, in order, whatever shares a mark."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corena_recon.errors import ConsistencyError
from corena_recon.reconciliation import positions
from corena_recon.reconciliation.positions import Named, Pairing, Scratch, Stretches
from corena_recon.tables.marks import Marks, marks_of
from corena_recon.tables.spool import Spool
from tests.stages.test_audit import sample_audit, spare_memory


def pairing(marks: list[int], order_count: int, stretch_rows: int, is_readable: list[bool] | None = None) -> Pairing:
    """Rows whose identifiers are these numbers; 0 for none."""
    identifiers = pa.chunked_array([[f"ID-{mark}" if mark else None for mark in marks]], pa.string())
    orders = Spool()
    orders.add(pa.table({"identifier": identifiers[:order_count]}))
    numbers = np.arange(len(marks) - order_count)
    notified = [
        Named(
            numbers[some],
            identifiers[order_count:][some],
            np.array(is_readable or [True] * len(marks))[order_count:][some],
        )
        for some in (slice(1, None, 2), slice(0, None, 2))
    ]
    return Pairing(orders, notified, len(numbers), lambda _: stretch_rows)


@given(st.lists(st.tuples(st.integers(0, 12), st.booleans()), max_size=60), st.integers(0, 60), st.integers(0, 70))
def test_rows_of_one_identifier_are_joined_where_the_first_stands(
    rows: list[tuple[int, bool]], order_count: int, stretch_rows: int
) -> None:
    marks, is_readable = [mark for mark, _ in rows], [readable for _, readable in rows]
    order_count = min(order_count, len(marks))
    expected = [row if mark == 0 else marks.index(mark) for row, mark in enumerate(marks)]
    found = pairing(marks, order_count, stretch_rows, is_readable)
    assert found.positions.tolist() == expected
    stretches = found.stretches_of(found.positions).tolist()
    ends = found.ends.tolist()
    assert ends == sorted(set(ends))
    assert ends[-1] == len(marks)
    assert stretches == [next(number for number, end in enumerate(ends) if row < end) for row in expected]
    own = [found.stretch_of(row) for row in range(len(marks))]
    assert found.has_late == (own[:order_count] != stretches[:order_count])
    if stretch_rows >= len(marks):
        assert len(ends) == 1
    ordered = set(marks[:order_count])
    notified = {mark for mark, readable in rows[order_count:] if readable}
    unmatched = [marks.index(mark) for mark in (ordered ^ notified) - {0}]
    assert np.flatnonzero(found.is_unmatched).tolist() == sorted(unmatched)


def test_stretches_hold_about_as_many_rows_each() -> None:
    rng = np.random.default_rng(5)
    found = pairing([*range(1, 10_001), *rng.integers(1, 2_000, 50_000).tolist()], 10_000, 6_000)
    sizes = np.bincount(found.stretches_of(found.positions), minlength=len(found.ends))
    assert sizes.sum() == 60_000
    assert sizes.max() < 12_000


@pytest.mark.parametrize("on_disk", [False, True])
def test_stretches_keep_the_order_of_rows(tmp_path: Path, *, on_disk: bool) -> None:
    table = pa.table({"row": list(range(500)), "stretch": [row * 7 // 6 % 5 for row in range(500)]})
    found = Stretches(5, tmp_path if on_disk else None, "rows")
    for first in range(0, 500, 60):
        some = table.slice(first, 60)
        found.add(some, some["stretch"].to_numpy())
    for number, spool in enumerate(found.spools):
        assert spool.table(table.schema).to_pylist() == [row for row in table.to_pylist() if row["stretch"] == number]


@pytest.mark.parametrize(("rows", "expected"), [(150, 3333), (10**5, 3333), (10**9, 10**9 // 256 + 1)])
def test_stretches_fit_into_memory_and_are_not_too_many(rows: int, expected: int, tmp_path: Path) -> None:
    assert Scratch(tmp_path, 1_000_000).stretch_rows(rows) == expected
    assert Scratch().stretch_rows(rows) == 2**20


def few_marks(kinds: int) -> Callable[[pa.Array | pa.ChunkedArray], Marks]:
    """Gives marks of which there are so few that other identifiers share them."""

    def few_marks_of(column: pa.Array | pa.ChunkedArray) -> Marks:
        marks = marks_of(column)
        marks[marks != 0] = (marks[marks != 0] >> np.uint64(7)) % np.uint64(kinds) + np.uint64(1)
        return marks

    return few_marks_of


PASSES = ["identifier", "amount"]


@pytest.fixture(scope="module")
def roomy(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The files of the report of the sample, matched by identifiers and amounts, where memory is plenty."""
    return files_of(tmp_path_factory.mktemp("roomy") / "report", PASSES)


def files_of(folder: Path, passes: str | list[str]) -> dict[str, bytes]:
    sample_audit(out=folder, match_on=passes)
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize(
    ("kinds", "stretch_rows"), [(1, 5), (3, 5), pytest.param(1000, 25, marks=pytest.mark.exhaustive)]
)
def test_marks_shared_by_chance_change_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, roomy: dict[str, bytes], kinds: int, stretch_rows: int
) -> None:
    monkeypatch.setattr(positions, "_STRETCH_MIN_ROWS", stretch_rows)
    spare_memory(monkeypatch)
    monkeypatch.setattr("corena_recon.reconciliation.positions.marks_of", few_marks(kinds))
    assert files_of(tmp_path / "shared", PASSES) == roomy


def test_near_matches_missed_for_a_shared_mark_are_never_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("corena_recon.reconciliation.positions.marks_of", few_marks(3))
    with pytest.raises(ConsistencyError, match="same mark"):
        sample_audit(out=tmp_path / "report")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("passes", "stretch_rows"), [("identifier", 3), (PASSES, 12)])
def test_identifiers_in_short_stretches_give_the_same_report(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    roomy: dict[str, bytes],
    passes: str | list[str],
    stretch_rows: int,
) -> None:
    expected = roomy if passes == PASSES else files_of(tmp_path / "roomy", passes)
    monkeypatch.setattr(positions, "_STRETCH_MIN_ROWS", stretch_rows)
    spare_memory(monkeypatch)
    assert files_of(tmp_path / "spilled", passes) == expected
