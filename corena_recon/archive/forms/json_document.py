"""One JSON document: an array of records, or one record."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from corena_recon.archive.json_stream.json_elements import elements_of
from corena_recon.archive.records.batches import Batch, Entry, Room, batches_of
from corena_recon.archive.records.envelopes import from_value
from corena_recon.archive.records.posting import unreadable
from corena_recon.text import octets_of

if TYPE_CHECKING:
    from corena_recon.archive.sources.containers import ByteStream


class JsonDocument(Room):
    """The form ``json``: an array of notifications or envelopes, or one of them."""

    name = "json"

    def recognises(self, head: bytes) -> bool:
        """An array, or an object that spans lines."""
        return head.lstrip()[:1] in (b"[", b"{")

    def read(self, stream: ByteStream, *, keep_raw: bool) -> Iterator[Batch]:
        """Every element, or the one object."""
        return batches_of(_entries(stream), keep_raw=keep_raw)


def _entries(stream: ByteStream) -> Iterator[Entry]:
    for element in elements_of(stream):
        raw = octets_of(element.text)
        if element.parsed.problem is not None:
            yield unreadable(element.parsed.problem, raw), raw
        else:
            yield from_value(element.parsed.value, ambiguous=element.parsed.repeats_a_key, raw=raw), raw
