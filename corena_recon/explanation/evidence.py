"""What a reconciliation knows about one identifier, asked for piece by piece.

Tables that are still in their Parquet files are not loaded: each question is a query that reads the columns and row
groups it needs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from corena_recon.explanation.counterfactuals.slips import (
    AMOUNT_MAX_CHARACTERS,
    IDENTIFIER_MAX_CHARACTERS,
    identifier_variants,
)
from corena_recon.judgement import (
    ARRIVAL,
    COMPARED_COLUMNS,
    COMPARISONS,
    GROUP_RULES,
    KEPT_FIELDS,
    TWIN_RULES,
    TWINS,
    Among,
    twins_among,
)
from corena_recon.tables.engine import sql_literal
from corena_recon.vocabulary import SUCCESS_STATUSES, Verdict

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb
    import pyarrow as pa

Row = dict[str, Any]
"""One row by column."""

SIMILAR_MAX: Final = 5
"""How many similar identifiers are offered."""
ORDERS_MAX: Final = 5
"""How many order rows are shown."""
COMPARED_MAX: Final = 3
"""How many of the notifications are shown that a finding is about."""

VERIFIED: Final = "signature_status IN ('valid', 'valid_rendered')"
"""SQL that holds of notifications whose signature verifies."""

_DAY_US: Final = 24 * 3600 * 1_000_000
_STRONGEST_FIRST: Final = " ".join(
    f"WHEN '{verdict.value}' THEN {place}"
    for place, verdict in enumerate(
        (
            Verdict.FORGED,
            Verdict.SUSPECT,
            Verdict.ACCEPTED,
            Verdict.OTHER_MODE,
            Verdict.NO_PAYMENT,
            Verdict.DUPLICATE,
            Verdict.UNREADABLE,
        )
    )
)
_BLANKS_RE2: Final = "[\\s\u00a0\u00ad\u200b-\u200f\u2028-\u202f\u2060-\u2064\ufeff]"


def _folded(expression: str) -> str:
    """The form-free reading of an identifier: no case, no blanks, no leading zeros."""
    bare = f"regexp_replace(lower(nfc_normalize({expression})), {sql_literal(_BLANKS_RE2)}, '', 'g')"
    return f"regexp_replace({bare}, '(^|[^0-9])0+([0-9])', '\\1\\2', 'g')"


def _roughly_folded(expression: str) -> str:
    """Equal wherever the form-free readings of plain ASCII identifiers are; a quick first sieve."""
    return f"replace(replace(lower({expression}), ' ', ''), '0', '')"


class Evidence:
    """The tables of one reconciliation, seen from one identifier.

    Args:
        connection: Where views and small temporary tables are made.
        tables: The notifications, and orders and results where there are any; in memory, or in Parquet files.
        identifier: Exact, as archived.
        success_statuses: Those that the verification took for a payment.
        ring: Mode and merchant of keys by their ids, as judging knew them; what any other key signed is compared with
            what that key signed alone.
    """

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        tables: Mapping[str, pa.Table | Path],
        identifier: str,
        *,
        success_statuses: Iterable[str] = SUCCESS_STATUSES,
        ring: Mapping[str, Mapping[str, str | None]] = MappingProxyType({}),
    ) -> None:
        self._connection = connection
        self._identifier = identifier
        self._success_statuses = sorted(success_statuses)
        self.has_orders = {"orders", "results"} <= tables.keys()
        for name in ("notifications", "orders", "results") if self.has_orders else ("notifications",):
            self._view(name, tables[name])
        known = [(key_id, key["mode"], key["merchant"]) for key_id, key in ring.items()]
        connection.execute("CREATE OR REPLACE TEMP TABLE ring (key_id VARCHAR, key_mode VARCHAR, key_merchant VARCHAR)")
        if known:
            connection.executemany("INSERT INTO ring VALUES (?, ?, ?)", known)
        connection.execute(_STORES)
        self._gather("identifier = $identifier", identifier=identifier)

    def counts(self) -> dict[str, int]:
        """How many notifications of the identifier have each verdict."""
        rows = self._rows("SELECT verdict, count(*) AS count FROM own GROUP BY verdict ORDER BY verdict")
        return {row["verdict"]: row["count"] for row in rows}

    def notifications(self, limit: int) -> list[Row]:
        """The identifier's notifications in order of arrival; beyond the limit, the first of each verdict."""
        return self._rows(CHOSEN, limit=limit)

    def orders(self) -> list[Row]:
        """The identifier's order rows, the first few."""
        if not self.has_orders:
            return []
        return self._rows(
            "SELECT source, record, order_amount, order_currency, order_status, order_state, ordered_at, unreadable "
            f"FROM orders WHERE identifier = $identifier ORDER BY source, record LIMIT {ORDERS_MAX}",
            identifier=self._identifier,
        )

    def result(self) -> Row | None:
        """The identifier's result row; that of its order, where a payment that names it has a row of its own."""
        if not self.has_orders:
            return None
        rows = self._rows(
            "SELECT * FROM results WHERE identifier = $identifier ORDER BY order_rows DESC LIMIT 1",
            identifier=self._identifier,
        )
        return rows[0] if rows else None

    def payments_sent_on(self) -> list[Row]:
        """Payments posted with the identifier that a pass gave to the order of another, the first few."""
        return self._rows(_SENT_ON, identifier=self._identifier) if self.has_orders else []

    def payments_brought(self) -> list[Row]:
        """Payments posted with another identifier that a pass gave to the order of this one, the first few."""
        return self._rows(_BROUGHT, identifier=self._identifier) if self.has_orders else []

    def similar_identifiers(self, *, is_mistyped: bool) -> list[str]:
        """Other identifiers that differ by form alone, the first few.

        Args:
            is_mistyped: Whether those that differ by a keystroke will do, where none differs by form alone.
        """
        known = "SELECT identifier FROM notifications"
        if self.has_orders:
            known += " UNION ALL SELECT identifier FROM orders"
        rows = self._rows(
            _BY_FORM.format(
                known=known,
                rough=_roughly_folded("identifier"),
                own_rough=_roughly_folded(_folded("$identifier")),
                its=_folded("identifier"),
                own=_folded("$identifier"),
            ),
            identifier=self._identifier,
        )
        if not rows and is_mistyped:
            typed = {variant.text for variant in identifier_variants(self._identifier)} - {self._identifier}
            rows = self._rows(_BY_KEYSTROKES.format(known=known), typed=sorted(typed))
        return [row["identifier"] for row in rows]

    def compared(self, code: str, row: Row) -> list[Row]:
        """The notifications that a finding of this one is about, the first few in order of arrival.

        Of those with its signature, accepted ones come first.

        Args:
            code: One of ``rules.COMPARISONS``.
            row: One of ``notifications``.
        """
        comparison = COMPARISONS[code]
        same = {name: row[name] for name in comparison.shared}
        conditions = [comparison.condition]
        conditions += [f"{name} = ${name}" for name, value in same.items() if value is not None]
        conditions += [f"{name} IS NULL" for name, value in same.items() if value is None]
        parameters = {name: value for name, value in same.items() if value is not None}
        differing = {f"other_{name}": row[name] for name in comparison.differing if row[name] is not None}
        if comparison.differing:
            ways = [f"{name} <> $other_{name}" for name in comparison.differing if row[name] is not None]
            conditions.append(f"({' OR '.join(['false', *ways])})")
        alike = {name: row[name] for name in comparison.alike if row[name] is not None}
        conditions += [f"coalesce({name} = ${name}, true)" for name in alike]
        parameters |= differing | alike
        if comparison.among is Among.EARLIER:
            conditions.append("place < $place")
            parameters["place"] = row["place"]
        if comparison.among is Among.NOT_SURELY_LATER and row["received_at"] is not None:
            conditions.append("coalesce(received_at <= $received_at, true)")
            parameters["received_at"] = row["received_at"]
        relation, is_group = "own", code in GROUP_RULES
        if "identifier" not in same:
            sieve = "payment_trx = $trx" if "trx" in same else "signature = $signature"
            relation = f"({KNOWN.format(sieve=sieve)})"
            parameters["success_statuses"] = self._success_statuses
        query = _COMPARED.format(
            relation=relation,
            condition=" AND ".join(conditions),
            left_out=_TOLD_APART if is_group else "false",
            first="" if is_group else "verdict <> 'accepted', ",
        )
        return self._rows(query, **parameters)

    def knows(self, identifier: str) -> bool:
        """Whether a verified notification or an order has exactly this identifier."""
        known = f"SELECT 1 AS one FROM notifications WHERE identifier = $identifier AND {VERIFIED}"
        if self.has_orders:
            known += " UNION ALL SELECT 1 FROM orders WHERE identifier = $identifier"
        return bool(self._rows(f"{known} LIMIT 1", identifier=identifier))

    def usual_decimals(self, key_id: str) -> int | None:
        """The number of decimals that most accepted notifications of a key have; None without a clear majority."""
        counts = {row["decimals"]: row["count"] for row in self._rows(_DECIMALS, key_id=key_id)}
        top = max(counts, key=lambda decimals: int(counts[decimals]), default=None)
        return None if top is None or counts[top] * 2 <= sum(counts.values()) else int(top)

    def amounts(self, limit: int) -> pa.Array:
        """Distinct amount texts of the archive and the orders, most frequent first."""
        known = "SELECT amount_text AS text, count(*) AS count FROM notifications GROUP BY amount_text"
        if self.has_orders:
            known += " UNION ALL SELECT order_amount::VARCHAR, count(*) FROM orders GROUP BY order_amount"
        table = self._connection.sql(
            f"SELECT text FROM ({known}) WHERE text <> '' AND length(text) <= {AMOUNT_MAX_CHARACTERS} "
            "GROUP BY text ORDER BY sum(count) DESC, text LIMIT $limit",
            params={"limit": limit},
        ).to_arrow_table()
        return table["text"].combine_chunks()

    def identifiers(self, limit: int) -> pa.Array:
        """Identifiers of the archive and the orders, most recent first."""
        return self._recent("identifier AS amount, identifier", limit)["identifier"].combine_chunks()

    def pairs(self, limit: int) -> pa.Table:
        """Pairs of ``amount`` and ``identifier`` of notifications and orders, most recent first."""
        return self._recent("{amount} AS amount, identifier", limit)

    def _recent(self, columns: str, limit: int) -> pa.Table:
        """The most recent rows; whole days are chosen first, so that only rows near the limit are sorted."""
        amounts = {"notifications": "coalesce(amount_rendering, amount_text)", "orders": "order_amount::VARCHAR"}
        moments = {"notifications": "received_at", "orders": "ordered_at"}
        names = ("notifications", "orders") if self.has_orders else ("notifications",)
        known = " UNION ALL ".join(
            f"SELECT {columns.format(amount=amounts[name])}, source, record, "
            f"coalesce(epoch_us({moments[name]}), 0) AS moment FROM {name}"
            for name in names
        )
        since = self._rows(_SINCE.format(known=known), limit=limit)[0]["since"]
        return self._connection.sql(
            _RECENT.format(known=known), params={"since": since, "limit": limit}
        ).to_arrow_table()

    def _gather(self, sieve: str, **parameters: Any) -> None:  # noqa: ANN401
        """Keeps the notifications that are asked about, each with its place among those of its identifier."""
        self._connection.execute(_OWN.format(sieve=sieve), {**parameters, "success_statuses": self._success_statuses})

    def _view(self, name: str, table: pa.Table | Path) -> None:
        if hasattr(table, "schema"):
            self._connection.register(name, table)
        else:
            path = sql_literal(str(table))
            self._connection.execute(f"CREATE TEMP VIEW {name} AS SELECT * FROM read_parquet({path})")

    def _rows(self, sql: str, **parameters: Any) -> list[Row]:  # noqa: ANN401
        rows: list[Row] = self._connection.sql(sql, params=parameters).to_arrow_table().to_pylist()
        return rows


