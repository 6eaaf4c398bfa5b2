from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corena_recon.archive.records.exact_json import NumberToken
from corena_recon.archive.records.posting import Facts, Posted, from_body, from_fields, is_body
from corena_recon.vocabulary import RAW_MAX_BYTES

DATA = {"payment_trx": "AB12CD34EF56", "amount": "11.00", "payment_type": "checkout", "currency": "USD"}
NESTED: dict[str, Any] = {"status": "success", "signature": "F" * 64, "identifier": "A1", "data": DATA}
FACTS = Facts(5, "live", "shop")


def read(fields: dict[str, Any], **more: Any) -> Posted:
    return from_fields(fields, FACTS, **more)


def without(*names: str) -> dict[str, Any]:
    return {name: value for name, value in NESTED.items() if name not in names}


def with_data(**changes: Any) -> dict[str, Any]:
    return NESTED | {"data": {name: value for name, value in (DATA | changes).items() if value is not None}}


def test_a_whole_notification() -> None:
    assert read(NESTED) == Posted(
        5, "live", "shop", "success", "A1", "F" * 64, "USD", "AB12CD34EF56", "checkout", "11.00", None, "{}", "text"
    )


@pytest.mark.parametrize("pattern", ["data[{}]", "data.{}", "{}"])
def test_flat_spellings_of_data_give_the_same_row(pattern: str) -> None:
    flat = without("data") | {pattern.format(name): value for name, value in DATA.items()}
    assert read(flat) == read(NESTED)


def test_data_may_be_json_text() -> None:
    assert read(NESTED | {"data": json.dumps(DATA)}) == read(NESTED)


def test_two_spellings_that_disagree_are_ambiguous() -> None:
    assert read(NESTED | {"data[amount]": "11.00"}).body_ambiguous is False
    assert read(NESTED | {"data[amount]": "12.00"}).body_ambiguous is True
    assert read(NESTED, ambiguous=True).body_ambiguous is True


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        (without("status"), "missing_field"),
        (without("identifier"), "missing_field"),
        (without("data"), "missing_field"),
        (NESTED | {"status": ""}, "missing_field"),
        (NESTED | {"identifier": None}, "missing_field"),
        (with_data(amount=""), "missing_field"),
        (with_data(amount=None), "missing_field"),
        (NESTED | {"data": []}, "missing_field"),
        (NESTED | {"data": None}, "missing_field"),
        ({"data": {"hello": "world"}}, "missing_field"),
        ({"status": "error"}, "missing_field"),
        (without("signature"), None),
        (NESTED | {"signature": ""}, None),
        ({"hello": "world"}, "no_ipn_fields"),
        ({"status": None, "data": None}, "no_ipn_fields"),
        ({}, "no_ipn_fields"),
        (NESTED | {"status": ["success"]}, "wrong_type"),
        (NESTED | {"identifier": {"a": "b"}}, "wrong_type"),
        (NESTED | {"signature": ["F"]}, "wrong_type"),
        (NESTED | {"signature": True}, "wrong_type"),
        (NESTED | {"data": "text"}, "wrong_type"),
        (NESTED | {"data": ["x"]}, "wrong_type"),
        (with_data(amount=["11.00"]), "wrong_type"),
        (with_data(payment_trx={}), "wrong_type"),
        (with_data(currency=["USD"]), "wrong_type"),
        (with_data(currency={"code": ["USD"]}), "wrong_type"),
        (with_data(charge=[]), "wrong_type"),
        (with_data(currency={"code": "USD", "symbol": "$"}), None),
    ],
)  # fmt: skip
def test_what_makes_a_record_unreadable(fields: dict[str, Any], problem: str | None) -> None:
    row = read(fields, raw=b"r" * (RAW_MAX_BYTES + 1))
    assert row.unreadable == problem
    assert row.raw == (None if problem is None else b"r" * RAW_MAX_BYTES)
    assert (row.fidelity is None) == (problem is not None)
    assert row[:3] == FACTS


@pytest.mark.parametrize("amount", ["11.00", "1e5", "011"])
def test_an_amount_that_was_a_number_keeps_its_text(amount: str) -> None:
    row = read(with_data(amount=NumberToken(amount)))
    assert (row.amount_text, row.fidelity) == (amount, "number")


