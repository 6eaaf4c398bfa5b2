"""Currencies as exports write them: cells in, codes and symbols out."""

from __future__ import annotations

import pyarrow as pa
import pytest

from corena_recon.currencies import CODES, MINOR_DIGITS, NAMES, SHARED_SYMBOLS, SPELLINGS, SYMBOLS
from corena_recon.orders.cells.currencies import currency_in, read_currencies, unit_of
from corena_recon.orders.cells.states import fold

CELLS = [
    ("usd", "USD"), (" EUR ", "EUR"), ("€", "EUR"), ("Euro", "EUR"), ("$", "$"), ("$US", "USD"), ("US$", "USD"),
    ("USD ($)", "USD"), ("US Dollar", "USD"), ("Dollar américain", "USD"), ("dollar", "$"), ('[2,"USD"]', "USD"),
    ("[2, 'USD']", "USD"), ("CFA", "CFA"), ("FCFA", "CFA"), ("F CFA", "CFA"), ("F\u00a0CFA", "CFA"),
    ("Franc CFA", "CFA"), ("XOF - Franc CFA", "XOF"), ("Franc CFA (BEAC)", "XAF"), ("FC", "FC"),
    ("Francs congolais", "CDF"), ("£", "£"), ("Livre sterling", "GBP"), ("CAD $", "CAD"),
    # contrary to themselves, or no currency: told as they are
    ("USD (£)", "USD (£)"), ("Gold", "GOLD"), ("points", "points"),
    # nothing
    ("", None), (" ", None), ("NULL", None), ("null", None), ("N/A", None), ("-", None), ("\\N", None),
]  # fmt: skip


@pytest.mark.parametrize(("cell", "word"), CELLS)
def test_what_a_cell_says(cell: str, word: str | None) -> None:
    assert currency_in(cell) == word


@pytest.mark.parametrize(
    ("unit", "word"),
    [("CFA", "CFA"), ("F", "Fr"), ("usd", "USD"), ("ABC", "ABC"), ("TTC", None), ("net", None), ("pcs.", None)],
)
def test_what_stands_beside_an_amount(unit: str, word: str | None) -> None:
    assert unit_of(unit) == word


MEETINGS = [
    # cell, beside the amount, header, caller -> code, symbol, reason
    ("USD", None, None, None, ("USD", None, None)),
    ("USD", "$", None, None, ("USD", None, None)),
    ("$", "USD", None, None, ("USD", None, None)),
    ("EUR", "USD", None, None, (None, None, "ambiguous_currency")),
    ("EUR", "$", None, None, (None, None, "ambiguous_currency")),
    (None, None, None, None, (None, None, None)),
    (None, None, "EUR", "USD", ("EUR", None, None)),
    (None, "$", None, None, (None, "$", None)),
    (None, "$", None, "USD", ("USD", None, None)),
    (None, "CFA", None, "XOF", ("XOF", None, None)),
    (None, None, "CFA", "XOF", ("XOF", None, None)),
    # what is contrary overrides nothing
    (None, "£", None, "USD", (None, "£", None)),
    (None, "USD", "EUR", None, ("USD", None, None)),
    ("EUR", None, None, "USD", ("EUR", None, None)),
]


@pytest.mark.parametrize(("cell", "beside", "header", "caller", "expected"), MEETINGS)
def test_what_cells_header_and_caller_say_together(
    cell: str | None,
    beside: str | None,
    header: str | None,
    caller: str | None,
    expected: tuple[str | None, str | None, str | None],
) -> None:
    sides = (pa.array([each], pa.string()) for each in (cell, beside))
    read = read_currencies(*sides, of_header=header, of_caller=caller)
    assert tuple(column[0].as_py() for column in read) == expected


def test_the_tables_of_words_agree_with_each_other() -> None:
    meant = {*SYMBOLS.values(), *MINOR_DIGITS, *(code for codes in SHARED_SYMBOLS.values() for code in codes)}
    assert meant - {"UYI"} <= CODES
    assert set(SPELLINGS.values()) <= set(SHARED_SYMBOLS)
    assert set(NAMES.values()) <= {*CODES, *SHARED_SYMBOLS}
    assert all(fold(name) == name for name in NAMES)
    assert not SHARED_SYMBOLS.keys() & CODES
