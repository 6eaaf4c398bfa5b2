"""Order exports and the merchant panel's own among archives: other traffic, and never forged notifications."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import dropwhile
from typing import TYPE_CHECKING, Final

import numpy as np

from corena_recon.archive.forms.tables.exact_csv import ExactRows
from corena_recon.archive.forms.tables.table_heads import dialect_of, header_names
from corena_recon.archive.json_stream.json_elements import PLAIN, Element, elements_of
from corena_recon.archive.json_stream.json_shape import sample_of
from corena_recon.archive.lines.lines import lines_of, without_blank_start
from corena_recon.archive.records.batches import Batch, Entry, Room, batches_of
from corena_recon.archive.records.envelopes import BODY_CELLS, from_json, from_value
from corena_recon.archive.records.posting import unreadable
from corena_recon.tables.columns import Flags
from corena_recon.text import octets_of, text_of

if TYPE_CHECKING:
    from corena_recon.archive.sources.containers import ByteStream

_HEAD_BYTES: Final = 65_536
_SIGNATURE: Final = re.compile(rb"(?<![0-9A-Za-z])(?:[0-9A-F]{64}|[0-9a-f]{64})(?![0-9A-Za-z])")
_POSTED_ALONE: Final = ("signature", "payment_type", "data[", "data.", "body_b")
"""Parts of names that no shop's export has; an archive may lack the signature."""


def export_of(names: Sequence[str]) -> str | None:
    """``orders`` or ``ledger`` where a table of these columns is such an export; None for an archive.

    A table with a column for what is posted alone, or for a body, is an archive, whatever its rows lack.
    """
    lowered = [name.strip().lower() for name in names]
    if any(part in name for name in lowered for part in _POSTED_ALONE) or not set(lowered).isdisjoint(BODY_CELLS):
        return None
    from corena_recon.orders import export_named  # noqa: PLC0415 - most archives are none, and it takes a while

    return export_named(names)


SAYS_SIGNATURE_RE2: Final = r"(?i:signature)|\b(?:[0-9A-F]{64}|[0-9a-f]{64})\b"


def is_signed(says: Flags) -> bool:
    """Whether so many rows say something of a signature that the table is an archive after all."""
    return int(says.sum()) * 2 > len(says)


def says_signature(octets: bytes) -> bool:
    """Whether a row names or holds a signature all the same, and may be a notification."""
    return b"signature" in octets.lower() or _SIGNATURE.search(octets) is not None


class OrderRows(Room):
    """The forms ``orders`` and ``ledger``, which nobody asks for: a CSV file that is no archive."""

    name = "csv"

    def recognises(self, head: bytes) -> bool:
        """A header that maps as an order export or a ledger."""
        names = header_names(head)
        if names is None or export_of(names) is None:
            return False
        return not is_signed(np.array([says_signature(line) for line in head.split(b"\n")[1:] if line.strip()], bool))

    def read(self, stream: ByteStream, *, keep_raw: bool) -> Iterator[Batch]:
        """Every row as other traffic, but for one that names a signature."""
        head = without_blank_start(stream.head(_HEAD_BYTES))
        names = header_names(head) or []
        rows = ExactRows(dropwhile(lambda line: not line.octets.strip(), lines_of(stream.blocks())), dialect_of(head))
        next(rows, None)

        def entries() -> Iterator[Entry]:
            for row in rows:
                stream.truncated |= not row.is_complete
                if says_signature(row.octets):
                    cells = dict(zip(names, row.cells or [text_of(row.octets)], strict=False))
                    yield from_value(cells, raw=row.octets), row.octets
                else:
                    yield None, row.octets

        for batch in batches_of(entries(), keep_raw=keep_raw):
            yield batch._replace(form=export_of(names))


class OrderObjects(Room):
    """The form ``orders`` of JSON: an array of orders, or one a line."""

    name = "json"

    def recognises(self, head: bytes) -> bool:
        """Objects that all map as orders, and nothing that names a signature."""
        return not says_signature(head) and _export_of_objects(head) is not None

    def read(self, stream: ByteStream, *, keep_raw: bool) -> Iterator[Batch]:
        """Every order as other traffic, but for one that names a signature, or cannot be read."""
        form = _export_of_objects(without_blank_start(stream.head(_HEAD_BYTES)))

        def entries() -> Iterator[Entry]:
            for element in elements_of(stream, PLAIN):
                if isinstance(element, Element):
                    raw = octets_of(element.text)
                    if element.parsed.problem is not None:
                        yield unreadable(element.parsed.problem, raw), raw
                    else:
                        yield (from_json(raw) if says_signature(raw) else None), raw

        for batch in batches_of(entries(), keep_raw=keep_raw):
            yield batch._replace(form=form)


def _export_of_objects(head: bytes) -> str | None:
    found = {tuple(one) for one in sample_of(head)}
    # The last object may be cut off with the head.
    whole = [names for names in found if not any(other[: len(names)] == names != other for other in found)]
    kinds = set(map(export_of, whole))
    return kinds.pop() if len(kinds) == 1 else None
