"""An archive that grows: read again whenever it has changed."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from corena_recon.archive import read_ipns
from corena_recon.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

_POLL_S: Final = 0.3
_REST_FACTOR: Final = 2.0
"""A large archive is not read more than a third of the time."""


class ArchiveWatch:
    """Reads a file or a folder of notifications whenever it has grown, in a thread of its own.

    Args:
        path: The file or folder; it need not be there yet.
        on_change: Called in that thread after each reading.
    """

    def __init__(self, path: str | os.PathLike[str], on_change: Callable[[], None]) -> None:
        self.path = Path(path)
        self._on_change = on_change
        self._reading = threading.Lock()
        self._fingerprint: tuple[tuple[str, int, int], ...] | None = None
        self._content: tuple[pd.DataFrame | None, str | None] = (None, None)
        self._unreadable_counts: list[int] = []
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="corena_recon archive watch", daemon=True)

    @property
    def notifications(self) -> pd.DataFrame | None:
        """What the archive held when it was last read; None before it held anything."""
        return self._content[0]

    @property
    def problem(self) -> str | None:
        """Why the archive cannot be read at present."""
        return self._content[1]

    @property
    def new_unreadable_count(self) -> int:
        """How many records that came since the first reading are no readable notifications."""
        counts = self._unreadable_counts
        return max(0, counts[-1] - counts[0]) if counts else 0

    def start(self) -> None:
        """Begin to watch."""
        self._thread.start()

    def refresh(self) -> bool:
        """Read the archive when it has changed since it was last read; says whether it had."""
        with self._reading:
            fingerprint = _fingerprint(self.path)
            if fingerprint == self._fingerprint:
                return False
            try:
                self._content = (read_ipns(self.path), None) if fingerprint else (None, None)
            except InputError as error:
                self._content = (self._content[0], str(error))
            self._fingerprint = fingerprint
            frame = self._content[0]
            count = 0 if frame is None else int(frame["unreadable"].notna().sum())
            self._unreadable_counts = [*self._unreadable_counts[:1], count]
            return True

    def stop(self) -> None:
        """End the thread."""
        self._stopping.set()
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join()

    def _run(self) -> None:
        pause_s = 0.0
        while not self._stopping.wait(pause_s):
            started_s = time.monotonic()
            if self.refresh():
                self._on_change()
            pause_s = max(_POLL_S, _REST_FACTOR * (time.monotonic() - started_s))


def _fingerprint(path: Path) -> tuple[tuple[str, int, int], ...]:
    """Name, size and time of every file that holds something."""
    try:
        files = sorted(path.rglob("*")) if path.is_dir() else [path]
        stats = [(str(file), file.stat()) for file in files if file.is_file()]
    except OSError:
        return ()
    return tuple((name, stat.st_size, stat.st_mtime_ns) for name, stat in stats if stat.st_size)
