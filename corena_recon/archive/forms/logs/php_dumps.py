"""Files of PHP's dumps: what shops append to a file with ``print_r``, ``var_export``, ``var_dump`` or ``serialize``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from corena_recon.archive.records.batches import Batch, Entry, Room, batches_of
from corena_recon.archive.records.envelopes import from_value, is_other_traffic
from corena_recon.archive.records.exact_json import NumberToken
from corena_recon.archive.records.instants import instant_of
from corena_recon.archive.records.notations import names_a_notification
from corena_recon.archive.records.posting import Facts, carries_a_notification, unreadable
from corena_recon.php import Dump, find_dumps, may_hold_a_dump
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
        return batches_of(_entries_of(stream), keep_raw=keep_raw)


def _entries_of(stream: ByteStream) -> Iterator[Entry]:
    """The records: the dumps, and whatever names a notification between them."""
    window = b""
    least_bytes = _WINDOW_BYTES
    for block in stream.blocks():
        window += block
        if len(window) < least_bytes:
            continue
        begin = 0
        for dump, following in _with_next(find_dumps(window, NumberToken)):
            may_go_on = dump.problem is not None and len(window) - dump.begin <= RECORD_MAX_BYTES
            if following is None or may_go_on:
                break
            yield from _entry_of(window, begin, dump)
            begin = dump.end
        if begin == 0 and len(window) > RECORD_MAX_BYTES:
            yield unreadable(Unreadable.TOO_LARGE, window), window
            begin = len(window)
        window = window[begin:]
        least_bytes = max(_WINDOW_BYTES, 2 * len(window))
    end = 0
    for dump in find_dumps(window, NumberToken):
        stream.truncated |= dump.problem is Unreadable.TRUNCATED and dump.end == len(window)
        yield from _entry_of(window, end, dump)
        end = dump.end
    yield from _stray(window[end:])


def _with_next(dumps: Iterator[Dump]) -> Iterator[tuple[Dump, Dump | None]]:
    dump = next(dumps, None)
    while dump is not None:
        following = next(dumps, None)
        yield dump, following
        dump = following


def _entry_of(window: bytes, begin: int, dump: Dump) -> Iterator[Entry]:
    """The record of a dump, behind that of the text before it, should a notification be in that.

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
    is_posted = carries_a_notification(dump.fields)
    row = from_value(dump.fields, facts, ambiguous=dump.ambiguous, raw=raw, is_posted=is_posted)
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
