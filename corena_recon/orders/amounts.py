"""Amounts as people and shops display them, as exact decimals.

``1,234.50``, ``1.234,50``, ``1 234,50`` (no-break and thin spaces too), ``1'234.50``, a currency symbol or code before or
after, ``(5.00)``, a minus before or after. ``1,234`` could be two values: the other amounts of the same column say which
mark is the decimal one, else the row stays unread. Digits of other scripts are not read.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Final, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from corena_recon.money import decimal_column, decimal_of, plain_text
from corena_recon.vocabulary import MONEY, OrderUnreadable

if TYPE_CHECKING:
    from collections.abc import Sequence

PROVEN_SYMBOLS: Final = {
    "€": "EUR", "₹": "INR", "₽": "RUB", "₺": "TRY", "₴": "UAH", "₦": "NGN", "₫": "VND", "₪": "ILS", "₡": "CRC",
    "₲": "PYG", "₵": "GHS", "₸": "KZT", "₼": "AZN", "₾": "GEL", "₮": "MNT", "৳": "BDT", "฿": "THB", "₿": "BTC",
    "US$": "USD", "CA$": "CAD", "AU$": "AUD", "NZ$": "NZD", "HK$": "HKD", "R$": "BRL", "zł": "PLN", "Kč": "CZK",
}  # fmt: skip
"""Symbols that belong to one currency alone. ``$``, ``£``, ``¥``, ``kr`` and ``C$`` do not, and prove none."""

_SHARED_SYMBOLS: Final = (
    "C$",
    "A$",
    "S$",
    "MX$",
    "kr.",
    "kr",
    "Kr",
    "Fr.",
    "Fr",
    "Rs.",
    "Rs",
    "RM",
    "DH",
    "Ft",
    "лв",
)
_SPACES: Final = " \u00a0\u202f\u2009\u2007"
_APOSTROPHES: Final = "'\u2019\u02bc"
_SYMBOL = "|".join(
    re.escape(symbol) for symbol in sorted((*PROVEN_SYMBOLS, *_SHARED_SYMBOLS), key=len, reverse=True)
)
_UNIT = rf"(?:{_SYMBOL}|[A-Za-z]{{3,4}}|[$£¥₩₱₭₨﷼؋₣]|F\sCFA)"
_NUMBER = rf"[0-9.,{_SPACES}{_APOSTROPHES}]*[0-9][0-9.,{_SPACES}{_APOSTROPHES}]*"
_DISPLAY = re.compile(
    rf"(?P<open>\()?\s*(?P<sign>[-+−])?\s*(?P<before>{_UNIT})?\s*(?P<inner>[-+−])?\s*(?P<number>{_NUMBER}?)"
    rf"\s*(?P<after>{_UNIT})?\s*(?P<behind>[-−])?\s*(?P<close>\))?"
)
_GROUPED = re.compile(
    rf"[0-9]{{1,3}}(?:([{_SPACES}{_APOSTROPHES}])[0-9]{{3}})(?:\1[0-9]{{3}})*(?:([.,])([0-9]+))?"
)
_GROUPED_BY_MARK = re.compile(r"([0-9]{1,3}(?:([.,])[0-9]{3})(?:\2[0-9]{3})*)(?:(?!\2)([.,])([0-9]+))?")
_UNGROUPED = re.compile(r"([0-9]*)(?:([.,])([0-9]+))?")
_TWO_MEANINGS_RE2 = r"^-?[1-9][0-9]{0,2}\.[0-9]{3}$"
_LONGEST_AMOUNT_CHARACTERS: Final = 64
_READ: Final = "read"
_OTHER_MARK: Final = {".": ",", ",": "."}


class DisplayAmount(NamedTuple):
    """One displayed amount, taken apart.

    Attributes:
        number: The plain decimal where the text has one meaning, or None.
        decimal_mark: ``.`` or ``,`` where this text proves it, or None.
        readings: For a text of two meanings, the plain decimal under each decimal mark; else empty.
        currency: The code that the text names, upper-case, or None.
    """

    number: str | None
    decimal_mark: str | None
    readings: dict[str, str]
    currency: str | None


class AmountColumn(NamedTuple):
    """A column of displayed amounts, read.

    Attributes:
        amount: ``decimal128(28, 8)``, null where ``reason`` is set.
        currency: The code beside the amount, or null.
        reason: Null, ``missing_amount``, ``invalid_amount`` or ``ambiguous_amount``.
        decimal_mark: The column's own decimal mark, ``.``, ``,`` or ``?`` where nothing proves one.
    """

    amount: pa.Array
    currency: pa.Array
    reason: pa.Array
    decimal_mark: str


def read_display_amount(text: str) -> DisplayAmount | None:
    """The parts of one displayed amount, None when it is no amount."""
    if len(text) > _LONGEST_AMOUNT_CHARACTERS:
        return None
    display = _DISPLAY.fullmatch(text.strip())
    if display is None or bool(display["open"]) != bool(display["close"]):
        return None
    signs = [display[name] for name in ("open", "sign", "inner", "behind") if display[name]]
    units = [display[name] for name in ("before", "after") if display[name]]
    codes = {code for code in map(_code_of, units) if code}
    if len(signs) > 1 or len(codes) > 1:
        return None
    minus = "-" if signs and signs[0] != "+" else ""
    readings = {mark: minus + number for mark, number in _readings(display["number"].strip()).items()}
    if not readings:
        return None
    currency = codes.pop() if codes else None
    if len(readings) == 1:
        ((mark, number),) = readings.items()
        return DisplayAmount(number, mark or None, {}, currency)
    return DisplayAmount(None, None, readings, currency)


def read_amounts(
    texts: pa.Array, *, is_number: pa.Array | None = None, usual_mark: str | None = None
) -> AmountColumn:
    """A column of displayed amounts as exact decimals.

    Args:
        texts: The cells, as strings; null or blank is ``missing_amount``.
        is_number: True where the export held a number rather than text: such a cell has one meaning.
        usual_mark: The decimal mark of this platform's exports, used where the column itself proves none.
    """
    if is_number is not None:
        texts = _without_exponents(texts, is_number)
    amounts = decimal_column(texts)
    has_two_meanings = pc.match_substring_regex(texts, _TWO_MEANINGS_RE2)
    if is_number is not None:
        has_two_meanings = pc.and_not(has_two_meanings, is_number)
    is_read = pc.fill_null(pc.and_not(pc.is_valid(amounts), has_two_meanings), False)
    has_point = pc.and_(is_read, pc.match_substring(texts, "."))
    if is_number is not None:
        has_point = pc.and_not(has_point, is_number)
    point_votes = pc.sum(has_point).as_py() or 0
    if pc.all(is_read).as_py():
        nothing = pa.nulls(len(texts), pa.string())
        return AmountColumn(amounts, nothing, nothing, "." if point_votes else usual_mark or "?")
    cells = pc.if_else(is_read, None, texts).dictionary_encode()
    parts = [read_display_amount(text) for text in cells.dictionary.to_pylist()]
    decimal_mark = _majority(_votes(cells, parts, point_votes), usual_mark)
    values, reasons, currencies = _settle(parts, decimal_mark)
    reasons = pc.fill_null(_spread(reasons, cells, pa.string()), OrderUnreadable.MISSING_AMOUNT.value)
    blank = pc.equal(pc.utf8_trim_whitespace(texts), "")
    reasons = pc.if_else(pc.fill_null(blank, False), OrderUnreadable.MISSING_AMOUNT.value, reasons)
    return AmountColumn(
        pc.if_else(is_read, amounts, _spread(values, cells, MONEY)),
        _spread(currencies, cells, pa.string()),
        pc.if_else(pc.or_(is_read, pc.equal(reasons, _READ)), None, reasons),
        decimal_mark or "?",
    )


def _code_of(unit: str) -> str | None:
    if unit in PROVEN_SYMBOLS:
        return PROVEN_SYMBOLS[unit]
    return unit.upper() if unit.isalpha() and unit.isascii() and len(unit) >= 3 else None


def _readings(number: str) -> dict[str, str]:
    grouped = _GROUPED.fullmatch(number)
    if grouped:
        integer = "".join(filter(str.isdigit, number[: grouped.start(2)] if grouped[2] else number))
        return {grouped[2] or "": f"{integer}.{grouped[3] or '0'}"}
    by_mark = _GROUPED_BY_MARK.fullmatch(number)
    if by_mark:
        return _readings_by_mark(by_mark)
    ungrouped = _UNGROUPED.fullmatch(number)
    if ungrouped is None:
        return {}
    return {ungrouped[2] or "": f"{ungrouped[1] or '0'}.{ungrouped[3] or '0'}"}


def _readings_by_mark(by_mark: re.Match[str]) -> dict[str, str]:
    integer, mark, decimal_mark, decimals = by_mark.groups()
    other_mark = _OTHER_MARK[mark]
    as_grouping = {other_mark: f"{integer.replace(mark, '')}.{decimals or '0'}"}
    as_decimals = {mark: integer.replace(mark, ".")}
    if decimal_mark or integer.count(mark) > 1:
        return as_grouping
    return as_decimals if integer.startswith("0") else as_grouping | as_decimals


def _without_exponents(texts: pa.Array, is_number: pa.Array) -> pa.Array:
    has_exponent = pc.fill_null(pc.and_(is_number, pc.match_substring_regex(texts, r"^-?[0-9.]+[eE]")), False)
    if not pc.any(has_exponent).as_py():
        return texts
    plain = [plain_text(Decimal(text)) for text in texts.filter(has_exponent).to_pylist()]
    return pc.replace_with_mask(texts, has_exponent, pa.array(plain, pa.string()))


def _votes(cells: pa.DictionaryArray, parts: list[DisplayAmount | None], point_votes: int) -> dict[str, int]:
    votes = {".": point_votes, ",": 0}
    for index_and_count in pc.value_counts(cells.indices.drop_null()).to_pylist():
        part = parts[index_and_count["values"]]
        if part is not None and part.decimal_mark is not None:
            votes[part.decimal_mark] += index_and_count["counts"]
    return votes


def _majority(votes: dict[str, int], usual_mark: str | None) -> str | None:
    if votes["."] == votes[","]:
        return None if votes["."] else usual_mark
    return "." if votes["."] > votes[","] else ","


def _settle(
    parts: list[DisplayAmount | None], decimal_mark: str | None
) -> tuple[list[Decimal | None], list[str], list[str | None]]:
    values: list[Decimal | None] = []
    reasons: list[str] = []
    for part in parts:
        number = None if part is None else part.number or part.readings.get(decimal_mark or "")
        value = None if number is None else decimal_of(number)
        is_ambiguous = part is not None and number is None
        values.append(value)
        if value is not None:
            reasons.append(_READ)
        else:
            reasons.append(
                (OrderUnreadable.AMBIGUOUS_AMOUNT if is_ambiguous else OrderUnreadable.INVALID_AMOUNT).value
            )
    return values, reasons, [part.currency if part else None for part in parts]


def _spread(of_each_text: Sequence[object], cells: pa.DictionaryArray, kind: pa.DataType) -> pa.Array:
    return pa.array(of_each_text, kind).take(cells.indices)
