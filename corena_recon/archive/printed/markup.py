"""Texts that were written for a page: PHP's ``htmlspecialchars`` and ``nl2br``, Python's ``html.escape``."""

from __future__ import annotations

import re
from typing import Final

OF_A_PAGE: Final = re.compile(rb"(?i:&(?:gt|lt|quot|amp|apos|nbsp|\#0{0,4}3[49]|\#x2[27]);|<br ?/?>)")
"""What a page writes for characters that mean something to it, and for line ends."""
_ESCAPED: Final = re.compile(rb"(?i:&(gt|lt|quot|amp|apos|nbsp|\#0{0,4}39|\#0{0,4}34|\#x27|\#x22);|<br ?/?>(?:\r?\n)?)")
_CHARACTERS: Final = {b"gt": b">", b"lt": b"<", b"amp": b"&", b"nbsp": b" ", b"apos": b"'", b"quot": b'"'}


def without_markup(octets: bytes) -> bytes:
    """The text that a page shows, each escape undone once."""
    return _ESCAPED.sub(_shown, octets)


def place_without_markup(octets: bytes, place: int) -> int:
    """Where in ``without_markup`` the character stands that stands at a place of the text as it is."""
    return len(without_markup(octets[:place]))


def place_with_markup(octets: bytes, place: int) -> int:
    """Where in the text as it is the character stands that stands at a place of ``without_markup``."""
    gone = 0
    for escape in _ESCAPED.finditer(octets):
        if escape.start() - gone >= place:
            break
        gone += len(escape[0]) - len(_shown(escape))
    return place + gone


def _shown(escape: re.Match[bytes]) -> bytes:
    if escape[1] is None:
        return b"\n"
    name = escape[1].lower()
    return _CHARACTERS.get(name) or (b"'" if name.endswith((b"39", b"27")) else b'"')
