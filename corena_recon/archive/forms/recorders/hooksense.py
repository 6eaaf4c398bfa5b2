"""HookSense's JSON export."""

from __future__ import annotations

from typing import Any

from corena_recon.archive.forms.recorders.recorded import RecordedRequests
from corena_recon.archive.json_stream.json_elements import Layout
from corena_recon.archive.records.envelopes import decoded_base64, from_request
from corena_recon.archive.records.instants import instant_of
from corena_recon.archive.records.posting import Facts, Posted, body_text_octets, is_body


class HookSense(RecordedRequests):
    """The form ``hooksense``: ``body`` is the body as text, in base64 where it is not UTF-8."""

    name = "hooksense"
    layout = Layout(("requests",), None, frozenset({"method", "source_ip", "size_bytes", "body"}))

    def is_entry(self, entry: dict[str, Any]) -> bool:
        """The body beside where it came from and its size."""
        return {"body", "source_ip", "size_bytes"} <= entry.keys()

    def is_wrapper(self, outer: dict[str, Any]) -> bool:
        """An export without requests."""
        return {"endpoint", "exported_at", "requests"} <= outer.keys()

    def read_entry(self, entry: dict[str, Any], raw: bytes) -> Posted | None:
        """The row of one request."""
        text = entry["body"]
        if not isinstance(text, str):
            return None
        body = body_text_octets(text)
        decoded = None if is_body(body) else decoded_base64(text)
        facts = Facts(instant_of(entry.get("received_at")))
        return from_request(decoded or body, facts, headers=entry.get("headers"), raw=raw)
