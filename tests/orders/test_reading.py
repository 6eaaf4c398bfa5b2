"""Reading orders as a whole: options, other columns, several exports, conservation."""

from __future__ import annotations

import csv
import gzip
import io
from decimal import Decimal
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corena_recon.errors import ColumnError, OptionError, SourceError
from corena_recon.orders.options import order_options
from corena_recon.orders.platforms import NEEDED
from corena_recon.orders.reading import merged_mapping, read_orders, read_orders_table
from corena_recon.schemas import ORDER_SCHEMA

if TYPE_CHECKING:
    from pathlib import Path

CSV = b"Order ID,Total,Client\n00123,11.50,Ann\n"


def _only(octets: bytes, **options: object) -> dict[str, object]:
    table = read_orders_table(octets, order_options(**options)).table  # type: ignore[arg-type]
    (row,) = table.to_pylist()
    return dict(row)


def test_the_frame_has_arrow_types_in_the_schemas_order() -> None:
    frame = read_orders(CSV)
    assert list(frame.columns) == [*ORDER_SCHEMA.names, "Client"]
    types = [dtype.pyarrow_dtype for dtype in frame.dtypes if isinstance(dtype, pd.ArrowDtype)]
    assert types == [*ORDER_SCHEMA.types, pa.string()]
    assert frame["order_amount"][0] == Decimal("11.50")
    assert frame.attrs["mapping"]["identifier"] == "Order ID"
    assert frame.attrs["mapping"]["order_amount"] == "Total"


def test_the_table_carries_no_metadata() -> None:
    assert read_orders_table(CSV).table.schema.metadata is None


def test_columns_by_hand_take_both_names_of_a_field() -> None:
    text = b"a,b,c,d,e,f\nX,1,EUR,paid,2026-01-05,T1\n"
    by_hand = {
        "identifier": "a",
        "amount": "b",
        "currency": "c",
        "order_status": "d",
        "date": "E",
        "transaction": "f",
    }
    row = _only(text, columns=by_hand)
    assert (row["identifier"], row["order_amount"], row["order_currency"], row["order_state"]) == (
        "X",
        1,
        "EUR",
        "paid",
    )
    assert row["ordered_at"] is not None
    assert row["f"] == "T1"


@pytest.mark.parametrize(("columns", "error"), [
    ({"identifier": "nowhere"}, ColumnError),
    ({"colour": "Client"}, OptionError),
])  # fmt: skip
def test_columns_by_hand_that_make_no_sense(columns: dict[str, str], error: type[Exception]) -> None:
    with pytest.raises(error):
        read_orders(CSV, columns=columns)


def test_an_export_that_cannot_be_mapped_lists_what_was_found_and_needed() -> None:
    with pytest.raises(ColumnError, match="no column for identifier and order_amount; found: x, y; needed") as caught:
        read_orders(b"x,y\n1,2\n")
    assert caught.value.found == ["x", "y"]
    assert caught.value.needed == list(NEEDED)
    assert "columns=" in str(caught.value)


def test_a_hostile_header_is_shown_safely_and_shortly() -> None:
    with pytest.raises(ColumnError) as caught:
        read_orders(("\x1b[31m" + "x" * 500 + ",y" * 99 + "\n").encode())
    assert "\x1b" not in str(caught.value)
    assert len(str(caught.value)) < 1000


@pytest.mark.parametrize("options", [
    {"platform": "unheard-of"}, {"timezone": "Mars/Olympus"}, {"currency": "€"}, {"currency": "FCFA"},
    {"delimiter": "ab"},
    {"decimal_mark": ";"}, {"decimal_mark": 5}, {"where": "x"}, {"where": {"a": 5}}, {"where": {"a": [5]}},
    {"header_row": 0}, {"header_row": True}, {"header_row": "1"},
    {"encoding": "x"}, {"states": {"Reliquat": "owed"}}, {"states": ["open"]}, {"states": {1: "open"}},
])  # fmt: skip
def test_options_that_make_no_sense_are_refused(options: dict[str, str]) -> None:
    with pytest.raises(OptionError):
        read_orders(CSV, **options)  # type: ignore[arg-type]


