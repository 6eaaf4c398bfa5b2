from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pyarrow.parquet as pq
import pytest

import corena_recon as cr
from corena_recon.errors import OutputError
from corena_recon.schemas import INTAKE_SCHEMA, ORDER_SCHEMA, RESULT_SCHEMA, TIE_OUT_SCHEMA, VERIFIED_SCHEMA
from corena_recon.stages.reconcile import NOT_KNOWN
from corena_recon.vocabulary import BLIND_SPOTS
from tests.making import SECRET, ipn, jsonl, orders, ring, verified
from tests.places import ORDERS_FIXTURES

LEDGER = ORDERS_FIXTURES / "export_deposits.csv"
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
        assert b"pandas" not in stored.metadata


def changed(frame: pd.DataFrame) -> pd.DataFrame:
    """The same rows after an ordinary merge, which has dropped what the frame said of itself."""
    merged = frame.merge(pd.DataFrame({"identifier": ["A"], "customer": ["Neema"]}), on="identifier", how="left")
    assert merged.attrs == {}
    return merged


def manifest_of(found: cr.Reconciliation, folder: Path) -> dict[str, Any]:
    facts: dict[str, Any] = json.loads((found.to_parquet(folder) / "manifest.json").read_text())
    return facts


def test_what_a_changed_frame_no_longer_says_is_taken_from_its_columns_or_named(tmp_path: Path) -> None:
    notifications = verified(ipn("A"), ipn("B"), {"no": "ipn"}, mode="live", success_statuses=["success", "paid"])
    shop = orders(("A", "11", "USD", "paid"), ("B", "11", "USD", "paid"))
    ledger = cr.read_ledger(LEDGER)
    carried = manifest_of(cr.reconcile(notifications, shop, ledger=ledger, tolerance=1), tmp_path / "carried")
    assert "not_known" not in carried
    assert carried["options"] == {"mode": "live", "success_statuses": ["paid", "success"], "tolerance": "1"}
    assert carried["profile"] == {"live": [8]}
    assert carried["ring"] == {"live": {"mode": "live", "merchant": ring()[0].merchant}}
    ledger.attrs = {}
    found = cr.reconcile(changed(notifications), changed(shop), ledger=ledger, tolerance=1)
    manifest = manifest_of(found, tmp_path / "changed")
    assert manifest["not_known"] == ["archive", "verification", "orders", "ledger"]
    assert manifest["keys"] == {"live": None}
    assert not {"profile", "ring"} & manifest.keys()
    assert manifest["options"] == {"tolerance": "1"}
    assert manifest["inputs"] == {"<memory>": None, str(LEDGER): None}
    for read in (found, cr.Reconciliation.read_parquet(tmp_path / "changed")):
        assert [note for note in read.summary["notes"] if note in NOT_KNOWN.values()] == list(NOT_KNOWN.values())
        assert read.summary["intake"] == {"sources": 1, "records": 3, "notifications": 2, "unreadable": 1, "other": 0}
    before = cr.reconcile(notifications, shop, ledger=ledger, tolerance=1)
    assert found.table("results").equals(before.table("results"))


def test_what_is_given_back_to_a_changed_frame_is_in_the_manifest(tmp_path: Path) -> None:
    notifications, shop = verified(ipn("A"), mode="live"), orders(("A", "11", "USD", "paid"))
    merged, merged_shop = changed(notifications), changed(shop)
    merged.attrs, merged_shop.attrs = notifications.attrs, shop.attrs
    manifest = manifest_of(cr.reconcile(merged, merged_shop), tmp_path / "given")
    plain = manifest_of(cr.reconcile(notifications, shop), tmp_path / "plain")
    assert {**manifest, "outputs": None} == {**plain, "outputs": None}


def test_a_key_of_rows_that_were_added_is_named_too() -> None:
    notifications = verified(ipn("A"), ipn("B"))
    notifications.loc[1, "key_id"] = "of another ring"
    found = cr.reconcile(notifications, orders(("A", "11", "USD", "paid")))
    assert found.facts["keys"] == {"live": ring()[0].fingerprint(), "of another ring": None}


def test_archives_read_apart_and_put_together_say_that_their_intake_is_counted(tmp_path: Path) -> None:
    for name, identifier in (("1.jsonl", "A"), ("2.jsonl", "B")):
        (tmp_path / name).write_bytes(jsonl(ipn(identifier), ipn(identifier)))
    together = pd.concat([cr.read_ipns(tmp_path / "1.jsonl"), cr.read_ipns(tmp_path / "2.jsonl")])
    found = cr.reconcile(cr.verify(together, ring()), orders(("A", "11", "USD", "paid")))
    assert found.facts["not_known"] == ["archive"]
    assert found.facts["keys"] == {"live": ring()[0].fingerprint()}
    assert found.intake["notifications"].tolist() == [2, 2]


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
    assert summary["cannot_show"] == list(BLIND_SPOTS.values())
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


def test_without_orders_what_they_would_give_is_empty() -> None:
    found = cr.audit(jsonl(ipn("A")), keys=ring())
    for name, schema in (
        ("results", RESULT_SCHEMA),
        ("exceptions", RESULT_SCHEMA),
        ("orders", ORDER_SCHEMA),
        ("tie_out", TIE_OUT_SCHEMA),
    ):
        frame = getattr(found, name)
        assert (len(frame), list(frame.columns)) == (0, schema.names)
    assert "outcomes" not in found.summary


def test_what_is_wrong_with_sources_is_said_in_the_language_of_the_report(tmp_path: Path) -> None:
    sources = [tmp_path / f"{number}.jsonl" for number in range(12)]
    for source in sources:
        source.write_bytes(jsonl(ipn("A"), ipn("B"))[:-9])
    cut = sources[0]
    found = cr.audit(sources, keys=ring())
    assert f"{cut} may be cut off or damaged: it ends early, or without a line end." in found.summary["notes"]
    notes = found.told_in("fr").summary["notes"]
    assert f"{cut} est peut-être coupée ou endommagée : elle finit trop tôt, ou sans fin de ligne." in notes
    assert "Il en est ainsi de 2 sources de plus." in notes
