"""Machine code against the exact readers: the same tables, whatever the lines and wherever a run ends."""

from __future__ import annotations

import json
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corena_recon.archive.lines import fast_lines
from corena_recon.archive.lines.checking import reads_rightly
from corena_recon.archive.lines.fast_lines import batches_of_runs
from corena_recon.archive.lines.line_runs import Line, runs_of
from corena_recon.archive.lines.templates import ReadLine
from corena_recon.archive.records.batches import BATCH_SCHEMA, Entry, batch_of
from corena_recon.archive.records.envelopes import from_json
from corena_recon.archive.records.posting import from_body
from corena_recon.native.line_kernel import loading
from corena_recon.native.line_kernel.loading import LineKernel
from corena_recon.native.machine_code.on_demand import KernelOnDemand

words = st.sampled_from(
    ["CMD-1", "x", "", " ", "é", "\u202e", '"', "\\", "a=b&c", "{", "[1]", "%41", "a+b", "0", "11.00", "1e3", "null"]
)
amounts = st.sampled_from(
    ["11.00000000", "11.00", "7", "007", "-1.5", "0.000000001", "1e3", "99999999999999999999.5", ""]
)
times = st.sampled_from(["2026-01-02T03:04:05Z", "2026-01-02 03:04:05", "1700000000", "2026-02-30T00:00:00Z", "x", ""])
numbers = st.sampled_from([11, 0.5, 1e20, -3, True, None])


@st.composite
def json_line(draw: st.DrawFn) -> bytes:
    data: dict[str, Any] = {"amount": draw(amounts | numbers), "payment_trx": draw(words), "currency": draw(words)}
    posted: dict[str, Any] = {"status": draw(words), "signature": "A" * 64, "identifier": draw(words), "data": data}
    if draw(st.booleans()):
        data["charge"] = draw(amounts | numbers)
        posted["received_at"] = draw(times)
    if draw(st.booleans()):
        posted[draw(st.sampled_from(["endpoint", "merchant", "note", "body", "content_type", "created_at"]))] = draw(
            words
        )
    if draw(st.integers(0, 5)) == 0:
        posted = {"body": f"status=success&identifier={draw(words)}&data[amount]={draw(amounts)}", "headers": {}}
    line = json.dumps(posted, ensure_ascii=draw(st.booleans())).encode()
    odd: bytes = draw(
        st.sampled_from([line, line, line, line + b"\r", line[:-3], b"", b"  ", b"\xff" + line, line + b" "])
    )
    return odd


@st.composite
def body_line(draw: st.DrawFn) -> bytes:
    seam = draw(st.sampled_from(["[{}]", "%5B{}%5D", ".{}"]))
    pairs = [("status", draw(words)), ("signature", "A" * 64), ("identifier", draw(words))]
    pairs += [("data" + seam.format(name), draw(amounts | words)) for name in ("amount", "currency", "charge")]
    pairs += draw(st.lists(st.tuples(st.sampled_from(["status", "x", "data[amount]"]), words), max_size=1))
    line = "&".join(f"{name}={value}" for name, value in pairs).encode()
    odd: bytes = draw(st.sampled_from([line, line, line, line + b"\r", line[:-1], b""]))
    return odd


def exact(entries: list[Entry], *, keep_raw: bool) -> pa.Table:
    return batch_of(entries, keep_raw=keep_raw).table


def compare(lines: list[bytes], read_line: ReadLine, *, block: int, threads: int, keep_raw: bool, ended: bool) -> None:
    octets = b"\n".join(lines) + (b"\n" if ended else b"")

    def entry_of(line: Line) -> Entry | None:
        if not line.octets or line.octets.isspace():
            return None
        return read_line(line.octets), line.octets

    def runs() -> Any:
        return runs_of(octets[first : first + block] for first in range(0, len(octets), block))

    batches = list(
        batches_of_runs(
            runs(), entry_of, read_line, keep_raw=keep_raw, threads=threads, pays_from_bytes=0, worth_learning=1
        )
    )
    every_line = [line for run in runs() for line in ([run] if isinstance(run, Line) else run.lines())]
    expected = exact([entry for entry in map(entry_of, every_line) if entry is not None], keep_raw=keep_raw)
    read = pa.concat_tables([BATCH_SCHEMA.empty_table(), *(batch.table for batch in batches)])
    assert sum(batch.records for batch in batches) == len(expected)
    for name in BATCH_SCHEMA.names:
        if name != "record":
            assert read[name].to_pylist() == expected[name].to_pylist(), name


shapes = {
    "block": st.sampled_from([1, 7, 100, 1000, 1 << 20]),
    "threads": st.sampled_from([1, 2]),
    "keep_raw": st.booleans(),
    "ended": st.booleans(),
}


@settings(max_examples=120)
@given(lines=st.lists(json_line(), min_size=1, max_size=30), **shapes)
def test_json_lines_are_read_as_the_exact_reader_reads_them(lines: list[bytes], **shape: Any) -> None:
    compare(lines, from_json, **shape)


@settings(max_examples=120)
@given(lines=st.lists(body_line(), min_size=1, max_size=30), **shapes)
def test_bodies_are_read_as_the_exact_reader_reads_them(lines: list[bytes], **shape: Any) -> None:
    compare(lines, from_body, **shape)


def test_the_check_before_trust_passes_here_and_fails_for_a_slip(monkeypatch: pytest.MonkeyPatch) -> None:
    kernel = loading.LineKernel()
    assert reads_rightly(kernel)
    matched = kernel.match

    def slipping(*arguments: Any) -> Any:
        rows, stopped = matched(*arguments)
        rows.spans[:, 1:] += 1
        return rows, stopped

    monkeypatch.setattr(kernel, "match", slipping)
    assert not reads_rightly(kernel)


def test_without_a_compiler_the_exact_reader_reads_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fast_lines, "KERNEL", KernelOnDemand[LineKernel](lambda: None, 0))
    compare([b'{"status":"success"}'] * 3, from_json, block=100, threads=1, keep_raw=False, ended=True)
