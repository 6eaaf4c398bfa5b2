"""Reading archives of a million lines: what people write, other engines, the exact reader and the one by templates.

    python benchmarks/bench_read.py [records]

Every way runs in turn in one process, several times over, on nested JSON lines and on urlencoded lines of some 300
bytes; the table gives each way's best run. The slow ways get a twentieth of the records. ``DataFrame`` means that the
columns end in pandas as Arrow strings; nothing is hashed or decompressed for any of them but for the last rows, where
``read_ipns`` does all that it does.
"""

from __future__ import annotations

import argparse
import io
import json
import math
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import parse_qsl

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.json

from corena_recon import read_ipns
from corena_recon.archive.forms.jsonl import JsonLines
from corena_recon.archive.forms.urlencoded import FormLines
from corena_recon.archive.lines.fast_lines import batches_of_runs
from corena_recon.archive.lines.line_runs import runs_of
from corena_recon.archive.lines.lines import LineRoom, line_entries, line_entry
from corena_recon.archive.records.batches import batches_of
from corena_recon.archive.sources.containers import ByteStream
from corena_recon.archive.sources.expansion import BLOCK_BYTES
from corena_recon.native.line_kernel.loading import PAYS_FROM_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROUNDS = 3
SLOW_SHARE = 20
COLD_START = """
import time
import numpy, pyarrow, corena_recon.archive.lines.fast_lines
from corena_recon.archive.lines.checking import trusted_kernel
start = time.process_time()
assert trusted_kernel()
print(time.process_time() - start)
"""


class Way(NamedTuple):
    """One way to read: its name, whether it gets all records, what to call."""

    name: str
    is_fast: bool
    run: Callable[[bytes], object]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("records", type=int, nargs="?", default=1_000_000)
    count = parser.parse_args().records
    print(
        f"{count:,} records, {ROUNDS} rounds, {pa.cpu_count()} cores; a slow way reads {count // SLOW_SHARE:,} of them"
    )
    with tempfile.TemporaryDirectory() as folder:
        compare("nested JSON lines", list(map(nested_line, range(count))), json_ways(Path(folder)))
        compare("urlencoded lines", list(map(form_line, range(count))), form_ways(Path(folder)))
    show_cold_start()


def nested_line(number: int) -> bytes:
    return (
        f'{{"status": "success", "signature": "{signature(number)}", "identifier": "CMD-{number:08d}", "data": '
        f'{{"payment_trx": "{number * 7919:012d}", "amount": "{amount(number)}", "payment_type": "checkout", '
        f'"currency": "USD"}}, "received_at": "2025-12-{number % 28 + 1:02d}T{number % 24:02d}:{number % 60:02d}:37Z"}}'
        "\n"
    ).encode()


def form_line(number: int) -> bytes:
    return (
        f"status=success&signature={signature(number)}&identifier=CMD-{number:08d}&data%5Bpayment_trx%5D="
        f"{number * 7919:012d}&data%5Bamount%5D={amount(number)}&data%5Bpayment_type%5D=checkout&data%5Bcurrency%5D=USD"
        "\n"
    ).encode()


def signature(number: int) -> str:
    return f"{(number + 1) * 0x9E3779B97F4A7C15F39CC0605CEDC8341082276BF3A27251F86C6A11D0C18E95 % 2**256:064X}"


def amount(number: int) -> str:
    return f"{number * 7919 % 100_000}.{number % 100:02d}000000"


def json_ways(folder: Path) -> list[Way]:
    file = folder / "nested.jsonl"
    schema = (
        "{'status': 'VARCHAR', 'signature': 'VARCHAR', 'identifier': 'VARCHAR', 'received_at': 'TIMESTAMP', 'data': "
    )
    schema += "'STRUCT(payment_trx VARCHAR, amount VARCHAR, payment_type VARCHAR, currency VARCHAR)'}"
    query = f"SELECT * EXCLUDE data, unnest(data) FROM read_json('{file}', format = 'nd', columns = {schema})"
    data = pa.struct([(name, pa.string()) for name in ("payment_trx", "amount", "payment_type", "currency")])
    names = ("status", "signature", "identifier")
    parse = pa.json.ParseOptions(
        explicit_schema=pa.schema(
            [*((name, pa.string()) for name in names), ("data", data), ("received_at", pa.timestamp("us"))]
        )
    )
    return [
        Way(
            "json.loads, json_normalize",
            False,
            lambda octets: pd.json_normalize([json.loads(x) for x in octets.splitlines()]),
        ),
        Way(
            "pyarrow.json with a schema",
            True,
            lambda octets: pa.json.read_json(io.BytesIO(octets), parse_options=parse),
        ),
        Way("DuckDB read_json with types", True, lambda octets: in_duckdb(file, octets, query)),
        *our_ways(JsonLines()),
    ]


