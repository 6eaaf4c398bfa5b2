"""Amounts as exact decimals, the ways in which one value may have been written, and how people are shown it.

An amount is what the gateway stores, ``decimal(28,8)``: at most 20 integer digits and 8 decimals. Nothing
here passes through a binary float, and nothing rounds.
"""

from __future__ import annotations

import re
from decimal import Context, Decimal
from functools import reduce
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from corena_recon.currencies import MINOR_DIGITS
from corena_recon.languages import NUMBER_MARKS, grouped
from corena_recon.native import NO_VALUE, core, read_decimals
from corena_recon.schemas import MONEY, SUM

MAX_INTEGER_DIGITS: Final = MONEY.precision - MONEY.scale
MAX_DECIMALS: Final = MONEY.scale

_EXACT: Final = Context(prec=2 * SUM.precision)
_WORDS: Final = 2
_USUAL_DIGITS: Final = 2
_GROUP_DIGITS: Final = 3
_PHP_PRECISION = 14
"""PHP's ini setting ``precision``, which governs how a float becomes a string."""
_PLAIN = re.compile(r"-?([0-9]+)(?:\.([0-9]+))?")


def decimal_of(text: str) -> Decimal | None:
    """The value of a plain decimal, None when the text is none or does not fit ``decimal(28,8)`` exactly.

    Args:
        text: ASCII digits with an optional leading minus and an optional decimal point between digits.
    """
    plain = _PLAIN.fullmatch(text)
    if plain is None:
        return None
    integer_digits = plain[1].lstrip("0")
    decimals = (plain[2] or "").rstrip("0")
    if len(integer_digits) > MAX_INTEGER_DIGITS or len(decimals) > MAX_DECIMALS:
        return None
    value = Decimal(f"{integer_digits or '0'}.{decimals or '0'}")
    return value.copy_negate() if text[0] == "-" and value else value


def exact_sum(*amounts: Decimal) -> Decimal:
    """The sum, whatever precision the caller's own decimals are worked out with."""
    return reduce(_EXACT.add, amounts, Decimal(0))


def decimal_column(texts: pa.Array | pa.ChunkedArray) -> pa.Array:
    """The values of a string column as ``decimal128(28, 8)``; null wherever ``decimal_of`` gives None.

    Args:
        texts: A string column of any length; nulls stay null.
    """
    if isinstance(texts, pa.ChunkedArray):
        return pa.concat_arrays([decimal_column(chunk) for chunk in texts.chunks] or [pa.array([], MONEY)])
    library = core()
    if library is not None:
        return read_decimals(library, texts.cast(pa.string()))
    return pa.array([None if text is None else decimal_of(text) for text in texts.to_pylist()], MONEY)


def decimal_array(values: NDArray[np.int64]) -> pa.Array:
    """Multiples of 0.00000001 as ``decimal128(28, 8)``; ``NO_VALUE`` is null."""
    words: NDArray[np.int64] = np.empty((len(values), _WORDS), np.int64)
    words[:, 0] = values
    np.right_shift(values, 63, out=words[:, 1])
    is_valid = values != NO_VALUE
    null_count = len(values) - int(np.count_nonzero(is_valid))
    valid = pa.py_buffer(np.packbits(is_valid, bitorder="little")) if null_count else None
    return pa.Array.from_buffers(MONEY, len(values), [valid, pa.py_buffer(words)], null_count)


def renderings(value: Decimal) -> list[str]:
    """The texts that say exactly this value, in the order in which a signature is tried with them.

    Fixed 8 decimals, as PHP writes a float (``11``, ``11.5``, ``1.0E+15``), then fixed 2, 1 and 0 decimals. A
    text that would need rounding is left out, and no text is named twice.

    Args:
        value: A value that fits ``decimal(28,8)``.
    """
    plain = plain_text(value)
    texts = [
        _fixed(plain, MAX_DECIMALS),
        _as_php_writes(value, plain),
        *(_fixed(plain, count) for count in (2, 1, 0)),
    ]
    return list(dict.fromkeys(text for text in texts if text is not None))


def money_text(amount: Decimal, currency: str | None, lang: str) -> str:
    """One amount as people read it, without its currency: as ``money_texts``, which takes a millisecond for any."""
    digits = MINOR_DIGITS.get(currency or "", _USUAL_DIGITS)
    integer, _, decimals = f"{amount.copy_abs():.{MAX_DECIMALS}f}".partition(".")
    shown = decimals if decimals[digits:].strip("0") else decimals[:digits]
    sign = "-" if amount < 0 else ""
    return f"{sign}{grouped(int(integer), lang)}{NUMBER_MARKS.say('point', lang) if shown else ''}{shown}"


