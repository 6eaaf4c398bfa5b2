"""Rows that are tables already: Parquet and Feather files, data frames, whatever offers Arrow tables, dicts."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from corena_recon.archive.forms.tables.order_rows import SAYS_SIGNATURE_RE2, export_of, is_signed, says_signature
from corena_recon.archive.forms.tables.own_frames import is_own, refuse_later_format, table_of_columns, taken_over
from corena_recon.archive.forms.tables.several_in_cell import records_in
from corena_recon.archive.forms.tables.table_cells import from_cells, read_cells
from corena_recon.archive.forms.tables.table_columns import columns_of_batch, columns_of_frame, columns_of_records
from corena_recon.archive.forms.tables.table_heads import canonical_names
from corena_recon.archive.recipes.book import RecipeBook
from corena_recon.archive.recipes.reading import Gatherer
from corena_recon.archive.records.batches import BATCH_ROWS, Batch, Entries, Entry, Room, batch_of, each_of
from corena_recon.archive.records.exact_cells import exact, is_absent, json_of
from corena_recon.archive.records.posting import unreadable
from corena_recon.archive.sources.checksums import parquet_has_checksum
from corena_recon.errors import SourceError
from corena_recon.native import Book, Columns, Kind, Sink, Why, has_core
from corena_recon.schemas import NOTIFICATION_SCHEMA
from corena_recon.tables.columns import Flags, flags
from corena_recon.tables.frames import is_frame
from corena_recon.text import octets_of
from corena_recon.vocabulary import Unreadable

if TYPE_CHECKING:
    import pandas as pd

    from corena_recon.archive.sources.containers import ByteStream

_MAGIC: Final = b"PAR1"
_FEATHER_MAGIC: Final = b"ARROW1"
_ROWS_AT_ONCE: Final = 128
"""Rows that are made for the exact reader together: to make one takes as long as to make some."""
_NO_RECORDS: Final = (str, bytes, bytearray, memoryview, os.PathLike, Mapping)


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
            with pq.ParquetFile(pa.BufferReader(octets), page_checksum_verification=True) as file:
                stream.has_checksum = parquet_has_checksum(octets, file.metadata)
                refuse_later_format(file.schema_arrow, stream.name)
                table = _Table(stream.name, _intake_in(file.schema_arrow), keep_raw=keep_raw)
                for batch in file.iter_batches(BATCH_ROWS):
                    yield from table.batches_of(batch)
        except (pa.ArrowException, OSError, ValueError):
            stream.truncated = True
            yield batch_of([(unreadable(Unreadable.TRUNCATED, octets), octets)], keep_raw=keep_raw)


class FeatherRows(Room):
    """The form ``feather``: a file of Arrow's, compressed or not."""

    name = "feather"

    def recognises(self, head: bytes) -> bool:
        """The file type's own mark."""
        return head.startswith(_FEATHER_MAGIC)

    def read(self, stream: ByteStream, *, keep_raw: bool) -> Iterator[Batch]:
        """Every row; where a file is cut off or damaged, what cannot be read is one record."""
        octets = stream.read_all()
        try:
            file = pa.ipc.open_file(pa.BufferReader(octets))
            table = _Table(stream.name, keep_raw=keep_raw)
            for number in range(file.num_record_batches):
                for batch in _sliced(file.get_batch(number)):
                    _as_octets(batch).validate(full=True)
                    yield from table.batches_of(batch)
        except (pa.ArrowException, OSError, ValueError):
            stream.truncated = True
            yield batch_of([(unreadable(Unreadable.TRUNCATED, octets), octets)], keep_raw=keep_raw)


