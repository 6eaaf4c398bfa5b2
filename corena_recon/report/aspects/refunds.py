"""What the shop gave back, held against what was paid, and against what the panel gave back."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from corena_recon.report.aspects.panel import PANEL_SAYS, panel_rows
from corena_recon.schemas import MONEY
from corena_recon.tables.engine import Scope, day_in
from corena_recon.vocabulary import OrderState, OrderUnreadable, RefundProblem

if TYPE_CHECKING:
    import duckdb

REFUND_SCHEMA: Final = pa.schema(
    [
        *((name, pa.string()) for name in ("identifier", "currency", "outcome")),
        *((name, MONEY) for name in ("ordered", "paid", "refunded", "left_ordered", "left_paid", "difference")),
        ("problem", pa.string()),
        ("source", pa.string()),
        ("record", pa.int64()),
        ("panel", pa.string()),
    ]
)
"""One row an order of which something went back, or a refund of none: what was ordered, paid and given back, what is
left of both, and how much more is left of what was paid. ``panel`` is whether the ledger has it: ``confirmed``,
``possible`` where a withdrawal of that amount may be it, ``ambiguous``, ``absent``; null where the ledger has none."""

_NAMED_MAX: Final = 5


def refunds_table(connection: duckdb.DuckDBPyConnection, *, has_ledger: bool, zone: str) -> pa.Table:
    """The refunds, those with a problem first; none of a report that is older than their column.

    Args:
        connection: With ``results`` and ``orders``.
        has_ledger: Whether there is a ``ledger``.
        zone: Whose days.
    """
    if "refunded_amount" not in connection.sql("FROM orders LIMIT 0").columns:
        return REFUND_SCHEMA.empty_table()
    with ExitStack() as held:
        scope = held.enter_context(Scope(connection))
        scope.make("told", _TOLD)
        scope.make("claims", _CLAIMS.format(paid_on=day_in(zone, "first_paid_at")))
        panel = panel_rows(connection) if has_ledger else None
        held.enter_context(Scope(connection, panel=PANEL_SAYS.empty_table() if panel is None else panel))
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


_TOLD: Final = f"""
    SELECT identifier, bool_and(unreadable IS NOT NULL) AS is_lost,
           min({{'source': source, 'record': record}}) AS place,
           greatest(max(refunded_amount) FILTER (unreadable IS NULL),
                    sum(refunded_amount) FILTER (unreadable IS NOT NULL)) AS refunded
    FROM orders WHERE refunded_amount > 0 AND identifier IS NOT NULL
        AND (unreadable IS NULL OR unreadable = '{OrderUnreadable.REFUND_WITHOUT_ORDER}')
    GROUP BY identifier
"""
"""What the export says went back; a refund's row may stand in another file than its order."""

_CLAIMS: Final = f"""
    SELECT identifier, coalesce(paid_currency, upper(order_currency)) AS currency, coalesce(refunded, paid_amount) AS
           amount, {{paid_on}} AS paid_on
    FROM results LEFT JOIN told USING (identifier)
    WHERE refunded IS NOT NULL OR order_state = '{OrderState.REFUNDED}' AND payments > 0
"""
"""What the shop says went back, if only by the state of an order."""

_REFUNDS: Final = f"""
    WITH known AS (
        SELECT identifier, coalesce(paid_currency, upper(order_currency), panel.currency) AS currency, outcome,
               order_amount AS ordered, coalesce(paid_amount, 0) AS paid, place,
               coalesce(is_lost, false) AND order_amount IS NULL AS is_lost, source, record,
               paid_amount IS NULL AND payments > 0 AS is_mixed, claims.identifier IS NOT NULL AS is_claimed,
               coalesce(greatest(told.refunded, named), CASE WHEN is_claimed THEN claims.amount ELSE 0 END)
                   + coalesce(besides, 0) AS refunded, says
        FROM results LEFT JOIN told USING (identifier) LEFT JOIN claims USING (identifier)
        LEFT JOIN (FROM panel WHERE identifier IS NOT NULL) AS panel USING (identifier)
        WHERE told.identifier IS NOT NULL OR coalesce(named, besides) IS NOT NULL
    )
    SELECT identifier, currency, outcome, ordered, paid, refunded, ordered - refunded AS left_ordered,
           paid - refunded AS left_paid, left_paid - left_ordered AS difference,
           CASE WHEN is_lost THEN '{RefundProblem.WITHOUT_ORDER}' WHEN is_mixed THEN NULL
                WHEN paid = 0 THEN '{RefundProblem.WITHOUT_PAYMENT}'
                WHEN refunded > paid AND refunded % paid = 0 THEN '{RefundProblem.TWICE}'
                WHEN refunded > paid THEN '{RefundProblem.EXCEEDS_PAYMENT}'
                WHEN NOT is_claimed THEN '{RefundProblem.NOT_IN_ORDERS}' END AS problem,
           coalesce(place.source, source) AS source, coalesce(place.record, record) AS record, says AS panel
    FROM known
    UNION ALL BY NAME
    SELECT NULL AS identifier, order_currency AS currency, refunded_amount AS refunded,
           '{RefundProblem.WITHOUT_ORDER}' AS problem, source, record
    FROM orders WHERE unreadable = '{OrderUnreadable.REFUND_WITHOUT_ORDER}' AND identifier IS NULL
    UNION ALL BY NAME
    SELECT identifier, upper(order_currency) AS currency, outcome, -order_amount AS refunded,
           '{RefundProblem.WITHOUT_ORDER}' AS problem
    FROM results WHERE order_amount < 0
    UNION ALL BY NAME
    SELECT NULL AS identifier, currency, besides AS refunded, '{RefundProblem.NOT_IN_ORDERS}' AS problem,
           source, record, says AS panel
    FROM panel WHERE identifier IS NULL
    ORDER BY problem NULLS LAST, refunded DESC NULLS LAST, identifier, source, record
"""