CURRENCIES = [
    # header and row, currency= option, currency
    ("id,total,currency\n1,2,usd\n", None, "USD"),
    ("id,total,currency\n1,2,€\n", None, "EUR"),
    ("id,total,currency\n1,2,Gold\n", None, "GOLD"),
    ("id,total,currency\n1,2, eur \n", None, "EUR"),
    ("id,total\n1,2 EUR\n", None, "EUR"),
    ("id,total\n1,$2\n", None, None),
    ("id,total\n1,$2\n", "cad", "CAD"),
    ("id,total,currency\n1,2,EUR\n", "USD", "EUR"),
    ("id,Total (USD)\n1,2\n", None, "USD"),
    ("id,Montant [€]\n1,2\n", None, "EUR"),
]


@pytest.mark.parametrize(("text", "option", "currency"), CURRENCIES)
def test_where_the_currency_comes_from(text: str, option: str | None, currency: str | None) -> None:
    assert _only(text.encode(), currency=option)["order_currency"] == currency


TWO_STATUSES = (
    "Order ID,Order Status,Payment Status,Total,Currency\n"
    "701,Processing,Unpaid,10,USD\n702,Completed,Refunded,11,USD\n703,Delivered,Paid,12,USD\n"
    "704,Cancelled,Paid,13,USD\n705,Pending,,14,USD\n"
)


def test_the_payment_s_own_status_goes_before_the_order_s() -> None:
    frame = read_orders(TWO_STATUSES.encode())
    assert list(frame["order_state"]) == ["open", "refunded", "paid", "cancelled", "open"]
    assert list(frame["order_status"]) == ["Unpaid", "Refunded", "Paid", "Paid", "Pending"]
    assert list(frame["Payment Status"].fillna("")) == ["Unpaid", "Refunded", "Paid", "Paid", ""]
    assert frame.attrs["mapping"]["payment_status"] == "Payment Status"


def test_a_status_column_named_by_hand_is_the_only_one() -> None:
    frame = read_orders(TWO_STATUSES.encode(), columns={"status": "Order Status"})
    assert list(frame["order_state"]) == ["paid", "paid", "paid", "cancelled", "open"]


@pytest.mark.parametrize(("cells", "states"), [
    (["true", "0", "oui", ""], ["paid", "open", "paid", "unknown"]),
    (["10.00", "0", "1", ""], ["unknown", "unknown", "unknown", "unknown"]),
])  # fmt: skip
def test_a_column_that_says_yes_or_no_tells_whether_orders_are_paid(cells: list[str], states: list[str]) -> None:
    frame = read_orders(pd.DataFrame({"order_id": list("abcd"), "amount": "10.00", "paid": cells}))
    assert list(frame["order_state"]) == states


def test_the_order_s_own_status_counts_beside_a_column_of_yes_and_no() -> None:
    text = b"order_id,amount,paid,status\na,1,true,cancelled\nb,1,0,shipped\nc,1,1,odd\nd,1,,shipped\n"
    frame = read_orders(text)
    assert list(frame["order_state"]) == ["cancelled", "open", "paid", "paid"]
    assert list(frame["order_status"]) == ["cancelled", "shipped", "odd", "shipped"]
    assert list(read_orders(text, columns={"status": "status"})["order_state"])[1:3] == ["paid", "unknown"]


@pytest.mark.parametrize(("cell", "state"), [
    ("2026-03-06 09:00:00 +0100", "cancelled"), ("", "paid"), ("0000-00-00 00:00:00", "paid"), ("NULL", "paid"),
])  # fmt: skip
def test_an_order_with_a_day_of_cancellation_is_cancelled(cell: str, state: str) -> None:
    text = f"Name,Financial Status,Total,Currency,Created at,Cancelled at\n#1,paid,45,USD,2026-03-05,{cell}\n"
    assert _only(text.encode())["order_state"] == state


def test_status_words_that_are_not_understood_are_listed_with_their_counts() -> None:
    text = b"id,total,status\n1,2,Reliquat\n2,2,paid\n3,2,Reliquat\n4,2,Zut\n5,2,\n"
    assert read_orders(text).attrs["mapping"]["unknown_states"] == {"Reliquat": 2, "Zut": 1}
    told = read_orders(text, states={"Reliquat": "open"})
    assert list(told["order_state"]) == ["open", "paid", "open", "unknown", "unknown"]
    assert told.attrs["mapping"]["unknown_states"] == {"Zut": 1}


