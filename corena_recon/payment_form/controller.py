"""The form's state machine. It knows no widget: methods are events, listeners are told of changes.

    editing ──submit──▶ sending ──▶ initiated ──start_over──▶ editing (fresh identifier)
                          └──▶ failed ──start_over──▶ editing (same identifier where nothing exists at the gateway)

One ``submit`` leads to one request: a second one, from a double click or a program, finds the state changed and does
nothing. The request is sent, and the archive watched, in threads of their own; listeners are called there.
"""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from corena_recon.errors import (
    CorenaReconError,
    GatewayBroken,
    GatewayRefused,
    GatewayUnreachable,
    OptionError,
    OutcomeUnknown,
)
from corena_recon.gateway.parameters import amount_text
from corena_recon.payment_form.attempts import Attempt, AttemptState
from corena_recon.payment_form.evidence import judged, read_pasted
from corena_recon.payment_form.situation import FormState, GatewayChoice, Situation
from corena_recon.payment_form.watching import ArchiveWatch
from corena_recon.payment_form.words import words
from corena_recon.signing import Key, KeyRing

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Mapping

    import pandas as pd

    from corena_recon.gateway.client import PaymentClient
    from corena_recon.sandbox import Sandbox

TYPED_KEY_ID: Final = "typed"
"""The id of the key that was typed into the form."""

_CLOSING_WAIT_S: Final = 5.0
_FAILURES: Final = {
    GatewayRefused: AttemptState.REFUSED,
    GatewayUnreachable: AttemptState.UNREACHABLE,
    GatewayBroken: AttemptState.BROKEN,
    OutcomeUnknown: AttemptState.UNKNOWN,
    OptionError: AttemptState.UNREACHABLE,
}


