"""The sandbox's validation, in the words that gateways of the family answer with."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corena_recon.php.form import read_post
from corena_recon.sandbox.rules import AMOUNT_DECIMALS, complaints_of, field_of, stored_amount

GOOD: dict[bytes, Any] = {
    b"public_key": b"key",
    b"identifier": b"A1",
    b"currency": b"USD",
    b"amount": b"11",
    b"details": b"T-shirt",
    b"ipn_url": b"http://example.com/ipn",
    b"success_url": b"http://example.com/ok",
    b"cancel_url": b"http://example.com/no",
    b"site_name": b"Shop",
    b"customer": {b"first_name": b"John", b"last_name": b"Doe", b"email": b"j@example.com", b"mobile": b"1234"},
}
CUSTOMER = GOOD[b"customer"]


def test_what_the_documentation_requires_is_enough() -> None:
    assert complaints_of(GOOD) == []


def test_nothing_posted_names_every_required_field() -> None:
    assert complaints_of({}) == [
        "The public key field is required.",
        "The identifier field is required.",
        "The currency field is required.",
        "The amount field is required.",
        "The details field is required.",
        "The ipn url field is required.",
        "The success url field is required.",
        "The cancel url field is required.",
        "The site name field is required.",
        "The customer.first name field is required.",
        "The customer.last name field is required.",
        "The customer.email field is required.",
        "The customer.mobile field is required.",
        "The customer field is required.",
    ]


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        (b"identifier", b"x" * 21, "The identifier field must not be greater than 20 characters."),
        (b"identifier", b"  ", "The identifier field is required."),
        (b"identifier", {b"0": b"x"}, "The identifier field must be a string."),
        (b"public_key", b"k" * 51, "The public key field must not be greater than 50 characters."),
        (b"currency", b"DOLLAR", "The currency field must not be greater than 4 characters."),
        (b"currency", b"usd", "The currency field must be uppercase."),
        (b"amount", b"eleven", "The amount field must be a number."),
        (b"amount", b"11,00", "The amount field must be a number."),
        (b"amount", b"0x1A", "The amount field must be a number."),
        (b"amount", b"NaN", "The amount field must be a number."),
        (b"amount", "١١".encode(), "The amount field must be a number."),
        (b"amount", b"0", "The amount field must be greater than 0."),
        (b"amount", b"-5", "The amount field must be greater than 0."),
        (b"amount", b"1e20", "The amount field must not be greater than 99999999999999999999.99999999."),
        (b"details", b"d" * 101, "The details field must not be greater than 100 characters."),
        (b"ipn_url", b"example.com", "The ipn url field must be a valid URL."),
        (b"ipn_url", b"http://[::1", "The ipn url field must be a valid URL."),
        (b"ipn_url", b"http://\xff/", "The ipn url field must be a valid URL."),
        (b"success_url", b"javascript:alert(1)", "The success url field must be a valid URL."),
        (b"cancel_url", b"http://a/\r\nX: y", "The cancel url field must be a valid URL."),
        (b"checkout_theme", b"blue", "The selected checkout theme is invalid."),
        (b"customer", {**CUSTOMER, b"email": b"john"}, "The customer.email field must be a valid email address."),
        (b"shipping_info", b"home", "The shipping info field must be an array."),
        (b"gateway_methods", b"visa", "The gateway methods field must be an array."),
    ],
)
def test_one_field_at_a_time(name: bytes, value: Any, message: str) -> None:
    assert complaints_of({**GOOD, name: value}) == [message]


@pytest.mark.parametrize(("name", "value"), [(b"site_logo", b""), (b"checkout_theme", b""), (b"amount", b" 1e3 ")])
def test_optional_fields_may_be_empty_and_numbers_may_be_any_php_number(name: bytes, value: bytes) -> None:
    assert complaints_of({**GOOD, name: value}) == []


@pytest.mark.parametrize(
    ("posted", "stored"),
    [
        (b"11", "11.00000000"),
        (b"1e3", "1000.00000000"),
        (b".5", "0.50000000"),
        (b"11.123456785", "11.12345679"),
        (b"0.000000001", "0.00000000"),
        (b"99999999999999999999.99999999", "99999999999999999999.99999999"),
    ],
)
def test_amounts_are_kept_with_eight_decimals(posted: bytes, stored: str) -> None:
    assert complaints_of({**GOOD, b"amount": posted}) == []
    assert f"{stored_amount(posted):f}" == stored


@given(st.binary(max_size=200))
def test_any_body_is_judged_without_an_error(body: bytes) -> None:
    fields = read_post(body, "application/x-www-form-urlencoded").fields
    assert len(complaints_of(fields)) >= 1
    assert field_of(fields, "customer.email") is None or b"customer" in fields


@given(st.from_regex(r"[0-9]{1,20}(\.[0-9]{1,12})?", fullmatch=True))
def test_a_stored_amount_differs_by_half_a_last_decimal_at_most(amount: str) -> None:
    assert abs(stored_amount(amount.encode()) - Decimal(amount)) <= AMOUNT_DECIMALS / 2
