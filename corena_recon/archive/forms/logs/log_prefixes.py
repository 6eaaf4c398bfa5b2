"""What stands before, or around, the text of every line of a log's entry. The core does the same, in ``prefixes.c``."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Final

from corena_recon.archive.records.exact_json import parse_json
from corena_recon.archive.records.posting import body_text_octets

NAME: Final = re.compile(rb"[Ss]ignature|[Ii]dentifier")
"""The names by which lines of notifications are found."""

_NAMED: Final = re.compile(rb"""[\["'\\<]*(?:[Ss]ignature|[Ii]dentifier)""")
_MARKUP: Final = re.compile(rb"(?:<[^<>]{0,80}>\s*)+\Z")
_LOGGED: Final = ("log", "message", "msg", "MESSAGE")
_PREFIX_MAX_BYTES: Final = 300

TextOf = Callable[[bytes], bytes | None]
"""Gives a line without what stands before it in every line of an entry; None for a line in which that does not."""


def without_prefixes(entry: bytes) -> bytes | None:
    """The text of an entry of whose lines each has the same before it, or is an object with it; None for any other."""
    lines = entry.split(b"\n")
    named = next((line for line in lines if NAME.search(line)), b"")
    text_of = text_behind(named)
    texts = None if text_of is None else [text_of(line) for line in lines]
    return None if texts is None or None in texts else b"".join(text for text in texts if text is not None)


def text_behind(named: bytes) -> TextOf | None:
    """What gives a line without what stands before every line of an entry, which one of its lines tells."""
    if named[:1] == b"{":
        value = parse_json(named).value
        name = next((one for one in _LOGGED if isinstance(value, dict) and isinstance(value.get(one), str)), None)
        return None if name is None else lambda line: _logged(line, name)
    place = _NAMED.search(named)
    before = _MARKUP.sub(b"", named[: place.start()]).rstrip() if place else b""
    if not before or len(before) > _PREFIX_MAX_BYTES:
        return None
    pattern = _like(re.sub(rb"[0-9]+", b"0", before))
    is_quoted = before.endswith(b'"')
    return lambda line: _behind(pattern, line, is_quoted=is_quoted)


@lru_cache(maxsize=64)
def _like(before: bytes) -> re.Pattern[bytes]:
    return re.compile(re.escape(before).replace(b"0", b"[0-9]+"))


def _behind(pattern: re.Pattern[bytes], line: bytes, *, is_quoted: bool) -> bytes | None:
    found = pattern.match(line)
    if found is None:
        return None
    text = line[found.end() :].removesuffix(b"\r")
    return (text.removesuffix(b'"') if is_quoted else text.removeprefix(b" ")) + b"\n"


def _logged(line: bytes, name: str) -> bytes | None:
    if line[:1] != b"{":
        return None
    value = parse_json(line).value
    text = value.get(name) if isinstance(value, dict) else None
    if not isinstance(text, str):
        return None
    octets = body_text_octets(text)
    return octets if name == "log" or octets.endswith(b"\n") else octets + b"\n"
