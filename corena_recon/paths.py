"""How paths and open files are taken and named, and what a folder holds but for what is hidden or left out."""

from __future__ import annotations

import glob
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from corena_recon.errors import SourceError
from corena_recon.text import printable, text_of

if TYPE_CHECKING:
    import zipfile

_SHOWN_MAX: Final = 200


def name_of(path: str | bytes | os.PathLike[str]) -> str:
    """The path as text, byte for byte recoverable also where its bytes are not UTF-8."""
    return text_of(os.fsencode(path))


def paths_in(given: object) -> list[str]:
    """The paths that a caller gives, one or several; none where what is given is data, or an open file."""
    several = list(given) if isinstance(given, list | tuple) else [given]
    return [os.fsdecode(path) for path in several if isinstance(path, str | os.PathLike)]


def is_zipped_folder(member: zipfile.ZipInfo) -> bool:
    """Whether an entry of a zip is a folder: by its name, which may be empty, and by having no contents."""
    return member.filename.endswith("/") and not member.file_size


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


class Named:
    """What a call names for another purpose than the one at hand, by whatever path leads to it.

    Args:
        folder: One that all is named of; it need not be there yet.
        sources: Paths, globs, folders, open files, or lists of those; what is none of them names no file.
    """

    def __init__(self, folder: Path | None = None, *sources: Any) -> None:  # noqa: ANN401
        self._is_within = [within(folder)]
        self._files: set[tuple[int, int]] = set()
        for source in sources:
            self._add(source)

    def __call__(self, path: Path) -> bool:
        """Whether the path leads to it, or to a file in one of its folders."""
        if any(is_within(path) for is_within in self._is_within):
            return True
        return bool(self._files) and _file_at(path) in self._files

    def _add(self, source: Any) -> None:  # noqa: ANN401
        if isinstance(source, list | tuple):
            for one in source:
                self._add(one)
            return
        named = source if isinstance(source, str | os.PathLike) else getattr(source, "name", None)
        if not isinstance(named, str | os.PathLike):
            return
        path = Path(named)
        found = _file_at(path)
        if found is None and isinstance(source, str) and glob.has_magic(source):
            self._add([Path(each) for each in glob.glob(source, recursive=True)])  # noqa: PTH207
        elif found is not None and path.is_dir():
            self._is_within.append(within(path))
        elif found is not None:
            self._files.add(found)


def _file_at(path: Path) -> tuple[int, int] | None:
    """What tells the file at a path from all others; None where there is none."""
    try:
        found = path.stat()
    except (OSError, ValueError):
        return None
    return found.st_dev, found.st_ino


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


NOWHERE: Final = Named()
"""Nothing is named for another purpose."""
