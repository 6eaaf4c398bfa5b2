"""The audit on Spark: the steps of ``corena_recon.shards`` in ``mapInArrow``, with one shuffle of rows.

What crosses between tasks are *parcels*: a kind, a bucket, the numbers of the first and the last row, and an Arrow
stream as bytes. So Spark's types, its time zone and its pandas meet no amount and no moment. Secrets are read by each
task, from a file or the environment of its machine; nothing that is shipped holds one.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from itertools import accumulate, chain, groupby
from pathlib import Path
from typing import Any, Final, NamedTuple, Unpack

import numpy as np
import pyarrow as pa

from corena_recon.archive import MEMORY_SOURCE, Part, Place, SourceCount, StoredBytes, parts_of
from corena_recon.arguments import require
from corena_recon.errors import InputError, KeyRingError, OptionError
from corena_recon.orders import OrderOptions, OrderReading
from corena_recon.paths import Named
from corena_recon.report import Reconciliation, new_report, report_path
from corena_recon.schemas import WORD
from corena_recon.shards import (
    EDGES_SCHEMA,
    SHARED_MARKS,
    Batches,
    Judging,
    Moving,
    NumberedPart,
    Parcel,
    Share,
    SharePlan,
    Sharing,
    Voting,
    homes_of,
    keys_at,
    marks_in_parcels,
    packed,
    require_each_once,
    votes_in,
)
from corena_recon.stages.assembling import Assembly
from corena_recon.stages.running.clock import Clock
from corena_recon.stages.running.options import AuditArguments, audit_options
from corena_recon.stages.share import orders_facts, run_facts
from corena_recon.tables.columns import decoded
from corena_recon.tables.engine import connect

BUCKETS: Final = 64
"""Into how many buckets rows are sorted when the caller does not say; each is judged by one task."""

_PARCELS: Final = "kind string, bucket int, first long, last long, octets binary"
_MARKS: Final = "mark long, fold long, holds boolean"
_MARKS_VIEW: Final = "corena_recon_marks"
_SENT_BYTES: Final = 16 * 1024**2
"""How much the driver sends out at once."""
_PARCELS_A_BATCH: Final = 16
_BATCH_ROWS: Final = "spark.sql.execution.arrow.maxRecordsPerBatch"


def audit(
    session: Any,  # noqa: ANN401 - Spark is imported by whoever has a session
    archive: Any,  # noqa: ANN401
    orders: Any = None,  # noqa: ANN401
    keys: str | os.PathLike[str] | None = None,
    out: str | os.PathLike[str] | None = None,
    *,
    work: str,
    buckets: int = BUCKETS,
    **options: Unpack[AuditArguments],
) -> Reconciliation:
    """The whole audit of an archive on Spark: the same rows as ``corena_recon.audit`` of it on one machine.

    Args:
        session: A session of Spark 4, also of Spark Connect.
        archive: Paths, folders or globs of any file system that Spark reads, each file one source; or a DataFrame of
            Spark, such as ``session.read.format("delta").load(…)`` gives, each of its rows one record.
        orders: As for ``read_orders``, read by the driver; or a DataFrame of Spark.
        keys: The path of the key ring on every machine; the environment of every machine when None. No key is shipped.
        out: The report folder, written by the driver; without it the tables stay in its memory.
        work: A folder that Spark can write, for what passes between tasks; what stands there is replaced.
        buckets: How many buckets; three or four times as many as there are cores.
        options: As for ``audit``. What is matched by amount is matched by the driver.

    Returns:
        The reconciliation.

    Raises:
        CorenaReconError: As ``audit``; or the engine has lost rows, or gave some twice.
    """
    path = _key_path(keys)
    ring = keys_at(path)
    settings = audit_options(**options)
    require("work", work, str, "a folder that Spark can write, such as 's3a://bucket/work'")
    require("buckets", buckets, int, "three or four times as many as there are cores")
    folder, clock = None if out is None else report_path(out), Clock()
    plan = SharePlan(settings.judging, buckets, settings.form, settings.keep_raw)
    shared, judged = f"{work}/shared", f"{work}/judged"
    with clock.stage("read"):
        source = _source(session, archive, Named(folder, None if _is_frame(orders) else orders, list(ring.files)))
        with _batches_of(session, source.batch_rows):
            _written(source.frame.mapInArrow(Sharing(plan, path, source.parts), _PARCELS), shared)
        parcels = session.read.parquet(shared)
        shares = _checked(source, [parcel.told() for parcel in _each(parcels.filter("kind = 'facts'"))])
        tables: list[pa.Table] = []
        told: dict[str, Any] = {}
        if orders is not None:
            tables, told["orders"] = _orders(orders, settings.orders)
            with connect() as connection:
                _send(session, packed(Share(plan, ring, connection).ordered(iter(tables))), shared)
            parcels = session.read.parquet(shared)
    first = {**run_facts(settings, ring, buckets), **_NOTHING_READ, "archive": source.paths, **told}
    with ExitStack() as report, _batches_of(session, _PARCELS_A_BATCH):
        partial = None if folder is None else report.enter_context(new_report(folder))
        read_orders = map(decoded, tables)
        with Assembly([first, *shares], read_orders, ring, settings, partial=partial, clock=clock) as assembly:
            with clock.stage("judge"):
                homes = homes_of(assembly.connection, _edges(session, parcels), buckets, assembly.folder / "rounds")
                moved = parcels.filter("kind IN ('rows', 'orders')").mapInArrow(Moving(homes), _PARCELS)
                whole = moved.repartition(buckets, "bucket").persist()
                assembly.settled.count_votes(votes_in(_each(whole.mapInArrow(Voting(assembly.plan), _PARCELS))))
                judging = Judging(assembly.plan, assembly.settled.profile)
                _written(whole.mapInArrow(judging, _PARCELS), judged)
                whole.unpersist()
                assembly.settled.add_parcels(_each(session.read.parquet(judged)))
            found = assembly.finished()
        with clock.stage("write"):
            report.close()
    found.facts["seconds"] = clock.seconds()
    return found if folder is None else found.moved_to(folder)


_NOTHING_READ: Final = {"keeping": {}, "intake": [], "watched": [], "has_streams": False, "latest": None}
"""What who has read nothing of the archive tells of it."""


def _key_path(keys: object) -> str | None:
    if keys is None or isinstance(keys, str | os.PathLike):
        return None if keys is None else os.fsdecode(keys)
    raise KeyRingError(
        f"keys of type {type(keys).__name__} would have to be sent to other machines, which no key ever is",
        hint="give the path of a key ring that every machine has, or set CORENA_SECRET_KEY on every machine",
    )


def _is_frame(given: object) -> bool:
    return hasattr(given, "mapInArrow")


class _Source(NamedTuple):
    """What Spark reads of an archive.

    Attributes:
        frame: Its rows.
        parts: What of the archive batches of them are.
        names: What the part of each number is called.
        paths: What the caller named.
        batch_rows: How many of its rows are one batch at most; as the session says when None.
        record_counts: How many records each part has, where parts are partitions of one source.
    """

    frame: Any
    parts: Callable[[Batches], Iterator[NumberedPart]]
    names: Mapping[int, str]
    paths: Sequence[str] = ()
    batch_rows: int | None = None
    record_counts: Mapping[int, int] | None = None


def _source(session: Any, archive: Any, without: Named) -> _Source:  # noqa: ANN401
    """What Spark reads: a DataFrame, files that every machine finds at their path, or files of Spark's file systems."""
    if _is_frame(archive):
        return _frame_source(archive)
    given = [archive] if isinstance(archive, str | os.PathLike) else archive
    if not isinstance(given, list | tuple) or not all(isinstance(path, str | os.PathLike) for path in given):
        raise OptionError("the archive is no path and no DataFrame of Spark", hint="give paths, or a DataFrame")
    paths = [os.fsdecode(path) for path in given]
    if any("://" in path for path in paths):
        files = session.read.format("binaryFile").option("recursiveFileLookup", "true").load(paths)
        found = sorted((row["path"] for row in files.select("path").collect()), key=lambda path: path.split("/"))
        numbers = {path: number for number, path in enumerate(found)}
        return _Source(files, partial(_stored_parts, numbers), dict(enumerate(found)), paths, batch_rows=1)
    places = [part.source for part in parts_of(paths, without=without)]
    rows = [(number, str(place.path), *place[1:]) for number, place in enumerate(places)]
    frame = session.createDataFrame(rows, _PLACES).repartition(len(rows))
    return _Source(frame, _parts_at_places, {number: path for number, path, *_ in rows}, paths)


