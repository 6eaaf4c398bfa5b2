"""CSV and its kin as Python's csv module reads them: by the compiled core, or by that module where there is none."""

from __future__ import annotations

import csv
import io
import re
from contextlib import contextmanager
from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from corena_recon.errors import OptionError, SourceError
from corena_recon.native import CsvColumns, csv_columns
from corena_recon.orders.exports.export import BOM, NO_HINTS, Export, Hints, export_of_columns
from corena_recon.tables.columns import Flags, flags
from corena_recon.text import printable, text_of
from corena_recon.vocabulary import OrderUnreadable

if TYPE_CHECKING:
    from collections.abc import Iterator

DELIMITERS: Final = (",", ";", "\t", "|")

_SAMPLE_BYTES: Final = 256 * 1024
_SAMPLE_ROWS: Final = 50
_BLOCK_BYTES: Final = 8 * 1024 * 1024
_FIELD_LIMIT: Final = 2**31 - 1
_MOST_RESTARTS: Final = 100
_SEPARATOR_LINE = re.compile(r"\ufeff?sep=([^\"\r\n])\r?\n", re.IGNORECASE)
_BOM_OCTETS: Final = BOM.encode()


class Decoded(NamedTuple):
    """A text file as UTF-8 without byte order mark, and the encoding it had."""

    octets: bytes
    encoding: str


class Row(NamedTuple):
    """One record of the exact reader; ``is_whole`` is False when a quote was never closed."""

    cells: list[str]
    is_whole: bool


def read_delimited(source: str, octets: bytes, hints: Hints = NO_HINTS) -> Export:
    """A delimited file as strings, one row a record after the header.

    Args:
        source: Its name, for messages.
        octets: Its bytes, decompressed.
        hints: A delimiter is one character, detected on the header and the first rows when None; an encoding is a
            Python codec, detected when None (UTF-8, UTF-16 with byte order mark, else Windows-1252).

    Raises:
        SourceError: The file is empty.
        OptionError: The delimiter is not one character, or the encoding is unknown.
    """
    decoded = decode(octets, hints.encoding)
    decoded = decoded._replace(octets=_without_wrapping(decoded.octets, hints))
    layout = _layout(source, decoded, hints)
    found = layout.columns(decoded.octets, layout.begin, is_last=True)
    if found is None:
        text = decoded.octets[layout.begin :].decode("utf-8")
        return _export(source, layout, *_by_column(exact_rows(text, layout.delimiter), layout), is_last=True)
    return _export(source, layout, found.columns, found.is_odd, is_last=True)


class NotInParts(Exception):  # noqa: N818 - nothing is wrong with the file
    """A file that can only be read as a whole."""


def read_parts(source: str, blocks: Iterator[bytes], hints: Hints = NO_HINTS) -> Iterator[Export]:
    """The same as ``read_delimited`` of a file in UTF-8, as several exports whose records are numbered through.

    Args:
        source: As for ``read_delimited``.
        blocks: The file's bytes.
        hints: As for ``read_delimited``, but the encoding.

    Raises:
        NotInParts: It is not in UTF-8, or a row, perhaps one whose quote is never closed, is larger than a block.
        SourceError: As for ``read_delimited``.
        OptionError: As for ``read_delimited``.
    """
    layout: _Layout | None = None
    rest, row_count = b"", 0
    for block in chain(blocks, [b""]):
        octets, begin = rest + block, 0
        if layout is None:
            encoding = "utf-8-sig" if octets.startswith(_BOM_OCTETS) else "utf-8"
            octets = octets.removeprefix(_BOM_OCTETS)
            try:
                layout = _layout(source, Decoded(octets, encoding), hints)
            except UnicodeDecodeError:
                raise NotInParts from None
            begin = layout.begin
            if begin == len(octets) or _is_wrapped(_sample(octets), hints):
                raise NotInParts
        found = layout.columns(octets, begin, is_last=not block)
        if found is None or len(octets) - found.end > _BLOCK_BYTES or not _is_utf8(octets, found.end):
            raise NotInParts
        rest = octets[found.end :]
        if len(found.is_odd) or not (block or row_count):
            yield _export(source, layout, found.columns, found.is_odd, is_last=not block, rows_before=row_count)
        row_count += len(found.is_odd)


