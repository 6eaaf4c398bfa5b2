from __future__ import annotations

import json
from typing import Any

import pytest

from corena_recon.archive.records.http_request import header_of, is_cut_short, is_form_type, message_of

HEAD = b"POST /ipn HTTP/1.1\r\nHost: a\r\nContent-Type: x/y\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    ("octets", "body", "is_cut"),
    [
        (HEAD + b"Content-Length: 3\r\n\r\na=1", b"a=1", False),
        (HEAD + b"Content-Length: 4\r\n\r\na=1", b"a=1", True),
        (HEAD + b"\r\na=1", b"a=1", False),
        (HEAD.replace(b"\r\n", b"\n") + b"\na=1", b"a=1", False),
        (HEAD + b"Content-Le", b"", True),
        (b"GET / HTTP/1.0\r\n\r\n", b"", False),
        (CHUNKED + b"3\r\na=1\r\n4;ext=1\r\n&b=2\r\n0\r\n\r\n", b"a=1&b=2", False),
        (CHUNKED + b"3\r\na=1\r\n4\r\n&b", b"a=1&b", True),
        (CHUNKED + b"3\r\na=1\r\n", b"a=1", True),
        (CHUNKED, b"", True),
        (CHUNKED + b"a=1&b=2", b"a=1&b=2", False),  # joined by what recorded it
    ],
)
def test_a_message_is_parted_into_headers_and_body(octets: bytes, body: bytes, is_cut: bool) -> None:
    message = message_of(octets)
    assert message is not None
    assert (message.body, message.is_cut) == (body, is_cut)


@pytest.mark.parametrize("octets", [b"", b"a=1&b=2", b"POST /ipn\r\n\r\n", b"HTTP/1.1 200 OK\r\n\r\n", b"{}"])
def test_what_is_no_request_is_none(octets: bytes) -> None:
    assert message_of(octets) is None


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "x/y"},
        {"content-type": ["x/y", "z"]},
        [{"name": "Host", "value": "a"}, {"name": "CONTENT-TYPE", "value": "x/y"}],
        json.dumps({"content-type": ["x/y"]}),
    ],
)
def test_headers_in_every_shape(headers: Any) -> None:
    assert header_of(headers, "content-type") == "x/y"


@pytest.mark.parametrize(
    "headers", [None, 5, "", "text", "{", [], ["x"], {"a": 1}, {"content-type": []}, {"content-type": ""}]
)
def test_headers_that_do_not_say(headers: Any) -> None:
    assert header_of(headers, "content-type") is None


@pytest.mark.parametrize(
    ("length", "expected"),
    [("3", False), ("4", True), ("2", False), ("x", False), ("", False), ("٤", False), ("9" * 40, False)],
)
def test_a_body_shorter_than_announced_is_cut_short(length: str, expected: bool) -> None:
    assert is_cut_short(b"a=1", {"Content-Length": length}) is expected


@pytest.mark.parametrize(
    ("content_type", "expected"),
    [
        ("application/x-www-form-urlencoded", True),
        (" Application/X-WWW-Form-URLencoded; charset=UTF-8", True),
        ("multipart/form-data; boundary=x", True),
        ("application/json", False),
        ("text/plain", False),
        ("", False),
    ],
)
def test_the_types_from_which_php_fills_its_array(content_type: str, expected: bool) -> None:
    assert is_form_type(content_type) is expected
