"""The form's state machine, without a widget or a browser."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest

from corena_recon import sandbox
from corena_recon.errors import (
    GatewayRefused,
    GatewayUnreachable,
    KeyRingError,
    OptionError,
    OutcomeUnknown,
    SourceError,
)
from corena_recon.payment_form.attempts import ATTEMPT_SCHEMA, AttemptState, attempts_frame
from corena_recon.payment_form.controller import PaymentController
from corena_recon.payment_form.situation import FormState, GatewayChoice, Situation
from corena_recon.payment_form.view.fields import payment_of
from corena_recon.receiver import Receiver
from corena_recon.signing.keys import Key, KeyRing
from tests.fault_server import FaultServer, answering, reset
from tests.waiting import WAIT_S

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from corena_recon.sandbox import Sandbox


@pytest.fixture
def gateway() -> Iterator[Sandbox]:
    with sandbox.start(seed=6) as running:
        yield running


@pytest.fixture
def form(gateway: Sandbox, tmp_path: Path) -> Iterator[Form]:
    with Receiver(tmp_path, endpoint="test") as receiver:
        opened = Form(gateway, f"{receiver.url}/ipn", archive=tmp_path, keys=gateway.merchant.key_ring())
        yield opened
        opened.controller.close()
    own = {"corena_recon archive watch", "corena_recon payment"}
    assert own.isdisjoint(thread.name for thread in threading.enumerate())


class Form:
    """A controller with what a person would do to it."""

    def __init__(self, gateway: Sandbox, ipn_url: str = "http://127.0.0.1:9/ipn", **settings: Any) -> None:
        self.gateway = gateway
        self.ipn_url = ipn_url
        self.controller = PaymentController(GatewayChoice(base_url=gateway.url), sandbox=gateway, **settings)

    def submit(self, identifier: str = "A-1", **texts: str) -> bool:
        payment = payment_of(
            {
                "identifier": identifier,
                "amount": "11.00",
                "currency": "USD",
                "details": "shoes",
                "ipn_url": self.ipn_url,
                "success_url": "http://127.0.0.1/ok",
                "cancel_url": "http://127.0.0.1/no",
                "site_name": "shop",
                "customer.first_name": "Amina",
                "customer.last_name": "Test",
                "customer.email": "amina@example.com",
                "customer.mobile": "+243 900 000",
                **texts,
            }
        )
        return self.controller.submit(self.gateway.merchant.test_public_key, payment)

    def wait(self, is_so: Callable[[Situation], bool]) -> Situation:
        assert self.controller.wait_until(is_so, WAIT_S), self.controller.situation
        return self.controller.situation

    def initiate(self, identifier: str = "A-1", **texts: str) -> str:
        assert self.submit(identifier, **texts)
        current = self.wait(lambda situation: situation.state is not FormState.SENDING).current
        assert current is not None
        return current.redirect_url or ""

    def verdicts(self) -> list[str | None]:
        current = self.controller.situation.current
        assert current is not None
        return [seen.verdict and seen.verdict.value for seen in current.notifications]

    def wait_for(self, *verdicts: str | None) -> Situation:
        return self.wait(lambda _situation: self.verdicts() == list(verdicts))


def body_of(gateway: Sandbox, number: int = -1) -> str:
    return gateway.deliveries[number].body.decode()


def test_a_payment_goes_from_editing_to_an_accepted_notification(form: Form) -> None:
    assert form.controller.situation.state is FormState.EDITING
    url = form.initiate()
    assert url.startswith(form.gateway.url)
    form.gateway.pay(url)
    attempt = form.wait_for("accepted").current
    assert attempt is not None
    assert (attempt.outcome, attempt.reasons, attempt.amount) == ("matched", ("state_unknown",), "11.00")
    row = attempts_frame(form.controller.situation.attempts).to_dict("records")[0]
    assert list(row) == ATTEMPT_SCHEMA.names
    assert (row["verdict"], row["outcome"], row["state"], row["notifications"]) == (
        "accepted",
        "matched",
        "initiated",
        1,
    )


@pytest.mark.parametrize(
    ("mischief", "verdicts", "outcome"),
    [
        ("none", ["accepted"], "matched"),
        ("duplicate", ["accepted", "duplicate"], "matched"),
        ("replay", ["accepted", "suspect"], "duplicate_payment"),
        ("forge", ["forged", "accepted"], "matched"),
        ("tamper", ["forged"], "no_trusted_payment"),
        ("test_key", ["suspect"], "no_trusted_payment"),
    ],
)
def test_each_mischief_shows(form: Form, mischief: str, verdicts: list[str], outcome: str) -> None:
    form.gateway.pay(form.initiate(), mischief=mischief)
    attempt = form.wait_for(*verdicts).current
    assert attempt is not None
    assert attempt.outcome == outcome


def test_a_smaller_payment_than_asked_is_not_a_match(form: Form, gateway: Sandbox) -> None:
    """The signature of a cheap payment verifies; only comparing it with what was asked tells."""
    form.initiate(amount="11.00")
    cheap = Form(gateway, form.ipn_url)
    gateway.pay(cheap.initiate(amount="1.00"))
    cheap.controller.close()
    attempt = form.wait_for("accepted").current
    assert attempt is not None
    assert (attempt.outcome, attempt.paid) == ("underpaid", "1.00000000 USD")


def test_many_clicks_at_once_send_one_request(form: Form) -> None:
    ready, begun = threading.Barrier(16), []

    def click() -> None:
        ready.wait()
        begun.append(form.submit())

    clicks = [threading.Thread(target=click) for _ in range(16)]
    for thread in clicks:
        thread.start()
    for thread in clicks:
        thread.join()
    form.wait(lambda situation: situation.state is FormState.INITIATED)
    assert sorted(begun) == [False] * 15 + [True]
    assert form.submit("A-2") is False
    assert len(form.gateway.payments) == 1


def test_every_problem_is_told_at_once_and_nothing_is_sent(form: Form) -> None:
    assert form.submit("", amount="1,5", currency="usd") is False
    assert set(form.controller.situation.problems) == {"identifier", "amount", "currency"}
    form.controller.recheck(form.gateway.merchant.test_public_key, payment_of({"identifier": "A", "amount": "1"}))
    assert "amount" not in form.controller.situation.problems
    assert form.gateway.payments == ()
    assert form.controller.situation.attempts == ()


def test_an_identifier_that_was_sent_is_not_sent_again(form: Form) -> None:
    form.initiate("A-1")
    assert form.controller.start_over() is False
    assert form.submit("A-1") is False
    assert form.controller.situation.problems == {"identifier": "was sent by an earlier attempt; take another one"}
    assert form.submit("A-2")


def test_notifications_that_were_there_before_are_not_this_attempts(form: Form, gateway: Sandbox) -> None:
    earlier = Form(gateway, form.ipn_url)
    gateway.pay(earlier.initiate("A-1"))
    earlier.controller.close()
    form.initiate("A-1")
    form.controller.forge()
    attempt = form.wait_for("forged").current
    assert attempt is not None
    assert attempt.outcome == "no_trusted_payment"


def test_a_refusal_leaves_the_identifier_free(form: Form) -> None:
    form.initiate(currency="EUR")
    situation = form.controller.situation
    assert situation.state is FormState.FAILED
    assert isinstance(situation.failure, GatewayRefused)
    assert situation.attempts[0].state is AttemptState.REFUSED
    assert form.submit() is False
    assert form.controller.start_over() is True
    assert form.initiate("A-1", currency="USD")
    assert [attempt.state.value for attempt in form.controller.situation.attempts] == ["refused", "initiated"]


def cut_off(connection: socket.socket, server: FaultServer) -> None:
    server.read_request(connection)
    reset(connection)


@pytest.mark.parametrize(
    ("behaviour", "failure", "state", "may_reuse"),
    [
        (answering(b'{"status": "error", "message": ["no"]}'), GatewayRefused, "refused", True),
        (answering(b"<html>"), Exception, "broken", False),
        (cut_off, OutcomeUnknown, "unknown", False),
        (None, GatewayUnreachable, "unreachable", True),
    ],
    ids=["refused", "broken", "unknown", "unreachable"],
)
def test_a_failure_says_whether_trying_again_is_safe(
    gateway: Sandbox, behaviour: Any, failure: type[Exception], state: str, may_reuse: bool
) -> None:
    form = Form(gateway)
    with FaultServer(behaviour or cut_off) as server:
        form.controller = PaymentController(GatewayChoice(base_url=server.url))
        if behaviour is not None:
            form.initiate()
    if behaviour is None:
        form.initiate()
    situation = form.controller.situation
    assert isinstance(situation.failure, failure)
    assert situation.attempts[0].state == state
    assert form.controller.start_over() is may_reuse
    form.controller.close()


def test_without_a_key_a_notification_waits_for_one(gateway: Sandbox, tmp_path: Path) -> None:
    with Receiver(tmp_path, endpoint="test") as receiver:
        form = Form(gateway, f"{receiver.url}/ipn", archive=tmp_path)
        gateway.pay(form.initiate())
        form.wait_for(None)
        with pytest.raises(KeyRingError):
            form.controller.use_secret(" edged ")
        form.controller.use_secret("wrong")
        form.wait_for("forged")
        form.controller.use_secret(gateway.merchant.keys.secret_text("test"))
        situation = form.wait_for("accepted")
        assert situation.key_ids == ("typed",)
        form.controller.close()
    assert form.controller.situation.key_ids == ()


def test_a_pasted_notification_is_judged_with_the_others(gateway: Sandbox) -> None:
    form = Form(gateway, keys=KeyRing([Key(id="k", secret=gateway.merchant.keys.secret_text("test"), mode="test")]))
    gateway.pay(form.initiate())
    form.controller.paste(body_of(gateway) + "\r\n")
    form.wait_for("accepted")
    form.controller.paste(body_of(gateway))
    form.wait_for("accepted", "duplicate")
    form.controller.paste(body_of(gateway).replace("11.0", "12.0"))
    form.wait_for("accepted", "duplicate", "forged")
    form.controller.close()


@pytest.mark.parametrize(
    ("body", "error", "code"),
    [
        (" \n", OptionError, "paste_empty"),
        ("status=success&signature=x", OptionError, "paste_unreadable"),
        ("status=success&identifier=B&data[amount]=1", OptionError, "paste_other"),
        ("hello", SourceError, None),
        ("\ud800", (OptionError, SourceError), None),
    ],
)
def test_what_is_no_notification_of_this_form_is_refused(
    form: Form, body: str, error: type[Exception], code: str | None
) -> None:
    form.initiate()
    with pytest.raises(error) as refused:
        form.controller.paste(body)
    if code is not None:
        assert refused.value.code == code  # type: ignore[attr-defined]
    assert form.verdicts() == []


def test_an_archive_that_appears_later_and_is_not_readable_at_first(gateway: Sandbox, tmp_path: Path) -> None:
    archive = tmp_path / "ipns.form"
    form = Form(gateway, archive=archive, keys=gateway.merchant.key_ring())
    gateway.pay(form.initiate())
    archive.write_bytes(b"\x00\x01 nothing known")
    form.wait(lambda situation: situation.archive_problem is not None)
    archive.write_text(body_of(gateway) + "\n")
    situation = form.wait_for("accepted")
    assert situation.archive_problem is None
    archive.write_text(body_of(gateway) + "\nstatus=success\n")
    form.wait(lambda situation: situation.unreadable == 1)
    form.controller.close()


def test_watching_another_archive_stops_watching_the_first(form: Form, tmp_path: Path) -> None:
    form.controller.watch(tmp_path / "other")
    watches = [thread.name for thread in threading.enumerate()].count("corena_recon archive watch")
    assert watches == 1
    assert form.controller.situation.archive == str(tmp_path / "other")


def test_a_closed_form_does_nothing(form: Form, tmp_path: Path) -> None:
    form.controller.close()
    form.controller.close()
    assert form.submit() is False
    form.controller.watch(tmp_path)
    with pytest.raises(OptionError):
        form.controller.forge()
    assert form.controller.situation.state is FormState.CLOSED


def test_a_mode_without_meaning_is_refused() -> None:
    for choice in (GatewayChoice(mode="live"), GatewayChoice(mode="x"), GatewayChoice(base_url="http://example.com")):
        with pytest.raises(OptionError):
            PaymentController(choice)
