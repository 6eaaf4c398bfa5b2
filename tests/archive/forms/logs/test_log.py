from __future__ import annotations

import json
import random
import time
from base64 import b64encode
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corena_recon.archive.forms.logs.log import LogLines
from corena_recon.archive.forms.logs.log_entries import stamp_of
from corena_recon.archive.recipes.shapes import Tree
from corena_recon.archive.records.instants import instant_of
from corena_recon.native import Kind, has_core, take_apart
from tests.archive_fixtures.php_writers import printed

ROOM = LogLines()
BODY = "status=success&signature=F&identifier=A1&data%5Bamount%5D=11.00&data%5Bcurrency%5D=USD"
FIELDS: dict[str, Any] = {"status": "success", "signature": "F", "identifier": "A1", "data": {"amount": "11.00"}}
TEXT = json.dumps(FIELDS)
ENCODED = b64encode(BODY.encode()).decode()
ESCAPED = json.dumps(TEXT)[1:-1]
PRINTED = printed(FIELDS).replace("\n", r"\n")
MOMENT = instant_of("2024-01-02T03:04:05Z")


@pytest.mark.parametrize(
    ("line", "fidelity"),
    [
        (f"[2024-01-02 03:04:05] local.INFO: IPN {TEXT}", "text"),
        (f"[2024-01-02 03:04:05] local.INFO: IPN {TEXT} []", "text"),
        (f'[2024-01-02T03:04:05.000000+00:00] a.INFO: {{x}} IPN {TEXT} {{"ip":"192.0.2.1"}}', "text"),
        (f"[2024-01-02 03:04:05] local.INFO: {BODY} [] []", "raw"),
        (f"[2024-01-02 03:04:05] local.INFO: body='{BODY}'", "raw"),
        (f'2024-01-02T03:04:05Z raw "{BODY}"', "raw"),
        (f"2024-01-02 03:04:05,000 INFO payload: {BODY}", "raw"),
        (f"[02-Jan-2024 03:04:05 UTC] IPN: {TEXT}", "text"),
        (f"[02/Jan/2024:03:04:05 +0000] {BODY}", "raw"),
        (f"[2024-01-02 03:04:05] IPN [{BODY}]", "raw"),
        (f"[2024-01-02 03:04:05] IPN [body={BODY}], done", "raw"),
        (f"[2024-01-02 03:04:05] IPN body=({BODY})", "raw"),
        (f"[2024-01-02 03:04:05] [ip=192.0.2.1 {BODY.replace('%5B', '[').replace('%5D', ']')}]", "raw"),
        (f"[2024-01-02 03:04:05] IPN {json.dumps(TEXT)}", "text"),
        (f"[2024-01-02 03:04:05] IPN {json.dumps(json.dumps(FIELDS, indent=1))} []", "text"),
        (json.dumps({"message": f"IPN {json.dumps(TEXT)}", "level": 1, "time": "2024-01-02T03:04:05Z"}), "text"),
        (f'2024/01/02 03:04:05 [error] 1#1: FastCGI sent in stderr: "PHP message: {ESCAPED}" while reading', "text"),
        (f"[2024-01-02 03:04:05] IPN {ESCAPED} []", "text"),
        (f"[2024-01-02 03:04:05] IPN {'{} ' * 60}{TEXT}", "text"),
        (f"[2024-01-02 03:04:05] IPN {'{x} ' * 1000}{TEXT}", "text"),
        (f"[Tue Jan 02 03:04:05.000000 2024] [php:notice] {PRINTED}PHP message: done'", "text"),
        (
            "2024-01-02 03:04:05 " + json.dumps(FIELDS, indent=1).replace("\n", r"\r\n").replace("A1", r"\x41\\u0031"),
            "text",
        ),
        ("2024-01-02 03:04:05 " + json.dumps({"body": BODY, "headers": {}}), "raw"),
        (json.dumps({"message": "IPN", "context": FIELDS, "level": 200, "datetime": "2024-01-02T03:04:05Z"}), "text"),
        (json.dumps({"log": f"IPN {TEXT}\n", "stream": "stdout", "time": "2024-01-02T03:04:05Z"}), "text"),
        (json.dumps({"msg": "IPN", "level": 1, "raw": ENCODED, "time": "2024-01-02T03:04:05Z"}), "raw"),
        (f"2024-01-02 03:04:05 IPN {json.dumps({'data': ENCODED})}", "raw"),
        (f"2024-01-02 03:04:05 IPN payload={quote_plus(json.dumps(FIELDS, indent=1))} done", "text"),
        (f"2024-01-02 03:04:05 IPN {quote(BODY, safe='')}", "raw"),
        (json.dumps({"textPayload": BODY, "severity": "INFO", "timestamp": "2024-01-02T03:04:05Z"}), "raw"),
    ],
)
def test_a_notification_in_every_kind_of_line(line: str, fidelity: str) -> None:
    row = ROOM.read_line(line.encode())
    assert row is not None
    assert (row.identifier, row.amount_text, row.fidelity, row.received_at) == ("A1", "11.00", fidelity, MOMENT)
    assert row.body_ambiguous is False
    assert row.currency == ("USD" if fidelity == "raw" else None)


