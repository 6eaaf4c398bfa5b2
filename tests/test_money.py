"""Exact decimals and their renderings."""

from __future__ import annotations

import json
import random
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from corena_recon import money
from corena_recon.errors import InputError
from corena_recon.languages import LANGUAGES
from corena_recon.money import decimal_column, decimal_of, plain_text, renderings
from corena_recon.native import core
from corena_recon.schemas import MONEY, SUM
from tests.places import ORDERS_FIXTURES

PHP_TABLE = ORDERS_FIXTURES / "php_float_text.json"

PLAIN = [
    # text, value
    ("11", "11"),
    ("11.00000000", "11"),
    ("-0.5", "-0.5"),
    ("-0", "0"),
    ("00123.40", "123.4"),
    ("000000000000000000000000000001", "1"),
    ("1.230000000000000000", "1.23"),
    ("99999999999999999999.99999999", "99999999999999999999.99999999"),
    ("-99999999999999999999.99999999", "-99999999999999999999.99999999"),
]
NOT_PLAIN = [
    "",
    " ",
    "-",
    ".",
    "1.",
    ".5",
    "+1",
    " 1",
    "1 ",
    "1\n",
    "1e5",
    "1E5",
    "0x1",
    "1_0",
    "1,5",
    "--1",
    "NaN",
    "inf",
    # does not fit
    "100000000000000000000",
    "0.000000001",
    "1.123456789",
    # other scripts' digits
    "１１",
    "١١",
    "1１",
]

texts = st.one_of(
    st.from_regex(r"-?[0-9]{1,24}(\.[0-9]{1,12})?", fullmatch=True),
    st.from_regex(r"-?0{0,9}[0-9]{1,19}(\.[0-9]{1,7}0{0,9})?", fullmatch=True),
    st.text(alphabet="0123456789.-+eE, \n１٣", max_size=12),
)


@pytest.mark.parametrize(("text", "value"), PLAIN)
def test_a_plain_decimal_has_its_exact_value(text: str, value: str) -> None:
    assert decimal_of(text) == Decimal(value)


@pytest.mark.parametrize("text", NOT_PLAIN)
def test_anything_else_has_none(text: str) -> None:
    assert decimal_of(text) is None


@settings(deadline=None)
@given(st.lists(st.none() | texts, max_size=20))
@example(["1", "1\n"])
def test_the_column_agrees_with_the_scalar(column: list[str | None]) -> None:
    values = decimal_column(pa.array(column, pa.string()))
    assert values.type == MONEY
    assert values.to_pylist() == [None if text is None else decimal_of(text) for text in column]


def test_a_chunked_column_is_one_column() -> None:
    chunked = pa.chunked_array([["1.5"], [], ["x", None]], pa.string())
    assert decimal_column(chunked).to_pylist() == [Decimal("1.5"), None, None]
    assert decimal_column(pa.chunked_array([], pa.string())).to_pylist() == []


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("11", ["11.00000000", "11", "11.00", "11.0"]),
        ("11.5", ["11.50000000", "11.5", "11.50"]),
        ("0.05", ["0.05000000", "0.05"]),
        ("1E+15", [f"{10**15}.00000000", "1.0E+15", f"{10**15}.00", f"{10**15}.0", f"{10**15}"]),
        ("0.00001", ["0.00001000", "1.0E-5"]),
        ("12345678901234.56", ["12345678901234.56000000", "12345678901234.56"]),
        ("0", ["0.00000000", "0", "0.00", "0.0"]),
        ("-1.50", ["-1.50000000", "-1.5", "-1.50"]),
    ],
)  # fmt: skip
def test_renderings_in_the_contracts_order(value: str, expected: list[str]) -> None:
    assert renderings(Decimal(value)) == expected


@settings(deadline=None)
@given(st.decimals(min_value=-(10**20) + 1, max_value=10**20 - 1, places=8))
def test_no_rendering_rounds_and_none_is_named_twice(value: Decimal) -> None:
    written = renderings(value)
    assert all(Decimal(text) == value for text in written)
    assert len(set(written)) == len(written)
    assert decimal_of(plain_text(value)) == value


def test_php_writes_floats_as_the_table_made_by_php_says() -> None:
    for literal, written_by_php in json.loads(PHP_TABLE.read_text())["written"].items():
        value = Decimal(literal)
        assert (written_by_php in renderings(value)) == (Decimal(written_by_php) == value), literal


