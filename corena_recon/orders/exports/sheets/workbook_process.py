"""A program that reads one workbook, in a process of its own: a damaged one can end or fill the process that reads it.

    python workbook_process.py FOLDER MEMORY_BYTES all|stray

FOLDER is where ``python_calamine`` stands. On standard input are, pickled, the name of the sheet, None for all that
have rows, and the workbook's bytes; on standard output is a pickled ``Found``. With ``stray`` it is read
without the cells that stand far from all others. The program imports nothing of its package, so that it starts at once.
"""

from __future__ import annotations

import io
import pickle
import re
import sys
import zipfile
from collections.abc import Iterable
from typing import Any, Final, TypedDict

UNREADABLE: Final = 3
"""The exit code where the reader says that the workbook is damaged, or is none."""
TOO_LARGE: Final = 4
"""The exit code where memory was not enough, unless the system or the reader ended the process."""

_SPARSE_FROM_CELLS: Final = 1_000_000
_GAP_MAX_ROWS: Final = 1000
_GAP_MAX_COLUMNS: Final = 100
"""Cells beyond a gap of so many empty rows or columns belong to no table."""
_CELL: Final = re.compile(
    rb"<((?:\w+:)?)c\s(?:[^>]*?\s)?r=[\"']([A-Z]{1,3})([0-9]{1,7})[\"'](?:[^>]*[^/>])?>.*?</\1c\s*>", re.DOTALL
)
"""A cell that holds something, in the XML of a sheet: the prefix of its name, its column and its row."""


class Found(TypedDict):
    """The names of all sheets, the rows of those that were read, and the names of cells that were passed over.

    What stands in a cell that was merged with those below it stands in each of them.
    """

    names: list[str]
    sheets: dict[str, list[list[Any]]]
    stray: list[str]


def main(folder: str, memory_bytes: str, which: str) -> int:
    """Reads the workbook and gives the exit code."""
    _limit_memory(int(memory_bytes))
    sys.path.append(folder)
    try:
        sheet, octets = pickle.load(sys.stdin.buffer)  # noqa: S301 - written by this package
        found = _read_without_stray(octets, sheet) if which == "stray" else _read(octets, sheet)
        if found is None:
            return UNREADABLE
        pickle.dump(found, sys.stdout.buffer, pickle.HIGHEST_PROTOCOL)
        sys.stdout.buffer.flush()
    except MemoryError:
        return TOO_LARGE
    except BaseException:  # noqa: BLE001 - the reader has several unrelated types, and panics are no Exception
        return UNREADABLE
    return 0


def _limit_memory(size: int) -> None:
    try:
        import resource  # noqa: PLC0415 - Windows has none
    except ImportError:
        return
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    soft = size if hard == resource.RLIM_INFINITY else min(size, hard)
    resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def _read(octets: bytes, wanted: str | None, stray: list[str] | None = None) -> Found | None:
    import python_calamine  # noqa: PLC0415 - its folder is known now

    workbook = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(octets))
    names = list(workbook.sheet_names)
    sheets: dict[str, list[list[Any]]] = {}
    for name in names if wanted is None else {wanted}.intersection(names):
        sheet = workbook.get_sheet_by_name(name)
        cells = sheet.height * sheet.width
        if stray is None and cells > _SPARSE_FROM_CELLS and cells > len(octets):
            # More cells than bytes: hardly any of them hold anything.
            without = _read_without_stray(octets, wanted)
            if without is not None:
                return without
        rows = sheet.to_python(skip_empty_area=True)
        if any(cell not in ("", None) for row in rows for cell in row):
            _fill_down(rows, sheet)
            sheets[name] = rows
    return {"names": names, "sheets": sheets, "stray": stray or []}


def _fill_down(rows: list[list[Any]], sheet: Any) -> None:  # noqa: ANN401 - its package is known to the process alone
    first_row, first_column = sheet.start
    for (top, left), (bottom, _) in sheet.merged_cell_ranges or ():
        column = left - first_column
        for row in rows[top - first_row + 1 : bottom - first_row + 1]:
            row[column] = rows[top - first_row][column]


def _read_without_stray(octets: bytes, wanted: str | None) -> Found | None:
    """What is read without the cells that stand far from all others; None where there are none such."""
    if not octets.startswith(b"PK"):
        return None
    kept, stray = io.BytesIO(), list[str]()
    with zipfile.ZipFile(io.BytesIO(octets)) as old, zipfile.ZipFile(kept, "w") as new:
        for member in old.infolist():
            content = old.read(member)
            if "/worksheets/" in member.filename and member.filename.endswith(".xml"):
                content = _without_stray(content, stray)
            new.writestr(member.filename, content)
    return _read(kept.getvalue(), wanted, stray) if stray else None


def _without_stray(sheet: bytes, stray: list[str]) -> bytes:
    """The XML of a sheet without the cells that stand far from all others, whose names are appended."""
    cells = [(int(match[3]), _column(match[2])) for match in _CELL.finditer(sheet)]
    last_row = _last_of_table((row for row, _ in cells), _GAP_MAX_ROWS)
    last_column = _last_of_table((column for _, column in cells), _GAP_MAX_COLUMNS)

    def kept(match: re.Match[bytes]) -> bytes:
        if int(match[3]) <= last_row and _column(match[2]) <= last_column:
            return match[0]
        stray.append((match[2] + match[3]).decode("ascii"))
        return b""

    return _CELL.sub(kept, sheet)


def _column(letters: bytes) -> int:
    """``A`` is 1, ``AA`` 27."""
    place = 0
    for letter in letters:
        place = place * 26 + letter - 64
    return place


def _last_of_table(places: Iterable[int], gap_max: int) -> int:
    last = 0
    for place in sorted(set(places)):
        if last and place - last > gap_max:
            break
        last = place
    return last


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
