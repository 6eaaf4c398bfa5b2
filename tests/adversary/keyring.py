"""The keys of the benchmark: what the auditor holds, and what attackers hold."""

from __future__ import annotations

import hashlib
import hmac
from typing import Final, NamedTuple

from corena_recon import Key, KeyRing


class Signer(NamedTuple):
    """One secret of the ring; ``decimals`` is how many its honest notifications have."""

    id: str
    secret: str
    merchant: str
    decimals: int = 8
    mode: str = "live"
    valid_from: str | None = None
    valid_until: str | None = None


OLD: Final = Signer("a-2025", "pro_oldk3ypz0n7tqk4m2x9v", "shop-a", valid_until="2026-03-10")
NEW: Final = Signer("a-2026", "pro_n3wk3yd8w1c5h6r0b2j7", "shop-a", valid_from="2026-03-01")
TEST: Final = Signer("a-test", "test_k3yf4g8s1q9z3x6c2v", "shop-a", mode="test")
CENTS: Final = Signer("b", "pro_c3ntsy7u4i9o1p5l8k2j", "shop-b", decimals=2)
THIRD: Final = Signer("c", "pro_th1rdm6n3b8v2c5x9z1q", "shop-c")
UNCLEAR: Final = Signer("u", "pro_uncl3arh5g2f8d1s7a4q", "shop-u")
"""Half of its honest notifications have 8 decimals and half have 2."""
WHOLE: Final = Signer("w", "pro_wh0l3p9o2i6u1y8t4r7e", "shop-w", decimals=0)
SIGNERS: Final = (OLD, NEW, TEST, CENTS, THIRD, UNCLEAR, WHOLE)

PUBLIC_KEY: Final = "pro_publ1cr5t8y2u9i4o7p1a"
"""Printed in the shop's pages: anyone can sign with it."""
UNKNOWN_SECRET: Final = "pro_4ttack3r"


def ring() -> KeyRing:
    """What the auditor verifies with."""
    return KeyRing(
        Key(
            id=signer.id,
            secret=signer.secret,
            mode=signer.mode,
            merchant=signer.merchant,
            valid_from=signer.valid_from,
            valid_until=signer.valid_until,
        )
        for signer in SIGNERS
    )


def octets(text: str) -> bytes:
    """The bytes of a text of the benchmark; a byte that is not UTF-8 is written as its escaping surrogate."""
    return text.encode("utf-8", "surrogateescape")


def signed(secret: str, message: str) -> str:
    """The gateway's signature of a message."""
    return hmac.new(octets(secret), octets(message), hashlib.sha256).hexdigest().upper()
