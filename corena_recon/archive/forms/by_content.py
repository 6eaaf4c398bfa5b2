"""Records whose notification is found by what it says, whatever the name is that it stands under.

A recorder's or a database's record holds what was posted as an object, a body, pairs, base64, numbers that are bytes,
or within a message. The names that forms know are looked at first; all others only where those hold nothing.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
from typing import Any, Final, NamedTuple

from corena_recon.archive.forms.logs.log import LogLines
from corena_recon.archive.json_stream.json_elements import ITEMS, MEMBERS
from corena_recon.archive.json_stream.json_shape import documents_in
from corena_recon.archive.records.envelopes import (
    BODY_CELLS,
    content_type_of,
    decoded_base64,
    facts_of,
    from_value,
    is_whole,
)
from corena_recon.archive.records.exact_json import NumberToken, parse_json
from corena_recon.archive.records.instants import instant_of
from corena_recon.archive.records.posting import (
    NO_FACTS,
    Facts,
    Posted,
    body_text_octets,
    from_body,
    from_fields,
    is_body,
    unreadable,
)
from corena_recon.archive.records.typed_values import are_typed, plain
from corena_recon.text import text_of
from corena_recon.vocabulary import Unreadable

_LINES: Final = LogLines()
_NAMES_A_FIELD: Final = re.compile("signature|identifier", re.IGNORECASE)
_BESIDE_SIGNATURE: Final = re.compile(rb"status|identifier|data|amount")
_BODY_START: Final = re.compile(r"\s*[\w.\[\]%-]+=")
_JSON_START: Final = ("{", "[", '"')
_MESSAGES: Final = frozenset(
    [
        *("MESSAGE", "message", "Message", "@message", "msg", "log", "logs", "line", "_raw"),
        *("textPayload", "jsonPayload", "protoPayload", "_source", "attributes", "result", "events"),
    ]
)
"""Names under which platforms keep what was logged: records that have one of them are mixed traffic."""
_LOOKED_INTO: Final = (
    *(Unreadable.NO_IPN_FIELDS, Unreadable.MISSING_FIELD, Unreadable.WRONG_TYPE, Unreadable.NOT_AN_OBJECT),
)
_PLACES_MAX: Final = 5_000
_DEPTH_MAX: Final = 16
_SAMPLE_DOCUMENTS: Final = 5
_FOUND_MAX: Final = 20
_BYTES_AT_LEAST: Final = 32
"""The core takes as many numbers in a list for what may be bytes."""
_READABLE_DIGITS: Final = 24
_NANOSECONDS: Final = re.compile("1[0-9]{18}", re.ASCII)


class _Place(NamedTuple):
    """A value on the way, with what the envelopes around it say, and whether it is part of what was posted."""

    value: Any
    facts: Facts
    content_type: str | None = None
    is_posted: bool = False
    depth: int = 0


def read_json(octets: bytes) -> Posted | None:
    """The row of one JSON text, wherever in it the notification is; None for other traffic of a log."""
    parsed = parse_json(octets)
    if parsed.problem is not None:
        return unreadable(parsed.problem, octets)
    return read_value(parsed.value, ambiguous=parsed.repeats_a_key, raw=octets)


def read_value(value: Any, *, ambiguous: bool, raw: bytes) -> Posted | None:  # noqa: ANN401
    """The row of one parsed JSON value; None for other traffic of a log.

    Args:
        value: As ``exact_json`` reads it.
        ambiguous: Whether a key was repeated.
        raw: Its bytes.
    """
    if are_typed(raw):
        value = plain(value)
    row = from_value(value, ambiguous=ambiguous, raw=raw)
    if row.unreadable not in _LOOKED_INTO or row.identifier is not None or row.signature is not None:
        return row
    found = _found(value, raw)
    if found is None:
        return None if is_logged_otherwise(value, row, raw) else row
    return found._replace(body_ambiguous=True) if ambiguous and found.unreadable is None else found


def read_mixed(octets: bytes) -> Posted | None:
    """As ``read_json``, of a record that may be anything; None for what is no notification."""
    row = read_json(octets)
    return None if row is not None and is_other(row, octets) else row


@lru_cache(maxsize=8)
def paths_to_records(head: bytes) -> frozenset[tuple[str, ...]]:
    """The ways to the arrays of records in JSON documents that keep them under a key; none where they do not.

    Args:
        head: The first bytes of a source.
    """
    if head.lstrip()[:1] not in (b"{", b"["):
        return frozenset()
    documents, is_cut = documents_in(head)
    found: set[tuple[str, ...]] = set()
    is_typed = are_typed(head)
    for document in documents[:_SAMPLE_DOCUMENTS]:
        value = plain(document) if is_typed else document
        places = _ways_to_records(value)
        found.update(places or (_ways_by_layout(value) if is_cut else ()))
        if len(documents) == 1:
            found.update(places_of_members := _ways_to_members(value))
            found -= {()} if places_of_members else set()
        if isinstance(value, list) and any(map(_is_exported_table, value)):
            found.add((ITEMS, "data", ITEMS))
    return frozenset(found) if found - {(), (ITEMS,)} else frozenset()


def is_logged_otherwise(value: Any, row: Posted, raw: bytes) -> bool:  # noqa: ANN401
    """Whether a record in which nothing was found is a log's, whose own ``status`` is no notification's."""
    return isinstance(value, dict) and not _MESSAGES.isdisjoint(value) and is_other(row, raw)


def is_other(row: Posted, raw: bytes) -> bool:
    """Whether a record in which nothing was found names no field, but for a ``status`` that may be its own."""
    if row.unreadable not in _LOOKED_INTO or may_name_a_notification(raw):
        return False
    return row.identifier is None and row.signature is None and row.amount_text is None


def may_name_a_notification(raw: bytes) -> bool:
    """Whether a text has the words for the signature and another field; a JSON record without values for them, too."""
    return b"signature" in raw and _BESIDE_SIGNATURE.search(raw) is not None


def _found(value: Any, raw: bytes) -> Posted | None:  # noqa: ANN401
    """The notification in a value; where there are several that differ, the first one, which is ambiguous then."""
    rows = list(islice(_rows_in(value, raw), _FOUND_MAX))
    readable = [row for row in rows if row.unreadable is None]
    signed = [row for row in readable if row.signature is not None] or readable
    if not signed:
        return next(iter(rows), None)
    first = signed[0]
    differ = any((row.signature, row.identifier) != (first.signature, first.identifier) for row in signed)
    return first._replace(body_ambiguous=True) if differ else first


def _rows_in(value: Any, raw: bytes) -> Iterator[Posted]:  # noqa: ANN401
    """The rows of all that looks like a notification, the outermost first; nothing within what is one."""
    waiting = deque([_Place(value, NO_FACTS)])
    for _ in range(_PLACES_MAX):
        if not waiting:
            return
        place = waiting.popleft()
        if place.depth > _DEPTH_MAX:
            continue
        if isinstance(place.value, dict):
            if is_whole(place.value):
                yield from_fields(place.value, place.facts, raw=raw)
            else:
                waiting.extend(_members(place))
        elif isinstance(place.value, list):
            fields = _fields_of_pairs(place.value)
            octets = _octets_of_numbers(place.value)
            if fields is not None:
                yield from_fields(fields, place.facts, raw=raw)
            elif octets is not None:
                waiting.append(place._replace(value=text_of(octets), depth=place.depth + 1))
            else:
                waiting.extend(_items(place))
        elif isinstance(place.value, str):
            yield from _rows_in_text(place, raw, waiting)


def _items(place: _Place) -> Iterator[_Place]:
    """The items of a list; one that names values, or has a moment before a text, says what an object would say."""
    named = _values_by_field(place.value)
    if named is not None:
        yield place._replace(value=named, depth=place.depth + 1)
        return
    if len(place.value) == 2 and isinstance(place.value[0], str) and _NANOSECONDS.fullmatch(place.value[0]):
        place = place._replace(facts=place.facts.or_else(Facts(instant_of(place.value[0]))))
    yield from (place._replace(value=item, depth=place.depth + 1) for item in place.value)


def _values_by_field(items: list[Any]) -> dict[str, Any] | None:
    """What a list of fields and their values says, as a query's result has it; None where it is none."""
    if not items or not all(isinstance(one, dict) and isinstance(one.get("field"), str) for one in items):
        return None
    return {one["field"]: one.get("value") for one in items}


