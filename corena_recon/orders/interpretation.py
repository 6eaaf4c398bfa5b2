"""One order export as ORDER_SCHEMA: which column is what, and what each cell says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from corena_recon.currencies import MINOR_DIGITS, NULL_WORDS
from corena_recon.errors import ColumnError
from corena_recon.money import decimal_of, plain_text
from corena_recon.orders.cells.amounts import (
    FRACTION,
    NOTATIONS,
    WHOLE,
    AmountColumn,
    MarkVotes,
    fits_two_readings,
    mark_votes,
    read_amounts_by,
)
from corena_recon.orders.cells.currencies import CurrencyColumn, minor_digits, read_currencies
from corena_recon.orders.cells.dates import InstantColumn, date_signs, read_instants_by
from corena_recon.orders.cells.state_words import FLAGS
from corena_recon.orders.cells.states import fold, order_states, order_states_of_both
from corena_recon.orders.exports.content import Content
from corena_recon.orders.exports.export import (
    INVISIBLE,
    Export,
    Hints,
    is_blank,
    with_short_rows,
    without_blank_rows,
    without_repeated_headers,
)
from corena_recon.orders.exports.parts import ExportParts
from corena_recon.orders.mapping import ColumnMap, Told, map_columns
from corena_recon.orders.options import OrderOptions
from corena_recon.orders.platforms import KEPT, NEEDED
from corena_recon.orders.rows.belonging import Amounts, joined_parts, refunded_states, says_refund, with_refunds
from corena_recon.orders.rows.grouping import has_item_rows, merge_item_rows
from corena_recon.orders.rows.rivals import with_one_amount
from corena_recon.orders.rows.selection import wanted_rows
from corena_recon.orders.rows.totals import sums_up
from corena_recon.schemas import INSTANT, MONEY, ORDER_SCHEMA, as_worked_on
from corena_recon.tables.columns import Flags, encoded, octets_in, translated
from corena_recon.text import printable
from corena_recon.vocabulary import OrderState, OrderUnreadable

_PREFIXES_MAX: Final = 3
"""Columns whose names are repeated more often are numbered."""
_EXCEL_WRAPPER_RE2 = r'^="((?s:.*))"$'

_EXCEL_TEXT_MARK_RE2 = r"^'([0-9=+@-])"

_EXCEL_DAMAGE_RE2 = r"^[0-9](\.[0-9]+)?[eE]\+[0-9]+$"

_OWN_COLUMNS: Final = {"refunded_amount": "refunded_amount", "changed_at": "changed_at", "customer": "buyer"}
"""What a column of ours is called that a column of the export became, when what was read is read again."""
_EXACT_FIELDS: Final = ("identifier", "transaction_id")
_INVISIBLE_LEADS: Final = (b"\xe2\x80", b"\xe2\x81", b"\xef\xbb\xbf", b"\xd8\x9c")
"""How the characters of INVISIBLE begin in UTF-8."""
_CLOCK_RE2 = r"^[0-9]{1,2}\s?[:hH]\s?[0-9]{2}"
_HAS_CLOCK_RE2 = r"[0-9]\s?[:hH]\s?[0-9]{2}"
_SOME_DATE_RE2 = r"[1-9]"
UNIT_READINGS: Final = {0: WHOLE, 3: FRACTION}
"""What an amount of two readings is in a currency of so many digits after the mark."""
_HEADER_COLUMNS_MAX: Final = 5_000
_NO_TEXT: Final = pa.scalar(None, pa.string())
_NO_MONEY: Final = pa.scalar(None, MONEY)
_SHOWN_WORDS: Final = 20
_SHOWN_CHARACTERS: Final = 60
_ENCODED_SCHEMA: Final = as_worked_on(ORDER_SCHEMA)
_EXACT: Final = Context(prec=2 * MONEY.precision)


def exports_of(content: Content, options: OrderOptions, kept_bytes: int) -> list[_ExportReading]:
    """What a file or table holds: one export, or one for each sheet of a workbook that has orders."""

    def is_header(names: list[str]) -> bool:
        if not len(NEEDED) <= len(names) <= _HEADER_COLUMNS_MAX:
            return False
        try:
            map_columns("", names, columns=options.columns, platform=options.platform)
        except ColumnError:
            return False
        return True

    hints = Hints(options.delimiter, options.encoding, options.sheet, options.header_row, is_header)
    first = ExportParts(content, kept_bytes=kept_bytes, hints=hints)
    return [_ExportReading(export, options) for export in (first, *first.others)]


class _ExportReading:
    """One export being read.

    Attributes:
        is_sheet: Whether it is a sheet of a workbook.
        mapping: What was made of its columns and words.
    """

    def __init__(self, export: ExportParts, options: OrderOptions) -> None:
        self._options = options
        self.is_sheet = export.is_sheet
        self._parts: Iterable[Export] = export
        source, names = export.source, export.names
        self._columns = map_columns(source, names, columns=options.columns, platform=options.platform)
        if self._may_belong() or has_item_rows(lambda: map(self._without_layout, self._parts), self._columns):
            self._parts = [export.joined()]
        self._rate_place = _rate_place(names, self._columns)
        self.mapping: Told = {}
        self._unknown_words: Counter[str] = Counter()
        self._survey()

    def _may_belong(self) -> bool:
        """Whether rows may belong to orders that stand anywhere in the export, as refunds and split orders do."""
        if "split_number" in self._columns.places:
            return True
        return "row_type" in self._columns.places and any(
            says_refund(self._cells(part, "row_type")).any() for part in self._parts
        )

    def _survey(self) -> None:
        """Sees how all amounts and dates are written."""
        votes, rate_votes, signs, changes = MarkVotes(), MarkVotes(), None, None
        for part in map(self._laid_out, self._parts):
            cells = self._amount_cells(part)
            votes += mark_votes(cells, is_number=self._is_number(part))
            if self._rate_place is not None:
                rate_votes += mark_votes(part.columns[self._rate_place])
            if "ordered_at" in self._columns.places:
                own_signs = date_signs(self._date_cells(part))
                signs = own_signs if signs is None else signs.and_with(own_signs)
            if "changed_at" in self._columns.places:
                own_signs = date_signs(self._cells(part, "changed_at"))
                changes = own_signs if changes is None else changes.and_with(own_signs)
        self._has_open_amounts = votes.open > 0
        usual_mark = self._columns.platform.decimal_mark
        self._decimal_mark = self._options.decimal_mark or votes.decimal_mark(usual_mark)
        self._marks_by_digits = self._unit_marks() if self._has_open_amounts and not self._options.decimal_mark else {}
        self._rate_mark = rate_votes.decimal_mark(".")
        self._change_signs = changes
        self._signs = signs or date_signs(pa.nulls(0, pa.string()))

    def _unit_marks(self) -> dict[int, str]:
        """How amounts in currencies of unusual minor units are read that fit two readings, by digits after the mark.

        Other amounts of such currencies decide, then what this kind of export writes, then the minor unit itself.
        """
        votes = {digits: MarkVotes() for digits in UNIT_READINGS}
        for part in map(self._laid_out, self._parts):
            cells = self._amount_cells(part)
            digits = minor_digits(self._currencies(part, read_amounts_by(None, cells).currency))
            for unit in votes:
                own = pc.if_else(pc.equal(digits, unit), cells, None)
                votes[unit] += mark_votes(own, is_number=self._is_number(part))
        usual_mark = self._columns.platform.decimal_mark
        return {unit: each.decimal_mark(usual_mark) or UNIT_READINGS[unit] for unit, each in votes.items()}

    def tables(self) -> Iterator[pa.Table]:
        """The orders, part by part; the report is whole after the last one."""
        counts: Counter[str] = Counter()
        words: dict[str, str | int] = {}
        self._unknown_words.clear()
        for part in self._parts:
            export = self._laid_out(part)
            table, facts = self._interpreted(export)
            notes = {**export.notes, **facts}
            words |= {name: value for name, value in notes.items() if isinstance(value, str)}
            counts.update({name: value for name, value in notes.items() if isinstance(value, int)})
            counts.update(
                rows_read=part.row_count,
                rows=len(table),
                unreadable=len(table) - table["unreadable"].null_count,
                **{key: 0 for key in ("merged_rows", "repeated_headers", "blank_rows") if key not in notes},
            )
            self.mapping = {
                "source": export.source,
                "form": export.form,
                "platform": self._columns.platform.name,
                **{field: export.names[place] for field, place in self._columns.places.items()},
                **words,
                **({"unknown_states": self._unknown_states()} if self._unknown_words else {}),
                **counts,
            }
            yield table

    def _unknown_states(self) -> dict[str, int]:
        """The words of the status that are not understood, and how many orders have each."""
        usual = self._unknown_words.most_common(_SHOWN_WORDS)
        return {printable(word[:_SHOWN_CHARACTERS]): count for word, count in usual}

    def _laid_out(self, part: Export) -> Export:
        """The part without rows that are layout, or that are not wanted."""
        return wanted_rows(merge_item_rows(self._without_layout(part), self._columns), self._options.where)

    def _without_layout(self, part: Export) -> Export:
        part = with_short_rows(part, self._columns.places.values())
        return with_one_amount(without_blank_rows(without_repeated_headers(part)), self._columns)

    def _cells(self, export: Export, field: str) -> pa.Array:
        place = self._columns.places.get(field)
        if place is None:
            return pa.nulls(export.row_count, pa.string())
        cells = _unwrapped(export.columns[place])
        return cells if field in _EXACT_FIELDS else _visible(cells)

    def _date_cells(self, export: Export) -> pa.Array:
        """The dates, with the time of day where that has a column of its own."""
        dates = self._cells(export, "ordered_at")
        if "ordered_time" not in self._columns.places:
            return dates
        times = pc.utf8_trim_whitespace(self._cells(export, "ordered_time"))
        is_parted = pc.and_not(
            pc.match_substring_regex(times, _CLOCK_RE2), pc.match_substring_regex(dates, _HAS_CLOCK_RE2)
        )
        return pc.if_else(pc.fill_null(is_parted, False), pc.binary_join_element_wise(dates, times, " "), dates)

    def _is_number(self, export: Export) -> pa.Array | None:
        return export.is_number.get(self._columns.places["order_amount"])

    def _amount_cells(self, export: Export) -> pa.Array:
        return _of_readable_rows(self._cells(export, "order_amount"), export)

    def _currencies(self, export: Export, beside: pa.Array) -> CurrencyColumn:
        return read_currencies(
            self._cells(export, "order_currency"),
            beside,
            of_header=None if self._columns.rivals else self._columns.header_currency,
            of_caller=self._options.currency,
        )

    def _amounts(self, export: Export) -> tuple[AmountColumn, CurrencyColumn]:
        """The amounts as they are written, and their currencies, whose minor units say what a mark means."""
        cells, is_number = self._amount_cells(export), self._is_number(export)
        amounts = read_amounts_by(self._decimal_mark, cells, is_number=is_number)
        currencies = self._currencies(export, amounts.currency)
        if not self._has_open_amounts:
            return amounts, currencies
        is_open, digits = fits_two_readings(cells, is_number=is_number), minor_digits(currencies)
        for unit, mark in self._marks_by_digits.items():
            is_of_unit = pc.fill_null(pc.and_(is_open, pc.equal(digits, unit)), False)
            if _any(is_of_unit):
                own = _read_in_unit(unit, mark, pc.if_else(is_of_unit, cells, None))
                amounts = amounts._replace(
                    amount=pc.if_else(is_of_unit, own.amount, amounts.amount),
                    reason=pc.if_else(is_of_unit, own.reason, amounts.reason),
                )
        return amounts, currencies

    def _interpreted(self, export: Export) -> tuple[pa.Table, dict[str, str | int]]:
        """The orders of a part, and what is told of how they were read."""
        amounts, currencies = self._amounts(export)
        amount, facts = self._charged(export, amounts.amount, currencies.code)
        status, state = self._states(export)
        dates = self._dates(export)
        identifier = _where_known(_text_or_null(self._cells(export, "identifier")), export, self._columns)
        is_total = sums_up(export, identifier, amount, self._columns)
        identifier = pc.if_else(is_total, None, identifier)
        total = pc.if_else(is_total, OrderUnreadable.TOTALS_ROW.value, _NO_TEXT)
        unreadable = _unreadable(export, identifier, pc.coalesce(total, amounts.reason, currencies.reason), amount)
        if unreadable.null_count < len(unreadable):
            amount = pc.if_else(pc.is_null(unreadable), amount, _NO_MONEY)
        identifier, settled = self._settled(export, identifier, amount)
        unreadable = pc.if_else(pa.array(settled.is_lost), OrderUnreadable.REFUND_WITHOUT_ORDER.value, unreadable)
        is_own, amount = self._without_parts(export, identifier, settled, currencies, state)
        places = pa.array(np.zeros(export.row_count, np.int32))
        table = pa.table(
            [
                pa.DictionaryArray.from_arrays(places, pa.array([export.source])),
                export.record,
                identifier,
                amount,
                currencies.code,
                currencies.symbol,
                status,
                refunded_states(state, amount, settled.refunded),
                dates.instants,
                unreadable,
                settled.refunded,
                self._changes(export),
                _text_or_null(pc.utf8_lower(pc.utf8_trim_whitespace(self._cells(export, "customer")))),
            ],
            schema=_ENCODED_SCHEMA,
        )
        counts = {
            "totals_rows": pc.sum(is_total).as_py(),
            "float_noise": amounts.noise_count,
            "without_currency": pc.sum(pc.and_(currencies.code.is_null(), pc.is_null(unreadable))).as_py(),
            "refund_rows": settled.refund_count,
        }
        facts |= {"amount_notation": self._notation(), **({"date_order": dates.order} if dates.order else {})}
        facts |= {name: count for name, count in counts.items() if count}
        facts |= {"undated": dates.unread_count, "damaged_identifiers": _damaged_count(identifier)}
        table = _with_other_columns(table, export, self._columns, facts)
        if is_own.all():
            return table, facts
        facts |= {"merged_rows": int(export.notes.get("merged_rows", 0)) + int((~is_own).sum())}
        return table.filter(pa.array(is_own)), facts

    def _dates(self, export: Export) -> InstantColumn:
        zone = _zone_of(export, self._columns, self._options)
        return read_instants_by(self._signs, self._date_cells(export), zone, day_first=self._options.day_first)

    def _settled(self, export: Export, identifier: pa.Array, amount: pa.Array) -> tuple[pa.Array, Amounts]:
        """The identifiers, of rows that give money back those of their orders, and what is left of each amount."""
        refunded, refunds = self._refunds(export)
        identifier = self._of_their_orders(export, identifier, refunds)
        settled = with_refunds(identifier, amount, refunded, refunds)
        if not settled.is_lost.any():
            return identifier, settled
        is_lost = pa.array(settled.is_lost)
        given_back = pc.abs(settled.amount).cast(MONEY)
        return identifier, settled._replace(
            amount=pc.if_else(is_lost, _NO_MONEY, settled.amount),
            refunded=pc.if_else(is_lost, given_back, settled.refunded),
        )

    def _of_their_orders(self, export: Export, identifier: pa.Array, refunds: Flags) -> pa.Array:
        """The identifiers, of rows that give money back those of the orders that they name."""
        if not refunds.any():
            return identifier
        named = _text_or_null(self._cells(export, "refund_of"))
        is_named = pc.and_(pa.array(refunds), pc.fill_null(pc.not_equal(named, "0"), False))
        return pc.if_else(is_named, named, identifier)

    def _refunds(self, export: Export) -> tuple[pa.Array, Flags]:
        """What the export says went back of each order, and which rows are of a kind that gives money back."""
        cells = self._cells(export, "refunded_amount")
        given_back = pc.abs(read_amounts_by(self._decimal_mark, _of_readable_rows(cells, export)).amount)
        return given_back, says_refund(self._cells(export, "row_type"))

    def _without_parts(
        self, export: Export, identifier: pa.Array, settled: Amounts, currencies: CurrencyColumn, state: pa.Array
    ) -> tuple[Flags, pa.Array]:
        """Which rows are orders of their own, and their amounts, once split orders are joined again."""
        if "split_number" not in self._columns.places:
            return settled.is_own, settled.amount
        words = [each.dictionary_decode() for each in (currencies.code, currencies.symbol, state)]
        alike = pc.binary_join_element_wise(*words, "|", null_handling="replace", null_replacement="")
        is_own, amount = joined_parts(identifier, self._cells(export, "split_number"), settled.amount, alike)
        return settled.is_own & is_own, amount

    def _changes(self, export: Export) -> pa.Array:
        cells = self._cells(export, "changed_at")
        if self._change_signs is None:
            return pa.nulls(export.row_count, INSTANT)
        options = self._options
        zone = _zone_of(export, self._columns, options, "changed_at")
        return read_instants_by(self._change_signs, cells, zone, day_first=options.day_first).instants

    def _notation(self) -> str:
        if self._decimal_mark is None and self._marks_by_digits:
            return "by the currency's minor unit"
        return NOTATIONS[self._decimal_mark or "?"]

    def _states(self, export: Export) -> tuple[pa.DictionaryArray, pa.DictionaryArray]:
        """The status of each order as exported, and its state; words that are not understood are counted."""
        platform, states = self._columns.platform.name, self._options.states
        status = _words_or_null(self._cells(export, "order_status"))
        state = order_states(status, platform, states)
        if not self._columns.places.keys().isdisjoint(("payment_status", "is_paid", "cancelled_at")):
            paid_status = _words_or_null(self._cells(export, "payment_status"))
            flags = _flags_or_null(self._cells(export, "is_paid"))
            is_flag = "payment_status" not in self._columns.places
            payments = order_states(flags, states=FLAGS) if is_flag else order_states(paid_status, platform, states)
            is_cancelled = pc.match_substring_regex(self._cells(export, "cancelled_at"), _SOME_DATE_RE2)
            state = order_states_of_both(payments, state, is_cancelled)
            words = [each.dictionary_decode() for each in (paid_status, status, flags)]
            status = pc.coalesce(*words).dictionary_encode()
        if OrderState.UNKNOWN in state.dictionary.to_pylist():
            is_unknown = pc.equal(state.dictionary_decode(), OrderState.UNKNOWN.value)
            for found in pc.value_counts(status.filter(is_unknown).drop_null()).to_pylist():
                self._unknown_words[found["values"]] += found["counts"]
        return status, state

    def _charged(self, export: Export, totals: pa.Array, currencies: pa.Array) -> tuple[pa.Array, dict[str, str | int]]:
        if self._rate_place is None:
            return totals, {}
        rates = read_amounts_by(self._rate_mark, export.columns[self._rate_place]).amount
        charged = [
            _converted(total, rate, code)
            for total, rate, code in zip(totals.to_pylist(), rates.to_pylist(), currencies.to_pylist(), strict=True)
        ]
        note = "total x currency_value, rounded half up to the currency's minor unit as OpenCart charges it"
        return pa.array(charged, MONEY), {"order_amount_rule": note}


def _read_in_unit(unit: int, mark: str, cells: pa.Array) -> AmountColumn:
    """Amounts of two readings in a currency of such a minor unit; without one, a fraction is no reading."""
    own = read_amounts_by(mark, cells)
    if unit or mark == WHOLE:
        return own
    is_whole = pc.equal(pc.round(own.amount), own.amount)
    return own._replace(amount=pc.if_else(is_whole, own.amount, read_amounts_by(WHOLE, cells).amount))


def _any(mask: pa.Array) -> bool:
    return pc.any(mask).as_py() or False


def _rate_place(names: list[str], columns: ColumnMap) -> int | None:
    """Where the rate is by which amounts in the shop's own currency were charged."""
    if columns.platform.name != "opencart":
        return None
    return next((place for place, name in enumerate(names) if fold(name) == "currency value"), None)