def batches_in_memory(source: Any, name: str, *, keep_raw: bool) -> Iterator[Batch] | None:  # noqa: ANN401
    """The rows of what is in memory as a table or as records; None for a path, a file, bytes, or a list of any of all.

    Args:
        source: A pandas frame, whatever offers Arrow's capsule, an Arrow dataset, or an iterable of dicts.
        name: What errors call it.
        keep_raw: As for ``Room.read``.

    Raises:
        SourceError: It offers something that is no table, or holds something else than dicts.
    """
    if is_frame(source):
        return _batches_of_frame(source, name, keep_raw=keep_raw)
    if hasattr(source, "__arrow_c_stream__") or hasattr(source, "__arrow_c_array__") or _is_dataset(source):
        return _batches_of_reader(_reader_of(source), name, keep_raw=keep_raw)
    if isinstance(source, list | tuple):
        are_records = len(source) > 0 and all(isinstance(record, Mapping) for record in source)
        return _batches_of_records(iter(source), name, keep_raw=keep_raw) if are_records else None
    if not isinstance(source, Iterable) or isinstance(source, _NO_RECORDS) or hasattr(source, "read"):
        return None
    return _batches_of_records(_only_records(source), name, keep_raw=keep_raw)


def _only_records(source: Iterable[Any]) -> Iterator[Any]:
    records = iter(source)
    for first in records:
        if not isinstance(first, Mapping):
            raise SourceError(
                f"a source of type {type(source).__name__} holds {type(first).__name__}, not records",
                hint="give several paths or files as a list",
            )
        yield first
        yield from records


def _batches_of_frame(frame: pd.DataFrame, name: str, *, keep_raw: bool) -> Iterator[Batch]:
    names = list(frame.columns)
    if not is_own(names, name):
        return _batches_of_rows(frame, name, keep_raw=keep_raw)
    columns = {column: frame[column] for column in NOTIFICATION_SCHEMA.names if column in names}
    intake = frame.attrs.get("intake")
    return (
        taken_over(
            table_of_columns(
                {column: cells.iloc[first : first + BATCH_ROWS] for column, cells in columns.items()}, name
            ),
            name,
            intake,
        )
        for first in range(0, max(len(frame), 1), BATCH_ROWS)
    )


def _batches_of_rows(frame: pd.DataFrame, name: str, *, keep_raw: bool) -> Iterator[Batch]:
    table = _Table(name, keep_raw=keep_raw)
    form = _export_of_any(frame.columns)
    frame = frame.set_axis(_names_of(frame.columns), axis=1)
    for first in range(0, len(frame), BATCH_ROWS):
        chunk = frame.iloc[first : first + BATCH_ROWS]
        if form is not None:
            records = [*_records_of_frame(chunk, 0, len(chunk))]
            if not is_signed(says := _records_that_say_signature(records)):
                yield _other_rows(_Rows(partial(_between, records), len(records)), says, form, keep_raw=keep_raw)
                continue
        columns = columns_of_frame(chunk) if has_core() else None
        yield from table.read(columns, _Rows(partial(_records_of_frame, chunk), len(chunk)))


def _records_of_frame(frame: pd.DataFrame, begin: int, end: int) -> Iterator[dict[Any, Any] | None]:
    """Some rows of a frame; None for one with a cell that Python has no value for."""
    try:
        cells = [frame.iloc[begin:end, place].tolist() for place in range(frame.shape[1])]
    except (ValueError, OverflowError):
        if end - begin == 1:
            yield None
            return
        for row in range(begin, end):
            yield from _records_of_frame(frame, row, row + 1)
        return
    yield from records_of(list(frame.columns), cells)


def _is_dataset(source: object) -> bool:
    loaded = sys.modules.get("pyarrow.dataset")
    return loaded is not None and isinstance(source, loaded.Dataset | loaded.Scanner)


def _reader_of(source: Any) -> pa.RecordBatchReader:  # noqa: ANN401
    try:
        if _is_dataset(source):
            return (source.scanner() if hasattr(source, "scanner") else source).to_reader()
        if hasattr(source, "__arrow_c_stream__"):
            return pa.RecordBatchReader.from_stream(source)
        return pa.Table.from_batches([pa.record_batch(source)]).to_reader()
    except (pa.ArrowException, TypeError, ValueError):
        raise SourceError(f"a source of type {type(source).__name__} is no table", hint="give a table") from None


def _batches_of_reader(reader: pa.RecordBatchReader, name: str, *, keep_raw: bool) -> Iterator[Batch]:
    refuse_later_format(reader.schema, name)
    table = _Table(name, _intake_in(reader.schema), keep_raw=keep_raw)
    yield from table.batches_of(pa.RecordBatch.from_pylist([], reader.schema))
    try:
        for batch in reader:
            for piece in _sliced(batch):
                yield from table.batches_of(piece)
    except pa.ArrowException as error:
        raise SourceError(f"the table {name} cannot be read to its end: {type(error).__name__}") from None


