"""Rows of a CSV file: flat columns, or a cell that holds a body or a JSON object."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from itertools import dropwhile, islice
from typing import TYPE_CHECKING, Final, NamedTuple

import pyarrow as pa

from corena_recon.archive.forms.exact_csv import Dialect, ExactRows, Row, RunLines
from corena_recon.archive.forms.own_frames import is_own, taken_over
from corena_recon.archive.lines.line_runs import runs_of
from corena_recon.archive.lines.lines import Line, lines_of, without_blank_start
from corena_recon.archive.records.batches import BATCH_ROWS, Batch, Entry, Room, batches_of
from corena_recon.archive.records.envelopes import BODY_CELLS, from_value
from corena_recon.archive.records.posting import IPN_FIELDS, unreadable
from corena_recon.schemas import NOTIFICATION_SCHEMA
from corena_recon.text import octets_of, text_of
from corena_recon.vocabulary import RAW_MAX_BYTES, Unreadable

if TYPE_CHECKING:
    from corena_recon.archive.sources.containers import ByteStream

_DELIMITERS: Final = (",", ";", "\t", "|")
_NULLS: Final = frozenset({"", "NULL", "\\N"})
# In a cell that doubles its quotes, a backslash of the JSON within stands before two of them.
_BACKSLASH_QUOTES: Final = re.compile(rb'"(?:\\")?[\[{](?:\\[nrt]|\s){0,40}\\+"[^"]')
_KNOWN_NAMES: Final = re.compile(r"data(\[|\.)|" + "|".join(f"(?:{name})$" for name in (*IPN_FIELDS, *BODY_CELLS)))
_HEAD_BYTES: Final = 65_536
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
        return batches_of(_entries(stream), keep_raw=keep_raw)


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
    rows = ExactRows(dropwhile(_is_blank, RunLines(runs_of(stream.blocks()))), dialect_of(head))
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