@pytest.mark.parametrize("cut", [0, 5])
def test_the_core_reads_amounts_as_the_scalar_does(cut: int, monkeypatch: pytest.MonkeyPatch) -> None:
    draw = random.Random(6)
    texts = [None, "", "abc", "1e5", "9" * 20, "9" * 21, "-" + "9" * 20 + ".12345678", "0." + "0" * 9, "1." + "0" * 30]
    texts += ["".join(draw.choices("0123456789.-", k=draw.randrange(24))) for _ in range(3_000)]
    texts += [f"{draw.randrange(-(10**12), 10**12)}.{draw.randrange(10**8)}" for _ in range(3_000)]
    texts += [f"{draw.randrange(-(10**20), 10**20)}.{draw.randrange(10**8):08}" for _ in range(3_000)]
    column = pa.array(texts, pa.string()).slice(cut)
    assert core() is not None
    found = {}
    for way in ("core", "interpreter"):
        found[way] = decimal_column(column)
        found[way].validate(full=True)
        assert decimal_column(column[:0]).equals(pa.array([], MONEY))
        monkeypatch.setattr(money, "core", lambda: None)
    assert found["core"].equals(found["interpreter"])
    assert found["core"].null_count == found["interpreter"].null_count > 0


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.string_view()], ids=str)
def test_every_kind_of_text_has_the_same_values(kind: pa.DataType) -> None:
    column = pa.array(["1.5", None, "x", "-2"]).cast(kind)
    assert decimal_column(column).to_pylist() == [Decimal("1.5"), None, None, Decimal(-2)]


def test_a_null_is_none_whatever_stands_beneath() -> None:
    buffers = [pa.py_buffer(b"\x02"), pa.py_buffer(np.array([0, 1, 2], np.int32)), pa.py_buffer(b"12")]
    column = pa.Array.from_buffers(pa.string(), 2, buffers)
    assert decimal_column(column).to_pylist() == [None, Decimal(2)]


def test_a_cell_outside_of_its_column_is_refused() -> None:
    buffers = [None, pa.py_buffer(np.array([0, 9, 2], np.int32)), pa.py_buffer(b"12")]
    with pytest.raises(InputError, match="damaged"):
        decimal_column(pa.Array.from_buffers(pa.string(), 2, buffers))


SHOWN = [
    # amount, currency, in English, in French
    ("0", "USD", "0.00", "0,00"),
    ("0.00000001", "USD", "0.00000001", "0,00000001"),
    ("24913578.34", "USD", "24,913,578.34", "24 913 578,34"),
    ("59851.72000001", "USD", "59,851.72000001", "59 851,72000001"),
    ("-1234567.5", "USD", "-1,234,567.50", "-1 234 567,50"),
    ("999", None, "999.00", "999,00"),
    ("100000", "no code", "100,000.00", "100 000,00"),
    ("1000", "XOF", "1,000", "1 000"),
    ("1000.5", "XOF", "1,000.50000000", "1 000,50000000"),
    ("1.234", "TND", "1.234", "1,234"),
    ("12345678901234567890123456.12345678", "USD", "12,345,678,901,234,567,890,123,456.12345678", None),
]


@pytest.mark.parametrize(("amount", "currency", "english", "french"), SHOWN)
def test_people_are_shown_money_grouped_and_with_the_decimals_of_its_currency(
    amount: str, currency: str | None, english: str, french: str | None
) -> None:
    assert money.money_text(Decimal(amount), currency, "en") == english
    if french is not None:
        assert money.money_text(Decimal(amount), currency, "fr").replace("\u00a0", " ") == french


def test_a_column_of_money_is_shown_row_by_row() -> None:
    amounts = pa.array([Decimal("1.5"), None, Decimal(1000), Decimal("0.00000001")], MONEY)
    shown = money.money_texts(amounts, pa.array(["TND", "USD", "JPY", None]), "en")
    assert shown.to_pylist() == ["1.500", None, "1,000", "0.00000001"]
    assert money.money_texts(pa.array([], MONEY), pa.array([], pa.string()), "en").to_pylist() == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_one_amount_is_written_as_each_of_many_is(lang: str) -> None:
    chance = random.Random(7)
    numbers = [0, 1, -1, 10**8, -(10**8), *(chance.randrange(-(10**28), 10**28) for _ in range(300))]
    numbers += [number // 10**8 * 10**digits for number in numbers for digits in (5, 6, 8)]
    amounts = [Decimal(number).scaleb(-8) for number in numbers]
    codes = [chance.choice(["USD", "JPY", "TND", "no code", None]) for _ in amounts]
    many = money.money_texts(pa.array(amounts, SUM), pa.array(codes, pa.string()), lang).to_pylist()
    assert [money.money_text(amount, code, lang) for amount, code in zip(amounts, codes, strict=True)] == many
