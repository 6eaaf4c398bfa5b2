"""Shares killed in the middle and run again, and tasks of Spark that fail once after some of what they give."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

import pyarrow as pa

import corena_recon as cr
from tests.adversary.keyring import PUBLIC_KEY
from tests.shards.equality import World

Step = Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]


def killed(world: World, work: Path, out: Path, count: int, seed: str) -> int:
    """Makes shares, each killed as often as not before it is whole, and merges them; gives how many kills hit."""
    chance, hits = random.Random(seed), 0
    for number in range(1, count + 1):
        began = time.monotonic()
        _share(world, work, f"{number}/{count}").wait()
        needed_s = time.monotonic() - began
        for _ in range(2):
            process = _share(world, work, f"{number}/{count}")
            time.sleep(chance.uniform(0.3, 1) * needed_s)
            process.send_signal(signal.SIGKILL)
            hits += process.wait() == -signal.SIGKILL
        if chance.random() < 0.5:
            # The one that stands is as good as another.
            assert _share(world, work, f"{number}/{count}").wait() == 0
    cr.merge(work, out, world.keys)
    left = [path.name for path in work.iterdir() if not path.name.startswith("shard-")]
    assert len(left) <= 2 * count, left
    return hits


def _share(world: World, work: Path, shard: str) -> subprocess.Popen[bytes]:
    given = [str(world.archive), "--orders", str(world.orders), "--keys", str(world.keys)]
    options = ["--supported-currency", "USD", "--supported-currency", "EUR", "--public-key", PUBLIC_KEY]
    call = ["reconcile", *given, *options, "--shard", shard, "--work", str(work)]
    return subprocess.Popen([sys.executable, "-m", "corena_recon", *call], stdout=subprocess.DEVNULL)


class FailingOnce(NamedTuple):
    """A step whose first attempt on each task fails once it has given something."""

    step: Step
    folder: str

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        from pyspark import TaskContext  # noqa: PLC0415 - where a task runs there is Spark

        context = TaskContext.get()
        place = Path(self.folder) / f"{context.stageId()}-{context.partitionId()}"
        is_first = not place.exists()
        place.touch()
        for number, batch in enumerate(self.step(batches)):
            if is_first and number:
                raise OSError("a machine that went away")
            yield batch
        if is_first:
            raise OSError("a machine that went away at the end")


@contextmanager
def failing_once(folder: Path) -> Iterator[None]:
    """In the block every task of every step on Spark fails at first."""
    from pyspark.sql.classic.dataframe import DataFrame  # noqa: PLC0415 - shares without an engine need none

    folder.mkdir()
    kept = DataFrame.mapInArrow

    def mapped(frame: Any, step: Step, *given: Any, **named: Any) -> Any:
        return kept(frame, FailingOnce(step, os.fspath(folder)), *given, **named)

    with ExitStack() as patched:
        patched.enter_context(mock.patch.object(DataFrame, "mapInArrow", mapped))
        yield
    assert any(folder.iterdir())