def _unreadable(export: Export, identifier: pa.Array, reason: pa.Array, amount: pa.Array) -> pa.Array:
    if not identifier.null_count and not amount.null_count and reason.null_count == len(reason):
        return export.unreadable
    return pc.coalesce(
        export.unreadable,
        pc.if_else(pc.equal(reason, OrderUnreadable.TOTALS_ROW.value), reason, _NO_TEXT),
        pc.if_else(pc.is_null(identifier), OrderUnreadable.MISSING_IDENTIFIER.value, _NO_TEXT),
        reason,
        pc.if_else(pc.is_null(amount), OrderUnreadable.INVALID_AMOUNT.value, _NO_TEXT),
    )


def _damaged_count(identifier: pa.Array) -> int:
    """How many identifiers a spreadsheet has turned into ``1.23E+12``: their digits are lost."""
    if b"+" not in octets_in(identifier):
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
    is_readable = pc.is_null(export.unreadable)
    of_others = pc.if_else(is_readable, None, identifier)
    is_in_place = pc.and_not(is_in_place, pc.fill_null(pc.match_substring_regex(of_others, r"[\r\n]"), False))
    return pc.if_else(pc.or_(is_readable, is_in_place), identifier, None)


def _zone_of(export: Export, columns: ColumnMap, options: OrderOptions, field: str = "ordered_at") -> str:
    place = columns.places.get(field)
    header = "" if place is None else fold(export.names[place])
    is_utc = header in columns.platform.utc_columns or header.endswith((" gmt", " utc"))
    return "UTC" if is_utc else options.timezone


