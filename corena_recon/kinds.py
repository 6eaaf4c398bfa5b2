"""Notifications that no rule over one notification tells apart.

Such rules read few things of a notification, and most archives hold few combinations of them. Each combination is a
*kind*; the rules are run over one example of each. What cannot be told at a glance has no kind and is judged by itself.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from corena_recon.columns import Flags, encoded, flags, whole
from corena_recon.vocabulary import IDENTIFIER_MAX_CHARACTERS, INSTANT, SAMPLE_IDENTIFIER

UNKNOWN: Final = -1
"""The kind of a notification that is judged by itself."""
KIND: Final = pa.field("kind", pa.int32())

_KINDS_MAX: Final = 4096
_DECIMALS_MAX: Final = 30
_TEXTS: Final = ("status", "currency", "endpoint", "merchant", "fidelity", "unreadable", "signature_status", "key_id")
_FLAGS: Final = ("is_weak", "is_mended", "body_ambiguous", "is_plain")

Codes: TypeAlias = NDArray[np.int64]


class Kinds:
    """The kinds met so far in one run; safe to use in several threads at once.

    Args:
        instants: The moments that rules compare arrivals with.
    """

    def __init__(self, instants: Iterable[datetime | None]) -> None:
        moments = pa.array(sorted({moment for moment in instants if moment is not None}), INSTANT)
        self._instants = np.asarray(moments.cast(pa.int64()))
        self._numbers: dict[tuple[Any, ...], int] = {}
        self._examples: list[pa.Table] = []
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._examples)

    def with_kind(self, checked: pa.Table, is_harmless: Flags) -> pa.Table:
        """The notifications with their column ``kind``: same rows, same order.

        Args:
            checked: With the columns of ``signatures.CHECK_SCHEMA`` and ``traits.TRAIT_SCHEMA``.
            is_harmless: Whether rules that read letters need not look.
        """
        codes = [*map(_text_codes, (checked[name] for name in _TEXTS)), *self._other_codes(checked)]
        combined, firsts = _combined([is_harmless.astype(np.int64), *codes])
        numbers = [self._number_of(checked, int(row), codes) if is_harmless[row] else UNKNOWN for row in firsts]
        return checked.append_column(KIND, pa.array(np.array(numbers, np.int32)[combined], pa.int32()))

    def examples(self) -> pa.Table:
        """One notification of each kind, in order of the kinds; there must be one."""
        return pa.concat_tables(self._examples)

    def _number_of(self, checked: pa.Table, row: int, codes: list[Codes]) -> int:
        texts = tuple(checked[name][row].as_py() for name in _TEXTS)
        key = (*texts, *(int(code[row]) for code in codes[len(_TEXTS) :]))
        with self._lock:
            if key not in self._numbers and len(self._numbers) < _KINDS_MAX:
                self._numbers[key] = len(self._examples)
                self._examples.append(checked.slice(row, 1))
            return self._numbers.get(key, UNKNOWN)

    def _other_codes(self, checked: pa.Table) -> list[Codes]:
        identifier = whole(checked["identifier"])
        arrival = np.asarray(pc.fill_null(whole(checked["received_at"]).cast(pa.int64()), 0))
        is_known = flags(checked["received_at"].is_valid())
        is_long = pc.greater(pc.binary_length(identifier), IDENTIFIER_MAX_CHARACTERS)
        return [
            *(flags(checked[name]).astype(np.int64) for name in _FLAGS),
            flags(is_long).astype(np.int64),
            flags(pc.equal(identifier, SAMPLE_IDENTIFIER)).astype(np.int64),
            flags(checked["amount_rendering"].is_valid()).astype(np.int64),
            np.minimum(np.asarray(whole(checked["decimals"])), _DECIMALS_MAX).astype(np.int64),
            _signs(whole(checked["amount"])),
            np.where(is_known, 1 + np.searchsorted(self._instants, arrival, "left"), 0),
            np.where(is_known, np.searchsorted(self._instants, arrival, "right"), 0),
        ]


def _text_codes(column: pa.ChunkedArray) -> Codes:
    if column.null_count == len(column):
        return np.zeros(len(column), np.int64)
    return np.asarray(pc.fill_null(encoded(whole(column)).indices, -1)).astype(np.int64) + 1


def _combined(codes: list[Codes]) -> tuple[Codes, Codes]:
    """Small numbers that tell the combinations of codes apart, and the first row of each."""
    combined: Codes = np.zeros(len(codes[0]), np.int64)
    for code in codes:
        low, high = (int(end) for end in (code.min(), code.max())) if len(code) else (0, 0)
        if high == low:
            continue
        combined = combined * (high - low + 1) + (code - low)
        if combined.max(initial=0) > _DENSE:
            _, combined = np.unique(combined, return_inverse=True)
    firsts: Codes = np.full(int(combined.max(initial=-1)) + 1, -1)
    firsts[combined[::-1]] = np.arange(len(combined))[::-1]
    places: Codes = np.cumsum(firsts >= 0) - 1
    return places[combined], firsts[firsts >= 0]


_DENSE: Final = 1 << 16


def _signs(amounts: pa.Array) -> Codes:
    """0 for null, 1 for negative, 2 for zero, 3 for positive."""
    words = np.frombuffer(amounts.buffers()[1], np.int64).reshape(-1, 2)[amounts.offset : amounts.offset + len(amounts)]
    sign = np.where(words[:, 1] < 0, 1, np.where((words[:, 0] == 0) & (words[:, 1] == 0), 2, 3))
    return np.where(flags(amounts.is_valid()), sign, 0)