_PLACES: Final = "number long, path string, is_alone boolean, note string, table string"


def _parts_at_places(batches: Batches) -> Iterator[NumberedPart]:
    for row in (row for batch in batches for row in batch.to_pylist()):
        number = row.pop("number")
        place = Place(**{**row, "path": Path(row["path"])})
        yield NumberedPart(number, Part(place, row["path"], 0))


def _stored_parts(numbers: Mapping[str, int], batches: Batches) -> Iterator[NumberedPart]:
    for row in (row for batch in batches for row in batch.to_pylist()):
        stored = StoredBytes(row["path"], row["content"], row["modificationTime"])
        yield NumberedPart(numbers[row["path"]], Part(stored, stored.name, len(stored.octets)))


_NUMBER: Final = "corena_recon_number"
_PARTITION_SHIFT: Final = 33
"""Where ``monotonically_increasing_id`` has the number of the partition."""


def _frame_source(frame: Any) -> _Source:  # noqa: ANN401
    """Rows numbered by partition, so that each task knows how many stand before its own."""
    numbered = frame.selectExpr("*", f"monotonically_increasing_id() AS {_NUMBER}")
    partitions = numbered.selectExpr(f"shiftright({_NUMBER}, {_PARTITION_SHIFT}) AS number")
    counted = sorted(map(tuple, partitions.groupBy("number").count().collect()))
    before = accumulate((count for _, count in counted), initial=0)
    firsts = {number: first for (number, _), first in zip(counted, before, strict=False)}
    names = {number: f"partition {number} of the DataFrame" for number in firsts}
    return _Source(numbered, partial(_record_parts, firsts), names, record_counts=dict(counted))


