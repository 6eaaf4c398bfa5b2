"""Which payment belongs to which order, where the identifier alone does not say.

Each pass consumes what it matches: ``identifier`` (byte for byte), ``transaction`` (the payment's transaction id with
the export's), ``amount`` (exactly one free payment and exactly one free order of the same amount and currency, in
time). A tie is told, never guessed.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from corena_recon.reconciliation.options import BY_IDENTIFIER
from corena_recon.reconciliation.queries import TRX_KEY, UNJOINED_SQL
from corena_recon.vocabulary import VERDICT_PLACES, Verdict

if TYPE_CHECKING:
    import duckdb


def home_query(passes: tuple[str, ...]) -> str:
    """The notifications in their order, each with the identifier of the result row that it belongs to."""
    # With a pass ``identifier``, a payment that none brought home comes too late: its order was consumed before.
    is_left = "true" if "identifier" not in passes else f"verdict = {VERDICT_PLACES[Verdict.ACCEPTED]}"
    own = "notifications.identifier"
    if passes != BY_IDENTIFIER:
        has_order = f"{own} IN (SELECT identifier FROM order_facts)"
        own = f"CASE WHEN {is_left} AND {has_order} THEN {own} || {UNJOINED_SQL} ELSE {own} END"
    return f"""
SELECT notifications.* REPLACE (coalesce(homes.order_identifier, {own}) AS identifier,
    notifications.identifier AS own_identifier)
FROM notifications
LEFT JOIN homes ON notifications.identifier = homes.identifier AND homes.trx_key = {TRX_KEY}
ORDER BY notifications.row
"""


def find_homes(connection: duckdb.DuckDBPyConnection, passes: tuple[str, ...], window: timedelta) -> None:
    """Writes ``homes``, ``rule_facts`` and ``amount_facts`` for these passes, in order.

    Args:
        connection: With the relations ``notifications``, ``orders`` and ``order_facts``.
        passes: Some of ``vocabulary.MATCH_RULES``.
        window: For the pass ``amount``.
    """
    connection.execute(_PAYMENTS)
    connection.execute(_HOMES)
    for name in passes:
        connection.execute(_FREE)
        if name == "amount":
            connection.execute(_CANDIDATES, {"window": window})
            connection.execute(_AMOUNT_TIES)
        connection.execute(_PASSES[name])
    connection.execute(_RULES)


_PAYMENTS = f"""
CREATE OR REPLACE TEMP VIEW accepted_rows AS
SELECT *, {TRX_KEY} AS trx_key FROM notifications WHERE verdict = {VERDICT_PLACES[Verdict.ACCEPTED]};
CREATE OR REPLACE TEMP TABLE repeated AS
SELECT identifier, trx_key FROM accepted_rows GROUP BY ALL HAVING count(*) > 1;
CREATE OR REPLACE TEMP TABLE payments AS
SELECT identifier, trx_key, min(nullif(payment_trx, '')) AS trx, sum(DISTINCT amount) AS amount,
    min(currency) AS currency, min(received_at) AS paid_at
FROM accepted_rows SEMI JOIN repeated USING (identifier, trx_key) GROUP BY ALL
UNION ALL BY NAME
SELECT identifier, trx_key, nullif(payment_trx, '') AS trx, amount, currency, received_at AS paid_at
FROM accepted_rows ANTI JOIN repeated USING (identifier, trx_key)
"""
"""Nearly all payments come once: to group those takes many times as long as to tell that they do."""

_HOMES = """
CREATE OR REPLACE TEMP TABLE homes
    (identifier VARCHAR, trx_key VARCHAR, order_identifier VARCHAR, rule VARCHAR)
"""

_FREE = """
CREATE OR REPLACE TEMP VIEW free_payments AS SELECT * FROM payments ANTI JOIN homes USING (identifier, trx_key);
CREATE OR REPLACE TEMP VIEW free_orders AS
SELECT * FROM order_facts WHERE identifier NOT IN (SELECT order_identifier FROM homes)
"""

_CANDIDATES = """
CREATE OR REPLACE TEMP TABLE amount_candidates AS
SELECT p.identifier, p.trx_key, o.identifier AS order_identifier,
    count(*) OVER (PARTITION BY p.identifier, p.trx_key) AS orders,
    count(*) OVER (PARTITION BY o.identifier) AS payments
FROM free_payments p JOIN free_orders o
    ON p.amount = o.order_amount AND p.currency = upper(o.order_currency)
    AND p.paid_at BETWEEN o.ordered_at AND o.ordered_at + $window::INTERVAL
"""

_AMOUNT_TIES = f"""
CREATE OR REPLACE TEMP TABLE amount_facts AS
SELECT DISTINCT identifier, 'ambiguous_amount' AS amount_reason FROM (
    SELECT order_identifier AS identifier FROM amount_candidates WHERE orders > 1 OR payments > 1
    UNION ALL
    SELECT unnest([identifier, identifier || {UNJOINED_SQL}]) FROM amount_candidates WHERE orders > 1 OR payments > 1
)
"""

_PASSES: Final = {
    "identifier": """
INSERT INTO homes
SELECT p.identifier, p.trx_key, p.identifier, 'identifier'
FROM free_payments p WHERE p.identifier IN (SELECT identifier FROM free_orders)
""",
    "transaction": """
INSERT INTO homes
WITH named AS (
    SELECT any_value(identifier) AS identifier, transaction_id FROM (
        SELECT DISTINCT o.identifier, o.transaction_id FROM orders o SEMI JOIN free_orders USING (identifier)
        WHERE o.transaction_id <> ''
    ) GROUP BY transaction_id HAVING count(*) = 1
)
SELECT p.identifier, p.trx_key, named.identifier, 'transaction'
FROM free_payments p JOIN named ON p.trx = named.transaction_id
""",
    "amount": """
INSERT INTO homes
SELECT identifier, trx_key, order_identifier, 'amount' FROM amount_candidates WHERE orders = 1 AND payments = 1
""",
}

_RULES = """
CREATE OR REPLACE TEMP TABLE rule_facts AS
SELECT order_identifier AS identifier, min(rule) AS rule FROM homes GROUP BY order_identifier
HAVING min(rule) <> 'identifier'
"""
"""The rules that brought orders their payments, where it was another than the usual one."""
