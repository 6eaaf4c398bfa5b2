"""Streams cut at line ends, without losing or joining lines, whatever their length or ending."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from corena_recon.native import NO_ENTRIES
from corena_recon.vocabulary import RAW_MAX_BYTES, RECORD_MAX_BYTES

BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
_BLANK_START: Final = re.compile(rb"\s*\n")


class Line(NamedTuple):
    """One physical line.

    Attributes:
        octets: Its bytes without the line end; the first part alone where it is too long.
        is_complete: Whether a line end follows; false for a last line that may be cut off.
        is_too_long: Whether it is longer than a record may be.
        end: The line end that follows where it is complete.
    """

    octets: bytes
    is_complete: bool = True
    is_too_long: bool = False
    end: bytes = b"\n"


class Run(NamedTuple):
    """Complete lines: one from elsewhere, if any, then ``octets[begin:end]``, which ends with a line feed.

    Attributes:
        entries: Where records begin and end, without the line feed, that go on over several lines.
    """

    octets: bytes
    begin: int
    end: int
    before: Line | None = None
    entries: NDArray[np.int64] = NO_ENTRIES

    def lines(self) -> Iterator[Line]:
        """Its lines one by one; those of an entry are one."""
        if self.before is not None:
            yield self.before
        position = self.begin
        for begin, end in (*self.entries.tolist(), (self.end, self.end)):
            if position < begin:
                yield from map(line_of, self.octets[position : begin - 1].split(b"\n"))
            if begin < end:
                yield line_of(self.octets[begin:end])
            position = end + 1


def without_blank_start(octets: bytes) -> bytes:
    """The first bytes of a source without its byte order mark and the blank lines before its first record."""
    octets = octets.removeprefix(BYTE_ORDER_MARK)
    blank = _BLANK_START.match(octets)
    return octets[blank.end() :] if blank else octets


def line_of(octets: bytes) -> Line:
    """A complete line, given without its line feed."""
    if len(octets) > RECORD_MAX_BYTES:
        return Line(octets[:RAW_MAX_BYTES], is_too_long=True)
    return Line(octets[:-1], end=b"\r\n") if octets.endswith(b"\r") else Line(octets)


def runs_of(blocks: Iterator[bytes]) -> Iterator[Run | Line]:
    """Every line of the blocks, in bounded memory; a byte order mark at the very start is no part of the first.

    A last line without a line end comes by itself.
    """
    pending = b""
    overlong: bytes | None = None
    for block in without_byte_order_mark(blocks):
        begin, end = 0, block.rfind(b"\n") + 1
        across = None
        if end and (pending or overlong is not None):
            begin = block.index(b"\n") + 1
            # The line across the blocks goes beside them: to join the blocks would copy them all.
            across = line_of(pending + block[: begin - 1]) if overlong is None else Line(overlong, is_too_long=True)
            pending, overlong = b"", None
        if begin < end:
            yield Run(block, begin, end, across)
        elif across is not None:
            yield across
        pending = pending + block[end:] if overlong is None else b""
        if len(pending) > RECORD_MAX_BYTES:
            overlong, pending = pending[:RAW_MAX_BYTES], b""
    if overlong is not None:
        yield Line(overlong, is_complete=False, is_too_long=True)
    elif pending:
        yield Line(pending.removesuffix(b"\r"), is_complete=False)


def without_byte_order_mark(blocks: Iterator[bytes]) -> Iterator[bytes]:
    """The blocks without a byte order mark at their very start."""
    start = b""
    for block in blocks:
        start += block
        if len(start) >= len(BYTE_ORDER_MARK):
            break
    yield start.removeprefix(BYTE_ORDER_MARK)
    yield from blocks
