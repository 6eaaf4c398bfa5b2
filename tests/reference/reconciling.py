"""Results and tie-out, as the contract words them (section 7), for exports with one row an order."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final

from tests.reference.judging import Audit, Key, Post, is_elsewhere


@dataclass(frozen=True)
class Order:
    """What the shop exported of an order."""

    identifier: str
    amount: Decimal
    currency: str | None
    state: str
    ordered_at: datetime | None = None


@dataclass(frozen=True)
class Entry:
    """What the gateway's own ledger has of a payment; the day is one of UTC."""

    trx: str
    amount: Decimal
    currency: str
    day: date


@dataclass(frozen=True)
class Terms:
    """The options and the ledger that results depend on."""

    tolerance: Mapping[str | None, Decimal] | Decimal = Decimal(0)
    as_of: datetime | None = None
    grace: timedelta = timedelta(0)
    ledger: Sequence[Entry] | None = None
    is_matched_by_amount: bool = False

    def allowed(self, currency: str | None) -> Decimal:
        """By how much a payment may differ from an order in the currency."""
        return self.tolerance if isinstance(self.tolerance, Decimal) else self.tolerance.get(currency, Decimal(0))


@dataclass(frozen=True)
class Result:
    """The one result of an identifier."""

    outcome: str
    payments: int
    paid_amount: Decimal | None
    paid_currency: str | None
    difference: Decimal | None
    payment_trx: tuple[str, ...]
    counts: tuple[int, int, int, int]
    ledger: str | None
    reasons: frozenset[str]


REASONS: Final = frozenset(
    {"within_tolerance", "split_payment", "state_unknown", "currency_unknown", "paid_before_order", "paid_late"}
)
"""The reasons that the reference knows."""
_LATE: Final = timedelta(days=30)
_WINDOW: Final = timedelta(days=3)
Lines = dict[str | None, tuple[Decimal, Decimal]]
"""Ordered and paid by currency."""


def reconcile(
    posts: Iterable[Post], orders: Sequence[Order], keys: Sequence[Key], audit: Audit, terms: Terms
) -> tuple[dict[str, Result], Lines]:
    """The result of every identifier that has an order or a notification, and the tie-out."""
    mode = audit.mode or ("test" if all(key.mode == "test" for key in keys) else "live")
    own: dict[str, list[Post]] = defaultdict(list)
    for post in posts:
        if not is_elsewhere(post, mode, audit.merchant):
            own[post.identifier].append(post)
    ordered = {order.identifier: order for order in orders}
    lines: dict[str | None, list[Decimal]] = defaultdict(lambda: [Decimal(0), Decimal(0)])
    for order in orders:
        lines[order.currency][0] += order.amount
    if terms.is_matched_by_amount:
        _send_home(own, ordered)
    results = {}
    for identifier in {*own, *ordered}:
        payments = _payments(own[identifier])
        for payment in payments:
            lines[payment.currency][1] += payment.value or 0
        results[identifier] = _result(own[identifier], payments, ordered.get(identifier), terms)
    return results, {currency: (sums[0], sums[1]) for currency, sums in lines.items()}


def _send_home(own: dict[str, list[Post]], ordered: Mapping[str, Order]) -> None:
    """Moves payments that name no order to the only order, and are the only payment, of an amount in time."""
    free = [payment for name, posts in own.items() if name not in ordered for payment in _payments(posts)]
    waiting = [order for name, order in ordered.items() if not _payments(own.get(name, ()))]
    pairs = [(payment, order) for payment in free for order in waiting if _may_pay(payment, order)]
    payments = Counter(_name_of(payment) for payment, _ in pairs)
    orders = Counter(order.identifier for _, order in pairs)
    for payment, order in pairs:
        if payments[_name_of(payment)] == orders[order.identifier] == 1:
            its = own.pop(payment.identifier)
            moved = [post for post in its if _name_of(post) == _name_of(payment)]
            own[order.identifier] += moved
            if stay := [post for post in its if post not in moved]:
                own[payment.identifier] = stay


def _may_pay(payment: Post, order: Order) -> bool:
    if payment.received_at is None or order.ordered_at is None or payment.currency is None:
        return False
    is_in_time = order.ordered_at <= payment.received_at <= order.ordered_at + _WINDOW
    return (payment.value, payment.currency) == (order.amount, order.currency) and is_in_time


def _name_of(post: Post) -> object:
    """What tells payments apart."""
    name = post.trx or (post.source, post.record)
    return post.identifier, post.key and post.key.id, name, post.value, post.currency


def _payments(posts: Iterable[Post]) -> list[Post]:
    """One accepted notification of each payment, in order of arrival."""
    found: dict[object, Post] = {}
    for post in posts:
        if post.verdict == "accepted":
            found.setdefault(_name_of(post), post)
    return sorted(found.values(), key=lambda post: (post.received_at is None, str(post.received_at), post.trx or ""))


