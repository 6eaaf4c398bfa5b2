"""The signatures of whole columns of notifications, checked against every key of a ring."""

from __future__ import annotations

import hashlib
from decimal import Decimal, InvalidOperation
from typing import Final, NamedTuple, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from corena_recon.bulk_hmac import decode_signatures, digests_of, signatures_match
from corena_recon.keys import KeyRing
from corena_recon.money import decimal_of, renderings
from corena_recon.text import octets_column
from corena_recon.vocabulary import (
    FLOAT_EXACT_DIGITS,
    PLACEHOLDER_PUBLIC_KEYS,
    PLACEHOLDER_SECRETS,
    Fidelity,
    SignatureStatus,
)

CHECK_SCHEMA: Final = pa.schema(
    [
        ("signature_status", pa.string()),
        ("key_id", pa.string()),
        ("amount_rendering", pa.string()),
        ("is_weak", pa.bool_()),
        ("is_mended", pa.bool_()),
        ("claimed_mark", pa.binary()),
        ("expected_marks", pa.list_(pa.binary())),
    ]
)
"""What checking adds. The marks tell whether one row's signature is another's without holding a usable signature."""

_STATUSES: Final = (None, *(status.value for status in SignatureStatus))
_CODES: Final = {status: code for code, status in enumerate(_STATUSES)}
_MARK_BYTES: Final = 16
_MAX_RENDERINGS: Final = 5

Rows: TypeAlias = NDArray[np.int64]


class _Columns(NamedTuple):
    """The columns of one table that signing needs, as exact bytes."""

    amount: pa.Array
    identifier: pa.Array
    claimed: NDArray[np.uint8]


def check_signatures(table: pa.Table, keys: KeyRing, *, public_keys: tuple[str, ...] = ()) -> pa.Table:
    """The table with the columns of CHECK_SCHEMA: same rows, same order.

    Args:
        table: Notifications with the columns ``signature, identifier, amount_text, fidelity, unreadable``.
        keys: Every key of the ring is tried, in order; then value-preserving renderings of the amount.
        public_keys: Public keys; signing with one of them is a forgery that anyone can make.
    """
    signature = _whole(table["signature"])
    claimed, is_well_formed = decode_signatures(octets_column(signature))
    amount_text = _whole(table["amount_text"])
    columns = _Columns(octets_column(amount_text), octets_column(_whole(table["identifier"])), claimed)
    is_readable = pc.is_null(table["unreadable"]).to_numpy()
    is_present = pc.fill_null(pc.greater(pc.binary_length(signature), 0), False).to_numpy(zero_copy_only=False)
    is_number = pc.fill_null(pc.equal(table["fidelity"], Fidelity.NUMBER.value), False).to_numpy()

    status: NDArray[np.int8] = np.zeros(len(table), np.int8)
    status[is_readable] = _CODES[SignatureStatus.INVALID]
    status[is_readable & ~is_well_formed] = _CODES[SignatureStatus.MALFORMED]
    status[is_readable & ~is_present] = _CODES[SignatureStatus.MISSING]
    key_number: NDArray[np.int16] = np.full(len(table), -1, np.int16)
    open_rows = np.flatnonzero(is_readable & is_well_formed)
    open_rows = _match_keys(keys, columns, open_rows, key_number)
    status[key_number >= 0] = _CODES[SignatureStatus.VALID]
    rendering = _match_renderings(keys, columns, amount_text, open_rows, key_number)
    open_rows = open_rows[key_number[open_rows] < 0]
    if rendering:
        status[np.fromiter(rendering, np.int64)] = _CODES[SignatureStatus.VALID_RENDERED]
    is_lost = is_number[open_rows] & np.fromiter(
        (_significant_digits(amount_text[row].as_py()) > FLOAT_EXACT_DIGITS for row in open_rows), bool, len(open_rows)
    )
    status[open_rows[is_lost]] = _CODES[SignatureStatus.UNVERIFIABLE]
    is_mended = _match_mended(keys, columns, signature, np.flatnonzero(status == _CODES["malformed"]), key_number)
    is_weak: NDArray[np.bool_] = np.zeros(len(table), bool)
    is_weak[_weak_rows(columns, open_rows, public_keys)] = True
    is_verified = np.isin(status, (_CODES[SignatureStatus.VALID], _CODES[SignatureStatus.VALID_RENDERED]))
    marks = _marks(keys, columns, np.flatnonzero(is_readable & ~is_verified), is_well_formed)
    key_ids = pa.array([None, *(key.id for key in keys)], pa.string())
    return _with_columns(
        table,
        [
            pa.array(_STATUSES, pa.string()).take(pa.array(status)),
            key_ids.take(pa.array(key_number + 1)),
            _scattered(rendering, len(table)),
            pa.array(is_weak),
            pa.array(is_mended),
            *marks,
        ],
    )


def _whole(column: pa.ChunkedArray) -> pa.Array:
    column = column.cast(pa.string())
    return column.combine_chunks() if column.num_chunks != 1 else column.chunk(0)


def _with_columns(table: pa.Table, columns: list[pa.Array]) -> pa.Table:
    for field, column in zip(CHECK_SCHEMA, columns, strict=True):
        table = table.append_column(field, column)
    return table


