from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corena_recon.archive.records import envelopes
from corena_recon.archive.records.envelopes import (
    decoded_base64,
    from_json,
    from_request,
    from_value,
    is_other_traffic,
    salvaged_base64,
)
from corena_recon.archive.records.instants import instant_of
from corena_recon.archive.records.posting import Facts, unreadable
from corena_recon.vocabulary import Unreadable

NESTED: dict[str, Any] = {"status": "success", "signature": "F", "identifier": "A1", "data": {"amount": "11.00"}}
BODY = "status=success&signature=F&identifier=A1&data%5Bamount%5D=11.00"
FORM = "application/x-www-form-urlencoded"
AT = "2024-01-02T03:04:05Z"
MOMENT = instant_of(AT)


@pytest.mark.parametrize(
    ("record", "fidelity"),
    [
        (NESTED, "text"),
        ({"body": BODY}, "raw"),
        ({"body_base64": base64.b64encode(BODY.encode()).decode()}, "raw"),
        ({"body_b64": base64.encodebytes(BODY.encode()).decode()}, "raw"),
        ({"body": base64.b64encode(BODY.encode()).decode(), "isBase64Encoded": True}, "raw"),
        ({"body": BODY, "content_type": FORM}, "raw"),
        ({"body": BODY, "headers": {"Content-Type": FORM, "Content-Length": str(len(BODY))}}, "raw"),
        ({"body": NESTED, "headers": {"content-type": FORM}}, "text"),
        ({"body": json.dumps(NESTED)}, "text"),
        ({"payload": json.dumps(json.dumps(NESTED))}, "text"),
        ({"status": "paid", "identifier": "shop's", "payload": json.dumps(NESTED)}, "text"),
        ({"status": "processed", "signature": "F", "payload": json.dumps(NESTED)}, "text"),
        ({"status": "processed", "signature": "F", "body": BODY}, "raw"),
        ({"status": "ok", "request": {"body": BODY}}, "raw"),
        ({"metadata": {"webhookData": NESTED}}, "text"),
        ({"a": {"b": {"c": NESTED}}}, "text"),
        ({"raw": "hello", "content": BODY}, "raw"),
    ],
)
def test_the_notification_is_found_wherever_it_is(record: dict[str, Any], fidelity: str) -> None:
    row = from_json(json.dumps(record).encode())
    assert (row.identifier, row.amount_text, row.fidelity, row.unreadable) == ("A1", "11.00", fidelity, None)


@pytest.mark.parametrize(
    ("record", "problem"),
    [
        ({"a": {"b": {"c": {"d": NESTED}}}}, "no_ipn_fields"),
        ({"hello": "world"}, "no_ipn_fields"),
        ({"body": ""}, "empty_body"),
        ({"body_base64": ""}, "empty_body"),
        ({"body_base64": "!!"}, "truncated"),
        ({"body": "hello"}, "no_ipn_fields"),
        ({"body": BODY, "headers": {"Content-Length": str(len(BODY) + 1)}}, "truncated"),
        ({"body": BODY, "content_type": "application/json"}, "content_type"),
        ({"body": json.dumps(NESTED), "headers": {"content-type": ["application/json"]}}, "content_type"),
        ({"body": NESTED, "headers": {"content-type": "application/json"}}, "content_type"),
        ([NESTED], "not_an_object"),
        ("text", "not_an_object"),
        (None, "not_an_object"),
    ],
)
def test_why_a_record_holds_none(record: Any, problem: str) -> None:
    assert from_json(json.dumps(record).encode()).unreadable == problem


@pytest.mark.parametrize(
    ("record", "facts"),
    [
        (NESTED | {"received_at": AT, "endpoint": "Live", "merchant": "m"}, Facts(MOMENT, "live", "m")),
        ({"created_at": AT, "payload": NESTED}, Facts(MOMENT)),
        ({"event": {"timestamp": AT, "endpoint": "test", "body": BODY}}, Facts(MOMENT, "test")),
        (NESTED | {"endpoint": "https://shop.example"}, Facts()),
        (NESTED | {"endpoint": " Sandbox "}, Facts(endpoint="test")),
        (NESTED | {"endpoint": "production"}, Facts(endpoint="live")),
        (NESTED | {"endpoint": "https://gateway.example/sandbox/payment/initiate/"}, Facts(endpoint="test")),
        (NESTED | {"endpoint": "https://gateway.example/payment/initiate"}, Facts(endpoint="live")),
        (NESTED | {"endpoint": "/test/payment/initiate"}, Facts(endpoint="test")),
        (NESTED | {"endpoint": "/payment/initiate?sandbox"}, Facts()),
        # Whoever posts chooses these.
        ({"payload": NESTED | {"received_at": AT, "endpoint": "test", "merchant": "m"}}, Facts()),
        ({"payload": json.dumps(NESTED | {"received_at": AT, "endpoint": "test"})}, Facts()),
        ({"webhook": NESTED | {"received_at": AT, "endpoint": "test"}}, Facts()),
        ({"webhook": {"status": "success", "identifier": "A1", "received_at": AT}}, Facts()),
        ({"payload": {"received_at": AT, "endpoint": "test", "body": BODY}}, Facts()),
        ({"body": BODY + "&received_at=2024-01-02&endpoint=test&merchant=m"}, Facts()),
        (NESTED | {"data": {"amount": "1", "received_at": AT, "endpoint": "test"}}, Facts()),
    ],
)
def test_facts_never_come_from_what_was_posted(record: dict[str, Any], facts: Facts) -> None:
    assert Facts(*from_value(record)[:3]) == facts


