"""What to say when few payments find an order: which column of the export holds what the shop sent as identifier."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from corena_recon.text import printable

if TYPE_CHECKING:
    import duckdb


def diagnose(connection: duckdb.DuckDBPyConnection, columns: Iterable[str]) -> list[str]:
    """Notes for the summary; none when at least half of the payments found an order.

    Args:
        connection: With ``notifications``, ``orders`` and ``joined``.
        columns: The text columns of ``orders`` that could hold identifiers.
    """
    [(payments, matched)] = connection.execute(_MATCHED).fetchall()
    if not payments or matched * 2 >= payments:
        return []
    notes = [f"Only {matched:,} of {payments:,} payments find an order by identifier."]
    connection.execute(_ACCEPTED)
    [(kinds, constant)] = connection.execute(
        "SELECT count(DISTINCT identifier), min(identifier) FROM accepted"
    ).fetchall()
    if kinds == 1 and payments > 1:
        notes.append(
            f"Every payment carries the same identifier {printable(constant)!r}: the shop sends a constant. "
            "Match by transaction or amount instead (match_on)."
        )
    best = _best(connection, columns, "identifier")
    if best is not None and best[1] > matched:
        column, count = best
        notes.append(
            f"The column {printable(column)!r} of the export holds {count:,} of the {payments:,} identifiers: "
            "map it as identifier."
        )
    best = _best(connection, columns, "payment_trx")
    if best is not None:
        column, count = best
        notes.append(
            f"The column {printable(column)!r} of the export holds {count:,} of the {payments:,} transaction ids: "
            "map it as transaction_id and match by transaction (match_on)."
        )
    if len(notes) == 1:
        notes.append("No column of the export holds them: it does not name what the shop sends as identifier.")
    return notes


def _best(connection: duckdb.DuckDBPyConnection, columns: Iterable[str], field: str) -> tuple[str, int] | None:
    counts = []
    for column in columns:
        quoted = '"' + column.replace('"', '""') + '"'
        [(count,)] = connection.execute(
            f"SELECT count(*) FROM accepted WHERE {field} <> '' AND {field} IN (SELECT {quoted} FROM orders)"
        ).fetchall()
        counts.append((count, column))
    count, column = max(counts, key=lambda pair: pair[0], default=(0, ""))
    return (column, count) if count else None


_MATCHED = """
SELECT coalesce(sum(payments), 0)::BIGINT, coalesce(sum(payments) FILTER (order_rows > 0), 0)::BIGINT FROM joined
"""

_ACCEPTED = """
CREATE OR REPLACE TEMP TABLE accepted AS
SELECT DISTINCT identifier, payment_trx FROM notifications WHERE verdict = 'accepted'
"""