class _Layout(NamedTuple):
    """The header of a file, and where its rows begin."""

    header: list[str]
    begin: int
    delimiter: str
    encoding: str

    def notes(self) -> dict[str, str | int]:
        return {"delimiter": self.delimiter, "encoding": self.encoding}

    def columns(self, octets: bytes, begin: int, *, is_last: bool) -> CsvColumns | None:
        """The rows from there on, read by the compiled core; None where only the exact reader can."""
        width = len(self.header)
        return csv_columns(octets, begin, width, self.delimiter, is_last=is_last, restarts=_MOST_RESTARTS)


def _layout(source: str, decoded: Decoded, hints: Hints) -> _Layout:
    delimiter = hints.delimiter
    if delimiter is not None and (len(delimiter) != 1 or delimiter in '"\r\n' or not delimiter.isascii()):
        raise OptionError("delimiter= must be one ASCII character other than a quote or a line end")
    sample = _sample(decoded.octets)
    separator_line = _SEPARATOR_LINE.match(sample)
    begin = len(separator_line[0].encode()) if separator_line else 0
    if separator_line:
        sample = sample[separator_line.end() :]
        delimiter = delimiter or separator_line[1]
    delimiter = delimiter or _detect_delimiter(source, sample, hints)
    octets = decoded.octets[begin:] if begin else decoded.octets
    header, header_octets = _header(source, octets, delimiter, hints)
    return _Layout(header, begin + header_octets, delimiter, decoded.encoding)


def decode(octets: bytes, encoding: str | None = None) -> Decoded:
    """Text as UTF-8: by its byte order mark, else UTF-8 where it is that, else Windows-1252.

    A file that is mostly UTF-8 with a few foreign bytes stays UTF-8; those bytes become octet characters
    (``text.py``).
    """
    if encoding is not None:
        try:
            return Decoded(octets.decode(encoding).removeprefix(BOM).encode(), encoding)
        except (LookupError, ValueError):
            raise OptionError("encoding is none that reads this file", hint="leave it out") from None
    if octets.startswith((b"\xff\xfe", b"\xfe\xff")):
        return Decoded(octets.decode("utf-16", "replace").encode("utf-8", "replace"), "utf-16")
    if octets.startswith(_BOM_OCTETS):
        octets = octets[3:]
        return Decoded(octets if _is_utf8(octets, len(octets)) else text_of(octets).encode(), "utf-8-sig")
    if _is_utf8(octets, len(octets)):
        return Decoded(octets, "utf-8")
    text = text_of(octets)
    foreign = sum("\uef80" <= character <= "\uefff" for character in text)
    if foreign * 2 < sum(not character.isascii() for character in text):
        return Decoded(text.encode(), "utf-8")
    return Decoded(_from_windows_1252(octets).encode(), "cp1252")


def exact_rows(text: str, delimiter: str) -> list[Row]:
    """Every record as Python's csv module reads it, blank lines apart.

    Where a quote is never closed, its line alone is not whole, and reading goes on at the next line.
    """
    lines = io.StringIO(text, newline="").readlines()
    rows: list[Row] = []
    position = 0
    with _cells_of_any_size():
        for restarts in range(_MOST_RESTARTS + 1):
            position = _read_rows(lines, position, delimiter, rows, may_restart=restarts < _MOST_RESTARTS)
            if position >= len(lines):
                break
    return rows


@contextmanager
def _cells_of_any_size() -> Iterator[None]:
    earlier_limit = csv.field_size_limit(_FIELD_LIMIT)
    try:
        yield
    finally:
        csv.field_size_limit(earlier_limit)


