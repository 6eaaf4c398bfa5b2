"""All of it at once: read, verify, judge, reconcile, write; batch by batch, in bounded memory."""

from __future__ import annotations

import os
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import Any, Final, NamedTuple, Unpack

import pyarrow as pa
import pyarrow.compute as pc

from corena_recon.archive import SourceCount, intake_table, read_batches
from corena_recon.arguments import takes
from corena_recon.decisions import Kept
from corena_recon.errors import OptionError
from corena_recon.judgement import (
    ELSEWHERE,
    ENCODED_SCHEMA,
    Checking,
    Judged,
    Profile,
    decimals_facts,
    ring_facts,
    unclear_profiles,
)
from corena_recon.orders import Input, OrderReading, read_ledger_table, reading_notes
from corena_recon.paths import Named, paths_in
from corena_recon.reconciliation import ENCODED_RESULT_SCHEMA, Reconciling, Scratch, payment_facts
from corena_recon.report import (
    Counts,
    Gathered,
    Reconciliation,
    Worklist,
    folder_path,
    new_report,
    report_path,
    write_manifest,
)
from corena_recon.schemas import DECISION_SCHEMA, ROW_GROUP_ROWS, WORKLIST_SCHEMA
from corena_recon.signing import KeyRing, Keys
from corena_recon.stages.clock import Clock
from corena_recon.stages.deciding import Decisions, decisions_given, unreadable_decisions
from corena_recon.stages.earlier import EarlierReport, seal_of
from corena_recon.stages.moment import with_moment
from corena_recon.stages.options import DEFAULTS, AuditArguments, AuditOptions, audit_options
from corena_recon.stages.progress import JUDGING, READING, READING_ORDERS, RECONCILING, WRITING, Progress, Teller
from corena_recon.stages.sinks import Held, Sinks
from corena_recon.tables.columns import flags
from corena_recon.tables.engine import connect
from corena_recon.tables.spool import Chunk, ChunkedParquet, ChunkedRows, Spool, resliced, temporary_folder
from corena_recon.tables.threads import ahead, ordered_map
from corena_recon.vocabulary import Diagnosis

_CHECKED_SHARE: Final = 0.2
_GATHERED_SHARE: Final = 0.05
_ORDERS_SHARE: Final = 0.1
_JOINING_SHARE: Final = 0.2
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


