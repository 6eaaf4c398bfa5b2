"""Marks of cells and rows of one mark, in machine code that is made while the program runs.

mark_cells(i64 count, ptr offsets, ptr octets, i64 seed, ptr marks)
    marks[row] = a 64-bit number that equal cells of an Arrow string array share, and that others share only by
    chance; 0 for an empty cell. The octets are folded in, eight at a time, by multiplying to 128 bits.

first_rows(i64 count, ptr marks, i64 last_slot, ptr slots, ptr firsts)
    firsts[row] = the first row with the same mark; the row itself where the mark is 0. ``slots`` is a table of
    ``last_slot + 1`` i64, a power of two and more than ``count``, all zeros at first. A slot holds the upper half of a
    mark, and a row's number plus one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from corena_recon.native.machine_code.compiling import COUNT, POINTER, MachineCode
from corena_recon.native.machine_code.flow import Flow, inner

if TYPE_CHECKING:
    from numpy.typing import NDArray

_MULTIPLIER: Final = 0x9E3779B97F4A7C15
_WORD_BYTES: Final = 8
_LOWER_HALF: Final = 0xFFFFFFFF
_UPPER_HALF: Final = ~_LOWER_HALF
_PREFETCHED: Final = 16
"""How many rows ahead a slot is asked for from memory, where the table is larger than the caches."""
_DECLARATIONS: Final = """\
declare i64 @llvm.smin.i64(i64, i64)
declare void @llvm.prefetch.p0(ptr, i32, i32, i32)
"""


def module_text() -> str:
    """Everything that is to be compiled."""
    return _DECLARATIONS + _folded_text() + _mark_cells_text() + _first_rows_text()


def folded(state: int, word: int) -> int:
    """What folding a word into a mark gives; the compiled code's own arithmetic, for its check."""
    product = (state ^ word) * _MULTIPLIER
    return (product ^ product >> 64) & 0xFFFFFFFFFFFFFFFF


def _folded_text() -> str:
    code = Flow()
    wide = code.value(f"zext i64 {code.op('xor', 'i64', '%state', '%word')} to i128")
    product = code.op("mul", "i128", wide, _MULTIPLIER)
    low = code.value(f"trunc i128 {product} to i64")
    high = code.value(f"trunc i128 {code.op('lshr', 'i128', product, 64)} to i64")
    code.give(code.op("xor", "i64", low, high))
    return code.function(inner("i64", "folded", "i64 %state, i64 %word"))


def _fold(code: Flow, state: str, word: str) -> None:
    code.set(state, code.call("i64", "folded", code.get(state), word))


def _mark_cells_text() -> str:
    code = Flow()
    with code.loop("%count") as row:
        offset = code.item("%offsets", row, 4)
        begin, end = code.number(offset), code.number(code.at(offset, 4))
        length = code.op("sub", "i64", end, begin)
        state, word = code.variable(code.call("i64", "folded", "%seed", length)), code.variable(0)
        position = code.variable(begin)
        last = code.op("sub", "i64", end, _WORD_BYTES)
        with code.when(code.test("sge", length, _WORD_BYTES)):
            with code.forever() as at_last:
                here = code.get(position)
                code.leave_when(code.test("sge", here, last), at_last)
                _fold(code, state, code.load("i64", code.at("%octets", here)))
                code.add(position, _WORD_BYTES)
            code.set(word, code.load("i64", code.at("%octets", last)))
            code.set(position, end)
        with code.forever() as at_end:
            here = code.get(position)
            code.leave_when(code.test("sge", here, end), at_end)
            shifted = code.op("shl", "i64", code.get(word), 8)
            code.set(word, code.op("or", "i64", shifted, code.number(code.at("%octets", here), "i8")))
            code.add(position, 1)
        _fold(code, state, code.get(word))
        mark = code.variable(code.op("or", "i64", code.get(state), 1))
        with code.when(code.test("eq", length, 0)):
            code.set(mark, 0)
        code.store("i64", code.get(mark), code.item("%marks", row, 8))
    return code.function("void @mark_cells(i64 %count, ptr %offsets, ptr %octets, i64 %seed, ptr %marks)")


def _slot_of(code: Flow, place: str) -> str:
    return code.item("%slots", code.op("and", "i64", place, "%last_slot"), 8)


