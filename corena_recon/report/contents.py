"""What a report holds: its tables, in memory or in files, those that are made of the others, and what is counted."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, NamedTuple, Self

import pyarrow as pa
import pyarrow.compute as pc

from corena_recon.decisions import Kept
from corena_recon.languages import ENGLISH, require_language
from corena_recon.report.aspects import ageing_of
from corena_recon.report.diagnosis.counts import NOTIFICATION_COLUMNS, ORDER_COLUMNS, RESULT_COLUMNS, Counts
from corena_recon.report.diagnosis.diagnosis import told_again
from corena_recon.report.stored.folder import SOMETIMES, TABLES
from corena_recon.report.stored.stored_tables import StoredTable, in_place
from corena_recon.report.worklist import (
    DERIVED,
    EXCEPTIONAL,
    HEADLINE_COLUMNS,
    REMARKABLE,
    Gathered,
    Headline,
    Worklist,
    headline_of,
)
from corena_recon.schemas import (
    DECISION_SCHEMA,
    ORDER_SCHEMA,
    RESULT_SCHEMA,
    TIE_OUT_SCHEMA,
    WORKLIST_SCHEMA,
)
from corena_recon.signing import KeyRing
from corena_recon.tables.engine import connect
from corena_recon.version import __version__
from corena_recon.vocabulary import OUTCOMES

OF_THE_RUN: Final = ("seconds", "reused_sources")
"""Facts that tell of the run alone; no report holds them."""

_OF_ORDERS: Final = {"results": RESULT_SCHEMA, "orders": ORDER_SCHEMA, "tie_out": TIE_OUT_SCHEMA}


class Told(NamedTuple):
    """What a report tells a person to do, and what is derived beside it, by name."""

    worklist: pa.Table
    derived: dict[str, Any]
    decisions: pa.Table


class Contents:
    """The tables of one audit as Arrow tables, with all that is derived from them.

    Args:
        tables: By name, in memory or in the files of a report.
        facts: Of the run; plain values.
        counts: Of its rows; counted when they are first asked for, where None.
        decisions: On exceptions; None where nobody keeps any, or a table holds them.
        ring: The keys of the run, where they are known; in memory alone, and in nothing that is written.
    """

    def __init__(
        self,
        tables: Mapping[str, pa.Table | StoredTable],
        *,
        facts: Mapping[str, Any] | None = None,
        counts: Counts | None = None,
        decisions: Kept | None = None,
        ring: KeyRing | None = None,
    ) -> None:
        self._tables = dict(tables)
        self._ring = ring
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
    def lang(self) -> str:
        """The language of the run's sentences."""
        lang: str = self.facts.get("options", {}).get("lang", ENGLISH)
        return lang

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

    def manifest_facts(self) -> dict[str, Any]:
        """What the manifest says besides the outputs' digests."""
        return {
            "version": __version__,
            "inputs": self.inputs,
            "rows": {name: self.row_count(name) for name in self.written_names},
            **{name: self.derived(name) for name in DERIVED},
            **{name: value for name, value in self.facts.items() if name not in (*OF_THE_RUN, "inputs")},
        }

    def decidable(self) -> dict[str, dict[str, Any]]:
        """What each row of the worklist is decided on: plain facts, by the key of what the row is about."""
        with self._listing() as worklist:
            return worklist.bases()

    def dearest(self, count: int) -> list[dict[str, Any]]:
        """The first so many rows of the worklist, as plain values."""
        rows: list[dict[str, Any]] = []
        for part in self.listed_parts("worklist", WORKLIST_SCHEMA.names):
            rows += part.slice(0, count - len(rows)).to_pylist()
            if len(rows) >= count:
                break
        return rows

    def exceptional_results(self) -> pa.Table:
        """The results that a person must look at."""
        results = self.table("results")
        codes = pa.array([outcome.code for outcome in OUTCOMES.values() if outcome.is_exception])
        return results.filter(pc.is_in(results["outcome"], codes))

    @property
    def headline(self) -> Headline:
        """How many need a person, and how much money that is."""
        parts = self.listed_parts("worklist", HEADLINE_COLUMNS)
        return headline_of(parts, self.row_count("results") if self.has("results") else None)

    @property
    def counts(self) -> Counts:
        """What the summary counts; counted when it is first asked for, a part of the rows at a time."""
        if self._known_counts is None:
            counts = Counts()
            for part in self.parts("notifications", NOTIFICATION_COLUMNS):
                counts.add_notifications(part)
            if self.has("results"):
                for part in self.parts("orders", ORDER_COLUMNS):
                    counts.add_orders(part)
                for part in self.parts("results", RESULT_COLUMNS):
                    counts.add_results(part)
            self._known_counts = counts
        return self._known_counts

    def derived(self, name: str) -> Any:  # noqa: ANN401 - plain values
        """One of ``DERIVED``: what is counted beside the worklist."""
        return self.facts[name] if name in self.facts else self._telling.derived[name]

    def aspect(self, name: str) -> pa.Table:
        """One of the other views of an audit, by name."""
        with self._listing() as worklist:
            return worklist.aspect(name)

    def open_by_age(self) -> pa.Table:
        """What nobody has decided, and its money at risk, by age in days and currency."""
        names = ("since", "currency", "at_risk", "decision")
        return ageing_of(self.listed_parts("worklist", names))

    @property
    def has_decisions(self) -> bool:
        """Whether anybody keeps decisions on exceptions."""
        return self._kept is not None or self.has("decisions")

    @property
    def written_names(self) -> list[str]:
        """The tables of a report folder."""
        return [name for name in (*TABLES, *SOMETIMES) if name in self._tables or name in self.made_names]

    @property
    def made_names(self) -> Sequence[str]:
        """Tables that are made of the others where a report has them not."""
        return ("worklist", "decisions") if self.has_decisions else ("worklist",)

    def listed_parts(self, name: str, columns: Sequence[str]) -> Iterator[pa.Table]:
        """As ``parts``, of what is made where the report has it not, too."""
        if name in self.made_names and not self.has(name):
            return iter([self.table(name).select(columns)])
        return self.parts(name, columns)

    def parts(self, name: str, columns: Sequence[str]) -> Iterator[pa.Table]:
        """Columns of a table, a part of its rows at a time; one in a file is not loaded."""
        table = self._tables[name]
        if isinstance(table, pa.Table):
            yield table.select(columns)
            return
        with table.opened() as file:
            for group in range(file.num_row_groups):
                yield file.read_row_group(group, columns=list(columns))

    def column_names(self, name: str) -> list[str]:
        """The columns of a table."""
        table = self._tables.get(name)
        if not isinstance(table, StoredTable):
            return list(self.table(name).column_names)
        with table.opened() as file:
            return list(file.schema_arrow.names)

    def row_count(self, name: str) -> int:
        """How many rows a table has."""
        table = self._tables.get(name)
        if not isinstance(table, StoredTable):
            return len(self.table(name))
        with table.opened() as file:
            return int(file.metadata.num_rows)

    def moved_to(self, folder: Path) -> Self:
        """The same with its files in another folder."""
        tables = {
            name: table._replace(path=folder / table.path.name) if isinstance(table, StoredTable) else table
            for name, table in self._tables.items()
        }
        return self._as(tables, self.facts, self._kept)

    def knowing(self, ring: KeyRing) -> Self:
        """The same with the keys of the run in memory, for what only they can explain."""
        return type(self)(self._tables, facts=self.facts, counts=self._known_counts, decisions=self._kept, ring=ring)

    def told_in(self, lang: str | None) -> Self:
        """The same in a language, as it would be read back; worklist and diagnoses are told again in another."""
        if lang is None:
            lang = self.lang
        require_language(lang)
        facts = {name: value for name, value in self.facts.items() if name not in OF_THE_RUN}
        facts = json.loads(json.dumps(facts, sort_keys=True))
        if lang == self.lang:
            return type(self)(
                self._tables, facts=facts, counts=self._known_counts, decisions=self._kept, ring=self._ring
            )
        tables = {name: table for name, table in self._tables.items() if name not in self.made_names}
        facts["options"] = {**facts.get("options", {}), "lang": lang}
        facts["diagnosis"] = [told_again(one, lang) for one in facts.get("diagnosis", ())]
        kept = Kept.of_table(self.table("decisions")) if self._kept is None and self.has_decisions else self._kept
        return self._as(tables, facts, kept)

    def _as(self, tables: Mapping[str, pa.Table | StoredTable], facts: Mapping[str, Any], kept: Kept | None) -> Self:
        """The same rows as other tables, or with other facts."""
        return type(self)(tables, facts=facts, counts=self._known_counts, decisions=kept, ring=self._ring)

    def __getstate__(self) -> dict[str, Any]:
        """What is pickled or copied: never keys."""
        return {**self.__dict__, "_ring": None}

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
        with connect(rows=sum(map(self.row_count, self._tables))) as connection:
            gathered = Gathered(connection)
            for part in self.parts("notifications", REMARKABLE.names):
                gathered.add_notifications(part)
            for part in self.parts("results", EXCEPTIONAL.names) if self.has("results") else ():
                gathered.add_results(part)
            with Worklist(gathered, self.tables, self.facts, self.counts, self._kept) as worklist:
                yield worklist
