"""What tools and platforms that record requests export."""

from __future__ import annotations

import json
from typing import Any

from tests.every_form.notifications import FORM_TYPE, Notification, Notifications
from tests.every_form.plain import csv_of, encoded, lines

_PAGE = 100


def har(posts: Notifications) -> bytes:
    """As Chrome's network panel saves it."""
    log = {
        "version": "1.2",
        "creator": {"name": "WebInspector", "version": "537.36"},
        "pages": [{"startedDateTime": "2026-01-01T00:00:00.000Z", "id": "page_1", "title": "shop", "pageTimings": {}}],
        "entries": [_har_entry(one) for one in posts],
    }
    return json.dumps({"log": log}, indent=2).encode()


def _har_entry(one: Notification) -> dict[str, Any]:
    body = one.body()
    pairs = (("Accept", "*/*"), ("Content-Length", str(len(body))), ("Content-Type", FORM_TYPE), ("Host", "shop.test"))
    cookies = [{"name": "sid", "value": "8c1f", "path": "/", "httpOnly": True, "secure": True}]
    content = {"size": 2, "mimeType": "text/html", "text": "OK"}
    return {
        "_initiator": {"type": "other"},
        "_priority": "High",
        "_resourceType": "xhr",
        "cache": {},
        "connection": "443",
        "pageref": "page_1",
        "request": {
            "method": "POST",
            "url": "https://shop.test/ipn",
            "httpVersion": "http/2.0",
            "headers": [{"name": name, "value": value} for name, value in pairs],
            "queryString": [],
            "cookies": cookies,
            "headersSize": -1,
            "bodySize": len(body),
            "postData": {"mimeType": FORM_TYPE, "text": body},
        },
        "response": {
            "status": 200,
            "statusText": "",
            "httpVersion": "http/2.0",
            "headers": [{"name": "content-type", "value": "text/html; charset=UTF-8"}],
            "cookies": [],
            "content": content,
            "redirectURL": "",
            "headersSize": -1,
            "bodySize": -1,
            "_transferSize": 210,
        },
        "serverIPAddress": "192.0.2.7",
        "startedDateTime": f"{one.at:%Y-%m-%dT%H:%M:%S}.{one.number % 1000:03d}Z",
        "time": 41.7,
        "timings": {"blocked": 1.2, "dns": -1, "ssl": -1, "connect": -1, "send": 0.1, "wait": 39.1, "receive": 1.3},
    }


def lambda_lines(posts: Notifications) -> bytes:
    return lines([_event(one, is_base64=False) for one in posts])


def lambda_base64_lines(posts: Notifications) -> bytes:
    return lines([_event(one, is_base64=True) for one in posts])


def lambda_array(posts: Notifications) -> bytes:
    return ("[\n" + ",\n".join(json.dumps(_event(one, is_base64=False)) for one in posts) + "\n]\n").encode()


def _event(one: Notification, *, is_base64: bool) -> dict[str, Any]:
    body = one.body()
    context = {
        "accountId": "123456789012",
        "requestId": f"c6af9ac6-7b61-11e6-9a41-{one.number:012x}",
        "requestTime": f"{one.at:%d/%b/%Y:%H:%M:%S} +0000",
        "requestTimeEpoch": int(one.at.timestamp() * 1000),
        "identity": {"sourceIp": "192.0.2.1", "userAgent": "GuzzleHttp/7"},
        "httpMethod": "POST",
        "stage": "prod",
    }
    return {
        "resource": "/ipn",
        "path": "/ipn",
        "httpMethod": "POST",
        "headers": {"Content-Type": FORM_TYPE, "Content-Length": str(len(body)), "Host": "shop.test"},
        "queryStringParameters": None,
        "requestContext": context,
        "body": encoded(body) if is_base64 else body,
        "isBase64Encoded": is_base64,
    }


def webhook_site(posts: Notifications) -> bytes:
    """Pages of its interface, one behind the other."""
    requests = [_caught(one) for one in posts]
    pages = [
        {
            "data": requests[first : first + _PAGE],
            "total": len(requests),
            "per_page": _PAGE,
            "current_page": first // _PAGE + 1,
            "is_last_page": first + _PAGE >= len(requests),
        }
        for first in range(0, len(requests), _PAGE)
    ]
    return "\n".join(json.dumps(page) for page in pages).encode()