def _result(posts: Sequence[Post], payments: Sequence[Post], order: Order | None, terms: Terms) -> Result:
    currencies = {post.currency for post in payments}
    paid = sum((post.value or Decimal(0) for post in payments), Decimal(0)) if len(currencies) == 1 else None
    currency = next(iter(currencies)) if len(currencies) == 1 else None
    difference = None if paid is None or order is None else paid - order.amount
    verdicts = Counter(post.verdict for post in posts)
    ledger = _in_ledger(payments, terms.ledger)
    is_mixed = len(currencies) > 1
    is_other = order is not None and None not in {currency, order.currency} and currency != order.currency
    allowed = terms.allowed(order.currency) if order is not None else Decimal(0)
    if order is None:
        outcome = "orphan_payment" if payments else "no_trusted_payment"
    elif is_mixed or is_other:
        outcome = "currency_mismatch"
    elif difference is not None:
        outcome = _paid(posts, payments, order, difference, allowed, is_absent=ledger == "absent")
    else:
        outcome = _unpaid(posts, order, terms)
    return Result(
        outcome,
        len(payments),
        paid,
        currency,
        difference,
        tuple(post.trx for post in payments if post.trx),
        (verdicts["accepted"], verdicts["duplicate"], verdicts["suspect"], verdicts["forged"]),
        ledger,
        _reasons(payments, order, difference, allowed, currency, is_other=is_other),
    )


def _paid(
    posts: Sequence[Post],
    payments: Sequence[Post],
    order: Order,
    difference: Decimal,
    allowed: Decimal,
    *,
    is_absent: bool,
) -> str:
    """The first outcome that applies to an order with payments in one currency, which is its own."""
    between_worlds = {"test_key", "live_key_on_test", "other_merchant"}
    has_conflict = any("trx_conflict" in post.findings and not post.findings & between_worlds for post in posts)
    if (len(payments) > 1 and abs(difference) > allowed) or (has_conflict and difference >= -allowed):
        return "duplicate_payment"
    if abs(difference) > allowed:
        return "underpaid" if difference < 0 else "overpaid"
    if order.state in ("cancelled", "open"):
        return "status_conflict"
    if is_absent:
        return "not_in_ledger"
    return "refunded" if order.state == "refunded" else "matched"


def _unpaid(posts: Sequence[Post], order: Order, terms: Terms) -> str:
    """The first outcome that applies to an order without a payment."""
    if posts:
        is_forged = any(post.verdict == "forged" for post in posts)
        return "paid_on_forgery" if is_forged and order.state == "paid" else "no_trusted_payment"
    if order.amount == 0:
        return "nothing_due"
    if order.state not in ("paid", "unknown"):
        return "unpaid"
    is_recent = (
        terms.as_of is not None and order.ordered_at is not None and order.ordered_at >= terms.as_of - terms.grace
    )
    return "not_yet_due" if is_recent else "missing_payment"


def _in_ledger(payments: Sequence[Post], ledger: Sequence[Entry] | None) -> str | None:
    """What the ledger, each of whose entries names its transaction, says of payments that all name theirs."""
    if ledger is None or not payments:
        return None
    days = [entry.day for entry in ledger]
    found = set()
    for post in payments:
        if any(
            (entry.trx, entry.amount) == (post.trx, post.value) and entry.currency == (post.currency or entry.currency)
            for entry in ledger
        ):
            found.add("confirmed")
        elif post.received_at is not None and days and min(days) <= post.received_at.date() <= max(days):
            found.add("absent")
        else:
            found.add("not_covered")
    return next(word for word in ("absent", "not_covered", "confirmed") if word in found)


def _reasons(
    payments: Sequence[Post],
    order: Order | None,
    difference: Decimal | None,
    allowed: Decimal,
    currency: str | None,
    *,
    is_other: bool,
) -> frozenset[str]:
    """What else is true of an order."""
    if order is None:
        return frozenset()
    is_full = difference is not None and abs(difference) <= allowed
    first = min((post.received_at for post in payments if post.received_at is not None), default=None)
    since = first - order.ordered_at if first is not None and order.ordered_at is not None else timedelta(0)
    holds = {
        "within_tolerance": is_full and difference != 0,
        "split_payment": is_full and len(payments) > 1,
        "state_unknown": order.state == "unknown",
        "currency_unknown": difference is not None and not is_other and None in {currency, order.currency},
        "paid_before_order": since < timedelta(0),
        "paid_late": since > _LATE,
    }
    return frozenset(reason for reason, does_hold in holds.items() if does_hold)