@takes(AuditArguments, DEFAULTS)
def audit(
    archive: Any,  # noqa: ANN401
    orders: Any = None,  # noqa: ANN401
    keys: Keys | None = None,
    out: str | os.PathLike[str] | None = None,
    previous: str | os.PathLike[str] | None = None,
    *,
    ledger: Any = None,  # noqa: ANN401
    decisions: Decisions | None = None,
    progress: Progress | None = None,
    **options: Unpack[AuditArguments],
) -> Reconciliation:
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
        progress: Called with a stage's name and the records done; where it has a method ``share``, that is called with
            the stage's name, what is done and how much that is in all: bytes of files while these are read, then
            records.
        lang: The language of the sentences: ``en`` or ``fr``.
        form: The archive form, where it should not be recognised by content.
        keep_raw: Keep every record's bytes.
        memory_bytes: How much memory the audit may use; beyond it works on disk.
        two_people: Whether a decision counts only when another person has reviewed it.
        order_options: The options of ``read_orders``, such as ``{"currency": "USD"}``.
        options: Every option of ``verify`` and ``reconcile``, which describe them.

    Returns:
        The reconciliation; ``facts["seconds"]`` times the stages, ``facts["reused_sources"]`` counts those of
        ``previous`` that were not read again.

    Raises:
        CorenaReconError: As ``read_ipns``, ``read_orders``, ``verify``, ``reconcile`` and ``to_parquet``.
    """
    ring = KeyRing.from_env() if keys is None else KeyRing.of(keys)
    settings = audit_options(**options)
    if ledger is not None and orders is None:
        raise OptionError("a ledger is held against orders, and there are none", hint="give the orders too")
    if progress is not None and not callable(progress):
        raise OptionError(f"progress is a {type(progress).__name__}", hint="give a function of a stage and a count")
    kept = decisions_given(decisions)
    sources = Sources(archive, orders, ledger)
    earlier = None
    if previous is not None:
        earlier = EarlierReport(folder_path(previous), ring, form=settings.form, keep_raw=settings.keep_raw)
    teller = Teller(progress, archive)
    clock = Clock()
    folder = None if out is None else report_path(out)
    named = Named(folder, *sources[1:], previous, list(ring.files), kept.file if kept and kept.file else None)
    with ExitStack() as report:
        partial = None if folder is None else report.enter_context(new_report(folder))
        run = _Audit(ring, settings, teller, partial, earlier=earlier, clock=clock, target=folder, decisions=kept)
        found = run.run(sources, named)
        with clock.stage("write"):
            teller.tell(WRITING)
            report.close()
    found.facts["seconds"] = clock.seconds()
    return found if folder is None else found.moved_to(folder)


class _Orders(NamedTuple):
    """The orders and how they were read, which column holds transaction ids, and whether they are in memory."""

    rows: ChunkedRows
    transaction_column: str | None
    notes: list[str]
    mapping: dict[str, str | int]
    is_in_memory: bool


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
        self._partial = partial
        self._earlier = earlier
        self._clock = clock
        self._target = target
        self._decisions = decisions
        self._inputs: list[Input] = []
        self._sources: dict[str, list[str]] = {}
        self._counts = Counts()
        self._intake: list[SourceCount] = []
        self._notes: list[str] = []
        self._mapping: dict[str, str | int] | None = None
        self._diagnosis: list[Diagnosis] = unreadable_decisions(decisions, options.lang)
        self._profile = Profile({}, {}, {})
        self._derived: dict[str, Any] = {}
        self._latest: datetime | None = None
        if decisions is not None:
            self._sources["decisions"] = [decisions.file]
        self._sinks = Sinks(partial)

    def run(self, sources: Sources, named: Named) -> Reconciliation:
        """Everything; with a folder, all tables and the manifest are in it then.

        Args:
            sources: What is read.
            named: What is no archive, wherever it lies.
        """
        memory_bytes = self._options.memory_bytes
        with temporary_folder() as folder, ExitStack() as held:
            if self._earlier is not None:
                held.callback(self._earlier.close)
            held.enter_context(self._sinks)
            side = held.enter_context(ThreadPoolExecutor(1))
            reading = None if sources.orders is None else side.submit(self._read_orders, sources.orders)
            with ExitStack() as engine:
                matches_more = self._options.reconciling.matches_more(has_ledger=sources.ledger is not None)
                floor = _ENGINE_MATCHING_MIN_BYTES if matches_more else _ENGINE_MIN_BYTES
                memory_limit = max(int(memory_bytes * _ENGINE_SHARE), floor)
                connection = engine.enter_context(
                    connect(memory_limit_bytes=memory_limit, spill_folder=folder / "engine")
                )
                checked = Spool(folder / "checked.arrow", int(memory_bytes * _CHECKED_SHARE))
                self._sources["archive"] = paths_in(sources.archive)
                self._ingest(sources.archive, checked, named)
                with self._clock.stage("read"):
                    self._teller.tell(READING_ORDERS)
                    orders = None if reading is None else reading.result()
                    self._notes += [] if orders is None else orders.notes
                    self._mapping = None if orders is None else orders.mapping
                    ledger = None
                    if sources.ledger is not None:
                        ledger = read_ledger_table(sources.ledger, without=self._target)
                        self._inputs += ledger.inputs
                        self._sources["ledger"] = [name for name, _ in ledger.inputs]
                        self._notes += reading_notes(ledger.mappings)
                        self._sinks.sink("ledger", ledger.table.schema).write(ledger.table)
                reconciling = None
                if orders is not None:
                    asked, told = with_moment(self._options.reconciling, self._latest, self._options.lang)
                    self._diagnosis += told
                    is_light = checked.is_in_memory and orders.is_in_memory
                    begun = Reconciling(
                        connection,
                        orders.rows,
                        checked,
                        asked,
                        transaction_column=orders.transaction_column,
                        ledger=None if ledger is None else ledger.table,
                        scratch=None if is_light else Scratch(folder, int(memory_bytes * _JOINING_SHARE)),
                        lang=self._options.lang,
                    )
                    reconciling = engine.enter_context(begun)
                gathered = Gathered(connection)
                self._judge(gathered, checked, reconciling, Path(folder))
                checked.discard()
                if reconciling is not None:
                    self._reconcile(reconciling, gathered)
                self._list(gathered)
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
            self._intake,
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
        """Reads all orders and has them written; where they outgrow memory, they are read back from there."""
        reading = OrderReading(source, self._options.orders, without=self._target)
        self._inputs += reading.inputs
        self._sources["orders"] = [name for name, _ in reading.inputs]
        tables = reading.tables()
        first = next(tables)
        sink = self._sinks.sink("orders", first.schema)
        memory_bytes = self._options.memory_bytes * _ORDERS_SHARE
        kept = Spool()
        kept.add(first.slice(0, 0))
        is_kept = True
        for table in resliced(chain([first], tables), ROW_GROUP_ROWS):
            sink.write(table)
            self._counts.add_orders(table)
            if is_kept:
                kept.add(table)
                is_kept = isinstance(sink, Held) or kept.held_bytes < memory_bytes
                kept = kept if is_kept else Spool()
        sink.end()
        notes, mapping = reading_notes(reading.mappings), reading.mapping
        if is_kept or isinstance(sink, Held):
            return _Orders(kept, reading.transaction_column, notes, mapping, is_in_memory=True)
        sink.finish()
        rows = ChunkedParquet(sink.path, first.schema)
        return _Orders(rows, reading.transaction_column, notes, mapping, is_in_memory=False)

    def _judge(self, gathered: Gathered, checked: Spool, reconciling: Reconciling | None, folder: Path) -> None:
        """Settles every notification and has it written; tells reconciling of it."""

        def new_spool(name: str) -> Spool:
            return Spool(folder / f"{name}.arrow", int(self._options.memory_bytes * _GATHERED_SHARE))

        with self._clock.stage("judge"):
            self._teller.tell(JUDGING)
            judging = self._checking.judging(gathered.connection, checked, new_spool)
            self._profile = judging.profile
            self._notes += unclear_profiles(judging.profile)
            sink = self._sinks.sink("notifications", ENCODED_SCHEMA, is_light=checked.is_in_memory)
            for chunk in ahead(checked.chunks()):
                judged = judging.settle(chunk)
                verified = self._checking.verified(chunk.table, judged)
                sink.write(verified)
                self._counts.add_notifications(verified)
                gathered.add_notifications(verified)
                if reconciling is not None:
                    reconciling.add_payments(_payments(chunk, verified, judged))
                self._teller.tell(JUDGING, chunk.first + len(verified), checked.rows)
            sink.end()

    def _reconcile(self, reconciling: Reconciling, gathered: Gathered) -> None:
        self._teller.tell(RECONCILING)
        with self._clock.stage("reconcile"), closing(reconciling.results()) as tables:
            sink = self._sinks.sink("results", ENCODED_RESULT_SCHEMA)
            count = 0
            for results in tables:
                sink.write(results)
                count += len(results)
                self._teller.tell(RECONCILING, count)
                self._counts.add_results(results)
                gathered.add_results(results)
            sink.end()
            tie_out = reconciling.tie_out()
        self._sinks.sink("tie_out", tie_out.schema).write(tie_out)
        self._diagnosis += reconciling.diagnosis

    def _list(self, gathered: Gathered) -> None:
        """Says what a person does next, of what has been written by now."""
        self._teller.tell(WRITING)
        intake = intake_table(self._intake)
        self._sinks.sink("intake", intake.schema).write(intake)
        with self._clock.stage("write"):
            tables = self._sinks.written()
        listing = Worklist(gathered, tables, self._facts(), self._decisions)
        with self._clock.stage("reconcile"), listing as worklist:
            sink = self._sinks.sink("worklist", WORKLIST_SCHEMA)
            for rows in resliced(worklist.rows(self._options.lang), ROW_GROUP_ROWS):
                sink.write(rows)
            sink.end()
            if self._decisions is not None:
                self._sinks.sink("decisions", DECISION_SCHEMA).write(worklist.decisions())
            self._derived = worklist.derived()

    def _finished(self) -> Reconciliation:
        with self._clock.stage("write"):
            tables, digests = self._sinks.finish()
            found = Reconciliation(tables, facts=self._facts(), counts=self._counts)
            if self._partial is not None:
                options = self._options
                seal = seal_of(self._keys, digests, form=options.form, keep_raw=options.keep_raw)
                write_manifest(self._partial, {**found.manifest_facts(), "seal": seal}, digests)
        if self._earlier is not None:
            found.facts["reused_sources"] = self._earlier.reused
        return found

    def _facts(self) -> dict[str, Any]:
        return {
            "options": self._options.as_facts(),
            "keys": {key.id: key.fingerprint() for key in self._keys},
            "ring": ring_facts(self._keys),
            **decimals_facts(self._profile),
            "inputs": self._inputs,
            "sources": self._sources,
            **self._derived,
            **({} if self._mapping is None else {"mapping": self._mapping}),
            "notes": self._notes,
            "diagnosis": [one._asdict() for one in self._diagnosis],
        }


def _payments(chunk: Chunk, verified: pa.Table, judged: Judged) -> pa.Table:
    """What reconciling knows of a chunk of checked notifications."""
    is_elsewhere = flags(chunk.table[ELSEWHERE.name])
    return payment_facts(chunk.first, verified, judged.masks, judged.verdicts, is_elsewhere)
