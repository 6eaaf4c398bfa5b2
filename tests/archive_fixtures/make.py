"""Writes the archive fixtures of every form, and beside them what reading each must give.

Run it in its own folder's parent tree: ``python tests/archive_fixtures/make.py``. The shapes are those that the tools'
own documentation shows; the secret is invented; signatures come from the standard library alone.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import hmac
import io
import json
import zipfile
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

import pyarrow as pa
import pyarrow.parquet as pq

HERE = Path(__file__).parent
SECRET = b"an invented secret for archive fixtures"
FORM_TYPE = "application/x-www-form-urlencoded"


class Ipn(NamedTuple):
    identifier: str
    amount: str
    trx: str
    status: str = "success"
    currency: str = "USD"

    @property
    def signature(self) -> str:
        return hmac.new(SECRET, (self.amount + self.identifier).encode(), hashlib.sha256).hexdigest().upper()

    def nested(self) -> dict[str, Any]:
        data = {
            "payment_trx": self.trx,
            "amount": self.amount,
            "payment_type": "checkout",
            "currency": self.currency,
        }
        return {"status": self.status, "signature": self.signature, "identifier": self.identifier, "data": data}

    def flat(self, pattern: str = "data[{}]") -> dict[str, str]:
        nested = self.nested()
        return {name: nested[name] for name in ("status", "signature", "identifier")} | {
            pattern.format(name): value for name, value in nested["data"].items()
        }

    def body(self) -> str:
        return urlencode(self.flat())


A = Ipn("ORD1001", "11.00000000", "AB12CD34EF56")
B = Ipn("00123", "1250.50000000", "ZZ9XYA1B2C3D")
C = Ipn("café-7", "0.10000000", "QWERTY123456")
D = Ipn("1E5", "99.99000000", "M1N2B3V4C5X6", currency="EUR")
FAILED = Ipn("ORD1002", "5.00000000", "FAILED123456", status="failed")


class Want(NamedTuple):
    """One expected row."""

    identifier: str | None
    amount_text: str | None
    received_at: str | None = None
    fidelity: str | None = "raw"
    unreadable: str | None = None
    body_ambiguous: bool = False


def row(ipn: Ipn, at: str | None = None, fidelity: str = "raw", **more: Any) -> Want:
    return Want(ipn.identifier, ipn.amount, at, fidelity, **more)


def bad(why: str, at: str | None = None, identifier: str | None = None, amount: str | None = None) -> Want:
    return Want(identifier, amount, at, None, why)


EXPECTED: dict[str, Any] = {}


def write(path: str, content: str | bytes, wants: list[Want], *, other: int = 0, truncated: bool = False) -> None:
    octets = content.encode() if isinstance(content, str) else content
    file = HERE / path
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(octets)
    EXPECTED[path] = {
        "form": path.split("/", maxsplit=1)[0],
        "other": other,
        "truncated": truncated,
        "rows": [want._asdict() for want in wants],
    }


def pretty(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


def lines(values: list[Any], end: str = "\n") -> str:
    return "".join((one if isinstance(one, str) else json.dumps(one)) + end for one in values)


def base64_of(octets: str | bytes) -> str:
    return base64.b64encode(octets.encode() if isinstance(octets, str) else octets).decode()


def jsonl() -> None:
    write(
        "jsonl/nested.jsonl",
        lines([A.nested(), B.nested(), C.nested()]),
        [row(one, fidelity="text") for one in (A, B, C)],
    )
    envelope = {
        "seq": 1,
        "received_at": "2024-01-02T03:04:05.123456Z",
        "endpoint": "live",
        "method": "POST",
        "content_type": FORM_TYPE,
        "headers": {"Content-Length": str(len(A.body()))},
        "body_base64": base64_of(A.body()),
    }
    number = json.dumps(D.nested()).replace('"99.99000000"', "99.99000000")
    twice = json.dumps(B.nested())[:-1] + ', "status": "failed"}'
    inside = {"event": {"received_at": "2024-01-02 03:04:06", "payload": A.nested() | {"received_at": "1999-01-01"}}}
    awkward = [
        envelope,
        number,
        twice,
        '{"status": "success", "identifier"',
        "",
        "[1]",
        C.flat() | {"received_at": "2024-01-02T05:00:00+02:00", "PHPSESSID": "s3ss10n"},
        inside,
        {"body": B.body(), "headers": {"content-length": str(len(B.body()) + 1)}},
        {"body": json.dumps(A.nested()), "content_type": "application/json"},
        {"hello": "world"},
        A.nested() | {"identifier": ["x"]},
        A.nested() | {"identifier": ""},
    ]
    write(
        "jsonl/awkward.jsonl",
        b"\xef\xbb\xbf" + lines(awkward, "\r\n").encode() + b'{"status": "succ',
        [
            row(A, "2024-01-02T03:04:05.123456Z"),
            row(D, fidelity="number"),
            row(B, fidelity="text", body_ambiguous=True),
            bad("invalid_json"),
            bad("not_an_object"),
            row(C, "2024-01-02T03:00:00Z", "text"),
            row(A, "2024-01-02T03:04:06Z", "text"),
            bad("truncated"),
            bad("content_type"),
            bad("no_ipn_fields"),
            bad("wrong_type", amount=A.amount),
            bad("missing_field", identifier="", amount=A.amount),
            bad("truncated"),
        ],
        truncated=True,
    )


def json_documents() -> None:
    write(
        "json/array.json",
        pretty([A.nested(), B.flat(), C.flat("data.{}")]),
        [row(one, fidelity="text") for one in (A, B, C)],
    )
    request = A.flat() | {"PHPSESSID": "s3ss10n", "utm_source": "x", "data[amount]": A.amount}
    damaged = pretty([D.nested(), A.nested(), B.nested()]).replace('"identifier": "ORD1001"', '"identifier: "ORD1001"')
    write("json/request_dump.json", pretty({"id": 7, "gateway_response": request}), [row(A, fidelity="text")])
    write(
        "json/damaged.json",
        damaged,
        [row(D, fidelity="text"), bad("invalid_json"), row(B, fidelity="text")],
    )


def form_lines() -> None:
    write("form/bodies.txt", lines([A.body(), B.body(), C.body()]), [row(one) for one in (A, B, C)])
    awkward = [
        A.body() + "&data%5Bamount%5D=12.00000000",
        B.body().replace("%5B", "[").replace("%5D", "]"),
        "hello=world",
        "status=success&identifier=X",
        FAILED.body(),
    ]
    write(
        "form/awkward.txt",
        b"\xef\xbb\xbf" + lines(awkward, "\r\n").encode() + A.body()[:60].encode(),
        [
            Want(A.identifier, "12.00000000", body_ambiguous=True),
            row(B),
            bad("no_ipn_fields"),
            bad("missing_field", identifier="X"),
            row(FAILED),
            bad("truncated"),
        ],
        truncated=True,
    )


def bodies() -> None:
    write("body/one.txt", A.body(), [row(A, "file")])
    boundary = "----boundary7"
    parts = "".join(
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in C.flat().items()
    )
    write("body/multipart.txt", f"{parts}--{boundary}--\r\n", [row(C, "file")])
    stored = io.BytesIO()
    with zipfile.ZipFile(stored, "w") as archive:
        for number, ipn in enumerate((A, B), 1):
            archive.writestr(zipfile.ZipInfo(f"2024/{number}.txt", (2024, 1, 2, 3, 4, 2 * number)), ipn.body())
    write("body/folder.zip", stored.getvalue(), [row(A, "2024-01-02T03:04:02Z"), row(B, "2024-01-02T03:04:04Z")])


def csv_text(header: list[str], rows: list[list[Any]], **dialect: Any) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n", **dialect)
    writer.writerows([header, *rows])
    return out.getvalue()


def csv_files() -> None:
    names = ["received_at", *A.flat("data.{}")]
    rows = [["2024-01-02 03:04:05", *one.flat("data.{}").values()] for one in (A, B, C)]
    at = "2024-01-02T03:04:05Z"
    write("csv/flat.csv", csv_text(names, rows), [row(one, at, "text") for one in (A, B, C)])
    dump = [
        [1, json.dumps(A.nested(), indent=1), "2024-01-02 03:04:05"],
        [2, "NULL", "2024-01-02 03:04:05"],
        [3, B.body(), "\\N"],
        [4, json.dumps(json.dumps(D.nested())), "0000-00-00 00:00:00"],
    ]
    write(
        "csv/dump.csv",
        b"\xef\xbb\xbf"
        + (csv_text(["id", "payload", "created_at"], dump, delimiter=";") + "5;too;many;cells\n").encode(),
        [
            row(A, at, "text"),
            bad("no_ipn_fields", at),
            row(B),
            row(D, fidelity="text"),
            bad("invalid_row"),
        ],
    )
    escaped = [[1, json.dumps(A.nested())], [2, json.dumps(C.nested())]]
    write(
        "csv/backslashes.csv",
        csv_text(["id", "api_response"], escaped, escapechar="\\", doublequote=False, quoting=csv.QUOTE_ALL)
        .replace("\\\\", "\\")
        .replace("caf\\u00e9", "caf\\\\u00e9")
        + '"3","unclosed\n',
        [row(A, fidelity="text"), row(C, fidelity="text"), bad("invalid_row")],
    )


def parquet(path: str, table: pa.Table, wants: list[Want]) -> None:
    out = io.BytesIO()
    pq.write_table(table, out)
    write(path, out.getvalue(), wants)


def parquet_files() -> None:
    flat = [one.flat("data.{}") for one in (A, B)]
    parquet("parquet/flat.parquet", pa.Table.from_pylist(flat), [row(one, fidelity="text") for one in (A, B)])
    rows = [
        {"payload": json.dumps(A.nested()), "created_at": 1704164645123},
        {"payload": B.body(), "created_at": None},
        {"payload": None, "created_at": 1704164645123},
    ]
    at = "2024-01-02T03:04:05.123Z"
    parquet(
        "parquet/cells.parquet",
        pa.Table.from_pylist(rows),
        [row(A, at, "text"), row(B), bad("no_ipn_fields", at)],
    )
    nested = [{"status": "success", "signature": A.signature, "identifier": A.identifier, "data": {"amount": 11.5}}]
    parquet("parquet/numbers.parquet", pa.Table.from_pylist(nested), [Want(A.identifier, "11.5", None, "number")])


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


def nginx() -> None:
    def line(body: str, agent: str = "-", request: str = "POST /ipn HTTP/1.1", referer: str = "-") -> str:
        return f'192.0.2.1 - - [02/Jan/2024:03:04:05 +0100] "{request}" 200 2 "{referer}" "{agent}" "{body}"'

    def escaped(text: str) -> str:
        return "".join(c if 32 <= ord(c) < 127 and c not in '"\\' else f"\\x{ord(c):02X}" for c in text)

    at = "2024-01-02T02:04:05Z"
    referer = "https://shop.example/return?a=b&status=success"
    access = [
        line(A.body()),
        line("-", "Mozilla/5.0", "GET / HTTP/1.1", referer),
        line("-"),
        line(escaped(C.body() + '&note="q"\\')),
        line(escaped(json.dumps(A.nested()))),
        line("q=search"),
        line(B.body(), "status=success&identifier=X&data[amount]=1"),
    ]
    wants = [row(A, at), row(C, at), bad("content_type", at), row(B, at, body_ambiguous=True)]
    write("nginx/access.log", lines(access), wants, other=3)
    entries = [
        {"time": "2024-01-02T03:04:05+01:00", "request": "POST /ipn HTTP/1.1", "status": "200", "request_body": body}
        for body in (A.body(), "", "-", '{"a": "\n"}')
    ]
    write(
        "nginx/json.log",
        lines([*entries, '{"time":"2024-01-02T03:04:05+01:00","request_body":"' + escaped(B.body() + '&n="') + '"}']),
        [row(A, at), row(B, at)],
        other=3,
    )


def logs() -> None:
    at = "2024-01-02T03:04:05Z"
    laravel = [
        f"[2024-01-02 03:04:05] local.INFO: IPN {json.dumps(A.nested())}  ",
        f'[2024-01-02 03:04:05] production.INFO: IPN {json.dumps(B.nested())} {{"ip":"192.0.2.1"}}',
        f"[2024-01-02 03:04:05] production.DEBUG: IPN raw: {C.body()} [] []",
        '[2024-01-02 03:04:05] local.ERROR: Call to undefined {"exception":"[object] (Error(code: 0)"}',
        "#0 /app/vendor/laravel.php(12): handle()",
        '[2024-01-02 03:04:05] local.INFO: IPN {"status":"success","identifier":"ORD1',
        "[2024-01-02 03:04:05] local.INFO: booted [] []",
    ]
    write(
        "log/laravel.log",
        lines(laravel),
        [row(A, at, "text"), row(B, at, "text"), row(C, at), bad("invalid_json", at)],
        other=3,
    )
    function = [
        f"2024-01-02T03:04:05.000Z\tb2b1\tINFO\tReceived raw event body: {A.body()}",
        f"2024-01-02T03:04:05.000Z\tb2b1\tINFO\t{json.dumps(lambda_event(B.body()))}",
        "2024-01-02T03:04:05.000Z b2b1 INFO level=info status=200 path=/ipn?a=b&status=1",
        f"[02-Jan-2024 03:04:05 UTC] IPN body={D.body()}",
    ]
    write("log/function.log", lines(function, "\r\n"), [row(A, at), row(B, at), row(D, at)], other=1)
    objects = [
        {
            "message": "IPN",
            "context": A.nested(),
            "level": 200,
            "level_name": "INFO",
            "channel": "app",
            "datetime": "2024-01-02T03:04:05+00:00",
        },
        {"level": "info", "time": 1704164645000, "msg": "request completed", "status": 200},
        {"log": f"IPN {json.dumps(B.nested())}\n", "stream": "stdout", "time": "2024-01-02T03:04:05Z"},
        {"timestamp": 1704164645000, "message": f"raw {C.body()}", "logStreamName": "s"},
    ]
    write("log/objects.log", lines(objects), [row(A, at, "text"), row(B, at, "text"), row(C, at)], other=1)
    write("log/console.log", f"Server started\nReceived raw event body: {A.body()}\nbye\n", [row(A)], other=2)


def main() -> None:
    for make in (
        jsonl, json_documents, form_lines, bodies, csv_files, parquet_files, har, ngrok, webhook_site,
        hookdeck, hooksense, spatie, lambda_events, nginx, logs,
    ):  # fmt: skip
        make()
    (HERE / "expected.json").write_text(json.dumps(EXPECTED, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
