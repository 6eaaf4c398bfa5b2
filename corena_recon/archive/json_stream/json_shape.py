"""What the beginning of a source says about the JSON in it, for recognising forms."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, Final

from corena_recon.archive.json_stream.json_elements import Layout
from corena_recon.archive.lines.line_runs import without_blank_start
from corena_recon.archive.records.exact_json import DEPTH_MAX, parse_json
from corena_recon.vocabulary import RECORD_MAX_BYTES

if TYPE_CHECKING:
    from corena_recon.archive.sources.containers import ByteStream

HEAD_BYTES: Final = 65_536
_HEAD_MAX_BYTES: Final = 4 * RECORD_MAX_BYTES
_TOKENS_MAX: Final = 400_000
_SAMPLE_LINES: Final = 50
_TOKEN: Final = re.compile(rb'"(?:[^"\\]++|\\.)*+"|["\[\]{},]', re.DOTALL)


@lru_cache(maxsize=8)
def sample_of(head: bytes) -> tuple[dict[str, Any], ...]:
    """The objects that the first bytes hold: of an array its elements, of lines one a line, else the one object.

    Args:
        head: The first bytes of a source; what they cut off is left out.
    """
    if head.lstrip()[:1] not in (b"{", b"["):
        return ()
    found = _objects_by_line(head)
    if not found:
        value = parse_json(_closed(head)).value
        found = tuple(one for one in (value if isinstance(value, list) else [value]) if isinstance(one, dict))
    return found


@lru_cache(maxsize=8)
def _objects_by_line(head: bytes) -> tuple[dict[str, Any], ...]:
    """The objects that are a line each, of the first lines."""
    lines = (line.strip() for line in head.split(b"\n", _SAMPLE_LINES)[:_SAMPLE_LINES])
    objects = (parse_json(line).value for line in lines if line[:1] == b"{" and line[-1:] == b"}" and len(line) > 2)
    return tuple(value for value in objects if isinstance(value, dict))


@lru_cache(maxsize=8)
def _names_in(head: bytes) -> frozenset[str]:
    """The names in the objects that the first bytes hold."""
    return frozenset(chain.from_iterable(sample_of(head)))


def entries_in(head: bytes, layout: Layout) -> list[dict[str, Any]] | None:
    """The elements that the first bytes hold where a form keeps them; None where there is no such place.

    Args:
        head: The first bytes of a source.
        layout: Where the form keeps its elements.
    """
    names = frozenset(layout.arrays)
    # Most sources have none of the names, and this is asked of every form.
    if _names_in(head).isdisjoint({layout.wrapper} if layout.wrapper else names):
        return list(sample_of(head)) or None
    found: list[Any] = []
    is_wrapped = False
    for one in sample_of(head):
        inner = one.get(layout.wrapper) if layout.wrapper else one
        wrapper = inner if isinstance(inner, dict) and not names.isdisjoint(inner) else {}
        arrays = [wrapper[name] for name in layout.arrays if isinstance(wrapper.get(name), list)] if wrapper else []
        is_wrapped |= bool(arrays)
        found.extend(arrays[0] if arrays else [one])
    entries = [entry for entry in found if isinstance(entry, dict)]
    return entries if entries or is_wrapped else None


@lru_cache(maxsize=8)
def documents_in(head: bytes) -> tuple[tuple[Any, ...], bool]:
    """The documents that the first bytes hold, and whether the only one of them is cut off by their end.

    Args:
        head: The first bytes of a source that begins as JSON does: objects one a line, or one document.
    """
    found = _objects_by_line(head) if head.lstrip()[:1] == b"{" else ()
    if found:
        return found, False
    closed = _closed(head)
    value = parse_json(closed).value
    return ((value,) if isinstance(value, dict | list) else ()), not head.startswith(closed)


def json_head(stream: ByteStream) -> bytes:
    """The first bytes of a source, without a mark and blank lines before them: as many as recognising it takes.

    That are more where the first entry of a JSON text is longer.
    """
    size = HEAD_BYTES
    while True:
        octets = stream.head(size)
        head = without_blank_start(octets)
        if len(octets) < size or size >= _HEAD_MAX_BYTES or not _ends_in_first_entry(head):
            return head
        size *= 4


@lru_cache(maxsize=8)
def _ends_in_first_entry(head: bytes) -> bool:
    """Whether a JSON text is cut off in its first entry: the first item of its outermost open array, or an object."""
    if head.lstrip()[:1] not in (b"{", b"["):
        return False
    stack, commas = _open_at_end(head)
    if b"[" not in stack:
        return bool(stack)
    return commas[stack.index(b"[")] == 0


def _open_at_end(head: bytes) -> tuple[list[bytes], list[int]]:
    """What the first bytes leave open of their first value, and how many commas stand in each; nothing where too much.

    A text of so many brackets has no entry that is long.
    """
    stack: list[bytes] = []
    commas: list[int] = []
    for number, token in enumerate(_TOKEN.finditer(head)):
        if number == _TOKENS_MAX:
            return [], []
        character = token.group()[:1]
        if character in (b"{", b"["):
            stack.append(character)
            commas.append(0)
            if len(stack) > DEPTH_MAX:
                return [], []
        elif character in (b"}", b"]"):
            if len(stack) < 2:
                return [], []
            stack.pop()
            commas.pop()
        elif character == b"," and commas:
            commas[-1] += 1
    return stack, commas


def _closed(head: bytes) -> bytes:
    """A JSON text that is cut off, cut back to its last comma and closed there."""
    stack: list[bytes] = []
    end, closing = 0, b""
    position = 0
    for token in islice(_TOKEN.finditer(head), _TOKENS_MAX):
        position = token.end()
        character = token.group()
        if character in (b"{", b"["):
            stack.append(b"}" if character == b"{" else b"]")
            if len(stack) > DEPTH_MAX:
                break
        elif character in (b"}", b"]"):
            if not stack:
                return head
            stack.pop()
            if not stack:
                return head[:position]
        elif character == b'"':
            break
        elif character == b",":
            end, closing = token.start(), b"".join(reversed(stack))
    return head[:end] + closing
