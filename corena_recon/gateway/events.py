"""What happens at a sandbox or a receiver, for whoever watches: a code, its facts, and the sentence that says it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from corena_recon.languages import Words


class Event(NamedTuple):
    """One thing that happened.

    Attributes:
        code: One of ``EVENT_SENTENCES``.
        facts: What its sentence says, as JSON can hold it; texts of strangers as they are.
    """

    code: str
    facts: Mapping[str, Any]


Observer = Callable[[Event], None]
"""Is told each event, from the thread in which it happens."""

EVENT_SENTENCES: Final = Words(
    "events",
    {
        "initiated": "{identifier}, {amount} {currency}, {mode}, for {merchant}; the payer goes to {checkout_url}",
        "refused": "an initiation: {messages}",
        "paid": "{identifier}, {amount} {currency}; what happens to the notification: {mischief}",
        "cancelled": "{identifier}, {amount} {currency}; no notification is sent",
        "delivered": "{identifier} to {url}, answered with {status} in {milliseconds} ms",
        "undelivered": "{identifier} to {url}: {problem}",
        "stored": "number {seq}, {bytes} byte{bytes:|s} to {path}: {status} {identifier} {amount}",
        "not_stored": "{bytes} byte{bytes:|s} to {path}, answered with 503: {problem}",
        "forwarded": "number {seq} to {url}, answered with {status} in {milliseconds} ms",
        "not_forwarded": "number {seq} to {url}: {problem}",
    },
)
"""What each event says."""
EVENT_NAMES: Final = Words("event_names", {code: code.replace("_", " ") for code in EVENT_SENTENCES.english})
"""What each event is called."""
FAILED_EVENTS: Final = frozenset({"refused", "undelivered", "not_stored", "not_forwarded"})
"""Those in which something did not happen."""


def nobody(_event: Event) -> None:
    """Watches nothing."""
