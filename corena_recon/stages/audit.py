"""All of it at once: read, verify, judge, reconcile, write; batch by batch, in bounded memory."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import pyarrow as pa

from corena_recon.archive import SourceCount, intake_table, read_batches
from corena_recon.arguments import require, require_flag, require_text
from corena_recon.errors import OptionError
from corena_recon.judgement import (
    ENCODED_SCHEMA,
    Checking,
    JudgingOptions,
    judging_options,
    option_facts,
    unclear_profiles,
)
from corena_recon.orders import Input, OrderOptions, OrderReading, read_ledger_table
from corena_recon.reconciliation import (
    ENCODED_RESULT_SCHEMA,
    Reconciling,
    ReconcilingOptions,
    Scratch,
    payment_facts,
    reconciling_options,
)
from corena_recon.report import Counts, Reconciliation, TableFile, folder_path, new_report, report_path, write_manifest
from corena_recon.schemas import ROW_GROUP_ROWS
from corena_recon.signing import KeyRing, Keys
from corena_recon.stages.clock import Clock
from corena_recon.stages.earlier import EarlierReport, seal_of
from corena_recon.tables.columns import decoded, with_row
from corena_recon.tables.engine import connect
from corena_recon.tables.spool import ParquetRows, Rows, Spool, resliced
from corena_recon.tables.threads import ahead, ordered_map

if TYPE_CHECKING:
    import duckdb

MEMORY_BYTES: Final = 2 * 1024**3
"""How much memory an audit may use when the caller does not say."""

_MEMORY_MAX_BYTES: Final = 1 << 50
_CHECKED_SHARE: Final = 0.2
_ORDERS_SHARE: Final = 0.1
_JOINING_SHARE: Final = 0.2
_ENGINE_SHARE: Final = 0.25
"""Shares of the memory; the rest is for code, for blocks on their way, and for what waits to be written."""
_ENGINE_MIN_BYTES: Final = 64 * 1024**2
_ENGINE_MATCHING_MIN_BYTES: Final = 256 * 1024**2
"""With less the engine fails instead of spilling: as a rule, and where it matches payments by more than identifiers."""
_WAITING_MAX: Final = 2
"""Tables that may wait to be written where each takes memory of its own."""
_JUDGING_NAMES: Final = frozenset(JudgingOptions._fields)
_RECONCILING_NAMES: Final = frozenset(ReconcilingOptions._fields)


class AuditOptions(NamedTuple):
    """Everything an audit can be told, already checked."""

    judging: JudgingOptions = JudgingOptions()
    reconciling: ReconcilingOptions = ReconcilingOptions()
    orders: OrderOptions = OrderOptions()
    form: str | None = None
    keep_raw: bool = False
    memory_bytes: int = MEMORY_BYTES

    def as_facts(self) -> dict[str, Any]:
        """The options as plain values for the manifest; only those that differ from their defaults."""
        facts = {**option_facts(self.judging), **option_facts(self.reconciling)}
        facts.update(
            {name: value for name, value in self.orders._asdict().items() if value != getattr(OrderOptions(), name)}
        )
        if self.form is not None:
            facts["form"] = self.form
        if self.keep_raw:
            facts["keep_raw"] = True
        return facts


class Sources(NamedTuple):
    """What an audit reads, in any of the kinds that the readers take."""

    archive: Any
    orders: Any
    ledger: Any


Progress = Callable[[str, int], None]
"""Called with a stage's name and the records it has done so far."""


