"""A command where the system limits memory: it takes less of it, and how its process ends is told in a sentence."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Final

if sys.platform != "win32":
    import resource

ENDED: Final = "memory was not enough, and the process was ended (hint: allow more, or give --memory fewer MiB)"
_ITS_OWN: Final = 64
"""What the command adds to its exit code: libraries end a process with codes of theirs."""
_ARENA_MAX: Final = -8
_ARENAS: Final = 2
_DIE_WITH_PARENT: Final = 1
_CPP_LIBRARY: Final = "libstdc++.so.6"
_SET_TERMINATE: Final = "_ZSt13set_terminatePFvvE"


def has_memory_limit() -> bool:
    """Whether the system limits the memory of this process."""
    if sys.platform == "win32":
        return False
    limits = (resource.getrlimit(kind)[0] for kind in (resource.RLIMIT_AS, resource.RLIMIT_DATA))
    return any(limit != resource.RLIM_INFINITY for limit in limits)


def guarded(run: Callable[[], int], tell: Callable[[str], None], code_when_ended: int) -> int:
    """The exit code of a command that runs in a process of its own.

    Libraries in C++ end a process in which memory is not enough; only another process can say so. To be called before
    there are threads.

    Args:
        run: The command; gives its exit code.
        tell: Says something to the person who runs it.
        code_when_ended: The exit code where the process was ended.
    """
    if sys.platform == "win32":
        return run()
    child = os.fork()
    if not child:
        _prepare()
        return run() + _ITS_OWN
    # A terminal interrupts both; the command answers for itself.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: os.kill(child, signal.SIGTERM))
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    if code < _ITS_OWN:
        tell(f"corena-recon: {ENDED}")
        return code_when_ended
    return code - _ITS_OWN


def _prepare() -> None:
    """Has this process take less room for its threads, end with its parent, and say nothing of C++ when it is ended."""
    if not sys.platform.startswith("linux"):
        return
    with suppress(OSError, AttributeError):
        system = ctypes.CDLL(None)
        system.mallopt(_ARENA_MAX, _ARENAS)
        system.prctl(_DIE_WITH_PARENT, signal.SIGKILL)
        getattr(ctypes.CDLL(_CPP_LIBRARY), _SET_TERMINATE)(system.abort)
