"""How many notifications verify and how many do not, by where they are kept and by when they came."""

from __future__ import annotations

from collections.abc import Iterator
from enum import IntEnum
from typing import Final, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from corena_recon.tables.columns import encoded, flags, whole
from corena_recon.vocabulary import SignatureStatus

SIGNING_COLUMNS: Final = ("source", "endpoint", "merchant", "received_at", "signature_status", "findings")
"""What ``SigningTally`` counts by."""

MINUTE_US: Final = 60_000_000
_MINUTES_MAX: Final = 100_000
_COARSER: Final = 60
_DENSE: Final = 4
"""Counting in an array takes less time than sorting while it has at most so many cells a row."""


class Kind(IntEnum):
    """What a signature says of the keys.

    A copied signature is another notification's, and one that cannot be checked is nobody's: neither says anything.
    """

    VERIFIED = 0
    REFUSED = 1
    UNSIGNED = 2
    SILENT = 3


_KINDS: Final = {
    SignatureStatus.VALID: Kind.VERIFIED,
    SignatureStatus.VALID_RENDERED: Kind.VERIFIED,
    SignatureStatus.INVALID: Kind.REFUSED,
    SignatureStatus.MALFORMED: Kind.REFUSED,
    SignatureStatus.MISSING: Kind.UNSIGNED,
    SignatureStatus.UNVERIFIABLE: Kind.SILENT,
}

_TELL_NOTHING: Final = pa.array(["signature_copied", "weak_key"])
"""Findings of signatures that somebody without the secret made: they say nothing of the ring."""


class Place(NamedTuple):
    """Where notifications are kept, as far as it is known."""

    source: str | None
    endpoint: str | None
    merchant: str | None


class Moments:
    """How many there were of each kind and when: by the minute, by the hour where they are spread widely.

    Attributes:
        unit_us: How long a step is.
        steps: The steps in which there were any, in order, since the epoch.
        counts: How many, a row a step and a column a kind.
    """

    def __init__(self, kinds: int = 1) -> None:
        self.unit_us = MINUTE_US
        self.steps: NDArray[np.int64] = np.zeros(0, np.int64)
        self.counts: NDArray[np.int64] = np.zeros((0, kinds), np.int64)

    def add(self, moments: pa.ChunkedArray, kinds: NDArray[np.int8] | None = None) -> None:
        """Adds moments and their kinds; a negative kind and no moment do not count."""
        moments = whole(moments)
        is_counted = flags(moments.is_valid())
        places = np.zeros(len(moments), np.int64) if kinds is None else kinds.astype(np.int64)
        is_counted &= places >= 0
        if not is_counted.any():
            return
        steps = np.asarray(pc.fill_null(moments.cast(pa.int64()), 0))[is_counted] // self.unit_us
        width = self.counts.shape[1]
        found, counts = _counted(steps * width + places[is_counted])
        self._merge(found // width, found % width, counts)
        while len(self.steps) > _MINUTES_MAX and self.unit_us == MINUTE_US:
            self.unit_us *= _COARSER
            rows, kinds_there = np.nonzero(self.counts)
            steps, counts = self.steps[rows] // _COARSER, self.counts[rows, kinds_there]
            self.steps, self.counts = self.steps[:0], self.counts[:0]
            self._merge(steps, kinds_there, counts)

    def _merge(self, steps: NDArray[np.int64], kinds: NDArray[np.int64], counts: NDArray[np.int64]) -> None:
        merged = np.union1d(self.steps, steps)
        table = np.zeros((len(merged), self.counts.shape[1]), np.int64)
        table[np.searchsorted(merged, self.steps)] = self.counts
        np.add.at(table, (np.searchsorted(merged, steps), kinds), counts)
        self.steps, self.counts = merged, table


class SigningTally:
    """Notifications by kind, by place and by moment, added a part at a time.

    Attributes:
        places: For each place, how many of each kind.
        moments: The same by when they came.
    """

    def __init__(self) -> None:
        self.places: dict[Place, NDArray[np.int64]] = {}
        self.moments = Moments(len(Kind))

    def add(self, verified: pa.Table) -> None:
        """Adds notifications, with SIGNING_COLUMNS at least; unreadable records do not count."""
        if not len(verified):
            return
        kinds = _kinds_of(verified)
        self.moments.add(verified["received_at"], kinds)
        for place, kind, count in _by_place(verified, kinds):
            counts = self.places.setdefault(place, np.zeros(len(Kind), np.int64))
            counts[kind] += count


def _kinds_of(verified: pa.Table) -> NDArray[np.int8]:
    statuses = encoded(whole(verified["signature_status"]))
    known = [-1 if word is None else int(_KINDS[SignatureStatus(word)]) for word in statuses.dictionary.to_pylist()]
    kinds = np.asarray([*known, -1], np.int8)[_places(statuses)]
    lists = whole(verified["findings"])
    tells = pc.is_in(lists.flatten().cast(pa.string()), _TELL_NOTHING)
    kinds[np.asarray(pc.list_parent_indices(lists))[flags(tells)]] = Kind.SILENT
    return kinds


def _by_place(verified: pa.Table, kinds: NDArray[np.int8]) -> Iterator[tuple[Place, int, int]]:
    columns = [encoded(whole(verified[name])) for name in Place._fields]
    sizes = [len(column.dictionary) + 1 for column in columns]
    keys = np.zeros(len(verified), np.int64)
    for column, size in zip(columns, sizes, strict=True):
        keys = keys * size + _places(column)
    found, counts = _counted((keys * len(Kind) + kinds)[kinds >= 0])
    words = [[*column.dictionary.to_pylist(), None] for column in columns]
    for key, count in zip(found.tolist(), counts.tolist(), strict=True):
        rest, kind = divmod(key, len(Kind))
        rest, merchant = divmod(rest, sizes[2])
        source, endpoint = divmod(rest, sizes[1])
        yield Place(words[0][source], words[1][endpoint], words[2][merchant]), kind, count


def _places(cells: pa.DictionaryArray) -> NDArray[np.int64]:
    """Each cell's place in the dictionary; that behind the last for null."""
    return np.asarray(pc.fill_null(cells.indices, len(cells.dictionary))).astype(np.int64)


def _counted(keys: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The keys that there are, in order, and how often each is there."""
    if not len(keys):
        return keys, keys
    first = int(keys.min())
    if int(keys.max()) - first < _DENSE * len(keys):
        counts = np.bincount(keys - first)
        found = np.flatnonzero(counts)
        return found + first, counts[found]
    return np.unique(keys, return_counts=True)
