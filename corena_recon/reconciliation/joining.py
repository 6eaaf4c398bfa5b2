"""What was ordered and what was paid, brought together: one row for every identifier that has either.

Most identifiers have one order row and one notification at most. Those are put side by side as they are, a stretch at a
time; only the others are grouped, by the engine. Identifiers join byte for byte.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from corena_recon.errors import InputError
from corena_recon.money import MAX_INTEGER_DIGITS, exact_sum
from corena_recon.reconciliation import queries as sql
from corena_recon.reconciliation.facts import APART, JOINED_SCHEMA, ORDER_FACTS, VERDICT_WORDS
from corena_recon.reconciliation.positions import RowNumbers
from corena_recon.schemas import ROW_GROUP_ROWS, SUM
from corena_recon.tables.columns import few_rows, flags, whole
from corena_recon.tables.engine import Scope
from corena_recon.text import printable
from corena_recon.vocabulary import VERDICT_PLACES, Verdict

if TYPE_CHECKING:
    import duckdb


_UNREADABLE: Final = VERDICT_PLACES[Verdict.UNREADABLE]


class JoinedStretch:
    """Orders and payments joined: one row an identifier, in order of ``position``, put together when asked for.

    Args:
        connection: For the identifiers that have several rows.
        orders: With ORDER_FACTS and ``positions.POSITION``, in order.
        payments: With PAYMENT_FACTS and ``positions.POSITION``, every notification of these identifiers, in order.
        order_count: How many rows the whole export has.

    Attributes:
        ordered: What was ordered in all, summed up before it was joined.
        paid: What was paid in all, likewise.
        positions: Of the rows, ascending.
    """

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, orders: pa.Table, payments: pa.Table, order_count: int
    ) -> None:
        self._orders = {_OWN_NAMES.get(name, name): orders[name] for name in orders.column_names}
        self._payments = {name: payments[name] for name in payments.column_names}
        for columns in (self._orders, self._payments):
            columns.update({name: whole(columns[name]) for name in ("identifier", "row")})
        self._verdicts = np.asarray(whole(self._payments["verdict"]))
        self._order_count = order_count
        order_positions, payment_positions = (
            np.asarray(whole(side.pop("position"))) for side in (self._orders, self._payments)
        )
        pairs = _pairs(order_positions, payment_positions, self._orders["identifier"], self._payments["identifier"])
        alone = pairs.alone[self._verdicts[pairs.alone] != _UNREADABLE]
        nobody: RowNumbers = np.full(len(alone), -1)
        self._order_rows = np.concatenate([pairs.orders, nobody])
        self._payment_rows = np.concatenate([pairs.payments, alone])
        self._first_grouped_order = len(orders)
        self._grouped_numbers: dict[str, NDArray[Any]] = {name: np.empty(0, np.int64) for name in _NUMBERS}
        self._grouped_trx_ends: RowNumbers = np.zeros(1, np.int64)
        self._grouped_apart = pa.nulls(0, APART)
        other_orders, other_payments = few_rows(orders, pairs.other_orders), few_rows(payments, pairs.other_payments)
        self.ordered = exact_sum(_sum(orders["order_amount"]), _sum(other_orders["order_amount"]).copy_negate())
        self.paid = exact_sum(_sum_accepted(payments), _sum_accepted(other_payments).copy_negate())
        self.positions = self._positions()
        if len(other_orders) or len(other_payments):
            self._group(connection, other_orders, other_payments)
        for columns in (self._orders, self._payments):
            columns.update({name: whole(column) for name, column in columns.items()})

    def __len__(self) -> int:
        return len(self._order_rows)

    def tables(self) -> Iterator[pa.Table]:
        """All rows in order, with JOINED_SCHEMA, ROW_GROUP_ROWS at a time."""
        return (self.table(slice(first, first + ROW_GROUP_ROWS)) for first in range(0, len(self), ROW_GROUP_ROWS))

    def table(self, rows: RowNumbers | slice) -> pa.Table:
        """Some of the rows, with JOINED_SCHEMA."""
        order_rows, payment_rows = self._order_rows[rows], self._payment_rows[rows]
        grouped = np.flatnonzero(order_rows >= self._first_grouped_order)
        places = order_rows[grouped] - self._first_grouped_order
        numbers, payer_rows = self._numbers(order_rows, payment_rows, grouped)
        for name, values in self._grouped_numbers.items():
            numbers[name][grouped] = values[places]
        identifier = _taken(self._orders["identifier"], order_rows)
        if identifier.null_count:
            without_order = np.where(order_rows < 0, payment_rows, -1)
            identifier = pc.coalesce(identifier, _taken(self._payments["identifier"], without_order))
        columns = {
            "position": pa.array(self.positions[rows]),
            **{name: pa.array(values) for name, values in numbers.items()},
            "identifier": identifier,
            **{name: _taken(self._orders[name], order_rows) for name in _ORDER_CELLS},
            **{name: _taken(self._payments[own], payer_rows) for name, own in _PAYMENT_CELLS.items()},
            "payment_trx": self._lists(payer_rows, grouped, places),
            "paid_apart": self._apart(len(order_rows), grouped, places),
        }
        return pa.table([columns[name] for name in JOINED_SCHEMA.names], schema=JOINED_SCHEMA)

    def _group(self, connection: duckdb.DuckDBPyConnection, orders: pa.Table, payments: pa.Table) -> None:
        """Groups the rows of the other identifiers, and puts what they give behind the rows of both sides."""
        words = VERDICT_WORDS[np.asarray(whole(payments["verdict"]))]
        with Scope(
            connection, orders=orders, notifications=payments.append_column("verdict_word", pa.array(words))
        ) as scope:
            scope.make("order_facts", sql.ORDERS)
            scope.make("payment_facts", sql.PAYMENTS)
            for (identifier,) in connection.execute(sql.TOO_LARGE).fetchall():
                raise InputError(
                    f"the payments of {printable(identifier)!r} add up to more than an amount can be",
                    hint=f"amounts have {MAX_INTEGER_DIGITS} digits before the point at most; look at them",
                )
            [(ordered, paid)] = connection.execute(sql.TOTALS).fetchall()
            found = connection.sql(sql.JOINED).to_arrow_table()
        self.ordered = exact_sum(self.ordered, ordered or Decimal(0))
        self.paid = exact_sum(self.paid, paid or Decimal(0))
        position = pc.coalesce(found["order_row"], pc.add(found["first_row"], self._order_count))
        found = found.append_column("position", position).select(JOINED_SCHEMA.names).cast(JOINED_SCHEMA)
        grouped = {name: whole(found[name]) for name in found.column_names}
        self._grouped_numbers = {name: np.array(grouped[name]) for name in _NUMBERS}
        self._grouped_trx_ends = np.asarray(grouped["payment_trx"].offsets) + len(self._verdicts)
        self._grouped_apart = grouped["paid_apart"]
        positions = np.concatenate([self.positions, np.asarray(grouped["position"])])
        order = np.argsort(positions, kind="stable")
        self.positions = positions[order]
        places = np.arange(len(found))
        self._order_rows = np.concatenate([self._order_rows, places + self._first_grouped_order])[order]
        self._payment_rows = np.concatenate([self._payment_rows, places + len(self._verdicts)])[order]
        for name in ("identifier", *_ORDER_CELLS):
            self._orders[name] = _followed(self._orders[name], grouped[name])
        for name, own in _PAYMENT_CELLS.items():
            self._payments[own] = _followed(self._payments[own], grouped[name])
        self._payments["payment_trx"] = _followed(self._payments["payment_trx"], grouped["payment_trx"].values)

    def _positions(self) -> RowNumbers:
        own = _picked(self._orders["row"], self._order_rows)
        others = _picked(self._payments["row"], self._payment_rows)
        return np.where(self._order_rows >= 0, own, self._order_count + others)

    def _numbers(
        self, order_rows: RowNumbers, payment_rows: RowNumbers, grouped: RowNumbers
    ) -> tuple[dict[str, NDArray[Any]], RowNumbers]:
        """The columns of numbers of identifiers with one row a side at most, and the rows of their payments.

        Where identifiers are grouped, the numbers mean nothing, and the row stays as it is.
        """
        order_rows, payment_rows = order_rows.copy(), payment_rows.copy()
        places = payment_rows[grouped]
        order_rows[grouped] = payment_rows[grouped] = -1
        has_payment = payment_rows >= 0
        verdict = _picked(self._payments["verdict"], payment_rows)
        is_verdict = {word: has_payment & (verdict == place) for word, place in VERDICT_PLACES.items()}
        is_paid = is_verdict[Verdict.ACCEPTED]
        payer_rows: RowNumbers = np.where(is_paid, payment_rows, -1)
        payer_rows[grouped] = places
        holds = {
            "order_rows": order_rows >= 0,
            "notifications": has_payment & ~is_verdict[Verdict.UNREADABLE],
            "accepted": is_paid,
            "duplicates": is_verdict[Verdict.DUPLICATE],
            "suspects": is_verdict[Verdict.SUSPECT],
            "forged": is_verdict[Verdict.FORGED],
            "payments": is_paid,
            "paid_currencies": is_paid,
        }
        numbers: dict[str, NDArray[Any]] = {
            **{name: held.astype(np.int64) for name, held in holds.items()},
            "order_disagrees": np.zeros(len(order_rows), bool),
            "state_changed": np.zeros(len(order_rows), bool),
            "words": np.where(has_payment, _picked(self._payments["words"], payment_rows), 0),
            "verdict_words": np.where(has_payment, VERDICT_WORDS[verdict], 0),
        }
        return numbers, payer_rows

    def _lists(self, payer_rows: RowNumbers, grouped: RowNumbers, places: RowNumbers) -> pa.Array:
        """The transaction ids of each row's payments; none for an empty one."""
        single_rows = payer_rows.copy()
        single_rows[grouped] = -1
        texts = _taken(self._payments["payment_trx"], single_rows)
        counts = flags(pc.greater(pc.binary_length(texts), 0)).astype(np.int64)
        starts = single_rows
        counts[grouped] = self._grouped_trx_ends[places + 1] - self._grouped_trx_ends[places]
        starts[grouped] = self._grouped_trx_ends[places]
        offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum(counts)])
        cells = np.arange(offsets[-1]) + np.repeat(starts - offsets[:-1], counts)
        return pa.ListArray.from_arrays(
            pa.array(offsets.astype(np.int32)), self._payments["payment_trx"].take(pa.array(cells))
        )

    def _apart(self, count: int, grouped: RowNumbers, places: RowNumbers) -> pa.Array:
        """What was paid in each currency, where there are several: of grouped rows alone."""
        if self._grouped_apart.null_count == len(self._grouped_apart):
            return pa.nulls(count, APART)
        rows: RowNumbers = np.full(count, -1)
        rows[grouped] = places
        return _taken(self._grouped_apart, rows)


