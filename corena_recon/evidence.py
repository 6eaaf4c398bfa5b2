"""What a reconciliation knows about one identifier, asked for piece by piece.

Tables that are still in their Parquet files are not loaded: each question is a query that reads the columns and row
groups it needs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from corena_recon.engine import sql_literal
from corena_recon.report import Reconciliation
from corena_recon.variants import AMOUNT_MAX_CHARACTERS, IDENTIFIER_MAX_CHARACTERS
from corena_recon.vocabulary import Verdict

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

_VERIFIED: Final = "signature_status IN ('valid', 'valid_rendered')"
_ARRIVAL: Final = "received_at NULLS LAST, source, record"
_STRONGEST_FIRST: Final = " ".join(
    f"WHEN '{verdict.value}' THEN {place}"
    for place, verdict in enumerate(
        (Verdict.FORGED, Verdict.SUSPECT, Verdict.ACCEPTED, Verdict.NO_PAYMENT, Verdict.DUPLICATE, Verdict.UNREADABLE)
    )
)
_BLANKS_RE2: Final = "[\\s\u00a0\u00ad\u200b-\u200f\u2028-\u202f\u2060-\u2064\ufeff]"
_MISTYPED_MAX_EDITS: Final = 2
_MISTYPED_MIN_CHARACTERS: Final = 4


def _folded(expression: str) -> str:
    """The form-free reading of an identifier: no case, no blanks, no leading zeros."""
    bare = f"regexp_replace(lower(nfc_normalize({expression})), {sql_literal(_BLANKS_RE2)}, '', 'g')"
    return f"regexp_replace({bare}, '(^|[^0-9])0+([0-9])', '\\1\\2', 'g')"


class Evidence:
    """The tables of one reconciliation, seen from one identifier.

    Args:
        connection: Where views and small temporary tables are made.
        reconciliation: Its notifications, and orders and results where it has them.
        identifier: Exact, as archived.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, reconciliation: Reconciliation, identifier: str) -> None:
        self._connection = connection
        self._identifier = identifier
        self.has_orders = reconciliation.has("orders") and reconciliation.has("results")
        for name in ("notifications", "orders", "results") if self.has_orders else ("notifications",):
            self._view(name, reconciliation.where(name))
        connection.execute(_OWN, {"identifier": identifier})

    def counts(self) -> dict[str, int]:
        """How many notifications of the identifier have each verdict."""
        rows = self._rows("SELECT verdict, count(*) AS count FROM own GROUP BY verdict ORDER BY verdict")
        return {row["verdict"]: row["count"] for row in rows}

    def notifications(self, limit: int) -> list[Row]:
        """The identifier's notifications in order of arrival; beyond the limit, the first of each verdict."""
        return self._rows(_CHOSEN, limit=limit)

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
        """The identifier's result row."""
        if not self.has_orders:
            return None
        rows = self._rows("SELECT * FROM results WHERE identifier = $identifier LIMIT 1", identifier=self._identifier)
        return rows[0] if rows else None

    def similar_identifiers(self, *, is_mistyped: bool) -> list[str]:
        """Other identifiers that differ by form alone, the first few.

        Args:
            is_mistyped: Whether those that differ by a keystroke or two will do, where none differs by form alone.
        """
        known = "SELECT identifier FROM notifications"
        if self.has_orders:
            known += " UNION ALL SELECT identifier FROM orders"
        for template in (_BY_FORM, _BY_KEYSTROKES) if is_mistyped else (_BY_FORM,):
            rows = self._rows(
                template.format(known=known, its=_folded("identifier"), own=_folded("$identifier")),
                identifier=self._identifier,
            )
            if rows:
                return [row["identifier"] for row in rows]
        return []

    def earlier(self, row: Row, condition: str, other_world: list[str]) -> Row | None:
        """The first notification of the identifier that arrived before this one, verifies, and meets a condition.

        Args:
            row: One of ``notifications``.
            condition: SQL over ``own`` as ``its`` and this row as ``this``.
            other_world: Keys of the other mode, live or test, whose notifications do not count.
        """
        return self._first(_EARLIER.format(condition=f"its.place < this.place AND ({condition})"), row, other_world)

    def beside(self, row: Row, condition: str, other_world: list[str]) -> Row | None:
        """As ``earlier``, but of any time."""
        return self._first(_EARLIER.format(condition=condition), row, other_world)

    def with_transaction(self, row: Row, other_world: list[str]) -> list[Row]:
        """Notifications of another identifier or amount with the same transaction id, the first few."""
        return self._rows(
            f"SELECT {_SEEN} FROM notifications WHERE payment_trx = $trx AND {_VERIFIED} "
            "AND (identifier <> $identifier OR coalesce(amount_rendering, amount_text) <> $amount) "
            f"AND NOT list_contains($other_world::VARCHAR[], key_id) ORDER BY {_ARRIVAL} LIMIT 3",
            trx=row["payment_trx"],
            identifier=self._identifier,
            amount=row["signed_amount"],
            other_world=other_world,
        )

    def with_signature(self, row: Row) -> list[Row]:
        """Verified notifications of another split or another content with the same signature, the first few."""
        return self._rows(
            f"SELECT {_SEEN} FROM notifications WHERE signature = $signature AND {_VERIFIED} "
            "AND (identifier <> $identifier OR coalesce(amount_rendering, amount_text) <> $amount) "
            f"ORDER BY verdict <> 'accepted', {_ARRIVAL} LIMIT 3",
            signature=row["signature"],
            identifier=self._identifier,
            amount=row["signed_amount"],
        )

    def knows(self, identifier: str) -> bool:
        """Whether a verified notification or an order has exactly this identifier."""
        known = f"SELECT 1 AS one FROM notifications WHERE identifier = $identifier AND {_VERIFIED}"
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
        known = "SELECT amount_text AS text, received_at AS moment FROM notifications"
        if self.has_orders:
            known += " UNION ALL SELECT order_amount::VARCHAR, ordered_at FROM orders"
        return self._distinct(known, AMOUNT_MAX_CHARACTERS, "count(*) DESC, max(moment) DESC NULLS LAST, text", limit)

    def identifiers(self, limit: int) -> pa.Array:
        """Distinct identifiers of the archive and the orders, most recent first."""
        known = "SELECT identifier AS text, received_at AS moment FROM notifications"
        if self.has_orders:
            known += " UNION ALL SELECT identifier, ordered_at FROM orders"
        return self._distinct(known, IDENTIFIER_MAX_CHARACTERS, "max(moment) DESC NULLS LAST, text", limit)

    def pairs(self, limit: int) -> pa.Table:
        """Distinct pairs of ``amount`` and ``identifier`` of other notifications and orders, most recent first."""
        known = (
            "SELECT coalesce(amount_rendering, amount_text) AS amount, identifier, source, record, "
            "received_at AS moment FROM notifications"
        )
        if self.has_orders:
            known += " UNION ALL SELECT order_amount::VARCHAR, identifier, source, record, ordered_at FROM orders"
        sql = _PAIRS.format(known=known, amount=AMOUNT_MAX_CHARACTERS, identifier=IDENTIFIER_MAX_CHARACTERS)
        return self._connection.sql(sql, params={"own": self._identifier, "limit": limit}).to_arrow_table()

    def _view(self, name: str, table: pa.Table | Path) -> None:
        if hasattr(table, "schema"):
            self._connection.register(name, table)
        else:
            path = sql_literal(str(table))
            self._connection.execute(f"CREATE TEMP VIEW {name} AS SELECT * FROM read_parquet({path})")

    def _first(self, sql: str, row: Row, other_world: list[str]) -> Row | None:
        found = self._rows(sql, place=row["place"], other_world=other_world)
        return found[0] if found else None

    def _distinct(self, known: str, max_characters: int, order: str, limit: int) -> pa.Array:
        table = self._connection.sql(
            f"SELECT text FROM ({known}) WHERE text <> '' AND length(text) <= {max_characters} "
            f"GROUP BY text ORDER BY {order} LIMIT $limit",
            params={"limit": limit},
        ).to_arrow_table()
        return table["text"].combine_chunks()

    def _rows(self, sql: str, **parameters: Any) -> list[Row]:  # noqa: ANN401
        rows: list[Row] = self._connection.sql(sql, params=parameters).to_arrow_table().to_pylist()
        return rows


