"""What a source holds: files opened one by one, or tables already in memory."""

from __future__ import annotations

import glob
import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, NamedTuple, Protocol, TypeAlias

import pyarrow as pa

from corena_recon.errors import SourceError
from corena_recon.orders.exports.compression import compression_of, expanded, expanded_blocks, zipped
from corena_recon.paths import inner_paths, name_of, path_hint, refuse_text, shown, within
from corena_recon.tables.frames import is_frame, offers_arrow, table_given
from corena_recon.text import printable

if TYPE_CHECKING:
    import pandas as pd

    from corena_recon.orders.exports.export import Export

MEMORY = "<memory>"

_BLOCK_BYTES = 1 << 20
_HEAD_BYTES = 6
_ZIP = b"PK\x03\x04"

Input: TypeAlias = tuple[str, str | None]
"""What was read by its name, and its SHA-256 where it is bytes."""
Records: TypeAlias = Sequence[Mapping[str, object]]
"""Rows in memory, one mapping a row."""
Source: TypeAlias = (
    "str | os.PathLike[str] | bytes | BinaryIO | pd.DataFrame | OffersArrow | Records | Sequence[Source]"
)
"""A path, a glob, a folder, bytes, an open binary file, a table in memory, records, or a list of those."""


class OffersArrow(Protocol):
    """A table in memory by Arrow's capsule: Arrow's own, Polars' frames, DuckDB's relations."""

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """The stream of its rows."""
        ...


class StoredFile(NamedTuple):
    """A file that is read when it is asked for, expanded where it is compressed."""

    path: str

    def read(self) -> bytes:
        """All of it.

        Raises:
            SourceError: It cannot be read or is damaged.
        """
        return expanded(self.path, b"".join(self._opened_blocks()))

    def sha256(self) -> str:
        """Its SHA-256 as it is stored, in hexadecimal digits."""
        digest = hashlib.sha256()
        for block in self._opened_blocks(_BLOCK_BYTES):
            digest.update(block)
        return digest.hexdigest()

    def byte_count(self) -> int:
        """Its size as it is stored."""
        return Path(self.path).stat().st_size

    def blocks(self, size: int) -> Iterator[bytes]:
        """Its contents, so many bytes at a time.

        Raises:
            SourceError: As for ``read``.
        """
        kind = compression_of(self.head())
        if kind is None:
            yield from self._opened_blocks(size)
            return
        with self._opened() as stored:
            yield from expanded_blocks(self.path, kind, stored, size)

    def head(self) -> bytes:
        """Its first bytes as it is stored."""
        return next(self._opened_blocks(_HEAD_BYTES), b"")

    def _opened_blocks(self, size: int = -1) -> Iterator[bytes]:
        with self._opened() as file:
            while block := file.read(size):
                yield block

    @contextmanager
    def _opened(self) -> Iterator[BinaryIO]:
        try:
            with Path(self.path).open("rb") as file:
                yield file
        except OSError as error:
            raise SourceError(
                f"{printable(self.path)} cannot be opened: {error.strerror}",
                hint="check its permissions",
                path=self.path,
            ) from error


class Content(NamedTuple):
    """One thing to read: a file, bytes, a table or records in memory, or what was read of a file already."""

    source: str
    payload: StoredFile | bytes | pd.DataFrame | pa.Table | Records | Export
    sha256_of_bytes: str | None = None

    def sha256(self) -> str | None:
        """SHA-256 as it is stored or was handed over, in hexadecimal digits; None where it is no bytes."""
        return self.payload.sha256() if isinstance(self.payload, StoredFile) else self.sha256_of_bytes


def contents(source: Source, without: Path | None = None) -> Iterator[Content]:
    """Everything a source holds, in order: files unread, bytes expanded, tables and records as they are.

    Args:
        source: As for ``read_orders``.
        without: A folder; what folders and globs hold within it is left out.

    Raises:
        SourceError: A path does not exist or cannot be read, a folder is empty, or the source is of no known
            kind.
    """
    if is_frame(source) or offers_arrow(source):
        yield Content(MEMORY, source if is_frame(source) else table_given(source))
    elif isinstance(source, (str, os.PathLike)):
        for path in _paths(os.fspath(source), without):
            if not Path(path).is_file():
                raise SourceError(f"{printable(path)} is not a regular file", hint="give a file", path=path)
            yield from _contents_of_file(name_of(path), StoredFile(path))
    elif isinstance(source, (bytes, bytearray, memoryview)):
        yield from _contents_of_bytes(MEMORY, bytes(source))
    elif hasattr(source, "read"):
        refuse_text(source)
        name = getattr(source, "name", MEMORY)
        name = name_of(name) if isinstance(name, str | bytes) else MEMORY
        yield from _contents_of_bytes(name, source.read())
    elif isinstance(source, Sequence) and source and all(isinstance(item, Mapping) for item in source):
        yield Content(MEMORY, source)
    elif isinstance(source, Sequence) and source:
        for item in source:
            yield from contents(item, without)
    else:
        raise SourceError(
            f"orders cannot be read from {type(source).__name__}",
            hint="give a path, a glob, a folder, bytes, an open binary file, or a table in memory",
        )


def _contents_of_file(name: str, file: StoredFile) -> Iterator[Content]:
    members = zipped(name, file.read()) if file.head().startswith(_ZIP) else None
    if members is None:
        yield Content(name, file)
    else:
        yield from _contents_of_members(members)


def _contents_of_bytes(name: str, octets: bytes) -> Iterator[Content]:
    members = zipped(name, octets)
    if members is None:
        yield Content(name, expanded(name, octets), hashlib.sha256(octets).hexdigest())
    else:
        yield from _contents_of_members(members)


def _contents_of_members(members: Iterator[tuple[str, bytes]]) -> Iterator[Content]:
    for name, octets in members:
        yield Content(name, octets, hashlib.sha256(octets).hexdigest())


def _paths(text: str, without: Path | None) -> list[str]:
    # Unlike pathlib, these two take a name that is too long for one that is not there.
    if os.path.isdir(text):  # noqa: PTH112
        found = sorted(str(each) for each in inner_paths(Path(text), without) if each.is_file())
    elif os.path.exists(text):  # noqa: PTH110
        found = [text]
    else:
        names = glob.glob(text, recursive=True)  # noqa: PTH207
        is_left_out = within(without)
        found = sorted(each for each in names if Path(each).is_file() and not is_left_out(Path(each)))
    if not found:
        raise SourceError(f"nothing to read at {shown(text)}", hint=path_hint(text), path=text)
    return found
