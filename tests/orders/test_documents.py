"""Orders in JSON as platforms' interfaces answer."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from typing import Any

import pytest

from corena_recon.orders.reading import read_orders

MAGENTO = {
    "increment_id": "000000123", "grand_total": 45.5, "base_grand_total": 50, "order_currency_code": "EUR",
    "base_currency_code": "USD", "status": "processing", "state": "processing", "created_at": "2026-03-05 10:00:00",
    "items": [{"sku": "H1", "price": 45.5, "order_id": 9, "row_total": 45.5}], "billing_address": {"city": "Dakar"},
}  # fmt: skip
ODOO = {
    "id": 12, "name": "S00012", "amount_total": 2469.9900000000002, "currency_id": [2, "USD"], "state": "sale",
    "date_order": "2026-03-05 10:00:00", "partner_id": [7, "Ann"], "transaction_ids": [], "note": False,
}  # fmt: skip
SQUARESPACE = {
    "id": "585d", "orderNumber": "1012", "createdOn": "2026-03-05T10:00:00Z", "fulfillmentStatus": "PENDING",
    "grandTotal": {"value": "35.00", "currency": "USD"}, "lineItems": [{"unitPricePaid": {"value": "35.00"}}],
}  # fmt: skip
SHOPIFY = {
    "id": "gid://shopify/Order/1", "name": "#1001", "createdAt": "2026-03-05T10:00:00Z",
    "totalPriceSet": {
        "shopMoney": {"amount": "3.99", "currencyCode": "USD"},
        "presentmentMoney": {"amount": "2453", "currencyCode": "XOF"},
    },
}  # fmt: skip

DOCUMENTS: list[tuple[Any, tuple[str, str, str]]] = [
    # a document; identifier, amount and currency of its order
    ({"items": [MAGENTO], "search_criteria": {"filter_groups": [{"filters": []}]}, "total_count": 1},
     ("000000123", "45.5", "EUR")),
    (MAGENTO, ("000000123", "45.5", "EUR")),
    ({"jsonrpc": "2.0", "id": 3, "result": [ODOO]}, ("S00012", "2469.99", "USD")),
    ({"jsonrpc": "2.0", "id": 3, "result": {"length": 1, "records": [ODOO]}}, ("S00012", "2469.99", "USD")),
    ({"result": [SQUARESPACE], "pagination": {"hasNextPage": False}}, ("1012", "35", "USD")),
    ({"data": {"orders": {"edges": [{"cursor": "x", "node": SHOPIFY}]}}}, ("#1001", "2453", "XOF")),
    ([{"node": SHOPIFY}], ("#1001", "2453", "XOF")),
]  # fmt: skip


@pytest.mark.parametrize(("document", "order"), DOCUMENTS)
def test_the_orders_of_a_document_are_found(document: Any, order: tuple[str, str, str]) -> None:
    row = read_orders(json.dumps(document).encode()).iloc[0]
    identifier, amount, currency = order
    assert (row["identifier"], row["order_amount"], row["order_currency"]) == (identifier, Decimal(amount), currency)
    assert row["ordered_at"] == dt.datetime(2026, 3, 5, 10, tzinfo=dt.UTC)


def test_magento_s_moments_are_utc() -> None:
    row = read_orders(json.dumps(MAGENTO).encode(), timezone="Africa/Lagos").iloc[0]
    assert row["ordered_at"] == dt.datetime(2026, 3, 5, 10, tzinfo=dt.UTC)
