"""Several columns that could each be the amount."""

from __future__ import annotations

from decimal import Decimal

import pytest

from corena_recon.errors import ColumnError
from corena_recon.orders.reading import read_orders

EXPORTS = [
    # an export; amount and currency of each order
    ("id,Total (USD),Total (CDF)\n1,10.00,\n2,,28500\n3,5.5,0.00\n", [("10", "USD"), ("28500", "CDF"), ("5.5", "USD")]),
    (
        "id,Total (USD),Total (XOF),Currency\n1,10.00,6150,XOF\n2,20.00,12300,USD\n3,8.00,,\n",
        [("6150", "XOF"), ("20", "USD"), ("8", "USD")],
    ),
    ("id,Total,Total,Currency\n1,10.00,10.00,USD\n2,7,,USD\n3,,8,USD\n", [("10", "USD"), ("7", "USD"), ("8", "USD")]),
    ("id,Total (USD),Total (CDF)\n1,0.00,0\n2,$1,\n", [("0", "USD"), ("1", "USD")]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "orders"), EXPORTS)
def test_of_several_amounts_that_of_the_order_s_currency_counts(text: str, orders: list[tuple[str, str]]) -> None:
    frame = read_orders(text.encode())
    found = list(
        zip(frame["order_amount"], frame["order_currency"].fillna(frame["order_currency_symbol"]), strict=True)
    )
    assert found == [(Decimal(amount), currency) for amount, currency in orders]


@pytest.mark.parametrize(("text", "by_hand", "amount"), [
    ("id,Total,Total\n1,10.00,24.00\n", "column_3", 24),
    ("id,Total (USD),Total (XOF)\n1,10.00,6150\n", "Total (XOF)", 6150),
    ("id,Total (USD),Total (XOF),Currency\n1,10.00,6150,EUR\n", "Total (XOF)", 6150),
])  # fmt: skip
def test_amounts_that_nothing_decides_between_are_refused(text: str, by_hand: str, amount: int) -> None:
    with pytest.raises(ColumnError, match="differ in row 1") as refused:
        read_orders(text.encode())
    assert by_hand in str(refused.value)
    found = read_orders(text.encode(), columns={"amount": by_hand})
    assert found["order_amount"].to_list() == [amount]
