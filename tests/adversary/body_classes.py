"""Bodies that two readers read differently, that PHP would not read, or that hold no notification."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final
from urllib.parse import quote_plus

from tests.adversary.forms import body_of, moment_text, record_of
from tests.adversary.posts import CAPTURES, ENVELOPES, NESTED, RAW, TIMED_RAW, Maker, OwnFile, Planted, Post, Scene

_EXACT_RAW: Final = (ENVELOPES, CAPTURES)


def _pair(name: str, value: str) -> bytes:
    return f"{name}={quote_plus(value)}".encode()


def _dropped_before(name: str, value: str) -> Maker:
    """A first value that PHP overwrites: PHP sees the genuine notification, others see the lie."""

    def make(scene: Scene) -> Planted:
        post = scene.genuine(forms=RAW)
        return [post.suspect("body_ambiguous", body=_pair(name, value) + b"&" + body_of(post))]

    return make


def _appended(name: str, value: str, signed_name: str) -> Maker:
    """A last value that PHP takes for a signed field."""

    def make(scene: Scene) -> Planted:
        post = scene.genuine(forms=RAW)
        read = {signed_name: value}
        body = body_of(post) + b"&" + _pair(name, value)
        return [post.forged("signature_invalid", "body_ambiguous", body=body, **read)]

    return make


def _appended_unsigned(name: str, value: str, verdict: str = "suspect") -> Maker:
    def make(scene: Scene) -> Planted:
        post = scene.genuine(forms=RAW)
        label = post.suspect if verdict == "suspect" else post.accepted
        findings = ("body_ambiguous",) if verdict == "suspect" else ()
        return [label(*findings, body=body_of(post) + b"&" + _pair(name, value))]

    return make


def _unreadable(reason: str, edit: Callable[[bytes], bytes], forms: tuple[str, ...] = TIMED_RAW) -> Maker:
    """A body that PHP leaves without what a notification needs."""

    def make(scene: Scene) -> Planted:
        post = scene.genuine(forms=forms)
        return [post.unread(reason, body=edit(body_of(post)))]

    return make


def _without(*names: bytes) -> Callable[[bytes], bytes]:
    return lambda body: b"&".join(pair for pair in body.split(b"&") if pair.split(b"=")[0] not in names)


def _content_type(*types: str) -> Maker:
    def make(scene: Scene) -> Planted:
        return [scene.genuine(forms=_EXACT_RAW, content_type=scene.one_of(*types)).unread("content_type")]

    return make


def json_posted(scene: Scene) -> Planted:
    post = scene.genuine(forms=_EXACT_RAW, content_type="application/json")
    data = {"amount": post.amount, "payment_trx": post.trx}
    body = json.dumps({"status": "success", "signature": post.signature, "identifier": post.identifier, "data": data})
    return [post.unread("content_type", body=body.encode())]


def _multipart(post: Post, *more: tuple[str, str]) -> dict[str, Any]:
    values = [
        ("status", "success"),
        ("signature", post.signature),
        ("identifier", post.identifier),
        ("data[payment_trx]", post.trx),
        ("data[amount]", post.amount),
        ("data[payment_type]", "checkout"),
        ("data[currency]", "USD"),
        *more,
    ]
    parts = [f'--B7x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in values]
    return {"body": "".join([*parts, "--B7x--\r\n"]).encode(), "content_type": "multipart/form-data; boundary=B7x"}


def multipart(scene: Scene) -> Planted:
    post = scene.genuine(forms=_EXACT_RAW)
    return [replace(post, **_multipart(post))]


def json_two_on_a_line(scene: Scene) -> Planted:
    """Objects that a writer glued together are a record each."""
    before, post = scene.genuine(forms=(NESTED,)), scene.genuine(forms=(NESTED,))
    text = record_of(NESTED, post)
    content = record_of(NESTED, before) + b"\n" + text + text + b"\n"
    return OwnFile("jsonl", content, (before, post, post.duplicate()))


def multipart_duplicate(scene: Scene) -> Planted:
    post = scene.genuine(forms=_EXACT_RAW)
    twice = _multipart(post, ("data[amount]", "9999.00000000"))
    return [post.forged("signature_invalid", "body_ambiguous", amount="9999.00000000", **twice)]


def too_many_variables(scene: Scene) -> Planted:
    junk = b"&".join(b"j%d=1" % number for number in range(scene.random.randint(1001, 1100)))
    post = scene.genuine(forms=_EXACT_RAW)
    return [post.unread("body_limit", body=junk + b"&" + body_of(post))]


def many_variables_behind(scene: Scene) -> Planted:
    """What PHP drops behind a whole notification changes nothing."""
    junk = b"&".join(b"j%d=1" % number for number in range(scene.random.randint(1001, 1100)))
    post = scene.genuine(forms=_EXACT_RAW)
    return [replace(post, body=body_of(post) + b"&" + junk)]


def _json_record(change: Callable[[str, Post], str], verdict: str, *labels: str, **read: str) -> Maker:
    """A JSON line edited as text."""

    def make(scene: Scene) -> Planted:
        post = scene.genuine(forms=(NESTED,), endpoint=None)
        fields = {
            "received_at": moment_text(post.at_us),
            "status": "success",
            "signature": post.signature,
            "identifier": post.identifier,
            "data": {
                "payment_trx": post.trx,
                "amount": post.amount,
                "payment_type": "checkout",
                "currency": "USD",
            },
        }
        record = change(json.dumps(fields), post).encode()
        if verdict == "unreadable":
            return [post.unread(labels[0], record=record)]
        label = {"forged": post.forged, "suspect": post.suspect, "accepted": post.accepted}[verdict]
        return [label(*labels, record=record, **read)]

    return make


def _first(name: str, value: str) -> Callable[[str, Post], str]:
    return lambda text, _: "{" + f'"{name}": "{value}", ' + text[1:]


def _last(name: str, value: str) -> Callable[[str, Post], str]:
    return lambda text, _: text[:-1] + f', "{name}": "{value}"' + "}"


def _amount_as(token: str) -> Callable[[str, Post], str]:
    return lambda text, post: text.replace(f'"{post.amount}"', token)


_DEEP: Final = "data" + "[a]" * 70
_CLASSES: Final[dict[str, Maker]] = {
    "amount_first_other": _dropped_before("data[amount]", "1.00000000"),
    "amount_first_other_encoded": _dropped_before("data%5Bamount%5D", "1.00000000"),
    "identifier_first_other": _dropped_before("identifier", "VICTIM"),
    "status_first_other": _dropped_before("status", "failed"),
    "signature_first_other": _dropped_before("signature", "A" * 64),
    "data_scalar_first": _dropped_before("data", "x"),
    "trx_first_other": _dropped_before("data[payment_trx]", "AAAAAAAAAAAA"),
    "amount_last_other": _appended("data[amount]", "9999.00000000", "amount"),
    "identifier_last_other": _appended("identifier", "VICTIM", "identifier"),
    "identifier_leading_space": _appended("+identifier", "VICTIM", "identifier"),
    "amount_text_behind_bracket": _appended("data[amount]x", "9999.00000000", "amount"),
    "amount_nul_behind_name": _appended("data[amount]%00x", "9999.00000000", "amount"),
    "identifier_nul_in_name": _appended("identifier%00", "VICTIM", "identifier"),
    "status_last_other": _appended_unsigned("status", "success "),
    "currency_last_other": _appended_unsigned("data[currency]", "EUR"),
    "status_leading_space": _appended_unsigned("%20status", "SUCCESS"),
    "unrelated_duplicate": _appended_unsigned("page", "2", "accepted"),
    "same_value_twice": _appended_unsigned("data[payment_type]", "checkout", "accepted"),
    "amount_array": _unreadable("wrong_type", lambda body: body + b"&data[amount][]=1"),
    "identifier_array": _unreadable("wrong_type", lambda body: body + b"&identifier[]=1"),
    "status_array": _unreadable("wrong_type", lambda body: body + b"&status[x]=1"),
    "data_scalar_last": _unreadable("wrong_type", lambda body: body + b"&data=x"),
    "nesting_beyond_the_limit": _unreadable("body_limit", lambda body: body + f"&{_DEEP}=1".encode()),
    "semicolons": _unreadable("missing_field", lambda body: body.replace(b"&", b";")),
    "html_ampersands": _unreadable("missing_field", lambda body: body.replace(b"&", b"&amp;")),
    "names_encoded_twice": _unreadable("missing_field", lambda body: body.replace(b"%5B", b"%255B")),
    "names_in_upper_case": _unreadable("missing_field", lambda body: body.replace(b"identifier", b"IDENTIFIER")),
    "brackets_unclosed": _unreadable("missing_field", lambda body: body.replace(b"%5Bamount%5D", b"%5Bamount")),
    "amount_absent": _unreadable("missing_field", _without(b"data%5Bamount%5D")),
    "identifier_absent": _unreadable("missing_field", _without(b"identifier")),
    "status_absent": _unreadable("missing_field", _without(b"status")),
    "identifier_empty": _unreadable("missing_field", lambda body: body + b"&identifier="),
    "amount_empty": _unreadable("missing_field", lambda body: body + b"&data[amount]="),
    "nothing_of_a_notification": _unreadable("no_ipn_fields", lambda _: b"ping=1&hello=world", _EXACT_RAW),
    "empty": _unreadable("empty_body", lambda _: b"", _EXACT_RAW),
    "cut_before_the_amount": _unreadable("missing_field", lambda body: body[: body.index(b"data%5Bamount")]),
    "text_content_type": _content_type("text/plain", "text/html; charset=utf-8", "application/octet-stream"),
    "xml_content_type": _content_type("application/xml", "application/x-www-form", "x-www-form-urlencoded"),
    "multipart_without_boundary": _content_type("multipart/form-data", "multipart/form-data; charset=x"),
    "json_duplicate_status": _json_record(_first("status", "failed"), "suspect", "body_ambiguous"),
    "json_duplicate_identifier": _json_record(
        _last("identifier", "VICTIM"), "forged", "signature_invalid", "body_ambiguous", identifier="VICTIM"
    ),
    "json_duplicate_signature": _json_record(_first("signature", "0" * 64), "suspect", "body_ambiguous"),
    "json_duplicate_amount": _json_record(
        lambda text, _: text.replace('"data": {', '"data": {"amount": "1", '), "suspect", "body_ambiguous"
    ),
    "json_amount_array": _json_record(_amount_as("[1]"), "unreadable", "wrong_type"),
    "json_amount_object": _json_record(_amount_as('{"value": "1"}'), "unreadable", "wrong_type"),
    "json_amount_true": _json_record(_amount_as("true"), "unreadable", "wrong_type"),
    "json_amount_null": _json_record(_amount_as("null"), "unreadable", "missing_field"),
    "json_amount_nan": _json_record(_amount_as("NaN"), "unreadable", "invalid_json"),
    "json_data_array": _json_record(
        lambda text, _: text[: text.index('"data"')] + '"data": ["x"]}', "unreadable", "wrong_type"
    ),
    "json_array_on_a_line": _json_record(lambda text, _: f"[{text}]", "accepted"),
    "json_text_on_a_line": _json_record(lambda text, _: json.dumps(text), "accepted"),
    "json_single_quotes": _json_record(lambda text, _: text.replace('"', "'"), "unreadable", "invalid_json"),
    "json_trailing_comma": _json_record(lambda text, _: text[:-1] + ",}", "unreadable", "invalid_json"),
    "json_nested_deeply": _json_record(
        lambda text, _: text[:-1] + ', "x": ' + "[" * 20000 + "]" * 20000 + "}", "unreadable", "invalid_json"
    ),
    "json_cut": _json_record(lambda text, _: text[: len(text) // 2], "unreadable", "invalid_json"),
    **{
        maker.__name__: maker
        for maker in (
            json_posted,
            json_two_on_a_line,
            multipart,
            multipart_duplicate,
            too_many_variables,
            many_variables_behind,
        )
    },
}
CLASSES: Final[dict[str, Maker]] = {f"body_{name}": maker for name, maker in _CLASSES.items()}
