"""Parameters, limits, the body's bytes and the shapes of the answer."""

from __future__ import annotations

import json
import subprocess
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corena_recon.errors import GatewayBroken, GatewayRefused, OptionError
from corena_recon.gateway.parameters import (
    ADDRESS_FIELDS,
    PARAMETERS,
    encode,
    fresh_identifier,
    problems_of,
    read_answer,
)
from tests.places import PHP_GATEWAY

EMPTY_ADDRESS = dict.fromkeys(ADDRESS_FIELDS, "")
SAMPLE: dict[str, Any] = {
    "identifier": "DFU80XZIKS",
    "currency": "USD",
    "amount": "11",
    "gateway_methods": [],
    "details": "Purchase T-shirt",
    "ipn_url": "http://example.com/ipn_url.php",
    "cancel_url": "http://example.com/cancel_url.php",
    "success_url": "http://example.com/success_url.php",
    "public_key": "your_public_key",
    "site_name": "your_site_name",
    "site_logo": "http://yoursite.com/logo.png",
    "checkout_theme": "light",
    "customer": {
        "first_name": "John",
        "last_name": "Doe",
        "email": "joan@gmail.com",
        "mobile": "12345789",
    },
    "shipping_info": EMPTY_ADDRESS,
    "billing_info": EMPTY_ADDRESS,
}


def customer(**changes: Any) -> dict[str, Any]:
    return {**SAMPLE["customer"], **changes}


def test_the_documentations_sample_gives_the_very_bytes_of_php() -> None:
    expected = (PHP_GATEWAY / "initiate_body.txt").read_bytes()
    assert encode(SAMPLE) == expected
    assert len(expected) == 966


@pytest.mark.php
def test_the_expected_bytes_are_what_php_writes(php: str) -> None:
    written = subprocess.run([php, PHP_GATEWAY / "initiate_body.php"], capture_output=True, check=True)
    assert written.stdout == (PHP_GATEWAY / "initiate_body.txt").read_bytes()


def test_the_order_of_the_arguments_does_not_change_the_bytes() -> None:
    shuffled = {name: SAMPLE[name] for name in sorted(SAMPLE)}
    shuffled["customer"] = dict(reversed(list(SAMPLE["customer"].items())))
    assert encode(shuffled) == encode(SAMPLE)


def test_what_is_left_out_is_not_sent() -> None:
    optional = ("gateway_methods", "site_logo", "checkout_theme", "shipping_info", "billing_info")
    body = encode({name: value for name, value in SAMPLE.items() if name not in optional})
    assert body == encode({**SAMPLE, **dict.fromkeys(optional)})
    assert not any(name.encode() in body for name in optional)


def test_gateway_methods_and_single_address_fields_are_sent_as_php_lists_and_arrays() -> None:
    body = encode({**SAMPLE, "gateway_methods": ["paypal", "visa"], "shipping_info": {"city": "Goma"}})
    assert b"&gateway_methods%5B0%5D=paypal&gateway_methods%5B1%5D=visa&details=" in body
    assert b"&shipping_info%5Bcity%5D=Goma&billing_info" in body


@pytest.mark.parametrize(
    ("amount", "sent"),
    [
        ("11", b"11"),
        ("11.00", b"11.00"),
        ("0.00000001", b"0.00000001"),
        ("99999999999999999999.99999999", b"99999999999999999999.99999999"),
        (Decimal("11.00"), b"11.00"),
        (Decimal("1E+3"), b"1000"),
        (Decimal("1E-8"), b"0.00000001"),
    ],
)
def test_the_amount_is_sent_as_written(amount: str | Decimal, sent: bytes) -> None:
    assert b"&amount=" + sent + b"&" in encode({**SAMPLE, "amount": amount})


