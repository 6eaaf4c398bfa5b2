"""HMAC-SHA256 (RFC 2104) of whole Arrow columns, and the comparison of such digests with posted signatures.

Nothing here holds a hexadecimal string: a digest is 32 bytes of a NumPy row, and signatures are decoded once.
The compiled core does the work without the interpreter's lock; where there is none, hashlib does. A caller sees no
difference but time.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from corena_recon.errors import InputError, KeyRingError
from corena_recon.native import core, decode_rows, key_blocks, sign_rows
from corena_recon.vocabulary import SIGNATURE_HEX_DIGITS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from corena_recon.native.digests import Column

DIGEST_BYTES: Final = 32
"""Length of one SHA-256 digest."""

_ROWS_PER_STEP: Final = 65_536  # what is worked out about so many rows stays in the processor's cache
_SIGNATURE: Final = re.compile(rb"[0-9A-F]{%d}" % SIGNATURE_HEX_DIGITS)


def hmac_sha256(
    secret: bytes, messages: pa.Array | pa.ChunkedArray | Sequence[bytes | None]
) -> pa.FixedSizeBinaryArray:
    """HMAC-SHA256 of every message under one secret; much work is shared among all cores.

    Args:
        secret: The key, of any length.
        messages: What to sign: an Arrow array of binary or string type (text is signed as its UTF-8 bytes),
            or a sequence of bytes. Null (None) is allowed.

    Returns:
        An array of ``fixed_size_binary[32]``, as long as ``messages``; null where the message is null.

    Raises:
        KeyRingError: The secret is not bytes.
        InputError: The messages are none of the above.
    """
    _require_bytes(secret)
    columns = _message_columns(messages)
    digests = _no_digests(sum(map(len, columns)))

    def sign(step: tuple[pa.Array, int]) -> None:
        cells, first = step
        rows = np.flatnonzero(_present([cells]))
        _sign(secret, [cells], rows, targets=rows, digests=digests[first : first + len(cells)])

    steps = list(_steps(columns))
    if core() is None or len(steps) == 1:
        for step in steps:
            sign(step)
    else:
        with ThreadPoolExecutor(pa.cpu_count()) as pool:
            list(pool.map(sign, steps))
    return _as_arrow(digests, np.concatenate([np.empty(0, bool), *(_present([column]) for column in columns)]))


def digests_of(secret: bytes, parts: Sequence[pa.Array], rows: NDArray[np.int64] | None = None) -> NDArray[np.uint8]:
    """HMAC-SHA256 of every row of several columns, each row's cells joined without a separator.

    Args:
        secret: The key, of any length.
        parts: Binary or string arrays of one length; for notifications the amount and the identifier.
        rows: Positions to look at, in the order wanted; every row when None.

    Returns:
        One digest a row asked for, shape (rows, 32); zeros where a part is null.

    Raises:
        KeyRingError: The secret is not bytes.
        InputError: A part is neither binary nor string.
        ValueError: The parts differ in length.
        IndexError: There is no such row.
    """
    _require_bytes(secret)
    cells, chosen = _cells_and_rows(parts, rows)
    digests = _no_digests(len(chosen))
    for targets in _batches(np.flatnonzero(_present(cells)[chosen])):
        _sign(secret, cells, chosen[targets], targets=targets, digests=digests)
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

    Raises:
        KeyRingError: As for ``digests_of``.
        InputError: As for ``digests_of``.
        ValueError: The parts differ in length, or there is not one claimed digest a row.
        IndexError: There is no such row.
    """
    _require_bytes(secret)
    cells, chosen = _cells_and_rows(parts, rows)
    if claimed.shape != (len(cells[0]), DIGEST_BYTES):
        raise ValueError(f"{len(cells[0])} digests of {DIGEST_BYTES} bytes are needed, not {claimed.shape}")
    expected = _as_arrow(np.ascontiguousarray(claimed, np.uint8))
    match: NDArray[np.bool_] = np.zeros(len(chosen), bool)
    for targets in _batches(np.flatnonzero(_present(cells)[chosen])):
        some_rows = chosen[targets]
        digests = _no_digests(len(targets))
        _sign(secret, cells, some_rows, targets=np.arange(len(targets)), digests=digests)
        equal = pc.equal(_as_arrow(digests), expected.take(pa.array(some_rows)))
        match[targets] = equal.to_numpy(zero_copy_only=False)
    return match


def decode_signatures(signatures: pa.Array) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """The digests that a column of posted signatures claims.

    Args:
        signatures: Binary or string array.

    Returns:
        The digests, shape (rows, 32), zeros where there is none; and whether each row is well formed, that is
        exactly 64 of the characters 0-9 and A-F.
    """
    cells = _cells(signatures)
    characters, offsets = _buffers(cells)
    rows = np.flatnonzero((np.diff(offsets) == SIGNATURE_HEX_DIGITS) & _present([cells]))
    digests = _no_digests(len(cells))
    well_formed: NDArray[np.bool_] = np.zeros(len(cells), bool)
    library = core()
    if library is not None:
        decode_rows(library, (characters, offsets), rows, digests, well_formed)
        return digests, well_formed
    for row, digits in zip(rows.tolist(), cells.take(pa.array(rows)).to_pylist(), strict=True):
        if _SIGNATURE.fullmatch(digits):
            digests[row] = np.frombuffer(bytes.fromhex(digits.decode()), np.uint8)
            well_formed[row] = True
    return digests, well_formed


