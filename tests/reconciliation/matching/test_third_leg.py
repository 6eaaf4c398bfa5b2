"""The third leg: payments and orders against the merchant panel's own export."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

import corena_recon as cr
from corena_recon.errors import ColumnError, OptionError
from corena_recon.reconciliation.facts import HOMES, SINGLE_PAYMENTS, UNPAID
from corena_recon.reconciliation.matching import third_leg
from corena_recon.schemas import LEDGER_SCHEMA
from corena_recon.tables.engine import EngineTable, connect
from corena_recon.tables.frames import table_of
from tests.making import ipn, jsonl, ring, verified

DEPOSITS = "SL,Trx Number,Amount,Charge,Payment Charge,After Charge,Gateway Name,Method Currency,Date"
PAID_AT = "2026-01-10T12:00:00Z"


def ledger(*entries: tuple[str, str, str]) -> pd.DataFrame:
    """Deposits of (transaction id, amount, day)."""
    rows = [
        f'{number},{trx},"{amount} USD",0.00 USD,0.00 USD,0.00 USD,Card,USD,{day}'
        for number, (trx, amount, day) in enumerate(entries, 1)
    ]
    return cr.read_ledger("\n".join([DEPOSITS, *rows, ""]).encode())


def results(
    notifications: list[dict[str, Any]], orders: list[str], entries: pd.DataFrame | None
) -> dict[str, tuple[str, str | None, list[str]]]:
    frame = cr.read_orders("\n".join(["order_id,total,currency,status,created_at", *orders, ""]).encode())
    found = cr.reconcile(verified(*notifications), frame, ledger=entries).results
    return {
        row.identifier: (row.outcome, row.ledger if isinstance(row.ledger, str) else None, list(row.reasons))
        for row in found.itertuples()
    }


def paid(identifier: str, trx: str = "AAAA", amount: str = "11.00000000") -> dict[str, Any]:
    return ipn(identifier, amount, trx, received_at=PAID_AT)


def order(identifier: str, amount: str = "11", day: str = "2026-01-10") -> str:
    return f"{identifier},{amount},USD,paid,{day}T10:00:00Z"


FIRST, LAST = ("X1", "1.00", "01/01/2026"), ("X2", "1.00", "31/01/2026")

CASES: list[tuple[tuple[str, str, list[str]], list[tuple[str, str, str]]]] = [
    # by amount, currency and day, as counts
    (("matched", "confirmed", []), [("D1", "11.00", "10/01/2026")]),
    (("not_in_ledger", "absent", ["matched"]), [("D1", "11.01", "10/01/2026")]),
    # an entry of the day before or after, where it is the only one
    (("matched", "confirmed", []), [("D1", "11.00", "11/01/2026")]),
    (("matched", "confirmed", []), [("D1", "11.00", "09/01/2026")]),
    (("not_in_ledger", "absent", ["matched"]), [("D1", "11.00", "12/01/2026")]),
    (("not_in_ledger", "absent", ["matched"]), [("D1", "11.00", "09/01/2026"), ("D2", "11.00", "11/01/2026")]),
    # older gateways show the notification's own transaction id
    (("matched", "confirmed", []), [("AAAA", "11.00", "12/01/2026")]),
]


@pytest.mark.parametrize(("expected", "entries"), CASES)
def test_a_payment_is_held_against_the_ledger(
    expected: tuple[str, str, list[str]], entries: list[tuple[str, str, str]]
) -> None:
    assert results([paid("A")], [order("A")], ledger(FIRST, *entries, LAST)) == {"A": expected}


def test_a_day_outside_the_ledger_is_not_covered() -> None:
    assert results([paid("A")], [order("A")], ledger(("X", "1.00", "01/02/2026")))["A"][1] == "not_covered"


def test_without_a_ledger_nothing_is_said() -> None:
    assert results([paid("A")], [order("A")], None)["A"][1] is None


def test_never_more_entries_are_used_than_exist() -> None:
    found = results(
        [paid("A", "T1"), paid("B", "T2")], [order("A"), order("B")], ledger(FIRST, ("D1", "11.00", "10/01/2026"), LAST)
    )
    assert found == {
        "A": ("not_in_ledger", "absent", ["ledger_ambiguous", "matched"]),
        "B": ("not_in_ledger", "absent", ["ledger_ambiguous", "matched"]),
    }


def test_a_free_entry_stands_for_a_notification_that_was_lost() -> None:
    entries = ledger(FIRST, ("D1", "11.00", "10/01/2026"), ("D2", "12.00", "10/01/2026"), LAST)
    assert results([paid("A")], [order("A"), order("L", "12")], entries) == {
        "A": ("matched", "confirmed", []),
        "L": ("missing_payment", None, ["lost_notification"]),
    }


def test_an_entry_that_a_payment_needs_is_not_free() -> None:
    entries = ledger(FIRST, ("D1", "11.00", "10/01/2026"), LAST)
    assert results([paid("A")], [order("A"), order("L")], entries)["L"] == ("missing_payment", None, [])


@pytest.mark.parametrize(
    ("orders", "entries"),
    [
        ([order("L"), order("M")], [("D1", "11.00", "10/01/2026")]),
        ([order("L")], [("D1", "11.00", "10/01/2026"), ("D2", "11.00", "10/01/2026")]),
    ],
)
def test_a_tie_is_told_and_never_guessed(orders: list[str], entries: list[tuple[str, str, str]]) -> None:
    found = results([ipn("Z", "3.00000000", received_at=PAID_AT)], orders, ledger(FIRST, *entries, LAST))
    assert {tuple(found[name][2]) for name in found if name != "Z"} == {("ledger_ambiguous",)}


def test_an_audit_takes_the_ledger_too() -> None:
    orders = b"order_id,total,currency,status,created_at\n" + order("A").encode() + b"\n"
    export = f'{DEPOSITS}\n1,D1,"11.00 USD",0,0,0,Card,USD,10/01/2026\n'.encode()
    found = cr.audit(jsonl(paid("A")), orders, ring(), ledger=export)
    assert found.results["ledger"].tolist() == ["confirmed"]
    with pytest.raises(OptionError, match="orders"):
        cr.audit(jsonl(paid("A")), keys=ring(), ledger=export)


def test_a_frame_of_something_else_is_refused() -> None:
    with pytest.raises(ColumnError, match="read_ledger"):
        results([paid("A")], [order("A")], pd.DataFrame({"a": [1]}))


def known(*entries: tuple[str, str]) -> pd.DataFrame:
    """Entries of (the notification's transaction id, amount) of a kind of ledger that has the notification's own."""
    frame = ledger(FIRST, *((trx, amount, "10/01/2026") for trx, amount in entries), LAST)
    frame["payment_trx"] = frame["payment_trx"].where(
        ~frame["ledger_trx"].isin([trx for trx, _ in entries]), frame["ledger_trx"]
    )
    return frame


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        ([("AAAA", "11.00")], "confirmed"),
        ([("AAAA", "5.00")], "absent"),
        ([("TTTT", "11.00")], "absent"),
        ([("TTTT", "11.00"), ("AAAA", "11.00")], "confirmed"),
    ],
)
def test_an_entry_that_names_its_notification_stands_for_no_other(
    entries: list[tuple[str, str]], expected: str
) -> None:
    found = results([paid("A")], [order("A")], known(*entries))
    assert found["A"] == (
        ("matched", expected, []) if expected == "confirmed" else ("not_in_ledger", expected, ["matched"])
    )


def test_an_entry_of_a_lost_notification_is_free_whatever_else_was_paid() -> None:
    found = results([paid("A")], [order("A"), order("B")], known(("TTTT", "11.00")))
    assert found == {
        "A": ("not_in_ledger", "absent", ["matched"]),
        "B": ("missing_payment", None, ["lost_notification"]),
    }


def test_a_payment_without_a_currency_is_held_against_entries_of_any() -> None:
    found = results(
        [ipn("A", data_currency=None, received_at=PAID_AT)],
        [order("A")],
        ledger(FIRST, ("D1", "11.00", "10/01/2026"), LAST),
    )
    assert found["A"][1] == "confirmed"


def test_the_ledger_takes_tables_and_gives_a_table() -> None:
    moment, amount = datetime(2026, 1, 10, 12, tzinfo=UTC), Decimal(11)
    tables: list[tuple[pa.Schema, list[dict[str, Any]]]] = [
        (
            SINGLE_PAYMENTS,
            [
                {"identifier": name, "trx_key": trx, "trx": trx, "amount": amount, "currency": "USD", "paid_at": moment}
                for name, trx in (("A", "AAAA"), ("cart", "T1"))
            ],
        ),
        (HOMES, [{"identifier": "cart", "trx_key": "T1", "order_identifier": "B", "rule": "transaction"}]),
        (UNPAID, [{"identifier": "L", "order_amount": Decimal(12), "order_currency": "usd", "ordered_at": moment}]),
    ]
    entries = ledger(FIRST, ("AAAA", "11.00", "12/01/2026"), ("D2", "12.00", "10/01/2026"), LAST)
    with connect(threads=1) as connection:
        sides = [EngineTable(connection, schema) for schema, _ in tables]
        for side, (schema, rows) in zip(sides, tables, strict=True):
            side.add(pa.Table.from_pylist(rows, schema))
        found = third_leg.match(table_of(entries, LEDGER_SCHEMA, needed=(), made_by="read_ledger"), *sides)
        facts = connection.execute(f"FROM {found.name} ORDER BY identifier").fetchall()
        kept = {name for (name,) in connection.execute("SELECT name FROM (SHOW ALL TABLES)").fetchall()}
        assert kept == {side.name for side in (*sides, found)}
    assert facts == [("A", "confirmed", None), ("B", "absent", None), ("L", None, "lost_notification")]


def test_a_day_is_the_panel_s() -> None:
    """Half past eleven in the evening, UTC, is the next day in Lubumbashi, and two days from the entry in New York."""
    late = ipn("A", "11.00000000", "AAAA", received_at="2026-01-10T23:30:00Z")
    orders = cr.read_orders(f"order_id,total,currency,status,created_at\n{order('A')}\n".encode())
    said = {
        zone: cr.reconcile(
            verified(late), orders, ledger=ledger(FIRST, ("D1", "11.00", "12/01/2026"), LAST), ledger_timezone=zone
        ).results["ledger"][0]
        for zone in ("UTC", "Africa/Lubumbashi")
    }
    assert said == {"UTC": "absent", "Africa/Lubumbashi": "confirmed"}


def test_a_neighbour_s_entry_is_one_payment_s_alone() -> None:
    entries = ledger(FIRST, ("D1", "11.00", "11/01/2026"), LAST)
    found = results([paid("A", "T1"), paid("B", "T2")], [order("A"), order("B")], entries)
    assert {row[:2] for row in found.values()} == {("not_in_ledger", "absent")}
    found = results([paid("A", "T1")], [order("A"), order("L", day="2026-01-11")], entries)
    assert found == {"A": ("matched", "confirmed", []), "L": ("missing_payment", None, [])}


def test_orders_of_one_amount_in_two_currencies_are_not_ambiguous() -> None:
    rows = [
        f'{number},D{number},"11.00 {code}",0,0,0,Card,{code},10/01/2026' for number, code in ((1, "USD"), (2, "EUR"))
    ]
    entries = cr.read_ledger("\n".join([DEPOSITS, *rows, ""]).encode())
    orders = [f"{code},11,{code},paid,2026-01-10T10:00:00Z" for code in ("USD", "EUR")]
    found = results([ipn("Z", "3.00000000", received_at=PAID_AT)], orders, entries)
    assert {name: row[2] for name, row in found.items() if name != "Z"} == {
        "USD": ["lost_notification"],
        "EUR": ["lost_notification"],
    }


def test_a_zone_that_there_is_not_is_refused() -> None:
    with pytest.raises(OptionError, match="ledger_timezone is no zone that is known"):
        cr.reconcile(verified(paid("A")), cr.read_orders(b"order_id,total\nA,11\n"), ledger_timezone="Lubumbashi")
