"""What came on each day, and which days are missing from the picture."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from corena_recon.schemas import SUM

if TYPE_CHECKING:
    import duckdb

DAY_SCHEMA: Final = pa.schema(
    [
        ("day", pa.date32()),
        ("currency", pa.string()),
        ("notifications", pa.int64()),
        ("payments", pa.int64()),
        ("paid", SUM),
        ("orders", pa.int64()),
        ("open_orders", pa.int64()),
        ("open_amount", SUM),
        ("is_silent", pa.bool_()),
    ]
)
"""One row a day and currency: genuine notifications and accepted ones, orders, and those of them that wait for a
notification; ``is_silent`` where no notification of any currency came on a day on which there are some as a rule."""

_SILENT_AMONG: Final = 3
_SILENT_SHARE: Final = 10
_CAME_MIN: Final = 5
"""A day is missed where something came on so many others of its kind at least, on all but one in ten of them, and on
those so much on the average: with less, a day without anything is nothing."""
_WEEKS_FROM_DAYS: Final = 28
"""From so many days on a Sunday is compared with Sundays alone."""


def days_table(connection: duckdb.DuckDBPyConnection, *, has_orders: bool, zone: str) -> pa.Table:
    """Days from the first to the last of which anything is known, those without anything too.

    Args:
        connection: With ``notifications``, and ``results`` where there are orders.
        has_orders: Whether there are.
        zone: Whose days.
    """
    ordered = _ORDERED if has_orders else _NOT_ORDERED
    query = _DAYS.format(ordered=ordered)
    return connection.sql(query, params={"zone": zone}).to_arrow_table().cast(DAY_SCHEMA)


def open_days(days: pa.Table) -> dict[str, Any] | None:
    """The silent days with what they leave open, as plain facts; None where there are none."""
    silent = [row for row in days.to_pylist() if row["is_silent"]]
    if not silent:
        return None
    amounts: dict[str, Any] = {}
    for row in silent:
        if row["open_amount"]:
            code = row["currency"] or ""
            amounts[code] = amounts.get(code, 0) + row["open_amount"]
    return {
        "days": sorted({f"{row['day']}" for row in silent}),
        "orders": sum(row["open_orders"] for row in silent),
        "amounts": {code: f"{amount:.8f}" for code, amount in amounts.items()},
    }


def zone_of(facts: Mapping[str, Any]) -> str:
    """Whose days a report counts: those of the panel."""
    zone: str = facts.get("options", {}).get("ledger_timezone", "UTC")
    return zone


_ORDERED: Final = """
    SELECT timezone($zone, ordered_at)::DATE AS day, upper(order_currency) AS currency, count(*) AS orders,
           count(*) FILTER (outcome = 'missing_payment') AS open_orders,
           sum(order_amount) FILTER (outcome = 'missing_payment') AS open_amount
    FROM results WHERE ordered_at IS NOT NULL GROUP BY ALL
"""
_NOT_ORDERED: Final = """
    SELECT NULL::DATE AS day, NULL::VARCHAR AS currency, 0 AS orders, 0 AS open_orders, 0 AS open_amount WHERE false
"""

_DAYS: Final = f"""
    WITH posted AS (
        SELECT timezone($zone, received_at)::DATE AS day, currency, count(*) AS notifications,
               count(*) FILTER (verdict = 'accepted') AS payments,
               sum(amount) FILTER (verdict = 'accepted') AS paid
        FROM notifications WHERE received_at IS NOT NULL AND signature_status IN ('valid', 'valid_rendered')
        GROUP BY ALL
    ),
    ordered AS ({{ordered}}),
    known AS (
        SELECT coalesce(p.day, o.day) AS day, coalesce(p.currency, o.currency) AS currency,
               notifications, payments, paid, orders, open_orders, open_amount
        FROM posted p FULL JOIN ordered o ON p.day = o.day AND p.currency IS NOT DISTINCT FROM o.currency
    ),
    span AS (SELECT min(day) AS first_day, max(day) AS last_day FROM posted),
    counted AS (
        SELECT calendar.day, coalesce(sum(notifications), 0) AS came,
               CASE WHEN last_day - first_day >= {_WEEKS_FROM_DAYS} THEN dayofweek(calendar.day) END AS kind
        FROM span, (
            SELECT unnest(generate_series(first_day, last_day, INTERVAL 1 DAY))::DATE AS day FROM span
        ) AS calendar
        LEFT JOIN posted USING (day) GROUP BY calendar.day, kind
    ),
    silence AS (
        SELECT day, came = 0
            AND count(*) FILTER (came = 0) OVER of_its_kind <= greatest(count(*) OVER of_its_kind // {_SILENT_SHARE}, 1)
            AND count(*) FILTER (came > 0) OVER of_its_kind >= {_SILENT_AMONG}
            AND sum(came) OVER of_its_kind >= {_CAME_MIN} * count(*) FILTER (came > 0) OVER of_its_kind AS is_silent
        FROM counted WINDOW of_its_kind AS (PARTITION BY kind)
    )
    SELECT coalesce(known.day, silence.day) AS day, currency, coalesce(notifications, 0) AS notifications,
           coalesce(payments, 0) AS payments, coalesce(paid, 0) AS paid, coalesce(orders, 0) AS orders,
           coalesce(open_orders, 0) AS open_orders, coalesce(open_amount, 0) AS open_amount,
           coalesce(is_silent, false) AS is_silent
    FROM known FULL JOIN silence ON known.day = silence.day
    WHERE coalesce(known.day, silence.day) IS NOT NULL ORDER BY ALL
"""
