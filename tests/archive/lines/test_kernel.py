"""The compiled reader of lines: the check before it is trusted, and what it does at the edges."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest

from corena_recon.archive.lines import checking
from corena_recon.archive.lines.checking import reads_rightly
from corena_recon.archive.records.instants import instant_of
from corena_recon.native.decimal_kernel import NONE
from corena_recon.native.line_kernel import loading
from corena_recon.native.line_kernel.loading import LineKernel, Piece, Program, Step, text_array
from corena_recon.native.line_kernel.matching import SlotKind

FORM_LINE = (Step(b"a=", SlotKind.FORM, 1), Step(b"", SlotKind.END, 0))


@pytest.fixture(scope="module")
def kernel() -> LineKernel:
    return LineKernel()


def test_the_kernel_is_trusted(kernel: LineKernel) -> None:
    assert reads_rightly(kernel)
    assert checking.trusted_kernel() is not None


# Slips that the check must find: where, what is right there, what is wrong.
SLIPS = [
    ("matching_text", "i8 92", "i8 93"),
    ("matching_text", "i8 95>", "i8 96>"),
    ("matching_text", "i8 42,", "i8 43,"),
    ("matching_text", "i8 26,", "i8 25,"),
    ("matching_text", "icmp eq i8 %v3, 45", "icmp eq i8 %v3, 43"),
    ("matching_text", "icmp eq i8 %v11, 48", "icmp eq i8 %v11, 49"),
    ("gathering_text", "add i64 %v5, 32", "add i64 %v5, 33"),
    ("values_text", "719469", "719468"),
    ("values_text", ", 100000000000\n", ", 100000000001\n"),
    ("values_text", "60000000", "60000001"),
    ("values_text", "add i64 %v24, 28", "add i64 %v24, 27"),
    ("values_text", "icmp ugt i64 %v36, 7", "icmp ugt i64 %v36, 6"),
]


@pytest.mark.parametrize(("part", "right", "wrong"), SLIPS)
def test_a_kernel_that_errs_is_not_trusted(part: str, right: str, wrong: str, monkeypatch: pytest.MonkeyPatch) -> None:
    text = getattr(loading, part)()
    assert right in text
    monkeypatch.setattr(loading, part, lambda: text.replace(right, wrong))
    assert checking.trusted_kernel.__wrapped__() is None


def test_nothing_behind_the_end_is_touched(kernel: LineKernel) -> None:
    """The text ends at the end of a page of memory that no other follows, wherever the last line is."""
    program = Program((FORM_LINE,), (((Piece(b"", 1),),),))
    for length in range(1, 80):
        octets = text_array(b"a=" + b"x" * length + b"\n")
        rows, stopped = kernel.match(program, octets, 0, len(octets), 10)
        assert stopped == len(octets)
        assert rows.templates.tolist() == [-1]
        assert rows.spans[0, 0].tolist() == [0, length + 2]


def test_reading_goes_on_where_the_limit_stopped_it(kernel: LineKernel) -> None:
    program = Program((FORM_LINE,), ())
    octets = text_array(b"a=x\n" * 100)
    position, counts = 0, []
    while position < len(octets):
        rows, position = kernel.match(program, octets, position, len(octets), 33)
        counts.append((len(rows.templates), int((rows.templates == 0).sum())))
    assert counts == [(33, 33), (33, 33), (33, 26), (1, 0)]


def test_rows_before_the_lines_take_nothing_from_them(kernel: LineKernel) -> None:
    program = Program((FORM_LINE,), ())
    octets = text_array(b"a=x\nb\na=yy\n" + b"\n" * 64)
    plain, stopped = kernel.match(program, octets, 0, len(octets), 3)
    rows, stopped_too = kernel.match(program, octets, 0, len(octets), 3, rows_before=2)
    assert stopped_too == stopped
    assert rows.templates.tolist() == [-1, -1, *plain.templates.tolist()]
    assert rows.spans[:, 0].tolist() == [[0, 0], [0, 0], *plain.spans[:, 0].tolist()]


def test_side_rows_stand_between_the_others(kernel: LineKernel) -> None:
    program = Program((FORM_LINE,), (((Piece(b"<", 1), Piece(b">")),), (None,)))
    octets = text_array(b"a=x\nb\na=yy\nc\n" + b"\n" * 64)
    rows, _ = kernel.match(program, octets, 0, len(octets), 4)
    rows.templates[[1, 3]] = [1, 2]
    first, second = pa.array([None, "é"]), pa.array([b"\xff", None], pa.binary())
    found = kernel.gather(program, rows, {0: first, 1: second})
    assert found[0].to_pylist() == ["<x>", None, "<yy>", "é"]
    assert found[1].to_pylist() == [None, b"\xff", None, None]


def test_moments_are_those_of_the_exact_reader(kernel: LineKernel) -> None:
    draw = random.Random(5)
    start = datetime(1900, 1, 1, tzinfo=UTC)
    texts = []
    for _ in range(3_000):
        moment = start + timedelta(microseconds=draw.randrange(250 * 366 * 86_400 * 10**6))
        form = draw.choice(
            ["%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S.%f+00:00", "%Y-%m-%d %H:%M:%S-09:30"]
        )
        texts.append(moment.strftime(form))
    texts += [str(draw.randrange(10 ** draw.randrange(9, 17), 10**17)) for _ in range(500)]
    program = Program(((Step(b"", SlotKind.TEXT, 1), Step(b"", SlotKind.END, 0)),), ())
    octets = text_array("\n".join(texts).encode() + b"\n" + b"\n" * 64)
    rows, _ = kernel.match(program, octets, 0, len(octets), len(texts))
    assert kernel.read_values("instants", rows, [1]).tolist() == [instant_of(text) for text in texts]
    assert (rows.templates == 0).all()


def test_a_column_without_a_value_is_none(kernel: LineKernel) -> None:
    program = Program((FORM_LINE,), ())
    octets = text_array(b"a=x\n" * 40)
    rows, _ = kernel.match(program, octets, 0, len(octets), 10)
    assert kernel.read_values("decimals", rows, [-1]).tolist() == [NONE] * 10
    assert rows.templates.tolist() == [0] * 10
    assert np.count_nonzero(kernel.read_values("decimals", rows, [1]) != NONE) == 0
    assert rows.templates.tolist() == [-1] * 10
