"""A report folder: written whole or not at all, the same bytes for the same contents, read back lazily.

Files are written to a hidden folder beside the target, flushed to disk, and exchanged with the target in one step, so a
failed or killed run leaves an earlier report as it was. ``manifest.json`` is written last.
"""

from __future__ import annotations

import ctypes
import errno
import hashlib
import io
import json
import os
import shutil
import sys
import tempfile
from collections import deque
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

import pyarrow as pa
import pyarrow.parquet as pq

from corena_recon.errors import OutputError
from corena_recon.schemas import REPORT_FORMAT, ROW_GROUP_ROWS, keeping_of
from corena_recon.tables.columns import with_own_dictionaries
from corena_recon.text import printable

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

TABLES: Final = ("notifications", "results", "orders", "intake", "tie_out")
"""The tables of a report, each a Parquet file of its name."""
MANIFEST: Final = "manifest.json"

_PACKAGE: Final = "corena_recon"
_OF_THE_DESKTOP: Final = frozenset({".DS_Store", ".ipynb_checkpoints", "Thumbs.db", "desktop.ini"})
"""What desktops and notebooks leave in any folder that they show."""


def folder_path(folder: object) -> Path:
    """The path of a report folder that a caller names.

    Raises:
        OutputError: It is no path.
    """
    if not isinstance(folder, str | os.PathLike):
        raise OutputError(f"a report folder is named by its path, not by a {type(folder).__name__}", hint="give text")
    return Path(os.fsdecode(folder))


def report_path(folder: object) -> Path:
    """Where a report stands: a way that leads up again is followed now, while nothing has been made on it yet.

    Raises:
        OutputError: It is no path.
    """
    path = folder_path(folder)
    return path.resolve() if ".." in path.parts else path


@contextmanager
def new_report(folder: Path) -> Iterator[Path]:
    """A hidden folder to fill; it takes the target's place when the block ends without an exception.

    Args:
        folder: The target, of ``report_path``: absent, empty, or an earlier report and nothing else.

    Raises:
        OutputError: The target holds something else, or cannot be written.
    """
    _refuse_foreign(folder)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        partial = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", suffix=".partial", dir=folder.parent))
    except OSError as error:
        raise OutputError(f"{folder} cannot be written: {error.strerror or type(error).__name__}") from None
    try:
        yield partial
        with _writing():
            partial.chmod(0o755)
            for path in (*partial.iterdir(), partial):
                _sync(path)
            _refuse_foreign(folder)
            _take_place(partial, folder)
            _sync(folder.parent)
    except _NotWrittenError as error:
        raise OutputError(f"{folder} cannot be written: {error.strerror or type(error).__name__}") from None
    finally:
        shutil.rmtree(partial, ignore_errors=True)


class _NotWrittenError(OSError):
    """A file of a report cannot be written; other files that a run needs fail with other errors."""


@contextmanager
def _writing() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise _NotWrittenError(*error.args) from error


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


class TableFile:
    """A Parquet file of a report, written in a thread of its own while the next rows are made.

    Args:
        path: Where; nothing may be there yet.
        schema: Of what is written; metadata is left out, and dictionaries are what they stand for.
        waiting_max: How many tables may wait to be written; any number when None, where all rows are in memory
            and nothing is spilled: the file is on disk then once it is finished.
    """

    def __init__(self, path: Path, schema: pa.Schema, *, waiting_max: int | None = None) -> None:
        self.path = path
        self._words = [name for name in schema.names if keeping_of(name).worked_on_as is not None]
        self._schema = with_own_dictionaries(schema.empty_table(), self._words).schema.remove_metadata()
        self._waiting_max = waiting_max
        with _writing(), ExitStack() as opened:
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
        self._writer.add_key_value_metadata({"package": _PACKAGE, "format": str(REPORT_FORMAT)})
        self._pool = ThreadPoolExecutor(1)
        self._digest: Future[str] | None = None
        self._waiting: deque[Future[None]] = deque()

    def write(self, table: pa.Table) -> None:
        """Has rows written: whole row groups of ROW_GROUP_ROWS, but for the last time."""
        self._waiting.append(self._pool.submit(self._write, table))
        while self._waiting and (self._waiting[0].done() or self._is_full()):
            self._waiting.popleft().result()

    def end(self) -> Future[str]:
        """Says that no more rows will come, and does not wait; gives the file's SHA-256, in hexadecimal digits."""
        if self._digest is None:
            self._digest = self._pool.submit(self._close)
        return self._digest

    def finish(self) -> str:
        """Waits until everything is written; gives the file's SHA-256, in hexadecimal digits."""
        digest = self.end()
        for future in self._waiting:
            future.result()
        return digest.result()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(cancel_futures=True)
        if not self._file.closed:
            with _writing(), self._file:
                self._writer.close()

    def _is_full(self) -> bool:
        return self._waiting_max is not None and len(self._waiting) > self._waiting_max

    @_writing()
    def _write(self, table: pa.Table) -> None:
        table = table.replace_schema_metadata(None)
        for first in range(0, len(table), ROW_GROUP_ROWS):
            # In one piece: where pieces end, pages end, and those are where the archive was read, not what it says.
            rows = table.slice(first, ROW_GROUP_ROWS).combine_chunks()
            self._writer.write_table(with_own_dictionaries(rows, self._words), ROW_GROUP_ROWS)
        if self._waiting_max is not None:
            _begin_to_store(self._file)

    @_writing()
    def _close(self) -> str:
        self._writer.close()
        self._file.flush()
        if self._waiting_max is None:
            # Now while there is other work. With rows on disk the system would have to write those too: later, then.
            os.fsync(self._file.fileno())
        self._file.close()
        return self._file.hexdigest()


