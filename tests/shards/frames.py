"""Tables of Spark as archive and orders, with what types may bring: held to one audit of the same rows in memory."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq

import corena_recon as cr
from corena_recon import spark
from tests.making import SECRET, ipn, ring
from tests.shards.equality import differing

_FIRST: Final = datetime(2026, 1, 1, 10, tzinfo=UTC)


def notifications() -> Iterator[dict[str, Any]]:
    """Replays, shared transaction ids and a forgery now and then."""
    for number in range(40):
        one = ipn(f"A{number % 33}", trx=f"T{number % 35}")
        if number % 13 == 5:
            one["signature"] = "A" * 64
        yield {**one, "received_at": _FIRST + timedelta(hours=number)}


def cases() -> Iterator[tuple[str, pa.Table]]:
    """Notifications as tables of Spark may hold them, by what is odd about each."""
    nested = pa.Table.from_pylist(list(notifications()))
    rows = [{**row, **data} for row in nested.to_pylist() for data in [row.pop("data")]]
    flat = pa.Table.from_pylist(rows)
    amounts = pa.array([Decimal(row["amount"]) for row in rows], pa.decimal128(38, 18))
    lacking = [None if number % 7 == 3 else data for number, data in enumerate(nested["data"].to_pylist())]
    yield "structs, some null, and moments in the session's zone", replaced(nested, data=pa.array(lacking))
    odd = {
        "amount": amounts,
        "identifier": flat["identifier"].cast(pa.binary()),
        "received_at": flat["received_at"].cast(pa.timestamp("us", "UTC")).cast(pa.timestamp("us")),
    }
    yield "decimals of 18 places, text as bytes, moments without a zone", replaced(flat, **odd)
    yield "no row", flat[:0]


def replaced(table: pa.Table, **columns: Any) -> pa.Table:
    for name, column in columns.items():
        table = table.set_column(table.schema.get_field_index(name), name, column)
    return table


def orders() -> pa.Table:
    numbers = range(35)
    return pa.table(
        {
            "order_id": [f"A{number}" for number in numbers],
            "total": pa.array([Decimal(11)] * len(numbers), pa.decimal128(38, 18)),
            "currency": ["USD"] * len(numbers),
            "status": ["paid"] * len(numbers),
            "created_at": pa.array([_FIRST - timedelta(minutes=number) for number in numbers]),
        }
    )


def held(session: Any, folder: Path, *, is_sail: bool) -> Iterator[tuple[str, dict[str, int]]]:
    """For each case how many rows of each table differ; the first one is a table of Delta on Sail."""
    folder.mkdir()
    (folder / "keys.toml").write_text(f'[[keys]]\nid = "live"\nsecret = "{SECRET}"\nmode = "live"\n')
    pq.write_table(orders(), folder / "orders.parquet")
    for number, (name, table) in enumerate(cases()):
        here = folder / str(number)
        written(table, here / "archive")
        frame = session.read.parquet(str(here / "archive"))
        if is_sail and not number:
            frame.write.format("delta").save(str(here / "delta"))
            frame = session.read.format("delta").load(str(here / "delta"))
        # In which order partitions are read, Spark alone knows.
        cr.audit(frame.toArrow(), orders(), ring(), out=here / "one")
        order_frame = session.read.parquet(str(folder / "orders.parquet"))
        given: dict[str, Any] = {"out": here / "report", "work": str(here / "work"), "buckets": 2}
        spark.audit(session, frame, order_frame, str(folder / "keys.toml"), **given)
        yield name, differing(here / "one", here / "report")


def written(table: pa.Table, folder: Path) -> None:
    """As Hive partitions it; an empty one is a file."""
    days = table.append_column("day", pa.array([str(place % 2) for place in range(len(table))], pa.string()))
    if len(days):
        partitioning = ds.partitioning(pa.schema([("day", pa.string())]), flavor="hive")
        ds.write_dataset(days, folder, format="parquet", partitioning=partitioning)
    else:
        folder.mkdir(parents=True)
        pq.write_table(days, folder / "none.parquet")