_OWN: Final = f"""
CREATE OR REPLACE TEMP TABLE own AS
SELECT row_number() OVER (ORDER BY {_ARRIVAL}) AS place, * EXCLUDE (raw),
    coalesce(amount_rendering, amount_text) AS signed_amount, coalesce(payment_trx, '') AS trx
FROM notifications WHERE identifier = $identifier
"""

_CHOSEN: Final = f"""
WITH ranked AS (
    SELECT *, row_number() OVER (PARTITION BY verdict ORDER BY place) AS its_turn FROM own
)
SELECT * EXCLUDE (its_turn) FROM (
    SELECT * FROM ranked ORDER BY its_turn, CASE verdict {_STRONGEST_FIRST} END LIMIT $limit
) ORDER BY place
"""

_SEEN: Final = (
    "source, record, received_at, identifier, coalesce(amount_rendering, amount_text) AS signed_amount, verdict, key_id"
)

_EARLIER: Final = f"""
SELECT its.* FROM own AS its, (SELECT * FROM own WHERE place = $place) AS this
WHERE its.place <> this.place AND its.{_VERIFIED} AND NOT list_contains($other_world::VARCHAR[], its.key_id)
    AND its.signed_amount = this.signed_amount AND ({{condition}})
ORDER BY its.place LIMIT 1
"""

_BY_FORM: Final = f"""
SELECT DISTINCT identifier FROM ({{known}})
WHERE identifier <> $identifier AND {{its}} = {{own}} ORDER BY identifier LIMIT {SIMILAR_MAX}
"""

_BY_KEYSTROKES: Final = f"""
SELECT identifier, min(damerau_levenshtein(identifier, $identifier)) AS edits FROM ({{known}})
WHERE identifier <> $identifier
    AND length($identifier) BETWEEN {_MISTYPED_MIN_CHARACTERS} AND {IDENTIFIER_MAX_CHARACTERS}
    AND abs(length(identifier) - length($identifier)) <= {_MISTYPED_MAX_EDITS}
    AND damerau_levenshtein(identifier, $identifier) <= {_MISTYPED_MAX_EDITS}
GROUP BY identifier ORDER BY edits, identifier LIMIT {SIMILAR_MAX}
"""

_DECIMALS: Final = """
SELECT CASE WHEN strpos(text, '.') = 0 THEN 0 ELSE length(text) - strpos(text, '.') END AS decimals, count(*) AS count
FROM (
    SELECT CASE WHEN fidelity = 'raw' THEN amount_text ELSE coalesce(amount_rendering, amount_text) END AS text
    FROM notifications WHERE key_id = $key_id AND verdict = 'accepted' AND fidelity <> 'number'
)
GROUP BY decimals
"""

_PAIRS: Final = """
SELECT amount, identifier, min({{'source': source, 'record': record}}) AS place FROM ({known})
WHERE amount <> '' AND identifier <> $own
    AND length(amount) <= {amount} AND length(identifier) BETWEEN 1 AND {identifier}
GROUP BY amount, identifier ORDER BY max(moment) DESC NULLS LAST, identifier, amount LIMIT $limit
"""
