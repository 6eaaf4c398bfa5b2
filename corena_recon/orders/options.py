"""What a caller may set about reading order exports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple, TypedDict, Unpack

from corena_recon.arguments import refuse_unknown, require, require_text
from corena_recon.currencies import SHARED_SYMBOLS
from corena_recon.errors import OptionError
from corena_recon.orders.cells.currencies import known_currency
from corena_recon.orders.cells.dates import check_timezone
from corena_recon.vocabulary import OrderState

DECIMAL_MARKS: Final = (".", ",")
_MARK_HINT: Final = 'give decimal_mark="." or decimal_mark=","'


class OrderArguments(TypedDict, total=False):
    """The options of ``read_orders`` as callers give them; ``read_orders`` describes each."""

    columns: Mapping[str, str] | None
    platform: str | None
    timezone: str
    currency: str | None
    day_first: bool | None
    delimiter: str | None
    encoding: str | None
    sheet: str | None
    states: Mapping[str, str] | None
    decimal_mark: str | None
    header_row: int | None
    where: Mapping[str, str | Sequence[str]] | None


class OrderOptions(NamedTuple):
    """The options of ``read_orders``, checked as far as that can be done without an export."""

    columns: Mapping[str, str] | None = None
    platform: str | None = None
    timezone: str = "UTC"
    currency: str | None = None
    day_first: bool | None = None
    delimiter: str | None = None
    encoding: str | None = None
    sheet: str | None = None
    states: Mapping[str, str] | None = None
    decimal_mark: str | None = None
    header_row: int | None = None
    where: Mapping[str, str | Sequence[str]] | None = None


def order_options(**given: Unpack[OrderArguments]) -> OrderOptions:
    """The options of ``read_orders``, checked.

    Raises:
        OptionError: One has no meaning, or is none.
    """
    refuse_unknown("read_orders", given, OrderOptions._fields)
    options = OrderOptions(**given)
    check_timezone(options.timezone)
    columns = {} if options.columns is None else options.columns
    hint = 'for example columns={"identifier": "Order ID", "amount": "Total"}'
    require("columns", columns, Mapping, hint)
    for name in (*columns, *columns.values()):
        require("a name in columns", name, str, hint)
    hint = 'for example states={"Reliquat": "open"}; states are ' + ", ".join(OrderState)
    require("states", options.states, (Mapping, type(None)), hint)
    for word, state in (options.states or {}).items():
        require("a word in states", word, str, hint)
        if state not in set(OrderState):
            raise OptionError("states holds what is no state", hint=hint)
    for option, example in (
        ("platform", "woocommerce"),
        ("currency", "EUR"),
        ("delimiter", ";"),
        ("encoding", "utf-8"),
        ("sheet", "Orders"),
    ):
        require_text(option, getattr(options, option), example)
    require("day_first", options.day_first, (bool, type(None)), "give day_first=True or day_first=False")
    _require_where(options.where)
    hint = "give the number of a row, from 1 on"
    require("header_row", options.header_row, (int, type(None)), hint)
    if options.header_row is not None and (options.header_row < 1 or isinstance(options.header_row, bool)):
        raise OptionError("header_row is the number of no row", hint=hint)
    require("decimal_mark", options.decimal_mark, (str, type(None)), _MARK_HINT)
    if options.decimal_mark not in (None, *DECIMAL_MARKS):
        raise OptionError("decimal_mark is neither a point nor a comma", hint=_MARK_HINT)
    if options.currency is None:
        return options
    code = known_currency(options.currency)
    is_code = options.currency.isascii() and options.currency.isalpha() and code not in SHARED_SYMBOLS
    if not is_code:
        raise OptionError("currency is no currency code", hint='give a code such as "EUR" or "XOF"')
    return options._replace(currency=code or options.currency.upper())


def _require_where(where: object) -> None:
    hint = 'for example where={"payment_method": ["Payme"]}'
    require("where", where, (Mapping, type(None)), hint)
    for column, values in where.items() if isinstance(where, Mapping) else ():
        require("a column in where", column, str, hint)
        require("what where looks for", values, (str, Sequence), hint)
        for value in [values] if isinstance(values, str) else values:
            require("a value in where", value, str, hint)
