"""Files behind URLs, through fsspec where that is installed."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any, Final, NamedTuple, cast

from corena_recon.archive.sources.table_formats import refuse_table_in
from corena_recon.errors import SourceError
from corena_recon.text import printable

_URL: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+)://")
_SECRETS: Final = re.compile(r"(?<=://)[^/@]*@|[?#].*")
_MAGIC: Final = re.compile(r"[*?\[]")


class Url(NamedTuple):
    """One file behind a URL.

    Attributes:
        name: What reports call it: without a password and without a query, which may be a key.
        system: The file system that has it.
        path: Its path there.
        is_alone: Whether the caller named it itself, and no folder or glob.
    """

    name: str
    system: Any
    path: str
    is_alone: bool


def is_url(text: str) -> bool:
    """Whether it begins as a URL does."""
    return _URL.match(text) is not None


def expanded_urls(text: str) -> Iterator[Url]:
    """The files that a URL of a file, a folder or a glob leads to, in order of their names.

    Raises:
        SourceError: fsspec or what it needs is not installed, there is nothing, or it is a table format's folder.
    """
    name = printable(_SECRETS.sub("", text))
    scheme = text.partition("://")[0]
    try:
        fsspec = importlib.import_module("fsspec")
    except ImportError:
        raise SourceError(
            f"{name} is a URL, and URLs are read through fsspec, which is not installed",
            hint=f"install fsspec and what it needs for {scheme}, or download the file and give its path",
        ) from None
    system, path, found, is_alone = _found(fsspec, text, name, scheme)
    if not found:
        raise SourceError(f"there is no file at {name}", hint="check the URL or the pattern")
    refuse_table_in(name, found)
    base = name.removesuffix("/")
    for each in found:
        inner = each.removeprefix(path.rstrip("/")).lstrip("/")
        shown = name if is_alone else f"{scheme}://{each.lstrip('/')}" if _MAGIC.search(path) else f"{base}/{inner}"
        yield Url(printable(shown), system, each, is_alone)


def _found(fsspec: Any, text: str, name: str, scheme: str) -> tuple[Any, str, list[str], bool]:  # noqa: ANN401
    """The file system, the path in it, the paths of the files that it leads to, and whether it is itself one."""
    try:
        system, path = fsspec.core.url_to_fs(text)
        if _MAGIC.search(path) and not system.exists(path):
            return system, path, sorted(each for each in system.glob(path) if not system.isdir(each)), False
        if system.isdir(path):
            return system, path, sorted(system.find(path)), False
        return system, path, [path] if system.exists(path) else [], True
    except Exception as error:  # noqa: BLE001 - of each file system its own; what they say may hold a key
        raise SourceError(
            f"{name} cannot be opened: {type(error).__name__}",
            hint=f"check the URL, and that what fsspec needs for {scheme} is installed",
        ) from None


@contextmanager
def open_url(url: Url) -> Iterator[IO[bytes]]:
    """The file, for its bytes.

    Raises:
        SourceError: It cannot be opened.
    """
    try:
        file = url.system.open(url.path, "rb")
    except Exception as error:  # noqa: BLE001
        raise SourceError(f"{url.name} cannot be opened: {type(error).__name__}") from None
    with file:
        yield cast("IO[bytes]", file)
