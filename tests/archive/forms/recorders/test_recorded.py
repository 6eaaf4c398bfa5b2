"""The rooms whose entries are JSON objects: what the fixtures of each form do not show."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from corena_recon.archive import SourceCount, read_batches
from corena_recon.archive.forms.recorders.har import Har
from corena_recon.archive.forms.recorders.hookdeck import Hookdeck
from corena_recon.archive.forms.recorders.hooksense import HookSense
from corena_recon.archive.forms.recorders.lambda_events import LambdaEvents
from corena_recon.archive.forms.recorders.ngrok import Ngrok
from corena_recon.archive.forms.recorders.recorded import RecordedRequests
from corena_recon.archive.forms.recorders.spatie import Spatie
from corena_recon.archive.forms.recorders.webhook_site import WebhookSite
from corena_recon.archive.records.batches import Room

BODY = "status=success&signature=F&identifier=A1&data%5Bamount%5D=11.00&data%5Bcurrency%5D=USD"
FIELDS = {"status": "success", "signature": "F", "identifier": "A1", "data": {"amount": "11.00", "currency": "USD"}}
FORM = "application/x-www-form-urlencoded"


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def har(posted: Any, **request: Any) -> dict[str, Any]:
    return {"startedDateTime": "2024-01-02T03:04:05Z", "request": {"method": "POST", "postData": posted} | request}


def ngrok(raw: Any, **request: Any) -> dict[str, Any]:
    return {"start": "2024-01-02T03:04:05Z", "tunnel_name": "t", "request": {"raw": raw} | request}


def site(content: Any, **more: Any) -> dict[str, Any]:
    return {"uuid": "u", "token_id": "t", "created_at": "2024-01-02 03:04:05", "content": content} | more


def hookdeck(body: Any, **data: Any) -> dict[str, Any]:
    return {
        "source_id": "s",
        "team_id": "t",
        "created_at": "2024-01-02T03:04:05Z",
        "data": {"headers": {}, "body": body} | data,
    }


def hooksense(body: Any) -> dict[str, Any]:
    return {"body": body, "source_ip": "i", "size_bytes": 1, "received_at": "2024-01-02T03:04:05Z", "headers": {}}


def event(body: Any, **more: Any) -> dict[str, Any]:
    return {"httpMethod": "POST", "requestContext": {"requestTimeEpoch": 1704164645000}, "body": body} | more


def call(payload: Any, **more: Any) -> dict[str, Any]:
    return {
        "name": "n",
        "payload": payload,
        "exception": None,
        "created_at": "2024-01-02 03:04:05",
        "headers": {},
    } | more


ROOMS: list[tuple[RecordedRequests, Any]] = [
    (Har(), har), (Ngrok(), ngrok), (WebhookSite(), site), (Hookdeck(), hookdeck), (HookSense(), hooksense),
    (LambdaEvents(), event), (Spatie(), call),
]  # fmt: skip


@pytest.mark.parametrize(
    ("room", "entry", "outcome"),
    [
        (Har(), har({"text": BODY}), "raw"),
        (Har(), har({"text": BODY, "mimeType": "", "params": [{"name": "x", "value": "y"}]}), "raw"),
        (Har(), har({"params": [{"name": "status", "value": "success"}, {"name": "identifier"}]}), "missing_field"),
        (Har(), har({"params": [{"name": 5}, "x", {"name": "status", "value": 5}]}), None),
        (Har(), har({"params": "x"}), None),
        (Har(), har({}), None),
        (Har(), har(None), None),
        (Har(), har("text"), None),
        (
            Har(),
            har({"text": BODY[:-5], "mimeType": FORM}, headers=[{"name": "content-length", "value": "999"}]),
            "truncated",
        ),
        (Har(), har({"text": encoded(BODY)[:-6] + "!", "encoding": "base64"}), "truncated"),
        (Ngrok(), ngrok(BODY), "raw"),
        (Ngrok(), ngrok(encoded(BODY)), "raw"),
        (Ngrok(), ngrok("POST / HTTP/1.1\r\nHost: a\r\n\r\n" + BODY), "raw"),
        (Ngrok(), ngrok("POST / HTTP/1.1\nHost: a\nContent-Type: text/xml\n\n" + BODY), "content_type"),
        (Ngrok(), ngrok(encoded("POST / HTTP/1.1\r\nContent-Len")), None),
        (Ngrok(), ngrok(None), None),
        (WebhookSite(), site(BODY), "raw"),
        (WebhookSite(), site("", request=FIELDS), "text"),
        (WebhookSite(), site("", request="x"), None),
        (WebhookSite(), site(None), None),
        (WebhookSite(), site(json.dumps(FIELDS)), "content_type"),
        (Hookdeck(), hookdeck(BODY), "raw"),
        (Hookdeck(), hookdeck(FIELDS), "text"),
        (Hookdeck(), hookdeck(None, is_large_payload=True), None),
        (Hookdeck(), hookdeck([1]), None),
        (HookSense(), hooksense(BODY), "raw"),
        (HookSense(), hooksense(encoded(BODY)), "raw"),
        (HookSense(), hooksense(None), None),
        (LambdaEvents(), event(BODY), "raw"),
        (LambdaEvents(), event(encoded(BODY), isBase64Encoded=True), "raw"),
        (LambdaEvents(), event(encoded(BODY)[:-6], isBase64Encoded=True), "truncated"),
        (LambdaEvents(), event(FIELDS), "text"),
        (LambdaEvents(), event(5), None),
        (LambdaEvents(), event(BODY, requestContext="x"), "raw"),
        (LambdaEvents(), event(BODY, headers=None, multiValueHeaders={"Content-Type": ["text/xml"]}), "content_type"),
        (Spatie(), call(FIELDS), "text"),
        (Spatie(), call(json.dumps(FIELDS)), "text"),
        (Spatie(), call("{"), "invalid_json"),
        (Spatie(), call([]), None),
        (Spatie(), call(None), None),
        (Spatie(), call(FIELDS, headers='{"content-type":["application/json"]}'), "content_type"),
    ],
)
def test_one_entry(room: RecordedRequests, entry: dict[str, Any], outcome: str | None) -> None:
    assert room.is_entry(entry)
    row = room.read_entry(entry, b"raw")
    assert (None if row is None else row.unreadable or row.fidelity) == outcome


@pytest.mark.parametrize(("room", "entry"), ROOMS, ids=[room.name for room, _ in ROOMS])
def test_what_an_entry_says_about_time(room: RecordedRequests, entry: Any) -> None:
    row = room.read_entry(
        entry({"text": BODY} if room.name == "har" else FIELDS if room.name == "spatie" else BODY), b""
    )
    assert row is not None
    assert row.received_at == 1_704_164_645_000_000
    assert (row.endpoint, row.merchant) == (None, None)


@pytest.mark.parametrize(
    ("room", "empty"),
    [
        (Har(), b'{"log":{"version":"1.2","creator":{},"entries":[]}}'),
        (Ngrok(), b'{"uri":"/api/requests/http","requests":[]}'),
        (WebhookSite(), b'{"data":[],"total":0,"per_page":50}'),
        (Hookdeck(), b'{"pagination":{},"count":0,"models":[]}'),
        (HookSense(), b'{"endpoint":"x","exported_at":"x","requests":[]}'),
    ],
)
def test_an_empty_export_is_recognised(room: Room, empty: bytes) -> None:
    assert room.recognises(empty)


@pytest.mark.parametrize(("room", "entry"), ROOMS, ids=[room.name for room, _ in ROOMS])
def test_one_strange_line_does_not_make_an_archive_another_form(room: Room, entry: Any) -> None:
    """Whoever posts to a shop that logs its bodies as JSON lines chooses the keys of one of them."""
    lines = [json.dumps(FIELDS)] * 3 + [json.dumps(entry({"text": BODY}))]
    assert not room.recognises("\n".join(lines).encode())


@pytest.mark.parametrize("count", [1, 2, 19, 21])
@pytest.mark.parametrize("between", [",\n", "\n,"])
def test_an_array_with_an_element_a_line_is_an_array(count: int, between: str) -> None:
    intake: list[SourceCount] = []
    events = [json.dumps(event(BODY)) for _ in range(count)]
    for _ in read_batches(f"[\n{between.join(events)}\n]\n".encode(), intake):
        pass
    assert [(one.form, one.records, one.notifications) for one in intake] == [("lambda", count, count)]
