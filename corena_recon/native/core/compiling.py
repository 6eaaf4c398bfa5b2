"""Compiles the core: C11 sources beside this file into one library, with ``cc`` or else with the ziglang wheel.

Run as a script it compiles in place. It needs nothing but Python, since it runs before this package is installed.
"""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
LIBRARY_NAME = "core.dll" if sys.platform == "win32" else "core.so"
_FLAGS = ("-std=c11", "-O2", "-fPIC", "-shared", "-fvisibility=hidden", "-Wall", "-Wextra", "-Werror")


def compiler() -> list[str] | None:
    """The command of a C compiler, or None where there is none."""
    for name in ("cc", "gcc", "clang"):
        if shutil.which(name):
            return [name]
    return [sys.executable, "-m", "ziglang", "cc"] if importlib.util.find_spec("ziglang") else None


def compile_core(target: Path = HERE.parent / LIBRARY_NAME, flags: tuple[str, ...] = _FLAGS) -> Path:
    """Compiles all sources into the target.

    Raises:
        FileNotFoundError: There is no compiler.
        subprocess.CalledProcessError: It fails.
    """
    command = compiler()
    if command is None:
        raise FileNotFoundError("a C compiler is needed: cc, gcc, clang, or the package ziglang")
    sources = sorted(map(str, HERE.glob("*.c")))
    subprocess.run([*command, *flags, "-o", str(target), *sources], check=True)
    return target


if __name__ == "__main__":
    print(compile_core())
