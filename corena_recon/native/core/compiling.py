"""Compiles the core: C11 sources beside this file into one library, with ``cc`` or else with the ziglang wheel.

Run as a script it compiles in place. It needs nothing but Python, since it runs before this package is installed.
"""

from __future__ import annotations

import importlib.util
import os
import shlex
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

HERE = Path(__file__).parent
LIBRARY_NAME = "core.dll" if sys.platform == "win32" else "core.so"
_FLAGS = ("-std=c11", "-O3", "-shared", "-fvisibility=hidden", "-Wall", "-Wextra", "-Werror")
_BARE_FLAGS = () if sys.platform == "win32" else ("-fPIC",)


def compiler() -> list[str] | None:
    """The command of a C compiler: what ``CC`` names, one on PATH, or the package ziglang; None where there is none."""
    if os.environ.get("CC"):
        return shlex.split(os.environ["CC"])
    for name in ("cc", "gcc", "clang"):
        if shutil.which(name):
            return [name]
    if importlib.util.find_spec("ziglang") is None:
        return None
    # Left to itself it compiles for the very processor that it runs on.
    return [sys.executable, "-m", "ziglang", "cc", "-mcpu=baseline"]


def compile_core(target: Path = HERE / LIBRARY_NAME, flags: tuple[str, ...] = ()) -> Path:
    """Compiles all sources into the target, which appears whole or not at all.

    Args:
        target: The library.
        flags: More flags than the usual ones.

    Raises:
        FileNotFoundError: There is no compiler.
        subprocess.CalledProcessError: It fails.
    """
    command = compiler()
    if command is None:
        raise FileNotFoundError("a C compiler is needed: cc, gcc, clang, or the package ziglang")
    sources = sorted(map(str, HERE.glob("*.c")))
    # A library that is in use is not written to: its processes would die.
    partial = target.with_name(f".{os.getpid()}-{target.name}")
    try:
        subprocess.run(
            [*command, *_FLAGS, *_BARE_FLAGS, *_architecture(), *flags, "-o", str(partial), *sources], check=True
        )
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)
    return target


def _architecture() -> list[str]:
    """What compiles for the processor that this Python's platform names."""
    if sys.platform == "darwin":
        machine = sysconfig.get_platform().rpartition("-")[2]
        machines = ["x86_64", "arm64"] if machine == "universal2" else [machine]
        return [word for machine in machines for word in ("-arch", machine)]
    return []


if __name__ == "__main__":
    print(compile_core())
