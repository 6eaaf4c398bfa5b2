"""Reconciling in bounded memory: facts joined and results given stretch by stretch, in order."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import pyarrow as pa

from corena_recon.errors import ColumnError, ConsistencyError
from corena_recon.money import exact_sum
from corena_recon.reconciliation import queries as sql
from corena_recon.reconciliation.diagnosis import PAID_COLUMNS, diagnose
from corena_recon.reconciliation.facts import JOINED_SCHEMA, ORDER_FACTS, PAYMENT_FACTS, with_identifier
from corena_recon.reconciliation.joining import JoinedStretch
from corena_recon.reconciliation.near_matches import suggest
from corena_recon.reconciliation.options import BY_IDENTIFIER, ReconcilingOptions
from corena_recon.reconciliation.outcomes import Outcomes
from corena_recon.reconciliation.passes import find_homes, home_query
from corena_recon.reconciliation.positions import POSITION, Named, Pairing, Stretches
from corena_recon.reconciliation.third_leg import match_ledger
from corena_recon.schemas import ROW_GROUP_ROWS
from corena_recon.tables.columns import few_rows, flags, whole
from corena_recon.tables.spool import Chunk, ChunkedRows, Spool, resliced
from corena_recon.tables.threads import ahead
from corena_recon.text import printable
from corena_recon.vocabulary import VERDICT_PLACES, Verdict

if TYPE_CHECKING:
    import duckdb

_ROW_BYTES: Final = 300
"""What joining needs for each row at once, facts, copies and all; measured."""
_STRETCH_ROWS: Final = 1 << 20
"""How many rows are joined at once, where memory allows: enough to be worth it, few enough for the caches."""
_STRETCH_MIN_ROWS: Final = 100
_STRETCHES_MAX: Final = 256
_UNMATCHED_BYTES: Final = 32 * 1024**2
"""How much of what has no counterpart is held in memory, where other rows are on disk."""
_PLACED_ORDER_FACTS: Final = ORDER_FACTS.append(POSITION)
_PLACED_PAYMENT_FACTS: Final = PAYMENT_FACTS.append(POSITION)


class _Placed(NamedTuple):
    """Where all rows are joined, and those that had to be brought there.

    Attributes:
        pairing: The positions of all rows.
        payments: All payments, once they were brought.
        late_orders: The orders that are joined in an earlier stretch.
        unmatched: What has no counterpart: position and identifier.
    """

    pairing: Pairing
    payments: Stretches
    late_orders: Stretches
    unmatched: Spool


class Scratch(NamedTuple):
    """Where and when to work on disk.

    Attributes:
        folder: For temporary files; everything stays in memory when None.
        memory_bytes: How much joining may hold in memory at once.
    """

    folder: Path | None = None
    memory_bytes: int = 0

    def stretch_rows(self, rows: int) -> int:
        """How many of so many rows are joined at once."""
        if self.folder is None:
            return _STRETCH_ROWS
        fitting = min(_STRETCH_ROWS, self.memory_bytes // _ROW_BYTES)
        return max(fitting, _STRETCH_MIN_ROWS, rows // _STRETCHES_MAX + 1)


class Reconciling:
    """One reconciliation of payments with orders: add all payments, take all results, then the tie-out; then close it.

    Args:
        connection: Where rules and the passes beside the identifier run; ``ledger`` is a relation of it, if wanted.
        orders: The orders as read, with ``vocabulary.ORDER_SCHEMA`` and the export's other columns.
        notifications: All that will be added, with ``identifier`` and ``unreadable`` at least.
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
        orders: ChunkedRows,
        notifications: ChunkedRows,
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
        self._has_homes = options.matches_more(has_ledger=has_ledger)
        self._ordered = self._paid = Decimal(0)
        self._payment_count = self._matched_count = 0
        self._outcomes = Outcomes(
            connection,
            {"tolerance": options.tolerance, "as_of": options.as_of, "grace": options.grace},
            has_unjoined=options.match_on != BY_IDENTIFIER,
        )
        self._payment_rows = notifications.rows
        self._scratch = scratch or Scratch()
        self.notes: list[str] = []
        connection.execute(sql.NO_FACTS)
        self._grouping = connection.cursor()
        self._pool = ThreadPoolExecutor(1)
        self._distributing: Future[None] | None = None
        if self._has_homes:
            self._create("notifications", PAYMENT_FACTS)
        else:
            notified = map(_named, notifications.chunks(["identifier", "unreadable"]))
            self._placing = self._pool.submit(self._placed, notified)

    def close(self) -> None:
        """Ends the thread that works for it, whatever it has still to do."""
        self._pool.shutdown(cancel_futures=True)
        self._grouping.close()

    def add_payments(self, facts: pa.Table) -> None:
        """Adds notifications, with ``joining.PAYMENT_FACTS``."""
        if self._has_homes:
            self._insert("notifications", facts)
        else:
            self._distribute(facts)

    def results(self) -> Generator[pa.Table, None, None]:
        """The results in order, ROW_GROUP_ROWS at a time.

        Raises:
            ConsistencyError: Two identifiers had the same mark, so that near matches may be missing: by chance alone,
                and hardly ever.
        """
        if self._has_homes:
            self._send_home()
        self._wait()
        placed = self._placing.result()
        if self._has_homes:
            for stretch in self._joined(placed):
                for table in _tables_of(stretch):
                    self._keep(sql.KEEP_JOINED, table)
        else:
            for chunk in placed.unmatched.chunks():
                self._keep(sql.KEEP_UNMATCHED, chunk.table)
        suggest(self._connection)
        if self._has_ledger:
            match_ledger(self._connection)
        self._connection.execute(sql.SIDE_FACTS)
        in_order = _in_order(self._added_up(self._joined(placed)), placed.pairing.ends.tolist())
        unmatched_count = 0
        for table in ahead(resliced(in_order, ROW_GROUP_ROWS)):
            first, last = (table["position"][place].as_py() for place in (0, -1))
            sides = self._connection.sql(sql.SIDES, params={"first": first, "last": last}).to_arrow_table()
            payments, order_rows, notifications = (
                np.asarray(whole(table[name])) for name in ("payments", "order_rows", "notifications")
            )
            self._payment_count += int(payments.sum())
            self._matched_count += int(payments[order_rows > 0].sum())
            unmatched_count += int(np.count_nonzero((order_rows == 0) | (notifications == 0)))
            yield self._outcomes.results(table, sides)
        if not self._has_homes and unmatched_count != placed.unmatched.rows:
            raise ConsistencyError(
                "two identifiers had the same mark, which hardly ever happens",
                hint="run it again in a new process, which draws marks anew",
            )
        self.notes = diagnose(
            self._connection,
            (spool.chunks(PAID_COLUMNS) for spool in placed.payments.spools),
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

    def _placed(self, notified: Iterable[Named]) -> _Placed:
        """Finds out where all rows are joined, and sees to the orders that are joined elsewhere or with nothing."""
        pairing = Pairing(self._orders, notified, self._payment_rows, self._scratch.stretch_rows)
        count, folder = len(pairing.ends), self._scratch.folder
        placed = _Placed(
            pairing,
            Stretches(count, folder, "payments"),
            Stretches(count, folder, "orders"),
            Spool(folder and folder / "unmatched.arrow", _UNMATCHED_BYTES),
        )
        if not self._has_homes:
            for chunk in self._orders.chunks(["identifier"]):
                _keep_unmatched(placed, _numbered(chunk), 0)
        if pairing.has_late:
            for chunk in self._order_facts(pairing):
                stretches = pairing.stretches_of(np.asarray(whole(chunk.table["position"])))
                is_late = stretches != pairing.stretch_of(chunk.first)
                placed.late_orders.add(chunk.table.filter(pa.array(is_late)), stretches[is_late])
        return placed

    def _distribute(self, facts: pa.Table) -> None:
        """Has payments brought to their stretches, in another thread."""
        self._wait()
        self._distributing = self._pool.submit(self._bring, self._placing.result(), facts)

    def _bring(self, placed: _Placed, facts: pa.Table) -> None:
        pairing = placed.pairing
        positions = pairing.positions[self._orders.rows + np.asarray(whole(facts["row"]))]
        placed.payments.add(facts.append_column(POSITION, pa.array(positions)), pairing.stretches_of(positions))
        if not self._has_homes:
            _keep_unmatched(placed, facts, self._orders.rows)

    def _wait(self) -> None:
        if self._distributing is not None:
            self._distributing.result()

    def _joined(self, placed: _Placed) -> Iterator[JoinedStretch]:
        """The stretches, joined one by one."""
        return ahead(
            JoinedStretch(self._grouping, orders, payments.table(_PLACED_PAYMENT_FACTS), self._orders.rows)
            for orders, payments in zip(self._order_stretches(placed), placed.payments.spools, strict=True)
        )

    def _order_stretches(self, placed: _Placed) -> Iterator[pa.Table]:
        pairing = placed.pairing
        chunks = groupby(self._order_facts(pairing), lambda chunk: pairing.stretch_of(chunk.first))
        own = next(chunks, None)
        for number, late in enumerate(placed.late_orders.spools):
            tables = [_PLACED_ORDER_FACTS.empty_table()]
            if own is not None and own[0] == number:
                tables += [chunk.table for chunk in own[1]]
                own = next(chunks, None)
            table = pa.concat_tables(tables)
            if pairing.has_late:
                stretches = pairing.stretches_of(np.asarray(whole(table["position"])))
                table = pa.concat_tables([table.filter(pa.array(stretches == number)), late.table(table.schema)])
            yield table

    def _added_up(self, stretches: Iterable[JoinedStretch]) -> Iterator[JoinedStretch]:
        for stretch in stretches:
            self._ordered = exact_sum(self._ordered, stretch.ordered)
            self._paid = exact_sum(self._paid, stretch.paid)
            yield stretch

    def _keep(self, query: str, found: pa.Table) -> None:
        """Keeps what near matches, the passes and the ledger look at."""
        self._connection.register("found", found)
        self._connection.execute(query.format(order_count=self._orders.rows))
        self._connection.unregister("found")

    def _order_facts(self, pairing: Pairing) -> Iterator[Chunk]:
        """What reconciling knows of the orders that have an identifier, cell by cell."""
        for chunk in self._orders.chunks(ORDER_FACTS.names[1:], rows=pairing.cell_rows):
            positions = pairing.positions[chunk.first : chunk.first + len(chunk.table)]
            placed = _numbered(chunk).append_column(POSITION, pa.array(positions))
            yield Chunk(chunk.first, with_identifier(placed.cast(_PLACED_ORDER_FACTS)))

    def _send_home(self) -> None:
        """Gives every payment the identifier of the order that it belongs to, as the passes find it."""
        column = self._transaction_column
        self._create("orders", ORDER_FACTS.append(pa.field("transaction_id", pa.string())))
        for chunk in self._orders.chunks(list(dict.fromkeys([*ORDER_FACTS.names[1:], *filter(None, [column])]))):
            table = with_identifier(_numbered(chunk))
            ids = pa.nulls(len(table), pa.string()) if column is None else table[column].cast(pa.string())
            self._insert("orders", table.select(ORDER_FACTS.names).append_column("transaction_id", ids))
        self._connection.execute(sql.MANY_ORDERS)
        find_homes(self._connection, self._options.match_on, self._options.window)
        payments = Spool(self._scratch.folder and self._scratch.folder / "homed.arrow", is_packed=True)
        for batch in self._connection.sql(home_query(self._options.match_on)).to_arrow_reader(ROW_GROUP_ROWS):
            payments.add(pa.Table.from_batches([batch]).cast(PAYMENT_FACTS))
        for name in ("notifications", "orders"):
            self._connection.execute(f"DROP TABLE {name}")
        notified = map(_named_at_home, payments.chunks(["row", "identifier", "verdict"]))
        self._placing = self._pool.submit(self._placed, notified)
        for chunk in payments.chunks():
            self._distribute(chunk.table)

    def _create(self, name: str, schema: pa.Schema) -> None:
        """An empty temporary table of the engine, which knows how to spill."""
        self._connection.register("part", schema.empty_table())
        self._connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT * FROM part")
        self._connection.unregister("part")

    def _insert(self, name: str, table: pa.Table) -> None:
        self._connection.register("part", table)
        self._connection.execute(f"INSERT INTO {name} BY NAME SELECT * FROM part")
        self._connection.unregister("part")


def _keep_unmatched(placed: _Placed, rows: pa.Table, first: int) -> None:
    """Keeps what has no counterpart, once an identifier; the numbers of the rows begin at ``first``."""
    numbers = np.asarray(whole(rows["row"])) + first
    wanted = np.flatnonzero(placed.pairing.is_unmatched[numbers])
    if len(wanted):
        identifiers = few_rows(rows.select(["identifier"]), wanted)
        placed.unmatched.add(identifiers.append_column(POSITION, pa.array(numbers[wanted])))


def _numbered(chunk: Chunk) -> pa.Table:
    rows = np.arange(chunk.first, chunk.first + len(chunk.table))
    return chunk.table.add_column(0, "row", pa.array(rows))


def _named(chunk: Chunk) -> Named:
    """The names of notifications as read."""
    numbers = np.arange(chunk.first, chunk.first + len(chunk.table))
    return Named(numbers, chunk.table["identifier"], flags(chunk.table["unreadable"].is_null()))


def _named_at_home(chunk: Chunk) -> Named:
    """The names of payments that were sent to the orders they belong to."""
    is_readable = np.asarray(whole(chunk.table["verdict"])) != VERDICT_PLACES[Verdict.UNREADABLE]
    return Named(np.asarray(whole(chunk.table["row"])), chunk.table["identifier"], is_readable)


def _in_order(stretches: Iterable[JoinedStretch], ends: list[int]) -> Iterator[pa.Table]:
    """The rows of all stretches in order of their positions.

    Identifiers that share a mark by chance are joined in the first one's stretch; the others wait for their own.
    """
    late = JOINED_SCHEMA.empty_table()
    for stretch, end in zip(stretches, ends, strict=True):
        if len(late) or (len(stretch) and stretch.positions[-1] >= end):
            table = pa.concat_tables([late, *_tables_of(stretch)]).sort_by("position")
            count = np.searchsorted(np.asarray(whole(table["position"])), end)
            yield table.slice(0, count)
            late = table.slice(count)
        else:
            yield from _tables_of(stretch)


def _tables_of(stretch: JoinedStretch) -> Iterator[pa.Table]:
    for first in range(0, len(stretch), ROW_GROUP_ROWS):
        yield stretch.table(slice(first, first + ROW_GROUP_ROWS))
