"""An invented shop of any size, told order by order: what does not fit into memory need not be there.

About one notification in a hundred is planted; the planted ones are held, the honest ones are made as they are asked
for. The same size and seed give the same bytes.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256, shake_128
from operator import attrgetter
from typing import TYPE_CHECKING, Final, NamedTuple

from corena_recon.demonstration.cases import CASES
from corena_recon.demonstration.lines import (
    BODIES,
    ENVELOPES,
    EXPORT,
    NESTED,
    STARTED_AT,
    csv_line,
    line_of,
    moment,
    plain_line,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from corena_recon.demonstration.cases import Case, Post

ORDERS_HEADER: Final = "identifier,amount,currency,status,ordered_at"
ROTATED_AT: Final = datetime(2026, 1, 15, tzinfo=UTC)
"""When the live key of 2025 gave way to that of 2026."""

_PERIOD_S: Final = 90 * 86400
_ROTATION_S: Final = int((ROTATED_AT - STARTED_AT).total_seconds())
_POST_GAP_S: Final = 600
_CHECKOUT_S: Final = 480
_FIRST_PLANTED: Final = 71
_FEWEST_HONEST: Final = 100
_ROWS_A_ROUND: Final = 6000
_TRX_LETTERS: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ123456789"
_TRX_TABLE: Final = bytes(_TRX_LETTERS[octet % len(_TRX_LETTERS)] for octet in range(256))
_TRX_LENGTH: Final = 12
_BYTES_AN_ORDER: Final = 48
_ORDERS_A_BLOCK: Final = 1 << 14
_HONEST_ARCHIVES: Final = (NESTED, BODIES, NESTED, EXPORT, NESTED, BODIES, NESTED, ENVELOPES)


@dataclass(frozen=True, slots=True)
class SpecimenKey:
    """An invented key of the ring that belongs to a specimen."""

    id: str
    mode: str
    secret: str = field(repr=False)
    merchant: str | None = None
    valid_from: datetime | None = None
    valid_until: datetime | None = None


class Record(NamedTuple):
    """One record of an archive.

    Attributes:
        at_s: Its second of arrival.
        number: That of the order it came with, which decides between records of one second.
        source: Name of the archive.
        line: Its text.
        identifier: As posted.
        planted: Name of the planted case; empty for an honest record.
        turn: Which of the case's posts.
    """

    at_s: int
    number: int
    source: str
    line: str
    identifier: str
    planted: str = ""
    turn: int = 0


class InventedShop:
    """Notifications and orders of one shop over ninety days, about one in a hundred of them planted.

    Args:
        rows: Records in all archives together; a number too small for every planted case is raised to fit.
        seed: Another seed gives other amounts, transaction ids and keys.
    """

    def __init__(self, rows: int, seed: int = 20260101) -> None:
        self._seed = seed
        self.keys = _keys(seed)
        forgers = {"unknown": f"a guess {seed}", "placeholder": "YOUR_SECRET_KEY", "empty": ""}
        secrets = {key.id: key.secret for key in self.keys} | forgers
        self._signers = {name: signer(secret) for name, secret in secrets.items()}
        rounds = max(1, rows // _ROWS_A_ROUND)
        planted = [case for turn in range(rounds) for case in CASES if turn == 0 or not case.once]
        honest = max(_FEWEST_HONEST, rows - sum(len(case.posts) for case in planted))
        self._count = honest + len(planted)
        self._cases = self._placed(planted)

    @property
    def keys_toml(self) -> str:
        """The key ring as the text of a TOML file."""
        return "# Invented keys of invented notifications: they open nothing.\n" + "".join(
            f"\n[[keys]]\n{_toml_lines(key)}" for key in self.keys
        )

    def records(self) -> Iterator[Record]:
        """The records of all archives, in the order of arrival."""
        planted = [record for number in self._cases for record in self._planted(number)]
        planted.sort(key=attrgetter("at_s", "number"))
        return heapq.merge(self._honest(), planted, key=attrgetter("at_s", "number"))

    def orders(self) -> Iterator[str]:
        """The lines of the shop's export, its header first."""
        yield ORDERS_HEADER
        for number in range(1, self._count + 1):
            case = self._cases.get(number)
            if case is None:
                chance, ordered_at = self._draw(number), moment(self._second(number) - _CHECKOUT_S)
                status = "completed" if chance[17] < 200 else "processing"
                yield f"CMD-{number:06d},{_price(chance)},USD,{status},{ordered_at}"
                continue
            for order in case.orders:
                ordered_at = moment(self._case_second(number) - _CHECKOUT_S - order.days_before * 86400)
                identifier = order.identifier.format_map(_names(number))
                yield csv_line((identifier, order.amount, order.currency, order.status, ordered_at))

    def outcomes(self) -> Iterator[tuple[str, str]]:
        """Every identifier that has an order or a readable notification, with its expected outcome."""
        for number in range(1, self._count + 1):
            case = self._cases.get(number)
            expected = {"{id}": "matched"} if case is None else case.outcomes
            for template, outcome in expected.items():
                yield template.format_map(_names(number)), outcome

    def _placed(self, planted: list[Case]) -> dict[int, Case]:
        """The planted cases by the number of their order, spread among the honest."""
        step = (self._count - _FIRST_PLANTED) // len(planted)
        places = {}
        for index, case in enumerate(planted):
            jitter = int.from_bytes(self._draw(index + 1)[:4], "big") % step if index else 0
            places[_FIRST_PLANTED + index * step + jitter] = case
        return places

    def _honest(self) -> Iterator[Record]:
        for number in range(1, self._count + 1):
            if number in self._cases:
                continue
            chance, at_s = self._draw(number), self._second(number)
            identifier, amount = f"CMD-{number:06d}", _price(chance) + "000000"
            trx = chance[:_TRX_LENGTH].translate(_TRX_TABLE).decode()
            signature = self._signers[_current_key(at_s)](amount + identifier)
            source = _HONEST_ARCHIVES[chance[16] % len(_HONEST_ARCHIVES)]
            line = plain_line(source, moment(at_s), (signature, identifier, trx, amount))
            yield Record(at_s, number, source, line, identifier)

    def _planted(self, number: int) -> Iterator[Record]:
        case = self._cases[number]
        for turn, post in enumerate(case.posts):
            at_s = self._case_second(number) + turn * _POST_GAP_S
            identifier = post.identifier.format_map(_names(number))
            line = self._posted(case, post, number, at_s)
            yield Record(at_s, number, case.archive, line, identifier, case.name, turn)

    def _posted(self, case: Case, post: Post, number: int, at_s: int) -> str:
        names = _names(number)
        trx = self._draw(number)[_TRX_LENGTH * post.trx :][:_TRX_LENGTH]
        signed = (post.signed_amount or post.amount) + (post.signed_identifier or post.identifier).format_map(names)
        signature = post.mangle(self._signers[post.key or _current_key(at_s)](signed))
        fields: dict[str, str | bytes | None] = {
            "status": "success",
            "signature": signature,
            "identifier": post.identifier.format_map(names),
            "payment_trx": trx.translate(_TRX_TABLE).decode(),
            "amount": post.amount,
            "payment_type": "checkout",
            "currency": "USD",
        }
        return post.edit(line_of(case.archive, moment(at_s), {**fields, **post.fields}, post.facts))

    def _draw(self, number: int) -> bytes:
        """The chance of one order: always the same bytes."""
        block, place = divmod(number - 1, _ORDERS_A_BLOCK)
        return _chance(self._seed, block)[place * _BYTES_AN_ORDER : (place + 1) * _BYTES_AN_ORDER]

    def _second(self, number: int) -> int:
        return (number * _PERIOD_S // self._count) | 1

    def _case_second(self, number: int) -> int:
        return _case_second(self._cases[number], self._second(number))


def signer(secret: str) -> Callable[[str], str]:
    """A function from the signed text to its signature: upper-case hex of HMAC-SHA256 under this secret."""
    block = secret.encode()
    if len(block) > 64:
        block = sha256(block).digest()
    block = block.ljust(64, b"\0")
    inner, outer = (
        sha256(bytes(octet ^ 0x36 for octet in block)),
        sha256(bytes(octet ^ 0x5C for octet in block)),
    )

    def sign(message: str) -> str:
        first = inner.copy()
        first.update(message.encode())
        second = outer.copy()
        second.update(first.digest())
        return second.hexdigest().upper()

    return sign


def _keys(seed: int) -> tuple[SpecimenKey, ...]:
    def secret(key_id: str) -> str:
        return f"invented-{key_id}-{sha256(f'{seed} {key_id}'.encode()).hexdigest()[:24]}"

    return (
        SpecimenKey("live-2025", "live", secret("live-2025"), valid_until=ROTATED_AT),
        SpecimenKey("live-2026", "live", secret("live-2026"), valid_from=ROTATED_AT),
        SpecimenKey("partner", "live", secret("partner"), merchant="boutique-b"),
        SpecimenKey("sandbox", "test", secret("sandbox")),
    )


def _toml_lines(key: SpecimenKey) -> str:
    lines = [f'id = "{key.id}"', f'mode = "{key.mode}"', f'secret = "{key.secret}"']
    if key.merchant:
        lines.append(f'merchant = "{key.merchant}"')
    lines += [
        f"{name} = {at:%Y-%m-%dT%H:%M:%SZ}"
        for name, at in (("valid_from", key.valid_from), ("valid_until", key.valid_until))
        if at
    ]
    return "\n".join(lines) + "\n"


@lru_cache(maxsize=4)
def _chance(seed: int, block: int) -> bytes:
    """The chance of a block of orders; a shop of any size begins with the same ones."""
    name = f"specimen {seed}" if block == 0 else f"specimen {seed} {block}"
    return shake_128(name.encode()).digest(_ORDERS_A_BLOCK * _BYTES_AN_ORDER)


def _price(chance: bytes) -> str:
    cents = 100 + int.from_bytes(chance[12:16], "big") % 49900
    return f"{cents // 100}.{cents % 100:02d}"


def _names(number: int) -> dict[str, str | int]:
    return {"id": f"CMD-{number:06d}", "n": number}


def _current_key(at_s: int) -> str:
    return "live-2025" if at_s < _ROTATION_S else "live-2026"


def _case_second(case: Case, at_s: int) -> int:
    """Moves a case to the side of the key's rotation that it needs, and never lets one straddle it."""
    margin_s = len(case.posts) * _POST_GAP_S + 1
    if case.period == "old":
        return at_s % (_ROTATION_S - 86400) | 1
    if case.period == "new":
        return _ROTATION_S + 86400 + at_s % (_PERIOD_S - _ROTATION_S - 86400) | 1
    return at_s - margin_s if _ROTATION_S - margin_s <= at_s < _ROTATION_S else at_s
