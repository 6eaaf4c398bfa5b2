"""What the shop gave back, held against what was paid."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from corena_recon.schemas import MONEY
from corena_recon.vocabulary import OrderUnreadable

if TYPE_CHECKING:
    import duckdb

REFUND_SCHEMA: Final = pa.schema(
    [
        *((name, pa.string()) for name in ("identifier", "currency", "outcome")),
        *((name, MONEY) for name in ("ordered", "paid", "refunded", "left_ordered", "left_paid", "difference")),
        ("problem", pa.string()),
        ("source", pa.string()),
        ("record", pa.int64()),
    ]
)
"""One row an order of which something went back, or a refund of no order: what was ordered, paid and given back, what
is left of both, and how much more is left of what was paid."""

_NAMED_MAX: Final = 5


def refunds_table(connection: duckdb.DuckDBPyConnection) -> pa.Table:
    """The refunds, those with a problem first; none of a report that is older than their column.

    Args:
        connection: With ``results`` and ``orders``.
    """
    if "refunded_amount" not in connection.sql("FROM orders LIMIT 0").columns:
        return REFUND_SCHEMA.empty_table()
    return connection.sql(_REFUNDS).to_arrow_table().cast(REFUND_SCHEMA)


def refund_problems(refunds: pa.Table) -> dict[str, dict[str, Any]]:
    """How many refunds have each problem, the first of them by name, and the money, as plain facts."""
    problems: dict[str, dict[str, Any]] = {}
    for row in refunds.to_pylist():
        if row["problem"] is None:
            continue
        told = problems.setdefault(row["problem"], {"count": 0, "names": [], "amounts": {}})
        told["count"] += 1
        told["names"] += [row["identifier"] or f"{row['source']}:{row['record']}"][: _NAMED_MAX - len(told["names"])]
        if row["refunded"] is not None:
            code = row["currency"] or ""
            told["amounts"][code] = told["amounts"].get(code, 0) + row["refunded"]
    for told in problems.values():
        told["amounts"] = {code: f"{amount:.8f}" for code, amount in told["amounts"].items()}
    return problems


_REFUNDS: Final = f"""
    WITH given_back AS (
        SELECT identifier, max(refunded_amount) AS refunded, min({{'source': source, 'record': record}}) AS place
        FROM orders WHERE refunded_amount > 0 AND unreadable IS NULL AND identifier IS NOT NULL GROUP BY identifier
    ),
    linked AS (
        SELECT identifier, coalesce(paid_currency, upper(order_currency)) AS currency, outcome, order_amount AS ordered,
               coalesce(paid_amount, 0) AS paid, refunded, place, paid_amount IS NULL AND payments > 0 AS is_mixed
        FROM given_back JOIN results USING (identifier)
    )
    SELECT identifier, currency, outcome, ordered, paid, refunded, ordered - refunded AS left_ordered,
           paid - refunded AS left_paid, left_paid - left_ordered AS difference,
           CASE WHEN is_mixed THEN NULL WHEN paid = 0 THEN 'refund_without_payment'
                WHEN refunded > paid AND refunded % paid = 0 THEN 'refund_twice'
                WHEN refunded > paid THEN 'refund_exceeds_payment' END AS problem,
           place.source AS source, place.record AS record
    FROM linked
    UNION ALL BY NAME
    SELECT identifier, order_currency AS currency, '{OrderUnreadable.REFUND_WITHOUT_ORDER}' AS problem, source, record
    FROM orders WHERE unreadable = '{OrderUnreadable.REFUND_WITHOUT_ORDER}'
    UNION ALL BY NAME
    SELECT identifier, upper(order_currency) AS currency, outcome, -order_amount AS refunded,
           '{OrderUnreadable.REFUND_WITHOUT_ORDER}' AS problem
    FROM results WHERE order_amount < 0
    ORDER BY problem NULLS LAST, refunded DESC NULLS LAST, identifier, source, record
"""