def _is_utf8(octets: bytes, end: int) -> bool:
    # Arrow sees it in a sixth of the time that decoding takes.
    offsets = pa.py_buffer(np.array([0, end]))
    try:
        pa.LargeStringArray.from_buffers(1, offsets, pa.py_buffer(octets)).validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


def _from_windows_1252(octets: bytes) -> str:
    try:
        return octets.decode("cp1252")
    except UnicodeDecodeError:
        undefined = bytes((0x81, 0x8D, 0x8F, 0x90, 0x9D))
        return "".join(chr(octet) if octet in undefined else bytes((octet,)).decode("cp1252") for octet in octets)


def _sample(octets: bytes) -> str:
    sample = octets[:_SAMPLE_BYTES].decode("utf-8", "ignore")
    if len(octets) <= _SAMPLE_BYTES:
        return sample
    return sample[: max(sample.rfind("\n"), sample.rfind("\r")) + 1] or sample


def _without_wrapping(octets: bytes, hints: Hints) -> bytes:
    """The lines that a spreadsheet took for cells of one column each, and quoted once more, as they were."""
    delimiter = _is_wrapped(_sample(octets), hints)
    if delimiter is None:
        return octets
    rows = exact_rows(octets.decode("utf-8"), delimiter)
    return "".join(f"{row.cells[0]}\n" for row in rows).encode()


def _is_wrapped(sample: str, hints: Hints) -> str | None:
    """What stands after lines that were quoted as a whole; None where they were not."""
    if hints.is_header is None or hints.delimiter is not None or '"' not in sample:
        return None
    lines = [line for line in _first_lines(sample).splitlines() if line.strip()][:_SAMPLE_ROWS]
    with _cells_of_any_size():
        for delimiter in DELIMITERS:
            rows = [next(csv.reader([line], delimiter=delimiter)) for line in lines]
            are_cells = [_is_quoted_as_a_whole(line, row, delimiter) for line, row in zip(lines, rows, strict=True)]
            if not any(are_cells[1:]) or None in are_cells:
                continue
            if any(hints.is_named_by(next(csv.reader([rows[0][0]], delimiter=own))) for own in DELIMITERS):
                return delimiter
    return None


def _is_quoted_as_a_whole(line: str, cells: list[str], delimiter: str) -> bool | None:
    """Whether a line is one cell in quotes; None where it is not one cell as a spreadsheet writes it."""
    if any(cells[1:]):
        return None
    written = line.rstrip(delimiter)
    if written == '"' + cells[0].replace('"', '""') + '"':
        return True
    return False if written == cells[0].rstrip(delimiter) and '"' not in written else None


def _detect_delimiter(source: str, sample: str, hints: Hints) -> str:
    def score(delimiter: str) -> tuple[bool, float, int]:
        rows = [row.cells for row in exact_rows(_first_lines(sample), delimiter)][:_SAMPLE_ROWS]
        place = hints._replace(header_row=None).header_place(source, rows) or 0
        rows = rows[place:]
        if not rows or len(rows[0]) < 2:
            return False, 0.0, 0
        return hints.is_named_by(rows[0]), sum(len(row) == len(rows[0]) for row in rows) / len(rows), len(rows[0])

    return max(DELIMITERS, key=score)


def _first_lines(sample: str) -> str:
    return "".join(io.StringIO(sample, newline="").readlines()[: 4 * _SAMPLE_ROWS])


def _header(source: str, octets: bytes, delimiter: str, hints: Hints) -> tuple[list[str], int]:
    """The names of the columns, and how many bytes there are up to the end of their row."""
    lines = _numbered_lines(octets)
    consumed = 0

    def feed() -> Iterator[str]:
        nonlocal consumed
        for line in lines:
            consumed += len(line)
            yield line.decode("utf-8")

    rows: list[list[str]] = []
    ends: list[int] = []
    with _cells_of_any_size():
        for cells in csv.reader(feed(), delimiter=delimiter):
            rows.append(cells)
            ends.append(consumed)
            if hints.header_row is None and hints.is_named_by(cells):
                return cells, consumed
            if len(rows) >= (hints.header_row or _SAMPLE_ROWS) and any(map(any, rows)):
                break
    place = hints.header_place(source, rows)
    if place is None:
        raise SourceError(f"{printable(source)} is empty", hint="export the orders again", path=source)
    return rows[place], ends[place]


