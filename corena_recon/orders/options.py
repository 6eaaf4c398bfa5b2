"""How order exports are read, as far as a caller may say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class OrderOptions(NamedTuple):
    """How to read order exports; ``read_orders`` describes each."""

    columns: Mapping[str, str] | None = None
    platform: str | None = None
    timezone: str = "UTC"
    currency: str | None = None
    day_first: bool | None = None
    delimiter: str | None = None
    encoding: str | None = None
    sheet: str | None = None
