"""The widget over the controller, its words and its markup, without a browser."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from html.parser import HTMLParser
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import ipywidgets
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ipywidgets.widgets.widget import _instances

import corena_recon as cr
from corena_recon import sandbox
from corena_recon.errors import GatewayBroken, GatewayRefused, OptionError, OutcomeUnknown
from corena_recon.gateway.parameters import PARAMETERS
from corena_recon.payment_form import keeping, rerunning
from corena_recon.payment_form.attempts import Attempt, AttemptState, Seen
from corena_recon.payment_form.view import markup
from corena_recon.payment_form.view.fields import FIELDS, flattened, payment_of
from corena_recon.payment_form.view.view import failure_text
from corena_recon.payment_form.widget import PaymentForm
from corena_recon.payment_form.words import OUTCOME_WORDS, STATE_WORDS, words
from corena_recon.receiver import Receiver
from corena_recon.vocabulary import FINDINGS, OUTCOMES, Mode, Verdict
from tests.waiting import WAIT_S

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from corena_recon.sandbox import Sandbox

CANARY = "canary-secret-41f7"


@pytest.fixture
def form() -> Iterator[PaymentForm]:
    before = set(threading.enumerate())
    opened = PaymentForm()
    yield opened
    opened.close()
    leaked = [thread for thread in set(threading.enumerate()) - before if thread.is_alive()]
    assert leaked == []


def shown(form: PaymentForm) -> str:
    """All that the form shows at the moment."""
    return "\n".join(str(widget.value) for widget in everything(form) if isinstance(widget, ipywidgets.HTML))


def everything(widget: ipywidgets.Widget) -> list[ipywidgets.Widget]:
    return [widget, *(found for child in getattr(widget, "children", ()) for found in everything(child))]


def sandbox_of(form: PaymentForm) -> Sandbox:
    assert form.sandbox is not None
    return form.sandbox


def button(form: PaymentForm, label: str) -> ipywidgets.Button:
    return next(w for w in everything(form) if isinstance(w, ipywidgets.Button) and w.description == label)


def wait_for_shown(form: PaymentForm, text: str) -> None:
    is_shown = form._live_controller.wait_until(lambda _situation: text in shown(form), WAIT_S)
    assert is_shown, shown(form)


# What it is


def test_the_package_loads_no_notebook_before_the_form_is_used() -> None:
    code = (
        "import sys, corena_recon, corena_recon.payment_form, corena_recon.command_line.main\n"
        "print([name for name in ('ipywidgets', 'IPython', 'segno', 'requests') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
    assert cr.PaymentForm is PaymentForm


def test_every_parameter_of_the_documentation_has_one_field() -> None:
    assert set(FIELDS) == {parameter.name for parameter in PARAMETERS} | {"gateway_methods"}


def test_it_is_a_box_whose_traits_are_typed_and_not_saved(form: PaymentForm) -> None:
    assert isinstance(form, ipywidgets.VBox)
    assert (form.lang, form.state, form.redirect_url, form.verdict, form.problems) == ("en", "editing", None, None, {})
    own = {"lang", "state", "redirect_url", "verdict", "problems"}
    assert own.isdisjoint(form.get_state())
    assert repr(form) == "PaymentForm(state='editing', lang='en')"
    with pytest.raises(Exception, match="read-only"):
        form.state = "sent"


def test_every_control_has_a_visible_label(form: PaymentForm) -> None:
    labelled = (ipywidgets.Text, ipywidgets.Textarea, ipywidgets.Password, ipywidgets.Dropdown, ipywidgets.Button)
    controls = [widget for widget in everything(form) if isinstance(widget, labelled)]
    assert len(controls) > len(FIELDS)
    assert all(widget.description for widget in controls)
    assert not any(isinstance(widget, ipywidgets.FloatText | ipywidgets.Accordion) for widget in everything(form))


def test_every_word_is_in_the_vocabulary() -> None:
    assert set(STATE_WORDS.english) == set(AttemptState)
    assert set(OUTCOME_WORDS.english) <= set(OUTCOMES)


# Fields


def test_a_payment_survives_the_fields() -> None:
    payment = {
        "identifier": "A",
        "amount": Decimal("1000.10"),
        "currency": "USD",
        "gateway_methods": ["visa", "m-pesa"],
        "checkout_theme": "dark",
        "customer": {"first_name": "Amina"},
        "billing_info": {"city": "Goma"},
    }
    texts = flattened(payment)
    assert texts["amount"] == "1000.10"
    again = payment_of({name: texts.get(name, "") for name in FIELDS})
    assert again["gateway_methods"] == ["visa", "m-pesa"]
    assert (again["amount"], again["billing_info"], again["shipping_info"]) == ("1000.10", {"city": "Goma"}, None)
    assert again["customer"] == {"first_name": "Amina", "last_name": "", "email": "", "mobile": ""}
    assert again["site_logo"] is None
    assert "public_key" not in again


@pytest.mark.parametrize("payment", [{"amount": 11.0}, {"amount": True}, {"colour": "red"}, {"details": 5}])
def test_what_no_field_can_hold_exactly_is_refused(payment: dict[str, Any]) -> None:
    with pytest.raises(OptionError):
        flattened(payment)


@pytest.mark.parametrize(
    "options",
    [
        {"mode": "live"},
        {"mode": "x"},
        {"lang": "de"},
        {"base_url": "ftp://x"},
        {"payment": {"amount": 11.0}},
        {"payment": {"checkout_theme": "blue"}},
        {"public_key": "k", "base_url": "http://example.com"},
    ],
)
def test_options_without_meaning_are_refused_and_leave_nothing_running(options: dict[str, Any]) -> None:
    before = set(threading.enumerate())
    with pytest.raises(OptionError):
        PaymentForm(**options)
    assert set(threading.enumerate()) <= before


def test_sandbox_and_base_url_contradict_each_other() -> None:
    with sandbox.start() as gateway, pytest.raises(OptionError):
        PaymentForm(sandbox=gateway, base_url=gateway.url)


@pytest.mark.parametrize(
    ("options", "badge"),
    [
        ({}, "TEST: sandbox on this machine, no real money"),
        ({"public_key": ""}, "TEST: no real money"),
        ({"public_key": "", "lang": "fr"}, "TEST : pas d&#x27;argent réel"),
        ({"public_key": "", "mode": "live", "allow_live": True}, "LIVE: REAL MONEY"),
    ],
)
def test_the_badge_says_whether_money_moves(options: dict[str, Any], badge: str) -> None:
    form = PaymentForm(**options)
    assert badge in shown(form)
    form.close()


# From the click to the verdict


def test_a_payment_is_initiated_paid_and_verified(form: PaymentForm) -> None:
    form.fill(amount="1000.10", customer={"first_name": "Amina"})
    assert "<b>1000.10</b></code> USD" in shown(form)
    states = []
    form.observe(lambda change: states.append(change["new"]), names="state")
    button(form, "Initiate the payment").click()
    url = form.wait_for_link(timeout_s=WAIT_S)
    assert url is not None
    assert form.redirect_url == url
    assert f'href="{url}"' in shown(form)
    assert "data:image/png;base64," in shown(form)
    button(form, "Forge one").click()
    assert form.wait_for_verdict(timeout_s=WAIT_S) == "forged"
    wait_for_shown(form, "Every field of a forged notification can look right.")
    sandbox_of(form).pay(url)
    assert form.wait_for_verdict("accepted", timeout_s=WAIT_S) == "accepted"
    wait_for_shown(form, "✔ paid in full")
    # What is true now stands at the top, and nobody pays twice by the picture of a spent link.
    assert "Result: ✔ paid in full" in form.children[1].value
    assert "data:image/png;base64," not in shown(form)
    for text in ("no real money", "Result: ✔ paid in full", "<td", "1000.10 USD"):
        assert text in form._repr_html_()
    assert urlsplit(url).netloc not in form._repr_html_()
    assert form.verdict == "accepted"
    assert states == ["sending", "initiated"]
    assert form.attempts[["attempt", "amount", "verdict"]].to_numpy().tolist() == [[1, "1000.10", "accepted"]]


def test_a_notebook_keeps_what_is_true_beside_the_widget(form: PaymentForm, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NotImplementedError):
        # A terminal shows what follows instead.
        form._ipython_display_()
    displayed: list[tuple[Any, dict[str, Any]]] = []
    monkeypatch.setattr(keeping, "get_ipython", lambda: SimpleNamespace(kernel=None))
    monkeypatch.setattr(keeping, "display", lambda what, **how: displayed.append((what, how)))
    form._ipython_display_()
    (widget, _), (first, how) = displayed
    assert "application/vnd.jupyter.widget-view+json" in widget
    assert "Nothing is sent yet." in first.data
    form.fill(amount="11.00")
    form.initiate()
    sandbox_of(form).pay(str(form.wait_for_link(timeout_s=WAIT_S)))
    form.wait_for_verdict("accepted", timeout_s=WAIT_S)
    wait_for_shown(form, "✔ paid in full")
    last, updated = displayed[-1]
    assert "Result: ✔ paid in full" in last.data
    assert updated == {**how, "update": True}


def test_a_double_click_sends_one_payment(form: PaymentForm) -> None:
    initiate = button(form, "Initiate the payment")
    initiate.click()
    initiate.click()
    form.wait_for_link(timeout_s=WAIT_S)
    initiate.click()
    assert len(sandbox_of(form).payments) == 1
    first = form.fields["identifier"].value
    button(form, "New payment").click()
    assert form.fields["identifier"].value != first
    initiate.click()
    form.wait_for_link(timeout_s=WAIT_S)
    assert [payment.identifier.decode() for payment in sandbox_of(form).payments] == [
        first,
        form.fields["identifier"].value,
    ]


def test_errors_stand_beside_their_fields_and_in_one_alert(form: PaymentForm) -> None:
    form.fill(amount="1,5", customer={"email": "nobody"})
    button(form, "Initiate the payment").click()
    assert set(form.problems) == {"amount", "customer.email"}
    text = shown(form)
    assert text.count('role="alert"') == 1
    assert "Nothing was sent. To correct: Amount, E-mail." in text
    assert "must be an e-mail address" in text
    tabs = next(widget for widget in everything(form) if isinstance(widget, ipywidgets.Tab))
    assert tabs.titles[:4] == ("! Payment (1)", "Shop", "Addresses", "! Customer (1)")
    form.fill(amount="1.5")
    assert set(form.problems) == {"customer.email"}


def test_exceptions_in_callbacks_are_shown(form: PaymentForm, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> bool:
        raise RuntimeError("<b>broken</b>")

    monkeypatch.setattr(form._live_controller, "start_over", fail)
    button(form, "New payment").click()
    assert "RuntimeError: &lt;b&gt;broken&lt;/b&gt;" in shown(form)


def test_a_refusal_is_shown_in_french() -> None:
    form = PaymentForm(lang="fr", payment={"currency": "EUR"})
    button(form, "Initier le paiement").click()
    assert form.wait_for_link(timeout_s=WAIT_S) is None
    wait_for_shown(form, "La passerelle a refusé le paiement : Currency or gateway method not supported")
    button(form, "Corriger et réessayer").click()
    assert form.state == "editing"
    form.close()


def test_closing_stops_every_thread_and_takes_the_widgets_away() -> None:
    before, widgets = set(threading.enumerate()), set(_instances)
    form = PaymentForm()
    form.initiate()
    form.wait_for_link(timeout_s=WAIT_S)
    form.close()
    form.close()
    assert set(threading.enumerate()) <= before
    assert set(_instances) <= widgets
    assert form.state == "closed"
    assert form.initiate() is False


def test_a_program_ends_though_the_form_is_open() -> None:
    code = (
        "import corena_recon as cr\nform = cr.PaymentForm()\nform.initiate()\nprint(form.wait_for_link() is not None)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=WAIT_S)
    assert done.stdout.strip() == "True"
    assert done.stderr == ""


@pytest.mark.parametrize(
    ("first", "second", "is_replaced"),
    [
        (("cell", "1"), ("cell", "2"), True),
        (("cell", "1"), ("cell", "1"), False),
        (("cell", "1"), ("other", "2"), False),
        ((None, ""), (None, ""), False),
    ],
)
def test_running_a_cell_again_replaces_its_form(
    monkeypatch: pytest.MonkeyPatch, first: tuple[str | None, str], second: tuple[str | None, str], is_replaced: bool
) -> None:
    closed: list[str] = []
    monkeypatch.setattr(rerunning, "_FORMS", {})
    for (cell, execution), name in ((first, "first"), (second, "second")):
        message = cell and {"metadata": {"cellId": cell}, "header": {"msg_id": execution}}
        shell = SimpleNamespace(get_parent=lambda message=message: message)
        monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda shell=shell: shell))
        rerunning.replace_earlier(partial(closed.append, name))
    assert closed == (["first"] if is_replaced else [])


# Secrets


def test_a_secret_leaves_no_trace(tmp_path: Path) -> None:
    with sandbox.start() as gateway, Receiver(tmp_path, endpoint="test") as receiver:
        form = PaymentForm(gateway.merchant.test_public_key, base_url=gateway.url, archive=tmp_path)
        form.fill(ipn_url=receiver.url, success_url=gateway.url, cancel_url=gateway.url, amount="5", details="x")
        form.fill(site_name="x", customer={"first_name": "a", "last_name": "b", "email": "a@b.c", "mobile": "12345"})
        sent: list[str] = []
        form.secret_field.comm.send = lambda **message: sent.append(repr(message))
        form.secret_field.set_state({"value": CANARY})
        form.secret_field.set_state({"value": CANARY + " "})
        assert form.secret_field.value == ""
        assert "begins or ends with white space" in shown(form)
        assert sent
        form.initiate()
        gateway.pay(form.wait_for_link(timeout_s=WAIT_S) or "")
        assert form.wait_for_verdict(timeout_s=WAIT_S) == "forged"
        form.secret_field.value = gateway.merchant.keys.secret_text("test")
        assert form.wait_for_verdict("accepted", timeout_s=WAIT_S) == "accepted"
        traces = [
            *sent,
            repr(form),
            repr(form.secret_field),
            json.dumps(ipywidgets.Widget.get_manager_state(), default=repr),
            form.attempts.to_csv(),
            repr(form._live_controller.situation),
        ]
        form.close()
    for secret in (CANARY, gateway.merchant.keys.secret_text("test")):
        assert all(secret not in trace for trace in traces)


# Strangers' text

HOSTILE = "<script>x</script><img src=x onerror=x>\"'>&\u202e\x00$x$"


class Tags(HTMLParser):
    def __init__(self, markup_text: str) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.feed(markup_text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.add(tag)
        self.found.update(f"{tag} {name}" for name, _ in attrs if name.startswith("on"))


def hostile_attempt(text: str) -> Attempt:
    seen = [
        Seen(text, 1, datetime.now(UTC), text, text, text, text, text, text, verdict, tuple(FINDINGS))
        for verdict in (*Verdict, None)
    ]
    return Attempt(
        number=1,
        started_at=datetime.now(UTC),
        mode=Mode.TEST,
        identifier=text,
        amount=text,
        currency=text,
        state=AttemptState.INITIATED,
        redirect_url="https://example.com/?a=1&b='",
        messages=(text,),
        notifications=tuple(seen),
        outcome="underpaid",
        paid=text,
    )


@given(st.text() | st.just(HOSTILE), st.sampled_from(["en", "fr"]))
def test_no_text_becomes_markup(text: str, language: str) -> None:
    attempt = hostile_attempt(text)
    parts = [
        markup.alert(text),
        markup.status(text),
        markup.headline(text),
        markup.beside(text),
        markup.plain(text),
        markup.exact_amount(text, text, language, is_sendable=True),
        markup.exact_amount(text, text, language, is_sendable=False),
        markup.badge(Mode.TEST, language, is_sandbox=False, host=text),
        markup.notification_list(attempt, language),
        markup.attempts_table([attempt], language),
        markup.forgery(attempt, language),
    ]
    allowed = {"b", "br", "code", "details", "div", "p", "span", "summary", "table", "tbody", "td", "th", "thead", "tr"}
    assert Tags("".join(parts)).found <= allowed


def test_the_link_is_escaped_and_names_its_host() -> None:
    link = markup.checkout_link(hostile_attempt("x"), "en", gateway_host="www.corenapayme.com")
    assert 'href="https://example.com/?a=1&amp;b=&#x27;"' in link
    assert "on example.com" in link
    assert "Careful: this is not the gateway&#x27;s own host (www.corenapayme.com)." in link
    assert 'rel="noopener noreferrer"' in link
    assert Tags(link).found == {"a", "b", "div", "img"}


@pytest.mark.parametrize(
    ("host", "shown_host"),
    [("pay.example.com:8443", "pay.example.com:8443"), ("p\u0430ypal.com", "xn--pypal-4ve.com"), ("a" * 70, "a" * 70)],
)
def test_look_alike_hosts_show(host: str, shown_host: str) -> None:
    assert markup.shown_host(host) == shown_host


def test_an_address_too_long_for_a_code_has_a_link_all_the_same() -> None:
    attempt = replace(hostile_attempt("x"), redirect_url="https://example.com/" + "a" * 5000)
    assert Tags(markup.checkout_link(attempt, "en", gateway_host="example.com")).found == {"a", "div"}


@pytest.mark.parametrize(
    ("failure", "state", "language", "begins"),
    [
        (GatewayRefused("x", messages=("no", "<b>")), None, "en", "The gateway refused the payment: no, <b>"),
        (GatewayRefused("x", messages=()), None, "fr", "La passerelle a refusé le paiement : sans raison donnée"),
        (GatewayBroken("x", status=500, first_bytes=""), AttemptState.BROKEN, "en", "The gateway's answer (HTTP 500)"),
        (OutcomeUnknown("cut off"), AttemptState.UNKNOWN, "fr", "La requête est partie et nul ne sait"),
        (OptionError("bad", hint="good"), None, "en", "It did not work: bad (hint: good)"),
        (ValueError("\x1b[31m"), None, "en", "It did not work: ValueError: \\x1B[31m"),
    ],
)
def test_failures_speak_the_persons_language(
    failure: Exception, state: AttemptState | None, language: str, begins: str
) -> None:
    assert failure_text(failure, state, language).startswith(begins)


def test_words_are_filled_in() -> None:
    assert words("gateway", "fr", host="x") == "Passerelle : x"
