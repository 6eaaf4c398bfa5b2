"""Texts whose length in bytes a dump states, also where the log has changed their encoding since."""

from __future__ import annotations

import re
from typing import NamedTuple

from corena_recon.vocabulary import Unreadable

_LOST = (b"?", "\ufffd".encode())
"""What stands in a text for characters that an encoding could not hold."""
_CHARACTER_MAX_BYTES = 4


class TextEnd(NamedTuple):
    """Where a text of a stated length ends.

    Attributes:
        end: The place of its closing quotation mark; where there is a problem, how far it was read.
        is_lossy: Whether characters of it were replaced.
        problem: ``truncated``, ``invalid_json`` or None.
    """

    end: int
    is_lossy: bool = False
    problem: Unreadable | None = None


def end_of_text(octets: bytes, begin: int, length: int, closing: re.Pattern[bytes]) -> TextEnd:
    """Where a text ends: as far behind its beginning as stated, or at the next quotation mark, where that explains it.

    Args:
        octets: The dump.
        begin: Behind the opening quotation mark.
        length: As stated.
        closing: Matches the closing quotation mark with what has to follow it.
    """
    if closing.match(octets, begin + length):
        return TextEnd(begin + length)
    end = octets.find(b'"', begin)
    if end < 0:
        return TextEnd(len(octets), problem=Unreadable.TRUNCATED)
    if closing.match(octets, end):
        text = octets[begin:end]
        if length in _lengths_before(text):
            return TextEnd(end)
        lost = sum(map(text.count, _LOST))
        if lost and len(text) - len(_LOST[1]) * lost <= length <= len(text) + _CHARACTER_MAX_BYTES * lost:
            return TextEnd(end, is_lossy=True)
    return TextEnd(begin, problem=Unreadable.INVALID_JSON)


def _lengths_before(text: bytes) -> set[int]:
    """How long a text may have been before its encoding or its line ends were changed."""
    lengths = {len(text) - text.count(b"\r\n"), len(text) + text.count(b"\n")}
    try:
        characters = text.decode()
    except UnicodeDecodeError:
        for encoding in ("latin-1", "cp1252"):
            lengths.add(len(text.decode(encoding, "replace").encode()))
    else:
        lengths.add(len(characters))
    return lengths
