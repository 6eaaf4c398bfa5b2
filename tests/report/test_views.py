"""Findings a row each, and every table as a view of an engine."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

import corena_recon as cr
from corena_recon.vocabulary import FINDINGS
from tests.making import ipn, orders, verified


@pytest.fixture
def found() -> cr.Reconciliation:
    notifications = verified(ipn("A"), ipn("B", signature="0" * 64), ipn("DFU80XZIKS", data_currency="EUR"))
    return cr.reconcile(notifications, orders(("A", "11", "USD", "paid"), ("B", "6", "USD", "paid")))


def test_findings_are_tidy(found: cr.Reconciliation, tmp_path: Path) -> None:
    findings = found.findings
    assert list(findings.columns) == ["source", "record", "identifier", "verdict", "code", "sentence"]
    assert [tuple(row) for row in findings[["record", "verdict", "code"]].itertuples(index=False)] == [
        (2, "forged", "signature_invalid"),
        (3, "accepted", "currency_unsupported"),
        (3, "accepted", "sample_identifier"),
    ]
    assert findings["sentence"].tolist() == [FINDINGS[code].when for code in findings["code"]]
    findings.to_parquet(tmp_path / "findings.parquet")
    assert pd.read_parquet(tmp_path / "findings.parquet")["code"].tolist() == findings["code"].tolist()


@pytest.mark.parametrize("is_stored", [False, True])
def test_every_table_is_a_view(found: cr.Reconciliation, tmp_path: Path, is_stored: bool) -> None:
    if is_stored:
        found = cr.Reconciliation.read_parquet(found.to_parquet(tmp_path / "report"))
    connection = found.connect()
    try:
        names = ("notifications", "results", "exceptions", "worklist", "findings", "orders", "intake", "tie_out")
        for name in names:
            [(count,)] = connection.execute(f"SELECT count(*) FROM {name}").fetchall()
            assert count == len(getattr(found, name)), name
        said = connection.execute("SELECT record, code, sentence FROM findings ORDER BY ALL").fetchall()
        assert said == sorted(found.findings[["record", "code", "sentence"]].itertuples(index=False, name=None))
    finally:
        connection.close()


def test_without_orders_there_is_no_view_of_them() -> None:
    found = cr.audit(b'{"no": "ipn"}\n' * 3, keys=cr.Key(id="live", secret="s3cret-of-tests", mode="live"))
    connection = found.connect()
    views = {
        name for (name,) in connection.execute("SELECT view_name FROM duckdb_views() WHERE NOT internal").fetchall()
    }
    connection.close()
    assert "exceptions" not in views
    assert "findings" in views
