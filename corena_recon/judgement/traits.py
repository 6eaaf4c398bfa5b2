"""What whole columns of notifications show at a glance, so that rules read letters only where they must.

Nearly every notification is made of letters, digits, dots and dashes, and its amount is written as the gateway writes
amounts. That is seen from bytes and lengths; expressions are run over the others alone.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from corena_recon.tables.columns import Flags, first_octets, flags, octets_and_starts, octets_in, whole
from corena_recon.vocabulary import Fidelity, SignatureStatus

TRAIT_SCHEMA: Final = pa.schema([("decimals", pa.int32()), ("is_plain", pa.bool_())])
"""``decimals``: how many the posted amount has. ``is_plain``: it is written as the gateway writes amounts."""

AMOUNT_FORMAT: Final = r"(0|[1-9][0-9]{0,19})(\.[0-9]+)?"
"""An amount as the gateway writes it."""

SHOWN_FIELDS: Final = ("status", "identifier", "currency", "payment_trx", "payment_type", "amount_text")
"""The posted fields that people are shown, beside ``extra`` and a malformed signature."""

_HARMLESS: Final = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz._-"
_IS_FOREIGN: Final = np.array([octet not in _HARMLESS for octet in range(256)], np.uint8)
_INTEGER_DIGITS: Final = 20
_NO_EXTRA: Final = "{}"


def with_traits(checked: pa.Table) -> pa.Table:
    """Notifications with checked signatures, and the columns of TRAIT_SCHEMA: same rows, same order."""
    decimals, is_plain = _amount_traits(checked)
    for field, column in zip(TRAIT_SCHEMA, (decimals, is_plain), strict=True):
        checked = checked.append_column(field, pa.array(column))
    return checked


def posted_amounts(checked: pa.Table) -> pa.Array:
    """What was posted as far as the archive lets know: a store that keeps values alone may have rewritten the text."""
    amounts, renderings = whole(checked["amount_text"]), whole(checked["amount_rendering"])
    if renderings.null_count == len(renderings):
        return amounts
    is_raw = pc.fill_null(pc.equal(checked["fidelity"], Fidelity.RAW.value), True)
    return whole(pc.if_else(is_raw, amounts, pc.coalesce(renderings, amounts)))


def harmless_rows(checked: pa.Table) -> Flags:
    """Which notifications have letters, digits, dots and dashes alone in every posted field, and no dash first."""
    extra = whole(checked["extra"])
    is_harmless = flags(pc.equal(extra, _NO_EXTRA))
    status = whole(checked["signature_status"])
    malformed = status.dictionary.index(SignatureStatus.MALFORMED.value).as_py()
    is_harmless &= np.asarray(pc.fill_null(status.indices, -1)) != malformed
    for name in SHOWN_FIELDS:
        cells = whole(checked[name])
        has_words = pa.types.is_dictionary(cells.type)
        foreign = _foreign_cells(cells.dictionary if has_words else cells)
        if foreign is not None and has_words:
            foreign = np.append(foreign, False)[np.asarray(pc.fill_null(cells.indices, -1))]
        if foreign is not None:
            is_harmless &= ~foreign
    return is_harmless


def _amount_traits(checked: pa.Table) -> tuple[NDArray[np.int32], Flags]:
    posted = posted_amounts(checked)
    length = np.asarray(pc.fill_null(pc.binary_length(posted), 0))
    point = np.asarray(pc.fill_null(pc.find_substring(posted, "."), -1))
    integer_digits = np.where(point < 0, length, point)
    first = first_octets(posted)
    # What has a value is made of digits, with a point between them and a minus before them at most.
    has_value = flags(checked["amount"].is_valid()) & flags(checked["amount_rendering"].is_null())
    is_plain = has_value & (first != ord("-")) & ((integer_digits == 1) | (first != ord("0")))
    is_plain &= integer_digits <= _INTEGER_DIGITS
    decimals = np.where(point < 0, 0, length - point - 1).astype(np.int32)
    others = np.flatnonzero(~has_value)
    if len(others):
        texts = posted.take(pa.array(others))
        is_plain[others] = flags(pc.match_substring_regex(texts, f"^{AMOUNT_FORMAT}$"))
        decimals[others] = [len(text.partition(".")[2]) for text in pc.fill_null(texts, "").to_pylist()]
    return decimals, is_plain


def _foreign_cells(column: pa.Array) -> Flags | None:
    """Which cells hold another character, or begin with a dash; None where none does."""
    plain = octets_in(column)
    has_dash = b"-" in plain
    if not has_dash and not plain.translate(None, _HARMLESS):
        return None
    foreign: Flags = first_octets(column) == ord("-")
    if plain.translate(None, _HARMLESS):
        _, starts = octets_and_starts(column)
        is_foreign = _IS_FOREIGN[np.frombuffer(plain, np.uint8)]
        before = np.concatenate([np.zeros(1, np.int64), np.cumsum(is_foreign, dtype=np.int64)])
        foreign |= np.diff(before[starts - starts[0]]) > 0
    return foreign
