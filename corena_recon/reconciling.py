"""Reconciling in bounded memory: facts joined bucket by bucket, results given in order, stretch by stretch."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import pyarrow as pa

from corena_recon import reconciling_sql as sql
from corena_recon.columns import whole
from corena_recon.errors import ColumnError
from corena_recon.join_diagnosis import PAID_COLUMNS, diagnose
from corena_recon.joining import ORDER_FACTS, PAYMENT_FACTS, Joined, with_identifier
from corena_recon.ledger_matching import match_ledger
from corena_recon.marks import Marker
from corena_recon.matching import BY_IDENTIFIER, WINDOW, find_homes, home_query
from corena_recon.near_matches import suggest
from corena_recon.outcomes import Outcomes
from corena_recon.shuffling import Buckets, merged
from corena_recon.spool import Rows, Spool, resliced
from corena_recon.text import printable
from corena_recon.threads import ahead
from corena_recon.vocabulary import ROW_GROUP_ROWS

if TYPE_CHECKING:
    import duckdb

_ROW_BYTES: Final = 300
"""What joining needs for each row at once, facts, copies and all; measured."""
_BUCKET_MIN_ROWS: Final = 100
_BUCKETS_MAX: Final = 254


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
        memory_bytes: How much joining may hold in memory at once.
    """

    folder: Path | None = None
    memory_bytes: int = 0

    def bucket_count(self, rows: int) -> int:
        """In how many parts so many rows are joined."""
        if self.folder is None:
            return 1
        return 2 + min(rows * _ROW_BYTES // max(self.memory_bytes, 1), rows // _BUCKET_MIN_ROWS, _BUCKETS_MAX)


class Reconciling:
    """One reconciliation of payments with orders: add all payments, take all results, then the tie-out; then close it.

    Args:
        connection: Where rules and the passes beside the identifier run; ``ledger`` is a relation of it, if wanted.
        orders: The orders as read, with ``vocabulary.ORDER_SCHEMA`` and the export's other columns.
        payment_rows: How many notifications there will be at most.
        options: See ReconcilingOptions.
        transaction_column: The column of the orders that holds transaction ids, if any.
        has_ledger: Whether payments are held against ``ledger``.
        scratch: Where and when to work on disk; None where all rows are in memory anyway.

    Attributes:
        notes: Sentences for the summary, once all results are given.

    Raises:
        ColumnError: There is no such transaction column.
    """

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        orders: Rows,
        payment_rows: int,
        options: ReconcilingOptions,
        *,
        transaction_column: str | None = None,
        has_ledger: bool = False,
        scratch: Scratch | None = None,
    ) -> None:
        if transaction_column is not None and transaction_column not in orders.names:
            raise ColumnError(
                f"the orders have no column {printable(transaction_column)!r}",
                found=orders.names,
                needed=[transaction_column],
            )
        self._connection = connection
        self._orders = orders
        self._options = options
        self._transaction_column = transaction_column
        self._has_ledger = has_ledger
        self._has_homes = has_ledger or options.match_on != BY_IDENTIFIER
        self._ordered = self._paid = Decimal(0)
        self._payment_count = self._matched_count = 0
        self._outcomes = Outcomes(
            connection,
            {"tolerance": options.tolerance, "as_of": options.as_of, "grace": options.grace},
            has_unjoined="identifier" not in options.match_on,
        )
        rows = payment_rows + orders.rows
        self._marker = Marker(rows)
        count = (scratch or Scratch()).bucket_count(rows)
        self._folder = scratch.folder if scratch is not None and count > 1 else None
        self._payment_buckets = Buckets(count, self._folder, "payments")
        self._order_buckets = Buckets(count, self._folder, "orders")
        self.notes: list[str] = []
        connection.execute(sql.NO_FACTS)
        if self._has_homes:
            self._create("notifications", PAYMENT_FACTS)
        self._pool = ThreadPoolExecutor(1)
        self._orders_added = self._pool.submit(self._add_orders)

    def close(self) -> None:
        """Ends the threads that work for it, whatever they have still to do."""
        self._pool.shutdown(cancel_futures=True)
        self._order_buckets.close()
        self._payment_buckets.close()

    def add_payments(self, facts: pa.Table) -> None:
        """Adds notifications, with ``joining.PAYMENT_FACTS``."""
        if self._has_homes:
            self._insert("notifications", facts)
        else:
            self._payment_buckets.add(facts, self._marker)

    def results(self) -> Generator[pa.Table, None, None]:
        """The results in order, ROW_GROUP_ROWS at a time.

        Raises:
            ConsistencyError: As ``tie_out``.
        """
        if self._has_homes:
            self._send_home()
        self._orders_added.result()
        stretches = self._joined()
        suggest(self._connection)
        if self._has_ledger:
            match_ledger(self._connection)
        self._connection.execute(sql.SIDE_FACTS)
        for joined in ahead(stretches):
            first, last = (joined["position"][place].as_py() for place in (0, -1))
            sides = self._connection.sql(sql.SIDES, params={"first": first, "last": last}).to_arrow_table()
            payments, order_rows = (np.asarray(whole(joined[name])) for name in ("payments", "order_rows"))
            self._payment_count += int(payments.sum())
            self._matched_count += int(payments[order_rows > 0].sum())
            yield self._outcomes.results(joined, sides)
        self.notes = diagnose(
            self._connection,
            (spool.chunks(PAID_COLUMNS) for spool in self._payment_buckets.spools),
            self._orders,
            payments=self._payment_count,
            matched=self._matched_count,
        )

    def tie_out(self) -> pa.Table:
        """The tie-out, once all results are given.

        Raises:
            ConsistencyError: It does not close.
        """
        return self._outcomes.tie_out(self._ordered, self._paid)

    def _add_orders(self) -> None:
        for table in ahead(self._order_facts()):
            self._order_buckets.add(table, self._marker)

    def _joined(self) -> Iterator[pa.Table]:
        """Joins everything and keeps it; gives the joined facts in order of their positions."""
        if self._folder is None:
            (joined,) = self._joined_buckets()
            return _stretches(joined)
        joined_spools: list[Spool] = []
        for number, joined in enumerate(ahead(self._joined_buckets())):
            joined_spools.append(Spool(self._folder / f"joined-{number:04d}.arrow", is_packed=True))
            for table in _stretches(joined):
                joined_spools[number].add(table)
        return resliced(merged(joined_spools, "position", ROW_GROUP_ROWS), ROW_GROUP_ROWS)

    def _joined_buckets(self) -> Iterator[Joined]:
        for orders, payments in zip(self._order_buckets.spools, self._payment_buckets.spools, strict=True):
            facts = orders.table(ORDER_FACTS), payments.table(PAYMENT_FACTS)
            joined = Joined(self._connection, *facts, self._orders.rows)
            self._ordered += joined.ordered
            self._paid += joined.paid
            self._keep_joined(joined)
            yield joined

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

    def _send_home(self) -> None:
        """Gives every payment the identifier of the order that it belongs to, as the passes find it."""
        column = self._transaction_column
        self._create("orders", ORDER_FACTS.append(pa.field("transaction_id", pa.string())))
        for table in self._order_facts(*filter(None, [column])):
            ids = pa.nulls(len(table), pa.string()) if column is None else table[column]
            self._insert("orders", table.select(ORDER_FACTS.names).append_column("transaction_id", ids))
        self._connection.execute(sql.ORDERS)
        find_homes(self._connection, self._options.match_on, self._options.window)
        for batch in self._connection.sql(home_query(self._options.match_on)).to_arrow_reader(ROW_GROUP_ROWS):
            self._payment_buckets.add(pa.Table.from_batches([batch]).cast(PAYMENT_FACTS), self._marker)
        for name in ("notifications", "orders"):
            self._connection.execute(f"DROP TABLE {name}")

    def _create(self, name: str, schema: pa.Schema) -> None:
        """An empty temporary table of the engine, which knows how to spill."""
        self._connection.register("part", schema.empty_table())
        self._connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT * FROM part")
        self._connection.unregister("part")

    def _insert(self, name: str, table: pa.Table) -> None:
        self._connection.register("part", table)
        self._connection.execute(f"INSERT INTO {name} BY NAME SELECT * FROM part")
        self._connection.unregister("part")


def _stretches(joined: Joined) -> Iterator[pa.Table]:
    for first in range(0, len(joined), ROW_GROUP_ROWS):
        yield joined.table(slice(first, first + ROW_GROUP_ROWS))
