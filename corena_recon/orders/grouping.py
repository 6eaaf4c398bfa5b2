"""Exports that spread one order over several rows, brought to one row an order."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from corena_recon.orders.export import Export, is_blank
from corena_recon.orders.states import fold

if TYPE_CHECKING:
    from corena_recon.orders.mapping import ColumnMap

_ORDER_CELLS: Final = ("order_amount", "order_currency", "order_status", "ordered_at")
_LINE_PREFIXES: Final = ("lineitem", "line item", "order lines", "item", "product")


def merge_continuation_rows(export: Export, columns: ColumnMap) -> Export:
    """One row an order: rows without order cells go into the row of their order; ``merged_rows`` counts them.

    An order row takes its blank cells from the first of its rows that fills them, line item columns apart. Rows of the
    same identifier that both have order cells stay two rows.
    """
    if columns.platform.continuation is None or not export.row_count:
        return export
    is_continuation = np.asarray(_has_no_order_cells(export, columns))
    head_of_row = _heads(export, columns, is_continuation)
    is_merged = head_of_row != np.arange(export.row_count)
    if not is_merged.any():
        return export
    merged = replace(
        export,
        columns=[
            column if fold(name).startswith(_LINE_PREFIXES) else _filled(column, head_of_row)
            for name, column in zip(export.names, export.columns, strict=True)
        ],
    )
    return merged.taking(pa.array(np.flatnonzero(~is_merged)), merged_rows=int(is_merged.sum()))


def _has_no_order_cells(export: Export, columns: ColumnMap) -> pa.Array:
    is_continuation = pc.is_null(export.unreadable)
    fields = [field for field in _ORDER_CELLS if field in columns.places]
    if columns.platform.continuation == "above":
        fields.append("identifier")
    for field in fields:
        is_continuation = pc.and_(is_continuation, is_blank(export.columns[columns.places[field]]))
    return is_continuation


def _heads(export: Export, columns: ColumnMap, is_continuation: np.ndarray) -> np.ndarray:
    own = np.arange(export.row_count)
    if columns.platform.continuation == "above":
        above = np.maximum.accumulate(np.where(is_continuation, -1, own))
        return np.where(is_continuation & (above >= 0), above, own)
    names = export.columns[columns.places["identifier"]]
    heads = pc.filter(names, pa.array(~is_continuation))
    first = pc.index_in(names, heads.drop_null()).fill_null(-1).to_numpy(zero_copy_only=False)
    places = np.flatnonzero(~is_continuation & np.asarray(pc.is_valid(names)))
    belongs = is_continuation & (first >= 0) & ~np.asarray(is_blank(names))
    return np.where(belongs, places[np.maximum(first, 0)] if len(places) else own, own)


def _filled(column: pa.Array, head_of_row: np.ndarray) -> pa.Array:
    cells = pa.table({"head": head_of_row, "cell": pc.if_else(is_blank(column), None, column)})
    first = cells.group_by("head", use_threads=False).aggregate([("cell", "first")])
    by_head = np.full(len(head_of_row), -1)
    by_head[first["head"].to_numpy()] = np.arange(first.num_rows)
    values = first["cell_first"].combine_chunks()
    return values.take(pa.array(by_head[head_of_row]))
