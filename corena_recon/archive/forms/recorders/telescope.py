"""Entries of Laravel Telescope: its table ``telescope_entries`` as JSON, or what its interface gives."""

from __future__ import annotations

from typing import Any, Final

from corena_recon.archive.forms.by_content import is_other, read_value
from corena_recon.archive.forms.recorders.recorded import RecordedRequests
from corena_recon.archive.json_stream.json_elements import Layout
from corena_recon.archive.records.envelopes import from_request
from corena_recon.archive.records.exact_json import parse_json
from corena_recon.archive.records.instants import instant_of
from corena_recon.archive.records.posting import Facts, Posted, body_text_octets

_NAMES: Final = frozenset({"uuid", "batch_id", "sequence", "family_hash", "should_display_on_index"})


class Telescope(RecordedRequests):
    """The form ``telescope``: of a request ``content.payload`` holds the fields that Laravel read.

    ``content`` is an object, or the text of one.
    """

    name = "telescope"
    layout = Layout(("entries", "telescope_entries"), None, frozenset({"type", "content", "batch_id", "created_at"}))

    def is_entry(self, entry: dict[str, Any]) -> bool:
        """A type beside its content and Telescope's own columns."""
        return isinstance(entry.get("type"), str) and _content_of(entry) is not None and not _NAMES.isdisjoint(entry)

    def read_entry(self, entry: dict[str, Any], raw: bytes) -> Posted | None:
        """The row of one request; of other entries only where they hold a notification."""
        content, ambiguous = _content_of(entry) or ({}, False)
        payload = content.get("payload")
        if entry["type"] == "request" and isinstance(payload, dict):
            facts = Facts(instant_of(entry.get("created_at")))
            row = from_request(payload, facts, headers=content.get("headers"), raw=raw)
        else:
            found = read_value(entry, ambiguous=False, raw=raw)
            row = None if found is None or is_other(found, raw) else found
        return row._replace(body_ambiguous=True) if ambiguous and row is not None and row.unreadable is None else row


def _content_of(entry: dict[str, Any]) -> tuple[dict[str, Any], bool] | None:
    """The content, and whether a key in it was repeated; None where it is no object."""
    content = entry.get("content")
    if isinstance(content, str) and content.lstrip()[:1] == "{":
        content, ambiguous, _ = parse_json(body_text_octets(content))
        return (content, ambiguous) if isinstance(content, dict) else None
    return (content, False) if isinstance(content, dict) else None
