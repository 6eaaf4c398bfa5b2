"""Rows that are tables already: Parquet files, data frames, Arrow tables, lists of dicts."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from corena_recon.archive.batches import BATCH_ROWS, Batch, Entry, Room, batch_of, batches_of
from corena_recon.archive.envelopes import from_value
from corena_recon.archive.exact_json import NumberToken
from corena_recon.archive.posting import unreadable
from corena_recon.frames import is_missing
from corena_recon.text import text_of
from corena_recon.vocabulary import Unreadable

if TYPE_CHECKING:
    from corena_recon.archive.containers import ByteStream

_MAGIC: Final = b"PAR1"


class ParquetRows(Room):
    """The form ``parquet``."""

    name = "parquet"

    def recognises(self, head: bytes) -> bool:
        """The file type's own mark."""
        return head.startswith(_MAGIC)

    def read(self, stream: ByteStream, *, keep_raw: bool) -> Iterator[Batch]:
        """Every row; where a file is cut off or damaged, what cannot be read is one record."""
        octets = stream.read_all()
        try:
            with pq.ParquetFile(pa.BufferReader(octets)) as file:
                for batch in file.iter_batches(BATCH_ROWS):
                    yield _batch(batch, keep_raw=keep_raw)
        except (pa.ArrowException, OSError, ValueError):
            stream.truncated = True
            yield batch_of([(unreadable(Unreadable.TRUNCATED, octets), octets)], keep_raw=keep_raw)


def batches_of_table(table: pa.Table, *, keep_raw: bool) -> Iterator[Batch]:
    """The rows of an Arrow table."""
    for batch in table.to_batches(BATCH_ROWS):
        yield _batch(batch, keep_raw=keep_raw)


def batches_of_records(records: Iterable[Any], *, keep_raw: bool) -> Iterator[Batch]:
    """Records that are Python dicts already."""
    return batches_of(_entries(records), keep_raw=keep_raw)


def _batch(batch: pa.RecordBatch, *, keep_raw: bool) -> Batch:
    # Text that is not UTF-8 can be read as bytes only.
    columns = [
        column.cast(pa.large_binary())
        if pa.types.is_string(column.type) or pa.types.is_large_string(column.type)
        else column
        for column in batch.columns
    ]
    octets = pa.RecordBatch.from_arrays(columns, names=batch.schema.names)
    return batch_of([*_entries(_records(octets))], keep_raw=keep_raw)


def _records(batch: pa.RecordBatch) -> Iterator[dict[str, Any] | None]:
    """The rows of a batch; None for one with a cell that Python has no value for."""
    try:
        cells = [column.to_pylist() for column in batch.columns]
    except (ValueError, OverflowError):
        if len(batch) == 1:
            yield None
            return
        for row in range(len(batch)):
            yield from _records(batch.slice(row, 1))
        return
    yield from records_of(batch.schema.names, cells)


def records_of(names: Sequence[Any], cells: Sequence[Sequence[Any]]) -> Iterator[dict[Any, Any]]:
    """Rows as dicts, of names and of the cells of each column."""
    kind = dict if len(set(names)) == len(names) else _Repeating
    return (kind(zip(names, row, strict=True)) for row in zip(*cells, strict=True))


class _Repeating(dict[Any, Any]):
    """A row of a table with two columns of one name: the last cell that holds something.

    Attributes:
        is_ambiguous: Whether two of them hold something, and not the same.
    """

    def __init__(self, pairs: Iterable[tuple[Any, Any]]) -> None:
        super().__init__()
        self.is_ambiguous = False
        for name, cell in pairs:
            if _is_missing(cell):
                self.setdefault(name, cell)
                continue
            self.is_ambiguous |= not _is_missing(self.get(name)) and self[name] != cell
            self[name] = cell


def _entries(records: Iterable[Any]) -> Iterator[Entry]:
    for record in records:
        try:
            value = _exact(record)
            row = from_value(value, ambiguous=getattr(record, "is_ambiguous", False))
        except (ArithmeticError, RecursionError, ValueError):
            record = None  # noqa: PLW2901
        if record is None:
            yield unreadable(Unreadable.INVALID_ROW, b""), b""
            continue
        raw = b"" if row.unreadable is None else json.dumps(value, ensure_ascii=True, default=str).encode()
        yield (row if row.unreadable is None else row._replace(raw=raw)), raw


def _exact(value: Any) -> Any:  # noqa: ANN401, PLR0911 - one line a type
    """A cell as the JSON reader would give it: numbers as their text, missing values absent, moments kept."""
    if isinstance(value, str | bool):
        return value
    if isinstance(value, Mapping):
        return {str(name): _exact(cell) for name, cell in value.items() if not _is_missing(cell)}
    if isinstance(value, bytes):
        return text_of(value)
    if isinstance(value, list | tuple):
        return [_exact(cell) for cell in value]
    if _is_missing(value):
        return None
    if isinstance(value, datetime | date):
        return value.isoformat()
    return _exact_number(value) or str(value)


def _exact_number(value: Any) -> NumberToken | None:  # noqa: ANN401
    """The shortest text of a number; numpy's numbers are registered as these kinds."""
    if isinstance(value, Decimal):
        return NumberToken(format(value, "f"))
    if isinstance(value, Integral):
        return NumberToken(str(int(value)))
    return NumberToken(repr(float(value))) if isinstance(value, Real) else None


def _is_missing(value: Any) -> bool:  # noqa: ANN401
    """Whether a cell is None or one of pandas' and numpy's missing values."""
    return is_missing(value) or (isinstance(value, datetime | Real | Decimal) and bool(value != value))  # noqa: PLR0124
