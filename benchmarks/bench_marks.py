"""Marks of cells and the rows that share one: the interpreter and the compiled core, side by side.

python benchmarks/bench_marks.py
"""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING
from unittest.mock import patch

import pyarrow as pa

from corena_recon.native import core
from corena_recon.tables import marks

if TYPE_CHECKING:
    import ctypes
    from collections.abc import Callable

SIZES = (100_000, 500_000, 1_000_000)
ROUNDS = 5


def main() -> None:
    library = core()
    assert library is not None, "compile the core first"
    print("| cells | interpreter s | core s | times faster |")
    print("|--:|--:|--:|--:|")
    for size in SIZES:
        column = pa.array([f"ORDER{number % (size - size // 100)}" for number in range(size)])
        slow_s, fast_s = (fastest(partial(group, column), one) for one in (None, library))
        print(f"| {size:,} | {slow_s:.3f} | {fast_s:.3f} | {slow_s / fast_s:.0f} |")


def group(column: pa.Array) -> None:
    found = marks.is_repeated(marks.marks_of(column))
    assert found.any(), "the last cells repeat the first ones"


def fastest(call: Callable[[], None], library: ctypes.CDLL | None) -> float:
    taken = []
    with patch.object(marks, "core", lambda: library):
        for _ in range(ROUNDS):
            started = time.process_time()
            call()
            taken.append(time.process_time() - started)
    return min(taken)


if __name__ == "__main__":
    main()