def _members(place: _Place) -> Iterator[_Place]:
    value = {name: inner for name, inner in place.value.items() if isinstance(inner, dict | list | str) and inner}
    if not value:
        return
    facts = place.facts if place.is_posted else facts_of(value, is_around=True).or_else(place.facts)
    content_type = content_type_of(value) or place.content_type
    for name, inner in value.items():
        yield _Place(inner, facts, content_type, place.is_posted or name in BODY_CELLS, place.depth + 1)


def _rows_in_text(place: _Place, raw: bytes, waiting: deque[_Place]) -> Iterator[Posted]:
    """The row of a body, or of what a line of a log holds; JSON is looked into later."""
    text: str = place.value
    if not _NAMES_A_FIELD.search(text):
        octets = _octets_of_base64(text)
        if octets is not None and _NAMES_A_FIELD.search(text_of(octets)):
            waiting.append(place._replace(value=text_of(octets), depth=place.depth + 1))
        return
    octets = body_text_octets(text)
    if text.lstrip()[:1] in _JSON_START:
        parsed = parse_json(octets)
        if parsed.problem is None:
            waiting.append(place._replace(value=parsed.value, depth=place.depth + 1))
            return
    if is_body(octets) and (octets[:2] == b"--" or _BODY_START.match(text)):
        yield from_body(octets, place.facts, content_type=place.content_type, raw=raw)
        return
    row = _LINES.read_line(octets)
    if row is not None:
        facts = place.facts.or_else(Facts(row.received_at, row.endpoint, row.merchant))
        yield row._replace(**facts._asdict(), raw=row.raw and unreadable(Unreadable.INVALID_JSON, raw).raw)


