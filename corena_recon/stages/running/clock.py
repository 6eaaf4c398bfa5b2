"""Seconds by stage."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager


class Clock:
    """Seconds by stage; never part of a report."""

    def __init__(self) -> None:
        self._began = time.perf_counter()
        self._stages = dict.fromkeys(("read", "verify", "judge", "reconcile", "write"), 0.0)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Adds the time that the block takes to the stage."""
        began = time.perf_counter()
        try:
            yield
        finally:
            self.add(name, time.perf_counter() - began)

    def add(self, name: str, seconds: float) -> None:
        """Adds seconds to a stage."""
        self._stages[name] += seconds

    def seconds(self) -> dict[str, float]:
        """Seconds by stage and in all, so far."""
        stages = {**self._stages, "total": time.perf_counter() - self._began}
        return {name: round(seconds, 3) for name, seconds in stages.items()}
