"""Payment methods of an export for which no payment ever came: cash on delivery, bank transfer, another gateway."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable
from typing import Final, NamedTuple

import numpy as np
import pyarrow.compute as pc
from numpy.typing import NDArray

from corena_recon.schemas import ORDER_SCHEMA
from corena_recon.tables.columns import Flags, encoded, whole
from corena_recon.tables.spool import ChunkedRows

_METHODS_MAX: Final = 50
"""A column with more values says something else of a payment than its method."""
_HOLDS_METHODS: Final = re.compile(
    r"(?:order |billing )?(?:payment|payment name|payment module|paid (?:via|with|by)|paiement|reglement|module|pago)"
    r"|(?:.* )?(?:payment|pay|paiement|reglement)s? ?(?:.* )?(?:method|mode|gateway|type|provider|processor|option)s?"
    r"(?: (?:title|name|id|code))?"
    r"|(?:.* )?(?:mode|moyen|methode|type|passerelle)s? (?:de |du )?(?:paiement|reglement)"
    r"|(?:payment )?gateway(?: name)?|passerelle|(?:metodo|forma) de pago"
)
"""Names of such columns without case, accents and marks; English, French, and the shops' own."""


class Methods(NamedTuple):
    """What a column of an export says of payment methods.

    Attributes:
        column: Its name.
        paid: How many orders each method has for which payments came.
        unpaid: How many orders each of the others has.
    """

    column: str
    paid: Counter[str]
    unpaid: Counter[str]


def other_methods(orders: ChunkedRows, is_paid_of: Callable[[int, int], Flags]) -> Methods | None:
    """The methods of the first column that tells orders that are paid here from others; None where there is none.

    Args:
        orders: As read, with all columns of the export.
        is_paid_of: For a number of the first row and how many there are, whether a payment came for each order.
    """
    for column in orders.names:
        if column in ORDER_SCHEMA.names or _HOLDS_METHODS.fullmatch(_folded(column)) is None:
            continue
        found = _methods(orders, column, is_paid_of)
        if found is not None and found.paid and found.unpaid:
            return found
    return None


def _methods(orders: ChunkedRows, column: str, is_paid_of: Callable[[int, int], Flags]) -> Methods | None:
    """What a column says; None where it has too many values."""
    every: Counter[str] = Counter()
    paid: Counter[str] = Counter()
    for chunk in orders.chunks([column, "unreadable"]):
        cells = encoded(whole(pc.if_else(chunk.table["unreadable"].is_null(), chunk.table[column], None)))
        words = [None if word is None else word.strip() for word in cells.dictionary.to_pylist()]
        places: NDArray[np.int64] = np.asarray(pc.fill_null(cells.indices, len(words)))
        is_paid = is_paid_of(chunk.first, len(places))
        for counts, rows in ((every, places), (paid, places[is_paid])):
            found = np.bincount(rows, minlength=len(words) + 1).tolist()
            counts.update({word: count for word, count in zip(words, found, strict=False) if word and count})
        if len(every) > _METHODS_MAX:
            return None
    return Methods(
        column,
        Counter({word: count for word, count in every.items() if word in paid}),
        Counter({word: count for word, count in every.items() if word not in paid}),
    )


def _folded(name: str) -> str:
    plain = "".join(mark for mark in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(mark))
    return " ".join(re.findall(r"[a-z0-9]+", plain))
