"""Whether the core works as Python does: asked once in every process before the core is trusted."""

from __future__ import annotations

import hmac
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa

from corena_recon.native.decimals import read_decimals
from corena_recon.native.digests import decode_rows, sign_rows
from corena_recon.native.marks import first_rows_of_marks, mark_cells, mark_of_cell

if TYPE_CHECKING:
    import ctypes
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from corena_recon.native.digests import Column

_WORD_BYTES: Final = 8
_SEED: Final = 2**63 + 12345
_PATTERN: Final = bytes(range(251)) * 8
_MESSAGE_BYTES: Final = (*range(0, 130, 3), 55, 56, 119, 120, 183, 184, 247, 248, 300, 1000)
"""Ends of blocks, each by itself and among others of as many blocks."""
_DECIMALS: Final[dict[str | None, str | None]] = {
    "0": "0",
    "-0.0": "0",
    "11.00000000": "11",
    "-11.5": "-11.5",
    None: None,
    "9" * 19: "9" * 19,
    f"{'9' * 20}.{'9' * 8}": f"{'9' * 20}.{'9' * 8}",
    f"-{'9' * 20}.{'9' * 8}0": f"-{'9' * 20}.{'9' * 8}",
    "0" * 30 + "12.3" + "0" * 30: "12.3",
    "9" * 21: None,
    "0.000000001": None,
    **dict.fromkeys(("", "-", ".", "1.", ".5", "-.5", "1.2.3", "1e5", "+1", " 1", "1 ", "--1", "1-", "١")),
    **dict.fromkeys(f"1{character}5" for character in ",:/'\x00e"),
}
"""Texts, and what they say."""


def agrees_with_python(library: ctypes.CDLL) -> bool:
    """Whether all of the core does."""
    checks = (signs_rightly, decodes_rightly, marks_rightly, finds_rows_rightly, reads_decimals_rightly)
    return all(check(library) for check in checks)


def signs_rightly(library: ctypes.CDLL, way: str | None = None) -> bool:
    """Whether the core agrees with ``hmac`` on messages in two parts."""
    secret = b"invented for this check"
    messages = [_PATTERN[length : 2 * length] for length in _MESSAGE_BYTES]
    parts = [_column([message[:9] for message in messages]), _column([message[9:] for message in messages])]
    rows = np.arange(len(messages))
    digests: NDArray[np.uint8] = np.zeros((len(messages), 32), np.uint8)
    sign_rows(library, secret, parts, rows=rows, targets=rows[::-1].copy(), digests=digests, way=way)
    return bytes(digests[::-1]) == b"".join(hmac.digest(secret, message, "sha256") for message in messages)


def decodes_rightly(library: ctypes.CDLL) -> bool:
    """Whether the core tells digits from their neighbours at every place of eight, and spells them."""
    good = b"0123456789ABCDEF" * 4
    signatures = [
        good[:place] + bytes([octet]) + good[place + 1 :]
        for place in range(56, 64)
        for octet in b"\0/09:@AFG`afg\xb5\xff"
    ]
    digests: NDArray[np.uint8] = np.empty((len(signatures), 32), np.uint8)
    well_formed: NDArray[np.bool_] = np.empty(len(signatures), np.bool_)
    decode_rows(library, _column(signatures), np.arange(len(signatures)), digests, well_formed)
    shaped = [re.fullmatch(rb"[0-9A-F]{64}", signature) is not None for signature in signatures]
    spelt = [bytes.fromhex(s.decode()) if ok else bytes(32) for s, ok in zip(signatures, shaped, strict=True)]
    return well_formed.tolist() == shaped and bytes(digests) == b"".join(spelt)


def marks_rightly(library: ctypes.CDLL) -> bool:
    """Whether cells of every length up to four words have the marks that Python's arithmetic gives."""
    cells = [_PATTERN[length : 2 * length] for length in range(4 * _WORD_BYTES + 2)]
    octets, offsets = _column(cells)
    found = mark_cells(library, octets, offsets.astype(np.int32), seed=_SEED).tolist()
    return bool(found == [mark_of_cell(cell, _SEED) for cell in cells])


def finds_rows_rightly(library: ctypes.CDLL) -> bool:
    """Whether rows of one mark find the first of them, in a crowded table."""
    marks = [0, 1, 17, 1, 33, 17, 0, 2**64 - 1, 65, 129, 33, 2**64 - 1, 1]
    expected = [0, 1, 2, 1, 4, 2, 6, 7, 8, 9, 4, 7, 1]
    return bool(first_rows_of_marks(library, np.array(marks, np.uint64)).tolist() == expected)


def reads_decimals_rightly(library: ctypes.CDLL) -> bool:
    """Whether decimals, and what is nearly one, have the values that they say."""
    texts = pa.array(["skipped", *_DECIMALS], pa.string()).slice(1)
    values = [None if text is None else Decimal(text) for text in _DECIMALS.values()]
    return bool(read_decimals(library, texts).to_pylist() == values)


def _column(cells: Sequence[bytes]) -> Column:
    return np.frombuffer(b"".join(cells), np.uint8), np.cumsum([0, *map(len, cells)], dtype=np.int64)
