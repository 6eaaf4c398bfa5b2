"""One column's text over all rows, as the offsets and bytes of an Arrow array.

Each row has an i32: the number of its template, or the number of templates plus its place among *side rows*, which were
read in another way and are at hand as an Arrow array. For a column, each template has a run of pieces of three i32: a
constant's place and length among the constants, and the slot whose bytes follow it, or -1; no piece at all is null.

measure_cells(i64 count, ptr rows, ptr spans, i64 row_bytes, i64 template_count, ptr first_pieces, ptr pieces,
              ptr side_offsets, ptr side_present, ptr offsets, ptr present, ptr total)
    writes count + 1 i32 to ``offsets``, a byte a row to ``present``, and the bytes of all cells to ``total``, one i64.

copy_cells(i64 count, ptr rows, ptr spans, i64 row_bytes, i64 template_count, ptr first_pieces, ptr pieces,
           ptr side_offsets, ptr side_data, ptr offsets, ptr text, ptr constants, ptr target)
    writes the bytes, and up to WIDTH more behind them.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from corena_recon.archive.line_kernel.flow import Flow, inner
from corena_recon.archive.line_kernel.matching import WIDTH

if TYPE_CHECKING:
    from collections.abc import Iterator

PIECE_BYTES: Final = 12


def gathering_text() -> str:
    """The functions of this module."""
    return _copy_text() + _measure_cells_text() + _copy_cells_text()


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


def _side_row(code: Flow, row: str) -> tuple[str, str]:
    """Whether it is a side row, and which."""
    number = code.number(code.item("%rows", row, 4))
    return code.test("sge", number, "%template_count"), code.op("sub", "i64", number, "%template_count")


@contextmanager
def _pieces(code: Flow, row: str) -> Iterator[tuple[str, str, str, str]]:
    """Each piece of a template row: constant's offset and length, the slot's first byte and its length."""
    template = code.number(code.item("%rows", row, 4))
    first = code.number(code.item("%first_pieces", template, 4))
    last = code.number(code.item("%first_pieces", code.op("add", "i64", template, 1), 4))
    start, length = code.variable(0), code.variable(0)
    with code.loop(code.op("sub", "i64", last, first)) as number:
        piece = code.item("%pieces", code.op("add", "i64", first, number), PIECE_BYTES)
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


def _measure_cells_text() -> str:
    code = Flow()
    total, present = code.variable(0), code.variable(0, "i8")
    code.store("i32", 0, "%offsets")
    with code.loop("%count") as row:
        is_side, side = _side_row(code, row)
        code.set(present, 0, "i8")
        with code.when(is_side):
            begin, end = (code.number(code.at(code.item("%side_offsets", side, 4), 4 * n)) for n in range(2))
            code.add(total, code.op("sub", "i64", end, begin))
            code.set(present, code.load("i8", code.at("%side_present", side)), "i8")
        with code.when(code.op("xor", "i1", is_side, "true")), _pieces(code, row) as (_, constant_length, _, length):
            code.add(total, code.op("add", "i64", constant_length, length))
            code.set(present, 1, "i8")
        offset = code.value(f"trunc i64 {code.get(total)} to i32")
        code.store("i32", offset, code.at(code.item("%offsets", row, 4), 4))
        code.store("i8", code.get(present, "i8"), code.at("%present", row))
    code.store("i64", code.get(total), "%total")
    return code.function(
        "void @measure_cells(i64 %count, ptr %rows, ptr %spans, i64 %row_bytes, i64 %template_count,"
        " ptr %first_pieces, ptr %pieces, ptr %side_offsets, ptr %side_present, ptr %offsets, ptr %present, ptr %total)"
    )


def _copy_cells_text() -> str:
    code = Flow()
    position = code.variable(0)
    with code.loop("%count") as row:
        is_side, side = _side_row(code, row)
        code.set(position, code.number(code.item("%offsets", row, 4)))
        with code.when(is_side):
            begin, end = (code.number(code.at(code.item("%side_offsets", side, 4), 4 * n)) for n in range(2))
            target = code.at("%target", code.get(position))
            code.copy(target, code.at("%side_data", begin), code.op("sub", "i64", end, begin))
        with code.when(code.op("xor", "i1", is_side, "true")), _pieces(code, row) as piece:
            offset, constant_length, start, length = piece
            for source, size in ((code.at("%constants", offset), constant_length), (code.at("%text", start), length)):
                target = code.at("%target", code.get(position))
                code.do(f"call void @copy(ptr {target}, ptr {source}, i64 {size})")
                code.add(position, size)
    return code.function(
        "void @copy_cells(i64 %count, ptr %rows, ptr %spans, i64 %row_bytes, i64 %template_count,"
        " ptr %first_pieces, ptr %pieces, ptr %side_offsets, ptr %side_data, ptr %offsets, ptr %text, ptr %constants,"
        " ptr %target)"
    )
