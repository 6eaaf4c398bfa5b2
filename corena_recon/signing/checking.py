"""The signatures of whole columns of notifications, checked against every key of a ring."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Final, NamedTuple, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from corena_recon.money import exact_value, renderings
from corena_recon.schemas import KEY_NAME, OWN_WORD
from corena_recon.signing.bulk import decode_signatures, digests_of, signatures_match
from corena_recon.signing.keys import KeyRing
from corena_recon.tables.columns import flags, whole, worded
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
        ("signature_status", OWN_WORD),
        ("key_id", KEY_NAME),
        ("amount_rendering", pa.string()),
        ("is_weak", pa.bool_()),
        ("is_mended", pa.bool_()),
        ("claimed_mark", pa.binary()),
        ("expected_marks", pa.list_(pa.binary())),
    ]
)
"""What checking adds. The marks tell whether one row's signature is another's without holding a usable signature."""

_CODES: Final = {status: code for code, status in enumerate(SignatureStatus)}
_NO_STATUS: Final = -1
_VERIFIED: Final = (_CODES[SignatureStatus.VALID], _CODES[SignatureStatus.VALID_RENDERED])
_MARK_BYTES: Final = 16
_MAX_RENDERINGS: Final = 5

Rows: TypeAlias = NDArray[np.int64]


class _Columns(NamedTuple):
    """What signing needs of some notifications, as exact bytes."""

    amount: pa.Array
    identifier: pa.Array
    claimed: NDArray[np.uint8]

    def of(self, rows: Rows) -> _Columns:
        """Those of some rows."""
        taken = pa.array(rows)
        return _Columns(self.amount.take(taken), self.identifier.take(taken), self.claimed[rows])

    def fitting(self, secret: bytes, rows: Rows | None = None) -> NDArray[np.bool_]:
        """Which of them, or of some rows, the secret has signed."""
        return signatures_match(secret, (self.amount, self.identifier), self.claimed, rows)


def check_signatures(table: pa.Table, keys: KeyRing, *, public_keys: tuple[str, ...] = ()) -> pa.Table:
    """The table with the columns of CHECK_SCHEMA: same rows, same order.

    Args:
        table: Notifications with the columns ``signature, identifier, amount_text, fidelity, unreadable``.
        keys: Every key of the ring is tried, in order; then value-preserving renderings of the amount.
        public_keys: Public keys; signing with one of them is a forgery that anyone can make.
    """
    signature, amount_text = whole(table["signature"]), whole(table["amount_text"])
    claimed, is_well_formed = decode_signatures(octets_column(signature))
    columns = _Columns(octets_column(amount_text), octets_column(whole(table["identifier"])), claimed)
    is_readable = flags(table["unreadable"].is_null())
    is_present = flags(pc.greater(pc.binary_length(signature), 0))

    status: NDArray[np.int8] = np.full(len(table), _NO_STATUS, np.int8)
    status[is_readable] = _CODES[SignatureStatus.INVALID]
    status[is_readable & ~is_well_formed] = _CODES[SignatureStatus.MALFORMED]
    status[is_readable & ~is_present] = _CODES[SignatureStatus.MISSING]
    key_number: NDArray[np.int16] = np.full(len(table), -1, np.int16)
    checked = np.flatnonzero(is_readable & is_well_formed)
    key_number[checked] = _keys_of(columns, keys, checked)
    status[key_number >= 0] = _CODES[SignatureStatus.VALID]
    open_rows = checked[key_number[checked] < 0]
    rendering = _match_renderings(columns.of(open_rows), amount_text.take(pa.array(open_rows)), keys)
    rendered_rows = open_rows[np.fromiter(rendering, np.int64, len(rendering))]
    status[rendered_rows] = _CODES[SignatureStatus.VALID_RENDERED]
    key_number[rendered_rows] = [key for _, key in rendering.values()]
    open_rows = open_rows[key_number[open_rows] < 0]
    is_lost = _is_lost(table.select(["amount_text", "fidelity"]).take(pa.array(open_rows)))
    status[open_rows[is_lost]] = _CODES[SignatureStatus.UNVERIFIABLE]
    malformed = np.flatnonzero(status == _CODES[SignatureStatus.MALFORMED])
    key_number[malformed] = _keys_once_mended(
        columns.of(malformed), signature.take(pa.array(malformed)), amount_text.take(pa.array(malformed)), keys
    )
    is_weak: NDArray[np.bool_] = np.zeros(len(table), bool)
    is_weak[open_rows] = _is_weak(columns.of(open_rows), public_keys)
    is_proven = np.isin(status, _VERIFIED)
    unproven = np.flatnonzero(is_readable & ~is_proven)
    claimed_marks, expected_marks = _marks(columns.of(unproven), is_well_formed[unproven], keys)
    texts = {int(row): text for row, (text, _) in zip(rendered_rows, rendering.values(), strict=True)}
    added = [
        worded(status, SignatureStatus),
        worded(key_number, (key.id for key in keys)),
        _scattered(texts, len(table), pa.string()),
        pa.array(is_weak),
        pa.array((key_number >= 0) & ~is_proven),
        _scattered(dict(zip(unproven.tolist(), claimed_marks, strict=True)), len(table), pa.binary()),
        _scattered(dict(zip(unproven.tolist(), expected_marks, strict=True)), len(table), pa.list_(pa.binary())),
    ]
    for field, column in zip(CHECK_SCHEMA, added, strict=True):
        table = table.append_column(field, column)
    return table


def signatures_known(table: pa.Table, keys: KeyRing, *, public_keys: tuple[str, ...] = ()) -> pa.Table:
    """The same as ``check_signatures`` where ``signature_status, key_id, amount_rendering`` are known of every row.

    What verified is not verified again. The others are: what might be learned of them is not among what is known.
    """
    status = whole(pc.index_in(table["signature_status"], pa.array([word.value for word in SignatureStatus])))
    key = whole(pc.index_in(table["key_id"], pa.array([key.id for key in keys])))
    status_codes = np.asarray(pc.fill_null(status, _NO_STATUS)).astype(np.int8)
    key_numbers = np.asarray(pc.fill_null(key, -1)).astype(np.int16)
    unproven = np.flatnonzero(np.asarray(table["unreadable"].is_null()) & ~np.isin(status_codes, _VERIFIED))
    notifications = table.drop_columns(["signature_status", "key_id", "amount_rendering"])
    again = check_signatures(notifications.take(pa.array(unproven)), keys, public_keys=public_keys)
    status_codes[unproven] = np.asarray(whole(again["signature_status"]).indices)
    key_numbers[unproven] = np.asarray(pc.fill_null(whole(again["key_id"]).indices, -1))
    places: Rows = np.full(len(table), -1)
    places[unproven] = np.arange(len(unproven))
    spread = again.select(["is_weak", "is_mended", "claimed_mark", "expected_marks"]).take(
        pa.array(places, mask=places < 0)
    )
    added = [
        worded(status_codes, SignatureStatus),
        worded(key_numbers, (key.id for key in keys)),
        table["amount_rendering"],
        pc.fill_null(spread["is_weak"], False),
        pc.fill_null(spread["is_mended"], False),
        spread["claimed_mark"],
        spread["expected_marks"],
    ]
    for field, column in zip(CHECK_SCHEMA, added, strict=True):
        notifications = notifications.append_column(field, column)
    return notifications


def is_verified(checked: pa.Table) -> NDArray[np.bool_]:
    """Which notifications carry a signature that verifies as it stands.

    Args:
        checked: With the columns of CHECK_SCHEMA.
    """
    status = np.asarray(pc.fill_null(whole(checked["signature_status"]).indices, _NO_STATUS))
    return np.isin(status, _VERIFIED)


def _keys_of(columns: _Columns, keys: KeyRing, rows: Rows | None = None) -> NDArray[np.int16]:
    """The number of the key that signed each, or each of some rows; -1 where none did."""
    found: NDArray[np.int16] = np.full(len(columns.amount if rows is None else rows), -1, np.int16)
    places = np.arange(len(found))
    for number, key in enumerate(keys):
        if not len(places):
            break
        fits = columns.fitting(key.secret_bytes(), rows)
        found[places[fits]] = number
        left = np.flatnonzero(~fits)
        # Few rows are left as a rule: to take their cells costs less than to look at all columns again.
        columns, rows, places = columns.of(left if rows is None else rows[left]), None, places[left]
    return found


def _match_renderings(columns: _Columns, amount_text: pa.Array, keys: KeyRing) -> dict[int, tuple[str, int]]:
    """By row, for those that verify with another way of writing the same value: the first such way, and its key."""
    encoded = amount_text.dictionary_encode()
    tried = [_other_renderings(text) for text in encoded.dictionary.to_pylist()]
    texts = [tried[choice] for choice in encoded.indices.to_pylist()]
    rows: Rows = np.repeat(np.arange(len(texts)), [len(some) for some in texts])
    if not len(rows):
        return {}
    rendered = [text for some in texts for text in some]
    its_keys = _keys_of(columns.of(rows)._replace(amount=pa.array(rendered, pa.binary())), keys)
    found: dict[int, tuple[str, int]] = {}
    for place in np.flatnonzero(its_keys >= 0):
        found.setdefault(int(rows[place]), (rendered[place].decode(), int(its_keys[place])))
    return found


def _other_renderings(text: str) -> list[bytes]:
    value = exact_value(text)
    if value is None:
        return []
    return [rendering.encode() for rendering in renderings(value) if rendering != text]


def _is_lost(notifications: pa.Table) -> NDArray[np.bool_]:
    """Whether the archive holds a number that is beyond what a float keeps."""
    rows = notifications.to_pylist()
    lost = [
        row["fidelity"] == Fidelity.NUMBER and _significant_digits(row["amount_text"]) > FLOAT_EXACT_DIGITS
        for row in rows
    ]
    return np.array(lost, bool)


def _significant_digits(text: str) -> int:
    mantissa = text.lower().split("e")[0].replace(".", "").lstrip("+-0")
    return len(mantissa.rstrip("0"))


def _keys_once_mended(
    columns: _Columns, signature: pa.Array, amount_text: pa.Array, keys: KeyRing
) -> NDArray[np.int16]:
    """The number of the key that fits each signature once it is trimmed and upper-cased; -1 where none does.

    A store that mends signatures may have mended amounts too.
    """
    claimed, is_well_formed = decode_signatures(pc.ascii_upper(pc.utf8_trim_whitespace(signature)))
    found: NDArray[np.int16] = np.full(len(signature), -1, np.int16)
    rows = np.flatnonzero(is_well_formed)
    columns = columns._replace(claimed=claimed)
    found[rows] = _keys_of(columns.of(rows), keys)
    rows = rows[found[rows] < 0]
    for place, (_, key) in _match_renderings(columns.of(rows), amount_text.take(pa.array(rows)), keys).items():
        found[rows[place]] = key
    return found


def _is_weak(columns: _Columns, public_keys: tuple[str, ...]) -> NDArray[np.bool_]:
    """Whether each was signed with a key that anyone knows."""
    is_weak: NDArray[np.bool_] = np.zeros(len(columns.amount), bool)
    for secret in ("", *sorted(PLACEHOLDER_SECRETS | PLACEHOLDER_PUBLIC_KEYS), *public_keys):
        is_weak |= columns.fitting(secret.encode())
    return is_weak


def _marks(
    columns: _Columns, is_well_formed: NDArray[np.bool_], keys: KeyRing
) -> tuple[list[bytes | None], list[list[bytes]]]:
    """Marks of the signatures that are claimed, and of those that would be right."""
    claimed = [
        _mark(digest.tobytes()) if ok else None for digest, ok in zip(columns.claimed, is_well_formed, strict=True)
    ]
    expected: list[list[bytes]] = [[] for _ in claimed]
    for key in keys:
        digests = digests_of(key.secret_bytes(), (columns.amount, columns.identifier))
        for marks, digest in zip(expected, digests, strict=True):
            marks.append(_mark(digest.tobytes()))
    return claimed, expected


def _mark(digest: bytes) -> bytes:
    return hashlib.sha256(b"corena_recon mark" + digest).digest()[:_MARK_BYTES]


def _scattered(values: Mapping[int, object], row_count: int, kind: pa.DataType) -> pa.Array:
    """A column that is null but for these rows."""
    if not values:
        return pa.nulls(row_count, kind)
    places: Rows = np.zeros(row_count, np.int64)
    rows = np.fromiter(values, np.int64, len(values))
    places[rows] = np.arange(1, len(values) + 1)
    return pa.array([None, *values.values()], kind).take(pa.array(places))