def _with_other_columns(table: pa.Table, export: Export, columns: ColumnMap, facts: dict[str, str | int]) -> pa.Table:
    of_place = {
        place: field
        for field, place in columns.places.items()
        if field not in KEPT or export.names[place] == _OWN_COLUMNS.get(field)
    }
    trx_place = columns.places.get("transaction_id")
    if trx_place in of_place:
        facts["transaction_id"] = of_place[trx_place]
    names, arrays = list(table.column_names), list(table.columns)
    taken, repeated = set(names), Counter[str]()
    for place, (header, column) in enumerate(zip(export.names, export.columns, strict=True)):
        if place in of_place:
            continue
        while (name := _name_of(header, repeated[header])) in taken:
            repeated[header] += 1
        if place == trx_place:
            facts["transaction_id"] = name
            column = _unwrapped(column)  # noqa: PLW2901
        taken.add(name)
        names.append(name)
        arrays.append(column)
    return pa.table(arrays, names=names)


def _name_of(header: str, repeated: int) -> str:
    """What a column is called whose name others have taken so often: of thousands, no name grows with their number."""
    return "order_" * repeated + header if repeated <= _PREFIXES_MAX else f"order_{header}_{repeated}"


def _unwrapped(column: pa.Array) -> pa.Array:
    octets = octets_in(column)
    if b"=" in octets and b'="' in octets:
        column = pc.replace_substring_regex(column, _EXCEL_WRAPPER_RE2, r"\1")
    if b"'" in octets:
        column = pc.replace_substring_regex(column, _EXCEL_TEXT_MARK_RE2, r"\1")
    return column


