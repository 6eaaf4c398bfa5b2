"""Dumps of databases: a row of a table is a record, and one that holds no notification is other traffic."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Final, NamedTuple

from corena_recon.archive.forms.dumps.sql_cells import Cell
from corena_recon.archive.forms.dumps.sql_rows import SqlDump, SqlRow, SqlTable, Stretch
from corena_recon.archive.forms.tables.several_in_cell import records_in
from corena_recon.archive.forms.tables.table_cells import from_cells, from_mixed_cells, read_cells, read_mixed_cells
from corena_recon.archive.forms.tables.table_columns import columns_named
from corena_recon.archive.forms.tables.table_heads import canonical_names, invented_names, looks_posted
from corena_recon.archive.recipes.book import RecipeBook
from corena_recon.archive.recipes.reading import Gatherer
from corena_recon.archive.recipes.tracing import ReadRecord
from corena_recon.archive.records.batches import Batch, Entries, Entry, Room, batches_of, each_of
from corena_recon.archive.records.exact_cells import json_of
from corena_recon.archive.records.posting import Posted, unreadable
from corena_recon.native import Book, ColumnNames, Kind, Sink, Why, has_core
from corena_recon.text import octets_of
from corena_recon.vocabulary import Unreadable

if TYPE_CHECKING:
    from corena_recon.archive.sources.containers import ByteStream

_BEGINS: Final = re.compile(
    rb"\s*(?:--|/\*|#|(?:SET|CREATE|DROP|INSERT|REPLACE|COPY|BEGIN|START|PRAGMA|USE|LOCK|SELECT|ALTER|DELETE|TRUNCATE)\s"
    rb"|\\(?:connect|restrict)\b)",
    re.IGNORECASE,
)
_HOLDS: Final = re.compile(
    rb"^[ \t]*(?:(?:INSERT|REPLACE)\s[^;(]{0,300}(?:\([^()]*\)\s*)?VALUES?\s*\(|COPY\s[^;]{1,9999}\sFROM\s+stdin"
    rb"|CREATE\s+(?:\w+\s+)*TABLE\s)",
    re.IGNORECASE | re.MULTILINE,
)
_NUMBERS: Final = frozenset(["amount", "charge", "data[amount]", "data[charge]", "data.amount", "data.charge"])
"""Columns in which a number is one; in all others it is text that a database wrote without quotes."""
_WAYS_MAX: Final = 10_000


class Sql(Room):
    """The form ``sql``: what mysqldump, phpMyAdmin, pg_dump, sqlite and their kin write."""

    name = "sql"

    def recognises(self, head: bytes) -> bool:
        """Statements from the first line on, one of which defines a table or inserts rows."""
        return _BEGINS.match(head) is not None and _HOLDS.search(head) is not None

    def read(self, stream: ByteStream, *, keep_raw: bool) -> Iterator[Batch]:
        """Every row that is inserted."""
        dump = SqlDump(stream.blocks())
        yield from _Reading(dump, keep_raw=keep_raw).batches()
        stream.truncated |= dump.is_cut


class _Way(NamedTuple):
    """How the rows of a table are read.

    Attributes:
        names: Of its columns, as often as rows have cells.
        row_of: The exact reader.
        read: The same, given a JSON object of cells; None where no recipe is to be learned.
    """

    names: tuple[str, ...]
    row_of: Callable[..., Posted | None]
    read: ReadRecord | None

    @property
    def are_numbers(self) -> list[bool]:
        """Of each column whether a number is one in it."""
        return [name in _NUMBERS for name in self.names]

    def record(self, cells: Sequence[Cell]) -> dict[str, str]:
        """The cells that are not null, by name."""
        cells_by_name = zip(self.names, cells, strict=True)
        return {name: cell if name in _NUMBERS else str(cell) for name, cell in cells_by_name if cell is not None}

    def entry_of(self, row: SqlRow) -> Entries:
        """The exact reader's entry for a row, or its entries where a cell of it is a list."""
        if row.problem is not None:
            return unreadable(row.problem, row.octets), row.octets
        if len(row.cells) != len(self.names):
            return unreadable(Unreadable.INVALID_ROW, row.octets), row.octets
        records = records_in(self.record(row.cells))
        entries: list[Entry] = [(self.row_of(one, row.octets), row.octets) for one in records]
        return entries if len(entries) > 1 else entries[0]


_READERS: Final[tuple[ReadRecord, ...]] = (read_cells, read_mixed_cells)


