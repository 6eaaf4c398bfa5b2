"""The compiled HMAC-SHA256: when it pays, how it comes about, and the check before it is trusted."""

from __future__ import annotations

import hashlib
import hmac
import re
from typing import TYPE_CHECKING, Final

import numpy as np

from corena_recon.native.hmac_kernel.functions import MAX_BLOCKS, WORKSPACE_BYTES, module_text
from corena_recon.native.machine_code.compiling import COUNT, POINTER, MachineCode, has_sha_instructions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from corena_recon.native.hmac_kernel.sha256 import Instructions

    Column = tuple[NDArray[np.uint8], NDArray[np.int64]]
    """The bytes and the offsets of an Arrow large_binary array."""

PAYS_FROM: Final = 75_000
"""Messages for which hashlib takes as long as loading and running the compiler (benchmarks/bench_hmac.py)."""

MAX_MESSAGE_BYTES: Final = 64 * MAX_BLOCKS - 9
"""The longest message that the compiled code takes."""

_BLOCK_BYTES = 64


def key_blocks(secret: bytes) -> tuple[bytes, bytes]:
    """The blocks that the inner and the outer hash begin with (RFC 2104, section 2)."""
    key = hashlib.sha256(secret).digest() if len(secret) > _BLOCK_BYTES else secret
    padded = key.ljust(_BLOCK_BYTES, b"\0")
    return bytes(octet ^ 0x36 for octet in padded), bytes(octet ^ 0x5C for octet in padded)


class Kernel:
    """HMAC-SHA256 and the decoding of signatures in machine code made for this processor.

    Args:
        instructions: For which to write the code; the fastest that the processor has when None.

    Raises:
        Exception: Whatever a missing or unfit compiler raises.
    """

    def __init__(self, instructions: Instructions | None = None) -> None:
        if instructions is None:
            instructions = "sha" if has_sha_instructions() else "vector"
        self.instructions = instructions
        code = MachineCode(module_text(instructions))
        self._hmac_rows = code.function("hmac_rows", COUNT, *[POINTER] * 2, *[COUNT] * 2, *[POINTER] * 5)
        self._decode_hex = code.function("decode_hex", COUNT, *[POINTER] * 5)
        self._code = code

    def sign(
        self,
        secret: bytes,
        parts: Sequence[Column],
        rows: NDArray[np.int64],
        targets: NDArray[np.int64],
        digests: NDArray[np.uint8],
    ) -> NDArray[np.bool_]:
        """Write the HMAC of row ``rows[i]``, its cells joined, to ``digests[targets[i]]``.

        Returns:
            Which of ``rows`` are longer than ``MAX_MESSAGE_BYTES`` and were left out.
        """
        data, offsets = (np.array([column[side].ctypes.data for column in parts], np.uintp) for side in (0, 1))
        first_blocks = np.frombuffer(b"".join(key_blocks(secret)), np.uint8)
        workspace: NDArray[np.uint8] = np.empty(WORKSPACE_BYTES, np.uint8)
        block_counts = _block_counts(parts, rows)
        for block_count in np.flatnonzero(np.bincount(block_counts)[: MAX_BLOCKS + 1]).tolist():
            chosen = block_counts == block_count
            some_rows, some_targets = (rows, targets) if chosen.all() else (rows[chosen], targets[chosen])
            self._hmac_rows(
                len(some_rows),
                some_rows.ctypes.data,
                some_targets.ctypes.data,
                block_count,
                len(parts),
                *(array.ctypes.data for array in (data, offsets, first_blocks, workspace, digests)),
            )
        too_long: NDArray[np.bool_] = block_counts > MAX_BLOCKS
        return too_long

    def decode(
        self,
        signatures: Column,
        rows: NDArray[np.int64],
        digests: NDArray[np.uint8],
        well_formed: NDArray[np.bool_],
    ) -> None:
        """Write what the 64 characters of each row spell to ``digests[row]`` and ``well_formed[row]``."""
        characters, offsets = signatures
        arrays = (rows, offsets, characters, digests, well_formed)
        self._decode_hex(len(rows), *(array.ctypes.data for array in arrays))


def trusted_kernel() -> Kernel | None:
    """A kernel that agrees with the standard library, or None where there is none to be had."""
    try:
        kernel = Kernel()
        return kernel if signs_rightly(kernel) and decodes_rightly(kernel) else None
    except Exception:  # noqa: BLE001 - whatever is wrong with the compiler, hashlib gives the same digests
        return None


def signs_rightly(kernel: Kernel) -> bool:
    """Whether the kernel agrees with ``hmac`` on messages of every block count, in two parts."""
    secret = b"invented for this check"
    lengths = [*range(200), *range(200, MAX_MESSAGE_BYTES + 1, 5)]
    messages = [bytes((n * n + length) % 256 for n in range(length)) for length in lengths]
    parts = [_column([message[:9] for message in messages]), _column([message[9:] for message in messages])]
    rows = np.arange(len(messages))
    digests: NDArray[np.uint8] = np.zeros((len(messages), 32), np.uint8)
    kernel.sign(secret, parts, rows, rows, digests)
    expected = b"".join(hmac.digest(secret, message, "sha256") for message in messages)
    return bytes(digests) == expected


def decodes_rightly(kernel: Kernel) -> bool:
    """Whether the kernel tells digits from their neighbours at every place of a signature."""
    good = b"0123456789ABCDEF" * 4
    signatures = [
        good[:place] + bytes([octet]) + good[place + 1 :] for place in range(64) for octet in b"\0/09:@AFG`afg\xff"
    ]
    digests: NDArray[np.uint8] = np.empty((len(signatures), 32), np.uint8)
    well_formed: NDArray[np.bool_] = np.empty(len(signatures), np.bool_)
    kernel.decode(_column(signatures), np.arange(len(signatures)), digests, well_formed)
    shaped = [re.fullmatch(rb"[0-9A-F]{64}", signature) is not None for signature in signatures]
    spelt = [bytes.fromhex(s.decode()) if ok else bytes(32) for s, ok in zip(signatures, shaped, strict=True)]
    return list(well_formed) == shaped and bytes(digests) == b"".join(spelt)


def _block_counts(parts: Sequence[Column], rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """How many blocks each row's message fills; one more than there may be stands for all that is longer."""
    byte_counts: NDArray[np.int64] = np.sum([offsets[rows + 1] - offsets[rows] for _, offsets in parts], axis=0)
    return (byte_counts + 8).clip(max=MAX_BLOCKS * _BLOCK_BYTES) // _BLOCK_BYTES + 1


def _column(cells: Sequence[bytes]) -> Column:
    return np.frombuffer(b"".join(cells), np.uint8), np.cumsum([0, *map(len, cells)], dtype=np.int64)
