"""Functions with variables, branches and early returns, written as text for LLVM."""

from __future__ import annotations

import itertools
from contextlib import contextmanager
from typing import TYPE_CHECKING

from corena_recon.native.machine_code.code import Code

if TYPE_CHECKING:
    from collections.abc import Iterator


class Flow(Code):
    """The body of one function. Variables live in memory until LLVM's optimiser gives them registers."""

    def __init__(self) -> None:
        super().__init__()
        self._labels = itertools.count()
        self._variables: list[str] = []

    def function(self, signature: str) -> str:
        """The finished function, which must have given its value by then; one without a value just ends."""
        entry, *body = self._lines
        last = "  ret void" if signature.removeprefix("internal ").startswith("void") else "  unreachable"
        return "\n".join([f"define {signature} {{", entry, *self._variables, *body, last, "}", ""])

    def variable(self, initial: str | int, kind: str = "i64") -> str:
        """A new variable; made once, and set again wherever this stands in a loop."""
        name = f"%variable{len(self._variables)}"
        self._variables.append(f"  {name} = alloca {kind}")
        self.set(name, initial, kind)
        return name

    def get(self, variable: str, kind: str = "i64") -> str:
        """What a variable holds now."""
        return self.value(f"load {kind}, ptr {variable}")

    def set(self, variable: str, value: str | int, kind: str = "i64") -> None:
        """Let a variable hold another value."""
        self.do(f"store {kind} {value}, ptr {variable}")

    def add(self, variable: str, more: str | int) -> None:
        """Add to an i64 variable."""
        self.set(variable, self.op("add", "i64", self.get(variable), more))

    def number(self, pointer: str, kind: str = "i32") -> str:
        """The unsigned number at an address, as i64."""
        return self.value(f"zext {kind} {self.load(kind, pointer)} to i64")

    def test(self, relation: str, x: str | int, y: str | int, kind: str = "i64") -> str:
        """Whether two numbers stand in a relation of ``icmp``."""
        return self.value(f"icmp {relation} {kind} {x}, {y}")

    def give(self, value: str | int, kind: str = "i64") -> None:
        """Return from the function."""
        self.do(f"ret {kind} {value}")
        self._label("after")

    def leave(self, end: str) -> None:
        """Leave the loop that ``forever`` named."""
        self.do(f"br label %{end}")
        self._label("after")

    def leave_when(self, condition: str, end: str) -> None:
        """Leave the loop where the condition holds."""
        with self.when(condition):
            self.leave(end)

    def give_when(self, condition: str, value: str | int, kind: str = "i64") -> None:
        """Return from the function where the condition holds."""
        with self.when(condition):
            self.give(value, kind)

    @contextmanager
    def when(self, condition: str) -> Iterator[None]:
        """What the ``with`` block adds is done only where the condition holds."""
        number = next(self._labels)
        self.do(f"br i1 {condition}, label %then{number}, label %done{number}")
        self._begin(f"then{number}")
        yield
        self.do(f"br label %done{number}")
        self._begin(f"done{number}")

    @contextmanager
    def forever(self) -> Iterator[str]:
        """Repeat what the ``with`` block adds until it leaves."""
        number = next(self._labels)
        self.do(f"br label %again{number}")
        self._begin(f"again{number}")
        yield f"left{number}"
        self.do(f"br label %again{number}")
        self._begin(f"left{number}")

    def _label(self, name: str) -> None:
        self._begin(f"{name}{next(self._labels)}")

    def _begin(self, block: str) -> None:
        self._lines.append(f"{block}:")
        self._block = block


def inner(kind: str, name: str, arguments: str) -> str:
    """The signature of a function that is written into its callers."""
    return f"internal {kind} @{name}({arguments}) alwaysinline"
