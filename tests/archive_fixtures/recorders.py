"""What tools that record or relay requests export."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

from tests.archive_fixtures.fixture import (
    FORM_TYPE,
    A,
    B,
    C,
    D,
    Want,
    bad,
    base64_of,
    csv_text,
    lines,
    pretty,
    row,
    write,
)


def har_entry(
    at: str, posted: dict[str, Any] | None, method: str = "POST", headers: list[Any] | None = None
) -> dict[str, Any]:
    request: dict[str, Any] = {
        "method": method,
        "url": "https://shop.example/ipn",
        "httpVersion": "HTTP/1.1",
        "headers": headers or [],
    }
    if posted is not None:
        request["postData"] = posted
    response = {"status": 200, "content": {"mimeType": "text/html", "text": '{"status":"ok"}'}}
    return {"startedDateTime": at, "time": 12, "request": request, "response": response, "cache": {}, "timings": {}}


def har_document(entries: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "log": {
            "version": "1.2",
            "creator": {"name": "Example", "version": "1"},
            "pages": [{"title": 'a "entries":[{"request":{}}]', "id": "p"}],
            "entries": entries,
            "comment": "",
        }
    }


def har() -> None:
    at = "2024-01-02T03:04:05.123+01:00"
    wanted_at = "2024-01-02T02:04:05.123Z"
    entries = [
        har_entry(at, {"mimeType": FORM_TYPE, "text": A.body()}),
        har_entry(at, None, "GET"),
        har_entry(at, {"mimeType": FORM_TYPE, "params": [{"name": n, "value": v} for n, v in B.flat().items()]}),
    ]
    write("har/browser.har", pretty(har_document(entries)), [row(A, wanted_at), row(B, wanted_at, "text")], other=1)
    encoded = [{"name": quote(n, safe=""), "value": quote(v, safe="")} for n, v in C.flat().items()]
    length = [{"name": "Content-Length", "value": str(len(D.body()))}]
    awkward = [
        har_entry(at, {"mimeType": FORM_TYPE + "; charset=UTF-8", "text": base64_of(C.body()), "encoding": "base64"}),
        har_entry(at, {"mimeType": FORM_TYPE, "text": "", "params": encoded}),
        har_entry(at, {"mimeType": "application/json", "text": json.dumps(A.nested())}),
        har_entry(at, {"mimeType": "application/json", "text": '{"query":"{ shop }"}'}),
        har_entry(at, {"mimeType": FORM_TYPE, "text": D.body()[:-4]}, headers=length),
        har_entry(at, {"mimeType": FORM_TYPE, "text": "q=search"}),
    ]
    write(
        "har/awkward.har",
        b"\xef\xbb\xbf" + json.dumps(har_document(awkward)).encode(),
        [row(C, wanted_at), row(C, wanted_at, "text"), bad("content_type", wanted_at), bad("truncated", wanted_at)],
        other=2,
    )


def message(body: str, headers: str = "", length: int | None = None) -> str:
    announced = len(body) if length is None else length
    head = f"POST /ipn HTTP/1.1\r\nHost: shop.example\r\nAccept: */*\r\nContent-Type: {FORM_TYPE}\r\n"
    return f"{head}{headers or f'Content-Length: {announced}' + chr(13) + chr(10)}\r\n{body}"


def ngrok_entry(raw: str, headers: dict[str, list[str]] | None = None) -> dict[str, Any]:
    return {
        "uri": "/api/requests/http/548fb5c700000002",
        "id": "548fb5c700000002",
        "tunnel_name": "command_line (http)",
        "remote_addr": "192.0.2.1",
        "start": "2024-01-02T03:04:05.123456789+01:00",
        "duration": 3893202,
        "request": {"method": "POST", "proto": "HTTP/1.1", "headers": headers or {}, "uri": "/ipn", "raw": raw},
        "response": {"status": "200 OK", "status_code": 200, "raw": base64_of("HTTP/1.1 200 OK\r\n\r\nstatus=success")},
    }


def ngrok() -> None:
    at = "2024-01-02T02:04:05.123456Z"
    entries = [ngrok_entry(base64_of(message(A.body()))), ngrok_entry(base64_of("GET / HTTP/1.1\r\nHost: x\r\n\r\n"))]
    write("ngrok/messages.json", json.dumps({"uri": "/api/requests/http", "requests": entries}), [row(A, at)], other=1)
    chunked = "Transfer-Encoding: chunked\r\n"
    body = B.body()
    chunks = f"10\r\n{body[:16]}\r\n{len(body) - 16:x};x=y\r\n{body[16:]}\r\n0\r\n\r\n"
    awkward = [
        ngrok_entry(base64_of(B.body())),
        ngrok_entry(C.body(), {"Content-Type": [FORM_TYPE]}),
        ngrok_entry(base64_of(message(chunks, chunked))),
        ngrok_entry(base64_of(message(chunks[:60], chunked))),
        ngrok_entry(base64_of(message(A.body()[:100], length=len(A.body())))),
        ngrok_entry(base64_of(message(A.body()))[:-3]),
        ngrok_entry(base64_of(json.dumps(D.nested())), {"Content-Type": ["application/json"]}),
        ngrok_entry(""),
    ]
    write(
        "ngrok/awkward.json",
        pretty({"requests": awkward, "uri": "/api/requests/http"}),
        [row(B, at), row(C, at), row(B, at), *[bad("truncated", at)] * 3, bad("content_type", at)],
        other=1,
    )


def webhook_site_entry(content: str, **more: Any) -> dict[str, Any]:
    return {
        "uuid": "b2b1d2c2-0000-4000-8000-000000000001",
        "type": "web",
        "token_id": "b2b1d2c2-0000-4000-8000-000000000000",
        "ip": "192.0.2.1",
        "method": "POST",
        "content": content,
        "query": None,
        "headers": {"content-type": [FORM_TYPE]},
        "url": "https://webhook.site/b2b1d2c2",
        "size": len(content),
        "files": [],
        "created_at": "2024-01-02 03:04:05",
        "sorting": 1704164645000000,
    } | more


def webhook_site() -> None:
    at = "2024-01-02T03:04:05Z"
    page = {
        "data": [webhook_site_entry(A.body(), request=A.nested()), webhook_site_entry("", method="GET")],
        "total": 2,
    }
    write("webhook.site/page.json", json.dumps(page | {"per_page": 50, "is_last_page": True}), [row(A, at)], other=1)
    pages = [
        {"data": [webhook_site_entry(B.body()), webhook_site_entry("", request=C.nested())], "total": 4, "per_page": 2},
        {
            "data": [webhook_site_entry(json.dumps(A.nested()), headers={"Content-Type": ["application/json"]})],
            "total": 4,
        },
        {
            "data": [
                webhook_site_entry("data[]=1&hello=world"),
                webhook_site_entry(A.body()[:90], headers={"content-length": "230"}),
            ]
        },
    ]
    write(
        "webhook.site/pages.json",
        "\n".join(map(pretty, pages)),
        [row(B, at), row(C, at, "text"), bad("content_type", at), bad("missing_field", at), bad("truncated", at)],
    )
    write(
        "webhook.site/requests.json",
        lines(
            [
                webhook_site_entry(A.body()),
                webhook_site_entry("hello"),
                '{"uuid": "x", "token_id": "y", "content": "stat',
            ]
        ),
        [row(A, at), bad("invalid_json")],
        other=1,
    )


def hookdeck_entry(body: Any, content_type: str = FORM_TYPE) -> dict[str, Any]:
    return {
        "id": "req_1",
        "team_id": "tm_1",
        "verified": True,
        "original_event_data_id": "evd_1",
        "rejection_cause": None,
        "ingested_at": "2024-01-02T03:04:05.123Z",
        "source_id": "src_1",
        "events_count": 1,
        "updated_at": "2024-01-02T03:04:06.000Z",
        "created_at": "2024-01-02T03:04:05.500Z",
        "data": {
            "headers": {"content-type": content_type},
            "body": body,
            "query": "",
            "parsed_query": {},
            "path": "/",
            "is_large_payload": False,
        },
    }


def hookdeck() -> None:
    at = "2024-01-02T03:04:05.123Z"
    models = [hookdeck_entry(A.body()), hookdeck_entry(None), hookdeck_entry(B.nested())]
    page = {"pagination": {"order_by": "created_at", "dir": "desc", "limit": 3}, "count": 3, "models": models}
    write("hookdeck/page.json", pretty(page), [row(A, at), row(B, at, "text")], other=1)
    awkward = [
        hookdeck_entry(C.flat()),
        hookdeck_entry(A.nested(), "application/json"),
        hookdeck_entry({"identifier": "x", "models": [1]}),
        hookdeck_entry({"hello": "world"}),
    ]
    write(
        "hookdeck/lines.jsonl",
        lines(awkward),
        [row(C, at, "text"), bad("content_type", at), bad("missing_field", at, "x")],
        other=1,
    )


def hooksense() -> None:
    def entry(body: str) -> dict[str, Any]:
        more = {"query": {}, "source_ip": "192.0.2.1", "size_bytes": len(body), "received_at": "2024-01-02T03:04:05Z"}
        return {
            "id": "r1",
            "method": "POST",
            "headers": {"content-type": FORM_TYPE},
            "body": body,
            **more,
            "verified": True,
        }

    at = "2024-01-02T03:04:05Z"
    outer = {"endpoint": "shop", "exported_at": "2024-02-01T00:00:00Z"}
    write("hooksense/export.json", pretty(outer | {"requests": [entry(A.body()), entry("")]}), [row(A, at)], other=1)
    latin = B.body().encode() + b"&note=\xe9"
    write(
        "hooksense/encoded.json",
        json.dumps(outer | {"requests": [entry(base64_of(latin)), entry(C.body())]}),
        [row(B, at), row(C, at)],
    )


def telescope() -> None:
    at = "2024-01-02T03:04:05Z"

    def entry(kind: str, content: Any) -> dict[str, Any]:
        more = {"uuid": f"9b1f-{kind}", "batch_id": "9b1f", "family_hash": None, "should_display_on_index": 1}
        return {"sequence": 1, **more, "type": kind, "content": content, "created_at": "2024-01-02 03:04:05"}

    def request(payload: Any, content_type: str = FORM_TYPE) -> dict[str, Any]:
        headers = {"content-type": content_type, "host": "shop.example"}
        return {"uri": "/ipn", "method": "POST", "headers": headers, "payload": payload, "response_status": 200}

    query = entry("query", {"connection": "mysql", "sql": "select * from `orders` where `status` = 'open'"})
    logged = entry("log", {"level": "info", "message": "IPN", "context": D.nested()})
    purged = entry("request", request("Purged By Telescope"))
    rows = [query, entry("request", request(A.nested())), logged, purged, entry("request", request({"q": "x"}))]
    text = row(A, at, fidelity="text")
    write("telescope/entries.json", pretty(rows), [text, row(D, at, fidelity="text")], other=3)
    texts = [one | {"content": json.dumps(one["content"])} for one in rows[:2]]
    write("telescope/entries.jsonl", "".join(json.dumps(one) + "\n" for one in texts), [text], other=1)
    refused = entry("request", request(B.nested(), "application/json"))
    page = {"entries": [entry("request", request(B.nested())), refused], "status": "enabled"}
    write("telescope/page.json", json.dumps(page), [row(B, at, fidelity="text"), bad("content_type", at)])


def spatie_row(payload: Any, number: int = 1) -> dict[str, Any]:
    return {
        "id": number,
        "name": "default",
        "url": "https://shop.example/webhook?token=t",
        "headers": {"content-type": [FORM_TYPE]},
        "payload": payload,
        "attachments": None,
        "exception": None,
        "created_at": "2024-01-02 03:04:05",
        "updated_at": "2024-01-02 03:04:05",
    }


def spatie() -> None:
    at = "2024-01-02T03:04:05Z"
    number = json.loads(json.dumps(D.nested()))
    number["data"]["amount"] = 99.99
    calls = [
        spatie_row(A.nested() | {"token": "t"}),
        spatie_row([]),
        spatie_row(json.dumps(B.nested())),
        spatie_row(number),
    ]
    write(
        "spatie/calls.json",
        pretty(calls),
        [row(A, at, "text"), row(B, at, "text"), Want(D.identifier, "99.99", at, "number")],
        other=1,
    )
    header = list(spatie_row(None))
    rows = [
        [
            json.dumps(cell) if isinstance(cell, dict) else "NULL" if cell is None else cell
            for cell in spatie_row(payload).values()
        ]
        for payload in (A.nested(), {"hello": "world"}, '{"status": "succ', C.nested(), None)
    ]
    write(
        "spatie/calls.csv",
        csv_text(header, rows),
        [row(A, at, "text"), bad("invalid_json", at), row(C, at, "text")],
        other=2,
    )


def lambda_event(body: str | None, **more: Any) -> dict[str, Any]:
    context = {"requestTime": "02/Jan/2024:03:04:05 +0000", "requestTimeEpoch": 1704164645123, "stage": "prod"}
    headers = {"content-type": FORM_TYPE}
    event = {"resource": "/ipn", "path": "/ipn", "httpMethod": "POST", "headers": headers, "requestContext": context}
    return event | {"body": body, "isBase64Encoded": False} | more


def lambda_events() -> None:
    at = "2024-01-02T03:04:05.123Z"
    events = [lambda_event(A.body()), lambda_event(base64_of(B.body()), isBase64Encoded=True), lambda_event(None)]
    write("lambda/events.jsonl", lines(events), [row(A, at), row(B, at)], other=1)
    version_2 = {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": "/ipn",
        "headers": {"content-type": FORM_TYPE},
        "requestContext": {
            "http": {"method": "POST"},
            "time": "02/Jan/2024:03:04:05 +0000",
            "timeEpoch": 1704164645123,
        },
        "body": base64_of(C.body()),
        "isBase64Encoded": True,
    }
    netlify = {
        "rawUrl": "https://shop.example/ipn",
        "httpMethod": "POST",
        "headers": {},
        "body": A.body(),
        "isBase64Encoded": False,
    }
    write("lambda/single.json", pretty(version_2), [row(C, at)])
    awkward = [
        netlify,
        lambda_event(json.dumps(A.nested()), headers={"Content-Type": "application/json"}),
        lambda_event(base64_of(D.body())[:-7] + "!", isBase64Encoded=True),
        A.nested(),
    ]
    write(
        "lambda/array.json",
        pretty(awkward),
        [row(A), bad("content_type", at), bad("truncated", at), row(A, fidelity="text")],
    )
