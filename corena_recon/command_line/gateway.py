"""The command line's gateway side: ``initiate``, ``listen`` and ``sandbox``.

Errors are raised, for the command line to turn into exit codes. Results go to stdout, words for people to
stderr. No command takes or prints a secret; the sandbox writes its own to a new file where asked to.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from corena_recon.errors import OptionError, OutputError
from corena_recon.text import printable

if TYPE_CHECKING:
    import argparse

    from corena_recon.gateway.client import Initiated
    from corena_recon.sandbox import Sandbox

_TEXT_OPTIONS = (
    # flag, parameter, words
    ("--amount", "amount", "the amount, posted exactly as written, such as 11.00"),
    ("--details", "details", "what is paid, at most 100 characters"),
    ("--ipn-url", "ipn_url", "where the notification will be posted"),
    ("--success-url", "success_url", "where the payer goes after paying"),
    ("--cancel-url", "cancel_url", "where the payer goes after cancelling"),
    ("--site-name", "site_name", "the shop's name on the checkout page"),
    ("--site-logo", "site_logo", "the shop's logo"),
    ("--checkout-theme", "checkout_theme", "light or dark"),
)
_CUSTOMER_OPTIONS = (
    ("--first-name", "first_name", "the payer's first name"),
    ("--last-name", "last_name", "the payer's last name"),
    ("--email", "email", "the payer's e-mail address"),
    ("--mobile", "mobile", "the payer's telephone number"),
)
_PUBLIC_KEY_VARIABLES = {"live": "CORENA_PUBLIC_KEY", "test": "CORENA_TEST_PUBLIC_KEY"}


def add_initiate_arguments(parser: argparse.ArgumentParser) -> None:
    """What ``initiate`` takes. What is missing is told by the client, all at once."""
    parser.add_argument(
        "--public-key",
        metavar="KEY",
        help="the merchant's public key; else CORENA_PUBLIC_KEY or CORENA_TEST_PUBLIC_KEY, by mode",
    )
    parser.add_argument("--mode", choices=("test", "live"), default="test", help="which endpoint (test)")
    parser.add_argument("--allow-live", action="store_true", help="needed for live: real money moves")
    parser.add_argument("--base-url", metavar="URL", help="another gateway, or a sandbox on this machine")
    parser.add_argument("--identifier", metavar="TEXT", help="your name for the payment (a fresh one)")
    parser.add_argument("--currency", metavar="CODE", default="USD", help="upper-case code (USD)")
    for flag, _, words in (*_TEXT_OPTIONS, *_CUSTOMER_OPTIONS):
        parser.add_argument(flag, metavar="TEXT", help=words)
    parser.add_argument("--gateway-method", action="append", metavar="NAME", help="a method to offer; may be repeated")
    for group in ("shipping", "billing"):
        parser.add_argument(
            f"--{group}",
            action="append",
            metavar="FIELD=TEXT",
            help=f"a field of the {group} address, such as city=Goma; may be repeated",
        )
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of text")


def run_initiate(arguments: argparse.Namespace) -> int:
    """Initiate one payment and print where the payer goes; nothing is opened.

    Raises:
        OptionError: An option or parameter is missing or malformed.
        GatewayError: The gateway could not be reached, refused, or gave no usable answer.
    """
    from corena_recon.gateway.client import GATEWAY_URL, PaymentClient  # noqa: PLC0415 - loads requests
    from corena_recon.gateway.parameters import fresh_identifier  # noqa: PLC0415

    variable = _PUBLIC_KEY_VARIABLES[arguments.mode]
    client = PaymentClient(
        arguments.public_key or os.environ.get(variable, ""),
        mode=arguments.mode,
        allow_live=arguments.allow_live,
        base_url=arguments.base_url or GATEWAY_URL,
    )
    initiated = client.initiate(
        identifier=arguments.identifier or fresh_identifier(),
        currency=arguments.currency,
        **{name: getattr(arguments, name) for _, name, _ in _TEXT_OPTIONS},
        customer={name: getattr(arguments, name) for _, name, _ in _CUSTOMER_OPTIONS},
        gateway_methods=arguments.gateway_method,
        shipping_info=_fields(arguments.shipping, "--shipping"),
        billing_info=_fields(arguments.billing, "--billing"),
    )
    sys.stdout.write(_initiated_json(initiated) if arguments.json else _initiated_text(initiated))
    return 0


def add_listen_arguments(parser: argparse.ArgumentParser) -> None:
    """What ``listen`` takes."""
    parser.add_argument("folder", metavar="FOLDER", help="where the capture files are")
    parser.add_argument("--endpoint", choices=("live", "test"), help="which endpoint's notifications these are")
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on (127.0.0.1)")
    parser.add_argument("--port", type=int, default=0, help="the port (a free one)")


def run_listen(arguments: argparse.Namespace) -> int:
    """Store notifications until interrupted; the address is printed once.

    Raises:
        OptionError: The address cannot be listened on.
        OutputError: The folder cannot be made.
    """
    from corena_recon.receiver import Receiver  # noqa: PLC0415 - help must come at once

    with Receiver(arguments.folder, endpoint=arguments.endpoint, host=arguments.host, port=arguments.port) as receiver:
        _announce(receiver.url, f"storing notifications in {arguments.folder}; stop with Ctrl-C")
        _wait_for_end()
    return 0


def add_sandbox_arguments(parser: argparse.ArgumentParser) -> None:
    """What ``sandbox`` takes."""
    parser.add_argument("--port", type=int, default=0, help="the port (a free one)")
    parser.add_argument("--seed", type=int, help="the same seed gives the same keys and transaction ids")
    parser.add_argument("--merchant", action="append", metavar="NAME", help="a merchant (shop); may be repeated")
    parser.add_argument("--mischief", default="none", metavar="WORD", help="what happens to notifications (none)")
    parser.add_argument("--keys-out", metavar="FILE", help="write the key ring with its secrets to this new file")


def run_sandbox(arguments: argparse.Namespace) -> int:
    """Serve a sandbox gateway until interrupted; its address and public keys are printed once.

    Raises:
        OptionError: No such mischief, two merchants of one name, or the port cannot be listened on.
        OutputError: The key ring cannot be written, or the file is there already.
    """
    from corena_recon.sandbox import start  # noqa: PLC0415 - help must come at once

    with start(
        seed=arguments.seed,
        port=arguments.port,
        merchants=arguments.merchant or ("shop",),
        mischief=arguments.mischief,
    ) as sandbox:
        if arguments.keys_out:
            _write_keys(arguments.keys_out, sandbox)
        lines = [sandbox.url]
        for merchant in sandbox.merchants:
            name = printable(merchant.name)
            lines.append(f"{name} test public key: {merchant.test_public_key}")
            lines.append(f"{name} live public key: {merchant.live_public_key}")
        _announce("\n".join(lines), f"the merchant panel is {sandbox.url}/panel; stop with Ctrl-C")
        _wait_for_end()
    return 0


def _fields(pairs: list[str] | None, flag: str) -> dict[str, str] | None:
    if pairs is None:
        return None
    fields = dict(pair.partition("=")[::2] for pair in pairs)
    if not all("=" in pair for pair in pairs) or len(fields) != len(pairs):
        raise OptionError(f"{flag} takes FIELD=TEXT, each field once", hint=f"for example {flag} city=Goma")
    return fields


def _initiated_json(initiated: Initiated) -> str:
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


def _announce(result: str, words: str) -> None:
    sys.stdout.write(result + "\n")
    sys.stdout.flush()
    sys.stderr.write(printable(words) + "\n")


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
