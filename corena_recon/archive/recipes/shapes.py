"""Shapes as trees, and records written from a shape with other leaves in it."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Final, NamedTuple
from urllib.parse import quote_from_bytes

from corena_recon.native import Kind
from corena_recon.text import text_of

WORDS: Final = {"T": b"true", "U": b"false", "V": b"null"}
_NUMBERS: Final = "nx"
_UNQUOTED: Final = "tumM"
_ESCAPED: Final = re.compile(rb'["\\\x00-\x1f]')
_NGINX_ESCAPED: Final = re.compile(rb'["\\\x00-\x1f\x7f-\xff]')


class Leaf(NamedTuple):
    """A text or a number.

    Attributes:
        letter: Which texts may stand in its place: those that would have the same letter.
        number: Counted through the record.
    """

    letter: str
    number: int


class Object(NamedTuple):
    """A JSON object; keys as their source."""

    members: tuple[tuple[bytes, Node], ...]


class Array(NamedTuple):
    """A JSON array."""

    items: tuple[Node, ...]


class Word(NamedTuple):
    """``true``, ``false`` or ``null``."""

    octets: bytes


class Json(NamedTuple):
    """A text in which JSON stands; nested texts are counted through the record, the outer ones first."""

    value: Node
    number: int


class Form(NamedTuple):
    """A text that is an urlencoded body; names as their source, and None where a name has no equals sign."""

    pairs: tuple[tuple[bytes, Node | None], ...]
    number: int


class Base64(NamedTuple):
    """A text that is another one in base64."""

    text: Node


class Dump(NamedTuple):
    """A text in which PHP dumped an array.

    Attributes:
        letter: Of the function that did.
        value: The array, as an object.
    """

    letter: str
    value: Node


class Line(NamedTuple):
    """A line of a log, or an HTTP request: constant bytes, leaves, and texts in which something was found.

    Its number among nested texts is -1 where it is the record.
    """

    parts: tuple[Node | bytes, ...]
    number: int = -1


Node = Leaf | Object | Array | Word | Json | Form | Base64 | Dump | Line


class Tree:
    """A shape that can be filled with leaves."""

    def __init__(self, shape: bytes, kind: Kind) -> None:
        self._kind = kind
        self._shape = shape
        self._position = 0
        self._nested_count = 0
        self.leaves: list[Leaf] = []
        self.objects: list[Object] = []
        is_line = kind in (Kind.LOG, Kind.ACCESS_LOG, Kind.PHP) and shape[:1] != b"{"
        self.root: Node = Line(self._parts(b"")) if is_line else self._node()

    def record(self, leaves: Sequence[bytes], root: Node | None = None) -> bytes:
        """A record of this shape with these leaves, if they have the same letters; also with its members reordered."""
        root = root or self.root
        if isinstance(root, Line):
            return b"".join(part if isinstance(part, bytes) else self._in_line(part, leaves) for part in root.parts)
        return _text(root, leaves) if isinstance(root, Form) else _json(root, leaves)

    def _in_line(self, node: Node, leaves: Sequence[bytes]) -> bytes:
        text = _text(node, leaves)
        is_bare = isinstance(node, Leaf) and node.letter in _UNQUOTED
        return text if self._kind is not Kind.ACCESS_LOG or is_bare else _NGINX_ESCAPED.sub(_nginx_escape, text)

    def _parts(self, end: bytes) -> tuple[Node | bytes, ...]:
        parts: list[Node | bytes] = []
        while (letter := self._shape[self._position : self._position + 1]) != end:
            if letter == b"c":
                octets = self._name()
                # What a moment looks like stands before it, and the moment itself is what is written.
                if self._shape[self._position : self._position + 1] != b"m":
                    parts.append(octets)
            else:
                parts.append(self._node())
        self._position += 1
        return tuple(parts)

    def _name(self) -> bytes:
        begin = self._position + 3
        end = begin + int.from_bytes(self._shape[begin - 2 : begin], "little")
        self._position = end
        return self._shape[begin:end]

    def _node(self) -> Node:  # noqa: PLR0911 - one line a letter
        letter = chr(self._shape[self._position])
        if letter == "F":
            return self._form()
        self._position += 1
        if letter == "{":
            self.objects.append(Object(tuple(self._members())))
            return self.objects[-1]
        if letter == "[":
            return Array(tuple(self._items()))
        if letter in WORDS:
            return Word(WORDS[letter])
        if letter == "J":
            number = self._next_nested()
            value = self._node()
            self._position += 1
            return Json(value, number)
        if letter in "LA":
            number = self._next_nested()
            return Line(self._parts(letter.lower().encode()), number)
        if letter in _DUMPS:
            return Dump(letter, self._node())
        if letter == "B":
            text = self._node()
            self._position += 1
            return Base64(text)
        leaf = Leaf(letter, len(self.leaves))
        self.leaves.append(leaf)
        return leaf

    def _members(self) -> list[tuple[bytes, Node]]:
        members = []
        while self._shape[self._position : self._position + 1] != b"}":
            name = self._name()
            members.append((name, self._node()))
        self._position += 1
        return members

    def _items(self) -> list[Node]:
        items = []
        while self._shape[self._position : self._position + 1] != b"]":
            items.append(self._node())
        self._position += 1
        return items

    def _form(self) -> Form:
        self._position += 1
        number = self._next_nested()
        pairs: list[tuple[bytes, Node | None]] = []
        while self._shape[self._position : self._position + 1] != b"f":
            has_value = self._shape[self._position : self._position + 1] == b"p"
            name = self._name()
            pairs.append((name, self._node() if has_value else None))
        self._position += 1
        return Form(tuple(pairs), number)

    def _next_nested(self) -> int:
        self._nested_count += 1
        return self._nested_count - 1


def reordered(  # noqa: PLR0911 - one line a kind of node
    node: Node, in_order: Callable[[tuple[tuple[bytes, Node], ...]], Iterable[tuple[bytes, Node]]]
) -> Node:
    """The same with the members of every object in another order."""
    if isinstance(node, Object):
        return Object(tuple((name, reordered(value, in_order)) for name, value in in_order(node.members)))
    if isinstance(node, Array):
        return Array(tuple(reordered(item, in_order) for item in node.items))
    if isinstance(node, Json | Dump):
        return node._replace(value=reordered(node.value, in_order))
    if isinstance(node, Base64):
        return Base64(reordered(node.text, in_order))
    if isinstance(node, Form):
        return node._replace(pairs=tuple((name, value and reordered(value, in_order)) for name, value in node.pairs))
    if isinstance(node, Line):
        parts = (part if isinstance(part, bytes) else reordered(part, in_order) for part in node.parts)
        return node._replace(parts=tuple(parts))
    return node


def numbers_in(node: Node) -> tuple[list[int], list[int]]:
    """The numbers of the leaves and of the nested texts in the order in which they stand."""
    leaves: list[int] = []
    nested: list[int] = []
    waiting: list[Node | bytes | None] = [node]
    while waiting:
        one = waiting.pop()
        if isinstance(one, Leaf):
            leaves.append(one.number)
        if isinstance(one, Json | Form | Line) and one.number >= 0:
            nested.append(one.number)
        waiting.extend(reversed(_within(one)))
    return leaves, nested


def _within(node: Node | bytes | None) -> Sequence[Node | bytes | None]:
    if isinstance(node, Object):
        return [value for _, value in node.members]
    if isinstance(node, Form):
        return [value for _, value in node.pairs]
    if isinstance(node, Array):
        return node.items
    if isinstance(node, Line):
        return node.parts
    if isinstance(node, Json | Dump):
        return [node.value]
    return [node.text] if isinstance(node, Base64) else []


def names_in(shape: bytes) -> list[str]:
    """The names in the object that the records of a shape are."""
    root = Tree(shape, Kind.JSON).root
    return (
        [json.loads(b'"%b"' % text_of(name).encode()) for name, _ in root.members] if isinstance(root, Object) else []
    )


def _json(node: Node, leaves: Sequence[bytes]) -> bytes:
    """JSON source."""
    if isinstance(node, Object):
        return b"{" + b",".join(b'"%b":%b' % (name, _json(value, leaves)) for name, value in node.members) + b"}"
    if isinstance(node, Array):
        return b"[" + b",".join(_json(item, leaves) for item in node.items) + b"]"
    if isinstance(node, Word):
        return node.octets
    text = _text(node, leaves)
    if isinstance(node, Leaf) and node.letter in _NUMBERS:
        return text
    return b'"' + _ESCAPED.sub(lambda found: b"\\u%04x" % found[0][0], text) + b'"'


def _text(node: Node, leaves: Sequence[bytes]) -> bytes:
    """The bytes of a text, before whatever holds it escapes them."""
    if isinstance(node, Leaf):
        return leaves[node.number]
    if isinstance(node, Json):
        return _json(node.value, leaves)
    if isinstance(node, Line):
        return b"".join(part if isinstance(part, bytes) else _text(part, leaves) for part in node.parts)
    if isinstance(node, Base64):
        return base64.b64encode(_text(node.text, leaves))
    if isinstance(node, Dump):
        return _DUMPS[node.letter](node.value, leaves)
    if isinstance(node, Form):
        return b"&".join(
            name if value is None else b"%b=%b" % (name, quote_from_bytes(_text(value, leaves), safe="").encode())
            for name, value in node.pairs
        )
    raise TypeError(node)


def _printed(node: Node, leaves: Sequence[bytes], indentation: bytes = b"", end: bytes = b"\n") -> bytes:
    """What ``print_r`` prints, each line ended in some way."""
    if isinstance(node, Word):
        return b""
    if not isinstance(node, Object):
        return _text(node, leaves)
    inner = indentation + b" " * 8
    elements = [
        b"%b    [%b] => %b%b" % (indentation, name, _printed(value, leaves, inner, end), end)
        + end * isinstance(value, Object)
        for name, value in node.members
    ]
    return b"Array%b%b(%b%b%b)" % (end, indentation, end, b"".join(elements), indentation)


def _exported(node: Node, leaves: Sequence[bytes], around: tuple[bytes, bytes] = (b"array (", b")")) -> bytes:
    """What ``var_export`` prints, on one line; also with other brackets around each array."""
    if isinstance(node, Word):
        return b"NULL"
    if isinstance(node, Object):
        members = [
            b"%b => %b," % (name if _INDEX.fullmatch(name) else b"'%b'" % name, _exported(value, leaves, around))
            for name, value in node.members
        ]
        return b"".join(members).join(around)
    text = _text(node, leaves)
    is_number = isinstance(node, Leaf) and node.letter in _NUMBERS
    return text if is_number else b"'%b'" % text.replace(b"\\", b"\\\\").replace(b"'", b"\\'")


def _dumped(node: Node, leaves: Sequence[bytes]) -> bytes:
    """What ``var_dump`` prints, without indentation."""
    if isinstance(node, Word):
        return b"NULL"
    if isinstance(node, Object):
        members = [
            b"[%b]=>\n%b\n" % (name if _INDEX.fullmatch(name) else b'"%b"' % name, _dumped(value, leaves))
            for name, value in node.members
        ]
        return b"array(%d) {\n%b}" % (len(members), b"".join(members))
    text = _text(node, leaves)
    is_number = isinstance(node, Leaf) and node.letter in _NUMBERS
    return b"float(%b)" % text if is_number else b'string(%d) "%b"' % (len(text), text)


def _serialized(node: Node, leaves: Sequence[bytes]) -> bytes:
    """What ``serialize`` writes."""
    if isinstance(node, Word):
        return b"N;"
    if isinstance(node, Object):
        members = [
            (b"i:%b;" % name if _INDEX.fullmatch(name) else b's:%d:"%b";' % (len(name), name))
            + _serialized(value, leaves)
            for name, value in node.members
        ]
        return b"a:%d:{%b}" % (len(members), b"".join(members))
    text = _text(node, leaves)
    is_number = isinstance(node, Leaf) and node.letter in _NUMBERS
    return b"d:%b;" % text if is_number else b's:%d:"%b";' % (len(text), text)


_INDEX: Final = re.compile(rb"-?[0-9]+")
_DUMPS: Final[dict[str, Callable[[Node, Sequence[bytes]], bytes]]] = {
    "Y": _printed,
    "R": partial(_printed, end=b"\r\n"),
    "O": partial(_printed, end=b" "),
    "E": _exported,
    "H": partial(_exported, around=(b"[", b"]")),
    "G": _dumped,
    "S": _serialized,
}


def _nginx_escape(found: re.Match[bytes]) -> bytes:
    return b"\\x%02X" % found[0][0]
