"""What has changed from one report to the next: identifiers, forgeries, inputs, money."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import pyarrow as pa

from corena_recon.decisions import Standing
from corena_recon.languages import Words, grouped
from corena_recon.money import money_text
from corena_recon.report.result import Reconciliation
from corena_recon.schemas import RESULT_SCHEMA, TIE_OUT_SCHEMA
from corena_recon.tables.engine import Scope, connect, rows_in, sql_literal
from corena_recon.tables.frames import frame_of
from corena_recon.text import printable
from corena_recon.vocabulary import OUTCOMES, Verdict

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb
    import pandas as pd

DIFFERENCES: Final = Words(
    "differences",
    {
        "same": "Nothing has changed.",
        "identifiers": "Identifiers: {changed} changed, {new} new, {vanished} vanished.",
        "worse": "Exceptions that were none before: {count}.",
        "better": "Exceptions that are none any more: {count}.",
        "forgeries": "Forged notifications that were not there before: {count}.",
        "decided": "Decisions that stand and did not before: {count}.",
        "undecided": "Decisions that stood and do not any more: {count}.",
        "input_changed": "Input changed: {name}.",
        "input_new": "Input added: {name}.",
        "input_vanished": "Input left out: {name}.",
        "money": "{what} in {currency}: {before} before, {after} now ({moved}).",
        "ordered": "Ordered",
        "paid": "Paid",
        "difference": "Difference",
        "no_currency": "no currency",
        "change": "{identifier}: {before} before, {after} now.",
        "absent": "not there",
        "more": "… and {count} more.",
    },
)
"""What has changed, in words."""

_COMPARED: Final = (
    "outcome",
    "reasons",
    "order_amount",
    "order_currency",
    "paid_amount",
    "paid_currency",
    "difference",
)
_SHOWN_MAX: Final = 10


class Difference(NamedTuple):
    """What has changed from one report to the next.

    Attributes:
        results: One row an identifier that changed, is new or vanished: how it was before, how it is, and whether it
            became an exception (``is_worse``) or is none any more (``is_better``).
        forgeries: Forged notifications that the earlier report has not.
        inputs: Names of inputs with the digest before and now, where these differ; none of what is only elsewhere.
        decisions: Decisions that stand and did not before (``stands``), and that stood and do not any more: identifier,
            outcome, decision, by, and the standing now.
        money: Currency, and ordered, paid and difference before and now, where these differ.
        lang: Of its words.
    """

    results: pa.Table
    forgeries: pa.Table
    inputs: dict[str, tuple[str | None, str | None]]
    decisions: list[dict[str, Any]]
    money: list[dict[str, Any]]
    lang: str

    @property
    def frame(self) -> pd.DataFrame:
        """The identifiers that changed, are new or vanished, a row each."""
        return frame_of(self.results)

    @property
    def forged(self) -> pd.DataFrame:
        """The forged notifications that the earlier report has not."""
        return frame_of(self.forgeries)

    @property
    def got_worse(self) -> bool:
        """Whether there is an exception that was none, or a forgery that was not there."""
        return bool(self.counts["worse"] or len(self.forgeries))

    @property
    def counts(self) -> dict[str, int]:
        """How many identifiers changed, are new, vanished, became an exception, are none any more."""
        changes = self.results["change"].to_pylist()
        counts = {word: changes.count(word) for word in ("changed", "new", "vanished")}
        for name in ("worse", "better"):
            counts[name] = sum(self.results[f"is_{name}"].to_pylist())
        return counts

    def to_dict(self) -> dict[str, Any]:
        """The same as plain values, ready for JSON; amounts are text."""
        return {
            "got_worse": self.got_worse,
            "counts": {**self.counts, "forgeries": len(self.forgeries)},
            "results": [_plain(row) for row in self.results.to_pylist()],
            "forgeries": [_plain(row) for row in self.forgeries.to_pylist()],
            "decisions": self.decisions,
            "inputs": {name: {"before": before, "now": now} for name, (before, now) in self.inputs.items()},
            "money": [_plain(row) for row in self.money],
            "text": str(self),
        }

    def __repr__(self) -> str:
        return f"Difference(results={self.results.num_rows}, forgeries={self.forgeries.num_rows})"

    def __str__(self) -> str:
        return "\n".join(printable(line) for line in self._lines()) or DIFFERENCES.say("same", self.lang)

    def _repr_html_(self) -> str:
        lines = "".join(f"<p>{escape(line)}</p>" for line in str(self).split("\n"))
        return f'<div style="border-left:4px solid #0072B2;padding:0 12px">{lines}</div>'

    def _lines(self) -> Iterator[str]:
        counts = self.counts
        shown = {name: grouped(count, self.lang) for name, count in counts.items()}
        if len(self.results):
            yield self._say("identifiers", **shown)
        for name in ("worse", "better"):
            if counts[name]:
                yield self._say(name, count=shown[name])
        if len(self.forgeries):
            yield self._say("forgeries", count=grouped(len(self.forgeries), self.lang))
        yield from self._of_decisions()
        for name, (before, now) in self.inputs.items():
            yield self._say(
                "input_new" if before is None else "input_vanished" if now is None else "input_changed", name=name
            )
        for row in self.money:
            yield from self._of_money(row)
        for row in self.results.slice(0, _SHOWN_MAX).to_pylist():
            words = [row["outcome_before"], row["outcome"]]
            before, after = (word or self._say("absent") for word in words)
            yield "  " + self._say("change", identifier=row["identifier"], before=before, after=after)
        if len(self.results) > _SHOWN_MAX:
            yield "  " + self._say("more", count=grouped(len(self.results) - _SHOWN_MAX, self.lang))

    def _of_decisions(self) -> Iterator[str]:
        decided = sum(one["standing"] == Standing.STANDS for one in self.decisions)
        for name, count in (("decided", decided), ("undecided", len(self.decisions) - decided)):
            if count:
                yield self._say(name, count=grouped(count, self.lang))

    def _of_money(self, row: Mapping[str, Any]) -> Iterator[str]:
        currency = row["currency"]
        for name in ("ordered", "paid", "difference"):
            before, after = row[f"{name}_before"], row[name]
            if before != after:
                moved = money_text(after - before, currency, self.lang)
                yield self._say(
                    "money",
                    what=self._say(name),
                    currency=currency or self._say("no_currency"),
                    before=money_text(before, currency, self.lang),
                    after=money_text(after, currency, self.lang),
                    moved=moved if moved.startswith("-") else f"+{moved}",
                )

    def _say(self, key: str, **facts: object) -> str:
        return DIFFERENCES.say(key, self.lang, **facts)


def difference_of(old: Reconciliation, new: Reconciliation, lang: str) -> Difference:
    """What has changed from one report to the next.

    Args:
        old: The earlier one.
        new: The later one.
        lang: Of its words.
    """
    tables = {f"{side}_{name}": table for side, found in (("old", old), ("new", new)) for name, table in _of(found)}
    with connect(rows=rows_in(tables.values())) as connection:
        in_memory = {name: table for name, table in tables.items() if isinstance(table, pa.Table)}
        with Scope(connection, **in_memory) as scope:
            for name, table in tables.items():
                if name not in in_memory:
                    scope.view(name, f"FROM read_parquet({sql_literal(str(table))})")
            money = _table(connection, _MONEY).to_pylist()
            return Difference(
                _table(connection, _RESULTS),
                _table(connection, _FORGERIES),
                _inputs(old, new),
                _decisions(old, new),
                money,
                lang,
            )


def _of(found: Reconciliation) -> Iterator[tuple[str, pa.Table | Path]]:
    empty = {"results": RESULT_SCHEMA, "tie_out": TIE_OUT_SCHEMA}
    for name in ("notifications", "results", "tie_out"):
        yield name, found.tables[name] if found.has(name) else empty[name].empty_table()


def _table(connection: duckdb.DuckDBPyConnection, query: str) -> pa.Table:
    return connection.sql(query).to_arrow_table()


def _inputs(old: Reconciliation, new: Reconciliation) -> dict[str, tuple[str | None, str | None]]:
    before, now = old.inputs, new.inputs
    names = dict.fromkeys([*before, *now])
    pairs = {name: (before.get(name), now.get(name)) for name in names}
    # Of one text under two names nothing is new: it was read from another place.
    moved = {*before.values()} & {*now.values()}
    return {
        name: pair
        for name, pair in pairs.items()
        if pair[0] != pair[1] and not (None in pair and {*pair} - {None} <= moved)
    }


def _decisions(old: Reconciliation, new: Reconciliation) -> list[dict[str, Any]]:
    """The last decision of each exception where it stands now and did not, or the other way round."""
    before, now = (
        {row["subject"]: row for row in found.table("decisions").to_pylist() if row["standing"] != Standing.SUPERSEDED}
        for found in (old, new)
    )
    moved = []
    for subject in dict.fromkeys([*before, *now]):
        rows = before.get(subject), now.get(subject)
        stood, stands = (row is not None and row["standing"] == Standing.STANDS for row in rows)
        if stood != stands:
            row = rows[1] or rows[0] or {}
            standing = None if rows[1] is None else row["standing"]
            shown = {name: row[name] for name in ("identifier", "outcome", "decision", "by")}
            moved.append({**shown, "standing": standing})
    return moved


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: f"{value:.8f}" if hasattr(value, "as_tuple") else value for name, value in row.items()}


_EXCEPTIONAL: Final = ", ".join(sql_literal(code) for code, outcome in OUTCOMES.items() if outcome.is_exception)
_BEFORE: Final = ", ".join(f"old_results.{name} AS {name}_before, new_results.{name} AS {name}" for name in _COMPARED)
_DIFFERS: Final = " OR ".join(f"old_results.{name} IS DISTINCT FROM new_results.{name}" for name in _COMPARED)

_RESULTS: Final = f"""
    SELECT identifier,
           CASE WHEN old_results.outcome IS NULL THEN 'new' WHEN new_results.outcome IS NULL THEN 'vanished'
                ELSE 'changed' END AS change,
           {_BEFORE},
           coalesce(new_results.outcome IN ({_EXCEPTIONAL}), false) AS is_exception,
           coalesce(old_results.outcome IN ({_EXCEPTIONAL}), false) AS was_exception,
           is_exception AND NOT was_exception AS is_worse, was_exception AND NOT is_exception AS is_better
    FROM old_results FULL JOIN new_results USING (identifier)
    WHERE {_DIFFERS}
    ORDER BY is_worse DESC, is_exception DESC, was_exception DESC, identifier
