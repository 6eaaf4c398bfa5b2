"""Reconciling in bounded memory: facts joined bucket by bucket, results given in order, stretch by stretch."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import pyarrow as pa

from corena_recon import reconciling_sql as sql
from corena_recon.errors import ColumnError
from corena_recon.join_diagnosis import diagnose
from corena_recon.joining import ORDER_FACTS, PAYMENT_FACTS, Joined, with_identifier
from corena_recon.ledger_matching import match_ledger
from corena_recon.marks import Marker
from corena_recon.matching import BY_IDENTIFIER, WINDOW, find_homes, home_query
from corena_recon.near_matches import suggest
from corena_recon.outcomes import Outcomes
from corena_recon.shuffling import Buckets, merged
from corena_recon.spool import Spool, resliced
from corena_recon.text import printable
from corena_recon.traits import whole
from corena_recon.vocabulary import ROW_GROUP_ROWS

if TYPE_CHECKING:
    import duckdb

_ROW_BYTES: Final = 300
"""What joining needs for each row at once, facts, copies and all; measured."""
_BUCKET_MIN_ROWS: Final = 100
_BUCKETS_MAX: Final = 255


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


class Scratch(NamedTuple):
    """Where and when to work on disk.

    Attributes:
        folder: For temporary files; everything stays in memory when None.
        memory_bytes: How much may be in memory at once.
    """

    folder: Path | None = None
    memory_bytes: int = 0

    def spool(self, name: str) -> Spool:
        """An empty spool with a file of that name."""
        return Spool(self.folder and self.folder / f"{name}.arrow", self.memory_bytes)

    def bucket_count(self, rows: int) -> int:
        """In how many parts so many rows are joined."""
        if self.folder is None:
            return 1
        return 1 + min(rows * _ROW_BYTES // max(self.memory_bytes, 1), rows // _BUCKET_MIN_ROWS, _BUCKETS_MAX)


class Reconciling:
    """One reconciliation of payments with orders.

    Args:
        connection: Where rules and the passes beside the identifier run; ``ledger`` is a relation of it, if wanted.
        payments: With ``joining.PAYMENT_FACTS``.
        orders: The orders as read, with ``vocabulary.ORDER_SCHEMA`` and the export's other columns.
        options: See ReconcilingOptions.
        transaction_column: The column of the orders that holds transaction ids, if any.
        has_ledger: Whether payments are held against ``ledger``.
        scratch: Where and when to work on disk.

    Attributes:
        notes: Sentences for the summary, once all results are given.

    Raises:
        ColumnError: There is no such transaction column.
    """

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        payments: Spool,
        orders: Spool,
        options: ReconcilingOptions,
        *,
        transaction_column: str | None = None,
        has_ledger: bool = False,
        scratch: Scratch | None = None,
    ) -> None:
        self._connection = connection
        self._payments = payments
        self._orders = orders
        self._options = options
        self._transaction_column = transaction_column
        self._has_ledger = has_ledger
        self._scratch = scratch or Scratch()
        self._ordered = self._paid = Decimal(0)
        self._outcomes = Outcomes(
            connection,
            {"tolerance": options.tolerance, "as_of": options.as_of, "grace": options.grace},
            has_unjoined="identifier" not in options.match_on,
        )
        self._has_homes = has_ledger or options.match_on != BY_IDENTIFIER
        self._payment_count = self._matched_count = 0
        self.notes: list[str] = []
        if transaction_column is not None and transaction_column not in orders.names:
            raise ColumnError(
                f"the orders have no column {printable(transaction_column)!r}",
                found=orders.names,
                needed=[transaction_column],
            )

    def results(self) -> Iterator[pa.Table]:
        """The results in order, ROW_GROUP_ROWS at a time.

        Raises:
            ConsistencyError: As ``tie_out``.
        """
        self._connection.execute(sql.NO_FACTS)
        stretches = self._joined(self._at_home() if self._has_homes else self._payments)
        suggest(self._connection)
        if self._has_ledger:
            match_ledger(self._connection)
        self._connection.execute(sql.SIDE_FACTS)
        for joined in stretches:
            first, last = (joined["position"][place].as_py() for place in (0, -1))
            sides = self._connection.sql(sql.SIDES, params={"first": first, "last": last}).to_arrow_table()
            payments, order_rows = (np.asarray(whole(joined[name])) for name in ("payments", "order_rows"))
            self._payment_count += int(payments.sum())
            self._matched_count += int(payments[order_rows > 0].sum())
            yield self._outcomes.results(joined, sides)
        self.notes = diagnose(
            self._connection, self._payments, self._orders, payments=self._payment_count, matched=self._matched_count
        )

    def tie_out(self) -> pa.Table:
        """The tie-out, once all results are given.

        Raises:
            ConsistencyError: It does not close.
        """
        return self._outcomes.tie_out(self._ordered, self._paid)

    def _joined(self, payments: Spool) -> Iterator[pa.Table]:
        """Joins everything and keeps it; gives the joined facts in order of their positions."""
        count = self._scratch.bucket_count(payments.rows + self._orders.rows)
        folder = self._scratch.folder if count > 1 else None
        order_buckets, payment_buckets = (Buckets(count, folder, name) for name in ("orders", "payments"))
        marker = Marker(payments.rows + self._orders.rows)
        for table in self._order_facts():
            order_buckets.add(table, marker)
        for chunk in payments.chunks():
            payment_buckets.add(chunk.table, marker)
        spools = [Spool(folder and folder / f"joined-{number:04d}.arrow") for number in range(count)]
        for spool, orders, notifications in zip(spools, order_buckets.spools, payment_buckets.spools, strict=True):
            facts = orders.table(ORDER_FACTS), notifications.table(PAYMENT_FACTS)
            joined = Joined(self._connection, *facts, self._orders.rows)
            self._ordered += joined.ordered
            self._paid += joined.paid
            self._keep_joined(joined)
            if count == 1:
                return _stretches(joined)
            for table in _stretches(joined):
                spool.add(table)
        return resliced(merged(spools, "position", ROW_GROUP_ROWS), ROW_GROUP_ROWS)

    def _keep_joined(self, joined: Joined) -> None:
        """Keeps what near matches, the passes and the ledger look at."""
        for table in _stretches(joined) if self._has_homes else (joined.table(joined.unmatched()),):
            self._connection.register("found", table)
            self._connection.execute(sql.KEEP_JOINED)
            self._connection.unregister("found")

    def _order_facts(self, *more: str) -> Iterator[pa.Table]:
        """What reconciling knows of the orders that have an identifier, and more of their columns."""
        for chunk in self._orders.chunks([*ORDER_FACTS.names[1:], *more]):
            rows = pa.array(np.arange(chunk.first, chunk.first + len(chunk.table)))
            yield with_identifier(chunk.table.add_column(0, "row", rows))

    def _at_home(self) -> Spool:
        """The payments with the identifier of the order that each belongs to, as the passes find it."""
        connection = self._connection
        self._keep("notifications", PAYMENT_FACTS, (chunk.table for chunk in self._payments.chunks()))
        column = self._transaction_column
        kept = ORDER_FACTS.append(pa.field("transaction_id", pa.string()))
        self._keep(
            "orders",
            kept,
            (_with_transaction_id(table, column) for table in self._order_facts(*filter(None, [column]))),
        )
        connection.execute(sql.ORDERS)
        find_homes(connection, self._options.match_on, self._options.window)
        at_home = Spool(
            self._scratch.folder and self._scratch.folder / "at-home.arrow", self._scratch.memory_bytes // 4
        )
        for batch in connection.sql(home_query(self._options.match_on)).to_arrow_reader(ROW_GROUP_ROWS):
            at_home.add(pa.Table.from_batches([batch]).cast(PAYMENT_FACTS))
        for name in ("notifications", "orders"):
            connection.execute(f"DROP TABLE {name}")
        return at_home

    def _keep(self, name: str, schema: pa.Schema, tables: Iterable[pa.Table]) -> None:
        """Tables as a temporary table of the engine, which knows how to spill."""
        self._connection.register("part", schema.empty_table())
        self._connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT * FROM part")
        for table in tables:
            self._connection.register("part", table)
            self._connection.execute(f"INSERT INTO {name} BY NAME SELECT * FROM part")
        self._connection.unregister("part")


def _stretches(joined: Joined) -> Iterator[pa.Table]:
    for first in range(0, len(joined), ROW_GROUP_ROWS):
        yield joined.table(slice(first, first + ROW_GROUP_ROWS))


def _with_transaction_id(orders: pa.Table, column: str | None) -> pa.Table:
    ids = pa.nulls(len(orders), pa.string()) if column is None else orders[column]
    return orders.select(ORDER_FACTS.names).append_column("transaction_id", ids)
