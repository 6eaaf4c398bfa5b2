"""Order exports of shops as one table, exact to the digit, with a report of which column became what."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Context, Decimal
from typing import TYPE_CHECKING, Final, NamedTuple

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from corena_recon.errors import OptionError, SourceError
from corena_recon.money import decimal_of, plain_text
from corena_recon.orders.amounts import NOTATIONS, PROVEN_SYMBOLS, AmountColumn, read_amounts
from corena_recon.orders.content import Source, contents
from corena_recon.orders.dates import check_timezone, read_instants
from corena_recon.orders.export import Export, is_blank, without_blank_rows, without_repeated_headers
from corena_recon.orders.forms import read_content
from corena_recon.orders.grouping import merge_continuation_rows
from corena_recon.orders.mapping import ColumnMap, map_columns
from corena_recon.orders.states import fold, order_states
from corena_recon.vocabulary import MONEY, ORDER_SCHEMA, OrderUnreadable

if TYPE_CHECKING:
    from collections.abc import Mapping

_EXCEL_WRAPPER_RE2 = r'^="((?s:.*))"$'
_EXCEL_TEXT_MARK_RE2 = r"^'([0-9=+@-])"
_EXCEL_DAMAGE_RE2 = r"^[0-9](\.[0-9]+)?[eE]\+[0-9]+$"
_WITHOUT_MINOR_UNIT = (
    *("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG"),
    *("RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF"),
)
_WITH_THREE_DIGITS = ("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND")
_MINOR_DIGITS: Final = {
    **dict.fromkeys(_WITHOUT_MINOR_UNIT, 0),
    **dict.fromkeys(_WITH_THREE_DIGITS, 3),
}
"""ISO 4217's minor units where they are not two."""

_EXACT: Final = Context(prec=2 * MONEY.precision)


class OrderOptions(NamedTuple):
    """How to read order exports; ``read_orders`` describes each."""

    columns: Mapping[str, str] | None = None
    platform: str | None = None
    timezone: str = "UTC"
    currency: str | None = None
    day_first: bool | None = None
    delimiter: str | None = None
    encoding: str | None = None
    sheet: str | None = None


class OrderTable(NamedTuple):
    """Orders and how they were read.

    Attributes:
        table: ``ORDER_SCHEMA``, then the export's other columns as strings.
        mappings: One report an export: which column became what, and the counts.
    """

    table: pa.Table
    mappings: list[dict[str, str | int]]


def read_orders(
    source: Source,
    *,
    columns: Mapping[str, str] | None = None,
    platform: str | None = None,
    timezone: str = "UTC",
    currency: str | None = None,
    day_first: bool | None = None,
    delimiter: str | None = None,
    encoding: str | None = None,
    sheet: str | None = None,
) -> pd.DataFrame:
    """Orders of shop exports, one row an order, in the order of the export.

    Everything is read as text: ``00123`` stays ``00123``. A row that cannot be read stays a row, with its
    reason in ``unreadable`` and without an amount. ``attrs["mapping"]`` says which column became what and
    counts the rows: ``rows_read = rows + merged_rows + repeated_headers + blank_rows``.

    Args:
        source: A path, a glob, a folder, bytes, an open binary file, a list of those; or a DataFrame, an
            Arrow table or a list of records. CSV and its kin, JSON, JSON lines, Parquet, Excel workbooks and
            HTML tables.
        columns: Fields mapped by hand, such as ``{"identifier": "Order ID", "amount": "Total"}``; also
            ``currency``, ``status``, ``ordered_at`` and ``transaction_id``.
        platform: The kind of export where its header should not decide: ``woocommerce``, ``shopify``,
            ``prestashop``, ``magento``, ``opencart``, ``whmcs``, ``odoo``, ``generic``.
        timezone: The IANA zone of dates that name none.
        currency: The code of all orders of an export that names none.
        day_first: Whether ``1/2/2026`` is in February; the export's own dates decide when None.
        delimiter: The CSV delimiter where it should not be detected.
        encoding: The text encoding where it should not be detected.
        sheet: The sheet of a workbook; the first that has rows when None.

    Returns:
        ``source``, ``record``, ``identifier``, ``order_amount``, ``order_currency``, ``order_status``,
        ``order_state``, ``ordered_at``, ``unreadable``, then every other column of the export as strings,
        prefixed ``order_`` where its name is taken.

    Raises:
        SourceError: A source cannot be opened or is of no known form.
        ColumnError: An export has no column for the identifier or the amount.
        OptionError: An option has no meaning.
    """
    orders = read_orders_table(
        source,
        OrderOptions(columns, platform, timezone, currency, day_first, delimiter, encoding, sheet),
    )
    frame = orders.table.to_pandas(types_mapper=pd.ArrowDtype)
    frame.attrs["mapping"] = merged_mapping(orders.mappings)
    return frame


