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
    assert [8, 30, "USD", 5, 55] in [[*row.values()] for row in ages]
    assert "55.00000000" in [row["at_risk"] for row in found.summary["ageing"]]


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_the_terminal_says_which_keys_were_in_use(found: cr.Reconciliation, lang: str) -> None:
    text = " ".join(report_text(found.summary, [], Look(lang), None).split())
    said = {
        "en": "old: 59 notifications, from 2026-01-01 to 2026-01-14; at the same time as new; 1 outside its validity; "
        "valid until 2026-01-14 would do",
        "fr": "old: 59 notifications, du 2026-01-01 au 2026-01-14; en même temps que new; 1 hors de sa validité; "
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
    without = cr.reconcile(notifications, cr.read_orders(shop.encode()), ledger=ledger.drop(columns="charge"))
    assert len(without.fees) == 0


def test_an_archive_alone_has_days_and_keys_too() -> None:
    found: Any = cr.audit(jsonl(ipn("A")), keys=cr.KeyRing([cr.Key(id="k", secret=SECRET, mode="live")]))
    assert len(found.refunds) == len(found.days) == 0
    assert found.key_history["notifications"].tolist() == [1]