REFUSED: list[tuple[str, dict[str, Any], str]] = [
    # one parameter each: its name, the change, and a word of the problem
    ("public_key", {"public_key": ""}, "required"),
    ("public_key", {"public_key": "k" * 51}, "at most 50"),
    ("public_key", {"public_key": " key"}, "white space"),
    ("identifier", {"identifier": None}, "required"),
    ("identifier", {"identifier": "x" * 21}, "has 21 characters, at most 20"),
    ("identifier", {"identifier": "é" * 21}, "has 21 characters"),
    ("identifier", {"identifier": "A 1 "}, "white space"),
    ("identifier", {"identifier": "A\n1"}, "control"),
    ("identifier", {"identifier": 7}, "text"),
    ("identifier", {"identifier": "\ud800"}, "cannot be sent"),
    ("currency", {"currency": "usd"}, "upper-case"),
    ("currency", {"currency": "DOLLAR"}, "at most 4"),
    ("currency", {"currency": "ÜSD"}, "upper-case"),
    ("amount", {"amount": ""}, "required"),
    ("amount", {"amount": 11.0}, "float"),
    ("amount", {"amount": True}, "float"),
    ("amount", {"amount": "11,00"}, "8 decimals"),
    ("amount", {"amount": "1e3"}, "8 decimals"),
    ("amount", {"amount": "011"}, "8 decimals"),
    ("amount", {"amount": "11."}, "8 decimals"),
    ("amount", {"amount": " 11"}, "8 decimals"),
    ("amount", {"amount": "11\n"}, "8 decimals"),
    ("amount", {"amount": "١١"}, "8 decimals"),
    ("amount", {"amount": "0.000000001"}, "8 decimals"),
    ("amount", {"amount": "100000000000000000000"}, "8 decimals"),
    ("amount", {"amount": Decimal("NaN")}, "8 decimals"),
    ("amount", {"amount": Decimal("Infinity")}, "8 decimals"),
    ("amount", {"amount": "0.00"}, "greater than zero"),
    ("amount", {"amount": "-5"}, "greater than zero"),
    ("details", {"details": "d" * 101}, "at most 100"),
    ("ipn_url", {"ipn_url": "ftp://example.com"}, "http"),
    ("ipn_url", {"ipn_url": "http://"}, "http"),
    ("ipn_url", {"ipn_url": "http://[::1"}, "http"),
    ("ipn_url", {"ipn_url": "http://example.com:99999/"}, "http"),
    ("success_url", {"success_url": "javascript:alert(1)"}, "http"),
    ("success_url", {"success_url": "http://example.com/\r\nX: y"}, "http"),
    ("cancel_url", {"cancel_url": 'http://example.com/"><script>'}, "http"),
    ("site_name", {"site_name": ""}, "required"),
    ("site_logo", {"site_logo": 5}, "text"),
    ("checkout_theme", {"checkout_theme": "blue"}, "light or dark"),
    ("gateway_methods", {"gateway_methods": "paypal"}, "list"),
    ("gateway_methods", {"gateway_methods": [""]}, "list"),
    ("customer", {"customer": "John"}, "mapping"),
    ("customer.first_name", {"customer": customer(first_name="")}, "required"),
    ("customer.email", {"customer": customer(email="joan")}, "e-mail"),
    ("customer.mobile", {"customer": customer(mobile="call me")}, "telephone"),
    ("customer.age", {"customer": customer(age="7")}, "not a parameter"),
    ("shipping_info", {"shipping_info": []}, "mapping"),
    ("shipping_info.postcode", {"shipping_info": {"postcode": 75008}}, "text"),
    ("billing_info.zip", {"billing_info": {"zip": "75008"}}, "not a parameter"),
    ("site", {"site": "x"}, "not a parameter"),
]


@pytest.mark.parametrize(("field", "change", "word"), REFUSED)
def test_a_refused_parameter_is_named_with_its_problem(field: str, change: dict[str, Any], word: str) -> None:
    problems = problems_of({**SAMPLE, **change})
    assert word in problems[field]
    with pytest.raises(OptionError) as caught:
        encode({**SAMPLE, **change})
    assert caught.value.problems == problems
    assert field in str(caught.value)


def test_all_problems_are_told_at_once_and_in_both_languages() -> None:
    english, french = problems_of({}), problems_of({}, language="fr")
    assert list(english) == [parameter.name for parameter in PARAMETERS if parameter.is_required]
    assert list(french) == list(english)
    assert english["amount"] == "is required"
    assert french["amount"] == "est obligatoire"


def test_a_longer_public_key_is_allowed_where_the_gateway_gives_them() -> None:
    key = "pro_" + "k" * 50 + "17"
    assert problems_of({**SAMPLE, "public_key": key}, public_key_max_characters=255) == {}


TEXTS = st.text(max_size=25)


@given(
    identifier=TEXTS,
    details=TEXTS,
    amount=st.one_of(TEXTS, st.decimals(), st.floats()),
    url=TEXTS.map("http://h/".__add__),
)
def test_any_text_is_encoded_or_refused_with_its_field(identifier: str, details: str, amount: Any, url: str) -> None:
    payment = {**SAMPLE, "identifier": identifier, "details": details, "amount": amount, "ipn_url": url}
    problems = problems_of(payment)
    assert set(problems) <= {"identifier", "details", "amount", "ipn_url"}
    if problems:
        with pytest.raises(OptionError):
            encode(payment)
    else:
        assert encode(payment).isascii()


CHECKOUT = "https://example.com/payment/checkout?payment_trx=eyJpdiI6IkFy"


