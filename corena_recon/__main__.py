"""``python -m corena_recon`` and ``corena-recon``: the command line in a process of its own."""

from __future__ import annotations

import gc
import os
import signal
import sys
from contextlib import suppress
from typing import NoReturn

from corena_recon.command_line.guard import guarded, has_memory_limit
from corena_recon.command_line.main import BAD_INPUT, main
from corena_recon.command_line.printing import tell
from corena_recon.tables.sparing import spare_pandas


def run() -> NoReturn:
    """Runs the command line that this process was started for, and ends the process."""
    # Arrow's default allocator gives freed memory back so eagerly that faulting it in again is a quarter of an audit.
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
    # NumPy's linear algebra, which nothing here uses, would start threads that wait for work by spinning.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # Looking for cycles after every 700 new objects takes the twentieth part of an audit, which makes hardly any.
    gc.set_threshold(100_000)
    spare_pandas()
    # What is asked to end cleans up as what is interrupted does.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    code = guarded(_code, tell, BAD_INPUT) if has_memory_limit() else _code()
    for stream in filter(None, (sys.stdout, sys.stderr)):
        stream.flush()
    # Nothing is left to do but to free memory, piece by piece, for a quarter of a second.
    os._exit(code)


def _code() -> int:
    try:
        return main()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 0
    except BaseException:  # noqa: BLE001 - exit code 1 means exceptions in the archive, even where nothing can be said
        with suppress(OSError):
            os.write(2, b"corena-recon: stopped, and why cannot be said\n")
        return BAD_INPUT


if __name__ == "__main__":
    run()