_STORES: Final = f"""
CREATE OR REPLACE TEMP TABLE stores AS
SELECT source, {", ".join(f"count({name}) FILTER ({VERIFIED}) > 0 AS keeps_{name}" for name in KEPT_FIELDS)}
FROM notifications GROUP BY source
"""
"""Which fields anything that verifies has in each source."""

_OF_WORLDS: Final = """(
    SELECT * EXCLUDE (raw, key_mode), coalesce(key_mode, 'that of ' || key_id) AS key_mode
    FROM notifications LEFT JOIN ring USING (key_id) LEFT JOIN stores USING (source) WHERE {sieve}
)"""
KNOWN: Final = f"""
SELECT *, {", ".join(f"{expression} AS {name}" for name, expression in COMPARED_COLUMNS.items())} FROM {_OF_WORLDS}
"""
"""Notifications with all that rules compare; a key that nothing is known of is a world of its own."""

_OWN: Final = f"""
CREATE OR REPLACE TEMP TABLE own AS
SELECT row_number() OVER (PARTITION BY identifier ORDER BY {", ".join(ARRIVAL)}) AS place, *
FROM ({KNOWN})
"""

CHOSEN: Final = f"""
WITH ranked AS (
    SELECT *, row_number() OVER (PARTITION BY identifier, verdict ORDER BY place) AS its_turn FROM own
)
SELECT * EXCLUDE (its_turn) FROM ranked
QUALIFY row_number() OVER (PARTITION BY identifier ORDER BY its_turn, CASE verdict {_STRONGEST_FIRST} END) <= $limit
ORDER BY identifier, place
"""
"""The notifications that are shown of each identifier."""

