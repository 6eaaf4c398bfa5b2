"""The parts of the figures, by name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

from tests.reliability import fuzzed, neighbours, processes, reading, reports, stretched
from tests.reliability.shop import Figure


class Part(NamedTuple):
    """One part.

    Attributes:
        run: Does it in an empty folder, as often as is asked for.
        full_count: How often, for a figure that is worth telling.
        small_count: How often in every test run.
    """

    run: Callable[[Path, int], Figure]
    full_count: int
    small_count: int

    @property
    def what(self) -> str:
        """What is done, in a sentence."""
        return (self.run.__doc__ or "").strip()


PARTS: Final = {
    "killed": Part(reports.killed, 500, 12),
    "failing": Part(reports.failing, 1000, 1),
    "disk full": Part(reports.disk_full, 100, 2),
    "descriptors": Part(reports.descriptors, 40, 2),
    "two audits": Part(reports.two_audits, 50, 2),
    "memory": Part(processes.memory, 30, 1),
    "canaries": Part(processes.canaries, 77, 3),
    "spilled": Part(processes.spilled, 3, 1),
    "growing": Part(reading.growing, 25, 2),
    "fuzzed": Part(fuzzed.fuzzed, 1_000_000, 150),
    "neighbours": Part(neighbours.neighbours, 20_000, 130),
    "quadratic": Part(reading.quadratic, 1024, 4),
    "stretched": Part(stretched.stretched, 1_000, 10),
}
