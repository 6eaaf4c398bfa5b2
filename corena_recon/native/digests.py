"""HMAC-SHA256 and the decoding of signatures in the compiled core."""

from __future__ import annotations

import ctypes
import hashlib
from functools import cache
from typing import TYPE_CHECKING, Final

import numpy as np

from corena_recon.native.damage import damaged_column

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Column = tuple[NDArray[np.uint8], NDArray[np.int64]]
    """The bytes and the offsets of an Arrow large_binary array."""

WAYS: Final = ("plain", "avx2", "avx512", "sha")
"""How the core can work SHA-256 out, the best one last; as ``sha256.h`` numbers them."""

_BLOCK_BYTES: Final = 64


def key_blocks(secret: bytes) -> tuple[bytes, bytes]:
    """The blocks that the inner and the outer hash begin with (RFC 2104, section 2)."""
    key = hashlib.sha256(secret).digest() if len(secret) > _BLOCK_BYTES else secret
    padded = key.ljust(_BLOCK_BYTES, b"\0")
    return bytes(octet ^ 0x36 for octet in padded), bytes(octet ^ 0x5C for octet in padded)


@cache
def best_way(library: ctypes.CDLL) -> str:
    """The best of ``WAYS`` that this processor knows."""
    return next(way for number, way in reversed([*enumerate(WAYS)]) if library.corena_hmac_knows(number))


def sign_rows(
    library: ctypes.CDLL,
    secret: bytes,
    parts: Sequence[Column],
    *,
    rows: NDArray[np.int64],
    targets: NDArray[np.int64],
    digests: NDArray[np.uint8],
    way: str | None = None,
) -> None:
    """Writes the HMAC of row ``rows[i]``, its cells joined, to ``digests[targets[i]]``.

    Args:
        library: The core.
        secret: The key, of any length.
        parts: Columns of one length.
        rows: Positions in these columns.
        targets: Positions in ``digests``, as many.
        digests: Shape (any, 32).
        way: One of ``WAYS`` that this processor knows; the best of these when None.

    Raises:
        InputError: A cell does not lie within its column.
    """
    number = WAYS.index(way or best_way(library))
    cells = (_Cells * len(parts))(*map(_cells, parts))
    pointers = rows.ctypes.data, targets.ctypes.data
    first_blocks = b"".join(key_blocks(secret))
    if not library.corena_hmac_rows(number, first_blocks, cells, len(parts), *pointers, len(rows), digests.ctypes.data):
        raise damaged_column()


def decode_rows(
    library: ctypes.CDLL,
    signatures: Column,
    rows: NDArray[np.int64],
    digests: NDArray[np.uint8],
    well_formed: NDArray[np.bool_],
) -> None:
    """Writes what the 64 characters of each row spell to ``digests[row]`` and ``well_formed[row]``.

    Raises:
        InputError: A cell does not lie within its column.
    """
    cells = ctypes.byref(_cells(signatures))
    if not library.corena_hex_digests(cells, rows.ctypes.data, len(rows), digests.ctypes.data, well_formed.ctypes.data):
        raise damaged_column()


class _Cells(ctypes.Structure):
    """``struct corena_cells``."""

    _fields_ = (
        ("octets", ctypes.c_void_p),
        ("offsets", ctypes.c_void_p),
        ("octet_count", ctypes.c_int64),
        ("row_count", ctypes.c_int64),
    )


def _cells(column: Column) -> _Cells:
    octets, offsets = column
    return _Cells(octets.ctypes.data, offsets.ctypes.data, len(octets), len(offsets) - 1)