def _numbered_lines(octets: bytes) -> Iterator[bytes]:
    for line in io.BytesIO(octets):
        yield from re.findall(rb"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+", line)


def _read_rows(lines: list[str], start: int, delimiter: str, rows: list[Row], *, may_restart: bool) -> int:
    reader = csv.reader(iter(lines[start:]), delimiter=delimiter)
    read_before = 0
    for cells in reader:
        first, last = start + read_before, start + reader.line_num
        read_before = reader.line_num
        if last == len(lines) and _is_left_open(lines[first:], len(cells), delimiter):
            if may_restart and last - first > 1:
                rows.append(Row(next(csv.reader([lines[first]], delimiter=delimiter)), is_whole=False))
                return first + 1
            rows.append(Row(cells, is_whole=False))
        elif cells and (len(cells) > 1 or cells[0].strip()):
            rows.append(Row(cells, is_whole=True))
    return len(lines)


def _is_left_open(lines: list[str], width: int, delimiter: str) -> bool:
    probe = "".join(lines).rstrip("\r\n") + delimiter + "x"
    return len(next(csv.reader(io.StringIO(probe, newline=""), delimiter=delimiter), [])) == width


def _by_column(rows: list[Row], layout: _Layout) -> tuple[list[pa.Array], Flags]:
    """What ``_Layout.columns`` finds."""
    width = len(layout.header)
    fitted = [_fit(row.cells, width, layout.delimiter) for row in rows]
    cells_by_column = zip(*fitted, strict=True) if rows else [()] * width
    is_odd = [not (row.is_whole and _has_width(row.cells, width)) for row in rows]
    return [pa.array(cells, pa.string()) for cells in cells_by_column], np.array(is_odd, np.bool_)


def _export(
    source: str, layout: _Layout, columns: list[pa.Array], is_odd: Flags, *, is_last: bool, rows_before: int = 0
) -> Export:
    export = export_of_columns(source, "csv", layout.header, columns, notes=layout.notes())
    if rows_before:
        export = replace(export, record=pa.array(np.arange(rows_before + 1, rows_before + 1 + len(is_odd))))
    if is_odd.any():
        reason = pa.scalar(OrderUnreadable.INVALID_ROW.value)
        unreadable = pc.if_else(pa.array(is_odd), reason, pa.scalar(None, pa.string()))
        export = replace(export, unreadable=unreadable, is_short=_short(columns, is_odd, is_last=is_last))
    return export


def _short(columns: list[pa.Array], is_odd: Flags, *, is_last: bool) -> pa.Array:
    """Where odd rows lack cells at their end and nothing else.

    The last row of a file may have been cut off, and a cell over several lines may be a quote that is never closed.
    """
    is_short = is_odd & flags(columns[-1].is_null())
    if is_last and len(is_short):
        is_short[-1] = False
    for column in columns if is_short.any() else ():
        is_short &= ~flags(pc.match_substring_regex(column, r"[\r\n]"))
    return pa.array(is_short)


def _has_width(cells: list[str], width: int) -> bool:
    return len(cells) == width or (len(cells) > width and not any(cells[width:]))


def _fit(cells: list[str], width: int, delimiter: str) -> list[str | None]:
    if len(cells) <= width:
        return [*cells, *([None] * (width - len(cells)))]
    surplus = cells[width - 1 :]
    return [*cells[: width - 1], delimiter.join(surplus) if any(surplus[1:]) else surplus[0]]
