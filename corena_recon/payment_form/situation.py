"""Where a form is and what it shows, as values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from corena_recon.gateway.client import GATEWAY_URL, PaymentClient
from corena_recon.vocabulary import PUBLIC_KEY_MAX_CHARACTERS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from corena_recon.payment_form.attempts import Attempt


class FormState(StrEnum):
    """Where the form is."""

    EDITING = "editing"
    SENDING = "sending"
    INITIATED = "initiated"
    FAILED = "failed"
    CLOSED = "closed"


class GatewayChoice(NamedTuple):
    """Which gateway the form talks to.

    Attributes:
        mode: ``test`` or ``live``.
        allow_live: Must be True for ``live``.
        base_url: The gateway's address.
        public_key_max_characters: The longest public key it gives.
    """

    mode: str = "test"
    allow_live: bool = False
    base_url: str = GATEWAY_URL
    public_key_max_characters: int = PUBLIC_KEY_MAX_CHARACTERS

    def client(self, public_key: str) -> PaymentClient:
        """A client of that gateway.

        Raises:
            OptionError: An option has no meaning.
        """
        return PaymentClient(public_key, **self._asdict())


@dataclass(frozen=True, slots=True)
class Situation:
    """All there is to show, at one moment.

    Attributes:
        state: Where the form is.
        problems: What is wrong with the fields, by name, since the last ``submit``.
        attempts: Every attempt so far; the last one is the current one.
        failure: Why the last attempt failed.
        key_ids: The keys that check notifications.
        archive: What is watched.
        archive_problem: Why it cannot be read at present.
        unreadable: How many new records of it are no readable notifications.
    """

    state: FormState
    problems: Mapping[str, str]
    attempts: tuple[Attempt, ...]
    failure: Exception | None
    key_ids: tuple[str, ...]
    archive: str | None
    archive_problem: str | None
    unreadable: int

    @property
    def current(self) -> Attempt | None:
        """The attempt that the form shows; None while a new one is edited."""
        is_shown = self.state is not FormState.EDITING and self.attempts
        return self.attempts[-1] if is_shown else None
