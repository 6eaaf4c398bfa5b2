"""Writes the sample's report in the format of today beside this file, and what it must say.

A folder of a format is made once, by the first version that writes the format, and never again: it stands for the
reports that people have. What it must say of verdicts and outcomes is what was planted in the sample, which no audit
has told.

Usage: python tests/stored_reports/make.py [FOLDER]
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path

import corena_recon as cr
from corena_recon.schemas import REPORT_FORMAT

SAMPLE_DATA = Path(__file__).parents[2] / "sample_data"
EXPECTED = ("expected.csv", "expected_outcomes.csv")
COUNTED = ("intake", "signatures", "verdicts", "findings", "orders", "outcomes", "tie_out")


def write(folder: Path) -> Path:
    """Writes the report and the expectations to a folder named by the format; that may not be there yet."""
    stored = folder.resolve() / f"format_{REPORT_FORMAT}"
    stored.mkdir()
    for name in EXPECTED:
        shutil.copyfile(SAMPLE_DATA / name, stored / name)
    # Inputs are named as they are given: a report says nothing then of where it was made.
    os.chdir(SAMPLE_DATA)
    found = cr.audit("ipn-*", "orders.csv", "keys.toml", out=stored / "report")
    counts = {name: found.summary[name] for name in COUNTED}
    (stored / "counts.json").write_text(json.dumps(counts, indent=2) + "\n", encoding="ascii")
    return stored


if __name__ == "__main__":
    write(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
