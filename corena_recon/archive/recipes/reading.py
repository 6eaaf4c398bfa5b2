"""Records read by recipes as far as these go, all others by the exact reader, in batches that keep the order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa

from corena_recon.archive.recipes.book import Known, RecipeBook
from corena_recon.archive.recipes.tracing import TEXT_COLUMNS, ReadRecord
from corena_recon.archive.records.batches import BATCH_ROWS, BATCH_SCHEMA, Batch, Entry, batch_of
from corena_recon.money import decimal_array, decimal_column
from corena_recon.native import NO_VALUE, Kind, Sink
from corena_recon.schemas import INSTANT

if TYPE_CHECKING:
    from numpy.typing import NDArray

ReadSome = Callable[[Sink, Known, int, int], None]
"""Reads records into a sink: by what is known, from a place on, so many at most."""

_SAMPLE_RECORDS: Final = 512
_SAMPLES_A_SHAPE: Final = 8
_WORTH_LEARNING_SHARE: Final = 0.002


class RecipeReader:
    """Reads the records of one source; what it has learned it keeps. Several threads may read at once.

    Args:
        read: The exact reader of one record.
        kind: What a record is.
        keep_raw: As for ``batch_of``.
    """

    def __init__(self, read: ReadRecord, kind: Kind, *, keep_raw: bool) -> None:
        self._book = RecipeBook(read, kind)
        self._keep_raw = keep_raw

    def batch(
        self,
        text: bytes,
        begin: int,
        read_some: ReadSome,
        entry_of: Callable[[bytes], Entry | None],
        record_of: Callable[[bytes], bytes] = bytes,
        before: Entry | None = None,
    ) -> tuple[Batch, Sink]:
        """The next records of a text, at most a batch of them, and the sink, which says where reading goes on.

        Args:
            text: What the records stand in.
            begin: Where they begin.
            read_some: Reads them from there on.
            entry_of: The exact reader's entry for the bytes of one; None where it is none.
            record_of: What the exact reader of the recipes is given for these bytes.
            before: A record that stands before these, read already.
        """
        self._learn(text, begin, read_some, _SAMPLE_RECORDS, record_of)
        while True:
            known = self._book.known
            sink = Sink(keeps_raw=self._keep_raw, records_before=before is not None)
            read_some(sink, known, begin, BATCH_ROWS)
            if not self._book.learn(self._left_by_shape(text, sink, record_of), known):
                break
        left = sink.left
        numbers = left["number"].tolist()
        entries = [
            entry_of(text[begin:end]) for begin, end in zip(left["begin"].tolist(), left["end"].tolist(), strict=True)
        ]
        if before is not None:
            numbers, entries = [1, *numbers], [before, *entries]
        return batch_from(sink, numbers, entries, keep_raw=self._keep_raw), sink

    def _learn(
        self, text: bytes, begin: int, read_some: ReadSome, count: int, record_of: Callable[[bytes], bytes]
    ) -> None:
        if self._book.known.recipes:
            return
        while True:
            known = self._book.known
            sink = Sink(keeps_raw=False)
            read_some(sink, known, begin, count)
            if not self._book.learn(self._left_by_shape(text, sink, record_of), known):
                return

    @staticmethod
    def _left_by_shape(
        text: bytes, sink: Sink, record_of: Callable[[bytes], bytes]
    ) -> list[tuple[int, Sequence[bytes], int]]:
        left = sink.left
        shaped = left[left["shape"] > 0]
        if len(shaped) <= _WORTH_LEARNING_SHARE * sink.record_count:
            return []
        marks, places, counts = np.unique(shaped["shape"], return_inverse=True, return_counts=True)
        order = np.argsort(places, kind="stable")
        firsts = np.cumsum(counts) - counts
        return [
            (
                int(marks[number]),
                [
                    record_of(text[one["begin"] : one["end"]])
                    for one in shaped[order[firsts[number] :][: min(counts[number], _SAMPLES_A_SHAPE)]]
                ],
                int(counts[number]),
            )
            for number in np.argsort(-counts, kind="stable")[:64]
        ]


def batch_from(sink: Sink, numbers: Sequence[int], entries: Sequence[Entry | None], *, keep_raw: bool) -> Batch:
    """The rows of a sink and those of the records that were left to the exact reader, in the order of the records.

    Args:
        sink: What was read.
        numbers: Which records were left.
        entries: What the exact reader made of them.
        keep_raw: As for ``batch_of``.
    """
    rows = [number for number, entry in zip(numbers, entries, strict=True) if entry and entry[0] is not None]
    read = _table(sink)
    if not rows:
        return Batch(read, sink.record_count)
    side = batch_of([entry for entry in entries if entry and entry[0] is not None], keep_raw=keep_raw).table
    side = side.set_column(side.column_names.index("record"), "record", pa.array(rows, pa.int64()))
    if not len(read):
        return Batch(side, sink.record_count)
    both = pa.concat_tables([read, side])
    order = np.argsort(np.concatenate([sink.numbers, rows]), kind="stable")
    return Batch(both.take(pa.array(order)), sink.record_count)


def _table(sink: Sink) -> pa.Table:
    *texts, raw = sink.texts()
    cells = dict(zip(TEXT_COLUMNS, texts, strict=True))
    none: NDArray[np.int64] = np.empty(0, np.int64)
    cells["raw"] = raw
    cells["record"] = pa.array(sink.numbers)
    cells["received_at"] = _instants(sink.instants)
    cells["amount"] = decimal_column(cells["amount_text"])
    cells["charge"] = decimal_array(sink.charges, none, pa.array([], cells["amount"].type))
    cells["body_ambiguous"] = pa.array(np.zeros(sink.row_count, np.bool_))
    return pa.table([cells[name] for name in BATCH_SCHEMA.names], schema=BATCH_SCHEMA)


def _instants(values: NDArray[np.int64]) -> pa.Array:
    is_valid = values != NO_VALUE
    null_count = len(values) - int(np.count_nonzero(is_valid))
    valid = pa.py_buffer(np.packbits(is_valid, bitorder="little")) if null_count else None
    return pa.Array.from_buffers(INSTANT, len(values), [valid, pa.py_buffer(values)], null_count)
