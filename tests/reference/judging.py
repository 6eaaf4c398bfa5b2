"""Verdicts and findings of notifications, as the contract words them (sections 1, 4 and 5)."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

FORGED = {
    "signature_missing",
    "signature_invalid",
    "signature_malformed",
    "signature_copied",
    "weak_key",
    "boundary_twin",
}
SUSPECT = {
    *("signature_format", "signature_unverifiable", "test_key", "live_key_on_test", "retired_key", "other_merchant"),
    *("amount_decimals", "amount_format", "amount_not_positive", "amount_rewritten", "identifier_too_long"),
    *("body_ambiguous", "trx_conflict", "unsigned_conflict", "status_conflict", "trx_reused"),
}
WEAK_SECRETS = ("", "YOUR_SECRET_KEY", "your_secret_key", "secret", "changeme", "your_public_key", "YOUR_PUBLIC_KEY")
FIELDS = ("currency", "charge", "payment_type")
"""The unsigned fields that are compared."""


@dataclass(frozen=True)
class Key:
    """One secret of the ring."""

    id: str
    secret: str
    mode: str = "live"
    merchant: str | None = None
    valid_from: datetime | None = None
    valid_until: datetime | None = None

    @property
    def world(self) -> tuple[str, str | None]:
        """What notifications are never compared across."""
        return self.mode, self.merchant


@dataclass(frozen=True)
class Audit:
    """The options of a run that verdicts depend on."""

    mode: str | None = None
    merchant: str | None = None
    success_statuses: frozenset[str] = frozenset({"success"})
    amount_decimals: frozenset[int] | None = None
    currencies: frozenset[str] = frozenset({"USD"})
    public_keys: tuple[str, ...] = ()


@dataclass
class Post:
    """One notification, as an archive has it, and what becomes of it."""

    source: str
    record: int
    identifier: str
    amount: str
    signature: str | None
    status: str = "success"
    trx: str | None = None
    currency: str | None = None
    charge: str | None = None
    payment_type: str | None = None
    received_at: datetime | None = None
    endpoint: str | None = None
    merchant: str | None = None
    fidelity: str = "text"
    signature_status: str = ""
    key: Key | None = None
    rendering: str | None = None
    findings: set[str] = field(default_factory=set)
    verdict: str = ""

    @property
    def is_verified(self) -> bool:
        """Whether the signature verifies as it stands."""
        return self.signature_status in ("valid", "valid_rendered")

    @property
    def signed_amount(self) -> str:
        """The text that verified, else the posted one."""
        return self.rendering or self.amount

    @property
    def value(self) -> Decimal | None:
        """What the amount is worth, where it can be stored."""
        plain = re.fullmatch(r"-?([0-9]+)(?:\.([0-9]+))?", self.amount, re.ASCII)
        if not plain or len(plain[1].lstrip("0")) > 20 or len((plain[2] or "").rstrip("0")) > 8:
            return None
        return Decimal(self.amount)

    @property
    def posted_amount(self) -> str:
        """The text that was posted, as far as the archive lets know."""
        return self.amount if self.fidelity == "raw" else self.signed_amount

    @property
    def decimals(self) -> int:
        """How many decimals were posted."""
        return len(self.posted_amount.partition(".")[2])

    @property
    def arrival(self) -> tuple[bool, datetime | None, str, int]:
        """By what it is earlier or later than others."""
        return self.received_at is None, self.received_at, self.source, self.record

    @property
    def shows_decimals(self) -> bool:
        """Whether it shows how many decimals the gateway writes."""
        is_rewritten = self.fidelity == "raw" and self.signature_status == "valid_rendered"
        return self.is_verified and self.fidelity != "number" and self.decimals <= 8 and not is_rewritten


def sign(secret: str, amount: str, identifier: str) -> str:
    """The signature that the gateway would post."""
    return hmac.new(secret.encode(), (amount + identifier).encode(), hashlib.sha256).hexdigest().upper()


def judge(posts: Sequence[Post], keys: Sequence[Key], audit: Audit) -> dict[str, list[int] | None]:
    """Fills in what becomes of each notification; gives the decimals of each key that verified anything."""
    mode = audit.mode or ("test" if all(key.mode == "test" for key in keys) else "live")
    for post in posts:
        _check(post, keys, mode, audit)
    votes = _votes(posts)
    known: Mapping[str, list[int] | None] = {key_id: _clear(counts) for key_id, counts in votes.items()}
    usual: Mapping[str, list[int] | None] = {key_id: _usual(counts) for key_id, counts in votes.items()}
    if audit.amount_decimals is not None:
        known = usual = {key.id: sorted(audit.amount_decimals) for key in keys}
    for post in posts:
        _judge_alone(post, usual, mode, audit)
    verified = [post for post in posts if post.is_verified]
    told_apart = _judge_twins(verified, known)
    _compare([post for post in verified if id(post) not in told_apart], posts, audit)
    _judge_copies(posts, keys)
    for post in posts:
        post.verdict = _verdict(post, mode, audit)
    return {key_id: known.get(key_id) for key_id in (known if audit.amount_decimals is not None else votes)}


def is_elsewhere(post: Post, mode: str, merchant: str | None) -> bool:
    """Whether it is genuine, but of another world than the audit's, and arrived as such."""
    if not post.is_verified or post.key is None or post.findings & {"test_key", "live_key_on_test", "other_merchant"}:
        return False
    whose = post.key.merchant if post.key.merchant is not None else post.merchant
    if merchant is not None and whose is not None and whose != merchant:
        return True
    return post.key.mode != mode and post.endpoint == post.key.mode


