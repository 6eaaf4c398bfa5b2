"""What an audit in shares costs, step by step: time, CPU, memory, and the bytes that pass between machines.

    python benchmarks/shards.py --rows 1000000 --shares 4 --processes 1 2

Every share and the merge are processes of their own. The rows are those of one audit, which is run too and compared.
``--one-payment`` makes every record the same payment, which no split helps.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import NamedTuple
from unittest import mock

import pyarrow.parquet as pq
from generate import SECRET_ID, make_chunk, secret_of

from corena_recon.stages import merge as merging

FILE_ROWS = 100_000
SEED = 20260101
COMPARED = ("notifications", "results", "tie_out", "worklist")


class Spent(NamedTuple):
    """What a process has used."""

    wall_s: float
    cpu_s: float
    peak_mib: float
    said: str


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure an audit in shares.")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--shares", type=int, default=4)
    parser.add_argument("--processes", type=int, nargs="+", default=[2])
    parser.add_argument("--one-payment", action="store_true")
    parser.add_argument("--without-one-audit", action="store_true", help="which large runs need not wait for")
    parser.add_argument("--merge", type=Path, nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.merge:
        print(json.dumps(merged(*options.merge)))
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_world(folder, options.rows, one_payment=options.one_payment)
        given = [str(folder / "archive"), "--orders", str(folder / "orders.csv"), "--keys", str(folder / "keys.toml")]
        audit = ["-m", "corena_recon", "reconcile", *given]
        one = None if options.without_one_audit else spent([*audit, "--out", str(folder / "one")])
        print("| step | wall s | CPU s | CPU µs a record | bytes a record | peak MiB |\n|---|--:|--:|--:|--:|--:|")
        if one is not None:
            print(line("one audit", one.wall_s, one.cpu_s, one.peak_mib, 0, options.rows))
        for processes in options.processes:
            work, out = folder / f"work-{processes}", folder / f"out-{processes}"
            show(audit, folder, work, out, options.rows, options.shares, processes)
        # A process is started with the peak of the one that starts it, so that tables are read in the end.
        for out in folder.glob("out-*" if one is not None else "none"):
            for table in COMPARED:
                tables = [pq.read_table(each / f"{table}.parquet") for each in (folder / "one", out)]
                assert tables[0].equals(tables[1]), f"{table} is not that of one audit"


def show(audit: list[str], folder: Path, work: Path, out: Path, rows: int, shares: int, processes: int) -> None:
    """The lines of one run."""
    began = time.perf_counter()
    calls = [[*audit, "--shard", f"{number}/{shares}", "--work", str(work)] for number in range(1, shares + 1)]
    with ThreadPoolExecutor(processes) as pool:
        made = list(pool.map(spent, calls))
    wall_s = time.perf_counter() - began
    kinds: dict[str, int] = defaultdict(int)
    for path in work.rglob("*.parquet"):
        kinds[path.stem] += path.stat().st_size
    cpu_s, peak_mib = sum(one.cpu_s for one in made), max(one.peak_mib for one in made)
    step = f"(a) {shares} shares read, check, mark; {processes} at a time"
    print(line(step, wall_s, cpu_s, peak_mib, sum(kinds.values()), rows))
    for kind, size in sorted(kinds.items()):
        print(line(f"… of which {kind}", 0, 0, 0, size, rows))
    merge = spent([__file__, "--merge", str(work), str(out), str(folder / "keys.toml")])
    for step, (step_wall_s, step_cpu_s) in json.loads(merge.said).items():
        print(line(step, step_wall_s, step_cpu_s, 0, 0, rows))
    report_bytes = sum(path.stat().st_size for path in out.iterdir())
    print(line("merge in all", merge.wall_s, merge.cpu_s, merge.peak_mib, report_bytes, rows), flush=True)


def line(step: str, wall_s: float, cpu_s: float, peak_mib: float, size: int, rows: int) -> str:
    cells = [f"{wall_s:.1f}", f"{cpu_s:.1f}", f"{cpu_s / rows * 1e6:.2f}", f"{size / rows:.0f}", f"{peak_mib:,.0f}"]
    return "| " + " | ".join([step, *("" if float(cell.replace(",", "")) == 0 else cell for cell in cells)]) + " |"


def spent(call: list[str]) -> Spent:
    began = time.perf_counter()
    with tempfile.TemporaryFile("w+") as said:
        process = subprocess.Popen([sys.executable, *call], stdout=said)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        text = said.read()
    assert process.returncode in (0, 1), (call, process.returncode)
    return Spent(time.perf_counter() - began, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, text)


def merged(work: Path, out: Path, keys: Path) -> dict[str, list[float]]:
    """Merges, and gives the seconds and the CPU seconds of each step."""
    steps: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])

    def timed(step: str, call: Callable) -> Callable:
        def timing(*given: object, **named: object) -> object:
            began, began_cpu = time.perf_counter(), time.process_time()
            try:
                return call(*given, **named)
            finally:
                steps[step][0] += time.perf_counter() - began
                steps[step][1] += time.process_time() - began_cpu

        return timing

    class Bucket(merging.BucketOf):
        __enter__ = timed("(d, e) judge and reconcile by bucket", merging.BucketOf.__enter__)

        def judged(self, *given: object) -> Iterator:
            rows = super().judged(*given)
            while (each := timed("(d, e) judge and reconcile by bucket", partial(next, rows, None))()) is not None:
                yield each

    replaced = {
        "shared_marks": timed("(b) components", merging.shared_marks),
        "homes_of": timed("(b) components", merging.homes_of),
        "Gathering": timed("rows move that have another home", merging.Gathering),
        "votes_of": timed("(c) votes on decimals", merging.votes_of),
        "BucketOf": Bucket,
    }
    with mock.patch.multiple(merging, **replaced):
        for name, step in {"finished": "(f) put in order and write", "__enter__": "take orders, sum up"}.items():
            setattr(merging.Assembly, name, timed(step, getattr(merging.Assembly, name)))
        merging.WorkFolder.shares = timed("check digests and seals", merging.WorkFolder.shares)
        merging.merge(work, out, keys)
    return steps


def write_world(folder: Path, rows: int, *, one_payment: bool) -> None:
    (folder / "archive").mkdir()
    secret = secret_of(SEED)
    (folder / "keys.toml").write_text(f'[[keys]]\nid = "{SECRET_ID}"\nmode = "live"\nsecret = "{secret}"\n')
    same = make_chunk(0, 1, SEED)
    with (folder / "orders.csv").open("wb") as orders:
        orders.write(b"identifier,amount,currency,status,ordered_at\n" + (same[2] if one_payment else b""))
        for number, first in enumerate(range(0, rows, FILE_ROWS)):
            count = min(FILE_ROWS, rows - first)
            chunk = (same[0] * count, b"", b"") if one_payment else make_chunk(first, count, SEED)
            (folder / f"archive/{number:05d}.jsonl").write_bytes(chunk[0])
            orders.write(chunk[2])


if __name__ == "__main__":
    main()
