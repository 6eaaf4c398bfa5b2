"""Which payment belongs to which order, where the identifier alone does not say.

Each pass consumes what it matches: ``identifier`` (byte for byte), ``transaction`` (the payment's transaction id with
the export's), ``amount`` (exactly one free payment and exactly one free order of the same amount and currency, in
time). A tie is told, never guessed.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Final, NamedTuple

import pyarrow as pa

from corena_recon.reconciliation import queries as sql
from corena_recon.reconciliation.facts import HOMES, PAYMENT_FACTS, SINGLE_PAYMENTS, TIE_FACTS
from corena_recon.schemas import ROW_GROUP_ROWS
from corena_recon.tables.engine import EngineTable, Scope, sql_literal
from corena_recon.vocabulary import VERDICT_PLACES, Verdict

_REFERENCE_CHARACTERS: Final = 8
"""How long a part of a cell must be to be a reference of its own."""


class Found(NamedTuple):
    """What the passes found, kept by the engine.

    Attributes:
        payments: All payments, with ``facts.SINGLE_PAYMENTS``.
        homes: The orders that they belong to, with ``facts.HOMES``.
        ties: What the pass ``amount`` could not tell apart, with ``facts.TIE_FACTS``.
    """

    payments: EngineTable
    homes: EngineTable
    ties: EngineTable


def find_homes(notifications: EngineTable, orders: EngineTable, passes: tuple[str, ...], window: timedelta) -> Found:
    """Which order each payment belongs to, by these passes, in order.

    Args:
        notifications: With ``facts.PAYMENT_FACTS``.
        orders: With ``facts.PASSED_ORDERS``.
        passes: Some of ``vocabulary.MATCH_RULES``.
        window: For the pass ``amount``.
    """
    connection = notifications.connection
    with Scope(connection, notifications=notifications, orders=orders) as scope:
        scope.make("repeated_orders", sql.REPEATED_ORDERS)
        scope.make("order_facts", sql.MANY_ORDERS)
        scope.view("accepted_rows", _ACCEPTED_ROWS)
        scope.make("repeated_payments", _REPEATED_PAYMENTS)
        payments = scope.kept(SINGLE_PAYMENTS, _PAYMENTS)
        homes, ties = EngineTable(connection, HOMES), EngineTable(connection, TIE_FACTS)
        with Scope(connection, payments=payments, homes=homes) as free:
            free.view("free_payments", _FREE_PAYMENTS)
            free.view("free_orders", _FREE_ORDERS)
            for name in passes:
                if name == "amount":
                    free.make("amount_candidates", _CANDIDATES, {"window": window})
                    ties.add_from(_AMOUNT_TIES)
                homes.add_from(_PASSES[name])
    return Found(payments, homes, ties)


def sent_home(
    notifications: EngineTable, orders: EngineTable, homes: EngineTable, passes: tuple[str, ...]
) -> Iterator[pa.Table]:
    """The notifications in their order, each with the identifier of the result row that it belongs to.

    The tables have ``facts.PAYMENT_FACTS``. The connection does nothing else until the last of them is taken.
    """
    connection = notifications.connection
    with Scope(connection, notifications=notifications, orders=orders, homes=homes):
        for batch in connection.sql(_home_query(passes)).to_arrow_reader(ROW_GROUP_ROWS):
            yield pa.Table.from_batches([batch]).cast(PAYMENT_FACTS)


def _home_query(passes: tuple[str, ...]) -> str:
    # With a pass ``identifier``, a payment that names an order is that order's, even if another consumed it before.
    own = "notifications.identifier"
    if "identifier" not in passes:
        has_order = f"{own} IN (SELECT identifier FROM orders)"
        own = f"CASE WHEN {has_order} THEN {own} || {sql.UNJOINED_SQL} ELSE {own} END"
    return f"""
SELECT notifications.* REPLACE (coalesce(homes.order_identifier, {own}) AS identifier,
    notifications.identifier AS own_identifier)
