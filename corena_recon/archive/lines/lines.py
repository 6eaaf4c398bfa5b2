"""Line-wise forms: splitting without losing or joining lines, whatever their length or ending."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import chain, islice
from typing import TYPE_CHECKING

from corena_recon.archive.lines.line_runs import Line, Run, line_of, runs_of, without_blank_start
from corena_recon.archive.recipes.book import Known
from corena_recon.archive.recipes.reading import RecipeReader
from corena_recon.archive.recipes.tracing import ReadRecord
from corena_recon.archive.records.batches import Batch, Entry, Room, batch_of, batches_of
from corena_recon.archive.records.posting import Posted, unreadable
from corena_recon.native import Kind, Sink, has_core
from corena_recon.tables.threads import ordered_map
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
        kind: What a line is, where lines of one shape may be read by a recipe.
    """

    ends_every_line = False
    kind: Kind | None = None

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
        if self.kind is None or not has_core():
            return batches_of(filter(None, map(entry_of, lines_of(stream.blocks()))), keep_raw=keep_raw)
        reader = _RunReader(entry_of, self.read_line, self.kind, keep_raw=keep_raw)
        return batches_of_runs(reader, runs_of(stream.blocks()))


def batches_of_runs(reader: _RunReader, runs: Iterator[Run | Line], threads: int | None = None) -> Iterator[Batch]:
    """Every line in order; where there are several runs, several threads work side by side."""
    threads = threads or os.cpu_count() or 1
    first = list(islice(runs, 2))
    if len(first) < 2 or threads == 1:
        yield from chain.from_iterable(map(reader.read, chain(first, runs)))
        return
    with ThreadPoolExecutor(threads) as pool:
        yield from chain.from_iterable(ordered_map(pool, reader.read, chain(first, runs), ahead=threads))


class _RunReader:
    """Reads runs of one source, several at once."""

    def __init__(
        self, entry_of: Callable[[Line], Entry | None], read_line: ReadRecord, kind: Kind, *, keep_raw: bool
    ) -> None:
        self._entry_of = entry_of
        self._reader = RecipeReader(read_line, kind, keep_raw=keep_raw)
        self._kind = kind
        self._keep_raw = keep_raw

    def read(self, run: Run | Line) -> list[Batch]:
        """The batches of one run."""
        if isinstance(run, Line):
            entry = self._entry_of(run)
            return [] if entry is None else [batch_of([entry], keep_raw=self._keep_raw)]

        def read_some(sink: Sink, known: Known, begin: int, max_records: int) -> None:
            sink.read_lines(run.octets, begin, run.end, self._kind, known.book, max_records)

        batches = []
        position = run.begin
        before = None if run.before is None else self._entry_of(run.before)
        while position < run.end or before is not None:
            batch, sink = self._reader.batch(
                run.octets, position, read_some, lambda octets: self._entry_of(line_of(octets)), _without_end, before
            )
            if batch.records:
                batches.append(batch)
            position, before = sink.stopped_at, None
        return batches


def _without_end(line: bytes) -> bytes:
    return line.removesuffix(b"\r")


def line_entries(stream: ByteStream, read_line: ReadRecord, is_cut: Callable[..., bool]) -> Iterator[Entry]:
    """Every line of the stream that is not blank, read; ``LineRoom`` explains the arguments."""
    return filter(None, (line_entry(stream, read_line, is_cut, line) for line in lines_of(stream.blocks())))


def line_entry(
    stream: ByteStream,
    read_line: ReadRecord,
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
