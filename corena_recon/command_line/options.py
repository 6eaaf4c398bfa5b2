"""The options of commands, each a row of a table; how they are read, and how errors speak of them."""

from __future__ import annotations

import argparse
import re
import shlex
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple, NoReturn

from corena_recon.arguments import near_name
from corena_recon.errors import ConfigurationError, CorenaReconError, OptionError
from corena_recon.languages import LANGUAGES
from corena_recon.vocabulary import ARCHIVE_FORMS, MATCH_RULES, ORDER_PLATFORMS, Mode

if TYPE_CHECKING:
    from corena_recon.signing.keys import KeyRing


class Option(NamedTuple):
    """One option of a command: a row of the tables below, and all there is to say about it.

    Attributes:
        flag: What is typed.
        parameter: What it sets: a parameter of the function that the command calls, or in ORDERING of ``read_orders``.
        help: What it is, in a few words.
        example: A value that it may have; None where it takes none.
        metavar: What help calls its value.
        values: Its values, where they are few words; whoever takes the parameter refuses others.
        kind: Reads the text of one value; its ValueError says what the option takes.
        value: Makes of what was read (a list where it is repeated) what the parameter takes, likewise; that itself
            when None.
        is_repeated: Whether it may be given more than once.
        is_required: Whether it must be given.
    """

    flag: str
    parameter: str
    help: str
    example: str | None = None
    metavar: str = "TEXT"
    values: tuple[str, ...] = ()
    kind: Callable[[str], Any] = str
    value: Callable[[Any], Any] | None = None
    is_repeated: bool = False
    is_required: bool = False

    @property
    def attribute(self) -> str:
        """Where the parsed arguments keep it."""
        return self.flag.removeprefix("--").replace("-", "_")

    def typed(self, value: str | None = None) -> str:
        """How it is typed, with a value or that of the example."""
        shown = self.example if value is None else value
        return self.flag if shown is None or self.example is None else f"{self.flag} {shlex.quote(shown)}"

    def read(self, given: Any) -> Any:  # noqa: ANN401 - what a parameter takes
        """What the parameter takes, of the text that was typed or of several.

        Raises:
            OptionError: The text is not what the option takes.
        """
        if self.example is None:
            return given
        try:
            read = [self.kind(text) for text in given] if self.is_repeated else self.kind(given)
            return read if self.value is None else self.value(read)
        except ValueError as error:
            raise OptionError(f"{self.flag} {error}", hint=f"for example {self.typed()}") from None


def integer(text: str) -> int:
    """A whole number, its digits grouped with ``_`` or not.

    Raises:
        ValueError: It is none.
    """
    try:
        return int(text)
    except ValueError:
        raise ValueError("takes a whole number") from None


def natural(text: str) -> int:
    """A number of things, none included.

    Raises:
        ValueError: It is none.
    """
    number = integer(text)
    if number < 0:
        raise ValueError("takes a number from 0 on")
    return number


def field_and_text(text: str) -> tuple[str, str]:
    """Two texts with ``=`` between them; the second may hold more of it.

    Raises:
        ValueError: There is no ``=``, or nothing before it.
    """
    field, sign, value = text.partition("=")
    if not field or not sign:
        raise ValueError("takes two words with = between them")
    return field, value


def _values_by_field(pairs: list[tuple[str, str]]) -> dict[str, list[str]]:
    values: dict[str, list[str]] = {}
    for field, value in pairs:
        values.setdefault(field, []).append(value)
    return values


def _yes_or_no(text: str) -> bool:
    if text not in ("yes", "no"):
        raise ValueError("takes yes or no")
    return text == "yes"


def _bytes_of_mib(mib: int) -> int:
    return mib * 1024 * 1024


def _key_ring(path: str) -> KeyRing:
    from corena_recon.signing import KeyRing  # noqa: PLC0415

    return KeyRing.from_toml(path)


KEYS: Final = Option(
    "--keys",
    "keys",
    "the key ring, a TOML file; without it CORENA_SECRET_KEY and CORENA_TEST_SECRET_KEY",
    "keys.toml",
    "FILE",
    value=_key_ring,
)

READING: Final = (
    Option(
        "--form",
        "form",
        "the archive form, where its content should not decide",
        "nginx",
        "FORM",
        values=ARCHIVE_FORMS,
    ),
    Option("--keep-raw", "keep_raw", "keep every record's bytes, not those of unreadable ones alone"),
    Option(
        "--previous",
        "previous",
        "an earlier report: what it read of this archive is not read again",
        "report/",
        "FOLDER",
    ),
    Option(
        "--memory",
        "memory_bytes",
        "memory to use, in MiB, beyond which it works on disk (2048)",
        "2048",
        "MIB",
        kind=integer,
        value=_bytes_of_mib,
    ),
)

