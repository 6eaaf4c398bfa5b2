"""Refunds, and orders that a shop splits."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest

from corena_recon.orders.reading import OrderReading, read_orders

REFUNDS = [
    # rows below id,type,total,status,refunded; what each order costs, what of it went back, its state
    (["1,Sale,50,paid,", "1,Refund,-20,refunded,", "2,Sale,8,paid,"], [("1", 50, 20, "paid"), ("2", 8, None, "paid")]),
    (["1,Sale,50,paid,", "1,Refund,20,,", "1,Refund,5.5,,"], [("1", 50, "25.5", "paid")]),
    (["1,Refund,-50,,", "1,Sale,50,paid,"], [("1", 50, 50, "refunded")]),
    (["1,,50,paid,", "1,,(20.00),,"], [("1", 50, 20, "paid")]),
    (["1,,50,paid,20.00"], [("1", 50, 20, "paid")]),
    (["1,,50,paid,50.00", "2,,8,cancelled,8", "3,,0,paid,0"], [
        ("1", 50, 50, "refunded"), ("2", 8, 8, "cancelled"), ("3", 0, 0, "paid"),
    ]),
    # what the export says of the order and what its rows add up to are one refund
    (["1,,50,paid,20", "1,Avoir,20,,"], [("1", 50, 20, "paid")]),
    # a refund of nothing that is here stays a row
    (["1,,50,paid,", "9,,-20,refunded,"], [("1", 50, None, "paid"), ("9", -20, None, "refunded")]),
]  # fmt: skip


@pytest.mark.parametrize(("rows", "orders"), REFUNDS)
def test_refunds_belong_to_their_order(
    rows: list[str], orders: list[tuple[str, float, float | str | None, str]]
) -> None:
    frame = read_orders("\n".join(["id,type,total,status,refunded amount", *rows]).encode())
    columns = ["identifier", "order_amount", "refunded_amount", "order_state"]
    found = frame[columns].astype(object).where(frame[columns].notna(), None).to_numpy().tolist()
    expected = [
        [name, Decimal(cost), back if back is None else Decimal(str(back)), state] for name, cost, back, state in orders
    ]
    assert found == expected
    mapping = frame.attrs["mapping"]
    assert mapping["rows_read"] == mapping["rows"] + mapping["merged_rows"]
    assert mapping.get("refund_rows", 0) == mapping["merged_rows"]


def test_a_refund_finds_its_order_in_another_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("corena_recon.orders.exports.forms.PARTS_FROM_BYTES", 0)
    monkeypatch.setattr("corena_recon.orders.exports.forms.BLOCK_BYTES", 64)
    path = tmp_path / "orders.csv"
    path.write_text("id,type,total\n" + "".join(f"{n},Sale,5\n" for n in range(99)) + "0,Refund,2\n")
    [table] = OrderReading(path).tables()
    assert (len(table), table["refunded_amount"].to_pylist()[0]) == (99, 2)


SPLIT = "ID;Reference;Customer;Total;Payment;Status;Date\n"


@pytest.mark.parametrize(("rows", "amounts"), [
    ("21;XKB;A;10,00 €;P;Payment accepted;2026-03-05\n22;XKB;A;15,50 €;P;Payment accepted;2026-03-05\n", ["25.5"]),
    ("23;OHS;B;12,00 €;P;Payment accepted;2026-03-05\n24;OHS;B;12,00 €;P;Payment accepted;2026-03-05\n", ["24"]),
    # the same order twice, and parts that fared differently
    ("23;OHS;B;12,00 €;P;Payment accepted;2026-03-05\n23;OHS;B;12,00 €;P;Payment accepted;2026-03-05\n", ["12", "12"]),
    ("23;OHS;B;12,00 €;P;Payment accepted;2026-03-05\n24;OHS;B;9,00 €;P;Canceled;2026-03-05\n", ["12", "9"]),
])  # fmt: skip
def test_orders_that_were_split_are_paid_for_at_once(rows: str, amounts: list[str]) -> None:
    frame = read_orders((SPLIT + rows).encode())
    assert frame["order_amount"].to_list() == [Decimal(amount) for amount in amounts]


def test_refunds_with_an_identifier_of_their_own_belong_to_the_order_that_they_name() -> None:
    frame = read_orders(
        b"id,status,currency,type,total_amount,parent_order_id\n"
        b"101,wc-completed,USD,shop_order,25.00,0\n"
        b"102,wc-completed,USD,shop_order_refund,-5.00,101\n"
        b"103,wc-processing,USD,shop_order,30.00,0\n"
        b"104,wc-completed,USD,shop_order_refund,-7.00,99\n"
        b"105,wc-completed,USD,shop_order_refund,-30.00,103\n"
    )
    columns = ["record", "identifier", "order_amount", "refunded_amount", "order_state", "unreadable"]
    assert [
        tuple(None if pd.isna(cell) else cell for cell in row) for row in frame[columns].itertuples(index=False)
    ] == [
        (1, "101", 25, 5, "paid", None),
        (3, "103", 30, 30, "refunded", None),
        (4, "99", None, Decimal("7.00"), "paid", "refund_without_order"),
    ]
    mapping = frame.attrs["mapping"]
    assert (mapping["refund_rows"], mapping["unreadable"]) == (2, 1)
