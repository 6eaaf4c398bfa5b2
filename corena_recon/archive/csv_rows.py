"""Rows of a CSV file: flat columns, or a cell that holds a body or a JSON object."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final, NamedTuple

from corena_recon.archive.batches import Batch, Entry, Room, batches_of
from corena_recon.archive.envelopes import BODY_CELLS, from_value
from corena_recon.archive.lines import BYTE_ORDER_MARK, Line, lines_of
from corena_recon.archive.posting import IPN_FIELDS, unreadable
from corena_recon.text import text_of
from corena_recon.vocabulary import RECORD_MAX_BYTES, Unreadable

if TYPE_CHECKING:
    from corena_recon.archive.containers import ByteStream

_DELIMITERS: Final = (",", ";", "\t", "|")
_NULLS: Final = frozenset({"", "NULL", "\\N"})
# In a cell that doubles its quotes, a backslash of the JSON within stands before two of them.
_BACKSLASH_QUOTES: Final = re.compile(rb'"(?:\\")?[\[{](?:\\[nrt]|\s){0,40}\\+"[^"]')
_KNOWN_NAMES: Final = re.compile(r"data(\[|\.)|" + "|".join(f"(?:{name})$" for name in (*IPN_FIELDS, *BODY_CELLS)))
_HEAD_BYTES: Final = 65_536
_RETRY_LIMIT: Final = 100
_FIELD_LIMIT: Final = 2**31 - 1


class Dialect(NamedTuple):
    r"""How a CSV file is written.

    Attributes:
        delimiter: What stands between cells.
        escapes_quotes: Whether a quote in a cell is written ``\\"`` instead of doubled.
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


def records_of(stream: ByteStream) -> Iterator[tuple[dict[str, str] | Unreadable, bytes]]:
    """Every row after the header as its cells by column name, empty and NULL ones left out, with its bytes.

    A row that cannot be read has its problem in place of the cells. A last row without a line end marks the stream as
    truncated: nothing can tell whether its last cell is whole.
    """
    head = stream.head(_HEAD_BYTES).removeprefix(BYTE_ORDER_MARK)
    rows = csv_rows(lines_of(stream.blocks()), dialect_of(head))
    header = next(rows, None)
    if header is None or header.cells is None:
        return
    names = [name.strip().strip("\ufeff") for name in header.cells]
    for row in rows:
        stream.truncated |= not row.is_complete
        if row.problem is not None:
            yield row.problem, row.octets
        elif row.cells is None or len(row.cells) != len(names):
            yield (Unreadable.INVALID_ROW if row.is_complete else Unreadable.TRUNCATED), row.octets
        else:
            yield _record(names, row.cells), row.octets


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
    feed = _Feed(lines)
    retries = 0
    while not feed.is_done():
        if feed.skipped is not None:
            yield Row(None, feed.skipped.octets, feed.skipped.is_complete, Unreadable.TOO_LARGE)
            feed.skipped = None
            continue
        reader = csv.reader(
            _without_nulls(feed.one_record(spans_lines=retries < _RETRY_LIMIT), dialect),
            delimiter=dialect.delimiter,
            escapechar="\\" if dialect.escapes_quotes else None,
            strict=True,
        )
        try:
            cells = _next_row(reader)
        except csv.Error:
            retries += len(feed.taken) > 1
            bad = feed.give_back_all_but_first()
            yield Row(None, bad.octets, bad.is_complete, Unreadable.INVALID_ROW)
            continue
        if cells:
            yield Row(cells, b"\n".join(line.octets for line in feed.taken), feed.taken[-1].is_complete)


def _next_row(reader: Iterator[list[str]]) -> list[str] | None:
    earlier_limit = csv.field_size_limit(_FIELD_LIMIT)
    try:
        return next(reader, None)
    finally:
        csv.field_size_limit(earlier_limit)


def _without_nulls(texts: Iterator[str], dialect: Dialect) -> Iterator[str]:
    r"""A dump's ``\\N`` cells emptied, where the reader would take the backslash for an escape."""
    if not dialect.escapes_quotes:
        return texts
    null = re.compile(rf"(?:(?<=^)|(?<={re.escape(dialect.delimiter)}))\\N(?={re.escape(dialect.delimiter)}|\r?\n)")
    return (null.sub("", text) for text in texts)


class _Feed:
    """Physical lines for a CSV reader, one record at a time, with the way back after a failure."""

    def __init__(self, lines: Iterator[Line]) -> None:
        self._lines = lines
        self._returned: list[Line] = []
        self.taken: list[Line] = []
        self.skipped: Line | None = None

    def is_done(self) -> bool:
        if self.skipped is not None:
            return False
        line = self._next()
        if line is None:
            return True
        if line.is_too_long:
            self.skipped = line
        else:
            self._returned.append(line)
        return False

    def _next(self) -> Line | None:
        return self._returned.pop() if self._returned else next(self._lines, None)

    def one_record(self, *, spans_lines: bool) -> Iterator[str]:
        self.taken = []
        size = 0
        while (spans_lines or not self.taken) and (line := self._next()) is not None:
            size += len(line.octets)
            if line.is_too_long or size > RECORD_MAX_BYTES:
                self._returned.append(line)
                return
            self.taken.append(line)
            yield text_of(line.octets) + "\n"

    def give_back_all_but_first(self) -> Line:
        self._returned.extend(reversed(self.taken[1:]))
        return self.taken[0]


def _entries(stream: ByteStream) -> Iterator[Entry]:
    for record, raw in records_of(stream):
        row = unreadable(record, raw) if isinstance(record, Unreadable) else from_value(record, raw=raw)
        yield row, raw


def _record(names: list[str], cells: list[str]) -> dict[str, str]:
    return {name: cell for name, cell in zip(names, cells, strict=True) if cell not in _NULLS}
