"""Objects as programs print them for people: Python, Node, Ruby, Perl, Elixir, Rust, Go, Symfony.

In all of these notations texts are quoted, so that they are read exactly. They differ in what a backslash means, and
in the words around brackets; which program wrote an object is told by both.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Any, Final, NamedTuple

from corena_recon.archive.records.exact_json import NumberToken
from corena_recon.text import text_of

_DEPTH_MAX: Final = 64
_ATTEMPTS: Final = 20
"""So many brackets before a name are tried, and so many names of which none stands in a literal."""

_TEXT: Final = (
    rb"(?P<prefix>[bruBRU]{0,2})"
    rb"""(?:'(?P<single>(?:[^'\\]|\\.)*+)'|"(?P<double>(?:[^"\\]|\\.)*+)"|`(?P<back>(?:[^`\\]|\\.)*+)`)"""
)
_NAME: Final = rb"""(?:'(?P<q1>(?:[^'\\]|\\.)*+)'|"(?P<q2>(?:[^"\\]|\\.)*+)"|:?(?P<word>[A-Za-z_$@][\w$@-]*+))"""
_KEY: Final = re.compile(rb"[bu]?" + _NAME + rb"\s*+(?P<by>=>|:(?!:)|=(?!=))\s*+", re.DOTALL)
_VALUE: Final = re.compile(_TEXT, re.DOTALL)
_MORE: Final = re.compile(rb"\s*+\+?\s*+(?=['\"`])")
_PLAIN: Final = re.compile(
    rb"(?P<number>-?\d{1,40}(?:\.\d{1,40})?(?:[eE][+-]?\d{1,4})?)[nLlfdm]?(?![\w.])"
    rb"|(?P<null>None|null|nil|NULL|undefined|undef)\b|(?P<true>True|true)\b|(?P<false>False|false)\b"
    rb"|:(?P<symbol>[A-Za-z_]\w*)"
)
_HEAD: Final = (
    rb"(?P<head>\[Object: null prototype\] ?|array:\d{1,9} ?|<\w{1,40}: ?|%"
    rb"|&?map\[\w{1,20}\](?:interface ?\{\}|[\w.*]{1,80})|[\w.:&*\\]{0,80}(?:\(\d{1,9}\))? ?)"
)
_OPEN: Final = re.compile(_HEAD + rb"(?P<bracket>[{\[(])(?:\xe2\x96\xbc|\^[^\n]*)?")
"""A bracket with the words before it; Symfony's ``dump`` sets a mark behind it."""
_BRACKET: Final = re.compile(rb"[{\[(]")
_BEFORE: Final = re.compile(_HEAD + rb"\Z")
_BEFORE_BYTES: Final = 120
_CUT: Final = re.compile(rb"\[(?:Array|Object|Map|Circular[^\]]{0,20})\]|\.\.\.|\xe2\x80\xa6")
_BETWEEN: Final = re.compile(rb"[\s,;]*+")
_CLOSING: Final = {b"{": b"}", b"[": b"]", b"(": b")"}
_ESCAPE: Final = re.compile(
    rb"\\(?:(?P<letter>[nrtbfvae0](?![0-7]))|x\{(?P<braced>[0-9A-Fa-f]{1,6})\}|x(?P<hex>[0-9A-Fa-f]{2})"
    rb"|u(?P<four>[dD][89abAB][0-9A-Fa-f]{2}\\u[dD][c-fC-F][0-9A-Fa-f]{2}|[0-9A-Fa-f]{4})"
    rb"|u\{(?P<code>[0-9A-Fa-f]{1,6})\}|U(?P<eight>[0-9A-Fa-f]{8})|(?P<octal>[0-7]{3})|(?P<end>\r?\n)|(?P<own>.))",
    re.DOTALL,
)
_RAW_ESCAPE: Final = re.compile(rb"\\([\\'])")
_DUMPED_LINE: Final = re.compile(rb'b?"(?!"")([^\n]*)"\r?(?=\n)')
_LETTERS: Final = dict(zip("nrtbfvae0", "\n\r\t\b\f\v\a\x1b\0", strict=True))


