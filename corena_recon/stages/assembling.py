"""A report of buckets that were judged one by one, wherever that was: their rows put in order, and what is over all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, Final, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from corena_recon.archive import SourceCount, Taken, Watched
from corena_recon.decisions import Kept
from corena_recon.errors import InputError
from corena_recon.judgement import (
    ELSEWHERE,
    ENCODED_SCHEMA,
    KEPT_FIELDS,
    VERDICTS,
    KeepingOf,
    Profile,
    Votes,
    profile_of,
    ring_facts,
)
from corena_recon.reconciliation import (
    ENCODED_RESULT_SCHEMA,
    PAID_COLUMNS,
    Account,
    ExportSpan,
    Reconciling,
    diagnosis_of,
    payment_facts,
    require_tolerance_of_its_currency,
    span_of,
)
from corena_recon.report import Reconciliation
from corena_recon.schemas import KEY_NAME, ROW_GROUP_ROWS
from corena_recon.shards import POSITION, ROW, BucketPlan, KnownKey, Parcel, Parcels, in_order
from corena_recon.signing import KeyRing
from corena_recon.stages.audit import engine_of, scratch_of
from corena_recon.stages.running.clock import Clock
from corena_recon.stages.running.earlier import seal_of
from corena_recon.stages.running.moment import with_moment
from corena_recon.stages.running.options import AuditOptions
from corena_recon.stages.running.progress import WRITING, Teller
from corena_recon.stages.running.reporting import KeptOrders, Reporting
from corena_recon.tables.code_sets import sets_of
from corena_recon.tables.columns import Flags, encoded, flags, whole, with_words
from corena_recon.tables.spool import CHUNK_ROWS, Chunk, Spool, resliced, temporary_folder
from corena_recon.vocabulary import Mode

_BUCKET_BYTES: Final = 2 * 1024**2
"""How much of what one bucket gives is held in memory until all are put in order."""
_UNPACKED_ROWS: Final = 1 << 20
"""How many rows of all buckets together are unpacked at once while they are put in order."""
_VERDICTS: Final = pa.array([str(verdict) for verdict in VERDICTS])


class Settled:
    """What all buckets give, as they are judged.

    Args:
        folder: For what outgrows memory.
        buckets: How many there are.
        order_count: How many orders there are.
        plan: By which they are judged.

    Attributes:
        profile: The decimals by which notifications were judged.
        account: What results add up to.
        is_paid: For each order whether a payment came.
    """

    def __init__(self, folder: Path, buckets: int, order_count: int, plan: BucketPlan) -> None:
        self._folder = folder
        self._plan = plan
        self._counts: dict[int, Mapping[str, int]] = {}
        self.profile = Profile({}, {}, {})
        self.account = Account()
        self.is_paid: Flags = np.zeros(order_count, bool)
        batch_rows = max(1_024, _UNPACKED_ROWS // max(buckets, 1))
        new_spool = partial(Spool, memory_bytes=_BUCKET_BYTES, is_packed=True, batch_rows=batch_rows)
        self._spools = {
            name: [new_spool(folder / f"{name}-{bucket}.arrow") for bucket in range(buckets)] for name in _ORDERED_BY
        }

    def count_votes(self, votes: Votes) -> None:
        """Takes those of all buckets."""
        self.profile = profile_of(votes, self._plan.keys, self._plan.judging)

    def add(self, name: str, bucket: int, table: pa.Table) -> None:
        """Takes ``notifications`` or ``results`` of a bucket, as ``shards.BucketOf`` gives them, in order."""
        self._spools[name][bucket].add(table)

    def add_account(self, bucket: int, account: Account, paid: NDArray[np.int64], counts: Mapping[str, int]) -> None:
        """Takes what a bucket adds up to, the numbers of its orders for which a payment came, and what it gives.

        Raises:
            InputError: The bucket was judged before.
        """
        if bucket in self._counts:
            raise _engine_error(f"bucket {bucket} was judged by several tasks")
        self._counts[bucket] = counts
        self.account.add(account)
        self.is_paid[paid] = True

    def add_parcels(self, judged: Iterable[Parcel]) -> None:
        """Takes what ``shards.Judging`` gives of all buckets, in whatever order.

        Raises:
            InputError: As ``add_account``.
        """
        kept = Parcels(self._folder)
        for parcel in judged:
            if parcel.kind == "account":
                facts = parcel.told()
                paid = np.array(facts["paid"], np.int64)
                self.add_account(parcel.bucket, Account.of_facts(facts["account"]), paid, facts["counts"])
            else:
                kept.add(parcel)
        for kind, bucket in kept.kept():
            for table in kept.tables(kind, bucket):
                self.add(kind, bucket, table)

    def require_all(self, row_count: int) -> None:
        """Nothing where so many rows were judged, and all orders reconciled.

        Raises:
            InputError: Rows were lost, or came twice.
        """
        orders = sum(counts["orders"] for counts in self._counts.values())
        told = [("notifications and unreadable records were judged", row_count, self.notifications.rows)]
        if self._plan.reconciling is not None:
            told.append(("orders were reconciled", len(self.is_paid), orders))
        for name, spools in self._spools.items():
            for bucket, spool in enumerate(spools):
                expected = self._counts[bucket][name] if bucket in self._counts else 0
                told.append((f"{name} of bucket {bucket} came back", expected, spool.rows))
        for what, expected, found in told:
            if found != expected:
                raise _engine_error(f"{found:,} of {expected:,} {what}")

    @property
    def notifications(self) -> InOrder:
        """All, in order."""
        return InOrder(self._spools["notifications"], _ORDERED_BY["notifications"])

    @property
    def results(self) -> InOrder:
        """All, in order, unless reconciling takes more than a bucket."""
        return InOrder(self._spools["results"], _ORDERED_BY["results"])


_ORDERED_BY: Final = {"notifications": ROW.name, "results": POSITION.name}


def _engine_error(what: str) -> InputError:
    return InputError(
        f"{what}, which is a mistake of the engine that moved them",
        hint="run it again on another engine, or in shares: audit(…, shard=…)",
    )


class Assembly:
    """One report out of shares, from entering it on: what all buckets need to know, then what they give.

    Args:
        manifests: What each share says of itself, the one with the orders first.
        orders: The orders as read, in order; one table at least. Nobody asks for them where there are none.
        ring: With it the report is sealed.
        options: With which the shares were made.
        ledger: The panel's own export; None where there is none.
        partial: The report folder in the making; the tables stay in memory when None.
        clock: Told how long the stages take.
        decisions: On exceptions; None where nobody keeps any.
        teller: Told how far the run is.

    Attributes:
        folder: For what outgrows memory.
        connection: To the engine.
        plan: What is the same for all buckets.
        settled: To be told what they give.
    """

    def __init__(
        self,
        manifests: Sequence[Mapping[str, Any]],
        orders: Iterator[pa.Table],
        ring: KeyRing | None,
        options: AuditOptions,
        *,
        ledger: pa.Table | None = None,
        partial: Path | None,
        clock: Clock,
        decisions: Kept | None = None,
        teller: Teller | None = None,
    ) -> None:
        self._manifests = manifests
        self._order_tables = orders
        self._ring = ring
        self._options = options
        self._clock = clock
        self._first = manifests[0]
        self._ledger = ledger
        self._teller = teller or Teller(None, ())
        self._reconciling = options.reconciling
        self._report = Reporting(options, keys_facts_of(self._first["keys"]), partial, clock, decisions)
        self._running = ExitStack()

    def __enter__(self) -> Self:
        report = self._report
        with ExitStack() as held:
            self.folder = held.enter_context(temporary_folder())
            held.enter_context(report)
            engine = engine_of(self._options, self.folder, has_ledger=self._ledger is not None)
            self.connection = held.enter_context(engine)
            with self._clock.stage("read"):
                report.intake = closed_intake(self._manifests)
                self._orders = orders = self._taken_orders()
                if self._ledger is not None:
                    report.take_ledger(self._ledger)
                if orders is not None:
                    self._reconciling, told = with_moment(
                        self._options.reconciling, latest_of(self._manifests), self._options.lang
                    )
                    report.diagnosis += told
            self.plan = self._plan(orders)
            order_count = 0 if orders is None else orders.rows.rows
            self.settled = Settled(self.folder, self._first["buckets"], order_count, self.plan)
            self._running = held.pop_all()
        return self

    def __exit__(self, *raised: object) -> None:
        # What an engine lacks is said in a sentence by whoever opened it.
        self._running.__exit__(*raised)  # type: ignore[arg-type]

    def finished(self) -> Reconciliation:
        """The report, once all buckets have given what they have; with a folder, all is in it then.

        Raises:
            InputError: They gave less than was read, or more.
        """
        report = self._report
        self.settled.require_all(sum(count.notifications + count.unreadable for count in report.intake))
        report.gather(self.connection)
        report.begin_notifications(self.settled.profile, is_light=False)
        self._put_together()
        self._teller.tell(WRITING)
        report.list_worklist(self._teller.telling(WRITING))
        return report.finished(self._seal)

    def _taken_orders(self) -> KeptOrders | None:
        """The orders, which go into the report, and what is known of how they were read."""
        report, first = self._report, self._first
        report.sources["archive"] = first["archive"]
        for name in ("orders", "ledger"):
            if name in first:
                inputs = [(source, digest) for source, digest in first[name]["inputs"]]
                report.inputs += inputs
                report.sources[name] = [source for source, _ in inputs]
                report.notes += first[name]["notes"]
        if "orders" not in first:
            return None
        report.mapping = first["orders"]["mapping"]
        return report.take_orders(with_words(table, first["orders"]["words"]) for table in self._order_tables)

    def _plan(self, orders: KeptOrders | None) -> BucketPlan:
        reconciling = self._reconciling
        if orders is not None:
            require_tolerance_of_its_currency(orders.rows, reconciling)
        is_by_bucket = orders is not None and not reconciling.matches_more(has_ledger=self._ledger is not None)
        return BucketPlan(
            known_keys(self._first["keys"]),
            self._options.judging,
            reconciling if is_by_bucket else None,
            keeping_of_all(manifest["keeping"] for manifest in self._manifests),
            ExportSpan() if orders is None else span_of(orders.rows),
            self._options.memory_bytes // 2,
        )

    def _put_together(self) -> None:
        """Has all rows written in their order; where buckets could not be reconciled apart, that is done now."""
        report, orders = self._report, self._orders
        with ExitStack() as running:
            reconciling = None
            if orders is not None and self.plan.reconciling is None:
                begun = Reconciling(
                    self.connection,
                    orders.rows,
                    self.settled.notifications,
                    self._reconciling,
                    transaction_column=self._first["orders"]["transaction_column"],
                    ledger=self._ledger,
                    scratch=scratch_of(self._options, self.folder),
                )
                reconciling = running.enter_context(begun)
            last = -1
            with self._clock.stage("judge"):
                for chunk in self.settled.notifications.chunks():
                    last = last_number(chunk, last)
                    report.add_notifications(chunk.table.select(ENCODED_SCHEMA.names))
                    if reconciling is not None:
                        reconciling.add_payments(payments_in(chunk))
                report.end_notifications()
            if orders is None:
                return
            with self._clock.stage("reconcile"):
                report.begin_results()
                if reconciling is None:
                    self._results_of_buckets(orders)
                else:
                    self._results_of_all(reconciling)

    def _results_of_all(self, reconciling: Reconciling) -> None:
        for some in reconciling.results():
            self._report.add_results(some.results)
        self._report.end_results(reconciling.account.tie_out())
        self._report.diagnosis += reconciling.diagnosis(self._options.lang)

    def _results_of_buckets(self, orders: KeptOrders) -> None:
        settled = self.settled
        for chunk in settled.results.chunks(rows=ROW_GROUP_ROWS):
            self._report.add_results(chunk.table.select(ENCODED_RESULT_SCHEMA.names))
        self._report.end_results(settled.account.tie_out())
        self._report.diagnosis += diagnosis_of(
            self.connection,
            orders.rows,
            settled.is_paid,
            paid_in(settled.notifications),
            settled.account,
            unpaired=None,
            passes=self._reconciling.match_on,
            lang=self._options.lang,
        )

    def _seal(self, digests: Mapping[str, str]) -> dict[str, str]:
        if self._ring is None:
            return {}
        options = self._options
        return {"seal": seal_of(self._ring, digests, form=options.form, keep_raw=options.keep_raw)}


class InOrder:
    """Rows of several buckets as rows that can be gone through in their order, again and again.

    Args:
        spools: The rows of each bucket, in order.
        column: By what they are in order.
    """

    def __init__(self, spools: Sequence[Spool], column: str) -> None:
        self._spools = spools
        self._column = column

    @property
    def rows(self) -> int:
        """How many there are."""
        return sum(spool.rows for spool in self._spools)

    @property
    def names(self) -> list[str]:
        """Their columns."""
        return next((spool.names for spool in self._spools if spool.rows), [])

    def chunks(self, columns: Sequence[str] | None = None, *, rows: int = CHUNK_ROWS) -> Iterator[Chunk]:
        """As ``ChunkedRows`` says."""
        wanted = None if columns is None else list(dict.fromkeys([*columns, self._column]))
        step = max(256, CHUNK_ROWS // max(len(self._spools), 1))
        runs = [(chunk.table for chunk in spool.chunks(wanted, rows=step)) for spool in self._spools if spool.rows]
        first = 0
        for table in resliced(in_order(runs, self._column), rows):
            yield Chunk(first, table if columns is None else table.select(columns))
            first += len(table)


def last_number(chunk: Chunk, before: int) -> int:
    """The number of the last row of a chunk.

    Raises:
        InputError: A row of it is there twice, or is the one before it.
    """
    numbers = np.asarray(whole(chunk.table[ROW.name]))
    if numbers[0] <= before or (np.diff(numbers) <= 0).any():
        raise _engine_error("a row was judged twice")
    return int(numbers[-1])


def known_keys(keys: Iterable[Mapping[str, Any]]) -> tuple[KnownKey, ...]:
    """The keys of which shares tell."""
    return tuple(
        KnownKey(
            key["id"],
            Mode(key["mode"]),
            key["merchant"],
            *(key[end] and datetime.fromisoformat(key[end]) for end in ("valid_from", "valid_until")),
        )
        for key in keys
    )


def keys_facts_of(keys: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What a manifest says of them."""
    return {"keys": {key["id"]: key["fingerprint"] for key in keys}, "ring": ring_facts(known_keys(keys))}


