"""What commands print: results to stdout, words for people to stderr."""

from __future__ import annotations

import os
import shutil
import sys
from decimal import Decimal
from typing import TYPE_CHECKING

from corena_recon.errors import OutputError

if TYPE_CHECKING:
    from corena_recon.report.terminal import Look
    from corena_recon.stages.audit import Progress


def print_result(text: str) -> None:
    """Writes a result; nobody need read it: the exit code says what was found all the same.

    Raises:
        OutputError: It cannot be written.
    """
    if sys.stdout is None:
        return
    try:
        sys.stdout.buffer.write(text.encode("utf-8", "backslashreplace") + b"\n")
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        hush()
    except OSError as error:
        hush()
        raise OutputError(f"the result cannot be written: {error.strerror or type(error).__name__}") from None


def look(lang: str) -> Look:
    """How a report is shown where results go: as wide as the terminal, in colour where that has any.

    Args:
        lang: Of labels.
    """
    from corena_recon.report import Look  # noqa: PLC0415

    is_terminal = sys.stdout is not None and sys.stdout.isatty()
    has_colour = is_terminal and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"
    width = shutil.get_terminal_size().columns if is_terminal else Look._field_defaults["width"]
    return Look(lang, width, has_colour)


def plain_amount(amount: Decimal | None) -> str | None:
    """An amount for programs: all 8 decimals."""
    return None if amount is None else f"{amount:.8f}"


def hush() -> None:
    """Lets go of what is still to be written to an output that takes nothing more."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def tell(text: str) -> None:
    """Says something to the person who runs the command."""
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
