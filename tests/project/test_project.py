"""The project file: what it may say, how wrong ones are refused, and that its closes are audits."""

from __future__ import annotations

import json
import shutil
import sys
import tomllib
from pathlib import Path

import pytest

import corena_recon as cr
from corena_recon.command_line.main import main
from corena_recon.errors import InputError, KeyRingError, OptionError, OutputError
from corena_recon.project import Project, found_project, nearest_file
from corena_recon.project.writing import Found, project_text
from tests.making import SECRET as SIGNING
from tests.making import ipn, jsonl
from tests.places import SAMPLE_DATA

SECRET = "the secret of the shop"
ORDERS = 'archive = "ipn"\nkeys = "keys.toml"\n[orders]\nsource = "orders.csv"\n'
PLAIN = 'archive = "ipn"\nkeys = "keys.toml"\norders = "orders.csv"\n'


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    (tmp_path / "ipn").mkdir()
    (tmp_path / "ipn" / "january.jsonl").write_bytes(jsonl(ipn("A"), ipn("B")))
    (tmp_path / "orders.csv").write_text("order_id,total,currency,status\nA,11,USD,paid\nB,11.00,USD,paid\n")
    (tmp_path / "keys.toml").write_text(f'[[keys]]\nid = "k"\nmode = "live"\nsecret = "{SIGNING}"\n')
    return tmp_path


def project(shop: Path, text: str = PLAIN) -> Project:
    (shop / "corena.toml").write_text(text, encoding="utf-8")
    return Project(shop)


def test_a_close_is_the_audit_that_the_file_describes(shop: Path) -> None:
    found = project(shop).close()
    assert found.results["outcome"].tolist() == ["matched", "matched"]
    decided = shop / "decisions.jsonl"
    again = cr.audit(shop / "ipn", shop / "orders.csv", shop / "keys.toml", shop / "other", decisions=decided)
    for name in ("notifications", "results", "orders", "intake", "tie_out", "worklist", "decisions"):
        file = f"{name}.parquet"
        assert (shop / "report" / file).read_bytes() == (shop / "other" / file).read_bytes(), name
    assert again.summary == found.summary


def test_every_close_reads_what_is_new_and_leaves_a_line(shop: Path) -> None:
    closing = project(shop)
    assert closing.history == []
    closing.close()
    (shop / "ipn" / "february.jsonl").write_bytes(jsonl(ipn("C")))
    found = closing.close()
    assert found.facts["reused_sources"] == 1
    first, second = closing.history
    assert (first.notifications, first.exceptions, first.is_exceptional) == (2, 0, False)
    assert (second.notifications, second.exceptions, second.is_exceptional) == (3, 1, True)
    file = shop / ".corena-closes.jsonl"
    file.write_bytes(file.read_bytes() + b'{"at": "cut o')
    assert len(closing.history) == 2
    closing.close()
    assert len(closing.history) == 3
    file.write_text("something else\n")
    with pytest.raises(OutputError, match="holds something else"):
        _ = closing.history


def test_a_close_without_previous_reads_all(shop: Path) -> None:
    closing = project(shop, "previous = false\n" + PLAIN)
    closing.close()
    assert "reused_sources" not in closing.close().facts