def audit(
    archive: Any,  # noqa: ANN401
    orders: Any = None,  # noqa: ANN401
    keys: Keys | None = None,
    out: str | os.PathLike[str] | None = None,
    previous: str | os.PathLike[str] | None = None,
    *,
    form: str | None = None,
    keep_raw: bool = False,
    memory_bytes: int = MEMORY_BYTES,
    order_options: OrderOptions | Mapping[str, Any] | None = None,
    ledger: Any = None,  # noqa: ANN401
    progress: Progress | None = None,
    **options: Any,  # noqa: ANN401
) -> Reconciliation:
    """The whole audit of an archive: every record read, verified, judged, reconciled with the orders, and reported.

    Args:
        archive: As for ``read_ipns``.
        orders: As for ``read_orders``; without orders the notifications are verified alone.
        keys: As for ``verify``; from the environment when None.
        out: The report folder; without it the tables stay in memory.
        previous: An earlier report: sources that it holds, byte for byte, are not read and verified again, provided
            that it was made with the same keys and rules and has not been changed since. The report is the same.
        form: The archive form, where it should not be recognised by content.
        keep_raw: Keep every record's bytes.
        memory_bytes: How much memory the audit may use; beyond it works on disk.
        order_options: The options of ``read_orders``.
        ledger: As for ``read_ledger``: the merchant panel's own export as a third leg.
        progress: Called with a stage's name and the records done.
        options: The options of ``verify`` and ``reconcile``.

    Returns:
        The reconciliation; ``facts["seconds"]`` times the stages, ``facts["reused_sources"]`` counts those of
        ``previous`` that were not read again.

    Raises:
        CorenaReconError: As ``read_ipns``, ``read_orders``, ``verify``, ``reconcile`` and ``to_parquet``.
    """
    ring = KeyRing.from_env() if keys is None else KeyRing.of(keys)
    unknown = sorted(set(options) - _JUDGING_NAMES - _RECONCILING_NAMES)
    if unknown:
        raise TypeError(f"audit() has no option {unknown[0]!r}")
    settings = AuditOptions(
        judging_options(**{name: value for name, value in options.items() if name in _JUDGING_NAMES}),
        reconciling_options(**{name: value for name, value in options.items() if name in _RECONCILING_NAMES}),
        _order_options(order_options),
        form,
        keep_raw,
        memory_bytes,
    )
    if ledger is not None and orders is None:
        raise OptionError("a ledger is held against orders, and there are none", hint="give the orders too")
    require_text("form", form, "jsonl")
    require_flag("keep_raw", keep_raw)
    if not isinstance(memory_bytes, int) or not 1 <= memory_bytes <= _MEMORY_MAX_BYTES:
        raise OptionError(
            "the memory to use is no size that a computer has",
            hint="give 2 GiB, for example: --memory 2048, memory_bytes=2 * 1024**3",
        )
    if progress is not None and not callable(progress):
        raise OptionError(f"progress is a {type(progress).__name__}", hint="give a function of a stage and a count")
    sources = Sources(archive, orders, ledger)
    earlier = None if previous is None else EarlierReport(folder_path(previous), ring, form=form, keep_raw=keep_raw)
    told = progress or (lambda _stage, _count: None)
    clock = Clock()
    folder = None if out is None else report_path(out)
    with ExitStack() as report:
        partial = None if folder is None else report.enter_context(new_report(folder))
        found = _Audit(ring, settings, told, partial, earlier=earlier, clock=clock, target=folder).run(sources)
        with clock.stage("write"):
            report.close()
    found.facts["seconds"] = clock.seconds()
    return found if folder is None else found.moved_to(folder)


def _order_options(given: OrderOptions | Mapping[str, Any] | None) -> OrderOptions:
    """The options of ``read_orders``, also where they come by their names."""
    if isinstance(given, OrderOptions):
        return given
    names = {} if given is None else given
    hint = "the options of read_orders are " + ", ".join(OrderOptions._fields)
    require("order_options", names, Mapping, hint)
    if not set(names) <= set(OrderOptions._fields):
        raise OptionError("order_options has a name that is no option of read_orders", hint=hint)
    return OrderOptions(**names)


class _Orders(NamedTuple):
    """The orders as read, which of their columns holds transaction ids, and whether they are in memory."""

    rows: Rows
    transaction_column: str | None
    is_in_memory: bool


class _Held:
    """Rows of a table that stay in memory."""

    def __init__(self, schema: pa.Schema) -> None:
        self._tables = [decoded(schema.empty_table())]

    def write(self, table: pa.Table) -> None:
        self._tables.append(decoded(table))

    def end(self) -> None:
        """There is nothing to wait for."""

    def table(self) -> pa.Table:
        return pa.concat_tables(self._tables).combine_chunks()