MAY_BE_TOLD_APART: Final = f"list_has_any(findings, {sorted(TWIN_RULES)})"
"""SQL that holds of notifications that have twins."""

_IS_TWIN: Final = " AND ".join(f"twins.{name} = its.{name}" for name in TWINS.shared)
_TOLD_APART: Final = f"{MAY_BE_TOLD_APART} AND EXISTS (SELECT 1 FROM twins WHERE {_IS_TWIN})"
"""Twins that judging has told apart are not compared any further."""
_TWINNED: Final = ", ".join(TWINS.shared)

_COMPARED: Final = f"""
WITH its AS (SELECT * FROM {{relation}} WHERE {VERIFIED} AND {{condition}}),
doubtful AS (SELECT DISTINCT {_TWINNED} FROM its WHERE {MAY_BE_TOLD_APART}),
verified AS (
    SELECT {_TWINNED}, {", ".join(TWINS.differing)} FROM (
        SELECT *, {COMPARED_COLUMNS["world"]} AS world FROM {_OF_WORLDS.format(sieve=VERIFIED)}
    ) SEMI JOIN doubtful USING ({_TWINNED})
),
twins AS ({twins_among("verified")})
SELECT * FROM its WHERE NOT ({{left_out}}) ORDER BY {{first}}{", ".join(ARRIVAL)} LIMIT {COMPARED_MAX}
"""

