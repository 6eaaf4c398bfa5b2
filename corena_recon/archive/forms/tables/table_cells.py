"""What a row of a table says: by the names of its columns, or by what one of its cells holds, whatever its name.

A cell may hold a body, a JSON object, a dump of PHP, pairs as WHMCS prints them, or text of a log with one of these in
it. It is looked into only where it contains the word ``signature`` or ``identifier``: recipes tell such texts from
others.
"""

from __future__ import annotations

import re
from typing import Any, Final

from corena_recon.archive.forms.logs.log import LogLines
from corena_recon.archive.printed.encoded import encoded_notification
from corena_recon.archive.printed.literals import literal_around
from corena_recon.archive.printed.notations import names_a_notification
from corena_recon.archive.records.envelopes import BODY_CELLS, facts_of, from_value
from corena_recon.archive.records.exact_json import NumberToken, parse_json
from corena_recon.archive.records.posting import (
    Facts,
    Posted,
    body_text_octets,
    carries_a_notification,
    from_body,
    from_fields,
    is_body,
    unreadable,
)
from corena_recon.php import find_dumps, may_hold_a_dump
from corena_recon.text import text_of
from corena_recon.vocabulary import RAW_MAX_BYTES, Unreadable

_WORDS: Final = re.compile("signature|identifier", re.IGNORECASE)
_FIRST_PAIR: Final = re.compile(rb"[\w.%\[\]-]+=")
_ENCODED_MIN_CHARACTERS: Final = 60
_BUFFER: Final = re.compile(r'\s*\{\s*"type"\s*:\s*"Buffer"\s*,\s*"data"\s*:\s*\[')
_OCTET: Final = re.compile("[0-9]{1,3}", re.ASCII)
_PAIR: Final = re.compile(r"([\w.]+(?:\[[^\[\]]*\])*) => (.*)")
_LOG: Final = LogLines()


def from_cells(cells: Any, raw: bytes, *, ambiguous: bool = False) -> Posted:  # noqa: ANN401
    """The row of one record of a table whose columns are a notification's, or that holds one in a cell.

    Args:
        cells: By column name, without those that are empty.
        raw: The bytes of the record.
        ambiguous: Whether two columns of one name say different things.
    """
    row = from_value(cells, ambiguous=ambiguous, raw=raw)
    if (row.unreadable is None and row.signature is not None) or not isinstance(cells, dict):
        return row
    found = _row_in_a_cell(cells, raw, is_log=False)
    # What is known by its column's name tells better why it cannot be read.
    if found is None or (found.unreadable is not None and row.unreadable != Unreadable.NO_IPN_FIELDS):
        return row
    return found._replace(body_ambiguous=True) if ambiguous and found.unreadable is None else found


def from_mixed_cells(cells: dict[str, Any], raw: bytes, *, ambiguous: bool = False) -> Posted | None:
    """The row of one record of a table that holds other things, too; None for other traffic.

    The names of its columns are no posted fields': a notification is what a cell holds.
    """
    row = from_value(cells, ambiguous=ambiguous, raw=raw)
    if row.unreadable is None and row.signature is not None:
        return row
    found = _row_in_a_cell(cells, raw, is_log=True) or _row_without_names(cells, raw)
    return found._replace(body_ambiguous=True) if ambiguous and found and found.unreadable is None else found


def read_cells(octets: bytes) -> Posted:
    """``from_cells`` of a JSON object of cells; what recipes are learned from."""
    parsed = parse_json(octets)
    return from_cells(parsed.value, octets, ambiguous=parsed.repeats_a_key)


def read_mixed_cells(octets: bytes) -> Posted | None:
    """``from_mixed_cells`` of a JSON object of cells; what recipes are learned from."""
    parsed = parse_json(octets)
    return from_mixed_cells(parsed.value, octets, ambiguous=parsed.repeats_a_key)


def row_in_text(text: str, facts: Facts, raw: bytes, *, is_log: bool = True) -> Posted | None:
    """The row of the notification that a text holds; None where it holds none, nor names its fields.

    Args:
        text: Of a cell.
        facts: What the record says beside it.
        raw: The bytes of the whole record.
        is_log: Whether what begins as a body and holds spaces is a line of a log, rather than that body.
    """
    octets = body_text_octets(text)
    if not _WORDS.search(text):
        encoded = encoded_notification(octets) if len(text) > _ENCODED_MIN_CHARACTERS else None
        encoded = _octets_of_buffer(octets) if encoded is None and _BUFFER.match(text) else encoded
        return None if encoded is None else row_in_text(text_of(encoded), facts, raw, is_log=is_log)
    row = _row_of_whole(octets, facts, raw, is_log=is_log) or _row_of_dump(octets, facts) or _row_of_pairs(text, facts)
    row = row or _LOG.read_line(octets)
    if row is not None and row.unreadable is None:
        known = facts.or_else(Facts(row.received_at, row.endpoint, row.merchant))
        return row._replace(**known._asdict())
    return unreadable(Unreadable.INVALID_JSON, raw, facts) if names_a_notification(octets) else None


