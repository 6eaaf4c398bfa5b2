"""Decisions on a report: what they change, what they do not, and what makes them void."""

from __future__ import annotations

import csv
import functools
import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from python_calamine import CalamineWorkbook
from xlsxwriter import Workbook

import corena_recon as cr
from corena_recon.command_line.main import main
from corena_recon.errors import InputError
from corena_recon.stages.check import check
from corena_recon.stages.decide import decide_from, decide_to
from tests.making import SECRET, ipn, jsonl, ring

AT = "2026-02-01T08:00:00Z"
FORGED = {"signature": "0" * 64}
SHOP = "order_id,total,currency,status\nA,12,USD,paid\n0012E5,20,USD,paid\nC,11,USD,paid\nD,11,USD,paid\n"
POSTED = [ipn("A"), ipn("A", **FORGED), ipn("0012E5"), ipn("C"), ipn("C", "99.00000000", **FORGED), ipn("=X")]


class Shop:
    """A shop in a folder, reconciled and decided."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.posted = POSTED
        self.torn = b'{"status":\n'
        self.orders = SHOP

    def found(self, **options: Any) -> cr.Reconciliation:
        notifications = verified(jsonl(*self.posted) + self.torn)
        decisions = self.folder / "decisions.jsonl"
        return cr.reconcile(notifications, cr.read_orders(self.orders.encode()), decisions=decisions, **options)

    def close(self, **options: Any) -> cr.Reconciliation:
        found = self.found(**options)
        found.to_parquet(self.folder / "report")
        return found

    def sheet(self) -> list[dict[str, str]]:
        file = self.folder / "to.csv"
        decide_to(self.folder / "report", file)
        return list(csv.DictReader(file.read_text(encoding="utf-8-sig").splitlines()))

    def take(self, rows: list[dict[str, str]]) -> int:
        file = self.folder / "from.csv"
        with file.open("w", encoding="utf-16", newline="") as written:
            writer = csv.DictWriter(written, rows[0].keys(), delimiter=";")
            writer.writeheader()
            writer.writerows(rows)
        return decide_from(self.folder / "report", file, at=AT).added

    def decide_all(self, **said: str) -> int:
        made = {"decision": "accepted", "by": "Awa", **said}
        mangled = {"identifier": "1200000.0", "outcome": "", "source": ""}
        return self.take([{**row, **made, **mangled} for row in self.sheet()])


@functools.cache
def verified(octets: bytes) -> pd.DataFrame:
    """The notifications of an archive, read and verified; nobody may change them."""
    return cr.verify(cr.read_ipns(octets), ring())


@pytest.fixture(scope="module")
def first_shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A shop that has been closed once; beside it the same again, ``kept``."""
    folder = tmp_path_factory.mktemp("deciding") / "shop"
    folder.mkdir()
    Shop(folder).close()
    shutil.copytree(folder, folder.with_name("kept"))
    return folder


@pytest.fixture
def shop(first_shop: Path) -> Shop:
    """The shop as it was: a report says where its decisions are, so that it stands there for every test."""
    shutil.rmtree(first_shop)
    shutil.copytree(first_shop.with_name("kept"), first_shop)
    return Shop(first_shop)


def told(found: cr.Reconciliation) -> list[tuple[Any, ...]]:
    return [(row["identifier"], row["outcome"], row["decision"]) for row in found.table("worklist").to_pylist()]


def standings(found: cr.Reconciliation) -> list[str]:
    return list(found.table("decisions")["standing"].to_pylist())


def test_a_decided_exception_needs_nobody_and_nothing_else_changes(shop: Shop) -> None:
    before = shop.found()
    assert before.is_exceptional
    assert shop.decide_all(reason="=seen") == 6
    found = shop.close()
    assert told(found) == [(*row[:2], "accepted") for row in told(before)]
    assert not found.is_exceptional
    assert standings(found) == ["stands"] * 6
    assert found.summary["headline"] == "Nothing needs a person any more: what did is decided. Decided: 6."
    assert found.summary["needs_a_person"]["decided"] == 6
    for name in ("notifications", "results", "orders", "intake", "tie_out"):
        assert found.table(name).equals(before.table(name)), name
    row = found.decisions.iloc[0]
    assert (row["by"], row["at"], row["reason"], row["identifier"]) == ("Awa", AT, "=seen", "=X")
    read = cr.Reconciliation.read_parquet(shop.folder / "report")
    assert read.table("decisions") == found.table("decisions")
    assert read.summary == found.summary
    difference = cr.diff(before, found)
    assert [(one["decision"], one["standing"]) for one in difference.decisions] == [("accepted", "stands")] * 6
    assert "Decisions that stand and did not before: 6." in str(difference)
    assert "Decisions that stood and do not any more: 6." in str(cr.diff(found, before))


