"""What an audit found: its tables, its summary, and its way to disk and back."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from corena_recon.chain import SOUND
from corena_recon.decisions import Kept, Standing
from corena_recon.errors import OutputError
from corena_recon.languages import BLIND_SPOT_SENTENCES, ENGLISH, require_language
from corena_recon.native import core_note
from corena_recon.report import figures
from corena_recon.report.aspects import ageing_of
from corena_recon.report.card import CARD_ROWS, report_card
from corena_recon.report.counts import NOTIFICATION_COLUMNS, ORDER_COLUMNS, RESULT_COLUMNS, Counts
from corena_recon.report.diagnosis import diagnoses
from corena_recon.report.evaluation import Evaluation, evaluation_of
from corena_recon.report.folder import (
    SOMETIMES,
    TABLES,
    folder_path,
    new_report,
    read_manifest,
    report_path,
    write_manifest,
)
from corena_recon.report.made_files import made_file, write_made
from corena_recon.report.masking import MASKED, Mask, masked_notifications, masked_orders
from corena_recon.report.plots import Plots
from corena_recon.report.sheet import worklist_csv
from corena_recon.report.stored_tables import StoredTable, in_place
from corena_recon.report.table_files import write_tables
from corena_recon.report.terminal import Look
from corena_recon.report.views import connected, findings_table
from corena_recon.report.warehouse import require_partitioning, write_partitioned
from corena_recon.report.workbook import write_workbook
from corena_recon.report.worklist import (
    DERIVED,
    EXCEPTIONAL,
    HEADLINE_COLUMNS,
    REMARKABLE,
    Gathered,
    Headline,
    Worklist,
    headline_of,
    headline_text,
)
from corena_recon.schemas import (
    DECISION_SCHEMA,
    ORDER_SCHEMA,
    RESULT_SCHEMA,
    ROW_GROUP_ROWS,
    TIE_OUT_SCHEMA,
    WORKLIST_SCHEMA,
)
from corena_recon.tables.engine import connect
from corena_recon.tables.frames import frame_of
from corena_recon.version import __version__
from corena_recon.vocabulary import BLIND_SPOTS, OUTCOMES, Verdict

if TYPE_CHECKING:
    import duckdb
    import pandas as pd

OF_THE_RUN: Final = ("seconds", "reused_sources")
"""Facts that tell of the run alone; no report holds them."""

_OF_ORDERS: Final = {"results": RESULT_SCHEMA, "orders": ORDER_SCHEMA, "tie_out": TIE_OUT_SCHEMA}
DECISIONS_UNREADABLE: Final = "decisions_unreadable"
"""The diagnosis that says so."""

_WARNINGS_MAX: Final = 10
_EXCEPTIONAL_VERDICTS: Final = (Verdict.FORGED, Verdict.SUSPECT, Verdict.UNREADABLE)


class Told(NamedTuple):
    """What a report tells a person to do, and what is derived beside it, by name."""

    worklist: pa.Table
    derived: dict[str, Any]
    decisions: pa.Table


class Reconciliation:
    """The tables of one audit, each a pandas DataFrame in Arrow types.

    Attributes:
        notifications: Every record with its findings and verdict.
        results: One row an identifier, with its outcome.
        exceptions: The results that a person must look at.
        orders: Every row of the order export.
        intake: What was found in each source.
        tie_out: Ordered, paid and difference by currency, split by outcome.
        worklist: What a person does next, by money at risk.
        decisions: What was decided of exceptions, and whether it stands.
    """

    def __init__(
        self,
        tables: Mapping[str, pa.Table | StoredTable],
        *,
        facts: Mapping[str, Any] | None = None,
        counts: Counts | None = None,
        decisions: Kept | None = None,
    ) -> None:
        self._tables = dict(tables)
        self._kept = decisions
        self._known_counts = counts
        self.facts = dict(facts or {})
        self._told: Told | None = None

    def table(self, name: str) -> pa.Table:
        """One of the tables as an Arrow table; read from the report folder when it is first asked for.

        What an audit without orders lacks is a table without rows.
        """
        if name in _OF_ORDERS and not self.has(name):
            return _OF_ORDERS[name].empty_table()
        if name == "worklist" and not self.has(name):
            return self._telling.worklist
        if name == "decisions" and not self.has(name):
            return DECISION_SCHEMA.empty_table() if self._kept is None else self._telling.decisions
        table = self._tables[name]
        if isinstance(table, StoredTable):
            table = self._tables[name] = table.read()
        return table

    def has(self, name: str) -> bool:
        """Whether there is such a table; without orders there are neither orders nor results."""
        return name in self._tables

    @property
    def tables(self) -> Mapping[str, pa.Table | Path]:
        """The tables where they are: in memory, or in the report's Parquet files, to be read in part.

        Raises:
            OutputError: As for ``require_in_place``.
        """
        return MappingProxyType(in_place(self._tables))

    def require_in_place(self) -> None:
        """Does nothing while the files of the report are those that they were; small ones are in memory anyway.

        Raises:
            OutputError: Another report has taken the place of this one.
        """
        for table in self._tables.values():
            if isinstance(table, StoredTable):
                table.require()

    @property
    def notifications(self) -> pd.DataFrame:
        """Every record with its findings and verdict."""
        return self._frame("notifications")

    @property
    def results(self) -> pd.DataFrame:
        """One row an identifier, with its outcome."""
        return self._frame("results")

    @property
    def exceptions(self) -> pd.DataFrame:
        """The results that a person must look at."""
        return frame_of(self._exceptional_results())

    @property
    def orders(self) -> pd.DataFrame:
        """Every row of the order export."""
        return self._frame("orders")

    @property
    def intake(self) -> pd.DataFrame:
        """What was found in each source."""
        return self._frame("intake")

    @property
    def tie_out(self) -> pd.DataFrame:
        """Ordered, paid and difference by currency, split by outcome."""
        return self._frame("tie_out")

    @property
    def worklist(self) -> pd.DataFrame:
        """What a person does next, the largest risk first; its sentences are in the language of the run.

        One row an exceptional identifier, and one each for what concerns none alone.
        """
        return self._frame("worklist")

    @property
    def decisions(self) -> pd.DataFrame:
        """What was decided of exceptions, in order, and whether it stands (``standing``).

        A decision ``stands`` while what was decided on is what it was, else it is ``void`` and ``changed`` says what
        is other; ``unreviewed`` while a second person is missing, ``settled`` where the exception is none any
        more, ``superseded`` by a later one, ``withdrawn`` where that takes it back.
        """
        return self._frame("decisions")

    @property
    def ageing(self) -> pd.DataFrame:
        """What nobody has decided, and its money at risk, by age in days and currency."""
        return frame_of(self._worklist_ageing())

    @property
    def days(self) -> pd.DataFrame:
        """What came on each day, by currency, what waits for a notification, and which days are silent."""
        return frame_of(self._aspect("days"))

    @property
    def key_history(self) -> pd.DataFrame:
        """When each key was in use, with which others, and from when to when it should be valid."""
        return frame_of(self._aspect("key_history"))

    @property
    def fees(self) -> pd.DataFrame:
        """What the gateway kept of payments, as notifications and ledger say, the largest difference first."""
        return frame_of(self._aspect("fees"))

    @property
    def refunds(self) -> pd.DataFrame:
        """Orders of which something went back, against what was paid, those with a problem first."""
        return frame_of(self._aspect("refunds"))

    def decidable(self) -> dict[str, dict[str, Any]]:
        """What each row of the worklist is decided on: plain facts, by the key of what the row is about."""
        with self._listing() as worklist:
            return worklist.bases()

    def dearest(self, count: int) -> list[dict[str, Any]]:
        """The first so many rows of the worklist, as plain values."""
        rows: list[dict[str, Any]] = []
        for part in self._listed_parts("worklist", WORKLIST_SCHEMA.names):
            rows += part.slice(0, count - len(rows)).to_pylist()
            if len(rows) >= count:
                break
        return rows

    @property
    def findings(self) -> pd.DataFrame:
        """One row a notification and finding, with the notification's verdict and the sentence of the finding."""
        return frame_of(findings_table(self.table("notifications"), self.lang))

    @property
    def lang(self) -> str:
        """The language of the run's sentences."""
        lang: str = self.facts.get("options", {}).get("lang", ENGLISH)
        return lang

    def connect(self) -> duckdb.DuckDBPyConnection:
        """A DuckDB connection that has every table as a view of its name; whoever asks for it closes it."""
        made = {name: self.table(name) for name in self._made if not self.has(name)}
        return connected({**self.tables, **made}, self.lang)

    @property
    def summary(self) -> dict[str, Any]:
        """What comes first, what looks like wrong input, counts by word, the tie-out, and what nothing can show.

        ``headline`` says how many need a person and how much money that is; ``exposure`` what a shop that checks as the
        documentation's sample does would have released wrongly, by class; ``grades`` who vouches for accepted money.
        Plain values, ready for JSON.
        """
        headline = self._headline
        intake = self.table("intake")
        in_all = {name: _sum(intake[name]) for name in ("records", "notifications", "unreadable", "other")}
        counts = self._counts
        derived = {name: self._derived(name) for name in DERIVED}
        return {
            "headline": headline_text(headline, self.lang),
            "needs_a_person": headline.as_facts(),
            "intake": {"sources": len(intake), **in_all},
            "diagnosis": (told := diagnoses(counts, intake, {**self.facts, **derived})),
            "signatures": _sorted(counts.signatures),
            "verdicts": _sorted(counts.verdicts),
            "findings": _sorted(counts.findings),
            **(self._order_side() if self.has("results") else {}),
            **derived,
            "ageing": [{**row, "at_risk": f"{row['at_risk']:.8f}"} for row in self._worklist_ageing().to_pylist()],
            **({"decisions": self._standings()} if self._has_decisions else {}),
            "relies_on_unsigned": dict(counts.relies),
            "notes": [
                *(one["text"] for one in told),
                *_warnings(intake),
                *self.facts.get("notes", []),
                *filter(None, [core_note()]),
            ],
            "cannot_show": [BLIND_SPOT_SENTENCES.say(code, self.lang) for code in BLIND_SPOTS],
        }

    @property
    def is_exceptional(self) -> bool:
        """Whether anything calls for a person.

        That is an exception, a forged, suspect or unreadable notification, or a broken chain. That a source may be cut
        off is no more than a note: a last line without an end looks the same. What a person has decided calls for
        none, unless the decisions cannot all be read.
        """
        is_exceptional = (
            any(self._counts.verdicts[verdict] for verdict in _EXCEPTIONAL_VERDICTS)
            or any(OUTCOMES[code].is_exception for code in self._counts.outcomes)
            or bool(pc.any(_has_broken_chain(self.table("intake"))).as_py())
        )
        if not self._has_decisions:
            return is_exceptional
        headline = self._headline
        is_unread = any(one["code"] == DECISIONS_UNREADABLE for one in self.facts.get("diagnosis", ()))
        return is_unread or (is_exceptional and bool(headline.identifiers or headline.others))

    @property
    def plot(self) -> Plots:
        """Pictures, each with its numbers: ``plot.daily()``, ``plot.outcomes()``, ``plot.waterfall()``.

        Each is shown in a cell, has its numbers as ``table``, and draws into matplotlib's axes with ``draw``.
        """
        tie_out = self.table("tie_out")
        with closing(self.connect()) as connection:
            daily = figures.daily(connection)
            outcomes = (
                figures.by_outcome(connection, tie_out) if self.has("results") else figures.BY_OUTCOME.empty_table()
            )
        return Plots({"daily": daily, "outcomes": outcomes, "waterfall": figures.waterfall(tie_out)}, self.lang)

    def to_parquet(
        self,
        folder: str | os.PathLike[str],
        *,
        partition: str | None = None,
        row_group_rows: int = ROW_GROUP_ROWS,
    ) -> Path:
        """Writes the report folder, whole or not at all; an earlier report there is replaced in one step.

        Args:
            folder: Absent, empty, or an earlier report; with ``partition`` absent or empty.
            partition: ``day`` or ``month``: a folder for a warehouse instead, each table a folder of its own,
                notifications, orders and results cut as Hive does. It is no report that can be read back, compared,
                checked or taken over from: those read the one that it was made of.
            row_group_rows: The most rows of a row group.

        Raises:
            OptionError: It is no period, or no number of rows.
            OutputError: The folder holds something else, or cannot be written.
        """
        require_partitioning(partition, row_group_rows)
        target = report_path(folder)
        tables = {name: self.table(name) for name in self._written}
        if partition is not None:
            write_partitioned(target, tables, self.manifest_facts(), partition, row_group_rows)
            return target
        with new_report(target) as partial:
            digests = write_tables(partial, tables, row_group_rows)
            write_manifest(partial, self.manifest_facts(), digests)
        return target

    def to_csv(self, file: str | os.PathLike[str], *, lang: str | None = None) -> Path:
        """Writes the worklist as CSV for a spreadsheet, in which no text can become a formula.

        Args:
            file: Where; an earlier file is replaced.
            lang: The language of the sentences; that of the run when None.

        Raises:
            OptionError: There is no such language.
            OutputError: The file cannot be written.
        """
        parts = self._retold(lang)._listed_parts("worklist", WORKLIST_SCHEMA.names)  # noqa: SLF001 - its own
        return write_made(folder_path(file), worklist_csv(parts), self.manifest_facts())

    def to_excel(self, file: str | os.PathLike[str], *, lang: str | None = None) -> Path:
        """Writes a workbook: summary, worklist, results, notifications and tie-out.

        Text stays text, leading zeros and long digits too, and no cell can become a formula or a link. Amounts are
        numbers with the decimals of their currency; one of more than 15 digits is text, since spreadsheets would round
        it. Where a sheet has no room for all rows, or a cell for all of a text, the first sheet says so.

        Args:
            file: Where; an earlier file is replaced.
            lang: The language of the sentences; that of the run when None.

        Raises:
            OptionError: There is no such language.
            OutputError: The file cannot be written.
        """
        path = folder_path(file)
        told = self._retold(lang)
        names = ["worklist", "notifications", *(name for name in ("results", "tie_out") if told.has("results"))]
        columns_of = {name: told._column_names(name) for name in names}  # noqa: SLF001 - its own
        with made_file(path, self.manifest_facts()) as opened:
            write_workbook(opened, columns_of, told._listed_parts, told.summary, told.lang)  # noqa: SLF001
        return path

    def to_html(self, file: str | os.PathLike[str], *, lang: str | None = None) -> Path:
        """Writes the report as one page to hand over: it needs nothing else, sends nothing, and can check itself.

        Whoever has a secret types it into the page, and the browser computes every signature again. As ``report.html``
        in the report's own folder the manifest names it.

        Args:
            file: Where; an earlier file is replaced.
            lang: The language of the page; that of the run when None.

        Raises:
            OptionError: There is no such language.
            OutputError: The file cannot be written, or would stand in the folder of another report.
        """
        from corena_recon.report.page import Paged, page_of  # noqa: PLC0415 - loads a template engine

        path = folder_path(file)
        told = self._retold(lang)
        made = {name: told.table(name) for name in self._made if not told.has(name)}
        page = page_of(Paged({**told.tables, **made}, told.summary, told.facts, told.inputs, told.lang))
        self.require_in_place()
        return write_made(path, page, self.manifest_facts())

    def evaluate(self, labels: Any) -> Evaluation:  # noqa: ANN401
        """How far verdicts and outcomes agree with labels: precision, recall and counts by class.

        Args:
            labels: A CSV file's path, or a table: columns ``verdict`` and ``outcome`` or one of them, and as keys
                ``source`` with ``record``, or ``identifier``. What has no label is in no count.

        Raises:
            InputError: It is no table.
            ColumnError: It lacks columns, or labels one thing in two ways.
        """
        results = self.table("results") if self.has("results") else None
        return evaluation_of(self.table("notifications"), results, labels, self.lang)

    def masked(self, key: bytes | None = None) -> Reconciliation:
        """The same for others' eyes: names, mails, numbers and addresses by keyed digest, so that equal stays equal.

        Everything in ``extra`` is masked, and every column of the orders that was mapped to none; the bytes of records
        are left out. What signatures cover, identifiers and transactions stay. All that is made of it is masked alike.
        A run has nothing to take over from a masked report, and ``check`` asks for the one that it was made of.

        Args:
            key: Of the digest, at least 16 bytes; that in CORENA_MASK_KEY when None, and else one that is drawn.

        Raises:
            OptionError: It is no key.
        """
        mask = Mask.of(key)
        tables: dict[str, pa.Table | StoredTable] = {
            **self._tables,
            "notifications": masked_notifications(self.table("notifications"), mask),
        }
        if self.has("orders"):
            tables["orders"] = masked_orders(self.table("orders"), self.facts.get("mapping") or {}, mask)
        notes = [*self.facts.get("notes", []), MASKED.say(mask.origin, self.lang)]
        facts = {**self.facts, **{name: self._derived(name) for name in DERIVED}, "masked": mask.origin, "notes": notes}
        tables.setdefault("worklist", self.table("worklist"))
        return Reconciliation(tables, facts=facts, counts=self._counts)

    def moved_to(self, folder: Path) -> Reconciliation:
        """The same with its files in another folder."""
        tables = {
            name: table._replace(path=folder / table.path.name) if isinstance(table, StoredTable) else table
            for name, table in self._tables.items()
        }
        return Reconciliation(tables, facts=self.facts, counts=self._known_counts, decisions=self._kept)

    def manifest_facts(self) -> dict[str, Any]:
        """What the manifest says besides the outputs' digests."""
        return {
            "version": __version__,
            "inputs": self.inputs,
            "rows": {name: self._row_count(name) for name in self._written},
            **{name: self._derived(name) for name in DERIVED},
            **{name: value for name, value in self.facts.items() if name not in (*OF_THE_RUN, "inputs")},
        }

    @property
    def inputs(self) -> dict[str, str | None]:
        """SHA-256 of all that was read, by name; different inputs of one name are numbered."""
        intake = self.table("intake")
        of_archive = zip(intake["source"].to_pylist(), intake["sha256"].to_pylist(), strict=True)
        inputs: dict[str, str | None] = {}
        for name, digest in (*of_archive, *self.facts.get("inputs", ())):
            own, number = name, 1
            while own in inputs and inputs[own] != digest:
                number += 1
                own = f"{name} ({number})"
            inputs[own] = digest
        return inputs

    @classmethod
    def read_parquet(cls, folder: str | os.PathLike[str]) -> Reconciliation:
        """A report folder read back; tables are loaded when they are asked for.

        Raises:
            OutputError: The folder is no report, or one of its files is not the one that was written.
        """
        path = folder_path(folder)
        manifest = read_manifest(path)
        while (unlike := _unlike(tables := _tables_of(path, manifest), manifest)) is not None:
            manifest, before = read_manifest(path), manifest
            if manifest == before:
                raise OutputError(
                    f"{unlike} is not the file that the report's manifest names", hint="run the audit again"
                )
        known = ("package", "format", "version", "rows", "outputs", "seal")
        facts = {name: value for name, value in manifest.items() if name not in known}
        facts["inputs"] = list(manifest.get("inputs", {}).items())
        return cls(tables, facts=facts)

    def __repr__(self) -> str:
        counts = ", ".join(f"{name}: {self._row_count(name)}" for name in self._tables)
        return f"Reconciliation({counts})"

    def _repr_html_(self) -> str:
        return report_card(self.summary, self.dearest(CARD_ROWS), Look(self.lang))

    def _retold(self, lang: str | None) -> Reconciliation:
        """The same in a language, as it would be read back; the worklist's sentences are made again in another."""
        if lang is None:
            lang = self.lang
        require_language(lang)
        facts = {name: value for name, value in self.facts.items() if name not in OF_THE_RUN}
        facts = json.loads(json.dumps(facts, sort_keys=True))
        if lang == self.lang:
            return Reconciliation(self._tables, facts=facts, counts=self._known_counts, decisions=self._kept)
        tables = {name: table for name, table in self._tables.items() if name not in self._made}
        facts["options"] = {**facts.get("options", {}), "lang": lang}
        kept = Kept.of_table(self.table("decisions")) if self._kept is None and self._has_decisions else self._kept
        return Reconciliation(tables, facts=facts, counts=self._known_counts, decisions=kept)

    def _exceptional_results(self) -> pa.Table:
        results = self.table("results")
        codes = pa.array([outcome.code for outcome in OUTCOMES.values() if outcome.is_exception])
        return results.filter(pc.is_in(results["outcome"], codes))

    @property
    def _written(self) -> list[str]:
        """The tables of a report folder."""
        return [name for name in (*TABLES, *SOMETIMES) if name in self._tables or name in self._made]

    @property
    def _made(self) -> Sequence[str]:
        """Tables that are made of the others where a report has them not."""
        return ("worklist", "decisions") if self._has_decisions else ("worklist",)

    @property
    def _has_decisions(self) -> bool:
        return self._kept is not None or self.has("decisions")

    def _standings(self) -> dict[str, int]:
        """How many decisions there are of each standing."""
        standings = Counter(self.table("decisions")["standing"].to_pylist())
        return {standing.value: standings[standing.value] for standing in Standing}

    @property
    def _headline(self) -> Headline:
        parts = self._listed_parts("worklist", HEADLINE_COLUMNS)
        return headline_of(parts, self._row_count("results") if self.has("results") else None)

    def _aspect(self, name: str) -> pa.Table:
        with self._listing() as worklist:
            return worklist.aspect(name)

    def _worklist_ageing(self) -> pa.Table:
        names = ("since", "currency", "at_risk", "decision")
        return ageing_of(self._listed_parts("worklist", names))

    def _derived(self, name: str) -> Any:  # noqa: ANN401 - plain values
        return self.facts[name] if name in self.facts else self._telling.derived[name]

    @property
    def _telling(self) -> Told:
        """What a report without it would tell a person to do; made when it is first asked for."""
        if self._told is None:
            with self._listing() as worklist:
                rows = pa.concat_tables([WORKLIST_SCHEMA.empty_table(), *worklist.rows(self.lang)])
                decisions = worklist.decisions()
                self._told = Told(rows, worklist.derived(), decisions)
        return self._told

    @contextmanager
    def _listing(self) -> Iterator[Worklist]:
        with connect() as connection:
            gathered = Gathered(connection)
            for part in self._parts("notifications", REMARKABLE.names):
                gathered.add_notifications(part)
            for part in self._parts("results", EXCEPTIONAL.names) if self.has("results") else ():
                gathered.add_results(part)
            with Worklist(gathered, self.tables, self.facts, self._kept) as worklist:
                yield worklist

    def _frame(self, name: str) -> pd.DataFrame:
        return frame_of(self.table(name))

    @property
    def _counts(self) -> Counts:
        """What the summary counts; counted when it is first asked for, a part of the rows at a time."""
        if self._known_counts is None:
            counts = Counts()
            for part in self._parts("notifications", NOTIFICATION_COLUMNS):
                counts.add_notifications(part)
            if self.has("results"):
                for part in self._parts("orders", ORDER_COLUMNS):
                    counts.add_orders(part)
                for part in self._parts("results", RESULT_COLUMNS):
                    counts.add_results(part)
            self._known_counts = counts
        return self._known_counts

    def _listed_parts(self, name: str, columns: Sequence[str]) -> Iterator[pa.Table]:
        """As ``_parts``, of what is made where the report has it not, too."""
        if name in self._made and not self.has(name):
            return iter([self.table(name).select(columns)])
        return self._parts(name, columns)

    def _column_names(self, name: str) -> list[str]:
        table = self._tables.get(name)
        if not isinstance(table, StoredTable):
            return list(self.table(name).column_names)
        with table.opened() as file:
            return list(file.schema_arrow.names)

    def _parts(self, name: str, columns: Sequence[str]) -> Iterator[pa.Table]:
        table = self._tables[name]
        if isinstance(table, pa.Table):
            yield table.select(columns)
            return
        with table.opened() as file:
            for group in range(file.num_row_groups):
                yield file.read_row_group(group, columns=list(columns))

    def _order_side(self) -> dict[str, Any]:
        """The part of the summary that needs orders."""
        return {
            "orders": {
                "rows": self._counts.order_rows,
                "unreadable": self._counts.unreadable_orders,
                **_as_mapped(self.facts.get("mapping")),
            },
            "outcomes": _sorted(self._counts.outcomes),
            "tie_out": tie_out_rows(self.table("tie_out")),
        }

    def _row_count(self, name: str) -> int:
        table = self._tables.get(name)
        if not isinstance(table, StoredTable):
            return len(self.table(name))
        with table.opened() as file:
            return int(file.metadata.num_rows)


