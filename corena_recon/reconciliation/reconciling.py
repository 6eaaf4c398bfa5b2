"""Reconciling in bounded memory: payments taken as they come, results given stretch by stretch, in order."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING, Final, NamedTuple, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from corena_recon.arguments import chosen
from corena_recon.errors import ColumnError, ConsistencyError, OptionError
from corena_recon.languages import ENGLISH
from corena_recon.money import exact_sum
from corena_recon.reconciliation import queries as sql
from corena_recon.reconciliation.account import Account
from corena_recon.reconciliation.facts import JOINED_SCHEMA, UNPAIRED
from corena_recon.reconciliation.hints.diagnosis import (
    PAID_COLUMNS,
    join_problems,
    other_payment_methods,
    other_zone,
    uncompared_currencies,
    unknown_states,
)
from corena_recon.reconciliation.hints.export_span import ExportSpan, span_of
from corena_recon.reconciliation.hints.zone_hint import Unpaired
from corena_recon.reconciliation.joining import JoinedStretch
from corena_recon.reconciliation.matching.matching import ByIdentifier, ByPasses, Matching
from corena_recon.reconciliation.options import BY_IDENTIFIER, ReconcilingOptions
from corena_recon.reconciliation.outcomes import Outcomes
from corena_recon.reconciliation.positions import Scratch
from corena_recon.schemas import ROW_GROUP_ROWS
from corena_recon.tables.columns import Flags, whole
from corena_recon.tables.engine import EngineTable, Scope
from corena_recon.tables.spool import Chunk, ChunkedRows, resliced
from corena_recon.tables.threads import ahead
from corena_recon.text import printable
from corena_recon.vocabulary import Diagnosis

if TYPE_CHECKING:
    import duckdb


class Placed(NamedTuple):
    """Some results in order, with ``outcomes.ENCODED_RESULT_SCHEMA``.

    Attributes:
        positions: By what they are in order; see ``positions``.
        results: The results.
    """

    positions: pa.ChunkedArray
    results: pa.Table


class Reconciling:
    """One reconciliation of payments with orders, from entering it on: add all payments, take all results, then ask.

    Args:
        connection: Where rules and the passes beside the identifier run.
        orders: The orders as read, with ``schemas.ORDER_SCHEMA`` and the export's other columns.
        notifications: All that will be added, with ``identifier``, ``unreadable`` and ``is_elsewhere`` at least.
        options: See ReconcilingOptions.
        transaction_column: The column of the orders that holds transaction ids, if any.
        ledger: The panel's own export, with ``schemas.LEDGER_SCHEMA``, if payments are held against it.
        scratch: Where and when to work on disk; None where all rows are in memory anyway.
        span: The time of the orders, where these are only some of an export's.

    Attributes:
        account: What all results add up to, once they are given.
        is_paid: For each order whether a payment came, likewise.
        rows: How many orders and notifications there are.
        placed_rows: How many of them the results so far are of; those without an identifier are of none.
        order_times: About how often all orders are gone through before the first result.

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
        ledger: pa.Table | None = None,
        scratch: Scratch | None = None,
        span: ExportSpan | None = None,
    ) -> None:
        if transaction_column is not None and transaction_column not in orders.names:
            raise ColumnError(
                f"the orders have no column {printable(transaction_column)!r}",
                found=orders.names,
                needed=[transaction_column],
            )
        if span is None:
            require_tolerance_of_its_currency(orders, options)
        self._connection = connection
        self._passes = options.match_on
        self._grouping = connection.cursor()
        self._orders = orders
        self._unmatched_count = 0
        self.rows, self.placed_rows = orders.rows + notifications.rows, 0
        self.is_paid: Flags = np.zeros(orders.rows, bool)
        self._unpaired = Unpaired(EngineTable(connection, UNPAIRED)) if "amount" in options.match_on else None
        span = span or span_of(orders)
        self._outcomes = Outcomes(
            connection,
            {
                **chosen(options._asdict(), ("tolerance", "as_of", "grace")),
                "first_order_us": span.first_us,
                "last_order_us": span.last_us,
            },
            has_unjoined=options.match_on != BY_IDENTIFIER,
        )
        self.account = self._outcomes.account
        self._running = ExitStack()
        scratch = scratch or Scratch()
        matches_more = options.matches_more(has_ledger=ledger is not None)
        self.order_times = _TIMES_BY_PASSES if matches_more else 1
        self._matching: Matching = (
            ByPasses(
                connection,
                self._grouping,
                orders,
                notifications.rows,
                options,
                transaction_column=transaction_column,
                ledger=ledger,
                scratch=scratch,
            )
            if matches_more
            else ByIdentifier(connection, orders, notifications, scratch)
        )

    def __enter__(self) -> Self:
        self._running.callback(self._grouping.close)
        if self._unpaired is not None:
            self._running.callback(self._unpaired.close)
        self._running.enter_context(self._matching)
        return self

    def __exit__(self, *_: object) -> None:
        self._running.close()

    def add_payments(self, facts: pa.Table) -> None:
        """Adds notifications, with ``facts.PAYMENT_FACTS``."""
        self._matching.add_payments(facts)

    def results(self) -> Generator[Placed, None, None]:
        """The results in order, ROW_GROUP_ROWS at a time.

        Raises:
            ConsistencyError: Two identifiers had the same mark, so that near matches may be missing: by chance alone,
                and hardly ever.
        """
        placement, sides, unmatched_count = self._matching.matched()
        in_order = _in_order(self._added_up(placement.joined(self._grouping)), placement.pairing.ends.tolist())
        with sides:
            for table in ahead(resliced(in_order, ROW_GROUP_ROWS)):
                self._count(table)
                span = dict(
                    zip(("first", "last"), (table["position"][place].as_py() for place in (0, -1)), strict=True)
                )
                with Scope(self._connection, sides=sides):
                    beside = self._connection.sql(sql.SIDES, params=span).to_arrow_table()
                yield Placed(table["position"], self._outcomes.results(table, beside))
        if self._unmatched_count != unmatched_count:
            raise ConsistencyError(
                "two identifiers had the same mark, which hardly ever happens",
                hint="run it again in a new process, which draws marks anew",
            )
        self.is_paid = self.is_paid[placement.pairing.positions[: self._orders.rows]]
        self._payments = placement.payments

    def diagnosis(self, lang: str = ENGLISH) -> list[Diagnosis]:
        """What looks like wrong input, once all results are given."""
        return diagnosis_of(
            self._connection,
            self._orders,
            self.is_paid,
            self._payments(PAID_COLUMNS),
            self.account,
            unpaired=self._unpaired,
            passes=self._passes,
            lang=lang,
        )

    def _added_up(self, stretches: Iterable[JoinedStretch]) -> Iterator[JoinedStretch]:
        for stretch in stretches:
            self.account.ordered = exact_sum(self.account.ordered, stretch.ordered)
            self.account.paid = exact_sum(self.account.paid, stretch.paid)
            yield stretch

    def _count(self, joined: pa.Table) -> None:
        payments, order_rows, notifications = (
            np.asarray(whole(joined[name])) for name in ("payments", "order_rows", "notifications")
        )
        self.placed_rows += int(order_rows.sum()) + int(notifications.sum())
        self.account.payments += int(payments.sum())
        is_paid_order = (payments > 0) & (order_rows > 0)
        self.account.matched += int(payments[is_paid_order].sum())
        paid_orders = joined.select(["position", "first_paid_at", "ordered_at"]).filter(pa.array(is_paid_order))
        self.is_paid[np.asarray(whole(paid_orders["position"]))] = True
        self.account.hours_before.add(paid_orders["first_paid_at"], paid_orders["ordered_at"])
        if self._unpaired is not None:
            self._unpaired.add(joined)
        self._unmatched_count += int(np.count_nonzero((order_rows == 0) | (notifications == 0)))