def test_closes_keep_decisions_while_the_same_stands_in_other_files(tmp_path: Path) -> None:
    (tmp_path / "ipn").mkdir()
    (tmp_path / "ipn" / "a.jsonl").write_bytes(jsonl(*POSTED))
    (tmp_path / "orders.csv").write_text(SHOP)
    (tmp_path / "keys.toml").write_text(f'[[keys]]\nid = "k"\nmode = "live"\nsecret = "{SECRET}"\n')
    (tmp_path / "corena.toml").write_text('archive = "ipn"\nkeys = "keys.toml"\norders = "orders.csv"\n')
    cr.Project(tmp_path).close()
    assert Shop(tmp_path).decide_all() == 5
    (tmp_path / "ipn" / "a.jsonl").unlink()
    (tmp_path / "ipn" / "b.jsonl").write_bytes(jsonl(*POSTED[3:], POSTED[0]))
    names = ("payment_trx", "amount", "payment_type", "currency")
    rows = [[one["status"], one["identifier"], one["signature"], *map(one["data"].get, names)] for one in POSTED[:3]]
    with (tmp_path / "ipn" / "c.csv").open("w", newline="") as file:
        csv.writer(file).writerows([["status", "identifier", "signature", *names], *rows])
    (tmp_path / "orders.csv").write_text(SHOP + "A,12,USD,paid\n")
    assert main(["close", str(tmp_path), "--quiet"]) == 0
    assert standings(cr.Reconciliation.read_parquet(tmp_path / "report")) == ["stands"] * 5
    (tmp_path / "decisions.jsonl").unlink()
    assert check(tmp_path / "report", keys=tmp_path / "keys.toml").code == "same"


CHANGES: list[tuple[dict[str, Any], str | None, str]] = [
    # what is added, or put in place of something; whose row is open then, and what it says
    ({"posted": [ipn("A", trx="TRX2")]}, "A", "suspect notifications none → 1"),
    ({"posted": [ipn("A", "99.00000000", **FORGED)]}, "A", "forged notifications 1 → 2"),
    ({"orders": ("A,12", "A,13")}, "A", "order amount 12.00000000 → 13.00000000"),
    ({"orders": ("A,12,USD,paid", "A,12,USD,cancelled")}, "A", "order state paid → cancelled"),
    ({"posted": [ipn("C", "98.00000000", **FORGED)]}, None, "forged notifications 1 → 2"),
    ({"torn": b"x\n"}, None, "unreadable notifications 1 → 2"),
    ({"posted": [POSTED[1]]}, "nobody's", ""),
    ({"posted": [POSTED[0]]}, "nobody's", ""),
]


def test_other_evidence_makes_a_decision_void_and_says_what_is_other(shop: Shop) -> None:
    shop.decide_all(decision="written_off")
    for change, identifier, words in CHANGES:
        again = Shop(shop.folder)
        again.posted = [*POSTED, *change.get("posted", [])]
        again.torn += change.get("torn", b"")
        again.orders = SHOP.replace(*change.get("orders", ("", "")))
        found = again.found()
        rows = found.table("worklist").to_pylist()
        open_rows = [row for row in rows if row["decision"] is None]
        assert [row["identifier"] for row in open_rows] == [identifier] * (identifier != "nobody's")
        assert rows[: len(open_rows)] == open_rows
        assert found.is_exceptional == bool(open_rows)
        assert standings(found).count("void") == len(open_rows)
        for row in open_rows:
            assert "Decided by Awa (written_off), and since then other than it was: " in row["why"]
            assert words in row["why"]


def test_two_people(shop: Shop) -> None:
    shop.decide_all(reviewed_by="  AWA ")
    found = shop.close(two_people=True)
    assert set(standings(found)) == {"unreviewed"}
    assert found.is_exceptional
    assert "no second person has reviewed it" in found.table("worklist")["why"][0].as_py()
    rows = shop.sheet()
    assert {row["by"] for row in rows} == {"Awa"}
    with pytest.raises(InputError, match="is reviewed by who decided it"):
        shop.take([{**row, "reviewed_by": "ａwa"} for row in rows])
    assert shop.take([{**row, "reviewed_by": "Bintou"} for row in rows]) == 6
    found = shop.close(two_people=True)
    assert standings(found) == ["superseded"] * 6 + ["stands"] * 6
    assert not found.is_exceptional