@pytest.mark.parametrize(
    "line",
    [
        "[2024-01-02 03:04:05] local.INFO: booted [] []",
        "Stack trace:",
        "2024-01-02 03:04:05 GET /x?a=b&status=1&identifier=2",
        "2024-01-02 03:04:05 GET https://shop.example/x?a=b&status=1",
        "2024-01-02 03:04:05 path=/x?a=b&status=1 status=200",
        '2024-01-02 03:04:05 {"hello": {"state": 1',
        '2024-01-02 03:04:05 {"a":{"b":{"c":{"d":{"status":1}}}}}',
        "2024-01-02 03:04:05 " + "{" * 5000,
        "2024-01-02 03:04:05 " + '{"a":' * 5000,
        '{"level":"info","msg":"request completed","status":200}',
        '{"level":"info","msg":"none"}',
        "",
    ],
)
def test_other_traffic(line: str) -> None:
    assert ROOM.read_line(line.encode()) is None


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (f"2024-01-02 03:04:05 IPN {TEXT[:40]}", "invalid_json"),
        (f"2024-01-02 03:04:05 IPN {FIELDS}"[:-3], "invalid_json"),
        ('2024-01-02 03:04:05 {"data": {"x": 1}}', "missing_field"),
        (f"2024-01-02 03:04:05 {json.dumps(json.dumps({'data': {'x': 1}}))}", "missing_field"),
        (f"2024-01-02 03:04:05 {BODY.replace('A1', '')}", "missing_field"),
        (f"2024-01-02 03:04:05 {json.dumps(FIELDS | {'identifier': ['x']})}", "wrong_type"),
    ],
)
def test_why_a_line_cannot_be_read(line: str, problem: str) -> None:
    row = ROOM.read_line(line.encode())
    assert row is not None
    assert (row.unreadable, row.raw) == (problem, line.encode())


def test_facts_come_from_the_line_and_not_from_what_it_shows() -> None:
    row = ROOM.read_line(
        f"2024-01-02T03:04:05Z {json.dumps(FIELDS | {'received_at': '1999-01-01', 'endpoint': 'test'})}".encode()
    )
    assert row is not None
    assert (row.received_at, row.endpoint) == (MOMENT, None)


HELD = "status=success&signature=F&identifier=A1&data[amount]=11.00&data[holder]=John Smith&data[currency][code]=EUR"


@pytest.mark.parametrize(
    ("text", "currency"),
    [
        (HELD, "EUR"),
        (HELD.replace("John Smith", "Sean O'Brien"), "EUR"),
        (HELD.replace("John Smith", "Smith, John "), "EUR"),
        (f"body='{HELD}' []", "EUR"),
        ("body='" + HELD.replace("John Smith", "O'Brien") + "' x=1", "EUR"),
        (f"body={BODY}, ip=192.0.2.1", "USD"),
        (f"{BODY}; done", "USD"),
        (f'body="{BODY}," x=1', "USD,"),
        (f"{BODY} from https://shop.example/x?a=1&b=2", "USD"),
        (f"{BODY} url=/x?a=1&b=2", "USD"),
        (f'body="{BODY}" query="a=1&b=2"', "USD"),
        (f"'{BODY}' 'x&a=1'", "USD"),
    ],
)
def test_a_body_is_read_to_its_end(text: str, currency: str) -> None:
    row = ROOM.read_line(f"[2024-01-02 03:04:05] IPN {text}".encode())
    assert row is not None
    assert (row.identifier, row.currency, row.unreadable, row.body_ambiguous) == ("A1", currency, None, False)


@pytest.mark.parametrize(
    "text",
    [
        HELD.replace("John Smith", "A = B"),
        HELD.replace("John Smith", "A\tB"),
        HELD.replace("John Smith", 'A"B'),
        HELD.replace("John Smith", "<b>"),
        HELD.replace("John Smith", "{}"),
        HELD.replace("John Smith", "A /?x"),
        "'" + HELD.replace("John Smith", "J' S") + "'",
        f"{BODY} query=a=1&b=2",
        f"{BODY} from here&b=2",
        f'"{BODY}" "/x?a=1&status=2"',
    ],
)
def test_a_body_that_may_go_on_where_it_was_cut_is_ambiguous(text: str) -> None:
    row = ROOM.read_line(f"[2024-01-02 03:04:05] IPN {text}".encode())
    assert row is not None
    assert (row.identifier, row.unreadable, row.body_ambiguous) == ("A1", None, True)