def _check(post: Post, keys: Sequence[Key], mode: str, audit: Audit) -> None:
    def first_key(amount: str, signature: str) -> Key | None:
        fitting = [key for key in keys if sign(key.secret, amount, post.identifier) == signature]
        return min(fitting, key=lambda key: len(_misfits(post, key, mode, audit)), default=None)

    def any_key(signature: str) -> bool:
        post.key = first_key(post.amount, signature)
        if post.key is None:
            for text in _renderings(post.amount):
                post.key = first_key(text, signature)
                if post.key is not None:
                    post.rendering = text
                    break
        return post.key is not None

    if not post.signature:
        post.signature_status = "missing"
        post.findings.add("signature_missing")
    elif re.fullmatch("[0-9A-F]{64}", post.signature):
        post.signature_status = "invalid"
        if any_key(post.signature):
            post.signature_status = "valid" if post.rendering is None else "valid_rendered"
        elif post.fidelity == "number" and _significant_digits(post.amount) > 15:
            post.signature_status = "unverifiable"
            post.findings.add("signature_unverifiable")
        else:
            post.findings.add("signature_invalid")
    else:
        post.signature_status = "malformed"
        post.findings.add("signature_format" if any_key(post.signature.strip().upper()) else "signature_malformed")
        post.rendering = None
    if post.signature and post.key is None:
        weak = (*WEAK_SECRETS, *audit.public_keys)
        if any(sign(secret, post.amount, post.identifier) == post.signature for secret in weak):
            post.findings.add("weak_key")
    if post.key is not None:
        post.findings |= _misfits(post, post.key, mode, audit)


def _misfits(post: Post, key: Key, mode: str, audit: Audit) -> set[str]:
    """What does not fit between a notification and the key that signed it."""
    found = set()
    endpoint = post.endpoint or mode
    if key.mode == "test" and endpoint == "live":
        found.add("test_key")
    if key.mode == "live" and endpoint == "test":
        found.add("live_key_on_test")
    if post.received_at is not None:
        is_early = key.valid_from is not None and post.received_at < key.valid_from
        is_late = key.valid_until is not None and post.received_at > key.valid_until
        if is_early or is_late:
            found.add("retired_key")
    whose = post.merchant if post.merchant is not None else audit.merchant
    if key.merchant is not None and whose is not None and key.merchant != whose:
        found.add("other_merchant")
    return found


def _renderings(amount: str) -> list[str]:
    """Other ways of writing exactly this value: 8 decimals, as PHP does, then 2, 1 and 0 decimals."""
    match = re.fullmatch(r"(-?)([0-9]+)(?:\.([0-9]+))?", amount, re.ASCII)
    if not match or len(match[2].lstrip("0")) > 20 or len((match[3] or "").rstrip("0")) > 8:
        return []
    whole, fraction = match[2].lstrip("0") or "0", (match[3] or "").rstrip("0")
    sign_of = match[1] if whole != "0" or fraction else ""
    digits = (whole + fraction).strip("0")
    texts = [f"{whole}.{fraction.ljust(8, '0')}"]
    if not digits:
        texts.append("0")
    elif len(digits) <= 14:
        exponent = len(whole) - 1 if whole != "0" else -(len(fraction) - len(fraction.lstrip("0")) + 1)
        plain = f"{whole}.{fraction}" if fraction else whole
        texts.append(plain if -5 < exponent < 14 else f"{digits[0]}.{digits[1:] or '0'}E{exponent:+d}")
    fitting = [count for count in (2, 1, 0) if len(fraction) <= count]
    texts += [f"{whole}.{fraction.ljust(count, '0')}" if count else whole for count in fitting]
    return [text for text in dict.fromkeys(sign_of + text for text in texts) if text != amount]


