"""Records read by recipes as far as these go, all others by the exact reader, in batches that keep the order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Final, Generic, Protocol, TypeVar

import numpy as np
import pyarrow as pa

from corena_recon.archive.recipes.book import RecipeBook
from corena_recon.archive.recipes.tracing import TEXT_COLUMNS
from corena_recon.archive.records.batches import BATCH_ROWS, BATCH_SCHEMA, Batch, Entries, batch_of, each_of
from corena_recon.money import decimal_array, decimal_column
from corena_recon.native import NO_VALUE, Book, Sink, Why
from corena_recon.schemas import INSTANT

if TYPE_CHECKING:
    from numpy.typing import NDArray

ReadSome = Callable[[Sink, Book, int, int], None]
"""Reads records into a sink: by these recipes, from a place on, until there are so many."""

_SAMPLE_RECORDS: Final = 512
_SAMPLES_A_SHAPE: Final = 8
_SHAPES_AT_ONCE: Final = 64
_WORTH_LEARNING_SHARE: Final = 0.002
_FEW: Final = 64
"""Rows that are put between others one by one; for more it is faster to order all."""

Record = TypeVar("Record")
Record_co = TypeVar("Record_co", covariant=True)


class Records(Protocol[Record_co]):
    """Where records stand: the bytes of a text, or the rows of a table."""

    def __getitem__(self, span: slice, /) -> Record_co:
        """The record that begins and ends there."""


class Gatherer(Generic[Record]):
    """Gathers the records of one source into a batch.

    Args:
        book: What the source has taught; gatherers may share it.
        entry_of: The exact reader's entry for one record, or its entries where that is several.
        keep_raw: As for ``batch_of``.
        record_of: The bytes that the recipes' exact reader is given for it.
    """

    def __init__(
        self,
        book: RecipeBook,
        entry_of: Callable[[Record], Entries | None],
        *,
        keep_raw: bool,
        record_of: Callable[[Record], bytes],
    ) -> None:
        self._book = book
        self._entry_of = entry_of
        self._keep_raw = keep_raw
        self._record_of = record_of
        self._sink = Sink(keeps_raw=keep_raw)
        self._numbers: list[int] = []
        self._entries: list[Entries | None] = []

    @property
    def record_count(self) -> int:
        """How many records have been gathered."""
        return self._sink.record_count

    @property
    def is_full(self) -> bool:
        """Whether it holds a batch."""
        return self._sink.record_count >= BATCH_ROWS

    def add(self, entry: Entries) -> None:
        """The next record, or several that are stored as one, read already."""
        self._sink.record_count += 1
        self._numbers.append(self._sink.record_count)
        self._entries.append(entry)

    def read(self, text: Records[Record], begin: int, read_some: ReadSome) -> tuple[int, Why]:
        """The records of a text from a place on; where reading stopped, and why."""
        if not self._book.known.recipes:
            self._read_and_learn(text, begin, read_some, min(self.record_count + _SAMPLE_RECORDS, BATCH_ROWS))
            self._sink.go_back()
        self._read_and_learn(text, begin, read_some, BATCH_ROWS)
        left = self._sink.left
        self._numbers += left["number"].tolist()
        spans = zip(left["begin"].tolist(), left["end"].tolist(), strict=True)
        self._entries += [self._entry_of(text[begin:end]) for begin, end in spans]
        return self._sink.stopped_at, self._sink.why

    def batch(self) -> Batch:
        """All that has been gathered; the next records begin another batch."""
        sink, self._sink = self._sink, Sink(keeps_raw=self._keep_raw)
        numbers, self._numbers = self._numbers, []
        entries, self._entries = self._entries, []
        return _batch_from(sink, numbers, entries, keep_raw=self._keep_raw)

    def _read_and_learn(self, text: Records[Record], begin: int, read_some: ReadSome, max_records: int) -> None:
        self._sink.stay()
        while True:
            known = self._book.known
            read_some(self._sink, known.book, begin, max_records)
            if not self._book.learn(self._left_by_shape(text), known):
                return
            self._sink.go_back()

    def _left_by_shape(self, text: Records[Record]) -> list[tuple[int, Sequence[bytes], int]]:
        """The commonest shapes of the records that are left: their marks, some records, and how many there are."""
        left = self._sink.left
        shaped = left[left["shape"] > 0]
        if len(shaped) <= _WORTH_LEARNING_SHARE * self._sink.record_count:
            return []
        marks, places, counts = np.unique(shaped["shape"], return_inverse=True, return_counts=True)
        shaped = shaped[np.argsort(places, kind="stable")]
        ends = np.cumsum(counts)
        found: list[tuple[int, Sequence[bytes], int]] = []
        for number in np.argsort(-counts, kind="stable")[:_SHAPES_AT_ONCE].tolist():
            some = shaped[ends[number] - counts[number] :][: min(int(counts[number]), _SAMPLES_A_SHAPE)]
            samples = [self._record_of(text[one["begin"] : one["end"]]) for one in some]
            found.append((int(marks[number]), samples, int(counts[number])))
        return found


def _batch_from(sink: Sink, numbers: list[int], entries: Sequence[Entries | None], *, keep_raw: bool) -> Batch:
    """The rows of a sink and of the entries, which have these numbers, in the order of the records."""
    more = _Numbering(numbers, entries)
    record_count = more.number_of(sink.record_count + 1) - 1
    kept = [
        (first + place, entry)
        for first, some in zip(more.firsts, entries, strict=True)
        if some is not None
        for place, entry in enumerate(each_of(some))
        if entry[0] is not None
    ]
    read_numbers = more.numbers_of(sink.numbers)
    read = _table(sink, read_numbers)
    if not kept:
        return Batch(read, record_count)
    side = batch_of([entry for _, entry in kept], keep_raw=keep_raw).table
    side_numbers = np.array([number for number, _ in kept])
    side = side.set_column(side.column_names.index("record"), "record", pa.array(side_numbers))
    if not len(read):
        return Batch(side, record_count)
    places = np.searchsorted(read_numbers, side_numbers)
    if len(places) <= _FEW:
        ends = [*places.tolist(), len(read)]
        pieces = [read.slice(0, ends[0])]
        for number, (begin, end) in enumerate(pairwise(ends)):
            pieces += (side.slice(number, 1), read.slice(begin, end - begin))
        return Batch(pa.concat_tables(pieces).combine_chunks(), record_count)
    order = np.argsort(np.concatenate([read_numbers, side_numbers]), kind="stable")
    return Batch(pa.concat_tables([read, side]).combine_chunks().take(pa.array(order)), record_count)


class _Numbering:
    """How records are numbered of which some are several.

    Args:
        numbers: What the entries are counted as, in order.
        entries: Those that the exact reader gave.
    """

    def __init__(self, numbers: list[int], entries: Sequence[Entries | None]) -> None:
        several = [
            (number, len(some) - 1) for number, some in zip(numbers, entries, strict=True) if isinstance(some, list)
        ]
        self._several = np.array([number for number, _ in several], np.int64)
        self._added = np.cumsum([0, *(count for _, count in several)])
        self.firsts: list[int] = self.numbers_of(np.array(numbers, np.int64)).tolist()

    def number_of(self, number: int) -> int:
        """The number of the first record of what is counted as this one."""
        return int(self.numbers_of(np.array([number], np.int64))[0])

    def numbers_of(self, numbers: NDArray[np.int64]) -> NDArray[np.int64]:
        """The same of many."""
        if not len(self._several):
            return numbers
        shifted: NDArray[np.int64] = numbers + self._added[np.searchsorted(self._several, numbers)]
        return shifted


def _table(sink: Sink, numbers: NDArray[np.int64]) -> pa.Table:
    *texts, raw = sink.texts()
    cells = dict(zip(TEXT_COLUMNS, texts, strict=True))
    cells["raw"] = raw
    cells["record"] = pa.array(numbers)
    cells["received_at"] = _instants(sink.instants)
    cells["amount"] = decimal_column(cells["amount_text"])
    cells["charge"] = decimal_array(sink.charges)
    cells["body_ambiguous"] = pa.array(np.zeros(sink.row_count, np.bool_))
    return pa.table([cells[name] for name in BATCH_SCHEMA.names], schema=BATCH_SCHEMA)


def _instants(values: NDArray[np.int64]) -> pa.Array:
    is_valid = values != NO_VALUE
    null_count = len(values) - int(np.count_nonzero(is_valid))
    valid = pa.py_buffer(np.packbits(is_valid, bitorder="little")) if null_count else None
    return pa.Array.from_buffers(INSTANT, len(values), [valid, pa.py_buffer(values)], null_count)
