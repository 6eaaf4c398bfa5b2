"""Shops whose export does not hold, as identifier, what they sent: the summary must name the column that does."""

from __future__ import annotations

import re

import pytest

import corena_recon as cr
from tests.making import ipn, verified

SENTENCES = re.compile(r"[A-Z].+?[.](?= [A-Z]|$)")


def notes(identifiers: list[str], header: str, rows: list[str], **columns: str) -> list[str]:
    orders = cr.read_orders("\n".join([header, *rows, ""]).encode(), columns=columns or None)
    notifications = verified(
        *(ipn(identifier, f"{number + 1}.00000000", f"TRX{number}") for number, identifier in enumerate(identifiers))
    )
    found = cr.reconcile(notifications, orders).summary["diagnosis"]
    assert {one["code"] for one in found} <= {"join"}
    return [sentence for one in found for sentence in SENTENCES.findall(one["text"])]


def test_a_join_that_works_is_not_mentioned() -> None:
    assert notes(["A", "B"], "order_id,Total (USD),post_id", ["A,1,7", "B,2,8"]) == []


def test_a_shop_that_exports_the_order_number_but_sends_the_post_id() -> None:
    said = notes(["7", "8", "9"], "order_number,total,post_id", ["A,1,7", "B,2,8", "C,3,9"])
    assert said == [
        "Only 0 of 3 payments find an order by identifier.",
        "The column 'post_id' of the export holds 3 of the 3 identifiers: map it as identifier.",
    ]


def test_a_shop_that_sends_the_cart_id_but_keeps_the_transaction_id() -> None:
    said = notes(["41", "42"], "reference,total,payment_note", ["XKB,1,TRX0", "XKC,2,TRX1"])
    advice = "map it as transaction_id and match by transaction (match_on)."
    assert said == [
        "Only 0 of 2 payments find an order by identifier.",
        f"The column 'payment_note' of the export holds 2 of the 2 transaction ids: {advice}",
    ]


def test_a_shop_that_sends_the_documentation_s_constant() -> None:
    said = notes(["DFU80XZIKS"] * 3, "order_id,total", ["1,1", "2,2", "3,3"])
    assert said == [
        "Only 0 of 3 payments find an order by identifier.",
        "Every payment carries the same identifier 'DFU80XZIKS': the shop sends a constant.",
        "Match by transaction or amount instead (match_on).",
    ]


def test_an_export_that_holds_nothing_of_it() -> None:
    assert notes(["41", "42"], "order_id,total,note", ["1,1,x", "2,2,y"])[-1].startswith("No column of the export")


@pytest.mark.parametrize("name", ['quo"ted', "<b>bold</b>", "sp ace", "drop table"])
def test_column_names_are_strangers_text(name: str) -> None:
    header = '"' + name.replace('"', '""') + '"'
    said = notes(["7", "8"], f"order_number,total,{header}", ["A,1,7", "B,2,8"])
    assert "2 of the 2 identifiers" in said[1]
