"""The audit on Spark: the functions of ``corena_recon.shards`` in ``mapInArrow``, with one shuffle of rows.

What crosses between tasks are *parcels*: a kind, a bucket, the numbers of the first and the last row, and an Arrow
stream as bytes. So Spark's types, its time zone and its pandas meet no amount and no moment. Secrets are read by each
task, from a file or the environment of its machine; nothing that is shipped holds one.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from itertools import chain, groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Unpack

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from corena_recon.archive import Part, Place, SourceCount, StoredBytes, parts_of
from corena_recon.arguments import require
from corena_recon.errors import InputError, KeyRingError, OptionError
from corena_recon.judgement import Profile, Votes, profile_of
from corena_recon.orders import OrderOptions, OrderReading, reading_notes
from corena_recon.paths import Named
from corena_recon.reconciliation import Account
from corena_recon.report import Reconciliation, new_report, report_path
from corena_recon.schemas import WORD
from corena_recon.shards import (
    BucketOf,
    BucketPlan,
    Homes,
    Parcel,
    Parcels,
    Share,
    SharePlan,
    batch_of,
    homes_of,
    packed,
    parcel_of,
    rows_in,
    votes_of,
)
from corena_recon.signing import KeyRing
from corena_recon.stages.assembling import Assembly, Settled
from corena_recon.stages.clock import Clock
from corena_recon.stages.options import AuditArguments, audit_options
from corena_recon.stages.share import run_facts, share_facts
from corena_recon.tables.columns import decoded
from corena_recon.tables.engine import connect
from corena_recon.tables.spool import temporary_folder
from corena_recon.text import printable

if TYPE_CHECKING:
    import duckdb

BUCKETS: Final = 64
"""Into how many buckets rows are sorted when the caller does not say; each is judged by one task."""

_PARCELS: Final = "kind string, bucket int, first long, last long, octets binary"
_MARKS: Final = "mark long, fold long, holds int"
_MARK_SCHEMA: Final = pa.schema([("mark", pa.int64()), ("fold", pa.int64()), ("holds", pa.int32())])
_NUMBER: Final = "corena_recon_number"

Batches = Iterator[pa.RecordBatch]


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
        CorenaReconError: As ``audit``.
    """
    ring = _ring(keys)
    settings = audit_options(**options)
    require("work", work, str, "a folder that Spark can write, such as 's3a://bucket/work'")
    require("buckets", buckets, int, "three or four times as many as there are cores")
    folder, clock = None if out is None else report_path(out), Clock()
    plan = SharePlan(settings.judging, buckets, settings.form, settings.keep_raw)
    with clock.stage("read"):
        shared = f"{work}/shared"
        without = Named(folder, None if hasattr(orders, "mapInArrow") else orders, list(ring.files))
        source = _source(session, archive, 2 * buckets, without)
        numbers = {name: number for number, name in source.names.items()}
        sharing = _Sharing(plan, None if keys is None else os.fsdecode(keys), numbers, source.counts)
        source.frame.mapInArrow(sharing, _PARCELS).write.mode("overwrite").parquet(shared)
        facts: dict[str, Any] = {**run_facts(settings, ring, buckets), "has_ledger": False, "archive": source.paths}
        tables, told = _orders(session, orders, plan, ring, options=settings.orders, shared=shared)
        facts.update(told)
    shares = _OnSpark(session, work, buckets, facts, tables)
    _require_each_part_once(source, shares.manifests)
    with ExitStack() as report:
        partial = None if folder is None else report.enter_context(new_report(folder))
        found = Assembly(shares, ring, settings, partial=partial, clock=clock).run()
        with clock.stage("write"):
            report.close()
    found.facts["seconds"] = clock.seconds()
    return found if folder is None else found.moved_to(folder)


def _ring(keys: str | os.PathLike[str] | None) -> KeyRing:
    """The keys as the machine at hand has them."""
    if keys is None:
        return KeyRing.from_env()
    if not isinstance(keys, str | os.PathLike):
        raise KeyRingError(
            f"keys of type {type(keys).__name__} would have to be sent to other machines, which no key ever is",
            hint="give the path of a key ring that every machine has, or set CORENA_SECRET_KEY on every machine",
        )
    return KeyRing.of(keys)


class _Source(NamedTuple):
    """What Spark reads of an archive.

    Attributes:
        frame: Its rows: files, or records with their numbers.
        names: What the file of each number is called.
        counts: How many records each partition has, by its number, where rows are records.
        paths: What the caller named.
    """

    frame: Any
    names: Mapping[int, str]
    counts: Mapping[int, int]
    paths: list[str]