@pytest.mark.parametrize(
    ("document", "messages"),
    [
        (
            {"status": "success", "message": ["Payment initiated"], "redirect_url": CHECKOUT},
            ("Payment initiated",),
        ),
        ({"status": "success", "message": "ok", "redirect_url": CHECKOUT}, ("ok",)),
        ({"status": "success", "message": [], "redirect_url": CHECKOUT, "sdk_url": "x"}, ()),
        ({"success": "ok", "message": "Payment Initiated", "url": CHECKOUT}, ("Payment Initiated",)),
    ],
)
def test_every_success_of_the_family_is_understood(document: dict[str, Any], messages: tuple[str, ...]) -> None:
    assert read_answer(200, json.dumps(document).encode()) == (messages, CHECKOUT)


@pytest.mark.parametrize(
    ("document", "messages"),
    [
        ({"status": "error", "message": ["Invalid api key"]}, ("Invalid api key",)),
        ({"status": "error", "message": ["a", "b"]}, ("a", "b")),
        ({"status": "error", "message": "Invalid api key"}, ("Invalid api key",)),
        ({"error": "true", "message": "Invalid api key."}, ("Invalid api key.",)),
        ({"error": "yes", "errors": ["a", "b"]}, ("a", "b")),
        ({"status": "error", "message": []}, ()),
        # a document that says both yes and no is no success
        ({"success": "ok", "url": CHECKOUT, "message": "m", "error": "true"}, ("m",)),
    ],
)
@pytest.mark.parametrize("status", [200, 403, 422])
def test_every_error_of_the_family_is_a_refusal(
    document: dict[str, Any], messages: tuple[str, ...], status: int
) -> None:
    with pytest.raises(GatewayRefused) as caught:
        read_answer(status, json.dumps(document).encode())
    assert caught.value.messages == messages


def success(redirect_url: object) -> bytes:
    return json.dumps({"status": "success", "message": ["m"], "redirect_url": redirect_url}).encode()


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b""),
        (200, b"[]"),
        (200, b"null"),
        (200, b"<!DOCTYPE html><title>Maintenance</title>"),
        (200, b'{"status":"success"'),
        (200, b'{"status":"success","message":["m"]}'),
        (200, b'{"status":"pending","message":["m"],"redirect_url":"https://e.com/"}'),
        (200, b'{"status":"success","message":{"a":1},"redirect_url":"https://e.com/"}'),
        (
            200,
            b'{"status":"success","message":["m"],"redirect_url":"https://a.com/","redirect_url":"https://b.com/"}',
        ),
        (200, b'{"status":"error","message":{"amount":["m"]}}'),
        (200, b'{"status":"error"}'),
        (200, b"[" * 100_000),
        (200, b'{"a":' * 100_000),
        (200, b"\xff\xfe"),
        (500, b'{"status":"error","message":["Server Error"]}'),
        (302, success(CHECKOUT)),
        (404, success(CHECKOUT)),
        # addresses that a payer must not be sent to
        (200, success("http://example.com/pay")),
        (200, success("javascript:alert(1)")),
        (200, success("https://corenapayme.com@evil.example/")),
        (200, success("https://evil.example\\@corenapayme.com/")),
        (200, success("https://e.com/\u202epay")),
        (200, success("//example.com/")),
        (200, success("/payment/checkout")),
        (200, success("")),
        (200, success(["https://example.com/"])),
    ],
)
def test_anything_else_is_a_broken_answer_with_status_and_first_bytes(status: int, body: bytes) -> None:
    with pytest.raises(GatewayBroken) as caught:
        read_answer(status, body)
    assert caught.value.status == status
    assert len(caught.value.first_bytes) <= 800
    assert str(caught.value).isprintable()


def test_first_bytes_are_shown_escaped() -> None:
    with pytest.raises(GatewayBroken) as caught:
        read_answer(200, b"\x1b[2J\xe2\x80\xae\xff<b>")
    assert caught.value.first_bytes == "\\x1B[2J\\u202E\\xFF<b>"


@pytest.mark.parametrize(
    ("url", "is_usable"),
    [
        ("http://127.0.0.1:8000/payment/checkout", True),
        ("http://localhost:8000/", True),
        ("http://[::1]:8000/", True),
        ("https://example.com/", True),
        ("http://example.com/", False),
        ("http://127.0.0.1.example.com/", False),
    ],
)
def test_a_sandbox_on_this_machine_may_redirect_to_its_own_plain_http(url: str, is_usable: bool) -> None:
    if is_usable:
        assert read_answer(200, success(url), is_loopback_gateway=True).redirect_url == url
    else:
        with pytest.raises(GatewayBroken):
            read_answer(200, success(url), is_loopback_gateway=True)


def test_a_fresh_identifier_is_one_the_gateway_takes() -> None:
    identifiers = {fresh_identifier() for _ in range(100)}
    assert len(identifiers) == 100
    assert all(problems_of({**SAMPLE, "identifier": identifier}) == {} for identifier in identifiers)