def _tables_of(folder: Path, manifest: Mapping[str, Any]) -> dict[str, StoredTable]:
    """The tables of a report folder, by name."""
    return {
        name: StoredTable.at(folder / f"{name}.parquet")
        for name in (*TABLES, *SOMETIMES)
        if f"{name}.parquet" in manifest["outputs"]
    }


def _unlike(tables: Mapping[str, StoredTable], manifest: Mapping[str, Any]) -> Path | None:
    """A file that is not the one that the manifest names, if any: it was changed, or the whole report was."""
    for table in tables.values():
        try:
            is_like = table.sha256() == manifest["outputs"][table.path.name]
        except (OSError, OutputError):
            is_like = False
        if not is_like:
            return table.path
    return None


def _has_broken_chain(intake: pa.Table) -> pa.ChunkedArray:
    return pc.fill_null(pc.not_equal(intake["chain"], SOUND), False)


def _as_mapped(mapping: Mapping[str, Any] | None) -> dict[str, Any]:
    """How the orders were read, and how many rows were left out; nothing where that is not known."""
    return {} if mapping is None else {"excluded": mapping.get("excluded", 0), "mapping": dict(mapping)}


def _warnings(intake: pa.Table) -> list[str]:
    """What is wrong with sources as such, one sentence each, the first few of a kind."""
    warnings = []
    for rows, problem in (
        (intake.filter(intake["truncated"]), "may be cut off or damaged: it ends early, or without a line end"),
        (
            intake.filter(_has_broken_chain(intake)),
            "has a chain that is {chain}: lines were changed, left out or cut off",
        ),
    ):
        shown = rows.slice(0, _WARNINGS_MAX).to_pylist()
        warnings += [f"{row['source']} {problem.format(chain=row['chain'])}." for row in shown]
        if len(rows) > len(shown):
            warnings.append(f"So it is with {len(rows) - len(shown)} more sources.")
    noted = intake.filter(intake["note"].is_valid()).to_pylist() if "note" in intake.column_names else []
    for note in dict.fromkeys(row["note"] for row in noted):
        names = [row["source"] for row in noted if row["note"] == note]
        more = f" and {len(names) - _WARNINGS_MAX} more" if len(names) > _WARNINGS_MAX else ""
        warnings.append(f"{', '.join(names[:_WARNINGS_MAX])}{more}: {note}.")
    return warnings


def tie_out_rows(tie_out: pa.Table) -> list[dict[str, Any]]:
    """The tie-out as plain values: amounts as text with 8 decimals, outcomes without a share left out.

    A report of before has no columns for outcomes that there were not.
    """
    return [
        {
            "currency": row["currency"],
            **{name: f"{row[name]:.8f}" for name in ("ordered", "paid", "difference")},
            "by_outcome": {code: f"{row[code]:.8f}" for code in OUTCOMES if row.get(code)},
        }
        for row in tie_out.to_pylist()
    ]


def _sorted(counts: Counter[str]) -> dict[str, int]:
    return dict(sorted(counts.items()))


def _sum(column: pa.ChunkedArray) -> int:
    return int(pc.sum(column).as_py() or 0)