def _significant_digits(amount: str) -> int:
    return len(amount.lower().split("e")[0].replace(".", "").lstrip("+-0").rstrip("0"))


def _twins(posts: Iterable[Post]) -> list[list[Post]]:
    """Verified notifications whose signed bytes another one of their world splits elsewhere."""
    groups = _grouped(posts, lambda post: (post.key and post.key.world, post.signature))
    return [group for group in groups if len({post.identifier for post in group}) > 1]


def _votes(posts: Sequence[Post]) -> dict[str, Counter[int]]:
    """For each key how many payments speak for each number of decimals.

    A signature speaks once, whatever it is posted with, and a transaction id once; twins do not speak.
    """
    verified = [post for post in posts if post.is_verified]
    silent = {id(post) for group in _twins(verified) for post in group}
    votes: dict[str, Counter[int]] = {}
    speaking = [post for post in verified if post.shows_decimals and id(post) not in silent]
    payments: dict[tuple[str, int], set[str]] = defaultdict(set)
    for group in _grouped(speaking, lambda post: (_key_id(post), post.decimals, post.signature)):
        named = [post.trx for post in group if post.trx]
        payments[_key_id(group[0]), group[0].decimals].add(f"trx {min(named)}" if named else f"{group[0].signature}")
    for (key_id, decimals), different in payments.items():
        votes.setdefault(key_id, Counter())[decimals] = len(different)
    return votes


def _clear(counts: Counter[int]) -> list[int] | None:
    """The number of decimals that two thirds of the payments have."""
    top, count = counts.most_common(1)[0]
    return [top] if count * 3 >= counts.total() * 2 else None


def _usual(counts: Counter[int]) -> list[int]:
    """The numbers of decimals that are not rare: the clear one, else those that a third of the payments have."""
    return _clear(counts) or sorted(decimals for decimals, count in counts.items() if count * 3 >= counts.total())


def _judge_alone(post: Post, usual: Mapping[str, list[int] | None], mode: str, audit: Audit) -> None:
    found = post.findings
    is_plain = re.fullmatch(r"(0|[1-9][0-9]{0,19})(\.[0-9]+)?", post.posted_amount, re.ASCII) is not None
    if not is_plain:
        found.add("amount_format")
    if post.is_verified:
        expected = usual.get(_key_id(post))
        is_shown = post.fidelity != "number"
        is_unusual = post.decimals not in (range(9) if expected is None else expected)
        if (is_unusual and (is_shown or post.decimals > 8)) or (is_shown and post.value is None and is_plain):
            found.add("amount_decimals")
    if post.value is not None and post.value <= 0:
        found.add("amount_not_positive")
    if post.signature_status == "valid_rendered" and post.fidelity == "raw":
        found.add("amount_rewritten")
    if len(post.identifier) > 20:
        found.add("identifier_too_long")
    if re.match("[=+@]|-(?![0-9.]*$)", post.identifier) or re.match("[=+@]|-(?![0-9.]*$)", post.amount):
        found.add("hostile_text")
    if post.identifier == "DFU80XZIKS":
        found.add("sample_identifier")
    if post.currency is not None and post.currency not in audit.currencies:
        found.add("currency_unsupported")


def _judge_twins(verified: Sequence[Post], known: Mapping[str, list[int] | None]) -> set[int]:
    """Which twins are told apart, and so are compared with nothing else."""
    told_apart = set()
    for group in _twins(verified):
        conforming = {post.identifier for post in group if post.decimals in (known.get(_key_id(post)) or ())}
        for post in group:
            decimals = known.get(_key_id(post))
            if decimals is None:
                post.findings.add("amount_decimals")
            elif post.decimals not in decimals:
                post.findings.add("boundary_twin")
            elif len(conforming) > 1:
                post.findings.add("amount_decimals")
            else:
                continue
            told_apart.add(id(post))
    return told_apart


