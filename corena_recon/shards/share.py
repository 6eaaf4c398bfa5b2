"""One share of an audit: some parts of the archive read, checked and sorted into buckets; the first has the orders."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from corena_recon.archive import Part, SourceCount, Taken, Watched, read_part
from corena_recon.judgement import KEPT_FIELDS, Checking, JudgingOptions
from corena_recon.shards.travelling import (
    MARKS_SCHEMA,
    TRAVELLING_SCHEMA,
    bucket_of,
    marks_in,
    order_rows,
    order_schema,
    row_number,
    travelling,
)
from corena_recon.signing import KeyRing, is_verified
from corena_recon.tables.columns import whole
from corena_recon.tables.threads import ordered_map

if TYPE_CHECKING:
    import duckdb

    from corena_recon.archive import Earlier

SHARE_KINDS: Final = {"rows": TRAVELLING_SCHEMA, "marks": MARKS_SCHEMA, "orders": order_schema()}
"""What a share is made of."""


class SharePlan(NamedTuple):
    """What is the same for all shares of a run, but for the secrets of the keys.

    Attributes:
        judging: The options of judging.
        buckets: How many buckets there are.
        form: The archive form that was asked for.
        keep_raw: Whether every record's bytes are kept.
    """

    judging: JudgingOptions
    buckets: int
    form: str | None = None
    keep_raw: bool = False


class Share:
    """One share in the making.

    Args:
        plan: What is the same for all.
        keys: The key ring.
        connection: Where identifiers are folded.

    Attributes:
        parts: The numbers of the parts that were read.
        counts: What was counted in each source, with the number of the part that it is of.
        watched: The chains of captures, likewise.
        has_streams: Whether any part was read as bytes.
        latest: When the last notification came; None where none says.
        keeping: For each field that is not signed the sources in which anything that verifies has it.
    """

    def __init__(self, plan: SharePlan, keys: KeyRing, connection: duckdb.DuckDBPyConnection) -> None:
        self._plan = plan
        self._checking = Checking(keys, plan.judging)
        self._connection = connection
        self._seed = seed_of(keys)
        self.parts: list[int] = []
        self.counts: list[tuple[int, SourceCount]] = []
        self.watched: list[tuple[int, Watched]] = []
        self.has_streams = False
        self.latest: datetime | None = None
        self.keeping: dict[str, set[str | None]] = {name: set() for name in KEPT_FIELDS}

    def read(
        self,
        number: int,
        part: Part,
        *,
        first_record: int = 0,
        earlier: Earlier | None = None,
    ) -> Iterator[tuple[str, int, pa.Table]]:
        """What a part of the archive holds: kind, bucket and rows, those of one kind and bucket in order.

        Args:
            number: The place of the part in the archive.
            part: The part.
            first_record: How many records of rows in memory other processes read before this part of them.
            earlier: What an earlier report knows of sources, which are then not read again.
        """
        taken = Taken([])
        tables = read_part(part.source, taken, form=self._plan.form, keep_raw=self._plan.keep_raw, earlier=earlier)
        yield from self._checked(number, (_numbered_from(first_record, table) for table in tables))
        self.parts.append(number)
        self.counts += [(number, count) for count in taken.intake]
        self.watched += [(number, watched) for watched in taken.watched]
        self.has_streams |= taken.has_streams

    def facts(self) -> dict[str, Any]:
        """What the share tells of its sources, as plain values."""
        return {
            "own_parts": self.parts,
            "intake": [[number, list(count)] for number, count in self.counts],
            "watched": [[number, list(watched)] for number, watched in self.watched],
            "has_streams": self.has_streams,
            "latest": self.latest and self.latest.isoformat(),
            "keeping": {name: sorted(sources, key=str) for name, sources in self.keeping.items()},
        }

    def _checked(self, number: int, tables: Iterator[pa.Table]) -> Iterator[tuple[str, int, pa.Table]]:
        first = 0
        with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
            for examined in ordered_map(pool, self._checking.examined, tables):
                self._keep(examined)
                rows = travelling(self._connection, examined, row_number(number, first), self._seed)
                first += len(rows)
                yield from self._by_bucket("rows", rows)
                yield "marks", 0, marks_in(rows, examined, self._seed)

    def ordered(self, tables: Iterator[pa.Table]) -> Iterator[tuple[str, int, pa.Table]]:
        """The same of orders."""
        first = 0
        for table in tables:
            rows = order_rows(self._connection, table, first, self._seed)
            first += len(rows)
            yield from self._by_bucket("orders", rows)

    def _keep(self, examined: pa.Table) -> None:
        self.latest = max(filter(None, (self.latest, pc.max(examined["received_at"]).as_py())), default=None)
        is_proven = pa.array(is_verified(examined))
        for name, sources in self.keeping.items():
            is_had = pc.and_(examined[name].is_valid(), is_proven)
            sources.update(examined["source"].filter(is_had).unique().to_pylist())

    def _by_bucket(self, kind: str, rows: pa.Table) -> Iterator[tuple[str, int, pa.Table]]:
        folds, numbers = (np.asarray(whole(rows[name])) for name in ("fold", "row"))
        buckets = bucket_of(folds, numbers, self._plan.buckets)
        order = np.argsort(buckets, kind="stable")
        sorted_rows = rows.take(pa.array(order))
        ends = np.cumsum(np.bincount(buckets, minlength=self._plan.buckets)).tolist()
        for bucket, (first, end) in enumerate(zip([0, *ends], ends, strict=False)):
            if end > first:
                yield kind, bucket, sorted_rows.slice(first, end - first)


def _numbered_from(first: int, table: pa.Table) -> pa.Table:
    if not first:
        return table
    place = table.schema.get_field_index("record")
    return table.set_column(place, "record", pc.add(table["record"], first))


def seed_of(keys: KeyRing) -> int:
    """The seed of the marks of a run, which all processes that have the keys share, and nobody else knows."""
    return int.from_bytes(hashlib.sha256(keys.seal(b"corena_recon marks").encode()).digest()[:8], "little")


def share_of(parts: Sequence[Part], number: int, count: int) -> list[tuple[int, Part]]:
    """The parts of one share and their places: the largest go first, each to the share that has least by then."""
    held = [0] * count
    found = []
    for place in sorted(range(len(parts)), key=lambda place: (-parts[place].bytes, place)):
        least = held.index(min(held))
        held[least] += parts[place].bytes + 1
        if least == number - 1:
            found.append((place, parts[place]))
    return sorted(found, key=lambda each: each[0])
