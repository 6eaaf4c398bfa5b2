from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corena_recon.explanation.counterfactuals.slips import (
    AMOUNT_MAX_CHARACTERS,
    IDENTIFIER_MAX_CHARACTERS,
    amount_variants,
    amount_writings,
    decimal_shift,
    identifier_variants,
)

MANY = 20_000


def test_an_amount_is_written_as_programs_write_it() -> None:
    written = amount_writings(Decimal("1234.5"), 3)
    assert written[:4] == ["1234.50000000", "1234.5", "1234.50", "1234.500"]
    assert {"1,234.50", "1234,50", "1234,5", "+1234.5", "1234.500000"} <= set(written)
    assert "1234" not in written


@pytest.mark.parametrize(
    ("posted", "other", "places"),
    [
        ("1000.00", "10.00", 2),
        ("10.00", "1000", -2),
        ("10.00", "10", None),
        ("10", "11", None),
        ("0", "0.0", None),
        ("x", "10", None),
    ],
)
def test_decimal_shift(posted: str, other: str, places: int | None) -> None:
    assert decimal_shift(posted, other) == places


def test_edits_of_an_amount_are_amounts() -> None:
    digits = [variant.text for variant in amount_variants("11.00") if variant.kind == "digits"]
    assert {"1.00", "111.00", "12.00", "11.0", "11.001", "110.0", "11"} <= set(digits)
    assert not any(text[0] == "." or text[-1] == "." or text.count(".") > 1 for text in digits)


@given(st.text(max_size=300))
def test_variants_of_any_text_are_few_and_never_fail(text: str) -> None:
    assert sum(1 for _ in amount_variants(text)) < MANY
    assert sum(1 for _ in identifier_variants(text)) < MANY


def test_long_texts_have_none() -> None:
    assert not list(amount_variants("1" * (AMOUNT_MAX_CHARACTERS + 1)))
    assert not list(identifier_variants("1" * (IDENTIFIER_MAX_CHARACTERS + 1)))
