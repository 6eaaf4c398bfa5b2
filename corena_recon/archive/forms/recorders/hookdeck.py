"""Requests and events as Hookdeck's interface gives them."""

from __future__ import annotations

from typing import Any, Final

from corena_recon.archive.forms.recorders.recorded import RecordedRequests
from corena_recon.archive.json_stream.json_elements import Layout
from corena_recon.archive.records.envelopes import from_request
from corena_recon.archive.records.instants import instant_of
from corena_recon.archive.records.posting import Facts, Posted, body_text_octets

_NAMES: Final = frozenset({"source_id", "team_id", "ingested_at", "events_count"})


class Hookdeck(RecordedRequests):
    """The form ``hookdeck``: ``data.body`` is the body as text, or its fields as Hookdeck parsed them."""

    name = "hookdeck"
    layout = Layout(("models",), None, frozenset({"id", "team_id", "source_id", "ingested_at", "data"}))

    def is_entry(self, entry: dict[str, Any]) -> bool:
        """Hookdeck's ids beside the request's data."""
        data = entry.get("data")
        return isinstance(data, dict) and "headers" in data and len(_NAMES & entry.keys()) > 1

    def is_wrapper(self, outer: dict[str, Any]) -> bool:
        """An empty page."""
        return {"models", "pagination"} <= outer.keys()

    def read_entry(self, entry: dict[str, Any], raw: bytes) -> Posted | None:
        """The row of one request."""
        data = entry["data"]
        moment = instant_of(entry.get("ingested_at"))
        facts = Facts(moment if moment is not None else instant_of(entry.get("created_at")))
        body = data.get("body")
        if isinstance(body, str):
            body = body_text_octets(body)
        return from_request(body if isinstance(body, bytes | dict) else None, facts, headers=data["headers"], raw=raw)
