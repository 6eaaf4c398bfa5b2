from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import corena_recon as cr
from corena_recon.reconciliation.near_matches import _PLAIN_RE2, _UNMATCHED, folded
from corena_recon.tables.engine import connect, sql_literal
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
]


@pytest.mark.parametrize(("one", "other"), NEAR)
def test_forms_of_one_identifier_fold_alike(one: str, other: str) -> None:
    assert folded(one) == folded(other)


@pytest.mark.parametrize(
    ("one", "other"), [("CMD-1", "CMD-2"), ("15", "15.5"), ("1E5", "1E6"), ("0", "1"), ("été", "ete")]
)
def test_different_identifiers_stay_different(one: str, other: str) -> None:
    assert folded(one) != folded(other)


@given(st.lists(st.text("ABCdefgE019 _#/-.", max_size=8), min_size=1, unique=True))
@example(["#0E0", " 1E5", "# 1e5", "#E5", "E5"])
def test_the_engine_folds_plain_text_as_python_does(identifiers: list[str]) -> None:
    with connect(threads=1) as connection:
        values = ", ".join(f"(0, {sql_literal(text)}, 0, 0)" for text in identifiers)
        connection.execute(
            f"CREATE TEMP TABLE joined AS SELECT * FROM (VALUES {values})"
            " AS t(position, identifier, order_rows, notifications)"
        )
        connection.execute(_UNMATCHED.format(plain=sql_literal(_PLAIN_RE2)))
        folds = connection.execute("SELECT identifier, fold FROM unmatched").fetchall()
    assert {text: fold for text, fold in folds if fold is not None} == {
        text: folded(text) for text, fold in folds if fold is not None
    }


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


def test_several_near_ones_are_told_and_none_is_chosen() -> None:
    assert suggestions("abc", "ABC", "Abc") == {
        "ABC": ("missing_payment", "abc", ["near_match"]),
        "Abc": ("missing_payment", "abc", ["near_match"]),
        "abc": ("orphan_payment", None, ["near_match"]),
    }


def test_a_matched_identifier_needs_no_suggestion() -> None:
    assert suggestions("A", "A", "a") == {"A": ("matched", None, []), "a": ("missing_payment", None, [])}
