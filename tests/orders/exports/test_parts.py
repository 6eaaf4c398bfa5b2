"""A large export read part by part is the export read at once."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corena_recon.orders import reading
from corena_recon.orders.cells import dates
from corena_recon.orders.cells.amounts import MarkVotes, mark_votes, read_amounts, read_amounts_by
from corena_recon.orders.cells.dates import date_signs, read_instants, read_instants_by
from corena_recon.orders.exports import forms
from corena_recon.orders.options import OrderOptions
from corena_recon.orders.reading import OrderReading, read_orders_table

AMOUNTS = ("1,234.50", "1.234,50", "1,234", "12.5", "$5", "", "x", "1 234", "(5.00)", "7")
DATES = (
    "2026-01-05 10:00",
    "2026-01-05T10:00:00Z",
    "2026-01-05 10:00:00 +0200",
    "13/01/2026",
    "01/02/2026",
    "01/13/2026",
    "1767607200",
    "1767607200000",
    "0000-00-00 00:00:00",
    "",
    "5 janv. 2026",
    "soon",
)


@given(st.lists(st.sampled_from(AMOUNTS) | st.none(), max_size=9), st.integers(0, 9))
def test_marks_are_voted_for_in_parts(cells: list[str | None], cut: int) -> None:
    column = pa.array(cells, pa.string())
    votes = mark_votes(column[:cut]) + mark_votes(column[cut:])
    assert votes == mark_votes(column)
    at_once = read_amounts(column, usual_mark=".")
    in_parts = [read_amounts_by(votes.decimal_mark("."), part) for part in (column[:cut], column[cut:])]
    for name in ("amount", "currency", "reason"):
        assert pa.concat_arrays([getattr(part, name) for part in in_parts]).equals(getattr(at_once, name)), name
    assert MarkVotes(1, 1).decimal_mark(".") is None


@given(st.lists(st.sampled_from(DATES) | st.none(), max_size=6), st.integers(0, 6))
def test_dates_are_read_in_parts(cells: list[str | None], cut: int) -> None:
    column = pa.array(cells, pa.string())
    signs = date_signs(column[:cut]).and_with(date_signs(column[cut:]))
    at_once = read_instants(column, "Europe/Paris")
    in_parts = [read_instants_by(signs, part, "Europe/Paris") for part in (column[:cut], column[cut:])]
    assert pa.concat_arrays([part.instants for part in in_parts]).equals(at_once.instants)
    assert sum(part.unread_count for part in in_parts) == at_once.unread_count
    assert {part.order for part in in_parts} == {at_once.order}


@pytest.fixture
def read_small(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    def small(block_bytes: int, kept_bytes: int = 0) -> None:
        monkeypatch.setattr(forms, "PARTS_FROM_BYTES", 1)
        monkeypatch.setattr(forms, "BLOCK_BYTES", block_bytes)
        monkeypatch.setattr(reading, "KEPT_BYTES", kept_bytes)

    return small


HEADER = "id,total,currency,status,date,note,transaction_id\n"
ROWS = [
    "001,11.00,USD,paid,2026-01-05 10:00,plain,T1",
    '002,"1,234.50",usd,open,2026-01-06,"two\nlines",T2',
    HEADER.strip(),
    '003,"1,234",EUR,,,"a ""quote""",',
    ",,,,,,",
    "004,x,USD,paid,2026-01-08 00:00:00,é,T4",
    "005,5,USD,refunded,soon,,",
]
FILES = {
    "plain": HEADER + "\n".join(ROWS[:1] * 20) + "\n",
    "quoted": HEADER + "\n".join(ROWS * 3) + "\n",
    "no line end": HEADER + "\n".join(ROWS),
    "windows": (HEADER + "\n".join(ROWS[:1] * 9) + "\n").replace("\n", "\r\n"),
    "byte order mark": "\ufeff" + HEADER + "\n".join(ROWS) + "\n",
    "quote in a bare cell": HEADER + "\n".join([*ROWS, 'a,5" disk,USD,paid,,,', "b,1,USD,paid,,,"]) + "\n",
    "too short a row": HEADER + "\n".join([*ROWS, "a,5,USD"]) + "\n",
    "lone carriage return": HEADER + "\n".join([*ROWS, "a,5,USD,paid,,x\ry,"]) + "\n",
    "quote never closed": HEADER + "\n".join([*ROWS, 'a,5,USD,paid,,"x,y', *ROWS]) + "\n",
    "header alone": HEADER,
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_in_parts_is_the_file_at_once(tmp_path: Path, read_small: Callable[..., None], name: str) -> None:
    path = tmp_path / "orders.csv"
    path.write_bytes(FILES[name].encode())
    at_once = read_orders_table(path)
    for block_bytes, kept_bytes in product((60, 300, 100_000), (0, 200, 100_000)):
        read_small(max(block_bytes, len(HEADER) + 4), kept_bytes)
        orders = OrderReading(path)
        tables = list(orders.tables())
        assert pa.concat_tables(tables).cast(at_once.table.schema).equals(at_once.table), (block_bytes, kept_bytes)
        assert orders.mappings == at_once.mappings, (block_bytes, kept_bytes)
        is_cut = len(tables) > 1
        assert not is_cut if name == "header alone" else is_cut or block_bytes > len(FILES[name])


def test_bytes_that_are_not_utf8_are_read_at_once(tmp_path: Path, read_small: Callable[[int], None]) -> None:
    path = tmp_path / "orders.csv"
    path.write_bytes((HEADER + "\n".join(ROWS * 9)).encode("cp1252"))
    at_once = read_orders_table(path)
    read_small(200)
    assert read_orders_table(path).table.equals(at_once.table)
    assert at_once.mappings[0]["encoding"] == "cp1252"


def test_exports_that_spread_orders_over_rows_are_joined(tmp_path: Path, read_small: Callable[[int], None]) -> None:
    path = tmp_path / "orders.csv"
    rows = [
        f"#{number // 3},{'paid' if number % 3 == 0 else ''},{'5.00' if number % 3 == 0 else ''},,{number}"
        for number in range(60)
    ]
    path.write_text("Name,Financial Status,Total,Currency,Lineitem name\n" + "\n".join(rows) + "\n")
    at_once = read_orders_table(path, OrderOptions(platform="shopify"))
    read_small(100)
    in_parts = read_orders_table(path, OrderOptions(platform="shopify"))
    assert in_parts.table.equals(at_once.table)
    assert in_parts.mappings == at_once.mappings
    assert at_once.mappings[0]["merged_rows"] == 40


def test_files_of_different_columns_have_all_columns(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id,total,x\n1,2,3\n")
    (tmp_path / "b.csv").write_text("id,total,y\n4,5,6\n")
    table = read_orders_table(tmp_path).table
    assert table.select(["identifier", "x", "y"]).to_pylist() == [
        {"identifier": "1", "x": "3", "y": None},
        {"identifier": "4", "x": None, "y": "6"},
    ]


def test_layouts_are_tried_in_order() -> None:
    assert dates._LAYOUTS[0] == "naive"
