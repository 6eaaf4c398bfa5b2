"""Tables that are order exports or the panel's own, known by their header alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal

from corena_recon.errors import ColumnError
from corena_recon.orders.cells.states import fold
from corena_recon.orders.ledger import is_ledger
from corena_recon.orders.mapping import map_columns
from corena_recon.orders.platforms import recognise

_NAMES_MAX: Final = 1_000


def export_named(names: Sequence[str]) -> Literal["orders", "ledger"] | None:
    """What a table of these columns would be read as; None where it is neither."""
    if len(names) > _NAMES_MAX:
        return None
    if is_ledger({fold(name) for name in names}):
        return "ledger"
    try:
        map_columns("", list(names))
    except ColumnError:
        return "orders" if recognise(list(names)).refusal else None
    return "orders"
