"""The line that says how far long work is."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest

import corena_recon as cr
from corena_recon.command_line import printing
from corena_recon.command_line.printing import ProgressLine
from tests.making import ipn, jsonl, ring


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_the_line_moves_while_nothing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(printing, "_TICK_S", 0.001)
    stream = Terminal()
    with ProgressLine(stream) as line:
        line("reconcile", 0)
        while stream.getvalue().count("reconcile") < 3:
            pass
    drawn = stream.getvalue().split("\r\x1b[K")
    assert {text[:1] for text in drawn if "reconcile" in text} & set("|/-\\")
    assert drawn[-1] == ""


def test_share_and_rate_are_shown() -> None:
    line = ProgressLine(io.StringIO())
    line("read and verify", 1_000)
    line.share("read and verify", 500_000, 2_000_000)
    line._stage_at_s -= 10
    assert re.fullmatch("read and verify: 1,000 records, 25 % of 2.0 MB, 100 a second, [0-9]+ s", line.text)
    line("judge", 900)
    line.share("judge", 900, 1_000)
    assert line.text.startswith("judge: 900 records, 90 %, ")


def test_an_audit_tells_the_share_of_bytes_and_of_records(tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    archive.mkdir()
    for name in ("a.jsonl", "b.jsonl"):
        (archive / name).write_bytes(jsonl(ipn(name), ipn(name)))
    in_all = sum(path.stat().st_size for path in archive.iterdir())

    class Told(list[tuple[str, int, int]]):
        def __call__(self, stage: str, count: int) -> None:
            self.stages = [*getattr(self, "stages", []), stage]

        def share(self, stage: str, done: int, total: int) -> None:
            self.append((stage, done, total))

    told = Told()
    export = b"order_id,total,currency,status\nA,2,USD,paid\n"
    cr.audit([archive, archive / "a.jsonl"], export, ring(), tmp_path / "report", progress=told)
    reading = [(done, total) for stage, done, total in told if stage == "read and verify"]
    assert {total for _, total in reading} == {in_all}
    assert reading[-1][0] == reading[-1][1]
    assert ("compare", 8, 8) in told
    assert ("judge", 4, 4) in told
    assert ("match", 1, 1) in told
    assert ("reconcile", 5, 5) in told
    writing = [(done, total) for stage, done, total in told if stage == "write"]
    assert writing[-1][0] == writing[-1][1] > 0
    assert [*dict.fromkeys(told.stages)] == [
        "read and verify",
        "read orders",
        "compare",
        "judge",
        "match",
        "reconcile",
        "write",
    ]
