"""Texts that stand in place of others when the exact reader is asked: ordinary ones, and such as readers trip over."""

from __future__ import annotations

import base64
import re
from functools import cache
from typing import Final

from corena_recon.native import Kind, take_apart

_POSTED: Final = "status=success&identifier=x&signature=y&data[amount]=1"
_MESSAGE: Final = f"POST /ipn HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded\r\n\r\n{_POSTED}"
_OBJECT: Final = '{"status":"success","identifier":"x","signature":"y","data":{"amount":"1"}}'


def _hidden() -> list[str]:
    """Notifications in texts that the exact reader opens and the core does not."""
    codes = [
        base64.b64encode(f"{text}{more}".encode()).decode()
        for text in (_POSTED, _MESSAGE, _OBJECT, f"x {_POSTED}", f"x {_OBJECT}")
        for more in ("", "0", "00")
    ]
    cut = dict.fromkeys(code.rstrip("=")[: len(code) - 5] for code in codes)
    return [*codes, *cut, *(f"{code[:40]}\n{code[40:]}" for code in codes)]


_BODY: Final = "status=success&data[amount]=1"
"""Names neither of the fields whose names the core looks for: texts that do are never probed."""


_TEXTS: Final = (
    *_hidden(),
    *(f"POST /ipn HTTP/1.1\r\nHost: x\r\n\r\n{_BODY}", f"x {_BODY}", 'x {"status":"success","data":{"amount":"1"}}'),
    *(r"x {\"status\":\"success\",\"data\":{\"amount\":\"1\"}}", r"{\"status\":\"success\"}"),
    *("x", "0", "1", "-", "~", "true", "false", "null", "None", "NULL", "\\N", "yes", "on", "nan"),
    *("live", "test", "LIVE", "sandbox", "GET", "POST", "USD", "success", "Content-Length", "charset=utf-8; x"),
    *("status", "data", "amount", "body", "base64", "utf-8", "chunked"),
    *("content-type", "content-length", "application/json", "application/x-www-form-urlencoded", "text/plain", "gzip"),
    *("multipart/form-data; boundary=x", "data[amount]", "data.amount", "%41", "+", "a%26b", "YT1i", "e30=", "YQ=="),
    *("2021-03-04", "2021-03-04T05:06:07Z", "2021-03-04 05:06:07", "1700000000", "1700000000000", "20210304"),
    *("Mon, 02 Jan 2006 15:04:05 GMT", "02/Jan/2006:15:04:05 +0000", "02-Jan-2006 15:04:05 UTC"),
    *("-1", "1.5", "007", "1e5", "99999999999999999999", "11.00000000", "0.00", "-0.5", "1,5", "٣", "½"),
    *("é", "naïve", 'a"b', "a\\b", "a\nb", "a\tb", "a\x00b", "O'Brien", "a'b`c", "<x>", "😀", "a\u2028b", "\x7f"),
    *("x,", "x)", "x]", "x;", "x.", "(x", "a b", "a  b", "x ", "9" * 400, "a:b", "k: v", "#", "@x", "../x"),
    *("{}", "[]", "{", "[", "{a", "[INFO] x", '{"status"', '"', '"x', '{"', "{'status': 1}", "[null", '{"a":1,}'),
    *(" ", " x ", "\ufeffx", '\u00a0{"a":1}', "\n", " {}", "\t", '\x0b{"status":"x"}', "\r\n", "é=1&b", "\u2009"),
    *(" a=b", f" {_BODY}", "\ufeffstatus=x&y=z", " x=1 y=2", "\n=&"),
    *("a b=c", f"a b=c&{_BODY}", "x y&status=x", "&", "=", "&&", "=x"),
    *("a=b c", "key value=1", "x: y=z; w=v", "<a href=x&y>", "{x}=1", "a;b=c&data[amount]=1", "a(b)=c", "e=mc²"),
    *("/", "/x", "/x?a=b", "http://x/", "http://x/?a=b&status=x", f"https://x.y/z?{_BODY}", "/?=&"),
    *("POST /ipn?status=x HTTP/1.1", "GET /x?a=b HTTP/1.0", f"GET /?{_BODY} HTTP/1.1"),
    *("--", "--x", "---", "-- x", '--x\r\nContent-Disposition: form-data; name="status"\r\n\r\nsuccess\r\n--x--'),
    *("c3RhdHVzIGlzIG5vdCBhIGJvZHk=", "YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXo=", "AAAAAAAAAAAAAAAAAAAAAAAAAAA="),
    *("'status' => 1", '"status": 1', "status=1", "status = 1", "status=", '{main} "status": 1', "{x} status=1 "),
    *(
        "] prod.INFO: ",
        " #0 {main}",
        " {closure}",
        "x {a b} ",
        "- {x}",
        "127.0.0.1 - - [",
        "] ",
        " 200 2 ",
        " 0.001 ",
        " key=value ",
    ),
)
UNTOLD: Final = "NM"
"""Letters of texts that name a posted field: what the exact reader finds in one of them says nothing of another."""
_NUMBERS: Final = (
    *("0", "-0", "7", "10.50", "-3.25", "1700000000", "1700000000000", "99999999999999999999", "0.0", "1", "-1"),
    *("1e5", "1E+2", "-0.5e-3", "20210304", "11.00000000", "12345678.123456789"),
)
INSTANTS: Final = (
    *("2021-03-04T05:06:07Z", "2021-03-04 05:06:07", "1999-12-31T23:59:59.5+05:30", "2024-02-29T00:00:00.123456-11:00"),
    *("1700000000", "1700000000000", "1700000000000000", "100000000", "00000000000000000"),
    *("02/Jan/2006:15:04:05 +0130", "02-Jan-2006 15:04:05 UTC", "28-Feb-2023 23:59:59"),
)
CHARGES: Final = ("0", "1.5", "007.50", "-3.00000001", "9999999999.99999999", "0.00", "-0")


