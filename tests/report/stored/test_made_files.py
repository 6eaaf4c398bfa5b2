"""What is made of a report for people, beside it and elsewhere."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

import corena_recon as cr
from corena_recon.errors import OutputError
from corena_recon.report import read_manifest
from corena_recon.report.stored.made_files import made_file, write_made
from tests.making import ipn, jsonl, orders, ring, verified

OTHER = {"report.html": hashlib.sha256(b"two").hexdigest()}


@pytest.fixture(scope="module")
def found() -> cr.Reconciliation:
    return cr.reconcile(verified(ipn("A")), orders(("A", "12", "USD", "paid")))


def test_in_the_folder_of_its_report_the_manifest_names_it_and_the_next_run_takes_it_away(
    tmp_path: Path, found: cr.Reconciliation
) -> None:
    folder = found.to_parquet(tmp_path / "report")
    before = (folder / "manifest.json").read_bytes()
    for octets in (b"one", b"two"):
        write_made(folder / "report.html", octets, found.manifest_facts())
    assert {**read_manifest(folder)["outputs"], **OTHER} == read_manifest(folder)["outputs"]
    assert cr.Reconciliation.read_parquet(folder).summary == found.summary
    assert cr.Reconciliation.read_parquet(folder).manifest_facts() == found.manifest_facts()
    found.to_parquet(folder)
    assert (folder / "manifest.json").read_bytes() == before
    assert not (folder / "report.html").exists()


def test_one_that_is_replaced_is_never_named_by_the_digest_of_another(tmp_path: Path, found: cr.Reconciliation) -> None:
    folder = found.to_parquet(tmp_path / "report")
    write_made(folder / "report.html", b"one", found.manifest_facts())

    def half_written() -> None:
        with made_file(folder / "report.html", found.manifest_facts()) as file:
            file.write(b"two")
            raise OSError(28, "the disk is full")

    with pytest.raises(OutputError, match="full"):
        half_written()
    assert "report.html" not in read_manifest(folder)["outputs"]
    found.to_parquet(folder)


@pytest.mark.parametrize(("name", "said"), [("page.html", "report.html or report.xlsx"), ("report.html", "another")])
def test_a_report_folder_takes_no_other_file(tmp_path: Path, found: cr.Reconciliation, name: str, said: str) -> None:
    folder = cr.audit(jsonl(ipn("B")), keys=ring()).to_parquet(tmp_path / "report")
    before = sorted(folder.iterdir()), (folder / "manifest.json").read_bytes()
    with pytest.raises(OutputError, match=said):
        write_made(folder / name, b"one", found.manifest_facts())
    assert (sorted(folder.iterdir()), (folder / "manifest.json").read_bytes()) == before
