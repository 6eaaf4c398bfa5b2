"""Records that recipes read and records that the exact reader reads, in one batch and in their order."""

from __future__ import annotations

import json
from functools import partial

import pytest

from corena_recon.archive.forms.jsonl import JsonLines
from corena_recon.archive.recipes import book, reading
from corena_recon.archive.recipes.book import RecipeBook
from corena_recon.archive.recipes.reading import Gatherer
from corena_recon.archive.records.batches import BATCH_SCHEMA, Batch, Entry, batch_of
from corena_recon.native import Book, Kind, Sink, Why, has_core

pytestmark = pytest.mark.skipif(not has_core(), reason="there is no compiled core, or it is off")

READ = JsonLines().read_line


@pytest.fixture(autouse=True)
def _every_shape_is_learned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(book, "WORTH_TRACING", 1)


def line(number: int) -> bytes:
    """Of several shapes, some of which only the exact reader reads, and some of which are no notifications."""
    record = {"status": "ok", "identifier": f"C-{number}", "data": {"amount": f"{number}.50", "charge": "0.1"}}
    if number % 7 == 3:
        return b"{broken %d" % number
    if number % 5 == 2:
        record["received_at"] = "2026-01-02T03:04:05Z" if number % 10 == 2 else "yesterday"
    if number % 11 == 4:
        record["status"] = "\ud800"
    if number % 13 == 6:
        record["note"] = 'a "b" \\ \n' + "\u00e9" * (number % 4)
    return json.dumps(record).encode()


def entry_of(octets: bytes) -> Entry:
    return (None if octets.endswith(b"8}") else READ(octets)), octets


def gatherer_of(keep_raw: bool) -> Gatherer[bytes]:
    return Gatherer(RecipeBook(READ, Kind.JSON), entry_of, keep_raw=keep_raw, record_of=bytes)


def read_some(text: bytes, sink: Sink, known: Book, begin: int, max_records: int) -> None:
    sink.read_lines(text, (begin, len(text)), Kind.JSON, known, max_records)


def assert_same(batch: Batch, entries: list[Entry], *, keep_raw: bool) -> None:
    expected = batch_of(entries, keep_raw=keep_raw)
    batch.table.validate(full=True)
    assert batch.table.schema == BATCH_SCHEMA
    assert batch.records == expected.records
    assert batch.table.to_pylist() == expected.table.to_pylist()


@pytest.mark.parametrize("keep_raw", [False, True])
@pytest.mark.parametrize("count", [1, 2, 7, 300, 1_500])
def test_rows_stand_in_the_order_of_their_records(count: int, keep_raw: bool) -> None:
    lines = [*map(line, range(count))]
    gatherer = gatherer_of(keep_raw)
    first: Entry = READ(b"{}"), b"{}"
    gatherer.add(first)
    text = b"\n".join(lines) + b"\n"
    position, why = gatherer.read(text, 0, partial(read_some, text))
    gatherer.add(first)
    assert (position, why, gatherer.record_count) == (len(text), Why.END, count + 2)
    assert_same(gatherer.batch(), [first, *map(entry_of, lines), first], keep_raw=keep_raw)
    assert gatherer.record_count == 0


def test_a_batch_ends_where_it_is_full_and_the_next_begins_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "BATCH_ROWS", 100)
    lines = [*map(line, range(250))]
    text = b"\n".join(lines) + b"\n"
    gatherer, position, batches = gatherer_of(keep_raw=True), 0, []
    why = Why.FULL
    while why is Why.FULL:
        position, why = gatherer.read(text, position, partial(read_some, text))
        assert gatherer.is_full == (why is Why.FULL)
        batches.append(gatherer.batch())
    assert [batch.records for batch in batches] == [100, 100, 50]
    for number, batch in enumerate(batches):
        assert_same(batch, [*map(entry_of, lines[100 * number : 100 * number + 100])], keep_raw=True)


def test_texts_read_one_after_another_are_one_batch() -> None:
    texts = [b"\n".join(map(line, range(begin, begin + 40))) + b"\n" for begin in (0, 40, 80)]
    gatherer = gatherer_of(keep_raw=False)
    for text in texts:
        gatherer.read(text, 0, partial(read_some, text))
    assert_same(gatherer.batch(), [*map(entry_of, map(line, range(120)))], keep_raw=False)


def test_most_records_do_not_reach_the_exact_reader() -> None:
    calls = 0

    def counted(octets: bytes) -> Entry:
        nonlocal calls
        calls += 1
        return entry_of(octets)

    gatherer = Gatherer(RecipeBook(READ, Kind.JSON), counted, keep_raw=False, record_of=bytes)
    text = b"\n".join(line(14 * number) for number in range(5_000)) + b"\n"
    gatherer.read(text, 0, partial(read_some, text))
    # a lone surrogate, and a moment that is none
    assert calls < 1_200
    assert gatherer.batch().records == 5_000


def test_nothing_gathered_is_an_empty_batch() -> None:
    assert_same(gatherer_of(keep_raw=False).batch(), [], keep_raw=False)
