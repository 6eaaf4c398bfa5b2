"""Amounts as people and shops display them, as exact decimals.

``1,234.50``, ``1.234,50``, ``1 234,50`` (no-break and thin spaces too), ``1'234.50``, a currency symbol or
code before or after, ``(5.00)``, a minus before or after. ``1,234`` could be two values: the other amounts of
the same column say which mark is the decimal one, else the row stays unread. Digits of other scripts are not
read.

A column is undressed of signs and currencies, then read twice, once under each decimal mark. A cell that fits
one reading alone is settled and votes for that mark; a cell that fits both waits for the votes. All of it depends on
a cell's shape alone: on where its digits stand, and whether the first of them is 0.

What a currency's minor unit cannot be is no reading: ``12.500`` of a currency without one has no decimals.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from corena_recon.money import MAX_INTEGER_DIGITS, decimal_column, plain_text
from corena_recon.orders.cells.currencies import SPELT_SYMBOLS, common_currency, unit_of
from corena_recon.orders.cells.noise import without_noise
from corena_recon.orders.cells.shapes import shapes_of, with_digits_of
from corena_recon.orders.exports.export import is_blank
from corena_recon.vocabulary import OrderUnreadable

NOTATIONS: Final = {".": "1234.50", ",": "1234,50", "?": "undecided"}
"""How a column's decimal mark is shown to people."""

_LETTERS: Final = r"[^\W\d_]+"
_UNIT: Final = rf"(?P<unit>{'|'.join(map(re.escape, SPELT_SYMBOLS))}|{_LETTERS}(?:[ \u00a0]{_LETTERS}){{0,2}})"
_TAX: Final = r"(?:t\.?t\.?c|tvac|h\.?t|htva|net|brut|gross|(?:incl|excl)(?:\.? ?(?:tax|vat|tva))?)\.?"
_TAX_AROUND: Final = re.compile(rf"^\s*{_TAX}(?![^\W\d_])\s*|(?<![^\W\d_])\s*{_TAX}\s*$", re.IGNORECASE)
_PREFIX = re.compile(rf"(?P<open>\()?\s*(?P<sign>[-+−])?\s*{_UNIT}?\s*(?P<inner>[-+−])?\s*(?P<mark>(?<![^\W\d_])[.,])?")
_SUFFIX = re.compile(rf"\s*{_UNIT}?\s*(?P<sign>[-−])?\s*(?P<close>\))?")
_SAID_TWICE: Final = re.compile(r"\s*([^\s()]+)\s*\(([^\s()]+)\)\s*")
_SPACES: Final = " \u00a0\u202f\u2009\u2007"
_APOSTROPHES: Final = "'\u2019\u02bc"
_DISPLAY_RE2 = rf"^(?P<prefix>[^0-9]*)(?P<core>[0-9](?:[0-9.,{_SPACES}{_APOSTROPHES}]*[0-9])?)(?P<suffix>[^0-9]*)$"
_GROUPED_RE2 = rf"^[0-9]{{1,3}}(?:(?:[{_SPACES}][0-9]{{3}})+|(?:[{_APOSTROPHES}][0-9]{{3}})+)(?:[.,][0-9]+)?$"
_TWO_MEANINGS_RE2 = r"^-?[1-9][0-9]{0,2}\.[0-9]{3}$"
_LONGEST_AMOUNT_CHARACTERS: Final = 64
_NO_TEXT: Final = pa.scalar(None, pa.string())

WHOLE: Final = "whole"
"""In place of a decimal mark: a cell of two readings is the one without decimals."""
FRACTION: Final = "fraction"
"""In place of a decimal mark: a cell of two readings is the one with decimals."""


class AmountColumn(NamedTuple):
    """A column of displayed amounts, read.

    Attributes:
        amount: ``decimal128(28, 8)``, null where ``reason`` is set.
        currency: The code beside the amount, or a symbol that several currencies share, or null.
        reason: Null, ``missing_amount``, ``invalid_amount`` or ``ambiguous_amount``.
        decimal_mark: The column's own decimal mark, ``.``, ``,`` or ``?`` where nothing proves one.
        noise_count: How many cells were the noise of a double around a decimal.
    """

    amount: pa.Array
    currency: pa.Array
    reason: pa.Array
    decimal_mark: str
    noise_count: int = 0


class _Dress(NamedTuple):
    """What stands around the digits: a sign, a decimal mark before the first digit, a currency."""

    sign: str | None
    mark: str | None
    currency: str | None


class MarkVotes(NamedTuple):
    """How many amounts show, each by itself, that the point or the comma is their decimal mark, or may be of two."""

    point: int = 0
    comma: int = 0
    open: int = 0

    def __add__(self, other: object) -> MarkVotes:
        if not isinstance(other, MarkVotes):
            return NotImplemented
        return MarkVotes(*(own + others for own, others in zip(self, other, strict=True)))

    def decimal_mark(self, usual_mark: str | None) -> str | None:
        """The mark that most show; the usual one of such exports where none does; None where they are even."""
        if self.point == self.comma:
            return None if self.point else usual_mark
        return "." if self.point > self.comma else ","


