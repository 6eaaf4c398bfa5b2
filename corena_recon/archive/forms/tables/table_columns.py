"""Tables as columns of JSON members, for the core: each row is the object that the exact reader makes of it.

Whatever that cannot be told of by columns, such as lists or two columns of one name, is left to the exact reader.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from corena_recon.archive.records.exact_cells import exact, is_absent
from corena_recon.archive.records.exact_json import NumberToken
from corena_recon.native import CellKind, Column, ColumnNames, Columns
from corena_recon.text import OCTETS_PATTERN

if TYPE_CHECKING:
    import pandas as pd

_DEPTH_MAX: Final = 32
_ORDERS_MAX: Final = 64
_DECODED_MAX_BYTES: Final = 1 << 28
_OCTETS: Final = re.compile(OCTETS_PATTERN)
_OCTETS_FIRST_BYTE: Final = 0xEE
_PLAIN: Final = {str, bool, dict, type(None)}
_NUMBERS: Final = {int, float, type(None)}
_KINDS: Final = {str: CellKind.TEXT, NumberToken: CellKind.NUMBER, bool: CellKind.TRUTH, dict: CellKind.OBJECT}


class _ForExactReaderError(Exception):
    """Columns cannot tell what the exact reader makes of the rows."""


def columns_of_batch(batch: pa.RecordBatch) -> Columns | None:
    """The rows of a batch whose text columns are binary; None for the exact reader."""
    return _together(_of_arrays(batch.schema.names, batch.columns, 0))


def columns_of_frame(frame: pd.DataFrame) -> Columns | None:
    """The rows of a frame; None for the exact reader."""
    return _together(_of_frame(frame))


def columns_of_records(records: Sequence[Any]) -> Columns | None:
    """The rows that dicts are; None for the exact reader."""
    return _together(_of_dicts(records, 0)) if set(map(type, records)) == {dict} else None


def columns_named(names: Sequence[str]) -> ColumnNames | None:
    """The names of columns; None where one stands for two, or cannot be written: such rows are for the exact reader."""
    try:
        return ColumnNames(_in_json(names))
    except _ForExactReaderError:
        return None


def _together(columns: Iterator[Column]) -> Columns | None:
    try:
        found = list(columns)
        return Columns(found) if found else None
    except (_ForExactReaderError, pa.ArrowException, ArithmeticError, RecursionError, TypeError, ValueError):
        return None


def _in_json(names: Sequence[Any]) -> list[bytes]:
    is_plain = all(type(name) is str and not _OCTETS.search(name) for name in names)
    if not is_plain or len(set(names)) != len(names):
        raise _ForExactReaderError
    return [json.dumps(name, ensure_ascii=False)[1:-1].encode() for name in names]


def _of_arrays(names: Sequence[str], arrays: Iterable[pa.Array], depth: int) -> Iterator[Column]:
    for name, array in zip(_in_json(names), arrays, strict=True):
        yield from _of_array(name, array, depth)


def _of_array(name: bytes, array: pa.Array, depth: int) -> Iterator[Column]:
    kind, types = array.type, pa.types
    if types.is_struct(kind):
        if depth == _DEPTH_MAX:
            raise _ForExactReaderError
        fields = [kind.field(number).name for number in range(kind.num_fields)]
        inner = tuple(_of_arrays(fields, map(array.field, range(kind.num_fields)), depth + 1))
        yield Column(name, CellKind.OBJECT, array, inner)
    elif types.is_timestamp(kind) and (moments := _microseconds(array)) is not None:
        yield Column(name, CellKind.MOMENT if kind.tz is None else CellKind.UTC_MOMENT, moments)
    elif types.is_floating(kind) or types.is_decimal(kind) or types.is_temporal(kind):
        yield from _of_cells(name, array.to_pylist(), depth)
    elif not types.is_null(kind):
        yield Column(name, *_plain_cells(array))


def _plain_cells(array: pa.Array) -> tuple[CellKind, pa.Array]:
    kind, types = array.type, pa.types
    if types.is_binary(kind) or types.is_large_binary(kind):
        return CellKind.TEXT, array.cast(pa.large_binary())
    if _is_text(kind):
        return CellKind.TEXT, _texts(array)
    if types.is_dictionary(kind) and _is_text(kind.value_type):
        longest = pc.max(pc.binary_length(array.dictionary.cast(pa.large_string()))).as_py() or 0
        if longest * len(array) > _DECODED_MAX_BYTES:
            raise _ForExactReaderError
        return CellKind.TEXT, _texts(array.dictionary_decode())
    if types.is_integer(kind):
        return CellKind.NUMBER, array.cast(pa.large_string())
    if types.is_boolean(kind):
        return CellKind.TRUTH, array
    raise _ForExactReaderError


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def _texts(array: pa.Array) -> pa.Array:
    """Text that Python holds already, where a character may stand for an octet: the core cannot know of that."""
    texts = array.cast(pa.large_string())
    texts.validate(full=True)
    octets = texts.buffers()[2]
    may_hold_octets = octets is not None and (np.frombuffer(octets, np.uint8) == _OCTETS_FIRST_BYTE).any()
    if may_hold_octets and pc.any(pc.match_substring_regex(texts, OCTETS_PATTERN)).as_py():
        raise _ForExactReaderError
    return texts


def _microseconds(array: pa.Array) -> pa.Array | None:
    if array.type.tz not in (None, "UTC"):
        return None
    try:
        return array.cast(pa.timestamp("us", array.type.tz))
    except pa.ArrowInvalid:
        return None


def _of_frame(frame: pd.DataFrame) -> Iterator[Column]:
    for place, name in enumerate(_in_json(list(frame.columns))):
        yield from _of_series(name, frame.iloc[:, place])


def _of_series(name: bytes, series: pd.Series[Any]) -> Iterator[Column]:
    if series.dtype.kind in "iubM" or hasattr(series.array, "__arrow_array__"):
        array = pa.array(series, from_pandas=True)
        array = array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array
        kind, types = array.type, pa.types
        if _is_text(kind) or types.is_integer(kind) or types.is_boolean(kind) or types.is_timestamp(kind):
            yield from _of_array(name, array, 0)
            return
    yield from _of_cells(name, series.tolist(), 0)


def _of_cells(name: bytes, cells: Sequence[Any], depth: int) -> Iterator[Column]:
    kinds = set(map(type, cells))
    if kinds <= _NUMBERS:
        cells = [None if cell is None or cell != cell else NumberToken(repr(cell)) for cell in cells]  # noqa: PLR0124
    elif not kinds <= _PLAIN:
        cells = [cell if type(cell) in _PLAIN else None if is_absent(cell) else exact(cell) for cell in cells]
    kinds = set(map(type, cells)) - {type(None)}
    if not kinds <= _KINDS.keys():
        raise _ForExactReaderError
    for kind in kinds:
        # Cells of several kinds are columns of one name, of which each row has one.
        own = cells if len(kinds) == 1 else [cell if type(cell) is kind else None for cell in cells]
        yield _column(name, _KINDS[kind], own, depth)


def _column(name: bytes, kind: CellKind, cells: Sequence[Any], depth: int) -> Column:
    if kind is CellKind.TEXT:
        return Column(name, kind, _texts(pa.array(cells, pa.large_string())))
    if kind is CellKind.NUMBER:
        return Column(name, kind, pa.array(cells, pa.large_string()))
    if kind is CellKind.TRUTH:
        return Column(name, kind, pa.array(cells, pa.bool_()))
    if depth == _DEPTH_MAX:
        raise _ForExactReaderError
    is_valid = pa.array([cell is not None for cell in cells], pa.bool_()).buffers()[1]
    objects = pa.Array.from_buffers(pa.struct([]), len(cells), [is_valid])
    return Column(name, kind, objects, tuple(_of_dicts(cells, depth + 1)))


def _of_dicts(dicts: Sequence[dict[Any, Any] | None], depth: int) -> Iterator[Column]:
    names = _names_in_order({tuple(one) for one in dicts if one is not None})
    for name, source in zip(names, _in_json(names), strict=True):
        yield from _of_cells(source, [None if one is None else one.get(name) for one in dicts], depth)


def _names_in_order(orders: set[tuple[Any, ...]]) -> list[Any]:
    """All names in an order that is that of every dict."""
    if len(orders) > _ORDERS_MAX:
        raise _ForExactReaderError
    sorter: TopologicalSorter[Any] = TopologicalSorter()
    for order in orders:
        for name in order:
            sorter.add(name)
        for before, after in pairwise(order):
            sorter.add(after, before)
    try:
        return [*sorter.static_order()]
    except CycleError:
        raise _ForExactReaderError from None
