"""The file of decisions: one JSON object a line, to which lines are added and nothing else.

A line that cannot be read is told, for it may have taken back the one before it. A sheet that was filled in, as
``decide --to`` writes it, can be kept instead.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final, NamedTuple

import pyarrow as pa

from corena_recon.decisions.decision import KEY_DIGITS, Decision, evidence_of
from corena_recon.decisions.sheet import sheet_decisions
from corena_recon.errors import InputError, OutputError
from corena_recon.text import printable
from corena_recon.vocabulary import RefundProblem

if sys.platform != "win32":
    import fcntl

_TEXTS: Final = ("outcome", "decision", "by", "evidence")
_TEXTS_OR_NONE: Final = ("identifier", "source", "reason", "at", "reviewed_by")
_SHEETS: Final = (".csv", ".xlsx", ".xls", ".ods")
SUBJECTS_OF_A_SOURCE: Final = ("unreadable", "broken_chain", RefundProblem.WITHOUT_ORDER, RefundProblem.NOT_IN_ORDERS)
"""Outcomes of which each source has its own."""


class Kept(NamedTuple):
    """A file of decisions, read.

    Attributes:
        file: Its path.
        decisions: In the order in which they were made.
        flaws: Lines that say nothing that can be read.
    """

    file: str
    decisions: tuple[Decision, ...] = ()
    flaws: tuple[int, ...] = ()

    @classmethod
    def of_table(cls, table: pa.Table) -> Kept:
        """The decisions that a report holds."""
        rows = [{**row, "basis": row["basis"] and json.loads(row["basis"])} for row in table.to_pylist()]
        return cls("", tuple(Decision(**{name: row[name] for name in Decision._fields}) for row in rows))

    def last(self) -> dict[str, Decision]:
        """The last decision of each subject."""
        return {one.subject: one for one in self.decisions}


def subject_of(identifier: str | None, outcome: str, source: str | None) -> str:
    """The key of what is decided of; ``report`` says the same in SQL."""
    if identifier is not None:
        text = f"identifier:{identifier}"
    else:
        text = f"{outcome}:{source}" if outcome in SUBJECTS_OF_A_SOURCE else outcome
    return "k" + hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:KEY_DIGITS]


def read_decisions(file: str | os.PathLike[str]) -> Kept:
    """The decisions of a file; none where there is no file yet.

    Args:
        file: JSON lines, or a sheet that was filled in.

    Raises:
        InputError: It cannot be read.
    """
    path = Path(file)
    name = printable(str(path))
    if not path.parent.is_dir():
        raise InputError(f"the folder of the decisions {name} is not there", hint="check the path")
    if path.suffix.lower() in _SHEETS and path.exists():
        return Kept(str(path), tuple(sheet_decisions(path)))
    try:
        octets = _octets(path) if path.exists() else b""
    except OSError as error:
        raise InputError(f"the decisions {name} cannot be read: {error.strerror or type(error).__name__}") from None
    decisions, flaws = [], []
    for number, line in enumerate(octets.split(b"\n"), 1):
        if not line.strip():
            continue
        decision = _decision(line, number)
        if decision is None:
            flaws.append(number)
        else:
            decisions.append(decision)
    return Kept(str(path), tuple(decisions), tuple(flaws))


def append_decisions(file: Path, decisions: Iterable[Decision]) -> None:
    """Adds decisions to a file, durably; others may do so at the same time.

    Raises:
        OutputError: It cannot be written, or is a sheet.
    """
    name = printable(str(file))
    if file.suffix.lower() in _SHEETS:
        raise OutputError(f"the decisions {name} are a sheet", hint="fill them in there, or keep a .jsonl beside it")
    octets = b"".join(_line(one) for one in decisions)
    try:
        descriptor = os.open(file, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o644)
        try:
            with _locked(descriptor):
                if os.lseek(descriptor, 0, os.SEEK_END) and _last_octet(descriptor) != b"\n":
                    # What a crash cut off stays a line of its own, and is told.
                    octets = b"\n" + octets
                while octets:
                    octets = octets[os.write(descriptor, octets) :]
                os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise OutputError(f"the decisions {name} cannot be written: {error.strerror or type(error).__name__}") from None


def _octets(path: Path) -> bytes:
    """What a file holds between two that add to it."""
    with path.open("rb") as file, _locked(file.fileno()):
        return file.read()


@contextmanager
def _locked(descriptor: int) -> Iterator[None]:
    """Nobody else reads or adds meanwhile, where the system has locks."""
    if sys.platform != "win32":
        with suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_EX)
    # Closing the file gives the lock back.
    yield


def _last_octet(descriptor: int) -> bytes:
    os.lseek(descriptor, -1, os.SEEK_END)
    return os.read(descriptor, 1)


def _line(decision: Decision) -> bytes:
    told = decision._asdict()
    names = ("identifier", "outcome", "source", "decision", "reason", "by", "at", "reviewed_by", "evidence", "basis")
    return json.dumps({name: told[name] for name in names}).encode("ascii") + b"\n"


def _decision(line: bytes, number: int) -> Decision | None:
    """The decision of a line; None where it is none, or its evidence is not that of its basis."""
    try:
        told = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(told, dict) or not _is_sound(told):
        return None
    basis = told.get("basis")
    if basis is not None and evidence_of(basis) != told["evidence"]:
        return None
    texts: dict[str, Any] = {name: told.get(name) for name in (*_TEXTS, *_TEXTS_OR_NONE)}
    subject = subject_of(texts["identifier"], told["outcome"], texts["source"])
    return Decision(subject=subject, **texts, basis=basis, line=number)


def _is_sound(told: Mapping[str, Any]) -> bool:
    has_texts = all(isinstance(told.get(name), str) and told[name].strip() for name in _TEXTS)
    return (
        has_texts
        and all(isinstance(told.get(name), str | None) for name in _TEXTS_OR_NONE)
        and isinstance(told.get("basis"), dict | None)
        and len(told["evidence"]) >= KEY_DIGITS
    )
