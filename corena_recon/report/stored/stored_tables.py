"""Tables in the files of a report: what is read later is what stood there, or an error."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple, Self

import pyarrow as pa
import pyarrow.parquet as pq

from corena_recon.errors import OutputError

_HELD_MAX_BYTES: Final = 8 << 20
"""Tables of smaller files, some fifty thousand notifications, are read at once and stay in memory."""


class _Identity(NamedTuple):
    """What tells a file from any that takes its place: reports are replaced as a whole, never written into."""

    device: int
    number: int
    size_bytes: int
    changed_at_ns: int


class StoredTable(NamedTuple):
    """A table in a file of a report; another file that takes its place is never read for it.

    Attributes:
        path: Where it is.
        identity: Which file it was when it was found; None where there was none.
    """

    path: Path
    identity: _Identity | None

    @classmethod
    def at(cls, path: Path) -> Self:
        """The table in the file that is there now."""
        return cls(path, _identity_of(path))

    def require(self) -> None:
        """Does nothing where the file is still the one that it was.

        Raises:
            OutputError: It is gone, or another one has taken its place.
        """
        identity = _identity_of(self.path)
        if identity is None:
            raise OutputError(f"{self.path} cannot be read: it is not there", hint="run the audit again")
        if identity != self.identity:
            raise OutputError(
                f"{self.path} is no longer the file that it was: another report has taken its place",
                hint="read the report that is there now, or give every audit a folder of its own",
            )

    @contextmanager
    def opened(self) -> Iterator[pq.ParquetFile]:
        """The file, to be read in part.

        Raises:
            OutputError: As for ``require``.
        """
        self.require()
        with pq.ParquetFile(self.path) as file:
            # Once more: what took its place in between is open now, and that place stays taken.
            self.require()
            yield file

    def read(self) -> pa.Table:
        """All rows.

        Raises:
            OutputError: As for ``require``.
        """
        with self.opened() as file:
            return file.read().replace_schema_metadata()

    def held_if_small(self) -> pa.Table | Self:
        """The rows where they are few; else the same."""
        is_small = self.identity is not None and self.identity.size_bytes <= _HELD_MAX_BYTES
        return self.read() if is_small else self

    def sha256(self) -> str:
        """SHA-256 of the file, in hexadecimal digits.

        Raises:
            OutputError: As for ``require``.
            OSError: The system does not give its bytes.
        """
        self.require()
        digest = sha256_of(self.path)
        self.require()
        return digest


def in_place(tables: Mapping[str, pa.Table | StoredTable]) -> dict[str, pa.Table | Path]:
    """The tables in memory, or the files of the others, to be read in part.

    Raises:
        OutputError: As for ``StoredTable.require``.
    """
    found = {}
    for name, table in tables.items():
        if isinstance(table, StoredTable):
            table.require()
        found[name] = table.path if isinstance(table, StoredTable) else table
    return found


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _identity_of(path: Path) -> _Identity | None:
    try:
        known = path.stat()
    except OSError:
        return None
    return _Identity(known.st_dev, known.st_ino, known.st_size, known.st_mtime_ns)