def read_amounts(texts: pa.Array, *, is_number: pa.Array | None = None, usual_mark: str | None = None) -> AmountColumn:
    """A column of displayed amounts as exact decimals.

    Args:
        texts: The cells, as strings; null or blank is ``missing_amount``.
        is_number: True where the export held a number rather than text: such a cell has one meaning.
        usual_mark: The decimal mark of this platform's exports, used where the column itself proves none.
    """
    decimal_mark = mark_votes(texts, is_number=is_number).decimal_mark(usual_mark)
    return read_amounts_by(decimal_mark, texts, is_number=is_number)


def mark_votes(texts: pa.Array, *, is_number: pa.Array | None = None) -> MarkVotes:
    """What the cells show about their column's decimal mark; votes of parts of a column add up."""
    settled = _settled(texts, is_number)
    votes = MarkVotes(point=_count(settled.shows_point))
    if settled.is_all:
        return votes
    shapes = shapes_of(pc.if_else(settled.is_settled, None, settled.texts), with_first_zero=True)
    core, _, _ = _undressed(shapes.dictionary)
    under_point, under_comma = _reading(core, ".", ","), _reading(core, ",", ".")
    return votes + MarkVotes(
        _count(pc.and_(pc.is_valid(under_point), pc.is_null(under_comma)).take(shapes.indices)),
        _count(pc.and_(pc.is_valid(under_comma), pc.is_null(under_point)).take(shapes.indices)),
        _count(pc.not_equal(under_point, under_comma).take(shapes.indices)),
    )


def read_amounts_by(decimal_mark: str | None, texts: pa.Array, *, is_number: pa.Array | None = None) -> AmountColumn:
    """The same as ``read_amounts`` where the column's decimal mark is known, or known to be undecided."""
    settled = _settled(texts, is_number)
    if settled.is_all:
        nothing = pa.nulls(len(texts), pa.string())
        return AmountColumn(settled.amounts, nothing, nothing, decimal_mark or "?", settled.noise_count)
    displayed = _read_displayed(pc.if_else(settled.is_settled, None, settled.texts), decimal_mark)
    reason = pc.if_else(is_blank(settled.texts), OrderUnreadable.MISSING_AMOUNT.value, displayed.reason)
    return displayed._replace(
        amount=pc.if_else(settled.is_settled, settled.amounts, displayed.amount),
        reason=pc.if_else(settled.is_settled, _NO_TEXT, reason),
        noise_count=settled.noise_count + displayed.noise_count,
    )


def fits_two_readings(texts: pa.Array, *, is_number: pa.Array | None = None) -> pa.Array:
    """Where a cell says one amount under the decimal mark ``.`` and another under ``,``."""
    settled = _settled(texts, is_number)
    if settled.is_all:
        return pa.array([False] * len(texts), pa.bool_())
    shapes = shapes_of(pc.if_else(settled.is_settled, None, settled.texts), with_first_zero=True)
    core, _, _ = _undressed(shapes.dictionary)
    is_open = pc.fill_null(pc.not_equal(_reading(core, ".", ","), _reading(core, ",", ".")), False)
    return pc.fill_null(is_open.take(shapes.indices), False)


class _Settled(NamedTuple):
    """Cells that are plain decimals of one meaning, and what those that hold text show about the decimal mark."""

    texts: pa.Array
    amounts: pa.Array
    is_settled: pa.Array
    shows_point: pa.Array
    is_all: bool
    noise_count: int


def _settled(texts: pa.Array, is_number: pa.Array | None) -> _Settled:
    if is_number is not None:
        texts = _without_exponents(texts, is_number)
    texts, noise_count = without_noise(texts, is_number=is_number)
    amounts = decimal_column(texts)
    point = pc.find_substring(texts, ".")
    has_two_meanings = pc.equal(pc.subtract(pc.binary_length(texts), point), len(".123"))
    if pc.any(has_two_meanings).as_py():
        has_two_meanings = pc.match_substring_regex(texts, _TWO_MEANINGS_RE2)
    if is_number is not None:
        has_two_meanings = pc.and_not(has_two_meanings, is_number)
    is_settled = pc.fill_null(pc.and_not(pc.is_valid(amounts), has_two_meanings), False)
    shows_point = pc.and_(is_settled, pc.greater_equal(point, 0))
    if is_number is not None:
        shows_point = pc.and_not(shows_point, is_number)
    return _Settled(texts, amounts, is_settled, shows_point, bool(pc.all(is_settled).as_py()), noise_count)