def money_texts(amounts: pa.Array, currencies: pa.Array, lang: str) -> pa.Array:
    """Amounts as people read them: digits in groups, the currency's decimals, all 8 only where they say something.

    Args:
        amounts: A column of MONEY or SUM; null stays null.
        currencies: The code of each; without one, or with one that nobody knows, there are two decimals.
        lang: Whose marks stand between digits.
    """
    return _written(amounts, currencies, NUMBER_MARKS.say("group", lang), NUMBER_MARKS.say("point", lang))


def number_texts(amounts: pa.Array, currencies: pa.Array) -> pa.Array:
    """The same amounts as programs and spreadsheets read them: a point, and no groups; arguments as of money_texts."""
    return _written(amounts, currencies, "", ".")


def _written(amounts: pa.Array, currencies: pa.Array, group: str, point_mark: str) -> pa.Array:
    size = pc.abs(amounts)
    integers = pc.trunc(size)
    # Beside one, no decimal is so small that Arrow would write it with an exponent.
    beside_one = pc.add(pc.subtract(size, integers), pa.scalar(Decimal(1), pa.decimal128(1, 0)))
    decimals = pc.utf8_slice_codeunits(beside_one.cast(pa.string()), 2)
    shown: pa.Array = decimals
    codes = currencies.dictionary_encode()
    digits = [MINOR_DIGITS.get(code, _USUAL_DIGITS) for code in codes.dictionary.to_pylist()]
    counts = pc.fill_null(pa.array(digits, pa.int8()).take(codes.indices), _USUAL_DIGITS)
    for count in {*digits, _USUAL_DIGITS}:
        rest = pc.utf8_slice_codeunits(decimals, count)
        is_short = pc.and_(pc.equal(counts, count), pc.equal(rest, "0" * (MAX_DECIMALS - count)))
        shown = pc.if_else(is_short, pc.utf8_slice_codeunits(decimals, 0, count), shown)
    point = pc.if_else(pc.equal(shown, ""), "", point_mark)
    sign = pc.if_else(pc.less(amounts, pa.scalar(Decimal(0), amounts.type)), "-", "")
    return pc.binary_join_element_wise(sign, _grouped(integers, group), point, shown, "")


def _grouped(integers: pa.Array, mark: str) -> pa.Array:
    digits = integers.cast(pa.decimal128(integers.type.precision, 0)).cast(pa.string())
    longest = pc.max(pc.binary_length(digits)).as_py() or 0
    width = -(-longest // _GROUP_DIGITS) * _GROUP_DIGITS
    padded = pc.ascii_lpad(digits, width, " ")
    groups = [pc.utf8_slice_codeunits(padded, at, at + _GROUP_DIGITS) for at in range(0, width, _GROUP_DIGITS)]
    return pc.utf8_ltrim(pc.binary_join_element_wise(*groups, mark), " " + mark) if groups else digits


def plain_text(value: Decimal) -> str:
    """The value without exponent and without trailing zeros, as in ``11.5``."""
    text = f"{value:f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text) if value else "0"


def _fixed(plain: str, decimals: int) -> str | None:
    integer, _, fraction = plain.partition(".")
    if len(fraction) > decimals:
        return None
    return f"{integer}.{fraction.ljust(decimals, '0')}" if decimals else integer


def _as_php_writes(value: Decimal, plain: str) -> str | None:
    digits = plain.lstrip("-").replace(".", "").strip("0")
    if not digits:
        return "0"
    if len(digits) > _PHP_PRECISION:
        return None
    exponent = value.adjusted()
    if -5 < exponent < _PHP_PRECISION:
        return plain
    return f"{'-' if value < 0 else ''}{digits[0]}.{digits[1:] or '0'}E{exponent:+d}"


_WITH_EXPONENT: Final = re.compile(r"-?[0-9]+(?:\.[0-9]+)?[eE][+-]?[0-9]{1,6}")


def exact_value(text: str) -> Decimal | None:
    """The value of an amount's text, exponents included, where it fits ``decimal(28, 8)`` exactly."""
    plain = decimal_of(text)
    if plain is not None or not _WITH_EXPONENT.fullmatch(text):
        return plain
    value = Decimal(text)
    return decimal_of(f"{value:f}") if -40 < value.adjusted() < 40 else None
