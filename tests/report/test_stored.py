"""Reports that people have must stay readable: those of each format, as the first version that wrote it made them."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

import corena_recon as cr
from corena_recon.report import read_manifest
from corena_recon.schemas import REPORT_FORMAT
from tests.places import STORED_REPORTS

STORED = sorted(STORED_REPORTS.glob("format_*"))


def expected_in(file: Path) -> list[dict[str, str]]:
    with file.open(newline="", encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def test_there_is_one_of_every_format() -> None:
    assert [folder.name for folder in STORED] == [f"format_{number}" for number in range(1, REPORT_FORMAT + 1)]


@pytest.mark.parametrize("stored", STORED, ids=lambda folder: folder.name)
def test_counts_verdicts_and_results_are_read_as_they_were_written_down(stored: Path) -> None:
    found = cr.Reconciliation.read_parquet(stored / "report")
    counts: dict[str, Any] = json.loads((stored / "counts.json").read_text(encoding="ascii"))
    summary = found.summary
    assert {name: summary[name] for name in counts} == counts
    judged = [
        (
            row["source"],
            row["record"],
            row["identifier"],
            row["verdict"],
            row["signature_status"],
            row["findings"] or [],
        )
        for row in found.table("notifications").to_pylist()
    ]
    assert sorted(judged, key=lambda row: row[:2]) == [
        (
            row["source"],
            int(row["record"]),
            row["identifier"] or None,
            row["verdict"],
            row["signature_status"] or None,
            row["findings"].split(),
        )
        for row in sorted(expected_in(stored / "expected.csv"), key=lambda row: (row["source"], int(row["record"])))
    ]
    results = found.results
    outcomes = {row["identifier"]: row["outcome"] for row in expected_in(stored / "expected_outcomes.csv")}
    assert dict(zip(results["identifier"], results["outcome"], strict=True)) == outcomes
    assert {name: len(found.table(name)) for name in found.tables} == read_manifest(stored / "report")["rows"]


@pytest.mark.parametrize("stored", STORED, ids=lambda folder: folder.name)
def test_a_forged_notification_of_a_stored_report_is_explained(stored: Path) -> None:
    forged = next(
        row for row in expected_in(stored / "expected.csv") if row["verdict"] == "forged" and row["identifier"]
    )
    assert "forged" in str(cr.explain(stored / "report", forged["identifier"]))
