"""The compiled core: found beside this file, loaded once, and left alone where it is missing."""

from __future__ import annotations

import ctypes
import os
import sys
from functools import cache
from pathlib import Path
from typing import Final

VERSION: Final = 1
"""Goes up with every change of a function's arguments: a library of another version is none."""

_PATH: Final = Path(__file__).parent / ("core.dll" if sys.platform == "win32" else "core.so")


@cache
def core() -> ctypes.CDLL | None:
    """The library; None where there is none for this machine, or ``CORENA_RECON_NATIVE=off`` asks for none."""
    if os.environ.get("CORENA_RECON_NATIVE") == "off" or sys.byteorder != "little":
        return None
    try:
        library = ctypes.CDLL(str(_PATH))
        return library if library.corena_version() == VERSION else None
    except (OSError, AttributeError):
        return None


def has_core() -> bool:
    """Whether the compiled core is there and is used."""
    return core() is not None
