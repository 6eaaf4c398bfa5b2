"""All of it at once: read, verify, judge, reconcile, write; batch by batch, in bounded memory."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from os import cpu_count
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import pyarrow as pa

from corena_recon.archive.reading import SourceCount, intake_table, read_batches
from corena_recon.engine import connect, sql_literal
from corena_recon.errors import OptionError
from corena_recon.judging import Judging, JudgingOptions, unclear_profiles
from corena_recon.keys import KeyRing
from corena_recon.ledger import read_ledger_table
from corena_recon.orders import OrderOptions, OrderTable, merged_mapping, read_orders_table
from corena_recon.reconciliation import (
    ReconcilingOptions,
    reconcile_relations,
    reconciling_options,
    register_orders,
    with_row,
)
from corena_recon.report import Reconciliation
from corena_recon.report_folder import new_report, table_writer, write_manifest, write_tables
from corena_recon.spool import Spool
from corena_recon.threads import ordered_map
from corena_recon.verification import checked_batch, judging_options, with_judgement
from corena_recon.vocabulary import VERIFIED_SCHEMA

if TYPE_CHECKING:
    import duckdb

MEMORY_BYTES: Final = 2 * 1024**3
"""How much memory an audit may use when the caller does not say."""

_SPOOL_SHARE: Final = 0.3
_ENGINE_SHARE: Final = 0.4
_OUTPUT_ROWS: Final = 131_072
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
        facts: dict[str, Any] = {}
        for options, defaults in ((self.judging, JudgingOptions()), (self.reconciling, ReconcilingOptions())):
            for name, value in options._asdict().items():
                if value != getattr(defaults, name):
                    facts[name] = sorted(value) if isinstance(value, frozenset | tuple) else str(value)
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
    keys: KeyRing | None = None,
    out: str | Path | None = None,
    *,
    form: str | None = None,
    keep_raw: bool = False,
    memory_bytes: int = MEMORY_BYTES,
    order_options: OrderOptions | None = None,
    ledger: Any = None,  # noqa: ANN401
    progress: Progress | None = None,
    **options: Any,  # noqa: ANN401
) -> Reconciliation:
    """The whole audit of an archive: every record read, verified, judged, reconciled with the orders, and reported.

    Args:
        archive: As for ``read_ipns``.
        orders: As for ``read_orders``; without orders the notifications are verified alone.
        keys: The key ring; from the environment when None.
        out: The report folder; without it the tables stay in memory.
        form: The archive form, where it should not be recognised by content.
        keep_raw: Keep every record's bytes.
        memory_bytes: How much memory the audit may use; beyond it works on disk.
        order_options: As for ``read_orders``.
        ledger: As for ``read_ledger``: the merchant panel's own export as a third leg.
        progress: Called with a stage's name and the records done.
        options: The options of ``verify`` and ``reconcile``.

    Returns:
        The reconciliation; ``facts["seconds"]`` times the stages.

    Raises:
        CorenaReconError: As ``read_ipns``, ``read_orders``, ``verify``, ``reconcile`` and ``to_parquet``.
    """
    ring = KeyRing.from_env() if keys is None else keys
    unknown = sorted(set(options) - _JUDGING_NAMES - _RECONCILING_NAMES)
    if unknown:
        raise TypeError(f"audit() has no option {unknown[0]!r}")
    settings = AuditOptions(
        judging_options(**{name: value for name, value in options.items() if name in _JUDGING_NAMES}),
        reconciling_options(**{name: value for name, value in options.items() if name in _RECONCILING_NAMES}),
        order_options or OrderOptions(),
        form,
        keep_raw,
        memory_bytes,
    )
    if ledger is not None and orders is None:
        raise OptionError("a ledger is held against orders, and there are none", hint="give the orders too")
    run = _Audit(ring, settings, progress or (lambda _stage, _count: None))
    sources = Sources(archive, orders, ledger)
    return run.in_memory(sources) if out is None else run.to_folder(sources, Path(out))


class _Audit:
    """One run: its stages share a clock, an engine and a spool."""

    def __init__(self, keys: KeyRing, options: AuditOptions, progress: Progress) -> None:
        self._keys = keys
        self._options = options
        self._progress = progress
        self._clock = Clock()
        self._intake: list[SourceCount] = []
        self._notes: list[str] = []
        self._fits_memory = True

    def in_memory(self, sources: Sources) -> Reconciliation:
        with self._judged(sources.archive) as (connection, tables):
            verified = pa.concat_tables([VERIFIED_SCHEMA.empty_table(), *tables]).combine_chunks()
            connection.register("notifications", with_row(verified))
            found = self._reconciled(connection, sources)
        return Reconciliation({"notifications": verified, **found}, facts=self._facts())

    def to_folder(self, sources: Sources, out: Path) -> Reconciliation:
        with new_report(out) as partial:
            path = partial / "notifications.parquet"
            with self._judged(sources.archive) as (connection, tables):
                if self._fits_memory:
                    found = self._written_meanwhile(path, list(tables), connection, sources)
                else:
                    with self._clock.stage("write"):
                        _write(path, tables)
                    connection.execute(
                        "CREATE OR REPLACE TEMP VIEW notifications AS SELECT *, file_row_number AS row "
                        f"FROM read_parquet({sql_literal(str(path))}, file_row_number = true)"
                    )
                    found = self._reconciled(connection, sources)
            with self._clock.stage("write"):
                write_tables(partial, found)
                report = Reconciliation({"notifications": path, **found}, facts=self._facts())
                write_manifest(partial, {**report.manifest_facts(), "notes": self._notes})
        with self._clock.stage("write"):
            report = Reconciliation({name: out / f"{name}.parquet" for name in ("notifications", *found)})
        report.facts = self._facts()
        return report

    def _written_meanwhile(
        self, path: Path, tables: list[pa.Table], connection: duckdb.DuckDBPyConnection, sources: Sources
    ) -> dict[str, pa.Table]:
        """The notifications written in one thread while another reconciles them."""
        connection.register("notifications", with_row(pa.concat_tables([VERIFIED_SCHEMA.empty_table(), *tables])))
        with ThreadPoolExecutor(1) as pool:
            writing = pool.submit(_write, path, tables)
            found = self._reconciled(connection, sources)
            with self._clock.stage("write"):
                writing.result()
        return found

    @contextmanager
    def _judged(self, archive: Any) -> Iterator[tuple[duckdb.DuckDBPyConnection, Iterator[pa.Table]]]:  # noqa: ANN401
        memory = self._options.memory_bytes
        with (
            tempfile.TemporaryDirectory(prefix="corena_recon_") as folder,
            connect(memory_limit_bytes=int(memory * _ENGINE_SHARE), spill_folder=Path(folder) / "engine") as connection,
        ):
            spool = Spool(Path(folder) / "notifications.arrow", int(memory * _SPOOL_SHARE))
            self._ingest(archive, spool)
            self._fits_memory = spool.is_in_memory
            with self._clock.stage("judge"):
                judging = Judging(connection, spool, self._keys, self._options.judging)
            self._notes += unclear_profiles(judging.profile)
            yield connection, self._with_verdicts(judging, spool)

    def _ingest(self, archive: Any, spool: Spool) -> None:  # noqa: ANN401
        def check(table: pa.Table) -> tuple[pa.Table, float]:
            began = time.thread_time()
            return checked_batch(table, self._keys, self._options.judging), time.thread_time() - began

        began = time.perf_counter()
        checking = 0.0
        options = self._options
        batches = read_batches(archive, self._intake, form=options.form, keep_raw=options.keep_raw)
        with ThreadPoolExecutor(cpu_count() or 1) as pool:
            for table, seconds in ordered_map(pool, check, batches):
                checking += seconds
                spool.add(table)
                self._progress("read and verify", spool.rows)
        took = time.perf_counter() - began
        checking = min(checking / (cpu_count() or 1), took)
        self._clock.add("verify", checking)
        self._clock.add("read", took - checking)

    def _with_verdicts(self, judging: Judging, spool: Spool) -> Iterator[pa.Table]:
        """The spooled tables with findings and verdict, in slices of one row group each."""
        for chunk in spool.chunks(rows=_OUTPUT_ROWS):
            with self._clock.stage("judge"):
                table = with_judgement(chunk.table, judging.settle(chunk))
            self._progress("write", chunk.first + len(table))
            yield table

    def _reconciled(self, connection: duckdb.DuckDBPyConnection, sources: Sources) -> dict[str, pa.Table]:
        found = {"intake": intake_table(self._intake)}
        if sources.orders is None:
            return found
        with self._clock.stage("read"):
            read = read_orders_table(sources.orders, self._options.orders)
            if sources.ledger is not None:
                connection.register("ledger", with_row(read_ledger_table(sources.ledger).table))
        with self._clock.stage("reconcile"):
            register_orders(connection, read.table, _transaction_column(read))
            reconciled = reconcile_relations(
                connection, self._options.reconciling, has_ledger=sources.ledger is not None
            )
        self._notes += reconciled.notes
        return {**found, "results": reconciled.results, "orders": read.table, "tie_out": reconciled.tie_out}

    def _facts(self) -> dict[str, Any]:
        return {
            "options": self._options.as_facts(),
            "keys": {key.id: key.fingerprint() for key in self._keys},
            "notes": self._notes,
            "seconds": self._clock.seconds(),
        }


class Clock:
    """Seconds by stage; never part of a report."""

    def __init__(self) -> None:
        self._began = time.perf_counter()
        self._stages = dict.fromkeys(("read", "verify", "judge", "reconcile", "write"), 0.0)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Adds the time that the block takes to the stage."""
        began = time.perf_counter()
        try:
            yield
        finally:
            self.add(name, time.perf_counter() - began)

    def add(self, name: str, seconds: float) -> None:
        """Adds seconds to a stage."""
        self._stages[name] += seconds

    def seconds(self) -> dict[str, float]:
        """Seconds by stage and in all, so far."""
        stages = {**self._stages, "total": time.perf_counter() - self._began}
        return {name: round(seconds, 3) for name, seconds in stages.items()}


def _transaction_column(orders: OrderTable) -> str | None:
    name = merged_mapping(orders.mappings).get("transaction_id")
    return name if isinstance(name, str) and name in orders.table.column_names else None


def _write(path: Path, tables: Iterable[pa.Table]) -> None:
    with table_writer(path, VERIFIED_SCHEMA) as writer:
        for table in tables:
            writer.write_table(table)