def form_ways(folder: Path) -> list[Way]:
    file = folder / "bodies.txt"
    names = ("status", "signature", "identifier", "payment_trx", "amount", "currency")
    cells = ", ".join(
        f"regexp_extract(line, '(?:^|&)(?:data%5B)?{name}(?:%5D)?=([^&]*)', 1) AS {name}" for name in names
    )
    lines = f"read_csv('{file}', columns = {{'line': 'VARCHAR'}}, delim = '\\x01', quote = '', header = false)"
    query = f"SELECT {cells} FROM {lines}"
    return [
        Way(
            "parse_qsl, dicts, DataFrame",
            False,
            lambda octets: pd.DataFrame([dict(parse_qsl(x)) for x in octets.decode().splitlines()]),
        ),
        Way("DuckDB six regexp_extract", True, lambda octets: in_duckdb(file, octets, query)),
        *our_ways(FormLines()),
    ]


def our_ways(room: LineRoom) -> list[Way]:
    return [
        Way("corena_recon, exact reader", False, lambda octets: exactly(room, octets)),
        Way("corena_recon, 1 thread", True, lambda octets: by_templates(room, octets, 1)),
        Way(f"corena_recon, {pa.cpu_count()} threads", True, lambda octets: by_templates(room, octets, pa.cpu_count())),
        Way("read_ipns to DataFrame, SHA-256 too", True, lambda octets: read_ipns(octets, form=room.name)),
    ]


def blocks_of(octets: bytes) -> Iterator[bytes]:
    return (octets[at : at + BLOCK_BYTES] for at in range(0, len(octets), BLOCK_BYTES))


def exactly(room: LineRoom, octets: bytes) -> int:
    stream = ByteStream("lines", io.BytesIO(octets))
    return sum(batch.records for batch in batches_of(line_entries(stream, room.read_line, room.is_cut), keep_raw=False))


def by_templates(room: LineRoom, octets: bytes, threads: int) -> int:
    stream = ByteStream("lines", io.BytesIO())
    entry_of = partial(line_entry, stream, room.read_line, room.is_cut)
    batches = batches_of_runs(runs_of(blocks_of(octets)), entry_of, room.read_line, keep_raw=False, threads=threads)
    return sum(batch.records for batch in batches)


def in_duckdb(file: Path, octets: bytes, query: str) -> int:
    if not file.exists() or file.stat().st_size != len(octets):
        file.write_bytes(octets)
    with duckdb.connect() as connection:
        return len(connection.sql(query).to_arrow_table())


def compare(title: str, lines: list[bytes], ways: list[Way]) -> None:
    archives = {True: (b"".join(lines), len(lines)), False: (b"".join(lines[::SLOW_SHARE]), len(lines[::SLOW_SHARE]))}
    best = {way.name: (math.inf, math.inf) for way in ways}
    for _ in range(ROUNDS):
        for way in ways:
            octets, count = archives[way.is_fast]
            start, cpu_start = time.perf_counter(), time.process_time()
            way.run(octets)
            took = (time.perf_counter() - start) / count, (time.process_time() - cpu_start) / count
            best[way.name] = min(best[way.name][0], took[0]), min(best[way.name][1], took[1])
    slowest_name, (slowest, slowest_cpu) = next(iter(best.items()))
    line_bytes = len(archives[True][0]) / len(lines)
    print(f"\n| {title} of {line_bytes:.0f} bytes | µs/record | CPU µs/record | × faster than {slowest_name} | CPU × |")
    print("|---|---:|---:|---:|---:|")
    for name, (wall, cpu) in best.items():
        print(f"| {name} | {wall * 1e6:.3f} | {cpu * 1e6:.3f} | {slowest / wall:.1f} | {slowest_cpu / cpu:.1f} |")


def show_cold_start() -> None:
    runs = [
        subprocess.run([sys.executable, "-c", COLD_START], capture_output=True, text=True, check=True) for _ in range(5)
    ]
    seconds = min(float(run.stdout) for run in runs)
    print(f"\nLoading the compiler, compiling and checking: {seconds * 1000:.0f} ms of CPU in a fresh process;")
    print(f"templates are used for sources from {PAYS_FROM_BYTES / 2**20:.0f} MiB on, or once small ones add up to it.")


if __name__ == "__main__":
    main()
