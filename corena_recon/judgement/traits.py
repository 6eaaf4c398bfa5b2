"""What rules may read of notifications, how it is made, and the kinds of notifications that no rule tells apart.

*Declared* is all that a rule reads: a rule that reads anything else is refused. *Traits* are what
whole columns show at a glance, so that rules read letters only where they must: nearly every notification is made of
letters, digits, dots and dashes, and its amount is written as the gateway writes amounts. Rules read few things of a
notification, and most archives hold few combinations of them: each combination is a *kind*, and the rules are run over
the kinds. Where there are too many, the others have no kind and are judged by themselves.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from corena_recon.schemas import INSTANT, MONEY
from corena_recon.tables.columns import Flags, first_octets, flags, octets_and_starts, octets_in, whole
from corena_recon.tables.numbering import cell_numbers, combined_numbers
from corena_recon.vocabulary import IDENTIFIER_MAX_CHARACTERS, SAMPLE_IDENTIFIER, Fidelity, SignatureStatus

_WORDS: Final = ("status", "currency", "endpoint", "merchant", "fidelity", "signature_status", "key_id")
_FLAGS: Final = ("is_weak", "is_mended", "body_ambiguous", "is_plain", "is_elsewhere")

RULE_SCHEMA: Final = pa.schema(
    [
        *((name, pa.string()) for name in _WORDS),
        *((name, pa.bool_()) for name in (*_FLAGS, "is_unreadable", "is_long", "is_sample")),
        ("decimals", pa.int32()),
        ("amount_sign", pa.int8()),
        ("arrival", INSTANT),
    ]
)
"""The columns that a rule over one notification may read; rules are run over a table that has no others.

``is_elsewhere``: it is of another world. ``is_long`` and ``is_sample`` tell of the identifier. ``decimals`` ends at 30.
``amount_sign`` is -1, 0 or 1, and null where the amount has no value. ``arrival`` compares with the limits of every
key's validity as ``received_at`` does, and is good for nothing else.
"""

SHOWN_FIELDS: Final = ("status", "identifier", "currency", "payment_trx", "payment_type", "amount_text")
"""The posted fields that people are shown, beside ``extra`` and a malformed signature."""

TRAIT_SCHEMA: Final = pa.schema([("decimals", pa.int32()), ("is_plain", pa.bool_())])
"""``decimals``: how many the posted amount has. ``is_plain``: it is written as the gateway writes amounts."""

AMOUNT_FORMAT: Final = r"(0|[1-9][0-9]{0,19})(\.[0-9]+)?"
"""An amount as the gateway writes it."""

KEPT_FIELDS: Final = ("payment_trx", "currency", "charge", "payment_type")
"""Fields that are not signed, and that not every store keeps."""

CANDIDATE_SCHEMA: Final = pa.schema(
    [
        ("row", pa.int64()),
        ("source", pa.string()),
        ("record", pa.int64()),
        ("received_at", INSTANT),
        ("identifier", pa.string()),
        ("signature", pa.string()),
        ("signature_status", pa.string()),
        ("amount_text", pa.string()),
        ("amount_rendering", pa.string()),
        ("decimals", pa.int32()),
        ("fidelity", pa.string()),
        ("key_id", pa.string()),
        ("payment_trx", pa.string()),
        ("currency", pa.string()),
        ("charge", MONEY),
        ("payment_type", pa.string()),
        ("status", pa.string()),
        *((f"keeps_{name}", pa.bool_()) for name in KEPT_FIELDS),
    ]
)
"""Verified notifications that share something with others, to be compared; ``row`` is which of all it is.

