"""Cells of tables and values of Python as the JSON reader would give them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from numbers import Integral, Real
from typing import Any

from corena_recon.archive.records.exact_json import NumberToken
from corena_recon.tables.frames import is_missing
from corena_recon.text import text_of


def exact(value: Any) -> Any:  # noqa: ANN401, PLR0911 - one line a type
    """A cell as the JSON reader would give it: numbers as their text, missing values absent, moments kept."""
    if isinstance(value, str | bool):
        return value
    if isinstance(value, Mapping):
        return {str(name): exact(cell) for name, cell in value.items() if not is_absent(cell)}
    if isinstance(value, bytes):
        return text_of(value)
    if isinstance(value, list | tuple):
        return [exact(cell) for cell in value]
    if is_absent(value):
        return None
    if isinstance(value, datetime | date):
        return value.isoformat()
    return _exact_number(value) or str(value)


def is_absent(value: Any) -> bool:  # noqa: ANN401
    """Whether a cell is None or one of pandas' and numpy's missing values."""
    return is_missing(value) or (isinstance(value, datetime | Real | Decimal) and bool(value != value))  # noqa: PLR0124


def json_of(value: Any) -> str:  # noqa: ANN401
    """The JSON text of what ``exact`` gave."""
    if isinstance(value, NumberToken):
        return str(value)
    if isinstance(value, dict):
        members = (f"{json.dumps(name, ensure_ascii=False)}:{json_of(member)}" for name, member in value.items())
        return "{" + ",".join(members) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(json_of, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def _exact_number(value: Any) -> NumberToken | None:  # noqa: ANN401
    """The shortest text of a number; numpy's numbers are registered as these kinds."""
    if isinstance(value, Decimal):
        return NumberToken(format(value, "f"))
    if isinstance(value, Integral):
        return NumberToken(str(int(value)))
    return NumberToken(repr(float(value))) if isinstance(value, Real) else None
