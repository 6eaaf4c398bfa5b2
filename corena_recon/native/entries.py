"""Lines that need more than their own reading, found in all of a text at once."""

from __future__ import annotations

import ctypes
import re
from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from corena_recon.native.library import core

NO_ENTRIES: Final[NDArray[np.int64]] = np.empty((0, 2), np.int64)
_NAME: Final = re.compile(rb"[Ss]ignature|[Ii]dentifier")
_GAP: Final = rb"(?:[ \t\0\f\x1e]|\xef\xbb\xbf|\xe2\x80[\xa8\xa9])*"
_SEVERAL: Final = re.compile(rb"\}%b\{|^%b\[%b\{" % (_GAP, _GAP, _GAP), re.MULTILINE)
_ROOM: Final = (16, 512)
"""How many are looked for at once, at first and at most: who stops early has waited for few."""


def named_lines(text: bytes, begin: int, end: int, floor: int = 0) -> Iterator[NDArray[np.int64]]:
    """The lines that name ``signature`` or ``identifier``, many at once.

    Of each is given where it begins, and from where to where, without its line feed, the entry goes on that it stands
    in; -1 for these where only the exact reader can tell. The core leaves out lines that state a time and name all that
    a notification has: each is a record by itself. Of an entry that it finds it gives the first one.

    Args:
        text: Lines.
        begin: Where they are looked for from, the beginning of a line; an entry may begin before it.
        end: Where the last of them ends.
        floor: Where the first line begins that an entry may have.

    Raises:
        MemoryError: There is no memory.
    """
    library = core()
    if library is None:
        yield from (np.array([(line, -1, -1)], np.int64) for line in _named_lines(text, begin, end))
        return
    address = np.frombuffer(text, np.uint8).ctypes.data if text else None
    room, most = _ROOM
    while begin < end:
        found = np.empty((room, 3), np.int64)
        count = library.corena_named_lines(address, floor, begin, end, found.ctypes.data_as(ctypes.c_void_p), room)
        if count < 0:
            raise MemoryError
        yield found[:count]
        if count < room:
            return
        floor = max(floor, int(found[:, 2].max()) + 1)
        begin = text.find(b"\n", max(found[count - 1].tolist())) + 1 or end
        room = min(4 * room, most)


def _named_lines(text: bytes, begin: int, end: int) -> Iterator[int]:
    while found := _NAME.search(text, begin, end):
        yield text.rfind(b"\n", 0, found.start()) + 1
        begin = text.find(b"\n", found.end(), end) + 1 or end


def lines_of_several(text: bytes, begin: int, end: int) -> Iterator[tuple[int, int]]:
    """Where lines begin and end, without their line feed, that open an array of objects or have one behind another.

    Args:
        text: Lines.
        begin: Where they are looked for from, the beginning of a line.
        end: Where the last of them ends.
    """
    library = core()
    if library is None:
        yield from _lines_of_several(text, begin, end)
        return
    address = np.frombuffer(text, np.uint8).ctypes.data if text else None
    room, most = _ROOM
    while begin < end:
        found = np.empty((room, 2), np.int64)
        count = library.corena_lines_of_several(address, begin, end, found.ctypes.data_as(ctypes.c_void_p), room)
        yield from map(tuple, found[:count].tolist())
        if count < room:
            return
        begin = int(found[-1, 1]) + 1
        room = min(4 * room, most)


def _lines_of_several(text: bytes, begin: int, end: int) -> Iterator[tuple[int, int]]:
    while found := _SEVERAL.search(text, begin, end):
        feed = text.find(b"\n", found.start(), end)
        line_end = feed if feed >= 0 else end
        yield text.rfind(b"\n", 0, found.start()) + 1, line_end
        begin = line_end + 1
