"""The merchant panel's exports."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pandas as pd
import pyarrow as pa
import pytest

from corena_recon.errors import ColumnError, OptionError, SourceError
from corena_recon.orders.ledger import read_ledger, read_ledger_table
from corena_recon.schemas import LEDGER_SCHEMA
from tests.places import ORDERS_FIXTURES

FIXTURES = ORDERS_FIXTURES

DEPOSITS = """
    1 - AB12CD34EF56 1234.5 USD 2026-01-05 -
    2 - GH78IJ91KL23 11 USD 2026-01-13 -"""
RECEIVED = """
    1 - AB12CD34EF56 1234.5 - 2026-01-05 -
    4 - ST12UV34WX56 11 - 2026-01-08 -"""
EXPORTS = [
    # fixture, kind, other entries, rows: record payment_trx ledger_trx amount currency day unreadable
    ("export_deposits.csv", "deposits", 0, DEPOSITS),
    ("export_deposits.xls", "deposits", 0, DEPOSITS),
    (
        "export_deposits_awkward.csv",
        "deposits",
        0,
        """
        1 - AB12CD34EF56 1234.5 USD 2026-01-05 -
        2 - GH78IJ91KL23 1234 USD 2026-01-06 -
        3 - MN45OP67QR89 - - 2026-01-06 missing_amount
        4 - ST12UV34WX56 - USD - invalid_date
        5 - broken - - - invalid_row""",
    ),
    # withdrawals, and what a rejected withdrawal gives back, are no payments
    ("export_transactions.csv", "transactions", 2, RECEIVED),
    ("export_transactions.xls", "transactions", 2, RECEIVED),
    ("api_payments.csv", "api_payments", 3, "1 AB12CD34EF56 - 11 USD 2026-01-05 -"),
]


def _row(line: str) -> tuple[object, ...]:
    record, payment_trx, ledger_trx, amount, currency, day, unreadable = (
        None if cell == "-" else cell for cell in line.split()
    )
    date = dt.date.fromisoformat(day) if day else None
    return int(record or 0), payment_trx, ledger_trx, amount and Decimal(amount), currency, date, unreadable


@pytest.mark.parametrize(("name", "kind", "other", "rows"), EXPORTS, ids=[each[0] for each in EXPORTS])
def test_each_of_the_panels_exports(name: str, kind: str, other: int, rows: str) -> None:
    read = read_ledger_table(FIXTURES / name)
    assert read.table.schema == LEDGER_SCHEMA
    found = [tuple(row.values())[1:-2] for row in read.table.to_pylist()]
    assert found == [_row(line) for line in rows.split("\n") if line.strip()]
    charged = {"deposits": [1] * 2, "transactions": [1, 0], "api_payments": [None]}[kind]
    assert read.table["charge"].to_pylist()[:2] == charged or "awkward" in name
    (mapping,) = read.mappings
    assert mapping["ledger"] == kind
    assert mapping["other_entries"] == other
    counts = ("rows", "other_entries", "repeated_headers", "blank_rows")
    assert mapping["rows_read"] == sum(int(mapping[count]) for count in counts)


AMOUNTS = [
    # the panel's three settings
    ("$1,234.50 USD", "1234.50", "USD"),
    ("1,234.50 USD", "1234.50", "USD"),
    ("$1,234.50", "1234.50", None),
    # the panel always writes a decimal point
    ("$1,234 USD", "1234", "USD"),
]


def test_an_export_without_its_currency_has_none() -> None:
    whole = (FIXTURES / "api_payments.csv").read_text(encoding="utf-8").splitlines()
    place = whole[0].split(",").index("currency")
    without = [",".join(cells[:place] + cells[place + 1 :]) for cells in (line.split(",") for line in whole)]
    [row] = read_ledger_table("\n".join(without).encode()).table.to_pylist()
    assert (row["payment_trx"], row["amount"], row["currency"]) == ("AB12CD34EF56", Decimal(11), None)


@pytest.mark.parametrize(("text", "amount", "currency"), AMOUNTS)
def test_display_amounts(text: str, amount: str, currency: str | None) -> None:
    record = {
        "Trx Number": "T",
        "Trx Type": "+",
        "Amount": f"{text}",
        "Remark": "payment",
        "Date": "01/02/2026",
    }
    others = [{**record, "Amount": "$2,000.00"}]
    (row, _) = read_ledger_table([record, *others]).table.to_pylist()
    assert (row["amount"], row["currency"], row["day"]) == (Decimal(amount), currency, dt.date(2026, 2, 1))


PAYMENT = {
    "identifier": "CMD-1", "trx": " AB12CD34EF56 ", "amount": "11.00000000", "currency": "USD",
    "type": "live", "status": 1, "created_at": "2026-01-05T23:30:00.000000Z",
}  # fmt: skip


@pytest.mark.parametrize(("mode", "kinds", "count"), [
    ("live", ("live", "test", "LIVE"), 2),
    ("test", ("live", "test"), 1),
    (None, ("live", "test"), 2),
])  # fmt: skip
def test_payments_of_the_wanted_mode(mode: str | None, kinds: tuple[str, ...], count: int) -> None:
    ledger = read_ledger([{**PAYMENT, "type": kind} for kind in kinds], mode=mode)
    assert len(ledger) == count
    assert set(ledger["payment_trx"]) == {"AB12CD34EF56"}


def test_a_dump_without_the_type_is_taken_whole() -> None:
    record = {name: value for name, value in PAYMENT.items() if name != "type"}
    assert len(read_ledger([record])) == 1


def test_the_day_is_the_callers_zones() -> None:
    assert read_ledger([PAYMENT])["day"].to_list() == [dt.date(2026, 1, 5)]
    assert read_ledger([PAYMENT], timezone="Europe/Paris")["day"].to_list() == [dt.date(2026, 1, 6)]


def test_the_frame_has_arrow_types_and_a_mapping() -> None:
    frame = read_ledger([FIXTURES / "export_deposits.csv", FIXTURES / "api_payments.csv"])
    types = [dtype.pyarrow_dtype for dtype in frame.dtypes if isinstance(dtype, pd.ArrowDtype)]
    assert pa.schema(list(zip(frame.columns, types, strict=True))) == LEDGER_SCHEMA
    assert frame.attrs["mapping"]["ledger"] == "deposits | api_payments"
    assert frame.attrs["mapping"]["rows"] == len(frame) == 3


@pytest.mark.parametrize("name", ["export_withdrawals.csv", "shopify.csv"])
def test_other_exports_are_refused(name: str) -> None:
    with pytest.raises(ColumnError) as caught:
        read_ledger(FIXTURES / name)
    assert caught.value.hint
    assert caught.value.needed


@pytest.mark.parametrize("options", [{"mode": "sandbox"}, {"timezone": "Mars/Olympus"}])
def test_options_that_make_no_sense_are_refused(options: dict[str, str]) -> None:
    with pytest.raises(OptionError):
        read_ledger([PAYMENT], **options)


def test_nothing_to_read_is_an_error() -> None:
    with pytest.raises(SourceError):
        read_ledger([])
