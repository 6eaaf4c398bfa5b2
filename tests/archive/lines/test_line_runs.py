"""Reading by recipes gives exactly the rows of the exact reader, whatever stands between and around its lines."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from functools import partial

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from corena_recon.archive.forms.jsonl import JsonLines
from corena_recon.archive.forms.logs.urlencoded import FormLines
from corena_recon.archive.lines import lines
from corena_recon.archive.lines.line_runs import Line, Run, runs_of
from corena_recon.archive.lines.lines import LineRoom, batches_of_lines, line_entry, lines_of
from corena_recon.archive.reading import read_ipns
from corena_recon.archive.recipes import book
from corena_recon.archive.records.batches import Batch, batches_of
from corena_recon.native import has_core
from corena_recon.vocabulary import RAW_MAX_BYTES, RECORD_MAX_BYTES

JSONL, FORM = JsonLines(), FormLines()


@pytest.fixture(autouse=True)
def _every_shape_is_learned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(book, "WORTH_TRACING", 1)


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
    entry_of = partial(line_entry, stream, room.read_line, room.is_cut)  # type: ignore[arg-type]
    entries = filter(None, map(entry_of, lines_of(stream.blocks())))
    return joined(list(batches_of(entries, keep_raw=keep_raw)), stream)


def read_fast(room: LineRoom, stream: Stream, *, keep_raw: bool = False, threads: int = 1) -> Reading:
    entry_of = partial(line_entry, stream, room.read_line, room.is_cut)  # type: ignore[arg-type]
    runs = runs_of(stream.blocks())
    batches = batches_of_lines(runs, entry_of, room.read_line, room.kind, keep_raw=keep_raw, threads=threads)
    return joined(list(batches), stream)


def assert_same(room: LineRoom, octets: bytes, block_bytes: int, **options: bool) -> None:
    expected = read_exactly(room, Stream(octets, block_bytes), **options)
    for threads in (1, 2):
        found = read_fast(room, Stream(octets, block_bytes), threads=threads, **options)
        assert found[1:] == expected[1:]
        assert found[0].schema == expected[0].schema
        assert found[0].equals(expected[0])


# Values as shops and attackers post them. Most are plain: recipes must come about and fit.
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


def calls_of_the_exact_reader(octets: bytes, *, keep_raw: bool = False) -> int:
    """How many lines it was given, those that it was asked about while a shape was learned not counted."""
    calls = 0
    stream = Stream(octets, 1 << 16)

    def counted(line: Line) -> object:
        nonlocal calls
        calls += 1
        return line_entry(stream, JSONL.read_line, JSONL.is_cut, line)  # type: ignore[arg-type]

    runs = runs_of(stream.blocks())
    batches = batches_of_lines(runs, counted, JSONL.read_line, JSONL.kind, keep_raw=keep_raw, threads=1)  # type: ignore[arg-type]
    assert sum(batch.records for batch in batches) == octets.count(b"\n")
    return calls


needs_core = pytest.mark.skipif(not has_core(), reason="without the core all lines are for the exact reader")


@needs_core
@pytest.mark.parametrize("keep_raw", [False, True])
def test_most_lines_do_not_reach_the_exact_reader(keep_raw: bool) -> None:
    octets = b"".join(NESTED % number + b"\n" for number in range(5_000))
    # the line across two blocks goes beside them
    assert calls_of_the_exact_reader(octets, keep_raw=keep_raw) <= len(octets) >> 16


OTHERS = [
    b'{"identifier": "CMD-%d", "status": "success", "data": {"amount": "11.0"}, "received_at": "2025-12-01T07:20:49Z"}',
    b'{"status": "success", "identifier": "CMD-%d", "data": {"amount": 11.0}, "note": "x"}',
    b'{"received_at": "2025-12-01T07:20:49Z", "body": "status=success&identifier=CMD-%d&data%%5Bamount%%5D=11.00"}',
    b'{"status": "success", "identifier": "CMD-%d", "data": {"amount": "11.0"}, "endpoint": "test"}',
]


@needs_core
@pytest.mark.parametrize("other", OTHERS)
def test_a_shape_that_begins_in_the_middle_is_learned(other: bytes) -> None:
    shapes = [NESTED] * 2_000 + [other] * 2_000 + [NESTED, other] * 1_000
    octets = b"".join(shape % number + b"\n" for number, shape in enumerate(shapes))
    assert calls_of_the_exact_reader(octets) <= len(octets) >> 16
    assert_same(JSONL, octets, 1 << 16)


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


@needs_core
def test_a_shape_is_learned_once_there_are_enough_records_in_all_sources(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(book, "WORTH_TRACING", 24)
    monkeypatch.setattr(book, "_MEMORY", book._Memory())
    octets = b"".join(NESTED % number + b"\n" for number in range(10))
    calls = [calls_of_the_exact_reader(octets) for _ in range(4)]
    assert (calls[0], calls[-1]) == (10, 0)


def test_without_the_core_rows_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    octets = b"".join(NESTED % number + b"\n" for number in range(200))
    found = read_fast(JSONL, Stream(octets, 1000))[0]
    monkeypatch.setattr(lines, "has_core", lambda: False)
    assert read_fast(JSONL, Stream(octets, 1000))[0].equals(found)


def test_sources_of_an_archive_share_what_they_taught(monkeypatch: pytest.MonkeyPatch) -> None:
    octets = b"".join(NESTED % number + b"\n" for number in range(2_000))
    fast = read_ipns([octets, octets])
    monkeypatch.setattr(lines, "has_core", lambda: False)
    exact = read_ipns([octets, octets])
    assert fast.equals(exact)
    assert fast.attrs["intake"] == exact.attrs["intake"]
