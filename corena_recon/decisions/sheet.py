"""Decisions on a sheet and back: rows have keys, so that what a spreadsheet does to their other cells does not matter.

In CSV an apostrophe says of text that it is no formula.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

import pyarrow as pa

from corena_recon.decisions.decision import KEY_DIGITS, Decision, row_key
from corena_recon.errors import InputError
from corena_recon.orders import read_texts
from corena_recon.schemas import WORKLIST_SCHEMA
from corena_recon.text import printable

_FILLED_IN: Final = ("decision", "reason", "by", "at", "reviewed_by")
_SHOWN: Final = ("identifier", "outcome", "currency", "at_risk", "since", "why", "next_step", "source", "record")
SHEET_SCHEMA: Final = pa.schema(
    [*((name, pa.string()) for name in ("key", *_FILLED_IN)), *(WORKLIST_SCHEMA.field(name) for name in _SHOWN)]
)
"""A sheet to fill in."""
_DATES: Final = (
    "",
    *(f"{date}{time}" for date in ("%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y") for time in ("", " %H:%M", " %H:%M:%S")),
)
_KEY: Final = re.compile(rf"(k[0-9a-f]{{{KEY_DIGITS}}})-([0-9a-f]{{{KEY_DIGITS}}})")
_BYTE_ORDER_MARK: Final = "\ufeff"
_FORMULA_BEGINS: Final = ("=", "+", "-", "@", "'")
_TOLD_MAX: Final = 5
_NAME_MAX: Final = 40


class DecidableRow(NamedTuple):
    """A row of the worklist that can be decided.

    Attributes:
        shown: Its cells, as the worklist has them.
        subject: The key of what it is about.
        evidence: The digest of what there is to decide on.
        decision: The one that stands, or waits for a second person.
    """

    shown: Mapping[str, Any]
    subject: str
    evidence: str
    decision: Decision | None


def sheet_to_fill_in(rows: Iterable[DecidableRow]) -> pa.Table:
    """The rows, in order, as a sheet to fill in has them: their keys first, then what is filled in."""
    return pa.Table.from_pylist([_cells(row) for row in rows], schema=SHEET_SCHEMA)


def sheet_csv(sheet: pa.Table) -> bytes:
    """A sheet as the bytes of a CSV file."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(sheet.column_names)
    writer.writerows([_guarded(cell) for cell in row.values()] for row in sheet.to_pylist())
    return (_BYTE_ORDER_MARK + text.getvalue()).encode()


def sheet_decisions(file: Path) -> Iterator[Decision]:
    """The decisions of a sheet that was filled in; rows without one say nothing.

    Raises:
        InputError: A decision has no key, no name or no date that can be read, or a row was decided twice; with the
            rows.
    """
    problems: list[str] = []
    seen: dict[str, tuple[int, Decision]] = {}
    for number, cells in read_texts(file, "key"):
        if "decision" not in cells:
            continue
        # Wherever it stands: a byte order mark that was read as letters is in the name of the first column.
        key = next(filter(None, map(_KEY.fullmatch, cells.values())), None)
        named = f"row {number} ({printable(cells.get('identifier', cells.get('outcome', '')))[:_NAME_MAX]})"
        problem = _problem(cells) if key else "has no key that this package wrote"
        if problem or key is None:
            problems.append(f"{named} {problem}")
            continue
        decision = _decision(cells, key[1], key[2], number)
        first, before = seen.setdefault(decision.subject, (number, decision))
        if first != number:
            is_same = before._replace(line=0) == decision._replace(line=0)
            problems.append(f"{named} {'repeats' if is_same else 'contradicts'} row {first}")
    refuse(file, problems)
    yield from (decision for _, decision in seen.values())


def refuse(file: Path, problems: Sequence[str]) -> None:
    """Refuses a sheet that has problems, naming the first of them.

    Raises:
        InputError: It has.
    """
    if not problems:
        return
    more = f" and {len(problems) - _TOLD_MAX} more" if len(problems) > _TOLD_MAX else ""
    raise InputError(
        f"nothing of {printable(str(file))} is taken: {'; '.join(problems[:_TOLD_MAX])}{more}",
        hint="mend these rows; decide --to writes the sheet anew",
        problems=list(problems),
    )


def _cells(row: DecidableRow) -> dict[str, Any]:
    made = row.decision
    # When it was decided is left open: a spreadsheet would change it, and whoever decides anew decides now.
    filled = {name: None if made is None or name == "at" else getattr(made, name) for name in _FILLED_IN}
    return {"key": row_key(row.subject, row.evidence), **filled, **{name: row.shown[name] for name in _SHOWN}}


def _problem(cells: Mapping[str, str]) -> str | None:
    if "by" not in cells:
        return "does not say by whom"
    if "at" in cells and _moment(cells["at"]) is None:
        return "has a date that is none: write it as 2026-01-31, or leave it out"
    return None


def _decision(cells: Mapping[str, str], subject: str, evidence: str, number: int) -> Decision:
    said = {name: _unguarded(cells.get(name)) for name in _FILLED_IN}
    at = cells.get("at")
    return Decision(
        subject,
        cells.get("identifier"),
        cells.get("outcome", ""),
        cells.get("source"),
        decision=said["decision"] or "",
        reason=said["reason"],
        by=said["by"] or "",
        at=None if at is None else _moment(at),
        reviewed_by=said["reviewed_by"],
        evidence=evidence,
        basis=None,
        line=number,
    )


def _moment(text: str) -> str | None:
    """The moment as ISO 8601; of a date that a spreadsheet wrote its own way the day comes first, where it can."""
    for form in _DATES:
        try:
            return (datetime.strptime(text, form) if form else datetime.fromisoformat(text)).isoformat()  # noqa: DTZ007
        except ValueError:
            continue
    return None


def _unguarded(text: str | None) -> str | None:
    is_guarded = text is not None and text.startswith("'") and text[1:].lstrip().startswith(_FORMULA_BEGINS)
    return text[1:] if text is not None and is_guarded else text


def _guarded(cell: object) -> object:
    if not isinstance(cell, str):
        return cell
    shown = printable(cell)
    return f"'{shown}" if shown.lstrip().startswith(_FORMULA_BEGINS) else shown
