"""A report folder: written whole or not at all, the same bytes for the same contents, read back lazily.

Files are written to a hidden folder beside the target, flushed to disk, and exchanged with the target in one step, so a
failed or killed run leaves an earlier report as it was. ``manifest.json`` is written last.
"""

from __future__ import annotations

import ctypes
import errno
import hashlib
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from corena_recon.errors import OutputError

TABLES: Final = ("notifications", "results", "orders", "intake", "tie_out")
"""The tables of a report, each a Parquet file of its name."""
MANIFEST: Final = "manifest.json"

_ROW_GROUP_ROWS: Final = 131_072
_FEW_VALUES: Final = frozenset(
    [
        "source",
        "endpoint",
        "merchant",
        "status",
        "currency",
        "payment_type",
        "extra",
        "fidelity",
        "unreadable",
        "signature_status",
        "key_id",
        "verdict",
        "outcome",
        "match_rule",
        "order_currency",
        "order_status",
        "order_state",
        "paid_currency",
        "ledger",
        "form",
    ]
)
_RANDOM_TEXT: Final = frozenset({"signature", "sha256"})


@contextmanager
def new_report(folder: Path) -> Iterator[Path]:
    """A hidden folder to fill; it takes the target's place when the block ends without an exception.

    Args:
        folder: The target: absent, empty, or an earlier report.

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
        partial.chmod(0o755)
        _sync_folder(partial)
        _take_place(partial, folder)
        _sync_folder(folder.parent)
    except OSError as error:
        raise OutputError(f"{folder} cannot be written: {error.strerror or type(error).__name__}") from None
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def write_tables(folder: Path, tables: Mapping[str, pa.Table]) -> None:
    """Writes each table as a Parquet file of its name, flushed to disk."""
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        list(pool.map(lambda name: _write_table(folder / f"{name}.parquet", tables[name]), tables))


@contextmanager
def table_writer(path: Path, schema: pa.Schema) -> Iterator[pq.ParquetWriter]:
    """A Parquet writer on an open file that is flushed to disk at the end; write row groups of equal size."""
    plain = schema.remove_metadata()
    with path.open("xb") as file:
        with pq.ParquetWriter(
            file,
            plain,
            compression={name: "none" if name in _RANDOM_TEXT else "snappy" for name in plain.names},
            use_dictionary=[name for name in plain.names if name in _FEW_VALUES],
        ) as writer:
            yield writer
        file.flush()
        os.fsync(file.fileno())


def write_manifest(folder: Path, facts: Mapping[str, Any]) -> None:
    """Writes the manifest with the facts, and the SHA-256 of every file that is there already."""
    outputs = {path.name: sha256_of(path) for path in sorted(folder.iterdir())}
    text = json.dumps({**facts, "outputs": outputs}, indent=2, sort_keys=True, ensure_ascii=True) + "\n"
    with (folder / MANIFEST).open("x", encoding="ascii") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a report folder.

    Raises:
        OutputError: The folder is no report.
    """
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="ascii"))
    except (OSError, ValueError):
        manifest = None
    if not isinstance(manifest, dict) or "outputs" not in manifest:
        raise OutputError(f"{folder} is no report: it has no readable {MANIFEST}")
    return manifest


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _write_table(path: Path, table: pa.Table) -> None:
    with table_writer(path, table.schema) as writer:
        writer.write_table(table.replace_schema_metadata(None), row_group_size=_ROW_GROUP_ROWS)


def _refuse_foreign(folder: Path) -> None:
    if not folder.exists() and not folder.is_symlink():
        return
    if folder.is_symlink() or not folder.is_dir():
        raise OutputError(f"{folder} exists and is no folder")
    if any(folder.iterdir()) and not (folder / MANIFEST).is_file():
        raise OutputError(f"{folder} holds something that is no report", hint="name a new or an empty folder")


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
    if not sys.platform.startswith("linux"):
        return False
    at_cwd, exchange = -100, 2
    renameat2 = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if renameat2 is None:
        return False
    if renameat2(at_cwd, os.fsencode(one), at_cwd, os.fsencode(other), exchange) == 0:
        return True
    if ctypes.get_errno() in (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP):
        return False
    raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), str(other))


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
