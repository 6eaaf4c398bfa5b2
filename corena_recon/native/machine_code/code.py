"""Functions written as text in LLVM's intermediate representation, a line at a time."""

from __future__ import annotations

import itertools
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


class Code:
    """The body of one function. Every value is named once; methods that make a value give its name."""

    def __init__(self) -> None:
        self._lines = ["entry:"]
        self._numbers = itertools.count()
        self._block = "entry"

    def function(self, signature: str) -> str:
        """The finished function."""
        return "\n".join([f"define {signature} {{", *self._lines, "  ret void", "}", ""])

    def do(self, statement: str) -> None:
        """Add an instruction that gives no value."""
        self._lines.append(f"  {statement}")

    def value(self, expression: str) -> str:
        """Add an instruction and name its value."""
        name = f"%v{next(self._numbers)}"
        self.do(f"{name} = {expression}")
        return name

    def op(self, operation: str, kind: str, first: str, *others: str | int) -> str:
        """``first`` combined with each of the others in turn."""
        for other in others:
            first = self.value(f"{operation} {kind} {first}, {other}")
        return first

    def call(self, kind: str, name: str, *arguments: str | int) -> str:
        """What a function gives whose arguments are all of the type that it gives."""
        return self.value(f"call {kind} @{name}({', '.join(f'{kind} {x}' for x in arguments)})")

    def shuffle(self, kind: str, x: str, y: str, order: Sequence[int]) -> str:
        """The items of ``x``, then ``y``, at these positions."""
        mask = f"<{len(order)} x i32> {constant(order)}"
        return self.value(f"shufflevector {kind} {x}, {kind} {y}, {mask}")

    def at(self, pointer: str, byte_offset: str | int) -> str:
        """The address so many bytes further."""
        return self.value(f"getelementptr i8, ptr {pointer}, i64 {byte_offset}")

    def item(self, pointer: str, index: str, byte_count: int) -> str:
        """The address of an item in an array of items of ``byte_count`` bytes."""
        return self.at(pointer, self.op("mul", "i64", index, byte_count))

    def load(self, kind: str, pointer: str) -> str:
        """What stands at an address, aligned or not."""
        return self.value(f"load {kind}, ptr {pointer}, align 1")

    def store(self, kind: str, value: str | int, pointer: str) -> None:
        """Write to an address, aligned or not."""
        self.do(f"store {kind} {value}, ptr {pointer}, align 1")

    def reserve(self, byte_count: int) -> str:
        """Memory until the function returns. Not in a loop: each turn would take more of the stack."""
        return self.value(f"alloca [{byte_count} x i8], align 32")

    def copy(self, target: str, source: str, byte_count: str | int) -> None:
        """Copy bytes."""
        self.do(f"call void @llvm.memcpy.p0.p0.i64(ptr {target}, ptr {source}, i64 {byte_count}, i1 false)")

    def clear(self, target: str, byte_count: int) -> None:
        """Set bytes to zero."""
        self.do(f"call void @llvm.memset.p0.i64(ptr {target}, i8 0, i64 {byte_count}, i1 false)")

    @contextmanager
    def loop(self, count: str | int) -> Iterator[str]:
        """Repeat what the ``with`` block adds, for each index from 0 to ``count`` - 1."""
        number = next(self._numbers)
        index = f"%i{number}"
        self.do(f"br label %head{number}")
        self._lines.append(f"head{number}:")
        self.do(f"{index} = phi i64 [0, %{self._block}], [{index}.next, %tail{number}]")
        self.do(f"{index}.more = icmp slt i64 {index}, {count}")
        self.do(f"br i1 {index}.more, label %body{number}, label %end{number}")
        self._lines.append(f"body{number}:")
        self._block = f"body{number}"
        yield index
        self.do(f"br label %tail{number}")
        self._lines.append(f"tail{number}:")
        self.do(f"{index}.next = add i64 {index}, 1")
        self.do(f"br label %head{number}")
        self._lines.append(f"end{number}:")
        self._block = f"end{number}"


def constant(numbers: Sequence[int], item_kind: str = "i32") -> str:
    """A constant vector."""
    return f"<{', '.join(f'{item_kind} {number}' for number in numbers)}>"


def declaration(kind: str, name: str, argument_count: int) -> str:
    """The declaration of a function whose arguments are all of the type that it gives."""
    return f"declare {kind} @{name}({', '.join([kind] * argument_count)})\n"
