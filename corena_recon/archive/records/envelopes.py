"""Finding the notification in a record: in its own keys, in an object or text inside it, or in a body it holds.

What an archive says about a record (time, endpoint, merchant) is taken from the record's own level and from envelopes
around a body. It is never taken from inside what was posted: whoever posts chooses those keys.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from corena_recon.archive.records.exact_json import exact_text, parse_json
from corena_recon.archive.records.http_request import header_of, is_cut_short, is_form_type
from corena_recon.archive.records.instants import instant_of
from corena_recon.archive.records.posting import (
    IPN_FIELDS,
    NO_FACTS,
    Facts,
    Posted,
    body_text_octets,
    carries_a_notification,
    from_body,
    from_fields,
    is_body,
    unreadable,
)
from corena_recon.vocabulary import Mode, Unreadable

BODY_CELLS: Final = ("payload", "body", "content", "raw", "request", "api_response", "gateway_response")
"""Cells of an envelope, a CSV row or a table row that hold a whole body or JSON object."""

_POSTED_CELLS: Final = frozenset(BODY_CELLS) - {"request"}
_BASE64_CELLS: Final = ("body_base64", "body_b64")
_HOLDERS: Final = frozenset((*BODY_CELLS, *_BASE64_CELLS))
"""An object with none of these cells and no object within holds nothing that its own keys do not name."""
_CONTENT_TYPES: Final = ("content_type", "contentType", "content-type")
_BASE64: Final = re.compile("[A-Za-z0-9+/]*")
_SEARCH_DEPTH: Final = 3
_MOMENTS: Final = ("received_at", "receivedAt", "created_at", "createdAt", "timestamp", "ingested_at", "time")
_LOGGED_MOMENTS: Final = (
    *("@timestamp", "_time", "__REALTIME_TIMESTAMP", "_SOURCE_REALTIME_TIMESTAMP", "ts", "at", "Timestamp", "date"),
    *("eventTimestamp", "SentTimestamp", "dateTime", "datetime", "createTime", "ingestionTime", "dateCreated"),
)
"""Names that platforms give to moments: the archive's word where they stand beside what was posted, not among it."""
_MODES: Final = {
    **dict.fromkeys(("live", "production", "prod", "/payment/initiate"), Mode.LIVE.value),
    **dict.fromkeys(("test", "sandbox", "/test/payment/initiate", "/sandbox/payment/initiate"), Mode.TEST.value),
}
"""Endpoints as archives write them: words, and the gateway's paths, of which an older generation has its own."""
_HOST: Final = re.compile("https?://[^/]*")
_FACT_NAMES: Final = frozenset((*_MOMENTS, "endpoint", "merchant"))
_NAMED_FIELD: Final = re.compile(
    rb"""["'](?:status|identifier|signature|data(?:\[[^"'\]]*\])*)["']\s*(?::|=>|;|\r?\n)"""
)


class _Level(NamedTuple):
    """An object on the way to the notification, with what the envelopes around it say.

    Attributes:
        value: The object.
        facts: From the envelopes above it; of the record itself also from its own keys.
        content_type: Likewise.
        is_posted: Whether the object is, or is part of, what was posted.
        ambiguous: Whether a key was repeated on the way.
        is_record: Whether it is the record itself, whose own keys are among the facts already.
    """

    value: dict[str, Any]
    facts: Facts
    content_type: str | None = None
    is_posted: bool = False
    ambiguous: bool = False
    is_record: bool = False


def from_json(octets: bytes, facts: Facts = NO_FACTS) -> Posted:
    """The row of one JSON text: a notification, or an envelope around one."""
    parsed = parse_json(octets)
    if parsed.problem is not None:
        return unreadable(parsed.problem, octets, facts)
    return from_value(parsed.value, facts, ambiguous=parsed.repeats_a_key, raw=octets)


def from_value(
    value: Any,  # noqa: ANN401
    facts: Facts = NO_FACTS,
    *,
    ambiguous: bool = False,
    raw: bytes = b"",
    is_posted: bool = False,
) -> Posted:
    """The row of one parsed JSON value or of one row of a table.

    Args:
        value: As ``exact_json`` reads it.
        facts: What the archive says around it.
        ambiguous: Whether a key was repeated.
        raw: The bytes of the whole record.
        is_posted: Whether the value's own keys were posted, so that none of them is the archive's word.
    """
    if not isinstance(value, dict):
        return unreadable(Unreadable.NOT_AN_OBJECT, raw, facts)
    own = facts if is_posted or _FACT_NAMES.isdisjoint(value) else facts_of(value).or_else(facts)
    level = _Level(value, own, None, is_posted, ambiguous, is_record=True)
    found = level if is_whole(value) else _located(level, raw)
    if isinstance(found, Posted):
        return found
    if found.content_type is not None and not is_form_type(found.content_type):
        return unreadable(Unreadable.CONTENT_TYPE, raw, found.facts)
    beside = _archived_names(value, level.facts) if found.value is value and not is_posted else ()
    return from_fields(found.value, found.facts, ambiguous=found.ambiguous, raw=raw, beside=beside)


