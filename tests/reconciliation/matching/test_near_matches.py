from __future__ import annotations

import unicodedata

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import corena_recon as cr
from corena_recon.reconciliation.facts import NEAR_FACTS, UNMATCHED
from corena_recon.reconciliation.matching import near_matches
from corena_recon.reconciliation.matching.near_matches import PLAINLY_FOLDED, folded, suggest
from corena_recon.tables.engine import EngineTable, Scope, connect
from tests.making import ipn, orders, verified

NEAR = [
    ("CMD-1", "cmd-1"),
    ("CMD 1", "CMD1"),
    ("00123", "123"),
    ("#1001", "1001"),
    ("100000", "1E5"),
    ("1230000000000", "1.23E+12"),
    ("15", "15.0"),
    ("CMD-А", "CMD-A"),  # Cyrillic
    ("ΟΡΕΝ", "OPEN"),  # Greek
    ("ＣＭＤ１", "CMD1"),  # full width
    (unicodedata.normalize("NFC", "été"), unicodedata.normalize("NFD", "été")),
    ("CMD\u200b1", "CMD1"),
    ("CMD1\u00a0", "CMD1"),
    # words that say that a number follows
    ("Commande n°1004", "1004"),
    ("COMMANDE N° 001004", "1004"),
    ("commande nº 1004", "1004"),
    ("Commande numéro 1004", "1004"),
    ("№1004", "1004"),
    ("N.1004", "1004"),
    ("Order #1004", "1004"),
    ("Order no. 1004", "1004"),
    ("CMD-000071", "71"),
    ("CMD_71", "Order: 71"),
    ("Réf. 1004-A", "ref1004-a"),
]


@pytest.mark.parametrize(("one", "other"), NEAR)
def test_forms_of_one_identifier_fold_alike(one: str, other: str) -> None:
    assert folded(one) == folded(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        *(("CMD-1", "CMD-2"), ("15", "15.5"), ("1E5", "1E6"), ("0", "1"), ("été", "ete")),
        *(("CMD-A1", "A1"), ("INV-1", "1"), ("facture 1", "1"), ("-1", "1"), ("Bordeaux 1", "1"), ("commande", "0")),
    ],
)
def test_different_identifiers_stay_different(one: str, other: str) -> None:
    assert folded(one) != folded(other)


@given(
    st.lists(
        st.text("ABCdefgE019 _#/-.", max_size=8)
        | st.lists(st.sampled_from([*"nNoO019-_/ #", "Cmd", "ORDER", "num", "ref"]), max_size=6).map("".join),
        min_size=1,
        unique=True,
    )
)
@example(["#0E0", " 1E5", "# 1e5", "#E5", "E5"])
def test_the_engine_folds_plain_text_as_python_does(identifiers: list[str]) -> None:
    unmatched = pa.table({"identifier": pa.array(identifiers, pa.string())})
    with connect(threads=1) as connection, Scope(connection, unmatched=unmatched):
        folds = connection.execute(f"SELECT identifier, fold FROM ({PLAINLY_FOLDED})").fetchall()
    assert {text: fold for text, fold in folds if fold is not None} == {
        text: folded(text) for text, fold in folds if fold is not None
    }


@pytest.mark.parametrize("step_rows", [2, 1000])
def test_near_ones_are_told_and_the_only_one_is_named(monkeypatch: pytest.MonkeyPatch, step_rows: int) -> None:
    monkeypatch.setattr(near_matches, "_STEP_ROWS", step_rows)
    sides = [(0, "abc", True), (1, "00123", True), (2, "été", True), (3, "ABC", False), (4, "Abc", False)]
    sides += [(5, "123", False), (6, "ÉTÉ", False), (7, "ABC", True), (8, "other", False)]
    named = [dict(zip(UNMATCHED.names, (*side, True), strict=True)) for side in sides]
    unmatched = pa.Table.from_pylist(named, UNMATCHED)
    with connect(threads=1) as connection, EngineTable(connection, UNMATCHED) as table:
        table.add(unmatched)
        found = connection.sql(f"FROM {suggest(table).name} ORDER BY position").to_arrow_table()
    assert found.schema == NEAR_FACTS
    assert [tuple(row.values()) for row in found.to_pylist()] == [
        (0, None),
        (1, "123"),
        (2, "ÉTÉ"),
        (3, None),
        (4, None),
        (5, "00123"),
        (6, "été"),
        (7, None),
    ]


def suggestions(identifier: str, *ordered: str) -> dict[str, tuple[str, str | None, list[str]]]:
    rows = [(name, "11.00", "USD", "paid") for name in ordered]
    found = cr.reconcile(verified(ipn(identifier)), orders(*rows))
    return {
        row.identifier: (
            row.outcome,
            row.suggested_identifier if isinstance(row.suggested_identifier, str) else None,
            list(row.reasons),
        )
        for row in found.results.itertuples()
    }


def test_a_near_match_is_a_suggestion_on_both_sides_and_never_a_match() -> None:
    assert suggestions("00123", "123") == {
        "123": ("missing_payment", "00123", ["near_match"]),
        "00123": ("orphan_payment", "123", ["near_match"]),
    }


def test_a_number_is_near_the_words_that_call_it_an_order_s() -> None:
    assert suggestions("1004", "Commande n°1004", "Facture 1004") == {
        "Commande n°1004": ("missing_payment", "1004", ["near_match"]),
        "Facture 1004": ("missing_payment", None, []),
        "1004": ("orphan_payment", "Commande n°1004", ["near_match"]),
    }


def test_several_near_ones_are_told_and_none_is_chosen() -> None:
    assert suggestions("abc", "ABC", "Abc") == {
        "ABC": ("missing_payment", "abc", ["near_match"]),
        "Abc": ("missing_payment", "abc", ["near_match"]),
        "abc": ("orphan_payment", None, ["near_match"]),
    }


NEARBY = [
    # the payments near an order A-1 and whether each is genuine, the one that is suggested
    ([("a-1", True), ("a -1", True)], None),
    ([("a-1", True)], "a-1"),
    ([("a-1", True), ("a -1", False)], "a-1"),
    ([("a -1", False), ("a-1", True), ("# a-1", False)], "a-1"),
    ([("a-1", False)], "a-1"),
    ([("a-1", False), ("a -1", False)], None),
]


@pytest.mark.parametrize(("payments", "suggested"), NEARBY)
@pytest.mark.parametrize("match_on", ["identifier", "transaction"])
def test_what_anybody_can_post_takes_no_suggestion_away(
    payments: list[tuple[str, bool]], suggested: str | None, match_on: str
) -> None:
    notifications = verified(
        *(ipn(name, **({} if is_genuine else {"signature": "0" * 64})) for name, is_genuine in payments)
    )
    passes = ["identifier", *{match_on} - {"identifier"}]
    export = cr.read_orders(b"order_id,total,currency,status,transaction_id\nA-1,11.00,USD,paid,\n")
    found = cr.reconcile(notifications, export, match_on=passes).results.set_index("identifier")
    told = found.loc["A-1", "suggested_identifier"]
    assert (None if pd.isna(told) else told) == suggested
    assert "near_match" in found.loc["A-1", "reasons"]
    assert all(found.loc[name, "suggested_identifier"] == "A-1" for name, _ in payments)


def test_a_matched_identifier_needs_no_suggestion() -> None:
    assert suggestions("A", "A", "a") == {"A": ("matched", None, []), "a": ("missing_payment", None, [])}
