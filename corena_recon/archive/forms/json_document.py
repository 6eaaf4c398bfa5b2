"""One JSON document: an array of records, or one record."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from corena_recon.archive.json_stream.element_batches import batches_of_elements
from corena_recon.archive.json_stream.json_elements import PLAIN
from corena_recon.archive.records.batches import Batch, Room
from corena_recon.archive.records.envelopes import from_json, from_value
from corena_recon.archive.records.exact_json import Parsed
from corena_recon.archive.records.posting import Posted

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
        return batches_of_elements(stream, PLAIN, _read_parsed, from_json, keep_raw=keep_raw)


def _read_parsed(parsed: Parsed, raw: bytes) -> Posted:
    return from_value(parsed.value, ambiguous=parsed.repeats_a_key, raw=raw)
