"""Arrow columns as single arrays, as bytes and as flags, and tables without dictionaries."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from corena_recon.schemas import WORD

Flags: TypeAlias = NDArray[np.bool_]


def whole(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    """The column as one array."""
    if isinstance(column, pa.Array):
        return column
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()


def encoded(cells: pa.Array) -> pa.DictionaryArray:
    """Strings as places in a dictionary of them; what is such a dictionary already stays it."""
    if pa.types.is_dictionary(cells.type):
        return cells
    if _is_one_word(cells):
        return pa.DictionaryArray.from_arrays(pa.array(np.zeros(len(cells), np.int32)), cells[:1])
    return cells.dictionary_encode()


def _is_one_word(cells: pa.Array) -> bool:
    """Whether all cells are the same, as they are in many columns of words; seen faster than they are looked up."""
    if not len(cells) or cells.null_count:
        return False
    octets, starts = octets_and_starts(cells)
    lengths = np.diff(starts)
    if (lengths != lengths[0]).any():
        return False
    words = octets[starts[0] : starts[-1]]
    return np.array_equal(words[lengths[0] :], words[: len(words) - lengths[0]])


def with_words(table: pa.Table, names: Iterable[str]) -> pa.Table:
    """The table with these columns of strings as WORD."""
    for name in names:
        place = table.schema.get_field_index(name)
        table = table.set_column(place, pa.field(name, WORD), encoded(whole(table[name])))
    return table


def translated(cells: pa.DictionaryArray, words: list[str | None]) -> pa.DictionaryArray:
    """The cells with other words, in the order of their dictionary, in its place."""
    own = pa.array(words, pa.string()).dictionary_encode()
    return pa.DictionaryArray.from_arrays(own.indices.take(cells.indices), own.dictionary)


def worded(codes: NDArray[np.signedinteger[Any]], words: Iterable[str]) -> pa.DictionaryArray:
    """The words that codes stand for; null for a negative code."""
    return pa.DictionaryArray.from_arrays(pa.array(codes, mask=codes < 0), pa.array(map(str, words), pa.string()))


def few_rows(table: pa.Table, rows: NDArray[np.int64]) -> pa.Table:
    """Rows of a table, given in ascending order. ``Table.take`` would put all chunks together for them."""
    batches = table.to_batches()
    firsts: NDArray[np.int64] = np.cumsum([0, *map(len, batches)])
    shares = np.split(rows, np.searchsorted(rows, firsts[1:-1]))
    pieces = [
        batch.take(pa.array(share - first))
        for batch, share, first in zip(batches, shares, firsts, strict=False)
        if len(share)
    ]
    return pa.Table.from_batches(pieces, table.schema)


def decoded(table: pa.Table) -> pa.Table:
    """The table with what stands in dictionaries in its place."""
    fields = [
        pa.field(field.name, field.type.value_type) if pa.types.is_dictionary(field.type) else field
        for field in table.schema
    ]
    return table.cast(pa.schema(fields))


def with_row(table: pa.Table) -> pa.Table:
    """The table with a column ``row`` that counts from 0."""
    return table.append_column("row", pa.array(np.arange(len(table))))


def with_own_dictionaries(table: pa.Table, names: Iterable[str]) -> pa.Table:
    """The table with these columns as WORD, their dictionaries what its rows say, in the order of their saying it."""
    for name in names:
        place = table.schema.get_field_index(name)
        words = _with_own_dictionary(encoded(whole(table[name]))).cast(WORD)
        table = table.set_column(place, pa.field(name, WORD), words)
    return table


def _with_own_dictionary(cells: pa.DictionaryArray) -> pa.DictionaryArray:
    count = len(cells.dictionary)
    if count == 1 and len(cells) > cells.null_count:
        return cells
    places = np.asarray(pc.fill_null(cells.indices, count))
    firsts: NDArray[np.int64] = np.full(count + 1, len(cells))
    firsts[places[::-1]] = np.arange(len(cells))[::-1]
    said = np.argsort(firsts[:count], kind="stable")[: np.count_nonzero(firsts[:count] < len(cells))]
    if np.array_equal(said, np.arange(count)):
        return cells
    own_places: NDArray[np.int32] = np.zeros(count + 1, np.int32)
    own_places[said] = np.arange(len(said))
    indices = pa.array(own_places[places], mask=places == count if cells.null_count else None)
    return pa.DictionaryArray.from_arrays(indices, cells.dictionary.take(pa.array(said)))


def flags(column: pa.Array | pa.ChunkedArray) -> Flags:
    """A column of truths as an array of its own; False for null."""
    cells = whole(column)
    if cells.null_count:
        cells = cells.fill_null(False)
    bits = np.frombuffer(cells.buffers()[1] or b"", np.uint8)[cells.offset // 8 :]
    first = cells.offset % 8
    return np.unpackbits(bits, count=first + len(cells), bitorder="little")[first:].view(bool)


def first_octets(column: pa.Array) -> NDArray[np.uint8]:
    """The first byte of every cell; 0 for an empty cell and for null."""
    octets, starts = octets_and_starts(column)
    return _octets_at(starts[:-1], octets, starts, column)


def last_octets(column: pa.Array) -> NDArray[np.uint8]:
    """The last byte of every cell; 0 for an empty cell and for null."""
    octets, starts = octets_and_starts(column)
    return _octets_at(starts[1:] - 1, octets, starts, column)


def _octets_at(
    places: NDArray[np.int32], octets: NDArray[np.uint8], starts: NDArray[np.int32], column: pa.Array
) -> NDArray[np.uint8]:
    if not len(octets):
        return np.zeros(len(places), np.uint8)
    has_any = starts[1:] > starts[:-1]
    if column.null_count:
        # What Arrow makes null may keep its bytes.
        has_any &= np.asarray(column.is_valid())
    return np.where(has_any, octets[np.clip(places, 0, len(octets) - 1)], np.uint8(0))


def is_digit(octets: NDArray[np.uint8]) -> Flags:
    """Whether each byte is an ASCII digit."""
    digits: Flags = octets - np.uint8(ord("0")) < 10
    return digits


def octets_in(column: pa.Array) -> bytes:
    """The bytes of all cells of a string column, one after another."""
    octets, starts = octets_and_starts(column)
    return bytes(octets[starts[0] : starts[-1]])


def octets_and_starts(column: pa.Array) -> tuple[NDArray[np.uint8], NDArray[np.int32]]:
    """The bytes of a string column, and where each cell begins and ends in them."""
    _, offsets, data = column.buffers()
    starts = np.frombuffer(offsets, np.int32) if len(column) else np.zeros(column.offset + 1, np.int32)
    octets = np.frombuffer(data, np.uint8) if data else np.empty(0, np.uint8)
    return octets, starts[column.offset : column.offset + len(column) + 1]
