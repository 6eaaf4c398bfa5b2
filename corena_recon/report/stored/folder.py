"""A report folder: written whole or not at all, and told from any other folder.

Files are written to a hidden folder, flushed to disk, and take the place of an earlier report's then, so that a failed
or killed run leaves that one as it was. ``manifest.json`` is written last.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

from corena_recon.errors import OutputError
from corena_recon.report.stored.replacing import (
    MADE_OF_IT,
    MANIFEST,
    OF_THE_DESKTOP,
    PARTIAL,
    is_of_a_run,
    must_stay,
    put_back,
    sync,
    take_place,
)
from corena_recon.report.stored.table_files import PACKAGE, NotWrittenError, writing
from corena_recon.schemas import REPORT_FORMAT
from corena_recon.tables.own_folders import own_folder, remove_left
from corena_recon.text import is_utf8, printable

TABLES: Final = ("notifications", "results", "orders", "intake", "tie_out", "worklist")
"""The tables of a report, each a Parquet file of its name."""

SOMETIMES: Final = ("ledger", "decisions")
"""Tables that a report has where there is something to be in them."""


def folder_path(folder: object) -> Path:
    """The path of a report folder that a caller names.

    Raises:
        OutputError: It is no path, but a URL, or one that not all can open who read tables.
    """
    if not isinstance(folder, str | os.PathLike):
        raise OutputError(f"a report folder is named by its path, not by a {type(folder).__name__}", hint="give text")
    path = os.fsdecode(folder)
    if "://" in path:
        raise OutputError(
            "a URL is named where a folder or file of this machine belongs",
            hint="name a path on this machine, and copy what is there from or to the URL",
        )
    if not is_utf8(path):
        raise OutputError(
            f"the report folder {printable(path)} has a name that is not UTF-8",
            hint="name another folder, or name it from where it stands",
        )
    return Path(path)


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
    target, folder = folder, folder if folder.name else folder.absolute()
    put_back(folder)
    remove_left(f".{folder.name}.", PARTIAL, folder)
    _refuse_foreign(folder)
    with ExitStack() as held:
        try:
            folder.parent.mkdir(parents=True, exist_ok=True)
            workplace = folder if must_stay(folder) else folder.parent
            partial = held.enter_context(own_folder(f".{folder.name}.", PARTIAL, parent=workplace))
        except OSError as error:
            raise _not_written(target, error) from None
        try:
            yield partial
            with writing():
                for path in (*partial.iterdir(), partial):
                    sync(path)
                _refuse_foreign(folder)
                take_place(partial, folder)
        except NotWrittenError as error:
            raise _not_written(target, error) from None


def _not_written(folder: Path, error: OSError) -> OutputError:
    return OutputError(f"{folder} cannot be written: {error.strerror or type(error).__name__}")


@writing()
def write_manifest(folder: Path, facts: Mapping[str, Any], digests: Mapping[str, str]) -> None:
    """Writes the manifest with the facts, and the SHA-256 of every file by its name."""
    whole = {"package": PACKAGE, "format": REPORT_FORMAT, **facts, "outputs": dict(digests)}
    with (folder / MANIFEST).open("xb") as file:
        file.write(manifest_text(whole))


def manifest_text(manifest: Mapping[str, Any]) -> bytes:
    """A manifest as the bytes of its file."""
    return (json.dumps(manifest, indent=2, sort_keys=True, ensure_ascii=True) + "\n").encode("ascii")


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a report folder.

    Raises:
        OutputError: The folder is no report, or partitioned for a warehouse, or its format is of a later version of
            this package.
    """
    manifest = manifest_in(folder)
    if manifest is None:
        put_back(folder)
        manifest = manifest_in(folder)
    if manifest is None:
        raise OutputError(f"{folder} is no report: it has no readable {MANIFEST}")
    return manifest


def manifest_in(folder: Path) -> dict[str, Any] | None:
    """The manifest; None where there is none that this package can have written."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="ascii"))
    except (OSError, ValueError, RecursionError):
        return None
    if not isinstance(manifest, dict) or manifest.get("package") != PACKAGE:
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
    if "partition" in manifest:
        raise OutputError(
            f"{folder} is partitioned for a warehouse, and is no report to go on with",
            hint="name the report that it was made of",
        )
    outputs, inputs = manifest.get("outputs"), manifest.get("inputs", {})
    if not isinstance(inputs, dict) or not isinstance(outputs, dict):
        return None
    return manifest if {*(f"{name}.parquet" for name in (*TABLES, *SOMETIMES)), *MADE_OF_IT} >= {*outputs} else None


def _refuse_foreign(folder: Path) -> None:
    if not folder.exists() and not folder.is_symlink():
        return
    if folder.is_symlink() or not folder.is_dir():
        raise OutputError(f"{folder} exists and is no folder")
    names = {entry.name for entry in folder.iterdir() if not is_of_a_run(entry.name, folder)} - OF_THE_DESKTOP
    if not names:
        return
    manifest = manifest_in(folder)
    if manifest is None:
        raise OutputError(f"{folder} holds something that is no report", hint="name a new or an empty folder")
    foreign = sorted(names - {MANIFEST, *MADE_OF_IT, *manifest["outputs"]})
    if foreign:
        raise OutputError(
            f"{folder} holds more than a report: {printable(foreign[0])}",
            hint="move it elsewhere, or name a new folder",
        )
