"""What one click led to: an attempt, the notifications that arrived for it, and all of them as a frame."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import urlsplit

import pyarrow as pa

from corena_recon.schemas import CODES, INSTANT
from corena_recon.tables.frames import frame_of
from corena_recon.vocabulary import Mode, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    import pandas as pd

ATTEMPT_SCHEMA: Final = pa.schema(
    [
        ("attempt", pa.int64()),
        ("started_at", INSTANT),
        ("mode", pa.string()),
        ("identifier", pa.string()),
        ("amount", pa.string()),
        ("currency", pa.string()),
        ("state", pa.string()),
        ("redirect_url", pa.string()),
        ("notifications", pa.int64()),
        ("verdict", pa.string()),
        ("outcome", pa.string()),
        ("reasons", CODES),
    ]
)
"""The columns of ``PaymentForm.attempts``; ``amount`` is the text exactly as posted."""

_BEST_FIRST = (
    Verdict.ACCEPTED,
    Verdict.SUSPECT,
    Verdict.OTHER_MODE,
    Verdict.NO_PAYMENT,
    Verdict.DUPLICATE,
    Verdict.FORGED,
    Verdict.UNREADABLE,
)


class AttemptState(StrEnum):
    """How far the initiation of an attempt has come."""

    SENDING = "sending"
    INITIATED = "initiated"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    BROKEN = "broken"
    UNKNOWN = "unknown"

    @property
    def frees_identifier(self) -> bool:
        """Whether the gateway certainly has no payment of that identifier."""
        return self in {AttemptState.REFUSED, AttemptState.UNREACHABLE}


class Seen(NamedTuple):
    """One notification that arrived for an attempt; fields are as posted, strangers' text.

    Attributes:
        source: Where it was found.
        record: Its number there.
        received_at: When it arrived, where the source says so.
        status: Its status.
        identifier: Its identifier.
        amount_text: Its amount.
        currency: Its currency.
        payment_trx: Its transaction id.
        signature: Its signature.
        verdict: What it is; None without a key to check it with.
        findings: Why, as sorted codes.
    """

    source: str
    record: int
    received_at: datetime | None
    status: str | None
    identifier: str | None
    amount_text: str | None
    currency: str | None
    payment_trx: str | None
    signature: str | None
    verdict: Verdict | None = None
    findings: tuple[str, ...] = ()

    @property
    def place(self) -> tuple[str, int]:
        """What tells notifications apart."""
        return self.source, self.record


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One request to the gateway and what followed.

    Attributes:
        number: Counts from 1.
        started_at: When it was begun.
        mode: ``live`` or ``test``.
        identifier: As posted.
        amount: The exact text posted.
        currency: As posted.
        state: How far the initiation has come.
        redirect_url: The checkout page, once initiated.
        messages: The gateway's words.
        known_places: Records of that identifier that were there before; they are not this attempt's.
        notifications: Those that arrived since.
        outcome: One of the contract's outcomes, once a notification was checked.
        paid: What accepted notifications prove, as text for people.
        reasons: Codes that go with the outcome.
    """

    number: int
    started_at: datetime
    mode: Mode
    identifier: str
    amount: str
    currency: str
    state: AttemptState = AttemptState.SENDING
    redirect_url: str | None = None
    messages: tuple[str, ...] = ()
    known_places: frozenset[tuple[str, int]] = frozenset()
    notifications: tuple[Seen, ...] = ()
    outcome: str | None = None
    paid: str | None = None
    reasons: tuple[str, ...] = ()

    @property
    def verdict(self) -> Verdict | None:
        """The best that its notifications prove; None before one was checked."""
        verdicts = {seen.verdict for seen in self.notifications}
        return next((verdict for verdict in _BEST_FIRST if verdict in verdicts), None)

    @property
    def checkout_host(self) -> str | None:
        """The checkout page's host and port."""
        return None if self.redirect_url is None else urlsplit(self.redirect_url).netloc


def attempts_frame(attempts: Iterable[Attempt]) -> pd.DataFrame:
    """The attempts with the columns of ``ATTEMPT_SCHEMA``, in order."""
    rows = [
        {
            "attempt": attempt.number,
            "started_at": attempt.started_at,
            "mode": attempt.mode.value,
            "identifier": attempt.identifier,
            "amount": attempt.amount,
            "currency": attempt.currency,
            "state": attempt.state.value,
            "redirect_url": attempt.redirect_url,
            "notifications": len(attempt.notifications),
            "verdict": attempt.verdict and attempt.verdict.value,
            "outcome": attempt.outcome,
            "reasons": list(attempt.reasons),
        }
        for attempt in attempts
    ]
    return frame_of(pa.Table.from_pylist(rows, schema=ATTEMPT_SCHEMA))
