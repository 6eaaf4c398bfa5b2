"""Tables kept in order between two passes: in memory while they are small, else in a file."""

from __future__ import annotations

import errno
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final, NamedTuple, Protocol

import pyarrow as pa
import pyarrow.parquet as pq

from corena_recon.errors import OutputError
from corena_recon.schemas import ROW_GROUP_ROWS, WORD
from corena_recon.tables.own_folders import own_folder
from corena_recon.text import is_utf8

CHUNK_ROWS: Final = 2 * ROW_GROUP_ROWS
_BATCH_ROWS: Final = 65_536


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """A folder for what outgrows memory, gone in the end.

    Raises:
        OutputError: None can be made.
    """
    with ExitStack() as held:
        with not_written_as_sentence():
            folder = held.enter_context(own_folder("corena_recon.", ".temporary"))
            if not is_utf8(str(folder)):
                raise OSError(errno.EILSEQ, "the name of their folder is not UTF-8")
        yield folder


@contextmanager
def not_written_as_sentence() -> Iterator[None]:
    """What goes wrong with temporary files is told of them, not of what they are for.

    Raises:
        OutputError: One cannot be written.
    """
    try:
        yield
    except OSError as error:
        raise OutputError(
            f"temporary files cannot be written: {error.strerror or error}",
            hint="free some space, or name a folder that has more with the environment variable TMPDIR",
        ) from error


class Chunk(NamedTuple):
    """Some consecutive rows.

    Attributes:
        first: The number of the first one.
        table: The rows.
    """

    first: int
    table: pa.Table


class ChunkedRows(Protocol):
    """Rows that can be gone through more than once, in order."""

    @property
    def rows(self) -> int:
        """How many there are."""
        ...

    @property
    def names(self) -> list[str]:
        """Their columns."""
        ...

    def chunks(self, columns: Sequence[str] | None = None, *, rows: int = CHUNK_ROWS) -> Iterator[Chunk]:
        """All rows in order, so many at a time.

        Args:
            columns: Which columns; all when None.
            rows: The size of every chunk but the last.
        """
        ...


class ChunkedParquet:
    """The rows of a Parquet file.

    Args:
        path: Where it is.
        schema: What was written there.
    """

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self._path = path
        self._words = [field.name for field in schema if field.type == WORD]
        self.rows: int = pq.read_metadata(path).num_rows
        self.names: list[str] = schema.names

    def chunks(self, columns: Sequence[str] | None = None, *, rows: int = CHUNK_ROWS) -> Iterator[Chunk]:
        """As ``ChunkedRows`` says."""
        return _numbered(self._tables(columns), rows)

    def _tables(self, columns: Sequence[str] | None) -> Iterator[pa.Table]:
        with pq.ParquetFile(self._path, read_dictionary=self._words) as file:
            for group in range(file.num_row_groups):
                yield file.read_row_group(group, columns=None if columns is None else list(columns)).select(
                    file.schema_arrow.names if columns is None else columns
                )


class Spool:
    """Tables of one schema, their rows numbered from 0 on.

    Args:
        file: Where the rows go once they outgrow memory; they never do when None.
        memory_bytes: How much is held in memory at most.
        is_packed: Whether the file is compressed, which pays where values repeat.
        batch_rows: How many rows of the file are read at once at most.

    Attributes:
        rows: How many were added.
        held_bytes: How much is held in memory.
    """

    def __init__(
        self,
        file: Path | None = None,
        memory_bytes: int = 0,
        *,
        is_packed: bool = False,
        batch_rows: int = _BATCH_ROWS,
    ) -> None:
        self._file = file
        self._batch_rows = batch_rows
        self._options = pa.ipc.IpcWriteOptions(compression="lz4" if is_packed else None)
        self._memory_bytes = memory_bytes
        self._held: list[pa.Table] = []
        self.held_bytes = 0
        self._writer: pa.RecordBatchStreamWriter | None = None
        self._schema: pa.Schema = None
        self.rows = 0

    @property
    def is_in_memory(self) -> bool:
        """Whether nothing had to go to disk."""
        return self._writer is None

    @property
    def names(self) -> list[str]:
        """The columns of what was added; none before."""
        return [] if self._schema is None else list(self._schema.names)

    def add(self, table: pa.Table) -> None:
        """Appends the rows of the table."""
        self._schema = table.schema
        if not len(table):
            return
        self._held.append(table)
        self.held_bytes += table.nbytes
        self.rows += len(table)
        if self._file is not None and (self.held_bytes > self._memory_bytes or self._writer is not None):
            self._spill(self._file)

    def chunks(self, columns: Sequence[str] | None = None, *, rows: int = CHUNK_ROWS) -> Iterator[Chunk]:
        """As ``ChunkedRows`` says; chunks do not depend on which tables were added."""
        if self._writer is not None:
            with not_written_as_sentence():
                self._writer.close()
        return _numbered(self._tables(columns), rows)

    def table(self, schema: pa.Schema) -> pa.Table:
        """All rows at once, as a table of this schema, which is theirs."""
        return pa.concat_tables([schema.empty_table(), *(chunk.table for chunk in self.chunks(schema.names))])

    def discard(self) -> None:
        """Forgets all rows, so that neither memory nor the disk has any more to do with them."""
        self._held, self.held_bytes, self.rows = [], 0, 0
        if self._file is not None and self._writer is not None:
            self._writer.close()
            self._file.unlink()
            self._writer = None

    def _tables(self, columns: Sequence[str] | None) -> Iterator[pa.Table]:
        if self._writer is None:
            yield from self._held if columns is None else (table.select(columns) for table in self._held)
            return
        with pa.OSFile(str(self._file)) as file:
            places = None if columns is None else [self._schema.get_field_index(name) for name in columns]
            for batch in pa.ipc.open_stream(file, options=pa.ipc.IpcReadOptions(included_fields=places)):
                table = pa.Table.from_batches([batch])
                yield table if columns is None else table.select(columns)

    @not_written_as_sentence()
    def _spill(self, file: Path) -> None:
        for table in self._held:
            if self._writer is None:
                self._writer = pa.ipc.new_stream(str(file), table.schema, options=self._options)
            for batch in table.combine_chunks().to_batches(max_chunksize=self._batch_rows):
                self._writer.write_batch(batch)
        self._held, self.held_bytes = [], 0


def _numbered(tables: Iterable[pa.Table], rows: int) -> Iterator[Chunk]:
    first = 0
    for table in resliced(tables, rows):
        yield Chunk(first, table)
        first += len(table)


def resliced(tables: Iterable[pa.Table], rows: int) -> Iterator[pa.Table]:
    """The same rows in tables of so many rows each; the last one may be shorter."""
    waiting: list[pa.Table] = []
    held = 0
    for table in tables:
        start = 0
        while held + len(table) - start >= rows:
            piece = table.slice(start, rows - held)
            yield pa.concat_tables([*waiting, piece])
            start += len(piece)
            waiting, held = [], 0
        if start < len(table):
            waiting.append(table.slice(start))
            held += len(table) - start
    if waiting:
        yield pa.concat_tables(waiting)