VERIFYING: Final = (
    KEYS,
    Option("--mode", "mode", "what a record without an endpoint is", "test", "MODE", values=tuple(Mode)),
    Option("--merchant", "merchant", "whose archive it is, for records that do not say", "my-shop", "NAME"),
    Option(
        "--success-status",
        "success_statuses",
        "a status that means a payment (success)",
        "success",
        "WORD",
        is_repeated=True,
    ),
    Option(
        "--amount-decimals",
        "amount_decimals",
        "how many decimals genuine amounts have (learned)",
        "8",
        "N",
        kind=integer,
        is_repeated=True,
    ),
    Option("--supported-currency", "currencies", "a supported currency (USD)", "USD", "CODE", is_repeated=True),
    Option(
        "--public-key",
        "public_keys",
        "a public key, under which nothing genuine is signed",
        "pro_1a2b3c",
        "KEY",
        is_repeated=True,
    ),
)

ORDERING: Final = (
    Option(
        "--platform",
        "platform",
        "the kind of order export, where its header should not decide",
        "woocommerce",
        "NAME",
        values=ORDER_PLATFORMS,
    ),
    Option(
        "--column",
        "columns",
        "a column mapped by hand",
        "identifier=Order ID",
        "FIELD=COLUMN",
        kind=field_and_text,
        value=dict,
        is_repeated=True,
    ),
    Option(
        "--where",
        "where",
        "the rows that are wanted, by what a column says; of one column any, of several all",
        "payment_method=Payme",
        "COLUMN=VALUE",
        kind=field_and_text,
        value=_values_by_field,
        is_repeated=True,
    ),
    Option("--timezone", "timezone", "zone of order dates that name none (UTC)", "Africa/Lubumbashi", "ZONE"),
    Option("--currency", "currency", "currency of orders that name none, or a symbol of several", "USD", "CODE"),
    Option(
        "--day-first",
        "day_first",
        "whether 1/2/2026 is in February, where the export's dates should not decide",
        "yes",
        "ANSWER",
        values=("yes", "no"),
        kind=_yes_or_no,
    ),
    Option(
        "--decimal-mark",
        "decimal_mark",
        "what is the decimal mark of 1,234, where the export's amounts should not decide",
        ",",
        "MARK",
        values=(".", ","),
    ),
    Option("--delimiter", "delimiter", "the CSV delimiter, where it should not be detected", ";", "CHARACTER"),
    Option("--encoding", "encoding", "the export's text encoding, where it should not be detected", "utf-8", "NAME"),
    Option("--sheet", "sheet", "the sheet of a workbook (all that have orders)", "Orders", "NAME"),
    Option(
        "--header-row",
        "header_row",
        "the row with the names of the columns, from 1 on, where titles stand before it",
        "5",
        "N",
        kind=integer,
    ),
    Option(
        "--state",
        "states",
        "what a word of the shop's own says of the payment: paid, open, cancelled or refunded",
        "Reliquat=open",
        "WORD=STATE",
        kind=field_and_text,
        value=dict,
        is_repeated=True,
    ),
)

RECONCILING: Final = (
    Option("--orders", "orders", "the shop's order export", "orders.csv", "FILE", is_repeated=True, is_required=True),
    Option(
        "--tolerance",
        "tolerance",
        "how far paid and ordered may differ, an amount (0), or one a currency: USD=0.01,XOF=5",
        "0.01",
        "AMOUNT",
    ),
    Option(
        "--as-of",
        "as_of",
        "the moment the question is asked for, with --grace (when the last notification came)",
        "2026-01-31",
        "TIME",
    ),
    Option("--grace", "grace", "how long before that an order may wait for its payment", "2 days", "SPAN"),
    Option(
        "--match-on",
        "match_on",
        "a pass that matches payments with orders, in order (identifier)",
        "transaction",
        "PASS",
        values=MATCH_RULES,
        is_repeated=True,
    ),
    Option("--window", "window", "how long after its order a payment is looked for by amount", "3 days", "SPAN"),
    Option("--ledger", "ledger", "the merchant panel's own export, as a third leg", "deposits.csv", "FILE"),
    Option("--ledger-timezone", "ledger_timezone", "zone of the panel's days (UTC)", "Africa/Lubumbashi", "ZONE"),
)

DECIDING: Final = (
    Option(
        "--decisions",
        "decisions",
        "the file of decisions on exceptions; there need be none yet",
        "decisions.jsonl",
        "FILE",
    ),
    Option("--two-people", "two_people", "let a decision count only when another person has reviewed it"),
)

LANG: Final = Option(
    "--lang", "lang", "the language of the sentences (en)", [*LANGUAGES][-1], "LANG", values=tuple(LANGUAGES)
)
MASK: Final = Option(
    "--mask",
    "mask",
    "mask names, mails, numbers and addresses in all that is written, by CORENA_MASK_KEY or a drawn key",
)
OUT: Final = Option("--out", "out", "write the report folder", "report/", "FOLDER")
SHARING: Final = (
    Option("--shard", "shard", "which share of the archive's files to read, of several", "3/16", "N/M"),
    Option("--work", "work", "the folder that all shares are written to, for merge", "work/", "FOLDER"),
)
TOP: Final = Option("--top", "top", "how many rows of the worklist are shown (10)", "10", "N", kind=natural)
JSON: Final = Option("--json", "json", "print one JSON object instead of text")


