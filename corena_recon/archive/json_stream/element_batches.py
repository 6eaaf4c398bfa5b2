"""The elements of JSON documents in batches: by recipes as far as these go, all others by the exact reader."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from corena_recon.archive.json_stream.json_elements import Around, Element, Layout, elements_of
from corena_recon.archive.recipes.book import RecipeBook
from corena_recon.archive.recipes.reading import Gatherer
from corena_recon.archive.recipes.shapes import names_in
from corena_recon.archive.records.batches import BATCH_ROWS, BATCH_SCHEMA, Batch, Entry, batches_of
from corena_recon.archive.records.envelopes import facts_of
from corena_recon.archive.records.exact_json import Parsed, parse_json
from corena_recon.archive.records.posting import NO_FACTS, Facts, Posted, unreadable
from corena_recon.native import Book, Kind, Sink, Why, has_core
from corena_recon.text import octets_of

if TYPE_CHECKING:
    from corena_recon.archive.sources.containers import ByteStream

_OCTETS: Final = re.compile(rb"\xee[\xbe\xbf][\x80-\xbf]")

ReadParsed = Callable[[Parsed, bytes], Posted | None]
"""The row of an element, given its value and its bytes."""


def batches_of_elements(
    stream: ByteStream,
    layout: Layout,
    read_parsed: ReadParsed,
    read: Callable[[bytes], Posted | None],
    *,
    keep_raw: bool,
) -> Iterator[Batch]:
    """Every element of every document in the stream.

    Args:
        stream: The documents.
        layout: Where their elements are.
        read_parsed: The exact reader of one element.
        read: The same, given its bytes alone; what recipes are learned from.
        keep_raw: As for ``batch_of``.
    """
    around = _Surroundings()
    if not has_core():
        yield from map(around.told, batches_of(_entries(stream, layout, read_parsed, around), keep_raw=keep_raw))
        return
    taker = _Taker(RecipeBook(read, Kind.JSON, is_primed=False), read_parsed, keep_raw=keep_raw)
    for element in elements_of(stream, layout, taker):
        if isinstance(element, Around):
            around.begin(element, taker.gatherer.record_count)
        elif element is not None:
            taker.gatherer.add(_entry(element, read_parsed))
        if taker.gatherer.is_full:
            yield around.told(taker.gatherer.batch())
    if taker.gatherer.record_count:
        yield around.told(taker.gatherer.batch())


def _entries(stream: ByteStream, layout: Layout, read_parsed: ReadParsed, around: _Surroundings) -> Iterator[Entry]:
    count = 0
    for element in elements_of(stream, layout):
        if isinstance(element, Around):
            around.begin(element, count)
        elif element is not None:
            yield _entry(element, read_parsed)
            count = count + 1 if count + 1 < BATCH_ROWS else 0


class _Surroundings:
    """Which records of a batch are in which objects, and what these say of them."""

    def __init__(self) -> None:
        self._first: list[int] = [0]
        self._objects: list[Around] = [Around()]

    def begin(self, around: Around, record_count: int) -> None:
        """The records behind so many of the batch are in this object."""
        self._first.append(record_count)
        self._objects.append(around)

    def told(self, batch: Batch) -> Batch:
        """The batch with what its records do not say themselves; the next records begin another batch."""
        firsts, objects = self._first, self._objects
        self._first, self._objects = [0], objects[-1:]
        facts = [_facts_of(one) for one in objects]
        if not any(map(any, facts)):
            return batch
        table = batch.table
        places = np.searchsorted(firsts, np.asarray(table["record"]) - 1, side="right") - 1
        for name, values in zip(Facts._fields, zip(*facts, strict=True), strict=True):
            number = table.column_names.index(name)
            said = pa.array(values, pa.int64() if name == "received_at" else pa.string()).cast(
                BATCH_SCHEMA.field(name).type
            )
            column = pc.coalesce(table[name], said.take(pa.array(places)))
            table = table.set_column(number, BATCH_SCHEMA.field(name), column)
        return batch._replace(table=table)


def _facts_of(around: Around) -> Facts:
    facts, each = NO_FACTS, around
    while each.outer is not None:
        facts, each = facts.or_else(facts_of(each.said)), each.outer
    return facts


def _entry(element: Element, read_parsed: ReadParsed) -> Entry:
    raw = octets_of(element.text)
    if element.parsed.problem is not None:
        return unreadable(element.parsed.problem, raw), raw
    return read_parsed(element.parsed, raw), raw


def _source(octets: bytes) -> bytes:
    """What stood in the stream where this stands in its text."""
    return octets if octets.isascii() else octets_of(octets.decode())


class _Taker:
    """Gathers objects of the shapes that there are recipes for, and the exact reader's entries for others."""

    def __init__(self, book: RecipeBook, read_parsed: ReadParsed, *, keep_raw: bool) -> None:
        self._book = book
        self._read_parsed = read_parsed
        self._keep_raw = keep_raw
        self._names: set[str] = set()
        self.gatherer = Gatherer(book, self._entry_of, keep_raw=keep_raw, record_of=_source)

    def names(self) -> Iterable[str]:
        for recipe in self._book.known.recipes:
            self._names.update(names_in(recipe.shape))
        return sorted(self._names)

    def take(self, octets: bytes, *, are_documents: bool) -> tuple[int, bool]:
        # What stands for a byte in this text would be kept as it stands here.
        if self._keep_raw and not octets.isascii() and _OCTETS.search(octets):
            return 0, False

        def read_some(sink: Sink, book: Book, begin: int, max_records: int) -> None:
            sink.read_elements(octets, (begin, len(octets)), book, max_records, are_documents=are_documents)

        before = self.gatherer.record_count
        stopped_at, why = self.gatherer.read(octets, 0, read_some)
        return (stopped_at, False) if self.gatherer.record_count > before else (0, why is Why.UNFINISHED)

    def _entry_of(self, octets: bytes) -> Entry:
        text = octets.decode()
        parsed = parse_json(_source(octets))
        if isinstance(parsed.value, dict):
            self._names.update(parsed.value)
        return _entry(Element(parsed, text), self._read_parsed)