TOTALS = [
    # the last row, its reason
    ("TOTAL,,37,", "totals_row"),
    ("Total général :,,37,USD", "totals_row"),
    ("Nombre de commandes,,2,", "totals_row"),
    ("Sous-total,,37,USD", "totals_row"),
    ("Nombre d'articles de la page:,,2,", "totals_row"),
    ("* \u017fum = ,,2,", "totals_row"),
    ("Total (2 orders),,37,USD", "totals_row"),
    ("Nombre de commandes : 2,,37,USD", "totals_row"),
    ("Sum of total,,37,USD", "totals_row"),
    ("2,,37,", "totals_row"),
    ("2,,38,", None),
    ("2,paid,37,", None),
    ("Total 7,,37,USD", None),
    ("2,Total,37,USD", "totals_row"),
    (",Total,37,USD", "totals_row"),
    (",Ann,37,USD", "missing_identifier"),
    ("TOTAL-7,paid,37,USD", None),
    ("Totally,paid,37,USD", None),
    ("7,Totalement payée,37,USD", None),
]


@pytest.mark.parametrize(("row", "reason"), TOTALS)
def test_a_row_that_sums_up_others_is_no_order(row: str, reason: str | None) -> None:
    frame = read_orders(f"id,status,total,currency\nA,paid,25,USD\nB,paid,12,USD\n{row}\n".encode())
    rows = frame.astype(object).where(frame.notna(), None).to_dict("records")
    assert [each["unreadable"] for each in rows] == [None, None, reason]
    assert (rows[2]["identifier"] is None, rows[2]["order_amount"] is None) == (reason is not None,) * 2


SHORT_ROWS = [
    # rows below id,total,status,note,phone; which of them are read
    (["1,5,paid", "2,6,paid,x,y"], [5, 6]),
    (["1,5,paid,x,y,", "2,6,paid,x,y,,"], [5, 6]),
    # a mapped cell is missing, or something stands beyond the last column
    (["1,5", "2,6,paid,x,y"], [None, 6]),
    (["1,5,paid,x,y,z", "2,6,paid,x,y"], [None, 6]),
    # the last row may have been cut off, a quote may never be closed
    (["1,5,paid", "2,6,pai"], [5, None]),
    (['1,5,"paid', "2,6,paid,x,y"], [None, 6]),
]


@pytest.mark.parametrize(("rows", "amounts"), SHORT_ROWS)
def test_a_row_that_lacks_cells_is_read_if_those_that_matter_stand(rows: list[str], amounts: list[int | None]) -> None:
    text = "\n".join(["id,total,status,note,phone", *rows]) + "\n"
    table = read_orders_table(text.encode()).table
    assert table["order_amount"].to_pylist() == amounts
    assert table["unreadable"].to_pylist() == [None if amount else "invalid_row" for amount in amounts]


def test_marks_that_cannot_be_seen_stay_in_the_identifier_alone() -> None:
    header = "\u200eid,to\u200btal,currency,status,date\n"
    text = f"{header}\u200fA,\u202a12.50\u202c,\u200fUSD,pa\u200did\u200f,2026-01-05\u200e\n"
    row = _only(text.encode())
    assert (row["identifier"], row["order_amount"]) == ("\u200fA", Decimal("12.5"))
    assert (row["order_currency"], row["order_state"]) == ("USD", "paid")
    assert row["ordered_at"] is not None


METHODS = b"id,total,payment_method,shop\n1,2,Payme,A\n2,3,cod,A\n3,4, PAYME ,B\n4,5,,A\n,9,x\n"


@pytest.mark.parametrize(("where", "identifiers"), [
    ({"payment_method": ["Payme"]}, ["1", "3"]),
    ({"Payment Method": "payme"}, ["1", "3"]),
    ({"payment_method": ["Payme", "cod"], "shop": ["A"]}, ["1", "2"]),
    ({"payment_method": ""}, ["4"]),
    ({"column_4": ["B"]}, ["3"]),
])  # fmt: skip
def test_rows_that_are_not_wanted_are_left_out_and_counted(where: dict[str, list[str]], identifiers: list[str]) -> None:
    frame = read_orders(METHODS, where=where)
    # a row that is no row of the table stays what it is
    assert frame["identifier"].fillna("-").to_list() == [*identifiers, "-"]
    mapping = frame.attrs["mapping"]
    assert mapping["excluded"] == 4 - len(identifiers)
    assert mapping["rows_read"] == mapping["rows"] + mapping["excluded"]


