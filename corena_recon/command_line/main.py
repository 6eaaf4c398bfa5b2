"""The command line: arguments in, exit code out.

Exit codes: 0 nothing exceptional, 1 exceptions or notifications that are forged, suspect or unreadable, 2 bad arguments
or input, 3 the gateway, 130 interrupted. Messages for people go to stderr, results to stdout. Heavy modules are
imported by the command that needs them, so that help comes at once.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import shutil
import sys
import traceback
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from corena_recon.command_line import gateway as gateway_commands
from corena_recon.command_line.deciding import add_decide_arguments, run_decide
from corena_recon.command_line.options import (
    DECIDING,
    JSON,
    KEYS,
    LANG,
    MASK,
    ORDERING,
    OUT,
    READING,
    RECONCILING,
    SHARING,
    TOP,
    VERIFYING,
    Option,
    Parser,
    add_options,
    given,
    hints_in_flags,
    in_flags,
    integer,
    parsed_arguments,
)
from corena_recon.command_line.printing import ProgressLine, hush, look, plain_amount, print_result, tell
from corena_recon.command_line.words import DONE
from corena_recon.errors import CorenaReconError, GatewayError, OptionError
from corena_recon.version import __version__

if TYPE_CHECKING:
    from corena_recon.report import Reconciliation

NOTHING_EXCEPTIONAL: Final = 0
EXCEPTIONS: Final = 1
BAD_INPUT: Final = 2
GATEWAY: Final = 3
INTERRUPTED: Final = 130
TRACEBACK_VARIABLE: Final = "CORENA_RECON_TRACEBACK"
"""The environment variable that has the traceback of an unexpected exception shown."""

CSV: Final = Option("--csv", "csv", "write the worklist as CSV", "worklist.csv", "FILE")
HTML: Final = Option(
    "--html", "html", "write one page to hand over, in which signatures can be computed again", "report.html", "FILE"
)
XLSX: Final = Option("--xlsx", "xlsx", "write the report as a workbook", "report.xlsx", "FILE")
LABELS: Final = Option(
    "--labels", "labels", "say how far it agrees with labels in a CSV: verdict, outcome and keys", "labels.csv", "FILE"
)
PARTITION: Final = Option(
    "--partition", "partition", "cut the report of --out for a warehouse", "day", "PERIOD", values=("day", "month")
)
ROW_GROUP: Final = Option(
    "--row-group-rows", "row_group_rows", "the most rows of a row group of --out", "131072", "N", kind=integer
)
PAGE_KEYS: Final = KEYS._replace(help="the key ring of the run, for --html: what would make a forgery valid")
REPORTING: Final = (HTML, PAGE_KEYS, CSV, XLSX, OUT, PARTITION, ROW_GROUP, LABELS, MASK, LANG)
TOP_ROWS: Final = 10
"""How many rows of the worklist are shown when nothing is said."""

_NAME: Final = "corena-recon"
_STANDARD_INPUT: Final = "-"
_OF_NO_COMMAND: Final = ("-h", "--help", "--version")
_ARCHIVE_HELP: Final = "a file, folder, glob or URL of notifications; - is standard input"

DEMONSTRATING: Final = (
    Option("--rows", "rows", "about how many notifications (20000)", "100000", "N", kind=integer),
    Option("--out", "out", "the folder of the shop (corena-demo)", "corena-demo", "FOLDER"),
    LANG,
)
MERGING: Final = (
    KEYS._replace(help="the key ring, to prove whose the shares are; none is needed"),
    *(option for option in (*READING, *DECIDING) if option.parameter in ("memory_bytes", "decisions")),
    OUT,
)
QUIET: Final = Option("--quiet", "quiet", "print nothing but errors; the exit code says what was found")
EXPLAINING: Final = (KEYS._replace(help="the key ring, to search what would make a forgery valid"), LANG)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit code."""
    options: Sequence[Option] = ()
    try:
        parsed = parsed_arguments(*_parser(), _with_command(sys.argv[1:] if arguments is None else arguments))
        options = parsed.options
        return int(parsed.run(parsed))
    except CorenaReconError as error:
        tell(f"corena-recon: {in_flags(error, options)}")
        return GATEWAY if isinstance(error, GatewayError) else BAD_INPUT
    except KeyboardInterrupt:
        tell("corena-recon: interrupted")
        return INTERRUPTED
    except BrokenPipeError:
        hush()
        return NOTHING_EXCEPTIONAL
    except Exception as error:  # noqa: BLE001 - exit code 1 means exceptions in the archive, never a crash
        if os.environ.get(TRACEBACK_VARIABLE):
            traceback.print_exc()
        tell(f"corena-recon: {_sentence(error)}")
        return BAD_INPUT


