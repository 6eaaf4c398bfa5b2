"""Archives and orders with planted fraud and accidents, and what an audit must find in them.

Everything follows from the number of rows and the seed: no clock, no network, the same bytes everywhere.
Expectations are written beside each planted case, from the rules, never taken from a run of the audit. Each
case has identifiers of its own, so that no case touches another.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache, cached_property
from hashlib import sha256, shake_128
from operator import itemgetter
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import quote_plus

from corena_recon.demonstration.cases import CASES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from corena_recon.demonstration.cases import Case, Post

NESTED, BODIES, EXPORT, ENVELOPES = (
    "ipn-nested.jsonl",
    "ipn-bodies.txt",
    "ipn-export.csv",
    "ipn-envelopes.jsonl",
)
"""The archives: nested JSON lines, urlencoded bodies, flat CSV, JSON envelopes around posted bodies."""
EXPORT_HEADER: Final = "received_at,status,signature,identifier,payment_trx,amount,payment_type,currency"
ORDERS_HEADER: Final = "identifier,amount,currency,status,ordered_at"
ROTATED_AT: Final = datetime(2026, 1, 15, tzinfo=UTC)
"""When the live key of 2025 gave way to that of 2026."""

_STARTED_AT: Final = datetime(2025, 12, 1, tzinfo=UTC)
_PERIOD_S: Final = 90 * 86400
_ROTATION_S: Final = int((ROTATED_AT - _STARTED_AT).total_seconds())
_POST_GAP_S: Final = 600
_CHECKOUT_S: Final = 480
_FIRST_PLANTED: Final = 71
_FEWEST_HONEST: Final = 100
_ROWS_A_ROUND: Final = 6000
_TRX_LETTERS: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ123456789"
_TRX_TABLE: Final = bytes(_TRX_LETTERS[octet % len(_TRX_LETTERS)] for octet in range(256))
_TRX_LENGTH: Final = 12
_TIMES_OF_DAY: Final = tuple(f"{minute // 60:02d}:{minute % 60:02d}" for minute in range(1440))
_BYTES_AN_ORDER: Final = 48
_CASE_BY_NAME: Final = {case.name: case for case in CASES}
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


class ExpectedRow(NamedTuple):
    """What verification must say about one record.

    Attributes:
        source: Name of the archive.
        record: 1-based number of the record in it.
        identifier: As posted; empty where the record is unreadable.
        signature_status: Word of the contract; empty where the record is unreadable.
        verdict: Word of the contract.
        findings: Codes, sorted.
        planted: Name of the planted case; empty for an honest record.
    """

    source: str
    record: int
    identifier: str
    signature_status: str
    verdict: str
    findings: tuple[str, ...]
    planted: str


_Record = tuple[int, str, str, str, int]
"""Second of arrival, line, identifier, planted case and which of its posts; plain, so that many are cheap."""


@dataclass(frozen=True)
class Specimen:
    """Archives, orders and keys, with the expected result of auditing them.

    Attributes:
        archives: Bytes of each archive by its file name.
        orders_csv: The shop's export.
        keys: The key ring.
        outcomes: The expected outcome of every identifier that has an order or a readable notification.
    """

    archives: dict[str, bytes]
    orders_csv: bytes
    keys: tuple[SpecimenKey, ...]
    outcomes: dict[str, str]
    _records: dict[str, list[_Record]] = field(repr=False)

    @cached_property
    def expected(self) -> list[ExpectedRow]:
        """One row a record, archive after archive, each in its own order."""
        return [
            _expected_row(source, place, record)
            for source, records in self._records.items()
            for place, record in enumerate(records, 1)
        ]

    @property
    def keys_toml(self) -> str:
        """The key ring as the text of a TOML file."""
        return "# Invented keys of invented notifications: they open nothing.\n" + "".join(
            f"\n[[keys]]\n{_toml_lines(key)}" for key in self.keys
        )


def make_specimen(rows: int, seed: int = 20260101) -> Specimen:
    """Notifications and orders of one shop over ninety days, about one in a hundred of them planted.

    Args:
        rows: Records in all archives together; a number too small for every planted case is raised to fit.
        seed: Another seed gives other amounts, transaction ids and keys.
    """
    keys = _keys(seed)
    builder = _Builder(seed, {key.id: key.secret for key in keys})
    rounds = max(1, rows // _ROWS_A_ROUND)
    planted = [case for turn in range(rounds) for case in CASES if turn == 0 or not case.once]
    honest = max(_FEWEST_HONEST, rows - sum(len(case.posts) for case in planted))
    builder.build(planted, honest)
    return builder.specimen(keys)


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
        f"{name} = {moment:%Y-%m-%dT%H:%M:%SZ}"
        for name, moment in (("valid_from", key.valid_from), ("valid_until", key.valid_until))
        if moment
    ]
    return "\n".join(lines) + "\n"


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


class _Builder:
    """Collects records, orders and outcomes, order by order."""

    def __init__(self, seed: int, secrets: dict[str, str]) -> None:
        self._seed = seed
        forgers = {"unknown": f"a guess {seed}", "placeholder": "YOUR_SECRET_KEY", "empty": ""}
        self._signers = {name: signer(secret) for name, secret in (secrets | forgers).items()}
        self._records: dict[str, list[_Record]] = {name: [] for name in (NESTED, BODIES, EXPORT, ENVELOPES)}
        self._orders: list[str] = []
        self._outcomes: dict[str, str] = {}
        self._chance = b""

    def build(self, planted: list[Case], honest: int) -> None:
        """Every order of the shop in turn, the planted ones spread among the honest."""
        count = honest + len(planted)
        self._chance = shake_128(f"specimen {self._seed}".encode()).digest(count * _BYTES_AN_ORDER)
        places = self._places(planted, count)
        for number in range(1, count + 1):
            at_s = (number * _PERIOD_S // count) | 1
            case = places.get(number)
            if case is None:
                self._honest(number, at_s)
            else:
                self._planted(case, number, at_s)

    def specimen(self, keys: tuple[SpecimenKey, ...]) -> Specimen:
        """All that was collected, each archive in the order of arrival."""
        archives = {}
        for source, records in self._records.items():
            records.sort(key=itemgetter(0))
            header = [EXPORT_HEADER] if source == EXPORT else []
            archives[source] = "\n".join([*header, *(line for _, line, *_ in records), ""]).encode()
        orders_csv = "\n".join([ORDERS_HEADER, *self._orders, ""]).encode()
        return Specimen(archives, orders_csv, keys, self._outcomes, self._records)

    def _places(self, planted: list[Case], count: int) -> dict[int, Case]:
        step = (count - _FIRST_PLANTED) // len(planted)
        places = {}
        for index, case in enumerate(planted):
            jitter = int.from_bytes(self._draw(index + 1)[:4], "big") % step if index else 0
            places[_FIRST_PLANTED + index * step + jitter] = case
        return places

    def _draw(self, number: int) -> bytes:
        return self._chance[(number - 1) * _BYTES_AN_ORDER : number * _BYTES_AN_ORDER]

    def _honest(self, number: int, at_s: int) -> None:
        chance = self._draw(number)
        cents = 100 + int.from_bytes(chance[12:16], "big") % 49900
        price = f"{cents // 100}.{cents % 100:02d}"
        identifier, amount = f"CMD-{number:06d}", price + "000000"
        trx = chance[:_TRX_LENGTH].translate(_TRX_TABLE).decode()
        signature = self._signers[_current_key(at_s)](amount + identifier)
        source = _HONEST_ARCHIVES[chance[16] % len(_HONEST_ARCHIVES)]
        line = _plain_line(source, _moment(at_s), (signature, identifier, trx, amount))
        self._records[source].append((at_s, line, identifier, "", 0))
        status = "completed" if chance[17] < 200 else "processing"
        self._orders.append(f"{identifier},{price},USD,{status},{_moment(at_s - _CHECKOUT_S)}")
        self._outcomes[identifier] = "matched"

    def _planted(self, case: Case, number: int, at_s: int) -> None:
        at_s = _case_moment(case, at_s)
        names: dict[str, str | int] = {"id": f"CMD-{number:06d}", "n": number}
        for order in case.orders:
            identifier = order.identifier.format_map(names)
            ordered_at = _moment(at_s - _CHECKOUT_S - order.days_before * 86400)
            cells = (identifier, order.amount, order.currency, order.status, ordered_at)
            self._orders.append(_csv_line(cells))
        for turn, post in enumerate(case.posts):
            post_s = at_s + turn * _POST_GAP_S
            identifier = post.identifier.format_map(names)
            line = self._posted(case, post, names, post_s)
            self._records[case.archive].append((post_s, line, identifier, case.name, turn))
        for template, outcome in case.outcomes.items():
            self._outcomes[template.format_map(names)] = outcome

    def _posted(self, case: Case, post: Post, names: dict[str, str | int], at_s: int) -> str:
        trx = self._draw(int(names["n"]))[_TRX_LENGTH * post.trx :][:_TRX_LENGTH]
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
        return post.edit(_line(case.archive, _moment(at_s), {**fields, **post.fields}, post.facts))


def _expected_row(source: str, place: int, record: _Record) -> ExpectedRow:
    _, _, identifier, planted, turn = record
    if not planted:
        return ExpectedRow(source, place, identifier, "valid", "accepted", (), "")
    post = _CASE_BY_NAME[planted].posts[turn]
    shown = "" if post.verdict == "unreadable" else identifier
    findings = tuple(sorted(post.findings.split()))
    return ExpectedRow(source, place, shown, post.signature_status, post.verdict, findings, planted)


def _current_key(at_s: int) -> str:
    return "live-2025" if at_s < _ROTATION_S else "live-2026"


def _case_moment(case: Case, at_s: int) -> int:
    """Moves a case to the side of the key's rotation that it needs, and never lets one straddle it."""
    margin_s = len(case.posts) * _POST_GAP_S + 1
    if case.period == "old":
        return at_s % (_ROTATION_S - 86400) | 1
    if case.period == "new":
        return _ROTATION_S + 86400 + at_s % (_PERIOD_S - _ROTATION_S - 86400) | 1
    return at_s - margin_s if _ROTATION_S - margin_s <= at_s < _ROTATION_S else at_s


