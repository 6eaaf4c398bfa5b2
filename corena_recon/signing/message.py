"""One message's signature.

The gateway's documentation signs the amount followed by the identifier, with no separator:
``strtoupper(hash_hmac('sha256', $data['amount'] . $identifier, $secret))``. Bytes, not text: never through a float,
never through Unicode normalisation.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from corena_recon.text import octets_of

if TYPE_CHECKING:
    from corena_recon.signing.keys import Key

_WELL_FORMED = re.compile(rb"[0-9A-F]{64}")


def signed_bytes(amount: str | bytes, identifier: str | bytes) -> bytes:
    """The bytes that the signature covers: amount and identifier exactly as posted, joined with no separator."""
    return _octets(amount) + _octets(identifier)


def sign(secret: bytes, amount: str | bytes, identifier: str | bytes) -> str:
    """The signature the gateway would post: 64 upper-case hexadecimal digits."""
    return hmac.digest(secret, signed_bytes(amount, identifier), "sha256").hex().upper()


def is_well_formed(signature: str | bytes) -> bool:
    """Whether the signature is 64 upper-case hexadecimal digits, as the gateway always writes it."""
    return _WELL_FORMED.fullmatch(_octets(signature)) is not None


def signing_key(
    keys: Iterable[Key], amount: str | bytes, identifier: str | bytes, signature: str | bytes
) -> Key | None:
    """The first key under which the signature is the exact one, compared in constant time; None when there is none."""
    claimed = _octets(signature)
    for key in keys:
        expected = sign(key.secret_bytes(), amount, identifier).encode("ascii")
        if hmac.compare_digest(expected, claimed):
            return key
    return None


def _octets(value: str | bytes) -> bytes:
    return octets_of(value) if isinstance(value, str) else value
