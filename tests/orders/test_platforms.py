"""Every known export, read from a fixture of its shape."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from corena_recon.errors import ColumnError
from corena_recon.orders.platforms import PLATFORM_NAMES, PLATFORMS, platform_named, recognise
from corena_recon.orders.reading import read_orders_table
from corena_recon.schemas import ORDER_SCHEMA
from tests.places import ORDERS_FIXTURES

FIXTURES = ORDERS_FIXTURES

# fixture, platform, rows read, rows: record identifier amount currency state ordered_at unreadable
EXPORTS = [
    ("generic_clean.csv", "generic", 5, """
        1 CMD-000001 11 USD paid 2026-01-05T10:00:00 -
        2 00123 1234.5 USD paid 2026-01-05T10:00:00 -
        3 1E5 0.1 USD open 2026-01-05T08:00:00 -
        4 NA 99999999999999999999.99999999 EUR refunded 2026-01-06T00:00:00 -
        5 null 7 USD unknown - -"""),
    ("generic_utf16.tsv", "generic", 5, """
        1 CMD-000001 11 USD paid 2026-01-05T10:00:00 -
        2 00123 1234.5 USD paid 2026-01-05T10:00:00 -
        3 1E5 0.1 USD open 2026-01-05T08:00:00 -
        4 NA 99999999999999999999.99999999 EUR refunded 2026-01-06T00:00:00 -
        5 null 7 USD unknown - -"""),
    ("generic_french.csv", "generic", 4, """
        1 CMD-1 1234.5 EUR paid 2026-01-13T14:30:00 -
        2 CMD-2 12 EUR cancelled 2026-01-02T00:00:00 -
        3 CMD-3 1234 EUR refunded 2026-02-05T00:00:00 -
        4 CMD-4 -5 EUR open 2026-08-01T00:00:00 -"""),
    ("generic_damaged.csv", "generic", 13, """
        1 00123 11 USD paid 2026-01-05T00:00:00 -
        2 0456 12 USD paid 2026-01-05T00:00:00 -
        3 1.23E+12 13 USD paid 2026-01-05T00:00:00 -
        4 7 - USD paid - invalid_row
        5 8 - USD paid - invalid_row
        7 9 - USD paid 2026-01-05T00:00:00 missing_amount
        8 - - USD paid 2026-01-05T00:00:00 missing_identifier
        9 10 - USD paid 2026-01-05T00:00:00 invalid_amount
        11 11 - USD paid 2026-01-05T00:00:00 invalid_amount
        12 12 - USD paid - invalid_row
        13 13 18 USD paid 2026-01-05T00:00:00 -"""),
    ("workbook.xlsx", "generic", 5, """
        1 00123 3.3 USD paid 2026-01-05T10:00:00 -
        2 1001 11 USD open 2026-01-06T00:00:00 -
        4 CMD-7 1234.5 EUR refunded 2026-01-07T00:00:00 -
        5 6123456789012 1.234 KWD paid - -"""),
    ("workbook.xls", "generic", 5, """
        1 00123 3.3 USD paid 2026-01-05T10:00:00 -
        2 1001 11 USD open 2026-01-06T00:00:00 -
        4 CMD-7 1234.5 EUR refunded 2026-01-07T00:00:00 -
        5 6123456789012 1.234 KWD paid - -"""),
    ("woocommerce_rest.json", "woocommerce-rest", 2, """
        1 727 29.35 USD paid 2026-03-22T19:28:02 -
        2 723 1.234 KWD refunded 2026-03-21T19:16:00 -"""),
    ("woocommerce_rest.jsonl", "woocommerce-rest", 6, """
        1 1 11 USD paid 2026-01-05T10:00:00 -
        2 2 12.5 USD open 2026-01-05T11:00:00 -
        3 - - - unknown - invalid_json
        4 - - - unknown - invalid_json
        5 - - - unknown - not_an_object
        6 4 - - open - missing_amount"""),
    ("woocommerce_advanced_default.csv", "woocommerce-advanced", 2, """
        1 1001 11 - paid 2026-01-05T10:00:00 -
        2 1002 11 - refunded 2026-01-06T10:00:00 -"""),
    ("woocommerce_advanced_full.tsv", "woocommerce-advanced", 3, """
        1 501 11 USD paid 2026-01-05T10:00:00 -
        3 502 1234.5 USD open 2026-01-06T10:00:00 -"""),
    ("woocommerce_webtoffee.csv", "woocommerce-webtoffee", 2, """
        1 801 11 USD paid 2026-01-05T10:00:00 -
        2 802 12 EUR open 2026-01-06T10:00:00 -"""),
    ("woocommerce_webtoffee_boms.csv", "woocommerce-webtoffee", 2, """
        1 801 11 USD paid 2026-01-05T10:00:00 -
        2 802 12 EUR open 2026-01-06T10:00:00 -"""),
    ("webtoffee_as_html.xls", "woocommerce-webtoffee", 2, """
        1 801 11 USD paid 2026-01-05T10:00:00 -
        2 802 12 EUR open 2026-01-06T10:00:00 -"""),
    ("shopify.csv", "shopify", 3, """
        1 #1001 11 EUR paid 2025-10-07T07:50:26 -
        3 #1002 10 EUR cancelled 2025-10-08T07:50:26 -"""),
    # A second row of the same name with its own, other total stays a row: the orders disagree.
    ("shopify_awkward.csv", "shopify", 7, """
        1 1044 194038 CLP paid 2025-10-07T12:50:26 -
        4 1045 5000 CLP cancelled 2025-10-07T12:50:26 -
        5 1044 194039 CLP paid 2025-10-07T12:50:26 -
        7 1046 - - unknown 2025-10-08T12:50:26 missing_amount"""),
    ("squarespace.csv", "squarespace", 3, """
        1 00012 35 USD paid 2026-03-05T15:02:10 -
        3 00013 8 USD refunded 2026-03-05T15:02:10 -"""),
    ("squarespace_short.csv", "squarespace", 1, """
        1 00014 1234.5 EUR open 2026-03-06T15:02:10 -"""),
    ("wix.csv", "wix", 3, """
        1 10001 32 USD paid 2026-03-05T09:15:51 -
        3 10002 1234 USD open 2026-03-06T20:05:00 -"""),
    ("wix_repeated.csv", "wix", 2, """
        1 10003 30 EUR refunded 2026-03-05T09:15:51 -
        2 10003 30 EUR refunded 2026-03-05T09:15:51 -"""),
    ("bigcommerce.csv", "bigcommerce", 2, """
        1 301 30 USD paid 2026-03-05T10:15:00 -
        2 302 24 USD open 2026-03-25T11:30:00 -"""),
    ("bigcommerce_api.json", "bigcommerce", 1, """
        1 303 30 USD refunded 2026-03-05T10:15:00 -"""),
    ("prestashop_english.csv", "prestashop", 2, """
        1 XKBKNABJK 1234.5 EUR paid 2026-01-05T10:00:00 -
        2 OHSATSERP 69.9 EUR open 2026-01-04T10:00:00 -"""),
    ("prestashop_french.csv", "prestashop", 3, """
        1 XKBKNABJK 1234.5 EUR paid 2026-01-05T10:00:00 -
        2 OHSATSERP 69.9 EUR open 2026-01-13T10:00:00 -
        3 UOYEVOLI 9.9 EUR cancelled 2025-12-13T10:00:00 -"""),
    ("prestashop_spanish.csv", "prestashop", 1, """
        1 XKBKNABJK 12.5 EUR paid 2026-01-05T10:00:00 -"""),
    ("magento.csv", "magento", 2, """
        1 000000123 1100 EUR paid 2025-10-12T14:03:22 -
        2 000000124 10 EUR open 2025-10-13T09:03:22 -"""),
    ("magento_dollars.csv", "magento", 2, """
        1 2000000001 - - refunded 2026-01-05T14:03:22 ambiguous_amount
        2 2000000002 5 - open 2026-01-05T14:03:22 -"""),
    ("opencart.csv", "opencart", 3, """
        1 1 91.23 EUR unknown 2026-01-05T10:00:00 -
        2 2 11.56 USD open 2026-01-06T10:00:00 -
        3 3 1556 JPY unknown 2026-01-06T10:00:00 -"""),
    ("opencart.json", "opencart", 2, """
        1 7 7.93 GBP paid 2026-01-05T10:00:00 -
        2 8 - GBP cancelled 2026-01-05T10:00:00 invalid_amount"""),
    ("whmcs.json", "whmcs", 2, """
        1 31 11 USD paid 2026-01-05T00:00:00 -
        2 32 1.234 KWD open - -"""),
    ("whmcs.csv", "whmcs", 2, """
        1 31 11 USD paid 2026-01-05T00:00:00 -
        2 32 12 USD cancelled 2026-01-05T00:00:00 -"""),
    ("odoo_labels.csv", "odoo", 3, """
        1 S00012 11 - unknown 2026-01-05T10:00:00 -
        3 S00013 1234.5 - open 2026-01-06T10:00:00 -"""),
    ("odoo_technical.csv", "odoo", 4, """
        1 S00012 11 EUR unknown 2026-01-05T10:00:00 -
        4 S00013 1234.5 EUR cancelled 2026-01-06T10:00:00 -"""),
    ("odoo_french.csv", "odoo", 2, """
        1 S00014 1234.5 - open 2026-01-05T00:00:00 -
        2 S00015 1234 - unknown 2026-01-25T00:00:00 -"""),
]  # fmt: skip


