"""Exports that spread one order over several rows, brought to one row an order."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from corena_recon.orders.cells.states import fold
from corena_recon.orders.exports.export import Export, is_blank
from corena_recon.tables.columns import Flags, flags

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from corena_recon.orders.mapping import ColumnMap

_REPEATED: Final = ("order_currency", "order_status", "ordered_at")
"""Cells of the order that its item rows may repeat; the amount stands on one row alone."""
_ITEM_WORDS: Final = (
    "lineitem", "line", "order lines", "lignes de la commande", "item", "product", "produit", "article", "designation",
    "sku", "variant", "qty", "quantity", "quantite", "qte", "unit price", "prix unitaire",
)  # fmt: skip
"""How headers of what an item row says begin."""


def merge_item_rows(export: Export, columns: ColumnMap) -> Export:
    """One row an order: rows that add items alone go into the row of their order; ``merged_rows`` counts them.

    A row adds items alone if it has no amount, names an order of another row that has one, and contradicts that row in
    no cell of the order; or if it has no identifier and says nothing but of items (in exports whose rows hang together
    so, nothing of the order). An order row takes its blank cells from the first of its rows that fills them, item
    columns apart. Rows of the same identifier that both have an amount stay two rows.
    """
    if not export.row_count:
        return export
    head_of_row = _heads(export, columns)
    is_merged = head_of_row != np.arange(export.row_count)
    if not is_merged.any():
        return export
    merged = replace(
        export,
        columns=[
            column if _is_of_items(name) else _filled(column, head_of_row)
            for name, column in zip(export.names, export.columns, strict=True)
        ],
    )
    return merged.taking(pa.array(np.flatnonzero(~is_merged)), merged_rows=int(is_merged.sum()))


def has_item_rows(parts: Callable[[], Iterable[Export]], columns: ColumnMap) -> bool:
    """Whether any row may add items to the order of another, wherever that stands in the export.

    Args:
        parts: Gives the export, without rows that are layout; called again only where some rows have no amount.
        columns: Which column is what.
    """
    nameless, named = False, set[str]()
    for part in parts():
        has_no_amount = _blank(part, columns, "order_amount")
        if has_no_amount.any():
            nameless |= bool(_nameless(part, columns, has_no_amount).any())
            named.update(_names(part, columns).filter(pa.array(has_no_amount)).drop_null().to_pylist())
    named = {name for name in named if name.strip()}
    return nameless or (bool(named) and any(_names_order(part, columns, pa.array(named)) for part in parts()))


def _names_order(export: Export, columns: ColumnMap, names: pa.Array) -> bool:
    is_named = pc.is_in(_names(export, columns), names)
    return bool((flags(is_named) & ~_blank(export, columns, "order_amount")).any())


def _heads(export: Export, columns: ColumnMap) -> NDArray[np.int64]:
    """The row of each row's order; its own where it is one, or belongs to none."""
    has_no_amount = _blank(export, columns, "order_amount")
    if not has_no_amount.any():
        return np.arange(export.row_count)
    names = _names(export, columns)
    heads = _heads_by_name(names, has_no_amount & ~np.asarray(is_blank(names)))
    for field in _REPEATED:
        if field in columns.places:
            cells = export.columns[columns.places[field]]
            is_same = pc.fill_null(pc.equal(cells, cells.take(pa.array(heads))), False)
            heads = np.where(np.asarray(is_same) | np.asarray(is_blank(cells)), heads, np.arange(len(heads)))
    above = heads[_rows_above(_nameless(export, columns, has_no_amount))]
    return np.where(has_no_amount[above], heads, above)


def _nameless(export: Export, columns: ColumnMap, has_no_amount: Flags) -> Flags:
    """Where a row without identifier and amount says nothing of an order of its own."""
    is_nameless = has_no_amount & _blank(export, columns, "identifier")
    if columns.platform.continuation == "above":
        for field in _REPEATED:
            is_nameless &= _blank(export, columns, field)
    elif is_nameless.any():
        for name, column in zip(export.names, export.columns, strict=True):
            if not _is_of_items(name):
                is_nameless &= np.asarray(is_blank(column))
    return is_nameless


def _blank(export: Export, columns: ColumnMap, field: str) -> Flags:
    """Where a row that can be read has no such cell, or there is no such column."""
    place = columns.places.get(field)
    is_readable = flags(pc.is_null(export.unreadable))
    return is_readable if place is None else is_readable & np.asarray(is_blank(export.columns[place]))


def _is_of_items(name: str) -> bool:
    return fold(name).startswith(_ITEM_WORDS)


def _rows_above(is_continuation: Flags) -> NDArray[np.int64]:
    """The last row before each that is no continuation; its own where it is none, or the first."""
    own = np.arange(len(is_continuation))
    above = np.maximum.accumulate(np.where(is_continuation, -1, own))
    return np.where(above >= 0, above, own)


def _names(export: Export, columns: ColumnMap) -> pa.Array:
    """The column that every row of an order repeats, whatever column a caller chose as the identifier."""
    own_names = columns.platform.fields.get("identifier", ()) if columns.platform.signatures else ()
    folded = [fold(name) for name in export.names]
    usual = next((name for name in own_names if name in folded), None)
    return export.columns[folded.index(usual) if usual else columns.places["identifier"]]


def _heads_by_name(names: pa.Array, is_continuation: Flags) -> NDArray[np.int64]:
    is_head = ~is_continuation & flags(pc.is_valid(names))
    places: NDArray[np.int64] = np.append(np.flatnonzero(is_head), 0)
    first = np.asarray(pc.index_in(names, names.filter(pa.array(is_head))).fill_null(-1))
    belongs = is_continuation & (first >= 0)
    return np.where(belongs, places[first], np.arange(len(names)))


def _filled(column: pa.Array, head_of_row: NDArray[np.int64]) -> pa.Array:
    cells = pa.table({"head": head_of_row, "cell": pc.if_else(is_blank(column), None, column)})
    first = cells.group_by("head", use_threads=False).aggregate([("cell", "first")])
    by_head = np.full(len(head_of_row), -1)
    by_head[first["head"].to_numpy()] = np.arange(first.num_rows)
    values = first["cell_first"].combine_chunks()
    return values.take(pa.array(by_head[head_of_row]))
