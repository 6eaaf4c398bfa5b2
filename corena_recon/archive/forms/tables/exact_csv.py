"""CSV records as Python's strict reader reads them, with the way back where one is none."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from corena_recon.archive.lines.line_runs import Line, Run, line_of
from corena_recon.text import text_of
from corena_recon.vocabulary import RECORD_MAX_BYTES, Unreadable

_REREAD_MAX_BYTES: Final = 32 * RECORD_MAX_BYTES
"""How much is read again, in all, after quotes that are never closed; then a record is a line."""
_LINES_MAX: Final = 100_000
"""A record of more lines is too large, too: each is kept until the record ends."""
_SAMPLE_LINES: Final = 100
_FIELD_LIMIT: Final = 2**31 - 1


class Dialect(NamedTuple):
    r"""How a CSV file is written.

    Attributes:
        delimiter: What stands between cells.
        escapes_quotes: Whether a quote in a cell is written ``\"`` instead of doubled.
    """

    delimiter: str
    escapes_quotes: bool


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


class RunLines:
    """The lines of runs one by one; of those at hand, others may read as many as they like in their own way.

    Args:
        runs: As ``runs_of`` gives them.
    """

    def __init__(self, runs: Iterator[Run | Line]) -> None:
        self._runs = runs
        self._single: Line | None = None
        self._octets = b""
        self._position = self._end = 0

    def __iter__(self) -> Iterator[Line]:
        return self

    def __next__(self) -> Line:
        self._load()
        if self._single is not None:
            line, self._single = self._single, None
            return line
        if self._position == self._end:
            raise StopIteration
        begin, self._position = self._position, self._octets.index(b"\n", self._position) + 1
        return line_of(self._octets[begin : self._position - 1])

    def at_hand(self) -> Run | None:
        """The complete lines that come next and lie together; None where one by itself, or none, comes next."""
        self._load()
        is_there = self._single is None and self._position < self._end
        return Run(self._octets, self._position, self._end) if is_there else None

    def go_on_at(self, position: int) -> None:
        """Leaves out the lines at hand before this position, where one begins or the last ends."""
        self._position = position

    def _load(self) -> None:
        if self._single is not None or self._position < self._end:
            return
        run = next(self._runs, None)
        if isinstance(run, Run):
            self._single, self._octets, self._position, self._end = run.before, run.octets, run.begin, run.end
        else:
            self._single = run


class ExactRows:
    """Every row, also where a quote is never closed: such a line is one bad row, and reading goes on after it.

    Args:
        lines: Physical lines; none is taken before it is needed.
        dialect: How they are written.
    """

    def __init__(self, lines: Iterator[Line], dialect: Dialect) -> None:
        self._lines = lines
        self._dialect = dialect
        self._returned: list[Line] = []
        self._reread_bytes = 0
        self._is_oversized = False
        self._taken: list[Line] = []
        self._width = 0

    def __iter__(self) -> Iterator[Row]:
        return self

    def __next__(self) -> Row:
        while (line := self._next_line()) is not None:
            if line.is_too_long:
                return Row(None, line.octets, line.is_complete, Unreadable.TOO_LARGE)
            if not line.octets:
                continue
            self._returned.append(line)
            row = self._next_row()
            if row is not None:
                return row
        raise StopIteration

    @property
    def leaves_off(self) -> bool:
        """Whether the lines go on where the last row ended, and records of several lines are still read."""
        return not self._returned and self._width > 0 and self._reread_bytes < _REREAD_MAX_BYTES

    def _next_row(self) -> Row | None:
        """The row that begins in the next line; None where that is blank."""
        reader = csv.reader(
            _without_nulls(self._one_record(), self._dialect),
            delimiter=self._dialect.delimiter,
            escapechar="\\" if self._dialect.escapes_quotes else None,
            strict=True,
        )
        try:
            cells = _next_cells(reader)
        except csv.Error:
            return self._passed_over() if self._is_in_large_cell() else self._first_as_bad()
        if not cells:
            return None
        self._width = self._width or len(cells)
        return Row(cells, self._octets(), self._taken[-1].is_complete)

    def _one_record(self) -> Iterator[str]:
        self._taken = []
        self._is_oversized = False
        spans_lines = self._reread_bytes < _REREAD_MAX_BYTES
        size = 0
        while (spans_lines or not self._taken) and (line := self._next_line()) is not None:
            size += len(line.octets) + len(line.end)
            if self._taken and (line.is_too_long or size > RECORD_MAX_BYTES or len(self._taken) == _LINES_MAX):
                self._returned.append(line)
                self._is_oversized = True
                return
            self._taken.append(line)
            yield text_of(line.octets + line.end)

    def _octets(self) -> bytes:
        """The bytes of the record, without its own line end."""
        *others, last = self._taken
        return b"".join(line.octets + line.end for line in others) + last.octets

    def _is_in_large_cell(self) -> bool:
        """Whether the record is larger than a record may be, rather than a quote before good rows never closed."""
        if not self._is_oversized:
            return False
        separator = self._dialect.delimiter.encode()
        sample = self._taken[1 : 1 + _SAMPLE_LINES]
        row_like = sum(line.octets.count(separator) == self._width - 1 for line in sample)
        return row_like * 2 <= len(sample)

    def _passed_over(self) -> Row:
        """The record as too large, after every line up to the one that closes its quotes."""
        first = self._taken[0]
        is_open = sum(map(self._quotes_in, self._taken)) % 2 == 1
        line: Line | None = first
        while is_open and (line := self._next_line()) is not None:
            is_open ^= self._quotes_in(line) % 2 == 1
        return Row(None, first.octets, line is not None and line.is_complete, Unreadable.TOO_LARGE)

    def _first_as_bad(self) -> Row:
        """The first line alone as a bad row; the others are read again."""
        first, *others = self._taken
        self._reread_bytes += sum(len(line.octets) for line in others)
        self._returned.extend(reversed(others))
        return Row(None, first.octets, first.is_complete, Unreadable.INVALID_ROW)

    def _next_line(self) -> Line | None:
        return self._returned.pop() if self._returned else next(self._lines, None)

    def _quotes_in(self, line: Line) -> int:
        escaped = line.octets.count(b'\\"') if self._dialect.escapes_quotes else 0
        return line.octets.count(b'"') - escaped


def _next_cells(reader: Iterator[list[str]]) -> list[str] | None:
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
