"""What commands print: results to stdout, words for people to stderr."""

from __future__ import annotations

import os
import shutil
import sys
import threading
import time
from decimal import Decimal
from itertools import cycle
from typing import TYPE_CHECKING, Final, Self, TextIO

from corena_recon.errors import OutputError

if TYPE_CHECKING:
    from corena_recon.report.displays.terminal import Look

_TICK_S: Final = 0.2


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
    """One line on stderr that says how far long work is, and moves while it does; nothing where that is no terminal.

    Args:
        stream: What takes its place.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = sys.stderr if stream is None else stream
        self._is_shown = self._stream is not None and self._stream.isatty()
        self._begun_at_s = self._stage_at_s = time.monotonic()
        self._stage, self._count, self._done, self._total = "", 0, 0, 0
        self._is_over = threading.Event()
        self._ticking: threading.Thread | None = None

    def __call__(self, stage: str, count: int) -> None:
        """Shows the stage and its count."""
        if stage != self._stage:
            self._stage_at_s = time.monotonic()
            self._done, self._total = 0, 0
        self._stage, self._count = stage, count

    def share(self, stage: str, done: int, total: int) -> None:
        """Shows how much of the stage is done."""
        if stage == self._stage:
            self._done, self._total = done, total

    @property
    def text(self) -> str:
        """What is known now."""
        now_s = time.monotonic()
        parts = [f"{self._count:,} records"] if self._count else []
        if self._total:
            of = "" if self._done == self._count else f" of {self._total / 1_000_000:,.1f} MB"
            parts.append(f"{100 * self._done // self._total} %{of}")
        if self._count and now_s - self._stage_at_s >= _TICK_S:
            parts.append(f"{self._count / (now_s - self._stage_at_s):,.0f} a second")
        parts.append(f"{now_s - self._begun_at_s:.0f} s")
        return f"{self._stage or 'begin'}: {', '.join(parts)}"

    def _tick(self) -> None:
        for sign in cycle("|/-\\"):
            self._stream.write(f"\r\x1b[K{sign} {self.text}")
            self._stream.flush()
            if self._is_over.wait(_TICK_S):
                return

    def __enter__(self) -> Self:
        self._is_over.clear()
        if self._is_shown:
            self._ticking = threading.Thread(target=self._tick, daemon=True)
            self._ticking.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        if self._ticking is not None:
            self._ticking.join()
            self._stream.write("\r\x1b[K")
            self._stream.flush()
