"""Marks of cells and the rows that share one: the interpreter and the compiled kernel, side by side.

    python benchmarks/bench_marks.py

The size from which the kernel pays is where what the interpreter needs beyond it is what compiling takes.
"""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING
from unittest.mock import patch

import pyarrow as pa

from corena_recon.native.machine_code.on_demand import KernelOnDemand
from corena_recon.native.mark_kernel import MarkKernel, trusted_kernel
from corena_recon.tables import marks

if TYPE_CHECKING:
    from collections.abc import Callable

SIZES = (100_000, 500_000, 1_000_000)
ROUNDS = 3


def main() -> None:
    started = time.process_time()
    kernel = trusted_kernel()
    compile_s = time.process_time() - started
    if kernel is None:
        print("there is no compiled kernel on this machine")
        return
    print(f"compiling and checking: {compile_s * 1000:.0f} ms, once a process; it pays from {marks.PAYS_FROM:,} cells")
    print()
    print("| cells | interpreter s | compiled s | saved ms |")
    print("|--:|--:|--:|--:|")
    for size in SIZES:
        column = pa.array([f"ORDER{number % (size - size // 100)}" for number in range(size)])
        slow_s, fast_s = (fastest(partial(group, column), one) for one in (None, kernel))
        print(f"| {size:,} | {slow_s:.3f} | {fast_s:.3f} | {(slow_s - fast_s) * 1000:.0f} |")


def group(column: pa.Array) -> None:
    found = marks.is_repeated(marks.Marker(len(column)).marks_of(column))
    assert found.any(), "the last cells repeat the first ones"


def fastest(call: Callable[[], None], kernel: MarkKernel | None) -> float:
    taken = []
    with patch.object(marks, "_KERNEL", KernelOnDemand(lambda: kernel, 0)):
        for _ in range(ROUNDS):
            started = time.process_time()
            call()
            taken.append(time.process_time() - started)
    return min(taken)


if __name__ == "__main__":
    main()
