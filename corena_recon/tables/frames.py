"""The edge to pandas, which is loaded when a frame is first made: frames as tables, and tables as frames."""

from __future__ import annotations

import gc
import importlib
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, TypeGuard

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from corena_recon.errors import ColumnError, InputError
from corena_recon.tables.sparing import allow_pandas

if TYPE_CHECKING:
    import pandas as pd


_MADE_BY: Final = {
    "verify": {"verdict", "signature_status"},
    "read_ipns": {"amount_text", "signature"},
    "read_ledger": {"ledger_trx", "day"},
    "reconcile": {"outcome", "match_rule"},
    "read_orders": {"order_amount", "order_state"},
}
"""Columns by which the frames of this package are known; the first that fits."""


def pandas() -> Any:  # noqa: ANN401 - it is loaded when it is needed
    """The module, also where the command line has kept Arrow from loading it."""
    allow_pandas()
    return importlib.import_module("pandas")


def frame_of(table: pa.Table) -> pd.DataFrame:
    """The table as a frame, its columns of Arrow types but for lists, which are Python's: null is the empty list.

    pandas writes Arrow's lists and cannot read them back. Each row's list is its own, so that changing one changes no
    other. Amounts are shown as amounts.
    """
    lists = {field.name: table[field.name] for field in table.schema if pa.types.is_list(field.type)}
    for name in lists:
        table = table.set_column(table.schema.get_field_index(name), name, pa.nulls(len(table)))
    frame: pd.DataFrame = table.to_pandas(types_mapper=pandas().ArrowDtype)
    for name, column in lists.items():
        cells = [cell for chunk in column.chunks for cell in _python_lists(chunk)]
        frame[name] = pandas().Series(cells, frame.index, object)
    for field in table.schema:
        if pa.types.is_decimal(field.type):
            frame[field.name] = _shown(table[field.name], frame)
    return frame


def _shown(amounts: pa.ChunkedArray, frame: pd.DataFrame) -> pd.Series[Any]:
    from corena_recon.tables.shown_amounts import ShownAmounts  # noqa: PLC0415 - loads pandas

    shown: pd.Series[Any] = pandas().Series(ShownAmounts(amounts), frame.index)
    return shown


def is_frame(value: object) -> TypeGuard[pd.DataFrame]:
    """Whether it is a pandas DataFrame."""
    loaded = sys.modules.get("pandas")
    return loaded is not None and isinstance(value, loaded.DataFrame)


def is_table(value: object) -> bool:
    """Whether it is a table in memory: a DataFrame, or whatever offers Arrow's capsule, as Polars and DuckDB do."""
    return is_frame(value) or hasattr(value, "__arrow_c_stream__")


def frame_given(value: Any, read: Callable[[Any], pd.DataFrame]) -> pd.DataFrame:  # noqa: ANN401
    """The frame that a caller handed over or that a table makes; anything else is read.

    Args:
        value: A DataFrame, whatever offers Arrow's capsule, or something else.
        read: Makes a frame of something else, or refuses it.

    Raises:
        InputError: What it offers to Arrow is no table.
    """
    if is_frame(value):
        return value
    return frame_of(table_given(value)) if offers_arrow(value) else read(value)


def offers_arrow(value: object) -> bool:
    """Whether it offers Arrow's capsule, as Polars' frames and DuckDB's relations do."""
    return hasattr(value, "__arrow_c_stream__")


def table_given(value: Any) -> pa.Table:  # noqa: ANN401
    """The table that a caller's object offers by Arrow's capsule.

    Raises:
        InputError: What it offers is no table.
    """
    try:
        table = pa.table(value)
        return table.cast(pa.schema([field.with_type(_decodable(field.type)) for field in table.schema]))
    except (pa.ArrowException, TypeError, ValueError):
        raise InputError(
            f"what a {type(value).__name__} offers to Arrow is no table", hint="give a frame or a table with columns"
        ) from None


