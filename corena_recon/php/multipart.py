"""The fields of a multipart/form-data body: as PHP reads them, and as a plain reader does.

PHP's reading (``main/rfc1867.c``) is not RFC 7578's. It works through a window of 5 KiB, takes a line feed
alone for a line's end, cuts header lines at NUL, goes on after the closing delimiter, and never decodes
names. The rules here are held to its behaviour by tests against a real PHP.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_FILE_UPLOADS: Final = 20
"""PHP's ``max_file_uploads``: later files are passed over line by line."""
UPLOAD_MAX_BYTES: Final = 2 * 1024 * 1024
"""PHP's ``upload_max_filesize``: reading a longer file is given up in the middle."""

_WINDOW_BYTES = 5 * 1024
_WHITESPACE = b" \t\n\v\f\r"
# More digits saturate in C; the sizes compared with it have seven.
_LEADING_INTEGER = re.compile(rb"[ \t\n\v\f\r]*([+-]?)0*([0-9]{1,18})")
# PHP never goes back in its text, and neither may these: a hostile part would keep them busy for ever.
_QUOTED_PIECE = rb"\"(?:\\\"|[^\"])*+\"?+|'(?:\\'|[^'])*+'?+"
_PARAMETER = re.compile(rb"((?:%b|[^\"';])*+);*+[ \t\n\v\f\r]*+" % _QUOTED_PIECE)
_KEY = re.compile(rb"((?:%b|[^\"'=])*+)=++" % _QUOTED_PIECE)
_QUOTED_VALUE = re.compile(rb"\"((?:\\[\\\"]|[^\"])*)|'((?:\\[\\']|[^'])*)")
_PLAIN_NAME = re.compile(rb'(?i);[ \t]*name=(?:"([^"]*)"|([^;\s"]*))')
_PLAIN_DISPOSITION = re.compile(rb"(?im)^content-disposition:[^\r\n]*")


class Part(NamedTuple):
    """One field of a multipart body.

    Attributes:
        name: As posted.
        value: As posted.
        is_read: False where PHP's limits on fields or parts leave it out of ``$_POST``.
    """

    name: bytes
    value: bytes
    is_read: bool


def boundary_of(content_type: bytes) -> bytes | None:
    """The boundary that PHP takes from a content type, or None where it finds none and reads nothing.

    Args:
        content_type: The header's value, case kept.
    """
    start = content_type.find(b"boundary")
    if start < 0:
        start = content_type.lower().find(b"boundary")
    equals = content_type.find(b"=", start)
    if start < 0 or equals < 0:
        return None
    boundary = content_type[equals + 1 :]
    if boundary.startswith(b'"'):
        quoted, closing, _ = boundary[1:].partition(b'"')
        return quoted if closing else None
    return re.split(rb"[,;]", boundary, maxsplit=1)[0]


def php_parts(body: bytes, boundary: bytes, *, max_fields: int) -> Iterator[Part]:
    """Every field as PHP reads it, in order, files left out.

    Args:
        body: The whole body.
        boundary: As ``boundary_of`` gives it.
        max_fields: PHP's ``max_input_vars``; with the files that it allows it bounds the number of parts too.
            Fields beyond the limits are given as well, marked as not read.
    """
    window = _Window(body, boundary)
    files = _Files()
    fields_left, parts_left = max_fields, max_fields + MAX_FILE_UPLOADS
    while window.enter_part():
        if window.disposition is None:
            continue
        parts_left -= 1
        name, filename = _names_of(window.disposition)
        if filename is not None:
            files.pass_over(name or b"", filename, window)
        elif name is None:
            return
        else:
            fields_left -= 1
            value = b"".join(window.blocks())
            files.heed(name, value)
            yield Part(name, value, fields_left >= 0 and parts_left >= 0)


def plain_parts(body: bytes, boundary: bytes) -> list[Part]:
    """The fields that a reader of RFC 7578 sees: CRLF delimiters, nothing after the closing one.

    Files are fields here, because readers that do not look at ``filename`` take them for such; and of two
    names in one part the first counts.

    Args:
        body: The whole body.
        boundary: As ``boundary_of`` gives it.
    """
    parts: list[Part] = []
    for piece in (b"\r\n" + body).split(b"\r\n--" + boundary)[1:]:
        if piece.startswith(b"--"):
            break
        head, _, value = piece.partition(b"\r\n\r\n")
        disposition = _PLAIN_DISPOSITION.search(head)
        name = disposition and _PLAIN_NAME.search(disposition.group())
        if name:
            parts.append(Part(name[1] if name[1] is not None else name[2], value, is_read=True))
    return parts


