"""``python -m tests.reference [WORLDS] [FIRST]``: the package held against the reference in so many random worlds.

A hundred worlds with order numbers and transaction ids of their own are the islands of one audit, since what an audit
costs is the engine's planning and not its rows. They go through every way in, and their results through one of four.
Five of each hundred are also audited by themselves, small as they are. What agreed is told after each 500 worlds.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from multiprocessing import Pool
from pathlib import Path
from typing import NamedTuple

from tests.archive.differential import native_reading
from tests.reference.comparing import QUICK, SLOW, by_pipeline, by_process, differences, in_shares
from tests.reference.shops import WAYS, expected_results, found_results
from tests.reference.worlds import World, world_of

_ISLANDS = 100
_SMALL = 5
_TOLD_AFTER = 500
_RARE = ((in_shares, 5), (by_process, 25))
"""Ways of which one in so many is tried: each starts processes, or audits several times."""


_LEARNING = 10
"""Of so many audits one learns recipes: that takes ten times as long as the rest, of many shapes of few records."""
_NEVER = 1 << 40


class Agreement(NamedTuple):
    """Worlds by way in: how many were tried, how many of their audits say otherwise, and what these say."""

    tried: Counter[str]
    differing: Counter[str]
    lines: list[str]


def main(worlds: int = 10_000, first: int = 0) -> int:
    """Prints how many worlds agreed by way in, and every difference; gives how many audits differ."""
    total, began, done = Agreement(Counter(), Counter(), []), time.perf_counter(), 0
    seeds = range(first, first + worlds, _ISLANDS)
    with Pool(os.cpu_count()) as pool:
        for found in pool.imap(_agreement, seeds):
            done += _ISLANDS
            total.tried.update(found.tried)
            total.differing.update(found.differing)
            for line in found.lines:
                print(line, flush=True)
            if done % _TOLD_AFTER == 0 or done >= worlds:
                print(f"seeds {first} to {first + done - 1}, {time.perf_counter() - began:.0f} s", flush=True)
                for way, count in total.tried.items():
                    print(f"  {way:>18} {count:>6} worlds, {total.differing[way]} differ", flush=True)
    return total.differing.total()


def _agreement(seed: int) -> Agreement:
    tried: Counter[str] = Counter()
    differing: Counter[str] = Counter()
    lines: list[str] = []
    worth_tracing = 24 if seed % (_LEARNING * _ISLANDS) == 0 else _NEVER
    for way, islands, differs in _trials(seed):
        tried[way] += islands
        with tempfile.TemporaryDirectory() as folder, native_reading(is_on=True, worth_tracing=worth_tracing):
            found = differs(Path(folder))
        differing[way] += bool(found)
        lines += [f"seed {seed}, islands {islands}, {way}: {line}" for line in found]
    return Agreement(tried, differing, lines)


def _trials(seed: int) -> Iterator[tuple[str, int, Callable[[Path], list[str]]]]:
    """Each way in by its name, with how many islands, and what it says otherwise than the reference."""
    number, world = seed // _ISLANDS, world_of(seed, _ISLANDS)
    for way in (*QUICK, *SLOW):
        yield way.__name__, _ISLANDS, partial(differences, world, way)
    for small in range(seed, seed + _ISLANDS, _ISLANDS // _SMALL):
        yield "small", 1, partial(differences, world_of(small), by_pipeline)
    for way, each in _RARE:
        if number % each == 0:
            yield way.__name__, _ISLANDS, partial(differences, world, way)
    name = WAYS[number % len(WAYS)]
    yield f"results, {name}", _ISLANDS, partial(_other_results, world, name)


def _other_results(world: World, way: str, folder: Path) -> list[str]:
    (found, found_lines), (wanted, wanted_lines) = found_results(world, way, folder), expected_results(world, way)
    return [
        f"{name}: {found.get(name)}, the contract says {wanted.get(name)}"
        for name in sorted({*found, *wanted})
        if found.get(name) != wanted.get(name)
    ] + ([] if found_lines == wanted_lines else [f"{found_lines}, the contract says {wanted_lines}"])


if __name__ == "__main__":
    sys.exit(min(1, main(*map(int, sys.argv[1:]))))