def _source(session: Any, archive: Any, partitions: int, without: Named) -> _Source:  # noqa: ANN401
    """What Spark reads: a DataFrame, files that every machine finds at their path, or files of Spark's file systems."""
    if hasattr(archive, "mapInArrow"):
        from pyspark.sql import functions as sql  # noqa: PLC0415 - Spark is no dependency of the package

        numbered = archive.withColumn(_NUMBER, sql.monotonically_increasing_id())
        partition = sql.shiftright(sql.col(_NUMBER), _PARTITION_SHIFT)
        counted = numbered.groupBy(partition.alias("number")).count().collect()
        return _Source(numbered, {}, {int(row["number"]): int(row["count"]) for row in counted}, [])
    given = [archive] if isinstance(archive, str | os.PathLike) else archive
    if not isinstance(given, list | tuple) or not all(isinstance(path, str | os.PathLike) for path in given):
        raise OptionError("the archive is no path and no DataFrame of Spark", hint="give paths, or a DataFrame")
    paths = [os.fsdecode(path) for path in given]
    if not any("://" in path for path in paths):
        places = [part.source for part in parts_of(paths, without=without)]
        told = [{**place._asdict(), "path": os.fspath(place.path), "number": at} for at, place in enumerate(places)]
        frame = session.createDataFrame(pa.Table.from_pylist(told, _PLACE_SCHEMA), _PLACES)
        names = {one["number"]: one["path"] for one in told}
        return _Source(frame.repartition(max(1, min(len(told), partitions))), names, {}, paths)
    files = session.read.format("binaryFile").option("recursiveFileLookup", "true").load(paths)
    found = sorted((row["path"] for row in files.select("path").collect()), key=lambda path: path.split("/"))
    return _Source(files, dict(enumerate(found)), {}, paths)


_PARTITION_SHIFT: Final = 33
"""Where ``monotonically_increasing_id`` has the number of the partition."""
_TOLD: Final = ("note", "table")
_PLACE_SCHEMA: Final = pa.schema(
    [
        ("number", pa.int64()),
        ("path", pa.string()),
        ("is_alone", pa.bool_()),
        ("note", pa.string()),
        ("table", pa.string()),
    ]
)
_PLACES: Final = "number long, path string, is_alone boolean, note string, table string"


class _Sharing(NamedTuple):
    """What a task does with what it reads: files, or records with their numbers."""

    plan: SharePlan
    keys: str | None
    numbers: Mapping[str, int]
    counts: Mapping[int, int]

    def __call__(self, batches: Batches) -> Batches:
        with connect() as connection:
            share = Share(self.plan, _ring(self.keys), connection)
            read = self._records if self.counts else self._files
            yield from packed(read(share, batches))
            yield batch_of([Parcel("facts", 0, 0, 0, json.dumps(share_facts(share)).encode())])

    def _files(self, share: Share, batches: Batches) -> Iterator[tuple[str, int, pa.Table] | None]:
        for row in (row for batch in batches for row in batch.to_pylist()):
            number = row.pop("number", None)
            if number is None:
                stored = StoredBytes(row["path"], row["content"], row["modificationTime"])
                yield from share.read(self.numbers[row["path"]], Part(stored, stored.name, len(stored.octets)))
            else:
                place = Place(**{**row, "path": Path(row["path"])})
                yield from share.read(number, Part(place, row["path"], 0))
            yield None

    def _records(self, share: Share, batches: Batches) -> Iterator[tuple[str, int, pa.Table] | None]:
        for number, several in groupby(batches, lambda batch: batch.column(_NUMBER)[0].as_py() >> _PARTITION_SHIFT):
            plain = map(_plain, several)
            first = next(plain)
            rows = pa.RecordBatchReader.from_batches(first.schema, chain([first], plain))
            before = sum(count for earlier, count in self.counts.items() if earlier < number)
            yield from share.read(number, Part(rows, "", 0), first_record=before)
            yield None


