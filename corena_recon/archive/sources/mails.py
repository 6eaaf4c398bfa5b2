"""Mails, one or a mailbox of them, whose texts were encoded on their way: quoted-printable and base64 are undone.

Headers and all else stay as they are. Source: RFC 2045 (section 6) and RFC 4155.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator
from contextlib import suppress
from itertools import chain
from typing import Final

from corena_recon.vocabulary import RECORD_MAX_BYTES

_HEADERS: Final = re.compile(rb"(?:From [^\n]*\n)?(?:[!-9;-~]+:[^\n]*\n(?:[ \t]+\S[^\n]*\n)*+)++\r?\n")
_OF_A_MAIL: Final = re.compile(rb"^(?:MIME-Version|Received|Return-Path|Message-ID):", re.IGNORECASE | re.MULTILINE)
_HEADERS_MAX_BYTES: Final = 65_536
_TEXTS: Final = ("text/", "application/json", "application/x-www-form-urlencoded")


def plain_mails(blocks: Iterator[bytes]) -> Iterator[bytes]:
    """The blocks; where they are mails, with what their texts say, in UTF-8.

    A text that is UTF-8 stays so whatever its header says: scripts write headers that know nothing of what they send.
    """
    head = b""
    for block in blocks:
        head += block
        if len(head) >= _HEADERS_MAX_BYTES:
            break
    read = chain((head,) if head else (), blocks)
    headers = _HEADERS.match(head, 0, _HEADERS_MAX_BYTES)
    yield from _read_lines(read) if headers and _OF_A_MAIL.search(headers[0]) else read


def _read_lines(blocks: Iterator[bytes]) -> Iterator[bytes]:
    mails = _Mails()
    kept = b""
    for block in blocks:
        *lines, kept = (kept + block).split(b"\n") if b"\n" in block or len(kept) > RECORD_MAX_BYTES else [kept + block]
        yield b"".join(mails.read(line + b"\n") for line in lines)
    yield mails.read(kept) + mails.end_of_part()


class _Mails:
    """Lines of mails, one after the other."""

    def __init__(self) -> None:
        self._headers: list[bytes] | None = []
        self._boundaries: set[bytes] = set()
        self._encoding = ""
        self._charset = ""
        self._pending = b""
        self._text: list[bytes] = []
        self._text_bytes = 0
        self._is_after_blank = False

    def read(self, line: bytes) -> bytes:
        """What a line says."""
        is_blank = not line.strip()
        follows_blank, self._is_after_blank = self._is_after_blank, is_blank
        if self._headers is not None:
            self._headers.append(line)
            if is_blank:
                self._begin_part(b"".join(self._headers))
            return line
        if follows_blank and line.startswith(b"From "):
            before = self.end_of_part()
            self._boundaries.clear()
            self._headers = []
            return before + line
        name = line.strip()[2:] if line.startswith(b"--") else b""
        if name in self._boundaries or name.removesuffix(b"--") in self._boundaries:
            before = self.end_of_part()
            self._headers = [] if name in self._boundaries else None
            return before + line
        return self._decoded(line) if self._encoding else self._in_utf8(line)

    def end_of_part(self) -> bytes:
        """What its last line says, with a line end."""
        text = self._in_utf8(b"".join(self._text)) + self._pending
        self._text, self._text_bytes, self._pending = [], 0, b""
        self._encoding = self._charset = ""
        return text if not text or text.endswith(b"\n") else text + b"\n"

    def _begin_part(self, octets: bytes) -> None:
        from email.parser import BytesHeaderParser  # noqa: PLC0415 - few archives are mails

        headers = BytesHeaderParser().parsebytes(octets.partition(b"\n")[2] if octets.startswith(b"From ") else octets)
        kind = headers.get_content_type()
        boundary = headers.get_boundary()
        self._headers = [] if kind == "message/rfc822" else None
        if boundary:
            self._boundaries.add(boundary.encode("utf-8", "surrogateescape"))
        encoding = str(headers.get("content-transfer-encoding", "")).strip().lower()
        self._encoding = encoding if encoding in ("quoted-printable", "base64") and kind.startswith(_TEXTS) else ""
        self._charset = headers.get_content_charset("") if kind.startswith(_TEXTS) else ""

    def _decoded(self, line: bytes) -> bytes:
        """The lines of the text that end in a line of the mail."""
        *before, last = self._plain(line).rsplit(b"\n", 1)
        if before:
            lines = b"".join([*self._text, *before, b"\n"])
            self._text, self._text_bytes = [last], len(last)
            return self._in_utf8(lines)
        self._text.append(last)
        self._text_bytes += len(last)
        if self._text_bytes <= RECORD_MAX_BYTES:
            return b""
        begun = b"".join(self._text)
        self._text, self._text_bytes = [], 0
        return self._in_utf8(begun)

    def _plain(self, line: bytes) -> bytes:
        if self._encoding == "quoted-printable":
            return binascii.a2b_qp(line.replace(b"\r\n", b"\n"))
        digits = self._pending + line.strip()
        whole = len(digits) // 4 * 4
        self._pending = digits[whole:]
        try:
            return binascii.a2b_base64(digits[:whole])
        except binascii.Error:
            return digits[:whole] + b"\n"

    def _in_utf8(self, octets: bytes) -> bytes:
        if not self._charset or octets.isascii():
            return octets
        for charset in ("utf-8", self._charset):
            with suppress(LookupError, UnicodeError):
                return octets.decode(charset).encode()
        return octets