@pytest.mark.parametrize(
    ("fields", "extra"),
    [
        (NESTED, {}),
        (NESTED | {"PHPSESSID": "s"}, {"PHPSESSID": "s"}),
        (NESTED | {"received_at": "1999-01-01"}, {"received_at": "1999-01-01"}),
        (with_data(account_holder="Zoë"), {"data": {"account_holder": "Zoë"}}),
        (with_data(currency={"code": "USD", "symbol": "$"}), {"data": {"currency": {"symbol": "$"}}}),
        (with_data(charge="0.33"), {}),
        (with_data(charge="1.0E-9"), {"data": {"charge": "1.0E-9"}}),
        (NESTED | {"n": None, "l": [1, {"a": True}]}, {"n": None, "l": [1, {"a": True}]}),
    ],
)
def test_every_other_posted_field_is_extra(fields: dict[str, Any], extra: dict[str, Any]) -> None:
    assert json.loads(read(fields).extra or "") == extra


def test_names_that_the_archive_added_are_not_extra() -> None:
    assert read(NESTED | {"received_at": "x", "a": "b"}, beside=["received_at"]).extra == '{"a":"b"}'


def test_a_posted_body() -> None:
    row = from_body(b"status=success&identifier=A1&data%5Bamount%5D=11.00&data%5Bcurrency%5D=USD&note=%E9", FACTS)
    assert (row.identifier, row.amount_text, row.fidelity, row.extra) == ("A1", "11.00", "raw", '{"note":"\uefe9"}')


@pytest.mark.parametrize(
    ("body", "content_type", "problem"),
    [
        (b"", None, "empty_body"),
        (b"a=b", None, "no_ipn_fields"),
        (b"status=success&identifier=A1&amount=11.00", None, "missing_field"),
        (b"status=success&identifier=A1&data={}", None, "wrong_type"),
        (b"status=success&identifier=A1&data.amount=1", None, "missing_field"),
        (b'{"status":"success"}', "application/json", "content_type"),
        (b"status=success&identifier=A1&data[amount]=1", "text/plain", "content_type"),
        (b"&".join([b"a=%d" % n for n in range(1001)]) + b"&status=success", None, "body_limit"),
    ],
)  # fmt: skip
def test_a_body_is_judged_by_what_php_reads(body: bytes, content_type: str | None, problem: str) -> None:
    row = from_body(body, FACTS, content_type=content_type)
    assert (row.unreadable, row[:3]) == (problem, FACTS)


def test_a_multipart_body_names_its_own_boundary() -> None:
    part = b'--x y\r\nContent-Disposition: form-data; name="%b"\r\n\r\n%b\r\n'
    pairs = [(b"status", b"success"), (b"identifier", b"A1"), (b"data[amount]", b"1.00")]
    row = from_body(b"".join(part % pair for pair in pairs) + b"--x y--\r\n")
    assert (row.identifier, row.amount_text, row.unreadable) == ("A1", "1.00", None)


@pytest.mark.parametrize(
    ("octets", "expected"),
    [
        (b"status=success&identifier=A", True),
        (b"x=1&data%5Bamount%5D=1", True),
        (b"x=1&data[amount]=1", True),
        (b'--b\r\nContent-Disposition: form-data; name="a"\r\n', True),
        (b"a=b&c=d", False),
        (b'{"status":"success"}', False),
        (b"", False),
    ],
)
def test_what_looks_like_a_body(octets: bytes, expected: bool) -> None:
    assert is_body(octets) is expected


VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.text(max_size=5) | st.just(NumberToken("1.50")),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)
NAMES = st.sampled_from(
    [
        "status",
        "identifier",
        "signature",
        "data",
        "data[amount]",
        "data[currency][code]",
        "data.x",
        "data[",
        "amount",
        "z",
    ]
)


@given(st.dictionaries(NAMES, VALUES))
def test_no_fields_make_reading_raise(fields: dict[str, Any]) -> None:
    row = read(fields)
    assert (row.unreadable is None) == bool(row.status and row.identifier and row.amount_text and row.fidelity)
