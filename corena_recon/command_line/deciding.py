"""The command ``decide``: the worklist to a sheet, and decisions back."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from typing import Final

from corena_recon.command_line.options import Option, add_options, given
from corena_recon.command_line.printing import tell
from corena_recon.command_line.words import DONE
from corena_recon.errors import OptionError
from corena_recon.languages import ENGLISH

TO: Final = Option("--to", "to", "write a sheet to fill in, a workbook or CSV by its name", "sheet.xlsx", "SHEET")
FROM: Final = Option("--from", "sheet", "take decisions from a sheet that was filled in", "sheet.xlsx", "SHEET")


def add_decide_arguments(command: argparse.ArgumentParser) -> None:
    """Adds what ``decide`` takes."""
    command.add_argument("folder", metavar="FOLDER", help="the report folder")
    add_options(command, (TO, FROM))


def run_decide(parsed: argparse.Namespace) -> int:
    """Writes a sheet, or takes one; a decision of which the sheet does not say when was made now.

    Raises:
        OptionError: It is not said which.
        CorenaReconError: As ``decide_to`` and ``decide_from``.
    """
    options = given(parsed, parsed.of_the_call)
    if len(options) != 1:
        raise OptionError("decide takes either a sheet to write or one to read", hint=f"{TO.typed()} or {FROM.typed()}")
    from corena_recon.stages.decide import decide_from, decide_to  # noqa: PLC0415

    if "to" in options:
        rows = decide_to(parsed.folder, options["to"])
        tell(DONE.say("sheet", ENGLISH, rows=rows, path=options["to"], command=FROM.typed(options["to"])))
        return 0
    taken = decide_from(parsed.folder, options["sheet"], at=f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}")
    tell(DONE.say("decisions", ENGLISH, added=taken.added, known=taken.known, path=taken.file))
    return 0
