"""Folders of one run: gone when it ends, however it ends, or else when the next run makes one of that kind."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import signal
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from types import FrameType

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
    with ExitStack() as held:
        with _uninterrupted():
            # The system's place is found by writing a file to it.
            parent = Path(tempfile.gettempdir()) if parent is None else parent
            remove_left(prefix, suffix, parent)
            folder = _made(prefix, suffix, parent, held)
        yield folder


def _made(prefix: str, suffix: str, parent: Path, held: ExitStack) -> Path:
    """A new folder, locked where the system has such locks, and gone when what is held is let go."""
    while True:
        folder = parent / f"{prefix}{secrets.token_hex(4)}{suffix}"
        with suppress(FileExistsError):
            folder.mkdir(0o700)
            descriptor = _locked(folder)
            # Another run may have taken it for one that was left, before it was locked.
            if folder.exists():
                held.callback(shutil.rmtree, folder, ignore_errors=True)
                held.callback(_let_go, descriptor)
                return folder
            _let_go(descriptor)


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """What asks this process to end is heard when the block has ended; handlers run in the main thread alone."""
    came: dict[int, FrameType | None] = {}
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    heard = {number: handler for number, handler in handlers.items() if callable(handler)}
    if threading.current_thread() is not threading.main_thread():
        heard.clear()
    try:
        for number in heard:
            signal.signal(number, came.__setitem__)
        yield
    finally:
        for number, handler in heard.items():
            signal.signal(number, handler)
        for arrived, frame in came.items():
            heard[signal.Signals(arrived)](arrived, frame)


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
