"""The rows of one bucket out of what several shares have written, in their order; rows move whose home is elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final, Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from corena_recon.shards.homes import Homes
from corena_recon.shards.travelling import FOLD, ROW, bucket_of
from corena_recon.tables.columns import whole
from corena_recon.tables.spool import Spool

_HELD_ROWS: Final = 1 << 19
"""How many rows of all runs are held at once, about, while they are put in order."""
_MOVED_BYTES: Final = 4 * 1024**2
"""How much of one run of moved rows is held in memory."""


class Bucketed(Protocol):
    """Rows of some shares by bucket; those of one bucket are in order."""

    def tables(self, bucket: int) -> Iterator[pa.Table]:
        """The rows of a bucket, with ``row`` and ``fold``."""
        ...


class Gathering:
    """The rows of all shares by the bucket in which they are judged.

    Args:
        shares: What each share has written.
        homes: Where rows go that do not stay.
        folder: A new one, for rows that move.
    """

    def __init__(self, shares: Sequence[Bucketed], homes: Homes, folder: Path) -> None:
        self._shares = shares
        self._homes = homes
        folder.mkdir(exist_ok=True)
        self._moved: dict[int, list[Spool]] = {bucket: [] for bucket in range(homes.buckets)}
        own = bucket_of(homes.folds, np.zeros(len(homes.folds), np.int64), homes.buckets)
        self._left = {int(bucket) for bucket in np.unique(own[own != homes.homes])}
        for bucket in sorted(self._left):
            for number, share in enumerate(shares):
                self._move(share.tables(bucket), bucket, folder / f"moved-{bucket}-{number}")

    def tables(self, bucket: int) -> Iterator[pa.Table]:
        """The rows of a bucket in order, so that nothing else is compared or joined with any of them."""
        runs: list[Iterable[pa.Table]] = [self._staying(share, bucket) for share in self._shares]
        runs += [(chunk.table for chunk in spool.chunks()) for spool in self._moved[bucket]]
        return in_order(runs)

    def forget(self, bucket: int) -> None:
        """Lets go of what was moved to a bucket."""
        for spool in self._moved.pop(bucket):
            spool.discard()

    def _staying(self, share: Bucketed, bucket: int) -> Iterator[pa.Table]:
        for table in share.tables(bucket):
            yield table.filter(pa.array(self._homes_of(table) == bucket)) if bucket in self._left else table

    def _move(self, tables: Iterator[pa.Table], bucket: int, file: Path) -> None:
        spools: dict[int, Spool] = {}
        for table in tables:
            homes = self._homes_of(table)
            for home in np.unique(homes[homes != bucket]).tolist():
                spool = spools.setdefault(home, Spool(Path(f"{file}-{home}.arrow"), _MOVED_BYTES, is_packed=True))
                spool.add(table.filter(pa.array(homes == home)))
        for home, spool in spools.items():
            self._moved[home].append(spool)

    def _homes_of(self, table: pa.Table) -> NDArray[np.int64]:
        folds, rows = (np.asarray(whole(table[field.name])) for field in (FOLD, ROW))
        return self._homes.of(folds, rows)


def in_order(runs: Sequence[Iterable[pa.Table]], column: str = ROW.name) -> Iterator[pa.Table]:
    """The rows of several runs, each ascending in a column of numbers, as one such run; few of them at once."""
    rows = max(256, _HELD_ROWS // max(2 * len(runs), 1))
    heads = [_Run(tables, rows, column) for tables in runs]
    while heads := [head for head in heads if head.fill()]:
        if len(heads) == 1:
            yield heads[0].taken()
            continue
        # Whatever a run holds that has more may be followed by rows that others have already.
        ends = [head.last for head in heads if head.has_more] or [max(head.last for head in heads)]
        pieces = [head.taken(min(ends)) for head in heads]
        table = pa.concat_tables([piece for piece in pieces if len(piece)])
        yield table.take(pa.array(np.argsort(np.asarray(whole(table[column])), kind="stable")))


class _Run:
    """One run, of which some rows are held.

    Args:
        tables: Its rows.
        rows: How many are held, and no more than twice as many.
        column: By what they ascend.

    Attributes:
        has_more: Whether there may be rows that are not held yet.
    """

    def __init__(self, tables: Iterable[pa.Table], rows: int, column: str) -> None:
        self._tables = (table.slice(first, rows) for table in tables for first in range(0, len(table), rows))
        self._rows = rows
        self._column = column
        self._held: pa.Table = None
        self._keys: NDArray[np.int64] = np.zeros(0, np.int64)
        self.has_more = True

    @property
    def last(self) -> int:
        """The number of the last row that is held."""
        return int(self._keys[-1])

    def fill(self) -> bool:
        """Holds as many rows again as it may; False where there are none.

        Where each run waited until it holds nothing, hardly any two would at once: so many steps would be taken, and
        each goes through all runs.
        """
        more: list[pa.Table] = []
        held = len(self._keys)
        while self.has_more and held < self._rows:
            table = next(self._tables, None)
            if table is None:
                self.has_more = False
            else:
                more.append(table)
                held += len(table)
        if more:
            self._held = pa.concat_tables([self._held, *more] if len(self._keys) else more)
            self._keys = np.asarray(whole(self._held[self._column]))
        return held > 0

    def taken(self, limit: int | None = None) -> pa.Table:
        """The rows up to a number, which are gone then; all when None."""
        count = len(self._keys) if limit is None else int(np.searchsorted(self._keys, limit, side="right"))
        taken, self._held, self._keys = self._held.slice(0, count), self._held.slice(count), self._keys[count:]
        return taken