def _compare(verified: Sequence[Post], posts: Sequence[Post], audit: Audit) -> None:
    """What notifications of one world say of each other."""
    kept = [post for post in posts if post.is_verified]
    has = {(post.source, name) for post in kept for name in FIELDS if getattr(post, name) is not None}

    def is_success(post: Post) -> bool:
        return post.status in audit.success_statuses

    def differs(one: Post, other: Post) -> bool:
        """Whether they differ in an unsigned field that both of their sources have."""
        return any(
            _unsigned(one, name) != _unsigned(other, name)
            for name in FIELDS
            if (one.source, name) in has and (other.source, name) in has
        )

    trx = _transactions(verified, kept)
    for group in _grouped(verified, lambda post: (post.key and post.key.world, post.identifier, post.signed_amount)):
        in_order = sorted(group, key=_arrival)
        for place, post in enumerate(in_order):
            earlier = in_order[:place]
            same_trx = [one for one in earlier if trx[id(one)] == trx[id(post)]]
            if len(same_trx) < len(earlier):
                post.findings.add("trx_conflict")
            if any(differs(one, post) for one in same_trx):
                post.findings.add("unsigned_conflict")
            again = [one for one in same_trx if _is_again(one, post, is_success)]
            its = [(post.source, name) in has for name in FIELDS]
            is_exact = any(
                its == [(one.source, name) in has for name in FIELDS] and not differs(one, post) for one in again
            )
            if is_exact or (again and not any(differs(one, post) for one in again)):
                post.findings.add("replayed")
            if any(
                is_success(one) != is_success(post) and trx[id(one)] == trx[id(post)]
                for one in in_order
                if one is not post
            ):
                post.findings.add("status_conflict")
    for group in _grouped(
        (post for post in verified if trx[id(post)]), lambda post: (post.key and post.key.world, trx[id(post)])
    ):
        for post in group:
            others = [
                one for one in group if (one.identifier, one.signed_amount) != (post.identifier, post.signed_amount)
            ]
            if any(not _is_surely_earlier(post, one) for one in others):
                post.findings.add("trx_reused")


def _transactions(verified: Sequence[Post], kept: Sequence[Post]) -> dict[int, str]:
    """The transaction ids; where a source has none, those of the first with the same signed bytes that has one."""
    has = {post.source for post in kept if post.trx is not None}
    found = {id(post): post.trx or "" for post in verified}
    for group in _grouped(verified, lambda post: (post.key and post.key.world, post.identifier, post.signed_amount)):
        named = [post.trx for post in sorted(group, key=_arrival) if post.trx]
        for post in group:
            if named and post.source not in has:
                found[id(post)] = named[0] or ""
    return found


def _is_again(one: Post, post: Post, is_success: Callable[[Post], bool]) -> bool:
    """Whether their statuses say the same."""
    return (is_success(one) and is_success(post)) or one.status == post.status


def _is_surely_earlier(post: Post, other: Post) -> bool:
    """Whether time tells that it arrived before the other."""
    return post.received_at is not None and other.received_at is not None and post.received_at < other.received_at


def _unsigned(post: Post, name: str) -> object:
    value = getattr(post, name)
    return Decimal(value) if name == "charge" and value is not None else value


def _judge_copies(posts: Sequence[Post], keys: Sequence[Key]) -> None:
    """Whose signature is the very one of another notification's amount and identifier."""
    right: dict[str, int] = {}
    for post in posts:
        if not post.is_verified:
            for key in keys:
                right[sign(key.secret, post.amount, post.identifier)] = id(post)
    genuine = {post.signature for post in posts if post.is_verified}
    for post in posts:
        if post.signature_status == "invalid" and (post.signature in genuine or post.signature in right):
            post.findings.add("signature_copied")


def _verdict(post: Post, mode: str, audit: Audit) -> str:
    if post.findings & FORGED:
        return "forged"
    if post.findings & SUSPECT or not post.is_verified or post.value is None:
        return "suspect"
    if is_elsewhere(post, mode, audit.merchant):
        return "other_mode"
    if post.status not in audit.success_statuses:
        return "no_payment"
    return "duplicate" if "replayed" in post.findings else "accepted"


def _key_id(post: Post) -> str:
    return "" if post.key is None else post.key.id


def _arrival(post: Post) -> tuple[bool, datetime, str, int]:
    return post.received_at is None, post.received_at or datetime.min, post.source, post.record  # noqa: DTZ901


def _grouped(posts: Iterable[Post], of: Callable[[Post], object]) -> list[list[Post]]:
    groups: dict[object, list[Post]] = defaultdict(list)
    for post in posts:
        groups[of(post)].append(post)
    return list(groups.values())