_SPARSE: Final = 4
"""How many times as many as the rows positions may span before they are numbered anew."""
_OWN_NAMES: Final = {"unreadable": "order_problem"}
_ORDER_CELLS: Final = ("order_problem", *(field.name for field in ORDER_FACTS if field.name.startswith("order")))
_PAYMENT_CELLS: Final = {"paid_amount": "amount", "paid_currency": "currency", "first_paid_at": "received_at"}
_NUMBERS: Final = tuple(
    name
    for name in JOINED_SCHEMA.names
    if name not in ("position", "identifier", "payment_trx", "paid_apart", *_ORDER_CELLS, *_PAYMENT_CELLS)
)


class _Pairs(NamedTuple):
    """Which rows stand alone or in pairs, and which are to be grouped.

    Attributes:
        orders: Order rows that have no other of their identifier.
        payments: The payment of each of these orders, or -1.
        alone: Payments without an order that have no other of their identifier.
        other_orders: All other order rows.
        other_payments: All other payments.
    """

    orders: RowNumbers
    payments: RowNumbers
    alone: RowNumbers
    other_orders: RowNumbers
    other_payments: RowNumbers


def _pairs(
    order_positions: RowNumbers, payment_positions: RowNumbers, order_names: pa.Array, payment_names: pa.Array
) -> _Pairs:
    order_count, payment_count = len(order_names), len(payment_names)
    group = _small_numbers(np.concatenate([order_positions, payment_positions]))
    group_of_order, group_of_payment = group[:order_count], group[order_count:]
    group_count = int(group.max(initial=-1)) + 1
    orders_in_group = np.bincount(group_of_order, minlength=group_count)
    payments_in_group = np.bincount(group_of_payment, minlength=group_count)
    is_single = (orders_in_group <= 1) & (payments_in_group <= 1)
    payment_of_group: RowNumbers = np.full(group_count, -1)
    payment_of_group[group_of_payment] = np.arange(payment_count)
    orders = np.flatnonzero(is_single[group_of_order])
    payments = payment_of_group[group_of_order[orders]]
    is_other = ~_is_same(order_names, payment_names, orders, payments)
    if is_other.any():
        is_single[group_of_order[orders[is_other]]] = False
        orders, payments = orders[~is_other], payments[~is_other]
    return _Pairs(
        orders,
        payments,
        np.flatnonzero((is_single & (orders_in_group == 0))[group_of_payment]),
        np.flatnonzero(~is_single[group_of_order]),
        np.flatnonzero(~is_single[group_of_payment]),
    )


