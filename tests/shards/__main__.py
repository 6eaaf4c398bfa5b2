"""Holds audits in shares, and on Spark, to one audit: ``python -m tests.shards [--engine shards|steps|sail|spark]``.

Prints for every seed and number of parts how many rows of each table differ, and ends with 1 where any does. The
engine ``steps`` is Spark's flow in one process. With ``--faults`` shares are killed, and tasks of Spark fail once.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import shutil
import sys
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any, Final

import pyarrow as pa

import corena_recon as cr
from corena_recon import spark
from tests.adversary.benchmark import OPTIONS, SEED, VARIANTS
from tests.shards.equality import World, audited, differing, sample_in, shared, world_in
from tests.shards.faults import failing_once, killed
from tests.shards.frames import held
from tests.shards.one_process import Session

NEEDED: Final = {"sail": ("pysail", "pyspark"), "spark": ("pyspark",)}
ENGINES: Final = ("shards", "steps", "sail", "spark")

PARTITIONED = ("notifications", "results", "orders", "tie_out")


def lacking(engine: str) -> str | None:
    """Why an engine cannot run here; None where it can."""
    missing = [name for name in NEEDED.get(engine, ()) if importlib.util.find_spec(name) is None]
    if missing:
        return f"{missing[0]} is not installed"
    return "there is no java on PATH" if engine == "spark" and shutil.which("java") is None else None


@contextmanager
def session_of(engine: str) -> Iterator[Any]:
    """A session on this machine, in another zone than UTC; None for shares, which need no engine."""
    if engine in ("shards", "steps"):
        yield Session() if engine == "steps" else None
        return
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
        # Two tasks at once, each of which may fail three times.
        builder = builder.master("local[2,4]").config("spark.ui.enabled", "false")
    session = builder.getOrCreate()
    session.conf.set("spark.sql.session.timeZone", "Africa/Lubumbashi")
    yield session
    session.stop()
    if server is not None:
        server.stop()


def on_spark(session: Any, world: World, work: Path, out: Path, parts: int) -> None:
    """The audit of a world on Spark."""
    given = {"work": str(work), "buckets": parts, **OPTIONS}
    spark.audit(session, str(world.archive), world.orders, world.keys, out, **given)


def unlike_in_partitions(session: Any, report: Path, folder: Path) -> dict[str, int]:
    """How many rows Spark reads otherwise from a folder for a warehouse, by table."""
    found = cr.Reconciliation.read_parquet(report)
    found.to_parquet(folder, partition="month")
    counts = {name: len(_counted(session.read.parquet(str(folder / name)), found.table(name))) for name in PARTITIONED}
    return {name: count for name, count in counts.items() if count}


def _counted(frame: Any, table: pa.Table) -> Counter[str]:
    """How many more of each row there are in Spark's frame, or fewer."""
    read = frame.toArrow().select(table.column_names).cast(table.schema)
    counts = Counter(map(repr, read.to_pylist()))
    counts.subtract(map(repr, table.to_pylist()))
    return Counter({row: count for row, count in counts.items() if count})


def differences(given: argparse.Namespace, session: Any) -> Iterator[tuple[str, dict[str, int]]]:
    """What was tried, and how many rows of each table differ."""
    for seed in (SEED if number == 1 else f"another {number}" for number in given.seeds):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            world = sample_in(folder / "world") if given.sample else world_in(folder / "world", seed, given.variants)
            audited(world, folder / "one")
            if given.engine in NEEDED:
                unlike = unlike_in_partitions(session, folder / "one", folder / "partitions")
                yield f"{given.engine}, {seed!r}, partitions", unlike
            for parts in given.parts:
                out, work = folder / f"report-{parts}", folder / f"work-{parts}"
                told = f"{given.engine}, {seed!r}, {parts} parts"
                if session is None and given.faults:
                    told += f", {killed(world, work, out, parts, seed)} times killed"
                elif session is None:
                    shared(world, work, out, parts)
                else:
                    fails = given.faults and given.engine == "spark"
                    with failing_once(folder / f"failed-{parts}") if fails else nullcontext():
                        on_spark(session, world, work, out, parts)
                yield told, differing(folder / "one", out)
    if session is not None and given.engine != "steps":
        with tempfile.TemporaryDirectory() as name:
            for case, found in held(session, Path(name) / "frames", is_sail=given.engine == "sail"):
                yield f"{given.engine}, a table with {case}", found


def main() -> int:
    """Runs what the arguments say."""
    parser = argparse.ArgumentParser(prog="tests.shards", description=__doc__)
    parser.add_argument("--engine", choices=ENGINES, default="shards")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1])
    parser.add_argument("--parts", type=int, nargs="+", default=[1, 2, 7])
    parser.add_argument(
        "--sample", action="store_true", help="the sample data, which is quick, and not the adversary's"
    )
    parser.add_argument("--variants", type=int, default=VARIANTS, help="of each attack; 10 is the whole benchmark")
    parser.add_argument("--faults", action="store_true")
    given = parser.parse_args()
    if (why := lacking(given.engine)) is not None:
        print(f"{given.engine} is skipped: {why}")
        return 1 if os.environ.get("CI") else 0
    warnings.simplefilter("ignore")
    different, began = 0, time.perf_counter()
    with session_of(given.engine) as session:
        for told, found in differences(given, session):
            different += len(found)
            print(f"{told}: {found or 'no row differs'}, {time.perf_counter() - began:.1f} s", flush=True)
            began = time.perf_counter()
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