def test_a_posted_field_with_a_facts_name_stays_an_extra_field() -> None:
    assert from_value({"payload": NESTED | {"received_at": AT}}).extra == f'{{"received_at":"{AT}"}}'
    assert from_value(NESTED | {"received_at": AT}).extra == "{}"
    assert from_value(NESTED | {"received_at": AT}, is_posted=True).extra == f'{{"received_at":"{AT}"}}'


def test_a_repeated_key_anywhere_on_the_way_is_ambiguous() -> None:
    body = json.dumps(BODY)
    inside = json.dumps('{"a":1,"a":2,' + json.dumps(NESTED)[1:])
    for text in (f'{{"body":{body},"body":{body}}}', f'{{"payload":{inside}}}'):
        assert from_json(text.encode()).body_ambiguous


@pytest.mark.parametrize(
    ("body", "content_type", "is_cut", "outcome"),
    [
        (BODY.encode(), FORM, False, None),
        (BODY.encode(), None, False, None),
        (NESTED, None, False, None),
        (BODY.encode()[:40], FORM, True, "truncated"),
        (json.dumps(NESTED).encode(), "application/json", False, "content_type"),
        (json.dumps(NESTED).encode(), None, False, "content_type"),
        (b'{"status":"succ', "application/json", False, "content_type"),
        (NESTED, "application/json", False, "content_type"),
        ({"data": {"x": "y"}}, None, False, "missing_field"),
        (b"data[x]=y", FORM, False, "missing_field"),
        (b"status[]=y", FORM, False, "wrong_type"),
        (b"q=search", FORM, False, "other"),
        (b"q=sea", FORM, True, "other"),
        (b'{"query":"{ status }"}', "application/json", False, "other"),
        (b'{"a":{"status":"x"}}', "application/json", False, "other"),
        (b"[1]", "application/json", False, "other"),
        (b"", FORM, False, "other"),
        (None, FORM, False, "other"),
        ({"q": "x"}, None, False, "other"),
    ],
)
def test_a_recorded_request_is_a_row_or_other_traffic(
    body: Any, content_type: str | None, is_cut: bool, outcome: str | None
) -> None:
    row = from_request(body, content_type=content_type, is_cut=is_cut)
    assert ("other" if row is None else row.unreadable) == outcome


def test_a_damaged_record_that_names_a_field_is_no_other_traffic() -> None:
    damaged = unreadable(Unreadable.INVALID_JSON, b"")
    assert not is_other_traffic(damaged, b'{"identifier": "A')
    assert not is_other_traffic(damaged, b"{'status' => 'x'")
    assert is_other_traffic(damaged, b'{"hello": "A')


def test_base64_as_far_as_it_goes() -> None:
    assert decoded_base64("YWJj\nZGVm") == b"abcdef"
    assert decoded_base64("YWJjZGV") is None
    assert salvaged_base64("YWJjZGVm") == (b"abcdef", False)
    assert salvaged_base64("YWJjZGV") == (b"abc", True)
    assert salvaged_base64("YWJj!GVm") == (b"abc", True)
    assert salvaged_base64("!") == (b"", True)


NAMES = st.sampled_from(["body", "body_base64", "payload", "headers", "content_type", "status", "data", "x"])
TEXTS = st.text(max_size=8) | st.sampled_from([BODY, json.dumps(NESTED), '{"status":', "{}"])
ANY = st.recursive(
    st.none() | st.booleans() | TEXTS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=10,
)


@given(ANY)
def test_no_record_makes_reading_raise(value: Any) -> None:
    row = from_json(json.dumps(value).encode())
    assert row.unreadable is not None or row.amount_text


@pytest.mark.parametrize(
    ("record", "is_ambiguous"),
    [
        ({"body": BODY, "payload": NESTED}, False),
        ({"body": BODY, "payload": {**NESTED, "data": {"amount": 11}}}, False),
        ({"body": BODY, "payload": {**NESTED, "identifier": "A2", "signature": "E"}}, True),
        ({"payload": NESTED, "content": BODY.replace("A1", "A2")}, True),
        ({"first": NESTED, "second": {**NESTED, "signature": "E"}}, True),
        ({"body": BODY, "answer": {"status": "ok", "data": {}}}, False),
    ],
)
def test_a_record_that_holds_two_notifications_is_ambiguous(record: dict[str, Any], is_ambiguous: bool) -> None:
    row = from_value(record)
    assert row.body_ambiguous == is_ambiguous


@pytest.mark.parametrize("amounts", ['"1.00", "amount": "11.00"', '"11.00", "amount": "11.00"'])
def test_a_key_repeated_in_a_cell_of_data_is_told(amounts: str) -> None:
    row = from_value({**NESTED, "data": f'{{"amount": {amounts}}}'})
    assert (row.amount_text, row.body_ambiguous) == ("11.00", True)


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ({"k": 1}, Unreadable.NO_IPN_FIELDS),
        ({"k": [{"signature": "x"}], "n": None}, Unreadable.NO_IPN_FIELDS),
        ({"signature": "x", "k": 1}, Unreadable.MISSING_FIELD),
        ({"data[amount]": "1"}, Unreadable.MISSING_FIELD),
        ({"status": 7}, Unreadable.WRONG_TYPE),
    ],
)
def test_nothing_is_searched_where_nothing_can_be_within(
    value: dict[str, Any], problem: Unreadable, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = envelopes.from_value({**value, "inner": {}}).unreadable
    monkeypatch.setattr(envelopes, "_hits", lambda *_: pytest.fail("searched"))
    assert envelopes.from_value(value).unreadable == expected == problem.value
