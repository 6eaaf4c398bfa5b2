"""What was ordered and what was paid, brought together: one row for every identifier that has either.

Most identifiers have one order row and one notification at most. Those are put side by side as they are; only the
others are grouped, by the engine. Identifiers join byte for byte.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from corena_recon import reconciling_sql as sql
from corena_recon.code_sets import CODE_BITS, CodeSets
from corena_recon.marks import Marker, first_rows
from corena_recon.traits import whole
from corena_recon.vocabulary import CODES, INSTANT, MONEY, VERDICT_PLACES, Verdict

if TYPE_CHECKING:
    import duckdb

ORDER_FACTS: Final = pa.schema(
    [
        ("row", pa.int64()),
        ("identifier", pa.string()),
        ("order_amount", MONEY),
        ("order_currency", pa.string()),
        ("order_status", pa.string()),
        ("order_state", pa.string()),
        ("ordered_at", INSTANT),
        ("unreadable", pa.string()),
    ]
)
"""What reconciling knows of an order row; ``row`` is its place in the export."""

PAYMENT_FACTS: Final = pa.schema(
    [
        ("row", pa.int64()),
        ("identifier", pa.string()),
        ("own_identifier", pa.string()),
        ("payment_trx", pa.string()),
        ("amount", MONEY),
        ("currency", pa.string()),
        ("received_at", INSTANT),
        ("verdict", pa.int8()),
        ("words", pa.int64()),
    ]
)
"""What reconciling knows of a notification; ``identifier`` is that of the result row it belongs to, ``own_identifier``
the one it was posted with, where they may differ. ``words`` are its findings, or ``unreadable``."""

JOINED_SCHEMA: Final = pa.schema(
    [
        ("position", pa.int64()),
        ("identifier", pa.string()),
        ("order_rows", pa.int64()),
        ("order_disagrees", pa.bool_()),
        ("order_problem", pa.string()),
        *(field for field in ORDER_FACTS if field.name.startswith("order")),
        *((name, pa.int64()) for name in ("notifications", "accepted", "duplicates", "suspects", "forged")),
        *((name, pa.int64()) for name in ("words", "verdict_words", "payments")),
        ("paid_amount", MONEY),
        ("paid_currencies", pa.int64()),
        ("paid_currency", pa.string()),
        ("payment_trx", CODES),
        ("first_paid_at", INSTANT),
    ]
)
"""One row an identifier. ``position`` orders the results: by order row, then notifications without an order."""

VERDICT_WORDS: Final = np.array([CODE_BITS[verdict] for verdict in Verdict], np.int64)
"""The bit of each verdict's word, by its place."""

Rows: TypeAlias = NDArray[np.int64]


def payment_facts(first: int, notifications: pa.Table, words: CodeSets, verdicts: NDArray[np.int8]) -> pa.Table:
    """What reconciling knows of some judged notifications that have an identifier.

    Args:
        first: The number of the first row.
        notifications: Some of them, with ``vocabulary.NOTIFICATION_SCHEMA``.
        words: The findings of each, as bits of ``code_sets.CODE_BITS``.
        verdicts: The place of the verdict of each.
    """
    is_unreadable = verdicts == VERDICT_PLACES[Verdict.UNREADABLE]
    names = ("identifier", "payment_trx", "amount", "currency", "received_at")
    identifier, *others = (notifications[name] for name in names)
    columns = [
        pa.array(np.arange(first, first + len(notifications))),
        identifier,
        pa.nulls(len(notifications), pa.string()),
        *others,
        pa.array(verdicts),
        pa.array(np.where(is_unreadable, CODE_BITS[Verdict.UNREADABLE], words)),
    ]
    return with_identifier(pa.table(columns, schema=PAYMENT_FACTS))


def with_identifier(facts: pa.Table) -> pa.Table:
    """The rows that have one; the others belong to no result."""
    is_named = pc.greater(pc.binary_length(facts["identifier"]), 0)
    if is_named.null_count == 0 and pc.all(is_named).as_py():
        return facts
    return facts.filter(is_named)


class Joined(NamedTuple):
    """Joined facts, and what was ordered and paid in all, summed up before they were joined."""

    table: pa.Table
    ordered: Decimal
    paid: Decimal