class Literal(NamedTuple):
    """One printed object.

    Attributes:
        value: Objects as dicts, lists as lists, texts exact, numbers as ``NumberToken``.
        begin: Where it begins in the text.
        end: Behind it; where it is cut, how far it was read.
        repeats_a_key: Whether any object in it has a key twice.
        is_cut: Whether the text, or what printed it, left out some of it.
    """

    value: Any
    begin: int
    end: int
    repeats_a_key: bool = False
    is_cut: bool = False


class _NotWrittenError(Exception):
    """No literal stands there."""


def literal_around(octets: bytes, place: int) -> Literal | None:
    """The outermost printed object around a place; None where there is none.

    Of a list of objects that is the one in it: each is a record, and the list may go on for long.
    """
    around: Literal | None = None
    for bracket in islice(_BRACKET.finditer(octets, 0, place), _ATTEMPTS):
        before = _BEFORE.search(octets, max(bracket.start() - _BEFORE_BYTES, 0), bracket.start())
        begin = bracket.start() if before is None else before.start()
        reading = _Reading(octets)
        try:
            value, end = reading.value(begin, "", 0)
        except _NotWrittenError:
            if reading.ran_out and (bracket[0] != b"[" or octets[begin : bracket.start()]):
                return around or Literal(None, begin, len(octets), is_cut=True)
            if reading.ran_out and around is None:
                around = Literal(None, begin, len(octets), is_cut=True)
            continue
        if end > place and _has_members(value):
            found = Literal(value, begin, end, reading.repeats_a_key, reading.is_cut)
            if not _holds_objects(value):
                return found
            around = around or found
    return around


def _holds_objects(value: Any) -> bool:  # noqa: ANN401
    """Whether it is a list of several objects."""
    return isinstance(value, list) and len(value) > 1 and all(isinstance(item, dict) for item in value)


def _has_members(value: Any) -> bool:  # noqa: ANN401
    """Whether it is an object, or a list of such or of pairs, rather than a list of words."""
    return isinstance(value, dict) or (isinstance(value, list) and any(isinstance(item, dict | list) for item in value))


