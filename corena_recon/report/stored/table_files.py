"""The Parquet files of a report: written in a thread of their own, the same bytes for the same rows."""

from __future__ import annotations

import ctypes
import hashlib
import io
import os
from collections import deque
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

import pyarrow as pa
import pyarrow.parquet as pq

from corena_recon.report.stored.replacing import system_function
from corena_recon.schemas import REPORT_FORMAT, ROW_GROUP_ROWS, keeping_of
from corena_recon.tables.columns import with_own_dictionaries

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

PACKAGE: Final = "corena_recon"
"""The name by which reports and their files say what made them."""


class NotWrittenError(OSError):
    """A file of a report cannot be written; other files that a run needs fail with other errors."""


@contextmanager
def writing() -> Iterator[None]:
    """What fails within is the writing of the report.

    Raises:
        NotWrittenError: It failed.
    """
    try:
        yield
    except OSError as error:
        raise NotWrittenError(*error.args) from error


class TableFile:
    """A Parquet file of a report, written in a thread of its own while the next rows are made.

    Args:
        path: Where; nothing may be there yet.
        schema: Of what is written; metadata is left out, and dictionaries are what they stand for.
        waiting_max: How many tables may wait to be written; any number when None, where all rows are in memory
            and nothing is spilled: the file is on disk then once it is finished.
        row_group_rows: The most rows of a row group.
    """

    def __init__(
        self,
        path: Path,
        schema: pa.Schema,
        *,
        waiting_max: int | None = None,
        row_group_rows: int = ROW_GROUP_ROWS,
    ) -> None:
        self.path = path
        self._row_group_rows = row_group_rows
        self._words = [name for name in schema.names if keeping_of(name).worked_on_as is not None]
        self._schema = with_own_dictionaries(schema.empty_table(), self._words).schema.remove_metadata()
        self._waiting_max = waiting_max
        with writing(), ExitStack() as opened:
            self._file = opened.enter_context(_DigestedFile(path))
            self._writer = pq.ParquetWriter(
                self._file,
                self._schema,
                compression={name: "none" if keeping_of(name).is_random else "snappy" for name in schema.names},
                use_dictionary=[name for name in schema.names if keeping_of(name).has_few_values],
                column_encoding={
                    name: "DELTA_BINARY_PACKED" for name in schema.names if keeping_of(name).is_near_the_last
                },
                store_schema=False,
                write_statistics=[name for name in schema.names if keeping_of(name).is_looked_up],
            )
            opened.pop_all()
        self._writer.add_key_value_metadata({"package": PACKAGE, "format": str(REPORT_FORMAT)})
        self._pool = ThreadPoolExecutor(1)
        self._digest: Future[str] | None = None
        self._waiting: deque[tuple[Future[None], int]] = deque()

    def write(self, table: pa.Table) -> None:
        """Has rows written: whole row groups, but for the last time."""
        self._waiting.append((self._pool.submit(self._write, table), len(table)))
        while self._waiting and (self._waiting[0][0].done() or self._is_full()):
            self._waiting.popleft()[0].result()

    def end(self) -> Future[str]:
        """Says that no more rows will come, and does not wait; gives the file's SHA-256, in hexadecimal digits."""
        if self._digest is None:
            self._digest = self._pool.submit(self._close)
        return self._digest

    def waiting_rows(self) -> int:
        """How many rows are still to be written."""
        return sum(rows for _, rows in self._waiting)

    def waited(self) -> Iterator[int]:
        """Waits for what is still to be written, and gives each time how many rows that were."""
        while self._waiting:
            future, rows = self._waiting.popleft()
            future.result()
            yield rows

    def finish(self) -> str:
        """Waits until everything is written; gives the file's SHA-256, in hexadecimal digits."""
        digest = self.end()
        for _ in self.waited():
            pass
        return digest.result()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(cancel_futures=True)
        if not self._file.closed:
            with writing(), self._file:
                self._writer.close()

    def _is_full(self) -> bool:
        return self._waiting_max is not None and len(self._waiting) > self._waiting_max

    @writing()
    def _write(self, table: pa.Table) -> None:
        table = table.replace_schema_metadata(None)
        for first in range(0, len(table), self._row_group_rows):
            # In one piece: where pieces end, pages end, and those are where the archive was read, not what it says.
            rows = table.slice(first, self._row_group_rows).combine_chunks()
            self._writer.write_table(with_own_dictionaries(rows, self._words), self._row_group_rows)
        if self._waiting_max is not None:
            _begin_to_store(self._file)

    @writing()
    def _close(self) -> str:
        self._writer.close()
        self._file.flush()
        if self._waiting_max is None:
            # Now while there is other work. With rows on disk the system would have to write those too: later, then.
            os.fsync(self._file.fileno())
        self._file.close()
        return self._file.hexdigest()


def write_tables(folder: Path, tables: Mapping[str, pa.Table], row_group_rows: int = ROW_GROUP_ROWS) -> dict[str, str]:
    """Writes each table as a Parquet file of its name; gives the SHA-256 of each file by its name."""
    with ExitStack() as stack:
        files = []
        for name, table in tables.items():
            file = stack.enter_context(
                TableFile(folder / f"{name}.parquet", table.schema, row_group_rows=row_group_rows)
            )
            file.write(table)
            file.end()
            files.append(file)
        return {file.path.name: file.finish() for file in files}


class _DigestedFile(io.BufferedWriter):
    """A new file that knows the SHA-256 of what was written to it."""

    def __init__(self, path: Path) -> None:
        super().__init__(io.FileIO(path, "xb"))
        self._digest = hashlib.sha256()

    def write(self, octets: ReadableBuffer, /) -> int:
        self._digest.update(octets)
        return super().write(octets)

    def hexdigest(self) -> str:
        return self._digest.hexdigest()


def _begin_to_store(file: io.BufferedWriter) -> None:
    """Has the system begin to put on disk what was written, where it can; less is left to wait for in the end then."""
    function = system_function("sync_file_range")
    if function is not None:
        begin_writing = 2
        function(file.fileno(), ctypes.c_int64(0), ctypes.c_int64(0), begin_writing)