@pytest.mark.parametrize(
    "piece",
    [
        "x ",
        "&data=",
        f"{BODY} ",
        f"{BODY} x ",
        f"{HELD}' ",
        "a:",
        "' ",
        '{"a',
        '{"a":',
        '\\"{\\"',
        "{",
        "{}",
        '{"status":1}',
    ],
)
def test_a_long_line_takes_no_longer_than_its_length(piece: str) -> None:
    def seconds(size: int) -> float:
        line = f"2024-01-02 03:04:05 {BODY} {piece * (size // len(piece))}".encode()
        begin = time.process_time()
        ROOM.read_line(line)
        return time.process_time() - begin

    assert seconds(200_000) < 40 * seconds(20_000) + 0.1


STAMPS = [
    ("[Tue Jan 02 03:04:05.123456 2024] [php:notice] [pid 12:tid 34]", "2024-01-02T03:04:05.123456Z"),
    ("[Tue Jan 02 03:04:05 2024] [error] [client 192.0.2.1]", "2024-01-02T03:04:05Z"),
    ("[02-Jan-2024 03:04:05 Africa/Kinshasa]", "2024-01-02T02:04:05Z"),
    ("[02-Jan-2024 03:04:05]", "2024-01-02T03:04:05Z"),
    ("2024/01/02 03:04:05 [error] 12#0: *3 FastCGI sent in stderr:", "2024-01-02T03:04:05Z"),
    ("[02/01/2024 03:04:05]", "2024-01-02T03:04:05Z"),
    ("[2024-01-02 03:04]", "2024-01-02T03:04:00Z"),
    ("[2024-01-02 03:04 Europe/Paris]", "2024-01-02T02:04:00Z"),
    ("[1704164645]", "2024-01-02T03:04:05Z"),
    ("1704164645123", "2024-01-02T03:04:05.123Z"),
    ("I, [2024-01-02T03:04:05.000200 #12]  INFO -- :", "2024-01-02T03:04:05.000200Z"),
    ("INFO - 2024-01-02 03:04:05 -->", "2024-01-02T03:04:05Z"),
    ("web-1  | 2024-01-02T03:04:05.000000000Z", "2024-01-02T03:04:05Z"),
    ("<14>1 2024-01-02T03:04:05Z host app - - -", "2024-01-02T03:04:05Z"),
    ("===== 2024-01-02 03:04:05 =====", "2024-01-02T03:04:05Z"),
    ("Date: Tue, 02 Jan 2024 03:04:05 +0000", "2024-01-02T03:04:05Z"),
    ("time=2024-01-02T03:04:05Z level=info", "2024-01-02T03:04:05Z"),
    ('"1/2/2024, 3:04:05.000 AM",', "2024-01-02T03:04:05Z"),
    ("[January 2, 2024, 3:04 am]", "2024-01-02T03:04:00Z"),
    ("Jan  2 03:04:05 host php:", None),
    ("03:04:05.000 [info]", None),
    ("[01/02/24 03:04:05]", None),
    ("[02/02/2024 33:04:05]", None),
    ("order 1704164645", None),
]  # fmt: skip


@pytest.mark.parametrize(("stamp", "moment"), STAMPS)
def test_the_time_that_stands_before_what_a_line_says(stamp: str, moment: str | None) -> None:
    row = ROOM.read_line(f"{stamp} IPN {TEXT}".encode())
    assert row is not None
    assert (row.identifier, row.received_at) == ("A1", instant_of(moment))


_DATES = (
    "2026-03-01 ", "2026/03/01 ", "01/03/2026 ", "13/13/2026 ", "01.03.2026 ", "1/3/2026 ", "01-Mar-2026 ",
    "01/Mar/2026:", "Sun Mar 01 ", "Mar 01 ", "Sun, 01 Mar 2026 ", "1772359200", "01-Mxx-2026 ", "2026-3-1 ",
    "2026-03-01T",
)  # fmt: skip
_CLOCKS = ("10:00:00", "10:00", "10:000", "10:00:00,123", "9:05", "25:61", "10:00 AM", "5:16 pm", "10:00:00.1 2026", "")
_ZONES = (
    "", " UTC", "Z", "+01:00", "+01:000", " +01", " CET", " CST", " Europe/Paris", " Api/Controller", " DEBUG",
    " GMT+1", " GMT+0100", " America/Argentina/Buenos_Aires",
    " Etc/GMT+1", " EST5EDT", " UTC-foo", " US/Eastern", " - x",
)  # fmt: skip
_BEFORE = ("", "[", "  ", "<14>", "<14>1 ", "--- ", "INFO - ", "Date: ", "web-1  | ", "x ", "1", "=" * 21)
_BEHIND = ("]", " x", "", "\t", ": y", "/x", "0")