class _Reading:
    """One literal on the way.

    Args:
        octets: The text.
    """

    def __init__(self, octets: bytes) -> None:
        self._octets = octets
        self.repeats_a_key = False
        self.is_cut = False
        self.ran_out = False

    def value(self, at: int, style: str, depth: int) -> tuple[Any, int]:
        """The value at a place, and where it ends.

        Args:
            at: Where it begins.
            style: What a backslash means in it: ``raw`` in Perl's single quotes, ``octets`` in Go's and Ruby's texts.
            depth: In how many others it is.

        Raises:
            _NotWrittenError: None begins there.
        """
        octets = self._octets
        text = _VALUE.match(octets, at)
        if text is not None:
            return self._text(text, style)
        plain = _PLAIN.match(octets, at)
        if plain is not None:
            words: dict[str, Any] = {"null": None, "true": True, "false": False}
            group = str(plain.lastgroup)
            if group in words:
                return words[group], plain.end()
            found = text_of(plain[group])
            return NumberToken(found) if group == "number" else found, plain.end()
        cut = _CUT.match(octets, at)
        if cut is not None:
            self.is_cut = True
            return None, cut.end()
        opening = _OPEN.match(octets, at)
        if opening is None or depth > _DEPTH_MAX:
            self.ran_out |= octets[at : at + 1] in (b"", b"'", b'"', b"`")
            raise _NotWrittenError
        return self._members(opening, style, depth)

    def _text(self, text: re.Match[bytes], style: str) -> tuple[str, int]:
        pieces: list[str] = []
        found: re.Match[bytes] | None = text
        end = text.end()
        while found is not None:
            group = str(found.lastgroup)
            is_raw = style == "raw" and group == "single"
            is_octets = style == "octets" or b"b" in found["prefix"].lower()
            pieces.append(_unescaped(found[group], is_raw=is_raw, is_octets=is_octets))
            end = found.end()
            more = _MORE.match(self._octets, end)
            found = None if more is None else _VALUE.match(self._octets, more.end())
        return "".join(pieces), end

    def _members(self, opening: re.Match[bytes], style: str, depth: int) -> tuple[Any, int]:
        """What a bracket opens: a dict of what has keys, else a list; what is called with one value is that value."""
        octets, closing = self._octets, _CLOSING[opening["bracket"]]
        head = opening["head"] or b""
        style = "octets" if head.startswith((b"map[", b"&map[", b"%")) else style
        has_lines = head.startswith(b"array:")
        members: dict[str, Any] = {}
        items: list[Any] = []
        at = opening.end()
        while True:
            at = _BETWEEN.match(octets, at).end()  # type: ignore[union-attr]
            if octets.startswith(closing, at):
                break
            key = _KEY.match(octets, at)
            if key is None:
                item, at = self.value(at, style, depth + 1)
                items.append(item)
                continue
            if key["by"] == b"=>" and not head.strip(b" %"):
                style = style or ("raw" if key["q1"] is not None else "octets")
            name = text_of(key["word"]) if key["word"] is not None else self._name(key, style)
            self.repeats_a_key |= name in members
            members[name], at = self._line(key.end()) if has_lines else self.value(key.end(), style, depth + 1)
        end = at + 1
        if octets[end : end + 1] == b">" and head.startswith(b"<"):
            end += 1
        if members:
            return members, end
        return (items[0] if closing == b")" and len(items) == 1 else items), end

    def _name(self, key: re.Match[bytes], style: str) -> str:
        quoted = key["q1"] if key["q1"] is not None else key["q2"]
        return _unescaped(quoted, is_raw=style == "raw" and key["q1"] is not None, is_octets=style == "octets")

    def _line(self, at: int) -> tuple[Any, int]:
        """What Symfony's ``dump`` prints of a value: texts have quotes around them, and none is escaped in them."""
        text = _DUMPED_LINE.match(self._octets, at)
        return self.value(at, "", 1) if text is None else (text_of(text[1]), text.end())


def literals_naming(octets: bytes, name: re.Pattern[bytes]) -> Iterator[Literal]:
    """The outermost printed objects in which a name stands, in the order of the text."""
    end, left = 0, _ATTEMPTS
    while left and (found := name.search(octets, end)):
        literal = literal_around(octets[end:], found.start() - end)
        if literal is None:
            end = found.end()
            left -= 1
            continue
        yield literal._replace(begin=literal.begin + end, end=literal.end + end)
        end += max(literal.end, found.end() - end)


def unescaped_text(quoted: bytes) -> bytes:
    """What a text of Python or JavaScript stands for, given what its quotation marks enclose."""
    return _unescaped(quoted, is_raw=False, is_octets=False).encode("utf-8", "surrogatepass")


def _unescaped(quoted: bytes, *, is_raw: bool, is_octets: bool) -> str:
    if b"\\" not in quoted:
        return text_of(quoted)
    if is_raw:
        return text_of(_RAW_ESCAPE.sub(rb"\1", quoted))
    return text_of(_ESCAPE.sub(lambda escape: _stands_for(escape, is_octets=is_octets), quoted))


def _stands_for(escape: re.Match[bytes], *, is_octets: bool) -> bytes:
    group = str(escape.lastgroup)
    text = escape[group].decode("latin-1")
    if group == "own":
        return escape[group]
    if group == "letter":
        return _LETTERS[text].encode()
    if group == "end":
        return b""
    if (group == "hex" and is_octets) or group == "octal":
        return bytes([int(text, 16 if group == "hex" else 8) & 0xFF])
    if group == "four" and len(text) > 4:
        high, low = int(text[:4], 16), int(text[6:], 16)
        return chr(0x10000 + ((high & 0x3FF) << 10) + (low & 0x3FF)).encode()
    code = int(text, 16)
    return chr(code).encode("utf-8", "surrogatepass") if code < 0x110000 else escape[0]
