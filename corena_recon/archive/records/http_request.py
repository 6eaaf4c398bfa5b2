"""Requests as archives keep them: headers in many shapes, whole HTTP messages, bodies that were cut."""

from __future__ import annotations

import re
from typing import Any, Final, NamedTuple

from corena_recon.archive.records.exact_json import parse_json
from corena_recon.archive.records.posting import body_text_octets
from corena_recon.text import text_of

_REQUEST_LINE: Final = re.compile(rb"[A-Z]{3,10} [^\r\n ]{1,8192} HTTP/[0-9](?:\.[0-9])?\r?\n")
_HEADERS_END: Final = re.compile(rb"\r?\n\r?\n")
_CHUNK_SIZE: Final = re.compile(rb"([0-9A-Fa-f]{1,8})[^\r\n]{0,256}\r\n")
_FORM_TYPES: Final = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})


class Message(NamedTuple):
    """One HTTP request.

    Attributes:
        headers: Values by lower-case name, the last of a name.
        body: What follows the headers, chunks joined.
        is_cut: Whether less of the body is there than the headers or chunks announce.
    """

    headers: dict[str, str]
    body: bytes
    is_cut: bool


def message_of(octets: bytes) -> Message | None:
    """The request that the bytes are, from the request line on; None where they are no HTTP message."""
    request_line = _REQUEST_LINE.match(octets)
    if request_line is None:
        return None
    end = _HEADERS_END.search(octets, request_line.end() - 2)
    if end is None:
        return Message(_headers(octets[request_line.end() :]), b"", is_cut=True)
    headers = _headers(octets[request_line.end() : end.start()])
    body = octets[end.end() :]
    if headers.get("transfer-encoding", "").lower().endswith("chunked"):
        body, is_whole = _dechunked(body)
        return Message(headers, body, not is_whole)
    return Message(headers, body, is_cut_short(body, headers))


def is_cut_short(body: bytes, headers: Any) -> bool:  # noqa: ANN401
    """Whether the request's Content-Length announces more than there is."""
    announced = header_of(headers, "content-length") or ""
    return announced.isascii() and announced.isdigit() and len(announced) < 19 and len(body) < int(announced)


def header_of(headers: Any, wanted: str) -> str | None:  # noqa: ANN401
    """The value of a header in whichever shape an archive keeps headers: a dict, of lists too, or name/value pairs.

    Args:
        headers: Also the JSON text of one of these.
        wanted: The name in lower case.
    """
    if isinstance(headers, str) and headers.lstrip()[:1] in ("{", "["):
        headers = parse_json(body_text_octets(headers)).value
    if isinstance(headers, list):
        headers = {
            str(pair.get("name")): pair.get("value") for pair in headers if isinstance(pair, dict) and "name" in pair
        }
    if not isinstance(headers, dict):
        return None
    for name, value in headers.items():
        if name.lower() == wanted:
            first = value[0] if isinstance(value, list) and value else value
            return str(first) if isinstance(first, str) and first else None
    return None


def is_form_type(content_type: str) -> bool:
    """Whether PHP fills ``$_POST`` from a body of this content type."""
    return re.split("[;, ]", content_type.strip(), maxsplit=1)[0].lower() in _FORM_TYPES


def _headers(block: bytes) -> dict[str, str]:
    headers: dict[str, str] = {}
    for line in block.split(b"\n"):
        name, colon, value = line.partition(b":")
        if colon:
            headers[text_of(name.strip()).lower()] = text_of(value.strip())
    return headers


def _dechunked(body: bytes) -> tuple[bytes, bool]:
    """The chunks joined, and whether the last one, of size zero, was there; a body without chunks stays as it is."""
    chunks: list[bytes] = []
    position = 0
    while size := _CHUNK_SIZE.match(body, position):
        length = int(size[1], 16)
        chunk = body[size.end() : size.end() + length]
        if length == 0:
            return b"".join(chunks), True
        chunks.append(chunk)
        position = size.end() + length + 2
        if len(chunk) < length:
            return b"".join(chunks), False
    return (b"".join(chunks), False) if chunks or not body else (body, True)
