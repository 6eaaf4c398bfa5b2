"""Displayed amounts."""

from __future__ import annotations

from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corena_recon.orders.cells.amounts import (
    FRACTION,
    WHOLE,
    AmountColumn,
    fits_two_readings,
    read_amounts,
    read_amounts_by,
)

ONE_MEANING = [
    # text, value, currency
    ("11", "11", None),
    ("1,234.50", "1234.50", None),
    ("1.234,50", "1234.50", None),
    ("1 234,50", "1234.50", None),
    ("1\u00a0234,50", "1234.50", None),
    ("1\u202f234,50", "1234.50", None),
    ("1\u2009234\u2009567,5", "1234567.5", None),
    ("1'234.50", "1234.50", None),
    ("1\u2019234.50", "1234.50", None),
    ("1,234,567", "1234567", None),
    ("1.234.567", "1234567", None),
    ("0,500", "0.5", None),
    ("1234,567", "1234.567", None),
    ("1 234,567", "1234.567", None),
    (".50", "0.5", None),
    # currencies
    ("$1,234.50", "1234.50", "$"),
    ("$1,234.50 USD", "1234.50", "USD"),
    ("1,234.50 USD", "1234.50", "USD"),
    ("usd 5.00", "5", "USD"),
    ("12,50 €", "12.50", "EUR"),
    ("€12,50", "12.50", "EUR"),
    ("US$ 5.00", "5", "USD"),
    ("CA$5.00", "5", "CAD"),
    ("£5.00", "5", "£"),
    ("5.00 USD ($)", "5", "USD"),
    ("5 000 FCFA (XOF)", "5000", "XOF"),
    ("12,00 € TTC", "12", "EUR"),
    ("TTC 12.00", "12", None),
    ("12.00 incl. VAT", "12", None),
    ("5 000 FCFA", "5000", "CFA"),
    ("5 000 F CFA", "5000", "CFA"),
    ("45 000 FC", "45000", "FC"),
    ("$US 20,00", "20.00", "USD"),
    ("25,00 € TTC", "25.00", "EUR"),
    ("25,00 TTC", "25.00", None),
    ("1 500 francs CFA", "1500", "CFA"),
    ("12,50 dollars US", "12.50", "USD"),
    ("CHF 1'234.50", "1234.50", "CHF"),
    # signs
    ("(5.00)", "-5", None),
    ("($5.00)", "-5", "$"),
    ("-5.00", "-5", None),
    ("−5.00", "-5", None),
    ("5.00-", "-5", None),
    ("-$5.00", "-5", "$"),
    ("$-5.00", "-5", "$"),
    ("+$5.00", "5", "$"),
]
TWO_MEANINGS = ["1,234", "1.234", "$1,234", "123.456 EUR", "-1,234", "(1.234)"]
NO_AMOUNT = [
    "",
    " ",
    "-",
    "$",
    "NaN",
    "inf",
    "-inf",
    "1E5",
    "1e3",
    "0x10",
    "x",
    "1,23,456.00",
    "12,34,567",
    "1.2.3",
    "1,234.5,6",
    "1 23",
    "(5",
    "5)",
    "-5-",
    "(-5)",
    "USD 5 EUR",
    "5 % ",
    "１２",
    "١٢",
    "1٬234",
    "5.00.",
    "5.-",
    "= 5",
    "1'23",
    "9" * 70,
]


def _read(*texts: str) -> AmountColumn:
    return read_amounts(pa.array(texts, pa.string()))


@pytest.mark.parametrize(("text", "value", "currency"), ONE_MEANING)
def test_an_amount_of_one_meaning(text: str, value: str, currency: str | None) -> None:
    read = _read(text)
    assert read.amount.to_pylist() == [Decimal(value)]
    assert read.currency.to_pylist() == [currency]
    assert read.reason.to_pylist() == [None]


@pytest.mark.parametrize("text", TWO_MEANINGS)
def test_an_amount_of_two_meanings_waits_for_the_columns_decision(text: str) -> None:
    assert _read(text).reason.to_pylist() == ["ambiguous_amount"]
    under_point, under_comma = _read(text, "5.50").amount[0].as_py(), _read(text, "5,50").amount[0].as_py()
    assert {abs(under_point), abs(under_comma)} in ({1234, Decimal("1.234")}, {123456, Decimal("123.456")})


@pytest.mark.parametrize("text", NO_AMOUNT)
def test_anything_else_is_no_amount(text: str) -> None:
    read = _read(text)
    assert read.amount.to_pylist() == [None]
    assert read.reason.to_pylist() == ["invalid_amount" if text.strip() else "missing_amount"]


