"""Posts as records of every archive form; written by hand, so that nothing of the library labels its own input."""

from __future__ import annotations

import base64
import csv
import io
import json
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import quote_plus

from tests.adversary.keyring import octets
from tests.adversary.posts import (
    ARRAY,
    BODIES,
    CAPTURES,
    CELLS,
    ENVELOPES,
    FLAT,
    JSON_CELLS,
    NESTED,
    NUMBERS,
    START_US,
    TABLE,
    Post,
)

SUFFIXES: Final = {
    BODIES: "txt",
    ENVELOPES: "jsonl",
    CAPTURES: "jsonl",
    CELLS: "csv",
    NESTED: "jsonl",
    FLAT: "jsonl",
    ARRAY: "json",
    TABLE: "csv",
    JSON_CELLS: "csv",
    NUMBERS: "jsonl",
}
TABLE_HEADER: Final = (
    "received_at,endpoint,merchant,status,signature,identifier,data[payment_trx],data[amount],data[payment_type],"
    "data[charge],data[currency]"
)
CELLS_HEADER: Final = "received_at,endpoint,merchant,payload"
_FORM_TYPE: Final = "application/x-www-form-urlencoded"
_START: Final = datetime(2026, 1, 1, tzinfo=UTC)


def file_of(form: str, records: list[bytes]) -> bytes:
    """A whole file of one form."""
    if form == ARRAY:
        return b"[\n" + b",\n".join(records) + b"\n]\n"
    headers = {TABLE: [TABLE_HEADER.encode()], CELLS: [CELLS_HEADER.encode()], JSON_CELLS: [CELLS_HEADER.encode()]}
    return b"\n".join([*headers.get(form, []), *records, b""])


def record_of(form: str, post: Post) -> bytes:
    """One record of a file of that form."""
    if post.record is not None:
        return post.record
    if form == BODIES:
        return body_of(post)
    if form in (ENVELOPES, CAPTURES):
        return _json(_envelope(form, post))
    if form == TABLE:
        fields = fields_of(post)
        return _csv_row([*_facts_cells(post), *(fields.get(name, "") for name in TABLE_HEADER.split(",")[3:])])
    if form == CELLS:
        return _csv_row([*_facts_cells(post), body_of(post).decode("latin-1")])
    if form == JSON_CELLS:
        return _csv_row([*_facts_cells(post), json.dumps(_nested(post), ensure_ascii=False)])
    if form == FLAT:
        return _json({**_facts(post), **fields_of(post)})
    if form == NUMBERS:
        return _with_number(_json({**_facts(post), **_nested(post)}), post.amount)
    return _json({**_facts(post), **_nested(post)})


def fields_of(post: Post) -> dict[str, str]:
    """The posted names and values, in the gateway's order."""
    fields = {
        "status": post.status,
        "signature": post.signature,
        "identifier": post.identifier,
        "data[payment_trx]": post.trx,
        "data[amount]": post.amount,
        "data[payment_type]": post.payment_type,
        "data[charge]": post.charge,
        "data[currency]": post.currency,
        **post.more,
    }
    return {name: value for name, value in fields.items() if value is not None}


def urlencoded(fields: dict[str, str]) -> bytes:
    """As PHP's ``http_build_query`` writes such names and values."""
    return "&".join(
        f"{quote_plus(octets(name))}={quote_plus(octets(value))}" for name, value in fields.items()
    ).encode()


def body_of(post: Post) -> bytes:
    """The posted body."""
    return urlencoded(fields_of(post)) if post.body is None else post.body


def moment_text(at_us: int) -> str:
    """An instant as archives write it."""
    return (_START + timedelta(microseconds=at_us - START_US)).isoformat()


def _facts(post: Post) -> dict[str, str]:
    facts = {"received_at": moment_text(post.at_us), "endpoint": post.endpoint, "merchant": post.merchant}
    return {name: value for name, value in facts.items() if value is not None}


def _facts_cells(post: Post) -> list[str]:
    return [moment_text(post.at_us), post.endpoint or "", post.merchant or ""]


def _envelope(form: str, post: Post) -> dict[str, Any]:
    content_type = _FORM_TYPE if post.content_type is None else post.content_type
    body = body_of(post)
    if form == CAPTURES:
        carried: dict[str, Any] = {"content_type": content_type, "body_base64": base64.b64encode(body).decode()}
    else:
        carried = {"headers": {"Content-Type": content_type}, "body": body.decode("utf-8", "surrogateescape")}
    return {**_facts(post), **carried}


def _nested(post: Post) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for name, value in fields_of(post).items():
        root, bracket, rest = name.partition("[")
        if bracket:
            fields.setdefault(root, {})[rest.removesuffix("]")] = value
        else:
            fields[root] = value
    return fields


def _json(value: dict[str, Any]) -> bytes:
    return octets(json.dumps(value, ensure_ascii=False))


def _with_number(record: bytes, token: str) -> bytes:
    return record.replace(b'"amount": "' + token.encode() + b'"', b'"amount": ' + token.encode())


def _csv_row(cells: list[str]) -> bytes:
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(cells)
    return octets(line.getvalue())
