"""The compiled core: found beside its sources, checked once a process, and left alone where it is missing or errs."""

from __future__ import annotations

import ctypes
import os
import sys
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Final

from corena_recon.languages import ENGLISH, Words
from corena_recon.native.checking import agrees_with_python

VERSION: Final = 9
"""Goes up with every change of a function's arguments: a library of another version is none."""

PATH: Final = Path(__file__).parent / "core" / ("core.dll" if sys.platform == "win32" else "core.so")
"""Where it is; beside Python's modules it would be taken for one of them."""

_POINTER: Final = ctypes.c_void_p
_COUNT: Final = ctypes.c_int64
_NUMBER: Final = ctypes.c_int32
_WORD: Final = ctypes.c_uint64
_OCTET: Final = ctypes.c_uint8
_FUNCTIONS: Final = {
    "corena_hmac_knows": (_NUMBER, _NUMBER),
    "corena_hmac_rows": (_NUMBER, _NUMBER, _POINTER, _POINTER, _COUNT, _POINTER, _POINTER, _COUNT, _POINTER),
    "corena_hex_digests": (_NUMBER, _POINTER, _POINTER, _COUNT, _POINTER, _POINTER),
    "corena_mark_cells": (_NUMBER, _POINTER, _COUNT, _POINTER, _COUNT, _WORD, _POINTER),
    "corena_read_decimals": (_COUNT, _POINTER, _COUNT, _POINTER, _POINTER, _COUNT, _COUNT, _POINTER, _POINTER),
    "corena_take_apart": (_NUMBER, ctypes.c_char_p, _COUNT, _NUMBER, _NUMBER, _POINTER),
    "corena_sink_new": (_POINTER,),
    "corena_sink_free": (None, _POINTER),
    "corena_sink_rewind": (None, _POINTER, _COUNT, _COUNT, _COUNT),
    "corena_named_lines": (_COUNT, _POINTER, _COUNT, _COUNT, _COUNT, _POINTER, _COUNT),
    "corena_lines_of_several": (_COUNT, _POINTER, _COUNT, _COUNT, _POINTER, _COUNT),
    "corena_read_lines": (
        *(_NUMBER, _POINTER, _COUNT, _COUNT, _POINTER, _COUNT),
        *(_NUMBER, _NUMBER, _COUNT, _POINTER, _POINTER),
    ),
    "corena_read_dumps": (_NUMBER, _POINTER, _COUNT, _COUNT, _NUMBER, _COUNT, _POINTER, _POINTER),
    "corena_read_elements": (_NUMBER, _POINTER, _COUNT, _COUNT, _NUMBER, _NUMBER, _COUNT, _POINTER, _POINTER),
    "corena_read_csv": (
        *(_NUMBER, _POINTER, _COUNT, _COUNT, _OCTET, _OCTET),
        *(_POINTER, _NUMBER, _NUMBER, _COUNT, _POINTER, _POINTER),
    ),
    "corena_read_tuples": (
        *(_NUMBER, _POINTER, _COUNT, _COUNT, _OCTET, ctypes.c_char_p, _COUNT),
        *(_POINTER, ctypes.c_char_p, _NUMBER, _NUMBER, _COUNT, _POINTER, _POINTER),
    ),
    "corena_read_copied": (
        *(_NUMBER, _POINTER, _COUNT, _COUNT, _POINTER),
        *(_NUMBER, _NUMBER, _COUNT, _POINTER, _POINTER),
    ),
    "corena_read_columns": (_NUMBER, _POINTER, _COUNT, _NUMBER, _NUMBER, _COUNT, _POINTER, _POINTER),
    "corena_csv_records": (
        *(_COUNT, _POINTER, _COUNT, _COUNT, _OCTET, _OCTET, _COUNT, _COUNT, _COUNT),
        *(_POINTER, _POINTER, _POINTER, _POINTER),
    ),
    "corena_csv_rows": (
        *(_COUNT, _POINTER, _COUNT, _COUNT, _OCTET, _OCTET, _POINTER, _COUNT, _COUNT),
        *(_POINTER, _POINTER, _POINTER, _POINTER),
    ),
    "corena_csv_columns": (
        *(None, _POINTER, _POINTER, _COUNT, _COUNT, _OCTET),
        *(_POINTER, _POINTER, _POINTER, _POINTER),
    ),
    "corena_first_rows": (None, _POINTER, _COUNT, _POINTER, _WORD, _POINTER),
}
"""What each function gives, and its arguments."""


class Absence(Enum):
    """Why the core is not used."""

    UNWANTED = "unwanted"
    MISSING = "missing"
    STRANGE = "strange"
    WRONG = "wrong"


ABSENCES: Final = Words(
    "core_absences",
    {
        Absence.MISSING.value: "There is no compiled core for this machine: Python does its work, with the same "
        "results, slower (hint: install corena_recon again where there is a C compiler).",
        Absence.STRANGE.value: "The compiled core is of another version: Python does its work, with the same "
        "results, slower (hint: install corena_recon again).",
        Absence.WRONG.value: "The compiled core failed its check: Python does its work, with the same results, slower "
        "(hint: install corena_recon again, and report it if that does not help).",
    },
)
"""What a summary says where the core is not used though nobody asked for that."""


@cache
def core() -> ctypes.CDLL | None:
    """The library, to be used by several threads at once; None where the interpreter has to do its work."""
    library, _ = _tried()
    return library


def has_core() -> bool:
    """Whether the compiled core is there and is used."""
    return core() is not None


def core_absence() -> Absence | None:
    """Why there is no core; None where there is one."""
    return None if has_core() else _tried()[1]


def core_note(lang: str = ENGLISH) -> str | None:
    """What is said to people of a core that is not used; None where there is nothing to say."""
    absence = core_absence()
    return None if absence in {None, Absence.UNWANTED} else ABSENCES.say(absence.value, lang)


def opened(path: Path) -> ctypes.CDLL:
    """The core in a file, its functions declared; whether it works rightly is another question.

    Raises:
        OSError: There is none for this machine.
        AttributeError: It is of another version.
    """
    library = ctypes.CDLL(str(path))
    if library.corena_version() != VERSION:
        raise AttributeError(f"{path} is not of version {VERSION}")
    for name, (given, *wanted) in _FUNCTIONS.items():
        function = getattr(library, name)
        function.restype, function.argtypes = given, wanted
    return library


def _tried() -> tuple[ctypes.CDLL | None, Absence | None]:
    if os.environ.get("CORENA_RECON_NATIVE") == "off":
        return None, Absence.UNWANTED
    if sys.byteorder != "little":
        return None, Absence.MISSING
    try:
        library = opened(PATH)
    except OSError:
        return None, Absence.MISSING
    except AttributeError:
        return None, Absence.STRANGE
    return (library, None) if agrees_with_python(library) else (None, Absence.WRONG)