class PaymentController:
    """Initiates payments one by one and collects what arrives for them.

    Args:
        gateway: Which gateway.
        keys: The secrets to check notifications with.
        archive: The file or folder to watch.
        sandbox: The sandbox behind the gateway, where there is one.
        language: Of what is wrong with fields.
        clock: Gives the current moment, with its zone.

    Raises:
        OptionError: The gateway's mode or address has no meaning.
    """

    def __init__(
        self,
        gateway: GatewayChoice,
        *,
        keys: KeyRing | None = None,
        archive: str | os.PathLike[str] | None = None,
        sandbox: Sandbox | None = None,
        language: str = "en",
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        blank_client = gateway.client("")
        self.mode = blank_client.mode
        self.base_url = blank_client.base_url
        self.sandbox = sandbox
        self._gateway = gateway
        self._keys = keys
        self._language = language
        self._listener: Callable[[], None] = lambda: None
        self._clock = clock
        self._changed = threading.Condition()
        self._judging = threading.Lock()
        self._state = FormState.EDITING
        self._problems: dict[str, str] = {}
        self._attempts: tuple[Attempt, ...] = ()
        self._failure: Exception | None = None
        self._pasted: list[pd.DataFrame] = []
        self._sender: threading.Thread | None = None
        self._watch: ArchiveWatch | None = None
        if archive is not None:
            self.watch(archive)

    def listen(self, listener: Callable[[], None]) -> None:
        """Call this after every change from now on, in whichever thread, with no lock held."""
        self._listener = listener

    @property
    def situation(self) -> Situation:
        """All there is to show now."""
        with self._changed:
            watch = self._watch
            return Situation(
                self._state,
                dict(self._problems),
                self._attempts,
                self._failure,
                tuple(key.id for key in self._keys or ()),
                None if watch is None else str(watch.path),
                None if watch is None else watch.problem,
                0 if watch is None else watch.new_unreadable_count,
            )

    def submit(self, public_key: str, payment: Mapping[str, Any]) -> bool:
        """Send one request, in a thread of its own, when the form is being edited and the payment is sound.

        Args:
            public_key: The merchant's public key.
            payment: As ``PaymentClient.initiate`` takes it.

        Returns:
            Whether a request is on its way.
        """
        with self._changed:
            if self._state is not FormState.EDITING:
                return False
            client = self._gateway.client(public_key)
            self._problems = self._problems_of(client, payment)
            if not self._problems:
                self._begin(client, payment)
            is_begun = not self._problems
        self._tell()
        return is_begun

    def recheck(self, public_key: str, payment: Mapping[str, Any]) -> None:
        """Look again what is wrong, while the person corrects what the last ``submit`` found."""
        with self._changed:
            if self._state is not FormState.EDITING or not self._problems:
                return
            self._problems = self._problems_of(self._gateway.client(public_key), payment)
        self._tell()

    def start_over(self) -> bool:
        """Back to editing; says whether the last identifier may be used again."""
        with self._changed:
            if self._state not in {FormState.INITIATED, FormState.FAILED}:
                return True
            self._state, self._failure = FormState.EDITING, None
            may_reuse = self._attempts[-1].state.frees_identifier
        self._tell()
        return may_reuse

    def use_secret(self, secret: str) -> None:
        """Check notifications with this secret key from now on, beside the keys given before.

        Raises:
            KeyRingError: It is empty, a placeholder, or edged with white space.
        """
        typed = Key(id=TYPED_KEY_ID, secret=secret, mode=self.mode)
        with self._changed:
            given = [key for key in self._keys or () if key.id != TYPED_KEY_ID]
            self._keys = KeyRing([*given, typed])
        self._judge()

    def paste(self, body: str) -> None:
        """Judge a notification that a person brings.

        Raises:
            SourceError: It is of no known form.
            OptionError: It is no notification, or one for an identifier that no attempt has sent; ``code`` and
                ``word_facts`` say which in the form's words.
        """
        if not body.strip():
            raise _paste_error("paste_empty")
        frame = read_pasted(body, len(self._pasted) + 1)
        unreadable = frame["unreadable"].dropna()
        if len(frame) == 0 or len(unreadable):
            reason = unreadable.iloc[0] if len(unreadable) else "no_ipn_fields"
            raise _paste_error("paste_unreadable", reason=str(reason))
        with self._changed:
            identifiers = {attempt.identifier for attempt in self._attempts}
            strangers = [name for name in frame["identifier"] if name not in identifiers]
            if strangers:
                raise _paste_error("paste_other", identifier=strangers[0])
            self._pasted.append(frame)
        self._judge()

    def watch(self, archive: str | os.PathLike[str]) -> None:
        """Watch this file or folder from now on, instead of any other."""
        watch = ArchiveWatch(archive, self._judge)
        with self._changed:
            if self._state is FormState.CLOSED:
                return
            before, self._watch = self._watch, watch
            watch.start()
        if before is not None:
            before.stop()
        self._judge()

    def forge(self) -> None:
        """Let the sandbox post what somebody without the secret could post for the current payment.

        Raises:
            OptionError: There is no sandbox, or no initiated payment.
        """
        current = self.situation.current
        if self.sandbox is None or current is None or current.redirect_url is None:
            raise OptionError("there is no payment to forge a notification for", hint="initiate one in a sandbox")
        self.sandbox.forge(current.redirect_url)

    def wait_until(self, is_so: Callable[[Situation], bool], timeout_s: float) -> bool:
        """Wait for something to be so; says whether it came about in time, in seconds."""
        with self._changed:
            return self._changed.wait_for(lambda: is_so(self.situation), timeout_s)

    def close(self) -> None:
        """End every thread and forget the keys; a request that is on its way is waited for a short while."""
        with self._changed:
            if self._state is FormState.CLOSED:
                return
            self._state, self._keys = FormState.CLOSED, None
            watch, sender = self._watch, self._sender
        if watch is not None:
            watch.stop()
        if sender is not None and sender is not threading.current_thread():
            sender.join(_CLOSING_WAIT_S)
        self._tell()

    def _problems_of(self, client: PaymentClient, payment: Mapping[str, Any]) -> dict[str, str]:
        problems = client.problems_of(payment, language=self._language)
        sent = {attempt.identifier for attempt in self._attempts if not attempt.state.frees_identifier}
        if payment["identifier"] in sent:
            problems.setdefault("identifier", words("identifier_used", self._language))
        return problems

    def _begin(self, client: PaymentClient, payment: Mapping[str, Any]) -> None:
        attempt = Attempt(
            number=len(self._attempts) + 1,
            started_at=self._clock(),
            mode=self.mode,
            identifier=payment["identifier"],
            amount=amount_text(payment["amount"]),
            currency=payment["currency"],
        )
        self._attempts = (*self._attempts, attempt)
        self._state, self._failure = FormState.SENDING, None
        self._sender = threading.Thread(
            target=self._send, args=(client, attempt.number, payment), name="corena_recon payment", daemon=True
        )
        self._sender.start()

    def _send(self, client: PaymentClient, number: int, payment: Mapping[str, Any]) -> None:
        try:
            self._change_attempt(number, known_places=self._places_of(payment["identifier"]))
            initiated = client.initiate(**payment)
        except Exception as error:  # noqa: BLE001 - whatever it is, the person who clicked must see it
            state = next((state for kind, state in _FAILURES.items() if isinstance(error, kind)), AttemptState.UNKNOWN)
            self._change_attempt(number, state=state)
            self._settle(FormState.FAILED, error)
        else:
            self._change_attempt(
                number,
                state=AttemptState.INITIATED,
                redirect_url=initiated.redirect_url,
                messages=initiated.messages,
            )
            self._settle(FormState.INITIATED, None)

    def _places_of(self, identifier: str) -> frozenset[tuple[str, int]]:
        """Records of the identifier that are there before anything is sent."""
        watch = self._watch
        if watch is not None:
            watch.refresh()
        frames = [*self._pasted, *([] if watch is None or watch.notifications is None else [watch.notifications])]
        return frozenset(
            (source, int(record))
            for frame in frames
            for source, record in zip(
                *(
                    frame.loc[(frame["identifier"] == identifier).fillna(value=False), name]
                    for name in ("source", "record")
                ),
                strict=True,
            )
        )

    def _change_attempt(self, number: int, **changes: Any) -> None:  # noqa: ANN401
        with self._changed:
            changed = replace(self._attempts[number - 1], **changes)
            self._attempts = (*self._attempts[: number - 1], changed, *self._attempts[number:])

    def _settle(self, state: FormState, failure: Exception | None) -> None:
        with self._changed:
            if self._state is FormState.SENDING:
                self._state = state
            self._failure = failure
        self._tell()
        self._judge()

    def _judge(self) -> None:
        """Judge everything found so far and tell; one at a time, each with the newest of everything."""
        try:
            with self._judging:
                if self._state is not FormState.CLOSED:
                    self._judge_once()
        except CorenaReconError as error:
            with self._changed:
                self._failure = error
        self._tell()

    def _judge_once(self) -> None:
        with self._changed:
            attempts, keys, watch, pasted = self._attempts, self._keys, self._watch, list(self._pasted)
        archived = [] if watch is None or watch.notifications is None else [watch.notifications]
        judgements = judged(attempts, [*archived, *pasted], keys, self.mode)
        for attempt in judgements:
            self._change_attempt(
                attempt.number,
                notifications=attempt.notifications,
                outcome=attempt.outcome,
                paid=attempt.paid,
                reasons=attempt.reasons,
            )

    def _tell(self) -> None:
        with self._changed:
            self._changed.notify_all()
        self._listener()


def _paste_error(code: str, **word_facts: str) -> OptionError:
    return OptionError(words(code, "en", **word_facts), code=code, word_facts=word_facts)