def test_options_of_reading_and_judging_are_passed_on(shop: Path) -> None:
    (shop / "orders.csv").write_text("n;prix;etat\nA;11;Reliquat\nB;12;payé\n", encoding="utf-8")
    text = (
        'archive = ["ipn/*.jsonl"]\nkeys = "keys.toml"\nreport = "out"\nlang = "fr"\n\n'
        '[orders]\nsource = "orders.csv"\ncurrency = "USD"\n\n[orders.columns]\nidentifier = "n"\n'
        'order_amount = "prix"\norder_status = "etat"\n\n[orders.states]\nReliquat = "open"\n\n'
        '[options]\ntolerance = "1"\n'
    )
    found = project(shop, text).close()
    assert found.results["order_state"].tolist() == ["open", "paid"]
    assert found.results["outcome"].tolist() == ["status_conflict", "matched"]
    assert found.facts["options"]["lang"] == "fr"
    assert (shop / "out" / "manifest.json").exists()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "names no archive"),
        ('\narchive = "ipn', "line 2 is no TOML: "),
        ("\narchive = 3\n", "line 2: archive is no path"),
        ('archive = "absent"\n', "line 1: archive names absent, which is not there"),
        (PLAIN + 'key = "keys.toml"\n', "line 4: key is not known (hint: did you mean keys?)"),
        (PLAIN + f'secret = "{SECRET}"\n', "line 4: secret is not known"),
        (PLAIN + "previous = 1\n", "line 4: previous is neither true nor false"),
        (PLAIN + 'two_people = "yes"\n', "line 4: two_people is neither true nor false"),
        (PLAIN + "options = 1\n", "line 4: options is no table"),
        (
            PLAIN + "\n[options]\ntolerence = 1\n",
            "line 6: options.tolerence is not known (hint: did you mean tolerance?)",
        ),
        (PLAIN + '\n[options]\ntolerance = "5%"\n', "line 6: tolerance"),
        (PLAIN + 'report = ["a", "b"]\n', "line 4: report is no single path"),
        ('archive = "ipn"\nledger = "orders.csv"\n', "line 2: ledger is held against orders, and there are none"),
        ('archive = "ipn"\n[orders]\ncurrency = "USD"\n', "line 2: orders has no source"),
        ('archive = "ipn"\n[orders]\nsource = "orders.csv"\nplatfrom = "x"\n', "line 4: orders.platfrom is not known"),
        ('archive = "ipn"\nkeys = "keys.toml"\n[orders]\nsource = "orders.csv"\nplatform = "x"\n', "line 5: "),
        (PLAIN + f'lang = "{SECRET}"\n', "line 4: lang is neither"),
        ('archive = "ipn/*.gz"\nkeys = "keys.toml"\n', "line 1: no file matches"),
        (PLAIN + 'report = "ipn"\n', "line 4: report names ipn as archive does"),
        ('archive = ["ipn", "ipn"]\n', "line 1: archive names ipn twice"),
        (PLAIN + 'ledger = "orders.csv"\n', "line 4: ledger names orders.csv as orders does"),
        (
            ORDERS + '[orders.columns]\namount = "total"\nidentifier = "Order Nr"\n',
            "line 7: orders.csv: no column 'Order Nr' for identifier",
        ),
        (ORDERS + 'columns = {identifier = "Order Nr"}\n', "line 5: orders.csv: no column 'Order Nr'"),
        (ORDERS + '\n[orders.columns]\nidentifer = "order_id"\n', "line 6: columns names a field"),
        (ORDERS + '[orders.where]\nPayment = ["Payme"]\n', "line 6: orders.csv: no column 'Payment' for where"),
        (ORDERS + 'states = {total = "payd"}\n', 'example states = { Reliquat = "open" }'),
        (ORDERS + '[options]\nas_of = "2026-01-01"\n', "line 6: as_of and grace go together"),
        (
            'archive = "ipn"\nkeys = "keys.toml"\norders = "ipn/january.jsonl"\n',
            "line 1: the folder ipn holds no file but",
        ),
    ],
)
def test_what_is_wrong_is_named_with_its_line_and_never_with_what_it_holds(shop: Path, text: str, words: str) -> None:
    with pytest.raises((OptionError, InputError)) as caught:
        project(shop, text).close()
    assert words in str(caught.value).replace(f"{shop}/", "")
    assert str(caught.value).startswith(str(shop / "corena.toml"))
    assert SECRET not in str(caught.value)