def _moment(at_s: int) -> str:
    day, second = divmod(at_s, 86400)
    return f"{_day(day)}T{_TIMES_OF_DAY[second // 60]}:{second % 60:02d}Z"


@cache
def _day(days: int) -> str:
    return (_STARTED_AT + timedelta(days=days)).strftime("%Y-%m-%d")


def _plain_line(source: str, moment: str, values: tuple[str, str, str, str]) -> str:
    """The same text as ``_line`` for values that need no escaping, and several times faster."""
    signature, identifier, trx, amount = values
    if source == NESTED:
        data = f'"payment_trx": "{trx}", "amount": "{amount}", "payment_type": "checkout", "currency": "USD"'
        return (
            f'{{"status": "success", "signature": "{signature}", "identifier": "{identifier}", '
            f'"data": {{{data}}}, "received_at": "{moment}"}}'
        )
    if source == EXPORT:
        return f"{moment},success,{signature},{identifier},{trx},{amount},checkout,USD"
    body = (
        f"status=success&signature={signature}&identifier={identifier}&data%5Bpayment_trx%5D={trx}"
        f"&data%5Bamount%5D={amount}&data%5Bpayment_type%5D=checkout&data%5Bcurrency%5D=USD"
    )
    return body if source == BODIES else _envelope(moment, body, {"endpoint": "live"})


