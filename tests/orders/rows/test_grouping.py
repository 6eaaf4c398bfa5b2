"""Orders over several rows."""

from __future__ import annotations

import pytest

from corena_recon.orders.options import OrderOptions
from corena_recon.orders.reading import read_orders_table

SHOPIFY = "Name,Financial Status,Currency,Total,Created at,Lineitem name,Note,Id\n"
SQUARESPACE = "Order ID,Financial Status,Currency,Total,Created at,Lineitem name\n"
WIX = "Order number,Date created,Item,Qty,Payment status,Total,Currency\n"
ODOO = "name,amount_total,state,order_line/product_id\n"

GROUPS = [
    # export, identifier by hand, rows: record identifier amount, merged rows
    (
        SHOPIFY + "#1,paid,USD,5,,A,,11\n#1,,,,,B,n,\n#2,paid,USD,6,,C,,12\n",
        None,
        [(1, "#1", 5), (3, "#2", 6)],
        1,
    ),
    # sorted by hand: the rows of an order need not be neighbours, nor its first row the first
    (
        SHOPIFY + "#1,,,,,B,,\n#2,paid,USD,6,,C,,12\n#1,paid,USD,5,,A,,11\n",
        None,
        [(2, "#2", 6), (3, "#1", 5)],
        1,
    ),
    # a caller who joins on Id still gets one row an order
    (SHOPIFY + "#1,paid,USD,5,,A,,11\n#1,,,,,B,,\n", "Id", [(1, "11", 5)], 1),
    # the same name with its own order cells is another order
    (SHOPIFY + "#1,paid,USD,5,,A,,11\n#1,paid,USD,5,,A,,11\n", None, [(1, "#1", 5), (2, "#1", 5)], 0),
    # nothing to belong to
    (SHOPIFY + "#1,,,,,B,,\n,,,,,C,,\n", None, [(1, "#1", None), (2, None, None)], 0),
    # as Shopify exports it: the day and, in some, the status and the currency stand on every row
    (SHOPIFY + "#1,paid,USD,5,2026-03-05,A,,11\n#1,,,,2026-03-05,B,,\n", None, [(1, "#1", 5)], 1),
    (SHOPIFY + "#1,paid,USD,5,2026-03-05,A,,11\n#1,paid,USD,,2026-03-05,B,,11\n", None, [(1, "#1", 5)], 1),
    # what contradicts the order is no item of it
    (SHOPIFY + "#1,paid,USD,5,,A,,11\n#1,refunded,USD,,,B,,\n", None, [(1, "#1", 5), (2, "#1", None)], 0),
    # Squarespace, Wix and plain exports do it too
    (SQUARESPACE + "00012,PAID,USD,35,2026-03-05,A\n00012,,,,,B\n", None, [(1, "00012", 35)], 1),
    (WIX + "10001,2026-03-05,A,1,PAID,12,USD\n10001,2026-03-05,B,1,,,\n", None, [(1, "10001", 12)], 1),
    ("id,total,item,qty\n1,5,Hat,1\n1,,Scarf,2\n2,6,Mug,1\n", None, [(1, "1", 5), (3, "2", 6)], 1),
    # without an identifier, what says nothing but of items belongs to the order above
    ("id,total,item,qty\n1,5,Hat,1\n,,Scarf,2\n", None, [(1, "1", 5)], 1),
    ("id,total,item,note\n1,5,Hat,\n,,Scarf,lost\n", None, [(1, "1", 5), (2, None, None)], 0),
    (ODOO + "S1,5,sale,A\n,,,B\n,,,C\nS2,6,sale,D\n", None, [(1, "S1", 5), (4, "S2", 6)], 2),
    (ODOO + ",,,B\nS2,6,sale,D\n", None, [(1, None, None), (2, "S2", 6)], 0),
    # a row of the wrong width is never merged away
    (ODOO + "S1,5,sale,A\n,,\n", None, [(1, "S1", 5), (2, None, None)], 0),
]


@pytest.mark.parametrize(("text", "identifier", "rows", "merged"), GROUPS)
def test_rows_of_an_order_become_one(
    text: str, identifier: str | None, rows: list[tuple[int, str | None, int | None]], merged: int
) -> None:
    options = OrderOptions(columns={"identifier": identifier} if identifier else None)
    read = read_orders_table(text.encode(), options)
    found = [(row["record"], row["identifier"], row["order_amount"]) for row in read.table.to_pylist()]
    assert found == rows
    assert read.mappings[0]["merged_rows"] == merged


def test_an_order_takes_its_blank_cells_from_its_other_rows_line_items_apart() -> None:
    text = SHOPIFY + "#1,paid,USD,5,,,,11\n#1,,,,,B,first,\n#1,,,,,C,second,\n"
    (row,) = read_orders_table(text.encode()).table.to_pylist()
    assert row["Note"] == "first"
    assert row["Lineitem name"] == ""
