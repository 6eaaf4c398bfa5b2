"""The text of columns over all rows, as the offsets and bytes of Arrow arrays.

Each row has an i32: the number of its template, or the number of templates plus its place among *side rows*, which were
read in another way and are at hand as Arrow arrays. For a column, each template has a run of pieces of three i32: a
constant's place and length among the constants, and the slot whose bytes follow it, or -1; no piece at all is null.

measure_columns and copy_columns(i64 count, ptr rows, ptr spans, i64 row_bytes, i64 template_count, ptr text,
                                 ptr constants, i64 column_count, ptr columns)
    A column is described by the eight i64 of ``COLUMN``. Measuring writes count + 1 i32 to its ``offsets``, a byte a
    row to ``present``, and the bytes of all cells to ``total``. Copying writes them to ``target``, and up to WIDTH
    bytes more behind them.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from corena_recon.native.line_kernel.matching import WIDTH
from corena_recon.native.machine_code.flow import Flow, inner

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PIECE_BYTES: Final = 12
COLUMN: Final = ("first_pieces", "pieces", "side_offsets", "side_present", "side_data", "offsets", "present", "target")
"""Pointers; once a column is measured and before it has a target, ``target`` is where its total goes."""

# All columns of so many rows are done before the next rows: their lines stay in the processor's cache.
_ROWS_TOGETHER: Final = 64
_COLUMN_BYTES: Final = 8 * len(COLUMN)
_ARGUMENTS: Final = (
    "i64 %count, ptr %rows, ptr %spans, i64 %row_bytes, i64 %template_count, ptr %text, ptr %constants,"
    " i64 %column_count, ptr %columns"
)


def gathering_text() -> str:
    """The functions of this module."""
    return (
        _copy_text()
        + _some_rows_text("measure_cells", _measure_cell)
        + _some_rows_text("copy_cells", _copy_cell)
        + _all_rows_text("measure_columns", "measure_cells")
        + _all_rows_text("copy_columns", "copy_cells")
    )


def _copy_text() -> str:
    """Copies in steps of WIDTH: what is too much is overwritten by the next cell."""
    code = Flow()
    copied = code.variable(0)
    octets = f"<{WIDTH} x i8>"
    with code.forever() as done:
        so_far = code.get(copied)
        code.leave_when(code.test("sge", so_far, "%length"), done)
        code.store(octets, code.load(octets, code.at("%source", so_far)), code.at("%target", so_far))
        code.add(copied, WIDTH)
    return code.function(inner("void", "copy", "ptr %target, ptr %source, i64 %length"))


def _all_rows_text(name: str, some_rows: str) -> str:
    code = Flow()
    turns = code.op("udiv", "i64", code.op("add", "i64", "%count", _ROWS_TOGETHER - 1), _ROWS_TOGETHER)
    with code.loop(turns) as turn:
        first = code.op("mul", "i64", turn, _ROWS_TOGETHER)
        left = code.op("sub", "i64", "%count", first)
        number = code.call("i64", "llvm.smin.i64", left, _ROWS_TOGETHER)
        with code.loop("%column_count") as column:
            described = code.item("%columns", column, _COLUMN_BYTES)
            code.do(
                f"call void @{some_rows}(i64 {first}, i64 {number}, ptr %rows, ptr %spans, i64 %row_bytes,"
                f" i64 %template_count, ptr %text, ptr %constants, ptr {described})"
            )
    return code.function(f"void @{name}({_ARGUMENTS})")


def _some_rows_text(name: str, do_cell: Callable[[Flow, str, str, dict[str, str]], None]) -> str:
    code = Flow()
    column = {part: code.load("ptr", code.at("%column", 8 * place)) for place, part in enumerate(COLUMN)}
    position = code.variable(code.number(code.item(column["offsets"], "%first", 4)))
    with code.loop("%number") as index:
        do_cell(code, code.op("add", "i64", "%first", index), position, column)
    return code.function(
        f"internal void @{name}(i64 %first, i64 %number, ptr %rows, ptr %spans, i64 %row_bytes,"
        " i64 %template_count, ptr %text, ptr %constants, ptr %column)"
    )


def _measure_cell(code: Flow, row: str, position: str, column: dict[str, str]) -> None:
    is_side, side = _side_row(code, row)
    present = code.variable(0, "i8")
    with code.when(is_side):
        begin, end = _side_span(code, side, column)
        code.add(position, code.op("sub", "i64", end, begin))
        code.set(present, code.load("i8", code.at(column["side_present"], side)), "i8")
    with code.when(_not(code, is_side)), _pieces(code, row, column) as (_, constant_length, _, length):
        code.add(position, code.op("add", "i64", constant_length, length))
        code.set(present, 1, "i8")
    total = code.get(position)
    code.store("i32", code.value(f"trunc i64 {total} to i32"), code.at(code.item(column["offsets"], row, 4), 4))
    code.store("i8", code.get(present, "i8"), code.at(column["present"], row))
    # The offsets of too much text wrap around; the largest total shows it.
    kept = code.load("i64", column["target"])
    code.store("i64", code.call("i64", "llvm.smax.i64", kept, total), column["target"])


def _copy_cell(code: Flow, row: str, position: str, column: dict[str, str]) -> None:
    is_side, side = _side_row(code, row)
    with code.when(is_side):
        begin, end = _side_span(code, side, column)
        length = code.op("sub", "i64", end, begin)
        code.copy(code.at(column["target"], code.get(position)), code.at(column["side_data"], begin), length)
        code.add(position, length)
    with code.when(_not(code, is_side)), _pieces(code, row, column) as (offset, constant_length, start, length):
        for source, size in ((code.at("%constants", offset), constant_length), (code.at("%text", start), length)):
            target = code.at(column["target"], code.get(position))
            code.do(f"call void @copy(ptr {target}, ptr {source}, i64 {size})")
            code.add(position, size)


def _not(code: Flow, condition: str) -> str:
    return code.op("xor", "i1", condition, "true")


def _side_row(code: Flow, row: str) -> tuple[str, str]:
    """Whether it is a side row, and which."""
    number = code.number(code.item("%rows", row, 4))
    return code.test("sge", number, "%template_count"), code.op("sub", "i64", number, "%template_count")


def _side_span(code: Flow, side: str, column: dict[str, str]) -> tuple[str, str]:
    offset = code.item(column["side_offsets"], side, 4)
    return code.number(offset), code.number(code.at(offset, 4))


@contextmanager
def _pieces(code: Flow, row: str, column: dict[str, str]) -> Iterator[tuple[str, str, str, str]]:
    """Each piece of a template row: constant's offset and length, the slot's first byte and its length."""
    template = code.number(code.item("%rows", row, 4))
    first_piece = code.item(column["first_pieces"], template, 4)
    first, last = code.number(first_piece), code.number(code.at(first_piece, 4))
    start, length = code.variable(0), code.variable(0)
    with code.loop(code.op("sub", "i64", last, first)) as number:
        piece = code.item(column["pieces"], code.op("add", "i64", first, number), PIECE_BYTES)
        offset, constant_length = code.number(piece), code.number(code.at(piece, 4))
        slot = code.load("i32", code.at(piece, 8))
        code.set(start, 0)
        code.set(length, 0)
        with code.when(code.test("sge", slot, 0, "i32")):
            row_spans = code.at("%spans", code.op("mul", "i64", row, "%row_bytes"))
            span = code.item(row_spans, code.value(f"zext i32 {slot} to i64"), 8)
            code.set(start, code.number(span))
            code.set(length, code.op("sub", "i64", code.number(code.at(span, 4)), code.get(start)))
        yield offset, constant_length, code.get(start), code.get(length)
