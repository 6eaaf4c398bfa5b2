"""How far long work is, told to whoever wants to know while it runs."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[str, int], None]
"""Called with a stage's name and the records it has done so far.

Where it has a method ``share``, that is called with the stage's name, what is done, and how much that is in all: bytes
of the archive's files while these are read, records afterwards.
"""

Telling = Callable[[int, int], None]
"""Called with what one stage has done, and how much that is in all."""


class Stages:
    """Tells of the stages of one piece of work.

    Args:
        progress: Whom; nobody when None.
    """

    def __init__(self, progress: Progress | None = None) -> None:
        self._progress = progress
        self._share: Callable[[str, int, int], None] | None = getattr(progress, "share", None)

    def tell(self, stage: str, count: int = 0, total: int = 0) -> None:
        """Says how many records a stage has done, and of how many where that is known."""
        if self._progress is not None:
            self._progress(stage, count)
            self._tell_share(stage, count, total)

    def telling(self, stage: str) -> Telling:
        """Tells of one stage."""
        return lambda count, total: self.tell(stage, count, total)

    def _tell_share(self, stage: str, done: int, total: int) -> None:
        if self._share is not None and 0 < done <= total:
            self._share(stage, done, total)
