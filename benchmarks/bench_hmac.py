"""HMAC-SHA256 of amount + identifier: what people write, hashlib, and the compiled core in every way, side by side.

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
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple
from unittest.mock import patch

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from corena_recon.native import core
from corena_recon.native import digests as native_digests
from corena_recon.native.digests import WAYS, best_way
from corena_recon.signing import bulk
from corena_recon.signing.bulk import decode_signatures, digests_of, hmac_sha256, signatures_match

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SECRET = b"pro_" + b"k" * 50
ROUNDS = 7
HASHLIB = "hashlib"


class Way(NamedTuple):
    """One way to do the work: its name, ``hashlib`` or the way of the core, what to call."""

    name: str
    by: str
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
            with used(way.by):
                start = way.clock()
                way.run()
                best[way.name] = min(best[way.name], (way.clock() - start) / count)
    show(best, min(limits), count)


@contextmanager
def used(by: str) -> Iterator[None]:
    """Work is done in this way alone."""
    library = None if by == HASHLIB else core()
    with patch.object(bulk, "core", lambda: library), patch.object(native_digests, "best_way", lambda _: by):
        yield


def ways_to_compare(count: int) -> list[Way]:
    amounts = pa.array([f"{number * 7919 % 100_000}.{number % 100:02d}000000" for number in range(count)])
    identifiers = pa.array([f"CMD-{number:08d}" for number in range(count)])
    column = pc.binary_join_element_wise(amounts, identifiers, "").cast(pa.binary())
    messages = column.to_pylist()
    library = core()
    assert library is not None, "compile the core first"
    best = best_way(library)
    known = [way for number, way in enumerate(WAYS) if library.corena_hmac_knows(number)]
    parts = [amounts, identifiers]
    signatures = pa.array([digest.hex().upper() for digest in hmac_sha256(SECRET, column).to_pylist()])
    claimed, well_formed = decode_signatures(signatures)
    assert well_formed.all()
    assert signatures_match(SECRET, parts, claimed).all()
    assert digests_of(SECRET, parts)[-1].tobytes() == hmac.digest(SECRET, messages[-1], "sha256")
    cores = pa.cpu_count()
    return [
        Way("hmac.digest, list comprehension", HASHLIB, lambda: [hmac.digest(SECRET, m, "sha256") for m in messages]),
        Way("hashlib, copied states", HASHLIB, lambda: digests_of(SECRET, parts)),
        *(Way(f"core ({way}), 1 thread", way, lambda: digests_of(SECRET, parts)) for way in known),
        Way(f"core ({best}), {cores} threads, elapsed", best, lambda: hmac_sha256(SECRET, column), time.perf_counter),
        Way("decode signatures, Python", HASHLIB, lambda: decode_signatures(signatures)),
        Way("decode signatures, core", best, lambda: decode_signatures(signatures)),
        Way("decode, sign and compare, 1 thread", best, lambda: check(parts, signatures)),
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


if __name__ == "__main__":
    main()
