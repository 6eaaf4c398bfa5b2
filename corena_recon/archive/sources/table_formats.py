"""Folders of Delta, Iceberg and Hudi: their files hold deleted rows, too, and are never read alone."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from corena_recon.errors import SourceError
from corena_recon.paths import name_of
from corena_recon.text import printable

_DELTA: Final = "Delta"
_IN_TABLE: Final = re.compile(r"(?:^|/)(?:(_delta_log)/|(\.hoodie)/|(metadata)/[^/]*\.metadata\.json$)")
_KINDS: Final = (_DELTA, "Hudi", "Iceberg")
_WHY: Final = "its files hold rows that were deleted, too, and are not read one by one"
_HINT: Final = "export the table as it is now to one Parquet or CSV file"


def table_format_of(folder: Path) -> str | None:
    """``Delta``, ``Hudi`` or ``Iceberg`` where the folder is one table of that format."""
    if (folder / "_delta_log").is_dir():
        return _DELTA
    if (folder / ".hoodie").is_dir():
        return "Hudi"
    return "Iceberg" if any(folder.glob("metadata/*.metadata.json")) else None


def live_rows(folder: Path, kind: str) -> Any:  # noqa: ANN401 - what Arrow can read
    """The rows that the table has now.

    Raises:
        SourceError: The format is not read, nothing that reads it is installed, or the table cannot be read.
    """
    name = printable(name_of(folder))
    if kind != _DELTA:
        raise SourceError(f"{name} is a table of {kind}: {_WHY}", hint=_HINT)
    try:
        delta = importlib.import_module("deltalake")
    except ImportError:
        raise SourceError(
            f"{name} is a table of Delta: {_WHY}", hint=f"install deltalake, which reads it, or {_HINT}"
        ) from None
    try:
        return delta.DeltaTable(str(folder)).to_pyarrow_dataset()
    except Exception as error:  # noqa: BLE001 - it raises whatever its own libraries do
        raise SourceError(
            f"{name} is a table of Delta that cannot be read: {type(error).__name__}", hint=_HINT
        ) from None


def refuse_file_of_table(path: Path) -> None:
    """Nothing for a file that is no part of a table.

    Raises:
        SourceError: It is one of the files of a table.
    """
    folder = path.parent
    while "=" in folder.name or folder.name in ("data", "metadata", "_delta_log"):
        folder = folder.parent
    kind = table_format_of(folder)
    if kind is not None:
        raise SourceError(
            f"{printable(name_of(path))} is a file of a table of {kind}: {_WHY}",
            hint=f"give the folder {printable(name_of(folder))}" if kind == _DELTA else _HINT,
        )


def refuse_table_in(name: str, members: Iterable[str]) -> None:
    """Nothing for names of which none is of a table format.

    Raises:
        SourceError: There is a table among them.
    """
    for member in members:
        found = _IN_TABLE.search(member)
        if found is not None:
            kind = next(kind for kind, place in zip(_KINDS, found.groups(), strict=True) if place)
            raise SourceError(f"{printable(name)} holds a table of {kind}: {_WHY}", hint=_HINT)
