"""Tables kept in order between two passes: in memory while they are small, else in Parquet files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from corena_recon.engine import sql_literal

if TYPE_CHECKING:
    import duckdb

_FILE_ROWS = 1_048_576


class Spool:
    """Tables of one schema, numbered by a column ``row`` from 0 on.

    Args:
        folder: Where files go once the tables outgrow memory.
        memory_bytes: How much is held in memory at most.
    """

    def __init__(self, folder: Path, memory_bytes: int) -> None:
        self._folder = folder
        self._memory_bytes = memory_bytes
        self._held: list[pa.Table] = []
        self._held_bytes = 0
        self._held_rows = 0
        self._files: list[Path] = []
        self.rows = 0

    @property
    def is_in_memory(self) -> bool:
        """Whether nothing had to go to disk."""
        return not self._files

    def add(self, table: pa.Table) -> None:
        """Appends the rows of the table."""
        if not len(table):
            return
        numbers = pa.array(np.arange(self.rows, self.rows + len(table)))
        self.rows += len(table)
        self._held.append(table.append_column("row", numbers))
        self._held_rows += len(table)
        self._held_bytes += table.nbytes
        if self._held_bytes > self._memory_bytes or (self._files and self._held_rows >= _FILE_ROWS):
            self._spill()

    def register(self, connection: duckdb.DuckDBPyConnection, name: str) -> None:
        """Makes everything added so far a relation of that name."""
        if self._files and self._held:
            self._spill()
        if self._files:
            names = ", ".join(sql_literal(str(file)) for file in self._files)
            connection.execute(f"CREATE OR REPLACE TEMP VIEW {name} AS SELECT * FROM read_parquet([{names}])")
        else:
            connection.register(name, pa.concat_tables(self._held))

    def tables(self) -> Iterator[pa.Table]:
        """The tables in order, with their column ``row``."""
        for file in self._files:
            with pq.ParquetFile(file) as parquet:
                for batch in parquet.iter_batches(131_072):
                    yield pa.Table.from_batches([batch])
        yield from self._held

    def _spill(self) -> None:
        file = self._folder / f"spool-{len(self._files):06d}.parquet"
        pq.write_table(
            pa.concat_tables(self._held), file, compression="lz4", use_dictionary=False, row_group_size=131_072
        )
        self._files.append(file)
        self._held, self._held_bytes, self._held_rows = [], 0, 0
