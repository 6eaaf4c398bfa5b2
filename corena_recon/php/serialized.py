"""What ``serialize`` wrote: every text with its length, every array with the number of its elements."""

from __future__ import annotations

import re
from typing import Final

from corena_recon.php.lengths import end_of_text
from corena_recon.php.parts import DEPTH_MAX, Kind, Part, Reading, problem_at
from corena_recon.vocabulary import Unreadable

_TOKEN: Final = re.compile(
    rb's:(?P<text>\d{1,9}):"|i:(?P<integer>-?\d{1,20});|a:(?P<array>\d{1,9}):\{|N(?P<null>;)'
    rb'|d:(?P<float>[^;"\s]{1,40});|b:(?:0;(?P<false>)|1;(?P<true>))|O:\d{1,4}:"[^"]{0,200}":(?P<object>\d{1,9}):\{'
    rb'|E:\d{1,4}:"(?P<case>[^"]{0,200})";'
)
_CLOSING: Final = re.compile(rb'"(?:\Z|;(?:\Z|[sidbaOE](?:\Z|:)|N(?:\Z|;)|\}))')
_KINDS: Final = {
    "integer": Kind.NUMBER,
    "float": Kind.NUMBER,
    "true": Kind.TRUE,
    "false": Kind.FALSE,
    "null": Kind.NULL,
}


def read_serialized(octets: bytes, begin: int) -> Reading:
    """The dump that begins with an array's or an object's head."""
    return _Serialized(octets, begin).read()


class _Serialized:
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
        self._is_lossy = False
        self._problem: Unreadable | None = None

    def read(self) -> Reading:
        """The dump as far as it goes."""
        is_sound = self._takes(is_key=False)
        while is_sound and self._left:
            if self._left[-1] == 0:
                is_sound = self._octets.startswith(b"}", self._at)
                self._left.pop()
                self._parts.append((Kind.CLOSE, self._at, self._at + 1))
                self._at += 1
            else:
                self._left[-1] -= 1
                is_sound = self._takes(is_key=True) and self._takes(is_key=False)
        if not is_sound and self._problem is None:
            self._problem = problem_at(self._octets, self._at)
        return Reading(self._parts, self._at, self._is_lossy, self._problem)

    def _takes(self, *, is_key: bool) -> bool:
        token = _TOKEN.match(self._octets, self._at)
        name = "" if token is None else str(token.lastgroup)
        if token is None or (is_key and name not in {"text", "integer"}):
            return False
        begin, end = token.span(name)
        self._at = token.end()
        if name in {"array", "object"}:
            self._parts.append((Kind.ARRAY if name == "array" else Kind.OBJECT, *token.span()))
            self._left.append(int(token[name]))
            return len(self._left) <= DEPTH_MAX
        if name == "text":
            begin = token.end()
            text = end_of_text(self._octets, begin, int(token[name]), _CLOSING)
            self._problem = text.problem
            if text.problem is not None:
                return False
            end = text.end
            self._is_lossy |= text.is_lossy
            self._at = end + len('";')
        self._parts.append((Kind.KEY if is_key else _KINDS.get(name, Kind.TEXT), begin, end))
        return True
