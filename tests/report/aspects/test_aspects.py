"""Other views of an audit: what each counts, and what is said of it first."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

import corena_recon as cr
from corena_recon.report import Look, report_text
from tests.making import SECRET, ipn, jsonl, ring, signature

BEGIN = datetime(2026, 1, 1, 8)  # noqa: DTZ001 - exports have no zone
SILENT = 9
NEW_KEY_FROM = 12
REFUNDS = (("D1-1", "-11"), ("D1-2", "-3"), ("D1-3", "-22"), ("D1-4", "-12"), (f"D{SILENT}-1", "-5"), ("NONE", "-4"))


@pytest.fixture(scope="module")
def found() -> cr.Reconciliation:
    """Twenty days of five payments, one of them silent, refunds, and a key that took over from another."""
    posted, rows = [], ["order_id,total,currency,status,date"]
    for day in range(20):
        for number in range(5):
            name, moment = f"D{day}-{number}", BEGIN + timedelta(days=day, minutes=number)
            rows.append(f"{name},11,USD,paid,{moment:%Y-%m-%d %H:%M:%S}")
            secret = "the new one" if day > NEW_KEY_FROM or (day == NEW_KEY_FROM and number > 2) else SECRET
            if day != SILENT:
                body = ipn(name, signature=signature("11.00000000", name, secret))
                posted.append({"received_at": f"{moment:%Y-%m-%dT%H:%M:%SZ}", "body": body})
    rows += [f"{name},{amount},USD,refunded," for name, amount in REFUNDS]
    late = ipn("D1-1", signature=signature("11.00000000", "D1-1"))
    posted.append({"received_at": "2026-01-14T08:00:00Z", "body": late})
    keys = cr.KeyRing(
        [
            cr.Key(id="old", secret=SECRET, mode="live", valid_until="2026-01-13T12:00:00Z"),
            cr.Key(id="new", secret="the new one", mode="live"),
            cr.Key(id="spare", secret="never used", mode="live"),
        ]
    )
    return cr.reconcile(cr.verify(cr.read_ipns(jsonl(*posted)), keys), cr.read_orders("\n".join(rows).encode()))


def test_refunds_are_held_against_what_was_paid(found: cr.Reconciliation) -> None:
    plain = found.refunds.set_index("identifier")
    assert plain["refunded"].to_dict() == {name: -Decimal(amount) for name, amount in REFUNDS}
    assert plain["problem"].dropna().to_dict() == {
        "D1-4": "refund_exceeds_payment",
        "D1-3": "refund_twice",
        "NONE": "refund_without_order",
        f"D{SILENT}-1": "refund_without_payment",
    }
    assert [*plain.index][4:] == ["D1-1", "D1-2"]
    assert [plain.loc["D1-2", name] for name in ("left_ordered", "left_paid", "difference")] == [8, 8, 0]
    assert plain.loc[f"D{SILENT}-1", "difference"] == -11
    said = {one["code"]: one["text"] for one in found.summary["diagnosis"]}
    assert said["refund_twice"] == (
        "Refunds of several times what was paid, as if given back twice: 1 (22.00 USD): D1-3."
    )
    assert {code for code in said if code.startswith("refund")} == {*plain["problem"].dropna()}


def test_a_person_must_look_at_refunds_that_have_a_problem(found: cr.Reconciliation) -> None:
    listed = found.worklist.set_index("identifier")
    assert listed.index.is_unique
    told = {name: (listed.loc[name, "outcome"], listed.loc[name, "at_risk"]) for name in ("D1-4", "D1-3", "NONE")}
    assert told == {
        "D1-4": ("refund_exceeds_payment", 1),
        "D1-3": ("refund_twice", 11),
        "NONE": ("refund_without_order", 4),
    }
    assert (
        listed.loc["D1-3", "why"].replace("\xa0", " ")
        == "22.00 USD was given back of 11.00 USD that was paid, as if twice."
    )
    both = listed.loc[f"D{SILENT}-1"]
    assert (both["outcome"], both["at_risk"]) == ("missing_payment", 11)
    assert "no notification came. 5.00 USD was given back" in both["why"].replace("\xa0", " ")


PANEL = """
    TRXA - 11 refund 05           # given back by its name, and the shop does not say so
    X1 - 20 refund 05             # the shop says so, and this is the only one of the amount
    X2 - 30 refund 05             # the only payment of 30, of which the shop says nothing
    X3 - 40 refund 05             # two payments of 40: nobody knows which
    X4 - 50 refund 05             # given back twice: the shop knows of one
    X5 - 50 refund 06
    X6 - 60 withdraw 05           # may be the refund of which the shop tells
    X7 - 12 withdraw 05           # rejected: was never paid out
    X7 + 12 withdraw_reject 06"""
PAID = "A 11 -, B 20 20, C 30 -, D 40 -, E 40 -, F 50 50, G 60 60, H 12 12"


def test_refunds_of_the_panel_are_linked_or_said_to_be_ambiguous() -> None:
    shop = [each.split() for each in PAID.split(", ")]
    lines = [[f"TRX{name}", "+", amount, "payment", "01"] for name, amount, _ in shop]
    lines += [line.partition("#")[0].split() for line in PANEL.strip().splitlines()]
    rows = [f"1,{trx},{sign},${amount}.00 USD,,,,{remark},{day}/02/2026" for trx, sign, amount, remark, day in lines]
    ledger = cr.read_ledger(
        "\n".join(["SL,Trx Number,Trx Type,Amount,Charge,Post Charge,Details,Remark,Date", *rows]).encode()
    )
    assert ledger["entry"].value_counts().to_dict() == {"payment": 8, "refund": 6, "withdrawal": 1}
    assert ledger[ledger["amount"] < 0]["amount"].tolist() == [-11, -20, -30, -40, -50, -50, -60]
    posted = [
        {"received_at": "2026-02-01T08:00:00Z", "body": ipn(name, f"{amount}.00000000")} for name, amount, _ in shop
    ]
    orders = ["order_id,total,currency,status,refunded_amount"]
    orders += [
        f"{name},{amount},USD,{'paid' if back == '-' else 'refunded'},{back.strip('-')}" for name, amount, back in shop
    ]
    checked = cr.verify(cr.read_ipns(jsonl(*posted)), ring())
    found = cr.reconcile(checked, cr.read_orders("\n".join(orders).encode()), ledger=ledger)
    told = found.refunds[["identifier", "refunded", "problem", "panel"]].astype(object)
    assert told.where(told.notna(), None).to_numpy().tolist() == [
        [None, 40, "refund_not_in_orders", "ambiguous"],
        ["C", 30, "refund_not_in_orders", "confirmed"],
        ["A", 11, "refund_not_in_orders", "confirmed"],
        ["F", 100, "refund_twice", "confirmed"],
        ["G", 60, None, "possible"],
        ["B", 20, None, "confirmed"],
        ["H", 12, None, "absent"],
    ]
    listed = found.worklist.set_index("outcome")
    assert listed.loc["refund_twice", ["identifier", "at_risk"]].tolist() == ["F", 50]
    assert listed.loc["refund_not_in_orders"].set_index("identifier").loc["C", "record"] == 11
    lone = listed[listed["identifier"].isna()].iloc[0]
    assert (lone["at_risk"], lone["record"]) == (40, 12)
    assert "more than one payment or none may be meant: 1, together 40.00 USD" in lone["why"].replace("\xa0", " ")
    assert found.is_exceptional
    decided_on = found.decidable().values()
    assert len(decided_on) == len(found.worklist)
    assert {"30.00000000", "40.00000000", "100.00000000"} <= {basis.get("refunded") for basis in decided_on}


def test_a_silent_day_is_named_with_what_it_leaves_open(found: cr.Reconciliation) -> None:
    days = found.days
    assert days[days["is_silent"]]["day"].astype(str).tolist() == ["2026-01-10"]
    row = days[days["is_silent"]].iloc[0]
    assert (row["orders"], row["open_orders"], row["open_amount"]) == (5, 5, 55)
    assert (days["notifications"].sum(), days["payments"].sum(), days["paid"].sum()) == (96, 95, 95 * 11)
    [said] = [one for one in found.summary["diagnosis"] if one["code"] == "silent_days"]
    assert said["facts"] == {"days": ["2026-01-10"], "orders": 5, "amounts": {"USD": "55.00000000"}}
    assert "wait for one: 5 (55.00 USD)" in said["text"]


def test_keys_by_their_use(found: cr.Reconciliation) -> None:
    history = found.key_history.set_index("key_id")
    assert history["notifications"].to_dict() == {"old": 59, "new": 37, "spare": 0}
    assert [list(names) for names in history["overlaps"]] == [["new"], ["old"], []]
    assert history["outside_validity"].to_dict() == {"old": 1, "new": 0, "spare": 0}
    assert str(history.loc["old", "proposed_until"]) == "2026-01-14 00:00:00+00:00"
    assert history["proposed_until"].isna().tolist() == [False, True, True]
    assert str(history.loc["new", "proposed_from"]) == "2026-01-13 00:00:00+00:00"


def test_what_is_open_by_age_and_currency(found: cr.Reconciliation) -> None:
    ages = found.ageing.to_dict("records")
    assert sum(row["rows"] for row in ages) == len(found.worklist)
    assert [8, 30, "USD", 7, 67] in [[*row.values()] for row in ages]
    assert "67.00000000" in [row["at_risk"] for row in found.summary["ageing"]]


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_the_terminal_says_which_keys_were_in_use(found: cr.Reconciliation, lang: str) -> None:
    text = " ".join(report_text(found.summary, [], Look(lang), None).split())
    said = {
        "en": "old: 59 notifications, from 2026-01-01 to 2026-01-14; at the same time as new; 1 outside its validity; "
        "valid until 2026-01-14 would do",
        "fr": "old : 59 notifications, du 2026-01-01 au 2026-01-14 ; en même temps que new ; 1 hors de sa validité ; "
        "une validité jusqu'au 2026-01-14 suffirait",
    }
    assert said[lang] in text


def test_the_ledger_is_held_against_days_and_charges() -> None:
    days = (("A", 1), ("B", 1), ("C", 2), ("D", 3))
    posted = [
        {"received_at": f"2026-01-0{day}T12:00:00Z", "body": ipn(name, data_charge="1.50000000")} for name, day in days
    ]
    header = "SL,Trx Number,Amount,Charge,Payment Charge,After Charge,Gateway Name,Method Currency,Date"
    entries = [("TRXA", 1, 2), ("TRXB", 1, 1.5), ("TRXLOST", 1, 1), ("TRXD", 2, 1.5), ("TRXC", 2, 1.5)]
    rows = [f"1,{trx},$11.00 USD,${charge} USD,,,Card,USD,0{day}/01/2026" for trx, day, charge in entries]
    ledger = cr.read_ledger("\n".join([header, *rows]).encode())
    shop = "order_id,total,currency,status\n" + "".join(f"{name},11,USD,paid\n" for name, _ in days)
    notifications = cr.verify(cr.read_ipns(jsonl(*posted)), ring())
    found = cr.reconcile(notifications, cr.read_orders(shop.encode()), ledger=ledger)
    assert found.days["entries"].tolist() == [3, 2, 0]
    [said] = [one for one in found.summary["diagnosis"] if one["code"] == "ledger_days"]
    assert said["facts"] == {"days": ["2026-01-01"], "count": 1, "amounts": {"USD": "11.00000000"}}
    fees = found.fees[["identifier", "net", "ledger_net", "difference"]].to_dict("split")["data"]
    assert fees[0] == ["A", Decimal("9.5"), Decimal(9), Decimal("0.5")]
    assert [row[3] for row in fees[1:]] == [0, 0, 0]
    assert found.summary["fees"] == {"payments": 4, "count": 1, "names": ["A"], "amounts": {"USD": "0.50000000"}}
    assert "than by the notification, which is not signed: 1 (0.50 USD): A." in " ".join(found.summary["notes"])
    without = cr.reconcile(notifications, cr.read_orders(shop.encode()), ledger=ledger.drop(columns="charge"))
    assert len(without.fees) == 0


def test_an_archive_alone_has_days_and_keys_too() -> None:
    found: Any = cr.audit(jsonl(ipn("A")), keys=cr.KeyRing([cr.Key(id="k", secret=SECRET, mode="live")]))
    assert len(found.refunds) == len(found.days) == 0
    assert found.key_history["notifications"].tolist() == [1]
