"""Results and tie-out of random small worlds are what the contract says."""

from __future__ import annotations

import random
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import pandas as pd
import pytest

import corena_recon as cr
from corena_recon.vocabulary import OUTCOMES
from tests.reference.judging import judge
from tests.reference.reconciling import Lines, Order, Result, reconcile
from tests.reference.worlds import World, world_of

_STATES: Final = {
    "paid": "paid",
    "pending": "open",
    "cancelled": "cancelled",
    "refunded": "refunded",
    "xyzzy": "unknown",
}
_SEEDS: Final = range(500, 512)
_ISLANDS: Final = 10


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
        orders.append((Order(name, amount, drawn.choice(["USD", "USD", "EUR", None]), _STATES[word]), word))
    return orders


def reconciled(world: World, orders: list[tuple[Order, str]], folder: Path, way: str) -> cr.Reconciliation:
    """The world and its orders, reconciled in one of several ways."""
    export = folder / "orders.csv"
    rows = [f"{order.identifier},{order.amount:f},{order.currency or ''},{word}" for order, word in orders]
    export.write_text("\n".join(["order_id,total,currency,status", *rows, ""]), encoding="utf-8")
    archive = world.write(folder / "archive")
    if way == "audit":
        return cr.audit(archive, export, world.ring(), **world.options())
    if way == "folder":
        cr.audit(archive, export, world.ring(), out=folder / "report", **world.options())
        return cr.Reconciliation.read_parquet(folder / "report")
    frame = cr.verify(cr.read_ipns(archive[::-1]), world.ring(), **world.options())
    match_on = ("identifier", "amount") if way == "passes" else "identifier"
    return cr.reconcile(frame, cr.read_orders(export), match_on=match_on)


@pytest.mark.parametrize("seed", _SEEDS)
def test_results_and_tie_out_are_the_contract_s(seed: int, tmp_path: Path) -> None:
    world = world_of(seed, _ISLANDS)
    orders, posts = orders_of(world), world.fresh_posts()
    judge(posts, world.keys, world.audit)
    results, lines = reconcile(posts, [order for order, _ in orders], world.keys, world.audit)
    (tmp_path / "archive").mkdir()
    found = reconciled(world, orders, tmp_path, ("pipeline", "audit", "folder", "passes")[seed % 4])
    assert _results(found.results) == results
    assert _lines(found.tie_out) == lines


def test_the_worlds_hold_nearly_every_outcome() -> None:
    outcomes = set()
    for seed in _SEEDS:
        world = world_of(seed, _ISLANDS)
        posts = world.fresh_posts()
        judge(posts, world.keys, world.audit)
        results, _ = reconcile(posts, [order for order, _ in orders_of(world)], world.keys, world.audit)
        outcomes |= {result.outcome for result in results.values()}
    assert set(OUTCOMES) - outcomes <= {"ambiguous_order", "not_in_ledger", "not_yet_due", "refunded"}


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
        )
        for row in frame.to_dict("records")
    }


def _lines(frame: pd.DataFrame) -> Lines:
    rows = frame.to_dict("records")
    return {_or_none(row["currency"]): (row["ordered"], row["paid"]) for row in rows}


def _or_none(value: Any) -> Any:
    return None if pd.isna(value) else value
