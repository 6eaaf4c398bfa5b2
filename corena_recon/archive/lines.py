"""Line-wise forms: splitting without losing or joining lines, whatever their length or ending."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING

from corena_recon.archive.batches import Batch, Entry, Room
from corena_recon.archive.fast_lines import batches_of_runs
from corena_recon.archive.line_runs import BYTE_ORDER_MARK, Line, runs_of
from corena_recon.archive.posting import Posted, unreadable
from corena_recon.archive.templates import ReadLine
from corena_recon.vocabulary import Unreadable

if TYPE_CHECKING:
    from corena_recon.archive.containers import ByteStream

__all__ = ["BYTE_ORDER_MARK", "Line", "LineRoom", "line_entries", "lines_of"]


def lines_of(blocks: Iterator[bytes]) -> Iterator[Line]:
    """Every line of the blocks, in bounded memory; a byte order mark at the very start is no part of the first."""
    for run in runs_of(blocks):
        if isinstance(run, Line):
            yield run
        else:
            yield from run.lines()


class LineRoom(Room):
    """A form with one record a line; a blank line is no record."""

    def read_line(self, octets: bytes) -> Posted | None:
        """The row of one line; None for other traffic."""
        raise NotImplementedError

    def is_cut(self, row: Posted | None, *, stream_is_cut: bool) -> bool:
        """Whether a last line without a line end was cut off, judging by the row it gave."""
        incomplete = (Unreadable.INVALID_JSON, Unreadable.MISSING_FIELD, Unreadable.NO_IPN_FIELDS)
        return stream_is_cut or (row is not None and row.unreadable in incomplete)

    def read(self, stream: ByteStream, *, keep_raw: bool) -> Iterator[Batch]:
        """Every line of the stream."""
        entry_of = partial(line_entry, stream, self.read_line, self.is_cut)
        return batches_of_runs(runs_of(stream.blocks()), entry_of, self.read_line, keep_raw=keep_raw)


def line_entries(stream: ByteStream, read_line: ReadLine, is_cut: Callable[..., bool]) -> Iterator[Entry]:
    """Every line of the stream that is not blank, read; ``LineRoom`` explains the arguments."""
    for line in lines_of(stream.blocks()):
        entry = line_entry(stream, read_line, is_cut, line)
        if entry is not None:
            yield entry


def line_entry(stream: ByteStream, read_line: ReadLine, is_cut: Callable[..., bool], line: Line) -> Entry | None:
    """One line of the stream, read; None where it is blank."""
    if line.is_too_long:
        stream.truncated |= not line.is_complete
        return unreadable(Unreadable.TOO_LARGE, line.octets), line.octets
    if not line.octets or line.octets.isspace():
        return None
    row = read_line(line.octets)
    if not line.is_complete and is_cut(row, stream_is_cut=stream.truncated):
        stream.truncated = True
        row = unreadable(Unreadable.TRUNCATED, line.octets)
    return row, line.octets
