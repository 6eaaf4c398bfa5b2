"""Reading alone, side by side: what people write, and ours; takes a folder that generate.py filled."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qsl

import pandas as pd

from corena_recon.archive.reading import read_batches

BY_HAND_LINES = 100_000


def normalised(path: Path) -> int:
    with path.open(encoding="utf-8") as file:
        return len(pd.json_normalize([json.loads(line) for line, _ in zip(file, range(BY_HAND_LINES), strict=False)]))


def parsed_queries(path: Path) -> int:
    with path.open(encoding="utf-8") as file:
        return len(pd.DataFrame([dict(parse_qsl(line)) for line, _ in zip(file, range(BY_HAND_LINES), strict=False)]))


def ours(path: Path) -> int:
    return sum(map(len, read_batches(str(path), [])))


def microseconds(read: Callable[[Path], int], path: Path) -> float:
    times = []
    for _ in range(3):
        began = time.perf_counter()
        count = read(path)
        times.append((time.perf_counter() - began) / count * 1e6)
    return min(times)


def main() -> None:
    folder = Path(sys.argv[1])
    for name, by_hand in (("ipns.jsonl", normalised), ("ipns.txt", parsed_queries)):
        slow, fast = microseconds(by_hand, folder / name), microseconds(ours, folder / name)
        print(f"{name}: {by_hand.__name__} {slow:.2f} us, ours {fast:.2f} us a record, ratio {slow / fast:.1f}")


if __name__ == "__main__":
    main()
