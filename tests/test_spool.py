from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyarrow as pa
import pytest

from corena_recon.engine import connect
from corena_recon.spool import Spool
from corena_recon.threads import ordered_map


@pytest.mark.parametrize("memory_bytes", [0, 100, 1_000_000])
@pytest.mark.parametrize("sizes", [[3], [1, 0, 2, 5], [10] * 7])
def test_rows_come_back_in_order_from_memory_and_from_disk(tmp_path: Path, memory_bytes: int, sizes: list[int]) -> None:
    spool = Spool(tmp_path, memory_bytes)
    start = 0
    for size in sizes:
        spool.add(pa.table({"value": list(range(start, start + size))}, schema=pa.schema([("value", pa.int64())])))
        start += size
    with connect() as connection:
        spool.register(connection, "spooled")
        rows = connection.execute("SELECT row, value FROM spooled ORDER BY row").fetchall()
    together = pa.concat_tables(spool.tables())
    assert rows == [(number, number) for number in range(start)]
    assert together["value"].to_pylist() == together["row"].to_pylist() == list(range(start))


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