def test_init_sorts_a_folder_and_its_file_closes(tmp_path: Path) -> None:
    (tmp_path / "ipn").mkdir()
    for file in SAMPLE_DATA.glob("ipn-*"):
        shutil.copy(file, tmp_path / "ipn")
    for name in ("orders.csv", "keys.toml", "README.md"):
        shutil.copy(SAMPLE_DATA / name, tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    founding = found_project(tmp_path)
    assert [(one.kind, one.name) for one in founding.found if one.kind != "archive"] == [
        ("orders", "orders.csv"),
        ("keys", "keys.toml"),
        ("ignored", "README.md"),
    ]
    assert [one.kind for one in founding.found].count("archive") == 4
    assert founding.keys[0] == "live-2025 verifies 143 of 294 signatures that were tried"
    assert founding.doubts == ("words for the state of an order that are not known: with the florist",)
    assert {path: path.read_bytes() for path in before} == before
    settings = Project(tmp_path).settings
    assert settings.archive == (str(tmp_path / "ipn"),)
    found = Project(tmp_path).close()
    decided = tmp_path / "decisions.jsonl"
    sources = (tmp_path / "ipn", tmp_path / "orders.csv", tmp_path / "keys.toml")
    expected = cr.audit(*sources, decisions=decided, grace="1 day")
    assert found.summary == expected.summary


def test_init_says_what_it_doubts(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(jsonl(ipn("A")))
    (tmp_path / "deposits.csv").write_text(
        "SL,Trx Number,Amount,Charge,Payment Charge,After Charge,Gateway Name,Method Currency,Date\n"
        '1,ABC123ABC123,"11.00 USD",0,0,0,Card,USD,01/01/2026\n'
    )
    for name in ("a", "b"):
        (tmp_path / f"{name}.toml").write_text('[[keys]]\nid = "k"\nmode = "live"\nsecret = "another secret"\n')
    (tmp_path / "broken.toml").write_text(f'[[keys]]\nid = "k"\nsecret = "{SECRET}"\n')
    founding = found_project(tmp_path, lang="fr")
    kinds = {one.name: one.kind for one in founding.found}
    assert kinds["deposits.csv"] == "ledger"
    assert [kinds[f"{name}.toml"] for name in ("a", "b", "broken")] == ["keys", "ignored", "ignored"]
    assert [doubt.partition(" ")[0] for doubt in founding.doubts] == ["broken.toml", "aucune", "plusieurs", "aucun"]
    assert founding.doubts[1].startswith("aucune clé ne vérifie")
    assert SECRET not in founding.text + founding.file.read_text(encoding="utf-8")


def test_init_of_odd_folders_doubts_and_a_close_names_line_and_entry(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "odd").mkdir()
    monkeypatch.chdir(tmp_path / "odd")
    assert main(["init", "."]) == 0
    said = capsys.readouterr().out
    assert said.count("\n? ") == 3
    assert "name their files or folder as archive" in said
    assert main([]) == 2
    assert "corena.toml line 6 names no archive" in capsys.readouterr().err
    Path("corena.toml").unlink()
    Path("ipn.jsonl").write_bytes(jsonl(ipn("A")))
    Path("odd.csv").write_text("réf client;prix public\n1;2\n")
    founding = found_project(".")
    assert founding.found[-1].what.endswith("its columns: réf client, prix public")
    assert founding.doubts[-1].startswith("if odd.csv holds the orders, name it under [orders]")
    Path("corena.toml").unlink()
    Path("one.csv").write_text("order_id,total,currency,status\nA,11,USD,paid\n")
    Path("two.csv").write_text("Order Number;Order Total Amount;Order Status\nX1;5;completed\n")
    monkeypatch.setenv("CORENA_SECRET_KEY", SIGNING)
    founding = found_project(".")
    assert founding.keys[-1] == "live verifies 1 of 1 signature that was tried"
    assert founding.doubts[0] == "several order exports lie here, and all are read: one.csv, two.csv"
    assert "# two.csv is read as woocommerce-advanced" in Path("corena.toml").read_text()
    monkeypatch.setenv("CORENA_SECRET_KEY", "YOUR_SECRET_KEY")
    with pytest.raises(KeyRingError, match=r"corena.toml names no keys; the environment's"):
        Project(".").close()
    Path("corena.toml").write_text('archive = "ipn.jsonl"\nkeys = "keys.toml"\n')
    Path("keys.toml").write_text(f'[[keys]]\nid = "k"\nmode = "lvie"\nsecret = "{SIGNING}"\n')
    with pytest.raises(KeyRingError, match=r"corena.toml line 2: the key ring keys.toml line 3: key 'k': its mode"):
        Project(".").close()


@pytest.mark.parametrize(
    ("names", "patterns"),
    [
        ("ipn-2026-01-31.jsonl ipn-2026-02-01.jsonl", ["ipn-*.jsonl"]),
        ("access.log access.log.1 access.log.2.gz", ["access.log", "access.log.*"]),
        ("2026-01.jsonl", ["[0-9]*.jsonl"]),
        ("late/ipn-1.jsonl ipn-1.jsonl", ["late", "ipn-*.jsonl"]),
        ("copy[1].jsonl", ["copy[[]*].jsonl"]),
        ("1.toml", ["1.toml"]),
    ],
)
def test_init_names_files_so_that_tomorrows_are_meant_too(names: str, patterns: list[str]) -> None:
    found = [Found(name, "archive", "") for name in names.split()] + [Found("2.toml", "keys", "")]
    assert tomllib.loads(project_text(found, [], {}, "en"))["archive"] == patterns


def test_init_overwrites_nothing_and_needs_a_folder(tmp_path: Path) -> None:
    (tmp_path / "corena.toml").write_text("mine")
    with pytest.raises(OutputError, match="is there already"):
        found_project(tmp_path)
    assert (tmp_path / "corena.toml").read_text() == "mine"
    with pytest.raises(OutputError, match="is no folder"):
        found_project(tmp_path / "absent")


def test_the_nearest_file_is_found_from_below(shop: Path) -> None:
    project(shop)
    assert nearest_file(shop / "ipn") == shop / "corena.toml"
    with pytest.raises(OptionError, match="here or above"):
        nearest_file(shop.parent)


def test_no_command_at_all_is_a_close(
    shop: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    project(shop)
    monkeypatch.chdir(shop / "ipn")
    assert main(["--json"]) == 0
    assert json.loads(capsys.readouterr().out)["outcomes"] == {"matched": 2}
    assert main(["--quiet"]) == 0
    printed = capsys.readouterr()
    assert printed.out + printed.err == ""
    # Called by a path, as from an environment that is not activated.
    monkeypatch.setattr(sys, "argv", ["bin/corena-recon"])
    monkeypatch.setenv("PATH", "")
    assert main([]) == 0
    said = capsys.readouterr().out
    assert "2 of 2" in said
    assert "\n  bin/corena-recon report " in said
    (shop / "corena.toml").rename(shop / "kept.toml")
    assert main(["init", str(shop)]) == 0
    assert f"cd {shop} && {shop / 'ipn' / 'bin' / 'corena-recon'}\n" in capsys.readouterr().out
    monkeypatch.chdir(shop.parent)
    assert main([]) == 2
    assert "corena-recon init" in capsys.readouterr().err
    assert main(["close", str(shop)]) == 0
