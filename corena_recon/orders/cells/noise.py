"""The noise of binary fractions: amounts such as ``19.990000000000002``, and the decimals that they came from."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from corena_recon.money import MAX_DECIMALS, plain_text
from corena_recon.tables.columns import flags

_DOUBLE_DIGITS: Final = 15
"""Significant digits that a double keeps of any decimal."""
_ADDED_UP: Final = Decimal("1e-12")
"""How far sums of doubles may stray from the decimal, in parts of it."""
_USUAL_DECIMALS: Final = 4
_NOISY_RE2: Final = rf"^-?[0-9]*\.[0-9]{{{MAX_DECIMALS + 1},}}$"
_NOISY_NUMBER_RE2: Final = r"^-?[0-9]{6,}\.[0-9]{4,}$"
_LONGEST_CHARACTERS: Final = 64
_ROUNDING: Final = Context(prec=_DOUBLE_DIGITS, rounding=ROUND_HALF_EVEN)


def without_noise(texts: pa.Array, *, is_number: pa.Array | None = None) -> tuple[pa.Array, int]:
    """Plain decimals without the noise of doubles, and how many had any.

    A text with more decimals than an amount can have is noisy if it has as many digits as a double is written with, and
    a decimal of fewer is next to it. So is a number whose digits beyond the fifteenth are all that parts it from a
    decimal of a minor unit; a text that can be an amount is the amount that it says.

    Args:
        texts: Cells; those that are no plain decimals stay as they are.
        is_number: True where the export held a number rather than text.
    """
    if not pc.any(pc.greater(pc.binary_length(texts), _DOUBLE_DIGITS)).as_py():
        return texts, 0
    is_noisy = flags(pc.match_substring_regex(texts, _NOISY_RE2))
    if is_number is not None:
        is_noisy |= flags(is_number) & flags(pc.match_substring_regex(texts, _NOISY_NUMBER_RE2))
    places = np.flatnonzero(is_noisy)
    found = texts.take(pa.array(places)).dictionary_encode()
    mended = pa.array([_mended(text) for text in found.dictionary.to_pylist()], pa.string()).take(found.indices)
    is_mended = pc.is_valid(mended)
    is_noisy[places] = flags(is_mended)
    if not is_noisy.any():
        return texts, 0
    return pc.replace_with_mask(texts, pa.array(is_noisy), mended.filter(is_mended)), int(is_noisy.sum())


def _mended(text: str) -> str | None:
    """The decimal that a double came from, None where there is none so near."""
    digits = text.lstrip("-").replace(".", "").lstrip("0")
    if len(digits) < _DOUBLE_DIGITS or len(text) > _LONGEST_CHARACTERS:
        return None
    value, may_be_exact = Decimal(text), len(text.partition(".")[2]) <= MAX_DECIMALS
    rounded = _ROUNDING.plus(value).normalize(_ROUNDING)
    most_decimals = _USUAL_DECIMALS - 1 if may_be_exact else MAX_DECIMALS
    if _decimals(rounded) <= most_decimals:
        return plain_text(rounded) if rounded != value else None
    usual = round(value, _USUAL_DECIMALS)
    return plain_text(usual) if not may_be_exact and abs(usual - value) <= abs(value) * _ADDED_UP else None


def _decimals(value: Decimal) -> int:
    exponent = value.as_tuple().exponent
    return -exponent if isinstance(exponent, int) else 0
