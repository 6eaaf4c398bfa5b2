"""Workbooks of Excel and LibreOffice, old and new, as text."""

from __future__ import annotations

import errno
import pickle
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from corena_recon.errors import SourceError
from corena_recon.orders.exports.export import NO_HINTS, Export, Hints
from corena_recon.orders.exports.sheets import workbook_process
from corena_recon.orders.exports.sheets.sheets import exports_of_sheets
from corena_recon.orders.exports.sheets.workbook_process import UNREADABLE, Found
from corena_recon.text import printable

_SECONDS: Final = 10
_SECONDS_A_MEGABYTE: Final = 20
_MEMORY_BYTES: Final = 256 * 2**20
_MEMORY_BYTES_A_BYTE: Final = 256
"""What reading a workbook may take, and what more for each megabyte or byte of it."""
_NAMED_MAX: Final = 10
"""How many stray cells are named."""


def read_workbook(source: str, octets: bytes, hints: Hints = NO_HINTS) -> list[Export]:
    """The sheets of an ``.xlsx``, ``.xls`` or ``.ods`` file as strings.

    These are the sheet that is asked for, or all that have a header, or the first that has rows where none has.

    It is read in a process of its own, whose memory and time are limited: damaged workbooks end, fill or hold up
    the process that reads them. Cells that stand far from all others are passed over where they alone make the sheet
    large; the note ``stray_cells`` names them.

    Numbers are written with the 15 significant digits that a spreadsheet keeps, whole ones without a decimal
    point; dates as ISO 8601.

    Raises:
        SourceError: The file is no workbook, is damaged, or holds no rows.
        OptionError: It has no such sheet.
    """
    found = _found_in(source, octets, hints.sheet)
    notes: dict[str, str | int] = {}
    if stray := found["stray"]:
        more = f" and {len(stray) - _NAMED_MAX} more" if len(stray) > _NAMED_MAX else ""
        notes["stray_cells"] = ", ".join(stray[:_NAMED_MAX]) + more
    sheets = {name: found["sheets"].get(name, []) for name in found["names"]}
    return exports_of_sheets(source, "excel", sheets, hints, notes)


def _found_in(source: str, octets: bytes, sheet: str | None) -> Found:
    """What the other process read; it tries again without stray cells where it came to no end."""
    seconds = _SECONDS + _SECONDS_A_MEGABYTE * len(octets) // 2**20
    given = pickle.dumps((sheet, octets), pickle.HIGHEST_PROTOCOL)
    why = ": reading it takes more time or memory than a file of its size may take"
    for which in ("all", "stray"):
        try:
            done = subprocess.run(  # noqa: S603 - this package's own program
                _command(_MEMORY_BYTES + _MEMORY_BYTES_A_BYTE * len(octets), which),
                input=given,
                capture_output=True,
                timeout=seconds,
                check=False,
            )
        except subprocess.TimeoutExpired:
            continue
        except OSError as error:
            raise SourceError(
                f"{printable(source)} cannot be read: no process can be started for it: {error.strerror}",
                hint="export the orders as CSV",
                path=source,
            ) from error
        if done.returncode == 0:
            found: Found = pickle.loads(done.stdout)  # noqa: S301 - written by this package's own program
            return found
        if done.returncode == UNREADABLE:
            why = "" if which == "all" else why
            break
    raise SourceError(
        f"{printable(source)} is no readable workbook{why}",
        hint="open it in a spreadsheet and save it again as .xlsx, or export the orders as CSV",
        path=source,
    )


def _command(memory_bytes: int, which: str) -> list[str]:
    reader = find_spec("python_calamine")
    if reader is None or reader.origin is None or not sys.executable:
        raise OSError(errno.ENOENT, "there is no interpreter or no reader")
    folder = str(Path(reader.origin).parents[1])
    return [sys.executable, "-I", "-S", workbook_process.__file__, folder, str(memory_bytes), which]
