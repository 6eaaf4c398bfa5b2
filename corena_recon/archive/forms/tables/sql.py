"""Dumps of databases: a row of a table is a record, and one that holds no notification is other traffic."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from corena_recon.archive.forms.tables.sql_rows import Cell, SqlDump, SqlRow, SqlTable
from corena_recon.archive.forms.tables.table_cells import from_cells, from_mixed_cells, read_cells, read_mixed_cells
from corena_recon.archive.forms.tables.table_columns import columns_of_cells
from corena_recon.archive.forms.tables.table_heads import canonical_names, invented_names, looks_posted
from corena_recon.archive.recipes.book import RecipeBook
from corena_recon.archive.recipes.reading import Gatherer
from corena_recon.archive.recipes.tracing import ReadRecord
from corena_recon.archive.records.batches import Batch, Entry, Room, batches_of
from corena_recon.archive.records.exact_cells import json_of
from corena_recon.archive.records.exact_json import NumberToken
from corena_recon.archive.records.posting import Posted, unreadable
from corena_recon.native import Book, Columns, Kind, Sink, Why, has_core
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
_ROWS_AT_ONCE: Final = 8_192
_WAYS_MAX: Final = 10_000
WORTH_COLUMNS: Final = 64
"""Rows of one table for which it pays to make columns of them."""


class Sql(Room):
    """The form ``sql``: what mysqldump, phpMyAdmin, pg_dump, sqlite and their kin write."""

    name = "sql"

    def recognises(self, head: bytes) -> bool:
        """Statements from the first line on, one of which defines a table or inserts rows."""
        return _BEGINS.match(head) is not None and _HOLDS.search(head) is not None

    def read(self, stream: ByteStream, *, keep_raw: bool) -> Iterator[Batch]:
        """Every row that is inserted."""
        dump = SqlDump(stream.blocks())
        yield from _Reading(keep_raw=keep_raw).batches(dump.rows())
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

    def record(self, cells: Sequence[Cell]) -> dict[str, str]:
        """The cells that are not null, by name."""
        cells_by_name = zip(self.names, cells, strict=True)
        return {name: cell if name in _NUMBERS else str(cell) for name, cell in cells_by_name if cell is not None}

    def columns(self, rows: Sequence[SqlRow]) -> Columns | None:
        """The rows for the core; None where these are for the exact reader."""
        columns = zip(*(row.cells for row in rows), strict=True)
        return columns_of_cells(self.names, [*map(_column, self.names, columns)])

    def entry_of(self, row: SqlRow) -> Entry:
        """The exact reader's entry for a row."""
        if row.problem is not None:
            return unreadable(row.problem, row.octets), row.octets
        if len(row.cells) != len(self.names):
            return unreadable(Unreadable.INVALID_ROW, row.octets), row.octets
        return self.row_of(self.record(row.cells), row.octets), row.octets


def _column(name: str, cells: Sequence[Cell]) -> Sequence[Cell]:
    is_number = name in _NUMBERS or NumberToken not in set(map(type, cells))
    return cells if is_number else [cell if cell is None else str(cell) for cell in cells]


_READERS: Final[tuple[ReadRecord, ...]] = (read_cells, read_mixed_cells)


class _Reading:
    """Reads the rows of one dump."""

    def __init__(self, *, keep_raw: bool) -> None:
        self._keep_raw = keep_raw
        self._ways: dict[tuple[SqlTable, int], _Way] = {}
        self._books = {each: RecipeBook(each, Kind.LOG) for each in _READERS}

    def batches(self, rows: Iterator[SqlRow]) -> Iterator[Batch]:
        """All rows in order."""
        if self._keep_raw or not has_core():
            entries = (way.entry_of(row) for way, some in self._together(rows) for row in some)
            yield from batches_of(entries, keep_raw=self._keep_raw)
            return
        read: ReadRecord = read_mixed_cells
        gatherer = self._gatherer(read)
        for way, some in self._together(rows):
            is_worth = way.read is not None and len(some) >= WORTH_COLUMNS
            columns = way.columns(some) if is_worth else None
            if columns is None or way.read is None:
                for row in some:
                    gatherer.add(way.entry_of(row))
                    if gatherer.is_full:
                        yield gatherer.batch()
                continue
            if way.read is not read:
                if gatherer.record_count:
                    yield gatherer.batch()
                read = way.read
                gatherer = self._gatherer(read)
            yield from _gathered(gatherer, columns, [(way, row) for row in some])
        if gatherer.record_count:
            yield gatherer.batch()

    def _gatherer(self, read: ReadRecord) -> Gatherer[list[tuple[_Way, SqlRow]]]:
        return Gatherer(self._books[read], _entry_of_one, keep_raw=self._keep_raw, record_of=_json_of_one)

    def _together(self, rows: Iterator[SqlRow]) -> Iterator[tuple[_Way, list[SqlRow]]]:
        """Rows that follow each other and are read in one way; those that cannot be read stand by themselves."""
        some: list[SqlRow] = []
        for row in rows:
            is_sound = row.problem is None and row.table.width in (0, len(row.cells))
            if some and (not is_sound or len(some) == _ROWS_AT_ONCE or not _are_alike(some[-1], row)):
                yield self._way_of(some[0]), some
                some = []
            if is_sound:
                some.append(row)
            else:
                yield _UNSOUND, [row]
        if some:
            yield self._way_of(some[0]), some

    def _way_of(self, row: SqlRow) -> _Way:
        key = row.table, len(row.cells)
        way = self._ways.get(key)
        if way is None:
            if len(self._ways) == _WAYS_MAX:
                self._ways.clear()
            way = self._ways[key] = _way_for(row)
        return way


def _are_alike(one: SqlRow, other: SqlRow) -> bool:
    return (one.table is other.table or one.table == other.table) and len(one.cells) == len(other.cells)


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


def _gathered(
    gatherer: Gatherer[list[tuple[_Way, SqlRow]]], columns: Columns, rows: list[tuple[_Way, SqlRow]]
) -> Iterator[Batch]:
    """Gathers rows that are columns, too; gives full batches."""

    def read_some(sink: Sink, book: Book, begin: int, max_records: int) -> None:
        sink.read_columns(columns, begin, Kind.LOG, book, max_records)

    begin, why = gatherer.read(rows, 0, read_some)
    while why is Why.FULL:
        yield gatherer.batch()
        begin, why = gatherer.read(rows, begin, read_some)


def _entry_of_one(rows: list[tuple[_Way, SqlRow]]) -> Entry:
    way, row = rows[0]
    return way.entry_of(row)


def _json_of_one(rows: list[tuple[_Way, SqlRow]]) -> bytes:
    way, row = rows[0]
    return octets_of(json_of(way.record(row.cells)))