class Parser(argparse.ArgumentParser):
    """Reads arguments; what it cannot read it refuses in one sentence, which repeats nothing that was typed."""

    def error(self, message: str) -> NoReturn:
        """Refuses the arguments; what stands in quotes in the message was typed.

        Raises:
            OptionError: Always.
        """
        said = re.split("['\"]", message, maxsplit=1)[0].strip(" :")
        raise OptionError(said, hint=f"{self.prog} --help lists what it takes")


def add_options(
    command: argparse.ArgumentParser,
    of_the_call: Sequence[Option],
    *,
    of_the_orders: Sequence[Option] = (),
    of_the_command: Sequence[Option] = (),
) -> None:
    """Adds the options, and notes them, so that the run passes on those that were added and no others.

    Args:
        command: What takes them.
        of_the_call: Those that set parameters of the function that the command calls.
        of_the_orders: Those of ``read_orders``.
        of_the_command: Those that the command itself looks at.
    """
    options = (*of_the_call, *of_the_orders, *of_the_command)
    command.set_defaults(of_the_call=of_the_call, of_the_orders=of_the_orders, options=options, program=command.prog)
    for option in options:
        words = [option.help]
        if option.is_repeated:
            words.append("may be repeated")
        if option.values:
            words.append("one of " + ", ".join(option.values))
        if option.example is None:
            command.add_argument(option.flag, action="store_true", default=None, help="; ".join(words))
            continue
        words.append("for example " + option.typed())
        command.add_argument(
            option.flag,
            action="append" if option.is_repeated else "store",
            required=option.is_required,
            metavar=option.metavar,
            help="; ".join(words).replace("%", "%%"),
        )


def parsed_arguments(parser: Parser, commands: Sequence[str], arguments: Sequence[str]) -> argparse.Namespace:
    """The arguments of a command.

    Args:
        parser: Of all commands.
        commands: Their names.
        arguments: What was typed.

    Raises:
        OptionError: There is no such command, or it does not take them.
    """
    if arguments and not arguments[0].startswith("-") and arguments[0] not in commands:
        meant = near_name(arguments[0], commands)
        hint = f"did you mean {meant}?" if meant else f"one of {', '.join(commands)}"
        raise OptionError("there is no such command", hint=hint)
    parsed, unknown = parser.parse_known_args(arguments)
    if unknown:
        flags = [option.flag for option in parsed.options]
        near = [near_name(word.partition("=")[0], flags) for word in unknown if word.startswith("--")]
        meant = next(filter(None, near), None)
        hint = f"did you mean {meant}?" if meant else f"{parsed.program} --help lists what it takes"
        raise OptionError("an argument is none that the command takes", hint=hint)
    return parsed


def given(parsed: argparse.Namespace, options: Sequence[Option]) -> dict[str, Any]:
    """What was typed, by parameter."""
    typed = [(option, getattr(parsed, option.attribute)) for option in options]
    return {option.parameter: option.read(text) for option, text in typed if text is not None}


_VALUE: Final = r"""'[^']*'|"[^"]*"|\{[^}]*\}|\[[^]]*\]|True|False|\d[\d *]*\d|\d"""


def in_flags(error: CorenaReconError, options: Sequence[Option]) -> str:
    """The error in the command line's words: its message and hint, with flags where they name parameters.

    Messages about files are left alone, for a file may be called as a parameter is.

    Args:
        error: As the library says it.
        options: Of the command.
    """
    is_about_options = isinstance(error, ConfigurationError)
    message = _in_flags(error.message, options) if is_about_options else error.message
    return f"{message} (hint: {_in_flags(error.hint, options)})" if error.hint else message


def hints_in_flags(text: str, options: Sequence[Option]) -> str:
    """A report in the command line's words: flags where its sentences name parameters, which stand in parentheses.

    Args:
        text: The report.
        options: Of the command.
    """
    flags = {f"({option.parameter})": f"({option.flag})" for option in options}
    return re.sub("|".join(map(re.escape, flags)) or "(?!)", lambda found: flags[found[0]], text)


def _in_flags(text: str, options: Sequence[Option]) -> str:
    by_parameter = {option.parameter: option for option in options}
    if not by_parameter:
        return text
    ordered = sorted(by_parameter, key=len, reverse=True)
    names = "|".join(map(re.escape, ordered))
    unlike_words = "|".join(re.escape(name) for name in ordered if not name.isalpha()) or "(?!)"
    text = re.sub(rf"\b({names})=({_VALUE})?", lambda found: _assigned(by_parameter[found[1]], found[2]), text)
    begins = rf"(?:^|(?<=[:;] )|(?<= and ))(?:{names})(?= (?:and|go|is|are|has|holds|names|cannot|must|begins) )"
    alone = rf"(?<![\w./'\"-])(?:{unlike_words})(?![\w/'\"-])"
    return re.sub(f"{begins}|{alone}", lambda found: by_parameter[found[0]].flag, text)


def _assigned(option: Option, value: str | None) -> str:
    """How the command line writes what Python writes as ``parameter=value``."""
    if value is None:
        return option.flag
    is_word = value[0] in "'\"" and "…" not in value
    return option.typed(value[1:-1] if is_word else None)