def write_tables(folder: Path, tables: Mapping[str, pa.Table]) -> dict[str, str]:
    """Writes each table as a Parquet file of its name; gives the SHA-256 of each file by its name."""
    with ExitStack() as stack:
        files = []
        for name, table in tables.items():
            file = stack.enter_context(TableFile(folder / f"{name}.parquet", table.schema))
            file.write(table)
            file.end()
            files.append(file)
        return {file.path.name: file.finish() for file in files}


@_writing()
def write_manifest(folder: Path, facts: Mapping[str, Any], digests: Mapping[str, str]) -> None:
    """Writes the manifest with the facts, and the SHA-256 of every file by its name."""
    whole = {"package": _PACKAGE, "format": REPORT_FORMAT, **facts, "outputs": dict(digests)}
    text = json.dumps(whole, indent=2, sort_keys=True, ensure_ascii=True) + "\n"
    with (folder / MANIFEST).open("x", encoding="ascii") as file:
        file.write(text)


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a report folder.

    Raises:
        OutputError: The folder is no report, or its format is of a later version of this package.
    """
    manifest = _manifest_in(folder)
    if manifest is None:
        raise OutputError(f"{folder} is no report: it has no readable {MANIFEST}")
    return manifest


def _manifest_in(folder: Path) -> dict[str, Any] | None:
    """The manifest; None where there is none that this package can have written."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="ascii"))
    except (OSError, ValueError, RecursionError):
        return None
    if not isinstance(manifest, dict) or manifest.get("package") != _PACKAGE:
        return None
    # The first reports of format 1 did not name it.
    number = manifest.get("format", 1)
    if type(number) is not int or number < 1:
        return None
    if number > REPORT_FORMAT:
        raise OutputError(
            f"{folder} is a report of format {number}, and this version reads none above {REPORT_FORMAT}",
            hint="update the package corena-recon",
        )
    outputs, inputs = manifest.get("outputs"), manifest.get("inputs", {})
    if not isinstance(inputs, dict) or not isinstance(outputs, dict):
        return None
    return manifest if {f"{name}.parquet" for name in TABLES} >= {*outputs} else None


def _refuse_foreign(folder: Path) -> None:
    if not folder.exists() and not folder.is_symlink():
        return
    if folder.is_symlink() or not folder.is_dir():
        raise OutputError(f"{folder} exists and is no folder")
    names = {entry.name for entry in folder.iterdir()} - _OF_THE_DESKTOP
    if not names:
        return
    manifest = _manifest_in(folder)
    if manifest is None:
        raise OutputError(f"{folder} holds something that is no report", hint="name a new or an empty folder")
    foreign = sorted(names - {MANIFEST, *manifest["outputs"]})
    if foreign:
        raise OutputError(
            f"{folder} holds more than a report: {printable(foreign[0])}",
            hint="move it elsewhere, or name a new folder",
        )


def _take_place(partial: Path, folder: Path) -> None:
    """Puts the new report where the old one stands; the old one, if any, is left under the partial name."""
    if not folder.exists():
        partial.rename(folder)
        return
    if _exchange(partial, folder):
        return
    aside = partial.with_suffix(".old")
    folder.rename(aside)
    partial.rename(folder)
    shutil.rmtree(aside)


def _exchange(one: Path, other: Path) -> bool:
    """Exchanges two folders in one step, where the system can."""
    at_cwd, exchange = -100, 2
    renameat2 = _system_function("renameat2")
    if renameat2 is None:
        return False
    if renameat2(at_cwd, os.fsencode(one), at_cwd, os.fsencode(other), exchange) == 0:
        return True
    if ctypes.get_errno() in (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP):
        return False
    raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), str(other))


def _begin_to_store(file: io.BufferedWriter) -> None:
    """Has the system begin to put on disk what was written, where it can; less is left to wait for in the end then."""
    function = _system_function("sync_file_range")
    if function is not None:
        begin_writing = 2
        function(file.fileno(), ctypes.c_int64(0), ctypes.c_int64(0), begin_writing)


def _system_function(name: str) -> Any:  # noqa: ANN401 - ctypes has no better types
    """A function that Linux has and others may not."""
    return getattr(ctypes.CDLL(None, use_errno=True), name, None) if sys.platform.startswith("linux") else None


def _sync(path: Path) -> None:
    """Waits until a file or a folder is on disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
