"""Files of PHP's dumps: what shops append to a file with ``print_r``, ``var_export``, ``var_dump`` or ``serialize``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import TYPE_CHECKING, Final

from corena_recon.archive.printed.notations import names_a_notification
from corena_recon.archive.recipes.book import RecipeBook
from corena_recon.archive.recipes.reading import Gatherer
from corena_recon.archive.records.batches import Batch, Entry, Room, batches_of
from corena_recon.archive.records.envelopes import from_value, is_other_traffic
from corena_recon.archive.records.exact_json import NumberToken
from corena_recon.archive.records.instants import instant_of
from corena_recon.archive.records.posting import Facts, Posted, carries_a_notification, unreadable
from corena_recon.native import Book, Kind, Sink, Why, has_core
from corena_recon.php import Dump, find_dumps, may_hold_a_dump, may_list_arrays
from corena_recon.text import text_of
from corena_recon.vocabulary import RECORD_MAX_BYTES, Unreadable

if TYPE_CHECKING:
    from corena_recon.archive.sources.containers import ByteStream

_WINDOW_BYTES: Final = 1 << 20
_SEPARATOR_MAX_LINES: Final = 4
"""So many lines may stand between two dumps; more are a log's."""
_MOMENT_MAX_BYTES: Final = 80
_RULE: Final = re.compile(rb"[\s=*#_~+.<>/?|-]*")
_LABEL: Final = re.compile(rb"[^0-9{}\[\]=&]{1,80}")
_BRACKETED: Final = re.compile(r"[\ufeff\s\[(<\"'=*#>|-]*(.*?)[\s\])>\"'=*#:|-]*", re.DOTALL)


class PhpDumps(Room):
    """The form ``php``: one dump a record; rules, words and moments between dumps are no records."""

    name = "php"

    def recognises(self, head: bytes) -> bool:
        """Dumps, one of which names a field at least, and nothing between them but what sets them apart."""
        if not may_hold_a_dump(head):
            return False
        end, is_found = 0, False
        for dump in find_dumps(head):
            if not _is_separator(head[end : dump.begin]):
                return False
            is_found |= carries_a_notification(dump.fields) or names_a_notification(head[dump.begin : dump.end])
            end = dump.end
        return is_found

    def read(self, stream: ByteStream, *, keep_raw: bool) -> Iterator[Batch]:
        """Every dump of the stream."""
        reading = _Reading(stream)
        if not has_core():
            yield from batches_of(reading.entries(), keep_raw=keep_raw)
            return
        gatherer = Gatherer(RecipeBook(_read_dump, Kind.PHP), _entry_in, keep_raw=keep_raw, record_of=bytes)
        yield from reading.batches(gatherer)
        if gatherer.record_count:
            yield gatherer.batch()


def each_notification(dump: Dump) -> tuple[Dump, ...]:
    """The dumps of a list in which several are notifications; else the dump itself."""
    return dump.items if sum(carries_a_notification(item.fields) for item in dump.items) > 1 else (dump,)