COLUMNS = [
    # cells, values and reasons, decimal mark
    (["1,234", "11.50"], ["1234", "11.50"], "."),
    (["1,234", "11,50"], ["1.234", "11.50"], ","),
    (["1.234", "1.234,50"], ["1234", "1234.50"], ","),
    (["1,234", "5,678"], ["ambiguous_amount", "ambiguous_amount"], "?"),
    (["1,234", "11"], ["ambiguous_amount", "11"], "?"),
    (["1,234", "11.50", "11,50"], ["ambiguous_amount", "11.50", "11.50"], "?"),
    (["1,234", "11.50", "12.50", "11,50"], ["1234", "11.50", "12.50", "11.50"], "."),
    (["1.5", None, " "], ["1.5", "missing_amount", "missing_amount"], "."),
    (["1.5", "x", "1.123456789"], ["1.5", "invalid_amount", "invalid_amount"], "."),
    (["100000000000000000000", "1,000,000,000,000,000,000,000"], ["invalid_amount", "invalid_amount"], "."),
    ([], [], "?"),
]  # fmt: skip


@pytest.mark.parametrize(("cells", "expected", "mark"), COLUMNS)
def test_a_column_decides_by_its_own_majority(cells: list[str | None], expected: list[str], mark: str) -> None:
    read = read_amounts(pa.array(cells, pa.string()))
    found = zip(read.amount.to_pylist(), read.reason.to_pylist(), strict=True)
    assert [reason or amount for amount, reason in found] == [
        each if each.endswith("_amount") else Decimal(each) for each in expected
    ]
    assert read.decimal_mark == mark


def test_cells_of_two_readings_are_found() -> None:
    cells = pa.array(["1,234", "12.500", "12.50", "1.234,5", None, "x", "1.234"])
    is_number = pa.array([False] * 6 + [True])
    assert fits_two_readings(cells, is_number=is_number).to_pylist() == [True, True, *[False] * 5]
    assert read_amounts_by(WHOLE, cells).amount.to_pylist()[:2] == [1234, 12500]
    assert read_amounts_by(FRACTION, cells).amount.to_pylist()[:2] == [Decimal("1.234"), Decimal("12.5")]


def test_a_number_has_one_meaning_and_proves_nothing_for_texts() -> None:
    cells = pa.array(["1.234", "1e-7", "1e+22", "12.5", "1,234"], pa.string())
    read = read_amounts(cells, is_number=pa.array([True, True, True, True, False]))
    assert read.amount.to_pylist() == [Decimal("1.234"), Decimal("1E-7"), None, Decimal("12.5"), None]
    assert read.reason.to_pylist() == [None, None, "invalid_amount", None, "ambiguous_amount"]


@pytest.mark.parametrize(
    "text", ["1e999999999", "1e-999999999", "1e9999999999999999999999", "1e400", "1e-400", "inf", "NaN"]
)
def test_a_number_beyond_all_measure_is_no_amount(text: str) -> None:
    read = read_amounts(pa.array([text]), is_number=pa.array([True]))
    assert read.reason.to_pylist() == ["invalid_amount"]


def test_a_platforms_usual_mark_yields_to_the_columns_own() -> None:
    usual = read_amounts(pa.array(["1.234"]), usual_mark=".")
    assert usual.amount.to_pylist() == [Decimal("1.234")]
    resaved = read_amounts(pa.array(["1.234", "5,5"]), usual_mark=".")
    assert resaved.amount.to_pylist() == [Decimal(1234), Decimal("5.5")]


def _grouped(integer: str, mark: str) -> str:
    head = len(integer) % 3
    groups = [integer[:head], *(integer[place : place + 3] for place in range(head, len(integer), 3))]
    return mark.join(group for group in groups if group)


@settings(deadline=None)
@given(
    value=st.decimals(min_value=0, max_value=10**15, places=2),
    notation=st.sampled_from([",.", ".,", " ,", "\u00a0,", "\u202f,", "'.", "\u2019."]),
    dress=st.sampled_from(["{}", "{} USD", "USD {}", "${}", "${} USD", "-{}", "({})", "{}-", " {} "]),
)
def test_a_displayed_amount_comes_back(value: Decimal, notation: str, dress: str) -> None:
    integer, _, decimals = f"{value:.2f}".partition(".")
    text = dress.format(_grouped(integer, notation[0]) + notation[1] + decimals)
    read = read_amounts(pa.array([text]))
    assert read.reason.to_pylist() == [None]
    assert read.amount.to_pylist() == [-value if "-" in dress or "(" in dress else value]
    assert read.currency.to_pylist() == ["USD" if "USD" in dress else "$" if "$" in dress else None]


@settings(deadline=None)
@given(st.text(max_size=40))
def test_no_text_makes_reading_raise(text: str) -> None:
    read = read_amounts(pa.array([text]))
    assert (read.amount[0].as_py() is None) == (read.reason[0].as_py() is not None)
