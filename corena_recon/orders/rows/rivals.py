"""Exports with several columns that are the amount by the same right, as ``Total (USD)`` and ``Total (CDF)`` are."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import pyarrow as pa

from corena_recon.errors import ColumnError
from corena_recon.orders.cells.currencies import common_currency, currency_in
from corena_recon.text import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from corena_recon.orders.exports.export import Export
    from corena_recon.orders.mapping import ColumnMap

_NOTHING: Final = re.compile(r"[\s0.,]*")
_WITHOUT_UNIT: Final = re.compile(r"[^A-Za-z]*[0-9)]\s*")
_SHOWN_CHARACTERS: Final = 60


def with_one_amount(export: Export, columns: ColumnMap) -> Export:
    """The export with the amount of each order in one column, its currency beside it where its own header names it.

    Of several amounts the one counts that says something, else the one whose header names the order's currency.

    Raises:
        ColumnError: An order has several, and nothing says which of them was charged.
    """
    if not columns.rivals:
        return export
    place, currency_place = columns.places["order_amount"], columns.places.get("order_currency")
    units = {place: columns.header_currency, **columns.rivals}
    sides = [export.columns[each].to_pylist() for each in units]
    currencies = [None] * export.row_count if currency_place is None else export.columns[currency_place].to_pylist()
    cells = []
    for record, currency, texts in zip(export.record.to_pylist(), currencies, zip(*sides, strict=True), strict=True):
        chosen = _chosen(list(zip(texts, units.values(), strict=True)), currency and currency_in(currency))
        if chosen is None:
            raise _undecided(export, list(units), record)
        text, unit = chosen
        cells.append(f"{text} {unit}" if unit and text and _WITHOUT_UNIT.fullmatch(text) else text)
    amounts = [*export.columns]
    amounts[place] = pa.array(cells, pa.string())
    is_number = {each: mask for each, mask in export.is_number.items() if each != place}
    return replace(export, columns=amounts, is_number=is_number)


def _chosen(
    cells: Sequence[tuple[str | None, str | None]], currency: str | None
) -> tuple[str | None, str | None] | None:
    saying = [cell for cell in cells if cell[0] and not _NOTHING.fullmatch(cell[0])]
    if not saying:
        return next((cell for cell in cells if cell[0]), cells[0])
    if len(set(saying)) == 1:
        return saying[0]
    fitting = [cell for cell in saying if cell[1] and common_currency([cell[1], currency])] if currency else []
    return fitting[0] if len(fitting) == 1 else None


def _undecided(export: Export, places: list[int], record: int) -> ColumnError:
    names = [export.names[place][:_SHOWN_CHARACTERS] for place in places]
    shown = " and ".join(printable(name) for name in names)
    by_hand = names[1] if len(set(names)) == len(names) else f"column_{places[1] + 1}"
    return ColumnError(
        f"{printable(export.source)}: {shown} could each be the amount, and differ in row {record}",
        hint=f'say which was charged, for example columns={{"amount": "{printable(by_hand)}"}}',
        found=export.names,
        needed=["order_amount"],
    )
