"""What came on each day, and which days are missing from the picture."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from corena_recon.schemas import SUM
from corena_recon.tables.engine import day_in, plain_rows

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
        ("entries", pa.int64()),
        ("entered", SUM),
        ("is_silent", pa.bool_()),
    ]
)
"""One row a day and currency: genuine notifications and accepted ones, orders, and those of them that wait for a
notification; ``entries`` of the ledger and their sum, null without one; ``is_silent`` where no notification of any
currency came on a day on which there are some as a rule."""

_SILENT_AMONG: Final = 3
_SILENT_SHARE: Final = 10
_CAME_MIN: Final = 5
"""A day is missed where something came on so many others of its kind at least, on all but one in ten of them, and on
those so much on the average: with less, a day without anything is nothing."""
_WEEKS_FROM_DAYS: Final = 28
"""From so many days on a Sunday is compared with Sundays alone."""


def days_table(connection: duckdb.DuckDBPyConnection, *, has_orders: bool, has_ledger: bool, zone: str) -> pa.Table:
    """Days from the first to the last of which anything is known, those without anything too.

    Args:
        connection: With ``notifications``, and ``results`` where there are orders.
        has_orders: Whether there are.
        has_ledger: Whether there is a ``ledger``.
        zone: Whose days.
    """
    query = _DAYS.format(
        received_on=day_in(zone, "received_at"),
        ordered=_ORDERED.format(ordered_on=day_in(zone, "ordered_at")) if has_orders else _NOT_ORDERED,
        entered=_ENTERED if has_ledger else _NOT_ENTERED,
    )
    return pa.Table.from_pylist(plain_rows(connection, query), DAY_SCHEMA)


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


def ledger_days(days: pa.Table) -> dict[str, Any] | None:
    """The days on which the ledger has more than came, as plain facts; None where there are none.

    What one day has too many of, the day before or after may lack: payments of about midnight are on either.
    """
    surplus: defaultdict[tuple[Any, str | None], int] = defaultdict(int)
    amounts: defaultdict[tuple[Any, str | None], Decimal] = defaultdict(Decimal)
    for row in days.to_pylist():
        if row["entries"] is not None:
            surplus[row["day"], row["currency"]] += row["entries"] - row["payments"]
            amounts[row["day"], row["currency"]] += row["entered"] - row["paid"]
    found: list[tuple[Any, str | None]] = []
    for (day, currency), count in [*surplus.items()]:
        beside = sum(min(surplus.get((day + timedelta(days=step), currency), 0), 0) for step in (-1, 1))
        if count + beside > 0:
            found.append((day, currency))
    if not found:
        return None
    sums: defaultdict[str, Decimal] = defaultdict(Decimal)
    for day, currency in found:
        sums[currency or ""] += amounts[day, currency]
    return {
        "days": sorted({f"{day}" for day, _ in found}),
        "count": sum(surplus[key] for key in found),
        "amounts": {code: f"{amount:.8f}" for code, amount in sums.items()},
    }


def zone_of(facts: Mapping[str, Any]) -> str:
    """Whose days a report counts: those of the panel."""
    zone: str = facts.get("options", {}).get("ledger_timezone", "UTC")
    return zone


_ORDERED: Final = """
    SELECT {ordered_on} AS day, upper(order_currency) AS currency, count(*) AS orders,
           count(*) FILTER (outcome = 'missing_payment') AS open_orders,
           sum(order_amount) FILTER (outcome = 'missing_payment') AS open_amount
    FROM results WHERE ordered_at IS NOT NULL GROUP BY ALL
"""
_NOT_ORDERED: Final = """
    SELECT NULL::DATE AS day, NULL::VARCHAR AS currency, 0 AS orders, 0 AS open_orders, 0 AS open_amount WHERE false
"""

_ENTERED: Final = """
    SELECT day, coalesce(upper(currency), sole) AS currency, count(*) AS entries, sum(amount) AS entered
    FROM ledger, (SELECT CASE WHEN count(DISTINCT currency) = 1 THEN min(currency) END AS sole FROM notifications
                  WHERE verdict = 'accepted')
    WHERE unreadable IS NULL AND amount >= 0 GROUP BY ALL
"""
_NOT_ENTERED: Final = """
    SELECT NULL::DATE AS day, NULL::VARCHAR AS currency, NULL::BIGINT AS entries, NULL::DECIMAL(38, 8) AS entered
    WHERE false
"""

_DAYS: Final = f"""
    WITH posted AS (
        SELECT {{received_on}} AS day, currency, count(*) AS notifications,
               count(*) FILTER (verdict = 'accepted') AS payments,
               sum(amount) FILTER (verdict = 'accepted') AS paid
        FROM notifications WHERE received_at IS NOT NULL AND signature_status IN ('valid', 'valid_rendered')
        GROUP BY ALL
    ),
    ordered AS ({{ordered}}),
    entered AS ({{entered}}),
    ledger_span AS (SELECT min(day) AS first_entered, max(day) AS last_entered FROM entered),
    known AS (
        SELECT coalesce(p.day, o.day, e.day) AS day, coalesce(p.currency, o.currency, e.currency) AS currency,
               entries, entered,
               notifications, payments, paid, orders, open_orders, open_amount
        FROM posted p FULL JOIN ordered o ON p.day = o.day AND p.currency IS NOT DISTINCT FROM o.currency
        FULL JOIN entered e ON coalesce(p.day, o.day) = e.day
            AND coalesce(p.currency, o.currency) IS NOT DISTINCT FROM e.currency
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
           CASE WHEN first_entered IS NOT NULL THEN coalesce(entries, 0) END AS entries,
           CASE WHEN first_entered IS NOT NULL THEN coalesce(entered, 0) END AS entered,
           coalesce(is_silent, false) AS is_silent
    FROM (known FULL JOIN silence ON known.day = silence.day), ledger_span
    WHERE coalesce(known.day, silence.day) IS NOT NULL ORDER BY ALL
"""