def read_orders_table(source: Source, options: OrderOptions | None = None) -> OrderTable:
    """The same as ``read_orders``, as an Arrow table and one mapping report an export."""
    options = options or OrderOptions()
    check_timezone(options.timezone)
    if options.currency is not None and not (options.currency.isascii() and options.currency.isalpha()):
        raise OptionError(f"currency={options.currency!r} is no currency code", hint='give a code such as "EUR"')
    tables: list[pa.Table] = []
    mappings: list[dict[str, str | int]] = []
    for content in contents(source):
        export = read_content(content, delimiter=options.delimiter, encoding=options.encoding, sheet=options.sheet)
        table, mapping = _read_export(export, options)
        tables.append(table)
        mappings.append(mapping)
    if not tables:
        raise SourceError("there is no export to read", hint="give at least one file or table")
    return OrderTable(pa.concat_tables(tables, promote_options="default"), mappings)


def merged_mapping(mappings: list[dict[str, str | int]]) -> dict[str, str | int]:
    """One report for all exports: counts added up, differing words joined with ``|``."""
    merged: dict[str, str | int] = {}
    for key in dict.fromkeys(key for mapping in mappings for key in mapping):
        values = [mapping[key] for mapping in mappings if key in mapping]
        counts = [value for value in values if isinstance(value, int)]
        merged[key] = sum(counts) if counts else " | ".join(dict.fromkeys(str(value) for value in values))
    return merged


def _read_export(export: Export, options: OrderOptions) -> tuple[pa.Table, dict[str, str | int]]:
    rows_read = export.row_count
    columns = map_columns(export.source, export.names, columns=options.columns, platform=options.platform)
    export = without_blank_rows(without_repeated_headers(export))
    export = merge_continuation_rows(export, columns)
    table, facts = _interpret(export, columns, options)
    counts = {key: export.notes.get(key, 0) for key in ("merged_rows", "repeated_headers", "blank_rows")}
    mapping: dict[str, str | int] = {
        "source": export.source,
        "form": export.form,
        "platform": columns.platform.name,
        **{field: export.names[place] for field, place in columns.places.items()},
        **export.notes,
        **facts,
        "rows_read": rows_read,
        "rows": export.row_count,
        **counts,
        "unreadable": export.row_count - table["unreadable"].null_count,
    }
    return table, mapping


def _interpret(export: Export, columns: ColumnMap, options: OrderOptions) -> tuple[pa.Table, dict[str, str | int]]:
    cells = {field: _unwrapped(export.columns[place]) for field, place in columns.places.items()}
    nothing = pa.nulls(export.row_count, pa.string())
    amounts = read_amounts(
        _of_readable_rows(cells["order_amount"], export),
        is_number=export.is_number.get(columns.places["order_amount"]),
        usual_mark=columns.platform.decimal_mark,
    )
    currency = _currencies(cells.get("order_currency", nothing), amounts, columns.header_currency, options.currency)
    amount, facts = _charged(export, columns, amounts.amount, currency)
    status = _text_or_null(cells.get("order_status", nothing))
    dates = read_instants(
        cells.get("ordered_at", nothing), _zone_of(export, columns, options), day_first=options.day_first
    )
    identifier = pc.if_else(is_blank(cells["identifier"]), None, cells["identifier"])
    identifier = _where_known(identifier, export, columns)
    unreadable = pc.coalesce(
        export.unreadable,
        pc.if_else(pc.is_null(identifier), OrderUnreadable.MISSING_IDENTIFIER.value, pa.scalar(None, pa.string())),
        amounts.reason,
        pc.if_else(pc.is_null(amount), OrderUnreadable.INVALID_AMOUNT.value, pa.scalar(None, pa.string())),
    )
    table = pa.table(
        [
            pa.repeat(pa.scalar(export.source, pa.string()), export.row_count),
            export.record,
            identifier,
            pc.if_else(pc.is_null(unreadable), amount, pa.scalar(None, MONEY)),
            currency,
            status,
            order_states(status, columns.platform.name),
            dates.instants,
            unreadable,
        ],
        schema=ORDER_SCHEMA,
    )
    facts |= {"amount_notation": NOTATIONS[amounts.decimal_mark]}
    facts |= {"date_order": dates.order} if dates.order else {}
    facts |= {"undated": dates.unread_count, "damaged_identifiers": _damaged_count(identifier)}
    return _with_other_columns(table, export, columns, facts), facts


