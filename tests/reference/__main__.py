"""``python -m tests.reference [WORLDS] [FIRST]``: the package held against the reference in so many random worlds.

All go through the pipeline, every fifth through all ways in, and the results of every fifth, with as many islands as
give many outcomes, are held against the contract's.
"""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from pathlib import Path

from tests.reference.comparing import QUICK, SLOW, differences
from tests.reference.shops import WAYS, expected_results, found_results
from tests.reference.worlds import world_of

_EVERY = 5
_ISLANDS = 5


def main(worlds: int = 10_000, first: int = 0) -> int:
    """Prints how many worlds agreed by way in, and the first differences; gives how many differ."""
    tried: Counter[str] = Counter()
    differing: Counter[str] = Counter()
    for seed in range(first, first + worlds):
        for way in (*QUICK, *SLOW) if seed % _EVERY == 0 else QUICK[:1]:
            with tempfile.TemporaryDirectory() as folder:
                lines = differences(world_of(seed), way, Path(folder))
            tried[way.__name__] += 1
            differing[way.__name__] += bool(lines)
            for line in lines:
                print(f"world {seed}, {way.__name__}: {line}")
        if seed % _EVERY == 0:
            name, world = WAYS[seed // _EVERY % len(WAYS)], world_of(seed, _ISLANDS)
            with tempfile.TemporaryDirectory() as folder:
                is_other = found_results(world, name, Path(folder)) != expected_results(world)
            tried[f"results, {name}"] += 1
            differing[f"results, {name}"] += is_other
            if is_other:
                print(f"world {seed}, results by {name}")
    for name, count in tried.items():
        print(f"{name:>18} {count:>6} worlds, {differing[name]} differ")
    return differing.total()


if __name__ == "__main__":
    sys.exit(min(1, main(*map(int, sys.argv[1:]))))