def _plain(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Rows without their number, moments in UTC whatever the session's zone is."""
    table = pa.Table.from_batches([batch]).drop_columns([_NUMBER])
    fields = [
        field.with_type(pa.timestamp("us", "UTC")) if pa.types.is_timestamp(field.type) and field.type.tz else field
        for field in table.schema
    ]
    [plain] = table.cast(pa.schema(fields)).combine_chunks().to_batches() or [
        pa.RecordBatch.from_pylist([], pa.schema(fields))
    ]
    return plain


def _orders(
    session: Any,  # noqa: ANN401
    orders: Any,  # noqa: ANN401
    plan: SharePlan,
    ring: KeyRing,
    *,
    options: OrderOptions,
    shared: str,
) -> tuple[list[pa.Table], dict[str, Any]]:
    """The orders, which the driver reads and sends out by bucket, and how they were read."""
    if orders is None:
        return [], {"has_orders": False}
    reading = OrderReading(orders.toArrow() if hasattr(orders, "mapInArrow") else orders, options)
    tables = list(reading.tables())
    with connect() as connection:
        for parcel in packed(Share(plan, ring, connection).ordered(iter(tables))):
            session.createDataFrame(pa.Table.from_batches([parcel]), _PARCELS).write.mode("append").parquet(shared)
    told = {
        "words": [field.name for field in tables[0].schema if field.type == WORD],
        "mapping": reading.mapping,
        "notes": reading_notes(reading.mappings),
        "inputs": [list(each) for each in reading.inputs],
        "transaction_column": reading.transaction_column,
    }
    return [decoded(table) for table in tables], {"has_orders": True, "orders": told}


def _require_each_part_once(source: _Source, manifests: Sequence[Mapping[str, Any]]) -> None:
    """Refuses what an engine has read twice, or not at all.

    Raises:
        InputError: It did so with a file, or a partition of rows.
    """
    read = Counter(number for manifest in manifests for number in manifest.get("own_parts", ()))
    for number in source.names or source.counts:
        if read[number] != 1:
            name = source.names.get(number, f"partition {number} of the DataFrame")
            raise InputError(
                f"{printable(name)} was read {read[number]} times instead of once, which is the engine's mistake",
                hint="run it again, or copy the archive to where every machine finds it at its path",
            )


class _OnSpark:
    """Shares that Spark has written, whose buckets its tasks judge."""

    def __init__(self, session: Any, work: str, buckets: int, facts: dict[str, Any], orders: list[pa.Table]) -> None:  # noqa: ANN401
        self._work = work
        self._session = session
        self._buckets = buckets
        self._orders = orders
        self._parcels = session.read.parquet(f"{work}/shared")
        told = self._parcels.filter("kind = 'facts'").select("octets").collect()
        of_tasks = [json.loads(bytes(row["octets"])) for row in told]
        self.manifests: Sequence[Mapping[str, Any]] = [
            {**facts, "keeping": {}, "intake": _merged(of_tasks), "watched": [], "has_streams": False, "latest": None},
            *({**one, "intake": []} for one in of_tasks),
        ]

    def orders(self) -> Iterator[pa.Table]:
        """As ``Shares`` says."""
        return iter(self._orders)

    def ledger(self) -> pa.Table:
        """None: audits on Spark take no ledger."""
        raise NotImplementedError

    def settle(self, connection: duckdb.DuckDBPyConnection, plan: BucketPlan, settled: Settled, folder: Path) -> None:
        """As ``Shares`` says: rows are shuffled once, and each bucket is gone through twice, for the decimals first."""
        homes = homes_of(connection, self._edges(), self._buckets, folder / "rounds")
        rows = self._parcels.filter("kind IN ('rows', 'orders')").mapInArrow(_Moving(homes), _PARCELS)
        shuffled = rows.repartition(self._buckets, "bucket").persist()
        votes = Votes()
        for row in shuffled.mapInArrow(_Voting(plan), _PARCELS).collect():
            votes.update({(key, decimals): count for key, decimals, count in json.loads(bytes(row["octets"]))})
        settled.profile = profile_of(votes, plan.keys, plan.judging)
        judged = f"{self._work}/judged"
        shuffled.mapInArrow(_Judging(plan, settled.profile), _PARCELS).write.mode("overwrite").parquet(judged)
        shuffled.unpersist()
        parcels, judged_buckets = Parcels(folder), set[int]()
        for row in self._session.read.parquet(judged).toLocalIterator():
            if row["kind"] == "account":
                if row["bucket"] in judged_buckets:
                    raise InputError(
                        f"bucket {row['bucket']} was judged by several tasks, which is the engine's mistake",
                        hint="run it again on another engine, or in shares: audit(…, shard=…)",
                    )
                judged_buckets.add(row["bucket"])
                facts = json.loads(bytes(row["octets"]))
                settled.add_account(Account.of_facts(facts["account"]), np.array(facts["paid"], np.int64))
            else:
                parcels.add(Parcel(**{**row.asDict(), "octets": bytes(row["octets"])}))
        for kind, bucket in parcels.kept():
            for table in parcels.tables(kind, bucket):
                settled.add(kind, bucket, table)
        self._require_every_row(settled)

    def _require_every_row(self, settled: Settled) -> None:
        counts = [SourceCount(*count) for _, count in self.manifests[0]["intake"]]
        expected = sum(count.notifications + count.unreadable for count in counts)
        judged = settled.notifications.rows
        if judged != expected:
            raise InputError(
                f"of {expected:,} rows that were read {judged:,} were judged, which is the engine's mistake",
                hint="run it again on another engine, or in shares: audit(…, shard=…)",
            )

    def _edges(self) -> pa.Table:
        """What ``shards.shared_marks`` gives, counted by Spark."""
        from pyspark.sql import functions as sql  # noqa: PLC0415 - Spark is no dependency of the package

        marks = self._parcels.filter("kind = 'marks'").mapInArrow(_marks, _MARKS)
        found = (
            marks.groupBy("mark")
            .agg(sql.max("holds").alias("holds"), sql.collect_set("fold").alias("folds"))
            .filter("holds = 1 AND size(folds) > 1")
            .select("mark", sql.explode("folds").alias("fold"))
            .toArrow()
        )
        bits = {name: pa.array(found[name].to_numpy().astype(np.int64).view(np.uint64)) for name in ("mark", "fold")}
        edges = pa.table(bits)
        return edges.filter(pc.not_equal(edges["fold"], pa.scalar(0, pa.uint64())))


def _merged(of_tasks: Sequence[Mapping[str, Any]]) -> list[list[Any]]:
    """The intake of all tasks; rows of one DataFrame are one source, whichever tasks read them."""
    merged: dict[str, list[Any]] = {}
    others = []
    for number, count in (each for one in of_tasks for each in one["intake"]):
        source = SourceCount(*count)
        if source.sha256 is not None or source.bytes is not None or source.form is not None:
            others.append([number, count])
            continue
        known = merged.setdefault(source.source, [number, count])
        if known[1] is not count:
            sums = {name: getattr(SourceCount(*known[1]), name) + getattr(source, name) for name in _COUNTED}
            known[1] = list(SourceCount(*known[1])._replace(**sums))
    return [*others, *merged.values()]


_COUNTED: Final = ("records", "notifications", "unreadable", "other")


def _marks(batches: Batches) -> Batches:
    for batch in batches:
        for octets in batch.column("octets"):
            table = rows_in(octets.as_py())
            bits = [pa.array(table[name].to_numpy().view(np.int64)) for name in ("mark", "fold")]
            yield from pa.table([*bits, table["holds"].cast(pa.int32())], schema=_MARK_SCHEMA).to_batches()


class _Moving(NamedTuple):
    """Parcels as they are, but for rows whose home is in another bucket."""

    homes: Homes

    def __call__(self, batches: Batches) -> Batches:
        for batch in batches:
            for parcel in (Parcel(**row) for row in batch.to_pylist()):
                table = rows_in(parcel.octets)
                homes = self.homes.of(*(table[name].to_numpy() for name in ("fold", "row")))
                if (homes == parcel.bucket).all():
                    yield batch_of([parcel])
                    continue
                for home in np.unique(homes).tolist():
                    yield batch_of([parcel_of(parcel.kind, home, table.filter(pa.array(homes == home)))])


def _by_bucket(batches: Batches) -> Iterator[tuple[int, Parcels]]:
    """The parcels of each bucket that the task has, on this machine's disk, in whatever order they come."""
    with temporary_folder() as folder:
        parcels = Parcels(folder)
        for batch in batches:
            for row in batch.to_pylist():
                parcels.add(Parcel(**row))
        for bucket in sorted({bucket for _, bucket in parcels.kept()}):
            yield bucket, parcels


class _Voting(NamedTuple):
    """How many notifications of each bucket speak for which decimals."""

    plan: BucketPlan

    def __call__(self, batches: Batches) -> Batches:
        for bucket, parcels in _by_bucket(batches):
            votes = votes_of(self.plan, parcels.tables("rows", bucket))
            told = [[key, decimals, count] for (key, decimals), count in votes.items()]
            yield batch_of([Parcel("votes", bucket, 0, 0, json.dumps(told).encode())])


class _Judging(NamedTuple):
    """The notifications and the results of each bucket, and what they add up to."""

    plan: BucketPlan
    profile: Profile

    def __call__(self, batches: Batches) -> Batches:
        for bucket, parcels in _by_bucket(batches):
            with BucketOf(self.plan, parcels.tables("rows", bucket)) as one:
                given = one.judged(self.profile, parcels.tables("orders", bucket))
                yield from packed((kind, bucket, table) for kind, table in given)
                facts = {"account": one.account.as_facts(), "paid": one.paid.tolist()}
            yield batch_of([Parcel("account", bucket, 0, 0, json.dumps(facts).encode())])
