"""Runs tests on a core that is compiled with the address and undefined-behaviour sanitizers; it needs gcc.

    python -m tests.native.sanitized [what pytest is to run]

A process that reads or writes where it must not ends at once. That it does is tried first.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from tests.places import ROOT

TESTS: Final = (
    "tests/native/test_checking.py",
    "tests/native/test_csv_cells.py",
    "tests/native/test_digests.py",
    "tests/native/test_marks.py",
    "tests/signing/test_bulk.py",
    "tests/tables/test_marks.py",
    "tests/test_money.py",
)
"""What is run when nothing is named: the tests that call the core itself."""

_FLAGS: Final = ("-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-fno-omit-frame-pointer", "-g", "-O1")
_CORE: Final = "CORENA_RECON_SANITIZED_CORE"
_OVERREAD: Final = "overread"


def main(arguments: list[str]) -> int:
    """Compiles, starts this program again with the sanitizers' runtime, and gives its exit code."""
    if _CORE in os.environ:
        return _run_within(arguments)
    from tests.native.compiled import compile_into  # noqa: PLC0415 - the package is loaded within, with another core

    with tempfile.TemporaryDirectory(prefix="sanitized_") as folder:
        core = compile_into(Path(folder), *_FLAGS)
        if _started(core, [_OVERREAD], is_quiet=True) == 0:
            print("the sanitizers see nothing", file=sys.stderr)
            return 1
        # What compiles cores of its own tries nothing of this one.
        return _started(core, arguments or ["-q", "-k", "not errs", *TESTS])


def _started(core: Path, arguments: list[str], *, is_quiet: bool = False) -> int:
    environment = {
        **os.environ,
        _CORE: str(core),
        "LD_PRELOAD": " ".join(map(_runtime, ("libasan.so", "libubsan.so"))),
        # Python keeps much of what it allocates until it ends.
        "ASAN_OPTIONS": "detect_leaks=0",
    }
    command = [sys.executable, "-m", "tests.native.sanitized", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, check=False, capture_output=is_quiet).returncode


def _runtime(name: str) -> str:
    command = ["gcc", f"-print-file-name={name}"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def _run_within(arguments: list[str]) -> int:
    import numpy as np  # noqa: PLC0415 - only within
    import pytest  # noqa: PLC0415

    from corena_recon.native import library  # noqa: PLC0415

    library.PATH = Path(os.environ[_CORE])  # type: ignore[misc]
    core = library.core()
    if core is None:
        print(f"the sanitized core is not used: {library.core_absence()}", file=sys.stderr)
        return 0 if arguments == [_OVERREAD] else 1
    if arguments == [_OVERREAD]:
        marks, slots, firsts = np.ones(4, np.uint64), np.zeros(16, np.uint64), np.zeros(4, np.int64)
        core.corena_first_rows(marks.ctypes.data, 1 << 20, slots.ctypes.data, 15, firsts.ctypes.data)
        return 0
    return int(pytest.main(arguments))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
