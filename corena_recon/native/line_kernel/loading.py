"""The compiled reader of lines, and the check before it is trusted."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
import pyarrow as pa

from corena_recon.errors import SourceError
from corena_recon.native.line_kernel.gathering import gathering_text
from corena_recon.native.line_kernel.matching import WIDTH, SlotKind, matching_text
from corena_recon.native.line_kernel.values import values_text
from corena_recon.native.machine_code.compiling import COUNT, POINTER, MachineCode

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

PAYS_FROM_BYTES: Final = 4 * 1024 * 1024
"""The exact reader takes as long for so much as loading and running the compiler (benchmarks/bench_read.py)."""
ARROW_MAX_BYTES: Final = 2**31 - 1
_DECLARATIONS: Final = """\
declare i64 @llvm.smin.i64(i64, i64)
declare i64 @llvm.smax.i64(i64, i64)
declare i32 @llvm.cttz.i32(i32, i1)
declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)
"""


class Step(NamedTuple):
    """Bytes that stand on every line of a template, and the kind and number of the slot behind them."""

    octets: bytes
    kind: SlotKind
    slot: int


class Piece(NamedTuple):
    """Bytes of a cell that are the same on every line of a template, and the slot that follows them, or -1."""

    octets: bytes
    slot: int = -1


class Program:
    """Templates as the compiled code reads them: how they match, and what each column takes from them.

    Args:
        templates: The steps of each.
        columns: For each column, the pieces of its cell in each template; None for null.
    """

    def __init__(
        self, templates: Sequence[Sequence[Step]], columns: Sequence[Sequence[Sequence[Piece] | None]]
    ) -> None:
        self.count = len(templates)
        self.slot_count = 1 + max((step.slot for steps in templates for step in steps), default=0)
        self._pool = bytearray()
        numbers = [[*self._place(step.octets), step.kind, step.slot] for steps in templates for step in steps]
        self.steps = np.array(numbers, np.int32)
        self.first_steps = np.cumsum([0, *map(len, templates)], dtype=np.int32)
        self.columns = [self._packed(column) for column in columns]
        self._null_columns = [all(cell is None for cell in column) for column in columns]
        self.constants = np.frombuffer(bytes(self._pool) + bytes(WIDTH), np.uint8)

    def is_null(self, column: int) -> bool:
        """Whether every template leaves the column null."""
        return self._null_columns[column]

    def _packed(self, column: Sequence[Sequence[Piece] | None]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        cells = [cell or () for cell in column]
        pieces = [[*self._place(piece.octets), piece.slot] for cell in cells for piece in cell]
        return np.cumsum([0, *map(len, cells)], dtype=np.int32), np.array(pieces or [[0, 0, -1]], np.int32)

    def _place(self, octets: bytes) -> tuple[int, int]:
        place = self._pool.find(octets)
        if place < 0:
            place = len(self._pool)
            self._pool += octets
        return place, len(octets)


class Rows(NamedTuple):
    """Some lines of a text.

    Attributes:
        text: The text's bytes.
        templates: Each row's template; -1 for none; its place among the side rows after ``Program.count``.
        spans: Where its slots are in the text; shape (rows, slots, 2).
    """

    text: NDArray[np.uint8]
    templates: NDArray[np.int32]
    spans: NDArray[np.uint32]


class LineKernel:
    """The functions of ``line_kernel`` for arrays; safe to use in several threads at once.

    Raises:
        Exception: Whatever a missing or unfit compiler raises.
    """

    def __init__(self) -> None:
        code = MachineCode(_DECLARATIONS + matching_text() + gathering_text() + values_text(), optimise=True)
        pointer, count = POINTER, COUNT
        self._match_lines = code.function(
            "match_lines", pointer, *[count] * 3, *[pointer] * 3, count, *[pointer] * 2, count, pointer
        )
        row_kinds = (count, pointer, pointer, count)
        gathering = (*row_kinds, count, *[pointer] * 2, count, pointer)
        self._measure_columns = code.function("measure_columns", *gathering)
        self._copy_columns = code.function("copy_columns", *gathering)
        self._read_values = {
            name: code.function(f"read_{name}", *row_kinds, *[pointer] * 3) for name in ("instants", "decimals")
        }
        self._code = code

    def match(
        self,
        program: Program,
        text: NDArray[np.uint8],
        begin: int,
        end: int,
        row_limit: int,
        *,
        rows_before: int = 0,
    ) -> tuple[Rows, int]:
        """The lines from ``begin`` on, up to ``row_limit`` of them, and where the next one begins.

        Args:
            program: The templates to try.
            text: At most 4 GiB.
            begin: Where the first line begins.
            end: The text ends with a line feed before here.
            row_limit: At least 1.
            rows_before: Rows without template and bytes that are to stand before the lines.
        """
        templates: NDArray[np.int32] = _memory((rows_before + row_limit,), np.int32)
        spans: NDArray[np.uint32] = _memory((rows_before + row_limit, program.slot_count, 2), np.uint32)
        templates[:rows_before] = -1
        spans[:rows_before] = 0
        progress: NDArray[np.int64] = np.empty(2, np.int64)
        self._match_lines(
            text.ctypes.data,
            begin,
            end,
            program.count,
            *(array.ctypes.data for array in (program.first_steps, program.steps, program.constants)),
            row_limit,
            templates[rows_before:].ctypes.data,
            spans[rows_before:].ctypes.data,
            spans.strides[0],
            progress.ctypes.data,
        )
        stopped, count = progress.tolist()
        row_count = rows_before + count
        return Rows(text, templates[:row_count], spans[:row_count]), stopped

    def read_values(self, kind: str, rows: Rows, slots: Sequence[int]) -> NDArray[np.int64]:
        """The ``instants`` or ``decimals`` of each row; a row whose slot cannot be read leaves its template.

        Args:
            kind: Which.
            rows: Changed in place.
            slots: Each template's slot, -1 where it has none.
        """
        values: NDArray[np.int64] = _memory((len(rows.templates),), np.int64)
        slot_of_template = np.array(slots, np.int32)
        self._read_values[kind](
            *_row_arguments(rows), *(array.ctypes.data for array in (slot_of_template, rows.text, values))
        )
        return values

    def gather(self, program: Program, rows: Rows, sides: dict[int, pa.Array]) -> dict[int, pa.Array]:
        """Some columns over all rows.

        Args:
            program: As for ``match``.
            rows: None of them without template: they are side rows.
            sides: By the number of a wanted column, the side rows' cells, a string or binary array without offset.
        """
        cells = {number: _Cells(len(rows.templates), *program.columns[number], side) for number, side in sides.items()}
        constants = program.constants.ctypes.data

        def run(function: Callable[..., None], targets: Sequence[NDArray[Any]]) -> None:
            table = np.array([column.pointers(target) for column, target in zip(cells.values(), targets, strict=True)])
            text = rows.text.ctypes.data
            function(*_row_arguments(rows), program.count, text, constants, len(cells), table.ctypes.data)

        totals: NDArray[np.int64] = np.zeros((len(cells), 1), np.int64)
        run(self._measure_columns, list(totals))
        if totals.max(initial=0) > ARROW_MAX_BYTES:
            raise SourceError(f"a column of {len(rows.templates)} records is larger than {ARROW_MAX_BYTES} bytes")
        targets: list[NDArray[np.uint8]] = [_memory((total + WIDTH,), np.uint8) for (total,) in totals.tolist()]
        run(self._copy_columns, targets)
        return {
            number: column.array(target[:-WIDTH])
            for (number, column), target in zip(cells.items(), targets, strict=True)
        }


class _Cells:
    """One column while it is gathered."""

    def __init__(self, count: int, first_pieces: NDArray[np.int32], pieces: NDArray[np.int32], side: pa.Array) -> None:
        self._kind = side.type
        _, *self._side_buffers = (side if len(side) else pa.nulls(1, side.type)).buffers()
        self._side_present = np.array(side.is_valid(), np.uint8)
        self._pieces = first_pieces, pieces
        self._offsets: NDArray[np.int32] = _memory((count + 1,), np.int32)
        self._offsets[0] = 0
        self._present: NDArray[np.uint8] = _memory((count,), np.uint8)

    def pointers(self, target: NDArray[Any]) -> list[int]:
        """As ``gathering.COLUMN`` says."""
        side_offsets, side_data = map(_address, self._side_buffers)
        first_pieces, pieces, side_present, offsets, present, place = (
            array.ctypes.data for array in (*self._pieces, self._side_present, self._offsets, self._present, target)
        )
        return [first_pieces, pieces, side_offsets, side_present, side_data, offsets, present, place]

    def array(self, octets: NDArray[np.uint8]) -> pa.Array:
        """The finished column."""
        null_count = len(self._present) - int(np.count_nonzero(self._present))
        valid = pa.py_buffer(np.packbits(self._present, bitorder="little")) if null_count else None
        buffers = [valid, pa.py_buffer(self._offsets), pa.py_buffer(octets)]
        return pa.Array.from_buffers(self._kind, len(self._present), buffers, null_count)


def _memory(shape: tuple[int, ...], kind: type[Any]) -> NDArray[Any]:
    """Memory with any content; Arrow keeps what was used before at hand, where numpy asks the system each time."""
    byte_count = math.prod(shape) * np.dtype(kind).itemsize
    return np.frombuffer(pa.allocate_buffer(byte_count), kind).reshape(shape)


def text_array(octets: bytes) -> NDArray[np.uint8]:
    """Bytes as the kernel takes them, not copied."""
    return np.frombuffer(octets, np.uint8)


def _row_arguments(rows: Rows) -> tuple[int, int, int, int]:
    return len(rows.templates), rows.templates.ctypes.data, rows.spans.ctypes.data, rows.spans.strides[0]


def _address(buffer: pa.Buffer | None) -> int:
    return 0 if buffer is None else int(buffer.address)
