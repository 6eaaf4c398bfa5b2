"""Reading by templates gives exactly the rows of the exact reader, whatever stands between and around its lines."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import corena_recon
from corena_recon.archive.forms.jsonl import JsonLines
from corena_recon.archive.forms.urlencoded import FormLines
from corena_recon.archive.lines import fast_lines, lines
from corena_recon.archive.lines.checking import trusted_kernel
from corena_recon.archive.lines.fast_lines import batches_of_runs
from corena_recon.archive.lines.line_runs import Line, Run, runs_of
from corena_recon.archive.lines.lines import LineRoom, line_entries, line_entry, lines_of
from corena_recon.archive.reading import read_ipns
from corena_recon.archive.records.batches import Batch, batches_of
from corena_recon.native.line_kernel.loading import PAYS_FROM_BYTES, LineKernel
from corena_recon.native.machine_code.on_demand import KernelOnDemand
from corena_recon.vocabulary import RAW_MAX_BYTES, RECORD_MAX_BYTES

JSONL, FORM = JsonLines(), FormLines()


class Stream:
    """A stream that comes in blocks of a chosen size."""

    def __init__(self, octets: bytes, block_bytes: int, *, truncated: bool = False) -> None:
        self._blocks = [octets[at : at + block_bytes] for at in range(0, len(octets), block_bytes)]
        self.truncated = truncated

    def blocks(self) -> Iterator[bytes]:
        return iter(self._blocks)


Reading = tuple[pa.Table, int, bool]


def joined(batches: list[Batch], stream: Stream) -> Reading:
    tables, records = [], 0
    for batch in batches:
        numbers = pa.array([number + records for number in batch.table["record"].to_pylist()], pa.int64())
        tables.append(batch.table.set_column(0, "record", numbers))
        records += batch.records
    table = pa.concat_tables(tables).combine_chunks() if tables else pa.table({})
    table.validate(full=True)
    return table, records, stream.truncated


def read_exactly(room: LineRoom, stream: Stream, *, keep_raw: bool = False) -> Reading:
    entries = line_entries(stream, room.read_line, room.is_cut)  # type: ignore[arg-type]
    return joined(list(batches_of(entries, keep_raw=keep_raw)), stream)


def read_fast(room: LineRoom, stream: Stream, *, keep_raw: bool = False, threads: int = 1) -> Reading:
    entry_of = partial(line_entry, stream, room.read_line, room.is_cut)  # type: ignore[arg-type]
    batches = batches_of_runs(
        runs_of(stream.blocks()),
        entry_of,
        room.read_line,
        keep_raw=keep_raw,
        threads=threads,
        pays_from_bytes=0,
        worth_learning=1,
    )
    return joined(list(batches), stream)


def assert_same(room: LineRoom, octets: bytes, block_bytes: int, **options: bool) -> None:
    expected = read_exactly(room, Stream(octets, block_bytes), **options)
    for threads in (1, 2):
        found = read_fast(room, Stream(octets, block_bytes), threads=threads, **options)
        assert found[1:] == expected[1:]
        assert found[0].schema == expected[0].schema
        assert found[0].equals(expected[0])


# Values as shops and attackers post them. Most are plain: templates must come about and fit.
PLAIN = ["success", "CMD-000017", "11.00000000", "499.32", "A1B2C3D4E5F6", "USD", "checkout", "F" * 64, "0", "7"]
TIMES = [
    "2025-12-01T07:20:49Z",
    "2025-12-31 23:59:59",
    "2026-02-28T00:00:00.123456+05:30",
    "1764547200",
    "1764547200123",
    "2025-02-30T00:00:00Z",
    "Mon, 01 Dec 2025 07:20:49 GMT",
    "yesterday",
    "",
    "2025-12-01",
    "1764547200.5",
]
ODD = [
    "",
    " ",
    "{}",
    "[]",
    "{",
    "a=b",
    "&",
    "%",
    "%41",
    "+",
    "a+b",
    "true",
    "1",
    "test",
    "live",
    "é",
    "\u20ac",
    "\x7f",
    "\ud800",
    "\uef80",
    '"',
    "\\",
    "\n",
    "\x00",
    "x" * 300,
    "1e5",
    "-1",
    "1,5",
    "٣",
    "application/json",
    "data",
    "status=forged",
    "content-type",
    "99999999999999999999999.5",
    "0.123456789",
    "-0.00",
    "007",
]


def shapes(draw: random.Random) -> list[Callable[[], bytes]]:
    def value() -> str:
        return draw.choice(PLAIN) if draw.random() < 0.97 else draw.choice(ODD)

    def time() -> str:
        return draw.choice(TIMES[:5] if draw.random() < 0.9 else TIMES)

    def posted() -> dict[str, object]:
        data = {"payment_trx": value(), "amount": value(), "payment_type": value(), "currency": value()}
        return {"status": value(), "signature": value(), "identifier": value(), "data": data}

    def as_json(record: dict[str, object]) -> bytes:
        text = json.dumps(record, ensure_ascii=draw.random() < 0.9)
        return bytes(text.encode("utf-8", "surrogatepass"))

    def number(text: str) -> str:
        return text if text.replace(".", "").replace("-", "").isdigit() else "11.00"

    def with_numbers() -> bytes:
        amount, moment = number(value()), draw.choice(["1764547200", "1764547200123", "12", "1e9"])
        return as_json(posted()).replace(b"{", b'{"amount": %b, "time": %b, ' % (amount.encode(), moment.encode()), 1)

    def body() -> str:
        names = ("status", "signature", "identifier", "data%5Bamount%5D", "data%5Bcharge%5D", "data[currency]", "note")
        return "&".join(f"{name}={value()}" for name in names)

    def twice() -> bytes:
        return f"identifier={value()}&{body()}".encode("utf-8", "surrogatepass")

    def pairs() -> bytes:
        name = draw.choice(["Host", "content-type", "Content-Length"])
        kinds = ["application/x-www-form-urlencoded", "text/plain", "17"]
        return as_json({"headers": [{"name": name, "value": draw.choice(kinds)}], "body": body()})

    return [
        lambda: as_json({**posted(), "received_at": time()}),
        lambda: as_json({"created_at": time(), **posted(), "received_at": time(), "merchant": value()}),
        lambda: as_json({**posted(), "data": {"amount": value(), "charge": value(), "currency": {"code": value()}}}),
        lambda: as_json(
            {"status": value(), "identifier": value(), "data[amount]": value(), "data": {"amount": value()}}
        ),
        lambda: as_json({"received_at": time(), "endpoint": draw.choice(["live", "test", "x"]), "body": body()}),
        lambda: as_json({"body": body(), "isBase64Encoded": value(), "content_type": value()}),
        lambda: as_json({"payload": posted(), "timestamp": time(), "extra": [value(), {"deep": value()}]}),
        lambda: as_json({**posted(), "data": value(), "note": value()}),
        with_numbers,
        pairs,
        lambda: body().encode("utf-8", "surrogatepass"),
        twice,
        lambda: f"data[amount]={value()}&{body()}&x={value()}".encode("utf-8", "surrogatepass"),
        lambda: b"",
        lambda: b" \t",
        lambda: draw.randbytes(draw.randrange(60)),
        lambda: b'{"status": "success"',
        lambda: as_json(posted()) + b"\r",
    ]


@st.composite
def archives(drawn: st.DrawFn) -> bytes:
    """Runs of lines of some shapes, odd lines between them, line ends mixed, perhaps cut off."""
    draw = drawn(st.randoms(use_true_random=True))
    all_shapes = shapes(draw)
    few = drawn(st.lists(st.sampled_from(all_shapes), min_size=1, max_size=3))
    ends = drawn(st.sampled_from([[b"\n"], [b"\r\n"], [b"\n", b"\n", b"\r\n", b"\n\n"]]))
    lines = []
    for _ in range(drawn(st.integers(1, 120))):
        shape = draw.choice(few) if draw.random() < 0.95 else draw.choice(all_shapes)
        lines += [shape(), draw.choice(ends)]
    start = drawn(st.sampled_from([b"", b"\xef\xbb\xbf"]))
    octets: bytes = start + b"".join(lines)
    return octets[: len(octets) - drawn(st.sampled_from([0, 0, 1, 2, 7, 100]))]


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(archives(), st.sampled_from([JSONL, FORM]), st.sampled_from([200, 1000, 4096, 1 << 20]), st.booleans())
def test_rows_are_those_of_the_exact_reader(octets: bytes, room: LineRoom, block_bytes: int, keep_raw: bool) -> None:
    assert_same(room, octets, block_bytes, keep_raw=keep_raw)


@pytest.mark.parametrize("number", range(len(shapes(random.Random(0)))))
def test_every_shape_on_its_own(number: int) -> None:
    shape = shapes(random.Random(number))[number]
    octets = b"\n".join(shape() for _ in range(300)) + b"\n"
    assert_same(FORM if 10 <= number <= 12 else JSONL, octets, 1 << 20)


NESTED = (
    b'{"status": "success", "identifier": "CMD-%d", "data": {"amount": "11.0"}, "received_at": "2025-12-01T07:20:49Z"}'
)


@pytest.mark.parametrize("keep_raw", [False, True])
def test_most_lines_do_not_reach_the_exact_reader(keep_raw: bool) -> None:
    calls = 0
    octets = b"".join(NESTED % number + b"\n" for number in range(5_000))
    stream = Stream(octets, 1 << 16)

    def counted(line: Line) -> object:
        nonlocal calls
        calls += 1
        return line_entry(stream, JSONL.read_line, JSONL.is_cut, line)  # type: ignore[arg-type]

    runs = runs_of(stream.blocks())
    batches = batches_of_runs(runs, counted, JSONL.read_line, keep_raw=keep_raw, threads=1, pays_from_bytes=0)  # type: ignore[arg-type]
    assert sum(batch.records for batch in batches) == 5_000
    assert calls < 30


def test_a_line_as_long_as_a_record_may_be_and_longer_ones() -> None:
    frame = b'{"status": "success", "identifier": "C", "data": {"amount": "1"}, "x": "%b"}\n'
    sizes = [5, 6, RAW_MAX_BYTES, 7, RECORD_MAX_BYTES - len(frame) + 3, 8, RECORD_MAX_BYTES, 9, 10, 11]
    octets = b"".join(frame % (b"x" * size) for size in sizes)
    for block_bytes in (1 << 20, 1 << 26):
        assert_same(JSONL, octets, block_bytes)
    assert_same(JSONL, octets[: len(octets) - 500], 1 << 23)


@pytest.mark.parametrize("truncated", [False, True])
def test_a_last_line_without_an_end_is_judged_as_before(truncated: bool) -> None:
    for room, line in ((JSONL, NESTED % 7), (FORM, b"status=success&identifier=CMD-7&data[amount]=11.00")):
        for size in (len(line), len(line) - 1, 20):
            octets = (line + b"\n") * 20 + line[:size]
            streams = [Stream(octets, 512, truncated=truncated) for _ in range(2)]
            assert read_exactly(room, streams[0])[1:] == read_fast(room, streams[1])[1:]


def test_nothing_but_line_ends() -> None:
    assert read_fast(JSONL, Stream(b"\n\r\n \n" * 1000, 512))[1] == 0


@pytest.mark.parametrize("block_bytes", [1, 2, 3, 7, 100])
@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"\n",
        b"a",
        b"a\n",
        b"\na",
        b"a\r\nb\r\n",
        b"a\n\nb",
        b"\xef\xbb\xbfa\nb\n",
        b"\xef\xbb\xbf",
        b"\xef\xbb",
        b"\xef\n",
    ],
)
def test_lines_do_not_depend_on_blocks(octets: bytes, block_bytes: int) -> None:
    *complete, last = octets.removeprefix(b"\xef\xbb\xbf").split(b"\n")
    expected = [Line(line.removesuffix(b"\r"), end=b"\r\n" if line.endswith(b"\r") else b"\n") for line in complete]
    if last:
        expected.append(Line(last, is_complete=False))
    assert list(lines_of(Stream(octets, block_bytes).blocks())) == expected


def test_a_line_that_never_ends_is_kept_in_part_and_not_in_memory() -> None:
    blocks = iter([b"aaa\n", *[b"x" * (1 << 20)] * 20, b"\nb\nc"])
    found = list(runs_of(blocks))
    assert found[0] == Run(b"aaa\n", 0, 4)
    assert isinstance(found[1], Run)
    assert list(found[1].lines()) == [Line(b"x" * RAW_MAX_BYTES, is_too_long=True), Line(b"b")]
    assert found[2] == Line(b"c", is_complete=False)


def test_a_small_archive_never_loads_the_compiler(monkeypatch: pytest.MonkeyPatch) -> None:
    kernels = KernelOnDemand[LineKernel](lambda: pytest.fail("loaded"), PAYS_FROM_BYTES)
    monkeypatch.setattr(fast_lines, "KERNEL", kernels)
    octets = b"".join(NESTED % number + b"\n" for number in range(100))
    assert len(read_ipns(octets, form="jsonl")) == 100


def test_many_small_sources_are_read_by_templates_after_all(monkeypatch: pytest.MonkeyPatch) -> None:
    octets = b"".join(NESTED % number + b"\n" for number in range(500))
    expected = read_ipns([octets] * 4)
    kernels = KernelOnDemand(trusted_kernel, 2.5 * len(octets))
    monkeypatch.setattr(fast_lines, "KERNEL", kernels)
    assert read_ipns([octets] * 4).equals(expected)
    assert kernels.kernel_for(0) is trusted_kernel()


def test_without_the_compiler_rows_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    octets = b"".join(NESTED % number + b"\n" for number in range(200))
    expected = read_exactly(JSONL, Stream(octets, 1000))
    monkeypatch.setattr(fast_lines, "KERNEL", KernelOnDemand[LineKernel](lambda: None, 0))
    assert read_fast(JSONL, Stream(octets, 1000))[0].equals(expected[0])


BLOCKED = """
import sys
sys.modules["llvmlite.binding"] = None
from corena_recon.archive.lines.checking import trusted_kernel
assert trusted_kernel() is None
"""


def test_a_missing_compiler_is_no_error() -> None:
    environment = {**os.environ, "PYTHONPATH": str(Path(corena_recon.__file__).parents[1])}
    subprocess.run([sys.executable, "-c", BLOCKED], check=True, env=environment)


def test_one_source_of_an_archive_can_be_read_by_templates(monkeypatch: pytest.MonkeyPatch) -> None:
    octets = b"".join(NESTED % number + b"\n" for number in range(2_000))
    monkeypatch.setattr(lines, "batches_of_runs", partial(batches_of_runs, pays_from_bytes=0))
    fast = read_ipns([octets, octets])
    monkeypatch.undo()
    exact = read_ipns([octets, octets])
    assert fast.equals(exact)
    assert fast.attrs["intake"] == exact.attrs["intake"]
