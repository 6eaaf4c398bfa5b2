"""Kinds of files that are known and not read, each with what makes an archive of it."""

from __future__ import annotations

import re
from typing import Final, NamedTuple


class Refusal(NamedTuple):
    """What a file is that is not read.

    Attributes:
        name: Of its kind, the same in every language.
        sentence: What is told of it.
        hint: What its owner can do.
    """

    name: str
    sentence: str
    hint: str


class _Known(NamedTuple):
    """A kind of file.

    Attributes:
        begins: How it begins.
        refusal: What is said of it.
        is_sure: Whether no form of archive begins so, but that one might be seen in it.
    """

    begins: re.Pattern[bytes]
    refusal: Refusal
    is_sure: bool = False


def _known(name: str, begins: bytes, sentence: str, hint: str, *, is_sure: bool = False) -> _Known:
    return _Known(re.compile(begins, re.DOTALL | re.IGNORECASE), Refusal(name, sentence, hint), is_sure)


_AS_JSON: Final = "-o json print it, and give that"
_BYTES: Final = "make a file of its bytes again, as xxd -r does, and give that"
_PACKETS: Final = "have tcpdump -A or tshark -T json print it, and give that"
_EXPORTED: Final = "export the notifications as JSON or CSV, and give that"
_KINDS: Final = (
    # A dictionary as mitmproxy writes it: each text with its length before it, and a letter behind it.
    _known(
        "mitmproxy",
        rb"[0-9]{1,9}:(?:[0-9]{1,2}:[a-z_]{1,30};).{0,4096}?7:request;",
        "mitmproxy keeps its flows so",
        "have mitmdump read it, with --set hardump=flows.har, and give flows.har",
        is_sure=True,
    ),
    _known(
        "pcap",
        rb"(?:\xd4\xc3\xb2\xa1|\xa1\xb2\xc3\xd4|\x4d\x3c\xb2\xa1|\n\r\r\n.{4}(?:\x1a\x2b\x3c\x4d|\x4d\x3c\x2b\x1a))",
        "it is a capture of packets",
        _PACKETS,
        is_sure=True,
    ),
    _known(
        "SQLite",
        rb"SQLite format 3\0",
        "it is a database of SQLite",
        "have sqlite3 print it with .dump, and give that",
        is_sure=True,
    ),
    _known(
        "PGDMP",
        rb"PGDMP",
        "it is a dump in PostgreSQL's own format",
        "have pg_restore --file=dump.sql write it as SQL",
        is_sure=True,
    ),
    _known(
        "journald", rb"LPKSHHRH", "it is a journal of systemd", f"have journalctl --file=FILE {_AS_JSON}", is_sure=True
    ),
    _known(
        "journald",
        rb"__CURSOR=[^\n]{1,2000}\n(?:[A-Z0-9_]{1,64}=[^\n]{0,9999}\n)*[A-Z0-9_]{1,64}\n.{8}",
        "it is a journal's export with texts by their length",
        f"have journalctl {_AS_JSON}",
        is_sure=True,
    ),
    _known(
        "HTML",
        rb"\s*(?:<!doctype html|<(?:html|head|body|table|div|p|pre|h[1-6])\b[^<>]*>)",
        "it is a page of HTML",
        _EXPORTED,
    ),
    _known("XML", rb"\s*<(?:\?xml\b|[a-z_][\w.:-]*(?:\s[^<>]*)?>)", "it is XML", _EXPORTED),
    _known("hexdump", rb"\s*0{4,8}:? {1,3}(?:[0-9a-f]{2,6} {0,2}){4,}", "it is a hex dump", _BYTES),
    _known("hexdump", rb"\s*+(?:[0-9a-f]{2}){16,64}+(?:\s++[0-9a-f]{1,128}+)*+\s*+\Z", "it is a hex dump", _BYTES),
)


def refusal_of(head: bytes, *, is_sure: bool = False) -> Refusal | None:
    """What a source is of which no form of archive is known; None where that is not known either.

    Args:
        head: Its first bytes.
        is_sure: Whether to look only for what a form of archive might take for its own.
    """
    for known in _KINDS:
        if (known.is_sure or not is_sure) and known.begins.match(head):
            return known.refusal
    return None
