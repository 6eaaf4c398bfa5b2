"""Notifications that a text holds in base64. The core sees the same beginnings, in ``lines.c``."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import unquote_to_bytes

from corena_recon.archive.records.envelopes import decoded_base64

ENCODED: Final = re.compile(
    rb"(?<![A-Za-z0-9+/])(?:c3RhdHVzP|eyJzdGF0dXMi|eyJzaWduYXR1|eyJpZGVudGlm|eyJkYXRhI|ewogICAgIn|YTo[w-z0-5]OntzOj)"
    rb"[A-Za-z0-9+/]{60,}={0,2}"
)
"""A body, an object or what ``serialize`` writes, in base64, by the field that it begins with."""


def encoded_notification(octets: bytes) -> bytes | None:
    """The bytes of what a text holds in base64, should that begin as a notification does; else None."""
    found = ENCODED.search(octets)
    return None if found is None else decoded_base64(found[0].decode())


TWICE: Final = re.compile(rb"(?i)(?:status|signature|identifier)(?:%3D|%22)[^\s\"'<>]*")
"""A body or an object that is encoded as for an address as a whole."""
_ENCODED_WORD: Final = re.compile(
    rb"(?i)(?:(?<=[=&?\s\"'\[(])|\A)(?:%7B|%5B|(?:status|identifier|signature|data)%)[^\s\"'<>&=]*"
)


def decoded_once(octets: bytes) -> bytes:
    """The text with what is encoded in it as for an address, as a whole, decoded once."""
    return _ENCODED_WORD.sub(lambda word: unquote_to_bytes(word[0].replace(b"+", b" ")), octets)
