"""Payments and orders held against the merchant panel's own export, the third leg.

By transaction id and amount where the ledger has the id (older gateways show the notification's own as the ledger's);
else by amount, currency and day as counts, never using more entries than exist, nor one that names another id. Days
are the panel's; an entry of the day before or after counts where it is the only spare one, and one payment lacks one.
An entry that no payment needs may stand for a notification that was lost.
"""

from __future__ import annotations

from typing import Final

import pyarrow as pa

from corena_recon.reconciliation.facts import LEDGER_FACTS
from corena_recon.tables.engine import EngineTable, Scope


def match(
    ledger: pa.Table, payments: EngineTable, homes: EngineTable, unpaid: EngineTable, *, timezone: str = "UTC"
) -> EngineTable:
    """What the ledger says of payments, and of orders that wait for one.

    A payment is ``confirmed`` when the ledger has it, ``not_covered`` when its day is outside the ledger's days, else
    ``absent``.

    Args:
        ledger: With ``schemas.LEDGER_SCHEMA``.
        payments: With ``facts.SINGLE_PAYMENTS``.
        homes: The orders that they belong to, with ``facts.HOMES``.
        unpaid: With ``facts.UNPAID``.
        timezone: The zone of the ledger's days.

    Returns:
        A table with ``facts.LEDGER_FACTS``.
    """
    with Scope(payments.connection, ledger=ledger, payments=payments, homes=homes, unpaid=unpaid) as scope:
        scope.make("entries", _ENTRIES)
        scope.make("held_payments", _PAYMENTS, {"zone": timezone})
        scope.make("entry_groups", _GROUPS)
        scope.make("neighbours", _NEIGHBOURS)
        scope.make("lost", _LOST, {"zone": timezone})
        return scope.kept(LEDGER_FACTS, _FACTS)


_ENTRIES: Final = """
SELECT coalesce(nullif(payment_trx, ''), nullif(ledger_trx, '')) AS trx, coalesce(payment_trx, '') <> '' AS is_known,
    amount, upper(currency) AS currency, day
FROM ledger WHERE unreadable IS NULL AND amount >= 0
"""

_PAYMENTS: Final = """
WITH paid AS (
    SELECT coalesce(order_identifier, identifier) AS identifier, trx, amount, currency,
        timezone($zone, paid_at)::DATE AS day
    FROM payments LEFT JOIN homes USING (identifier, trx_key)
),
covered AS (SELECT min(day) AS first_day, max(day) AS last_day FROM entries)
SELECT paid.*, row_number() OVER () AS number, EXISTS (
        SELECT * FROM entries WHERE entries.trx = paid.trx AND entries.amount = paid.amount
            AND coalesce(entries.currency, paid.currency, '') = coalesce(paid.currency, entries.currency, '')
    ) AS is_named, coalesce(day BETWEEN first_day AND last_day, false) AS is_covered
FROM paid, covered
"""

_GROUPS: Final = """
WITH wanted AS (
    SELECT amount, currency, day, count(*) AS payments FROM held_payments WHERE NOT is_named GROUP BY ALL
),
held AS (
    SELECT amount, day, currency, count(*) FILTER (NOT is_known) AS entries, count(*) FILTER (is_known) AS others
    FROM entries
    WHERE trx IS NULL OR trx NOT IN (SELECT trx FROM held_payments WHERE is_named) GROUP BY ALL
)
SELECT held.amount, held.day, held.currency, held.entries, coalesce(sum(wanted.payments), 0)::BIGINT AS payments,
    held.others + greatest(held.entries - coalesce(sum(wanted.payments), 0)::BIGINT, 0) AS free
FROM held LEFT JOIN wanted ON held.amount = wanted.amount AND held.day = wanted.day
    AND coalesce(held.currency, wanted.currency, '') = coalesce(wanted.currency, held.currency, '')
GROUP BY held.amount, held.day, held.currency, held.entries, held.others
"""

_NEIGHBOURS: Final = """
WITH lacking AS (
    SELECT p.number, p.amount, p.currency, p.day FROM held_payments p LEFT JOIN entry_groups held
        ON held.amount = p.amount AND held.day = p.day
        AND coalesce(held.currency, p.currency, '') = coalesce(p.currency, held.currency, '')
    WHERE NOT is_named AND is_covered GROUP BY ALL HAVING coalesce(max(held.entries), 0) = 0
),
near AS (
    SELECT number, held.amount, held.day, held.currency, held.entries - held.payments AS spare,
        count(*) OVER (PARTITION BY number) AS days,
        count(*) OVER (PARTITION BY held.amount, held.day, held.currency) AS payments
    FROM lacking JOIN entry_groups held ON held.amount = lacking.amount AND held.day <> lacking.day
        AND held.day BETWEEN lacking.day - 1 AND lacking.day + 1
        AND coalesce(held.currency, lacking.currency, '') = coalesce(lacking.currency, held.currency, '')
    WHERE held.entries > held.payments
)
SELECT number, amount, day, currency FROM near WHERE spare = 1 AND days = 1 AND payments = 1
"""
"""Payments that have the only spare entry of the day before or after, and that entry."""

_LOST: Final = """
WITH waiting AS (
    SELECT identifier, order_amount AS amount, upper(order_currency) AS currency,
        timezone($zone, ordered_at)::DATE AS day
    FROM unpaid
),
spare AS (
    SELECT held.amount, held.day, held.currency, free - (neighbours.number IS NOT NULL)::BIGINT AS free
    FROM entry_groups held LEFT JOIN neighbours ON held.amount = neighbours.amount AND held.day = neighbours.day
        AND held.currency IS NOT DISTINCT FROM neighbours.currency
),
candidates AS (
    SELECT identifier, spare.*, count(*) OVER (PARTITION BY spare.amount, spare.day, spare.currency) AS orders
    FROM waiting JOIN spare ON spare.amount = waiting.amount AND spare.day = waiting.day
        AND coalesce(spare.currency, waiting.currency, '') = coalesce(waiting.currency, spare.currency, '')
    WHERE free > 0
)
SELECT identifier, CASE WHEN sum(free) = 1 AND max(orders) = 1
    THEN 'lost_notification' ELSE 'ledger_ambiguous' END AS reason
FROM candidates GROUP BY identifier
"""

_FACTS: Final = """
WITH judged AS (
    SELECT p.identifier,
        CASE WHEN is_named OR neighbours.number IS NOT NULL THEN 'confirmed' WHEN NOT is_covered THEN 'not_covered'
             WHEN held.entries >= held.payments THEN 'confirmed' ELSE 'absent' END AS ledger,
        NOT is_named AND held.entries > 0 AND held.entries < held.payments AS is_tied
    FROM held_payments p LEFT JOIN entry_groups held
        ON held.amount = p.amount AND held.day = p.day
        AND coalesce(held.currency, p.currency, '') = coalesce(p.currency, held.currency, '')
    LEFT JOIN neighbours USING (number)
),
by_identifier AS (
    SELECT identifier, CASE WHEN bool_or(ledger = 'absent') THEN 'absent'
            WHEN bool_or(ledger = 'not_covered') THEN 'not_covered' ELSE 'confirmed' END AS ledger,
        CASE WHEN bool_or(is_tied) THEN 'ledger_ambiguous' END AS ledger_reason
    FROM judged GROUP BY identifier
)
SELECT * FROM by_identifier UNION ALL SELECT identifier, NULL, reason FROM lost
"""
