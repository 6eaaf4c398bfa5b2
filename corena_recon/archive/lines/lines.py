"""Line-wise forms: splitting without losing or joining lines, whatever their length or ending."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING

from corena_recon.archive.lines.fast_lines import batches_of_runs
from corena_recon.archive.lines.line_runs import Line, runs_of, without_blank_start
from corena_recon.archive.lines.templates import ReadLine
from corena_recon.archive.records.batches import Batch, Entry, Room, batches_of
from corena_recon.archive.records.posting import Posted, unreadable
from corena_recon.vocabulary import Unreadable

if TYPE_CHECKING:
    from corena_recon.archive.sources.containers import ByteStream

__all__ = ["Line", "LineRoom", "line_entries", "lines_of", "without_blank_start"]


def lines_of(blocks: Iterator[bytes]) -> Iterator[Line]:
    """Every line of the blocks, in bounded memory; a byte order mark at the very start is no part of the first."""
    for run in runs_of(blocks):
        if isinstance(run, Line):
            yield run
        else:
            yield from run.lines()


class LineRoom(Room):
    """A form with one record a line; a blank line is no record.

    Attributes:
        ends_every_line: Whether what writes this form ends every line, so that a last line without an end was cut.
        has_templates: Whether lines of one shape may be read by a template learned from one of them.
    """

    ends_every_line = False
    has_templates = False

    def read_line(self, octets: bytes) -> Posted | None:
        """The row of one line; None for other traffic."""
        raise NotImplementedError

    def is_cut(self, row: Posted | None, *, stream_is_cut: bool) -> bool:
        """Whether a last line without a line end was cut off, judging by the row it gave."""
        incomplete = (Unreadable.INVALID_JSON, Unreadable.MISSING_FIELD, Unreadable.NO_IPN_FIELDS)
        return stream_is_cut or (row is not None and row.unreadable in incomplete)

    def read(self, stream: ByteStream, *, keep_raw: bool) -> Iterator[Batch]:
        """Every line of the stream."""
        entry_of = partial(line_entry, stream, self.read_line, self.is_cut, ends_every_line=self.ends_every_line)
        if self.has_templates:
            return batches_of_runs(runs_of(stream.blocks()), entry_of, self.read_line, keep_raw=keep_raw)
        return batches_of(filter(None, map(entry_of, lines_of(stream.blocks()))), keep_raw=keep_raw)


def line_entries(stream: ByteStream, read_line: ReadLine, is_cut: Callable[..., bool]) -> Iterator[Entry]:
    """Every line of the stream that is not blank, read; ``LineRoom`` explains the arguments."""
    return filter(None, (line_entry(stream, read_line, is_cut, line) for line in lines_of(stream.blocks())))


def line_entry(
    stream: ByteStream,
    read_line: ReadLine,
    is_cut: Callable[..., bool],
    line: Line,
    *,
    ends_every_line: bool = False,
) -> Entry | None:
    """One line of the stream, read; None where it is blank."""
    if line.is_too_long:
        stream.truncated |= not line.is_complete
        return unreadable(Unreadable.TOO_LARGE, line.octets), line.octets
    if not line.octets or line.octets.isspace():
        return None
    row = read_line(line.octets)
    if not line.is_complete:
        was_cut = is_cut(row, stream_is_cut=stream.truncated)
        stream.truncated |= was_cut or ends_every_line
        row = unreadable(Unreadable.TRUNCATED, line.octets) if was_cut and row is not None else row
    return row, line.octets
