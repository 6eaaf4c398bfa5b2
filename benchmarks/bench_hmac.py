"""HMAC-SHA256 of amount + identifier: what people write, hashlib, and the compiled kernels, side by side.

    python benchmarks/bench_hmac.py [messages]

Every way runs in turn in one process, several times over; the table gives each way's best run, in processor time as
`openssl speed` does, and in elapsed time for the way with several threads. The limit is the time that
`openssl speed -evp sha256 -bytes 16384` needs for two blocks, the work that one such message cannot do without.
"""

from __future__ import annotations

import argparse
import hmac
import math
import re
import subprocess
import sys
import time
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from corena_recon.native.hmac_kernel.loading import PAYS_FROM, Kernel
from corena_recon.native.machine_code.on_demand import KernelOnDemand
from corena_recon.signing import bulk as bulk_hmac
from corena_recon.signing.bulk import decode_signatures, digests_of, hmac_sha256, signatures_match

if TYPE_CHECKING:
    from collections.abc import Callable

SECRET = b"pro_" + b"k" * 50
ROUNDS = 7
COLD_START = """
import time
import numpy, pyarrow, corena_recon.signing.bulk
start = time.process_time()
kernel = corena_recon.native.hmac_kernel.loading.trusted_kernel()
print(time.process_time() - start, kernel.instructions)
"""


def ready(kernel: Kernel | None) -> KernelOnDemand[Kernel]:
    """One kernel, or none, however little is asked for."""
    return KernelOnDemand(lambda: kernel, 0)


class Way(NamedTuple):
    """One way to do the work: its name, the kernel it uses, what to call."""

    name: str
    kernel: Kernel | None
    run: Callable[[], object]
    clock: Callable[[], float] = time.process_time


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("messages", type=int, nargs="?", default=1_000_000)
    count = parser.parse_args().messages
    ways = ways_to_compare(count)
    best = dict.fromkeys((way.name for way in ways), math.inf)
    limits = []
    for _ in range(ROUNDS):
        limits.append(two_blocks_s())
        for way in ways:
            bulk_hmac._KERNEL = ready(way.kernel)  # noqa: SLF001
            start = way.clock()
            way.run()
            best[way.name] = min(best[way.name], (way.clock() - start) / count)
    show(best, min(limits), count)
    show_cold_start(best)


def ways_to_compare(count: int) -> list[Way]:
    amounts = pa.array([f"{number * 7919 % 100_000}.{number % 100:02d}000000" for number in range(count)])
    identifiers = pa.array([f"CMD-{number:08d}" for number in range(count)])
    column = pc.binary_join_element_wise(amounts, identifiers, "").cast(pa.binary())
    messages = column.to_pylist()
    fastest, vector = Kernel(), Kernel("vector")
    parts = [amounts, identifiers]
    bulk_hmac._KERNEL = ready(fastest)  # noqa: SLF001
    signatures = pa.array([digest.hex().upper() for digest in hmac_sha256(SECRET, column).to_pylist()])
    claimed, well_formed = decode_signatures(signatures)
    assert well_formed.all()
    assert signatures_match(SECRET, parts, claimed).all()
    assert digests_of(SECRET, parts)[-1].tobytes() == hmac.digest(SECRET, messages[-1], "sha256")
    cores = pa.cpu_count()
    return [
        Way("hmac.digest, list comprehension", None, lambda: [hmac.digest(SECRET, m, "sha256") for m in messages]),
        Way("hashlib, copied states", None, lambda: digests_of(SECRET, parts)),
        Way("compiled (vector), 1 thread", vector, lambda: digests_of(SECRET, parts)),
        Way(f"compiled ({fastest.instructions}), 1 thread", fastest, lambda: digests_of(SECRET, parts)),
        Way(
            f"compiled ({fastest.instructions}), {cores} threads, elapsed",
            fastest,
            lambda: hmac_sha256(SECRET, column),
            time.perf_counter,
        ),
        Way("decode signatures, numpy", None, lambda: decode_signatures(signatures)),
        Way("decode signatures, compiled", fastest, lambda: decode_signatures(signatures)),
        Way("decode, sign and compare, 1 thread", fastest, lambda: check(parts, signatures)),
    ]


def check(parts: list[pa.Array], signatures: pa.Array) -> None:
    claimed, well_formed = decode_signatures(signatures)
    signatures_match(SECRET, parts, claimed, np.flatnonzero(well_formed))


def two_blocks_s() -> float:
    command = ["openssl", "speed", "-seconds", "1", "-evp", "sha256", "-bytes", "16384"]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    (kilobytes_per_second,) = re.findall(r"^sha256\s+([0-9.]+)k", output, re.IGNORECASE | re.MULTILINE)
    return 128 / (float(kilobytes_per_second) * 1000)


def show(best: dict[str, float], limit_s: float, count: int) -> None:
    slowest = next(iter(best.values()))
    print(f"{count:,} messages, {ROUNDS} rounds, {pa.cpu_count()} cores\n")
    print(f"| {'way':38} | µs/message | × limit | × faster than hmac.digest |")
    print(f"|{'-' * 40}|-----------:|--------:|--------------------------:|")
    for name, seconds in {**best, "limit: two blocks at openssl speed": limit_s}.items():
        print(f"| {name:38} | {seconds * 1e6:10.4f} | {seconds / limit_s:7.2f} | {slowest / seconds:25.1f} |")


def show_cold_start(best: dict[str, float]) -> None:
    runs = [
        subprocess.run([sys.executable, "-c", COLD_START], capture_output=True, text=True, check=True).stdout.split()
        for _ in range(5)
    ]
    seconds = min(float(run[0]) for run in runs)
    saved = best["hashlib, copied states"] - best[f"compiled ({runs[0][1]}), 1 thread"]
    print(f"\nLoading the compiler, compiling and checking: {seconds * 1000:.0f} ms in a fresh process.")
    print(f"That pays from {seconds / saved:,.0f} messages (PAYS_FROM = {PAYS_FROM:,}).")


if __name__ == "__main__":
    main()
