"""What is planted: one post with its label, the scene that makes it, and the list of all classes."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, TypeAlias

from tests.adversary.keyring import NEW, Signer, signed

BODIES, ENVELOPES, CAPTURES, CELLS = "bodies", "envelopes", "captures", "cells"
NESTED, FLAT, ARRAY, TABLE, JSON_CELLS, NUMBERS = "nested", "flat", "array", "table", "json_cells", "numbers"
TIMED_RAW: Final = (ENVELOPES, CAPTURES, CELLS)
RAW: Final = (BODIES, *TIMED_RAW)
OBJECTS: Final = (NESTED, FLAT, ARRAY)
TEXT: Final = (*OBJECTS, TABLE, JSON_CELLS)
EXACT: Final = (ENVELOPES, CAPTURES, *OBJECTS)
"""Forms that say when and where, and hold any text at all."""
TIMED: Final = (*TIMED_RAW, *TEXT)
ANY: Final = (*RAW, *TEXT)

START_US: Final = 1_767_225_600_000_000
"""2026-01-01 in microseconds."""
DAY_US: Final = 86_400_000_000
TRX_LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ123456789"


@dataclass(frozen=True, slots=True)
class Post:
    """One notification as archived, and what verifying must say of it.

    Attributes:
        body: The whole posted body, in place of the fields.
        record: The whole record, in place of the fields and the body.
        forms: Where it may be archived.
        findings: Exactly these.
        may: Further findings that the contract leaves open.
    """

    amount: str
    identifier: str
    signature: str | None
    trx: str | None
    at_us: int
    status: str | None = "success"
    currency: str | None = "USD"
    payment_type: str | None = "checkout"
    charge: str | None = None
    more: Mapping[str, str] = field(default_factory=dict)
    endpoint: str | None = "live"
    merchant: str | None = None
    content_type: str | None = None
    body: bytes | None = None
    record: bytes | None = None
    forms: tuple[str, ...] = TIMED
    verdict: str = "accepted"
    findings: frozenset[str] = frozenset()
    may: frozenset[str] = frozenset()
    signature_status: str | None = "valid"
    unreadable: str | None = None

    def forged(self, *findings: str, **changes: Any) -> Post:
        return self._labelled("forged", findings, changes)

    def suspect(self, *findings: str, **changes: Any) -> Post:
        return self._labelled("suspect", findings, changes)

    def duplicate(self, **changes: Any) -> Post:
        return self._labelled("duplicate", ("replayed",), changes)

    def no_payment(self, *findings: str, **changes: Any) -> Post:
        return self._labelled("no_payment", findings, changes)

    def accepted(self, *findings: str, **changes: Any) -> Post:
        return self._labelled("accepted", findings, changes)

    def unread(self, reason: str, **changes: Any) -> Post:
        changes.setdefault("signature_status", None)
        return self._labelled("unreadable", (), {**changes, "unreadable": reason})

    @property
    def is_honest(self) -> bool:
        """Whether nothing about it is wrong: a finding on it is a false alarm."""
        return self.verdict in ("accepted", "duplicate", "no_payment", "other_mode")

    def _labelled(self, verdict: str, findings: Iterable[str], changes: dict[str, Any]) -> Post:
        codes = frozenset(findings)
        if "signature_status" not in changes:
            changes["signature_status"] = _status_of(codes, self.signature_status)
        return replace(self, verdict=verdict, findings=codes, **changes)


@dataclass(frozen=True, slots=True)
class OwnFile:
    """A file of its own, for accidents that befall files; its posts are its records, in order."""

    suffix: str
    content: bytes
    posts: tuple[Post, ...]


Planted: TypeAlias = "list[Post] | OwnFile"


class Scene:
    """One variant of a class: its own chance, identifiers, transaction ids and moments."""

    def __init__(self, name: str, variant: int, serial: int, *, day: int = 95) -> None:
        self.variant = variant
        self.random = random.Random(f"{name} {variant}")
        self._serial = serial
        self._count = 0
        self._at_us = START_US + day * DAY_US + (serial * 7919 % 5_000_000) * 1_000_000 + serial % 1_000_000

    def identifier(self) -> str:
        """A shop's own, not used elsewhere."""
        self._count += 1
        return f"P{self._serial:06d}{'ABCDEFGHIJKLMNOPQRSTUVWXYZ'[self._count]}"

    def number(self) -> str:
        """A numeric one, not used elsewhere."""
        self._count += 1
        return f"{self.random.randint(1, 9)}{self._serial:06d}{self._count:02d}"

    def price(self) -> str:
        """With two decimals."""
        cents = self.random.randint(1_01, 9_999_98)
        return f"{cents // 100}.{cents % 100:02d}"

    def amount(self, decimals: int = 8) -> str:
        """As the gateway writes it under a key of that many decimals."""
        price = self.price()
        return price.partition(".")[0] if decimals == 0 else price.ljust(len(price) + decimals - 2, "0")

    def trx(self) -> str:
        """As the gateway makes them."""
        return "".join(self.random.choices(TRX_LETTERS, k=12))

    def moment_us(self, gap_s: int = 61) -> int:
        """Later than the one before."""
        self._at_us += gap_s * 1_000_000
        return self._at_us

    def one_of(self, *choices: Any) -> Any:
        """The choice that is this variant's turn."""
        return choices[self.variant % len(choices)]

    def genuine(
        self,
        signer: Signer = NEW,
        *,
        amount: str | None = None,
        identifier: str | None = None,
        **fields: Any,
    ) -> Post:
        """A notification as the gateway signs and posts it."""
        amount = self.amount(signer.decimals) if amount is None else amount
        identifier = self.identifier() if identifier is None else identifier
        fields.setdefault("trx", self.trx())
        fields.setdefault("signature", signed(signer.secret, amount + identifier))
        fields.setdefault("at_us", self.moment_us())
        fields.setdefault("endpoint", signer.mode)
        if signer.mode == fields["endpoint"] == "test":
            fields["verdict"] = "other_mode"
        return Post(amount, identifier, **fields)

    def again(self, post: Post, **changes: Any) -> Post:
        """The same post, later, as its redelivery."""
        return post.duplicate(at_us=self.moment_us(), **changes)


Maker: TypeAlias = Callable[[Scene], Planted]


def _status_of(findings: frozenset[str], otherwise: str | None) -> str | None:
    if "signature_invalid" in findings:
        return "invalid"
    if "signature_missing" in findings:
        return "missing"
    if findings & {"signature_format", "signature_malformed"}:
        return "malformed"
    if "amount_rewritten" in findings:
        return "valid_rendered"
    return otherwise
