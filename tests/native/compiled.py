"""The core compiled anew: with flags of a test's own, with a slip, or with other code for Intel's SHA instructions.

Only what differs is compiled for a test; all else is the ``core_objects`` of the run.
"""

from __future__ import annotations

import os
import platform
import runpy
import subprocess
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import pytest

from corena_recon.native import library
from tests.places import CORE, TESTS

if TYPE_CHECKING:
    import ctypes
    from collections.abc import Iterable
    from pathlib import Path

_COMPILING: Final[dict[str, Any]] = runpy.run_path(str(CORE / "compiling.py"))
_OF_INTEL: Final = ("hmac.c", "sha256.c")
_EMULATED: Final = "emulated"


class Slip(NamedTuple):
    """A mistake in a source."""

    file: str
    right: str
    wrong: str


def compile_into(folder: Path, *flags: str) -> Path:
    """The core's file, compiled into a folder as the package is; without a compiler a failure in CI, a skip elsewhere.

    Args:
        folder: Where it is to be.
        flags: More flags than the package's.
    """
    _needed_compiler()
    path: Path = _COMPILING["compile_core"](folder / _COMPILING["LIBRARY_NAME"], flags)
    return path


def compile_objects(folder: Path) -> None:
    """Every source compiled by itself in the least time, and once more what has code for Intel's SHA instructions."""
    for source in sorted(CORE.glob("*.c")):
        _compiled(source, folder / f"{source.stem}.o", "-O0")
    if _is_intel():
        (folder / _EMULATED).mkdir()
        header = str(TESTS / "native" / "emulated_sha.h")
        for name in _OF_INTEL:
            _compiled(CORE / name, folder / _EMULATED / f"{CORE.joinpath(name).stem}.o", "-O1", "-include", header)


def slipped_core(objects: Path, folder: Path, slip: Slip) -> ctypes.CDLL:
    """The library from sources with a slip.

    Args:
        objects: What ``compile_objects`` has made.
        folder: Where the library is to be.
        slip: The slip.
    """
    text = (CORE / slip.file).read_text(encoding="utf-8")
    assert slip.right in text
    source = folder / slip.file
    source.write_text(text.replace(slip.right, slip.wrong), encoding="utf-8")
    return _linked(objects, folder, [_compiled(source, source.with_suffix(".o"), "-O0")])


def emulated_core(objects: Path, folder: Path) -> ctypes.CDLL:
    """The library with ordinary code in the place of Intel's SHA instructions, for machines without; as above."""
    if not _is_intel():
        pytest.skip("SHA instructions are Intel's")
    return _linked(objects, folder, sorted((objects / _EMULATED).glob("*.o")))


def _linked(objects: Path, folder: Path, own: Iterable[Path]) -> ctypes.CDLL:
    parts = {path.name: path for path in [*sorted(objects.glob("*.o")), *own]}
    path = folder / _COMPILING["LIBRARY_NAME"]
    _run(*map(str, parts.values()), "-o", str(path))
    return library.opened(path)


def _compiled(source: Path, made: Path, *flags: str) -> Path:
    _run(*flags, f"-I{CORE}", "-c", str(source), "-o", str(made))
    return made


def _run(*arguments: str) -> None:
    command = [*_needed_compiler(), *_COMPILING["_FLAGS"], *_COMPILING["_BARE_FLAGS"], *_COMPILING["_architecture"]()]
    # A compiler that has the sanitizers' runtime too takes three times as long.
    environment = {name: value for name, value in os.environ.items() if name != "LD_PRELOAD"}
    subprocess.run([*command, *arguments], env=environment, check=True)


def _needed_compiler() -> list[str]:
    command: list[str] | None = _COMPILING["compiler"]()
    if command is not None:
        return command
    if os.environ.get("CI") == "true":
        pytest.fail("no C compiler")
    pytest.skip("no C compiler")


def _is_intel() -> bool:
    return platform.machine().lower() in {"x86_64", "amd64"}
