"""Rows of a CSV file: flat columns, or a cell that holds a body or a JSON object."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from itertools import dropwhile, islice
from typing import TYPE_CHECKING, Final, NamedTuple

import pyarrow as pa

from corena_recon.archive.forms.own_frames import is_own, taken_over
from corena_recon.archive.lines.lines import Line, lines_of, without_blank_start
from corena_recon.archive.records.batches import BATCH_ROWS, Batch, Entry, Room, batches_of
from corena_recon.archive.records.envelopes import BODY_CELLS, from_value
from corena_recon.archive.records.posting import IPN_FIELDS, unreadable
from corena_recon.schemas import NOTIFICATION_SCHEMA
from corena_recon.text import octets_of, text_of
from corena_recon.vocabulary import RAW_MAX_BYTES, RECORD_MAX_BYTES, Unreadable

if TYPE_CHECKING:
    from corena_recon.archive.sources.containers import ByteStream

_DELIMITERS: Final = (",", ";", "\t", "|")
_NULLS: Final = frozenset({"", "NULL", "\\N"})
# In a cell that doubles its quotes, a backslash of the JSON within stands before two of them.
_BACKSLASH_QUOTES: Final = re.compile(rb'"(?:\\")?[\[{](?:\\[nrt]|\s){0,40}\\+"[^"]')
_KNOWN_NAMES: Final = re.compile(r"data(\[|\.)|" + "|".join(f"(?:{name})$" for name in (*IPN_FIELDS, *BODY_CELLS)))
_HEAD_BYTES: Final = 65_536
_REREAD_MAX_BYTES: Final = 32 * RECORD_MAX_BYTES
"""How much is read again, in all, after quotes that are never closed; then a record is a line."""
_LINES_MAX: Final = 100_000
"""A record of more lines is too large, too: each is kept until the record ends."""
_SAMPLE_LINES: Final = 100
_FIELD_LIMIT: Final = 2**31 - 1
_SHIELD: Final = b"\xff"


class Dialect(NamedTuple):
    r"""How a CSV file is written.

    Attributes:
        delimiter: What stands between cells.
        escapes_quotes: Whether a quote in a cell is written ``\"`` instead of doubled.
    """

    delimiter: str
    escapes_quotes: bool


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
        return batches_of(_entries(stream), keep_raw=keep_raw)


class Row(NamedTuple):
    """One row of a CSV file.

    Attributes:
        cells: Its cells, or None where it cannot be read.
        octets: Its bytes.
        is_complete: Whether a line end follows.
        problem: Why it cannot be read.
    """

    cells: list[str] | None
    octets: bytes
    is_complete: bool = True
    problem: Unreadable | None = None


class Record(NamedTuple):
    """One row after the header.

    Attributes:
        cells: By column name, empty and NULL ones left out; None where the row cannot be read.
        octets: Its bytes.
        problem: Why it cannot be read.
        ambiguous: Whether columns of the same name have different cells.
    """

    cells: dict[str, str] | None
    octets: bytes
    problem: Unreadable = Unreadable.INVALID_ROW
    ambiguous: bool = False


def records_of(stream: ByteStream) -> Iterator[Record]:
    """Every row after the header.

    A last row without a line end marks the stream as truncated: nothing can tell whether its last cell is whole.
    """
    head = without_blank_start(stream.head(_HEAD_BYTES))
    rows = csv_rows(dropwhile(_is_blank, lines_of(stream.blocks())), dialect_of(head))
    header = next(rows, None)
    if header is None or header.cells is None:
        return
    names = [name.strip().strip("\ufeff") for name in header.cells]
    are_unique = len(set(names)) == len(names)
    for row in rows:
        stream.truncated |= not row.is_complete
        if row.problem is not None:
            yield Record(None, row.octets, row.problem)
        elif row.cells is None or len(row.cells) != len(names):
            yield Record(None, row.octets, Unreadable.INVALID_ROW if row.is_complete else Unreadable.TRUNCATED)
        else:
            cells = [(name, cell) for name, cell in zip(names, row.cells, strict=True) if cell not in _NULLS]
            record = dict(cells)
            ambiguous = not are_unique and len(set(cells)) != len(record)
            yield Record(record, row.octets, ambiguous=ambiguous)


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


def csv_rows(lines: Iterator[Line], dialect: Dialect) -> Iterator[Row]:
    """Every row, also where a quote is never closed: such a line is one bad row, and reading goes on after it."""
    feed = _Feed(lines, dialect)
    while not feed.is_done():
        if feed.skipped is not None:
            yield Row(None, feed.skipped.octets, feed.skipped.is_complete, Unreadable.TOO_LARGE)
            feed.skipped = None
            continue
        reader = csv.reader(
            _without_nulls(feed.one_record(), dialect),
            delimiter=dialect.delimiter,
            escapechar="\\" if dialect.escapes_quotes else None,
            strict=True,
        )
        try:
            cells = _next_row(reader)
        except csv.Error:
            yield feed.passed_over() if feed.is_in_large_cell() else feed.first_as_bad()
            continue
        if cells:
            feed.width = feed.width or len(cells)
            yield Row(cells, feed.octets(), feed.taken[-1].is_complete)


def _next_row(reader: Iterator[list[str]]) -> list[str] | None:
    earlier_limit = csv.field_size_limit(_FIELD_LIMIT)
    try:
        return next(reader, None)
    finally:
        csv.field_size_limit(earlier_limit)


def _without_nulls(texts: Iterator[str], dialect: Dialect) -> Iterator[str]:
    r"""A dump's ``\N`` cells emptied, where the reader would take the backslash for an escape."""
    if not dialect.escapes_quotes:
        return texts
    null = re.compile(rf"(?:(?<=^)|(?<={re.escape(dialect.delimiter)}))\\N(?={re.escape(dialect.delimiter)}|\r?\n)")
    return (null.sub("", text) for text in texts)


