"""Orders, options and a ledger for a world, and what the package makes of them beside what the contract says."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import pandas as pd

import corena_recon as cr
from tests.reference.judging import Post, judge
from tests.reference.reconciling import REASONS, Entry, Lines, Order, Result, Terms, reconcile
from tests.reference.worlds import World

_STATES: Final = {
    "paid": "paid",
    "pending": "open",
    "cancelled": "cancelled",
    "refunded": "refunded",
    "xyzzy": "unknown",
}
_WHEN: Final = datetime(2026, 1, 10, tzinfo=UTC)
WAYS: Final = ("pipeline", "audit", "folder", "passes")


def expected_results(world: World, way: str = "") -> tuple[dict[str, Result], Lines]:
    """What the contract says, by one of ``WAYS`` in."""
    posts = world.fresh_posts()
    judge(posts, world.keys, world.audit)
    orders = [order for order, _ in orders_of(world)]
    terms = replace(terms_of(world, posts), is_matched_by_amount=way == "passes")
    return reconcile(posts, orders, world.keys, world.audit, terms)


def found_results(world: World, way: str, folder: Path) -> tuple[dict[str, Result], Lines]:
    """What the package says, by one of ``WAYS`` in."""
    posts = world.fresh_posts()
    judge(posts, world.keys, world.audit)
    found = reconciled(world, orders_of(world), terms_of(world, posts), folder, way)
    return _results(found.results), _lines(found.tie_out)


def orders_of(world: World) -> list[tuple[Order, str]]:
    """Orders for most identifiers of a world, and a few more; each with the shop's own word for its state."""
    drawn = random.Random(world.seed)
    amounts: dict[str, list[Decimal]] = {}
    for post in world.posts:
        value = post.value
        amounts.setdefault(post.identifier, []).extend([] if value is None or value <= 0 else [value])
    names = [name for name in amounts if drawn.random() < 0.8 and name.strip() == name and len(name) > 2]
    orders = []
    for name in [*names, "ONLY-1", "ONLY-2", "ONLY-3", "ONLY-4"]:
        known = amounts.get(name, [])
        total = sum(known, Decimal(0))
        amount = drawn.choice([*known, *known, total, Decimal("12.00"), Decimal(0)])
        word = drawn.choice([*_STATES, "paid"])
        currency = drawn.choice(["USD", "USD", "EUR", None])
        ordered_at = drawn.choice([_WHEN - timedelta(days=days) for days in (-2, 0, 1, 31, 45)])
        orders.append((Order(name, amount, currency, _STATES[word], ordered_at), word))
    return orders


def terms_of(world: World, posts: list[Post]) -> Terms:
    """Options and a ledger for the world, drawn as its orders are."""
    drawn = random.Random(world.seed + 1)
    by_currency: Mapping[str | None, Decimal] = {"USD": Decimal("0.50"), "EUR": Decimal(2)}
    tolerance = by_currency if drawn.random() < 0.5 else Decimal(0)
    as_of, grace = drawn.choice([(None, timedelta(0)), (_WHEN + timedelta(hours=1), timedelta(days=2))])
    if drawn.random() < 0.5:
        return Terms(tolerance, as_of, grace)
    entries = [Entry("ELSEWHERE", Decimal(999), "USD", (_WHEN + timedelta(days=drawn.choice([-1, 1]))).date())]
    entries += [
        Entry(post.trx, post.value, post.currency or "USD", _WHEN.date())
        for post in posts
        if post.verdict == "accepted" and post.trx and post.value is not None and drawn.random() < 0.7
    ]
    return Terms(tolerance, as_of, grace, entries)


def reconciled(
    world: World, orders: list[tuple[Order, str]], terms: Terms, folder: Path, way: str
) -> cr.Reconciliation:
    """The world and its orders, reconciled in one of several ways."""
    export = folder / "orders.csv"
    rows = [
        f"{order.identifier},{order.amount:f},{order.currency or ''},{word},{order.ordered_at:%Y-%m-%d}"
        for order, word in orders
    ]
    export.write_text("\n".join(["order_id,total,currency,status,date", *rows, ""]), encoding="utf-8")
    (folder / "archive").mkdir()
    archive = world.write(folder / "archive")
    options: dict[str, Any] = {"tolerance": terms.tolerance}
    if terms.as_of is not None:
        options |= {"as_of": terms.as_of, "grace": terms.grace}
    if terms.ledger is not None:
        options["ledger"] = _written(terms.ledger, folder / "ledger.csv")
    if way == "audit":
        found: cr.Reconciliation = cr.audit(archive, export, world.ring(), **world.options(), **options)
        return found
    if way == "folder":
        cr.audit(archive, export, world.ring(), out=folder / "report", **world.options(), **options)
        return cr.Reconciliation.read_parquet(folder / "report")
    frame = cr.verify(cr.read_ipns(archive[::-1]), world.ring(), **world.options())
    if terms.ledger is not None:
        options["ledger"] = cr.read_ledger(options["ledger"])
    match_on = ("identifier", "amount") if way == "passes" else "identifier"
    return cr.reconcile(frame, cr.read_orders(export), match_on=match_on, **options)


def _written(ledger: Sequence[Entry], path: Path) -> Path:
    """The ledger as the panel's database is dumped."""
    rows = [
        f"{number},7,{number},{entry.currency},,{entry.trx},{entry.amount:f},,live,1,{entry.day} 12:00:00,"
        for number, entry in enumerate(ledger, 1)
    ]
    header = "id,user_id,deposit_id,currency,identifier,trx,amount,details,type,status,created_at,updated_at"
    path.write_text("\n".join([header, *rows, ""]), encoding="utf-8")
    return path


def _results(frame: pd.DataFrame) -> dict[str, Result]:
    return {
        row["identifier"]: Result(
            row["outcome"],
            row["payments"],
            _or_none(row["paid_amount"]),
            _or_none(row["paid_currency"]),
            _or_none(row["difference"]),
            tuple(row["payment_trx"]),
            (row["accepted"], row["duplicates"], row["suspects"], row["forged"]),
            _or_none(row.get("ledger")),
            REASONS & {*row["reasons"]} if row["order_rows"] else frozenset(),
        )
        for row in frame.to_dict("records")
    }


def _lines(frame: pd.DataFrame) -> Lines:
    rows = frame.to_dict("records")
    return {_or_none(row["currency"]): (row["ordered"], row["paid"]) for row in rows}


def _or_none(value: Any) -> Any:
    return None if pd.isna(value) else value