def is_whole_notification(text: str) -> bool:
    """Whether a text is one notification that can be read, with nothing around it: a body, an object, a dump."""
    if not _WORDS.search(text):
        return False
    octets = body_text_octets(text).strip()
    row = _row_of_whole(octets, Facts(), b"", is_log=True)
    if row is not None and row.unreadable is None:
        return True
    dump = next(find_dumps(octets), None) if may_hold_a_dump(octets) else None
    if dump is not None:
        return (dump.begin, dump.end) == (0, len(octets)) and carries_a_notification(dump.fields)
    literal = literal_around(octets, octets.find(b"signature"))
    return literal is not None and (literal.begin, literal.end) == (0, len(octets)) and not literal.is_cut


def _row_in_a_cell(cells: dict[str, Any], raw: bytes, *, is_log: bool) -> Posted | None:
    facts = facts_of(cells)
    texts = (cell for cell in cells.values() if isinstance(cell, str))
    rows = [row for text in texts if (row := row_in_text(text, facts, raw, is_log=is_log)) is not None]
    whole = [row for row in rows if row.unreadable is None]
    if not whole:
        return rows[0]._replace(raw=raw[:RAW_MAX_BYTES]) if rows else None
    first, *others = whole
    is_ambiguous = any((row.signature, row.identifier) != (first.signature, first.identifier) for row in others)
    return first._replace(body_ambiguous=True) if is_ambiguous else first


def _row_without_names(cells: dict[str, Any], raw: bytes) -> Posted | None:
    """The unreadable row of what a body's cell holds of a notification that lacks signature and identifier."""
    bodies = {name: cells[name] for name in BODY_CELLS if name in cells}
    row = from_value(bodies, facts_of(cells), raw=raw) if bodies else None
    return row if row is not None and row.unreadable is not None and row.status and row.amount_text else None


def _octets_of_buffer(octets: bytes) -> bytes | None:
    """The bytes of a ``Buffer`` as Node writes one in JSON; the core knows none of such texts."""
    value = parse_json(octets).value
    numbers = value.get("data") if isinstance(value, dict) else None
    if not isinstance(numbers, list) or not all(
        isinstance(one, NumberToken) and _OCTET.fullmatch(one) for one in numbers
    ):
        return None
    return bytes(map(int, numbers)) if max(map(int, numbers), default=0) < 256 else None


def _row_of_whole(octets: bytes, facts: Facts, raw: bytes, *, is_log: bool) -> Posted | None:
    """The row of a text that is a JSON object, also one written as JSON twice, or a body."""
    octets = octets.lstrip()
    if octets[:1] in (b"{", b"[", b'"'):
        parsed = parse_json(octets)
        if isinstance(parsed.value, str):
            parsed = parse_json(body_text_octets(parsed.value))
        value = parsed.value[0] if isinstance(parsed.value, list) and len(parsed.value) == 1 else parsed.value
        if not isinstance(value, dict):
            return None
        is_posted = carries_a_notification(value)
        return from_value(value, facts, ambiguous=parsed.repeats_a_key, raw=raw, is_posted=is_posted)
    is_whole = is_body(octets) and _FIRST_PAIR.match(octets) is not None and not (is_log and b" " in octets)
    return from_body(octets, facts, raw=raw) if is_whole else None


def _row_of_dump(octets: bytes, facts: Facts) -> Posted | None:
    """The row of the dumps of PHP in a text; None where there is none that can be read."""
    rows = [
        from_value(dump.fields, facts, ambiguous=dump.ambiguous, is_posted=carries_a_notification(dump.fields))
        for dump in (find_dumps(octets, NumberToken) if may_hold_a_dump(octets) else ())
        if dump.problem is None
    ]
    whole = [row for row in rows if row.unreadable is None]
    return whole[0]._replace(body_ambiguous=whole[0].body_ambiguous or len(whole) > 1) if whole else None


def _row_of_pairs(text: str, facts: Facts) -> Posted | None:
    """The row of a text that is one pair a line; None where a line is none, for a value may go on over several."""
    lines = text.strip().splitlines()
    pairs = [(pair[1], pair[2]) for line in lines if (pair := _PAIR.fullmatch(line))]
    if not lines or len(pairs) != len(lines):
        return None
    fields = dict(pairs)
    return from_fields(fields, facts, ambiguous=len(fields) != len(pairs))
