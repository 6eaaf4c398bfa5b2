"""Decimals read from text in machine code that is made while the program runs.

convert_decimals(i64 count, ptr offsets, ptr text, ptr values)
    values[row] = the value of a cell of an Arrow string array as a multiple of 0.00000001, an i64; ``NONE`` where it is
    not written as an optional minus, up to 10 digits, and optionally a point with up to 8 digits behind it.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa

from corena_recon.native.machine_code.compiling import COUNT, POINTER, MachineCode
from corena_recon.native.machine_code.flow import Flow, inner
from corena_recon.schemas import MONEY

if TYPE_CHECKING:
    from numpy.typing import NDArray

NONE: Final = -(2**63)
"""No value."""

_INTEGER_DIGITS: Final = 10
_ORDINARY: Final = re.compile(rf"-?[0-9]{{1,{_INTEGER_DIGITS}}}(?:\.[0-9]{{1,{MONEY.scale}}})?")
_SPECIMENS: Final = (
    "0",
    "-0",
    "0.0",
    "11.00000000",
    "-11.5",
    "9999999999.99999999",
    "-9999999999.99999999",
    "00012.30",
    "1 ",
    " 1",
    "",
    "-",
    ".",
    "1.",
    ".5",
    "1.2.3",
    "1e5",
    "+1",
    "12345678901",
    "1.123456789",
    "99999999999999999999",
    "١",
    *(f"1{character}5" for character in ",:/'-\x00e"),
)


def octet_text() -> str:
    """The byte at a position, 0 outside of the cell: cells of text never hold it."""
    code = Flow()
    code.give_when(code.test("sge", "%position", "%end"), 0)
    code.give(code.number(code.at("%text", "%position"), "i8"))
    return code.function(inner("i64", "octet", "ptr %text, i64 %position, i64 %end"))


def octet(code: Flow, position: str) -> str:
    """A call of what ``octet_text`` defines."""
    return code.value(f"call i64 @octet(ptr %text, i64 {position}, i64 %end)")


def read_decimal_text() -> str:
    """``i64 @read_decimal(ptr text, i64 begin, i64 end)``, which needs ``octet_text``."""
    code = Flow()
    position, value = code.variable("%begin"), code.variable(0)
    is_negative = code.test("eq", octet(code, "%begin"), ord("-"))
    code.add(position, code.value(f"zext i1 {is_negative} to i64"))
    _read_digits(code, position, value, _INTEGER_DIGITS)
    decimals = code.variable(0)
    with code.when(code.test("eq", octet(code, code.get(position)), ord("."))):
        code.add(position, 1)
        code.set(decimals, _read_digits(code, position, value, MONEY.scale))
    code.give_when(code.test("ne", code.get(position), "%end"), NONE)
    with code.forever() as scaled:
        code.leave_when(code.test("eq", code.get(decimals), MONEY.scale), scaled)
        code.set(value, code.op("mul", "i64", code.get(value), 10))
        code.add(decimals, 1)
    number = code.get(value)
    code.give(code.value(f"select i1 {is_negative}, i64 {code.op('sub', 'i64', '0', number)}, i64 {number}"))
    return code.function("internal i64 @read_decimal(ptr %text, i64 %begin, i64 %end)")


def _read_digits(code: Flow, position: str, value: str, most: int) -> str:
    """Append digits to a value, and give their number; without any, or with too many, the function gives none."""
    first = code.get(position)
    with code.forever() as done:
        digit = code.op("sub", "i64", octet(code, code.get(position)), ord("0"))
        code.leave_when(code.test("ugt", digit, 9), done)
        code.set(value, code.op("add", "i64", code.op("mul", "i64", code.get(value), 10), digit))
        code.add(position, 1)
    count = code.op("sub", "i64", code.get(position), first)
    code.give_when(code.test("ugt", code.op("sub", "i64", count, 1), most - 1), NONE)
    return count


def module_text() -> str:
    """Everything that is to be compiled."""
    code = Flow()
    with code.loop("%count") as row:
        offset = code.item("%offsets", row, 4)
        begin, end = code.number(offset), code.number(code.at(offset, 4))
        value = code.value(f"call i64 @read_decimal(ptr %text, i64 {begin}, i64 {end})")
        code.store("i64", value, code.item("%values", row, 8))
    convert = code.function("void @convert_decimals(i64 %count, ptr %offsets, ptr %text, ptr %values)")
    return octet_text() + read_decimal_text() + convert


class DecimalKernel:
    """The function of this module for arrays; safe to use in several threads at once.

    Raises:
        Exception: Whatever a missing or unfit compiler raises.
    """

    def __init__(self) -> None:
        code = MachineCode(module_text(), optimise=True)
        self._convert = code.function("convert_decimals", COUNT, *[POINTER] * 3)
        self._code = code

    def values(self, column: pa.Array) -> NDArray[np.int64]:
        """The values of a string column, ``NONE`` where a cell is null or written unusually."""
        values: NDArray[np.int64] = np.empty(len(column), np.int64)
        _, offsets, data = column.buffers()
        if len(column):
            first = offsets.address + column.offset * np.dtype(np.int32).itemsize
            self._convert(len(column), first, data.address if data else 0, values.ctypes.data)
        return values


def trusted_kernel() -> DecimalKernel | None:
    """A kernel that was seen to read rightly, or None where there is none to be had."""
    try:
        kernel = DecimalKernel()
        return kernel if reads_rightly(kernel) else None
    except Exception:  # noqa: BLE001 - whatever is wrong with the compiler, the exact way gives the same values
        return None


def reads_rightly(kernel: DecimalKernel) -> bool:
    """Whether a kernel reads decimals, and what is nearly one, as Python does."""
    wanted = [
        int(Decimal(text).scaleb(MONEY.scale)) if _ORDINARY.fullmatch(text) and text.isascii() else NONE
        for text in _SPECIMENS
    ]
    return bool(kernel.values(pa.array([None, *_SPECIMENS]).slice(1)).tolist() == wanted)
