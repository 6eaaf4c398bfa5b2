"""Rows as bytes, for engines that move rows of their own kinds: a parcel has rows of one kind and bucket, in order."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import pyarrow as pa

from corena_recon.shards.gathering import in_order
from corena_recon.tables.columns import whole


class Parcel(NamedTuple):
    """Rows on their way.

    Attributes:
        kind: What they are.
        bucket: Where they go.
        first: The number of the first one, 0 where they have none.
        last: The number of the last one.
        octets: The rows themselves, as an Arrow stream; or plain values, as JSON.
    """

    kind: str
    bucket: int
    first: int
    last: int
    octets: bytes

    def told(self) -> Any:  # noqa: ANN401
        """The plain values of a parcel that has no rows."""
        return json.loads(self.octets)


PARCEL_SCHEMA: Final = pa.schema(
    zip(Parcel._fields, (pa.string(), pa.int32(), pa.int64(), pa.int64(), pa.binary()), strict=True)
)
_PARCEL_BYTES: Final = 2 * 1024**2
"""How many bytes of rows one parcel has, about."""

_OPTIONS: Final = pa.ipc.IpcWriteOptions(compression="zstd")


def parcel_of(kind: str, bucket: int, table: pa.Table) -> Parcel:
    """The parcel of some rows, which are in order of their first column where that is a number of theirs."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema, options=_OPTIONS) as writer:
        writer.write_table(table.combine_chunks())
    ends = (0, 0)
    if len(table) and pa.types.is_int64(table.schema.types[0]):
        numbers = np.asarray(whole(table[0]))
        ends = int(numbers[0]), int(numbers[-1])
    return Parcel(kind, bucket, *ends, sink.getvalue().to_pybytes())


def rows_in(octets: bytes) -> pa.Table:
    """The rows of a parcel."""
    with pa.ipc.open_stream(octets) as reader:
        return reader.read_all()


def packed(rows: Iterable[tuple[str, int, pa.Table] | None]) -> Iterator[pa.RecordBatch]:
    """Rows of kinds and buckets as batches of parcels, with PARCEL_SCHEMA; nothing is held back where None stands."""
    held: dict[tuple[str, int], list[pa.Table]] = {}
    for each in rows:
        full = list(held)
        if each is not None:
            kind, bucket, table = each
            tables = held.setdefault((kind, bucket), [])
            tables.append(table)
            full = [(kind, bucket)] if sum(table.nbytes for table in tables) >= _PARCEL_BYTES else []
        for key in full:
            yield batch_of([parcel_of(*key, pa.concat_tables(held.pop(key)))])
    for key, tables in held.items():
        yield batch_of([parcel_of(*key, pa.concat_tables(tables))])


def batch_of(parcels: Sequence[Parcel]) -> pa.RecordBatch:
    """Parcels as a batch with PARCEL_SCHEMA."""
    return pa.RecordBatch.from_pylist([parcel._asdict() for parcel in parcels], PARCEL_SCHEMA)


class Parcels:
    """Parcels kept on disk until all of a bucket are there.

    Args:
        folder: Where they are kept.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._kept: dict[tuple[str, int], list[tuple[int, int, Path]]] = {}
        self._count = 0

    def add(self, parcel: Parcel) -> None:
        """Keeps a parcel."""
        path = self._folder / f"parcel-{self._count}.arrow"
        self._count += 1
        path.write_bytes(parcel.octets)
        self._kept.setdefault((parcel.kind, parcel.bucket), []).append((parcel.first, parcel.last, path))

    def kept(self) -> list[tuple[str, int]]:
        """Of which kinds and buckets there are any."""
        return sorted(self._kept)

    def tables(self, kind: str, bucket: int) -> Iterator[pa.Table]:
        """The rows of a kind and bucket, in order."""
        runs: list[list[tuple[int, int, Path]]] = []
        for parcel in sorted(self._kept.get((kind, bucket), [])):
            run = next((run for run in runs if run[-1][1] < parcel[0]), None)
            if run is None:
                runs.append([parcel])
            else:
                run.append(parcel)
        column = "position" if kind == "results" else "row"
        return in_order([(rows_in(path.read_bytes()) for _, _, path in run) for run in runs], column)
