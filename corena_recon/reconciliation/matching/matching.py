"""Two ways from payments to joined stretches: by the identifier alone, or by all passes and with a ledger.

By the identifier alone it is known where every row is joined before any payment comes, so that payments are brought
there as they come. The passes must have seen all payments before the first of them has its place.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from corena_recon.reconciliation import queries as sql
from corena_recon.reconciliation.facts import (
    IDENTIFIER_FACTS,
    LEDGER_FACTS,
    ORDER_FACTS,
    PASSED_ORDERS,
    PAYMENT_FACTS,
    SIDE_FACTS,
    UNMATCHED,
    UNPAID,
    with_identifier,
)
from corena_recon.reconciliation.matching import third_leg
from corena_recon.reconciliation.matching.near_matches import suggest
from corena_recon.reconciliation.matching.passes import Found, find_homes, sent_home
from corena_recon.reconciliation.matching.placing import Placement, numbered
from corena_recon.reconciliation.options import ReconcilingOptions
from corena_recon.reconciliation.positions import POSITION, Named, Scratch
from corena_recon.tables.columns import Flags, few_rows, flags, whole
from corena_recon.tables.engine import EngineTable, Scope
from corena_recon.tables.spool import Chunk, ChunkedRows, Spool
from corena_recon.tables.threads import ahead
from corena_recon.vocabulary import VERDICT_PLACES, Verdict

if TYPE_CHECKING:
    import duckdb

_UNMATCHED_BYTES: Final = 32 * 1024**2
"""How much of what has no counterpart is held in memory, where other rows are on disk."""


class Matched(NamedTuple):
    """Payments and orders where they belong.

    Attributes:
        placement: All of them, to be joined.
        sides: What else was found out about results, with ``facts.SIDE_FACTS``.
        unmatched_count: How many identifiers were taken to have no counterpart.
    """

    placement: Placement
    sides: EngineTable
    unmatched_count: int


class Matching(Protocol):
    """One matching of payments with orders, from entering it on: payments come in, and go where they belong."""

    def __enter__(self) -> Self:
        """Begins."""
        ...

    def __exit__(self, *_: object) -> None:
        """Ends what it does, whether or not it is done."""
        ...

    def add_payments(self, facts: pa.Table) -> None:
        """Takes some notifications, with ``facts.PAYMENT_FACTS``."""
        ...

    def matched(self) -> Matched:
        """What became of them, once they were all added."""
        ...


class ByIdentifier:
    """Matching by the identifier alone.

    Args:
        connection: Where near matches are looked for.
        orders: As read.
        notifications: All that will be added, with ``identifier``, ``unreadable`` and ``is_elsewhere`` at least.
        scratch: Where and when to work on disk.
    """

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        orders: ChunkedRows,
        notifications: ChunkedRows,
        scratch: Scratch,
    ) -> None:
        self._connection = connection
        self._orders = orders
        self._notifications = notifications
        self._scratch = scratch
        self._is_accepted: Flags = np.zeros(orders.rows + notifications.rows, bool)
        self._unmatched = Spool(scratch.folder and scratch.folder / "unmatched.arrow", _UNMATCHED_BYTES)

    def __enter__(self) -> Self:
        self._pool = ThreadPoolExecutor(1)
        self._placing = self._pool.submit(self._placed)
        self._bringing = self._pool.submit(lambda: None)
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(cancel_futures=True)

    def add_payments(self, facts: pa.Table) -> None:
        """Has them brought to their stretches, in another thread."""
        placement = self._placing.result()
        self._bringing.result()
        self._bringing = self._pool.submit(self._bring, placement, facts)

    def matched(self) -> Matched:
        """As ``Matching`` says; near matches alone are found out beside."""
        placement = self._placing.result()
        self._bringing.result()
        with EngineTable(self._connection, UNMATCHED) as unmatched:
            for chunk in self._unmatched.chunks():
                positions = np.asarray(whole(chunk.table["position"]))
                is_order = positions < self._orders.rows
                is_trusted = is_order | self._is_accepted[positions]
                table = chunk.table.append_column("is_order", pa.array(is_order))
                unmatched.add(table.append_column("is_trusted", pa.array(is_trusted)))
            near = suggest(unmatched)
        with near, Scope(self._connection, near_facts=near) as scope:
            return Matched(placement, scope.kept(SIDE_FACTS, sql.NEAR_SIDES), self._unmatched.rows)

    def _placed(self) -> Placement:
        notified = map(_named, self._notifications.chunks(["identifier", "unreadable", "is_elsewhere"]))
        placement = Placement(self._orders, notified, self._notifications.rows, self._scratch)
        for chunk in self._orders.chunks(["identifier"]):
            self._keep_unmatched(placement, numbered(chunk), 0)
        return placement

    def _bring(self, placement: Placement, facts: pa.Table) -> None:
        placement.bring(facts)
        accepted = np.flatnonzero(np.asarray(whole(facts["verdict"])) == VERDICT_PLACES[Verdict.ACCEPTED])
        rows = self._orders.rows + np.asarray(whole(facts["row"]))[accepted]
        self._is_accepted[placement.pairing.positions[rows]] = True
        self._keep_unmatched(placement, facts, self._orders.rows)

    def _keep_unmatched(self, placement: Placement, rows: pa.Table, first: int) -> None:
        """Keeps what has no counterpart, once an identifier; the numbers of the rows begin at ``first``."""
        numbers = np.asarray(whole(rows["row"])) + first
        wanted = np.flatnonzero(placement.pairing.is_unmatched[numbers])
        if len(wanted):
            identifiers = few_rows(rows.select(["identifier"]), wanted)
            self._unmatched.add(identifiers.append_column(POSITION, pa.array(numbers[wanted])))


class ByPasses:
    """Matching by any passes, and against the ledger.

    Args:
        connection: Where the passes run.
        grouping: For the identifiers that have several rows; used in another thread.
        orders: As read.
        notification_count: How many notifications there are, with those that will not be added.
        options: See ReconcilingOptions.
        transaction_column: The column of the orders that holds transaction ids, if any.
        ledger: The panel's own export, with ``schemas.LEDGER_SCHEMA``, if payments are held against it.
        scratch: Where and when to work on disk.
    """

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        grouping: duckdb.DuckDBPyConnection,
        orders: ChunkedRows,
        notification_count: int,
        options: ReconcilingOptions,
        *,
        transaction_column: str | None,
        ledger: pa.Table | None,
        scratch: Scratch,
    ) -> None:
        self._connection = connection
        self._grouping = grouping
        self._orders = orders
        self._notification_count = notification_count
        self._options = options
        self._transaction_column = transaction_column
        self._ledger = ledger
        self._scratch = scratch

    def __enter__(self) -> Self:
        self._notifications = EngineTable(self._connection, PAYMENT_FACTS)
        return self

    def __exit__(self, *_: object) -> None:
        """All that is kept is the connection's, and ends with it."""

    def add_payments(self, facts: pa.Table) -> None:
        """Keeps them until all are there."""
        self._notifications.add(facts)

    def matched(self) -> Matched:
        """As ``Matching`` says."""
        found, payments = self._at_home()
        notified = map(_named_at_home, payments.chunks(["row", "identifier", "verdict"]))
        placement = Placement(self._orders, notified, self._notification_count, self._scratch)
        for chunk in ahead(payments.chunks()):
            placement.bring(chunk.table)
        payments.discard()
        with EngineTable(self._connection, IDENTIFIER_FACTS) as identifiers:
            for stretch in placement.joined(self._grouping):
                for table in stretch.tables():
                    identifiers.add(table)
            return Matched(placement, *self._sides(identifiers, found))

    def _at_home(self) -> tuple[Found, Spool]:
        """What the passes find, and all payments with the identifier of the order that they belong to."""
        passes = self._options.match_on
        payments = Spool(self._scratch.folder and self._scratch.folder / "homed.arrow", is_packed=True)
        with self._notifications as notifications, EngineTable(self._connection, PASSED_ORDERS) as orders:
            for table in self._passed_orders():
                orders.add(table)
            found = find_homes(notifications, orders, passes, self._options.window)
            for table in sent_home(notifications, orders, found.homes, passes):
                payments.add(table)
        return found, payments

    def _passed_orders(self) -> Iterator[pa.Table]:
        column = self._transaction_column
        for chunk in self._orders.chunks(list(dict.fromkeys([*ORDER_FACTS.names[1:], *filter(None, [column])]))):
            table = with_identifier(numbered(chunk))
            ids = pa.nulls(len(table), pa.string()) if column is None else table[column].cast(pa.string())
            yield table.select(ORDER_FACTS.names).append_column("transaction_id", ids)

    def _sides(self, identifiers: EngineTable, found: Found) -> tuple[EngineTable, int]:
        """What is found out about results, and how many of them have no counterpart."""
        with Scope(self._connection, identifiers=identifiers) as scope:
            with scope.kept(UNMATCHED, sql.UNMATCHED) as unmatched:
                near, unmatched_count = suggest(unmatched), unmatched.count()
            with scope.kept(UNPAID, sql.UNPAID) as unpaid:
                ledger = self._held_against_ledger(found, unpaid)
            found.payments.close()
            with (
                near,
                ledger,
                found.homes,
                found.ties,
                Scope(self._connection, near_facts=near, tie_facts=found.ties, ledger_facts=ledger, homes=found.homes),
            ):
                return scope.kept(SIDE_FACTS, sql.ALL_SIDES), unmatched_count

    def _held_against_ledger(self, found: Found, unpaid: EngineTable) -> EngineTable:
        if self._ledger is None:
            return EngineTable(self._connection, LEDGER_FACTS)
        return third_leg.match(
            self._ledger, found.payments, found.homes, unpaid, timezone=self._options.ledger_timezone
        )


def _named(chunk: Chunk) -> Named:
    """The names of notifications as read; those of another world join nothing here."""
    numbers = np.arange(chunk.first, chunk.first + len(chunk.table))
    identifiers, is_elsewhere = chunk.table["identifier"], chunk.table["is_elsewhere"]
    if pc.any(is_elsewhere).as_py():
        identifiers = pc.if_else(is_elsewhere, pa.scalar(None, pa.string()), identifiers)
    return Named(numbers, identifiers, flags(chunk.table["unreadable"].is_null()))


def _named_at_home(chunk: Chunk) -> Named:
    """The names of payments that were sent to the orders they belong to."""
    is_readable = np.asarray(whole(chunk.table["verdict"])) != VERDICT_PLACES[Verdict.UNREADABLE]
    return Named(np.asarray(whole(chunk.table["row"])), chunk.table["identifier"], is_readable)