FROM notifications
LEFT JOIN homes ON notifications.identifier = homes.identifier AND homes.trx_key = {sql.TRX_KEY}
ORDER BY notifications.row
"""


_ACCEPTED_ROWS: Final = f"""
SELECT *, {sql.TRX_KEY} AS trx_key FROM notifications WHERE verdict = {VERDICT_PLACES[Verdict.ACCEPTED]}
"""

_REPEATED_PAYMENTS: Final = "SELECT identifier, trx_key FROM accepted_rows GROUP BY ALL HAVING count(*) > 1"

_PAYMENTS: Final = """
SELECT identifier, trx_key, min(nullif(payment_trx, '')) AS trx, min(amount) AS amount,
    min(currency) AS currency, min(received_at) AS paid_at
FROM accepted_rows SEMI JOIN repeated_payments USING (identifier, trx_key) GROUP BY ALL
UNION ALL BY NAME
SELECT identifier, trx_key, nullif(payment_trx, '') AS trx, amount, currency, received_at AS paid_at
FROM accepted_rows ANTI JOIN repeated_payments USING (identifier, trx_key)
"""
"""Nearly all payments come once: to group those takes many times as long as to tell that they do."""

_FREE_PAYMENTS: Final = "SELECT * FROM payments ANTI JOIN homes USING (identifier, trx_key)"
_FREE_ORDERS: Final = "SELECT * FROM order_facts WHERE identifier NOT IN (SELECT order_identifier FROM homes)"

_CANDIDATES: Final = """
SELECT p.identifier, p.trx_key, o.identifier AS order_identifier,
    count(*) OVER (PARTITION BY p.identifier, p.trx_key) AS orders,
    count(*) OVER (PARTITION BY o.identifier) AS payments
FROM free_payments p JOIN free_orders o
    ON p.amount = o.order_amount AND p.currency = upper(o.order_currency)
    AND p.paid_at BETWEEN o.ordered_at AND o.ordered_at + $window::INTERVAL
"""

_AMOUNT_TIES: Final = f"""
WITH ties AS (FROM amount_candidates WHERE orders > 1 OR payments > 1)
SELECT DISTINCT identifier, 'ambiguous_amount' AS amount_reason FROM (
    SELECT order_identifier AS identifier FROM ties
    UNION ALL
    SELECT unnest([identifier, identifier || {sql.UNJOINED_SQL}]) FROM ties
)
"""

_BETWEEN_REFERENCES: Final = r"[\s,;|+]+"
_REFERENCES: Final = f"""[o.transaction_id] || list_filter(
    string_split_regex(o.transaction_id, {sql_literal(_BETWEEN_REFERENCES)}),
    lambda part: part <> o.transaction_id AND length(part) >= {_REFERENCE_CHARACTERS}
)"""
"""What a cell names: itself, and each of several references in it."""

_PASSES: Final = {
    "identifier": """
SELECT p.identifier, p.trx_key, p.identifier AS order_identifier, 'identifier' AS rule
FROM free_payments p WHERE p.identifier IN (SELECT identifier FROM free_orders)
""",
    "transaction": f"""
WITH named AS (
    SELECT any_value(identifier) AS identifier, transaction_id FROM (
        SELECT DISTINCT o.identifier, unnest({_REFERENCES}) AS transaction_id
        FROM orders o SEMI JOIN free_orders USING (identifier)
        WHERE o.transaction_id <> ''
    ) GROUP BY transaction_id HAVING count(*) = 1
)
SELECT p.identifier, p.trx_key, named.identifier AS order_identifier, 'transaction' AS rule
FROM free_payments p JOIN named ON p.trx = named.transaction_id
""",
    "amount": """
SELECT identifier, trx_key, order_identifier, 'amount' AS rule FROM amount_candidates WHERE orders = 1 AND payments = 1
""",
}
"""What each pass matches, as rows of ``homes``."""
