"""Rows of a CSV file: flat columns, or a cell that holds a body or a JSON object."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Iterator
from itertools import dropwhile, islice
from typing import TYPE_CHECKING, Final, NamedTuple

import pyarrow as pa

from corena_recon.archive.forms.exact_csv import Dialect, ExactRows, Row, RunLines
from corena_recon.archive.forms.own_frames import is_own, taken_over
from corena_recon.archive.lines.line_runs import Run, runs_of
from corena_recon.archive.lines.lines import Line, lines_of, without_blank_start
from corena_recon.archive.recipes.book import RecipeBook
from corena_recon.archive.recipes.reading import Gatherer
from corena_recon.archive.records.batches import BATCH_ROWS, Batch, Entry, Room, batches_of
from corena_recon.archive.records.envelopes import BODY_CELLS, from_json, from_value
from corena_recon.archive.records.posting import IPN_FIELDS, Posted, unreadable
from corena_recon.native import Book, ColumnNames, Kind, Sink, Why, has_core
from corena_recon.schemas import NOTIFICATION_SCHEMA
from corena_recon.text import OCTETS_PATTERN, octets_of, text_of
from corena_recon.vocabulary import RAW_MAX_BYTES, Unreadable

if TYPE_CHECKING:
    from corena_recon.archive.sources.containers import ByteStream

_DELIMITERS: Final = (",", ";", "\t", "|")
_NULLS: Final = frozenset({"", "NULL", "\\N"})
# In a cell that doubles its quotes, a backslash of the JSON within stands before two of them.
_BACKSLASH_QUOTES: Final = re.compile(rb'"(?:\\")?[\[{](?:\\[nrt]|\s){0,40}\\+"[^"]')
_KNOWN_NAMES: Final = re.compile(r"data(\[|\.)|" + "|".join(f"(?:{name})$" for name in (*IPN_FIELDS, *BODY_CELLS)))
_HEAD_BYTES: Final = 65_536
_OCTETS: Final = re.compile(OCTETS_PATTERN)
_SHIELD: Final = b"\xff"


class CsvRows(Room):
    """The form ``csv``."""

    name = "csv"

    def recognises(self, head: bytes) -> bool:
        """A first line of column names, one of them a posted field's or a body cell's."""
        names = header_names(head)
        return names is not None and any(_KNOWN_NAMES.match(name) for name in names)

    def read(self, stream: ByteStream, *, keep_raw: bool) -> Iterator[Batch]:
        """Every row after the header."""
        names = header_names(without_blank_start(stream.head(_HEAD_BYTES)))
        if names is not None and is_own(names, stream.name):
            return _own_batches(stream, names)
        return record_batches(stream, _row_of, from_json, keep_raw=keep_raw)


RowOf = Callable[[dict[str, str], bytes], Posted | None]
"""The row of one record, given its cells by column name and its bytes."""


def record_batches(
    stream: ByteStream, row_of: RowOf, read: Callable[[bytes], Posted | None], *, keep_raw: bool
) -> Iterator[Batch]:
    """Every row after the header.

    A last row without a line end marks the stream as truncated: nothing can tell whether its last cell is whole.

    Args:
        stream: The file.
        row_of: The exact reader of a record; cells that are empty or NULL are left out.
        read: The same, given a JSON object of these cells; what recipes are learned from.
        keep_raw: As for ``batch_of``.
    """
    head = without_blank_start(stream.head(_HEAD_BYTES))
    dialect = dialect_of(head)
    lines = RunLines(runs_of(stream.blocks()))
    rows = ExactRows(dropwhile(_is_blank, lines), dialect)
    header = next(rows, None)
    if header is None or header.cells is None:
        return
    table = _Table([name.strip().strip("\ufeff") for name in header.cells], dialect, row_of)
    if not has_core() or not table.has_plain_names:
        yield from batches_of((table.entry_of(row, stream) for row in rows), keep_raw=keep_raw)
        return
    columns = ColumnNames([json.dumps(name, ensure_ascii=False)[1:-1].encode() for name in table.names])
    gatherer = Gatherer(RecipeBook(read, Kind.JSON), table.entry_in, keep_raw=keep_raw, record_of=table.json_of)
    while True:
        if rows.leaves_off:
            yield from _read_at_hand(lines, columns, dialect, gatherer)
        row = next(rows, None)
        if row is None:
            break
        gatherer.add(table.entry_of(row, stream))
        if gatherer.is_full:
            yield gatherer.batch()
    if gatherer.record_count:
        yield gatherer.batch()


def _read_at_hand(
    lines: RunLines, columns: ColumnNames, dialect: Dialect, gatherer: Gatherer[bytes]
) -> Iterator[Batch]:
    """Gathers the rows that lie together in memory, up to one that only the exact reader can judge; full batches."""
    run = lines.at_hand()
    if run is None:
        return

    def read_some(sink: Sink, book: Book, begin: int, max_records: int) -> None:
        sink.read_csv(run.octets, (begin, run.end), columns, dialect, book, max_records)

    position, why = gatherer.read(run.octets, run.begin, read_some)
    while why is Why.FULL:
        yield gatherer.batch()
        position, why = gatherer.read(run.octets, position, read_some)
    lines.go_on_at(position)
    if gatherer.is_full:
        yield gatherer.batch()


class _Table(NamedTuple):
    """What the rows of a file have in common."""

    names: list[str]
    dialect: Dialect
    row_of: RowOf

    @property
    def has_plain_names(self) -> bool:
        """Whether each name stands for one column, and can be written."""
        return len(set(self.names)) == len(self.names) and not any(map(_OCTETS.search, self.names))

    def entry_of(self, row: Row, stream: ByteStream) -> Entry:
        """The entry of a row as the exact reader gives it."""
        stream.truncated |= not row.is_complete
        if row.problem is not None:
            return unreadable(row.problem, row.octets), row.octets
        if row.cells is None or len(row.cells) != len(self.names):
            why = Unreadable.INVALID_ROW if row.is_complete else Unreadable.TRUNCATED
            return unreadable(why, row.octets), row.octets
        return self._entry(row)

    def entry_in(self, octets: bytes) -> Entry:
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

    def _entry(self, row: Row) -> Entry:
        cells = self._cells(row)
        record = dict(cells)
        posted = self.row_of(record, row.octets)
        if posted is not None and posted.unreadable is None and len(set(cells)) != len(record):
            posted = posted._replace(body_ambiguous=True)
        return posted, row.octets


def _row_of(cells: dict[str, str], octets: bytes) -> Posted:
    return from_value(cells, raw=octets)


def _is_blank(line: Line) -> bool:
    return not line.octets.strip()


def header_names(head: bytes) -> list[str] | None:
    """The column names in the first line, or None where it is no CSV header."""
    first_line = text_of(head.split(b"\n", 1)[0].strip())
    if not first_line or first_line[0] in "{[<" or "=" in first_line:
        return None
    try:
        names = next(csv.reader([first_line], delimiter=dialect_of(head).delimiter), [])
    except csv.Error:
        return None
    return [name.strip() for name in names]


def dialect_of(head: bytes) -> Dialect:
    """The delimiter most frequent in the header, and how quotes in cells are written."""
    first_line = text_of(head.split(b"\n", 1)[0])
    delimiter = max(_DELIMITERS, key=first_line.count)
    return Dialect(delimiter, _BACKSLASH_QUOTES.search(head) is not None)


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
