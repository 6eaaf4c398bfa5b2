"""What a report that is handed over does not show: what people wrote of themselves, by keyed digest.

Masked is everything in ``extra``, which nobody signed and no rule needs once it is judged, and every column of the
orders that is no column of ours and was mapped to none: whatever a column is called, no name slips through. Equal texts
have one digest, wherever they stand. Kept bytes of records are left out.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

import pyarrow as pa

from corena_recon.errors import OptionError
from corena_recon.report.displays.mapping import MAPPED_FIELDS
from corena_recon.schemas import ORDER_SCHEMA
from corena_recon.tables.columns import whole

KEY_VARIABLE: Final = "CORENA_MASK_KEY"
"""The environment variable with the key of masks."""

_KEY_MIN_BYTES: Final = 16
_DIGITS: Final = 16
_BUYER: Final = "buyer"


class Mask(NamedTuple):
    """What texts are masked with.

    Attributes:
        key: Of the digest.
        origin: ``given`` or ``random``.
    """

    key: bytes
    origin: str

    @classmethod
    def of(cls, key: bytes | None) -> Mask:
        """The mask of a key; without one of the environment's, and else of one that is drawn.

        Raises:
            OptionError: It is no key, or too short for one.
        """
        if key is None:
            given = os.environb.get(os.fsencode(KEY_VARIABLE)) if os.supports_bytes_environ else None
            if given is None:
                return cls(secrets.token_bytes(32), "random")
            key = given
        if not isinstance(key, bytes) or len(key) < _KEY_MIN_BYTES:
            raise OptionError(
                f"the key of masks is a {type(key).__name__} or has fewer than {_KEY_MIN_BYTES} bytes",
                hint=f"give bytes of a secret of its own, in {KEY_VARIABLE} or as key=; without one it is drawn",
            )
        return cls(key, "given")

    def __repr__(self) -> str:
        return f"Mask(origin={self.origin!r})"

    def text(self, text: str) -> str:
        """What stands for a text."""
        digest = hmac.new(self.key, text.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()
        return f"masked-{digest[:_DIGITS]}" if text else text


def masked_notifications(notifications: pa.Table, mask: Mask) -> pa.Table:
    """Notifications whose ``extra`` is masked, and whose bytes are left out."""
    place = notifications.schema.get_field_index("extra")
    extra = _translated(notifications["extra"], lambda text: _masked_object(text, mask))
    masked = notifications.set_column(place, "extra", extra)
    place = masked.schema.get_field_index("raw")
    return masked.set_column(place, "raw", pa.nulls(len(masked), pa.binary()))


def masked_orders(orders: pa.Table, mapping: Mapping[str, Any], mask: Mask) -> pa.Table:
    """Orders whose buyers, and whatever the export says besides, are masked.

    Args:
        orders: Of the report.
        mapping: Which columns were mapped, and stay.
        mask: What they are masked with.
    """
    hidden = hidden_columns("orders", orders.column_names, mapping)
    for place, name in enumerate(orders.column_names):
        if name in hidden:
            orders = orders.set_column(place, name, _translated(orders[name].cast(pa.string()), mask.text))
    return orders


def hidden_columns(table: str, names: Iterable[str], mapping: Mapping[str, Any]) -> set[str]:
    """The columns of a report's table that a mask changes.

    Args:
        table: Its name.
        names: Of all its columns.
        mapping: Which columns of the orders were mapped.
    """
    if table == "notifications":
        return {"extra", "raw"} & {*names}
    kept = {*ORDER_SCHEMA.names, *(mapping.get(field) for field in MAPPED_FIELDS)} - {_BUYER}
    return {*names} - kept if table == "orders" else set()


def _translated(column: pa.ChunkedArray, translate: Any) -> pa.Array:  # noqa: ANN401 - of a text, a text
    """Each text translated, each different one once."""
    texts = whole(column).dictionary_encode()
    words = [translate(word) for word in texts.dictionary.to_pylist()]
    return pa.array(words, pa.string()).take(texts.indices)


def _masked_object(text: str, mask: Mask) -> str:
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        return json.dumps(mask.text(text))
    return json.dumps(_masked(said, mask), ensure_ascii=False, separators=(",", ":"))


def _masked(said: Any, mask: Mask) -> Any:  # noqa: ANN401 - whatever JSON holds
    match said:
        case dict():
            return {name: _masked(value, mask) for name, value in said.items()}
        case list():
            return [_masked(value, mask) for value in said]
        case None | bool():
            return said
    return mask.text(str(said))