def test_a_decision_can_be_taken_back_and_a_sheet_taken_twice_adds_nothing(shop: Shop) -> None:
    assert [shop.decide_all(), shop.decide_all()] == [6, 0]
    rows = shop.sheet()
    assert {row["decision"] for row in rows} == {"accepted"}
    assert shop.take([{**rows[0], "decision": "withdrawn"}, *rows[1:]]) == 1
    found = shop.found()
    assert standings(found) == ["superseded", *["stands"] * 5, "withdrawn"]
    assert [row[2] for row in told(found)] == [None, *["accepted"] * 5]


def test_what_a_spreadsheet_does_to_dates_and_to_a_byte_order_mark_does_not_matter(shop: Shop) -> None:
    dates = ["31/01/2026", "2/3/2026", "1/31/2026 14:05", "31.01.2026", "2026-01-31", ""]
    rows = [
        {"\xef\xbb\xbfkey": row.pop("key"), **row, "decision": "accepted", "by": "Awa", "at": date}
        for row, date in zip(shop.sheet(), dates, strict=True)
    ]
    assert shop.take(rows) == 6
    told = [at.removesuffix("T00:00:00") for at in shop.found().decisions["at"]]
    assert told == ["2026-01-31", "2026-03-02", "2026-01-31T14:05:00", "2026-01-31", "2026-01-31", AT]


PROBLEMS = [
    # cells of the first row; of the second; what is said
    ({"key": "1"}, {}, r"row 1 \(=X\) has no key that this package wrote"),
    ({"key": f"k{'0' * 24}-{'0' * 24}"}, {}, "row 1 is not in the worklist any more"),
    ({"by": ""}, {}, "does not say by whom"),
    ({"at": "31/31/2026"}, {}, "has a date that is none"),
    ({"key": "SECOND"}, {}, "row 2 .* repeats row 1"),
    ({"key": "SECOND"}, {"decision": "written_off"}, "row 2 .* contradicts row 1"),
    ({"key": "STALE"}, {}, "row 1 has changed since the sheet was written"),
]


def test_what_is_wrong_with_a_sheet_is_named_and_nothing_of_it_taken(shop: Shop) -> None:
    sheet = shop.sheet()
    named = {"SECOND": sheet[1]["key"], "STALE": sheet[0]["key"][:26] + "0" * 24}
    for first, second, words in PROBLEMS:
        rows = [{**row, "decision": "accepted", "by": "Awa"} for row in sheet]
        if first.get("key") == "SECOND":
            rows[0] = dict(rows[1])
        rows[0] |= {name: named.get(text, text) for name, text in first.items()}
        rows[0]["identifier"] = rows[0]["identifier"].removeprefix("'")
        rows[1] |= second
        with pytest.raises(InputError, match=words):
            shop.take(rows)
        assert not (shop.folder / "decisions.jsonl").exists()


def test_a_workbook_holds_texts_and_is_taken_or_kept_as_it_is(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    report, empty, filled = (str(shop.folder / name) for name in ("report", "empty.xlsx", "filled.xlsx"))
    assert main(["decide", report, "--to", empty]) == 0
    names, *cells = CalamineWorkbook.from_path(empty).get_sheet_by_index(0).to_python()
    rows = [dict(zip(map(str, names), row, strict=True)) for row in cells]
    assert [row["identifier"] for row in rows] == ["=X", "D", "0012E5", "A", "", ""]
    assert [row["key"] for row in rows] == [row["key"] for row in shop.sheet()]
    with Workbook(filled) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate([names, *([*{**row, "by": "Awa", "decision": 7}.values()] for row in rows)]):
            sheet.write_row(number, 0, row)
    kept = shop.found()
    notifications, orders = kept.notifications, kept.orders
    kept = cr.reconcile(notifications, orders, decisions=filled)
    assert standings(kept) == ["stands"] * 6
    assert main(["decide", report, "--from", filled]) == 0
    assert shop.found().decisions["decision"].tolist() == ["7"] * 6
    assert main(["decide", report]) == 2
    assert "either a sheet to write or one to read" in capsys.readouterr().err


def test_an_archive_alone_has_decisions_too(shop: Shop) -> None:
    notifications = jsonl(*POSTED) + shop.torn
    cr.audit(notifications, keys=ring(), out=shop.folder / "report")
    assert shop.decide_all() == 3
    found = cr.audit(notifications, keys=ring(), decisions=shop.folder / "decisions.jsonl")
    assert [row[2] for row in told(found)] == ["accepted"] * 3
    assert not found.is_exceptional
