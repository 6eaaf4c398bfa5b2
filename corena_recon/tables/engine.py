"""DuckDB connections, opened for one piece of work and closed after it; tables that they keep, and names for these."""

from __future__ import annotations

import atexit
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from itertools import count
from typing import TYPE_CHECKING, Any, Final, Self

import pyarrow as pa
import pyarrow.parquet as pq

from corena_recon.errors import OptionError, OutputError
from corena_recon.tables.spool import temporary_folder

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb
    import pyarrow as pa


@contextmanager
def connect(
    *,
    rows: int | None = None,
    threads: int | None = None,
    memory_limit_bytes: int | None = None,
    spill_folder: Path | None = None,
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A DuckDB connection that keeps row order, speaks UTC, loads no extension and leaves nothing behind.

    An engine serves one piece of work after another; what they name, keep and may use they do not share.

    Args:
        rows: Of all tables that it works over, where that is known: few are soonest done by one thread.
        threads: How many threads it may use; as many as the rows are worth when None.
        memory_limit_bytes: Beyond this it spills to disk; DuckDB's own default when None.
        spill_folder: Where it spills; a temporary folder when None.

    Raises:
        OptionError: What is done with the connection needs more memory than it may have.
        OutputError: The folder in which it spills cannot be written.
    """
    import duckdb  # noqa: PLC0415 - the command line's help must not load the engine

    with ExitStack() as held:
        engine = None
        try:
            folder = spill_folder or held.enter_context(temporary_folder())
            engine = _engine(folder, threads or _threads_for(rows))
            limited = f"SET memory_limit = '{memory_limit_bytes} B'"
            engine.execute("RESET memory_limit" if memory_limit_bytes is None else limited)
            with engine.cursor() as connection:
                yield connection
        except duckdb.OutOfMemoryException:
            raise OptionError(
                "this is more than the engine can do with the memory it may use",
                hint="allow the process more; where a limit was set, set a higher one with memory_bytes",
            ) from None
        except duckdb.IOException as error:
            raise OutputError(
                "temporary files cannot be written by the engine",
                hint="free some space, or name a folder that has more with the environment variable TMPDIR",
            ) from error
        else:
            engine = _put_aside(engine)
        finally:
            if engine is not None:
                engine.close()


_idle: Final[list[duckdb.DuckDBPyConnection]] = []
"""Engines between two pieces of work; opening one takes longer than most of them."""


_FEW_ROWS: Final = 32_768
"""A quarter of what DuckDB gives a thread at a time; over fewer, threads take longer to begin and to be waited for."""


def _threads_for(rows: int | None) -> int | None:
    return 1 if rows is not None and rows <= _FEW_ROWS else None


def rows_in(tables: Iterable[pa.Table | Path]) -> int:
    """How many rows some tables have together, in memory or in Parquet files."""
    return sum(len(table) if isinstance(table, pa.Table) else pq.read_metadata(table).num_rows for table in tables)


def opened(spill_folder: Path, *, threads: int | None = None) -> duckdb.DuckDBPyConnection:
    """An engine of its own, as ``connect`` gives one, for whoever closes it.

    Args:
        spill_folder: Where it spills.
        threads: How many threads it may use; every core when None.
    """
    return _set_up(_opened(), spill_folder, threads)


def _engine(folder: Path, threads: int | None) -> duckdb.DuckDBPyConnection:
    try:
        engine = _idle.pop()
    except IndexError:
        engine = _opened()
        # What a query names is registered: a caller's variable of that name is never meant, nor looked for.
        engine.execute("SET GLOBAL python_enable_replacements = false")
    return _set_up(engine, folder, threads)


def _set_up(engine: duckdb.DuckDBPyConnection, folder: Path, threads: int | None) -> duckdb.DuckDBPyConnection:
    engine.execute(f"SET temp_directory = {sql_literal(str(folder))}")
    engine.execute(f"SET threads = {threads or os.cpu_count() or 1}")
    return engine


def _put_aside(engine: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection | None:
    """Keeps an engine for the next piece of work, of whichever thread; one that has spilled comes back to be closed."""
    import duckdb  # noqa: PLC0415 - as above

    with suppress(duckdb.Error):
        engine.execute("RESET temp_directory")
        _idle.append(engine)
        return None
    return engine


def _opened() -> duckdb.DuckDBPyConnection:
    import duckdb  # noqa: PLC0415 - as above

    engine = duckdb.connect(
        config={
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "preserve_insertion_order": True,
        }
    )
    engine.execute("SET GLOBAL TimeZone = 'UTC'")
    return engine


def _close_idle() -> None:
    while _idle:
        _idle.pop().close()


# A process that is forked would have its engines without their threads.
if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_close_idle)
atexit.register(_close_idle)


class EngineTable:
    """A table that the engine keeps until it is closed, on disk where memory is short.

    Args:
        connection: Where it is kept.
        schema: Its columns; what stands in dictionaries is plain there.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, schema: pa.Schema) -> None:
        self.connection = connection
        self.name = f"table_{next(_NUMBERS)}"
        self._columns = ", ".join(schema.names)
        with Scope(connection, given=schema.empty_table()):
            connection.execute(f"CREATE TEMP TABLE {self.name} AS FROM given")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Forgets the table; it need not be there any more."""
        self.connection.execute(f"DROP TABLE IF EXISTS {self.name}")

    def add(self, table: pa.Table) -> None:
        """Appends the rows of a table that has the columns of the schema."""
        with Scope(self.connection, given=table):
            self.add_from("FROM given")

    def add_from(self, query: str, parameters: Mapping[str, Any] | None = None) -> None:
        """Appends what a query gives for the columns of the schema."""
        self.connection.execute(f"INSERT INTO {self.name} SELECT {self._columns} FROM ({query})", parameters)

    def count(self) -> int:
        """How many rows there are."""
        [(rows,)] = self.connection.execute(f"SELECT count(*) FROM {self.name}").fetchall()
        return int(rows)


_NUMBERS: Final = count()


class Scope:
    """Names that the queries of one piece of work know, and none after it.

    Args:
        connection: Where the queries run.
        tables: What each name stands for.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, **tables: pa.Table | EngineTable) -> None:
        self._connection = connection
        self._tables = tables
        self._named = ExitStack()

    def __enter__(self) -> Self:
        for name, table in self._tables.items():
            if isinstance(table, EngineTable):
                self.view(name, f"FROM {table.name}")
            else:
                self._connection.register(name, table)
                self._named.callback(self._connection.unregister, name)
        return self

    def __exit__(self, *_: object) -> None:
        self._named.close()

    def view(self, name: str, query: str) -> None:
        """Names what a query gives whenever it is asked for."""
        self._connection.execute(f"CREATE TEMP VIEW {name} AS {query}")
        self._named.callback(self._connection.execute, f"DROP VIEW {name}")

    def make(self, name: str, query: str, parameters: Mapping[str, Any] | None = None) -> None:
        """Names what a query gives now, kept by the engine for as long as the name is known."""
        self._connection.execute(f"CREATE TEMP TABLE {name} AS {query}", parameters)
        self._named.callback(self._connection.execute, f"DROP TABLE {name}")

    def kept(self, schema: pa.Schema, query: str, parameters: Mapping[str, Any] | None = None) -> EngineTable:
        """What a query gives now for the columns of the schema, as a table that outlives the names."""
        table = EngineTable(self._connection, schema)
        table.add_from(query, parameters)
        return table


