"""A second person runs a report again: it is the same, or what differs first is named."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

import corena_recon as cr
from corena_recon.command_line.main import BAD_INPUT, EXCEPTIONS, NOTHING_EXCEPTIONAL, main
from corena_recon.errors import InputError
from corena_recon.report import sha256_of
from corena_recon.stages.check import CHECKS, check
from tests.making import SECRET, ipn, jsonl, ring


@pytest.fixture(scope="module")
def first_shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an archive of two files, an export and the report of them, and the same again as ``kept``."""
    folder = tmp_path_factory.mktemp("first") / "shop"
    (folder / "archive").mkdir(parents=True)
    (folder / "archive" / "1.jsonl").write_bytes(jsonl(ipn("A"), ipn("B", "5.00000000"), {"no": "ipn"}))
    (folder / "archive" / "2.jsonl").write_bytes(jsonl(ipn("C", signature="0" * 64), ipn("D", status="done")))
    (folder / "orders.csv").write_text("order_id;total;currency;etat\nA;11;USD;paid\nB;6;USD;Reliquat\n")
    cr.audit(
        folder / "archive",
        folder / "orders.csv",
        ring(),
        folder / "report",
        success_statuses=["success", "done"],
        tolerance="0.5",
        as_of="2026-01-31",
        grace="2 days",
        match_on=("identifier", "amount"),
        amount_decimals=8,
        lang="fr",
        order_options={"states": {"Reliquat": "open"}, "delimiter": ";", "columns": {"status": "etat"}},
    )
    shutil.copytree(folder, folder.with_name("kept"))
    return folder


@pytest.fixture
def shop(first_shop: Path) -> Path:
    """The folder as it was: its report says where its archive stands, so that it stands there for every test."""
    shutil.rmtree(first_shop, ignore_errors=True)
    shutil.copytree(first_shop.with_name("kept"), first_shop)
    return first_shop


def rewritten(report: Path, name: str, change: Any) -> None:
    """Changes a table of a report and its manifest with it, as whoever wants it to be believed does."""
    found = cr.Reconciliation.read_parquet(report)
    connection = found.connect()
    try:
        connection.execute(f"COPY ({change}) TO '{report / name}.parquet' (FORMAT parquet)")
    finally:
        connection.close()
    manifest = json.loads((report / "manifest.json").read_text())
    manifest["outputs"][f"{name}.parquet"] = sha256_of(report / f"{name}.parquet")
    (report / "manifest.json").write_text(json.dumps(manifest))


def test_where_nothing_was_changed_it_is_the_same(shop: Path) -> None:
    found = check(shop / "report", keys=ring())
    assert (found.code, found.facts) == ("same", {"version": cr.__version__})
    assert str(found).startswith("The same")


def test_elsewhere_and_under_other_names_it_is_the_same(shop: Path, tmp_path: Path) -> None:
    shutil.copytree(shop / "archive", tmp_path / "copy")
    shutil.copy(shop / "orders.csv", tmp_path / "export of the shop.csv")
    moved = shop.rename(tmp_path / "moved") / "report"
    here = [str(tmp_path / "copy"), str(tmp_path / "export of the shop.csv")]
    assert check(moved, here, ring()).code == "same"
    with pytest.raises(InputError, match=r"orders\.csv is not there any more"):
        check(moved, here[:1], ring())


def test_an_altered_file_of_the_report_is_named(shop: Path) -> None:
    path = shop / "report" / "results.parquet"
    path.write_bytes(path.read_bytes() + b"\0")
    found = check(shop / "report", keys=ring(), lang="fr")
    assert (found.code, found.facts) == ("altered_report", {"name": str(path)})
    assert str(found).startswith("Le rapport a été modifié")


@pytest.mark.parametrize("name", ["archive/2.jsonl", "orders.csv"])
@pytest.mark.parametrize("is_given", [False, True])
def test_an_altered_input_is_named(shop: Path, name: str, is_given: bool) -> None:
    (shop / name).write_bytes((shop / name).read_bytes() + b"\n")
    given = [str(shop / "archive"), str(shop / "orders.csv")] if is_given else []
    found = check(shop / "report", given, ring())
    assert (found.code, found.facts) == ("altered_input", {"name": str(shop / name)})


def test_other_keys_are_told_from_other_inputs(shop: Path) -> None:
    found = check(shop / "report", keys=cr.Key(id="live", secret="another of tests", mode="live"))
    assert (found.code, found.facts) == ("other_keys", {"names": "live"})


@pytest.mark.parametrize(
    ("name", "change", "facts"),
    [
        (
            "results",
            "SELECT * REPLACE (CASE identifier WHEN 'B' THEN 'matched' ELSE outcome END AS outcome) FROM results",
            {"table": "results", "row": 2, "column": "outcome", "before": "matched", "now": "underpaid"},
        ),
        (
            "notifications",
            "SELECT * REPLACE (if(record = 1 AND identifier = 'C', NULL, verdict) AS verdict) FROM notifications",
            {"table": "notifications", "row": 4, "column": "verdict", "before": "nothing", "now": "forged"},
        ),
        ("orders", "FROM orders LIMIT 1", {"table": "orders", "before": 1, "now": 2}),
    ],
)
def test_a_report_that_was_altered_with_its_manifest_differs_somewhere(
    shop: Path, name: str, change: str, facts: dict[str, Any]
) -> None:
    rewritten(shop / "report", name, change)
    found = check(shop / "report", keys=ring())
    assert (found.code, found.facts) == ("different", facts)
    manifest = json.loads((shop / "report" / "manifest.json").read_text())
    (shop / "report" / "manifest.json").write_text(json.dumps({**manifest, "version": "0.0.1"}))
    assert f"made by version 0.0.1, and this is {cr.__version__}" in check(shop / "report", keys=ring()).text


def test_a_report_that_does_not_say_where_its_archive_was_is_told(shop: Path, tmp_path: Path) -> None:
    found = cr.reconcile(cr.verify(cr.read_ipns(shop / "archive"), ring()), cr.read_orders(b"order_id,total\nA,11\n"))
    found.to_parquet(tmp_path / "report")
    with pytest.raises(InputError, match="does not say where its archive was"):
        check(tmp_path / "report", keys=ring())


def test_the_command_says_it_and_its_exit_code_too(
    shop: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CORENA_SECRET_KEY", SECRET)
    keys = shop / "keys.toml"
    keys.write_text(f'[[keys]]\nid = "live"\nmode = "live"\nsecret = "{SECRET}"\n')
    arguments = ["check", str(shop / "report"), "--keys", str(keys)]
    assert main(arguments) == NOTHING_EXCEPTIONAL
    assert capsys.readouterr().out == CHECKS.say("same", "en", version=cr.__version__) + "\n"
    (shop / "orders.csv").write_text("order_id;total;currency;etat\nA;11;USD;paid\n")
    assert main([*arguments, "--lang", "fr"]) == EXCEPTIONS
    assert capsys.readouterr().out.startswith("Une source a été modifiée")
    (shop / "orders.csv").unlink()
    assert main(arguments) == BAD_INPUT
