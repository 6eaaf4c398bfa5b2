"""The edge to pandas, which is loaded when a frame is first made: frames as tables, and tables as frames."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeGuard

import pyarrow as pa

from corena_recon.errors import ColumnError
from corena_recon.sparing import allow_pandas

if TYPE_CHECKING:
    import pandas as pd


def pandas() -> Any:  # noqa: ANN401 - it is loaded when it is needed
    """The module, also where the command line has kept Arrow from loading it."""
    allow_pandas()
    return importlib.import_module("pandas")


def frame_of(table: pa.Table) -> pd.DataFrame:
    """The table as a frame, its columns of Arrow types."""
    frame: pd.DataFrame = table.to_pandas(types_mapper=pandas().ArrowDtype)
    return frame


def is_frame(value: object) -> TypeGuard[pd.DataFrame]:
    """Whether it is a pandas DataFrame."""
    loaded = sys.modules.get("pandas")
    return loaded is not None and isinstance(value, loaded.DataFrame)


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
        raise ColumnError(
            f"the frame lacks {', '.join(missing)}",
            hint=f"give the frame that {made_by} returned",
            found=list(map(str, frame.columns)),
            needed=list(needed),
        )
    columns = [
        _column(frame[field.name], field, made_by) if field.name in frame.columns else pa.nulls(len(frame), field.type)
        for field in schema
    ]
    return pa.table(columns, schema=schema)


def _column(series: pd.Series[object], field: pa.Field, made_by: str) -> pa.ChunkedArray:
    try:
        column = pa.array(series, from_pandas=True)
        return (pa.chunked_array([column]) if isinstance(column, pa.Array) else column).cast(field.type)
    except (pa.ArrowException, TypeError) as error:
        raise ColumnError(
            f"the column {field.name} is not of type {field.type}: {type(error).__name__}",
            hint=f"give the frame that {made_by} returned",
        ) from None