class _Window:
    """PHP's reading position in a body, and the 5 KiB that it sees from there."""

    def __init__(self, body: bytes, boundary: bytes) -> None:
        self._body = body
        self._position = 0
        self._delimiter = b"--" + boundary
        self._size = max(_WINDOW_BYTES, len(boundary) + 6)
        self.disposition: bytes | None = None

    def enter_part(self) -> bool:
        """Moves behind the next part's headers and notes its disposition; False when no part follows."""
        self.disposition = None
        if not self._find_delimiter():
            return False
        pieces: list[bytes] = []
        is_continued = False
        while line := self._next_line():
            name, colon, value = line.partition(b":")
            if colon and line[:1] not in _WHITESPACE:
                is_continued = not pieces and name.lower() == b"content-disposition"
                if is_continued:
                    pieces.append(value.lstrip(_WHITESPACE))
            elif is_continued:
                pieces.append(line)
        if pieces:
            self.disposition = b"".join(pieces)
        return True

    def blocks(self) -> Iterator[bytes]:
        """What is left of the part, in the blocks that PHP reads."""
        while block := self.next_block():
            yield block

    def next_block(self) -> bytes:
        """At most one window less a byte; empty at a delimiter or at the end."""
        delimiter = b"\n" + self._delimiter
        end = min(self._position + self._size, len(self._body))
        bound = self._body.find(delimiter, self._position, end)
        if bound < 0:
            bound = self._partial_delimiter(delimiter, end)
        stop = min(end if bound < 0 else bound, self._position + _WINDOW_BYTES - 1)
        if bound >= 0 and stop > self._position and self._body[stop - 1 : stop] == b"\r":
            stop -= 1
        block = self._body[self._position : stop]
        self._position = stop
        return block

    def _partial_delimiter(self, delimiter: bytes, end: int) -> int:
        """Where the end of the window could be the beginning of a delimiter, or -1."""
        position = self._body.find(b"\n", max(self._position, end - len(delimiter) + 1), end)
        while position >= 0 and not delimiter.startswith(self._body[position:end]):
            position = self._body.find(b"\n", position + 1, end)
        return position

    def _find_delimiter(self) -> bool:
        """Moves behind the next line that is the delimiter alone; False when there is none."""
        while (hit := self._body.find(self._delimiter, self._position)) >= 0:
            self._position = max(self._position, self._body.rfind(b"\n", self._position, hit) + 1)
            line = self._next_line()
            if line is None or line == self._delimiter:
                return line is not None
        return False

    def _next_line(self) -> bytes | None:
        """The next line up to a NUL, at most one window of it; None for an unended last line."""
        start = self._position
        feed = self._body.find(b"\n", start, start + self._size)
        if feed < 0:
            if start + self._size > len(self._body):
                return None
            self._position = start + self._size
            return self._body[start : self._position].partition(b"\0")[0]
        self._position = feed + 1
        stop = feed - 1 if self._body[feed - 1 : feed] == b"\r" and feed > start else feed
        return self._body[start:stop].partition(b"\0")[0]


class _Files:
    """How far PHP reads into a part that is a file: it matters only for where the next part is found."""

    def __init__(self) -> None:
        self._left = MAX_FILE_UPLOADS
        self._are_skipped = False
        self._max_bytes = 0

    def heed(self, name: bytes, value: bytes) -> None:
        """Takes the limit that the form itself sets for files."""
        if name.lower() == b"max_file_size":
            number = _LEADING_INTEGER.match(value)
            self._max_bytes = int(number[1] + number[2]) if number else 0

    def pass_over(self, name: bytes, filename: bytes, window: _Window) -> None:
        self._are_skipped = self._are_skipped or self._left <= 0 or not _has_paired_brackets(name)
        if self._are_skipped or not filename:
            return
        self._left -= 1
        size = 0
        while block := window.next_block():
            size += len(block)
            if size > UPLOAD_MAX_BYTES or (self._max_bytes and size > self._max_bytes):
                # PHP has already read the next block when it gives up.
                window.next_block()
                return


def _has_paired_brackets(name: bytes) -> bool:
    depth = 0
    for position, byte in enumerate(name):
        if byte == 0x5B:
            depth += 1
        elif byte == 0x5D:
            depth -= 1
            if name[position + 1 : position + 2] not in (b"", b"["):
                return False
        if depth < 0:
            return False
    return depth == 0


def _names_of(disposition: bytes) -> tuple[bytes | None, bytes | None]:
    """The last ``name`` and the last ``filename`` of a Content-Disposition."""
    found: dict[bytes, bytes] = {}
    for parameter in _PARAMETER.findall(disposition.lstrip(_WHITESPACE)):
        key = _KEY.match(parameter)
        if key is not None:
            found[key[1].lower()] = _unquoted(parameter[key.end() :])
    return found.get(b"name"), found.get(b"filename")


def _unquoted(text: bytes) -> bytes:
    """A parameter's value: quotes of either kind removed, a backslash before itself or the quote too."""
    text = text.lstrip(_WHITESPACE)
    quoted = _QUOTED_VALUE.match(text)
    if quoted is None:
        return re.split(rb"[ \t\n\v\f\r]", text, maxsplit=1)[0].replace(b"\\\\", b"\\")
    if quoted[1] is not None:
        return re.sub(rb'\\([\\"])', rb"\1", quoted[1])
    return re.sub(rb"\\([\\'])", rb"\1", quoted[2])
