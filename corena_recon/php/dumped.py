"""What ``var_dump`` wrote: values with their lengths, arrays with their numbers of elements, keys in quotes alone."""

from __future__ import annotations

import re
from typing import Final

from corena_recon.php.lengths import end_of_text
from corena_recon.php.parts import DEPTH_MAX, Kind, Part, Reading, problem_at
from corena_recon.vocabulary import Unreadable

_VALUE: Final = re.compile(
    rb'\s*&?(?:string\((?P<text>\d{1,9})\) "|int\((?P<integer>-?\d{1,20})\)|float\((?P<float>[^()\s]{1,40})\)'
    rb"|bool\((?:true(?P<true>)|false(?P<false>))\)|NULL(?P<null>)|\*RECURSION\*|uninitialized\([^()\n]{1,200}\)"
    rb"|array\((?P<array>\d{1,9})\)\s*\{|object\([^()\n]{1,200}\)(?:#\d{1,9})? \((?P<object>\d{1,9})\)\s*\{"
    rb"|(?:enum|resource)\((?P<case>[^()\n]{1,200})\)(?: of type \([^()\n]{1,200}\))?)"
)
_KEY: Final = re.compile(rb"\s*(?:\[(?:(-?\d{1,20})\]|(\"))|'([^'\n]{0,200})'|(-?\d{1,20}))\s*(?(2)|=>)")
_KEY_END: Final = re.compile(rb'"(?::protected|:"[^"\n]{1,200}":private)?\]\s*=>')
_KEY_MAX_BYTES: Final = 1_000
_CLOSE: Final = re.compile(rb"\s*\}")
_CLOSING: Final = re.compile(rb'"(?:\Z|\s*(?:[\[}\'\d-]|\Z))')
_KINDS: Final = {
    "integer": Kind.NUMBER,
    "float": Kind.NUMBER,
    "true": Kind.TRUE,
    "false": Kind.FALSE,
    "case": Kind.TEXT,
}


def read_dumped(octets: bytes, begin: int) -> Reading:
    """The dump that begins with an array's or an object's head.

    Keys have no length: they end at the first quotation mark and bracket. A text that holds both makes the dump
    ambiguous, as its beginning may have stood in a key.
    """
    return _Dumped(octets, begin).read()


class _Dumped:
    """One dump on the way.

    Args:
        octets: The text.
        begin: Where the dump begins.
    """

    def __init__(self, octets: bytes, begin: int) -> None:
        self._octets = octets
        self._at = begin
        self._parts: list[Part] = []
        self._left: list[int] = []
        """How many elements each open array still has to have."""
        self._ambiguous = False
        self._problem: Unreadable | None = None

    def read(self) -> Reading:
        """The dump as far as it goes."""
        is_sound = self._takes_value()
        while is_sound and self._left:
            close = _CLOSE.match(self._octets, self._at) if self._left[-1] == 0 else None
            if close is not None:
                self._parts.append((Kind.CLOSE, close.start(), close.end()))
                self._at = close.end()
                self._left.pop()
            else:
                is_sound = self._left[-1] > 0 and self._takes_key() and self._takes_value()
        if not is_sound and self._problem is None:
            self._problem = problem_at(self._octets, self._at)
        return Reading(self._parts, self._at, self._ambiguous, self._problem)

    def _takes_key(self) -> bool:
        key = _KEY.match(self._octets, self._at)
        if key is None:
            return False
        begin, end = key.span(key.lastindex or 0)
        after = key.end()
        if key[2] is not None:
            begin = key.end(2)
            key_end = _KEY_END.search(self._octets, begin, begin + _KEY_MAX_BYTES)
            if key_end is None:
                return False
            end, after = key_end.start(), key_end.end()
        self._parts.append((Kind.KEY, begin, end))
        self._left[-1] -= 1
        self._at = after
        return True

    def _takes_value(self) -> bool:
        value = _VALUE.match(self._octets, self._at)
        if value is None:
            return False
        name = value.lastgroup or "null"
        if name in {"array", "object"}:
            self._parts.append((Kind.ARRAY if name == "array" else Kind.OBJECT, *value.span()))
            self._left.append(int(value[name]))
            self._at = value.end()
            return len(self._left) <= DEPTH_MAX
        begin, end = value.span(value.lastgroup or 0)
        self._at = value.end()
        if name == "text":
            begin = value.end()
            text = end_of_text(self._octets, begin, int(value["text"]), _CLOSING)
            self._problem = text.problem
            if text.problem is not None:
                return False
            end = text.end
            self._ambiguous |= text.is_lossy or self._octets.find(b'"]', begin, end) >= 0
            self._at = end + 1
        self._parts.append((_KINDS.get(name, Kind.TEXT) if name != "null" else Kind.NULL, begin, end))
        return True
