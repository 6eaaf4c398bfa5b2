"""Holds audits in shares, and on Spark, to one audit: ``python -m tests.shards [--engine shards|sail|spark]``.

Prints for every seed and number of parts how many rows of each table differ, and ends with 1 where any does.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
import warnings
from pathlib import Path
from typing import Any

from corena_recon import spark
from tests.adversary.benchmark import OPTIONS, SEED, VARIANTS
from tests.shards.equality import World, audited, differing, sample_in, shared, world_in
from tests.shards.frames import held


def session_of(engine: str) -> tuple[Any, Any]:
    """A session of Spark on this machine, in another zone than UTC, and its server, which lives while it is held."""
    from pyspark.sql import SparkSession  # noqa: PLC0415 - shares without an engine need none

    builder: Any = SparkSession.builder
    server = None
    if engine == "sail":
        from pysail.spark import SparkConnectServer  # noqa: PLC0415 - as above

        server = SparkConnectServer()
        server.start()
        builder = builder.remote(f"sc://localhost:{server.listening_address[1]}")
    else:
        os.environ["PYSPARK_PYTHON"] = sys.executable
        builder = builder.master("local[2]").config("spark.ui.enabled", "false")
    session = builder.getOrCreate()
    session.conf.set("spark.sql.session.timeZone", "Africa/Lubumbashi")
    return session, server


def on_spark(session: Any, world: World, work: Path, out: Path, parts: int) -> None:
    """The audit of a world on Spark."""
    given = {"work": str(work), "buckets": parts, **OPTIONS}
    spark.audit(session, str(world.archive), world.orders, world.keys, out, **given)


def main() -> int:
    """Runs what the arguments say."""
    parser = argparse.ArgumentParser(prog="tests.shards", description=__doc__)
    parser.add_argument("--engine", choices=["shards", "sail", "spark"], default="shards")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--parts", type=int, nargs="+", default=[1, 2, 7])
    parser.add_argument(
        "--sample", action="store_true", help="the sample data, which is quick, and not the adversary's"
    )
    parser.add_argument("--variants", type=int, default=VARIANTS, help="of each attack; 10 is the whole benchmark")
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    session, server = (None, None) if given.engine == "shards" else session_of(given.engine)
    different = 0
    for seed in [SEED, *(f"another {number}" for number in range(2, given.seeds + 1))]:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            world = sample_in(folder / "world") if given.sample else world_in(folder / "world", seed, given.variants)
            audited(world, folder / "one")
            for parts in given.parts:
                began = time.perf_counter()
                out, work = folder / f"report-{parts}", folder / f"work-{parts}"
                if session is None:
                    shared(world, work, out, parts)
                else:
                    on_spark(session, world, work, out, parts)
                found = differing(folder / "one", out)
                different += len(found)
                took = time.perf_counter() - began
                print(f"{given.engine}, {seed!r}, {parts} parts: {found or 'no row differs'}, {took:.1f} s", flush=True)
    if session is not None:
        with tempfile.TemporaryDirectory() as name:
            for case, found in held(session, Path(name) / "frames"):
                different += len(found)
                print(f"{given.engine}, a table with {case}: {found or 'no row differs'}", flush=True)
        session.stop()
    if server is not None:
        server.stop()
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
