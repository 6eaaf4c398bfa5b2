"""The worklist itself: rows by money at risk, with their sentences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

import pyarrow as pa
import pyarrow.compute as pc

from corena_recon.decisions import Kept
from corena_recon.languages import FINDING_SENTENCES, QUOTED_MAX_CHARACTERS
from corena_recon.money import money_texts
from corena_recon.report.aspects import (
    FEE_SCHEMA,
    REFUND_SCHEMA,
    days_table,
    fee_differences,
    fees_table,
    keys_table,
    ledger_days,
    open_days,
    refund_problems,
    refunds_table,
    zone_of,
)
from corena_recon.report.diagnosis.counts import Counts
from corena_recon.report.diagnosis.stretches import stretches
from corena_recon.report.worklist import queries
from corena_recon.report.worklist.deciding import DECIDED_ROWS, Deciding
from corena_recon.report.worklist.evidence import SUBJECT, bases
from corena_recon.report.worklist.exposure import exposure_of, own_keys
from corena_recon.report.worklist.gathering import Gathered
from corena_recon.report.worklist.words import NEXT_STEPS, UNKNOWN, WHY, filled, next_step_of, template
from corena_recon.schemas import DECISION_SCHEMA, ROW_GROUP_ROWS, WORKLIST_SCHEMA
from corena_recon.tables.columns import encoded, whole
from corena_recon.tables.engine import Scope, plain_rows, sql_literal

if TYPE_CHECKING:
    import duckdb

Tables = Mapping[str, pa.Table | Path]
"""The tables of a report by name: in memory, or in Parquet files."""

DERIVED: Final = (*("exposure", "grades", "stretches", "silent_days", "ledger_days", "refunds", "fees", "key_history"),)
"""What else is known once the worklist is."""

_CURRENCY_OF: Final = {"ordered": "ordered_in", "paid": "paid_in", "difference": "currency", "refunded": "refunded_in"}
"""Facts that are money, and the columns of their currencies."""
_AMOUNT_OF: Final = {"difference": "at_risk"}
_KEYED_STEP: Final = "no_trusted_payment_key"
_OF_KEYS: Final = pa.array(["retired_key"])


class Worklist:
    """What a report tells a person to do, and what goes with it.

    Args:
        gathered: Of the report's notifications and results.
        tables: Of the report: notifications and intake, and where there are orders, those and results.
        facts: Of the report: its options, its ring.
        counts: Of the report.
        decisions: What was decided of its exceptions; None where nobody keeps decisions.
    """

    def __init__(
        self,
        gathered: Gathered,
        tables: Tables,
        facts: Mapping[str, Any],
        counts: Counts,
        decisions: Kept | None = None,
    ) -> None:
        self._counts = counts
        self._connection = gathered.connection
        self._kept = decisions
        self._deciding: Deciding | None = None
        self._refunds = REFUND_SCHEMA.empty_table()
        self._has_orders, self._has_ledger = "results" in tables, "ledger" in tables
        self._facts = facts
        in_memory = {name: table for name, table in tables.items() if isinstance(table, pa.Table)}
        kept = {"remarkable": gathered.remarkable, "exceptional": gathered.exceptional}
        self._scope = Scope(self._connection, **in_memory, **kept)
        self._files = {name: table for name, table in tables.items() if isinstance(table, Path)}

    def __enter__(self) -> Self:
        self._scope.__enter__()
        for name, path in self._files.items():
            self._scope.view(name, f"FROM read_parquet({sql_literal(str(path))})")
        passes = "match_on" in self._options
        self._scope.make("own", queries.own_query(has_orders=self._has_orders, passes=passes))
        if self._has_orders:
            self._refunds = refunds_table(self._connection, has_ledger=self._has_ledger, zone=zone_of(self._facts))
            with Scope(self._connection, given_back=self._refunds):
                self._scope.make("refund_problems", queries.REFUND_PROBLEMS)
        return self

    def __exit__(self, *error: object) -> None:
        self._scope.__exit__(*error)

    def rows(self, lang: str) -> Iterator[pa.Table]:
        """The worklist in parts, the largest risk first; none when nothing needs a person.

        Args:
            lang: Of the sentences.
        """
        query = queries.facts_query(has_orders=self._has_orders)
        asked = {"as_of": self._options.get("as_of")}
        if self._kept is None:
            yield from _worded_rows(self._connection.sql(query, params=asked), lang)
            return
        self._scope.make("listed", query, asked)
        two_people = bool(self._options.get("two_people"))
        self._deciding = Deciding(self._kept, two_people=two_people, lang=lang)
        standings = self._deciding.look(self._connection, has_orders=self._has_orders)
        with Scope(self._connection, standings=standings):
            yield from _worded_rows(self._connection.sql(DECIDED_ROWS), lang)

    def decisions(self) -> pa.Table:
        """All decisions with their standing, once the rows are known; none where nobody keeps decisions."""
        return DECISION_SCHEMA.empty_table() if self._deciding is None else self._deciding.table()

    def bases(self) -> dict[str, dict[str, Any]]:
        """What each row is decided on, by the key of what it is about."""
        self._scope.make(
            "decidable",
            f"SELECT {SUBJECT} AS subject, identifier, outcome, source "
            f"FROM ({queries.facts_query(has_orders=self._has_orders)})",
            {"as_of": self._options.get("as_of")},
        )
        found = bases(self._connection, "decidable", has_orders=self._has_orders)
        return {told["subject"]: basis for told, basis in found}

    def derived(self) -> dict[str, Any]:
        """What is derived beside it, by the names of DERIVED; plain values, ready for JSON.

        ``exposure`` is what a shop that checks as the documentation's sample does would have released wrongly, by
        class; ``grades`` is accepted money by who vouches for it: the gateway's ``ledger``, or the signature alone.
        ``stretches`` are times of which something is missing, ``silent_days`` days without notifications, each with
        the orders and the money that wait for one, ``ledger_days`` those on which the ledger has more, ``refunds``
        those that have a problem, by problem, ``fees`` payments of which notification and ledger name other charges,
        and ``key_history`` when each key was in use.
        """
        exposure = exposure_of(self._connection, own_keys(self._facts)) if self._has_orders else []
        refunds = refund_problems(self.aspect("refunds"))
        keys = [
            {name: f"{value:%Y-%m-%dT%H:%M:%SZ}" if hasattr(value, "year") else value for name, value in row.items()}
            for row in self.aspect("key_history").to_pylist()
        ]
        days = self.aspect("days")
        zone = zone_of(self._facts)
        has_grace = self._options.get("grace") is not None
        missing = stretches(self._counts, self._connection, has_orders=self._has_orders, zone=zone, has_grace=has_grace)
        of_days = open_days(days), ledger_days(days)
        derived = exposure, self._grades(), missing, *of_days, refunds, fee_differences(self.aspect("fees")), keys
        return dict(zip(DERIVED, derived, strict=True))

    def aspect(self, name: str) -> pa.Table:
        """Another view of the report: ``days``, ``fees``, ``key_history`` or ``refunds``."""
        if name == "days":
            has = {"has_orders": self._has_orders, "has_ledger": self._has_ledger}
            return days_table(self._connection, **has, zone=zone_of(self._facts))
        if name == "fees":
            return fees_table(self._connection) if self._has_ledger else FEE_SCHEMA.empty_table()
        if name == "key_history":
            return keys_table(self._connection, self._facts)
        return self._refunds

    def _grades(self) -> dict[str, dict[str, str]]:
        query = queries.GRADES if self._has_orders else queries.GRADES_ALONE
        grades: dict[str, dict[str, str]] = {"ledger": {}, "signed": {}}
        for row in plain_rows(self._connection, query):
            grades[row["grade"]][row["currency"] or ""] = f"{row['amount']:.8f}"
        return grades

    @property
    def _options(self) -> Mapping[str, Any]:
        options: Mapping[str, Any] = self._facts.get("options", {})
        return options


def _worded_rows(relation: duckdb.DuckDBPyRelation, lang: str) -> Iterator[pa.Table]:
    for batch in relation.to_arrow_reader(ROW_GROUP_ROWS):
        if len(batch):
            yield _worded(pa.Table.from_batches([batch]), lang)


def _worded(rows: pa.Table, lang: str) -> pa.Table:
    """Rows of facts as rows of the worklist."""
    forms = encoded(whole(rows["form"]))
    order, whys, steps = [], [], []
    for place, form in enumerate(forms.dictionary.to_pylist()):
        of_form = pc.equal(forms.indices, place)
        some = rows.filter(of_form)
        order.append(pc.indices_nonzero(of_form))
        facts = _Facts(some, lang)
        whys.append(_why(form, some, facts))
        steps.append(_next_step(form, some, facts))
    places = pc.sort_indices(pa.concat_arrays(order)) if order else pa.array([], pa.uint64())
    sentences = {"why": whys, "next_step": steps}
    columns = {
        **{name: rows[name] for name in WORKLIST_SCHEMA.names if name in rows.column_names},
        **{name: pa.concat_arrays(said).take(places) for name, said in sentences.items()},
    }
    if "note" in rows.column_names:
        noted = pc.binary_join_element_wise(columns["why"], whole(rows["note"]), " ")
        columns["why"] = pc.coalesce(noted, columns["why"])
    columns.setdefault("decision", pa.nulls(len(rows), pa.string()))
    return pa.table([columns[name] for name in WORKLIST_SCHEMA.names], names=WORKLIST_SCHEMA.names).cast(
        WORKLIST_SCHEMA
    )


class _Facts(dict[str, pa.Array]):
    """What sentences say of some rows, each made as text when a sentence asks for it."""

    def __init__(self, rows: pa.Table, lang: str) -> None:
        super().__init__()
        self.lang = lang
        self._rows = rows

    def __missing__(self, name: str) -> pa.Array:
        self[name] = self._money(name) if name in _CURRENCY_OF else self._text(name)
        return self[name]

    def _money(self, name: str) -> pa.Array:
        currencies = whole(self._rows[_CURRENCY_OF[name]])
        numbers = money_texts(whole(self._rows[_AMOUNT_OF.get(name, name)]), currencies, self.lang)
        known = pc.if_else(
            currencies.is_valid(), pc.binary_join_element_wise(numbers, currencies, "\N{NO-BREAK SPACE}"), numbers
        )
        return pc.fill_null(known, UNKNOWN.say("amount", self.lang))

    def _text(self, name: str) -> pa.Array:
        texts = whole(self._rows[name]).cast(pa.string())
        half = QUOTED_MAX_CHARACTERS // 2
        ends = (pc.utf8_slice_codeunits(texts, 0, half), pc.utf8_slice_codeunits(texts, -half, None))
        is_long = pc.greater(pc.utf8_length(texts), QUOTED_MAX_CHARACTERS)
        return pc.fill_null(
            pc.if_else(is_long, pc.binary_join_element_wise(*ends, "…"), texts), UNKNOWN.say("text", self.lang)
        )


def _why(form: str, rows: pa.Table, facts: _Facts) -> pa.Array:
    """Why these rows stand in the worklist; of what is not trusted the gravest finding is told too."""
    said = _with_refunds(form, filled(template(WHY, form, facts.lang), facts, len(rows)), rows, facts)
    codes = encoded(whole(rows["finding"]))
    if rows["outcome"][0].as_py() not in queries.TOLD_WITH_FINDING or codes.null_count == len(codes):
        return said
    sentences = pa.array([FINDING_SENTENCES.say(code, facts.lang) for code in codes.dictionary.to_pylist()])
    told = sentences.take(codes.indices)
    return pc.coalesce(pc.binary_join_element_wise(said, told, " "), said)


def _with_refunds(form: str, said: pa.Array, rows: pa.Table, facts: _Facts) -> pa.Array:
    """The same, and what is wrong with the refund of an exception that is one without it."""
    if "refund_problem" not in rows.column_names:
        return said
    problems = whole(rows["refund_problem"])
    for problem in pc.unique(problems).to_pylist():
        if problem not in (None, form):
            told = filled(template(WHY, problem, facts.lang), facts, len(rows))
            both = pc.binary_join_element_wise(said, told, " ")
            said = pc.if_else(pc.fill_null(pc.equal(problems, problem), False), both, said)
    return said


def _next_step(form: str, rows: pa.Table, facts: _Facts) -> pa.Array:
    said = filled(template(NEXT_STEPS, next_step_of(form), facts.lang), facts, len(rows))
    of_keys = pc.is_in(whole(rows["finding"]), _OF_KEYS)
    return pc.if_else(of_keys, template(NEXT_STEPS, _KEYED_STEP, facts.lang), said)
