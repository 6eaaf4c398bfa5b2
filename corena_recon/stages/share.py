"""One share of an audit, for ``merge`` to put together with the others: ``audit(…, shard="3/16", work=folder)``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from corena_recon.archive import parts_of
from corena_recon.orders import OrderReading, read_ledger_table, reading_notes
from corena_recon.paths import Named, paths_in
from corena_recon.schemas import WORD
from corena_recon.shards import Shard, Share, SharePlan, ShareWriter, WorkFolder, share_of
from corena_recon.signing import KeyRing
from corena_recon.stages.running.earlier import EarlierReport
from corena_recon.stages.running.options import AuditOptions
from corena_recon.stages.running.progress import READING, Teller
from corena_recon.tables.columns import decoded
from corena_recon.tables.engine import connect

_BUCKET_BYTES: Final = 128 * 1024**2
"""So many bytes of archive are one bucket, as files are stored."""
_BUCKETS_MAX: Final = 1024


class ShareMade(NamedTuple):
    """What one share of an audit has read.

    Attributes:
        shard: Which share, as ``3/16``.
        folder: Where it stands now.
        sources: How many sources it has read.
        records: How many records these hold; ``records = notifications + unreadable + other``.
        notifications: How many of them are notifications.
        unreadable: How many cannot be read.
        other: How many are other traffic.
    """

    shard: str
    folder: Path
    sources: int
    records: int
    notifications: int
    unreadable: int
    other: int

    def __str__(self) -> str:
        return f"shard {self.shard}: {self.records:,} records of {self.sources:,} sources, in {self.folder}"


def make_share(
    sources: Any,  # noqa: ANN401 - archive, orders and ledger, as audit takes them
    ring: KeyRing,
    options: AuditOptions,
    *,
    shard: Shard,
    work: Path,
    earlier: EarlierReport | None,
    teller: Teller,
) -> ShareMade:
    """Reads, checks and marks a share of the archive; the first share reads the orders and the ledger too."""
    named = Named(work, sources.orders, sources.ledger, list(ring.files))
    parts = parts_of(sources.archive, without=named)
    total_bytes = sum(part.bytes for part in parts)
    buckets = min(_BUCKETS_MAX, 1 + total_bytes // _BUCKET_BYTES)
    plan = SharePlan(options.judging, buckets, options.form, options.keep_raw)
    own = share_of(parts, shard.number, shard.of)
    with connect() as connection, WorkFolder(work).new_share(shard) as writer:
        share = Share(plan, ring, connection)
        rows = 0
        for number, part in own:
            for kind, bucket, table in share.read(number, part, earlier=earlier):
                writer.add(kind, bucket, table)
                rows += len(table) if kind == "rows" else 0
                teller.tell(READING, rows)
        facts: dict[str, Any] = {
            **run_facts(options, ring, buckets),
            "parts": [[part.name, part.bytes] for part in parts],
            "has_orders": sources.orders is not None,
            "has_ledger": sources.ledger is not None,
            **share.facts(),
        }
        if shard.number == 1:
            facts["archive"] = paths_in(sources.archive)
            if sources.orders is not None:
                facts["orders"] = _with_orders(sources.orders, options, work, share, writer)
            if sources.ledger is not None:
                facts["ledger"] = _with_ledger(sources.ledger, work, writer)
        writer.finish(facts, ring)
    counts = [count for _, count in share.counts]
    sums = (sum(getattr(count, name) for count in counts) for name in ShareMade._fields[3:])
    return ShareMade(str(shard), work / f"shard-{shard.number}-of-{shard.of}", len(counts), *sums)


def run_facts(options: AuditOptions, ring: KeyRing, buckets: int) -> dict[str, Any]:
    """What all shares of a run say alike, as plain values."""
    return {
        "buckets": buckets,
        "options": options.as_facts(),
        "keys": [
            {
                "id": key.id,
                "mode": key.mode.value,
                "merchant": key.merchant,
                "valid_from": key.valid_from and key.valid_from.isoformat(),
                "valid_until": key.valid_until and key.valid_until.isoformat(),
                "fingerprint": key.fingerprint(),
            }
            for key in ring
        ],
    }


def _with_orders(
    source: Any,  # noqa: ANN401
    options: AuditOptions,
    work: Path,
    share: Share,
    writer: ShareWriter,
) -> dict[str, Any]:
    """Writes the orders as read, and what reconciling reads of them by bucket; gives how they were read."""
    reading = OrderReading(source, options.orders, without=work)
    with writer.table_file("all_orders") as write:
        words: list[str] = []

        def written() -> Iterator[pa.Table]:
            for table in reading.tables():
                words[:] = [field.name for field in table.schema if field.type == WORD]
                write(decoded(table))
                yield table

        for kind, bucket, rows in share.ordered(written()):
            writer.add(kind, bucket, rows)
    return orders_facts(reading, words)


def orders_facts(reading: OrderReading, words: list[str]) -> dict[str, Any]:
    """How orders were read, as plain values.

    Args:
        reading: Done.
        words: Which of their columns are words.
    """
    return {
        "words": words,
        "mapping": reading.mapping,
        "notes": reading_notes(reading.mappings),
        "inputs": [list(each) for each in reading.inputs],
        "transaction_column": reading.transaction_column,
    }


def _with_ledger(source: Any, work: Path, writer: ShareWriter) -> dict[str, Any]:  # noqa: ANN401
    ledger = read_ledger_table(source, without=work)
    with writer.table_file("ledger") as write:
        write(ledger.table)
    return {"notes": reading_notes(ledger.mappings), "inputs": [list(each) for each in ledger.inputs]}


def tables_in(path: Path) -> Iterator[pa.Table]:
    """The tables of a file of a share, a row group each; one at least."""
    with pq.ParquetFile(path) as file:
        yield file.schema_arrow.empty_table()
        for group in range(file.num_row_groups):
            yield file.read_row_group(group)
