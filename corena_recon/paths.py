"""How paths and open files are taken and named, and what a folder holds but for what is hidden or left out."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from corena_recon.errors import SourceError
from corena_recon.text import printable, text_of

_SHOWN_MAX: Final = 200


def name_of(path: str | bytes | os.PathLike[str]) -> str:
    """The path as text, byte for byte recoverable also where its bytes are not UTF-8."""
    return text_of(os.fsencode(path))


def shown(text: str) -> str:
    """What was given as a path, safe to print, and cut, for it may be contents."""
    return printable(text if len(text) <= _SHOWN_MAX else f"{text[:_SHOWN_MAX]}…")


def path_hint(text: str) -> str:
    """What to do about a path that leads to nothing, and looks like contents or not."""
    hint = "check the path or the pattern"
    looks_like_contents = len(text) > _SHOWN_MAX or not text.isprintable() or text.startswith(("{", "[", "<"))
    return f"{hint}; contents are given as bytes, not as text" if looks_like_contents else hint


def refuse_text(file: Any) -> None:  # noqa: ANN401 - whatever has a method read
    """Nothing for a file that gives bytes.

    Raises:
        SourceError: It gives text, in which the exact bytes are lost.
    """
    if isinstance(file.read(0), str):
        raise SourceError("a file opened as text cannot be read", hint='open it for bytes: open(path, "rb")')


def inner_paths(folder: Path, without: Path | None = None) -> Iterator[Path]:
    """Everything in the folder and the folders in it that is not hidden, and not within ``without``."""
    is_left_out = within(without)
    for path in folder.rglob("*"):
        is_hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if not is_hidden and not is_left_out(path):
            yield path


def within(folder: Path | None) -> Callable[[Path], bool]:
    """Whether a path leads into the folder; none does where there is no folder."""
    if folder is None:
        return lambda _: False
    resolved = folder.resolve()
    return lambda path: path.parent.resolve().is_relative_to(resolved)
