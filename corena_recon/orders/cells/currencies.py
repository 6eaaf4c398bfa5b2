"""Currencies as exports write them: the code where it is certain, else the symbol, which rules other currencies out."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from typing import Final, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from corena_recon.currencies import (
    CODES,
    MINOR_DIGITS,
    NAMES,
    NULL_WORDS,
    SHARED_SYMBOLS,
    SPELLINGS,
    SYMBOLS,
    TAX_WORDS,
    meanings,
)
from corena_recon.orders.cells.states import fold
from corena_recon.tables.columns import encoded, translated
from corena_recon.vocabulary import OrderUnreadable

SPELT_SYMBOLS: Final = tuple(sorted((*SYMBOLS, *SHARED_SYMBOLS, *SPELLINGS), key=len, reverse=True))
"""Every way of writing a symbol, the longest first."""

_SPACES: Final = re.compile(r"\s+")
_PART_ENDS: Final = re.compile(r"[()\[\]{}\"',;:/|]|\s[-–—]\s")
_CODE: Final = re.compile(r"[A-Za-z]{3,4}")


class CurrencyColumn(NamedTuple):
    """The currencies of orders.

    Attributes:
        code: The code where it is certain, else null.
        symbol: The symbol that several currencies share, where nothing says which of them it means, else null.
        reason: ``ambiguous_currency`` where an order's own cells contradict each other, else null.
    """

    code: pa.DictionaryArray
    symbol: pa.DictionaryArray
    reason: pa.Array


@cache
def known_currency(text: str) -> str | None:
    """The code or shared symbol that a code, symbol or name means, or None where it is none that is known."""
    spelt = _SPACES.sub(" ", text.strip())
    if spelt in SYMBOLS:
        return SYMBOLS[spelt]
    symbol = SPELLINGS.get(spelt, spelt)
    if symbol in SHARED_SYMBOLS:
        return symbol
    return spelt.upper() if spelt.upper() in CODES else NAMES.get(fold(spelt))


@cache
def currency_in(text: str) -> str | None:
    """What a cell for a currency says: a code or a shared symbol, None where nothing, else its own text.

    ``USD ($)``, ``XOF - Franc CFA`` and ``[2,"USD"]`` say one code.
    """
    spelt = text.strip()
    if not spelt or spelt.casefold() in NULL_WORDS:
        return None
    whole = known_currency(spelt)
    if whole:
        return whole
    said = [word for part in _PART_ENDS.split(spelt) for word in _words_of(part)]
    if said:
        return common_currency(said) or spelt
    return spelt.upper() if _CODE.fullmatch(spelt) else spelt


def unit_of(text: str) -> str | None:
    """What stands beside an amount: a code or a shared symbol, None where it is no currency.

    Three or four letters that are no known code are taken for one, unless they speak of tax.
    """
    known = known_currency(text)
    if known or not _CODE.fullmatch(text) or text.upper() in TAX_WORDS:
        return known
    return text.upper()


def common_currency(words: Iterable[str | None]) -> str | None:
    """The code, or the shared symbol, that all of these allow; None where they contradict each other, or say nothing.

    Args:
        words: Codes and shared symbols; None says nothing.
    """
    said = sorted((word for word in words if word), key=lambda word: (word in SHARED_SYMBOLS, len(meanings(word))))
    return said[0] if said and frozenset.intersection(*map(meanings, said)) else None


def read_currencies(
    texts: pa.Array, beside: pa.Array, *, of_header: str | None = None, of_caller: str | None = None
) -> CurrencyColumn:
    """The currencies of orders: what their own cells say, then what the amounts' header and the caller add to it.

    Header and caller fill what the cells leave open and tell what a shared symbol means; contrary to a cell, they say
    nothing.

    Args:
        texts: The cells of the currency column.
        beside: Codes and shared symbols that stand beside the amounts.
        of_header: What the header of the amounts says.
        of_caller: The code that a caller gave.
    """
    cells, others = encoded(texts), encoded(beside)
    own = [None, *(word and currency_in(word) for word in cells.dictionary.to_pylist())]
    besides = [None, *others.dictionary.to_pylist()]
    pairs = pc.add(pc.multiply(_places(cells), len(besides)), _places(others)).dictionary_encode()
    kinds = [divmod(pair, len(besides)) for pair in pairs.dictionary.to_pylist()]
    said = [_said(own[cell], besides[other], of_header, of_caller) for cell, other in kinds]
    code, symbol, reason = (
        translated(pairs, [facts[place] for facts in said]) for place in range(len(CurrencyColumn._fields))
    )
    return CurrencyColumn(code, symbol, reason.dictionary_decode())


def minor_digits(currencies: CurrencyColumn) -> pa.Array:
    """How many digits follow the decimal mark in each order's currency; null where that is not certain."""
    of_code, of_symbol = (
        pa.array([_digits_of(word) for word in words.dictionary.to_pylist()], pa.int8()).take(words.indices)
        for words in (currencies.code, currencies.symbol)
    )
    return pc.coalesce(of_code, of_symbol)


def _digits_of(word: str) -> int | None:
    digits = {MINOR_DIGITS.get(code, 2) for code in meanings(word) if code in CODES}
    return digits.pop() if len(digits) == 1 else None


def _places(cells: pa.DictionaryArray) -> pa.Array:
    """Places in the dictionary from 1 on; 0 is null."""
    return pc.fill_null(pc.add(cells.indices.cast(pa.int64()), 1), 0)


def _said(
    cell: str | None, beside: str | None, of_header: str | None, of_caller: str | None
) -> tuple[str | None, str | None, str | None]:
    word = common_currency([cell, beside])
    reason = OrderUnreadable.AMBIGUOUS_CURRENCY.value if word is None and (cell or beside) else None
    if reason is None:
        for default in (of_header, of_caller):
            word = common_currency([word, default]) or word
    return (None, word, reason) if word in SHARED_SYMBOLS else (word, None, reason)


def _words_of(part: str) -> list[str]:
    """The currencies that a part of a cell says: as a whole, else the codes and symbols in it."""
    known = known_currency(part)
    if known:
        return [known]
    words = part.split()
    return [found for word in words if word.upper() == word and (found := known_currency(word))]
