"""Rows of a CSV file: flat columns, or a cell that holds a body or a JSON object."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from itertools import chain, dropwhile, islice
from typing import TYPE_CHECKING, Final, NamedTuple

import pyarrow as pa

from corena_recon.archive.forms.tables.exact_csv import Dialect, ExactRows, Row, RunLines
from corena_recon.archive.forms.tables.own_frames import is_own, taken_over
from corena_recon.archive.forms.tables.several_in_cell import records_in
from corena_recon.archive.forms.tables.table_cells import from_cells, from_mixed_cells, read_cells, read_mixed_cells
from corena_recon.archive.forms.tables.table_heads import (
    TableHead,
    canonical_names,
    dialect_of,
    far_head,
    header_names,
    table_head,
)
from corena_recon.archive.lines.line_runs import BYTE_ORDER_MARK, Run, runs_of
from corena_recon.archive.lines.lines import Line, lines_of, without_blank_start
from corena_recon.archive.recipes.book import RecipeBook
from corena_recon.archive.recipes.reading import Gatherer
from corena_recon.archive.records.batches import BATCH_ROWS, Batch, Entries, Entry, Room, batches_of, each_of
from corena_recon.archive.records.posting import Posted, unreadable
from corena_recon.errors import SourceError
from corena_recon.native import Book, ColumnNames, Kind, Sink, Why, has_core
from corena_recon.schemas import NOTIFICATION_SCHEMA
from corena_recon.text import OCTETS_PATTERN, octets_of, printable
from corena_recon.vocabulary import RAW_MAX_BYTES, Unreadable

if TYPE_CHECKING:
    from corena_recon.archive.sources.containers import ByteStream

_NULLS: Final = frozenset({"", "NULL", "\\N"})
_HEAD_BYTES: Final = 65_536
_OCTETS: Final = re.compile(OCTETS_PATTERN)
_SHIELD: Final = b"\xff"


class CsvRows(Room):
    """The form ``csv``."""

    name = "csv"

    def recognises(self, head: bytes) -> bool:
        """A line of column names that are a posted field's or a body cell's, or a cell that holds a notification."""
        return table_head(head) is not None

    def read(self, stream: ByteStream, *, keep_raw: bool) -> Iterator[Batch]:
        """Every row after the header.

        Raises:
            SourceError: Nothing says which column is which.
        """
        octets = without_blank_start(stream.head(_HEAD_BYTES))
        names = header_names(octets)
        if names is not None and is_own(names, stream.name):
            return _own_batches(stream, names)
        head = table_head(octets) or table_head(far_head(stream, octets) or b"") or TableHead(dialect_of(octets))
        if head.lack is not None:
            raise SourceError(
                f"{printable(stream.name)} is a table of signatures and amounts, but {head.lack}: it is of no known "
                "archive form",
                hint="name its columns status, identifier, signature, amount, currency, payment_trx in the first line",
            )
        if head.is_mixed:
            return record_batches(stream, head, from_mixed_cells, read_mixed_cells, keep_raw=keep_raw)
        return record_batches(stream, head, from_cells, read_cells, keep_raw=keep_raw)


RowOf = Callable[[dict[str, str], bytes], Posted | None]
"""The row of one record, given its cells by column name and its bytes."""


def record_batches(
    stream: ByteStream, head: TableHead, row_of: RowOf, read: Callable[[bytes], Posted | None], *, keep_raw: bool
) -> Iterator[Batch]:
    """Every row after the header; the header once more, as in files put together, is other traffic.

    A last row without a line end marks the stream as truncated: nothing can tell whether its last cell is whole.

    Args:
        stream: The file.
        head: How it begins.
        row_of: The exact reader of a record; cells that are empty or NULL are left out.
        read: The same, given a JSON object of these cells; what recipes are learned from.
        keep_raw: As for ``batch_of``.
    """
    lines = RunLines(runs_of(stream.blocks()))
    below = islice(dropwhile(_is_blank, lines), head.before, None)
    rows = ExactRows(below, head.dialect)
    header = None if head.names else next(rows, Row(None, b""))
    if header is not None and header.cells is None:
        return
    names = [*head.names] if header is None else canonical_names(header.cells or ())
    table = _Table(names, head.dialect, row_of, None if header is None else header.octets)
    if not has_core() or not table.has_plain_names:
        entries = chain.from_iterable(each_of(table.entry_of(row, stream)) for row in rows)
        yield from batches_of(entries, keep_raw=keep_raw)
        return
    columns = ColumnNames([json.dumps(name, ensure_ascii=False)[1:-1].encode() for name in table.names])
    kind = Kind.LOG if head.is_mixed else Kind.JSON
    gatherer = Gatherer(RecipeBook(read, kind), table.entry_in, keep_raw=keep_raw, record_of=table.json_of)
    reader = _AtHand(lines, columns, table, kind)
    while True:
        if rows.leaves_off:
            yield from reader.read(gatherer)
        row = next(rows, None)
        if row is None:
            break
        gatherer.add(table.entry_of(row, stream))
        if gatherer.is_full:
            yield gatherer.batch()
    if gatherer.record_count:
        yield gatherer.batch()


class _AtHand:
    """Reads rows that lie together in memory.

    Args:
        lines: Where they are.
        columns: Their names.
        table: What they have in common.
        kind: What texts in them are: of a log, or not.
    """

    def __init__(self, lines: RunLines, columns: ColumnNames, table: _Table, kind: Kind) -> None:
        self._lines = lines
        self._columns = columns
        self._table = table
        self._kind = kind
        self._searched = b""
        self._header_at = -1

    def read(self, gatherer: Gatherer[bytes]) -> Iterator[Batch]:
        """Gathers rows up to one that only the exact reader can judge, or that is the header; gives full batches."""
        run = self._lines.at_hand()
        if run is None:
            return
        end = self._header_in(run)

        def read_some(sink: Sink, book: Book, begin: int, max_records: int) -> None:
            sink.read_csv(run.octets, (begin, end), self._columns, self._table.dialect, self._kind, book, max_records)

        position, why = gatherer.read(run.octets, run.begin, read_some)
        while why is Why.FULL:
            yield gatherer.batch()
            position, why = gatherer.read(run.octets, position, read_some)
        self._lines.go_on_at(position)
        if gatherer.is_full:
            yield gatherer.batch()

    def _header_in(self, run: Run) -> int:
        """Where the header stands among the rows once more; their end where it does not."""
        header = self._table.header
        if header is None:
            return run.end
        if run.octets is not self._searched or 0 <= self._header_at < run.begin:
            self._searched = run.octets
            begin = max(run.begin - 1, 0)
            places = (_line_in(run.octets, mark + header, begin, run.end) for mark in (b"", BYTE_ORDER_MARK))
            self._header_at = min((place for place in places if place >= 0), default=-1)
        return run.end if self._header_at < 0 else self._header_at


def _line_in(octets: bytes, text: bytes, begin: int, end: int) -> int:
    """Where a line of this text begins, looked for from the end of another line on; -1 where there is none."""
    at_once = begin == 0 and octets.startswith(text)
    place = 0 if at_once else octets.find(b"\n" + text, begin, end) + 1 or -1
    while place >= 0 and not octets.startswith((b"\n", b"\r\n"), place + len(text)):
        place = octets.find(b"\n" + text, place, end) + 1 or -1
    return place


class _Table(NamedTuple):
    """What the rows of a file have in common."""

    names: list[str]
    dialect: Dialect
    row_of: RowOf
    header: bytes | None

    @property
    def has_plain_names(self) -> bool:
        """Whether each name stands for one column, and can be written."""
        return len(set(self.names)) == len(self.names) and not any(map(_OCTETS.search, self.names))

    def entry_of(self, row: Row, stream: ByteStream) -> Entries:
        """The entry of a row as the exact reader gives it."""
        stream.truncated |= not row.is_complete
        if row.problem is not None:
            return unreadable(row.problem, row.octets), row.octets
        if self.header is not None and row.octets.removeprefix(BYTE_ORDER_MARK) == self.header:
            return None, row.octets
        if row.cells is None or len(row.cells) != len(self.names):
            why = Unreadable.INVALID_ROW if row.is_complete else Unreadable.TRUNCATED
            return unreadable(why, row.octets), row.octets
        return self._entry(row)

    def entry_in(self, octets: bytes) -> Entries:
        """The entry of a sound row, given its bytes."""
        return self._entry(self._row_in(octets))

    def json_of(self, octets: bytes) -> bytes:
        """A sound row as a JSON object."""
        cells = dict(self._cells(self._row_in(octets)))
        return octets_of(json.dumps(cells, ensure_ascii=False))

    def _row_in(self, octets: bytes) -> Row:
        text = octets + b"\n"
        return next(ExactRows(Run(text, 0, len(text)).lines(), self.dialect))

    def _cells(self, row: Row) -> list[tuple[str, str]]:
        return [(name, cell) for name, cell in zip(self.names, row.cells or (), strict=True) if cell not in _NULLS]

    def _entry(self, row: Row) -> Entries:
        cells = self._cells(row)
        record = dict(cells)
        records = records_in(record)
        is_ambiguous = len(set(cells)) != len(record)
        entries = [self._entry_of_cells(one, row.octets, is_ambiguous=is_ambiguous) for one in records]
        return entries if len(entries) > 1 else entries[0]

    def _entry_of_cells(self, cells: dict[str, str], octets: bytes, *, is_ambiguous: bool) -> Entry:
        posted = self.row_of(cells, octets)
        if is_ambiguous and posted is not None and posted.unreadable is None:
            posted = posted._replace(body_ambiguous=True)
        return posted, octets


def _is_blank(line: Line) -> bool:
    return not line.octets.strip()


def _own_batches(stream: ByteStream, names: list[str]) -> Iterator[Batch]:
    """The rows of a frame of ``read_ipns`` that was saved; each keeps its own source and record."""
    dialect = Dialect(dialect_of(without_blank_start(stream.head(_HEAD_BYTES))).delimiter, escapes_quotes=False)
    rows = ExactRows(map(_shielded, dropwhile(_is_blank, lines_of(stream.blocks()))), dialect)
    next(rows, None)
    while chunk := list(islice(rows, BATCH_ROWS)):
        stream.truncated |= not chunk[-1].is_complete
        records = [_own_cells(row, names, dialect.delimiter) for row in chunk]
        columns = {
            name: pa.array([cells.get(name) for cells in records], pa.string())
            for name in NOTIFICATION_SCHEMA.names
            if name in names
        }
        yield taken_over(pa.table(columns), stream.name)


def _shielded(line: Line) -> Line:
    """The line with a carriage return in an unquoted cell, which writers leave there, as a byte no text has."""
    return line._replace(octets=line.octets.replace(b"\r", _SHIELD)) if b"\r" in line.octets else line


def _own_cells(row: Row, names: list[str], delimiter: str) -> dict[str, str | None]:
    """The cells by column name; null where they are empty, or where the row is none."""
    if row.cells is None or len(row.cells) != len(names):
        problem = row.problem or (Unreadable.INVALID_ROW if row.is_complete else Unreadable.TRUNCATED)
        return {"unreadable": problem.value, "raw": repr(row.octets[:RAW_MAX_BYTES])}
    cells = dict(zip(names, (_own_text(cell) or None for cell in row.cells), strict=True))
    if b'""' in row.octets and None in cells.values():
        cells.update(dict.fromkeys(_empty_texts(row.octets, names, delimiter), ""))
    return cells


def _empty_texts(octets: bytes, names: list[str], delimiter: str) -> set[str]:
    """The columns whose cells are empty and quoted."""
    cells = re.findall(
        rf'(?:\A|{re.escape(delimiter)})("[^"]*(?:""[^"]*)*"|[^"{delimiter}]*)', octets.decode("latin-1")
    )
    return (
        {name for name, cell in zip(names, cells, strict=True) if cell == '""'} if len(cells) == len(names) else set()
    )


def _own_text(cell: str) -> str:
    """A cell in which octet characters stand already."""
    if cell.isascii():
        return cell
    return octets_of(cell).replace(_SHIELD, b"\r").decode("utf-8", "corena_octets")
