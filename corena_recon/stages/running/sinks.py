"""Where the rows of an audit's tables go: into memory, or into the files of a report folder."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Final, Self

import pyarrow as pa

from corena_recon.progress import Telling
from corena_recon.report import StoredTable, TableFile
from corena_recon.tables.columns import decoded

_WAITING_MAX: Final = 2
"""Tables that may wait to be written where each takes memory of its own."""


class Held:
    """Rows of a table that stay in memory."""

    def __init__(self, schema: pa.Schema) -> None:
        self._tables = [decoded(schema.empty_table())]

    def write(self, table: pa.Table) -> None:
        """Takes rows."""
        self._tables.append(decoded(table))

    def end(self) -> None:
        """There is nothing to wait for."""

    def table(self) -> pa.Table:
        """All rows."""
        return pa.concat_tables(self._tables).combine_chunks()


class Sinks:
    """The tables of one audit, each written once.

    Args:
        folder: The report folder in the making; the tables stay in memory when None.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._sinks: dict[str, Held | TableFile] = {}
        self._files = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._files.close()

    def sink(self, name: str, schema: pa.Schema, *, is_light: bool = False) -> Held | TableFile:
        """Where the rows of a table go; ``is_light`` says that they are in memory anyway."""
        if self._folder is None:
            self._sinks[name] = Held(schema)
        else:
            path = self._folder / f"{name}.parquet"
            file = TableFile(path, schema, waiting_max=None if is_light else _WAITING_MAX)
            self._sinks[name] = self._files.enter_context(file)
        return self._sinks[name]

    def written(self, tell: Telling) -> dict[str, pa.Table | Path]:
        """The tables or their files so far, by name, once everything is in them that was given.

        Args:
            tell: Told how many rows are written of those that were waited for.
        """
        files = [sink for sink in self._sinks.values() if isinstance(sink, TableFile)]
        for file in files:
            file.end()
        count, total = 0, sum(file.waiting_rows() for file in files)
        for file in files:
            for rows in file.waited():
                count += rows
                tell(count, total)
            file.finish()
        return {name: sink.path if isinstance(sink, TableFile) else sink.table() for name, sink in self._sinks.items()}

    def finish(self) -> tuple[dict[str, pa.Table | StoredTable], dict[str, str]]:
        """The tables, or their files where these are large, by name; and the digests of the files, by theirs."""
        digests = {sink.path.name: sink.finish() for sink in self._sinks.values() if isinstance(sink, TableFile)}
        tables = {
            name: StoredTable.at(sink.path).held_if_small() if isinstance(sink, TableFile) else sink.table()
            for name, sink in self._sinks.items()
        }
        return tables, digests
