"""HTTP archives (HAR 1.2) as browsers and proxies save them."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote_plus

from corena_recon.archive.forms.recorders.recorded import RecordedRequests
from corena_recon.archive.json_stream.json_elements import Layout
from corena_recon.archive.records.envelopes import from_request, salvaged_base64
from corena_recon.archive.records.instants import instant_of
from corena_recon.archive.records.posting import Facts, Posted, body_text_octets
from corena_recon.vocabulary import Fidelity


class Har(RecordedRequests):
    """The form ``har``: the body in ``postData.text``, or its decoded pairs in ``postData.params``."""

    name = "har"
    layout = Layout(("entries",), "log", frozenset({"startedDateTime", "request"}))

    def is_entry(self, entry: dict[str, Any]) -> bool:
        """``startedDateTime`` beside a request."""
        return "startedDateTime" in entry and isinstance(entry.get("request"), dict)

    def is_wrapper(self, outer: dict[str, Any]) -> bool:
        """A ``log`` of a version or creator."""
        log = outer.get("log")
        return isinstance(log, dict) and not {"version", "creator"}.isdisjoint(log)

    def read_entry(self, entry: dict[str, Any], raw: bytes) -> Posted | None:
        """The row of one exchange."""
        request = entry["request"]
        posted = request.get("postData")
        if not isinstance(posted, dict):
            return None
        facts = Facts(instant_of(entry["startedDateTime"]))
        mime_type = posted.get("mimeType")
        content_type = mime_type if isinstance(mime_type, str) and mime_type else None
        headers = request.get("headers")
        text = posted.get("text")
        if isinstance(text, str) and text:
            is_base64 = posted.get("encoding") == "base64"
            body, is_cut = salvaged_base64(text) if is_base64 else (body_text_octets(text), False)
            return from_request(body, facts, headers=headers, content_type=content_type, is_cut=is_cut, raw=raw)
        row = from_request(_joined(posted.get("params")), facts, raw=raw)
        return row if row is None or row.unreadable else row._replace(fidelity=Fidelity.TEXT.value)


def _joined(params: Any) -> bytes:  # noqa: ANN401
    """The pairs as a body; some recorders leave them percent-encoded."""
    pairs = [
        (pair["name"], pair.get("value") or "")
        for pair in (params if isinstance(params, list) else [])
        if isinstance(pair, dict) and isinstance(pair.get("name"), str) and isinstance(pair.get("value"), str | None)
    ]
    are_encoded = any("%5B" in name.upper() for name, _ in pairs)
    if are_encoded:
        return b"&".join(body_text_octets(f"{name}={value}") for name, value in pairs)
    return b"&".join(b"%b=%b" % (_quoted(name), _quoted(value)) for name, value in pairs)


def _quoted(text: str) -> bytes:
    return quote_plus(body_text_octets(text)).encode()
