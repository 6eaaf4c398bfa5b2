"""What ``var_export`` wrote, or a tool that writes short arrays: PHP's own notation, in which every text is quoted."""

from __future__ import annotations

import re
from typing import Final

from corena_recon.php.parts import DEPTH_MAX, Kind, Part, Reading, problem_at

_TEXT: Final = rb"""'(?:[^'\\]|\\.)*+'(?:\s*+\.\s*+(?:"\\0"|'(?:[^'\\]|\\.)*+'))*+|"(?:[^"\\]|\\.)*+\""""
_NUMBER: Final = rb"-?(?:\d{1,40}(?:\.\d{0,40})?(?:E[+-]?\d{1,4})?|INF|NAN)(?!\w)"
_KEY: Final = re.compile(rb"\s*+(?:(%b)|(-?\d{1,20}))\s*+=>" % _TEXT, re.DOTALL)
_VALUE: Final = re.compile(
    rb"\s*+(?:(?P<text>%b)|(?P<lowest>-9223372036854775807-1)|(?P<number>%b)|NULL(?P<null>)|true(?P<true>)|false(?P<false>)"
    rb"|(?P<array>array\s*\()|(?P<short>\[)|(?P<object>\(object\)\s*array\s*\()|(?P<made>[\w\\]{1,200}::__set_state\(\s*array\s*\()"
    rb"|(?P<case>\\?[\w\\]{1,200}::\w{1,200}))" % (_TEXT, _NUMBER),
    re.DOTALL | re.IGNORECASE,
)
_COMMA: Final = re.compile(rb"\s*+,")
_CLOSES: Final = {
    "array": re.compile(rb"\s*+\)"),
    "short": re.compile(rb"\s*+\]"),
    "made": re.compile(rb"\s*+\)\s*+\)"),
}
_OPENED: Final = frozenset({Kind.ARRAY, Kind.OBJECT})
_OPENINGS: Final = frozenset({"array", "short", "object", "made"})
_KINDS: Final = {
    "text": Kind.QUOTED,
    "lowest": Kind.NUMBER,
    "number": Kind.NUMBER,
    "null": Kind.NULL,
    "true": Kind.TRUE,
    "false": Kind.FALSE,
    "case": Kind.TEXT,
}


def read_exported(octets: bytes, begin: int) -> Reading:
    """The dump that begins with an array's head."""
    return _Exported(octets, begin).read()


class _Exported:
    """One dump on the way.

    Args:
        octets: The text.
        begin: Where the dump begins.
    """

    def __init__(self, octets: bytes, begin: int) -> None:
        self._octets = octets
        self._at = self._last = begin
        self._parts: list[Part] = []
        self._closes: list[re.Pattern[bytes]] = []
        """What ends each open array."""

    def read(self) -> Reading:
        """The dump as far as it goes."""
        is_sound = self._takes_value()
        while is_sound and self._closes:
            has_opened = self._parts[-1][0] in _OPENED
            comma = None if has_opened else _COMMA.match(self._octets, self._at)
            self._at = self._at if comma is None else comma.end()
            close = self._closes[-1].match(self._octets, self._at)
            if close is not None:
                self._closes.pop()
                self._parts.append((Kind.CLOSE, close.start(), close.end()))
                self._at = close.end()
            else:
                is_sound = (has_opened or comma is not None) and self._takes_key() and self._takes_value()
        if is_sound:
            return Reading(self._parts, self._at)
        # The last text may have run on to a quotation mark of another dump.
        return Reading(self._parts, self._last + 1, problem=problem_at(self._octets, self._at))

    def _takes_key(self) -> bool:
        key = _KEY.match(self._octets, self._at)
        if key is None:
            self._parts.append((Kind.NO_KEY, self._at, self._at))
            return True
        kind = Kind.KEY if key[1] is None else Kind.QUOTED_KEY
        self._parts.append((kind, *key.span(key.lastindex or 0)))
        self._last, self._at = key.start(), key.end()
        return True

    def _takes_value(self) -> bool:
        value = _VALUE.match(self._octets, self._at)
        if value is None:
            return False
        name = str(value.lastgroup)
        begin, end = value.span(name)
        if name not in _OPENINGS:
            self._parts.append((_KINDS[name], begin, end))
            self._last, self._at = begin, value.end()
            return True
        self._parts.append((Kind.OBJECT if name in {"object", "made"} else Kind.ARRAY, begin, end))
        self._closes.append(_CLOSES["array" if name == "object" else name])
        self._last, self._at = begin, value.end()
        return len(self._closes) <= DEPTH_MAX
