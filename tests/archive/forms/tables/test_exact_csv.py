"""CSV records read exactly, alone and taking turns with the compiled core, which must change nothing."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from corena_recon.archive.forms.tables.exact_csv import Dialect, ExactRows, Row, RunLines
from corena_recon.archive.lines.line_runs import Line, Run, runs_of
from corena_recon.archive.lines.lines import lines_of
from corena_recon.native import has_core
from corena_recon.text import text_of
from corena_recon.vocabulary import Unreadable
from tests.csv_framing import WRITTEN, CsvStop, csv_records

PIECES = (
    b"a", b"1", b",", b"b,", b'"', b'""', b',"', b'",', b'"x"', b'"x,y"', b'"x\ny"', b"\\", b'\\"', b"\\N", b",\\N,",
    b'"\\N"', b"\n", b"\n", b"\r\n", b"\r", b" ", b"\xc3\xa9", b"\xc3", b"\xee\xbe\x80", b"\x00",
)  # fmt: skip
texts = st.lists(st.sampled_from(PIECES), max_size=40).map(b"".join)
sizes = st.sampled_from([1, 3, 7, 1000])


def _blocks(octets: bytes, size: int) -> Iterator[bytes]:
    return (octets[begin : begin + size] for begin in range(0, len(octets), size))


def _exactly(octets: bytes, dialect: Dialect) -> list[Row]:
    return list(ExactRows(lines_of(iter([octets])), dialect))


def _text(octets: bytes, begin: int, end: int, dialect: Dialect) -> str:
    cell = octets[begin : end & ~WRITTEN]
    if end & WRITTEN:
        escape = "\\" if dialect.escapes_quotes else None
        written = io.StringIO(cell.decode("latin-1"), newline="")
        (cells,) = csv.reader(written, delimiter=dialect.delimiter, escapechar=escape, strict=True)
        (text,) = cells
        cell = text.encode("latin-1")
    return text_of(cell)


def _in_turns(octets: bytes, dialect: Dialect, block_bytes: int, max_record_bytes: int) -> tuple[list[Row], int]:
    """The rows where the core reads what it can, and how many of them it read."""
    lines = RunLines(runs_of(_blocks(octets, block_bytes)))
    exact = ExactRows(lines, dialect)
    rows: list[Row] = []
    native_count = 0
    width = 0
    for row in exact:
        rows.append(row)
        width = width or len(row.cells or ())
        stop = CsvStop.ENOUGH
        while stop <= CsvStop.ENOUGH and exact.leaves_off and (run := lines.at_hand()) is not None:
            records = csv_records(
                run.octets, run.begin, run.end, width, dialect.delimiter,
                escapes_quotes=dialect.escapes_quotes, max_records=3, max_record_bytes=max_record_bytes,
            )  # fmt: skip
            assert records is not None
            for cells, (begin, end) in zip(records.cells.tolist(), records.spans.tolist(), strict=True):
                words = [_text(run.octets, first, last, dialect) for first, last in cells]
                rows.append(Row(words, run.octets[begin:end]))
            native_count += len(records.cells)
            lines.go_on_at(records.stopped_at)
            stop = records.stop
    return rows, native_count


@pytest.mark.skipif(not has_core(), reason="there is no compiled core, or it is off")
@settings(deadline=None, max_examples=500)
@given(texts, st.booleans(), sizes, st.sampled_from([4, 1000]))
@example(b'a,b\n"x\n\\N,",1\n', True, 1000, 1000)
@example(b"a,b\na\\,\\N,1\n", True, 1000, 1000)
@example(b"a\n\\N\nx\n", True, 1000, 1000)
@example(b'a\n"\xc3\\\xa9"\n', True, 1000, 1000)
@example(b"a,b\n1,x\\\n2,y\n", True, 1000, 1000)
@example(b"a,b\n1,x\r\r\n2,y\n", False, 1000, 1000)
@example(b'a,b\n1,"x\n2,y\n3,z\n', False, 1000, 1000)
def test_taking_turns_with_the_core_changes_no_row(
    octets: bytes, escapes_quotes: bool, block_bytes: int, max_record_bytes: int
) -> None:
    dialect = Dialect(",", escapes_quotes)
    assert _in_turns(octets, dialect, block_bytes, max_record_bytes)[0] == _exactly(octets, dialect)


@pytest.mark.skipif(not has_core(), reason="there is no compiled core, or it is off")
def test_the_core_reads_all_but_what_needs_the_exact_reader() -> None:
    good, bad = b'1,"say ""x""\n",2\n', b'3,"x"y,4\n'
    octets = b"a,b,c\n" + (good * 50 + bad) * 4
    rows, native_count = _in_turns(octets, Dialect(",", escapes_quotes=False), 100_000, 1000)
    assert rows == _exactly(octets, Dialect(",", escapes_quotes=False))
    assert native_count == 200
    assert [row.problem for row in rows].count(Unreadable.INVALID_ROW) == 4


@settings(deadline=None)
@given(texts, sizes)
def test_the_lines_of_runs_are_the_lines(octets: bytes, block_bytes: int) -> None:
    assert list(RunLines(runs_of(_blocks(octets, block_bytes)))) == list(lines_of(_blocks(octets, block_bytes)))


def test_lines_at_hand_are_those_that_come_next_and_lie_together() -> None:
    lines = RunLines(runs_of(iter([b"a\nb\nc", b"c\nd\n", b"e"])))
    assert lines.at_hand() == Run(b"a\nb\nc", 0, 4)
    assert next(lines) == Line(b"a")
    run = lines.at_hand()
    assert run is not None
    assert (run.begin, run.end) == (2, 4)
    lines.go_on_at(run.end)
    # the line across the blocks comes by itself
    assert lines.at_hand() is None
    assert next(lines) == Line(b"cc")
    assert lines.at_hand() == Run(b"c\nd\n", 2, 4)
    assert list(lines) == [Line(b"d"), Line(b"e", is_complete=False)]
    assert lines.at_hand() is None


def test_blank_lines_cost_next_to_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    readers = 0
    reader = csv.reader

    def counting(*arguments: Any, **options: Any) -> Any:
        nonlocal readers
        readers += 1
        return reader(*arguments, **options)

    monkeypatch.setattr(csv, "reader", counting)
    lines = lines_of(iter([b"a,b\n" + b"\n" * 500 + b"1,2\n"]))
    assert [row.cells for row in ExactRows(lines, Dialect(",", escapes_quotes=False))] == [["a", "b"], ["1", "2"]]
    assert readers == 2
