"""Values that a database's export wraps in their types: MongoDB's extended JSON, Firestore's and DynamoDB's."""

from __future__ import annotations

import re
from typing import Any, Final

from corena_recon.archive.records.exact_json import NumberToken

_MARKS: Final = re.compile(
    rb'"\$(?:number(?:Decimal|Long|Int|Double)|date|oid)"\s*:'
    rb'|\{\s*"(?:(?:string|integer|double|boolean|timestamp|reference|null|map|array)Value|[SNM])"\s*:'
)
_SIGNS: Final = (b'"$', b'Value"', b'"S"', b'"N"', b'"M"')
"""One of them stands in every mark; they are found much faster."""
_TEXTS: Final = frozenset({"stringValue", "timestampValue", "referenceValue", "S", "$oid", "$numberDecimal"})
_NUMBERS: Final = frozenset({"integerValue", "doubleValue", "N", "$numberLong", "$numberInt", "$numberDouble"})
_WORDS: Final = frozenset({"booleanValue", "BOOL"})
_NULLS: Final = frozenset({"nullValue", "NULL"})
_LISTS: Final = frozenset({"L", "SS", "NS"})
_DEPTH_MAX: Final = 64


def are_typed(octets: bytes) -> bool:
    """Whether a JSON text may hold values that are wrapped in their types."""
    return any(sign in octets for sign in _SIGNS) and _MARKS.search(octets) is not None


def plain(value: Any, depth: int = 0) -> Any:  # noqa: ANN401
    """The value without its types: an exact decimal is text, other numbers are the tokens that they were written as.

    MongoDB's types say what they are; those of the others are taken for types where every member of an object has one.
    """
    if depth > _DEPTH_MAX:
        return value
    if isinstance(value, list):
        return [plain(item, depth + 1) for item in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1 and next(iter(value)).startswith("$"):
        return _unwrapped(value, depth)
    if value and all(map(_is_typed, value.values())):
        return {name: _unwrapped(one, depth + 1) for name, one in value.items()}
    return {name: plain(one, depth + 1) for name, one in value.items()}


def _is_typed(value: Any) -> bool:  # noqa: ANN401
    if not isinstance(value, dict) or len(value) != 1:
        return False
    [(kind, inner)] = value.items()
    if kind in _TEXTS or kind in _NUMBERS:
        return isinstance(inner, str)
    if kind in ("mapValue", "arrayValue", "M"):
        return isinstance(inner, dict)
    return kind in _LISTS if isinstance(inner, list) else kind in _WORDS or kind in _NULLS


def _unwrapped(value: dict[str, Any], depth: int) -> Any:  # noqa: ANN401, PLR0911 - one line a type
    [(kind, inner)] = value.items()
    if kind == "$date":
        return plain(inner, depth + 1)
    if kind in _NUMBERS and isinstance(inner, str):
        return NumberToken(inner)
    if kind == "mapValue":
        return plain(inner.get("fields") or {}, depth + 1)
    if kind == "arrayValue":
        return [_item(item, depth + 1) for item in inner.get("values") or []]
    if kind == "M":
        return plain(inner, depth + 1)
    if kind in _LISTS:
        return [_item(item, depth + 1) for item in inner]
    if kind in _NULLS:
        return None
    return inner if kind in _TEXTS or kind in _WORDS else value


def _item(value: Any, depth: int) -> Any:  # noqa: ANN401
    return _unwrapped(value, depth) if _is_typed(value) and depth <= _DEPTH_MAX else plain(value, depth)
