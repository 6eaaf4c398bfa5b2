"""What the panel says went back, and of which payment: by its name, else by its amount, never by a guess.

A refund in the panel names no payment as a rule. Those of one amount and currency are counted against what the shop
says went back of that amount. One that is left over belongs to a payment where exactly one has its amount, else to
nobody that is known. A withdrawal pays the shop itself as a rule: of the amount of a refund it may be that refund, and
no more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pyarrow as pa

from corena_recon.schemas import MONEY
from corena_recon.tables.engine import Scope
from corena_recon.vocabulary import LedgerEntry, Verdict

if TYPE_CHECKING:
    import duckdb

PANEL_SAYS: Final = pa.schema(
    [
        *((name, pa.string()) for name in ("identifier", "currency", "says")),
        *((name, MONEY) for name in ("named", "besides")),
        ("source", pa.string()),
        ("record", pa.int64()),
    ]
)
"""One row an identifier, or a refund of none that is known: what went back by the name of its payment (``named``), what
besides what the shop says (``besides``), how sure that is, and where the first of it stands."""

_ENTRY: Final = "entry"


def panel_rows(connection: duckdb.DuckDBPyConnection) -> pa.Table | None:
    """What the ledger has of refunds and withdrawals; None where it has none.

    Args:
        connection: With ``results``, ``notifications``, ``ledger``, and ``claims``: ``identifier, currency, amount,
            paid_on`` of what the shop says went back.
    """
    if _ENTRY not in connection.sql("FROM ledger LIMIT 0").columns:
        return None
    with Scope(connection) as scope:
        scope.make("outgoing", _OUTGOING)
        if not connection.sql("SELECT 1 FROM outgoing LIMIT 1").fetchall():
            return None
        scope.make("by_name", _BY_NAME)
        scope.make("groups", _GROUPS)
        scope.make("spare", _SPARE)
        scope.make("placed", _PLACED)
        return connection.sql(_SAYS).to_arrow_table().cast(PANEL_SAYS)


_OUTGOING: Final = f"""
    SELECT row_number() OVER (ORDER BY day, source, record) AS number, entry,
           coalesce(nullif(payment_trx, ''), nullif(ledger_trx, '')) AS trx, -amount AS amount,
           coalesce(upper(currency), sole) AS currency, day, source, record
    FROM ledger, (SELECT CASE WHEN count(DISTINCT currency) = 1 THEN min(currency) END AS sole FROM notifications
                  WHERE verdict = '{Verdict.ACCEPTED}')
    WHERE unreadable IS NULL AND entry IN ('{LedgerEntry.REFUND}', '{LedgerEntry.WITHDRAWAL}')
"""

_BY_NAME: Final = f"""
    SELECT number, min(identifier) AS identifier
    FROM outgoing JOIN (SELECT identifier, unnest(payment_trx) AS trx FROM results WHERE payments > 0) USING (trx)
    WHERE entry = '{LedgerEntry.REFUND}' GROUP BY number HAVING count(DISTINCT identifier) = 1
"""

_GROUPS: Final = f"""
    WITH held AS (
        SELECT amount, currency, count(*) FILTER (entry = '{LedgerEntry.REFUND}') AS refunds, max(day) AS last_day,
               count(*) FILTER (entry = '{LedgerEntry.WITHDRAWAL}') AS withdrawals
        FROM outgoing ANTI JOIN by_name USING (number) GROUP BY ALL
    ),
    claimed AS (
        SELECT amount, currency, count(*) AS claims
        FROM claims ANTI JOIN by_name USING (identifier) WHERE currency IS NOT NULL GROUP BY ALL
    )
    SELECT held.*, coalesce(claims, 0) AS claims
    FROM held LEFT JOIN claimed ON held.amount = claimed.amount AND held.currency = claimed.currency
"""
"""How many refunds and withdrawals of an amount there are, and how many the shop tells of."""

_SPARE: Final = f"""
    SELECT number, amount, currency, day, source, record, refunds - claims AS spares
    FROM (
        SELECT *, row_number() OVER (PARTITION BY amount, currency ORDER BY number DESC) AS place
        FROM outgoing ANTI JOIN by_name USING (number) WHERE entry = '{LedgerEntry.REFUND}'
    ) JOIN groups USING (amount, currency)
    WHERE place <= refunds - claims
    UNION ALL
    SELECT number, amount, currency, day, source, record, NULL FROM outgoing ANTI JOIN by_name USING (number)
    WHERE entry = '{LedgerEntry.REFUND}' AND currency IS NULL
"""
"""Refunds of which the shop tells nothing."""

_PLACED: Final = """
    WITH payers AS (
        SELECT paid_amount AS amount, paid_currency AS currency,
               count(*) FILTER (claims.identifier IS NULL) AS unclaimed, count(claims.identifier) AS claimed,
               min(results.identifier) FILTER (claims.identifier IS NULL) AS payer, min(claims.identifier) AS again,
               min(first_paid_at::DATE) FILTER (claims.identifier IS NULL) AS paid_on
        FROM (FROM results WHERE payments > 0) AS results LEFT JOIN claims USING (identifier)
        WHERE (paid_amount, paid_currency) IN (SELECT (amount, currency) FROM spare) AND results.identifier NOT IN
              (SELECT identifier FROM by_name)
        GROUP BY paid_amount, paid_currency
    )
    SELECT spare.*, CASE WHEN spares > 1 THEN NULL
                         WHEN unclaimed = 1 AND coalesce(paid_on <= day + 1, true) THEN payer
                         WHEN unclaimed = 0 AND claimed = 1 THEN again END AS identifier
    FROM spare LEFT JOIN payers USING (amount, currency)
"""

_FIRST: Final = "min({'source': source, 'record': record})"

_SAYS: Final = f"""
    WITH named AS (
        SELECT identifier, any_value(currency) AS currency, sum(amount) AS named, {_FIRST} AS place
        FROM by_name JOIN outgoing USING (number) GROUP BY identifier
    ),
    besides AS (
        SELECT identifier, any_value(currency) AS currency, sum(amount) AS besides, {_FIRST} AS place
        FROM placed WHERE identifier IS NOT NULL GROUP BY identifier
    ),
    counted AS (
        SELECT identifier, CASE
            WHEN last_day < paid_on - 1 THEN 'absent'
            WHEN refunds >= claims THEN 'confirmed' WHEN refunds > 0 THEN 'ambiguous'
            WHEN withdrawals >= claims THEN 'possible' WHEN withdrawals > 0 THEN 'ambiguous' ELSE 'absent' END AS said
        FROM claims LEFT JOIN groups ON claims.amount = groups.amount AND claims.currency = groups.currency
    )
    SELECT identifier, coalesce(named.currency, besides.currency) AS currency,
           CASE WHEN coalesce(named, besides) IS NOT NULL THEN 'confirmed' ELSE said END AS says, named, besides,
           coalesce(named.place, besides.place).source AS source, coalesce(named.place, besides.place).record AS record
    FROM counted FULL JOIN named USING (identifier) FULL JOIN besides USING (identifier)
    UNION ALL BY NAME
    SELECT NULL AS identifier, currency, 'ambiguous' AS says, amount AS besides, source, record
    FROM placed WHERE identifier IS NULL
"""
