"""Rows brought together by identifier, and back into order, in bounded memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa

from corena_recon.columns import whole
from corena_recon.marks import Marker
from corena_recon.spool import Spool

_CURSOR_ROWS: Final = 16_384
_MARK_SHIFT: Final = np.uint64(40)


class Buckets:
    """Rows distributed so that those of one identifier meet in one bucket, in their order.

    Args:
        count: How many buckets.
        folder: Where they are kept; in memory when None.
        name: Of their files.
    """

    def __init__(self, count: int, folder: Path | None, name: str) -> None:
        files = (folder and folder / f"{name}-{number:04d}.arrow" for number in range(count))
        self._spools = [Spool(file, is_packed=True) for file in files]
        self._pool = ThreadPoolExecutor(1)
        self._waiting: Future[None] | None = None

    def add(self, table: pa.Table, marker: Marker) -> None:
        """Distributes the rows of a table by the marks of their identifiers; more than one bucket in another thread."""
        if len(self._spools) == 1:
            self._spools[0].add(table)
        else:
            self._wait()
            self._waiting = self._pool.submit(self._distribute, table, marker)

    @property
    def spools(self) -> list[Spool]:
        """The buckets, with all that was added."""
        self._wait()
        return self._spools

    def close(self) -> None:
        """Ends the other thread, whatever still waits for it."""
        self._pool.shutdown(cancel_futures=True)

    def _wait(self) -> None:
        if self._waiting is not None:
            self._waiting.result()

    def _distribute(self, table: pa.Table, marker: Marker) -> None:
        count = len(self._spools)
        bucket = ((marker.marks_of(table["identifier"]) >> _MARK_SHIFT) % np.uint64(count)).astype(np.int16)
        sorted_table = table.take(pa.array(np.argsort(bucket, kind="stable")))
        ends = np.cumsum(np.bincount(bucket, minlength=count)).tolist()
        for spool, first, end in zip(self._spools, [0, *ends], ends, strict=False):
            spool.add(sorted_table.slice(first, end - first))


def merged(spools: Sequence[Spool], key: str, rows: int) -> Iterator[pa.Table]:
    """The rows of all spools, each of them in order of a number, in order of that number.

    Args:
        spools: What to merge; no number stands twice.
        key: The column of the number, an int64.
        rows: How much is merged at once, about.
    """
    cursors = [_Cursor(spool, key) for spool in spools]
    while firsts := [cursor.first for cursor in cursors if cursor.first is not None]:
        limit = min(firsts) + rows
        table = pa.concat_tables([piece for cursor in cursors for piece in cursor.up_to(limit)]).combine_chunks()
        order = np.argsort(np.asarray(whole(table[key])), kind="stable")
        yield table.take(pa.array(order))


class _Cursor:
    """Reads one spool forward."""

    def __init__(self, spool: Spool, key: str) -> None:
        self._tables = (chunk.table for chunk in spool.chunks(rows=_CURSOR_ROWS))
        self._key = key
        self._table: pa.Table | None = next(self._tables, None)

    @property
    def first(self) -> int | None:
        """The next number; None at the end."""
        return None if self._table is None else int(self._table[self._key][0].as_py())

    def up_to(self, limit: int) -> Iterator[pa.Table]:
        """The rows with a smaller number."""
        while self._table is not None:
            end = int(np.searchsorted(np.asarray(whole(self._table[self._key])), limit))
            if end:
                yield self._table.slice(0, end)
            if end < len(self._table):
                self._table = self._table.slice(end)
                return
            self._table = next(self._tables, None)
