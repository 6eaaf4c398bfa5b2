"""Lines taken apart into constant bytes and slots, by their punctuation alone.

A wrong guess here costs speed, never rows: ``templates`` asks the exact reader about every slot.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from corena_recon.native import SlotKind

_STRING: Final = rb'"((?:[^"\\\x00-\x1f]|\\.)*)"([ \t]*:)?'
_JSON_TOKEN: Final = re.compile(_STRING + rb"|(-?[0-9][0-9.eE+-]*)")
_FORM_VALUE: Final = re.compile(rb"=([^&]*)")
_NAMING_KEYS: Final = frozenset({b"name", b"key"})
"""What such a key says decides what the value beside it means (lists of headers): it is no slot."""
_BODY: Final = re.compile(rb"[\w.%\[\]-]+=[^&=]*(?:&[\w.%\[\]-]+=[^&=]*)*")
_ALLOWED: Final = {
    SlotKind.TEXT: re.compile(rb"[ !#-\[\]-~]+"),
    SlotKind.FORM: re.compile(rb"[0-9A-Za-z._~*-]+"),
    SlotKind.NUMBER: re.compile(rb"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?"),
}


class Skeleton(NamedTuple):
    """One line taken apart.

    Attributes:
        constants: The bytes around the slots, one more than there are slots.
        kinds: What may stand in each slot.
        values: What stands there on this line.
    """

    constants: tuple[bytes, ...]
    kinds: tuple[SlotKind, ...]
    values: tuple[bytes, ...]

    def line(self, values: Sequence[bytes] | None = None) -> bytes:
        """The line, also with other values."""
        filled = zip(self.constants, self.values if values is None else values, strict=False)
        return b"".join(constant + value for constant, value in filled) + self.constants[-1]


def may_stand(octets: bytes, kind: SlotKind) -> bool:
    """Whether a slot takes these bytes."""
    return _ALLOWED[kind].fullmatch(octets) is not None


def skeleton_of(line: bytes) -> Skeleton:
    """The line with its JSON strings and numbers, or with the values of its urlencoded pairs, as slots."""
    slots = _json_slots(line) if line.lstrip()[:1] == b"{" else _form_slots(line, 0, len(line))
    constants, kinds, values = [], [], []
    position = 0
    for begin, end, kind in slots:
        if may_stand(line[begin:end], kind):
            constants.append(line[position:begin])
            kinds.append(kind)
            values.append(line[begin:end])
            position = end
    return Skeleton((*constants, line[position:]), tuple(kinds), tuple(values))


_Span = tuple[int, int, SlotKind]


def _json_slots(line: bytes) -> list[_Span]:
    """String values and numbers; a string that is a body gives a slot for each of its values."""
    slots: list[_Span] = []
    key = b""
    for token in _JSON_TOKEN.finditer(line):
        text, colon, number = token.groups()
        if colon is not None:
            key = text
        elif number is not None:
            slots.append((*token.span(3), SlotKind.NUMBER))
        elif b"=" in text and _BODY.fullmatch(text):
            slots += _form_slots(line, *token.span(1))
        elif key not in _NAMING_KEYS:
            slots.append((*token.span(1), SlotKind.TEXT))
    return slots


def _form_slots(line: bytes, begin: int, end: int) -> list[_Span]:
    return [(*value.span(1), SlotKind.FORM) for value in _FORM_VALUE.finditer(line, begin, end)]
