"""What a reader of one notation makes of a dump: its parts in their order, as places in the text.

Values are taken out of the text only when the whole dump was read: a hostile text of dumps within dumps, none of which
ends, would otherwise be copied again for each.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import IntEnum
from typing import Any, Final, NamedTuple, TypeAlias

from corena_recon.text import text_of
from corena_recon.vocabulary import Unreadable

DEPTH_MAX: Final = 64
"""How deep arrays are read: PHP nests posted ones no deeper."""

ANY_HEAD: Final = re.compile(
    rb"(?P<printed>(?:Array|(?<=[\w}] )Object)\s{1,80}\((?=\s))"
    rb"|(?P<dumped>array\(\d{1,9}\)\s{0,9}\{|object\([^()\n]{1,200}\)(?:#\d{1,9})? \(\d{1,9}\)\s{0,9}\{)"
    rb"|(?P<exported>array\s{0,80}\(\s{0,80}(?=['\"]|-?\d{1,20}\s{0,80}=>)"
    rb"|\[\s{0,80}(?=['\"][^'\"\n]{1,200}['\"]\s{0,9}=>))"
    rb"|(?P<serialized>a:\d{1,9}:\{|O:\d{1,3}:\"[^\"]{1,200}\":\d{1,9}:\{)"
)
"""Where a dump may begin."""

_CUT: Final = re.compile(rb"""\s*+(?:[^\n]{0,64}+|'(?:[^'\\]|\\.)*+\\?|"(?:[^"\\]|\\.)*+\\?)\Z""", re.DOTALL)
_QUOTED_PIECE: Final = re.compile(rb"""'((?:[^'\\]|\\.)*+)'|"((?:[^"\\]|\\.)*+)\"""", re.DOTALL)
_SINGLE_ESCAPE: Final = re.compile(rb"\\([\\'])")
_DOUBLE_ESCAPE: Final = re.compile(rb"\\(?:([nrtvef\\$\"])|([0-7]{1,3})|x([0-9A-Fa-f]{1,2})|u\{([0-9A-Fa-f]{1,6})\})")
_LETTERS: Final = dict(zip(b"nrtvef", b"\n\r\t\v\x1b\f", strict=True))


class Kind(IntEnum):
    """What a part of a dump is."""

    ARRAY = 0
    OBJECT = 1
    CLOSE = 2
    KEY = 3
    QUOTED_KEY = 4
    NO_KEY = 5
    TEXT = 6
    QUOTED = 7
    NUMBER = 8
    NULL = 9
    TRUE = 10
    FALSE = 11


_OPENED: Final = frozenset({Kind.ARRAY, Kind.OBJECT})
_KEYS: Final = frozenset({Kind.KEY, Kind.QUOTED_KEY, Kind.NO_KEY})
_LOWEST: Final = (b"-9223372036854775807-1", b"-9223372036854775808")
"""How PHP writes the lowest integer, and what it is."""
_CONSTANTS: Final = {Kind.NULL: None, Kind.TRUE: "1", Kind.FALSE: ""}
"""PHP posts true and false as these texts, and NULL not at all."""

Part: TypeAlias = "tuple[Kind, int, int]"
"""A kind, and where in the text its octets begin and end."""


class Reading(NamedTuple):
    """One dump as far as it could be read.

    Attributes:
        parts: Each array's beginning, keys, values and end.
        end: Behind the dump; where it could not be read, behind what belongs to it at least.
        ambiguous: Whether the text could stand for another array, too.
        problem: Why the dump could not be read to its end, or None.
    """

    parts: list[Part]
    end: int
    ambiguous: bool = False
    problem: Unreadable | None = None


def problem_at(octets: bytes, at: int) -> Unreadable:
    """Why a dump could not be read on from a place: the text ends there, or is damaged."""
    return Unreadable.INVALID_JSON if _CUT.match(octets, at) is None else Unreadable.TRUNCATED


def fields_of(octets: bytes, parts: list[Part], number: Callable[[str], Any]) -> tuple[dict[str, Any], bool]:
    """The array that the parts of a whole dump stand for, and whether one of its keys is repeated."""
    array: dict[str, Any] = {}
    outer: list[tuple[dict[str, Any], bool]] = []
    is_object = repeats_a_key = False
    key = ""
    for kind, begin, end in parts:
        value: Any
        if kind is Kind.KEY or kind is Kind.QUOTED_KEY:
            name = octets[begin:end] if kind is Kind.KEY else _unquoted(octets[begin:end])
            if is_object and name[:1] == b"\0":
                name = name.rpartition(b"\0")[2]
            key = text_of(name)
            repeats_a_key |= key in array
            continue
        if kind is Kind.NO_KEY:
            key = str(len(array))
            repeats_a_key |= key in array
            continue
        if kind is Kind.CLOSE:
            array, is_object = outer.pop()
            continue
        if kind is Kind.ARRAY or kind is Kind.OBJECT:
            value = {}
            array[key] = value
            outer.append((array, is_object))
            array, is_object = value, kind is Kind.OBJECT
            continue
        if kind in _CONSTANTS:
            value = _CONSTANTS[kind]
        elif kind is Kind.QUOTED:
            value = text_of(_unquoted(octets[begin:end]))
        elif kind is Kind.NUMBER:
            value = number(text_of(octets[begin:end].replace(*_LOWEST)))
        else:
            value = text_of(octets[begin:end])
        array[key] = value
    (fields,) = array.values()
    return fields, repeats_a_key


def items_of(octets: bytes, parts: list[Part]) -> list[list[Part]]:
    """The parts of each array in the array of a whole dump; none where it is no list of arrays alone."""
    items: list[list[Part]] = []
    depth = 0
    for part in parts[1:-1]:
        if depth == 0 and part[0] in _KEYS:
            if part[0] is not Kind.NO_KEY and not octets[part[1] : part[2]].isdigit():
                return []
            continue
        if depth == 0:
            items.append([])
        items[-1].append(part)
        depth += 1 if part[0] in _OPENED else -1 if part[0] is Kind.CLOSE else 0
        if depth == 0 and part[0] is not Kind.CLOSE:
            return []
    return items


def _unquoted(quoted: bytes) -> bytes:
    """The text of PHP's string literals that dots join."""
    return b"".join(
        _SINGLE_ESCAPE.sub(rb"\1", piece[1]) if piece[1] is not None else _DOUBLE_ESCAPE.sub(_escaped, piece[2])
        for piece in _QUOTED_PIECE.finditer(quoted)
    )


def _escaped(escape: re.Match[bytes]) -> bytes:
    letter, octal, hexadecimal, code = escape.groups()
    if letter is not None:
        return bytes([_LETTERS.get(letter[0], letter[0])])
    if octal is not None:
        return bytes([int(octal, 8) & 0xFF])
    if hexadecimal is not None:
        return bytes([int(hexadecimal, 16)])
    return chr(int(code, 16)).encode("utf-8", "surrogatepass") if int(code, 16) < 0x110000 else escape[0]
