"""Orders and payments brought together: side by side where each stands alone, else grouped; by both ways alike."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import duckdb
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from corena_recon.reconciliation.facts import JOINED_SCHEMA, ORDER_FACTS, PAYMENT_FACTS
from corena_recon.reconciliation.joining import JoinedStretch
from corena_recon.reconciliation.positions import POSITION
from corena_recon.vocabulary import VERDICT_PLACES, Verdict

amounts = st.none() | st.integers(0, 3).map(Decimal)
moments = st.none() | st.integers(0, 3).map(lambda day: day * 86_400_000_000)
order_rows = st.fixed_dictionaries(
    {
        "identifier": st.sampled_from("ABCDEFGHIJKLMNOPQRST"),
        "order_amount": amounts,
        "order_currency": st.sampled_from([None, "USD", "EUR"]),
        "order_status": st.sampled_from([None, "paid", "open"]),
        "order_state": st.sampled_from(["paid", "open"]),
        "ordered_at": moments,
        "unreadable": st.sampled_from([None, None, "missing_amount"]),
    }
)
order_rows = order_rows.map(lambda row: {**row, "order_amount": None if row["unreadable"] else row["order_amount"]})
payment_rows = st.fixed_dictionaries(
    {
        "identifier": st.sampled_from("ABCDEFGHIJKLMNOPQRST"),
        "payment_trx": st.sampled_from([None, "", "T1", "T2"]),
        "amount": st.integers(0, 3).map(Decimal),
        "currency": st.sampled_from([None, "USD", "EUR"]),
        "received_at": moments,
        "verdict": st.sampled_from(list(VERDICT_PLACES.values())),
        "words": st.integers(0, 7),
    }
)


def joined(
    engine: duckdb.DuckDBPyConnection,
    orders: list[dict[str, Any]],
    payments: list[dict[str, Any]],
    position_of: Callable[[list[str], str], int] = list.index,
) -> JoinedStretch:
    names = [row["identifier"] for row in (*orders, *payments)]
    sides = [
        pa.Table.from_pylist(
            [
                {"row": number, "position": position_of(names, row["identifier"]), **row}
                for number, row in enumerate(rows)
            ],
            schema=schema.append(POSITION),
        )
        for rows, schema in ((orders, ORDER_FACTS), (payments, PAYMENT_FACTS))
    ]
    return JoinedStretch(engine, sides[0], sides[1], len(orders))


ALL = slice(None)


# Each example costs the same few queries, whatever it holds: few that are large.
few_orders = st.lists(order_rows, max_size=4) | st.lists(order_rows, min_size=12, max_size=36)
few_payments = st.lists(payment_rows, max_size=4) | st.lists(payment_rows, min_size=12, max_size=36)


@settings(max_examples=24)
@given(few_orders, few_payments)
def test_what_stands_alone_is_what_grouping_makes_of_it(
    engine: duckdb.DuckDBPyConnection, orders: list[dict[str, Any]], payments: list[dict[str, Any]]
) -> None:
    side_by_side = joined(engine, orders, payments)
    grouped = joined(engine, orders, payments, lambda _names, _name: 0)
    apart = joined(engine, orders, payments, lambda names, name: 1000 * names.index(name))
    table = side_by_side.table(ALL)
    assert table.schema == JOINED_SCHEMA
    assert table.to_pylist() == grouped.table(ALL).to_pylist() == apart.table(ALL).to_pylist()
    assert (side_by_side.ordered, side_by_side.paid) == (grouped.ordered, grouped.paid)
    pieces = [side_by_side.table(slice(first, first + 3)) for first in range(0, len(side_by_side), 3)]
    assert pa.concat_tables([JOINED_SCHEMA.empty_table(), *pieces]).to_pylist() == table.to_pylist()


def test_equal_positions_do_not_join_other_identifiers(engine: duckdb.DuckDBPyConnection) -> None:
    order = {"identifier": "A", "order_amount": Decimal(1)}
    payment = {"identifier": "B", "amount": Decimal(1), "verdict": VERDICT_PLACES[Verdict.ACCEPTED], "words": 0}
    found = joined(
        engine,
        [order, {**order, "identifier": "C"}],
        [payment, {**payment, "identifier": "C"}],
        lambda _, name: int(name == "C"),
    )
    counts = found.table(ALL).select(["identifier", "order_rows", "payments"]).to_pylist()
    assert [tuple(row.values()) for row in counts] == [("A", 1, 0), ("C", 1, 1), ("B", 0, 1)]
