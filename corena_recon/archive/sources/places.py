"""What a path, a folder or a glob leads to, and which of it is read."""

from __future__ import annotations

import glob
import os
import re
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final, NamedTuple

from corena_recon.archive.sources.table_formats import refuse_file_of_table, table_format_of
from corena_recon.errors import SourceError
from corena_recon.languages import note
from corena_recon.paths import name_of, path_hint, shown
from corena_recon.text import printable

_WRITTEN_FOR_PEOPLE: Final = re.compile(
    r"(?:readme|licen[cs]e|changelog|lisez-?moi)(?:[._ -].*)?|.*\.(?:md|markdown|rst|adoc|toml)", re.IGNORECASE
)
_HIDDEN: Final = note("hidden")
_LINK: Final = note("link")
_NO_FILE: Final = note("no_file")
NO_ARCHIVE_BY_NAME: Final = note("by_name")


class Place(NamedTuple):
    """A file or a table's folder.

    Attributes:
        path: Where it is.
        is_alone: Whether the caller named it itself, and no folder or glob.
        note: Why nothing of it is read, a sentence; None where it is.
        table: The table format whose folder it is; None for a file.
    """

    path: Path
    is_alone: bool = False
    note: str | None = None
    table: str | None = None


def is_written_for_people(name: str) -> bool:
    """Whether a file of this name is documentation or configuration, whatever stands in it."""
    return _WRITTEN_FOR_PEOPLE.fullmatch(name) is not None


def expanded_paths(source: str | os.PathLike[str], without: Callable[[Path], bool]) -> list[Place]:
    """What a path, folder or glob leads to, in order of the names.

    Args:
        source: The path, folder or glob.
        without: Which paths are left out.

    Raises:
        SourceError: There is nothing, or a file of a table format.
    """
    path = Path(source)
    try:
        is_folder = stat.S_ISDIR(path.lstat().st_mode)
    except (OSError, ValueError) as error:
        return _matching(str(source), without, error)
    if not is_folder:
        refuse_file_of_table(path)
        return [] if without(path) else [Place(path, is_alone=True)]
    found = sorted(_within(path, without))
    if not found:
        is_left_out = any(_within(path, lambda _: False))
        rest = " but what is named for another purpose" if is_left_out else ""
        raise SourceError(f"the folder {printable(name_of(path))} holds no file{rest}")
    return found


def _within(folder: Path, without: Callable[[Path], bool]) -> Iterator[Place]:
    table = table_format_of(folder)
    if table is not None:
        yield Place(folder, table=table)
        return
    try:
        paths = list(folder.iterdir())
    except OSError as error:
        raise SourceError(f"the folder {printable(name_of(folder))} cannot be opened: {error.strerror}") from None
    for path in paths:
        if without(path):
            continue
        is_hidden = path.name.startswith(".")
        if not path.is_symlink() and path.is_dir():
            if not is_hidden:
                yield from _within(path, without)
        else:
            yield Place(path, note=_HIDDEN if is_hidden else _note_on(path))


def _note_on(path: Path) -> str | None:
    if path.is_symlink():
        return _LINK
    if not path.is_file():
        return _NO_FILE
    return NO_ARCHIVE_BY_NAME if is_written_for_people(path.name) else None


def _matching(pattern: str, without: Callable[[Path], bool], error: OSError | ValueError) -> list[Place]:
    """What a glob names, which is no path because of the error."""
    if glob.has_magic(pattern):
        names = glob.glob(pattern, recursive=True)  # noqa: PTH207 - pathlib globs relative patterns alone
        found = sorted(path for path in map(Path, names) if not path.is_dir())
        if found:
            places = [path for path in found if not without(path)]
            for path in places:
                refuse_file_of_table(path)
            return [Place(path, note=_note_on(path)) for path in places]
        raise SourceError(f"no file matches {shown(pattern)}", hint=path_hint(pattern)) from None
    if isinstance(error, FileNotFoundError | NotADirectoryError | ValueError):
        raise SourceError(f"{shown(pattern)} does not exist", hint=path_hint(pattern)) from None
    raise SourceError(f"{shown(pattern)} cannot be opened: {error.strerror}", hint=path_hint(pattern)) from None


@contextmanager
def open_regular(path: Path) -> Iterator[IO[bytes]]:
    """The file at a path, for its bytes.

    Raises:
        SourceError: It cannot be opened, or is a link or no regular file.
    """
    name = printable(name_of(path))
    try:
        if stat.S_ISLNK(path.lstat().st_mode):
            raise SourceError(f"{name} is a symbolic link: it is refused", hint="give the file itself")
        # Opening a pipe would wait for its writer, and what stands at the path may have been exchanged meanwhile.
        stored = open(path, "rb", buffering=0, opener=_open_waiting_for_nothing)  # noqa: SIM115
    except OSError as error:
        raise SourceError(f"{name} cannot be opened: {error.strerror or type(error).__name__}") from None
    with stored:
        if not stat.S_ISREG(os.fstat(stored.fileno()).st_mode):
            raise SourceError(f"{name} is no regular file: pipes, devices and sockets are refused")
        yield stored


def _open_waiting_for_nothing(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
