"""The command line: arguments in, exit code out.

Exit codes: 0 nothing exceptional, 1 exceptions or notifications that are forged, suspect or unreadable, 2 bad arguments
or input, 3 the gateway, 130 interrupted. Messages for people go to stderr, results to stdout. Heavy modules are
imported by the command that needs them, so that help comes at once.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

from corena_recon.command_line import gateway as gateway_commands
from corena_recon.command_line.options import (
    ORDERING,
    READING,
    RECONCILING,
    VERIFYING,
    _add_options,
    _add_output,
    _integer,
    _key_ring,
    _options,
)
from corena_recon.errors import CorenaReconError, GatewayError, OptionError, OutputError
from corena_recon.version import __version__

if TYPE_CHECKING:
    from corena_recon.report.result import Reconciliation
    from corena_recon.stages.audit import Progress

NOTHING_EXCEPTIONAL: Final = 0
EXCEPTIONS: Final = 1
BAD_INPUT: Final = 2
GATEWAY: Final = 3
INTERRUPTED: Final = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit code."""
    parsed = _parser().parse_args(arguments)
    try:
        return int(parsed.run(parsed))
    except GatewayError as error:
        print(f"corena-recon: {error}", file=sys.stderr)  # noqa: T201
        return GATEWAY
    except CorenaReconError as error:
        print(f"corena-recon: {error}", file=sys.stderr)  # noqa: T201
        return BAD_INPUT
    except KeyboardInterrupt:
        print("corena-recon: interrupted", file=sys.stderr)  # noqa: T201
        return INTERRUPTED
    except BrokenPipeError:
        _hush()
        return NOTHING_EXCEPTIONAL


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="corena-recon",
        description="Verify archived Corena Payme notifications and reconcile them with orders.",
        epilog="Exit codes: 0 nothing exceptional, 1 exceptions, 2 bad input, 3 the gateway, 130 interrupted.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"corena-recon {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    command = _command(commands, "reconcile", "verify an archive and match its payments with orders", _reconcile)
    command.add_argument("archive", nargs="+", metavar="ARCHIVE", help="a file, folder or glob of notifications")
    command.add_argument("--orders", required=True, action="append", metavar="FILE", help="the shop's order export")
    _add_options(command, (*VERIFYING, *READING, *RECONCILING), ORDERING)
    _add_output(command)
    command = _command(commands, "verify", "verify an archive alone", _verify)
    command.add_argument("archive", nargs="+", metavar="ARCHIVE", help="a file, folder or glob of notifications")
    _add_options(command, (*VERIFYING, *READING))
    _add_output(command)
    command = _command(commands, "demo", "audit an invented shop with planted fraud, offline", _demo)
    command.add_argument("--rows", type=_integer, default=100_000, metavar="N", help="notifications, about (100000)")
    _add_output(command)
    command = _command(commands, "explain", "say why the notifications of an identifier are what they are", _explain)
    command.add_argument("folder", metavar="FOLDER", help="a report folder")
    command.add_argument("identifier", metavar="IDENTIFIER", help="exactly as archived")
    command.add_argument("--keys", metavar="FILE", help="the key ring, to search what would make a forgery valid")
    command.add_argument("--lang", choices=("en", "fr"), default="en", help="the language of the sentences (en)")
    for name, words in (
        ("sandbox", "run an imitation of the gateway on this machine"),
        ("listen", "store the notifications that arrive"),
        ("initiate", "initiate a test payment"),
    ):
        command = _command(commands, name, words, getattr(gateway_commands, f"run_{name}"))
        getattr(gateway_commands, f"add_{name}_arguments")(command)
    return parser


def _command(
    commands: Any,  # noqa: ANN401 - argparse's own type is private
    name: str,
    words: str,
    run: Callable[[argparse.Namespace], int],
) -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = commands.add_parser(name, help=words, description=words, allow_abbrev=False)
    command.set_defaults(run=run)
    return command


def _reconcile(parsed: argparse.Namespace) -> int:
    return _audit(parsed, list(parsed.orders))


def _verify(parsed: argparse.Namespace) -> int:
    return _audit(parsed, None)


def _audit(parsed: argparse.Namespace, orders: list[str] | None) -> int:
    from corena_recon.stages.audit import audit  # noqa: PLC0415

    options = _options(parsed)
    with ProgressLine() as progress:
        found = audit(parsed.archive, orders, out=parsed.out, progress=progress, **options)
    _show(found, parsed)
    return EXCEPTIONS if found.is_exceptional else NOTHING_EXCEPTIONAL


def _demo(parsed: argparse.Namespace) -> int:
    from corena_recon.demonstration.demonstration import demonstrate  # noqa: PLC0415

    if parsed.rows < 1:
        raise OptionError(f"--rows is {parsed.rows}", hint="give at least 1")
    with ProgressLine() as progress:
        shown = demonstrate(parsed.rows, parsed.out, progress)
    _show(shown.reconciliation, parsed)
    for line in shown.missed[:10]:
        _tell(line)
    agreement = f"{len(shown.missed)} verdicts differ" if shown.missed else "every verdict is the one that was planted"
    _tell(f"{shown.planted} records were planted; {agreement}")
    return EXCEPTIONS if shown.missed else NOTHING_EXCEPTIONAL


def _explain(parsed: argparse.Namespace) -> int:
    from corena_recon.stages.explain import explain  # noqa: PLC0415

    keys = _key_ring(parsed.keys) if parsed.keys else None
    _print(str(explain(parsed.folder, parsed.identifier, keys, lang=parsed.lang)))
    return NOTHING_EXCEPTIONAL


def _show(found: Reconciliation, parsed: argparse.Namespace) -> None:
    summary = found.summary
    if parsed.json:
        from corena_recon.report import OF_THE_RUN  # noqa: PLC0415

        of_the_run = {name: found.facts[name] for name in OF_THE_RUN if name in found.facts}
        _print(json.dumps({**summary, **of_the_run, "report": parsed.out}))
        return
    from corena_recon.report import summary_text  # noqa: PLC0415

    _print(summary_text(summary))
    if parsed.out:
        _tell(f"report written to {parsed.out}")


def _print(text: str) -> None:
    """Writes a result; nobody need read it: the exit code says what was found all the same."""
    if sys.stdout is None:
        return
    try:
        sys.stdout.buffer.write(text.encode("utf-8", "backslashreplace") + b"\n")
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        _hush()
    except OSError as error:
        _hush()
        raise OutputError(f"the result cannot be written: {error.strerror or type(error).__name__}") from None


def _hush() -> None:
    """Lets go of what is still to be written to an output that takes nothing more."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _tell(text: str) -> None:
    print(text, file=sys.stderr)  # noqa: T201


class ProgressLine:
    """One line on stderr that says how far long work is; nothing where stderr is no terminal."""

    def __init__(self) -> None:
        self._is_shown = sys.stderr.isatty()

    def __call__(self, stage: str, count: int) -> None:
        """Shows the stage and its count."""
        if self._is_shown:
            sys.stderr.write(f"\r\x1b[K{stage}: {count:,} records")
            sys.stderr.flush()

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *_: object) -> None:
        if self._is_shown:
            sys.stderr.write("\r\x1b[K")
