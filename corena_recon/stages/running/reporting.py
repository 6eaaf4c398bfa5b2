"""A report in the making, whoever makes its rows: tables written once, counted and gathered while they pass by."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Self

import pyarrow as pa

from corena_recon.archive import SourceCount, intake_table
from corena_recon.decisions import Kept
from corena_recon.judgement import ENCODED_SCHEMA, Profile, decimals_facts, unclear_profiles
from corena_recon.orders import Input
from corena_recon.progress import Telling
from corena_recon.reconciliation import ENCODED_RESULT_SCHEMA
from corena_recon.report import Counts, Gathered, Reconciliation, Worklist, write_manifest
from corena_recon.schemas import DECISION_SCHEMA, ROW_GROUP_ROWS, WORKLIST_SCHEMA
from corena_recon.stages.running.clock import Clock
from corena_recon.stages.running.deciding import unreadable_decisions
from corena_recon.stages.running.options import AuditOptions
from corena_recon.stages.running.sinks import Held, Sinks
from corena_recon.tables.spool import ChunkedParquet, ChunkedRows, Spool, resliced
from corena_recon.vocabulary import Diagnosis

if TYPE_CHECKING:
    import duckdb

_ORDERS_SHARE: Final = 0.1
"""Of the memory; orders that need more are read back from where they are written."""


class KeptOrders(NamedTuple):
    """The orders of a report, to be gone through again, and whether they are in memory."""

    rows: ChunkedRows
    is_in_memory: bool


class Reporting:
    """One report, from entering it on: orders, notifications and results in their order, then the rest.

    Args:
        options: Everything that was asked for.
        ring: What a manifest says of the keys: ``keys`` and ``ring``.
        partial: The report folder in the making; the tables stay in memory when None.
        clock: Told how long the stages take.
        decisions: On exceptions; None where nobody keeps any.

    Attributes:
        inputs: What was read beside the archive.
        sources: What was named for each purpose.
        intake: What was counted in each source of the archive.
        notes: Sentences for the summary.
        mapping: How orders were read; None without orders.
        diagnosis: What looks like wrong input.
    """

    def __init__(
        self,
        options: AuditOptions,
        ring: Mapping[str, Any],
        partial: Path | None,
        clock: Clock,
        decisions: Kept | None = None,
    ) -> None:
        self._options = options
        self._ring = ring
        self._partial = partial
        self._clock = clock
        self._decisions = decisions
        self._counts = Counts()
        self._profile = Profile({}, {}, {})
        self._derived: dict[str, Any] = {}
        self._sinks = Sinks(partial)
        self._running = ExitStack()
        self.inputs: list[Input] = []
        self.sources: dict[str, list[str]] = {} if decisions is None else {"decisions": [decisions.file]}
        self.intake: list[SourceCount] = []
        self.notes: list[str] = []
        self.mapping: dict[str, str | int] | None = None
        self.diagnosis: list[Diagnosis] = unreadable_decisions(decisions, options.lang)

    def __enter__(self) -> Self:
        self._running.enter_context(self._sinks)
        return self

    def __exit__(self, *_: object) -> None:
        self._running.close()

    def gather(self, connection: duckdb.DuckDBPyConnection) -> None:
        """From now on what is out of order is kept by the connection's engine, for the worklist."""
        self._gathered = Gathered(connection)

    def take_orders(self, tables: Iterator[pa.Table]) -> KeptOrders:
        """Has all orders written; where they outgrow memory, they are read back from there.

        Args:
            tables: At least one.
        """
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
        if is_kept or isinstance(sink, Held):
            return KeptOrders(kept, is_in_memory=True)
        sink.finish()
        return KeptOrders(ChunkedParquet(sink.path, first.schema), is_in_memory=False)

    def take_ledger(self, ledger: pa.Table) -> None:
        """Has the ledger written."""
        self._sinks.sink("ledger", ledger.schema).write(ledger)

    def begin_notifications(self, profile: Profile, *, is_light: bool) -> None:
        """Notifications come next.

        Args:
            profile: The decimals by which they were judged.
            is_light: Whether they are in memory anyway.
        """
        self._profile = profile
        self.notes += unclear_profiles(profile)
        self._notifications = self._sinks.sink("notifications", ENCODED_SCHEMA, is_light=is_light)

    def add_notifications(self, verified: pa.Table) -> None:
        """Takes judged notifications, with ``judgement.ENCODED_SCHEMA``: whole row groups, but for the last time."""
        self._notifications.write(verified)
        self._counts.add_notifications(verified)
        self._gathered.add_notifications(verified)

    def end_notifications(self) -> None:
        """There are no more."""
        self._notifications.end()

    def begin_results(self) -> None:
        """Results come next."""
        self._results = self._sinks.sink("results", ENCODED_RESULT_SCHEMA)

    def add_results(self, results: pa.Table) -> None:
        """Takes results, with ``reconciliation.ENCODED_RESULT_SCHEMA``: whole row groups, but for the last time."""
        self._results.write(results)
        self._counts.add_results(results)
        self._gathered.add_results(results)

    def end_results(self, tie_out: pa.Table) -> None:
        """There are no more, and this is the tie-out."""
        self._results.end()
        self._sinks.sink("tie_out", tie_out.schema).write(tie_out)

    def list_worklist(self, tell: Telling) -> None:
        """Says what a person does next, of what has been written by now.

        Args:
            tell: Told how far the writing is that is waited for.
        """
        intake = intake_table(self.intake)
        self._sinks.sink("intake", intake.schema).write(intake)
        with self._clock.stage("write"):
            tables = self._sinks.written(tell)
        listing = Worklist(self._gathered, tables, self._facts(), self._counts, self._decisions)
        with self._clock.stage("reconcile"), listing as worklist:
            sink = self._sinks.sink("worklist", WORKLIST_SCHEMA)
            for rows in resliced(worklist.rows(self._options.lang), ROW_GROUP_ROWS):
                sink.write(rows)
            sink.end()
            if self._decisions is not None:
                self._sinks.sink("decisions", DECISION_SCHEMA).write(worklist.decisions())
            self._derived = worklist.derived()

    def finished(self, seal: Callable[[Mapping[str, str]], dict[str, str]]) -> Reconciliation:
        """The report; with a folder, all tables and the manifest are in it then.

        Args:
            seal: What the manifest says besides of files with these digests, to prove whose they are.
        """
        with self._clock.stage("write"):
            tables, digests = self._sinks.finish()
            found = Reconciliation(tables, facts=self._facts(), counts=self._counts)
            if self._partial is not None:
                write_manifest(self._partial, {**found.manifest_facts(), **seal(digests)}, digests)
        return found

    def _facts(self) -> dict[str, Any]:
        return {
            "options": self._options.as_facts(),
            **self._ring,
            **decimals_facts(self._profile),
            "inputs": self.inputs,
            "sources": self.sources,
            **self._derived,
            **({} if self.mapping is None else {"mapping": self.mapping}),
            "notes": self.notes,
            "diagnosis": [one._asdict() for one in self.diagnosis],
        }
