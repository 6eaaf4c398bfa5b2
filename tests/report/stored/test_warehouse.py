"""A folder for a warehouse, read as it is by what warehouses read with."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pyarrow.parquet as pq
import pytest

import corena_recon as cr
from corena_recon.command_line.main import BAD_INPUT, NOTHING_EXCEPTIONAL, main
from corena_recon.errors import OptionError, OutputError
from tests.making import ipn, jsonl, ring

DAYS = ("2026-01-31", "2026-02-01", "2026-01-31", None)
EXPORT = (
    b"order_id,total,currency,status,date\nI0,11,USD,paid,2026-01-30 10:00:00\nI1,11,USD,paid,2026-02-01 09:00:00\n"
)


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("warehouse") / "report"
    archive = [
        {"body": json.dumps(ipn(f"I{number}")), **({"received_at": f"{day}T12:00:00Z"} if day else {})}
        for number, day in enumerate(DAYS)
    ]
    cr.audit(jsonl(*archive), EXPORT, ring(), folder)
    return folder


@pytest.fixture(scope="module")
def warehouse(report: Path) -> Path:
    folder = report.parent / "warehouse"
    assert main(["report", str(report), "--out", str(folder), "--partition", "day"]) == NOTHING_EXCEPTIONAL
    return folder


def rows(frame: pd.DataFrame) -> list[tuple[Any, ...]]:
    return sorted(zip(frame["identifier"].astype(str), frame["partition_day"].astype(str), strict=True))


WANTED = [("I0", "2026-01-31"), ("I1", "2026-02-01"), ("I2", "2026-01-31"), ("I3", "unknown")]


def test_pandas_and_duckdb_read_it_as_it_is(report: Path, warehouse: Path) -> None:
    notifications = warehouse / "notifications"
    assert rows(pd.read_parquet(notifications)) == WANTED
    read = duckdb.read_parquet(f"{notifications}/**/*.parquet", hive_partitioning=True)
    assert read.select("identifier, partition_day").order("identifier").fetchall() == WANTED
    plain = cr.Reconciliation.read_parquet(report)
    for name in ("notifications", "results", "orders", "intake", "tie_out", "worklist"):
        kept = plain.table(name)
        stored = pq.read_table(warehouse / name, partitioning=None)
        assert stored.schema.equals(kept.schema)
        assert sorted(map(str, stored.to_pylist())) == sorted(map(str, kept.to_pylist()))


def test_polars_reads_it_as_it_is(warehouse: Path) -> None:
    polars = pytest.importorskip("polars")
    read = polars.read_parquet(f"{warehouse}/notifications/**/*.parquet", hive_partitioning=True)
    assert sorted((name, str(day)) for name, day in read.select("identifier", "partition_day").rows()) == WANTED


def test_it_has_a_manifest_and_is_no_report_to_go_on_with(report: Path, warehouse: Path) -> None:
    manifest = json.loads((warehouse / "manifest.json").read_text())
    assert (manifest["format"], manifest["partition"]) == (1, "day")
    files = {path.relative_to(warehouse).as_posix(): path for path in warehouse.rglob("*.parquet")}
    assert manifest["outputs"] == {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in files.items()}
    again = cr.Reconciliation.read_parquet(report).to_parquet(report.parent / "again", partition="day")
    assert (again / "manifest.json").read_bytes() == (warehouse / "manifest.json").read_bytes()
    refused = "is partitioned for a warehouse"
    with pytest.raises(OutputError, match=refused):
        cr.Reconciliation.read_parquet(warehouse)
    for command in (["diff", str(report), str(warehouse)], ["check", str(warehouse)]):
        assert main(command) == BAD_INPUT
    with pytest.raises(OutputError, match=refused):
        cr.audit(jsonl(ipn("A")), EXPORT, ring(), previous=warehouse)
    with pytest.raises(OutputError, match="holds something"):
        cr.Reconciliation.read_parquet(report).to_parquet(warehouse, partition="month")


def test_row_groups_are_as_large_as_asked(report: Path, tmp_path: Path) -> None:
    found = cr.Reconciliation.read_parquet(report)
    folder = found.to_parquet(tmp_path / "small", row_group_rows=3)
    groups = pq.ParquetFile(folder / "notifications.parquet").metadata
    assert [groups.row_group(place).num_rows for place in range(groups.num_row_groups)] == [3, 1]
    assert cr.Reconciliation.read_parquet(folder).summary == found.summary
    month = found.to_parquet(tmp_path / "month", partition="month", row_group_rows=1)
    assert {path.name for path in (month / "notifications").iterdir()} == {
        *("partition_month=2026-01", "partition_month=2026-02", "partition_month=unknown")
    }
    assert pq.ParquetFile(month / "notifications/partition_month=2026-01/part-0.parquet").num_row_groups == 2
    for wrong in ({"partition": "year"}, {"row_group_rows": 0}, {"row_group_rows": True}):
        with pytest.raises(OptionError):
            found.to_parquet(tmp_path / "wrong", **wrong)