def _visible(column: pa.Array) -> pa.Array:
    """The cells without what cannot be seen, as marks of direction are."""
    octets = octets_in(column)
    if octets.isascii() or not any(lead in octets for lead in _INVISIBLE_LEADS):
        return column
    return pc.replace_substring_regex(column, f"[{INVISIBLE}]", "")


def _text_or_null(column: pa.Array) -> pa.Array:
    blank = is_blank(column)
    return pc.if_else(blank, None, column) if pc.any(blank).as_py() else column


def _words_or_null(column: pa.Array) -> pa.DictionaryArray:
    words = encoded(column)
    texts = _text_or_null(words.dictionary).to_pylist()
    return translated(words, [None if text and text.strip().casefold() in NULL_WORDS else text for text in texts])


def _flags_or_null(column: pa.Array) -> pa.DictionaryArray:
    """The cells of a column that says yes or no and nothing else; nulls where it says other things, such as amounts."""
    words = _words_or_null(column)
    is_flags = all(fold(word) in FLAGS for word in words.dictionary.to_pylist() if word is not None)
    return words if is_flags else translated(words, [None] * len(words.dictionary))


def _converted(total: Decimal | None, rate: Decimal | None, code: str | None) -> Decimal | None:
    if total is None or rate is None:
        return None
    unit = Decimal(1).scaleb(-MINOR_DIGITS.get(code or "", 2))
    product = _EXACT.multiply(total, rate)
    return decimal_of(plain_text(product.quantize(unit, ROUND_HALF_UP, _EXACT)))