def _row(line: str) -> tuple[object, ...]:
    record, identifier, amount, currency, state, ordered_at, unreadable = (
        None if cell == "-" else cell for cell in line.split()
    )
    moment = dt.datetime.fromisoformat(ordered_at).replace(tzinfo=dt.UTC) if ordered_at else None
    return int(record or 0), identifier, amount and Decimal(amount), currency, state, moment, unreadable


@pytest.mark.parametrize(("name", "platform", "rows_read", "rows"), EXPORTS, ids=[each[0] for each in EXPORTS])
def test_the_export_is_read_as_its_shop_meant_it(name: str, platform: str, rows_read: int, rows: str) -> None:
    (mapping,) = (read := read_orders_table(FIXTURES / name)).mappings
    columns = [
        "record",
        "identifier",
        "order_amount",
        "order_currency",
        "order_state",
        "ordered_at",
        "unreadable",
    ]
    found = list(zip(*(read.table[column].to_pylist() for column in columns), strict=True))
    assert found == [_row(line) for line in rows.split("\n") if line.strip()]
    assert read.table.schema.names[: len(ORDER_SCHEMA)] == ORDER_SCHEMA.names
    assert mapping["platform"] == platform
    assert mapping["rows_read"] == rows_read
    counts = ("rows", "merged_rows", "repeated_headers", "blank_rows")
    assert rows_read == sum(int(mapping[count]) for count in counts)
    assert mapping["unreadable"] == sum(row[-1] is not None for row in found)


def test_net_sales_are_refused_with_the_reason() -> None:
    with pytest.raises(ColumnError, match="Net Sales is not what was charged"):
        read_orders_table(FIXTURES / "woocommerce_analytics.csv")


@pytest.mark.parametrize("platform", PLATFORMS, ids=lambda platform: platform.name)
def test_every_platform_has_two_fixtures(platform: object) -> None:
    name = getattr(platform, "name", "")
    assert sum(each[1] == name for each in EXPORTS) >= (0 if name == "woocommerce-analytics" else 2)


def test_a_platform_is_found_by_name_and_by_family() -> None:
    assert all((found := platform_named(name)) and found.name == name for name in PLATFORM_NAMES)
    family = platform_named("WooCommerce")
    assert family is not None
    assert family.name == "woocommerce-rest"
    assert platform_named("unheard-of") is None


def test_headers_are_compared_without_case_accents_and_punctuation() -> None:
    assert recognise(["  ORDER_ID ", "Total", "Currency-Value"]).name == "opencart"
    assert recognise(["a", "b"]).name == "generic"
