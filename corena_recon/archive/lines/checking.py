"""Whether compiled code reads lines, moments and decimals as the exact readers do, on lines made up to trip it."""

from __future__ import annotations

import random
import re
import sys
from collections.abc import Iterator
from functools import cache
from typing import Final

import pyarrow as pa

from corena_recon.archive.records.instants import instant_of
from corena_recon.money import decimal_of
from corena_recon.native import (
    LINES_PAY_FROM_BYTES,
    NO_DECIMAL,
    WIDTH,
    KernelOnDemand,
    LineKernel,
    Piece,
    Program,
    SlotKind,
    Step,
    text_array,
)
from corena_recon.schemas import MONEY

_TAIL: Final = bytes(range(ord("A"), ord("Z"))) * 3
_STEPS: Final = (
    Step(b'{"', SlotKind.TEXT, 1),
    Step(b'";', SlotKind.FORM, 2),
    Step(b";", SlotKind.NUMBER, 3),
    Step(b"}" + _TAIL, SlotKind.END, 0),
)
_LINE: Final = re.compile(rb'\{"([ !#-\[\]-~]+)";([0-9A-Za-z._~*-]+);(-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?)\}' + _TAIL)
_OTHER_STEPS: Final = (Step(b"", SlotKind.FORM, 1), Step(b"", SlotKind.END, 0))
_OTHER_LINE: Final = re.compile(rb"([0-9A-Za-z._~*-]+)")
_PIECES: Final = (
    ((Piece(b"<", 2), Piece(b"|" * 40, 1), Piece(b">")), (Piece(b"", 1),)),
    ((Piece(b"", 3),), None),
)
_NUMBERS: Final = b"0 -0 7 10.50 -3.25 00 01 -01 1. .5 - -- 1.2.3 1e5 +1 0.0 12345678901234567890 1- 1x".split()
_MOMENTS: Final = (
    "2021-03-04T05:06:07",
    "2021-03-04 05:06:07.5",
    "2021-03-04T05:06:07.123456Z",
    "2021-03-04T05:06:07+05:45",
    "2021-03-04T05:06:07-23:59",
    "2021-03-04T24:00:00",
    "2021-03-04T23:60:00",
    "2021-03-04T23:59:60",
    "2021-03-04",
    "2021-03-04T05:06:07.",
    "2021-03-04T05:06:07.1234567",
    "2021-03-04T05:06:07z",
    "2021-03-04T05:06:07 +01:00",
    "2021-03-04T05:06:07+24:00",
    "2021-03-04T05:06:07+01:60",
    "2021-03-04T05-06:07",
    "2021-03-04X05:06:07",
    "today",
    "99999999",
    "100000000",
    "99999999999",
    "100000000000",
    "99999999999999",
    "100000000000000",
    "1e9",
    "170000000O",
    "99999999999999999",
    "100000000000000000",
    "1700000000.5",
    "20210304T050607Z",
    "1899-12-31T00:00:00Z",
)
_DECIMALS: Final = (
    "0",
    "-0",
    "0.0",
    "11.00000000",
    "-11.5",
    "9999999999.99999999",
    "-9999999999.99999999",
    "00012.30",
    "-",
    ".",
    "1.",
    ".5",
    "1.2.3",
    "1e5",
    "+1",
    " 1",
    "1 ",
    "12345678901",
    "1.123456789",
    "99999999999999999999",
)


def reads_rightly(kernel: LineKernel) -> bool:
    """Whether a kernel may be trusted; on a machine of the other byte order it may not."""
    return (
        sys.byteorder == "little" and _takes_lines_apart(kernel) and _reads_moments(kernel) and _reads_decimals(kernel)
    )


def _takes_lines_apart(kernel: LineKernel) -> bool:
    program = Program((_STEPS, _OTHER_STEPS), _PIECES)
    lines = list(_lines())
    # In another order each time: memory that an earlier check left behind must not look like this one's result.
    random.shuffle(lines)
    text = text_array(b"".join(line + end for line, end in zip(lines, [b"\n", b"\r\n"] * len(lines), strict=False)))
    # Behind the last line there is room to look at, as a longer text has it.
    padded = text_array(text.tobytes() + b"x" * 2 * WIDTH + b"\n")
    rows, _ = kernel.match(program, padded, 0, len(padded), len(lines))
    found = [_LINE.fullmatch(line) or _OTHER_LINE.fullmatch(line) for line in lines]
    if [template < 0 for template in rows.templates.tolist()] != [match is None for match in found]:
        return False
    rows.templates[rows.templates < 0] = range(program.count, program.count + found.count(None))
    others = [None if number % 2 else "other" * (number % 9) for number in range(found.count(None))]
    side = pa.array(others, pa.string())
    gathered = kernel.gather(program, rows, {0: side, 1: side})
    left = iter(others)
    expected = [_cells(match) if match is not None else (next(left),) * 2 for match in found]
    return bool(gathered[0].to_pylist() == [cells[0] for cells in expected]) and bool(
        gathered[1].to_pylist() == [cells[1] for cells in expected]
    )