def test_a_column_that_no_export_has_keeps_no_rows() -> None:
    with pytest.raises(ColumnError, match=r"no column 'nowhere' for where.*hint: name one of those that were found"):
        read_orders(METHODS, where={"nowhere": ["x"]})


def test_what_is_told_of_several_exports_adds_up() -> None:
    exports = [b"id,total,status\n1,2,Zut\nTOTAL,2,\n", b"id,total,status\n2,3,Zut\n3,4,Bof\n"]
    mapping = read_orders(exports).attrs["mapping"]
    assert (mapping["unknown_states"], mapping["totals_rows"]) == ({"Zut": 2, "Bof": 1}, 1)


MINOR_UNITS = [
    # amounts and currencies, what they are
    (["12,500 XOF", "7,000 XOF", "950 XOF"], ["12500", "7000", "950"]),
    (["12.500 XOF", "19.99 USD"], ["12500", "19.99"]),
    (["12.500 FCFA", "19.99 USD"], ["12500", "19.99"]),
    (["1.500 JPY", "12500.00 JPY"], ["1500", "12500"]),
    # its own amounts show that three decimals are written out
    (["950.000 XOF", "12500.000 XOF"], ["950", "12500"]),
    (["12.500 TND", "19,99 EUR"], ["12.5", "19.99"]),
    (["12,500 KWD", "3,250 KWD"], ["12.5", "3.25"]),
    (["12,500 KWD", "1,234,567 KWD"], ["12500", "1234567"]),
    (["1,234 USD", "12.500 XOF"], [None, "12500"]),
    (["1,234 USD", "12.500 XOF", "5.50 USD"], ["1234", "12500", "5.5"]),
    # FC is of Congo or of the Comoros, which has no minor unit
    (["1.234 FC"], [None]),
]


@pytest.mark.parametrize(("cells", "amounts"), MINOR_UNITS)
def test_the_currency_s_minor_unit_says_what_a_mark_means(cells: list[str], amounts: list[str | None]) -> None:
    rows = "".join(f"{number};{cell}\n" for number, cell in enumerate(cells))
    expected = [amount and Decimal(amount) for amount in amounts]
    assert read_orders_table(f"id;total\n{rows}".encode()).table["order_amount"].to_pylist() == expected
    rows = "".join(f"{number};{cell.replace(' ', ';')}\n" for number, cell in enumerate(cells))
    assert read_orders_table(f"id;total;currency\n{rows}".encode()).table["order_amount"].to_pylist() == expected


@pytest.mark.parametrize(("mark", "amount"), [(",", "1.234"), (".", "1234")])
def test_the_decimal_mark_may_be_told(mark: str, amount: str) -> None:
    for cell in ('"1,234"', '"1,234 XOF"', '"1,234"\n2,5.5\n3,"5,5"'):
        frame = read_orders(f"id,total\n1,{cell}\n".encode(), decimal_mark=mark)
        assert frame["order_amount"][0] == Decimal(amount)


def test_the_noise_of_doubles_is_counted() -> None:
    rows = [{"id": 1, "total": 0.1 + 0.2}, {"id": 2, "total": 5.5}]
    frame = read_orders(rows)
    assert (frame["order_amount"][0], frame.attrs["mapping"]["float_noise"]) == (Decimal("0.3"), 1)
    assert "float_noise" not in read_orders(rows[1:]).attrs["mapping"]


SYMBOLS = [
    # an export, what a caller gives, the code and the symbol
    ("id,total\n1,$2\n", None, (None, "$")),
    ("id,total\n1,£2\n", "USD", (None, "£")),
    ("id,total\n1,2 F CFA\n", None, (None, "CFA")),
    ("id,total\n1,2 FCFA\n", "XOF", ("XOF", None)),
    ("id,Montant (FCFA)\n1,2\n", None, (None, "CFA")),
    ("id,Montant (TTC)\n1,2\n", None, (None, None)),
    ("id,total,devise\n1,2,N/A\n", None, (None, None)),
]


@pytest.mark.parametrize(("text", "option", "expected"), SYMBOLS)
def test_a_symbol_that_several_currencies_share_is_kept(
    text: str, option: str | None, expected: tuple[str | None, str | None]
) -> None:
    row = _only(text.encode(), currency=option)
    assert (row["order_currency"], row["order_currency_symbol"]) == expected


