"""The worklist as CSV: read again by a CSV reader and by a spreadsheet's rules."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import pytest

import corena_recon as cr
from corena_recon.command_line.main import BAD_INPUT, NOTHING_EXCEPTIONAL, main
from corena_recon.schemas import WORKLIST_SCHEMA
from tests.making import ipn, orders, verified
from tests.report.conftest import Strangers

NUMBERS = ("at_risk", "since", "record")


def rows_of(sheet: Path) -> list[dict[str, str]]:
    octets = sheet.read_bytes()
    assert octets.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(octets.decode("utf-8-sig"), newline="")))


def test_amounts_are_numbers_with_the_decimals_of_their_currency(tmp_path: Path) -> None:
    found = cr.reconcile(
        verified(ipn("00123", "1.00000000"), ipn("B", "5.00000001")),
        orders(("00123", "123456789.5", "USD", "paid"), ("B", "5", "USD", "paid"), ("C", "700", "XOF", "paid")),
    )
    rows = rows_of(found.to_csv(tmp_path / "worklist.csv"))
    assert [*rows[0]] == WORKLIST_SCHEMA.names
    assert [(row["identifier"], row["at_risk"], row["currency"]) for row in rows] == [
        ("00123", "123456788.50", "USD"),
        ("C", "700", "XOF"),
        ("B", "0.00000001", "USD"),
    ]


def test_no_text_of_a_stranger_becomes_a_formula_or_hides(strangers: Strangers, tmp_path: Path) -> None:
    rows = rows_of(strangers.found.to_csv(tmp_path / "worklist.csv"))
    assert len(rows) >= len(strangers.texts) > 200
    for row in rows:
        for name, cell in row.items():
            assert not re.search("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]", cell)
            if name not in NUMBERS:
                assert not re.search(r"(^|;)\s*[=+\-@＝＋－＠]", cell), cell


def test_the_command_writes_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = cr.reconcile(verified(ipn("A", "1.00000000")), orders(("A", "2", "USD", "paid")))
    found.to_parquet(tmp_path / "report")
    sheet = tmp_path / "worklist.csv"
    assert main(["report", str(tmp_path / "report"), "--csv", str(sheet)]) == NOTHING_EXCEPTIONAL
    assert sheet.read_bytes() == found.to_csv(tmp_path / "again.csv").read_bytes()
    assert str(sheet) in capsys.readouterr().err
    assert main(["report", str(tmp_path / "report"), "--csv", str(tmp_path / "absent" / "x.csv")]) == BAD_INPUT
    assert "cannot be written" in capsys.readouterr().err
    assert main(["report", str(tmp_path / "report")]) == BAD_INPUT