def _damaged_count(identifier: pa.Array) -> int:
    """How many identifiers a spreadsheet has turned into ``1.23E+12``: their digits are lost."""
    if not pc.any(pc.match_substring(identifier, "+")).as_py():
        return 0
    return pc.sum(pc.match_substring_regex(identifier, _EXCEL_DAMAGE_RE2)).as_py() or 0


def _of_readable_rows(column: pa.Array, export: Export) -> pa.Array:
    if export.unreadable.null_count == export.row_count:
        return column
    return pc.if_else(pc.is_null(export.unreadable), column, None)


def _where_known(identifier: pa.Array, export: Export, columns: ColumnMap) -> pa.Array:
    """Without those of rows of the wrong width whose cells may stand under a wrong header."""
    if export.unreadable.null_count == export.row_count:
        return identifier
    is_in_place = pc.is_null(export.columns[-1])
    if columns.places["identifier"] == 0:
        is_in_place = pc.or_(is_in_place, True)
    is_in_place = pc.and_not(is_in_place, pc.fill_null(pc.match_substring_regex(identifier, r"[\r\n]"), False))
    return pc.if_else(pc.or_(pc.is_null(export.unreadable), is_in_place), identifier, None)


def _zone_of(export: Export, columns: ColumnMap, options: OrderOptions) -> str:
    place = columns.places.get("ordered_at")
    is_utc = place is not None and fold(export.names[place]) in columns.platform.utc_columns
    return "UTC" if is_utc else options.timezone


def _with_other_columns(table: pa.Table, export: Export, columns: ColumnMap, facts: dict[str, str | int]) -> pa.Table:
    used = {place for field, place in columns.places.items() if field != "transaction_id"}
    names, arrays = list(table.column_names), list(table.columns)
    for place, (header, column) in enumerate(zip(export.names, export.columns, strict=True)):
        if place in used:
            continue
        name = header
        while name in names:
            name = f"order_{name}"
        if place == columns.places.get("transaction_id"):
            facts["transaction_id"] = name
            column = _unwrapped(column)  # noqa: PLW2901
        names.append(name)
        arrays.append(column)
    return pa.table(arrays, names=names)


def _unwrapped(column: pa.Array) -> pa.Array:
    if pc.any(pc.starts_with(column, '="')).as_py():
        column = pc.replace_substring_regex(column, _EXCEL_WRAPPER_RE2, r"\1")
    if pc.any(pc.starts_with(column, "'")).as_py():
        column = pc.replace_substring_regex(column, _EXCEL_TEXT_MARK_RE2, r"\1")
    return column


def _text_or_null(column: pa.Array) -> pa.Array:
    return pc.if_else(is_blank(column), None, column)


def _currencies(texts: pa.Array, amounts: AmountColumn, of_header: str | None, of_caller: str | None) -> pa.Array:
    encoded = texts.dictionary_encode()
    codes = pa.array([_code_in(text.strip()) for text in encoded.dictionary.to_pylist()], pa.string())
    named = codes.take(encoded.indices)
    default = of_header or (of_caller.upper() if of_caller else None)
    return pc.coalesce(named, amounts.currency, pa.scalar(default, pa.string())) if named.null_count else named


def _code_in(text: str) -> str | None:
    if text.isascii() and text.isalpha() and len(text) in (3, 4):
        return text.upper()
    return PROVEN_SYMBOLS.get(text, text or None)


def _charged(
    export: Export, columns: ColumnMap, totals: pa.Array, currencies: pa.Array
) -> tuple[pa.Array, dict[str, str | int]]:
    rates = [place for place, name in enumerate(export.names) if fold(name) == "currency value"]
    if columns.platform.name != "opencart" or not rates:
        return totals, {}
    rate_amounts = read_amounts(export.columns[rates[0]], usual_mark=".").amount
    charged = [
        _converted(total, rate, code)
        for total, rate, code in zip(totals.to_pylist(), rate_amounts.to_pylist(), currencies.to_pylist(), strict=True)
    ]
    note = "total x currency_value, rounded half up to the currency's minor unit as OpenCart charges it"
    return pa.array(charged, MONEY), {"order_amount_rule": note}


def _converted(total: Decimal | None, rate: Decimal | None, code: str | None) -> Decimal | None:
    if total is None or rate is None:
        return None
    unit = Decimal(1).scaleb(-_MINOR_DIGITS.get(code or "", 2))
    product = _EXACT.multiply(total, rate)
    return decimal_of(plain_text(product.quantize(unit, ROUND_HALF_UP, _EXACT)))