_PASSED: Final = """
SELECT DISTINCT identifier, match_rule, unnest(payment_trx) AS payment_trx
FROM results WHERE match_rule <> 'identifier' AND {condition}
"""
_SENT_ON: Final = f"""
SELECT passed.payment_trx, passed.identifier, match_rule, source, record
FROM own JOIN ({_PASSED.format(condition="identifier <> $identifier")}) passed USING (payment_trx)
WHERE own.identifier = $identifier AND verdict = 'accepted' ORDER BY place LIMIT {COMPARED_MAX}
"""
_BROUGHT: Final = f"""
SELECT payment_trx, its.identifier, match_rule, source, record
FROM notifications its JOIN ({_PASSED.format(condition="identifier = $identifier")}) passed USING (payment_trx)
WHERE verdict = 'accepted' AND its.identifier <> $identifier ORDER BY {", ".join(ARRIVAL)} LIMIT {COMPARED_MAX}
"""

_HAS_CONTROL: Final = " OR ".join(f"contains(identifier, chr({code}))" for code in (9, 10, 11, 12, 13))

_BY_FORM: Final = f"""
SELECT DISTINCT identifier FROM ({{known}})
WHERE ({{rough}} = {{own_rough}} OR strlen(identifier) <> length(identifier) OR {_HAS_CONTROL})
    AND identifier <> $identifier AND {{its}} = {{own}}
ORDER BY identifier LIMIT {SIMILAR_MAX}
"""

_BY_KEYSTROKES: Final = f"""
SELECT DISTINCT identifier FROM ({{known}}) WHERE identifier IN (SELECT unnest($typed))
ORDER BY identifier LIMIT {SIMILAR_MAX}
"""

_DECIMALS: Final = """
SELECT CASE WHEN strpos(text, '.') = 0 THEN 0 ELSE length(text) - strpos(text, '.') END AS decimals, count(*) AS count
FROM (
    SELECT CASE WHEN fidelity = 'raw' THEN amount_text ELSE coalesce(amount_rendering, amount_text) END AS text
    FROM notifications WHERE key_id = $key_id AND verdict = 'accepted' AND fidelity <> 'number'
)
GROUP BY decimals
"""

_SINCE: Final = f"""
SELECT min(day) * {_DAY_US} AS since FROM (
    SELECT day, sum(count) OVER (ORDER BY day DESC) - count AS newer FROM (
        SELECT moment // {_DAY_US} AS day, count(*) AS count FROM ({{known}}) GROUP BY day
    )
) WHERE newer < $limit
"""

_RECENT: Final = f"""
SELECT amount, identifier, source, record FROM ({{known}})
WHERE moment >= $since AND amount <> '' AND identifier <> ''
    AND length(amount) <= {IDENTIFIER_MAX_CHARACTERS} AND length(identifier) <= {IDENTIFIER_MAX_CHARACTERS}
ORDER BY moment DESC, source, record LIMIT $limit
"""
