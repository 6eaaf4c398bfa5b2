"""Results and tie-out, as the contract words them (section 7), for exports with one row an order and without dates."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from tests.reference.judging import Audit, Key, Post, is_elsewhere


@dataclass(frozen=True)
class Order:
    """What the shop exported of an order."""

    identifier: str
    amount: Decimal
    currency: str | None
    state: str


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


Lines = dict[str | None, tuple[Decimal, Decimal]]
"""Ordered and paid by currency."""


def reconcile(
    posts: Iterable[Post], orders: Sequence[Order], keys: Sequence[Key], audit: Audit
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
    results = {}
    for identifier in {*own, *ordered}:
        payments = _payments(own[identifier])
        for payment in payments:
            lines[payment.currency][1] += payment.value or 0
        results[identifier] = _result(own[identifier], payments, ordered.get(identifier))
    return results, {currency: (sums[0], sums[1]) for currency, sums in lines.items()}


def _payments(posts: Iterable[Post]) -> list[Post]:
    """One accepted notification of each payment, in order of arrival."""
    found: dict[object, Post] = {}
    for post in posts:
        if post.verdict == "accepted":
            name = post.trx or (post.source, post.record)
            found.setdefault((post.key and post.key.id, name, post.value, post.currency), post)
    return sorted(found.values(), key=lambda post: (post.received_at is None, str(post.received_at), post.trx or ""))


def _result(posts: Sequence[Post], payments: Sequence[Post], order: Order | None) -> Result:
    currencies = {post.currency for post in payments}
    paid = sum((post.value or Decimal(0) for post in payments), Decimal(0)) if len(currencies) == 1 else None
    currency = next(iter(currencies)) if len(currencies) == 1 else None
    difference = None if paid is None or order is None else paid - order.amount
    verdicts = Counter(post.verdict for post in posts)
    return Result(
        _outcome(posts, payments, order, difference, is_mixed=len(currencies) > 1, currency=currency),
        len(payments),
        paid,
        currency,
        difference,
        tuple(post.trx for post in payments if post.trx),
        (verdicts["accepted"], verdicts["duplicate"], verdicts["suspect"], verdicts["forged"]),
    )


def _outcome(
    posts: Sequence[Post],
    payments: Sequence[Post],
    order: Order | None,
    difference: Decimal | None,
    *,
    is_mixed: bool,
    currency: str | None,
) -> str:
    """The first outcome that applies."""
    if order is None:
        return "orphan_payment" if payments else "no_trusted_payment"
    if is_mixed or (currency is not None and order.currency is not None and currency != order.currency):
        return "currency_mismatch"
    if difference is not None:
        between_worlds = {"test_key", "live_key_on_test", "other_merchant"}
        has_conflict = any("trx_conflict" in post.findings and not post.findings & between_worlds for post in posts)
        if (len(payments) > 1 and difference != 0) or (has_conflict and difference >= 0):
            return "duplicate_payment"
        if difference != 0:
            return "underpaid" if difference < 0 else "overpaid"
        if order.state in ("cancelled", "open"):
            return "status_conflict"
        return "refunded" if order.state == "refunded" else "matched"
    if posts:
        is_forged = any(post.verdict == "forged" for post in posts)
        return "paid_on_forgery" if is_forged and order.state == "paid" else "no_trusted_payment"
    if order.amount == 0:
        return "nothing_due"
    return "missing_payment" if order.state in ("paid", "unknown") else "unpaid"
