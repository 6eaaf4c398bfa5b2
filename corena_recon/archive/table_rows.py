"""Rows that are tables already: Parquet files, data frames, Arrow tables, lists of dicts."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from corena_recon.archive.batches import BATCH_ROWS, Batch, Entry, Room, batch_of, batches_of
from corena_recon.archive.exact_json import NumberToken
from corena_recon.archive.posting import from_value, unreadable
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
        """Every row; a file without its footer is one record that cannot be read."""
        octets = stream.read_all()
        try:
            with pq.ParquetFile(pa.BufferReader(octets)) as file:
                for batch in file.iter_batches(BATCH_ROWS):
                    yield batch_of(list(_entries(batch.to_pylist())), keep_raw=keep_raw)
        except (pa.ArrowException, OSError):
            stream.truncated = True
            yield batch_of([(unreadable(Unreadable.TRUNCATED, octets), octets)], keep_raw=keep_raw)


def batches_of_table(table: pa.Table, *, keep_raw: bool) -> Iterator[Batch]:
    """The rows of an Arrow table."""
    for batch in table.to_batches(BATCH_ROWS):
        yield batch_of(list(_entries(batch.to_pylist())), keep_raw=keep_raw)


def batches_of_records(records: Iterable[Any], *, keep_raw: bool) -> Iterator[Batch]:
    """Records that are Python dicts already."""
    return batches_of(_entries(records), keep_raw=keep_raw)


def _entries(records: Iterable[Any]) -> Iterator[Entry]:
    for record in records:
        value = _exact(record)
        row = from_value(value)
        raw = b"" if row.unreadable is None else json.dumps(value, ensure_ascii=True, default=str).encode()
        yield (row if row.unreadable is None else row._replace(raw=raw)), raw


def _exact(value: Any) -> Any:  # noqa: ANN401, PLR0911 - one line a type
    """A cell as the JSON reader would give it: numbers as their text, missing values absent, moments kept."""
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping):
        return {str(name): _exact(cell) for name, cell in value.items() if not _is_missing(cell)}
    if isinstance(value, bytes):
        return text_of(value)
    if isinstance(value, bool):
        return value
    if isinstance(value, list | tuple):
        return [_exact(cell) for cell in value]
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return NumberToken(format(value, "f"))
    if isinstance(value, int | float):
        return NumberToken(repr(value))
    if _is_missing(value):
        return None
    return str(value)


def _is_missing(value: Any) -> bool:  # noqa: ANN401
    return value is None or (not isinstance(value, str | bytes | list | tuple | Mapping) and value != value)  # noqa: PLR0124
