"""Columns of a table as the core reads them, a row at a time."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from enum import IntEnum
from typing import Final, NamedTuple

import numpy as np
import pyarrow as pa

_COLUMNS_MAX: Final = 4096
_NOTHING: Final = np.zeros(1, np.uint8)


class CellKind(IntEnum):
    """What the cells of a column are, in JSON; null is none of it."""

    TEXT = 0
    NUMBER = 1
    TRUTH = 2
    MOMENT = 3
    UTC_MOMENT = 4
    OBJECT = 5


_OBJECT_END: Final = 6


class Column(NamedTuple):
    """A member that rows have where its cell is not null.

    Attributes:
        name: As it stands in a JSON string.
        kind: What the cells are.
        cells: Large binary or large string for texts and numbers, booleans, microseconds since 1970; of objects only
            the validity counts.
        inner: The members of objects.
    """

    name: bytes
    kind: CellKind
    cells: pa.Array
    inner: tuple[Column, ...] = ()


class _Columns(ctypes.Structure):
    _fields_ = (
        *((name, ctypes.c_void_p) for name in ("columns", "names")),
        *((name, ctypes.c_int64) for name in ("column_count", "name_octet_count", "row_count")),
    )


class Columns:
    """The columns of a table with rows.

    Args:
        columns: Each as long as the table, at least one.

    Raises:
        ValueError: There are too many, one is of another length, or its buffers are too short for it.
    """

    def __init__(self, columns: Sequence[Column]) -> None:
        self._kept: list[object] = []
        self._names = bytearray()
        self.row_count = len(columns[0].cells)
        rows: list[tuple[int, ...]] = []
        for column in columns:
            self._add(column, rows)
        if len(rows) > _COLUMNS_MAX:
            raise ValueError("a table for the core has no more than 4096 columns")
        self._arrays = (np.array(rows, np.int64), np.frombuffer(bytes(self._names) or b"\0", np.uint8))
        addresses = (array.ctypes.data for array in self._arrays)
        self.structure = _Columns(*addresses, len(rows), len(self._names), self.row_count)

    def _add(self, column: Column, rows: list[tuple[int, ...]]) -> None:
        column.cells.validate()
        if len(column.cells) != self.row_count:
            raise ValueError("columns of one table are of one length")
        place, begin = len(rows), len(self._names)
        self._names += column.name
        validity, *buffers = column.cells.buffers()
        self._kept.append(buffers)
        octet_count = 0
        octets = numbers = None
        if column.kind in (CellKind.TEXT, CellKind.NUMBER):
            numbers, octets = buffers
            octet_count = 0 if octets is None else octets.size
        elif column.kind is CellKind.TRUTH:
            octets = buffers[0]
        elif column.kind is not CellKind.OBJECT:
            numbers = buffers[0]
        self._kept.append(validity)
        addresses = (0 if validity is None else validity.address, *map(_address, (numbers, octets)))
        row = (column.kind, begin, len(column.name), column.cells.offset, *addresses, octet_count)
        rows.append((*row, 0))
        if column.kind is CellKind.OBJECT:
            for inner in column.inner:
                self._add(inner, rows)
            rows[place] = (*row, len(rows))
            rows.append((_OBJECT_END, *(0,) * 8))


def _address(buffer: pa.Buffer | None) -> int:
    return _NOTHING.ctypes.data if buffer is None else int(buffer.address)