def _with_command(arguments: Sequence[str]) -> Sequence[str]:
    """The arguments, with the command that is meant where none is named."""
    is_named = bool(arguments) and (not arguments[0].startswith("-") or arguments[0] in _OF_NO_COMMAND)
    return arguments if is_named else ["close", *arguments]


def _sentence(error: Exception) -> str:
    """What stopped a command unexpectedly; never what the error says, which may be anything, a secret too."""
    if isinstance(error, MemoryError):
        return "memory is not enough for this (hint: allow more, or give --memory fewer MiB, beyond which disk is used)"
    if isinstance(error, RuntimeError) and error.args == ("can't start new thread",):
        return "the system lets no more threads be started (hint: allow more processes or more memory)"
    if isinstance(error, OSError) and error.strerror:
        return f"stopped by the system: {error.strerror} (hint: set {TRACEBACK_VARIABLE}=1 to see where)"
    return f"stopped by an unexpected {type(error).__name__} (hint: set {TRACEBACK_VARIABLE}=1 to see where)"


def _parser() -> tuple[Parser, list[str]]:
    """What reads the arguments, and the names of the commands."""
    parser = Parser(
        prog="corena-recon",
        description="Verify archived Corena Payme notifications and reconcile them with orders.",
        epilog="Exit codes: 0 nothing exceptional, 1 exceptions, 2 bad input, 3 the gateway, 130 interrupted.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"corena-recon {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    command = _command(commands, "reconcile", "verify an archive and match its payments with orders", _audit)
    command.add_argument("archive", nargs="+", metavar="ARCHIVE", help=_ARCHIVE_HELP)
    auditing = (*VERIFYING, *READING, *DECIDING, *SHARING, OUT, MASK, LANG)
    add_options(command, (*RECONCILING, *auditing), of_the_orders=ORDERING, of_the_command=(JSON, TOP))
    command = _command(commands, "verify", "verify an archive alone", _audit)
    command.add_argument("archive", nargs="+", metavar="ARCHIVE", help=_ARCHIVE_HELP)
    add_options(command, auditing, of_the_command=(JSON, TOP))
    command = _command(commands, "merge", "put the shares of an audit together", _merge)
    command.add_argument("work", metavar="FOLDER", help="the folder of the shares")
    add_options(command, MERGING, of_the_command=(JSON, TOP))
    command = _command(commands, "close", "close as the nearest corena.toml says; so does no command at all", _close)
    command.add_argument("file", nargs="?", metavar="FILE", help="the project file, or its folder")
    add_options(command, (), of_the_command=(JSON, TOP, QUIET))
    command = _command(commands, "init", "look at a folder and write its corena.toml", _init)
    command.add_argument("folder", nargs="?", default=".", metavar="FOLDER", help="with archive, orders and keys (.)")
    add_options(command, (LANG,))
    command = _command(commands, "demo", "audit an invented shop with planted fraud, offline", _demo)
    add_options(command, DEMONSTRATING, of_the_command=(JSON, TOP))
    command = _command(commands, "explain", "say why the notifications of an identifier are what they are", _explain)
    command.add_argument("folder", metavar="FOLDER", help="a report folder")
    command.add_argument("identifier", metavar="IDENTIFIER", help="exactly as archived")
    add_options(command, EXPLAINING)
    command = _command(commands, "report", "write a report as a page, or for a spreadsheet", _report)
    command.add_argument("folder", metavar="FOLDER", help="the report folder")
    add_options(command, REPORTING)
    command = _command(commands, "diff", "say what has changed from one report to the next", _diff)
    command.add_argument("old", metavar="OLD", help="the earlier report folder")
    command.add_argument("new", metavar="NEW", help="the later report folder")
    add_options(command, (LANG,), of_the_command=(JSON,))
    command = _command(commands, "decide", "take the worklist to a sheet, and decisions back", run_decide)
    add_decide_arguments(command)
    command = _command(commands, "check", "run a report again from its manifest and compare", _check)
    command.add_argument("folder", metavar="FOLDER", help="the report folder")
    command.add_argument("archive", nargs="*", metavar="ARCHIVE", help="where its inputs are now, orders among them")
    add_options(command, (KEYS, LANG))
    for name, words in (
        ("sandbox", "run an imitation of the gateway on this machine"),
        ("listen", "store the notifications that arrive"),
        ("resend", "post stored notifications again"),
        ("initiate", "initiate a test payment"),
        ("probe", "try which forgeries a shop's own handler accepts"),
    ):
        command = _command(commands, name, words, getattr(gateway_commands, f"run_{name}"))
        getattr(gateway_commands, f"add_{name}_arguments")(command)
    return parser, list(commands.choices)


def _command(
    commands: Any,  # noqa: ANN401 - argparse's own type is private
    name: str,
    words: str,
    run: Callable[[argparse.Namespace], int],
) -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = commands.add_parser(name, help=words, description=words, allow_abbrev=False)
    command.set_defaults(run=run)
    return command


def _audit(parsed: argparse.Namespace) -> int:
    options = given(parsed, parsed.of_the_call)
    of_the_orders = given(parsed, parsed.of_the_orders)
    if of_the_orders:
        options["order_options"] = of_the_orders
    from corena_recon.report import Reconciliation  # noqa: PLC0415
    from corena_recon.stages.audit import audit  # noqa: PLC0415

    with ProgressLine() as progress:
        found = audit(_archive(parsed.archive), progress=progress, **options)
    if not isinstance(found, Reconciliation):
        print_result(json.dumps({**found._asdict(), "folder": str(found.folder)}) if parsed.json else str(found))
        return NOTHING_EXCEPTIONAL
    _show(found, parsed)
    return EXCEPTIONS if found.is_exceptional else NOTHING_EXCEPTIONAL


def _merge(parsed: argparse.Namespace) -> int:
    options = given(parsed, parsed.of_the_call)
    from corena_recon.stages.merge import merge  # noqa: PLC0415

    with ProgressLine() as progress:
        found = merge(parsed.work, progress=progress, **options)
    _show(found, parsed)
    return EXCEPTIONS if found.is_exceptional else NOTHING_EXCEPTIONAL


def _close(parsed: argparse.Namespace) -> int:
    from corena_recon.project import Project, nearest_file  # noqa: PLC0415

    project = Project(nearest_file(Path.cwd()) if parsed.file is None else parsed.file)
    with ProgressLine() as progress:
        found = project.close(progress=progress)
    if not parsed.quiet:
        parsed.out = str(project.settings.report)
        _show(found, parsed)
    return EXCEPTIONS if found.is_exceptional else NOTHING_EXCEPTIONAL


def _init(parsed: argparse.Namespace) -> int:
    from corena_recon.project import found_project  # noqa: PLC0415

    founding = found_project(parsed.folder, **given(parsed, parsed.of_the_call))
    print_result(founding.told(_program(is_from_elsewhere=True)))
    return NOTHING_EXCEPTIONAL


def _archive(typed: Sequence[str]) -> list[Any]:
    """The sources that were typed; a dash is what comes in."""
    if typed.count(_STANDARD_INPUT) > 1:
        raise OptionError("ARCHIVE names standard input more than once")
    return [sys.stdin.buffer if source == _STANDARD_INPUT else source for source in typed]


def _demo(parsed: argparse.Namespace) -> int:
    options = given(parsed, parsed.of_the_call)
    from corena_recon.demonstration.demonstration import demonstrate  # noqa: PLC0415

    with ProgressLine() as progress:
        shown = demonstrate(progress=progress, **options)
    parsed.out = str(shown.report)
    _show(shown.reconciliation, parsed)
    tell(shown.text(_program()))
    return EXCEPTIONS if shown.missed else NOTHING_EXCEPTIONAL


def _program(*, is_from_elsewhere: bool = False) -> str:
    """How this program is called where its bare name is not found, or another is; also from another folder."""
    typed = sys.argv[0]
    found = shutil.which(_NAME)
    is_other = Path(typed).stem == _NAME and (found is None or not Path(found).samefile(typed))
    place = str(Path(typed).absolute()) if is_from_elsewhere else typed
    return shlex.quote(place) if is_other else _NAME


def _explain(parsed: argparse.Namespace) -> int:
    options = given(parsed, parsed.of_the_call)
    from corena_recon.stages.explain import explain  # noqa: PLC0415

    print_result(str(explain(parsed.folder, parsed.identifier, **options)))
    return NOTHING_EXCEPTIONAL


def _report(parsed: argparse.Namespace) -> int:
    files = given(parsed, REPORTING)
    if not {*files} & {each.parameter for each in (HTML, CSV, XLSX, OUT, LABELS)}:
        raise OptionError("nothing says what to write", hint=f"for example {HTML.typed()}")
    from corena_recon.report import Reconciliation, sha256_of  # noqa: PLC0415

    found = Reconciliation.read_parquet(parsed.folder)
    if "mask" in files:
        found = found.masked()
    progress = ProgressLine()
    ways: tuple[tuple[str, str, Callable[..., Path], Sequence[Option]], ...] = (
        ("out", "report", found.to_parquet, (PARTITION, ROW_GROUP)),
        ("html", "page", partial(found.to_html, progress=progress), (PAGE_KEYS, LANG)),
        ("csv", "worklist", found.to_csv, (LANG,)),
        ("xlsx", "workbook", partial(found.to_excel, progress=progress), (LANG,)),
    )
    for parameter, words, write, own in ways:
        if parameter in files:
            with progress:
                progress(f"write the {words}", 0)
                path = write(files[parameter], **given(parsed, own))
            tell(DONE.say(words, files.get("lang", found.lang), path=path))
            if parameter == "html":
                print_result(sha256_of(path))
    if "labels" not in files:
        return NOTHING_EXCEPTIONAL
    evaluation = found.evaluate(files["labels"])
    print_result(str(evaluation))
    return NOTHING_EXCEPTIONAL if evaluation.agrees else EXCEPTIONS


def _diff(parsed: argparse.Namespace) -> int:
    options = given(parsed, parsed.of_the_call)
    from corena_recon.stages.diff import diff  # noqa: PLC0415

    difference = diff(parsed.old, parsed.new, **options)
    print_result(json.dumps(difference.to_dict(), default=str) if parsed.json else str(difference))
    return EXCEPTIONS if difference.got_worse else NOTHING_EXCEPTIONAL


def _check(parsed: argparse.Namespace) -> int:
    options = given(parsed, parsed.of_the_call)
    from corena_recon.stages.check import check  # noqa: PLC0415

    found = check(parsed.folder, parsed.archive, **options)
    print_result(found.text)
    return NOTHING_EXCEPTIONAL if found.code == "same" else EXCEPTIONS


def _show(found: Reconciliation, parsed: argparse.Namespace) -> None:
    from corena_recon.report import OF_THE_RUN, report_text  # noqa: PLC0415

    dearest = found.dearest(given(parsed, (TOP,)).get("top", TOP_ROWS))
    if parsed.json:
        of_the_run = {name: found.facts[name] for name in OF_THE_RUN if name in found.facts}
        worklist = [{**row, "at_risk": plain_amount(row["at_risk"])} for row in dearest]
        print_result(json.dumps({**found.summary, "worklist": worklist, **of_the_run, "report": parsed.out}))
        return
    text = report_text(found.summary, dearest, look(found.lang), parsed.out)
    # The commands to go on with, as they can be typed here.
    text = text.replace(f"\n  {_NAME} ", f"\n  {_program()} ")
    print_result(hints_in_flags(text, parsed.options))
    if parsed.out:
        tell(DONE.say("report", found.lang, path=parsed.out))
