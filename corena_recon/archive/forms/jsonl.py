"""One JSON object a line: nested, flat (``data[amount]``), or an envelope around a body."""

from __future__ import annotations

from corena_recon.archive.lines.lines import LineRoom
from corena_recon.archive.records.envelopes import from_json
from corena_recon.archive.records.exact_json import parse_json
from corena_recon.archive.records.posting import Posted
from corena_recon.native import Kind


class JsonLines(LineRoom):
    """The form ``jsonl``."""

    name = "jsonl"
    kind = Kind.JSON

    def recognises(self, head: bytes) -> bool:
        """A line of its own that is an object; the first lines may be damaged, and none opens an array."""
        lines = [line.strip() for line in head.split(b"\n")]
        if lines[0][:1] == b"[" and parse_json(lines[0]).problem is not None:
            return False
        objects = [line for line in lines[:50] if line[:1] == b"{" and len(line) > 2]
        if any(line[-1:] == b"}" and isinstance(parse_json(line).value, dict) for line in objects):
            return True
        return len(objects) == 1 and len(lines) == 1 and head[:2] == b'{"'

    def read_line(self, octets: bytes) -> Posted:
        """The row of one JSON text."""
        return from_json(octets)

    def is_cut(self, row: Posted | None, *, stream_is_cut: bool) -> bool:  # noqa: ARG002
        """A JSON text that parses is whole, whatever follows it."""
        return row is not None and row.unreadable == "invalid_json"