def _fields_of_pairs(items: list[Any]) -> dict[str, Any] | None:
    """The posted fields that a list holds as pairs: ``[name, value]``, or objects with a name and a value."""
    pairs = [_pair(item) for item in items]
    fields = dict(pair for pair in pairs if pair is not None)
    return fields if len(fields) > 1 and is_whole({**fields, "data": ""}) else None


def _pair(item: Any) -> tuple[str, Any] | None:  # noqa: ANN401
    if isinstance(item, dict):
        name = item.get("key", item.get("name"))
        return (name, item["value"]) if isinstance(name, str) and isinstance(item.get("value"), str) else None
    is_pair = isinstance(item, list) and len(item) == 2 and all(isinstance(one, str) for one in item)
    return (item[0], item[1]) if is_pair else None


def _octets_of_numbers(items: list[Any]) -> bytes | None:
    """The bytes that a list holds as numbers, as journald writes what is no plain text."""
    if len(items) < _BYTES_AT_LEAST or not all(isinstance(item, NumberToken) and item.isdigit() for item in items):
        return None
    numbers = [int(item) if len(item) <= 3 else 256 for item in items]
    return bytes(numbers) if max(numbers) < 256 else None


def _octets_of_base64(text: str) -> bytes | None:
    """The bytes of a long base64 text that begins as readable text does."""
    start = decoded_base64(text.lstrip()[:_READABLE_DIGITS]) if len(text) >= _READABLE_DIGITS else None
    if start is None or len(start) != 18 or not all(octet in b"\t\n\r" or 0x20 <= octet < 0x7F for octet in start):
        return None
    return decoded_base64(text)


def _ways_to_records(document: Any) -> set[tuple[str, ...]]:  # noqa: ANN401
    """The ways to what holds a notification: to the item of the last array on the way."""
    found: set[tuple[str, ...]] = set()
    waiting: deque[tuple[Any, tuple[str, ...]]] = deque([(document, ())])
    for _ in range(_PLACES_MAX):
        if not waiting:
            break
        value, path = waiting.popleft()
        if len(path) > _DEPTH_MAX:
            continue
        if isinstance(value, dict) and from_value(value).unreadable is not None:
            waiting.extend((inner, (*path, name)) for name, inner in value.items())
        elif isinstance(value, list) and not _is_found_whole(value):
            is_of_texts = any(isinstance(item, str) for item in value)
            waiting.extend((item, path if is_of_texts else (*path, ITEMS)) for item in value)
        elif isinstance(value, dict | list) or (isinstance(value, str) and _found(value, b"") is not None):
            found.add(_to_last_array(path))
    return found


def _ways_to_members(document: Any) -> set[tuple[str, ...]]:  # noqa: ANN401
    """The way to the outermost object that holds several notifications, each under a key of its own."""
    waiting: deque[tuple[Any, tuple[str, ...]]] = deque([(document, ())])
    for _ in range(_PLACES_MAX):
        if not waiting:
            break
        value, path = waiting.popleft()
        if isinstance(value, dict) and len(path) < _DEPTH_MAX and not is_whole(value):
            rows = [from_value(inner) for inner in value.values() if isinstance(inner, dict)]
            if len({row.signature for row in rows if row.unreadable is None and row.signature is not None}) > 1:
                return {(*path, MEMBERS)}
            waiting.extend((inner, (*path, name)) for name, inner in value.items())
    return set()


def _is_found_whole(items: list[Any]) -> bool:
    return any(found(items) is not None for found in (_fields_of_pairs, _octets_of_numbers, _values_by_field))


def _to_last_array(path: tuple[str, ...]) -> tuple[str, ...]:
    return path[: len(path) - path[::-1].index(ITEMS)] if ITEMS in path else ()


def _ways_by_layout(document: Any) -> set[tuple[str, ...]]:  # noqa: ANN401
    """The way to the outermost array of objects in a long document, the first records of which may be others."""
    waiting: deque[tuple[Any, tuple[str, ...]]] = deque([(document, ())])
    while waiting:
        value, path = waiting.popleft()
        if isinstance(value, dict):
            waiting.extend((inner, (*path, name)) for name, inner in value.items() if len(path) < _DEPTH_MAX)
        elif isinstance(value, list) and any(isinstance(item, dict) for item in value):
            streams = [item for item in value if isinstance(item, dict) and isinstance(item.get("values"), list)]
            return {(*path, ITEMS, "values", ITEMS) if streams else (*path, ITEMS)}
    return set()


def _is_exported_table(item: Any) -> bool:  # noqa: ANN401
    """Whether it is a table as phpMyAdmin exports one, beside its header and the database."""
    return isinstance(item, dict) and item.get("type") == "table" and isinstance(item.get("data"), list)