class _Audit:
    """One run: its stages share a clock, an engine and a scratch folder.

    Args:
        keys: The key ring.
        options: Everything else that was asked for.
        progress: Told how far the run is.
        partial: The report folder in the making; the tables stay in memory when None.
        earlier: A report to take sources from that are not new.
        clock: Told how long the stages take.
        target: Where the report will stand. What stands there now is no part of what is read.
    """

    def __init__(
        self,
        keys: KeyRing,
        options: AuditOptions,
        progress: Progress,
        partial: Path | None,
        *,
        earlier: EarlierReport | None,
        clock: Clock,
        target: Path | None,
    ) -> None:
        self._keys = keys
        self._checking = Checking(keys, options.judging)
        self._options = options
        self._progress = progress
        self._partial = partial
        self._earlier = earlier
        self._clock = clock
        self._target = target
        self._inputs: list[Input] = []
        self._counts = Counts()
        self._intake: list[SourceCount] = []
        self._notes: list[str] = []
        self._sinks: dict[str, _Held | TableFile] = {}

    def run(self, sources: Sources) -> Reconciliation:
        """Everything; with a folder, all tables and the manifest are in it then."""
        memory_bytes = self._options.memory_bytes
        with tempfile.TemporaryDirectory(prefix="corena_recon_") as folder, ExitStack() as self._files:
            if self._earlier is not None:
                self._files.callback(self._earlier.close)
            side = self._files.enter_context(ThreadPoolExecutor(1))
            reading = None if sources.orders is None else side.submit(self._read_orders, sources.orders)
            with ExitStack() as engine:
                matches_more = self._options.reconciling.matches_more(has_ledger=sources.ledger is not None)
                floor = _ENGINE_MATCHING_MIN_BYTES if matches_more else _ENGINE_MIN_BYTES
                memory_limit = max(int(memory_bytes * _ENGINE_SHARE), floor)
                connection = engine.enter_context(
                    connect(memory_limit_bytes=memory_limit, spill_folder=Path(folder) / "engine")
                )
                checked = Spool(Path(folder) / "checked.arrow", int(memory_bytes * _CHECKED_SHARE))
                self._ingest(sources.archive, checked)
                with self._clock.stage("read"):
                    orders = None if reading is None else reading.result()
                    if sources.ledger is not None:
                        ledger = read_ledger_table(sources.ledger, without=self._target)
                        self._inputs += ledger.inputs
                        connection.register("ledger", with_row(ledger.table))
                reconciling = None
                if orders is not None:
                    is_light = checked.is_in_memory and orders.is_in_memory
                    reconciling = Reconciling(
                        connection,
                        orders.rows,
                        checked,
                        self._options.reconciling,
                        transaction_column=orders.transaction_column,
                        has_ledger=sources.ledger is not None,
                        scratch=None if is_light else Scratch(Path(folder), int(memory_bytes * _JOINING_SHARE)),
                    )
                    engine.callback(reconciling.close)
                self._judge(connection, checked, reconciling)
                checked.discard()
                if reconciling is not None:
                    self._reconcile(reconciling)
            return self._finished()

    def _ingest(self, archive: Any, checked: Spool) -> None:  # noqa: ANN401
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
            without=self._target,
        )
        with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
            for table, seconds in ordered_map(pool, check, batches):
                checking += seconds
                checked.add(table)
                self._progress("read and verify", checked.rows)
        took = time.perf_counter() - began
        checking = min(checking / (os.cpu_count() or 1), took)
        self._clock.add("verify", checking)
        self._clock.add("read", took - checking)

    def _read_orders(self, source: Any) -> _Orders:  # noqa: ANN401
        """Reads all orders and has them written; where they outgrow memory, they are read back from there."""
        reading = OrderReading(source, self._options.orders, without=self._target)
        self._inputs += reading.inputs
        tables = reading.tables()
        first = next(tables)
        sink = self._sink("orders", first.schema)
        memory_bytes = self._options.memory_bytes * _ORDERS_SHARE
        kept = Spool()
        kept.add(first.slice(0, 0))
        is_kept = True
        for table in resliced(chain([first], tables), ROW_GROUP_ROWS):
            sink.write(table)
            self._counts.add_orders(table)
            if is_kept:
                kept.add(table)
                is_kept = isinstance(sink, _Held) or kept.held_bytes < memory_bytes
                kept = kept if is_kept else Spool()
        sink.end()
        if is_kept or isinstance(sink, _Held):
            return _Orders(kept, reading.transaction_column, is_in_memory=True)
        sink.finish()
        return _Orders(ParquetRows(sink.path, first.schema), reading.transaction_column, is_in_memory=False)

    def _judge(self, connection: duckdb.DuckDBPyConnection, checked: Spool, reconciling: Reconciling | None) -> None:
        """Settles every notification and has it written; tells reconciling of it."""
        with self._clock.stage("judge"):
            judging = self._checking.judging(connection, checked)
            self._notes += unclear_profiles(judging.profile)
            sink = self._sink("notifications", ENCODED_SCHEMA, is_light=checked.is_in_memory)
            for chunk in ahead(checked.chunks()):
                judged = judging.settle(chunk)
                verified = self._checking.verified(chunk.table, judged)
                sink.write(verified)
                self._counts.add_notifications(verified)
                if reconciling is not None:
                    reconciling.add_payments(payment_facts(chunk.first, verified, judged.masks, judged.verdicts))
                self._progress("judge", chunk.first + len(verified))
            sink.end()

    def _reconcile(self, reconciling: Reconciling) -> None:
        with self._clock.stage("reconcile"), closing(reconciling.results()) as tables:
            sink = self._sink("results", ENCODED_RESULT_SCHEMA)
            for results in tables:
                sink.write(results)
                self._counts.add_results(results)
            sink.end()
            tie_out = reconciling.tie_out()
        self._sink("tie_out", tie_out.schema).write(tie_out)
        self._notes += reconciling.notes

    def _sink(self, name: str, schema: pa.Schema, *, is_light: bool = False) -> _Held | TableFile:
        """Where the rows of a table go; ``is_light`` says that they are in memory anyway."""
        if self._partial is None:
            self._sinks[name] = _Held(schema)
        else:
            path = self._partial / f"{name}.parquet"
            file = TableFile(path, schema, waiting_max=None if is_light else _WAITING_MAX)
            self._sinks[name] = self._files.enter_context(file)
        return self._sinks[name]

    def _finished(self) -> Reconciliation:
        intake = intake_table(self._intake)
        self._sink("intake", intake.schema).write(intake)
        with self._clock.stage("write"):
            digests = {sink.path.name: sink.finish() for sink in self._sinks.values() if isinstance(sink, TableFile)}
            tables = {
                name: sink.path if isinstance(sink, TableFile) else sink.table() for name, sink in self._sinks.items()
            }
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
            "inputs": self._inputs,
            "notes": self._notes,
        }