def diagnosis_of(
    connection: duckdb.DuckDBPyConnection,
    orders: ChunkedRows,
    is_paid: Flags,
    payments: Iterable[Chunk],
    account: Account,
    *,
    unpaired: Unpaired | None,
    passes: tuple[str, ...],
    lang: str,
) -> list[Diagnosis]:
    """What looks like wrong input.

    Args:
        connection: For temporary tables.
        orders: As read, all of them.
        is_paid: For each of them whether a payment came.
        payments: With ``diagnosis.PAID_COLUMNS``, all of them; gone through where hardly any finds an order.
        account: Of all results.
        unpaired: What the pass ``amount`` did not bring together, where there is that pass.
        passes: By which payments were looked for.
        lang: Of the sentences.
    """
    return [
        *uncompared_currencies(account.uncompared, lang),
        *unknown_states(orders, lang),
        *other_payment_methods(orders, lambda first, count: is_paid[first : first + count], lang),
        *other_zone(account.hours_before, unpaired, lang),
        *join_problems(
            connection,
            payments,
            orders,
            payments=account.payments,
            matched=account.matched,
            passes=passes,
            lang=lang,
        ),
    ]


def require_tolerance_of_its_currency(orders: ChunkedRows, options: ReconcilingOptions) -> None:
    """Refuses a tolerance of one amount where orders are in several currencies.

    Raises:
        OptionError: It is one, and they are.
    """
    if isinstance(options.tolerance, dict) or not options.tolerance:
        return
    found = {code for chunk in orders.chunks(["order_currency"]) for code in pc.unique(chunk.table[0]).to_pylist()}
    codes = sorted({code.upper() for code in found if code is not None})
    if len(codes) > 1:
        raise OptionError(
            "the tolerance is one amount, and the orders are in several currencies: "
            + ", ".join(map(printable, codes[:_CODES_MAX])),
            hint="give one each: tolerance={'USD': '0.01', 'XOF': '5'}",
        )


_CODES_MAX: Final = 5
_TIMES_BY_PASSES: Final = 4
"""For the passes, for the positions of all rows, for the names of the joined ones, and to join them."""


def _in_order(stretches: Iterable[JoinedStretch], ends: list[int]) -> Iterator[pa.Table]:
    """The rows of all stretches in order of their positions.

    Identifiers that share a mark by chance are joined in the first one's stretch; the others wait for their own.
    """
    late = JOINED_SCHEMA.empty_table()
    for stretch, end in zip(stretches, ends, strict=True):
        if len(late) or (len(stretch) and stretch.positions[-1] >= end):
            table = pa.concat_tables([late, *stretch.tables()]).sort_by("position")
            count = np.searchsorted(np.asarray(whole(table["position"])), end)
            yield table.slice(0, count)
            late = table.slice(count)
        else:
            yield from stretch.tables()