"""

_SAID: Final = ("identifier", "amount_text", "signature", "status", "currency", "payment_trx", "received_at")
_ANY: Final = "\n    AND ".join(f"earlier.{name} IS NOT DISTINCT FROM later.{name}" for name in (*_SAID, "repeat"))


def _forged(side: str) -> str:
    return (
        f"SELECT source, record, {', '.join(_SAID)}, findings, "
        f"row_number() OVER (PARTITION BY {', '.join(_SAID)} ORDER BY source, record) AS repeat "
        f"FROM {side}_notifications WHERE verdict = '{Verdict.FORGED}'"
    )


_FORGERIES: Final = f"""
    SELECT * EXCLUDE (repeat) FROM ({_forged("new")}) AS later
    WHERE NOT EXISTS (FROM ({_forged("old")}) AS earlier WHERE {_ANY})
    ORDER BY source, record
"""

_MONEY: Final = """
    FROM (SELECT coalesce(o.currency, n.currency) AS currency,
           coalesce(o.ordered, 0) AS ordered_before, coalesce(n.ordered, 0) AS ordered,
           coalesce(o.paid, 0) AS paid_before, coalesce(n.paid, 0) AS paid,
           coalesce(o.difference, 0) AS difference_before, coalesce(n.difference, 0) AS difference
    FROM old_tie_out AS o FULL JOIN new_tie_out AS n ON o.currency IS NOT DISTINCT FROM n.currency)
    WHERE ordered_before <> ordered OR paid_before <> paid OR difference_before <> difference
    ORDER BY currency
"""
