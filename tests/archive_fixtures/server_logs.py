"""What web servers and programs log."""

from __future__ import annotations

import json

from tests.archive_fixtures.fixture import A, B, C, D, bad, lines, row, write
from tests.archive_fixtures.recorders import lambda_event


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