def join_facts(connection: duckdb.DuckDBPyConnection, orders: pa.Table, payments: pa.Table, order_count: int) -> Joined:
    """One row an identifier, in order of ``position``.

    Args:
        connection: For the identifiers that have several rows.
        orders: With ORDER_FACTS.
        payments: With PAYMENT_FACTS, every notification of these identifiers.
        order_count: How many rows the whole export has.
    """
    orders = pa.table([whole(column) for column in orders.columns], schema=ORDER_FACTS)
    payments = pa.table([whole(column) for column in payments.columns], schema=PAYMENT_FACTS)
    pairs = _pairs(orders["identifier"].chunk(0), payments["identifier"].chunk(0))
    single = _side_by_side(orders, payments, pairs, order_count)
    ordered, paid = (_sum(single[name]) for name in ("order_amount", "paid_amount"))
    if not len(pairs.other_orders) and not len(pairs.other_payments):
        return Joined(single, ordered, paid)
    connection.register("orders", orders.take(pa.array(pairs.other_orders)))
    others = payments.take(pa.array(pairs.other_payments))
    words = VERDICT_WORDS[np.asarray(whole(others["verdict"]))]
    connection.register("notifications", others.append_column("verdict_word", pa.array(words)))
    connection.execute(sql.ORDERS)
    connection.execute(sql.PAYMENTS)
    [(others_ordered, others_paid)] = connection.execute(sql.TOTALS).fetchall()
    grouped = _with_position(connection.sql(sql.JOINED).to_arrow_table(), order_count)
    for name in ("orders", "notifications"):
        connection.unregister(name)
    table = pa.concat_tables([single, grouped])
    order = np.argsort(np.asarray(whole(table["position"])), kind="stable")
    return Joined(
        table.combine_chunks().take(pa.array(order)),
        ordered + (others_ordered or Decimal(0)),
        paid + (others_paid or Decimal(0)),
    )


class _Pairs(NamedTuple):
    """Rows that stand alone or in pairs; -1 where a side has none. All other rows are to be grouped."""

    orders: Rows
    payments: Rows
    other_orders: Rows
    other_payments: Rows


def _pairs(order_names: pa.Array, payment_names: pa.Array) -> _Pairs:
    order_count, payment_count = len(order_names), len(payment_names)
    marker = Marker(order_count + payment_count)
    group = first_rows(np.concatenate([marker.marks_of(order_names), marker.marks_of(payment_names)]))
    group_of_order, group_of_payment = group[:order_count], group[order_count:]
    orders_in_group = np.bincount(group_of_order, minlength=len(group))
    payments_in_group = np.bincount(group_of_payment, minlength=len(group))
    is_single = (orders_in_group <= 1) & (payments_in_group <= 1)
    payment_of_group: Rows = np.full(len(group), -1)
    payment_of_group[group_of_payment] = np.arange(payment_count)
    orders = np.flatnonzero(is_single[group_of_order])
    payments = payment_of_group[group_of_order[orders]]
    is_other = ~_is_same(order_names, payment_names, orders, payments)
    if is_other.any():
        is_single[group_of_order[orders[is_other]]] = False
        orders, payments = orders[~is_other], payments[~is_other]
    alone = np.flatnonzero(is_single[group_of_payment] & (group_of_payment >= order_count))
    return _Pairs(
        np.concatenate([orders, np.full(len(alone), -1)]),
        np.concatenate([payments, alone]),
        np.flatnonzero(~is_single[group_of_order]),
        np.flatnonzero(~is_single[group_of_payment]),
    )


def _is_same(order_names: pa.Array, payment_names: pa.Array, orders: Rows, payments: Rows) -> NDArray[np.bool_]:
    """Whether each pair's identifiers are the same bytes: equal marks do not prove it."""
    same = pc.equal(_taken(order_names, orders), _taken(payment_names, payments))
    return np.array(same.fill_null(True), bool)


