"""What an explanation must not say: a signature that would make an untrusted message pass, and any secret.

A signature that verifies nothing yet is a ready-made forgery. Of such a signature at most the first 8 digits are ever
shown, in whatever field and spelling it occurs.
"""

from __future__ import annotations

import base64
import string
from collections.abc import Iterable
from typing import Any, Final

from corena_recon.text import text_of

SHOWN_DIGITS: Final = 8
"""How many digits of a withheld signature may be seen."""

_UPPER: Final = str.maketrans(string.ascii_lowercase, string.ascii_uppercase)
_WINDOW: Final = SHOWN_DIGITS + 1
_SECRET_MIN_CHARACTERS: Final = 6
_CHANCE_DIGITS: Final = 24  # of 64 random digits 4 agree; so many agree once in 10 ** 12 signatures


class Withheld:
    """Signatures and secrets that must not be seen, and how to cut them out of a text.

    Args:
        digests: The digests of the signatures.
        secrets: The secrets of the key ring.
    """

    def __init__(self, digests: Iterable[bytes], secrets: Iterable[bytes] = ()) -> None:
        self._digests = frozenset(digests)
        self._windows = {
            spelling[start : start + _WINDOW]
            for digest in self._digests
            for spelling in _spellings(digest)
            for start in range(len(spelling) - _WINDOW + 1)
        }
        self._beginnings = {digest.hex().upper()[:SHOWN_DIGITS] for digest in self._digests}
        self._secrets = [text_of(secret) for secret in secrets if len(secret) >= _SECRET_MIN_CHARACTERS]

    def cut(self, text: str) -> str:
        """The text with every withheld signature shortened to its first 8 digits, and every secret left out."""
        for secret in self._secrets:
            text = text.replace(secret, "…")
        if len(text) < _WINDOW or not self._windows:
            return text
        upper = text.translate(_UPPER)
        is_covered = bytearray(len(text))
        for start in range(len(text) - _WINDOW + 1):
            end = start + _WINDOW
            if text[start:end] in self._windows or upper[start:end] in self._windows:
                is_covered[start:end] = b"\1" * _WINDOW
        return self._without(text, is_covered) if any(is_covered) else text

    def cut_signature(self, signature: str) -> str:
        """A received signature; its first 8 digits where it gives away a withheld one digit by digit."""
        digits = signature.strip().upper()
        if any(_agreeing(digits, digest.hex().upper()) >= _CHANCE_DIGITS for digest in self._digests):
            return self.cut(signature.strip()[:SHOWN_DIGITS]) + "…"
        return self.cut(signature)

    def cut_all(self, value: Any) -> Any:  # noqa: ANN401 - plain data of any shape
        """Plain data with every text cut."""
        if isinstance(value, str):
            return self.cut(value)
        if isinstance(value, dict):
            return {name: self.cut_all(member) for name, member in value.items()}
        if isinstance(value, list | tuple):
            return [self.cut_all(member) for member in value]
        return value

    def _without(self, text: str, is_covered: bytearray) -> str:
        """The text without its covered runs; of one that begins as a signature does, the first digits stay."""
        pieces: list[str] = []
        place = 0
        while place < len(text):
            end = place
            while end < len(text) and is_covered[end] == is_covered[place]:
                end += 1
            begins = text[place : place + SHOWN_DIGITS]
            if not is_covered[place]:
                pieces.append(text[place:end])
            else:
                pieces.append(begins + "…" if begins.translate(_UPPER) in self._beginnings else "…")
            place = end
        return "".join(pieces)


def _spellings(digest: bytes) -> list[str]:
    text = digest.hex().upper()
    encoded = [base64.b64encode(octets).decode() for octets in (digest, text.encode(), text.lower().encode())]
    return [text, *encoded, *(spelling.replace("+", "-").replace("/", "_") for spelling in encoded)]


def _agreeing(one: str, other: str) -> int:
    return sum(digit == its for digit, its in zip(one, other, strict=False))
