"""Lines of a log that name a field of a notification, found in all of its text at once."""

from __future__ import annotations

import ctypes
import re
from collections.abc import Iterator
from typing import Final

import numpy as np

from corena_recon.native.library import core

_NAME: Final = re.compile(rb"signature|identifier")
_ROOM: Final = 4_096


def named_lines(text: bytes, end: int) -> Iterator[int]:
    """Where lines begin that name ``signature`` or ``identifier``.

    The core leaves out lines that state a time and name all that a notification has: each is a record by itself.

    Args:
        text: Lines.
        end: Where the last of them ends.
    """
    library = core()
    if library is None:
        yield from _named_lines(text, end)
        return
    address = np.frombuffer(text, np.uint8).ctypes.data if text else None
    begins = np.empty(_ROOM, np.int64)
    begin = 0
    while begin < end:
        count = library.corena_named_lines(address, begin, end, begins.ctypes.data_as(ctypes.c_void_p), _ROOM)
        yield from begins[:count].tolist()
        if count < _ROOM:
            return
        begin = text.find(b"\n", int(begins[count - 1])) + 1 or end


def _named_lines(text: bytes, end: int) -> Iterator[int]:
    position = 0
    while found := _NAME.search(text, position, end):
        yield text.rfind(b"\n", 0, found.start()) + 1
        position = text.find(b"\n", found.end(), end) + 1 or end