class _Feed:
    """Physical lines for a CSV reader, one record at a time, with the way back after a failure.

    Attributes:
        taken: The lines of the record that is being read.
        skipped: A line that is too long to be read.
        width: How many cells the header has.
    """

    def __init__(self, lines: Iterator[Line], dialect: Dialect) -> None:
        self._lines = lines
        self._dialect = dialect
        self._returned: list[Line] = []
        self._reread_bytes = 0
        self._is_oversized = False
        self.taken: list[Line] = []
        self.skipped: Line | None = None
        self.width = 0

    def is_done(self) -> bool:
        line = self._next()
        if line is None:
            return True
        if line.is_too_long:
            self.skipped = line
        else:
            self._returned.append(line)
        return False

    def one_record(self) -> Iterator[str]:
        self.taken = []
        self._is_oversized = False
        spans_lines = self._reread_bytes < _REREAD_MAX_BYTES
        size = 0
        while (spans_lines or not self.taken) and (line := self._next()) is not None:
            size += len(line.octets) + len(line.end)
            if self.taken and (line.is_too_long or size > RECORD_MAX_BYTES or len(self.taken) == _LINES_MAX):
                self._returned.append(line)
                self._is_oversized = True
                return
            self.taken.append(line)
            yield text_of(line.octets + line.end)

    def octets(self) -> bytes:
        """The bytes of the record, without its own line end."""
        *others, last = self.taken
        return b"".join(line.octets + line.end for line in others) + last.octets

    def is_in_large_cell(self) -> bool:
        """Whether the record is larger than a record may be, rather than a quote before good rows never closed."""
        if not self._is_oversized:
            return False
        separator = self._dialect.delimiter.encode()
        sample = self.taken[1 : 1 + _SAMPLE_LINES]
        row_like = sum(line.octets.count(separator) == self.width - 1 for line in sample)
        return row_like * 2 <= len(sample)

    def passed_over(self) -> Row:
        """The record as too large, after every line up to the one that closes its quotes."""
        first = self.taken[0]
        is_open = sum(map(self._quotes_in, self.taken)) % 2 == 1
        line: Line | None = first
        while is_open and (line := self._next()) is not None:
            is_open ^= self._quotes_in(line) % 2 == 1
        return Row(None, first.octets, line is not None and line.is_complete, Unreadable.TOO_LARGE)

    def first_as_bad(self) -> Row:
        """The first line alone as a bad row; the others are read again."""
        first, *others = self.taken
        self._reread_bytes += sum(len(line.octets) for line in others)
        self._returned.extend(reversed(others))
        return Row(None, first.octets, first.is_complete, Unreadable.INVALID_ROW)

    def _next(self) -> Line | None:
        return self._returned.pop() if self._returned else next(self._lines, None)

    def _quotes_in(self, line: Line) -> int:
        escaped = line.octets.count(b'\\"') if self._dialect.escapes_quotes else 0
        return line.octets.count(b'"') - escaped


def _entries(stream: ByteStream) -> Iterator[Entry]:
    for record in records_of(stream):
        raw = record.octets
        if record.cells is None:
            yield unreadable(record.problem, raw), raw
        else:
            yield from_value(record.cells, ambiguous=record.ambiguous, raw=raw), raw


def _own_batches(stream: ByteStream, names: list[str]) -> Iterator[Batch]:
    """The rows of a frame of ``read_ipns`` that was saved; each keeps its own source and record."""
    dialect = Dialect(dialect_of(without_blank_start(stream.head(_HEAD_BYTES))).delimiter, escapes_quotes=False)
    rows = csv_rows(map(_shielded, dropwhile(_is_blank, lines_of(stream.blocks()))), dialect)
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
