"""Rows of an export that sum up others."""

from __future__ import annotations

from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from corena_recon.orders.exports.export import Export, is_blank
from corena_recon.orders.mapping import ColumnMap
from corena_recon.schemas import SUM
from corena_recon.tables.columns import Flags, encoded, flags, is_digit, last_octets

_TOTAL_RE2 = (
    r"^[\s*#-]*(?:(?:grand |sous[- ]|sub[- ]?)?tota(?:l|ls|ux)(?: [\pL' ]{1,30})?|somme|sum(?: of [\pL ]{1,30})?"
    r"|montant total|nombre (?:de |d'|total)[\pL' ]{1,30}|number of [\pL ]{1,30}|count(?: of [\pL ]{1,30})?"
    r"|moyenne|average)\s*(?:\([0-9]+ [\pL' ]{1,30}\))?\s*(?:[:=]\s*[0-9]*)?\s*$"
)
_TOTAL_WORD_RE2 = r"tota|somme|sum|nombre|number|count|moyenne|average"
_WORDED: Final = ("order_currency", "order_status", "payment_status")
"""Fields whose cells hold words, so that a word for a sum is seen."""


def sums_up(export: Export, identifier: pa.Array, amount: pa.Array, columns: ColumnMap) -> pa.Array:
    """Where a row sums up others, as booleans.

    A cell for the order's own words says so, or any cell of a row without identifier; or the last row is the sum.
    """
    return pc.or_(_says_that_it_sums_up(export, identifier, columns), _sums_up_last(export, identifier, amount))


def _says_that_it_sums_up(export: Export, identifier: pa.Array, columns: ColumnMap) -> pa.Array:
    is_total = _says_total(identifier)
    for field in _WORDED:
        if field in columns.places:
            words = encoded(export.columns[columns.places[field]])
            said = _says_total(words.dictionary)
            if pc.any(said).as_py():
                is_total = pc.or_(is_total, pc.fill_null(said.take(words.indices), False))
    nameless = pc.indices_nonzero(pc.and_(identifier.is_null(), export.unreadable.is_null()))
    for column in export.columns if len(nameless) else ():
        said = nameless.filter(_says_total(column.take(nameless)))
        is_total = pc.or_(is_total, pc.is_in(pa.array(np.arange(export.row_count, dtype=np.uint64)), said))
    return is_total


def _sums_up_last(export: Export, identifier: pa.Array, amount: pa.Array) -> pa.Array:
    """Where the last row is the sum of the others, their count stands for its identifier, and nothing else in it."""
    count = export.row_count - 1
    is_sum: Flags = np.zeros(export.row_count, np.bool_)
    if count > 1 and identifier[-1].as_py() == str(count) and amount[-1].is_valid:
        filled = sum(not is_blank(column.slice(count))[0].as_py() for column in export.columns)
        others = pc.sum(amount.slice(0, count).cast(SUM)).as_py()
        is_sum[-1] = filled == len(("identifier", "amount")) < len(export.columns) and others == amount[-1].as_py()
    return pa.array(is_sum)


def _says_total(texts: pa.Array) -> pa.Array:
    # What sums up does not end with a digit, as most identifiers do, and has one of few words: the whole expression,
    # which takes as long to compile as a hundred thousand cells to read, is for what is left.
    has_mark = flags(pc.greater(pc.find_substring(texts, ":"), 0))
    places = pc.indices_nonzero(pa.array(~is_digit(last_octets(texts)) | has_mark))
    for expression in (_TOTAL_WORD_RE2, _TOTAL_RE2):
        is_matched = pc.match_substring_regex(texts.take(places), expression, ignore_case=True)
        places = places.filter(pc.fill_null(is_matched, False))
    says: Flags = np.zeros(len(texts), np.bool_)
    says[places] = True
    return pa.array(says)
