"""Doubles that were written out, and the decimals that they came from."""

from __future__ import annotations

from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corena_recon.orders.cells.amounts import read_amounts

TEXTS = [
    # as exported, its value
    ("19.990000000000002", "19.99"),
    ("56.699999999999996", "56.7"),
    ("2469.9900000000002", "2469.99"),
    ("0.30000000000000004", "0.3"),
    ("-33.300000000000004", "-33.3"),
    ("19.9900000000000002131628", "19.99"),
    ("$19.990000000000002", "19.99"),
    ("19,990000000000002 EUR", "19.99"),
    ("1,234.5600000000001", "1234.56"),
    ("0.123456780000000012", "0.12345678"),
    # a sum of doubles strays further
    ("99.9999999999986", "100"),
    # no decimal of few digits is near
    ("33.333333333333336", None),
    ("1.123456789", None),
    ("12.345678901234", None),
    # what can be an amount is the amount that it says
    ("1234567890.1199999", "1234567890.1199999"),
    ("59851.72000001", "59851.72000001"),
]
NUMBERS = [
    ("19.990000000000002", "19.99"),
    ("1.9990000000000002E1", "19.99"),
    ("1234567890.1199999", "1234567890.12"),
    ("12345678.12345678", "12345678.12345678"),
    ("59851.72000001", "59851.72000001"),
]


@pytest.mark.parametrize(("text", "value", "is_number"), [
    *((*case, False) for case in TEXTS), *((*case, True) for case in NUMBERS)
])  # fmt: skip
def test_the_noise_of_a_double_is_the_decimal_it_came_from(text: str, value: str | None, *, is_number: bool) -> None:
    read = read_amounts(pa.array([text]), is_number=pa.array([is_number]))
    assert read.amount.to_pylist() == [None if value is None else Decimal(value)]
    is_as_written = value is None or Decimal(value) == _value(text)
    assert read.noise_count == (not is_as_written)


def _value(text: str) -> Decimal | None:
    return Decimal(text) if text.replace("E", "").replace(".", "").lstrip("-").isdigit() else None


@given(st.lists(st.integers(1, 10_000_000), min_size=1, max_size=30))
def test_sums_of_doubles_are_the_sums_of_their_decimals(cents: list[int]) -> None:
    total = sum(cent / 100 for cent in cents)
    read = read_amounts(pa.array([repr(total)]), is_number=pa.array([True]))
    assert read.amount.to_pylist() == [Decimal(sum(cents)).scaleb(-2)]
