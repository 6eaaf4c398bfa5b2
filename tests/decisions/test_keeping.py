"""The file of decisions: what is added stays, what cannot be read is told, and nobody's line is lost."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import corena_recon as cr
from corena_recon.decisions import Decision, append_decisions, evidence_of, read_decisions, subject_of
from corena_recon.errors import InputError, OutputError
from tests.making import ipn, orders, verified

BASIS = {"outcome": "underpaid", "paid_amount": "10.00000000"}
APPENDING = """
import sys
from pathlib import Path
from tests.decisions.test_keeping import decision
from corena_recon.decisions import append_decisions
for number in range(20):
    append_decisions(Path(sys.argv[1]), [decision(f"{sys.argv[2]}{number}"), decision(f"{sys.argv[2]}{number}b")])
"""


def decision(identifier: str = "A", **changes: object) -> Decision:
    made = Decision(
        subject_of(identifier, "underpaid", None),
        identifier,
        "underpaid",
        None,
        decision="accepted",
        reason=None,
        by="Awa",
        at="2026-01-31T12:00:00Z",
        reviewed_by=None,
        evidence=evidence_of(BASIS),
        basis=BASIS,
    )
    return made._replace(**changes)  # type: ignore[arg-type]


def test_what_was_decided_comes_back_in_its_order(tmp_path: Path) -> None:
    file = tmp_path / "decisions.jsonl"
    made = [decision("A"), decision("\ud800É\n=1"), decision("A", decision="withdrawn", reviewed_by="Ba")]
    append_decisions(file, made[:1])
    append_decisions(file, made[1:])
    kept = read_decisions(file)
    assert [one._replace(line=0) for one in kept.decisions] == made
    assert [one.line for one in kept.decisions] == [1, 2, 3]
    assert kept.flaws == ()
    assert read_decisions(tmp_path / "none.jsonl").decisions == ()


BROKEN = [
    # a second line, and whether it is told
    (b'{"identifier": "A", "outco', True),
    (b"[]\n", True),
    (b"\xff\n", True),
    (json.dumps({**decision()._asdict(), "by": " "}).encode() + b"\n", True),
    (json.dumps({**decision()._asdict(), "by": 3}).encode() + b"\n", True),
    (json.dumps({**decision()._asdict(), "basis": {"outcome": "matched"}}).encode() + b"\n", True),
    (b"\n", False),
    (json.dumps(decision()._asdict()).encode(), False),
]


@pytest.mark.parametrize(("line", "is_told"), BROKEN)
def test_a_line_that_cannot_be_read_is_told_and_kept(tmp_path: Path, line: bytes, is_told: bool) -> None:
    file = tmp_path / "decisions.jsonl"
    append_decisions(file, [decision("A")])
    file.write_bytes(file.read_bytes() + line)
    assert read_decisions(file).flaws == ((2,) if is_told else ())
    append_decisions(file, [decision("B")])
    kept = read_decisions(file)
    assert kept.flaws == ((2,) if is_told else ())
    assert line in file.read_bytes()
    assert [one.identifier for one in kept.decisions][-1] == "B"


def test_a_report_tells_first_that_a_decision_cannot_be_read(tmp_path: Path) -> None:
    file = tmp_path / "decisions.jsonl"
    file.write_bytes(b'{"identifier": "A", "outco')
    found = cr.reconcile(verified(ipn("A")), orders(("A", "11", "USD", "paid")), decisions=file)
    assert [(one["code"], one["facts"]["lines"]) for one in found.summary["diagnosis"]] == [
        ("decisions_unreadable", [1])
    ]
    assert found.is_exceptional


def test_processes_that_add_at_once_lose_nothing(tmp_path: Path) -> None:
    file = tmp_path / "decisions.jsonl"
    running = [subprocess.Popen([sys.executable, "-c", APPENDING, str(file), name]) for name in "PQ"]
    assert [process.wait(60) for process in running] == [0, 0]
    kept = read_decisions(file)
    assert sorted(one.identifier or "" for one in kept.decisions) == sorted(
        f"{name}{number}{end}" for name in "PQ" for number in range(20) for end in ("", "b")
    )
    assert kept.flaws == ()


def test_what_cannot_be_read_or_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is not there"):
        read_decisions(tmp_path / "none" / "decisions.jsonl")
    with pytest.raises(InputError, match="cannot be read"):
        read_decisions(tmp_path)
    with pytest.raises(OutputError, match="cannot be written"):
        append_decisions(tmp_path, [decision()])
    with pytest.raises(OutputError, match="are a sheet"):
        append_decisions(tmp_path / "decisions.xlsx", [decision()])
