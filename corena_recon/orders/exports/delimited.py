"""CSV and its kin, by the fast reader where it provably agrees with the exact one, else by the exact one."""

from __future__ import annotations

import csv
import io
import re
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv

from corena_recon.errors import OptionError, SourceError
from corena_recon.orders.exports.export import BOM, Export, clean_names, export_of_columns
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
_SEPARATOR_LINE = re.compile(r"\ufeff?sep=(.)\r?\n", re.IGNORECASE)
_BOM_OCTETS: Final = BOM.encode()
_QUOTE, _LF, _CR = 0x22, 0x0A, 0x0D


class Decoded(NamedTuple):
    """A text file as UTF-8 without byte order mark, and the encoding it had."""

    octets: bytes
    encoding: str


class Row(NamedTuple):
    """One record of the exact reader; ``is_whole`` is False when a quote was never closed."""

    cells: list[str]
    is_whole: bool


def read_delimited(source: str, octets: bytes, *, delimiter: str | None = None, encoding: str | None = None) -> Export:
    """A delimited file as strings, one row a record after the header.

    Args:
        source: Its name, for messages.
        octets: Its bytes, decompressed.
        delimiter: One character; detected on the header and the first rows when None.
        encoding: A Python codec; detected when None (UTF-8, UTF-16 with byte order mark, else Windows-1252).

    Raises:
        SourceError: The file is empty.
        OptionError: The delimiter is not one character, or the encoding is unknown.
    """
    decoded = decode(octets, encoding)
    layout = _layout(source, decoded, delimiter)
    columns = fast_columns(decoded.octets, layout.begin, len(layout.header), layout.delimiter)
    if columns is not None:
        return export_of_columns(source, "csv", layout.header, columns, notes=layout.notes())
    rows = exact_rows(decoded.octets[layout.begin :].decode("utf-8"), layout.delimiter)
    return replace(_export_of_rows(source, layout.header, rows, layout.delimiter), notes=layout.notes())


class Irregular(Exception):  # noqa: N818 - nothing is wrong with the file
    """A file that the fast reader might read differently from the exact one."""


def read_parts(source: str, blocks: Iterator[bytes], *, delimiter: str | None = None) -> Iterator[Export]:
    """The same as ``read_delimited`` of a file in UTF-8, as several exports whose records are numbered through.

    Args:
        source: As for ``read_delimited``.
        blocks: The file's bytes.
        delimiter: As for ``read_delimited``.

    Raises:
        Irregular: The exact reader is needed.
        SourceError: As for ``read_delimited``.
        OptionError: As for ``read_delimited``.
    """
    layout: _Layout | None = None
    record = 0
    for lines in _whole_records(blocks):
        begin = 0
        octets = lines.removeprefix(_BOM_OCTETS) if layout is None else lines
        if _as_utf8(octets) is None:
            raise Irregular
        if layout is None:
            encoding = "utf-8" if octets is lines else "utf-8-sig"
            layout = _layout(source, Decoded(octets, encoding), delimiter)
            begin = layout.begin
        columns = fast_columns(octets, begin, len(layout.header), layout.delimiter)
        if columns is None:
            raise Irregular
        part = export_of_columns(source, "csv", layout.header, columns, notes=layout.notes())
        yield replace(part, record=pa.array(np.arange(record + 1, record + 1 + part.row_count)))
        record += part.row_count


def _whole_records(blocks: Iterator[bytes]) -> Iterator[bytes]:
    """The bytes cut where a record ends, as long as quotes stand where they should."""
    rest = b""
    for block in blocks:
        octets = rest + block
        end = _last_record_end(octets)
        if end:
            yield octets[:end]
        rest = octets[end:]
        if len(rest) > _BLOCK_BYTES:
            raise Irregular
    if rest:
        yield rest


def _last_record_end(octets: bytes) -> int:
    if b'"' not in octets:
        return octets.rfind(b"\n") + 1
    values = np.frombuffer(octets, np.uint8)
    ends = np.flatnonzero(values == _LF)
    quotes_before = np.searchsorted(np.flatnonzero(values == _QUOTE), ends)
    outside = ends[quotes_before % 2 == 0]
    return int(outside[-1]) + 1 if len(outside) else 0


class _Layout(NamedTuple):
    """The header of a file, and where its rows begin."""

    header: list[str]
    begin: int
    delimiter: str
    encoding: str

    def notes(self) -> dict[str, str | int]:
        return {"delimiter": self.delimiter, "encoding": self.encoding}


def _layout(source: str, decoded: Decoded, delimiter: str | None) -> _Layout:
    if delimiter is not None and (len(delimiter) != 1 or delimiter in '"\r\n' or not delimiter.isascii()):
        raise OptionError("delimiter= must be one ASCII character other than a quote or a line end")
    sample = _sample(decoded.octets)
    separator_line = _SEPARATOR_LINE.match(sample)
    begin = len(separator_line[0].encode()) if separator_line else 0
    if separator_line:
        sample = sample[separator_line.end() :]
        delimiter = delimiter or separator_line[1]
    delimiter = delimiter or _detect_delimiter(sample)
    header, header_octets = _header(source, decoded.octets[begin:] if begin else decoded.octets, delimiter)
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
        return Decoded(_as_utf8(octets[3:]) or text_of(octets[3:]).encode(), "utf-8-sig")
    as_utf8 = _as_utf8(octets)
    if as_utf8 is not None:
        return Decoded(as_utf8, "utf-8")
    text = text_of(octets)
    foreign = sum("\uef80" <= character <= "\uefff" for character in text)
    if foreign * 2 < sum(not character.isascii() for character in text):
        return Decoded(text.encode(), "utf-8")
    return Decoded(_from_windows_1252(octets).encode(), "cp1252")


