"""Events of AWS API Gateway, Lambda function addresses, load balancers and Netlify functions."""

from __future__ import annotations

from typing import Any, Final

from corena_recon.archive.forms.recorders.recorded import RecordedRequests
from corena_recon.archive.json_stream.json_elements import Layout
from corena_recon.archive.records.envelopes import facts_of, from_request, salvaged_base64
from corena_recon.archive.records.instants import instant_of
from corena_recon.archive.records.posting import Facts, Posted, body_text_octets

_NAMES: Final = frozenset({"httpMethod", "requestContext", "rawPath", "rawUrl", "multiValueHeaders", "routeKey"})
_MOMENTS: Final = ("requestTimeEpoch", "timeEpoch", "requestTime", "time")


class LambdaEvents(RecordedRequests):
    """The form ``lambda``: ``body`` as text, or in base64 where ``isBase64Encoded`` says so."""

    name = "lambda"
    layout = Layout()

    def is_entry(self, entry: dict[str, Any]) -> bool:
        """A body beside what only such an event has."""
        return "body" in entry and not _NAMES.isdisjoint(entry)

    def read_entry(self, entry: dict[str, Any], raw: bytes) -> Posted | None:
        """The row of one event."""
        text = entry["body"]
        facts = _facts(entry)
        headers = entry.get("headers") or entry.get("multiValueHeaders")
        if not isinstance(text, str):
            return from_request(text if isinstance(text, dict) else None, facts, headers=headers, raw=raw)
        is_base64 = entry.get("isBase64Encoded") in (True, "true")
        body, is_cut = salvaged_base64(text) if is_base64 else (body_text_octets(text), False)
        return from_request(body, facts, headers=headers, is_cut=is_cut, raw=raw)


def _facts(entry: dict[str, Any]) -> Facts:
    context = entry.get("requestContext")
    moments = [instant_of(context.get(name)) for name in _MOMENTS] if isinstance(context, dict) else []
    received_at = next((moment for moment in moments if moment is not None), None)
    return Facts(received_at).or_else(facts_of(entry))