def _record_parts(firsts: Mapping[int, int], batches: Batches) -> Iterator[NumberedPart]:
    for number, several in groupby(batches, lambda batch: batch.column(_NUMBER)[0].as_py() >> _PARTITION_SHIFT):
        plain = map(_plain, several)
        first = next(plain)
        rows = pa.RecordBatchReader.from_batches(first.schema, chain([first], plain))
        yield NumberedPart(number, Part(rows, "", 0), firsts.get(number, 0))


def _plain(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Rows without their number, moments in UTC whatever the session's zone is."""
    rows = batch.drop_columns([_NUMBER])
    return rows.cast(pa.schema([field.with_type(_in_utc(field.type)) for field in rows.schema]))


def _in_utc(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_timestamp(kind) and kind.tz is not None:
        return pa.timestamp(kind.unit, "UTC")
    if pa.types.is_struct(kind):
        return pa.struct([field.with_type(_in_utc(field.type)) for field in kind])
    if pa.types.is_list(kind):
        return pa.list_(kind.value_field.with_type(_in_utc(kind.value_type)))
    return kind


def _checked(source: _Source, shares: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What tasks tell of their shares, once it is sure that an engine has read all, and nothing twice.

    Raises:
        InputError: It has not.
    """
    require_each_once(source.names, (number for share in shares for number in share["own_parts"]))
    if source.record_counts is None:
        return shares
    counts = [(number, SourceCount(*count)) for share in shares for number, count in share["intake"]]
    for number, count in counts:
        before = source.record_counts[number]
        if count.records != before:
            raise InputError(
                f"{source.names[number]} had {before:,} rows, and {count.records:,} when it was read again",
                hint="give a DataFrame that is the same each time it is read: write it as Parquet, and read that",
            )
    sums = {name: sum(getattr(count, name) for _, count in counts) for name in _SUMMED}
    of_all = SourceCount(MEMORY_SOURCE, None, None, None, **sums, truncated=False)
    return [{**_NOTHING_READ, "intake": [[0, list(of_all)]]}, *({**share, "intake": []} for share in shares)]


_SUMMED: Final = ("records", "notifications", "unreadable", "other")


def _orders(orders: Any, options: OrderOptions) -> tuple[list[pa.Table], dict[str, Any]]:  # noqa: ANN401
    """The orders, which the driver reads, and how they were read."""
    if _is_frame(orders):
        orders = orders.toArrow()
        orders = orders.cast(pa.schema([field.with_type(_in_utc(field.type)) for field in orders.schema]))
    reading = OrderReading(orders, options)
    tables = list(reading.tables())
    return tables, orders_facts(reading, [field.name for field in tables[0].schema if field.type == WORD])


def _send(session: Any, batches: Iterable[pa.RecordBatch], folder: str) -> None:  # noqa: ANN401
    """Adds parcels of the driver's to what tasks have written."""
    held: list[pa.RecordBatch] = []
    for batch in chain(batches, [None]):
        if held and (batch is None or sum(each.nbytes for each in held) > _SENT_BYTES):
            session.createDataFrame(pa.Table.from_batches(held), _PARCELS).write.mode("append").parquet(folder)
            held = []
        held += [] if batch is None else [batch]


def _written(frame: Any, folder: str) -> None:  # noqa: ANN401
    frame.write.mode("overwrite").parquet(folder)


def _each(frame: Any) -> Iterator[Parcel]:  # noqa: ANN401
    for row in frame.toLocalIterator():
        yield Parcel(**{**row.asDict(), "octets": bytes(row["octets"])})


def _edges(session: Any, parcels: Any) -> pa.Table:  # noqa: ANN401
    """What ``shards.shared_marks`` gives, counted by Spark."""
    parcels.filter("kind = 'marks'").mapInArrow(marks_in_parcels, _MARKS).createOrReplaceTempView(_MARKS_VIEW)
    edges = session.sql(SHARED_MARKS.format(marks=_MARKS_VIEW)).toArrow()
    session.catalog.dropTempView(_MARKS_VIEW)
    bits = [edges[name].to_numpy().astype(np.int64).view(np.uint64) for name in EDGES_SCHEMA.names]
    return pa.table(bits, EDGES_SCHEMA)


@contextmanager
def _batches_of(session: Any, rows: int | None) -> Iterator[None]:  # noqa: ANN401
    """Rows that are large, such as files and parcels, go to Python a few at a time, and not 10,000."""
    before = session.conf.get(_BATCH_ROWS, "10000")
    session.conf.set(_BATCH_ROWS, before if rows is None else str(rows))
    try:
        yield
    finally:
        session.conf.set(_BATCH_ROWS, before)
