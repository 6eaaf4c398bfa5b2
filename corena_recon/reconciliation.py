"""The stage ``reconcile``: what was paid against what was ordered, one outcome for every identifier."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa

from corena_recon import reconciling_sql as sql
from corena_recon.archive.reading import SourceCount, intake_table
from corena_recon.engine import connect
from corena_recon.errors import ColumnError, ConsistencyError, OptionError
from corena_recon.frames import table_of
from corena_recon.join_diagnosis import diagnose
from corena_recon.ledger_matching import match_ledger
from corena_recon.matching import BY_IDENTIFIER, HOME_JOIN, PASSES, WINDOW, find_homes, home
from corena_recon.near_matches import suggest
from corena_recon.report import Reconciliation
from corena_recon.text import printable
from corena_recon.vocabulary import (
    LEDGER_SCHEMA,
    ORDER_SCHEMA,
    OUTCOMES,
    RESULT_SCHEMA,
    TIE_OUT_SCHEMA,
    VERIFIED_SCHEMA,
)

if TYPE_CHECKING:
    import duckdb


_NEEDED: Final = ("identifier", "verdict", "findings", "signature_status", "unreadable")


class ReconcilingOptions(NamedTuple):
    """What a caller may set about reconciling.

    Attributes:
        tolerance: How far paid and ordered may differ and still match, in the order's currency.
        as_of: The moment the question is asked for.
        grace: How long before ``as_of`` an order without a notification is not yet due.
        match_on: The passes that match payments with orders, in order.
        window: How long after its order a payment is looked for by amount.
    """

    tolerance: Decimal = Decimal(0)
    as_of: datetime | None = None
    grace: timedelta | None = None
    match_on: tuple[str, ...] = BY_IDENTIFIER
    window: timedelta = WINDOW


class Found(NamedTuple):
    """What reconciling gives.

    Attributes:
        results: One row an identifier.
        tie_out: One row a currency.
        notes: Sentences for the summary.
    """

    results: pa.Table
    tie_out: pa.Table
    notes: list[str]


def reconcile(
    notifications: pd.DataFrame,
    orders: pd.DataFrame,
    /,
    *,
    tolerance: Decimal | int | str = 0,
    as_of: datetime | str | None = None,
    grace: timedelta | str | None = None,
    match_on: str | Iterable[str] = BY_IDENTIFIER,
    window: timedelta | str = WINDOW,
    transaction_column: str | None = None,
    ledger: pd.DataFrame | None = None,
) -> Reconciliation:
    """Payments matched with orders, one result row for every identifier that has either.

    Args:
        notifications: What ``verify`` gives.
        orders: What ``read_orders`` gives.
        tolerance: How far paid and ordered may differ, in the order's currency; an amount, never a share.
        as_of: The moment the question is asked for; goes with ``grace``.
        grace: How long an order may be without a notification and not yet due; goes with ``as_of``.
        match_on: The passes that match payments with orders, in order, each consuming what it matches: ``identifier``,
            ``transaction`` (the payment's transaction id with the export's), ``amount`` (exactly one free payment and
            one free order of the same amount and currency, in time).
        window: How long after its order a payment is looked for by amount.
        transaction_column: The column of the orders that holds transaction ids; what ``read_orders`` found when None.
        ledger: What ``read_ledger`` gives: the merchant panel's own export as a third leg.

    Raises:
        ColumnError: A frame is not one of ``verify`` or ``read_orders``.
        OptionError: An option has no meaning.
        ConsistencyError: The tie-out does not close.
    """
    options = reconciling_options(tolerance=tolerance, as_of=as_of, grace=grace, match_on=match_on, window=window)
    verified = table_of(notifications, VERIFIED_SCHEMA, needed=_NEEDED, made_by="verify")
    order_rows = _order_table(orders)
    named = orders.attrs.get("mapping", {}).get("transaction_id") if transaction_column is None else transaction_column
    with connect() as connection:
        connection.register("notifications", with_row(verified))
        register_orders(connection, order_rows, named)
        if ledger is not None:
            connection.register(
                "ledger", with_row(table_of(ledger, LEDGER_SCHEMA, needed=LEDGER_SCHEMA.names, made_by="read_ledger"))
            )
        found = reconcile_relations(connection, options, has_ledger=ledger is not None)
    return Reconciliation(
        {
            "notifications": verified,
            "results": found.results,
            "orders": order_rows,
            "intake": _intake_of(notifications),
            "tie_out": found.tie_out,
        },
        facts={"notes": [*notifications.attrs.get("notes", []), *found.notes]},
    )


def reconciling_options(
    *,
    tolerance: Decimal | int | str = 0,
    as_of: datetime | str | None = None,
    grace: timedelta | str | None = None,
    match_on: str | Iterable[str] = BY_IDENTIFIER,
    window: timedelta | str = WINDOW,
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
    passes = (match_on,) if isinstance(match_on, str) else tuple(match_on)
    if not passes or not set(passes) <= set(PASSES) or len(set(passes)) != len(passes):
        raise OptionError(f"match_on is {match_on!r}", hint="name some of " + ", ".join(PASSES) + ", each once")
    return ReconcilingOptions(
        amount,
        None if as_of is None else _moment(as_of),
        None if grace is None else _span(grace, "grace"),
        passes,
        _span(window, "window"),
    )


def register_orders(connection: duckdb.DuckDBPyConnection, orders: pa.Table, transaction_column: str | None) -> None:
    """Makes the orders the relation ``orders``, with columns ``row`` and ``transaction_id`` (null where not known).

    Raises:
        ColumnError: There is no such column.
    """
    if transaction_column is not None and transaction_column not in orders.column_names:
        raise ColumnError(
            f"the orders have no column {printable(transaction_column)!r}",
            found=orders.column_names,
            needed=[transaction_column],
        )
    table = with_row(orders)
    if transaction_column != "transaction_id":
        ids = pa.nulls(len(orders), pa.string()) if transaction_column is None else orders[transaction_column]
        if "transaction_id" in table.column_names:
            table = table.drop_columns("transaction_id")
        table = table.append_column("transaction_id", ids)
    connection.register("orders", table)


def reconcile_relations(
    connection: duckdb.DuckDBPyConnection, options: ReconcilingOptions, *, has_ledger: bool = False
) -> Found:
    """Results and tie-out of ``notifications``, ``orders`` and, if there is one, ``ledger``, each with ``row``.

    Raises:
        ConsistencyError: The tie-out does not close.
    """
    parameters: dict[str, Any] = {"tolerance": options.tolerance, "as_of": options.as_of, "grace": options.grace}
    connection.execute(sql.NO_FACTS)
    connection.execute(sql.ORDERS)
    if has_ledger or options.match_on != BY_IDENTIFIER:
        find_homes(connection, options.match_on, options.window)
        connection.execute(sql.PAYMENTS.format(home=home(options.match_on), home_join=HOME_JOIN))
    else:
        connection.execute(sql.PAYMENTS.format(home="identifier", home_join=""))
    connection.execute(sql.JOINED, {"as_of": options.as_of, "grace": options.grace})
    suggest(connection)
    if has_ledger:
        match_ledger(connection)
    query = sql.results()
    used = {name: value for name, value in parameters.items() if f"${name}" in query}
    results = connection.sql(query, params=used).to_arrow_table().cast(RESULT_SCHEMA)
    connection.register("results", results)
    tie_out = _tie_out(connection)
    connection.unregister("results")
    return Found(results, tie_out, diagnose(connection, _text_columns(connection)))


def with_row(table: pa.Table) -> pa.Table:
    """The table with a column ``row`` that counts from 0."""
    return table.append_column("row", pa.array(np.arange(len(table))))


def _text_columns(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """The columns of the orders that an export brought beside those that reconciling knows."""
    described = connection.execute("DESCRIBE orders").fetchall()
    return [name for name, kind, *_ in described if kind == "VARCHAR" and name not in ORDER_SCHEMA.names]


def _moment(as_of: datetime | str) -> datetime:
    try:
        moment = pd.Timestamp(as_of)
    except (ValueError, TypeError):
        raise OptionError(f"as_of {as_of!r} cannot be read", hint="as_of='2026-01-31'") from None
    in_utc: datetime = (moment.tz_localize(UTC) if moment.tzinfo is None else moment.tz_convert(UTC)).to_pydatetime()
    return in_utc


def _span(text: timedelta | str, name: str) -> timedelta:
    try:
        span: timedelta = pd.Timedelta(text).to_pytimedelta()
    except (ValueError, TypeError):
        raise OptionError(f"{name} {text!r} cannot be read", hint=f"{name}='2 days'") from None
    if span < timedelta(0):
        raise OptionError(f"{name} {text!r} is negative")
    return span


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


def _order_table(orders: pd.DataFrame) -> pa.Table:
    table = table_of(orders, ORDER_SCHEMA, needed=("identifier", "order_amount"), made_by="read_orders")
    if "order_state" not in orders.columns:
        place = table.schema.get_field_index("order_state")
        table = table.set_column(place, "order_state", pa.repeat(pa.scalar("unknown"), len(table)))
    for name in orders.columns:
        if name not in ORDER_SCHEMA.names:
            table = table.append_column(
                str(name), pa.array(orders[name].astype("string"), pa.string(), from_pandas=True)
            )
    return table


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