def _batches_of_records(records: Iterator[Any], name: str, *, keep_raw: bool) -> Iterator[Batch]:
    table = _Table(name, keep_raw=keep_raw)
    is_own_chunk = None
    while chunk := list(islice(records, BATCH_ROWS)):
        if is_own_chunk is None:
            is_own_chunk = is_own(list(chunk[0]), name)
        if is_own_chunk:
            columns = {column: [record.get(column) for record in chunk] for column in NOTIFICATION_SCHEMA.names}
            yield taken_over(table_of_columns(columns, name), name)
            continue
        names = list(dict.fromkeys(key for record in chunk for key in record))
        form = _export_of_any(names)
        if (canonical := _names_of(names)) != names:
            own = dict(zip(names, canonical, strict=True))
            chunk = [{own[key]: value for key, value in record.items()} for record in chunk]
        if form is not None and not is_signed(says := _records_that_say_signature(chunk)):
            yield _other_rows(_Rows(partial(_between, chunk), len(chunk)), says, form, keep_raw=keep_raw)
        else:
            yield from table.read(
                columns_of_records(chunk) if has_core() else None, _Rows(partial(_between, chunk), len(chunk))
            )


def _export_of_any(names: Iterable[Any]) -> str | None:
    listed = list(names)
    return export_of(listed) if all(isinstance(name, str) for name in listed) else None


def _names_of(names: Iterable[Any]) -> list[Any]:
    """Columns' names as forms know them, as in a table of text; where these are no texts, or two are one, they stay."""
    listed = list(names)
    if not all(isinstance(name, str) for name in listed):
        return listed
    canonical = canonical_names(listed)
    return canonical if len(set(canonical)) == len(set(listed)) == len(listed) else listed


def _records_that_say_signature(records: Sequence[Any]) -> Flags:
    return np.array([says_signature(str(record).encode("utf-8", "replace")) for record in records], bool)


def _between(records: Sequence[Any], begin: int, end: int) -> Sequence[Any]:
    return records[begin:end]


def _intake_in(schema: pa.Schema) -> Any:  # noqa: ANN401
    """The intake that pandas has kept beside a frame."""
    try:
        return json.loads((schema.metadata or {}).get(b"PANDAS_ATTRS", b"{}"))["intake"]
    except (KeyError, TypeError, ValueError, RecursionError):
        return ()