@contextmanager
def named(
    connection: duckdb.DuckDBPyConnection, **relations: pa.Table | pa.RecordBatchReader
) -> Iterator[duckdb.DuckDBPyConnection]:
    """The connection's engine with relations of these names.

    Nobody else knows the names, nor those of temporary tables that are made there; with the block they are gone.
    """
    with connection.cursor() as engine:
        for name, rows in relations.items():
            engine.register(name, rows)
        yield engine


def plain_rows(
    connection: duckdb.DuckDBPyConnection, query: str, parameters: Mapping[str, Any] | None = None
) -> list[dict[str, Any]]:
    """What a query gives, each row by its names; no column may hold moments, for which the engine wants pytz.

    For few rows: a table of Arrow's would have the query planned twice.
    """
    found = connection.execute(query, parameters)
    names = [name for name, *_ in found.description or ()]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def day_in(zone: str, moment: str) -> str:
    """The day of a moment in a zone, as SQL; for UTC without the engine's calendar, which takes ten times as long."""
    if zone == "UTC":
        return f"make_timestamp(epoch_us({moment}))::DATE"
    return f"timezone({sql_literal(zone)}, {moment})::DATE"


def sql_literal(text: str) -> str:
    """The text as an SQL string."""
    return "'" + text.replace("'", "''") + "'"
