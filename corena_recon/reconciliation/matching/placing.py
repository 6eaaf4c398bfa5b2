"""Orders and payments brought to where they are joined, and joined there, stretch by stretch."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain, groupby
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa

from corena_recon.reconciliation.facts import ORDER_FACTS, PAYMENT_FACTS, with_identifier
from corena_recon.reconciliation.joining import JoinedStretch
from corena_recon.reconciliation.positions import POSITION, Named, Pairing, Scratch, Stretches
from corena_recon.tables.columns import whole
from corena_recon.tables.spool import Chunk, ChunkedRows
from corena_recon.tables.threads import ahead

if TYPE_CHECKING:
    import duckdb

_PLACED_ORDER_FACTS: Final = ORDER_FACTS.append(POSITION)
_PLACED_PAYMENT_FACTS: Final = PAYMENT_FACTS.append(POSITION)


class Placement:
    """Where all rows are joined: the orders where they stand or before, the payments once they are brought.

    Args:
        orders: As read, with ``schemas.ORDER_SCHEMA``.
        notified: See Pairing.
        notification_count: How many notifications there are, with those that are not placed.
        scratch: Where and when to work on disk.

    Attributes:
        pairing: The positions of all rows.
    """

    def __init__(
        self, orders: ChunkedRows, notified: Iterable[Named], notification_count: int, scratch: Scratch
    ) -> None:
        self._orders = orders
        self.pairing = Pairing(orders, notified, notification_count, scratch.stretch_rows)
        count = len(self.pairing.ends)
        self._payments = Stretches(count, scratch.folder, "payments")
        self._late_orders = Stretches(count, scratch.folder, "orders")
        if self.pairing.has_late:
            self._bring_late_orders()

    def bring(self, facts: pa.Table) -> None:
        """Brings payments to their stretches; they have ``facts.PAYMENT_FACTS``."""
        positions = self.pairing.positions[self._orders.rows + np.asarray(whole(facts["row"]))]
        placed = facts.append_column(POSITION, pa.array(positions))
        self._payments.add(placed, self.pairing.stretches_of(positions))

    def joined(self, connection: duckdb.DuckDBPyConnection) -> Iterator[JoinedStretch]:
        """The stretches, joined one by one in another thread, which has the connection to itself meanwhile."""
        return ahead(
            JoinedStretch(connection, orders, payments.table(_PLACED_PAYMENT_FACTS), self._orders.rows)
            for orders, payments in zip(self._order_stretches(), self._payments.spools, strict=True)
        )

    def payments(self, columns: tuple[str, ...]) -> Iterator[Chunk]:
        """Some columns of all payments that were brought."""
        return chain.from_iterable(spool.chunks(columns) for spool in self._payments.spools)

    def _bring_late_orders(self) -> None:
        """Brings the orders that are joined in an earlier stretch."""
        for chunk in self._order_facts():
            stretches = self.pairing.stretches_of(np.asarray(whole(chunk.table["position"])))
            is_late = stretches != self.pairing.stretch_of(chunk.first)
            self._late_orders.add(chunk.table.filter(pa.array(is_late)), stretches[is_late])

    def _order_stretches(self) -> Iterator[pa.Table]:
        chunks = groupby(self._order_facts(), lambda chunk: self.pairing.stretch_of(chunk.first))
        own = next(chunks, None)
        for number, late in enumerate(self._late_orders.spools):
            tables = [_PLACED_ORDER_FACTS.empty_table()]
            if own is not None and own[0] == number:
                tables += [chunk.table for chunk in own[1]]
                own = next(chunks, None)
            table = pa.concat_tables(tables)
            if self.pairing.has_late:
                stretches = self.pairing.stretches_of(np.asarray(whole(table["position"])))
                table = pa.concat_tables([table.filter(pa.array(stretches == number)), late.table(table.schema)])
            yield table

    def _order_facts(self) -> Iterator[Chunk]:
        """What reconciling knows of the orders that have an identifier, cell by cell."""
        for chunk in self._orders.chunks(ORDER_FACTS.names[1:], rows=self.pairing.cell_rows):
            positions = self.pairing.positions[chunk.first : chunk.first + len(chunk.table)]
            placed = numbered(chunk).append_column(POSITION, pa.array(positions))
            yield Chunk(chunk.first, with_identifier(placed.cast(_PLACED_ORDER_FACTS)))


def numbered(chunk: Chunk) -> pa.Table:
    """The rows with their numbers as ``row``."""
    rows = np.arange(chunk.first, chunk.first + len(chunk.table))
    return chunk.table.add_column(0, "row", pa.array(rows))