class _Reading:
    """Reads the dumps of one stream, and whatever names a notification between them.

    Args:
        stream: The source.
    """

    def __init__(self, stream: ByteStream) -> None:
        self._stream = stream
        self._blocks = stream.blocks()
        self._window = b""
        self._begin = 0
        self._is_whole = False
        self._may_list = False
        """Whether a dump in the window may be several records, of which the core knows nothing."""
        self._at_once = 1
        """How many dumps the exact reader takes before the core is asked again: more, the more often it has to."""

    def entries(self) -> Iterator[Entry]:
        """All records."""
        while not self._is_whole:
            self._goes_on()
            yield from chain.from_iterable(self._exactly())
        yield from self._last()

    def batches(self, gatherer: Gatherer[bytes]) -> Iterator[Batch]:
        """Gathers all records; gives full batches."""
        while not self._is_whole:
            self._goes_on()
            yield from self._natively(gatherer)
            while entries := [*chain.from_iterable(islice(self._exactly(), self._at_once))]:
                self._at_once *= 2
                yield from _added(gatherer, entries)
                yield from self._natively(gatherer)
        yield from _added(gatherer, self._last())

    def _goes_on(self) -> None:
        """Reads more, and forgets what has been read."""
        pieces = [self._window[self._begin :]]
        self._begin = 0
        wanted = max(_WINDOW_BYTES - len(pieces[0]), len(pieces[0]), 1)
        while wanted > 0 and (block := next(self._blocks, b"")):
            pieces.append(block)
            wanted -= len(block)
        self._window = b"".join(pieces)
        self._is_whole = wanted > 0
        self._may_list = may_list_arrays(self._window)

    def _natively(self, gatherer: Gatherer[bytes]) -> Iterator[Batch]:
        """Gathers dumps up to one that only the exact reader can judge, or the last one; gives full batches."""
        why = None if self._may_list else Why.FULL
        while why is Why.FULL:
            begin = self._begin
            self._begin, why = gatherer.read(self._window, begin, self._read_some)
            self._at_once = 1 if self._begin > begin else self._at_once
            if gatherer.is_full:
                yield gatherer.batch()

    def _read_some(self, sink: Sink, book: Book, begin: int, max_records: int) -> None:
        sink.read_dumps(self._window, (begin, len(self._window)), book, max_records)

    def _exactly(self) -> Iterator[list[Entry]]:
        """The records of each dump that another one follows."""
        for dump, following in _with_next(find_dumps(self._window, NumberToken, self._begin)):
            is_short = len(self._window) - dump.begin <= RECORD_MAX_BYTES
            may_go_on = dump.problem is not None and is_short and not self._is_whole
            if following is None or may_go_on:
                break
            begin, self._begin = self._begin, dump.end
            yield [*_entries_of(self._window, begin, dump)]
        if self._begin == 0 and len(self._window) > RECORD_MAX_BYTES:
            self._begin = len(self._window)
            yield [(unreadable(Unreadable.TOO_LARGE, self._window), self._window)]

    def _last(self) -> Iterator[Entry]:
        """The records of what nothing follows."""
        window, end = self._window, self._begin
        for dump in find_dumps(window, NumberToken, end):
            self._stream.truncated |= dump.problem is Unreadable.TRUNCATED and dump.end == len(window)
            yield from _entries_of(window, end, dump)
            end = dump.end
        yield from _stray(window[end:])


def _added(gatherer: Gatherer[bytes], entries: Iterable[Entry]) -> Iterator[Batch]:
    for entry in entries:
        gatherer.add(entry)
        if gatherer.is_full:
            yield gatherer.batch()


def _entry_in(octets: bytes) -> Entry:
    """The record of a dump and of the text before it, in which no notification is."""
    (dump,) = find_dumps(octets, NumberToken)
    (entry,) = _entries_of(octets, 0, dump)
    return entry


def _read_dump(octets: bytes) -> Posted | None:
    return _entry_in(octets)[0]


def _with_next(dumps: Iterator[Dump]) -> Iterator[tuple[Dump, Dump | None]]:
    dump = next(dumps, None)
    while dump is not None:
        following = next(dumps, None)
        yield dump, following
        dump = following


def _entries_of(window: bytes, begin: int, dump: Dump) -> Iterator[Entry]:
    """The record of a dump, or those of a list, behind that of the text before it, should a notification be in that.

    Args:
        window: Some of the file.
        begin: Behind the dump before.
        dump: The dump.
    """
    before, raw = window[begin : dump.begin], window[dump.begin : dump.end]
    yield from _stray(before)
    facts = Facts(_moment_in(before))
    if dump.problem is not None:
        yield (unreadable(dump.problem, raw, facts) if names_a_notification(raw) else None), raw
        return
    for each in each_notification(dump):
        raw = window[each.begin : each.end]
        is_posted = carries_a_notification(each.fields)
        row = from_value(each.fields, facts, ambiguous=each.ambiguous, raw=raw, is_posted=is_posted)
        yield (None if is_other_traffic(row, raw) else row), raw


def _stray(text: bytes) -> Iterator[Entry]:
    if names_a_notification(text):
        yield unreadable(Unreadable.INVALID_JSON, text), text


def _is_separator(text: bytes) -> bool:
    lines = [line for line in text.split(b"\n") if line.strip()]
    return len(lines) <= _SEPARATOR_MAX_LINES and all(
        _RULE.fullmatch(line) or _LABEL.fullmatch(line) or _moment_of(line) is not None for line in lines
    )


def _moment_in(text: bytes) -> int | None:
    """The last moment that stands in a line of its own."""
    moments = (_moment_of(line) for line in reversed(text.split(b"\n")))
    return next((moment for moment in moments if moment is not None), None)


def _moment_of(line: bytes) -> int | None:
    bracketed = _BRACKETED.fullmatch(text_of(line[:_MOMENT_MAX_BYTES]))
    return instant_of(bracketed[1]) if bracketed and bracketed[1] else None
