"""Requests as webhook.site's interface gives them."""

from __future__ import annotations

from typing import Any, Final

from corena_recon.archive.forms.recorders.recorded import RecordedRequests
from corena_recon.archive.json_stream.json_elements import Layout
from corena_recon.archive.records.envelopes import from_request
from corena_recon.archive.records.instants import instant_of
from corena_recon.archive.records.posting import Facts, Posted, body_text_octets

_NAMES: Final = frozenset({"token_id", "uuid"})


class WebhookSite(RecordedRequests):
    """The form ``webhook.site``: the body in ``content``; where that is empty, its fields in ``request``."""

    name = "webhook.site"
    layout = Layout(("data",), None, frozenset({"uuid", "token_id", "content"}))

    def is_entry(self, entry: dict[str, Any]) -> bool:
        """A request's own id or its token's, beside its content; Telescope's entries have ids, too, and a batch."""
        return "content" in entry and not _NAMES.isdisjoint(entry) and "batch_id" not in entry

    def is_wrapper(self, outer: dict[str, Any]) -> bool:
        """An empty page."""
        return {"data", "total", "per_page"} <= outer.keys()

    def read_entry(self, entry: dict[str, Any], raw: bytes) -> Posted | None:
        """The row of one request; requests that are e-mails or DNS look-ups are other traffic."""
        facts = Facts(instant_of(entry.get("created_at")))
        headers = entry.get("headers")
        content = entry["content"]
        if isinstance(content, str) and content:
            return from_request(body_text_octets(content), facts, headers=headers, raw=raw)
        fields = entry.get("request")
        return from_request(fields if isinstance(fields, dict) else None, facts, headers=headers, raw=raw)
