"""The request list of ngrok's agent (``GET /api/requests/http``)."""

from __future__ import annotations

import re
from typing import Any, Final

from corena_recon.archive.forms.recorders.recorded import RecordedRequests
from corena_recon.archive.json_stream.json_elements import Layout
from corena_recon.archive.records.envelopes import from_request, salvaged_base64
from corena_recon.archive.records.http_request import message_of
from corena_recon.archive.records.instants import instant_of
from corena_recon.archive.records.posting import Facts, Posted, body_text_octets

_BASE64: Final = re.compile(r"[A-Za-z0-9+/\s]+=*\s*")
_NAMES: Final = frozenset({"tunnel_name", "remote_addr", "start", "duration", "uri"})


class Ngrok(RecordedRequests):
    """The form ``ngrok``: ``request.raw`` is base64 of a whole HTTP message or of a body, or either as plain text."""

    name = "ngrok"
    layout = Layout(("requests",), None, frozenset({"tunnel_name", "request", "start"}))

    def is_entry(self, entry: dict[str, Any]) -> bool:
        """A request with its raw bytes, beside facts about the tunnel."""
        request = entry.get("request")
        return isinstance(request, dict) and "raw" in request and not _NAMES.isdisjoint(entry)

    def is_wrapper(self, outer: dict[str, Any]) -> bool:
        """The agent's own address."""
        return str(outer.get("uri", "")).startswith("/api/requests")

    def read_entry(self, entry: dict[str, Any], raw: bytes) -> Posted | None:
        """The row of one request."""
        request = entry["request"]
        facts = Facts(instant_of(entry.get("start")))
        text = request["raw"]
        if not isinstance(text, str):
            return None
        is_base64 = _BASE64.fullmatch(text) is not None
        octets, is_cut = salvaged_base64(text) if is_base64 else (body_text_octets(text), False)
        message = message_of(octets)
        if message is not None:
            is_cut |= message.is_cut
            return from_request(message.body, facts, headers=message.headers, is_cut=is_cut, raw=raw)
        return from_request(octets, facts, headers=request.get("headers"), is_cut=is_cut, raw=raw)