class _Reading:
    """Reads the rows of one dump.

    Args:
        dump: The dump.
        keep_raw: As for ``batch_of``.
    """

    def __init__(self, dump: SqlDump, *, keep_raw: bool) -> None:
        self._dump = dump
        self._keep_raw = keep_raw
        self._ways: dict[tuple[SqlTable, int], _Way] = {}
        self._last: tuple[SqlTable, _Way] | None = None
        self._books = {each: RecipeBook(each, Kind.LOG) for each in _READERS}

    def batches(self) -> Iterator[Batch]:
        """All rows in order."""
        if not has_core():
            entries = chain.from_iterable(each_of(self._way_of(row).entry_of(row)) for row in self._dump.rows())
            yield from batches_of(entries, keep_raw=self._keep_raw)
            return
        read: ReadRecord = read_mixed_cells
        gatherer = self._gatherer(read)
        for part in self._dump.parts():
            if isinstance(part, SqlRow):
                gatherer.add(self._way_of(part).entry_of(part))
                if gatherer.is_full:
                    yield gatherer.batch()
                continue
            way = self._way_through(part.table)
            columns = None if way is None else columns_named(way.names)
            if way is None or way.read is None or columns is None:
                continue
            if way.read is not read:
                if gatherer.record_count:
                    yield gatherer.batch()
                read = way.read
                gatherer = self._gatherer(read)
            yield from _gathered(gatherer, _Rows(part, way, columns))
        if gatherer.record_count:
            yield gatherer.batch()

    def _gatherer(self, read: ReadRecord) -> Gatherer[tuple[_Way, SqlRow]]:
        return Gatherer(self._books[read], _entry_of_one, keep_raw=self._keep_raw, record_of=_json_of_one)

    def _way_through(self, table: SqlTable) -> _Way | None:
        """How the rows of a table are read that are as wide as they should be; None before the first one is known."""
        if table.columns:
            return self._way_of(SqlRow(table, [None] * table.width, b""))
        return self._last[1] if self._last is not None and self._last[0] == table else None

    def _way_of(self, row: SqlRow) -> _Way:
        if row.problem is not None or row.table.width not in (0, len(row.cells)):
            return _UNSOUND
        key = row.table, len(row.cells)
        way = self._ways.get(key)
        if way is None:
            if len(self._ways) == _WAYS_MAX:
                self._ways.clear()
            way = self._ways[key] = _way_for(row)
        self._last = row.table, way
        return way


def _way_for(row: SqlRow) -> _Way:
    if row.table.columns:
        names = tuple(canonical_names(row.table.columns))
        is_posted = {"identifier", "signature"} <= {*names}
        return _Way(names, from_cells, read_cells) if is_posted else _Way(names, from_mixed_cells, read_mixed_cells)
    cells = [cell or "" for cell in row.cells]
    names = invented_names(cells)
    if looks_posted(cells):
        return _Way(names, _from_unnamed_cells, None)
    return _Way(names, from_mixed_cells, read_mixed_cells)


def _from_unnamed_cells(cells: dict[str, str], octets: bytes) -> Posted | None:
    """As ``from_mixed_cells``; signature and amount among cells that nothing names are no other traffic."""
    row = from_mixed_cells(cells, octets)
    is_lost = row is None and looks_posted([*cells.values()])
    return unreadable(Unreadable.MISSING_FIELD, octets) if is_lost else row


_UNSOUND: Final = _Way((), from_mixed_cells, None)


class _Rows:
    """Rows that lie together in memory, each as it is read.

    Args:
        stretch: Where they are.
        way: How they are read.
        columns: Their names for the core.
    """

    def __init__(self, stretch: Stretch, way: _Way, columns: ColumnNames) -> None:
        self.stretch = stretch
        self._way = way
        self._columns = columns

    def __getitem__(self, span: slice) -> tuple[_Way, SqlRow]:
        """The row that stands there."""
        return self._way, self.stretch[span]

    def read_some(self, sink: Sink, book: Book, begin: int, max_records: int) -> None:
        """Reads rows into a sink."""
        octets, escapes = self.stretch.octets, self.stretch.escapes
        span = (begin, len(octets))
        if escapes is None:
            sink.read_copied(octets, span, self._columns, book, max_records)
        else:
            statement = (self.stretch.statement, escapes)
            sink.read_tuples(octets, span, self._columns, self._way.are_numbers, statement, book, max_records)


def _gathered(gatherer: Gatherer[tuple[_Way, SqlRow]], rows: _Rows) -> Iterator[Batch]:
    """Gathers the rows up to one that only the exact reader can judge; gives full batches."""
    why = Why.FULL
    while why is Why.FULL:
        rows.stretch.at, why = gatherer.read(rows, rows.stretch.at, rows.read_some)
        if gatherer.is_full:
            yield gatherer.batch()


def _entry_of_one(row: tuple[_Way, SqlRow]) -> Entries:
    return row[0].entry_of(row[1])


def _json_of_one(row: tuple[_Way, SqlRow]) -> bytes:
    way, read = row
    return octets_of(json_of(way.record(read.cells)))