def test_an_order_whose_own_cells_name_two_currencies_is_not_read() -> None:
    row = _only(b"id,total,currency\n1,USD 5,EUR\n")
    assert (row["unreadable"], row["order_amount"]) == ("ambiguous_currency", None)


def test_words_for_nothing_are_no_status() -> None:
    frame = read_orders(b"id,total,status\n1,2,N/A\n2,2,-\n3,2,NULL\n")
    assert (frame["order_status"].isna().all(), "unknown_states" in frame.attrs["mapping"]) == (True, False)


def test_orders_whose_currency_is_open_are_counted() -> None:
    mapping = read_orders(b"id,total\n1,$2\n2,3\n3,4 EUR\n").attrs["mapping"]
    assert mapping["without_currency"] == 2


def test_a_taken_name_is_prefixed_until_it_is_free() -> None:
    text = b"id,total,source,source,record,order_source,,unreadable\n1,2,a,b,c,d,e,f\n"
    row = _only(text)
    assert [row[name] for name in ("order_source", "order_order_source", "order_record")] == ["a", "b", "c"]
    assert row["order_order_order_source"] == "d"
    assert row["column_7"] == "e"
    assert row["order_unreadable"] == "f"


def test_the_transaction_column_stays_and_the_mapping_names_it() -> None:
    frame = read_orders(b'id,total,transaction_id\n1,2,"=""T1"""\n')
    assert frame["transaction_id"].to_list() == ["T1"]
    assert frame.attrs["mapping"]["transaction_id"] == "transaction_id"


@pytest.mark.parametrize(
    "identifier", ["00123", "1E5", "NA", "null", "None", "nan", "TRUE", " x ", "Ünïcode", "=1", "'abc", "1,5"]
)
def test_identifiers_stay_as_they_are(identifier: str) -> None:
    written = io.StringIO()
    csv.writer(written).writerows([["id", "total"], [identifier, "1"]])
    assert _only(written.getvalue().encode())["identifier"] == identifier


@pytest.mark.parametrize(("cell", "identifier"), [('="00123"', "00123"), ("'00123", "00123"), ("'=1", "=1")])
def test_excels_wrappers_are_taken_off(cell: str, identifier: str) -> None:
    written = io.StringIO()
    csv.writer(written).writerows([["id", "total"], [cell, "1"]])
    assert _only(written.getvalue().encode())["identifier"] == identifier


def test_damaged_identifiers_are_counted_and_kept() -> None:
    frame = read_orders(b"id,total\n6.12346E+12,1\n1E5,2\nA+B,3\n")
    assert frame["identifier"].to_list() == ["6.12346E+12", "1E5", "A+B"]
    assert frame.attrs["mapping"]["damaged_identifiers"] == 1


def test_identifiers_that_pandas_made_floats_lose_the_point() -> None:
    frame = read_orders(pd.DataFrame({"id": [1001.0, None], "total": ["1", "2"]}))
    assert frame["identifier"].to_list() == ["1001", pd.NA]
    assert frame["unreadable"].to_list() == [pd.NA, "missing_identifier"]


@pytest.mark.parametrize("options", [{"platform": "shopify"}, {"platform": "woocommerce"}])
def test_a_platform_by_name_falls_back_on_common_headers(options: dict[str, str]) -> None:
    assert _only(CSV, **options)["identifier"] == "00123"


def test_net_sales_by_hand_are_the_callers_decision() -> None:
    row = _only(b"Order #,Net Sales\n1,2\n", columns={"amount": "Net Sales"})
    assert (row["identifier"], row["order_amount"]) == ("1", 2)


def test_several_exports_are_one_table(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(CSV)
    (tmp_path / "b.json").write_bytes(b'[{"id":"7","total":"1,5","extra":"x"}]')
    (tmp_path / "c.csv.gz").write_bytes(gzip.compress(b"Commande;Montant\n8;2,5\n"))
    (tmp_path / ".hidden").write_bytes(b"\x00")
    read = read_orders_table(tmp_path)
    assert read.table["identifier"].to_pylist() == ["00123", "7", "8"]
    assert read.table["source"].to_pylist() == [str(tmp_path / name) for name in ("a.csv", "b.json", "c.csv.gz")]
    assert read.table["Client"].to_pylist() == ["Ann", None, None]
    assert read.table["order_amount"].to_pylist() == [Decimal("11.5"), Decimal("1.5"), Decimal("2.5")]
    merged = merged_mapping(read.mappings)
    assert merged["rows"] == 3
    assert merged["order_amount"] == "Total | total | Montant"
    assert read_orders_table(str(tmp_path / "*.csv")).table.num_rows == 1
    assert read_orders_table([tmp_path / "a.csv", CSV, io.BytesIO(CSV)]).table.num_rows == 3


@pytest.mark.parametrize(
    "source", ["nowhere.csv", "nowhere*.csv", b"", b"\x00\x01\x02\x03" * 99, b"\x1f\x8bbroken", 5, []]
)
def test_a_source_that_cannot_be_read_is_an_error_with_a_hint(source: object) -> None:
    with pytest.raises(SourceError) as caught:
        read_orders(source)
    assert caught.value.hint


def test_an_empty_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="nothing to read"):
        read_orders(tmp_path)


