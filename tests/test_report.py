from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow.parquet as pq
import pytest

import corena_recon as cr
from corena_recon.errors import OutputError
from corena_recon.vocabulary import BLIND_SPOTS, INTAKE_SCHEMA, RESULT_SCHEMA, TIE_OUT_SCHEMA, VERIFIED_SCHEMA
from tests.making import SECRET, ipn, orders, verified

HOSTILE = "<img src=x>\u202e"


@pytest.fixture
def found() -> cr.Reconciliation:
    notifications = verified(ipn("A"), ipn("B", "5.00000000"), ipn(HOSTILE), ipn("C", signature="0" * 64))
    return cr.reconcile(notifications, orders(("A", "11", "USD", "paid"), ("B", "6", "USD", "paid")))


def test_a_report_read_back_is_the_same(found: cr.Reconciliation, tmp_path: Path) -> None:
    again = cr.Reconciliation.read_parquet(found.to_parquet(tmp_path / "report"))
    assert again.summary == found.summary
    for name in ("notifications", "results", "exceptions", "orders", "intake", "tie_out"):
        pd.testing.assert_frame_equal(getattr(again, name), getattr(found, name))


def test_files_carry_the_types_of_the_vocabulary_and_nothing_of_pandas(
    found: cr.Reconciliation, tmp_path: Path
) -> None:
    found.to_parquet(tmp_path / "report")
    schemas = {
        "notifications": VERIFIED_SCHEMA,
        "results": RESULT_SCHEMA,
        "intake": INTAKE_SCHEMA,
        "tie_out": TIE_OUT_SCHEMA,
    }
    for name, schema in schemas.items():
        stored = pq.read_schema(tmp_path / "report" / f"{name}.parquet")
        assert stored.remove_metadata() == schema
        assert b"pandas" not in (stored.metadata or {})


def test_the_same_contents_give_the_same_bytes(found: cr.Reconciliation, tmp_path: Path) -> None:
    one, two = (found.to_parquet(tmp_path / name) for name in ("one", "two"))
    assert {path.name: path.read_bytes() for path in one.iterdir()} == {
        path.name: path.read_bytes() for path in two.iterdir()
    }


def test_a_second_engine_reads_the_same_money(found: cr.Reconciliation, tmp_path: Path) -> None:
    folder = found.to_parquet(tmp_path / "report")
    with duckdb.connect() as connection:
        total = connection.execute(
            f"SELECT sum(paid_amount), sum(difference) FROM '{folder}/results.parquet'"
        ).fetchall()
    assert [tuple(map(str, total[0]))] == [("27.00000000", "-1.00000000")]


def test_an_altered_file_is_refused(found: cr.Reconciliation, tmp_path: Path) -> None:
    folder = found.to_parquet(tmp_path / "report")
    path = folder / "results.parquet"
    path.write_bytes(path.read_bytes() + b"\0")
    with pytest.raises(OutputError, match="not the file"):
        cr.Reconciliation.read_parquet(folder)


def test_the_summary_is_plain_and_says_what_cannot_be_shown(found: cr.Reconciliation) -> None:
    summary = json.loads(json.dumps(found.summary))
    assert summary["cannot_show"] == list(BLIND_SPOTS)
    assert summary["verdicts"] == {"accepted": 3, "forged": 1}
    assert summary["relies_on_unsigned"] == {
        "status": 3,
        "currency": 3,
        "payment_trx": 3,
        "payment_type": 3,
        "charge": 0,
    }
    assert summary["tie_out"] == [
        {
            "currency": "USD",
            "ordered": "17.00000000",
            "paid": "27.00000000",
            "difference": "10.00000000",
            "by_outcome": {"orphan_payment": "11.00000000", "underpaid": "-1.00000000"},
        }
    ]
    assert found.is_exceptional


def test_strangers_text_is_shown_and_never_acts(found: cr.Reconciliation) -> None:
    card = found._repr_html_()
    assert "&lt;img src=x" in card
    assert "<img" not in card
    assert "\u202e" not in card


def test_no_secret_anywhere_in_a_report(found: cr.Reconciliation, tmp_path: Path) -> None:
    folder = found.to_parquet(tmp_path / "report")
    shown = [repr(found).encode(), found._repr_html_().encode(), json.dumps(found.summary).encode()]
    assert not any(SECRET.encode() in text for text in [*shown, *(path.read_bytes() for path in folder.iterdir())])