def _caught(one: Notification) -> dict[str, Any]:
    body = one.body()
    return {
        "uuid": f"b2b1d2c2-0000-4000-8000-{one.number:012x}",
        "type": "web",
        "token_id": "b2b1d2c2-0000-4000-8000-000000000000",
        "team_id": None,
        "ip": "192.0.2.1",
        "hostname": "webhook.site",
        "method": "POST",
        "user_agent": "GuzzleHttp/7",
        "content": body,
        "query": None,
        "headers": {"content-type": [FORM_TYPE], "content-length": [str(len(body))], "host": ["webhook.site"]},
        "url": "https://webhook.site/b2b1d2c2-0000-4000-8000-000000000000",
        "size": len(body),
        "files": [],
        "created_at": one.day_and_time,
        "updated_at": one.day_and_time,
        "sorting": int(one.at.timestamp() * 1_000_000),
        "custom_action_output": [],
    }


def hookdeck(posts: Notifications) -> bytes:
    pagination = {"order_by": "created_at", "dir": "desc", "limit": len(posts)}
    page = {"pagination": pagination, "count": len(posts), "models": [_relayed(one) for one in posts]}
    return json.dumps(page).encode()


def _relayed(one: Notification) -> dict[str, Any]:
    body, moment = one.body(), f"{one.at:%Y-%m-%dT%H:%M:%S}.000Z"
    return {
        "id": f"req_{one.number}",
        "team_id": "tm_1",
        "verified": True,
        "original_event_data_id": f"evd_{one.number}",
        "rejection_cause": None,
        "ingested_at": moment,
        "source_id": "src_1",
        "events_count": 1,
        "updated_at": moment,
        "created_at": moment,
        "data": {
            "headers": {"content-type": FORM_TYPE, "content-length": str(len(body))},
            "body": body,
            "query": "",
            "parsed_query": {},
            "path": "/",
            "is_large_payload": False,
        },
    }


def hooksense(posts: Notifications) -> bytes:
    outer = {"endpoint": "shop", "exported_at": "2026-06-01T00:00:00Z"}
    return json.dumps(outer | {"requests": [_sensed(one) for one in posts]}, indent=2).encode()


def _sensed(one: Notification) -> dict[str, Any]:
    body = one.body()
    return {
        "id": f"r{one.number}",
        "method": "POST",
        "headers": {"content-type": FORM_TYPE, "content-length": str(len(body))},
        "body": body,
        "query": {},
        "source_ip": "192.0.2.1",
        "size_bytes": len(body),
        "received_at": one.iso,
        "verified": True,
    }


def ngrok(posts: Notifications) -> bytes:
    """``raw`` is base64 of the whole message."""
    document = {"uri": "/api/requests/http", "requests": [_tunnelled(one) for one in posts]}
    return json.dumps(document).encode()


def _tunnelled(one: Notification) -> dict[str, Any]:
    body = one.body()
    head = f"Host: shop.test\r\nUser-Agent: GuzzleHttp/7\r\nContent-Length: {len(body)}\r\nContent-Type: {FORM_TYPE}"
    headers = {name: [value] for name, value in (line.split(": ", 1) for line in head.split("\r\n"))}
    reply = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK"
    return {
        "uri": f"/api/requests/http/{one.number:x}",
        "id": f"{one.number:x}",
        "tunnel_name": "command_line",
        "remote_addr": "192.0.2.1",
        "start": f"{one.at:%Y-%m-%dT%H:%M:%S}.123456789Z",
        "duration": 3_801_300,
        "request": {
            "method": "POST",
            "proto": "HTTP/1.1",
            "headers": headers,
            "uri": "/ipn",
            "raw": encoded(f"POST /ipn HTTP/1.1\r\n{head}\r\n\r\n{body}"),
        },
        "response": {"status": "200 OK", "status_code": 200, "proto": "HTTP/1.1", "raw": encoded(reply)},
    }


def spatie_json(posts: Notifications) -> bytes:
    """As Laravel's ``toJson()`` gives the table."""
    return json.dumps([_call(one) for one in posts]).encode()


def spatie_csv(posts: Notifications) -> bytes:
    """As phpMyAdmin and others dump it: JSON in cells, its quotes doubled."""
    return csv_of(
        [
            {
                name: "NULL" if cell is None else json.dumps(cell) if isinstance(cell, dict) else cell
                for name, cell in _call(one).items()
            }
            for one in posts
        ]
    )


def _call(one: Notification) -> dict[str, Any]:
    return {
        "id": one.number + 1,
        "name": "default",
        "url": "https://shop.test/webhook",
        "headers": {"content-type": [FORM_TYPE], "host": ["shop.test"], "user-agent": ["GuzzleHttp/7"]},
        "payload": one.nested(),
        "exception": None,
        "created_at": one.day_and_time,
        "updated_at": one.day_and_time,
    }