``keeps_…`` tells whether anything that verifies has that field in its source."""

UNPROVEN_SCHEMA: Final = pa.schema(
    [
        ("row", pa.int64()),
        ("signature_status", pa.string()),
        ("signature", pa.string()),
        ("claimed_mark", pa.binary()),
        ("expected_marks", pa.list_(pa.binary())),
    ]
)
"""Readable notifications that do not verify, to be asked whose signature they show."""

KIND: Final = pa.field("kind", pa.int32())
UNKNOWN: Final = -1
"""The kind of a notification that is judged by itself."""
HARMLESS: Final = pa.field("is_harmless", pa.bool_())
"""Whether rules that read letters need not look at a notification."""

_HARMLESS: Final = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz._-"
_IS_FOREIGN: Final = np.array([octet not in _HARMLESS for octet in range(256)], np.uint8)
_INTEGER_DIGITS: Final = 20
_NO_EXTRA: Final = "{}"
_KINDS_MAX: Final = 4096
_DECIMALS_MAX: Final = 30

Codes: TypeAlias = NDArray[np.int64]


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


class Kinds:
    """The kinds met so far in one run; safe to use in several threads at once.

    Args:
        instants: The moments that rules compare arrivals with.
    """

    def __init__(self, instants: Iterable[datetime | None]) -> None:
        moments = pa.array(sorted({moment for moment in instants if moment is not None}), INSTANT)
        limits = np.asarray(moments.cast(pa.int64()))
        self._limits: Codes = np.append(limits[:1] - 1 if len(limits) else 0, limits)
        self._numbers: dict[tuple[Any, ...], int] = {}
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._numbers)

    def with_kind(self, checked: pa.Table, is_harmless: Flags) -> pa.Table:
        """The notifications with the columns KIND and HARMLESS: same rows, same order.

        Args:
            checked: With the columns of ``signing.CHECK_SCHEMA`` and of TRAIT_SCHEMA.
            is_harmless: What ``harmless_rows`` gives.
        """
        columns = self._rule_columns(checked)
        combined, firsts = combined_numbers([*map(cell_numbers, columns)])
        numbers: NDArray[np.int32] = np.full(len(firsts), UNKNOWN, np.int32)
        numbers[:_KINDS_MAX] = [self._number_of(columns, row) for row in firsts[:_KINDS_MAX].tolist()]
        return checked.append_column(KIND, pa.array(numbers[combined])).append_column(HARMLESS, pa.array(is_harmless))

    def rule_rows(self, checked: pa.Table) -> pa.Table:
        """What rules may read of each notification, with RULE_SCHEMA: same rows, same order."""
        columns = self._rule_columns(checked)
        return pa.table(
            [column.cast(kind) for column, kind in zip(columns, RULE_SCHEMA.types, strict=True)], RULE_SCHEMA
        )

    def examples(self) -> pa.Table:
        """What rules may read of the notifications of each kind, with RULE_SCHEMA, in order of the kinds."""
        return pa.Table.from_pylist(
            [dict(zip(RULE_SCHEMA.names, key, strict=True)) for key in self._numbers], RULE_SCHEMA
        )

    def _number_of(self, columns: list[pa.Array], row: int) -> int:
        key = tuple(column[row].as_py() for column in columns)
        with self._lock:
            if key not in self._numbers and len(self._numbers) < _KINDS_MAX:
                self._numbers[key] = len(self._numbers)
            return self._numbers.get(key, UNKNOWN)

    def _rule_columns(self, checked: pa.Table) -> list[pa.Array]:
        """The columns of RULE_SCHEMA; words may stand in dictionaries."""
        identifier = whole(checked["identifier"])
        columns = {
            **{name: whole(checked[name]) for name in _WORDS},
            **{name: pc.fill_null(whole(checked[name]), False) for name in _FLAGS},
            "is_unreadable": whole(checked["unreadable"]).is_valid(),
            "is_long": pc.fill_null(pc.greater(pc.utf8_length(identifier), IDENTIFIER_MAX_CHARACTERS), False),
            "is_sample": pc.fill_null(pc.equal(identifier, SAMPLE_IDENTIFIER), False),
            "decimals": pc.min_element_wise(whole(checked["decimals"]), pa.scalar(_DECIMALS_MAX, pa.int32())),
            "amount_sign": _signs(whole(checked["amount"])),
            "arrival": self._arrivals(whole(checked["received_at"])),
        }
        return [columns[name] for name in RULE_SCHEMA.names]

    def _arrivals(self, received_at: pa.Array) -> pa.Array:
        """For each arrival the limit of a key's validity that it is, or the first moment after the last one before."""
        moments = np.asarray(pc.fill_null(received_at.cast(pa.int64()), 0))
        last = self._limits[np.maximum(np.searchsorted(self._limits, moments, "right") - 1, 0)]
        mask = None if received_at.null_count == 0 else np.asarray(received_at.is_null())
        return pa.array(last + (moments > last), mask=mask).cast(INSTANT)


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


def _signs(amounts: pa.Array) -> pa.Array:
    """-1, 0 or 1; null for null."""
    words = np.frombuffer(amounts.buffers()[1], np.int64).reshape(-1, 2)[amounts.offset : amounts.offset + len(amounts)]
    signs = np.where(words[:, 1] < 0, -1, words[:, 0] | words[:, 1] != 0).astype(np.int8)
    return pa.array(signs, mask=np.asarray(amounts.is_null()) if amounts.null_count else None)
