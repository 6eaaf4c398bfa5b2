"""What web servers and programs log."""

from __future__ import annotations

import base64
import html
import json
from typing import Any

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
    apache = [
        f"[Tue Jan 02 03:04:05.000000 2024] [php:notice] [pid 12:tid 34] [client 192.0.2.1:50000] {text}"
        for text in (
            f"IPN {json.dumps(A.nested())}",
            f"raw {B.body()}",
            "PHP Notice:  Undefined index: x in /a.php on line 1",
        )
    ]
    write("log/apache.log", lines(apache), [row(A, at, "text"), row(B, at)], other=1)
    own = [
        f"[02/01/2024 03:04:05] {json.dumps(A.nested())}",
        f"[2024-01-02 03:04 Africa/Abidjan] {B.body()}",
        f"[1704164645] {json.dumps(C.nested())}",
        "[2024-01-02 03:04:05]", "IP: 192.0.2.1", f"BODY: {D.body()}", "",
    ]  # fmt: skip
    no_seconds = "2024-01-02T03:04:00Z"
    write("log/own.log", lines(own), [row(A, at, "text"), row(B, no_seconds), row(C, at, "text"), row(D, at)])
    trace = ["#0 /app/a.php(12): handle()", "#1 {main}", "  thrown in /app/a.php on line 12"]
    printed = _print_r(B.nested())
    entries = [
        *trace,
        f"[2024-01-02 03:04:05] local.INFO: {json.dumps(A.nested(), indent=4)}",
        *trace,
        f"[2024-01-02 03:04:05] local.INFO: IPN {printed}",
        f"[2024-01-02 03:04:05] local.INFO: IPN {printed} [] []".replace("\n", " "),
        f"[2024-01-02 03:04:05] local.INFO: {json.dumps(C.nested(), indent=4)[:120]}",
        f"[2024-01-02 03:04:05] local.INFO: {json.dumps(D.nested())}",
    ]
    write(
        "log/entries.log",
        lines(entries),
        [row(A, at, "text"), *[row(B, at, "text")] * 2, bad("invalid_json", at), row(D, at, "text")],
        other=6,
    )
    docker = [
        json.dumps({"log": f"{text}\n", "stream": "stderr", "time": at})
        for text in ("boot", *f"IPN {printed}".split("\n"), "done")
    ]
    long = f"IPN headers={'x' * 200} {A.body()}\n"
    docker += [
        json.dumps({"log": piece, "stream": "stdout", "time": at}) for piece in (long[:290], long[290:], "next\n")
    ]
    write("log/docker.log", lines(docker), [row(B, at, "text"), row(A, at)], other=4)
    stderr = [f"2024-01-02T03:04:05Z host php[12]: {text}" for text in ("boot", *f"IPN {printed}".rstrip().split("\n"))]
    write("log/prefixed.log", lines(stderr), [row(B, at, "text")], other=1)
    fields = A.nested()
    notations = [
        f"2024-01-02 03:04:05,000 INFO {fields}",
        f"2024-01-02 03:04:05,000 INFO ImmutableMultiDict({list(A.flat().items())})",
        f"I, [2024-01-02T03:04:05.000000 #12]  INFO -- :   Parameters: {json.dumps(fields).replace(': ', '=>')}",
        "2024-01-02 03:04:05 IPN {", *(f"  {name}: '{text}'," for name, text in A.flat("{}").items()), "}",
    ]  # fmt: skip
    paged = html.escape(_print_r(A.nested())).replace("\n", "<br />\n")
    encoded = [base64.b64encode(text.encode()).decode() for text in (A.body(), json.dumps(A.nested()))]
    notations += (f"2024-01-02 03:04:05 {paged}".rstrip(), *(f"2024-01-02 03:04:05 IPN {one} kept" for one in encoded))
    notations += (f"2024-01-02 03:04:05 {name} = {value}" for name, value in A.flat().items())
    kept = [row(A, at, "text")] * 5 + [row(A, at), row(A, at, "text"), row(A, at, "text")]
    write("log/notations.log", lines(notations), kept)
    torn = json.dumps(A.nested())
    damaged = [
        f"[2024-01-02 03:04:05] IPN {torn[:60]}[2024-01-02 03:04:05] IPN {json.dumps(B.nested())}", torn[60:],
        "\0" * 40 + f"[2024-01-02 03:04:05] IPN {C.body()}",
        f"[2024-01-02 03:04:05] IPN \x1b[33m{D.body()}\x1b[0m",
        f'"1/2/2024, 3:04:05.000 AM",IPN {A.body()},1',
    ]  # fmt: skip
    write(
        "log/damaged.log",
        lines(damaged),
        [row(B, at, "text"), bad("invalid_json"), row(C, at), row(D, at), row(A, at)],
    )
    write("log/console.log", f"Server started\nReceived raw event body: {A.body()}\nbye\n", [row(A)], other=2)


def _print_r(posted: dict[str, Any]) -> str:
    """What PHP's ``print_r`` prints of it."""
    printed = ["Array", "("]
    for name, value in posted.items():
        if isinstance(value, str):
            printed.append(f"    [{name}] => {value}")
            continue
        inner = [f"            [{key}] => {text}" for key, text in value.items()]
        printed += [f"    [{name}] => Array", "        (", *inner, "        )", ""]
    return "\n".join([*printed, ")", ""])
