"""Decimals read from text in the compiled core."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa

from corena_recon.native.damage import damaged_column
from corena_recon.schemas import MONEY

if TYPE_CHECKING:
    import ctypes

    from numpy.typing import NDArray

_VALUE_BYTES: Final = 16


def read_decimals(library: ctypes.CDLL, texts: pa.StringArray) -> pa.Decimal128Array:
    """The values of plain decimals, as ``MONEY``; null where a cell is none, or does not fit exactly.

    Raises:
        InputError: A cell does not lie within its column.
    """
    count = len(texts)
    if not count:
        return pa.array([], MONEY)
    validity, offsets, octets = texts.buffers()
    values: NDArray[np.uint8] = np.empty(_VALUE_BYTES * count, np.uint8)
    is_read: NDArray[np.uint8] = np.empty(count + 7 >> 3, np.uint8)
    unread = library.corena_read_decimals(
        octets.address if octets else None,
        octets.size if octets else 0,
        offsets.address + np.dtype(np.int32).itemsize * texts.offset,
        validity.address if validity else None,
        texts.offset,
        count,
        values.ctypes.data,
        is_read.ctypes.data,
    )
    if unread < 0:
        raise damaged_column()
    valid = pa.py_buffer(is_read) if unread else None
    return pa.Array.from_buffers(MONEY, count, [valid, pa.py_buffer(values)], unread)