@cache
def texts() -> dict[str, tuple[bytes, ...]]:
    """Probes by the letter of the leaf that they can stand for; long ones last."""
    found: dict[str, list[bytes]] = {}
    for word in sorted(_TEXTS, key=len):
        octets = word.encode()
        for letter in {letter_of(octets, Kind.JSON), letter_of(octets, Kind.LOG)} - {None, *UNTOLD}:
            found.setdefault(str(letter), []).append(octets)
        if not {b"'"[0], b'"'[0], b"&"[0]} & set(octets):
            found.setdefault("D", []).append(octets)
    for number in _NUMBERS:
        found.setdefault("x" if "e" in number.lower() else "n", []).append(number.encode())
    return {letter: tuple(words) for letter, words in found.items()}


def letter_of(text: bytes, kind: Kind) -> str | None:
    """The letter of the leaf that a text is: in a JSON string, or as a whole line of a log; None where it is none."""
    record = (
        b'{"k":"' + _ESCAPED.sub(lambda found: b"\\u%04x" % found[0][0], text) + b'"}' if kind is Kind.JSON else text
    )
    apart = take_apart(record, kind)
    if apart is None or apart.leaves != (text,):
        return None
    shape = apart.shape.removeprefix(b"{k\x01\x00k").removesuffix(b"}")
    return chr(shape[0]) if len(shape) == 1 else None


_ESCAPED: Final = re.compile(rb'["\\\x00-\x1f]')


def other_moment(text: bytes, seed: int) -> bytes:
    """Another moment that looks the same."""
    day, hour, minute = 1 + seed % 28, seed % 24, seed * 7 % 60
    if text.isdigit():
        return text[:4] + (b"%012d" % (seed * 7_919_131))[-len(text) + 4 :]
    text = re.sub(rb"(?<!\d)\d\d:\d\d(?!\d)", b"%02d:%02d" % (hour, minute), text, count=1)
    year_first = b"%04d\\g<1>%02d\\g<2>%02d" % (2000 + seed % 40, 1 + seed % 12, day)
    text = re.sub(rb"^\d{4}([-/.])\d\d([-/.])\d\d", year_first, text)
    text = re.sub(rb"^\d\d([-/.])\d\d([-/.])\d{4}", b"%02d\\g<1>%02d\\g<2>2021" % (day, 1 + seed % 31), text)
    month = (b"Jan", b"May", b"Jul", b"Oct")[seed % 4]
    text = re.sub(rb"^([A-Z][a-z]{2}) [A-Z][a-z]{2} \d\d", b"\\g<1> %b %02d" % (month, day), text)
    return re.sub(rb"^\d\d([-/])[A-Z][a-z]{2}([-/])\d{4}", b"%02d\\g<1>%b\\g<2>2021" % (day, month), text)


def mark(letter: str, number: int, nonce: int) -> bytes | None:
    """A text for a leaf of this letter that stands nowhere else and begins no other; None where there is none."""
    stem = b"Zq%03dW%03dQ" % (nonce, number)
    if letter == "n":
        return b"15%03d734%03d" % (nonce, number)
    if letter == "x":
        return b"15%03d734%03de7" % (nonce, number)
    around = {
        "s": (b"", b""),
        "w": (b"\xc3\xa9", b""),
        "W": (b" ", b" =1"),
        "d": (b"{", b""),
        "q": (b"", b" =1"),
        "r": (b"/", b"?=1"),
        "h": (b"--", b""),
        "6": (b"", b"W="),
        "Z": (b"T05MWUEgVEVYVCBJTiBCQVNFNjQ", b"!"),
        # Behind a moment: a letter there would be taken for a part of that.
        "t": (b" ", b""),
        "u": (b" x{", b""),
        "v": (b'a {x} "', b""),
        "D": (b"", b""),
    }.get(letter)
    return None if around is None else around[0] + stem + around[1]
