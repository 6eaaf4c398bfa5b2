"""DuckDB connections, opened for one piece of work and closed after it."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from corena_recon.errors import OptionError

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb


@contextmanager
def connect(
    *, threads: int | None = None, memory_limit_bytes: int | None = None, spill_folder: Path | None = None
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A DuckDB connection that keeps row order, speaks UTC, loads no extension and leaves nothing behind.

    Args:
        threads: How many threads it may use; every core when None.
        memory_limit_bytes: Beyond this it spills to disk; DuckDB's own default when None.
        spill_folder: Where it spills; a temporary folder when None.

    Raises:
        OptionError: What is done with the connection needs more memory than it may have.
    """
    import duckdb  # noqa: PLC0415 - the command line's help must not load the engine

    with tempfile.TemporaryDirectory(prefix="corena_recon_") as own_folder:
        connection = duckdb.connect(
            config={
                "threads": threads or os.cpu_count() or 1,
                "temp_directory": str(spill_folder or own_folder),
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
                "preserve_insertion_order": True,
            }
        )
        try:
            connection.execute("SET GLOBAL TimeZone = 'UTC'")
            if memory_limit_bytes is not None:
                connection.execute(f"SET memory_limit = '{memory_limit_bytes} B'")
            yield connection
        except duckdb.OutOfMemoryException:
            raise OptionError(
                "this is more than the engine can do with the memory it may use",
                hint="where a limit was set, set a higher one with memory_bytes",
            ) from None
        finally:
            connection.close()


def sql_literal(text: str) -> str:
    """The text as an SQL string."""
    return "'" + text.replace("'", "''") + "'"