def from_request(
    body: bytes | dict[str, Any] | None,
    facts: Facts = NO_FACTS,
    *,
    headers: Any = None,  # noqa: ANN401
    content_type: str | None = None,
    is_cut: bool = False,
    raw: bytes = b"",
) -> Posted | None:
    """The row of one recorded request; None when it is other traffic.

    Args:
        body: The posted bytes, or the posted fields as the archive parsed them, or None.
        facts: What the archive says beside it.
        headers: In any shape that ``header_of`` reads.
        content_type: Where it is not among the headers.
        is_cut: Whether the archive holds less than was posted.
        raw: The bytes of the whole record.
    """
    if not body:
        return None
    content_type = content_type or header_of(headers, "content-type")
    if isinstance(body, dict):
        if not carries_a_notification(body):
            return None
        if content_type is not None and not is_form_type(content_type):
            return unreadable(Unreadable.CONTENT_TYPE, raw, facts)
        return from_fields(body, facts, raw=raw)
    if is_cut or is_cut_short(body, headers):
        row = unreadable(Unreadable.TRUNCATED, raw, facts)
    elif content_type is None and body.lstrip()[:1] == b"{":
        row = unreadable(Unreadable.CONTENT_TYPE, raw, facts)
    else:
        row = from_body(body, facts, content_type=content_type, raw=raw)
    return None if is_other_traffic(row, body) else row


def is_other_traffic(row: Posted, body: bytes) -> bool:
    """Whether a record in mixed traffic carries none of status, identifier, signature and data.

    Args:
        row: What reading the body gave.
        body: The body, which decides where it could not be read.
    """
    if row.unreadable is None:
        return False
    if row.unreadable in (Unreadable.NO_IPN_FIELDS, Unreadable.EMPTY_BODY, Unreadable.NOT_AN_OBJECT):
        return True
    if row.unreadable in (Unreadable.CONTENT_TYPE, Unreadable.TRUNCATED, Unreadable.INVALID_JSON):
        parsed = parse_json(body)
        return not (carries_a_notification(parsed.value) if parsed.problem is None else names_a_field(body))
    return False


def names_a_field(octets: bytes) -> bool:
    """Whether bytes that cannot be read name a posted field, as a JSON key or as a body does."""
    return is_body(octets) or _NAMED_FIELD.search(octets) is not None


def facts_of(envelope: Mapping[str, Any], *, is_around: bool = False) -> Facts:
    """What an envelope's own keys say about time, endpoint and merchant.

    Args:
        envelope: The object that has the keys.
        is_around: Whether what was posted is within it, so that none of its own keys was posted.
    """
    received_at = None
    for name in (*_MOMENTS, *_LOGGED_MOMENTS) if is_around else _MOMENTS:
        said = envelope.get(name)
        if is_around and isinstance(said, list) and len(said) == 1:
            said = said[0]
        if isinstance(said, str):
            received_at = instant_of(said)
            if received_at is not None:
                break
    merchant = envelope.get("merchant")
    return Facts(
        received_at,
        _mode_of(envelope.get("endpoint")),
        exact_text(merchant) if isinstance(merchant, str) and merchant else None,
    )


def _mode_of(endpoint: Any) -> str | None:  # noqa: ANN401
    """The endpoint's mode; None where it is in no known spelling."""
    if not isinstance(endpoint, str):
        return None
    word = endpoint.strip().lower()
    return _MODES.get(_HOST.sub("", word).rstrip("/"))


def is_whole(value: dict[str, Any]) -> bool:
    """Whether the object is a notification itself, whatever else it holds; a record may have a status of its own."""
    return value.get("signature") is not None and ("identifier" in value or "data" in value)


def content_type_of(envelope: dict[str, Any]) -> str | None:
    """The content type that an envelope's own keys or its headers say."""
    for name in _CONTENT_TYPES:
        if isinstance(envelope.get(name), str) and envelope[name]:
            return str(envelope[name])
    return header_of(envelope.get("headers"), "content-type")


def decoded_base64(text: str) -> bytes | None:
    """The bytes that base64 text stands for, or None."""
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        return None


def salvaged_base64(text: str) -> tuple[bytes, bool]:
    """The bytes that base64 text stands for as far as it goes, and whether it was cut or damaged."""
    whole = decoded_base64(text)
    if whole is not None:
        return whole, False
    sound = _BASE64.match("".join(text.split()))
    length = len(sound.group()) // 4 * 4 if sound else 0
    return base64.b64decode("".join(text.split())[:length]), True


def _archived_names(value: dict[str, Any], facts: Facts) -> list[str]:
    """The record's own keys that became facts, and so are no posted field."""
    if facts == NO_FACTS:
        return []
    return [name for name, fact in zip(Facts._fields, facts, strict=True) if fact is not None and name in value]


