from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

import corena_recon as cr
from corena_recon.errors import OutputError
from corena_recon.explanation import Explaining
from corena_recon.report.stored import stored_tables
from corena_recon.report.stored.folder import TABLES, read_manifest
from tests.making import ipn, jsonl, ring

JANUARY = jsonl(ipn("A"), ipn("B", signature="0" * 64))
FEBRUARY = jsonl(ipn("C"))


def audited(archive: bytes, folder: Path) -> cr.Reconciliation:
    """An audit into a folder; A, B and C are of one shop."""
    return cr.audit(archive, b"order_id,total,currency\nA,11,USD\nB,11,USD\nC,11,USD\n", ring(), out=folder)


def read_back(archive: bytes, folder: Path) -> cr.Reconciliation:
    audited(archive, folder)
    return cr.Reconciliation.read_parquet(folder)


def _of(name: str) -> Callable[[cr.Reconciliation], Any]:
    return lambda found: found.table(name)


ASKED: dict[str, Callable[[cr.Reconciliation], Any]] = {
    **{name: _of(name) for name in TABLES if name != "intake"},
    "exceptions": lambda found: found.exceptions,
    "written again": lambda found: found.to_parquet("elsewhere"),
    "explained": lambda found: str(cr.explain(found, "A")),
    "counted": repr,
}
"""What is asked of a report; its intake is known since its manifest was written."""


@pytest.fixture
def every_table_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored_tables, "_HELD_MAX_BYTES", 0)


def test_a_finished_audit_keeps_its_tables_when_the_next_one_takes_its_folder(tmp_path: Path) -> None:
    alone = audited(JANUARY, tmp_path / "alone")
    january = audited(JANUARY, tmp_path / "report")
    february = audited(FEBRUARY, tmp_path / "report")
    for name in TABLES:
        assert january.table(name).equals(alone.table(name)), name
    assert january.summary == alone.summary
    assert str(cr.explain(january, "B")) == str(cr.explain(alone, "B"))
    assert february.notifications["identifier"].to_list() == ["C"]


@pytest.mark.usefixtures("every_table_is_large")
@pytest.mark.parametrize("made", [audited, read_back])
def test_large_tables_of_a_replaced_report_are_one_error(
    made: Callable[[bytes, Path], cr.Reconciliation], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    january = made(JANUARY, tmp_path / "report")
    audited(FEBRUARY, tmp_path / "report")
    for what, ask in ASKED.items():
        with pytest.raises(OutputError, match="no longer the file that it was: another report has taken its place"):
            pytest.fail(f"{what}: {ask(january)}")


@pytest.mark.usefixtures("every_table_is_large")
def test_a_report_that_is_gone_is_one_error(tmp_path: Path) -> None:
    january = audited(JANUARY, tmp_path / "report")
    (tmp_path / "report" / "orders.parquet").unlink()
    with pytest.raises(OutputError, match=r"orders\.parquet cannot be read: it is not there"):
        january.table("orders")
    assert len(january.table("results")) == 3


@pytest.mark.usefixtures("every_table_is_large")
def test_a_report_replaced_while_a_table_is_opened_is_one_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    january = audited(JANUARY, tmp_path / "report")

    def opened_late(path: Path) -> pq.ParquetFile:
        monkeypatch.undo()
        audited(FEBRUARY, tmp_path / "report")
        return parquet_file(path)

    parquet_file = pq.ParquetFile
    monkeypatch.setattr(pq, "ParquetFile", opened_late)
    with pytest.raises(OutputError, match="another report has taken its place"):
        january.table("results")


@pytest.mark.usefixtures("every_table_is_large")
def test_a_report_replaced_while_it_is_explained_is_one_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    january = audited(JANUARY, tmp_path / "report")
    explanation = Explaining.explanation

    def explained_late(*arguments: Any) -> Any:
        audited(FEBRUARY, tmp_path / "report")
        return explanation(*arguments)

    monkeypatch.setattr(Explaining, "explanation", explained_late)
    with pytest.raises(OutputError, match="another report has taken its place"):
        cr.explain(january, "A")


def test_a_report_replaced_while_it_is_read_back_is_the_new_one_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    audited(JANUARY, tmp_path / "report")

    def read_and_replaced(folder: Path) -> dict[str, Any]:
        manifest = read_manifest(folder)
        monkeypatch.undo()
        audited(FEBRUARY, tmp_path / "report")
        return manifest

    monkeypatch.setattr("corena_recon.report.result.read_manifest", read_and_replaced)
    found = cr.Reconciliation.read_parquet(tmp_path / "report")
    assert found.notifications["identifier"].to_list() == ["C"]
    assert found.summary["intake"]["records"] == 1
