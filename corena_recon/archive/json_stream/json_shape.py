"""What the beginning of a source says about the JSON in it, for recognising forms."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, Final

from corena_recon.archive.json_stream.json_elements import Layout
from corena_recon.archive.records.exact_json import parse_json

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
    lines = [line.strip() for line in head.split(b"\n")[:_SAMPLE_LINES]]
    objects = [parse_json(line).value for line in lines if line[:1] == b"{" and line[-1:] == b"}" and len(line) > 2]
    found = [value for value in objects if isinstance(value, dict)]
    if not found:
        value = parse_json(_closed(head)).value
        found = [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, dict)]
    return tuple(found)


def entries_in(head: bytes, layout: Layout) -> list[dict[str, Any]] | None:
    """The elements that the first bytes hold where a form keeps them; None where there is no such place.

    Args:
        head: The first bytes of a source.
        layout: Where the form keeps its elements.
    """
    found: list[Any] = []
    is_wrapped = False
    names = frozenset(layout.arrays)
    for one in sample_of(head):
        inner = one.get(layout.wrapper) if layout.wrapper else one
        # Most objects have none of the names, and this is asked of every form.
        wrapper = inner if isinstance(inner, dict) and not names.isdisjoint(inner) else {}
        arrays = [wrapper[name] for name in layout.arrays if isinstance(wrapper.get(name), list)] if wrapper else []
        is_wrapped |= bool(arrays)
        found.extend(arrays[0] if arrays else [one])
    entries = [entry for entry in found if isinstance(entry, dict)]
    return entries if entries or is_wrapped else None


def _closed(head: bytes) -> bytes:
    """A JSON text that is cut off, cut back to its last comma and closed there."""
    stack: list[bytes] = []
    end, closing = 0, b""
    position = 0
    while token := _TOKEN.search(head, position):
        position = token.end()
        character = token.group()
        if character in (b"{", b"["):
            stack.append(b"}" if character == b"{" else b"]")
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
