"""The card of a notebook: what stands in it, how long it is, and that nothing of strangers acts there."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import pytest

import corena_recon as cr
from tests.hostile import HOSTILE
from tests.making import ipn, jsonl, orders, ring, verified

ELEMENTS = {
    "div",
    "p",
    "b",
    "br",
    "span",
    "table",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
    "details",
    "summary",
    "ul",
    "li",
}


class Shape(HTMLParser):
    """Elements with their attributes' names, and the text between them."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: set[str] = set()
        self.attributes: set[tuple[str, str]] = set()
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)
        self.attributes |= {(name, re.sub("#[0-9A-F]{6}", "#", value or "")) for name, value in attrs}

    def handle_data(self, data: str) -> None:
        self.text += data


def shape_of(card: str) -> Shape:
    shape = Shape()
    shape.feed(card)
    shape.close()
    return shape


def hostile_report(**options: Any) -> cr.Reconciliation:
    """A report in which every hostile string stands in every field of a notification and of an order."""
    notifications = [
        ipn(
            text,
            "900.00000000",
            trx=text,
            status="success" if number % 3 else text,
            signature=text if number % 2 else ipn(text, "900.00000000")["signature"],
            data_currency=text,
            data_payment_type=text,
            other=text,
        )
        for number, text in enumerate(HOSTILE)
    ]
    table = [{"order_id": text, "total": "9000", "currency": text, "status": text} for text in HOSTILE]
    shop = cr.read_orders(jsonl(*table))
    archive = cr.read_ipns(jsonl(*notifications))
    return cr.reconcile(cr.verify(archive, ring()), shop, **options)


@pytest.fixture(scope="module")
def hostile() -> cr.Reconciliation:
    return hostile_report()


def test_there_are_enough_hostile_strings() -> None:
    assert len(set(HOSTILE)) >= 200


def test_what_strangers_wrote_adds_no_element_and_no_attribute(hostile: cr.Reconciliation) -> None:
    from corena_recon.report import Look, report_card  # noqa: PLC0415

    plain = cr.reconcile(verified(ipn("A", "900.00000000")), orders(("A", "9000", "USD", "paid")))
    styles = shape_of(plain._repr_html_()).attributes | shape_of(hostile._repr_html_()).attributes
    assert {name for name, _ in styles} == {"style", "scope"}
    rows = hostile.dearest(len(HOSTILE) * 3)
    assert len(rows) >= len(HOSTILE)
    for start in range(0, len(rows), 10):
        shape = shape_of(report_card(hostile.summary, rows[start : start + 10], Look("en")))
        assert shape.elements <= ELEMENTS, rows[start : start + 10]
        assert shape.attributes <= styles, rows[start : start + 10]
        acting = re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069]", shape.text)
        assert acting is None, rows[start : start + 10]


def test_a_card_is_short_whatever_stands_in_it(hostile: cr.Reconciliation) -> None:
    assert len(hostile._repr_html_().encode()) <= 100 * 1024
    found = cr.reconcile(
        verified(*({"no": "ipn"} for _ in range(3)), ipn("W" * 5000, trx="T" * 5000)),
        orders(*((f"{number}", "1", "W" * 3000, "W" * 3000) for number in range(40))),
    )
    for number in range(50):
        found.facts["notes"].append("N" * 5000 + str(number))
    assert len(found._repr_html_().encode()) <= 100 * 1024


def test_what_needs_a_person_comes_first_with_its_sentences() -> None:
    found = cr.reconcile(
        verified(ipn("A", "1.00000000"), ipn("B")),
        orders(("A", "1234567.5", "USD", "paid"), ("B", "11", "USD", "paid")),
    )
    shape = shape_of(found._repr_html_())
    text = shape.text.replace("\u00a0", " ")
    heads = (
        "Needs a person: 1 of 2 identifiers, 1,234,566.50 USD at risk.",
        "1.00 USD was paid of 1,234,567.50 USD: 1,234,566.50 USD is missing.",
        "→ Ask the payer for 1,234,566.50 USD",
        "2 records in 1 source",
        "✔ accepted 2",
        "! underpaid1-1,234,566.50",
        "ordered1,234,578.50",
    )
    places = [text.find(head) for head in heads]
    assert -1 not in places, heads[places.index(-1)]
    assert places == sorted(places)
    assert "0E-8" not in text
    assert "<style" not in found._repr_html_()


def test_numbers_stand_to_the_right() -> None:
    found = cr.reconcile(verified(ipn("A", "1.00000000")), orders(("A", "2", "USD", "paid")))
    for cell in re.findall('<td style="([^"]*)">(?:<b>)?-?[0-9]', found._repr_html_()):
        assert "text-align:right" in cell or "white-space:normal" in cell
    assert re.search('<td style="[^"]*text-align:right[^"]*"><b>1.00 USD', found._repr_html_())


def test_without_orders_the_card_has_no_money_by_outcome_and_in_french_it_is_french() -> None:
    card = cr.audit(jsonl(ipn("A", signature="0" * 64)), keys=ring(), lang="fr")._repr_html_()
    assert "Demande une personne" in card
    assert "Résultats face" not in card
    assert "Ce que des signatures" in card
