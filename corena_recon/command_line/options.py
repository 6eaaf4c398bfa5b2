"""The options of commands, each a row of a table."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from corena_recon.errors import OptionError

if TYPE_CHECKING:
    from corena_recon.signing.keys import KeyRing


class Option(NamedTuple):
    """One option of a command: a row of the tables below, and all there is to say about it.

    Attributes:
        flag: What is typed.
        parameter: The parameter that it sets: one of ``audit``, or in ORDERING one of ``read_orders``.
        help: What it is, in a few words.
        metavar: What help calls its value.
        kind: Reads the text of one value.
        value: Makes of what was read (a list where it is repeated) what the parameter takes; that itself when None.
        is_repeated: Whether it may be given more than once.
        choices: Its values, where they are few.
    """

    flag: str
    parameter: str
    help: str
    metavar: str | None = None
    kind: Callable[[str], Any] = str
    value: Callable[[Any], Any] | None = None
    is_repeated: bool = False
    choices: tuple[str, ...] | None = None

    @property
    def attribute(self) -> str:
        """Where the parsed arguments keep it."""
        return self.flag.removeprefix("--").replace("-", "_")


def _integer(text: str) -> int:
    return int(text.replace("_", ""))


def _bytes_of_mib(mib: int) -> int:
    return mib * 1024 * 1024


def _key_ring(path: str) -> KeyRing:
    from corena_recon.signing import KeyRing  # noqa: PLC0415

    return KeyRing.from_toml(path)


def _columns_by_field(texts: list[str]) -> dict[str, str]:
    pairs = [text.partition("=") for text in texts]
    if any(not sign for _, sign, _ in pairs):
        raise OptionError("--column needs FIELD=COLUMN", hint='for example --column "identifier=Order ID"')
    return {field: column for field, _, column in pairs}


READING: Final = (
    Option("--form", "form", "the archive form, where its content should not decide", "FORM"),
    Option("--previous", "previous", "an earlier report: what it read of this archive is not read again", "FOLDER"),
    Option(
        "--memory",
        "memory_bytes",
        "memory to use, in MiB, beyond which it works on disk (2048)",
        "MIB",
        _integer,
        _bytes_of_mib,
    ),
)


VERIFYING: Final = (
    Option(
        "--keys",
        "keys",
        "the key ring, a TOML file; without it CORENA_SECRET_KEY and CORENA_TEST_SECRET_KEY",
        "FILE",
        value=_key_ring,
    ),
    Option("--mode", "mode", "what a record without an endpoint is", choices=("live", "test")),
    Option("--merchant", "merchant", "whose archive it is, for records that do not say", "NAME"),
    Option(
        "--success-status",
        "success_statuses",
        "a status that means a payment (success); may be repeated",
        "WORD",
        is_repeated=True,
    ),
    Option(
        "--amount-decimals",
        "amount_decimals",
        "decimals that genuine amounts have (learned); may be repeated",
        "N",
        _integer,
        is_repeated=True,
    ),
    Option("--currency", "currencies", "a supported currency (USD); may be repeated", "CODE", is_repeated=True),
    Option(
        "--public-key",
        "public_keys",
        "a public key, under which nothing genuine is signed; may be repeated",
        "KEY",
        is_repeated=True,
    ),
)


ORDERING: Final = (
    Option("--platform", "platform", "the kind of order export, where its header should not decide", "NAME"),
    Option(
        "--column",
        "columns",
        "a column mapped by hand, FIELD=COLUMN; may be repeated",
        "FIELD=COLUMN",
        value=_columns_by_field,
        is_repeated=True,
    ),
    Option("--timezone", "timezone", "zone of order dates that name none (UTC)", "ZONE"),
    Option("--order-currency", "currency", "currency of an export that names none", "CODE"),
)


RECONCILING: Final = (
    Option("--tolerance", "tolerance", "how far paid and ordered may differ, an amount (0)", "AMOUNT"),
    Option("--as-of", "as_of", "the moment the question is asked for; goes with --grace", "TIME"),
    Option("--grace", "grace", "how long an order may wait for its payment; goes with --as-of", "SPAN"),
    Option(
        "--match-on",
        "match_on",
        "a pass that matches payments with orders (identifier); may be repeated, in order",
        is_repeated=True,
        choices=("identifier", "transaction", "amount"),
    ),
    Option("--window", "window", "how long after its order a payment is looked for by amount (3 days)", "SPAN"),
    Option("--ledger", "ledger", "the merchant panel's own export, as a third leg", "FILE"),
)


def _add_options(
    command: argparse.ArgumentParser, of_the_audit: Sequence[Option], of_the_orders: Sequence[Option] = ()
) -> None:
    """Adds the options, and notes them, so that the run passes on those that were added and no others."""
    command.set_defaults(of_the_audit=of_the_audit, of_the_orders=of_the_orders)
    for option in (*of_the_audit, *of_the_orders):
        settings: dict[str, Any] = {"help": option.help, "type": option.kind}
        if option.metavar:
            settings["metavar"] = option.metavar
        if option.choices:
            settings["choices"] = option.choices
        if option.is_repeated:
            settings["action"] = "append"
        command.add_argument(option.flag, **settings)


def _add_output(command: argparse.ArgumentParser) -> None:
    command.add_argument("--out", metavar="FOLDER", help="write the report folder")
    command.add_argument("--json", action="store_true", help="print one JSON object instead of text")


def _options(parsed: argparse.Namespace) -> dict[str, Any]:
    """The options that were given, by the names that ``audit`` has for them."""
    options = _given(parsed, parsed.of_the_audit)
    of_the_orders = _given(parsed, parsed.of_the_orders)
    if not of_the_orders:
        return options
    from corena_recon.orders import OrderOptions  # noqa: PLC0415

    return {**options, "order_options": OrderOptions(**of_the_orders)}


def _given(parsed: argparse.Namespace, options: Sequence[Option]) -> dict[str, Any]:
    given = [(option, getattr(parsed, option.attribute)) for option in options]
    return {
        option.parameter: read if option.value is None else option.value(read)
        for option, read in given
        if read is not None
    }
