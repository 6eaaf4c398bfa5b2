"""The adversary's archive with orders for most of its identifiers, audited in one piece and in shares."""

from __future__ import annotations

import csv
import os
import random
import shutil
from pathlib import Path
from typing import Any, Final, NamedTuple
from unittest import mock

import pyarrow.parquet as pq

import corena_recon as cr
from corena_recon.stages import share
from tests.adversary import benchmark
from tests.adversary.keyring import SIGNERS
from tests.places import SAMPLE_DATA

TABLES: Final = ("notifications", "results", "tie_out", "worklist", "orders", "intake")


class World(NamedTuple):
    """An archive, its orders and its keys, in files."""

    archive: Path
    orders: Path
    keys: Path


def world_in(folder: Path, seed: str = benchmark.SEED, variants: int = benchmark.VARIANTS) -> World:
    """The adversary's archive of a seed, with so many variants of each attack."""
    world = World(folder / "archive", folder / "orders.csv", folder / "keys.toml")
    world.archive.mkdir(parents=True)
    with mock.patch.object(benchmark, "VARIANTS", variants):
        benchmark.built(seed).write(world.archive)
    for path in world.archive.iterdir():
        # Bodies are dated by their file, and Spark knows of no less than milliseconds.
        os.utime(path, (1_770_000_000, 1_770_000_000))
    with world.keys.open("w", encoding="utf-8") as file:
        for signer in SIGNERS:
            facts: dict[str, str | None] = {
                "id": signer.id,
                "secret": signer.secret,
                "mode": signer.mode,
                "merchant": signer.merchant,
            }
            facts |= {"valid_from": signer.valid_from, "valid_until": signer.valid_until}
            lines = [f'{name} = "{value}"' for name, value in facts.items() if value is not None]
            file.write("\n".join(["[[keys]]", *lines, ""]))
    identifiers = cr.read_ipns(world.archive)["identifier"].dropna().unique()
    chance = random.Random(seed)
    with world.orders.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["order_id", "total", "currency", "status"])
        for identifier in identifiers:
            if identifier.isascii() and identifier.isprintable() and chance.random() < 0.8:
                # Some only nearly as posted, and some twice.
                written = identifier.lower() if chance.random() < 0.1 else identifier
                for _ in range(1 + (chance.random() < 0.05)):
                    state = chance.choice(["paid", "open", "cancelled"])
                    rows.writerow([written, f"{chance.randrange(40)}.00", "USD", state])
    return world


def sample_in(folder: Path) -> World:
    """The sample data: a few records of several forms, twins, replays and forgeries among them."""
    world = World(folder / "archive", SAMPLE_DATA / "orders.csv", SAMPLE_DATA / "keys.toml")
    world.archive.mkdir(parents=True)
    for name in ("ipn-nested.jsonl.gz", "ipn-bodies.txt", "ipn-export.csv", "ipn-envelopes.jsonl"):
        shutil.copy(SAMPLE_DATA / name, world.archive)
    return world


def audited(world: World, out: Path, **options: Any) -> None:
    """One audit of everything."""
    cr.audit(world.archive, world.orders, world.keys, out=out, **benchmark.OPTIONS, **options)


def shared(world: World, work: Path, out: Path, count: int, *, buckets: int = 5, **options: Any) -> None:
    """The same in so many shares."""
    size = sum(path.stat().st_size for path in world.archive.iterdir())
    with mock.patch.object(share, "_BUCKET_BYTES", size // (buckets - 1)):
        for number in range(1, count + 1):
            given = {**benchmark.OPTIONS, **options, "shard": f"{number}/{count}", "work": work}
            cr.audit(world.archive, world.orders, world.keys, **given)
    cr.merge(work, out, world.keys)


def differing(one: Path, other: Path) -> dict[str, int]:
    """How many rows of each table of two reports differ; none of a table that is the same."""
    counts = {}
    for name in TABLES:
        tables = [pq.read_table(folder / f"{name}.parquet") for folder in (one, other)]
        if not tables[0].equals(tables[1]):
            rows = [table.to_pylist() for table in tables]
            counts[name] = sum(a != b for a, b in zip(*rows, strict=False)) + abs(len(rows[0]) - len(rows[1]))
    return counts