def test_a_header_alone_is_no_orders() -> None:
    frame = read_orders(b"id,total,currency,status,date\n")
    assert len(frame) == 0
    assert list(frame.columns) == ORDER_SCHEMA.names


def test_arrow_tables_and_records_are_read() -> None:
    table = pa.table({"id": [1], "total": [Decimal("1.5")]})
    assert read_orders_table(table).table["order_amount"].to_pylist() == [Decimal("1.5")]
    assert read_orders_table([{"id": 1, "total": 1.5}]).table["identifier"].to_pylist() == ["1"]


def test_what_was_read_can_be_read_again() -> None:
    once = read_orders_table(b"id,total,currency,status,date\n00123,11.50,EUR,paid,2026-01-05 10:00\n").table
    again = read_orders_table(once).table
    leading = ["identifier", "order_amount", "order_currency", "order_status", "order_state", "ordered_at"]
    assert again.select(leading).to_pylist() == once.select(leading).to_pylist()


cells = st.one_of(
    st.sampled_from(["", " ", "id", "total", "1", "1,234", "1.50", "x", "2026-01-05", '"', "\n", "é", "'1", '="1"']),
    st.text(st.characters(exclude_categories=["Cc"]), max_size=4),
)
row = st.lists(cells, min_size=1, max_size=5)
rows = st.lists(row, max_size=3) | st.lists(row, min_size=6, max_size=20)


@settings(deadline=None, max_examples=40)
@given(rows, st.sampled_from(",;\t|"), st.booleans())
def test_every_row_of_an_export_is_accounted_for(body: list[list[str]], delimiter: str, is_quoted: bool) -> None:
    written = io.StringIO(newline="")
    writer = csv.writer(written, delimiter=delimiter, quoting=csv.QUOTE_ALL if is_quoted else csv.QUOTE_MINIMAL)
    writer.writerows([["id", "total", "status"], *body])
    read = read_orders_table(written.getvalue().encode("utf-8", "surrogatepass"))
    (mapping,) = read.mappings
    counts = ("rows", "merged_rows", "repeated_headers", "blank_rows")
    assert mapping["rows_read"] == sum(int(mapping[count]) for count in counts)
    assert read.table.num_rows == mapping["rows"]
    written_rows = list(csv.reader(io.StringIO(written.getvalue(), newline=""), delimiter=delimiter))[1:]
    assert mapping["rows_read"] == sum(len(row) > 1 or bool("".join(row).strip()) for row in written_rows)
    is_unread = [reason is not None for reason in read.table["unreadable"].to_pylist()]
    assert [amount is None for amount in read.table["order_amount"].to_pylist()] == is_unread
    assert mapping["unreadable"] == sum(is_unread)


@settings(deadline=None, max_examples=50)
@given(st.binary(max_size=60))
def test_no_file_makes_reading_raise_anything_but_an_input_error(octets: bytes) -> None:
    for text in (octets, b"id,total\n" + octets, b'[{"id":1,"total":2},' + octets, b"\xff\xfe" + octets):
        try:
            read_orders_table(text)
        except (SourceError, ColumnError):
            continue


def test_many_columns_of_one_name_are_all_kept() -> None:
    count = 1500
    header, row = ",".join(["order_id", "total", *["x"] * count]), ",".join(["A", "11", *["v"] * count])
    frame = read_orders(f"{header}\n{row}\n".encode())
    assert list(frame.columns[-count:])[:3] == ["x", "order_x", "order_order_x"]
    assert len(set(frame.columns)) == len(frame.columns)
    assert max(map(len, frame.columns)) < 30