def _match_keys(keys: KeyRing, columns: _Columns, rows: Rows, key_number: NDArray[np.int16]) -> Rows:
    """Notes each row's key in ``key_number`` and gives the rows that no key fits."""
    for number, key in enumerate(keys):
        if not len(rows):
            break
        wanted = None if len(rows) == len(key_number) else rows
        fits = signatures_match(key.secret_bytes(), (columns.amount, columns.identifier), columns.claimed, wanted)
        key_number[rows[fits]] = number
        rows = rows[~fits]
    return rows


def _match_renderings(
    keys: KeyRing, columns: _Columns, amount_text: pa.Array, rows: Rows, key_number: NDArray[np.int16]
) -> dict[int, str]:
    """For the rows that verify with another way of writing the same value: that way; notes their keys."""
    if not len(rows):
        return {}
    encoded = amount_text.take(pa.array(rows)).dictionary_encode()
    tried = [_other_renderings(text) for text in encoded.dictionary.to_pylist()]
    choices = encoded.indices.to_numpy()
    found: dict[int, str] = {}
    for place in range(_MAX_RENDERINGS):
        texts = np.array([options[place] if place < len(options) else None for options in tried], object)[choices]
        has_text = np.array([text is not None for text in texts], bool) & (key_number[rows] < 0)
        candidates = rows[has_text]
        if not len(candidates):
            continue
        rendered = pa.array(texts[has_text], pa.binary())
        part = _Columns(rendered, columns.identifier.take(pa.array(candidates)), columns.claimed[candidates])
        its_keys: NDArray[np.int16] = np.full(len(candidates), -1, np.int16)
        _match_keys(keys, part, np.arange(len(candidates)), its_keys)
        for position in np.flatnonzero(its_keys >= 0):
            found[int(candidates[position])] = rendered[position].as_py().decode()
        key_number[candidates] = np.maximum(key_number[candidates], its_keys)
    return found


def _other_renderings(text: str) -> list[bytes]:
    value = exact_value(text)
    if value is None:
        return []
    return [rendering.encode() for rendering in renderings(value) if rendering != text]


def exact_value(text: str) -> Decimal | None:
    """The value of an amount's text, exponents included, where it fits ``decimal(28, 8)`` exactly."""
    plain = decimal_of(text)
    if plain is not None or not text.isascii():
        return plain
    try:
        value = Decimal(text)
    except InvalidOperation:
        return None
    return decimal_of(f"{value:f}") if value.is_finite() and -40 < value.adjusted() < 40 else None


def _significant_digits(text: str) -> int:
    mantissa = text.lower().split("e")[0].replace(".", "").lstrip("+-0")
    return len(mantissa.rstrip("0"))


def _match_mended(
    keys: KeyRing, columns: _Columns, signature: pa.Array, rows: Rows, key_number: NDArray[np.int16]
) -> NDArray[np.bool_]:
    is_mended: NDArray[np.bool_] = np.zeros(len(key_number), bool)
    if len(rows):
        taken = pa.array(rows)
        mended = pc.ascii_upper(pc.utf8_trim_whitespace(signature.take(taken)))
        claimed, is_well_formed = decode_signatures(mended)
        part = _Columns(columns.amount.take(taken), columns.identifier.take(taken), claimed)
        its_keys: NDArray[np.int16] = np.full(len(rows), -1, np.int16)
        _match_keys(keys, part, np.flatnonzero(is_well_formed), its_keys)
        key_number[rows] = its_keys
        is_mended[rows] = its_keys >= 0
    return is_mended


def _weak_rows(columns: _Columns, rows: Rows, public_keys: tuple[str, ...]) -> Rows:
    weak: list[Rows] = []
    for secret in ("", *sorted(PLACEHOLDER_SECRETS | PLACEHOLDER_PUBLIC_KEYS), *public_keys):
        if len(rows):
            fits = signatures_match(secret.encode(), (columns.amount, columns.identifier), columns.claimed, rows)
            weak.append(rows[fits])
    found: Rows = np.concatenate([np.empty(0, np.int64), *weak])
    return found


def _marks(
    keys: KeyRing, columns: _Columns, rows: Rows, is_well_formed: NDArray[np.bool_]
) -> tuple[pa.Array, pa.Array]:
    """For rows whose signature is not valid as it stands: marks of the claimed one and of those that would be right."""
    row_count = len(is_well_formed)
    claimed = {int(row): _mark(columns.claimed[row].tobytes()) for row in rows[is_well_formed[rows]]}
    expected: dict[int, list[bytes]] = {int(row): [] for row in rows}
    if len(rows):
        for key in keys:
            digests = digests_of(key.secret_bytes(), (columns.amount, columns.identifier), rows)
            for row, digest in zip(rows, digests, strict=True):
                expected[int(row)].append(_mark(digest.tobytes()))
    return (
        pa.array([claimed.get(row) for row in range(row_count)] if claimed else pa.nulls(row_count), pa.binary()),
        pa.array(
            [expected.get(row) for row in range(row_count)] if expected else pa.nulls(row_count),
            pa.list_(pa.binary()),
        ),
    )


def _mark(digest: bytes) -> bytes:
    return hashlib.sha256(b"corena_recon mark" + digest).digest()[:_MARK_BYTES]


def _scattered(values: dict[int, str], row_count: int) -> pa.Array:
    if not values:
        return pa.nulls(row_count, pa.string())
    return pa.array([values.get(row) for row in range(row_count)], pa.string())
