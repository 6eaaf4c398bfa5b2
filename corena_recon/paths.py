"""What a folder holds, but for what is hidden and for one folder in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path


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