def _decodable(kind: pa.DataType) -> pa.DataType:
    """The type, or one of the same meaning: of a dictionary of string views, as Polars has, Arrow makes no strings."""
    if pa.types.is_dictionary(kind) and pa.types.is_string_view(kind.value_type):
        return pa.dictionary(kind.index_type, pa.string(), kind.ordered)
    return kind


def is_missing(value: object) -> bool:
    """Whether it is None, or pandas' way of saying that there is nothing."""
    loaded = sys.modules.get("pandas")
    return value is None or (loaded is not None and (value is loaded.NA or value is loaded.NaT))


def table_of(frame: pd.DataFrame, schema: pa.Schema, *, needed: Sequence[str], made_by: str) -> pa.Table:
    """The frame's columns of the schema, in its order and types; absent ones are null.

    Args:
        frame: What a caller hands over.
        schema: What it must be.
        needed: Columns that may not be absent.
        made_by: The function that makes such frames, for the error.

    Raises:
        ColumnError: A needed column is absent, or a column cannot have its type.
    """
    missing = [name for name in needed if name not in frame.columns]
    if missing:
        known_as = next((maker for maker, names in _MADE_BY.items() if names <= set(frame.columns)), None)
        raise ColumnError(
            f"the frame lacks {', '.join(missing)}{f': it looks like one of {known_as}' if known_as else ''}",
            hint=f"give the frame that {made_by} returned",
            found=list(map(str, frame.columns)),
            needed=list(needed),
        )
    # Without its attrs, which pandas would copy, however much they hold, with each column.
    frame = pandas().DataFrame(frame)
    columns = [
        _column(frame, field, made_by) if field.name in frame.columns else pa.nulls(len(frame), field.type)
        for field in schema
    ]
    return pa.table(columns, schema=schema)


def _python_lists(cells: pa.ListArray) -> list[list[str | None]]:
    """Each cell as a list of its own, of words that are made once each; most cells are empty."""
    words = cells.flatten().dictionary_encode("encode")
    members = np.array(words.dictionary.to_pylist(), object)[np.asarray(words.indices)].tolist()
    lengths = np.asarray(pc.fill_null(pc.list_value_length(cells), 0))
    ends = np.cumsum(lengths)
    with _no_collection():
        lists: list[list[str | None]] = [[] for _ in range(len(cells))]
    for row in np.flatnonzero(lengths).tolist():
        lists[row] = members[ends[row] - lengths[row] : ends[row]]
    return lists


@contextmanager
def _no_collection() -> Iterator[None]:
    """Nothing is looked for that could be freed: with so many new lists all that the process holds would be, again."""
    is_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if is_enabled:
            gc.enable()


def _column(frame: pd.DataFrame, field: pa.Field, made_by: str) -> pa.ChunkedArray:
    hint = f"give the frame that {made_by} returned"
    if list(frame.columns).count(field.name) != 1:
        raise ColumnError(f"the frame has several columns {field.name}", hint=hint)
    series = frame[field.name]
    is_of_lists = pa.types.is_list(field.type) and series.dtype == object
    try:
        column = _array_of_lists(series, field.type) if is_of_lists else pa.array(series, from_pandas=True)
        return (pa.chunked_array([column]) if isinstance(column, pa.Array) else column).cast(field.type)
    except (pa.ArrowException, TypeError) as error:
        raise ColumnError(
            f"the column {field.name} is not of type {field.type}: {type(error).__name__}", hint=hint
        ) from None


def _array_of_lists(series: pd.Series[Any], of_type: pa.ListType) -> pa.Array | pa.ChunkedArray:
    """Lists, tuples or arrays as lists of this type, which could not be told from empty ones.

    Raises:
        TypeError: A cell is text, which Arrow would take for the list of its characters.
    """
    if any(isinstance(cell, str) for cell in series):
        raise TypeError("text is no list")
    return pa.array(series, of_type, from_pandas=True)