def _read_displayed(texts: pa.Array, decimal_mark: str | None) -> AmountColumn:
    shapes = shapes_of(texts, with_first_zero=True)
    core, sign, currency = _undressed(shapes.dictionary)
    under_point, under_comma = _reading(core, ".", ","), _reading(core, ",", ".")
    fits_both = pc.fill_null(pc.not_equal(under_point, under_comma), False)
    by_majority = _by_mark(decimal_mark, under_point, under_comma)
    number = pc.if_else(fits_both, by_majority, pc.coalesce(under_point, under_comma))
    # A number may begin with its decimal mark.
    start = pc.binary_join_element_wise(sign, "0", "").take(shapes.indices)
    numbers = with_digits_of(texts, number.take(shapes.indices))
    plain, noise_count = without_noise(pc.binary_join_element_wise(start, numbers, ""))
    amount = decimal_column(plain)
    is_ambiguous = pc.and_(fits_both, pc.is_null(number))
    reason = pc.if_else(is_ambiguous, OrderUnreadable.AMBIGUOUS_AMOUNT.value, OrderUnreadable.INVALID_AMOUNT.value)
    reason = pc.if_else(pc.is_null(amount), reason.take(shapes.indices), _NO_TEXT)
    return AmountColumn(amount, currency.take(shapes.indices), reason, decimal_mark or "?", noise_count)


def _by_mark(decimal_mark: str | None, under_point: pa.Array, under_comma: pa.Array) -> pa.Array:
    """The one of two readings that the column's decimal mark, or the currency's minor unit, decides for."""
    if decimal_mark is None:
        return _NO_TEXT
    if decimal_mark in (".", ","):
        return under_point if decimal_mark == "." else under_comma
    point_is_decimal = pc.match_substring(under_point, ".")
    if decimal_mark == WHOLE:
        return pc.if_else(point_is_decimal, under_comma, under_point)
    return pc.if_else(point_is_decimal, under_point, under_comma)


def _undressed(texts: pa.Array) -> tuple[pa.Array, pa.Array, pa.Array]:
    """The digits and marks of each cell without grouping spaces, its sign, and its currency code."""
    trimmed = pc.utf8_trim_whitespace(texts)
    is_short = pc.less_equal(pc.utf8_length(trimmed), _LONGEST_AMOUNT_CHARACTERS)
    parts = pc.extract_regex(pc.if_else(is_short, trimmed, _NO_TEXT), _DISPLAY_RE2)
    # A digit parts prefix and suffix: neither holds one.
    around = pc.binary_join_element_wise(pc.struct_field(parts, "prefix"), pc.struct_field(parts, "suffix"), "0")
    encoded = around.dictionary_encode()
    dresses = [_dress(*text.split("0")) for text in encoded.dictionary.to_pylist()]
    sign, mark, currency = (
        pa.array([dress and dress[place] for dress in dresses], pa.string()).take(encoded.indices)
        for place in range(len(_Dress._fields))
    )
    core = pc.binary_join_element_wise(mark, pc.struct_field(parts, "core"), "")
    is_grouped = pc.match_substring_regex(core, _GROUPED_RE2)
    ungrouped = pc.replace_substring_regex(core, f"[{_SPACES}{_APOSTROPHES}]", "")
    return pc.if_else(is_grouped, ungrouped, core), sign, currency


def _dress(prefix: str, suffix: str) -> _Dress | None:
    if both := _SAID_TWICE.fullmatch(suffix):
        said = common_currency([unit_of(both[1]), unit_of(both[2])])
        suffix = f" {said}" if said and all(map(unit_of, both.groups())) else suffix
    before, after = _PREFIX.fullmatch(_TAX_AROUND.sub("", prefix)), _SUFFIX.fullmatch(_TAX_AROUND.sub("", suffix))
    if before is None or after is None or bool(before["open"]) != bool(after["close"]):
        return None
    signs = [sign for sign in (before["open"], before["sign"], before["inner"], after["sign"]) if sign]
    words = [unit_of(unit) for unit in (before["unit"], after["unit"]) if unit]
    currency = common_currency(words)
    if len(signs) > 1 or None in words or (words and currency is None):
        return None
    sign = "-" if signs and signs[0] != "+" else ""
    return _Dress(sign, before["mark"] or "", currency)


def _reading(core: pa.Array, mark: str, grouping: str) -> pa.Array:
    """The plain decimal that each cell is under this decimal mark, null where it is none."""
    pattern = rf"^(?:[1-9][0-9]{{0,2}}(?:[{grouping}][0-9]{{3}})+|[0-9]*)(?:[{mark}][0-9]+)?$"
    fitting = pc.if_else(pc.match_substring_regex(core, pattern), core, _NO_TEXT)
    return pc.replace_substring(pc.replace_substring(fitting, grouping, ""), mark, ".")


def _count(mask: pa.Array) -> int:
    return pc.sum(mask).as_py() or 0


def _without_exponents(texts: pa.Array, is_number: pa.Array) -> pa.Array:
    has_exponent = pc.fill_null(
        pc.and_(is_number, pc.match_substring_regex(texts, r"^-?[0-9.]+[eE][-+]?[0-9]{1,3}$")), False
    )
    if not pc.any(has_exponent).as_py():
        return texts
    numbers = [Decimal(text) for text in texts.filter(has_exponent).to_pylist()]
    plain = [plain_text(each) if abs(each.adjusted()) <= MAX_INTEGER_DIGITS else None for each in numbers]
    return pc.replace_with_mask(texts, has_exponent, pc.coalesce(pa.array(plain, pa.string()), "?"))
