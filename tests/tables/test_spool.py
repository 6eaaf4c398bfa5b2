"""Rows kept between two passes, cut anew, and thrown away."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyarrow as pa
import pytest

from corena_recon.tables.spool import Spool, resliced
from corena_recon.tables.threads import ahead, ordered_map

SCHEMA = pa.schema([("value", pa.int64()), ("text", pa.string())])


def numbered(first: int, end: int) -> pa.Table:
    values = list(range(first, end))
    return pa.table({"value": values, "text": [f"row {value}" for value in values]}, schema=SCHEMA)


@pytest.mark.parametrize("memory_bytes", [0, 100, 1_000_000])
@pytest.mark.parametrize("sizes", [[3], [1, 0, 2, 5], [10] * 7, []])
@pytest.mark.parametrize("rows", [1, 4, 1000])
def test_rows_come_back_in_order_from_memory_and_from_disk(
    tmp_path: Path, memory_bytes: int, sizes: list[int], rows: int
) -> None:
    spool = Spool(tmp_path / "spool.arrow", memory_bytes)
    for place, size in enumerate(sizes):
        spool.add(numbered(sum(sizes[:place]), sum(sizes[:place]) + size))
    expected = numbered(0, sum(sizes))
    assert spool.rows == len(expected)
    assert spool.is_in_memory == (expected.nbytes <= memory_bytes or not sizes)
    for _ in range(2):
        chunks = list(spool.chunks(rows=rows))
        assert [chunk.first for chunk in chunks] == list(range(0, len(expected), rows))
        assert all(len(chunk.table) == rows for chunk in chunks[:-1])
        assert spool.table(SCHEMA).equals(expected)
        (texts,) = ([cell for chunk in spool.chunks(["text"]) for cell in chunk.table["text"].to_pylist()],)
        assert texts == expected["text"].to_pylist()


def test_a_spool_without_a_file_stays_in_memory() -> None:
    spool = Spool()
    spool.add(numbered(0, 1000))
    assert spool.is_in_memory
    assert spool.names == ["value", "text"]


@pytest.mark.parametrize("memory_bytes", [0, 1_000_000])
def test_what_is_thrown_away_leaves_nothing_on_disk(tmp_path: Path, memory_bytes: int) -> None:
    spool = Spool(tmp_path / "spool.arrow", memory_bytes)
    spool.add(numbered(0, 1000))
    assert len(list(spool.chunks())) == 1
    spool.discard()
    assert list(tmp_path.iterdir()) == []
    assert (spool.rows, spool.held_bytes, list(spool.chunks())) == (0, 0, [])


@pytest.mark.parametrize("rows", [1, 3, 100])
def test_tables_are_cut_anew(rows: int) -> None:
    pieces = list(resliced([numbered(0, 5), numbered(5, 5), numbered(5, 6), numbered(6, 20)], rows))
    assert [len(piece) for piece in pieces] == [rows] * (20 // rows) + [20 % rows] * (20 % rows > 0)
    assert pa.concat_tables(pieces).equals(numbered(0, 20))


@pytest.mark.parametrize("count", [0, 1, 2, 50])
def test_one_item_at_most_is_made_ahead(count: int) -> None:
    made: list[int] = []

    def items() -> Iterator[int]:
        for number in range(count):
            made.append(number)
            yield number

    for number in ahead(items()):
        assert len(made) <= number + 2
    assert made == list(range(count))


def test_an_error_of_an_item_comes_after_the_items_before_it() -> None:
    def items() -> Iterator[int]:
        yield 1
        raise ValueError("no more")

    found = ahead(items())
    assert next(found) == 1
    with pytest.raises(ValueError, match="no more"):
        next(found)


def test_a_map_keeps_order_and_does_not_run_far_ahead() -> None:
    taken: list[int] = []

    def items() -> Iterator[int]:
        for number in range(50):
            taken.append(number)
            yield number

    with ThreadPoolExecutor(2) as pool:
        results = ordered_map(pool, lambda number: number * 2, items(), ahead=3)
        assert next(results) == 0
        assert len(taken) <= 5
        assert list(results) == list(range(2, 100, 2))
