"""Notifications that a text holds as no exact notation of their own: what programs print, and pairs a line."""

from __future__ import annotations

import re
from typing import Any, Final

from corena_recon.archive.printed.literals import literals_naming
from corena_recon.archive.printed.pairs import posted_name, read_pairs
from corena_recon.archive.records.envelopes import from_value, is_other_traffic
from corena_recon.archive.records.posting import Facts, Posted, carries_a_notification, unreadable
from corena_recon.vocabulary import Unreadable

_SIGNATURE: Final = re.compile(rb"signature", re.IGNORECASE)
_WRAPPED: Final = re.compile(r"[0-9A-F]{1,63}\r?\n[0-9A-F\r\n]{1,80}")
_LINE_END: Final = re.compile(rb"\r?\n")
_DEPTH_MAX: Final = 64


def rows_of_written(octets: bytes, facts: Facts) -> list[Posted]:
    """The rows of the printed objects in a text that carry a notification; else that of its pairs.

    Args:
        octets: One entry of a log or one cell, which names a notification.
        facts: What the archive says beside it.
    """
    rows = _rows_of_literals(octets, facts)
    if any(_WRAPPED.fullmatch(row.signature or "") for row in rows):
        # Lines were broken at some width: what stood there in their place is a guess.
        rows = _rows_of_literals(_LINE_END.sub(b"", octets), facts)
        return [row._replace(body_ambiguous=row.unreadable is None) for row in rows]
    if rows:
        return rows
    pairs = read_pairs(octets)
    row = None if pairs is None else _row_of(_plain(pairs.fields), facts, ambiguous=pairs.ambiguous)
    return [] if row is None or row.unreadable is not None else [row]


def _rows_of_literals(octets: bytes, facts: Facts) -> list[Posted]:
    rows: list[Posted] = []
    for literal in literals_naming(octets, _SIGNATURE):
        found = _plain(literal.value)
        for value in found if isinstance(found, list) else [found]:
            row = _row_of(value, facts, ambiguous=literal.repeats_a_key)
            if row is not None and row.unreadable is not None and literal.is_cut:
                row = unreadable(Unreadable.TRUNCATED, octets, facts)
            rows += [] if row is None else [row]
    return rows


def _row_of(value: Any, facts: Facts, *, ambiguous: bool) -> Posted | None:  # noqa: ANN401
    row = from_value(value, facts, ambiguous=ambiguous, is_posted=carries_a_notification(value))
    return None if is_other_traffic(row, b"") else row


def _plain(value: Any, depth: int = 0) -> Any:  # noqa: ANN401
    """The value with lists of pairs as objects, lists of one text as that text, names as the gateway writes them."""
    if depth > _DEPTH_MAX:
        return value
    if isinstance(value, list):
        items = [_plain(item, depth + 1) for item in value]
        if items and all(isinstance(item, list) and len(item) == 2 and isinstance(item[0], str) for item in items):
            return _plain(dict(items), depth + 1)
        return items
    if not isinstance(value, dict):
        return value
    members = {name: _plain(inner, depth + 1) for name, inner in value.items()}
    if members and all(_is_one_text(inner) for inner in members.values()):
        members = {name: inner[0] for name, inner in members.items()}
    if "signature" in members or not any(name[:1].isupper() for name in members):
        return members
    return {posted_name(name): inner for name, inner in members.items()}


def _is_one_text(value: Any) -> bool:  # noqa: ANN401
    return isinstance(value, list) and len(value) == 1 and isinstance(value[0], str)