def _sliced(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
    return (batch.slice(first, BATCH_ROWS) for first in range(0, len(batch), BATCH_ROWS))


class _Rows:
    """The rows of a table as the exact reader has them, made when they are asked for.

    Args:
        some: Gives those from one on up to another.
        count: How many there are.
    """

    def __init__(self, some: Callable[[int, int], Iterable[Any]], count: int) -> None:
        self._some = some
        self._count = count
        self._first = -1
        self._made: list[Any] = []

    def __getitem__(self, span: slice) -> Any:  # noqa: ANN401
        first = span.start // _ROWS_AT_ONCE * _ROWS_AT_ONCE
        if first != self._first:
            self._first, self._made = first, [*self._some(first, min(first + _ROWS_AT_ONCE, self._count))]
        return self._made[span.start - first]

    def __iter__(self) -> Iterator[Any]:
        return iter(self._some(0, self._count))


class _Table:
    """A table that is read piece by piece.

    Args:
        name: What errors call it.
        intake: What is known of the intake that its rows came from, if they were read before.
        keep_raw: As for ``Room.read``.
    """

    def __init__(self, name: str, intake: Any = (), *, keep_raw: bool) -> None:  # noqa: ANN401
        self._name = name
        self._intake = intake
        self._keep_raw = keep_raw
        self._book = RecipeBook(read_cells, Kind.JSON)

    def batches_of(self, batch: pa.RecordBatch) -> Iterator[Batch]:
        """The rows of a piece of it, which are no more than a batch can hold."""
        if is_own(batch.schema.names, self._name):
            yield taken_over(batch, self._name, self._intake)
            return
        octets = _as_octets(batch)
        form = export_of(batch.schema.names) if len(batch) else None
        octets = octets.rename_columns(_names_of(batch.schema.names))
        if form is not None and not is_signed(says := _rows_that_say_signature(octets)):
            records = _Rows(partial(_records_between, octets), len(batch))
            yield _other_rows(records, says, form, keep_raw=self._keep_raw)
            return
        columns = columns_of_batch(octets) if has_core() and len(batch) else None
        yield from self.read(columns, _Rows(partial(_records_between, octets), len(batch)))

    def read(self, columns: Columns | None, rows: _Rows) -> Iterator[Batch]:
        """The rows by recipes where these are their columns; else, and where recipes end, by the exact reader."""
        if columns is None:
            yield batch_of([*_entries(rows)], keep_raw=self._keep_raw)
            return
        gatherer = Gatherer(self._book, _entry, keep_raw=self._keep_raw, record_of=_octets_of)

        def read_some(sink: Sink, book: Book, begin: int, max_records: int) -> None:
            sink.read_columns(columns, begin, Kind.JSON, book, max_records)

        begin, why = 0, Why.FULL
        while why is Why.FULL:
            begin, why = gatherer.read(rows, begin, read_some)
            yield gatherer.batch()


def _rows_that_say_signature(batch: pa.RecordBatch) -> Flags:
    says: Flags = np.zeros(len(batch), bool)
    for column in batch.columns:
        if pa.types.is_large_binary(column.type):
            says |= flags(pc.fill_null(pc.match_substring_regex(column, SAYS_SIGNATURE_RE2), False))
        elif pa.types.is_nested(column.type) or pa.types.is_dictionary(column.type):
            says |= np.array([says_signature(str(cell).encode()) for cell in column.to_pylist()], bool)
    return says


def _other_rows(records: _Rows, says: Flags, form: str, *, keep_raw: bool) -> Batch:
    """Rows of an order export as other traffic, but for those that say something of a signature."""
    entries: list[Entries] = [(None, b"")] * len(says)
    for row in map(int, np.flatnonzero(says)):
        entries[row] = _entry(records[row : row + 1])
    each = [*chain.from_iterable(map(each_of, entries))]
    return batch_of(each, keep_raw=keep_raw)._replace(form=form)


def _as_octets(batch: pa.RecordBatch) -> pa.RecordBatch:
    # Text that is not UTF-8 can be read as bytes only.
    columns = [
        column.cast(pa.large_binary())
        if pa.types.is_string(column.type) or pa.types.is_large_string(column.type)
        else column
        for column in batch.columns
    ]
    return pa.RecordBatch.from_arrays(columns, names=batch.schema.names)


def _records_between(batch: pa.RecordBatch, begin: int, end: int) -> Iterator[dict[str, Any] | None]:
    return _records(batch.slice(begin, end - begin))


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
            if is_absent(cell):
                self.setdefault(name, cell)
                continue
            self.is_ambiguous |= not is_absent(self.get(name)) and self[name] != cell
            self[name] = cell


def _entry(record: Any) -> Entries:  # noqa: ANN401
    entries = [*_entries([record])]
    return entries if len(entries) > 1 else entries[0]


def _octets_of(record: Any) -> bytes:  # noqa: ANN401
    return octets_of(json_of(exact(record)))


def _entries(records: Iterable[Any]) -> Iterator[Entry]:
    for record in records:
        is_ambiguous = getattr(record, "is_ambiguous", False)
        try:
            value = None if record is None else exact(record)
            records_of_it = [] if value is None else records_in(value)
            rows = [from_cells(one, b"", ambiguous=is_ambiguous) for one in records_of_it]
        except (ArithmeticError, RecursionError, ValueError):
            value = None
        if value is None:
            yield unreadable(Unreadable.INVALID_ROW, b""), b""
            continue
        for row in rows:
            raw = b"" if row.unreadable is None else json.dumps(value, ensure_ascii=True, default=str).encode()
            yield (row if row.unreadable is None else row._replace(raw=raw)), raw
