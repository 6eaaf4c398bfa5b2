"""Folders of one run: gone when it ends, however it ends, or else when the next run makes one of that kind."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

if sys.platform != "win32":
    import fcntl


@contextmanager
def own_folder(prefix: str, suffix: str, *, parent: Path | None = None) -> Iterator[Path]:
    """A new folder for this run alone, gone in the end. Those that killed runs left, of the same kind, are removed.

    A run that lives holds a lock on its folder, where the system has such locks; elsewhere nothing is removed.

    Args:
        prefix: How its name begins; nobody else names folders so.
        suffix: How it ends.
        parent: Where it is made; where the system keeps temporary files when None.

    Raises:
        OSError: None can be made.
    """
    parent = Path(tempfile.gettempdir()) if parent is None else parent
    remove_left(prefix, suffix, parent)
    with ExitStack() as held:
        while True:
            folder = parent / f"{prefix}{secrets.token_hex(4)}{suffix}"
            # Said before it is made: whoever is interrupted in between leaves nothing.
            made = held.enter_context(ExitStack())
            made.callback(shutil.rmtree, folder, ignore_errors=True)
            try:
                folder.mkdir(0o700)
            except FileExistsError:
                made.pop_all()
                continue
            descriptor = _locked(folder)
            made.callback(_let_go, descriptor)
            # Another run may have taken it for one that was left, before it was locked.
            if folder.exists():
                break
        yield folder


def remove_left(prefix: str, suffix: str, parent: Path) -> None:
    """Removes folders of a kind that killed runs left, as far as they can be told from those of living runs."""
    with suppress(OSError), os.scandir(parent) as entries:
        name = re.compile(re.escape(prefix) + "[a-z0-9_]{8}" + re.escape(suffix))
        left = [Path(entry.path) for entry in entries if name.fullmatch(entry.name)]
        for folder in left:
            descriptor = _locked(folder)
            if descriptor is not None:
                shutil.rmtree(folder, ignore_errors=True)
                _let_go(descriptor)


def _locked(folder: Path) -> int | None:
    """The folder, opened and locked until it is closed; None where it is another's or cannot be locked."""
    if sys.platform == "win32":
        return None
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            if os.fstat(descriptor).st_uid == os.geteuid():
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return descriptor
        except OSError:
            pass
        os.close(descriptor)
    return None


def _let_go(descriptor: int | None) -> None:
    if descriptor is not None:
        os.close(descriptor)
