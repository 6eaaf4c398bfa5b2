"""What has changed from one report to the next."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

import corena_recon as cr
from corena_recon.command_line.main import BAD_INPUT, EXCEPTIONS, NOTHING_EXCEPTIONAL, main
from corena_recon.errors import InputError
from tests.hostile import HOSTILE
from tests.making import ipn, jsonl, orders, ring, verified

Reported = Callable[[], cr.Reconciliation]
FORGED = ipn("A", "11.00000000", signature="0" * 64)
A, B = ("A", "11", "USD", "paid"), ("B", "11", "USD", "paid")


def found(*notifications: dict[str, Any], shop: tuple[tuple[str, str, str, str], ...] = (A, B)) -> cr.Reconciliation:
    return cr.reconcile(verified(*notifications), orders(*shop))


CASES: list[tuple[Reported, Reported, list[tuple[Any, ...]], bool]] = [
    # before, now, the changes by identifier, whether it got worse
    (partial(found, ipn("A")), partial(found, ipn("A")), [], False),
    (
        partial(found, ipn("A")),
        partial(found, ipn("A"), ipn("B")),
        [("B", "changed", "missing_payment", "matched", False, True)],
        False,
    ),
    (
        partial(found, ipn("A"), ipn("B")),
        partial(found, ipn("A")),
        [("B", "changed", "matched", "missing_payment", True, False)],
        True,
    ),
    (
        partial(found, ipn("A"), shop=(A,)),
        partial(found, ipn("A"), ipn("B", "1.00000000")),
        [("B", "new", None, "underpaid", True, False)],
        True,
    ),
    (
        partial(found, ipn("A"), ipn("B")),
        partial(found, ipn("A"), shop=(A,)),
        [("B", "vanished", "matched", None, False, False)],
        False,
    ),
    (
        partial(found, ipn("A"), ipn("B")),
        partial(found, ipn("A"), ipn("B"), FORGED),
        [("A", "changed", "matched", "matched", False, False)],
        True,
    ),
    (
        partial(found, ipn("A", "1.00000000"), ipn("B")),
        partial(found, ipn("A", "2.00000000"), ipn("B")),
        [("A", "changed", "underpaid", "underpaid", False, False)],
        False,
    ),
]


@pytest.mark.parametrize(("old", "new", "changes", "is_worse"), CASES)
def test_identifiers_that_changed_are_new_or_vanished(
    old: Reported, new: Reported, changes: list[tuple[Any, ...]], is_worse: bool
) -> None:
    difference = cr.diff(old(), new())
    names = ["identifier", "change", "outcome_before", "outcome", "is_worse", "is_better"]
    assert [tuple(row.values()) for row in difference.results.select(names).to_pylist()] == changes
    assert difference.got_worse == is_worse
    assert [*difference.frame.columns[:2]] == ["identifier", "change"]


def test_a_forgery_that_came_again_is_a_new_one() -> None:
    difference = cr.diff(found(ipn("A"), FORGED), found(ipn("A"), FORGED, FORGED))
    assert [(row["identifier"], row["record"]) for row in difference.forgeries.to_pylist()] == [("A", 3)]
    assert "Forged notifications that were not there before: 1." in str(difference)
    assert len(difference.forged) == 1


def test_inputs_and_money_that_moved_are_named(tmp_path: Path) -> None:
    archive, shop = tmp_path / "ipn.jsonl", tmp_path / "orders.csv"
    shop.write_text("order_id,total,currency,status\nA,2000,USD,paid\n")
    archive.write_bytes(jsonl(ipn("A", "1500.50000000")))
    cr.audit(archive, shop, ring(), tmp_path / "old")
    archive.write_bytes(jsonl(ipn("A", "2000.00000000")))
    cr.audit([archive], shop.rename(tmp_path / "elsewhere.csv"), ring(), tmp_path / "new")
    difference = cr.diff(tmp_path / "old", tmp_path / "new")
    assert [*difference.inputs] == [str(archive)]
    assert "Paid in USD: 1,500.50 before, 2,000.00 now (+499.50)." in str(difference)
    assert f"Input changed: {archive}." in str(difference)
    assert "Exceptions that are none any more: 1." in str(difference)
    french = str(cr.diff(tmp_path / "old", tmp_path / "new", lang="fr"))
    assert "Payé en USD" in french
    assert "Exceptions qui n'en sont plus : 1." in french


def test_a_report_without_orders_is_compared_too() -> None:
    old, new = (cr.audit(jsonl(*notifications), keys=ring()) for notifications in ([ipn("A")], [ipn("A"), FORGED]))
    assert cr.diff(old, new).got_worse
    assert str(cr.diff(old, old)) == "Nothing has changed."


def test_what_strangers_wrote_does_not_act() -> None:
    new = found(*(ipn(text, signature="0" * 64) for text in HOSTILE))
    difference = cr.diff(found(ipn("A")), new)
    for shown in (str(difference), difference._repr_html_()):
        assert "\x1b" not in shown
        assert "\u202e" not in shown
    assert "<script" not in difference._repr_html_().lower()


def test_the_command_says_it_and_its_exit_code_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, report in (("old", CASES[2][0]), ("new", CASES[2][1])):
        report().to_parquet(tmp_path / name)
    old, new = str(tmp_path / "old"), str(tmp_path / "new")
    assert main(["diff", old, new]) == EXCEPTIONS
    assert "B: matched before, missing_payment now." in capsys.readouterr().out
    assert main(["diff", new, old, "--json"]) == NOTHING_EXCEPTIONAL
    said = json.loads(capsys.readouterr().out)
    assert said["counts"] == {"changed": 1, "new": 0, "vanished": 0, "worse": 0, "better": 1, "forgeries": 0}
    assert said["money"] == [
        {
            "currency": "USD",
            "ordered_before": "22.00000000",
            "ordered": "22.00000000",
            "paid_before": "11.00000000",
            "paid": "22.00000000",
            "difference_before": "-11.00000000",
            "difference": "0.00000000",
        }
    ]
    assert main(["diff", old, str(tmp_path / "absent")]) == BAD_INPUT


def test_what_is_no_report_is_refused() -> None:
    with pytest.raises(InputError, match="a int is no report"):
        cr.diff(CASES[0][0](), 7)  # type: ignore[arg-type]