def _side_by_side(orders: pa.Table, payments: pa.Table, pairs: _Pairs, order_count: int) -> pa.Table:
    """The joined facts of identifiers with one row a side at most."""
    verdict = _picked(payments["verdict"], pairs.payments)
    has_order, has_payment = pairs.orders >= 0, pairs.payments >= 0
    is_verdict = {word: has_payment & (verdict == VERDICT_PLACES[word]) for word in Verdict}
    is_paid = is_verdict[Verdict.ACCEPTED]
    payer: Rows = np.where(is_paid, pairs.payments, -1)
    words: CodeSets = _picked(payments["words"], pairs.payments)
    order_row, payment_row = _picked(orders["row"], pairs.orders), _picked(payments["row"], pairs.payments)
    order_names, payment_names = (whole(side["identifier"]) for side in (orders, payments))
    paid_currency = _taken(whole(payments["currency"]), payer)
    columns = {
        "position": np.where(has_order, order_row, order_count + payment_row),
        "identifier": pc.coalesce(_taken(order_names, pairs.orders), _taken(payment_names, pairs.payments)),
        "order_rows": has_order,
        "order_disagrees": np.zeros(len(has_order), bool),
        "order_problem": _taken(whole(orders["unreadable"]), pairs.orders),
        **{
            field.name: _taken(whole(orders[field.name]), pairs.orders)
            for field in ORDER_FACTS
            if field.name.startswith("order")
        },
        "notifications": has_payment & ~is_verdict[Verdict.UNREADABLE],
        "accepted": is_paid,
        "duplicates": is_verdict[Verdict.DUPLICATE],
        "suspects": is_verdict[Verdict.SUSPECT],
        "forged": is_verdict[Verdict.FORGED],
        "words": np.where(has_payment, words, 0),
        "verdict_words": np.where(has_payment, VERDICT_WORDS[verdict], 0),
        "payments": is_paid,
        "paid_amount": _taken(whole(payments["amount"]), payer),
        "paid_currencies": np.array(paid_currency.is_valid(), bool),
        "paid_currency": paid_currency,
        "payment_trx": _lists_of_one(_taken(whole(payments["payment_trx"]), payer)),
        "first_paid_at": _taken(whole(payments["received_at"]), payer),
    }
    table = pa.table([_as_arrow(columns[field.name], field.type) for field in JOINED_SCHEMA], schema=JOINED_SCHEMA)
    return _of_consequence(table)


def _of_consequence(joined: pa.Table) -> pa.Table:
    """Without identifiers of unreadable records alone."""
    is_kept = pc.or_(pc.greater(joined["order_rows"], 0), pc.greater(joined["notifications"], 0))
    return joined if pc.all(is_kept).as_py() is not False else joined.filter(is_kept)


def _with_position(grouped: pa.Table, order_count: int) -> pa.Table:
    position = pc.coalesce(grouped["order_row"], pc.add(grouped["first_row"], order_count))
    table = grouped.append_column("position", position)
    return _of_consequence(table.select(JOINED_SCHEMA.names).cast(JOINED_SCHEMA))


def _picked(column: pa.ChunkedArray, rows: Rows) -> NDArray[np.int64]:
    """The numbers of these rows; any number where a row is -1."""
    numbers = np.asarray(whole(column))
    return numbers[rows] if len(numbers) else np.zeros(len(rows), np.int64)


def _taken(column: pa.Array, rows: Rows) -> pa.Array:
    """The cells of these rows; null where a row is -1."""
    if len(rows) == len(column) and (rows == np.arange(len(rows))).all():
        return column
    missing = rows < 0
    return column.take(pa.array(rows, mask=missing if missing.any() else None))


def _lists_of_one(texts: pa.Array) -> pa.Array:
    """Each text that is there and not empty as a list of it, the others as an empty list."""
    is_filled = np.array(pc.fill_null(pc.greater(pc.binary_length(texts), 0), False), bool)
    offsets = np.concatenate([np.zeros(1, np.int32), np.cumsum(is_filled, dtype=np.int32)])
    return pa.ListArray.from_arrays(pa.array(offsets), texts if is_filled.all() else texts.filter(pa.array(is_filled)))


def _as_arrow(column: pa.Array | NDArray[np.bool_] | Rows, kind: pa.DataType) -> pa.Array:
    if isinstance(column, pa.Array):
        return column
    return pa.array(column.astype(np.int64) if pa.types.is_integer(kind) else column)


def _sum(amounts: pa.ChunkedArray) -> Decimal:
    total: Decimal | None = pc.sum(amounts.cast(pa.decimal128(38, 8))).as_py()
    return total or Decimal(0)
