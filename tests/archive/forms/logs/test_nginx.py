from __future__ import annotations

import json

import pytest

from corena_recon.archive.forms.logs.nginx import NginxLog
from corena_recon.archive.records.instants import instant_of

ROOM = NginxLog()
BODY = "status=success&signature=F&identifier=A1&data%5Bamount%5D=11.00&data%5Bcurrency%5D=USD"
START = '192.0.2.1 - - [02/Jan/2024:03:04:05 +0100] "POST /ipn HTTP/1.1" 200 2 "-" "-" '
MOMENT = instant_of("2024-01-02T02:04:05Z")


def read(line: str) -> tuple[str | None, str | None, int | None] | None:
    row = ROOM.read_line(line.encode())
    return None if row is None else (row.identifier, row.unreadable, row.received_at)


@pytest.mark.parametrize(
    "line",
    [
        f'{START}"{BODY}"',
        f"{START}{BODY}",
        START.replace('"-" "-"', BODY.replace("%5B", r"\x5B")) + '"Mozilla" "-"',
        f"{START}body:{BODY}",
        f'{START}"{BODY}" "0.123" "-"',
        START + '"' + BODY.replace("%5B", r"\x5B").replace("=", r"\x3D") + '"',
        START + '"' + BODY + r"&note=\x22q\x22\x5C" + '"',
        START + '"' + BODY + r'&note=\"q\"\\\u0001"',
        json.dumps({"time_local": "02/Jan/2024:03:04:05 +0100", "request_body": BODY}),
        json.dumps({"msec": "1704161045.000", "request_body": BODY}),
        '{"time_iso8601":"2024-01-02T02:04:05+00:00","request_body":"' + BODY + r'&n=\x22"}',
        f'"2024-01-02T02:04:05+00:00" "POST /ipn HTTP/1.1" "{BODY}"',
    ],
)
def test_a_body_in_every_layout_and_escape(line: str) -> None:
    assert read(line) == ("A1", None, MOMENT)


@pytest.mark.parametrize(
    "line",
    [
        f'{START}"-"',
        f"{START}-",
        f'{START}""',
        START,
        f'{START}"q=search&page=2"',
        START + r'"{\x22q\x22:1}"',
        START.replace('"-" "-"', '"https://a.example/x?a=b&status=success" "Mozilla"') + '"-"',
        START.replace("/ipn", "/ipn?a=b&status=success&identifier=X") + '"-"',
        json.dumps({"time": "x", "request_body": "-"}),
        json.dumps({"time": "x"}),
        "",
        "garbage",
    ],
)
def test_other_traffic(line: str) -> None:
    assert read(line) is None


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (START + r'"{\x22status\x22:\x22success\x22}"', "content_type"),
        (json.dumps({"request_body": BODY, "content_type": "application/json"}), "content_type"),
        (START + '"status=success&identifier=A1"', "missing_field"),
        (f'{START}"{BODY[:40]}', "truncated"),
        ('{"request_body": "status=success&identi', "invalid_json"),
        (START.replace("/ipn", f"/ipn?{BODY}"), "no_ipn_fields"),
        (f"{START}{{{BODY}}}", "no_ipn_fields"),
    ],
)
def test_why_a_body_cannot_be_read(line: str, problem: str) -> None:
    found = read(line)
    assert found is not None
    assert found[1] == problem


def test_two_bodies_in_a_line_are_ambiguous_and_the_last_is_the_requests() -> None:
    row = ROOM.read_line((START.replace('"-" "-"', f'"-" "{BODY.replace("A1", "X")}"') + f'"{BODY}"').encode())
    assert row is not None
    assert (row.identifier, row.body_ambiguous) == ("A1", True)


def test_bytes_that_are_not_utf8_survive_the_escape() -> None:
    row = ROOM.read_line((START + '"' + BODY.replace("A1", r"caf\xE9") + '"').encode())
    assert row is not None
    assert row.identifier == "caf\uefe9"