def _located(start: _Level, raw: bytes) -> _Level | Posted:
    """The notification in an object: the fields, or the row of the body that holds them."""
    if _HOLDERS.isdisjoint(start.value) and dict not in set(map(type, start.value.values())):
        is_partial = carries_a_notification(start.value)
        return start if is_partial else unreadable(Unreadable.NO_IPN_FIELDS, raw, start.facts)
    hits = _hits(start, raw)
    found = next(hits, None)
    if found is None:
        return _partial(start) or next(
            _rows_of_bodies(start, raw, only_likely=False), unreadable(Unreadable.NO_IPN_FIELDS, raw, start.facts)
        )
    own = _named(found)
    if own is not None and any(other is not None and other != own for other in map(_named, hits)):
        if isinstance(found, _Level):
            return found._replace(ambiguous=True)
        return found._replace(body_ambiguous=found.unreadable is None)
    return found


def _hits(start: _Level, raw: bytes) -> Iterator[_Level | Posted]:
    """The notifications in an object, the outermost first."""
    levels = [start]
    for _ in range(_SEARCH_DEPTH + 1):
        outer = [level for level in levels if not is_whole(level.value)]
        yield from (level for level in levels if is_whole(level.value))
        for level in outer:
            yield from _rows_of_bodies(level, raw, only_likely=True)
        levels = [child for level in outer for child in _children(level)]


def _named(found: _Level | Posted) -> tuple[str | None, str | None] | None:
    """What tells a notification from another: signature and identifier; None where it has no signature."""
    row = from_fields(found.value, found.facts) if isinstance(found, _Level) else found
    return None if row.signature is None else (row.signature, row.identifier)


def _partial(start: _Level) -> _Level | None:
    """The object inside that looks most like a notification; None where none does."""
    levels, found = [start], None
    for _ in range(_SEARCH_DEPTH + 1):
        for level in levels:
            if carries_a_notification(level.value) and (found is None or _rank(level) > _rank(found)):
                found = level
        levels = [child for level in levels for child in _children(level)]
    return found


def _rank(level: _Level) -> int:
    return sum(level.value.get(name) is not None for name in IPN_FIELDS)


def _children(level: _Level) -> Iterator[_Level]:
    facts = _envelope_facts(level)
    content_type = content_type_of(level.value) or level.content_type
    for name, child in level.value.items():
        is_posted = level.is_posted or name in _POSTED_CELLS
        inner, ambiguous = child, False
        if isinstance(child, str) and name in BODY_CELLS and child.lstrip()[:1] in ("{", '"'):
            inner, ambiguous = _parsed_cell(child)
        if isinstance(inner, dict):
            yield _Level(inner, facts, content_type, is_posted, level.ambiguous or ambiguous)


def _envelope_facts(level: _Level) -> Facts:
    if level.is_posted:
        return level.facts
    return facts_of(level.value, is_around=True).or_else(level.facts)


def _parsed_cell(text: str) -> tuple[Any, bool]:
    """The JSON value of a cell, also where it was written as JSON twice."""
    parsed = parse_json(body_text_octets(text))
    if isinstance(parsed.value, str) and parsed.value.lstrip()[:1] == "{":
        parsed = parse_json(body_text_octets(parsed.value))
    return parsed.value, parsed.repeats_a_key


def _rows_of_bodies(level: _Level, raw: bytes, *, only_likely: bool) -> Iterator[Posted]:
    """The rows of the bodies that an envelope holds as text.

    Args:
        level: The envelope.
        raw: The bytes of the whole record.
        only_likely: Leaves alone what does not look like a notification's body.
    """
    envelope = level.value
    content_type = content_type_of(envelope) or level.content_type
    facts = _envelope_facts(level)
    encoded = _encoded_text(envelope)
    bodies = [] if encoded is None else [decoded_base64(encoded)]
    bodies += [cell for name in BODY_CELLS if (cell := _body_cell(envelope, name, None if bodies else content_type))]
    if not bodies and not only_likely and isinstance(envelope.get("body"), str):
        bodies = [body_text_octets(envelope["body"])]
    for body in bodies:
        if body is None or is_cut_short(body, envelope.get("headers")):
            yield unreadable(Unreadable.TRUNCATED, raw, facts)
            continue
        row = from_body(body, facts, content_type=content_type, raw=raw)
        yield row._replace(body_ambiguous=True) if level.ambiguous and row.unreadable is None else row


def _encoded_text(envelope: dict[str, Any]) -> str | None:
    """The body that an envelope holds in base64."""
    for name in _BASE64_CELLS:
        if isinstance(envelope.get(name), str):
            return str(envelope[name])
    body = envelope.get("body")
    if isinstance(body, str) and envelope.get("isBase64Encoded") in (True, "true", "1"):
        return body
    return None


def _body_cell(envelope: dict[str, Any], name: str, content_type: str | None) -> bytes | None:
    text = envelope.get(name)
    if not isinstance(text, str) or not text:
        return None
    octets = body_text_octets(text)
    if name == "body" and content_type is not None:
        return octets
    return octets if is_body(octets) else None
