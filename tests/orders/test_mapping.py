"""Which column becomes what."""

from __future__ import annotations

import pytest

from corena_recon.errors import ColumnError
from corena_recon.orders.mapping import map_columns

HEADERS = [
    # header, identifier, amount, currency, status, date, transaction
    ("identifier amount currency status created_at", 0, 1, 2, 3, 4, None),
    ("Order_ID Amount", 0, 1, None, None, None, None),
    ("id number total", 0, 2, None, None, None, None),
    ("id reference montant devise statut date", 1, 2, 3, 4, 5, None),
    ("order_number order_total order_currency order_status order_date transaction_id", 0, 1, 2, 3, 4, 5),
    ("Référence Montant Devise État Date", 0, 1, 2, 3, 4, None),
    ("subtotal tax total order_id", 3, 2, None, None, None, None),
    ("order_id total status payment_status", 0, 1, None, 2, None, None),
    ("order_id total payment_status", 0, 1, None, 2, None, None),
    ("ContactName InvoiceNumber Reference Total Currency InvoiceDate", 1, 3, 4, None, 5, None),
    ("ID Reference Invoice_Number Total", 1, 3, None, None, None, None),
    ("OrderId TotalAmount CurrencyCode OrderStatus CreatedAt TransactionId", 0, 1, 2, 3, 4, 5),
    ("identifier order_amount order_currency order_status ordered_at payment_trx", 0, 1, 2, 3, 4, 5),
]
FIELDS = ("identifier", "order_amount", "order_currency", "order_status", "ordered_at", "transaction_id")


@pytest.mark.parametrize("case", HEADERS, ids=[case[0] for case in HEADERS])
def test_common_headers(case: tuple[str, int, int, int | None, int | None, int | None, int | None]) -> None:
    header, *places = case
    mapped = map_columns("f", header.split())
    assert [mapped.places.get(field) for field in FIELDS] == places


def test_the_payment_s_own_status_and_a_cancellation_have_columns_of_their_own() -> None:
    places = map_columns("f", ["order_id", "total", "status", "payment_status", "cancelled_at"]).places
    assert [places.get(field) for field in ("order_status", "payment_status", "cancelled_at")] == [2, 3, 4]


@pytest.mark.parametrize("header", [
    "N° de commande", "Numéro de commande", "n° commande", "No. de commande", "Commande", "Order #",
    "ORDER NO.", "order-id", "Réf. commande", "Identifiant",
])  # fmt: skip
def test_headers_of_the_identifier(header: str) -> None:
    assert map_columns("f", ["x", header, "Total"]).places["identifier"] == 1


@pytest.mark.parametrize(("header", "currency"), [
    ("Total (EUR)", "EUR"), ("Montant [usd]", "USD"), ("Total (€)", "EUR"), ("Total ($)", "$"),
    ("Montant (CFA)", "CFA"), ("Montant (F CFA)", "CFA"), ("Montant (TTC)", None), ("Total (gross)", None),
    ("Total", None),
])  # fmt: skip
def test_an_amounts_header_may_name_the_currency(header: str, currency: str | None) -> None:
    mapped = map_columns("f", ["id", header])
    assert mapped.places["order_amount"] == 1
    assert mapped.header_currency == currency


AMOUNTS = [
    # header, the column that was charged
    ("Order ID,Total (net),Total (gross)", "Total (gross)"),
    ("Order ID,Net,Gross,Fee", "Gross"),
    ("N° de commande,Montant HT,TVA,Montant TTC", "Montant TTC"),
    ("Commande,Total H.T.,Total T.T.C.", "Total T.T.C."),
    ("Order ID,Subtotal (inc tax),Order Total (inc tax),Order Total (ex tax)", "Order Total (inc tax)"),
    ("Order ID,Total excl. VAT,Total incl. VAT", "Total incl. VAT"),
    ("Order ID,Total hors taxes,Total", "Total"),
    ("Order ID,Item,Qty,Amount,Order Total", "Order Total"),
    ("Order ID,Price incl. tax,Total", "Total"),
    ("Order ID,Amount,Total", "Total"),
    ("Order ID,Order Total,Base Currency,Order Total (charged),Order Currency", "Order Total (charged)"),
    ("ID,Grand Total (Base),Grand Total (Charged)", "Grand Total (Charged)"),
    ("OrderId,NetAmount,GrossAmount", "GrossAmount"),
    ("Order ID,Total (USD),Amount Charged,Charged Currency", "Amount Charged"),
    ("Order Number,Order Total Amount (- Refund),Order Total Amount", "Order Total Amount"),
]


@pytest.mark.parametrize(("header", "amount"), AMOUNTS)
def test_the_amount_is_what_was_charged_for_the_order(header: str, amount: str) -> None:
    names = header.split(",")
    assert names[map_columns("f", names).places["order_amount"]] == amount


def test_what_was_charged_has_a_currency_of_its_own() -> None:
    places = map_columns("f", ["id", "total", "currency", "presentment_total", "presentment_currency"]).places
    assert (places["order_amount"], places["order_currency"]) == (3, 4)


@pytest.mark.parametrize("header", ["Total (net)", "Montant HT", "Net", "Total ex tax"])
def test_an_amount_without_tax_is_refused_unless_it_is_named(header: str) -> None:
    with pytest.raises(ColumnError, match="not what was charged"):
        map_columns("f", ["id", header])
    assert map_columns("f", ["id", header], columns={"amount": header}).places["order_amount"] == 1


def test_a_column_may_be_named_by_its_place() -> None:
    assert map_columns("f", ["id", "Total", "Total"], columns={"amount": "column_3"}).places["order_amount"] == 2
    with pytest.raises(ColumnError):
        map_columns("f", ["id", "Total", "Total"], columns={"amount": "column_4"})


def test_a_column_is_never_two_things() -> None:
    mapped = map_columns("f", ["id", "total", "status"], columns={"ordered_at": "status"})
    assert mapped.places == {"identifier": 0, "order_amount": 1, "ordered_at": 2}


@pytest.mark.parametrize(
    ("names", "missing"), [(["total"], "identifier"), (["id", "Total (- refund)"], "order_amount")]
)
def test_what_is_needed_is_named(names: list[str], missing: str) -> None:
    with pytest.raises(ColumnError, match=f"no column for {missing}"):
        map_columns("f", names)