def test_the_core_finds_the_same_time_or_leaves_the_line_alone() -> None:
    draw = random.Random(17)
    found = 0
    for _ in range(20_000):
        line = "".join(map(draw.choice, (_BEFORE, _DATES, _CLOCKS, _ZONES, _BEHIND))).encode()
        apart = take_apart(line, Kind.LOG)
        leaves = [] if apart is None else Tree(apart.shape, Kind.LOG).leaves
        moments = [apart.leaves[leaf.number] for leaf in leaves if leaf.letter == "m"] if apart is not None else []
        assert apart is None or moments == [stamp for stamp in [stamp_of(line)] if stamp], line
        found += len(moments)
    assert found > 1_000 or not has_core()


def test_a_repeated_key_in_a_json_string_is_ambiguous() -> None:
    written = json.dumps(TEXT.replace('{"status"', '{"status": "failed", "status"'))
    row = ROOM.read_line(f"2024-01-02T03:04:05Z {written}".encode())
    assert row is not None
    assert (row.identifier, row.body_ambiguous) == ("A1", True)


def test_two_notifications_in_a_line_are_ambiguous() -> None:
    row = ROOM.read_line(f"2024-01-02T03:04:05Z {TEXT} {TEXT}".encode())
    assert row is not None
    assert row.body_ambiguous


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b"[2024-01-02 03:04:05] local.INFO: booted\n#0 trace\n", True),
        (b"Jan  2 03:04:05 host app: text\n", True),
        (f"Server started\nReceived: {BODY}\n".encode(), True),
        (b'{"message":"x","level":200}\n', True),
        (b"[2026-03-01 10:00:00] boot\n" + b"\0" * 40 + b"[2026-03-01 10:00:09] boot\n", True),
        (b"[2026-03-01 10:00:00] a\0b\n" * 3, False),
        (f"{str(FIELDS).replace(': ', '=>')}\n".encode() * 2, True),
        (b"Dear customer,\nthank you.\n", False),
        (f"{BODY}\n{BODY}\n".encode(), False),
        (f"{HELD}\n".encode(), False),
        (f"{HELD}\n{BODY}\n".encode(), False),
        (f"status=200 body={BODY}\n".encode(), True),
        (f"{TEXT} at 10:00\n{TEXT} at 10:01\n".encode(), True),
        (b'[[ipn]]\nstatus = "success"\nsignature = "' + b"F" * 64 + b'"\nidentifier = "A"\namount = "1.00"\n', True),
        (TEXT.encode(), False),
        (b"", False),
    ],
)
def test_what_is_recognised_as_a_log(head: bytes, expected: bool) -> None:
    assert ROOM.recognises(head) is expected


@given(st.text(max_size=60) | st.text(alphabet='{}[]"\\:,&=status', max_size=60))
def test_no_line_raises(line: str) -> None:
    ROOM.read_line(line.encode("utf-8", "surrogatepass"))
    ROOM.recognises(line.encode("utf-8", "surrogatepass"))


@pytest.mark.parametrize(
    ("string", "identifier", "is_ambiguous", "problem"),
    [
        (json.dumps(f"x {TEXT} {TEXT.replace('A1', 'A2')}"), "A1", True, None),
        (json.dumps("x " + json.dumps({**FIELDS, "note": 'é" \\ \U0001f600'}) + TEXT), "A1", True, None),
        (json.dumps("x " + TEXT[:60]), None, False, "invalid_json"),
        (json.dumps("x " + TEXT)[:-30], None, False, "invalid_json"),
    ],
)
def test_objects_within_a_string_that_says_more(
    string: str, identifier: str | None, is_ambiguous: bool, problem: str | None
) -> None:
    row = ROOM.read_line(f"[2024-01-02 03:04:05] PHP message: {string} x".encode())
    assert row is not None
    assert (row.identifier, row.body_ambiguous, row.unreadable) == (identifier, is_ambiguous, problem)


@pytest.mark.parametrize("piece", [r"{\"", r"{\"a\":", r"{\"a\":1}"])
def test_a_line_of_escaped_braces_takes_no_longer_than_its_length(piece: str) -> None:
    def seconds(size: int) -> float:
        line = ("2024-01-02 03:04:05 " + piece * (size // len(piece))).encode()
        begin = time.process_time()
        ROOM.read_line(line)
        return time.process_time() - begin

    assert seconds(60_000) < 40 * seconds(6_000) + 0.5
