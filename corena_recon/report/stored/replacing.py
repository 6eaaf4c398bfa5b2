"""How a new report takes the place of an earlier one: in one step where the system can, else so that it can be undone.

Where two folders cannot be exchanged, or the report's folder must stay what it is, files are replaced within it. The
earlier ones go into a hidden folder called ``….leaving``, the manifest first; once all are there it is called
``….left``, and the new ones come, the manifest last. So whoever finds such a folder of a run that was ended knows what
is whose, and puts the earlier report back: the next run, and whoever reads the report.
"""

from __future__ import annotations

import ctypes
import errno
import os
import shutil
import stat
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from corena_recon.errors import OutputError

if sys.platform != "win32":
    import fcntl

MANIFEST: Final = "manifest.json"
PARTIAL: Final = ".partial"
"""How the name of a report in the making ends."""
OF_THE_DESKTOP: Final = frozenset({".DS_Store", ".ipynb_checkpoints", "Thumbs.db", "desktop.ini"})
"""What desktops and notebooks leave in any folder that they show."""

PAGE_FILE: Final = "report.html"
MADE_OF_IT: Final = frozenset({PAGE_FILE, "report.xlsx"})
"""What may stand in a report's folder that was made of the report for people."""

_OTHER_FILES: Final = MADE_OF_IT | {MANIFEST}
_LEAVING: Final = ".leaving"
_LEFT: Final = ".left"
_MOUNTS: Final = Path("/proc/self/mountinfo")
_SURELY_ENDED_S: Final = 60.0
"""A replacement takes milliseconds; one that is older was ended, where that cannot be told by a lock."""


def is_of_a_run(name: str, folder: Path) -> bool:
    """Whether runs themselves put what has this name into a report's folder, while they replace the report."""
    return name.startswith(f".{folder.name}.") and name.endswith((PARTIAL, _LEAVING, _LEFT))


def must_stay(folder: Path) -> bool:
    """Whether a folder can only be written into: mounted, another's, where the process stands, or nothing beside it."""
    if not folder.is_dir():
        return False
    is_others = sys.platform != "win32" and folder.stat().st_uid != os.geteuid()
    is_mounted = folder.is_mount() or str(folder.resolve()) in _mount_points()
    return is_mounted or is_others or folder.samefile(Path()) or not os.access(folder.parent, os.W_OK)


def _mount_points() -> set[str]:
    """Where something is mounted, as far as the system says so: folders of one file system may be mounted, too."""
    try:
        lines = _MOUNTS.read_bytes().splitlines()
    except OSError:
        return set()
    return {os.fsdecode(line.split(b" ")[4].decode("unicode_escape").encode("latin-1")) for line in lines}


def take_place(partial: Path, folder: Path) -> None:
    """Puts a new report where an earlier one stands, an empty folder or nothing; what is left is under its old name."""
    if not folder.exists():
        partial.chmod(_mode_of_new(partial))
        partial.rename(folder)
        _sync_if_possible(folder.parent)
    elif partial.parent == folder:
        _replace_files(partial, folder)
    else:
        partial.chmod(stat.S_IMODE(folder.stat().st_mode))
        if _exchange(partial, folder):
            _sync_if_possible(folder.parent)
        else:
            _replace_files(partial, folder)


def _mode_of_new(partial: Path) -> int:
    """What may be done with a new folder: whoever may read the files in it may look for them."""
    mode = stat.S_IMODE((partial / MANIFEST).stat().st_mode)
    return 0o700 | mode | (mode & 0o444) >> 2


def _exchange(one: Path, other: Path) -> bool:
    """Exchanges two folders in one step, where the system can."""
    at_cwd, exchange = -100, 2
    renameat2 = system_function("renameat2")
    if renameat2 is None:
        return False
    if renameat2(at_cwd, os.fsencode(one), at_cwd, os.fsencode(other), exchange) == 0:
        return True
    if ctypes.get_errno() in (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP):
        return False
    raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), str(other))


def _replace_files(partial: Path, folder: Path) -> None:
    """Puts the files of a new report where those of an earlier one stand; all, or none that stays."""
    with _alone_in(folder):
        for aside in _asides(folder):
            _undo(aside, folder)
        leaving = folder / partial.with_suffix(_LEAVING).name
        leaving.mkdir(0o700)
        try:
            for path in _files_of(folder):
                path.rename(leaving / path.name)
            left = leaving.rename(leaving.with_suffix(_LEFT))
            sync(folder)
            for path in reversed(_files_of(partial)):
                path.rename(folder / path.name)
        except BaseException:
            with suppress(OSError):
                for aside in _asides(folder):
                    _undo(aside, folder)
            raise
        _sync_if_possible(folder)
        shutil.rmtree(left, ignore_errors=True)


def put_back(folder: Path) -> None:
    """Undoes what runs that were ended have begun in a report's folder; waits for one that lives.

    Raises:
        OutputError: It cannot be undone, or, where folders cannot be locked, may be going on.
    """
    if not _asides(folder):
        return
    try:
        with _alone_in(folder) as is_alone:
            for aside in _asides(folder):
                if not is_alone and time.time() - aside.stat().st_ctime < _SURELY_ENDED_S:
                    raise OutputError(f"{folder} is being replaced by another run", hint="try again in a minute")
                _undo(aside, folder)
    except OSError as error:
        raise OutputError(
            f"{folder} holds a report that was being replaced when a run was ended, and it cannot be put back: "
            f"{error.strerror or type(error).__name__}",
            hint="run this as somebody who may write there",
        ) from None


def _undo(aside: Path, folder: Path) -> None:
    """Puts earlier files back, or, where the new ones are all there, removes them."""
    if aside.suffix == _LEFT:
        if (folder / MANIFEST).exists():
            shutil.rmtree(aside)
            return
        for path in _files_of(folder):
            path.unlink()
        aside = aside.rename(aside.with_suffix(_LEAVING))
    for path in reversed(_files_of(aside)):
        path.rename(folder / path.name)
    aside.rmdir()
    sync(folder)


def _asides(folder: Path) -> list[Path]:
    """What runs have put aside in a folder."""
    try:
        found = list(folder.iterdir())
    except OSError:
        return []
    return [path for path in found if is_of_a_run(path.name, folder) and path.suffix != PARTIAL]


def _files_of(folder: Path) -> list[Path]:
    """The files of a report, the manifest first."""
    files = [path for path in folder.iterdir() if path.name in _OTHER_FILES or path.suffix == ".parquet"]
    return sorted(files, key=lambda path: (path.name != MANIFEST, path.name))


@contextmanager
def _alone_in(folder: Path) -> Iterator[bool]:
    """Holds the lock of a folder, once nobody else does; says whether there are such locks."""
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError:
        yield False
        return
    try:
        yield _is_locked(descriptor)
    finally:
        os.close(descriptor)


def _is_locked(descriptor: int) -> bool:
    if sys.platform == "win32":
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
    except OSError:
        return False
    return True


def _sync_if_possible(folder: Path) -> None:
    """Waits until a report is on disk in its place; else a crash may bring back the earlier one, whole."""
    with suppress(OSError):
        sync(folder)


def sync(path: Path) -> None:
    """Waits until a file or a folder is on disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def system_function(name: str) -> Any:  # noqa: ANN401 - ctypes has no better types
    """A function that Linux has and others may not."""
    return getattr(ctypes.CDLL(None, use_errno=True), name, None) if sys.platform.startswith("linux") else None
