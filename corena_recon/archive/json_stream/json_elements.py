"""The elements of JSON documents, one by one, going on after damage.

A document is an array of elements, an object that holds such an array under a known name, or one element. Several
documents may follow one another, as pages of an interface saved one after the other do.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from corena_recon.archive.json_stream.json_window import JsonWindow
from corena_recon.archive.records.exact_json import Parsed, parse_json_at
from corena_recon.vocabulary import RAW_MAX_BYTES, RECORD_MAX_BYTES, Unreadable

if TYPE_CHECKING:
    from corena_recon.archive.sources.containers import ByteStream

_NEXT_OBJECT: Final = re.compile(r"(?:,|(?<=\}).?)\s*(?=\{)")
_RESUME_ATTEMPTS: Final = 1000
"""How many places after a damaged element are tried: each may be a trap that is long to read."""
_NAMES_MAX: Final = 1000
_POSTED_NAMES: Final = frozenset({"signature", "identifier"})
_NAMES_AROUND: Final = frozenset({"received_at", "receivedAt", "endpoint", "merchant"})
"""What an object says of all that is in its arrays. Other times are when a page was asked for, or an export made."""
_NAMES_A_NOTIFICATION: Final = re.compile(r"signature|identifier", re.IGNORECASE)


class Element(NamedTuple):
    """One element of a document.

    Attributes:
        parsed: Its value, or why there is none.
        text: Its source text.
    """

    parsed: Parsed
    text: str


class Around:
    """An object on the way to elements, with what it says of all of them, be it behind them.

    Attributes:
        said: Texts by name.
        outer: The object that it is in; None for what is in none.
    """

    def __init__(self, outer: Around | None = None) -> None:
        self.said: dict[str, str] = {}
        self.outer = outer


class Layout(NamedTuple):
    """Where a form keeps its elements when one object holds them all.

    Attributes:
        arrays: Names whose array holds the elements.
        wrapper: The name whose object holds such an array, where the outermost object does not.
        names: Some names that elements of this form have.
        paths: The ways to arrays of elements in a document, where these are known by its content: names of members,
            ``ITEMS`` for each array on the way and at its end, ``MEMBERS`` for an object whose members are elements.
            What stands beside the ways is no element.
    """

    arrays: tuple[str, ...] = ()
    wrapper: str | None = None
    names: frozenset[str] = frozenset()
    paths: frozenset[tuple[str, ...]] = frozenset()


ITEMS: Final = "*"
MEMBERS: Final = "{}"
PLAIN: Final = Layout()


class TakeObjects(Protocol):
    """Takes objects in the place of who asks for elements."""

    def names(self) -> Iterable[str]:
        """The names of the objects that were taken, as far as they differ."""
        ...

    def take(self, octets: bytes, *, are_documents: bool) -> tuple[int, bool]:
        """How many of the bytes it has taken, whole objects from the first on, and whether it needs more of them.

        Args:
            octets: What stands from there on.
            are_documents: Whether what begins there is no element of an array: then an array is none, and holds some.
        """
        ...


def elements_of(
    stream: ByteStream, layout: Layout = PLAIN, taker: TakeObjects | None = None
) -> Iterator[Element | Around | None]:
    """Every element of every document in the stream, and before those of another object than before, that object.

    A damaged element is one element with its problem; reading goes on at the next object that has a name in common
    with the elements before it. What the end of the source cuts off is ``truncated`` and marks the stream.

    Args:
        stream: The documents.
        layout: Where their elements are.
        taker: Is offered objects before they are read here. None stands for those that it has taken.
    """
    reader = _Reader(stream, layout, taker)
    while reader.window.peek():
        yield from reader.document()


class _Reader:
    """Reads the documents of one stream."""

    def __init__(self, stream: ByteStream, layout: Layout, taker: TakeObjects | None) -> None:
        self.window = JsonWindow(stream)
        self._taker = taker
        self._stream = stream
        self._layout = layout
        self._names = set(layout.names)
        self._gave_up = False
        self._around = Around()

    def document(self) -> Iterator[Element | Around | None]:
        """Every element of the document that begins here."""
        self.window.begin()
        first = self.window.peek()
        if self._layout.paths and first in ("[", "{"):
            # Whatever document has none of the ways is an element itself.
            yield from self._on_the_way(self._layout.paths | {()})
        elif first == "[":
            self.window.position += 1
            yield from self._array()
        elif first == "{" and self._layout.arrays and (depth := self._enter()):
            yield from self._array()
            yield from self._rest_of_wrapper(depth)
        elif first == "{" and not self._layout.arrays and self._are_taken(are_documents=True):
            yield None
        else:
            yield self._element()

    def _array(self) -> Iterator[Element | None]:
        """The elements up to the bracket that closes the array."""
        while character := self.window.peek():
            if character == "]":
                self.window.position += 1
                return
            yield None if character in "[{" and self._are_taken(are_documents=False) else self._element()
        self._stream.truncated |= not self._gave_up

    def _on_the_way(self, paths: frozenset[tuple[str, ...]]) -> Iterator[Element | Around | None]:
        """The elements of the array or object that begins here, on ways that begin in it."""
        within = frozenset(path[1:] for path in paths if path[:1] == (ITEMS,))
        if self.window.text[self.window.position] == "{":
            yield from self._members_on_the_way(paths)
        elif not within:
            yield from self._beside_the_way(is_element=() in paths)
        elif within == {()}:
            self.window.position += 1
            yield from self._array()
        else:
            self.window.position += 1
            yield from self._items_on_the_way(within)

    def _items_on_the_way(self, paths: frozenset[tuple[str, ...]]) -> Iterator[Element | Around | None]:
        while character := self.window.peek():
            if character == "]":
                self.window.position += 1
                return
            self.window.begin()
            if character in "[{":
                yield from self._on_the_way(paths)
            else:
                yield from self._beside_the_way(is_element=() in paths)
            if self._gave_up:
                return
        self._stream.truncated |= not self._gave_up

    def _members_on_the_way(self, paths: frozenset[tuple[str, ...]]) -> Iterator[Element | Around | None]:
        """The elements within an object; where none of the ways goes on in it, it may be an element itself."""
        window = self.window
        window.begin()
        if not any(path and path[0] != ITEMS for path in paths) or not self._leads_on(paths):
            yield from self._beside_the_way(is_element=() in paths)
            return
        window.position += 1
        self._around = Around(self._around)
        yield self._around
        while character := window.peek():
            if character == "}":
                window.position += 1
                self._around = self._around.outer or self._around
                yield self._around
                return
            window.begin()
            name = window.parsed_here() if character == '"' else None
            if name is None or not window.passes_colon() or not (character := window.peek()):
                yield self._damaged()
                return
            within = frozenset(path[1:] for path in paths if path[:1] in ((name.value,), (MEMBERS,)))
            if within and character in "[{":
                yield from self._on_the_way(within)
            elif name.value in _POSTED_NAMES:
                # Beside a way that it has come from: what is left of an element that was none.
                element = self._element()
                yield element._replace(parsed=element.parsed._replace(value={name.value: element.parsed.value}))
            elif name.value in _NAMES_AROUND and character == '"':
                yield from self._said_around(name.value)
            else:
                yield from self._beside_the_way(is_element=False)
            if self._gave_up:
                return
        self._stream.truncated |= not self._gave_up

    def _said_around(self, name: str) -> Iterator[Element]:
        """Remembers a text that the object says of its elements; it is one itself where it is damaged."""
        element = self._element()
        if isinstance(element.parsed.value, str):
            self._around.said.setdefault(name, element.parsed.value)
        else:
            yield element

    def _leads_on(self, paths: frozenset[tuple[str, ...]]) -> bool:
        """Whether a member of the object that begins here is on one of the ways; the position stays."""
        window = self.window
        offset = window.position - window.mark
        names = {path[0] for path in paths if path}
        window.position += 1
        leads = False
        while not leads and window.peek() == '"' and window.position - window.mark <= RECORD_MAX_BYTES:
            name = window.parsed_here()
            if name is None or not window.passes_colon():
                break
            if name.value in _POSTED_NAMES:
                break
            leads = (name.value in names or MEMBERS in names) and window.peek() in ("[", "{")
            if not leads and window.parsed_here() is None:
                break
        window.position = window.mark + offset
        return leads

    def _beside_the_way(self, *, is_element: bool) -> Iterator[Element]:
        """The value that begins here where it is an element, damaged, or names a notification: none is lost."""
        element = self._element()
        is_bad = element.parsed.problem is not None
        if is_element or is_bad or _NAMES_A_NOTIFICATION.search(element.text):
            yield element

    def _are_taken(self, *, are_documents: bool) -> bool:
        """Whether objects from here on have been taken; the position moves behind them."""
        window = self.window
        while self._taker is not None:
            text = window.text[window.position :] if window.position else window.text
            octets = text.encode()
            taken, needs_more = self._taker.take(octets, are_documents=are_documents)
            if taken:
                window.position += taken if len(octets) == len(text) else len(octets[:taken].decode())
                return True
            if not needs_more or window.is_exhausted or len(text) > RECORD_MAX_BYTES:
                return False
            window.begin()
            window.grow()
        return False

    def _enter(self) -> int:
        """Moves into the array of elements and says how many objects are open; zero: it stays, there is none."""
        window = self.window
        offset = window.position - window.mark
        window.position += 1
        depth = 1
        found: str | None = ""
        while depth and found is not None and window.position - window.mark <= RECORD_MAX_BYTES:
            found = self._pass_member()
            if found == "array":
                return depth
            depth += {"object": 1, "close": -1}.get(found or "", 0)
        window.position = window.mark + offset
        return self._enter_damaged() if found is None else 0

    def _enter_damaged(self) -> int:
        """Moves into the first array with the right name, where what stands before it is damaged."""
        names = "|".join(map(re.escape, self._layout.arrays))
        found = re.compile(rf'"(?:{names})"\s*:\s*\[').search(self.window.text, self.window.position)
        if found is None:
            return 0
        self.window.position = found.end()
        return 1 if self._layout.wrapper is None else 2

    def _rest_of_wrapper(self, depth: int) -> Iterator[Element | None]:
        """What follows the array in the objects around it; damage there is one element."""
        while depth:
            self.window.begin()
            found = self._pass_member()
            if found == "array":
                yield from self._array()
            elif found is None:
                if self.window.peek():
                    yield self._damaged()
                self._stream.truncated |= not self._gave_up
                return
            depth += {"object": 1, "close": -1}.get(found, 0)

    def _pass_member(self) -> str | None:
        """Passes over one member of an object and says what it was; None where there is none.

        ``array`` and ``object``: the position is inside the elements' array or the wrapper. ``close``: the object
        ended. ``value``: any other member.
        """
        character = self.window.peek()
        if character == "}":
            self.window.position += 1
            return "close"
        name = self.window.parsed_here() if character == '"' else None
        if name is None or not self.window.passes_colon():
            return None
        opening = self.window.peek()
        if name.value in self._layout.arrays and opening == "[":
            self.window.position += 1
            return "array"
        if name.value == self._layout.wrapper and opening == "{":
            self.window.position += 1
            return "object"
        return "value" if self.window.parsed_here() is not None else None

    def _element(self) -> Element:
        window = self.window
        window.begin()
        parsed = window.parsed_here()
        is_too_large = window.position - window.mark > RECORD_MAX_BYTES
        if parsed is None and window.is_unfinished and window.kept_characters > RECORD_MAX_BYTES:
            text = window.pass_over()
            self._stream.truncated |= window.is_exhausted and window.position >= len(window.text)
            return _problem(Unreadable.TOO_LARGE, text)
        if parsed is None:
            return self._damaged()
        text = window.text[window.mark : window.position]
        if is_too_large:
            return _problem(Unreadable.TOO_LARGE, text)
        if isinstance(parsed.value, dict) and len(self._names) < _NAMES_MAX:
            self._names.update(parsed.value)
        return Element(parsed, text)

    def _damaged(self) -> Element:
        """The damaged element that begins at the mark; the position moves to where reading goes on."""
        window = self.window
        self._names.update(islice(self._taker.names(), _NAMES_MAX) if self._taker is not None else ())
        is_unfinished = window.is_unfinished
        beginning = ""
        attempts = 0
        while attempts < _RESUME_ATTEMPTS:
            for gap in _NEXT_OBJECT.finditer(window.text, window.mark + 1):
                attempts += 1
                if self._resumes_at(gap.end()):
                    window.position = gap.end()
                    return _problem(Unreadable.INVALID_JSON, beginning or window.text[window.mark : gap.start()])
                if attempts >= _RESUME_ATTEMPTS:
                    break
            if window.is_exhausted:
                break
            if window.kept_characters > RECORD_MAX_BYTES:
                beginning = beginning or window.text[window.mark : window.mark + RAW_MAX_BYTES]
                window.mark = len(window.text)
            window.position = window.mark
            window.grow()
        self._gave_up = True
        rest = window.rest()
        is_cut = is_unfinished or not rest.rstrip().endswith(("]", "}"))
        self._stream.truncated |= is_cut
        return _problem(Unreadable.TRUNCATED if is_cut else Unreadable.INVALID_JSON, beginning or rest)

    def _resumes_at(self, position: int) -> bool:
        try:
            parsed, _ = parse_json_at(self.window.text, position)
        except (ValueError, RecursionError):
            return False
        value = parsed.value
        return isinstance(value, dict) and bool(value) and not (self._names and self._names.isdisjoint(value))


def _problem(why: Unreadable, text: str) -> Element:
    return Element(Parsed(None, repeats_a_key=False, problem=why), text)
