"""``python -m tests.reliability``: the table of figures."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from tests.reliability.parts import PARTS

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Figures of reliability, each with its count.")
    parser.add_argument("--part", action="append", choices=PARTS, help="one part of several")
    parser.add_argument("--count", type=int, help="how often, instead of the full count of each part")
    chosen = parser.parse_args()
    any_failed = False
    print(f"{'part':<12} {'times':>6} {'failed':>6} {'seconds':>8}  what")
    for name, part in PARTS.items():
        if chosen.part and name not in chosen.part:
            continue
        began = time.perf_counter()
        with tempfile.TemporaryDirectory(prefix="reliability_") as scratch:
            figure = part.run(Path(scratch), chosen.count or part.full_count)
        took = time.perf_counter() - began
        print(f"{name:<12} {figure.times:>6} {len(figure.failed):>6} {took:>8.1f}  {part.what}", flush=True)
        for failure in figure.failed[:5]:
            print(f"{'':<12} {failure}")
        any_failed = any_failed or bool(figure.failed)
    sys.exit(any_failed)
