"""What orders and payments show of wrong input: which column holds what the shop sent, where few find each other."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from corena_recon.schemas import ORDER_SCHEMA
from corena_recon.tables.engine import EngineTable, Scope
from corena_recon.tables.spool import Chunk, ChunkedRows
from corena_recon.text import printable
from corena_recon.vocabulary import VERDICT_PLACES, Diagnosis, Severity, Verdict

if TYPE_CHECKING:
    import duckdb

PAID_COLUMNS: Final = ("own_identifier", "identifier", "payment_trx", "verdict")


def diagnose(
    connection: duckdb.DuckDBPyConnection,
    notifications: Iterable[Chunk],
    orders: ChunkedRows,
    *,
    payments: int,
    matched: int,
) -> list[Diagnosis]:
    """The diagnosis ``join``; none when at least half of the payments found an order.

    Args:
        connection: For temporary tables.
        notifications: With PAID_COLUMNS of ``facts.PAYMENT_FACTS``.
        orders: As read, with all columns of the export.
        payments: How many payments there are.
        matched: How many of them found an order.
    """
    if not payments or matched * 2 >= payments:
        return []
    said = [f"Only {matched:,} of {payments:,} payments find an order by identifier."]
    facts: dict[str, Any] = {"payments": payments, "matched": matched}
    with EngineTable(connection, _ACCEPTED_SCHEMA) as paid:
        for chunk in notifications:
            with Scope(connection, part=chunk.table):
                paid.add_from(_ACCEPTED)
        counts = _counts(paid, orders)
        with Scope(connection, accepted=paid):
            [(kinds, constant)] = connection.execute(_KINDS).fetchall()
    if kinds == 1 and payments > 1:
        facts["constant"] = constant
        said.append(
            f"Every payment carries the same identifier {printable(constant)!r}: the shop sends a constant. "
            "Match by transaction or amount instead (match_on)."
        )
    column, count = max(((column, named) for column, named, _ in counts), key=_count, default=("", 0))
    if count > matched:
        facts |= {"identifier_column": column, "identifiers": count}
        said.append(
            f"The column {printable(column)!r} of the export holds {count:,} of the {payments:,} identifiers: "
            "map it as identifier."
        )
    column, count = max(((column, named) for column, _, named in counts), key=_count, default=("", 0))
    if count:
        facts |= {"transaction_column": column, "transactions": count}
        said.append(
            f"The column {printable(column)!r} of the export holds {count:,} of the {payments:,} transaction ids: "
            "map it as transaction_id and match by transaction (match_on)."
        )
    if len(said) == 1:
        said.append("No column of the export holds them: it does not name what the shop sends as identifier.")
    return [Diagnosis("join", Severity.ERROR, facts, " ".join(said))]


def uncompared_currencies(count: int) -> list[Diagnosis]:
    """The diagnosis ``currency_not_compared`` where amounts were compared without currencies; none where none were.

    Args:
        count: Of how many orders.
    """
    if not count:
        return []
    found = f"Currencies are not compared for {count:,} of the paid orders, where order or payment leaves them open: "
    text = f"{found}map the export's currency column, or give the currency of its orders (currency)."
    return [Diagnosis("currency_not_compared", Severity.WARNING, {"orders": count}, text)]


def _counts(accepted: EngineTable, orders: ChunkedRows) -> list[tuple[str, int, int]]:
    """For each of the export's own text columns, how many identifiers and how many transaction ids it holds."""
    connection, counts = accepted.connection, []
    for column in orders.names:
        if column in ORDER_SCHEMA.names:
            continue
        with EngineTable(connection, _CELLS_SCHEMA) as held, Scope(connection, accepted=accepted, cells=held):
            for chunk in orders.chunks([column]):
                with Scope(connection, part=chunk.table.rename_columns(["cell"])):
                    held.add_from("SELECT DISTINCT cell FROM part WHERE cell <> ''")
            [(identifiers, transactions)] = connection.execute(_HELD).fetchall()
        counts.append((column, identifiers, transactions))
    return counts


def _count(pair: tuple[str, int]) -> int:
    return pair[1]


_ACCEPTED_SCHEMA: Final = pa.schema([("identifier", pa.string()), ("payment_trx", pa.string())])
_CELLS_SCHEMA: Final = pa.schema([("cell", pa.string())])

_ACCEPTED: Final = f"""
SELECT DISTINCT coalesce(own_identifier, identifier) AS identifier, payment_trx FROM part
WHERE verdict = {VERDICT_PLACES[Verdict.ACCEPTED]}
"""

_KINDS: Final = "SELECT count(DISTINCT identifier), min(identifier) FROM accepted"

_HELD: Final = """
SELECT count(DISTINCT accepted) FILTER (identifier IN (SELECT cell FROM cells)),
    count(DISTINCT accepted) FILTER (payment_trx IN (SELECT cell FROM cells))
FROM accepted
"""
