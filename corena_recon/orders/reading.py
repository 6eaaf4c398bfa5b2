"""Order exports of shops as one table, exact to the digit, with a report of which column became what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Unpack

import pyarrow as pa

from corena_recon.arguments import takes
from corena_recon.errors import OptionError, SourceError
from corena_recon.languages import note
from corena_recon.orders.exports.content import Input, Source, contents
from corena_recon.orders.interpretation import exports_of
from corena_recon.orders.mapping import Told
from corena_recon.orders.options import OrderArguments, OrderOptions, order_options
from corena_recon.tables.columns import decoded
from corena_recon.tables.frames import frame_of
from corena_recon.text import printable

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

KEPT_BYTES: Final = 96 * 1024 * 1024
"""How much of large exports is held in memory between two passes."""


class OrderTable(NamedTuple):
    """Orders and how they were read.

    Attributes:
        table: ``ORDER_SCHEMA``, then the export's other columns as strings.
        mappings: One report an export: which column became what, and the counts.
        inputs: What was read.
    """

    table: pa.Table
    mappings: list[Told]
    inputs: list[Input]


@takes(OrderArguments, OrderOptions._field_defaults)
def read_orders(source: Source, **options: Unpack[OrderArguments]) -> pd.DataFrame:
    """Orders of shop exports, one row an order, in the order of the export.

    Everything is read as text: ``00123`` stays ``00123``. A row that cannot be read stays a row, with its
    reason in ``unreadable`` and without an amount. ``attrs["mapping"]`` says which column became what and
    counts the rows: ``rows_read = rows + excluded + merged_rows + repeated_headers + blank_rows``.

    Args:
        source: A path, a glob, a folder, bytes, an open binary file, a list of those; or a DataFrame, whatever
            offers Arrow's capsule (Polars, DuckDB, Arrow), or a list of records. CSV and its kin, JSON, JSON
            lines, Parquet, Excel workbooks and HTML tables.
        columns: Fields mapped by hand, such as ``{"identifier": "Order ID", "amount": "Total"}``; also
            ``currency``, ``status``, ``payment_status``, ``cancelled_at``, ``ordered_at``, ``transaction_id``,
            ``refunded_amount``, ``changed_at`` and ``customer``. ``column_3`` names a column by its place.
        platform: The kind of export where its header should not decide: ``woocommerce``, ``shopify``,
            ``prestashop``, ``magento``, ``opencart``, ``whmcs``, ``odoo``, ``wix``, ``squarespace``, ``bigcommerce``,
            ``generic``.
        timezone: The IANA zone of dates that name none.
        currency: The code of orders whose currency the export leaves open, and what a symbol means that several
            currencies share; it overrides none that the export names.
        day_first: Whether ``1/2/2026`` is in February; the export's own dates decide when None.
        delimiter: The CSV delimiter where it should not be detected.
        encoding: The text encoding where it should not be detected.
        sheet: The sheet of a workbook; all that have orders when None.
        header_row: The number of the row with the names of the columns, from 1 on, blank ones counted; the first row
            that names an identifier and an amount when None.
        decimal_mark: ``.`` or ``,``: what ``1,234`` means; the export's own amounts and the minor units of their
            currencies decide when None.
        where: Columns and what they say in rows that are wanted, such as ``{"payment_method": ["Payme"]}``; the others
            are left out and counted as ``excluded``.
        states: Words of the shop's own and the state that each means, such as ``{"Reliquat": "open"}``.

    Returns:
        ``source``, ``record``, ``identifier``, ``order_amount``, ``order_currency`` (a code, where it is certain),
        ``order_currency_symbol`` (where a symbol that several currencies share is all there is), ``order_status``,
        ``order_state``, ``ordered_at``, ``unreadable``, ``refunded_amount``, ``changed_at``, ``buyer``, then every
        other column of the export as strings, prefixed ``order_`` where its name is taken.

    Raises:
        SourceError: A source cannot be opened or is of no known form.
        ColumnError: An export has no column for the identifier or the amount.
        OptionError: An option has no meaning, or is none.
    """
    orders = read_orders_table(source, order_options(**options))
    frame = frame_of(orders.table)
    frame.attrs |= {"mapping": merged_mapping(orders.mappings), "inputs": orders.inputs}
    return frame


def read_orders_table(source: Source, options: OrderOptions | None = None) -> OrderTable:
    """The same as ``read_orders``, as an Arrow table and one mapping report an export."""
    reading = OrderReading(source, options)
    return OrderTable(pa.concat_tables(map(decoded, reading.tables())), reading.mappings, reading.inputs)


class OrderReading:
    """Order exports read in bounded memory: gone through once to see how amounts and dates are written, then read.

    Args:
        source: As for ``read_orders``.
        options: As ``order_options`` gives them.
        without: A folder; what folders and globs hold within it is left out.

    Attributes:
        mappings: One report an export, once all tables are given.
        inputs: What is read.

    Raises:
        SourceError: As for ``read_orders``.
        ColumnError: As for ``read_orders``.
        OptionError: An option does not fit what is read.
    """

    def __init__(self, source: Source, options: OrderOptions | None = None, *, without: Path | None = None) -> None:
        options = options or OrderOptions()
        found = list(contents(source, without))
        if not found:
            raise SourceError("there is no export to read", hint="give at least one file or table")
        kept_bytes = KEPT_BYTES // len(found)
        self._exports = [export for content in found for export in exports_of(content, options, kept_bytes)]
        if options.sheet is not None and not any(export.is_sheet for export in self._exports):
            raise OptionError("sheet names a sheet, and no export is a workbook", hint="leave it out")
        self.inputs = [(content.source, content.sha256()) for content in found]

    def tables(self) -> Iterator[pa.Table]:
        """The orders, all tables with the columns of all exports; words that repeat are dictionaries."""
        by_export = [export.tables() for export in self._exports]
        firsts = [next(tables) for tables in by_export]
        schema = pa.unify_schemas([first.schema for first in firsts])
        for first, tables in zip(firsts, by_export, strict=True):
            for table in chain([first], tables):
                yield _conformed(table, schema)

    @property
    def mappings(self) -> list[Told]:
        """One report an export: which column became what, and the counts."""
        return [export.mapping for export in self._exports]

    @property
    def mapping(self) -> dict[str, str | int]:
        """One report for all exports, as ``read_orders`` leaves it in ``attrs``."""
        return merged_mapping(self.mappings)

    @property
    def transaction_column(self) -> str | None:
        """The column that holds transaction ids, if all exports that have one agree on it."""
        name = self.mapping.get("transaction_id")
        return name if isinstance(name, str) and " | " not in name else None


def reading_notes(mappings: Iterable[Mapping[str, Any]]) -> list[str]:
    """What a summary says of how exports were read, one sentence each."""
    return [
        note("stray_cells", source=printable(str(mapping["source"])), cells=mapping["stray_cells"])
        for mapping in mappings
        if "stray_cells" in mapping
    ]


def _conformed(table: pa.Table, schema: pa.Schema) -> pa.Table:
    known = dict(zip(table.column_names, table.columns, strict=True))
    columns = [known[field.name] if field.name in known else pa.nulls(len(table), field.type) for field in schema]
    return pa.table(columns, schema=schema)


def merged_mapping(mappings: list[Told]) -> Told:
    """One report for all exports: counts added up, differing words joined with ``|``."""
    merged: Told = {}
    for key in dict.fromkeys(key for mapping in mappings for key in mapping):
        values = [mapping[key] for mapping in mappings if key in mapping]
        counts = [value for value in values if isinstance(value, int)]
        words: Counter[str] = Counter()
        for value in values:
            words.update(value if isinstance(value, dict) else ())
        merged[key] = dict(words) if words else sum(counts) if counts else " | ".join(dict.fromkeys(map(str, values)))
    return merged
