"""Writes the sample data beside this file: the same bytes every time.

Usage: python sample_data/make.py [FOLDER]
"""

from __future__ import annotations

import csv
import gzip
import io
import sys
from pathlib import Path

from corena_recon.demonstration.lines import NESTED
from corena_recon.demonstration.specimens import ExpectedRow, Specimen, make_specimen

ROWS = 300
EXPECTED_HEADER = (
    "source",
    "record",
    "identifier",
    "signature_status",
    "verdict",
    "findings",
    "outcome",
    "planted",
)
OUTCOMES_HEADER = ("identifier", "outcome")


def sample_files() -> dict[str, bytes]:
    """Every file of the sample by its name; the nested JSON lines are gzipped."""
    specimen = make_specimen(ROWS)
    files = {_stored_name(source): octets for source, octets in specimen.archives.items()}
    files[_stored_name(NESTED)] = gzip.compress(specimen.archives[NESTED], mtime=0)
    files["orders.csv"] = specimen.orders_csv
    files["keys.toml"] = specimen.keys_toml.encode()
    files["expected.csv"] = _csv(EXPECTED_HEADER, [_expected_cells(specimen, row) for row in specimen.expected])
    files["expected_outcomes.csv"] = _csv(OUTCOMES_HEADER, sorted(specimen.outcomes.items()))
    return files


def write(folder: Path) -> None:
    """Writes every file of the sample to an existing folder."""
    for name, octets in sample_files().items():
        (folder / name).write_bytes(octets)


def _stored_name(source: str) -> str:
    return source + ".gz" if source == NESTED else source


def _expected_cells(specimen: Specimen, row: ExpectedRow) -> tuple[str, ...]:
    return (
        _stored_name(row.source),
        str(row.record),
        row.identifier,
        row.signature_status,
        row.verdict,
        " ".join(row.findings),
        specimen.outcomes.get(row.identifier, ""),
        row.planted,
    )


def _csv(header: tuple[str, ...], rows: list[tuple[str, ...]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([header, *rows])
    return text.getvalue().encode()


if __name__ == "__main__":
    write(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
