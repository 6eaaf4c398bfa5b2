"""A report for others' eyes: what people wrote of themselves is in nothing that is made of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import corena_recon as cr
from corena_recon.command_line.main import NOTHING_EXCEPTIONAL, main
from corena_recon.errors import OptionError
from corena_recon.report import read_manifest
from corena_recon.stages.check import check
from tests.making import SECRET, ipn, jsonl, ring

KEY = b"a key of masks that is invented"
PERSONAL = ("Amani", "amani@mail.example", "0812345678", "12 avenue du Lac", "Salama")
EXPORT = b"""order_id,total,currency,status,transaction_id,Destinataire,billing_email,phone
A,12,USD,paid,TRXA,Amani,amani@mail.example,0812345678
B,11,USD,paid,TRXB,Amani,salama@mail.example,
"""


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("masking") / "report"
    archive = jsonl(
        ipn("A", customer={"name": "Amani", "mail": ["amani@mail.example", None, True], "phone": 812345678}),
        ipn("B", data_address="12 avenue du Lac", data_name="Amani"),
        {"name": "Salama"},
    )
    cr.audit(archive, EXPORT, ring(), folder)
    return folder


def test_equal_stays_equal_and_what_is_signed_or_mapped_stays(report: Path) -> None:
    plain = cr.Reconciliation.read_parquet(report)
    masked = plain.masked(KEY)
    extra, other = (json.loads(text) for text in masked.table("notifications")["extra"].to_pylist()[:2])
    [amani] = set(masked.table("orders")["Destinataire"].to_pylist())
    assert amani.startswith("masked-")
    assert amani == extra["customer"]["name"] == other["data"]["name"]
    assert extra["customer"]["mail"][1:] == [None, True]
    for name, kept in (
        ("notifications", ("extra", "raw")),
        ("orders", ("buyer", "Destinataire", "billing_email", "phone")),
    ):
        before, after = plain.table(name), masked.table(name)
        assert after.drop_columns(list(kept)) == before.drop_columns(list(kept))
    assert masked.table("results") == plain.table("results")
    assert masked.summary["outcomes"] == plain.summary["outcomes"]
    assert plain.masked(KEY).table("orders") == masked.table("orders")
    assert plain.masked(KEY[::-1]).table("orders") != masked.table("orders")


def test_nothing_personal_is_in_anything_that_is_written(
    report: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CORENA_MASK_KEY", KEY.decode())
    out, files = tmp_path / "masked", [tmp_path / "x.csv", tmp_path / "x.xlsx"]
    arguments = ["--mask", "--out", str(out), "--csv", str(files[0]), "--xlsx", str(files[1])]
    assert main(["report", str(report), *arguments]) == NOTHING_EXCEPTIONAL
    masked = cr.Reconciliation.read_parquet(out)
    assert read_manifest(out)["masked"] == "given"
    shown = [str(cr.explain(out, name)) for name in "AB"] + [masked._repr_html_(), json.dumps(masked.summary)]
    shown += [str(frame.to_dict()) for frame in (masked.notifications, masked.orders, masked.worklist)]
    shown += [path.read_bytes().decode("latin-1") for path in (*out.iterdir(), files[0])]
    shown.append(capsys.readouterr().err)
    for text in shown:
        assert not [each for each in (*PERSONAL, KEY.decode()) if each in text]
    assert any("Names, mails, numbers and addresses are masked" in note for note in masked.summary["notes"])
    again = cr.audit(jsonl(ipn("A")), EXPORT, ring(), previous=out)
    assert again.facts["reused_sources"] == 0


def test_a_run_masks_what_it_writes_and_a_second_person_can_check_the_rest(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))
    for name in ("shop", "temporary"):
        (tmp_path / name).mkdir()
    (tmp_path / "orders.csv").write_bytes(EXPORT)
    (tmp_path / "shop" / "ipn.jsonl").write_bytes(jsonl(ipn("A", customer="Amani"), ipn("B", data_name="Salama")))
    monkeypatch.setenv("CORENA_SECRET_KEY", SECRET)
    out = tmp_path / "shop" / "report"
    command = ["reconcile", str(tmp_path / "shop"), "--orders", str(tmp_path / "orders.csv"), "--out", str(out)]
    for _ in range(2):
        main([*command, "--mask", "--json"])
        printed = capsys.readouterr().out
        assert json.loads(printed)["intake"]["notifications"] == 2
    written = printed + "".join(path.read_bytes().decode("latin-1") for path in out.iterdir())
    assert not [each for each in PERSONAL if each in written]
    assert read_manifest(out)["masked"] == "random"
    told = check(out)
    assert (told.code, "masked" in told.text) == ("same", True)
    (tmp_path / "orders.csv").write_bytes(EXPORT.replace(b"A,12", b"A,13"))
    assert check(out).code == "altered_input"
    assert list((tmp_path / "temporary").iterdir()) == []


@pytest.mark.parametrize("key", ["sk_l1ve_N0b0dyMayReadThis", b"short", 7])
def test_what_is_no_key_is_refused_and_not_echoed(report: Path, key: object) -> None:
    with pytest.raises(OptionError, match="the key of masks is a") as refused:
        cr.Reconciliation.read_parquet(report).masked(key)  # type: ignore[arg-type]
    assert "N0b0dy" not in str(refused.value)
    assert "short" not in str(refused.value)
