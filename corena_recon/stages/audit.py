"""All of it at once: read, verify, judge, reconcile, write; batch by batch, in bounded memory."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, closing, nullcontext
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Unpack, overload

import pyarrow as pa
import pyarrow.compute as pc

from corena_recon.archive import read_batches
from corena_recon.arguments import require_flag, takes
from corena_recon.decisions import Kept
from corena_recon.errors import OptionError
from corena_recon.judgement import ELSEWHERE, Checking, Judged, ring_facts
from corena_recon.orders import OrderReading, read_ledger_table, reading_notes
from corena_recon.paths import Named, paths_in
from corena_recon.progress import Progress
from corena_recon.reconciliation import Reconciling, Scratch, payment_facts
from corena_recon.report import OF_THE_RUN, Reconciliation, fill_report, folder_path, new_report, report_path
from corena_recon.shards import shard_numbers, work_path
from corena_recon.signing import KeyRing, Keys
from corena_recon.stages.running.clock import Clock
from corena_recon.stages.running.deciding import Decisions, decisions_given
from corena_recon.stages.running.earlier import EarlierReport, seal_of
from corena_recon.stages.running.moment import with_moment
from corena_recon.stages.running.options import DEFAULTS, AuditArguments, AuditOptions, audit_options
from corena_recon.stages.running.progress import (
    COMPARING,
    JUDGING,
    MATCHING,
    READING,
    READING_ORDERS,
    RECONCILING,
    WRITING,
    Teller,
    WatchedRows,
)
from corena_recon.stages.running.reporting import KeptOrders, Reporting
from corena_recon.stages.running.rewriting import Refused
from corena_recon.stages.share import ShareMade, make_share
from corena_recon.tables.columns import flags
from corena_recon.tables.engine import connect
from corena_recon.tables.spool import Chunk, Spool, temporary_folder
from corena_recon.tables.threads import ahead, ordered_map

if TYPE_CHECKING:
    import duckdb

_CHECKED_SHARE: Final = 0.2
_GATHERED_SHARE: Final = 0.05
_JOINING_SHARE: Final = 0.2
_COMPARED_TIMES: Final = 2
"""How often judging goes through the notifications before it settles the first."""
_ENGINE_SHARE: Final = 0.25
"""Shares of the memory; the rest is for code, for blocks on their way, and for what waits to be written."""
_ENGINE_MIN_BYTES: Final = 64 * 1024**2
_ENGINE_MATCHING_MIN_BYTES: Final = 256 * 1024**2
"""With less the engine fails instead of spilling: as a rule, and where it matches payments by more than identifiers."""


class Sources(NamedTuple):
    """What an audit reads, in any of the kinds that the readers take."""

    archive: Any
    orders: Any
    ledger: Any


@overload
def audit(
    archive: Any,  # noqa: ANN401
    orders: Any = None,  # noqa: ANN401
    keys: Keys | None = None,
    out: str | os.PathLike[str] | None = None,
    previous: str | os.PathLike[str] | None = None,
    *,
    ledger: Any = None,  # noqa: ANN401
    decisions: Decisions | None = None,
    mask: bool = False,
    progress: Progress | None = None,
    shard: None = None,
    work: None = None,
    **options: Unpack[AuditArguments],
) -> Reconciliation: ...


@overload
def audit(
    archive: Any,  # noqa: ANN401
    orders: Any = None,  # noqa: ANN401
    keys: Keys | None = None,
    out: None = None,
    previous: str | os.PathLike[str] | None = None,
    *,
    ledger: Any = None,  # noqa: ANN401
    progress: Progress | None = None,
    shard: str,
    work: str | os.PathLike[str],
    **options: Unpack[AuditArguments],
) -> ShareMade: ...


@takes(AuditArguments, DEFAULTS)
def audit(
    archive: Any,
    orders: Any = None,
    keys: Keys | None = None,
    out: str | os.PathLike[str] | None = None,
    previous: str | os.PathLike[str] | None = None,
    *,
    ledger: Any = None,
    decisions: Decisions | None = None,
    mask: bool = False,
    progress: Progress | None = None,
    shard: str | None = None,
    work: str | os.PathLike[str] | None = None,
    **options: Unpack[AuditArguments],
) -> Reconciliation | ShareMade:
    """The whole audit of an archive: every record read, verified, judged, reconciled with the orders, and reported.

    Args:
        archive: As for ``read_ipns``.
        orders: As for ``read_orders``; without orders the notifications are verified alone.
        keys: As for ``verify``; from the environment when None.
        out: The report folder; without it the tables stay in memory.
        previous: An earlier report: sources that it holds, byte for byte, are not read and verified again, provided
            that it was made with the same keys and rules and has not been changed since. The report is the same.
        ledger: As for ``read_ledger``: the merchant panel's own export as a third leg.
        decisions: The file of decisions on exceptions, as ``corena-recon decide`` keeps them; there need be none yet.
            A decision that stands takes its exception off the worklist's head, and changes no verdict and no outcome.
        mask: Mask what people wrote of themselves, as ``Reconciliation.masked`` does, in the report and in what comes
            back; a run has nothing to take over from such a report.
        progress: Called with a stage's name and the records done; where it has a method ``share``, that is called with
            the stage's name, what is done and how much that is in all: bytes of files while these are read, then
            records.
        shard: Which share of the archive's files to read, such as ``"3/16"``, where several processes or machines share
            one audit; ``merge`` puts the shares together. Every share is called alike; the first reads the orders.
        work: The folder that all shares are written to.
        lang: The language of the sentences: ``en`` or ``fr``.
        form: The archive form, where it should not be recognised by content.
        keep_raw: Keep every record's bytes.
        memory_bytes: How much memory the audit may use; beyond it works on disk.
        two_people: Whether a decision counts only when another person has reviewed it.
        order_options: The options of ``read_orders``, such as ``{"currency": "USD"}``.
        options: Every option of ``verify`` and ``reconcile``, which describe them.

    Returns:
        The reconciliation; ``facts["seconds"]`` times the stages, ``facts["reused_sources"]`` counts those of
        ``previous`` that were not read again. With ``shard`` what that share has read.

    Raises:
        CorenaReconError: As ``read_ipns``, ``read_orders``, ``verify``, ``reconcile`` and ``to_parquet``.
    """
    ring = KeyRing.from_env() if keys is None else KeyRing.of(keys)
    settings = audit_options(**options)
    if ledger is not None and orders is None:
        raise OptionError("a ledger is held against orders, and there are none", hint="give the orders too")
    if progress is not None and not callable(progress):
        raise OptionError(f"progress is a {type(progress).__name__}", hint="give a function of a stage and a count")
    require_flag("mask", mask)
    kept = decisions_given(decisions)
    sources = Sources(archive, orders, ledger)
    earlier = None
    if (shard is None) != (work is None) or (shard is not None and out is not None):
        raise OptionError(
            "shard and work go together, and a share is no report",
            hint="give shard='3/16' and work='work' to each share, and out to merge",
        )
    if previous is not None:
        earlier = EarlierReport(folder_path(previous), ring, form=settings.form, keep_raw=settings.keep_raw)
    teller = Teller(progress, archive)
    if shard is not None:
        if mask:
            raise OptionError("a share is not masked: merging needs what it says", hint="mask the merged report")
        if kept is not None:
            raise OptionError("decisions are held against the whole audit", hint="give them to merge")
        place = shard_numbers(shard), work_path(work)
        with closing(earlier) if earlier is not None else nullcontext():
            return make_share(sources, ring, settings, shard=place[0], work=place[1], earlier=earlier, teller=teller)
    clock = Clock()
    folder = None if out is None else report_path(out)
    named = Named(folder, *sources[1:], previous, list(ring.files), kept.file if kept and kept.file else None)
    with ExitStack() as report:
        partial = None if folder is None else report.enter_context(new_report(folder))
        filled = partial
        if mask and partial is not None:
            filled = report.enter_context(temporary_folder()) / "report"
            filled.mkdir()
        run = _Audit(ring, settings, teller, filled, earlier=earlier, clock=clock, target=folder, decisions=kept)
        found = run.run(sources, named)
        with clock.stage("write"):
            teller.tell(WRITING)
            if mask:
                found = _masked(found, partial)
            report.close()
    found.facts["seconds"] = clock.seconds()
    return found if folder is None else found.moved_to(folder)


def _masked(found: Reconciliation, partial: Path | None) -> Reconciliation:
    """What an audit found, masked, and written so where it is written."""
    masked = found.masked()
    if partial is None:
        return masked
    fill_report(masked, partial)
    again = Reconciliation.read_parquet(partial)
    again.facts.update({name: found.facts[name] for name in OF_THE_RUN if name in found.facts})
    return again


class _Orders(NamedTuple):
    """The orders and how they were read, and which column holds transaction ids."""

    kept: KeptOrders
    transaction_column: str | None
    notes: list[str]
    mapping: dict[str, str | int]


class _Audit:
    """One run: its stages share a clock, an engine and a scratch folder.

    Args:
        keys: The key ring.
        options: Everything else that was asked for.
        teller: Told how far the run is.
        partial: The report folder in the making; the tables stay in memory when None.
        earlier: A report to take sources from that are not new.
        clock: Told how long the stages take.
        target: Where the report will stand. What stands there now is no part of what is read.
        decisions: On exceptions; None where nobody keeps any.
    """

    def __init__(
        self,
        keys: KeyRing,
        options: AuditOptions,
        teller: Teller,
        partial: Path | None,
        *,
        earlier: EarlierReport | None,
        clock: Clock,
        target: Path | None,
        decisions: Kept | None,
    ) -> None:
        self._keys = keys
        self._checking = Checking(keys, options.judging)
        self._options = options
        self._teller = teller
        self._earlier = earlier
        self._clock = clock
        self._target = target
        self._report = Reporting(options, keys_facts(keys), partial, clock, decisions)
        self._latest: datetime | None = None

    def run(self, sources: Sources, named: Named) -> Reconciliation:
        """Everything; with a folder, all tables and the manifest are in it then.

        Args:
            sources: What is read.
            named: What is no archive, wherever it lies.
        """
        report = self._report
        with temporary_folder() as folder, ExitStack() as held:
            if self._earlier is not None:
                held.callback(self._earlier.close)
            held.enter_context(report)
            side = held.enter_context(ThreadPoolExecutor(1))
            reading = None if sources.orders is None else side.submit(self._read_orders, sources.orders)
            with ExitStack() as engine:
                checked = Spool(folder / "checked.arrow", int(self._options.memory_bytes * _CHECKED_SHARE))
                report.sources["archive"] = paths_in(sources.archive)
                self._ingest(sources.archive, checked, named)
                with self._clock.stage("read"):
                    self._teller.tell(READING_ORDERS)
                    orders = None if reading is None else reading.result()
                    report.notes += [] if orders is None else orders.notes
                    report.mapping = None if orders is None else orders.mapping
                    ledger = None
                    if sources.ledger is not None:
                        ledger = read_ledger_table(sources.ledger, without=self._target)
                        report.inputs += ledger.inputs
                        report.sources["ledger"] = [name for name, _ in ledger.inputs]
                        report.notes += reading_notes(ledger.mappings)
                        report.take_ledger(ledger.table)
                rows = checked.rows + (0 if orders is None else orders.kept.rows.rows)
                has_ledger = sources.ledger is not None
                connection = engine.enter_context(engine_of(self._options, folder, rows=rows, has_ledger=has_ledger))
                reconciling = None
                if orders is not None:
                    watched = WatchedRows(orders.kept.rows)
                    asked, told = with_moment(self._options.reconciling, self._latest, self._options.lang)
                    report.diagnosis += told
                    is_light = checked.is_in_memory and orders.kept.is_in_memory
                    begun = Reconciling(
                        connection,
                        watched,
                        checked,
                        asked,
                        transaction_column=orders.transaction_column,
                        ledger=None if ledger is None else ledger.table,
                        scratch=None if is_light else scratch_of(self._options, folder),
                    )
                    reconciling = engine.enter_context(begun)
                report.gather(connection)
                self._judge(connection, checked, reconciling, Path(folder))
                checked.discard()
                if reconciling is not None:
                    self._reconcile(reconciling, watched)
                self._teller.tell(WRITING)
                report.list_worklist(self._teller.telling(WRITING))
            return self._finished()

    def _ingest(self, archive: Any, checked: Spool, named: Named) -> None:  # noqa: ANN401
        def check(table: pa.Table) -> tuple[pa.Table, float]:
            began = time.thread_time()
            return self._checking.checked(table), time.thread_time() - began

        began = time.perf_counter()
        checking = 0.0
        options = self._options
        batches = read_batches(
            archive,
            self._report.intake,
            form=options.form,
            keep_raw=options.keep_raw,
            earlier=self._earlier,
            without=named,
            on_source=self._teller.begin_source,
        )
        with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
            for table, seconds in ordered_map(pool, check, batches):
                checking += seconds
                checked.add(table)
                moment = pc.max(table["received_at"]).as_py()
                self._latest = max(filter(None, (self._latest, moment)), default=None)
                self._teller.tell(READING, checked.rows)
        took = time.perf_counter() - began
        checking = min(checking / (os.cpu_count() or 1), took)
        self._clock.add("verify", checking)
        self._clock.add("read", took - checking)

    def _read_orders(self, source: Any) -> _Orders:  # noqa: ANN401
        reading = OrderReading(source, self._options.orders, without=self._target)
        self._report.inputs += reading.inputs
        self._report.sources["orders"] = [name for name, _ in reading.inputs]
        kept = self._report.take_orders(reading.tables())
        return _Orders(kept, reading.transaction_column, reading_notes(reading.mappings), reading.mapping)

    def _judge(
        self, connection: duckdb.DuckDBPyConnection, checked: Spool, reconciling: Reconciling | None, folder: Path
    ) -> None:
        """Settles every notification and has it written; tells reconciling of it."""
        with self._clock.stage("judge"):
            self._teller.tell(COMPARING)
            watched = WatchedRows(checked)
            watched.watch(self._teller.telling(COMPARING), _COMPARED_TIMES)
            judging = self._checking.judging(connection, watched, spools_in(self._options, folder))
            self._report.begin_notifications(judging.profile, is_light=checked.is_in_memory)
            refused = Refused()
            for chunk in ahead(checked.chunks()):
                judged = judging.settle(chunk)
                verified = self._checking.verified(chunk.table, judged)
                self._report.add_notifications(verified)
                refused.add(verified)
                if reconciling is not None:
                    reconciling.add_payments(payments_of(chunk, verified, judged))
                self._teller.tell(JUDGING, chunk.first + len(verified), checked.rows)
            self._report.end_notifications()
            self._report.diagnosis += refused.diagnosis(self._keys, self._options.lang)

    def _reconcile(self, reconciling: Reconciling, orders: WatchedRows) -> None:
        self._teller.tell(MATCHING)
        orders.watch(self._teller.telling(MATCHING), reconciling.order_times)
        with self._clock.stage("reconcile"), closing(reconciling.results()) as placed:
            self._report.begin_results()
            for some in placed:
                orders.watch(None)
                self._report.add_results(some.results)
                self._teller.tell(RECONCILING, reconciling.placed_rows, reconciling.rows)
            self._report.end_results(reconciling.account.tie_out())
            self._report.diagnosis += reconciling.diagnosis(self._options.lang)

    def _finished(self) -> Reconciliation:
        options = self._options
        found = self._report.finished(
            lambda digests: {
                "seal": seal_of(self._keys, digests, form=options.form, keep_raw=options.keep_raw),
            }
        )
        if self._earlier is not None:
            found.facts["reused_sources"] = self._earlier.reused
        return found.knowing(self._keys)


def engine_of(
    options: AuditOptions, folder: Path, *, has_ledger: bool, rows: int | None = None
) -> AbstractContextManager[duckdb.DuckDBPyConnection]:
    """The engine of a run, over so many rows where that is known; it spills to a folder."""
    matches_more = options.reconciling.matches_more(has_ledger=has_ledger)
    floor = _ENGINE_MATCHING_MIN_BYTES if matches_more else _ENGINE_MIN_BYTES
    memory_limit = max(int(options.memory_bytes * _ENGINE_SHARE), floor)
    return connect(rows=rows, memory_limit_bytes=memory_limit, spill_folder=folder / "engine")


def spools_in(options: AuditOptions, folder: Path) -> Callable[[str], Spool]:
    """Gives an empty spool of a name, for what judging gathers."""
    return lambda name: Spool(folder / f"{name}.arrow", int(options.memory_bytes * _GATHERED_SHARE))


def scratch_of(options: AuditOptions, folder: Path) -> Scratch:
    """Where and when joining works on disk."""
    return Scratch(folder, int(options.memory_bytes * _JOINING_SHARE))


def keys_facts(keys: KeyRing) -> dict[str, Any]:
    """What a manifest says of the keys."""
    return {"keys": {key.id: key.fingerprint() for key in keys}, "ring": ring_facts(keys)}


def payments_of(chunk: Chunk, verified: pa.Table, judged: Judged) -> pa.Table:
    """What reconciling knows of a chunk of checked notifications."""
    is_elsewhere = flags(chunk.table[ELSEWHERE.name])
    return payment_facts(chunk.first, verified, judged.masks, judged.verdicts, is_elsewhere)
