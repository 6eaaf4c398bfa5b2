"""JSON documents: an array of records, one record, or a document that keeps its records under a key."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from corena_recon.archive.forms.by_content import is_other, paths_to_records, read_json, read_mixed, read_value
from corena_recon.archive.json_stream.element_batches import batches_of_elements
from corena_recon.archive.json_stream.json_elements import PLAIN, Layout
from corena_recon.archive.json_stream.json_shape import json_head
from corena_recon.archive.records.batches import Batch, Room
from corena_recon.archive.records.exact_json import Parsed
from corena_recon.archive.records.posting import Posted

if TYPE_CHECKING:
    from corena_recon.archive.sources.containers import ByteStream


class JsonDocument(Room):
    """The form ``json``: an array of notifications or envelopes, or one of them, or an array of them under a key."""

    name = "json"

    def recognises(self, head: bytes) -> bool:
        """An array, or an object that spans lines."""
        return head.lstrip()[:1] in (b"[", b"{")

    def read(self, stream: ByteStream, *, keep_raw: bool) -> Iterator[Batch]:
        """Every element, or the one object; under a key there may be other traffic among them."""
        paths = paths_to_records(json_head(stream))
        if not paths:
            return batches_of_elements(stream, PLAIN, _read_parsed, read_json, keep_raw=keep_raw)
        return batches_of_elements(stream, Layout(paths=paths), _read_mixed, read_mixed, keep_raw=keep_raw)


def _read_parsed(parsed: Parsed, raw: bytes) -> Posted | None:
    return read_value(parsed.value, ambiguous=parsed.repeats_a_key, raw=raw)


def _read_mixed(parsed: Parsed, raw: bytes) -> Posted | None:
    row = _read_parsed(parsed, raw)
    return None if row is None or is_other(row, raw) else row
