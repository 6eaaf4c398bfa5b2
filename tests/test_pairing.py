"""Where rows are joined: together with all of their identifier, in stretches, in order, whatever shares a mark."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corena_recon import auditing, reconciling
from corena_recon.marks import Marker, Marks
from corena_recon.pairing import Pairing, Stretches
from tests.test_auditing import sample_audit

MARK_BITS = np.uint64(40)


@given(st.lists(st.integers(0, 12), max_size=60), st.integers(0, 70), st.integers(0, 60))
def test_rows_of_one_mark_are_joined_where_the_first_stands(
    marks: list[int], stretch_rows: int, order_rows: int
) -> None:
    expected = [row if mark == 0 else marks.index(mark) for row, mark in enumerate(marks)]
    # The bits by which rows are parted differ from the lowest ones.
    pairing = Pairing(np.array(marks, np.uint64) << MARK_BITS, stretch_rows)
    assert pairing.positions.tolist() == expected
    stretches = pairing.stretches_of(pairing.positions).tolist()
    ends = pairing.ends.tolist()
    assert ends == sorted(set(ends))
    assert ends[-1] == len(marks)
    assert stretches == [next(number for number, end in enumerate(ends) if row < end) for row in expected]
    own = [pairing.stretch_of(row) for row in range(len(marks))]
    order_rows = min(order_rows, len(marks))
    assert pairing.has_late(order_rows) == (own[:order_rows] != stretches[:order_rows])
    if stretch_rows >= len(marks):
        assert len(ends) == 1


def test_stretches_hold_about_as_many_rows_each() -> None:
    rng = np.random.default_rng(5)
    marks = np.concatenate([np.arange(1, 10_001), rng.integers(1, 2_000, 50_000)]).astype(np.uint64) << MARK_BITS
    pairing = Pairing(marks, 6_000)
    sizes = np.bincount(pairing.stretches_of(pairing.positions), minlength=len(pairing.ends))
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


@pytest.mark.parametrize("kinds", [1, 3, 1000])
@pytest.mark.parametrize("match_on", ["identifier", "amount"])
def test_marks_shared_by_chance_change_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kinds: int, match_on: str
) -> None:
    sample_audit(out=tmp_path / "roomy", match_on=match_on)
    monkeypatch.setattr(reconciling, "_STRETCH_MIN_ROWS", 5)
    for share in ("_CHECKED_SHARE", "_ORDERS_SHARE", "_JOINING_SHARE"):
        monkeypatch.setattr(auditing, share, 0.0)

    class FewMarks(Marker):
        def marks_of(self, column: pa.Array | pa.ChunkedArray) -> Marks:
            marks = super().marks_of(column)
            marks[marks != 0] = (marks[marks != 0] >> np.uint64(7)) % np.uint64(kinds) + np.uint64(1)
            return marks

    monkeypatch.setattr(reconciling, "Marker", FewMarks)
    sample_audit(out=tmp_path / "shared", match_on=match_on)
    assert {path.name: path.read_bytes() for path in (tmp_path / "roomy").iterdir()} == {
        path.name: path.read_bytes() for path in (tmp_path / "shared").iterdir()
    }