def fast_columns(octets: bytes, start: int, width: int, delimiter: str) -> list[pa.Array] | None:
    """The columns after the header by the fast reader, None where it might differ from the exact one.

    Both agree on a rectangular file whose quotes stand only where RFC 4180 puts them and whose carriage
    returns all precede a line feed.
    """
    body = memoryview(octets)[start:]
    if not len(body):
        return [pa.array([], pa.string())] * width
    if width < 2 or bytes(body[:3]) == _BOM_OCTETS:
        return None
    if b"\r" in octets and octets.count(b"\r") != octets.count(b"\r\n"):
        return None
    has_quotes = b'"' in octets
    if has_quotes and not _quotes_are_regular(np.frombuffer(body, np.uint8), ord(delimiter)):
        return None
    names = [str(place) for place in range(width)]
    try:
        table = pacsv.read_csv(
            pa.py_buffer(body),
            read_options=pacsv.ReadOptions(column_names=names, block_size=_BLOCK_BYTES),
            parse_options=pacsv.ParseOptions(delimiter=delimiter, newlines_in_values=has_quotes),
            convert_options=pacsv.ConvertOptions(column_types=dict.fromkeys(names, pa.string())),
        )
        return [column.combine_chunks() for column in table.columns]
    except pa.ArrowInvalid:
        return None


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


def _as_utf8(octets: bytes) -> bytes | None:
    if octets.isascii():
        return octets
    try:
        octets.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return octets


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


def _detect_delimiter(sample: str) -> str:
    def score(delimiter: str) -> tuple[float, int]:
        rows = [row.cells for row in exact_rows(_first_lines(sample), delimiter)][:_SAMPLE_ROWS]
        if not rows or len(rows[0]) < 2:
            return 0.0, 0
        return sum(len(row) == len(rows[0]) for row in rows) / len(rows), len(rows[0])

    return max(DELIMITERS, key=score)


def _first_lines(sample: str) -> str:
    return "".join(io.StringIO(sample, newline="").readlines()[: 4 * _SAMPLE_ROWS])


def _header(source: str, octets: bytes, delimiter: str) -> tuple[list[str], int]:
    lines = _numbered_lines(octets)
    consumed = 0

    def feed() -> Iterator[str]:
        nonlocal consumed
        for line in lines:
            consumed += len(line)
            yield line.decode("utf-8")

    with _cells_of_any_size():
        for cells in csv.reader(feed(), delimiter=delimiter):
            if any(cell.strip(f" \t\r\n{BOM}") for cell in cells):
                return cells, consumed
    raise SourceError(f"{printable(source)} is empty", hint="export the orders again", path=source)


def _numbered_lines(octets: bytes) -> Iterator[bytes]:
    for line in io.BytesIO(octets):
        yield from re.findall(rb"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+", line)


def _quotes_are_regular(octets: np.ndarray, delimiter: int) -> bool:
    quotes = np.flatnonzero(octets == _QUOTE)
    if len(quotes) % 2:
        return False
    opening, closing = quotes[0::2], quotes[1::2]
    is_edge: np.ndarray = np.zeros(256, bool)
    is_edge[[delimiter, _LF, _CR, _QUOTE]] = True
    before = octets[opening[opening > 0] - 1]
    after = octets[closing[closing < len(octets) - 1] + 1]
    return bool(is_edge[before].all() and is_edge[after].all())


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


def _export_of_rows(source: str, header: list[str], rows: list[Row], delimiter: str) -> Export:
    width = len(header)
    fitted = [_fit(row.cells, width, delimiter) for row in rows]
    columns = [pa.array(cells, pa.string()) for cells in zip(*fitted, strict=True)] if fitted else []
    reasons = [
        None if row.is_whole and _has_width(row.cells, width) else OrderUnreadable.INVALID_ROW.value for row in rows
    ]
    return Export(
        source=source,
        form="csv",
        names=clean_names(header),
        columns=columns or [pa.array([], pa.string())] * width,
        record=pa.array(range(1, len(rows) + 1), pa.int64()),
        unreadable=pa.array(reasons, pa.string()),
    )


def _has_width(cells: list[str], width: int) -> bool:
    return len(cells) == width or (len(cells) > width and not any(cells[width:]))


def _fit(cells: list[str], width: int, delimiter: str) -> list[str | None]:
    if len(cells) <= width:
        return [*cells, *([None] * (width - len(cells)))]
    surplus = cells[width - 1 :]
    return [*cells[: width - 1], delimiter.join(surplus) if any(surplus[1:]) else surplus[0]]
