"""Random small worlds: keys, notifications, attacks, orders; drawn from a seed, written as files."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

import corena_recon as cr
from tests.reference.judging import Audit, Key, Post, sign

_START: Final = datetime(2026, 1, 10, tzinfo=UTC)
_IDENTIFIERS: Final = ("15001", "5001", "015001", "15002", "A", "a", "B", "DFU80XZIKS", "LONG-IDENTIFIER-OF-21")
_AMOUNTS: Final = ("11.00000000", "11.50000000", "0.01000000", "1200.00000000", "11.12345678", "11.00000000")
_ODD_AMOUNTS: Final = ("11.00", "11", "0.00000000", "-1.00000000", "011.00000000", "11.5", "11.000000001", "1" * 21)
_WITHOUT_TRX: Final = "b.jsonl"
"""Of some worlds this file has no transaction ids."""
_TRX: Final = ("T1", "T2", "T3", "T4", "T5", None)


@dataclass(frozen=True)
class World:
    """All that an audit is given.

    Attributes:
        seed: What it was drawn from.
        keys: The ring, in order.
        audit: The options.
        posts: The notifications, in the order of their files.
    """

    seed: int
    keys: list[Key]
    audit: Audit
    posts: list[Post]

    def ring(self) -> cr.KeyRing:
        """The keys as the package takes them."""
        return cr.KeyRing(
            cr.Key(
                id=key.id,
                secret=key.secret,
                mode=key.mode,
                merchant=key.merchant,
                valid_from=key.valid_from,
                valid_until=key.valid_until,
            )
            for key in self.keys
        )

    def options(self) -> dict[str, Any]:
        """The options of ``verify``."""
        given = {
            "mode": self.audit.mode,
            "merchant": self.audit.merchant,
            "amount_decimals": self.audit.amount_decimals,
        }
        return {name: value for name, value in given.items() if value is not None}

    def fresh_posts(self) -> list[Post]:
        """The notifications as if nothing were known of them."""
        return [replace(post, findings=set()) for post in self.posts]

    def write(self, folder: Path) -> list[Path]:
        """Writes the archive, a file a source; gives the files in order."""
        lines: dict[str, list[str]] = {}
        for post in self.posts:
            lines.setdefault(post.source, []).append(_line(post))
        paths = [folder / name for name in sorted(lines)]
        for path in paths:
            path.write_text("".join(f"{line}\n" for line in lines[path.name]), encoding="utf-8")
        return paths


def world_of(seed: int, islands: int = 1) -> World:
    """The world of a seed; on several islands, each with order numbers and transaction ids of its own."""
    drawn = random.Random(seed)
    keys = _keys(drawn)
    audit = Audit(
        mode=drawn.choice([None, None, None, None, "live", "test"]),
        merchant=drawn.choice([None, None, "a"]),
        amount_decimals=drawn.choice([None] * 5 + [frozenset({8}), frozenset({2, 8})]),
    )
    posts: list[Post] = []
    for island in ["", *(f"-{number}" for number in range(1, islands))]:
        posts += _island(drawn, keys, island)
    drawn.shuffle(posts)
    return World(seed, keys, audit, _filed(drawn, posts))


def _island(drawn: random.Random, keys: list[Key], name: str) -> list[Post]:
    """Genuine notifications, and what is made of them."""
    posts = [_genuine(drawn, keys, name) for _ in range(drawn.randrange(1, 7))]
    for _ in range(drawn.randrange(0, 9)):
        posts.append(_attack(drawn, drawn.choice(posts), posts, keys, name))
    return posts


def _trx(drawn: random.Random, island: str) -> str | None:
    trx = drawn.choice(_TRX)
    return trx and trx + island


def _keys(drawn: random.Random) -> list[Key]:
    live = Key("live", "invented-live-1")
    turn = _START + timedelta(seconds=5)
    return drawn.choice(
        [
            [live],
            [live],
            [live, Key("test", "invented-test-1", "test")],
            [
                replace(live, merchant="a"),
                Key("b", "invented-b-1", merchant="b"),
                Key("t", "invented-t-1", "test", "a"),
            ],
            [replace(live, valid_until=turn), Key("new", "invented-new-1", valid_from=turn)],
            [replace(live, valid_until=turn), Key("again", live.secret, valid_from=turn)],
            [live, Key("both", live.secret, "test")],
            [Key("both", live.secret, "test"), replace(live, merchant="a"), Key("b", live.secret, merchant="b")],
            [Key("test", "invented-test-1", "test")],
        ]
    )


def _genuine(drawn: random.Random, keys: list[Key], island: str) -> Post:
    key = drawn.choice(keys)
    amount = drawn.choice(_AMOUNTS) if drawn.random() < 0.9 else drawn.choice(_ODD_AMOUNTS)
    post = Post(
        source="",
        record=0,
        identifier=drawn.choice(_IDENTIFIERS) + island,
        amount=amount,
        signature="",
        status=drawn.choice(["success"] * 9 + ["failed"]),
        trx=_trx(drawn, island),
        currency=drawn.choice(["USD", "USD", "USD", "USD", "EUR", None]),
        charge=drawn.choice([None, "1.00", "1.00"]),
        payment_type=drawn.choice([None, "checkout", "checkout"]),
        received_at=_moment(drawn),
        endpoint=drawn.choice([None, None, key.mode, key.mode, "live", "test"]),
        merchant=drawn.choice([None, None, key.merchant, key.merchant, "a", "b"]),
    )
    return _signed(post, key.secret)


def _attack(drawn: random.Random, one: Post, posts: list[Post], keys: list[Key], island: str) -> Post:
    """Something that is made of a notification: the same again, an edit, a split, a slip of a store, junk."""
    later = replace(one, received_at=_moment(drawn) if drawn.random() < 0.7 else one.received_at)
    amount, identifier = one.amount, one.identifier
    choice = drawn.randrange(16)
    if choice == 0:
        return later
    if choice == 1:
        return replace(later, trx=drawn.choice([other.trx for other in posts]))
    if choice == 2:
        edit: dict[str, Any] = {drawn.choice(("currency", "charge", "payment_type")): drawn.choice(("9", "7", None))}
        return replace(later, **edit)
    if choice == 3:
        return replace(later, status=drawn.choice(("failed", "cancelled")))
    if choice in (4, 5):
        signed = amount + identifier
        cut = drawn.randrange(1, len(signed))
        return replace(later, amount=signed[:cut], identifier=signed[cut:], trx=_trx(drawn, island))
    if choice == 6:
        return replace(later, signature=None if drawn.random() < 0.5 else drawn.choice(posts).signature)
    if choice == 7:
        return replace(later, signature=drawn.choice(("", "0" * 64, "F" * 63)))
    if choice == 8:
        return replace(later, signature=f" {(one.signature or '').lower()} " if drawn.random() < 0.5 else "x")
    if choice == 9:
        return replace(later, identifier=drawn.choice(_IDENTIFIERS) + island)
    if choice == 10:
        return _signed(later, drawn.choice(("", "YOUR_SECRET_KEY", "secret")))
    if choice == 11 and _is_trimmed(amount):
        return replace(later, amount=amount.rstrip("0").rstrip("."), fidelity=drawn.choice(("text", "raw", "number")))
    if choice == 12 and _is_trimmed(amount):
        lower = (one.signature or "").lower()
        return replace(later, amount=amount.rstrip("0").rstrip("."), signature=lower)
    if choice == 13:
        return replace(later, endpoint=drawn.choice((None, "live", "test")), merchant=drawn.choice((None, "a", "b")))
    if choice == 14:
        other = replace(later, amount=drawn.choice(_AMOUNTS), trx=_trx(drawn, island))
        return _signed(other, drawn.choice(keys).secret)
    return replace(later, fidelity="raw")


def _is_trimmed(amount: str) -> bool:
    """Whether stores that keep values alone would write it shorter."""
    return "." in amount[1:] and amount.endswith("00")


def _filed(drawn: random.Random, posts: list[Post]) -> list[Post]:
    """The notifications in files; some of these keep fewer fields."""
    names = ["a.jsonl", "b.jsonl", "c.jsonl"][: drawn.randrange(1, 4)]
    lacking = {name: drawn.choice([(), (), ("charge",), ("charge", "payment_type"), ("currency",)]) for name in names}
    filed: list[Post] = []
    counts = dict.fromkeys(names, 0)
    for post in posts:
        name = drawn.choice(names)
        counts[name] += 1
        without = (*lacking[name], "trx") if name == _WITHOUT_TRX and len(posts) % 3 == 0 else lacking[name]
        lost: dict[str, Any] = {} if _is_junk(post) else dict.fromkeys(without)
        if post.fidelity == "number" and not re.fullmatch(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?", post.amount):
            lost["fidelity"] = "text"
        filed.append(replace(post, source=name, record=counts[name], findings=set(), **lost))
    return filed


def _is_junk(post: Post) -> bool:
    """Whether anybody can have posted it, with fields that the store has of nothing else."""
    return len({*(post.signature or "")}) <= 1


def _signed(post: Post, secret: str) -> Post:
    return replace(post, signature=sign(secret, post.amount, post.identifier))


def _moment(drawn: random.Random) -> datetime | None:
    return None if drawn.random() < 0.1 else _START + timedelta(seconds=drawn.randrange(10))


def _line(post: Post) -> str:
    """A line of an archive: nested JSON, an envelope of a body, or JSON with a number for the amount."""
    facts = {
        "received_at": post.received_at and int(post.received_at.timestamp()),
        "endpoint": post.endpoint,
        "merchant": post.merchant,
    }
    data = {
        "amount": post.amount,
        "payment_trx": post.trx,
        "currency": post.currency,
        "charge": post.charge,
        "payment_type": post.payment_type,
    }
    top = {"status": post.status, "identifier": post.identifier, "signature": post.signature}
    if post.fidelity == "raw":
        body = urlencode([*_given(top), *((f"data[{name}]", value) for name, value in _given(data))])
        return json.dumps({**dict(_given(facts)), "body": body})
    line = json.dumps({**dict(_given(facts)), **dict(_given(top)), "data": dict(_given(data))})
    return line.replace(f'"amount": "{post.amount}"', f'"amount": {post.amount}') if post.fidelity == "number" else line


def _given(values: dict[str, Any]) -> Iterable[tuple[str, Any]]:
    return ((name, value) for name, value in values.items() if value is not None)
