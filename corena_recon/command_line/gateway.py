"""The command line's gateway side: ``initiate``, ``listen``, ``resend``, ``sandbox`` and ``probe``.

Errors are raised, for the command line to turn into exit codes. Results go to stdout, words for people to
stderr. No command takes or prints a secret; the sandbox writes its own to a new file where asked to.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from corena_recon.command_line.options import JSON, KEYS, LANG, Option, add_options, field_and_text, given, integer
from corena_recon.command_line.printing import print_result, tell
from corena_recon.command_line.words import DONE
from corena_recon.errors import OutputError
from corena_recon.gateway.events import EVENT_NAMES, EVENT_SENTENCES, FAILED_EVENTS, Event
from corena_recon.languages import ENGLISH, Words, require_language
from corena_recon.text import printable
from corena_recon.vocabulary import MISCHIEFS, Mode

if TYPE_CHECKING:
    import argparse

    from corena_recon.gateway.client import Initiated
    from corena_recon.gateway.resending import Resent
    from corena_recon.sandbox import Sandbox


def _each_once(pairs: list[tuple[str, str]]) -> dict[str, str]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise ValueError("takes each field once")
    return fields


_INITIATING: Final = (
    Option(
        "--public-key",
        "public_key",
        "the merchant's public key; else CORENA_PUBLIC_KEY or CORENA_TEST_PUBLIC_KEY, by mode",
        "test_1a2b3c",
        "KEY",
    ),
    Option("--mode", "mode", "which endpoint (test)", "test", "MODE", values=tuple(Mode)),
    Option("--allow-live", "allow_live", "needed for live: real money moves"),
    Option(
        "--base-url",
        "base_url",
        "another gateway, or a sandbox on this machine",
        "http://127.0.0.1:8080",
        "URL",
    ),
)
_PAYMENT: Final = (
    Option("--identifier", "identifier", "your name for the payment (a fresh one)", "CMD-000071"),
    Option("--currency", "currency", "upper-case code (USD)", "USD", "CODE"),
    Option("--amount", "amount", "the amount, posted exactly as written", "11.00"),
    Option("--details", "details", "what is paid, at most 100 characters", "T-shirt"),
    Option("--ipn-url", "ipn_url", "where the notification will be posted", "https://shop.example/ipn"),
    Option("--success-url", "success_url", "where the payer goes after paying", "https://shop.example/paid"),
    Option("--cancel-url", "cancel_url", "where the payer goes after cancelling", "https://shop.example/cart"),
    Option("--site-name", "site_name", "the shop's name on the checkout page", "My shop"),
    Option("--site-logo", "site_logo", "the shop's logo", "https://shop.example/logo.png"),
    Option("--checkout-theme", "checkout_theme", "how the page looks", "dark", values=("light", "dark")),
    Option("--gateway-method", "gateway_methods", "a method to offer", "visa", "NAME", is_repeated=True),
    *(
        Option(
            f"--{group}",
            f"{group}_info",
            f"a field of the {group} address",
            "city=Goma",
            "FIELD=TEXT",
            kind=field_and_text,
            value=_each_once,
            is_repeated=True,
        )
        for group in ("shipping", "billing")
    ),
)
_CUSTOMER: Final = (
    Option("--first-name", "customer.first_name", "the payer's first name", "John"),
    Option("--last-name", "customer.last_name", "the payer's last name", "Doe"),
    Option("--email", "customer.email", "the payer's e-mail address", "john@shop.example"),
    Option("--mobile", "customer.mobile", "the payer's telephone number", "12345789"),
)
_NEEDED: Final = ("amount", "details", "ipn_url", "success_url", "cancel_url", "site_name")
_LISTENING: Final = (
    Option("--endpoint", "endpoint", "which endpoint's notifications these are", "live", values=tuple(Mode)),
    Option("--host", "host", "the address to listen on (127.0.0.1)", "127.0.0.1", "HOST"),
    Option("--port", "port", "the port (a free one)", "8080", "PORT", kind=integer),
    Option(
        "--forward-to",
        "forward_to",
        "a handler on this machine to which every stored notification is posted in turn",
        "http://127.0.0.1:8000/ipn.php",
        "URL",
    ),
    Option(
        "--known-as", "hosts", "a host in the URL; others are refused (any)", "shop.example", "NAME", is_repeated=True
    ),
)
_RESENDING: Final = (
    Option("--to", "to", "where they are posted", "http://127.0.0.1:8000/ipn.php", "URL", is_required=True),
    Option("--host", "host", "the URL's host once more, where it is not this machine", "shop.example", "HOST"),
    Option("--identifier", "identifiers", "these alone", "CMD-000071", is_repeated=True),
    Option(
        "--journal",
        "journal",
        "post them, and keep in this file what became of each; without it nothing is posted, only shown",
        "resent.jsonl",
        "FILE",
    ),
)
_SANDBOX: Final = (
    Option("--port", "port", "the port (a free one)", "8080", "PORT", kind=integer),
    Option("--seed", "seed", "the same seed gives the same keys and transaction ids", "1", "SEED", kind=integer),
    Option("--merchant", "merchants", "a merchant (shop)", "my-shop", "NAME", is_repeated=True),
    Option("--mischief", "mischief", "what happens to notifications (none)", "forge", "WORD", values=MISCHIEFS),
)
_KEYS_OUT: Final = Option(
    "--keys-out", "keys_out", "write the key ring with its secrets to this new file", "keys.toml", "FILE"
)
_ORDERS: Final = (
    Option(
        "--identifier",
        "identifiers",
        "an order that waits for its payment; several where the handler remembers what is paid",
        "CMD-000071",
        is_repeated=True,
        is_required=True,
    ),
    Option("--amount", "amount", "the amount of these orders", "11.00", is_required=True),
    Option("--currency", "currency", "their currency (USD)", "USD", "CODE"),
    Option("--public-key", "public_key", "the shop's public key, to try it as a secret", "test_1a2b3c", "KEY"),
)
_PROBING: Final = (
    KEYS._replace(help="the key ring with the handler's test key", is_required=True),
    *_ORDERS,
    Option(
        "--watch",
        "watch",
        "a file that the handler writes to when it accepts a notification, and only then",
        "paid.log",
        "FILE",
    ),
    Option("--host", "host", "the URL's host once more, where it is not this machine", "shop.example", "HOST"),
)
_TESTS: Final = Option(
    "--tests",
    "tests",
    "write the same cases as tests for PHP, Python and Node into this new folder",
    "notification-tests",
    "FOLDER",
)
_NOT_SENT: Final = ("refused", "failed")
_PUBLIC_KEY_VARIABLES: Final = {"live": "CORENA_PUBLIC_KEY", "test": "CORENA_TEST_PUBLIC_KEY"}


def add_initiate_arguments(parser: argparse.ArgumentParser) -> None:
    """What ``initiate`` takes. What is missing is told by the client, all at once."""
    add_options(parser, (*_INITIATING, *_PAYMENT, *_CUSTOMER), of_the_command=(JSON,))


def run_initiate(arguments: argparse.Namespace) -> int:
    """Initiate one payment and print where the payer goes; nothing is opened.

    Raises:
        OptionError: An option or parameter is missing or malformed.
        GatewayError: The gateway could not be reached, refused, or gave no usable answer.
    """
    from corena_recon.gateway.client import PaymentClient  # noqa: PLC0415 - loads requests
    from corena_recon.gateway.parameters import fresh_identifier  # noqa: PLC0415

    of_the_client = {"mode": "test", **given(arguments, _INITIATING)}
    variable = _PUBLIC_KEY_VARIABLES.get(of_the_client["mode"], "")
    client = PaymentClient(**{"public_key": os.environ.get(variable, ""), **of_the_client})
    payment = {
        "identifier": fresh_identifier(),
        "currency": "USD",
        **dict.fromkeys(_NEEDED),
        **given(arguments, _PAYMENT),
    }
    customer = {name.removeprefix("customer."): text for name, text in given(arguments, _CUSTOMER).items()}
    initiated = client.initiate(**payment, customer=customer)
    sys.stdout.write(_initiated_json(initiated) if arguments.json else _initiated_text(initiated))
    return 0


def add_listen_arguments(parser: argparse.ArgumentParser) -> None:
    """What ``listen`` takes."""
    parser.add_argument("folder", metavar="FOLDER", help="where the capture files are")
    add_options(parser, _LISTENING, of_the_command=(LANG, JSON))


def run_listen(arguments: argparse.Namespace) -> int:
    """Store notifications until interrupted; the address is printed once.

    Raises:
        OptionError: The address cannot be listened on.
        OutputError: The folder cannot be made.
    """
    from corena_recon.receiver import Receiver  # noqa: PLC0415 - help must come at once

    events = _EventLines(arguments)
    with Receiver(arguments.folder, **given(arguments, _LISTENING), observer=events) as receiver:
        events.announce(
            receiver.url,
            {"url": receiver.url, "folder": arguments.folder},
            f"storing notifications in {arguments.folder}; stop with Ctrl-C",
        )
        _wait_for_end()
    return 0


def add_resend_arguments(parser: argparse.ArgumentParser) -> None:
    """What ``resend`` takes."""
    parser.add_argument("captures", nargs="+", metavar="CAPTURE", help="a folder or file that listen has written")
    add_options(parser, _RESENDING, of_the_command=(LANG, JSON))


def run_resend(arguments: argparse.Namespace) -> int:
    """Post stored notifications again, their very bytes; without a journal only show which.

    Returns:
        1 where one was not answered with success.

    Raises:
        OptionError: The handler is on another machine and not named twice.
        SourceError: A source is no capture.
        OutputError: The journal cannot be used.
    """
    from corena_recon.gateway.notifying import handler_at  # noqa: PLC0415 - help must come at once
    from corena_recon.gateway.resending import RESENT_NAMES, RESENT_SENTENCES, resend  # noqa: PLC0415

    options = given(arguments, _RESENDING)
    handler = handler_at("to", options.pop("to"), options.pop("host", None))
    lines, states = _Lines(arguments), Counter[str]()
    lang = given(arguments, (LANG,)).get("lang", ENGLISH)

    def observe(resent: Resent) -> None:
        states[resent.state] += 1
        lines.write(resent.state, resent.facts, RESENT_NAMES, RESENT_SENTENCES, is_failure=resent.state in _NOT_SENT)

    resend(arguments.captures, handler, observer=observe, **options)
    if not states:
        tell(DONE.say("none_stored", lang))
    elif "journal" not in options:
        tell(DONE.say("not_posted", lang, count=states.total()))
    return int(any(states[state] for state in _NOT_SENT))


def add_sandbox_arguments(parser: argparse.ArgumentParser) -> None:
    """What ``sandbox`` takes."""
    add_options(parser, _SANDBOX, of_the_command=(_KEYS_OUT, LANG, JSON))


def run_sandbox(arguments: argparse.Namespace) -> int:
    """Serve a sandbox gateway until interrupted; its address and public keys are printed once.

    Raises:
        OptionError: No such mischief, two merchants of one name, or the port cannot be listened on.
        OutputError: The key ring cannot be written, or the file is there already.
    """
    from corena_recon.sandbox import start  # noqa: PLC0415 - help must come at once

    events = _EventLines(arguments)
    with start(**given(arguments, _SANDBOX), observer=events) as sandbox:
        if arguments.keys_out:
            _write_keys(arguments.keys_out, sandbox)
        lines, merchants = [sandbox.url], []
        for merchant in sandbox.merchants:
            name = printable(merchant.name)
            lines.append(f"{name} test public key: {merchant.test_public_key}")
            lines.append(f"{name} live public key: {merchant.live_public_key}")
            public_keys = {"test": merchant.test_public_key, "live": merchant.live_public_key}
            merchants.append({"name": merchant.name, "public_keys": public_keys})
        events.announce(
            "\n".join(lines),
            {"url": sandbox.url, "merchants": merchants},
            f"the merchant panel is {sandbox.url}/panel; stop with Ctrl-C",
        )
        _wait_for_end()
    return 0


def add_probe_arguments(parser: argparse.ArgumentParser) -> None:
    """What ``probe`` takes."""
    parser.add_argument("url", metavar="URL", help="the shop's own handler of notifications")
    add_options(parser, _PROBING, of_the_command=(LANG, _TESTS, JSON))


def run_probe(arguments: argparse.Namespace) -> int:
    """Post a genuine notification and some twenty bad ones to a handler, and print which it accepts.

    Returns:
        1 where a forgery is accepted, 2 where nothing can be told, since the genuine one is not accepted either.

    Raises:
        OptionError: As ``probe`` has it.
        InputError: Nothing answers at the URL.
        OutputError: The tests cannot be written.
    """
    from corena_recon.probing import amount_as_posted, probe, write_ready_tests  # noqa: PLC0415 - help comes at once

    options = given(arguments, _PROBING)
    lang = given(arguments, (LANG,)).get("lang", ENGLISH)
    require_language(lang)
    found = probe(arguments.url, **options)
    print_result(json.dumps(found.as_dict(lang)) if arguments.json else found.text(lang))
    if arguments.tests:
        of_the_order = given(arguments, _ORDERS)
        identifier = of_the_order.pop("identifiers")[0]
        amount = amount_as_posted(of_the_order.pop("amount"))
        folder = write_ready_tests(arguments.tests, identifier=identifier, amount=amount, **of_the_order)
        tell(DONE.say("tests", lang, path=folder))
    return int(bool(found.accepted)) if found.is_conclusive else 2


def _initiated_json(initiated: Initiated) -> str:
    from dataclasses import asdict  # noqa: PLC0415 - help must come at once

    return json.dumps({**asdict(initiated), "checkout_host": initiated.checkout_host}) + "\n"


def _initiated_text(initiated: Initiated) -> str:
    lines = {
        "identifier": initiated.identifier,
        "amount": f"{initiated.amount} {initiated.currency}",
        "mode": initiated.mode,
        "gateway says": ", ".join(initiated.messages),
        "checkout host": initiated.checkout_host,
        "checkout page": initiated.redirect_url,
    }
    return "".join(f"{name}: {printable(value)}\n" for name, value in lines.items())


class _Lines:
    """Lines on stdout, one a thing that happens, each written whole whichever thread writes it.

    Args:
        arguments: ``json`` has each written as an object, ``lang`` is the language of its sentence.
    """

    def __init__(self, arguments: argparse.Namespace) -> None:
        self._is_json = arguments.json
        self._lang = given(arguments, (LANG,)).get("lang", ENGLISH)
        require_language(self._lang)
        self._is_coloured = sys.stdout.isatty() and "NO_COLOR" not in os.environ
        self._lock = threading.Lock()

    def announce(self, text: str, facts: dict[str, Any], words: str) -> None:
        """Says where something listens: the first line, or lines, of the output."""
        self._write(json.dumps({"event": "listening", **facts}) if self._is_json else text)
        sys.stderr.write(printable(words) + "\n")

    def write(self, code: str, facts: Mapping[str, Any], names: Words, sentences: Words, *, is_failure: bool) -> None:
        """Says one thing that happened."""
        now = datetime.now(UTC)
        if self._is_json:
            self._write(json.dumps({"event": code, "at": f"{now:%Y-%m-%dT%H:%M:%S.%fZ}", **facts}))
            return
        shown = {name: ", ".join(value) if isinstance(value, list) else value for name, value in facts.items()}
        sentence = printable(sentences.say(code, self._lang, **shown))
        name = f"{'✗' if is_failure else '•'} {names.say(code, self._lang):<13}"
        if self._is_coloured:
            name = f"\x1b[{31 if is_failure else 32}m{name}\x1b[0m"
        self._write(f"{now:%H:%M:%S} {name} {sentence}")

    def _write(self, text: str) -> None:
        with self._lock:
            print_result(text)


class _EventLines(_Lines):
    """One line an event of a sandbox or a receiver."""

    def __call__(self, event: Event) -> None:
        self.write(event.code, event.facts, EVENT_NAMES, EVENT_SENTENCES, is_failure=event.code in FAILED_EVENTS)


def _wait_for_end() -> None:
    ended = threading.Event()

    def end(_signal: int, _frame: Any) -> None:  # noqa: ANN401 - the signature of a signal handler
        ended.set()

    before = signal.signal(signal.SIGTERM, end)
    try:
        ended.wait()
    finally:
        signal.signal(signal.SIGTERM, before)


def _write_keys(path: str, sandbox: Sandbox) -> None:
    tables = [
        f"[[keys]]\nid = {json.dumps(key.id)}\nmode = {json.dumps(key.mode)}\n"
        f"merchant = {json.dumps(merchant.name)}\n"
        f"secret = {json.dumps(merchant.keys.secret_text(key.mode))}\n"
        for merchant in sandbox.merchants
        for key in merchant.key_ring()
    ]
    try:
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write("\n".join(tables))
    except OSError as error:
        raise OutputError(
            f"the key ring {path} cannot be written: {error.strerror}", hint="name a file that is not there yet"
        ) from None
