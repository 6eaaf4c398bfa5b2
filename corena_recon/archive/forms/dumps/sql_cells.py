"""What one value of a dump says: strings with their escapes, numbers, blobs, and what a tool has put around them."""

from __future__ import annotations

import re
from typing import Final

from corena_recon.archive.records.exact_json import NumberToken, exact_text
from corena_recon.text import text_of

Cell = str | None
"""A value as text; None for NULL. A number without quotes is a ``NumberToken``."""

_ESCAPE: Final = re.compile(r"\\(.)", re.DOTALL)
_LETTERS: Final = {"0": "\0", "b": "\b", "n": "\n", "r": "\r", "t": "\t", "Z": "\x1a"}
_COPY_ESCAPES: Final = re.compile(rb"\\(?:([0-7]{1,3})|x([0-9A-Fa-f]{1,2})|(.))", re.DOTALL)
_COPY_LETTERS: Final = {b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"v": b"\v"}
_NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_HEX: Final = re.compile("0[xX]((?:[0-9A-Fa-f]{2})*)|[xX]'((?:[0-9A-Fa-f]{2})*)'")
_CAST: Final = re.compile(r"""CAST\((.*?) AS [A-Za-z]+(?:\([\d, ]*\))?\)""", re.DOTALL)
_BYTEA: Final = re.compile(rb"\\x((?:[0-9A-Fa-f]{2})+)")
_LINE_ENDS: Final = re.compile(
    r"(?:replace\(){1,2}('(?:[^']++|'')*+')(?:,'\\[nr]',char\(1[03]\)\)){1,2}", re.IGNORECASE
)
_UNISTR: Final = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|\+([0-9A-Fa-f]{6})|(\\))")


def cell_of(value: str, *, escapes: bool) -> Cell:
    """What a value of a tuple says.

    Args:
        value: As it is written.
        escapes: Whether backslashes in strings escape.
    """
    first = value[0]
    if value[-1] == first and (first == "'" or (first == '"' and escapes)) and not _is_joined(value, escapes):
        return _string(value, escapes=escapes) if "\\" in value or first * 2 in value else value[1:-1]
    return _other_cell(value.rstrip(), escapes=escapes)


def copied_cell(cell: bytes) -> Cell:
    """What a cell of a COPY says."""
    if cell == b"\\N":
        return None
    if b"\\" not in cell:
        return text_of(cell)
    octets = _COPY_ESCAPES.sub(_of_copy, cell)
    blob = _BYTEA.fullmatch(octets)
    return text_of(bytes.fromhex(blob[1].decode()) if blob else octets)


def _is_joined(value: str, escapes: bool) -> bool:
    """Whether a value is several strings, put together where it is read."""
    string = (_MYSQL_STRING if escapes else _STANDARD_STRING).search(value) if "||" in value else None
    return string is not None and value.find("||", string.end()) >= 0


def _string(value: str, *, escapes: bool) -> str:
    """What a string in quotes says."""
    text = value[1:-1].replace(value[0] * 2, value[0])
    return "\\".join(map(_unescaped, text.split("\\\\"))) if escapes and "\\" in text else text


def _unescaped(text: str) -> str:
    """A part of a string in which no backslash is escaped; the commonest escapes go faster by themselves."""
    if "\\" in text:
        text = text.replace('\\"', '"').replace("\\'", "'").replace("\\n", "\n").replace("\\r", "\r")
    return _ESCAPE.sub(_escaped, text) if "\\" in text else text


def _escaped(found: re.Match[str]) -> str:
    # Before these two a backslash stays, for they are written so in patterns alone.
    letter = found[1]
    return "\\" + letter if letter in "%_" else _LETTERS.get(letter, letter)


def _other_cell(value: str, *, escapes: bool) -> Cell:
    """A value that is no plain string: NULL, a number, a blob, a string with words around it."""
    if value.upper() == "NULL":
        return None
    cast = _CAST.fullmatch(value)
    number = value if cast is None else cast[1]
    if _NUMBER.fullmatch(number):
        return NumberToken(number)
    if blob := _HEX.fullmatch(value):
        return text_of(bytes.fromhex(blob[1] or blob[2] or ""))
    if lines := _LINE_ENDS.fullmatch(value):
        return _string(lines[1], escapes=False).replace("\\n", "\n").replace("\\r", "\r")
    if _is_joined(value, escapes):
        pieces = (_MYSQL_PIECE if escapes else _STANDARD_PIECE).finditer(value)
        return "".join(chr(int(one[1]) % 256) if one[1] else _string(one[0], escapes=escapes) for one in pieces)
    escapes |= value[:1] in "Ee"
    string = (_MYSQL_STRING if escapes else _STANDARD_STRING).search(value)
    text = value if string is None else _string(string[0], escapes=escapes)
    return _UNISTR.sub(_character, text) if value[:7].lower() == "unistr(" else text


_MYSQL_STRING: Final = re.compile(r"'(?:[^'\\]++|\\.|'')*+'|\"(?:[^\"\\]++|\\.|\"\")*+\"", re.DOTALL)
_STANDARD_STRING: Final = re.compile(r"'(?:[^']++|'')*+'|\"[^\"]*+\"")
_MYSQL_PIECE: Final = re.compile(r"chr\(([0-9]{1,3})\)|" + _MYSQL_STRING.pattern, re.DOTALL | re.IGNORECASE)
_STANDARD_PIECE: Final = re.compile(r"chr\(([0-9]{1,3})\)|" + _STANDARD_STRING.pattern, re.IGNORECASE)


def _character(found: re.Match[str]) -> str:
    return "\\" if found[3] else exact_text(chr(int(found[1] or found[2], 16) % 0x110000))


def _of_copy(found: re.Match[bytes]) -> bytes:
    if found[1] or found[2]:
        return bytes([int(found[1], 8) % 256 if found[1] else int(found[2], 16)])
    return _COPY_LETTERS.get(found[3], found[3])