def closed_intake(manifests: Sequence[Mapping[str, Any]]) -> list[SourceCount]:
    """The intake of all shares, in order of the archive.

    Raises:
        SourceError: There is no record in any.
    """
    counts = sorted((each for one in manifests for each in one["intake"]), key=_part)
    taken = Taken([SourceCount(*count) for _, count in counts])
    watched = sorted((each for one in manifests for each in one["watched"]), key=_part)
    taken.watched += [Watched(*each) for _, each in watched]
    taken.has_streams = any(one["has_streams"] for one in manifests)
    taken.close()
    return taken.intake


def latest_of(manifests: Iterable[Mapping[str, Any]]) -> datetime | None:
    """When the last notification of all shares came; None where none says."""
    return max((datetime.fromisoformat(one["latest"]) for one in manifests if one["latest"]), default=None)


def keeping_of_all(several: Iterable[Mapping[str, Iterable[str | None]]]) -> KeepingOf:
    """What sources keep, seen by any share."""
    found: dict[str, set[str | None]] = {name: set() for name in KEPT_FIELDS}
    for keeping in several:
        for name, sources in keeping.items():
            found[name].update(sources)
    return KeepingOf({name: frozenset(sources) for name, sources in found.items()})


def payments_in(chunk: Chunk) -> pa.Table:
    """What reconciling knows of judged notifications that have travelled."""
    table = with_words(chunk.table, ["currency"])
    key_id = encoded(whole(table["key_id"])).cast(KEY_NAME)
    table = table.set_column(table.schema.get_field_index("key_id"), "key_id", key_id)
    return payment_facts(
        chunk.first,
        table,
        sets_of(whole(table["findings"])),
        verdict_places(table["verdict"]),
        flags(table[ELSEWHERE.name]),
    )


def paid_in(notifications: InOrder) -> Iterator[Chunk]:
    """Payments as the diagnosis of reconciling looks at them."""
    for chunk in notifications.chunks(["identifier", "payment_trx", "verdict"]):
        table = chunk.table
        columns = {
            "own_identifier": table["identifier"],
            "identifier": table["identifier"],
            "payment_trx": table["payment_trx"],
            "verdict": pa.array(verdict_places(table["verdict"])),
        }
        yield Chunk(chunk.first, pa.table([columns[name] for name in PAID_COLUMNS], names=list(PAID_COLUMNS)))


def verdict_places(words: pa.ChunkedArray) -> NDArray[np.int8]:
    """The place of each verdict."""
    return np.asarray(whole(pc.index_in(words, _VERDICTS))).astype(np.int8)


def _part(each: Sequence[Any]) -> int:
    number: int = each[0]
    return number
