"""HMAC-SHA256 (RFC 2104) of whole Arrow columns, and the comparison of such digests with posted signatures.

Nothing here holds a hexadecimal string: a digest is 32 bytes of a NumPy row; posted signatures are decoded once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from corena_recon.vocabulary import SIGNATURE_HEX_DIGITS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

DIGEST_BYTES: Final = 32
"""Length of one SHA-256 digest."""

_BLOCK_BYTES: Final = 64
_ROWS_PER_STEP: Final = 4096


def hmac_sha256(secret: bytes, messages: pa.Array | pa.ChunkedArray | Sequence[bytes]) -> pa.FixedSizeBinaryArray:
    """HMAC-SHA256 of every message under one secret.

    Args:
        secret: The key, of any length.
        messages: What to sign: an Arrow array of binary or string type (text is signed as its UTF-8 bytes),
            or a sequence of bytes. Null (None) is allowed.

    Returns:
        An array of ``fixed_size_binary[32]``, as long as ``messages``; null where the message is null.

    Raises:
        TypeError: The secret is not bytes, or the messages are none of the above.
    """
    _require_bytes(secret)
    columns = _message_columns(messages)
    digests = np.concatenate([_no_digests(0), *(digests_of(secret, [column]) for column in columns)])
    present = pa.array(np.concatenate([np.empty(0, bool), *(_present([column]) for column in columns)]))
    validity = None if pc.all(present).as_py() else present.buffers()[1]
    return pa.FixedSizeBinaryArray.from_buffers(
        pa.binary(DIGEST_BYTES), len(digests), [validity, pa.py_buffer(digests)]
    )


def digests_of(secret: bytes, parts: Sequence[pa.Array], rows: NDArray[np.int64] | None = None) -> NDArray[np.uint8]:
    """HMAC-SHA256 of every row of several columns, each row's cells joined without a separator.

    Args:
        secret: The key, of any length.
        parts: Binary or string arrays of one length; for notifications the amount and the identifier.
        rows: Positions to look at, in the order wanted; every row when None.

    Returns:
        One digest a row asked for, shape (rows, 32); zeros where a part is null.

    Raises:
        TypeError: The secret is not bytes, or a part is neither binary nor string.
    """
    _require_bytes(secret)
    cells = [_cells(part if rows is None else part.take(pa.array(rows))) for part in parts]
    digests = _no_digests(len(cells[0]))
    inner, outer = _midstates(secret)
    for row, texts in enumerate(_joined(cells)):
        if texts is None:
            continue
        inside = inner.copy()
        inside.update(texts)
        outside = outer.copy()
        outside.update(inside.digest())
        digests[row] = np.frombuffer(outside.digest(), np.uint8)
    return digests


def signatures_match(
    secret: bytes,
    parts: Sequence[pa.Array],
    claimed: NDArray[np.uint8],
    rows: NDArray[np.int64] | None = None,
) -> NDArray[np.bool_]:
    """Whether each row's claimed digest is the HMAC of its joined cells under this secret.

    Args:
        secret: The key.
        parts: As for ``digests_of``.
        claimed: What ``decode_signatures`` gave for all rows, shape (all rows, 32). Ask only for
            well-formed rows.
        rows: Positions to look at; every row when None.

    Returns:
        One truth a row asked for; False where a part is null.
    """
    digests = digests_of(secret, parts, rows)
    expected = claimed if rows is None else claimed[rows]
    equal: NDArray[np.bool_] = (digests == expected).all(axis=1)
    present = _present(parts)
    return equal & (present if rows is None else present[rows])


def decode_signatures(signatures: pa.Array) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """The digests that a column of posted signatures claims.

    Args:
        signatures: Binary or string array.

    Returns:
        The digests, shape (rows, 32), zeros where there is none; and whether each row is well formed, that is
        exactly 64 of the characters 0-9 and A-F.
    """
    cells = _cells(signatures)
    digests = _no_digests(len(cells))
    full_length = pc.fill_null(pc.equal(pc.binary_length(cells), SIGNATURE_HEX_DIGITS), False)
    candidates = np.flatnonzero(full_length.to_numpy(zero_copy_only=False))
    well_formed: NDArray[np.bool_] = np.zeros(len(cells), bool)
    for first in range(0, len(candidates), _ROWS_PER_STEP):
        step = candidates[first : first + _ROWS_PER_STEP]
        digits = _bytes_of(cells.take(pa.array(step))).reshape(-1, SIGNATURE_HEX_DIGITS)
        digests[step], well_formed[step] = _decode(digits)
    digests[~well_formed] = 0
    return digests, well_formed


def _decode(digits: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    decimal = digits - np.uint8(ord("0"))
    letter = digits - np.uint8(ord("A"))
    good = (decimal < 10) | (letter < 6)
    nibbles = np.where(decimal < 10, decimal, letter + np.uint8(10))
    return nibbles[:, ::2] << np.uint8(4) | nibbles[:, 1::2], good.all(axis=1)


def _midstates(secret: bytes) -> tuple[hashlib._Hash, hashlib._Hash]:
    key = hashlib.sha256(secret).digest() if len(secret) > _BLOCK_BYTES else secret
    padded = key.ljust(_BLOCK_BYTES, b"\0")
    inner = hashlib.sha256(bytes(octet ^ 0x36 for octet in padded))
    outer = hashlib.sha256(bytes(octet ^ 0x5C for octet in padded))
    return inner, outer


def _require_bytes(secret: bytes) -> None:
    if not isinstance(secret, bytes):
        raise TypeError(f"the secret must be bytes, not {type(secret).__name__}")


def _message_columns(messages: pa.Array | pa.ChunkedArray | Sequence[bytes]) -> list[pa.Array]:
    if isinstance(messages, pa.ChunkedArray):
        return [_cells(chunk) for chunk in messages.chunks]
    if isinstance(messages, pa.Array):
        return [_cells(messages)]
    if not isinstance(messages, Sequence) or isinstance(messages, (str, bytes, bytearray, memoryview)):
        raise TypeError(
            "messages must be an Arrow array of binary or string type, or a sequence of bytes, "
            f"not {type(messages).__name__}"
        )
    for message in messages:
        if message is not None and not isinstance(message, bytes):
            raise TypeError(f"every message must be bytes, not {type(message).__name__}")
    return [pa.array(messages, pa.large_binary())]


def _cells(column: pa.Array) -> pa.Array:
    kind = column.type
    known = (
        pa.types.is_binary,
        pa.types.is_string,
        pa.types.is_large_binary,
        pa.types.is_large_string,
        pa.types.is_binary_view,
        pa.types.is_string_view,
        pa.types.is_null,
    )
    if not any(is_kind(kind) for is_kind in known):
        raise TypeError(f"an Arrow array of binary or string type is needed, not {kind}")
    return column.cast(pa.large_binary())


def _joined(cells: Sequence[pa.Array]) -> Iterator[bytes | None]:
    if len(cells) == 1:
        yield from cells[0].to_pylist()
        return
    for texts in zip(*(column.to_pylist() for column in cells), strict=True):
        yield None if None in texts else b"".join(texts)


def _present(columns: Sequence[pa.Array]) -> NDArray[np.bool_]:
    present: NDArray[np.bool_] = np.ones(len(columns[0]), bool)
    for column in columns:
        if column.null_count:
            present &= column.is_valid().to_numpy(zero_copy_only=False)
    return present


def _bytes_of(cells: pa.Array) -> NDArray[np.uint8]:
    offsets = np.frombuffer(cells.buffers()[1], np.int64)[cells.offset : cells.offset + len(cells) + 1]
    data = cells.buffers()[2]
    return np.frombuffer(data, np.uint8)[offsets[0] : offsets[-1]] if data else np.empty(0, np.uint8)


def _no_digests(row_count: int) -> NDArray[np.uint8]:
    return np.zeros((row_count, DIGEST_BYTES), np.uint8)