def _line(source: str, moment: str, fields: dict[str, str | bytes | None], facts: Mapping[str, str]) -> str:
    if source == EXPORT:
        return _csv_line((moment, *(str(value or "") for value in fields.values())))
    posted = {name: value for name, value in fields.items() if value is not None}
    top = {name: posted.pop(name) for name in ("status", "signature", "identifier") if name in posted}
    if source == NESTED:
        return json.dumps({**top, "data": posted, "received_at": moment})
    pairs = [*top.items(), *((f"data[{name}]", value) for name, value in posted.items())]
    body = "&".join(f"{quote_plus(name)}={quote_plus(value)}" for name, value in pairs)
    return body if source == BODIES else _envelope(moment, body, {"endpoint": "live", **facts})


def _envelope(moment: str, body: str, facts: Mapping[str, str]) -> str:
    quoted = "".join(f'"{name}": "{value}", ' for name, value in facts.items())
    return (
        f'{{"received_at": "{moment}", {quoted}"content_type": "application/x-www-form-urlencoded", "body": "{body}"}}'
    )


def _csv_line(cells: tuple[str, ...]) -> str:
    return ",".join(_quoted(cells))


def _quoted(cells: tuple[str, ...]) -> Iterator[str]:
    for cell in cells:
        yield '"' + cell.replace('"', '""') + '"' if set(cell) & set(',"\r\n') else cell
