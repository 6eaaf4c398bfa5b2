"""One JSON document: an array of records, or one record; read element by element, in bounded memory."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final, NamedTuple

from corena_recon.archive.batches import Batch, Entry, Room, batches_of
from corena_recon.archive.exact_json import Parsed, json_text, parse_json_at
from corena_recon.archive.lines import BYTE_ORDER_MARK
from corena_recon.archive.posting import from_value, unreadable
from corena_recon.text import octets_of
from corena_recon.vocabulary import RECORD_MAX_BYTES, Unreadable

if TYPE_CHECKING:
    from corena_recon.archive.containers import ByteStream

_GAP: Final = re.compile(r"[\s,]*")
_NEXT_OBJECT: Final = re.compile(r",\s*(?=\{)")


class Element(NamedTuple):
    """One element of an array.

    Attributes:
        parsed: Its value, or why there is none.
        text: Its source text.
    """

    parsed: Parsed
    text: str


class JsonDocument(Room):
    """The form ``json``: an array of notifications or envelopes, or one of them."""

    name = "json"

    def recognises(self, head: bytes) -> bool:
        """An array, or an object that spans lines."""
        return head.lstrip()[:1] in (b"[", b"{")

    def read(self, stream: ByteStream, *, keep_raw: bool) -> Iterator[Batch]:
        """Every element, or the one object."""
        return batches_of(self._entries(stream), keep_raw=keep_raw)

    def _entries(self, stream: ByteStream) -> Iterator[Entry]:
        for element in elements_of(stream):
            raw = octets_of(element.text)
            if element.parsed.problem is not None:
                yield unreadable(element.parsed.problem, raw), raw
            else:
                yield from_value(element.parsed.value, ambiguous=element.parsed.repeats_a_key, raw=raw), raw


def elements_of(stream: ByteStream) -> Iterator[Element]:
    """The elements of a JSON array, or the one value of a document that is no array.

    A damaged element is one element with its problem; reading goes on at the next object that follows a comma. An
    element that the end of the source cuts off is ``truncated`` and marks the stream.
    """
    window = _Window(stream)
    window.skip_gap()
    is_array = window.text[window.position : window.position + 1] == "["
    if is_array:
        window.position += 1
    closed = False
    while not closed:
        window.skip_gap()
        if window.position >= len(window.text):
            break
        if is_array and window.text[window.position] == "]":
            closed = True
        else:
            yield _next_element(window, stream)
            closed = not is_array
    window.skip_gap()
    if window.position < len(window.text):
        rest = window.rest()
        yield Element(Parsed(None, repeats_a_key=False, problem=Unreadable.INVALID_JSON), rest)
    stream.truncated |= is_array and not closed


def _next_element(window: _Window, stream: ByteStream) -> Element:
    start = window.position
    while True:
        try:
            parsed, end = parse_json_at(window.text, start)
        except (ValueError, RecursionError):
            parsed, end = None, len(window.text)
        if parsed is not None and (end < len(window.text) or window.is_exhausted):
            window.position = end
            return Element(parsed, window.text[start:end])
        if window.is_exhausted or len(window.text) - start > RECORD_MAX_BYTES:
            break
        start = window.grow(start)
    return _damaged_element(window, stream, start)


def _damaged_element(window: _Window, stream: ByteStream, start: int) -> Element:
    for comma in _NEXT_OBJECT.finditer(window.text, start):
        try:
            parse_json_at(window.text, comma.end())
        except (ValueError, RecursionError):
            continue
        window.position = comma.end()
        problem = Unreadable.INVALID_JSON
        if comma.start() - start > RECORD_MAX_BYTES:
            problem = Unreadable.TOO_LARGE
        return Element(Parsed(None, repeats_a_key=False, problem=problem), window.text[start : comma.start()])
    rest = window.rest()
    is_cut = not rest.rstrip().endswith(("]", "}"))
    stream.truncated |= is_cut
    problem = Unreadable.TRUNCATED if is_cut else Unreadable.INVALID_JSON
    return Element(Parsed(None, repeats_a_key=False, problem=problem), rest)


class _Window:
    """The part of the document that is being read."""

    def __init__(self, stream: ByteStream) -> None:
        self._blocks = stream.blocks()
        self._pending = b""
        self.text = ""
        self.position = 0
        self.is_exhausted = False
        self.grow(0)
        self.text = self.text.removeprefix(BYTE_ORDER_MARK.decode())

    def grow(self, start: int) -> int:
        """Reads on, forgets what lies before ``start``, and gives the new place of ``start``."""
        block = next(self._blocks, b"")
        octets = self._pending + block
        if block:
            cut = max(map(octets.rfind, (b"}", b",", b"\n"))) + 1
        else:
            self.is_exhausted = True
            cut = len(octets)
        self._pending = octets[cut:]
        self.text = self.text[start:] + json_text(octets[:cut])
        self.position -= start
        return 0

    def skip_gap(self) -> None:
        """Moves over white space and commas, reading on where the text ends."""
        while True:
            match = _GAP.match(self.text, self.position)
            self.position = match.end() if match else self.position
            if self.position < len(self.text) or self.is_exhausted:
                return
            self.grow(self.position)

    def rest(self) -> str:
        """What is left, as far as a record may reach; reading ends here."""
        start = self.position
        while not self.is_exhausted:
            start = self.grow(
                max(start, len(self.text) - RECORD_MAX_BYTES) if len(self.text) > RECORD_MAX_BYTES else start
            )
        rest = self.text[start:]
        self.position = len(self.text)
        return rest