def _sign(
    secret: bytes,
    cells: Sequence[pa.Array],
    rows: NDArray[np.int64],
    *,
    targets: NDArray[np.int64],
    digests: NDArray[np.uint8],
) -> None:
    """Writes the digest of row ``rows[i]``, which has no null, to ``digests[targets[i]]``."""
    library = core()
    if library is not None:
        columns = [_buffers(column) for column in cells]
        sign_rows(library, secret, columns, rows=rows, targets=targets, digests=digests)
    elif len(rows):
        hashed = _hashlib_digests(secret, [column.take(pa.array(rows)) for column in cells])
        digests[targets] = np.frombuffer(b"".join(hashed), np.uint8).reshape(-1, DIGEST_BYTES)


def _hashlib_digests(secret: bytes, cells: Sequence[pa.Array]) -> Iterator[bytes]:
    inner, outer = (hashlib.sha256(block) for block in key_blocks(secret))
    for texts in zip(*(column.to_pylist() for column in cells), strict=True):
        inside, outside = inner.copy(), outer.copy()
        for text in texts:
            inside.update(text)
        outside.update(inside.digest())
        yield outside.digest()


def _cells_and_rows(
    parts: Sequence[pa.Array], rows: NDArray[np.int64] | None
) -> tuple[list[pa.Array], NDArray[np.int64]]:
    cells = [_cells(part) for part in parts]
    if len({len(column) for column in cells}) != 1:
        raise ValueError("the parts of a message must be columns of one length")
    row_count = len(cells[0])
    chosen = np.arange(row_count) if rows is None else np.ascontiguousarray(rows, np.int64)
    # Compiled code does not look where it reads.
    if len(chosen) and not 0 <= chosen.min() <= chosen.max() < row_count:
        raise IndexError(f"rows are numbered from 0 to {row_count - 1}")
    return cells, chosen


def _batches(rows: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
    return (rows[first : first + _ROWS_PER_STEP] for first in range(0, len(rows), _ROWS_PER_STEP))


def _require_bytes(secret: bytes) -> None:
    if not isinstance(secret, bytes):
        raise KeyRingError(f"the secret is of type {type(secret).__name__}, not bytes", hint="give its bytes")


def _message_columns(messages: pa.Array | pa.ChunkedArray | Sequence[bytes]) -> list[pa.Array]:
    if isinstance(messages, pa.ChunkedArray):
        return [_cells(chunk) for chunk in messages.chunks]
    if isinstance(messages, pa.Array):
        return [_cells(messages)]
    if not isinstance(messages, Sequence) or isinstance(messages, (str, bytes, bytearray, memoryview)):
        raise InputError(
            f"messages of type {type(messages).__name__} cannot be signed",
            hint="give an Arrow array of binary or string type, or a sequence of bytes",
        )
    for message in messages:
        if message is not None and not isinstance(message, bytes):
            raise InputError(f"a message is of type {type(message).__name__}, not bytes", hint="give its bytes")
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
        raise InputError(f"an Arrow array of type {kind} cannot be signed", hint="give one of binary or string type")
    return column.cast(pa.large_binary())


def _steps(columns: Sequence[pa.Array]) -> Iterator[tuple[pa.Array, int]]:
    """Every column in pieces, each with the number of rows before it."""
    before = 0
    for column in columns:
        for first in range(0, len(column), _ROWS_PER_STEP):
            yield column.slice(first, _ROWS_PER_STEP), before + first
        before += len(column)


def _present(columns: Sequence[pa.Array]) -> NDArray[np.bool_]:
    present: NDArray[np.bool_] = np.ones(len(columns[0]), bool)
    for column in columns:
        if column.null_count:
            present &= column.is_valid().to_numpy(zero_copy_only=False)
    return present


def _buffers(cells: pa.Array) -> Column:
    _, offsets, data = cells.buffers()
    # Arrow lets a column without rows, or without bytes, go without the buffer.
    starts = np.frombuffer(offsets, np.int64) if len(cells) else np.zeros(cells.offset + 1, np.int64)
    octets = np.frombuffer(data, np.uint8) if data else np.empty(0, np.uint8)
    return octets, starts[cells.offset : cells.offset + len(cells) + 1]


def _as_arrow(digests: NDArray[np.uint8], present: NDArray[np.bool_] | None = None) -> pa.FixedSizeBinaryArray:
    validity = None if present is None or present.all() else pa.array(present).buffers()[1]
    buffers = [validity, pa.py_buffer(digests)]
    return pa.FixedSizeBinaryArray.from_buffers(pa.binary(DIGEST_BYTES), len(digests), buffers)


def _no_digests(row_count: int) -> NDArray[np.uint8]:
    return np.zeros((row_count, DIGEST_BYTES), np.uint8)
