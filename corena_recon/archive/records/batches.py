"""Rows of an archive gathered into Arrow tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import pyarrow as pa

from corena_recon.archive.records.posting import Posted
from corena_recon.money import decimal_column
from corena_recon.schemas import INSTANT, NOTIFICATION_SCHEMA
from corena_recon.vocabulary import RAW_MAX_BYTES

if TYPE_CHECKING:
    from corena_recon.archive.sources.containers import ByteStream

BATCH_ROWS: Final = 65_536
BATCH_SCHEMA: Final = pa.schema([field for field in NOTIFICATION_SCHEMA if field.name != "source"])

Entry = tuple[Posted | None, bytes]
"""A record's row and its bytes; None in place of the row is other traffic."""

Entries = Entry | list[Entry]
"""Of what is one record as it is stored, and may be several: each of these counts."""


class Batch(NamedTuple):
    """Some consecutive records of one source.

    Attributes:
        table: One row a notification or unreadable record, with BATCH_SCHEMA; ``record`` counts from 1 in this batch.
            Rows that were read before keep what they are: they come with ``source`` too, as a dictionary.
        records: How many records were consumed, other traffic included.
        intake: What rows that were read before say of the intake that they came from.
        form: What the records are where that is no archive: ``orders`` or ``ledger``; None for an archive.
    """

    table: pa.Table
    records: int
    intake: Any = ()
    form: str | None = None

    @property
    def is_own(self) -> bool:
        """Whether its rows were read before."""
        return "source" in self.table.column_names


def each_of(entries: Entries) -> list[Entry]:
    """The entries of what may be several records."""
    return entries if isinstance(entries, list) else [entries]


def batches_of(entries: Iterable[Entry], *, keep_raw: bool) -> Iterator[Batch]:
    """The entries of one source in batches of bounded size."""
    remaining = iter(entries)
    while chunk := list(islice(remaining, BATCH_ROWS)):
        yield batch_of(chunk, keep_raw=keep_raw)


def batch_of(entries: list[Entry], *, keep_raw: bool) -> Batch:
    """The entries as one batch; ``raw`` is kept for every row with ``keep_raw``, else where it is already set."""
    numbers = [number for number, (row, _) in enumerate(entries, 1) if row is not None]
    rows = [row for row, _ in entries if row is not None]
    columns = dict(zip(Posted._fields, zip(*rows, strict=True), strict=True)) if rows else {}
    cells: dict[str, pa.Array] = {
        name: pa.array(values, BATCH_SCHEMA.field(name).type)
        for name, values in columns.items()
        if name not in ("received_at", "charge")
    }
    if not rows:
        return Batch(BATCH_SCHEMA.empty_table(), len(entries))
    cells["record"] = pa.array(numbers, pa.int64())
    cells["received_at"] = pa.array(columns["received_at"], pa.int64()).cast(INSTANT)
    cells["amount"] = decimal_column(cells["amount_text"])
    cells["charge"] = decimal_column(pa.array(columns["charge"], pa.string()))
    if keep_raw:
        cells["raw"] = pa.array([raw[:RAW_MAX_BYTES] for row, raw in entries if row is not None], pa.binary())
    return Batch(pa.table([cells[name] for name in BATCH_SCHEMA.names], schema=BATCH_SCHEMA), len(entries))


class Room:
    """How one form of archive is recognised and read; each form derives from it and is listed in ``forms``."""

    name: str
    has_other_traffic = False

    def recognises(self, head: bytes) -> bool:
        """Whether the first bytes of a source are of this form: 64 KiB, or more where its first entry is longer.

        They begin without a byte order mark.
        """
        raise NotImplementedError

    def read(self, stream: ByteStream, *, keep_raw: bool) -> Iterator[Batch]:
        """Every record of the source, in order; sets ``stream.truncated`` where the source is cut off."""
        raise NotImplementedError
