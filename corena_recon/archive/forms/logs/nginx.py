"""Access logs of nginx whose format includes ``$request_body``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from corena_recon.archive.json_stream.json_shape import sample_of
from corena_recon.archive.lines.lines import LineRoom
from corena_recon.archive.printed.notations import names_a_notification
from corena_recon.archive.records.envelopes import from_request, is_other_traffic
from corena_recon.archive.records.exact_json import parse_json
from corena_recon.archive.records.instants import instant_of
from corena_recon.archive.records.posting import Facts, Posted, body_text_octets, is_body, is_multipart, unreadable
from corena_recon.native import Kind
from corena_recon.text import text_of
from corena_recon.vocabulary import Unreadable

_QUOTED: Final = re.compile(rb'"((?:[^"\\]++|\\.)*+)"', re.DOTALL)
_REQUEST: Final = re.compile(rb"[A-Z]{3,10} \S.*HTTP/[0-9.]+\Z", re.DOTALL)
_QUOTED_REQUEST: Final = re.compile(rb'"[A-Z]{3,10} [^"]*HTTP/[0-9.]+"')
_MOMENT: Final = re.compile(
    rb"[0-9]{2}/[A-Z][a-z]{2}/[0-9]{4}:[0-9:]{8} [+-][0-9]{4}"
    rb"|[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{8,15}(?:Z|[+-][0-9:]{5})?"
)
_ESCAPE: Final = re.compile(rb'\\(?:x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|(["\\/bfnrt]))')
_SIMPLE_ESCAPES: Final = {b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t"}
_ELSEWHERE: Final = (b"http://", b"https://", b"/")
_LABEL: Final = re.compile(rb"(?:request_)?body[:=]")
_JSON_BODY: Final = re.compile(rb'"request_body"\s*:\s*"((?:[^"\\]++|\\.)*+)"')
_NAMED_FIELD: Final = re.compile(rb'["&](?:status|identifier|signature|data(?:\[|%5B)[^=]{1,40})=')
_MOMENT_NAMES: Final = ("time_iso8601", "time_local", "@timestamp", "timestamp", "time", "msec", "ts", "date")
_SAMPLE_LINES: Final = 50


class _Body(NamedTuple):
    octets: bytes
    is_cut: bool = False


class NginxLog(LineRoom):
    """The form ``nginx``: one request a line, the body in nginx's default escape or in that of ``escape=json``."""

    name = "nginx"
    ends_every_line = True
    kind = Kind.ACCESS_LOG

    def recognises(self, head: bytes) -> bool:
        """Most lines quote a request line, or are objects with ``request_body``."""
        objects = sample_of(head) if head.lstrip()[:1] == b"{" else ()
        if objects:
            return sum("request_body" in one for one in objects) * 2 > len(objects)
        lines = [line for line in head.split(b"\n")[:_SAMPLE_LINES] if line.strip()]
        requests = sum(_QUOTED_REQUEST.search(line) is not None and _MOMENT.search(line) is not None for line in lines)
        return requests * 2 > len(lines)

    def read_line(self, octets: bytes) -> Posted | None:
        """The row of one request; None for other traffic."""
        if octets.lstrip()[:1] == b"{":
            return _from_object(octets)
        bodies = list(_bodies_in(octets))
        body = bodies[-1] if bodies else _Body(b"")
        row = from_request(body.octets, Facts(_moment_in(octets)), is_cut=body.is_cut, raw=octets)
        if row is None and (names_a_notification(octets) or names_a_notification(_unescaped(octets))):
            # In an address, or in another server's notation.
            return unreadable(Unreadable.NO_IPN_FIELDS, octets, Facts(_moment_in(octets)))
        if row is not None and row.unreadable is None and len(bodies) > 1:
            return row._replace(body_ambiguous=True)
        return row


def _from_object(octets: bytes) -> Posted | None:
    parsed = parse_json(octets)
    if not isinstance(parsed.value, dict):
        # The default escape inside a JSON format is no JSON.
        found = _JSON_BODY.search(octets)
        if found is not None:
            return from_request(_unescaped(found[1]), Facts(_moment_in(octets)), raw=octets)
        damaged = unreadable(Unreadable.INVALID_JSON, octets)
        return damaged if _NAMED_FIELD.search(octets) or not is_other_traffic(damaged, octets) else None
    text = parsed.value.get("request_body")
    body = body_text_octets(text) if isinstance(text, str) and text != "-" else None
    row = from_request(body, Facts(_moment_of(parsed.value)), content_type=_content_type(parsed.value), raw=octets)
    if row is not None and row.unreadable is None and parsed.repeats_a_key:
        return row._replace(body_ambiguous=True)
    return row


def _content_type(entry: dict[str, Any]) -> str | None:
    value = entry.get("content_type", entry.get("http_content_type"))
    return value if isinstance(value, str) and value not in ("", "-") else None


def _moment_of(entry: dict[str, Any]) -> int | None:
    moments = (instant_of(entry.get(name)) for name in _MOMENT_NAMES)
    return next((moment for moment in moments if moment is not None), None)


def _moment_in(line: bytes) -> int | None:
    """The time outside of quotes, where no client can write; else a quoted cell that is nothing but a time."""
    found = _MOMENT.search(_QUOTED.sub(b'""', line))
    if found is None:
        found = next((whole for cell in _QUOTED.findall(line) if (whole := _MOMENT.fullmatch(cell))), None)
    return None if found is None else instant_of(text_of(found.group()))


def _bodies_in(line: bytes) -> Iterator[_Body]:
    """The parts of a line that can be a body: quoted ones, words between these, what stands behind the last quote."""
    end = 0
    for cell in _QUOTED.finditer(line):
        for word in line[end : cell.start()].split(b" "):
            if b"&" in word and _can_be_body(body := _unescaped(_without_label(word))):
                yield _Body(body)
        end = cell.end()
        body = _unescaped(cell[1])
        if _can_be_body(body):
            yield _Body(body)
    tail = line[end:].strip()
    is_unclosed = b'"' in tail
    last = tail.rpartition(b'"' if is_unclosed else b" ")[2]
    body = _unescaped(_without_label(last))
    if _can_be_body(body):
        yield _Body(body, is_unclosed)


def _without_label(word: bytes) -> bytes:
    label = _LABEL.match(word)
    return word[label.end() :] if label else word


def _can_be_body(octets: bytes) -> bool:
    if _REQUEST.match(octets) or octets.startswith(_ELSEWHERE):
        return False
    return is_body(octets) or is_multipart(octets) or octets.lstrip()[:1] == b"{"


def _unescaped(octets: bytes) -> bytes:
    r"""Either escape undone: the default one writes a backslash as ``\x5C``, so no text is escaped in both."""
    return _ESCAPE.sub(_octet, octets) if b"\\" in octets else octets


def _octet(escape: re.Match[bytes]) -> bytes:
    if escape[1] is not None:
        return bytes([int(escape[1], 16)])
    if escape[2] is not None:
        return chr(int(escape[2], 16)).encode("utf-8", "surrogatepass")
    return _SIMPLE_ESCAPES.get(escape[3], escape[3])
