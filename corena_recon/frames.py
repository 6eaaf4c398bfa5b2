"""Frames that come back from a caller, as Arrow tables of the schema they must have."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import pyarrow as pa

from corena_recon.errors import ColumnError


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
