"""The stage ``reconcile``: what was paid against what was ordered, one outcome for every identifier."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa

from corena_recon import reconciling_sql as sql
from corena_recon.archive.reading import SourceCount, intake_table
from corena_recon.engine import connect
from corena_recon.errors import ColumnError, ConsistencyError, OptionError
from corena_recon.report import Reconciliation
from corena_recon.verification import notification_table
from corena_recon.vocabulary import (
    NOTIFICATION_SCHEMA,
    ORDER_SCHEMA,
    OUTCOMES,
    RESULT_SCHEMA,
    TIE_OUT_SCHEMA,
    VERIFIED_SCHEMA,
)

if TYPE_CHECKING:
    import duckdb


class ReconcilingOptions(NamedTuple):
    """What a caller may set about reconciling.

    Attributes:
        tolerance: How far paid and ordered may differ and still match, in the order's currency.
        as_of: The moment the question is asked for.
        grace: How long before ``as_of`` an order without a notification is not yet due.
    """

    tolerance: Decimal = Decimal(0)
    as_of: datetime | None = None
    grace: timedelta | None = None


def reconcile(
    notifications: pd.DataFrame,
    orders: pd.DataFrame,
    /,
    *,
    tolerance: Decimal | int | str = 0,
    as_of: datetime | str | None = None,
    grace: timedelta | str | None = None,
) -> Reconciliation:
    """Payments matched with orders, one result row for every identifier that has either.

    Args:
        notifications: What ``verify`` gives.
        orders: What ``read_orders`` gives.
        tolerance: How far paid and ordered may differ, in the order's currency; an amount, never a share.
        as_of: The moment the question is asked for; goes with ``grace``.
        grace: How long an order may be without a notification and not yet due; goes with ``as_of``.

    Raises:
        ColumnError: A frame is not one of ``verify`` or ``read_orders``.
        OptionError: An option has no meaning.
        ConsistencyError: The tie-out does not close.
    """
    options = reconciling_options(tolerance=tolerance, as_of=as_of, grace=grace)
    verified = _verified_table(notifications)
    order_rows = _order_table(orders)
    with connect() as connection:
        connection.register("notifications", with_row(verified))
        connection.register("orders", with_row(order_rows))
        results, tie_out = reconcile_relations(connection, options)
    return Reconciliation(
        {
            "notifications": verified,
            "results": results,
            "orders": order_rows,
            "intake": _intake_of(notifications),
            "tie_out": tie_out,
        }
    )


def reconciling_options(
    *,
    tolerance: Decimal | int | str = 0,
    as_of: datetime | str | None = None,
    grace: timedelta | str | None = None,
) -> ReconcilingOptions:
    """The options of ``reconcile``, checked.

    Raises:
        OptionError: One has no meaning, or ``as_of`` and ``grace`` are not both given.
    """
    if isinstance(tolerance, float):
        raise OptionError("tolerance is a float", hint="give a Decimal or a string: '0.01'")
    try:
        amount = Decimal(tolerance)
    except InvalidOperation:
        raise OptionError(f"tolerance is {tolerance!r}", hint="give an amount such as 0.01") from None
    if not amount.is_finite() or amount < 0 or amount != round(amount, 8):
        raise OptionError(f"tolerance is {tolerance!r}", hint="give an amount such as 0.01, with 8 decimals at most")
    if (as_of is None) != (grace is None):
        raise OptionError("as_of and grace go together", hint="give both or neither")
    try:
        moment = None if as_of is None else pd.Timestamp(as_of)
        span = None if grace is None else pd.Timedelta(grace)
    except (ValueError, TypeError) as error:
        raise OptionError(
            f"as_of or grace cannot be read: {error}", hint="as_of='2026-01-31', grace='2 days'"
        ) from None
    if moment is None or span is None:
        return ReconcilingOptions(amount)
    moment = moment.tz_localize(UTC) if moment.tzinfo is None else moment.tz_convert(UTC)
    return ReconcilingOptions(amount, moment.to_pydatetime(), span.to_pytimedelta())


def reconcile_relations(
    connection: duckdb.DuckDBPyConnection, options: ReconcilingOptions
) -> tuple[pa.Table, pa.Table]:
    """Results and tie-out of the relations ``notifications`` and ``orders``, both with a column ``row``.

    Raises:
        ConsistencyError: The tie-out does not close.
    """
    parameters: dict[str, Any] = {"tolerance": options.tolerance, "as_of": options.as_of, "grace": options.grace}
    connection.execute(sql.ORDERS)
    connection.execute(sql.PAYMENTS.format(home="identifier", home_join=""))
    connection.execute(sql.JOINED, {"as_of": options.as_of, "grace": options.grace})
    query = sql.results()
    used = {name: value for name, value in parameters.items() if f"${name}" in query}
    results = connection.sql(query, params=used).to_arrow_table().cast(RESULT_SCHEMA)
    connection.register("results", results)
    tie_out = _tie_out(connection)
    connection.unregister("results")
    return results, tie_out


def with_row(table: pa.Table) -> pa.Table:
    """The table with a column ``row`` that counts from 0."""
    return table.append_column("row", pa.array(np.arange(len(table))))


def _tie_out(connection: duckdb.DuckDBPyConnection) -> pa.Table:
    rows: dict[str | None, dict[str, Any]] = {}
    for currency, outcome, ordered, paid in connection.execute(sql.TIE_OUT).fetchall():
        row = rows.setdefault(currency, {"currency": currency, "ordered": Decimal(0), "paid": Decimal(0)})
        row["ordered"] += ordered
        row["paid"] += paid
        row[outcome] = row.get(outcome, Decimal(0)) + paid - ordered
    [(ordered_in_all, paid_in_all)] = connection.execute(sql.TOTALS).fetchall()
    for row in rows.values():
        row["difference"] = row["paid"] - row["ordered"]
        for code in OUTCOMES:
            row.setdefault(code, Decimal(0))
    _require_closed(list(rows.values()), ordered_in_all or Decimal(0), paid_in_all or Decimal(0))
    return pa.Table.from_pylist(list(rows.values()), schema=TIE_OUT_SCHEMA)


def _require_closed(rows: list[dict[str, Any]], ordered: Decimal, paid: Decimal) -> None:
    splits_close = all(sum(row[code] for code in OUTCOMES) == row["difference"] for row in rows)
    totals = sum((row["ordered"] for row in rows), Decimal(0)), sum((row["paid"] for row in rows), Decimal(0))
    if not splits_close or totals != (ordered, paid):
        raise ConsistencyError(
            f"the tie-out does not close: ordered {ordered}, paid {paid}, accounted for {totals[0]} and {totals[1]}",
            hint="some sums are larger than an amount can be, or this is a defect: please report it",
        )


def _verified_table(notifications: pd.DataFrame) -> pa.Table:
    missing = [name for name in ("verdict", "findings", "signature_status") if name not in notifications.columns]
    if missing:
        raise ColumnError(
            "the notifications lack " + ", ".join(missing),
            hint="give the frame that verify returned",
            found=list(map(str, notifications.columns)),
            needed=missing,
        )
    table = notification_table(notifications)
    for field in list(VERIFIED_SCHEMA)[len(NOTIFICATION_SCHEMA) :]:
        column = (
            pa.array(notifications[field.name], from_pandas=True)
            if field.name in notifications.columns
            else pa.nulls(len(table), field.type)
        )
        table = table.append_column(
            field, pa.chunked_array([column] if isinstance(column, pa.Array) else column).cast(field.type)
        )
    return table


def _order_table(orders: pd.DataFrame) -> pa.Table:
    missing = [name for name in ("identifier", "order_amount") if name not in orders.columns]
    if missing:
        raise ColumnError(
            "the orders lack " + ", ".join(missing),
            hint="give the frame that read_orders returned",
            found=list(map(str, orders.columns)),
            needed=["identifier", "order_amount"],
        )
    columns: dict[str, Any] = {}
    for field in ORDER_SCHEMA:
        if field.name in orders.columns:
            column = pa.array(orders[field.name], from_pandas=True)
            columns[field.name] = pa.chunked_array([column] if isinstance(column, pa.Array) else column).cast(
                field.type
            )
        elif field.name == "order_state":
            columns[field.name] = pa.repeat(pa.scalar("unknown"), len(orders))
        else:
            columns[field.name] = pa.nulls(len(orders), field.type)
    for name in orders.columns:
        if name not in columns:
            columns[str(name)] = pa.array(orders[name].astype("string"), pa.string(), from_pandas=True)
    return pa.table(columns)


def _intake_of(notifications: pd.DataFrame) -> pa.Table:
    """The intake that reading left in the frame, else what its rows show."""
    known = notifications.attrs.get("intake")
    if known is not None:
        return intake_table([SourceCount(**count) for count in known])
    counts = []
    for source, rows in notifications.groupby("source", sort=False, dropna=False):
        unreadable = int(rows["unreadable"].notna().sum())
        counts.append(
            SourceCount(
                str(source), None, None, None, len(rows), len(rows) - unreadable, unreadable, 0, truncated=False
            )
        )
    return intake_table(counts)