def _first_rows_text() -> str:
    code = Flow()
    last = code.op("sub", "i64", "%count", 1)
    with code.loop("%count") as row:
        ahead = code.call("i64", "llvm.smin.i64", code.op("add", "i64", row, _PREFETCHED), last)
        later_mark = code.load("i64", code.item("%marks", ahead, 8))
        later_slot = _slot_of(code, code.op("lshr", "i64", later_mark, 1))
        code.do(f"call void @llvm.prefetch.p0(ptr {later_slot}, i32 1, i32 3, i32 1)")
        mark = code.load("i64", code.item("%marks", row, 8))
        upper = code.op("and", "i64", mark, _UPPER_HALF)
        own = code.op("or", "i64", upper, code.op("add", "i64", row, 1))
        first, place = code.variable(row), code.variable(code.op("lshr", "i64", mark, 1))
        with code.when(code.test("ne", mark, 0)), code.forever() as found:
            slot = _slot_of(code, code.get(place))
            held = code.load("i64", slot)
            with code.when(code.test("eq", held, 0)):
                code.store("i64", own, slot)
                code.leave(found)
            with code.when(code.test("eq", code.op("and", "i64", held, _UPPER_HALF), upper)):
                other = code.op("sub", "i64", code.op("and", "i64", held, _LOWER_HALF), 1)
                with code.when(code.test("eq", code.load("i64", code.item("%marks", other, 8)), mark)):
                    code.set(first, other)
                    code.leave(found)
            code.add(place, 1)
        code.store("i64", code.get(first), code.item("%firsts", row, 8))
    return code.function("void @first_rows(i64 %count, ptr %marks, i64 %last_slot, ptr %slots, ptr %firsts)")


class MarkKernel:
    """The functions of this module for arrays; safe to use in several threads at once.

    Raises:
        Exception: Whatever a missing or unfit compiler raises.
    """

    def __init__(self) -> None:
        code = MachineCode(module_text(), optimise=True)
        self._mark_cells = code.function("mark_cells", COUNT, POINTER, POINTER, COUNT, POINTER)
        self._first_rows = code.function("first_rows", COUNT, POINTER, COUNT, POINTER, POINTER)
        self._code = code

    def mark_cells(self, offsets: NDArray[np.int32], octets: NDArray[np.uint8], seed: int) -> NDArray[np.uint64]:
        """The mark of every cell.

        Args:
            offsets: One more than there are cells.
            octets: The bytes of all cells.
            seed: From 0 to 2**63 - 1.
        """
        marks: NDArray[np.uint64] = np.empty(len(offsets) - 1, np.uint64)
        self._mark_cells(len(marks), offsets.ctypes.data, octets.ctypes.data, seed, marks.ctypes.data)
        return marks

    def first_rows(self, marks: NDArray[np.uint64]) -> NDArray[np.int64]:
        """For every row the first one with the same mark; the row itself where its mark is 0.

        Args:
            marks: Fewer than 2**32.
        """
        slot_count = 1 << (2 * len(marks)).bit_length()
        slots: NDArray[np.int64] = np.zeros(slot_count, np.int64)
        firsts: NDArray[np.int64] = np.empty(len(marks), np.int64)
        self._first_rows(len(marks), marks.ctypes.data, slot_count - 1, slots.ctypes.data, firsts.ctypes.data)
        return firsts


def trusted_kernel() -> MarkKernel | None:
    """A kernel that was seen to do as it should, or None where there is none to be had."""
    try:
        kernel = MarkKernel()
        return kernel if marks_rightly(kernel) and numbers_rightly(kernel) else None
    except Exception:  # noqa: BLE001 - whatever is wrong with the compiler, the other way gives the same rows
        return None


def marks_rightly(kernel: MarkKernel) -> bool:
    """Whether cells of every length up to four words have the marks that Python's arithmetic gives."""
    cells = [bytes((n * n + length) % 256 for n in range(length)) for length in range(4 * _WORD_BYTES + 2)]
    offsets = np.cumsum([0, *map(len, cells)], dtype=np.int32)
    found = kernel.mark_cells(offsets, np.frombuffer(b"".join(cells), np.uint8), seed=12345)
    return bool(found.tolist() == [_mark(cell, 12345) for cell in cells])


def _mark(cell: bytes, seed: int) -> int:
    state = folded(seed, len(cell))
    if not cell:
        return 0
    *words, last = [cell[place : place + _WORD_BYTES] for place in range(0, len(cell), _WORD_BYTES)]
    for word in words:
        state = folded(state, int.from_bytes(word, "little"))
    if len(cell) < _WORD_BYTES:
        return folded(state, int.from_bytes(last, "big")) | 1
    return folded(state, int.from_bytes(cell[-_WORD_BYTES:], "little")) | 1


def numbers_rightly(kernel: MarkKernel) -> bool:
    """Whether rows of one mark find the first of them, in a crowded table."""
    marks = [0, 1, 17, 1, 33, 17, 0, 2**64 - 1, 65, 129, 33, 2**64 - 1, 1]
    expected = [0, 1, 2, 1, 4, 2, 6, 7, 8, 9, 4, 7, 1]
    return bool(kernel.first_rows(np.array(marks, np.uint64)).tolist() == expected)