def _cells(match: re.Match[bytes]) -> tuple[str | None, str | None]:
    values = [value.decode() for value in match.groups()]
    if match.re is _LINE:
        return f"<{values[1]}{'|' * 40}{values[0]}>", values[2]
    return values[0], None


def _lines() -> Iterator[bytes]:
    """Values of every length, with every byte at many places, and constants with a slip at every place."""
    for length in range(1, 3 * WIDTH):
        yield b'{"%b";%b;1}' % (b"t" * length, b"f" * (100 - length)) + _TAIL
        yield b"f" * length
    for octet in set(range(256)) - {ord("\n")}:
        for place in (0, 1, WIDTH - 1, WIDTH, WIDTH + 1):
            value = b"v" * place + bytes([octet]) + b"v" * (octet % 40)
            yield b'{"%b";%b;2}' % (value, b"f") + _TAIL
            yield b'{"%b";%b;3}' % (b"t", value) + _TAIL
    for number in _NUMBERS:
        yield b'{"t";f;%b}' % number + _TAIL
    whole = b'{"t";f;4}' + _TAIL
    for place in range(len(whole)):
        yield whole[:place] + b"\x7f" + whole[place + 1 :]
        yield whole[:place]


def _reads_moments(kernel: LineKernel) -> bool:
    days = (
        f"{year}-{month:02}-{day:02}T12:34:56Z"
        for year in (1900, 2000, 2023, 2024)
        for month in range(14)
        for day in (*range(3), *range(27, 34))
    )
    texts = [*_MOMENTS, *days]
    values = _values(kernel, "instants", texts)
    wanted = [instant_of(text) for text in texts]
    ordinary = re.compile(r"(?:19|20)\d\d-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:[0-5]\d)?|\d{9,17}")
    return len(values) == len(texts) and all(
        value == moment or (value == NO_DECIMAL and (moment is None or not ordinary.fullmatch(text)))
        for value, moment, text in zip(values, wanted, texts, strict=True)
    )


def _reads_decimals(kernel: LineKernel) -> bool:
    ordinary = re.compile(r"-?\d{1,10}(?:\.\d{1,8})?")
    wanted = [decimal_of(text) if ordinary.fullmatch(text) else None for text in _DECIMALS]
    expected = [NO_DECIMAL if value is None else int(value.scaleb(MONEY.scale)) for value in wanted]
    return _values(kernel, "decimals", list(_DECIMALS)) == expected


def _values(kernel: LineKernel, kind: str, texts: list[str]) -> list[int]:
    """The values of texts that stand in the lines of one template; the kernel must give up the others' template."""
    steps = (Step(b'"', SlotKind.TEXT, 1), Step(b'"', SlotKind.END, 0))
    program = Program((steps,), ())
    octets = text_array(b"".join(b'"%b"\n' % text.encode() for text in texts) + b"x" * 2 * WIDTH + b"\n")
    rows, _ = kernel.match(program, octets, 0, len(octets), len(texts))
    values: list[int] = kernel.read_values(kind, rows, [1]).tolist()
    gave_up = [template < 0 for template in rows.templates.tolist()]
    return values if gave_up == [value == NO_DECIMAL for value in values] else []


@cache
def trusted_kernel() -> LineKernel | None:
    """A kernel that agrees with the exact readers, or None where there is none to be had."""
    try:
        kernel = LineKernel()
        return kernel if reads_rightly(kernel) else None
    except Exception:  # noqa: BLE001 - whatever is wrong with the compiler, the exact path gives the same rows
        return None


KERNEL: Final = KernelOnDemand[LineKernel](trusted_kernel, LINES_PAY_FROM_BYTES)
"""What all sources of a process share; asked for so many bytes."""
