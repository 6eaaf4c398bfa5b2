"""Tables of cases for the passes beside the identifier."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

import corena_recon as cr
from corena_recon.errors import ColumnError, OptionError
from corena_recon.reconciliation.facts import PASSED_ORDERS, PAYMENT_FACTS
from corena_recon.reconciliation.matching.passes import find_homes, sent_home
from corena_recon.reconciliation.queries import UNJOINED
from corena_recon.tables.engine import EngineTable, connect
from corena_recon.vocabulary import VERDICT_PLACES, Verdict
from tests.making import ipn, verified

HEADER = "order_id,total,currency,status,created_at,transaction_id"
PAID_AT = "2026-01-10T12:00:00Z"


def results(notifications: list[dict[str, Any]], rows: list[str], **options: Any) -> dict[str, tuple[Any, ...]]:
    orders = cr.read_orders("\n".join([HEADER, *rows, ""]).encode())
    found = cr.reconcile(verified(*notifications), orders, **options).results
    return {
        row.identifier: (row.outcome, None if row.match_rule is pd.NA else row.match_rule, list(row.reasons))
        for row in found.itertuples()
    }


def paid(identifier: str, amount: str = "11.00000000", **changes: Any) -> dict[str, Any]:
    return ipn(identifier, amount, received_at=PAID_AT, **changes)


def test_by_transaction_the_payment_goes_to_the_order_that_names_it() -> None:
    assert results(
        [paid("cart-7", trx="TRXA"), paid("cart-8", trx="TRXB")],
        ["1001,11,USD,paid,,TRXA", "1002,11,USD,paid,,TRXX"],
        match_on="transaction",
    ) == {
        "1001": ("matched", "transaction", []),
        "1002": ("missing_payment", None, []),
        "cart-8": ("orphan_payment", None, []),
    }


@pytest.mark.parametrize("mark", [" + ", "|", ";  "])
def test_a_cell_may_name_two_payments(mark: str) -> None:
    assert results(
        [paid("cart-7", "4.00000000", trx="ABCDEFGHIJK1"), paid("cart-8", "7.00000000", trx="ABCDEFGHIJK2")],
        [f"1001,11,USD,paid,,ABCDEFGHIJK1{mark}ABCDEFGHIJK2", "1002,11,USD,paid,,by ABCDEFGHIJK3 TRXA"],
        match_on="transaction",
    ) == {
        "1001": ("matched", "transaction", ["split_payment"]),
        "1002": ("missing_payment", None, []),
    }


def test_a_short_word_beside_others_is_no_reference() -> None:
    found = results([paid("cart-7", trx="TRXA")], ["1001,11,USD,paid,,by TRXA"], match_on="transaction")
    assert found["1001"] == ("missing_payment", None, [])


def test_a_transaction_id_of_two_orders_names_neither() -> None:
    assert results(
        [paid("cart-7", trx="TRXA")],
        ["1001,11,USD,paid,,TRXA", "1002,11,USD,paid,,TRXA"],
        match_on="transaction",
    ) == {
        "1001": ("missing_payment", None, []),
        "1002": ("missing_payment", None, []),
        "cart-7": ("orphan_payment", None, []),
    }


def test_identifiers_of_another_kind_never_join_by_chance() -> None:
    """A cart id may be the number of another order."""
    assert results(
        [paid("1002", trx="TRXA")],
        ["1001,11,USD,paid,,TRXA", "1002,11,USD,paid,,"],
        match_on="transaction",
    ) == {"1001": ("matched", "transaction", []), "1002": ("missing_payment", None, [])}


@pytest.mark.parametrize(
    ("row", "outcome"),
    [
        ("1001,11,USD,paid,2026-01-10T11:00:00Z,", ("matched", "amount", [])),
        ("1001,11,USD,paid,2026-01-07T12:00:00Z,", ("matched", "amount", [])),
        ("1001,11,USD,paid,2026-01-07T11:59:59Z,", ("missing_payment", None, [])),
        ("1001,11,USD,paid,2026-01-10T12:00:01Z,", ("missing_payment", None, [])),
        ("1001,11.01,USD,paid,2026-01-10T11:00:00Z,", ("missing_payment", None, [])),
        ("1001,11,EUR,paid,2026-01-10T11:00:00Z,", ("missing_payment", None, [])),
        ("1001,11,USD,paid,,", ("missing_payment", None, [])),
    ],
)
def test_by_amount_in_time(row: str, outcome: tuple[Any, ...]) -> None:
    assert results([paid("x")], [row], match_on="amount")["1001"] == outcome


def test_a_tie_of_amounts_is_told_and_never_guessed() -> None:
    day = "2026-01-10T11:00:00Z"
    assert results([paid("x")], [f"1001,11,USD,paid,{day},", f"1002,11,USD,paid,{day},"], match_on="amount") == {
        "1001": ("missing_payment", None, ["ambiguous_amount"]),
        "1002": ("missing_payment", None, ["ambiguous_amount"]),
        "x": ("orphan_payment", None, ["ambiguous_amount", "outside_export"]),
    }


def test_each_pass_consumes_what_it_matches() -> None:
    day = "2026-01-10T11:00:00Z"
    assert results(
        [paid("1001", trx="A"), paid("y", trx="B"), paid("z", trx="C")],
        [f"1001,11,USD,paid,{day},", f"1002,11,USD,paid,{day},B", f"1003,11,USD,paid,{day},"],
        match_on=("identifier", "transaction", "amount"),
    ) == {
        "1001": ("matched", "identifier", []),
        "1002": ("matched", "transaction", []),
        "1003": ("matched", "amount", []),
    }


def test_a_shop_that_sends_one_constant_is_matched_payment_by_payment() -> None:
    found = results(
        [paid("DFU80XZIKS", "11.00000000", trx="A"), paid("DFU80XZIKS", "12.00000000", trx="B")],
        ["1001,11,USD,paid,,A", "1002,12,USD,paid,,B"],
        match_on="transaction",
    )
    assert {name: row[:2] for name, row in found.items()} == {
        "1001": ("matched", "transaction"),
        "1002": ("matched", "transaction"),
    }


@pytest.mark.parametrize("match_on", [(), "name", ("amount", "amount"), ("identifier", "guess")])
def test_passes_without_meaning_are_refused(match_on: Any) -> None:
    with pytest.raises(OptionError, match="match_on"):
        results([paid("x")], [], match_on=match_on)


def test_a_transaction_column_that_is_not_there_is_refused() -> None:
    orders = cr.read_orders(b"order_id,total\nA,1\n")
    with pytest.raises(ColumnError, match="no column 'ref'"):
        cr.reconcile(verified(ipn("A")), orders, match_on="transaction", transaction_column="ref")


def test_orders_that_no_longer_say_which_column_holds_transaction_ids_are_asked_for_it() -> None:
    orders = cr.read_orders(f"{HEADER}\nA,11,USD,paid,2026-01-10T11:00:00Z,TRXA\n".encode())
    assert orders.attrs["mapping"]["transaction_id"] == "transaction_id"
    posts = verified(paid("cart", trx="TRXA"))
    orders.attrs = {}
    with pytest.raises(OptionError, match="nothing says which column"):
        cr.reconcile(posts, orders, match_on=["identifier", "transaction"])
    found = cr.reconcile(posts, orders, match_on="transaction", transaction_column="transaction_id")
    assert found.results["outcome"].tolist() == ["matched"]


def test_a_payment_that_names_an_order_which_another_pass_consumed_joins_it() -> None:
    orders = cr.read_orders(f"{HEADER}\nB,10,USD,paid,2026-01-10T11:00:00Z,\n".encode())
    posts = verified(paid("X", "10.00000000", trx="T1"), paid("B", "9.00000000", trx="T2"))
    found = cr.reconcile(posts, orders, match_on=["amount", "identifier"])
    rows = [
        (row.identifier, row.outcome, row.payments, str(row.paid_amount), row.order_rows)
        for row in found.results.itertuples()
    ]
    assert rows == [("B", "duplicate_payment", 2, "19.00000000", 1)]
    assert found.results["match_rule"].tolist() == ["amount"]


def test_no_identifier_can_name_itself_unjoined() -> None:
    found = results(
        [paid("cart", trx="TRXA"), ipn("1001\0 not joined", trx="TRXZ", signature="0" * 64)],
        ["1001,11,USD,paid,,TRXA"],
        match_on="transaction",
    )
    assert found["1001"] == ("matched", "transaction", [])
    assert found["1001\0 not joined"][0] == "no_trusted_payment"


def test_the_transaction_id_may_be_any_column_of_the_orders() -> None:
    export = b"Order ID,Total,Currency\nTRXA,11,USD\n"
    columns = {"identifier": "Order ID", "transaction_id": "Order ID"}
    orders = cr.read_orders(export, columns=columns)
    assert orders.attrs["mapping"]["transaction_id"] == "identifier"
    choices: list[dict[str, Any]] = [{}, *({"transaction_column": f"order_{name}"} for name in ("currency", "amount"))]
    for options in choices:
        found = cr.reconcile(verified(paid("cart", trx="TRXA")), orders, match_on="transaction", **options).results
        assert ("matched" in set(found["outcome"])) == (not options)


def test_the_manifest_says_in_which_order_the_passes_ran() -> None:
    orders = cr.read_orders(f"{HEADER}\nB,10,USD,paid,2026-01-10T11:00:00Z,\n".encode())
    for passes in (["transaction", "identifier"], ["identifier", "transaction"]):
        found = cr.reconcile(verified(paid("B")), orders, match_on=passes)
        assert found.manifest_facts()["options"]["match_on"] == passes


def test_passes_take_tables_and_give_tables() -> None:
    moment = datetime(2026, 1, 10, 12, tzinfo=UTC)
    posts = [
        ("A", "T0", 1),
        ("A", "T0", 1),
        ("B", "T1", 2),
        ("B", "T2", 3),
        ("C", "T3", 4),
        ("D", "", 5),
        ("A", None, 1),
    ]
    notifications = [
        {
            "row": row,
            "identifier": name,
            "payment_trx": trx,
            "amount": Decimal(amount),
            "currency": "USD",
            "received_at": moment,
            "verdict": VERDICT_PLACES[Verdict.FORGED if trx is None else Verdict.ACCEPTED],
        }
        for row, (name, trx, amount) in enumerate(posts)
    ]
    ordered = [("A", 1, "T9"), ("M", 9, "T1"), ("N", 3, None), ("C", 4, "T3"), ("P", 5, None), ("Q", 5, None)]
    orders = [
        {
            "row": row,
            "identifier": name,
            "order_amount": Decimal(amount),
            "order_currency": "usd",
            "ordered_at": moment,
            "transaction_id": trx,
        }
        for row, (name, amount, trx) in enumerate(ordered)
    ]
    passes = ("transaction", "amount", "identifier")
    with connect(threads=1) as connection:
        sides = EngineTable(connection, PAYMENT_FACTS), EngineTable(connection, PASSED_ORDERS)
        for side, rows in zip(sides, (notifications, orders), strict=True):
            side.add(pa.Table.from_pylist(rows, PAYMENT_FACTS if side is sides[0] else PASSED_ORDERS))
        found = find_homes(*sides, passes, timedelta(0))
        # As Arrow: rows of Python values with a zone would need a package that the engine does not bring.
        payments, homes, ties = (
            [
                tuple(row.values())
                for row in connection.sql(f"FROM {table.name} ORDER BY ALL").to_arrow_table().to_pylist()
            ]
            for table in found
        )
        at_home = pa.concat_tables(sent_home(*sides, found.homes, passes))
        kept = {name for (name,) in connection.execute("SELECT name FROM (SHOW ALL TABLES)").fetchall()}
        assert kept == {table.name for table in (*sides, *found)}
    payments = [(row[0], _bare(row[1]), row[2], int(row[3]), *row[4:]) for row in payments]
    assert payments == [
        ("A", "T0", "T0", 1, "USD", moment),
        ("B", "T1", "T1", 2, "USD", moment),
        ("B", "T2", "T2", 3, "USD", moment),
        ("C", "T3", "T3", 4, "USD", moment),
        ("D", "5 ", None, 5, "USD", moment),
    ]
    assert [(row[0], _bare(row[1]), *row[2:]) for row in homes] == [
        ("A", "T0", "A", "amount"),
        ("B", "T1", "M", "transaction"),
        ("B", "T2", "N", "amount"),
        ("C", "T3", "C", "transaction"),
    ]
    tied = "ambiguous_amount"
    assert ties == [("D", tied), (f"D{UNJOINED}", tied), ("P", tied), ("Q", tied)]
    assert at_home.schema == PAYMENT_FACTS
    assert at_home["row"].to_pylist() == list(range(len(posts)))
    assert at_home["identifier"].to_pylist() == ["A", "A", "M", "N", "C", "D", "A"]
    assert at_home["own_identifier"].to_pylist() == [name for name, *_ in posts]


def _bare(trx_key: str) -> str:
    """The transaction id alone of what tells payments apart."""
    return trx_key.split("\0", maxsplit=1)[0]
