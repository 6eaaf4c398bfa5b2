"""The batch of some lines: cells gathered from those that follow templates, and the rows of all others between them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from corena_recon.archive.lines.templates import TEXT_COLUMNS
from corena_recon.archive.records.batches import BATCH_SCHEMA, Batch, Entry, batch_of
from corena_recon.money import decimal_array, decimal_column
from corena_recon.native import NO_DECIMAL, LineKernel, LineRows, Program
from corena_recon.schemas import MONEY

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


def page_of(
    kernel: LineKernel,
    program: Program,
    rows: LineRows,
    entries: Sequence[Entry | None],
    values: dict[str, NDArray[np.int64]],
    *,
    keep_raw: bool,
) -> Batch:
    """The batch of consecutive lines.

    Args:
        kernel: What gathers cells.
        program: The templates of the rows.
        rows: Every line.
        entries: What the exact reader made of the lines without template, in order; None for a blank line.
        values: The fixed-width columns ``received_at`` and ``charge`` of the other lines, as far as any has one.
        keep_raw: As for ``batch_of``.
    """
    left = np.flatnonzero(rows.templates < 0)
    is_record: NDArray[np.bool_] = np.ones(len(rows.templates), np.bool_)
    is_row = is_record.copy()
    is_record[left] = [entry is not None for entry in entries]
    is_row[left] = [entry is not None and entry[0] is not None for entry in entries]
    numbers = np.cumsum(is_record)
    side = batch_of([entry for entry in entries if entry is not None and entry[0] is not None], keep_raw=keep_raw).table
    side_places = left[is_row[left]]
    rows.templates[side_places] = program.count + np.arange(len(side), dtype=np.int32)
    if not is_row.all():
        side_places = np.cumsum(is_row)[side_places] - 1
        rows = LineRows(rows.text, rows.templates[is_row], rows.spans[is_row])
        values = {name: column[is_row] for name, column in values.items()}
        numbers = numbers[is_row]
    page = _Page(kernel, program, rows, side, side_places)
    cells = page.texts()
    cells["record"] = pa.array(numbers)
    cells["received_at"] = page.instants(values.get("received_at"))
    cells["charge"] = page.charges(values.get("charge"))
    cells["amount"] = decimal_column(cells["amount_text"])
    cells["body_ambiguous"] = page.flags("body_ambiguous")
    table = pa.table([cells[name] for name in BATCH_SCHEMA.names], schema=BATCH_SCHEMA)
    return Batch(table, int(np.count_nonzero(is_record)))


class _Page:
    """Columns over all rows; ``side`` holds the rows of the lines without template, which stand at ``places``."""

    def __init__(
        self, kernel: LineKernel, program: Program, rows: LineRows, side: pa.Table, places: NDArray[np.int64]
    ) -> None:
        self._kernel = kernel
        self._program = program
        self._rows = rows
        self._side = side
        self._places = places
        self._count = len(rows.templates)

    def texts(self) -> dict[str, pa.Array]:
        sides = {name: self._side_column(name) for name in TEXT_COLUMNS}
        wanted = {
            number: side
            for number, side in enumerate(sides.values())
            if not (self._program.is_null(number) and side.null_count == len(side))
        }
        nulls = {name: pa.nulls(self._count, side.type) for name, side in sides.items()}
        gathered = self._kernel.gather(self._program, self._rows, wanted)
        return {**nulls, **{TEXT_COLUMNS[number]: column for number, column in gathered.items()}}

    def instants(self, values: NDArray[np.int64] | None) -> pa.Array:
        side = self._side_column("received_at")
        if values is None:
            values = np.full(self._count, NO_DECIMAL)
        values[self._places] = np.array(side.cast(pa.int64()).fill_null(NO_DECIMAL))
        return _fixed_width(side.type, values, values != NO_DECIMAL)

    def charges(self, values: NDArray[np.int64] | None) -> pa.Array:
        if values is None and self._side["charge"].null_count == len(self._side):
            return pa.nulls(self._count, MONEY)
        if values is None:
            values = np.full(self._count, NO_DECIMAL)
        return decimal_array(values, self._places, self._side_column("charge"))

    def flags(self, name: str) -> pa.Array:
        flags: NDArray[np.bool_] = np.zeros(self._count, np.bool_)
        flags[self._places] = np.array(self._side_column(name))
        return pa.array(flags)

    def _side_column(self, name: str) -> pa.Array:
        return self._side[name].combine_chunks()


def _fixed_width(kind: pa.DataType, values: NDArray[np.int64], is_valid: NDArray[np.bool_]) -> pa.Array:
    null_count = len(values) - int(np.count_nonzero(is_valid))
    valid = pa.py_buffer(np.packbits(is_valid, bitorder="little")) if null_count else None
    return pa.Array.from_buffers(kind, len(values), [valid, pa.py_buffer(values)], null_count)
