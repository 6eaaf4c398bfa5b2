"""The stage ``decide``: the worklist of a report to a sheet that people fill in, and what they decided back."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from corena_recon.decisions import (
    DECISION_WORDS,
    WITHDRAWN,
    DecidableRow,
    Decision,
    Kept,
    Standing,
    append_decisions,
    evidence_of,
    read_decisions,
    refuse,
    sheet_csv,
    sheet_decisions,
    sheet_to_fill_in,
    standing_of,
    subject_of,
)
from corena_recon.report import Reconciliation, folder_path, whole_file, write_list, write_whole

DECISIONS_NAME: Final = "decisions.jsonl"
"""The file of decisions beside a report, where the report was made with no other."""

_WORKBOOK: Final = ".xlsx"
_WIDTHS: Final = {"key": 8, "why": 70, "next_step": 70, "reason": 30}


class Taken(NamedTuple):
    """What was taken from a sheet.

    Attributes:
        file: Where decisions are kept.
        added: How many were added.
        known: How many were there already.
    """

    file: Path
    added: int
    known: int


def decisions_file(folder: str | os.PathLike[str]) -> Path:
    """Where the decisions on a report are kept: the file that it was made with, else one beside it.

    A report names the file as its caller did, who may have stood elsewhere: then the file lies beside the report.
    """
    report = folder_path(folder)
    [named] = Reconciliation.read_parquet(report).facts.get("sources", {}).get("decisions", [DECISIONS_NAME])
    file = Path(named)
    is_found = file.exists() or (file.is_absolute() and file.parent.is_dir())
    return file if is_found else report.absolute().parent / file.name


def decide_to(folder: str | os.PathLike[str], sheet: str | os.PathLike[str]) -> int:
    """Writes a sheet to fill in, a row for each of the worklist; what is decided and stands is filled in.

    Args:
        folder: The report.
        sheet: A workbook (``.xlsx``), else CSV.

    Returns:
        How many rows it has.

    Raises:
        OutputError: The folder is no report, or the sheet cannot be written.
        InputError: The decisions cannot be read.
    """
    found = Reconciliation.read_parquet(folder)
    deciding = _Deciding(found, read_decisions(decisions_file(folder)))
    rows = [
        DecidableRow(shown, subject, evidence_of(basis), deciding.standing(subject, basis))
        for shown in found.table("worklist").to_pylist()
        if (basis := deciding.bases.get(subject := _subject(shown))) is not None
    ]
    path = folder_path(sheet)
    to_fill_in = sheet_to_fill_in(rows)
    if path.suffix.lower() != _WORKBOOK:
        write_whole(path, sheet_csv(to_fill_in))
        return len(rows)
    with whole_file(path) as file:
        write_list(file, "decisions", to_fill_in, _WIDTHS, {"decision": [*DECISION_WORDS, WITHDRAWN]})
    return len(rows)


def decide_from(folder: str | os.PathLike[str], sheet: str | os.PathLike[str], *, at: str) -> Taken:
    """Adds what a sheet decides to the decisions, all of it or nothing; what is known already is not added again.

    Args:
        folder: The report that the sheet was written for, or a later one of the same shop.
        sheet: As ``decide_to`` wrote it, filled in.
        at: When it was decided, of rows that do not say.

    Raises:
        OutputError: The folder is no report, or the decisions cannot be written.
        InputError: The sheet cannot be read, or something in it cannot be taken; with the rows.
    """
    file = decisions_file(folder)
    deciding = _Deciding(Reconciliation.read_parquet(folder), read_decisions(file))
    path = folder_path(sheet)
    shown = {_subject(row): row for row in deciding.found.table("worklist").to_pylist()}
    problems, added, known = [], [], 0
    for decision in sheet_decisions(path):
        problem = deciding.problem(decision)
        if problem is not None:
            problems.append(f"row {decision.line} {problem}")
        elif deciding.knows(decision):
            known += 1
        else:
            basis = deciding.bases[decision.subject]
            row = {name: shown[decision.subject][name] for name in ("identifier", "outcome", "source")}
            row["source"] = row["source"] if row["identifier"] is None else None
            added.append(
                decision._replace(**row, at=decision.at or at, basis=basis, evidence=evidence_of(basis), line=0)
            )
    refuse(path, problems)
    append_decisions(file, added)
    return Taken(file, len(added), known)


class _Deciding:
    """A report and the decisions on it.

    Args:
        found: The report.
        kept: The decisions.

    Attributes:
        found: The report.
        bases: What there is to decide on, by subject.
    """

    def __init__(self, found: Reconciliation, kept: Kept) -> None:
        self.found = found
        self.bases: Mapping[str, Mapping[str, Any]] = found.decidable()
        self._last = kept.last()
        self._two_people = bool(found.facts.get("options", {}).get("two_people"))

    def standing(self, subject: str, basis: Mapping[str, Any]) -> Decision | None:
        """The decision on a subject that stands, or waits for a second person."""
        decision = self._last.get(subject)
        if decision is None:
            return None
        standing = standing_of(decision, basis, two_people=self._two_people)
        return decision if standing in (Standing.STANDS, Standing.UNREVIEWED) else None

    def problem(self, decision: Decision) -> str | None:
        """Why a decision of a sheet cannot be taken, if so."""
        basis = self.bases.get(decision.subject)
        if basis is None:
            return "is not in the worklist any more"
        if not evidence_of(basis).startswith(decision.evidence):
            return "has changed since the sheet was written"
        if self._two_people and decision.reviewed_by and not decision.is_reviewed:
            return "is reviewed by who decided it"
        return None

    def knows(self, decision: Decision) -> bool:
        """Whether the decision is the last one already, on the same evidence."""
        last = self._last.get(decision.subject)
        names = ("decision", "reason", "by", "reviewed_by")
        return (
            last is not None
            and last.evidence.startswith(decision.evidence)
            and all(getattr(last, name) == getattr(decision, name) for name in names)
        )


def _subject(row: Mapping[str, Any]) -> str:
    return subject_of(row["identifier"], row["outcome"], row["source"])
