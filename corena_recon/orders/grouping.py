"""Exports that spread one order over several rows, brought to one row an order."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from corena_recon.orders.cells.states import fold
from corena_recon.orders.exports.export import Export, is_blank

if TYPE_CHECKING:
    from corena_recon.orders.mapping import ColumnMap

_ORDER_CELLS: Final[tuple[str, ...]] = ("order_amount", "order_currency", "order_status", "ordered_at")
_LINE_PREFIXES: Final = ("lineitem", "line item", "order lines", "item", "product")


def merge_continuation_rows(export: Export, columns: ColumnMap) -> Export:
    """One row an order: rows without order cells go into the row of their order; ``merged_rows`` counts them.

    An order row takes its blank cells from the first of its rows that fills them, line item columns apart.
    Rows of the same identifier that both have order cells stay two rows.
    """
    if columns.platform.continuation is None or not export.row_count:
        return export
    is_continuation = np.asarray(_has_no_order_cells(export, columns))
    if columns.platform.continuation == "above":
        head_of_row = _heads_above(is_continuation)
    else:
        head_of_row = _heads_by_name(_names(export, columns), is_continuation)
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


def _heads_above(is_continuation: np.ndarray) -> np.ndarray:
    own = np.arange(len(is_continuation))
    above = np.maximum.accumulate(np.where(is_continuation, -1, own))
    heads: np.ndarray = np.where(is_continuation & (above >= 0), above, own)
    return heads


def _names(export: Export, columns: ColumnMap) -> pa.Array:
    """The column that every row of an order repeats, whatever column a caller chose as the identifier."""
    folded = [fold(name) for name in export.names]
    usual = next((name for name in columns.platform.fields["identifier"] if name in folded), None)
    return export.columns[folded.index(usual) if usual else columns.places["identifier"]]


def _heads_by_name(names: pa.Array, is_continuation: np.ndarray) -> np.ndarray:
    is_head = ~is_continuation & np.asarray(pc.is_valid(names))
    places: np.ndarray = np.append(np.flatnonzero(is_head), 0)
    first = np.asarray(pc.index_in(names, names.filter(pa.array(is_head))).fill_null(-1))
    belongs = is_continuation & (first >= 0) & ~np.asarray(is_blank(names))
    heads: np.ndarray = np.where(belongs, places[first], np.arange(len(names)))
    return heads


def _filled(column: pa.Array, head_of_row: np.ndarray) -> pa.Array:
    cells = pa.table({"head": head_of_row, "cell": pc.if_else(is_blank(column), None, column)})
    first = cells.group_by("head", use_threads=False).aggregate([("cell", "first")])
    by_head = np.full(len(head_of_row), -1)
    by_head[first["head"].to_numpy()] = np.arange(first.num_rows)
    values = first["cell_first"].combine_chunks()
    return values.take(pa.array(by_head[head_of_row]))
