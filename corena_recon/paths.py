"""How paths are named, and what a folder holds, but for what is hidden and for one folder in it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

from corena_recon.text import text_of


def name_of(path: str | bytes | os.PathLike[str]) -> str:
    """The path as text, byte for byte recoverable also where its bytes are not UTF-8."""
    return text_of(os.fsencode(path))


def inner_paths(folder: Path, without: Path | None = None) -> Iterator[Path]:
    """Everything in the folder and the folders in it that is not hidden, and not within ``without``."""
    is_left_out = within(without)
    for path in folder.rglob("*"):
        if not any(part.startswith(".") for part in path.relative_to(folder).parts) and not is_left_out(path):
            yield path


def within(folder: Path | None) -> Callable[[Path], bool]:
    """Whether a path leads into the folder; none does where there is no folder."""
    if folder is None:
        return lambda _: False
    resolved = folder.resolve()
    return lambda path: path.parent.resolve().is_relative_to(resolved)
