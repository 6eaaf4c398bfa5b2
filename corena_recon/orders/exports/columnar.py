"""Typed tables as text: Parquet, Arrow, DataFrames from any database, without changing a value."""

from __future__ import annotations

import datetime as dt
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from corena_recon.errors import SourceError
from corena_recon.orders.exports.export import Export, export_of_columns
from corena_recon.tables.frames import is_missing
from corena_recon.text import printable, text_of
from corena_recon.vocabulary import EXPANSION_FREE_BYTES, EXPANSION_MAX_RATIO

if TYPE_CHECKING:
    import pandas as pd


class NumberText(str):
    """The text of something that was a number where it came from."""

    __slots__ = ()


def read_parquet(source: str, octets: bytes) -> Export:
    """A Parquet file as strings.

    Raises:
        SourceError: The file is damaged, or expands beyond reason.
    """
    try:
        with pq.ParquetFile(io.BytesIO(octets), page_checksum_verification=True) as file:
            # Each cell takes some bytes as text, however many rows one byte of the file stands for.
            cells = file.metadata.num_rows * file.metadata.num_columns
            if cells > max(EXPANSION_FREE_BYTES, EXPANSION_MAX_RATIO * len(octets)):
                raise SourceError(
                    f"{printable(source)} has {cells:,} cells in {len(octets):,} bytes: it is refused as a "
                    "decompression bomb",
                    path=source,
                )
            table = file.read()
    except (pa.ArrowException, OSError) as error:
        raise SourceError(f"{printable(source)} is a damaged Parquet file", path=source) from error
    return export_of_table(source, "parquet", table)


def export_of_table(source: str, form: str, table: pa.Table) -> Export:
    """An Arrow table as strings."""
    return _export(source, form, [str(name) for name in table.column_names], [_one(each) for each in table.columns])


def export_of_frame(source: str, frame: pd.DataFrame) -> Export:
    """A DataFrame as strings; its index is left out."""
    arrays = [_array_of(frame.iloc[:, place]) for place in range(frame.shape[1])]
    return _export(source, "memory", [str(name) for name in frame.columns], arrays)


def export_of_records(source: str, form: str, records: Sequence[Mapping[str, object]]) -> Export:
    """Records as strings; a key that a record lacks is null there, nested values become JSON."""
    names = list(dict.fromkeys(str(name) for record in records for name in record))
    arrays = []
    is_number: dict[int, pa.Array] = {}
    for place, name in enumerate(names):
        cells = [cell_text(record.get(name)) for record in records]
        try:
            arrays.append(pa.array(cells, pa.string()))
        except UnicodeEncodeError:
            raise SourceError(
                f"{printable(source)} has text that is no Unicode, in {printable(name)!r}", hint="mend the records"
            ) from None
        numbers = [isinstance(cell, NumberText) for cell in cells]
        if any(numbers):
            is_number[place] = pa.array(numbers, pa.bool_())
    return replace(export_of_columns(source, form, names, arrays), is_number=is_number)


def cell_text(value: object) -> str | None:  # noqa: PLR0911 - one line a type
    """One value as text: numbers by their shortest exact form, moments as ISO 8601, containers as JSON."""
    if is_missing(value):
        return None
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float, Decimal)):
        return None if value != value else NumberText(str(value).removesuffix(".0"))  # noqa: PLR0124 - NaN is missing
    if isinstance(value, (bytes, bytearray, memoryview)):
        return text_of(bytes(value))
    if isinstance(value, (dt.datetime, dt.date)):
        return value.isoformat(sep=" ") if isinstance(value, dt.datetime) else value.isoformat()
    if isinstance(value, (Mapping, list, tuple)):
        return _json_text(value, _DEPTH_MAX)
    if hasattr(value, "item"):
        return cell_text(value.item())
    return str(value)


_DEPTH_MAX: Final = 64
"""How deep a cell's containers are written; what is within the innermost is left out."""


def _json_text(value: object, depth: int) -> str:
    if isinstance(value, (Mapping, list, tuple)) and value and not depth:
        return '"…"'
    if isinstance(value, Mapping):
        items = (f"{_json_text(str(key), depth)}:{_json_text(each, depth - 1)}" for key, each in value.items())
        return "{" + ",".join(items) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(_json_text(each, depth - 1) for each in value) + "]"
    if value is None or isinstance(value, (NumberText, bool, int, float)):
        return str(value) if isinstance(value, NumberText) else json.dumps(value)
    return json.dumps(value, ensure_ascii=False, default=str)


def _export(source: str, form: str, names: list[str], arrays: list[pa.Array]) -> Export:
    is_number = {
        place: pc.is_valid(array) for place, array in enumerate(arrays) if _is_numeric(array.type) and len(array)
    }
    texts: list[pa.Array] = []
    for place, array in enumerate(arrays):
        if array.type == _MIXED:
            is_number[place] = array.field("is_number")
        texts.append(_text_array(array))
    return replace(export_of_columns(source, form, names, texts), is_number=is_number)


_MIXED = pa.struct([("text", pa.string()), ("is_number", pa.bool_())])
"""An object column of a DataFrame whose cells have several types."""


def _array_of(series: pd.Series[Any]) -> pa.Array:
    if series.dtype != object:
        try:
            return _one(pa.Array.from_pandas(series))
        except (pa.ArrowException, TypeError, ValueError):
            pass
    cells = [cell_text(value) for value in series]
    numbers = [isinstance(cell, NumberText) for cell in cells]
    return pa.StructArray.from_arrays(
        [pa.array(cells, pa.string()), pa.array(numbers, pa.bool_())], fields=list(_MIXED)
    )


def _one(array: pa.Array | pa.ChunkedArray) -> pa.Array:
    return array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array


def _is_numeric(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind))


def _text_array(array: pa.Array) -> pa.Array:  # noqa: PLR0911 - one line a type
    kind = array.type
    if kind == _MIXED:
        return array.field("text")
    if pa.types.is_dictionary(kind):
        return _text_array(array.dictionary_decode())
    if pa.types.is_floating(kind):
        return pc.cast(pc.if_else(pc.is_nan(array), None, array), pa.string())
    if pa.types.is_timestamp(kind):
        moment = pa.timestamp("us", tz="UTC" if kind.tz else None)
        return pc.cast(pc.cast(array, moment, safe=False), pa.string())
    if pa.types.is_date(kind):
        return pc.cast(pc.cast(array, pa.date32()), pa.string())
    if _is_numeric(kind) or kind in (pa.string(), pa.large_string(), pa.string_view(), pa.bool_()):
        return pc.cast(array, pa.string())
    return pa.array([cell_text(value) for value in array.to_pylist()], pa.string())
