"""Compiled code made once a process has asked for so much work that making it pays."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

_Kernel = TypeVar("_Kernel")


class KernelOnDemand(Generic[_Kernel]):
    """A kernel that is made when it pays; safe to ask from several threads at once.

    Args:
        make: Gives the kernel, or None where there is none to be had.
        pays_from: The number of items from which making it pays.
    """

    def __init__(self, make: Callable[[], _Kernel | None], pays_from: float) -> None:
        self._make = make
        self._pays_from = pays_from
        self._asked_for = 0
        self._tried = False
        self._kernel: _Kernel | None = None
        self._lock = threading.Lock()

    def kernel_for(self, item_count: int) -> _Kernel | None:
        """The kernel, or None where other ways are better or the only choice."""
        with self._lock:
            self._asked_for += item_count
            if not self._tried and self._asked_for >= self._pays_from:
                self._tried = True
                self._kernel = self._make()
            return self._kernel
