"""Bytes as text without loss, and text from strangers made safe to show.

Archived fields are posted bytes, and signatures cover bytes. Arrow, Parquet and pandas hold UTF-8 strings. Bytes
that are not UTF-8 are therefore kept as *octet characters*, U+EF80 to U+EFFF, one for each byte; a posted character of
that private range is kept as its three octets. The mapping is one to one, so the exact bytes always come back.
"""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import pyarrow as pa

OCTETS_PATTERN: Final = "[\uef80-\uefff]"
"""A regular expression (RE2 and Python) for a character that stands for a byte that is not UTF-8."""

HOSTILE_PATTERN: Final = (
    r"(?:^|\t|:\")[ \t]*(?:[=@]|[+-][0-9.]*[^0-9.\t])"
    r"|[\x00-\x08\x0a-\x1f\x7f-\x9f]|\\u00[01]|<[A-Za-z!/?]|&#|(?i:javascript:)"
    "|[\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)
"""A regular expression (RE2 and Python) for text that could act when shown: controls, markup, formulas."""

_OCTET_BASE = 0xEF00
_OCTETS_FIRST_BYTE = 0xEE
_PRIVATE_OCTETS = re.compile(rb"\xee[\xbe\xbf][\x80-\xbf]")
_OCTET_CHARACTERS = re.compile(OCTETS_PATTERN)
# What stands for a byte in archived text, and what does in Python's paths.
_BYTE_CHARACTERS = re.compile("[\uef80-\uefff\udc80-\udcff]")
_ACTING = (
    "\x00-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\uef80-\uefff\ufeff\ufff9-\ufffb\ufffe\uffff"
    "\U000e0000-\U000e007f"
)
_UNPRINTABLE = re.compile(f"[{_ACTING}\ud800-\udfff]")


def _octets_on_error(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return "".join(chr(_OCTET_BASE + octet) for octet in error.object[error.start : error.end]), error.end


codecs.register_error("corena_octets", _octets_on_error)


def text_of(octets: bytes) -> str:
    """The bytes as text, byte for byte recoverable with ``octets_of``."""
    if b"\xee" not in octets or not _PRIVATE_OCTETS.search(octets):
        return octets.decode("utf-8", "corena_octets")
    pieces: list[str] = []
    position = 0
    for match in _PRIVATE_OCTETS.finditer(octets):
        pieces.append(octets[position : match.start()].decode("utf-8", "corena_octets"))
        pieces.append("".join(chr(_OCTET_BASE + octet) for octet in match.group()))
        position = match.end()
    pieces.append(octets[position:].decode("utf-8", "corena_octets"))
    return "".join(pieces)


def octets_of(text: str) -> bytes:
    """The exact bytes that ``text_of`` was given."""
    if not _OCTET_CHARACTERS.search(text):
        return text.encode("utf-8", "surrogatepass")
    return b"".join(
        bytes([ord(character) - _OCTET_BASE])
        if _OCTET_CHARACTERS.match(character)
        else character.encode("utf-8", "surrogatepass")
        for character in text
    )


def octets_column(column: pa.Array) -> pa.Array:
    """A string column as the binary column of its exact bytes."""
    import numpy as np  # noqa: PLC0415 - the command line's help must not load it
    import pyarrow as pa  # noqa: PLC0415
    import pyarrow.compute as pc  # noqa: PLC0415

    exact = column.cast(pa.binary())
    data = column.buffers()[-1]
    if data is None or not (np.frombuffer(data, np.uint8) == _OCTETS_FIRST_BYTE).any():
        return exact
    if not pc.any(pc.match_substring_regex(column, OCTETS_PATTERN)).as_py():
        return exact
    return pa.array([None if text is None else octets_of(text) for text in column.to_pylist()], pa.binary())


def is_utf8(text: str) -> bool:
    """Whether the text can be UTF-8: the name of a file need not be, and holds halves of surrogate pairs then."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def printable(text: str) -> str:
    """The text with every character that could act on a terminal or hide from the eye written as an escape."""
    return _UNPRINTABLE.sub(_escape, text)


def printable_column(column: pa.Array) -> pa.Array:
    """A string column with each text as ``printable`` gives it."""
    import pyarrow as pa  # noqa: PLC0415 - the command line's help must not load it
    import pyarrow.compute as pc  # noqa: PLC0415

    if not pc.any(pc.match_substring_regex(column, f"[{_ACTING}]")).as_py():
        return column
    return pa.array([None if text is None else printable(text) for text in column.to_pylist()], column.type)


def _escape(match: re.Match[str]) -> str:
    code = ord(match.group())
    if code < 0x100 or _BYTE_CHARACTERS.match(match.group()):
        return f"\\x{code & 0xFF:02X}"
    return f"\\u{code:04X}" if code < 0x10000 else f"\\U{code:08X}"