def _small_numbers(positions: RowNumbers) -> RowNumbers:
    """Numbers that tell the same positions apart; no more of them than a few for each."""
    if not len(positions):
        return positions
    low = positions.min()
    if positions.max() - low >= _SPARSE * len(positions):
        return np.unique(positions, return_inverse=True)[1]
    numbers: RowNumbers = positions - low
    return numbers


def _is_same(
    order_names: pa.Array, payment_names: pa.Array, orders: RowNumbers, payments: RowNumbers
) -> NDArray[np.bool_]:
    """Whether each pair's identifiers are the same bytes: equal marks do not prove it."""
    same: NDArray[np.bool_] = np.ones(len(orders), bool)
    for first in range(0, len(orders), ROW_GROUP_ROWS):
        some = slice(first, first + ROW_GROUP_ROWS)
        cells = pc.equal(_taken(order_names, orders[some]), _taken(payment_names, payments[some]))
        same[some] = flags(cells.fill_null(True))
    return same


def _followed(column: pa.Array | pa.ChunkedArray, cells: pa.Array) -> pa.ChunkedArray:
    return pa.chunked_array([*(column.chunks if isinstance(column, pa.ChunkedArray) else [column]), cells])


def _picked(column: pa.Array, rows: RowNumbers) -> NDArray[np.int64]:
    """The numbers of these rows; any number where a row is -1."""
    return np.asarray(column)[rows] if len(column) else np.zeros(len(rows), np.int64)


def _taken(column: pa.Array, rows: RowNumbers) -> pa.Array:
    """The cells of these rows; null where a row is -1."""
    missing = rows < 0
    return column.take(pa.array(rows, mask=missing if missing.any() else None))


def _sum(amounts: pa.ChunkedArray) -> Decimal:
    total: Decimal | None = pc.sum(amounts.cast(SUM)).as_py()
    return total or Decimal(0)


def _sum_accepted(payments: pa.Table) -> Decimal:
    return _sum(payments["amount"].filter(pc.equal(payments["verdict"], VERDICT_PLACES[Verdict.ACCEPTED])))
