"""The core compiled anew: with flags of a test's own, or from sources with a slip."""

from __future__ import annotations

import os
import platform
import runpy
import shutil
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import pytest

from corena_recon.native import library
from tests.places import CORE, TESTS

if TYPE_CHECKING:
    import ctypes
    from pathlib import Path


class Slip(NamedTuple):
    """A mistake in a source."""

    file: str
    right: str
    wrong: str


def compiled_core(folder: Path, *flags: str) -> ctypes.CDLL:
    """The library, compiled into a folder; without a compiler a failure in CI and a skip elsewhere."""
    return library.opened(compile_into(folder, *flags))


def compile_into(folder: Path, *flags: str) -> Path:
    """The file of the same."""
    return _compiled(CORE, folder, flags)


def slipped_core(folder: Path, slip: Slip) -> ctypes.CDLL:
    """The same from sources with a slip, compiled in the least time."""
    sources = folder / "sources"
    shutil.copytree(CORE, sources)
    source = sources / slip.file
    text = source.read_text(encoding="utf-8")
    assert slip.right in text
    source.write_text(text.replace(slip.right, slip.wrong), encoding="utf-8")
    return library.opened(_compiled(sources, folder, ("-O0",)))


def emulated_sha() -> tuple[str, ...]:
    """The flags that put ordinary code in the place of Intel's SHA instructions, and compile in less time."""
    if platform.machine().lower() not in {"x86_64", "amd64"}:
        pytest.skip("SHA instructions are Intel's")
    return "-O1", "-include", str(TESTS / "native" / "emulated_sha.h")


def _compiled(sources: Path, folder: Path, flags: tuple[str, ...]) -> Path:
    compiling: Final[dict[str, Any]] = runpy.run_path(str(sources / "compiling.py"))
    if compiling["compiler"]() is None:
        if os.environ.get("CI") == "true":
            pytest.fail("no C compiler")
        pytest.skip("no C compiler")
    path: Path = compiling["compile_core"](folder / compiling["LIBRARY_NAME"], flags)
    return path
