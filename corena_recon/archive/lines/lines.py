"""Line-wise forms: splitting without losing or joining lines, whatever their length or ending."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import chain, islice
from typing import TYPE_CHECKING

from corena_recon.archive.lines.line_runs import Line, Run, line_of, runs_of, without_blank_start
from corena_recon.archive.recipes.book import RecipeBook
from corena_recon.archive.recipes.reading import Gatherer
from corena_recon.archive.recipes.tracing import ReadRecord
from corena_recon.archive.records.batches import Batch, Entry, Room, batches_of
from corena_recon.archive.records.posting import Posted, unreadable
from corena_recon.native import Book, Kind, Sink, Why, has_core
from corena_recon.tables.threads import ordered_map
from corena_recon.vocabulary import Unreadable

if TYPE_CHECKING:
    from corena_recon.archive.sources.containers import ByteStream

__all__ = ["Line", "LineRoom", "batches_of_lines", "line_entry", "lines_of", "without_blank_start"]


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

    def runs(self, blocks: Iterator[bytes]) -> Iterator[Run | Line]:
        """The lines of the blocks; with the records that go on over several of them where a form has such."""
        return runs_of(blocks)

    def record_of(self, octets: bytes) -> bytes:
        """What recipes are learned from in place of a complete line: it reads the same."""
        return octets.removesuffix(b"\r")

    def is_cut(self, row: Posted | None, *, stream_is_cut: bool) -> bool:
        """Whether a last line without a line end was cut off, judging by the row it gave."""
        incomplete = (Unreadable.INVALID_JSON, Unreadable.MISSING_FIELD, Unreadable.NO_IPN_FIELDS)
        return stream_is_cut or (row is not None and row.unreadable in incomplete)

    def read(self, stream: ByteStream, *, keep_raw: bool) -> Iterator[Batch]:
        """Every line of the stream."""
        entry_of = partial(line_entry, stream, self.read_line, self.is_cut, ends_every_line=self.ends_every_line)
        runs, record_of = self.runs(stream.blocks()), self.record_of
        return batches_of_lines(runs, entry_of, self.read_line, self.kind, keep_raw=keep_raw, record_of=record_of)


def batches_of_lines(
    runs: Iterator[Run | Line],
    entry_of: Callable[[Line], Entry | None],
    read_line: ReadRecord,
    kind: Kind | None,
    *,
    keep_raw: bool,
    record_of: Callable[[bytes], bytes] | None = None,
    threads: int | None = None,
) -> Iterator[Batch]:
    """Every line in order; where there are several runs, several threads work side by side.

    Args:
        runs: The lines.
        entry_of: The exact reader; None for a blank line.
        read_line: Reads the bytes of a complete line; what recipes are learned from.
        kind: What a line is; None where all are read by the exact reader.
        keep_raw: As for ``batch_of``.
        record_of: What recipes are learned from in place of a complete line; without it its end alone is left out.
        threads: How many work side by side; one a processor when None.
    """
    if kind is None or not has_core():
        lines = chain.from_iterable(run.lines() if isinstance(run, Run) else (run,) for run in runs)
        yield from batches_of(filter(None, map(entry_of, lines)), keep_raw=keep_raw)
        return
    book = RecipeBook(read_line, kind)
    reader = _RunReader(entry_of, book, kind, keep_raw=keep_raw, record_of=record_of or _without_end)
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
        self,
        entry_of: Callable[[Line], Entry | None],
        book: RecipeBook,
        kind: Kind,
        *,
        keep_raw: bool,
        record_of: Callable[[bytes], bytes],
    ) -> None:
        self._entry_of = entry_of
        self._book = book
        self._kind = kind
        self._keep_raw = keep_raw
        self._record_of = record_of

    def read(self, run: Run | Line) -> list[Batch]:
        """The batches of one run."""
        gatherer = Gatherer(
            self._book,
            lambda octets: self._entry_of(line_of(octets)),
            keep_raw=self._keep_raw,
            record_of=self._record_of,
        )
        batches = []
        for part in _parts_of(run):
            if isinstance(part, Line):
                entry = self._entry_of(part)
                if entry is not None:
                    gatherer.add(entry)
                continue
            read_some = partial(self._read_some, part)
            position, why = gatherer.read(part.octets, part.begin, read_some)
            while why is Why.FULL:
                batches.append(gatherer.batch())
                position, why = gatherer.read(part.octets, position, read_some)
        return [*batches, gatherer.batch()] if gatherer.record_count else batches

    def _read_some(self, run: Run, sink: Sink, book: Book, begin: int, max_records: int) -> None:
        sink.read_lines(run.octets, (begin, run.end), self._kind, book, max_records, run.entries)


def _parts_of(run: Run | Line) -> Iterator[Run | Line]:
    """A run without the line before it, after that line, which is a run of its own where it is whole."""
    before = run if isinstance(run, Line) else run.before
    if before is not None and before.is_complete and not before.is_too_long:
        octets = before.octets + before.end
        yield Run(octets, 0, len(octets))
    elif before is not None:
        yield before
    if isinstance(run, Run):
        yield run


def _without_end(line: bytes) -> bytes:
    return line.removesuffix(b"\r")


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
