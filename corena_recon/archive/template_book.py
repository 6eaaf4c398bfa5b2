"""The templates that lines of one source follow, learned from its own lines as they go by."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Sequence
from typing import Final, NamedTuple

from corena_recon.archive.line_kernel.loading import Piece, Program
from corena_recon.archive.line_kernel.matching import SlotKind
from corena_recon.archive.skeletons import Skeleton, skeleton_of
from corena_recon.archive.templates import TEXT_COLUMNS, ReadLine, Template, trace

MAX_TEMPLATES: Final = 16
MAX_ATTEMPTS: Final = 64
"""How many samples of a source are traced at most: each costs as much as reading a thousand lines."""

_SAMPLE_MAX_BYTES: Final = 16 * 1024
_TRIES_A_SHAPE: Final = 3
_FEWEST_LINES: Final = 2


class Learned(NamedTuple):
    """The templates known at one moment.

    Attributes:
        templates: In the order of their numbers.
        program: The same for the kernel; its columns are ``TEXT_COLUMNS``.
    """

    templates: tuple[Template, ...]
    program: Program


_Shape = tuple[tuple[bytes, ...], tuple[SlotKind, ...]]


class TemplateBook:
    """Grows while several threads read with it. Rows do not depend on what it knows, only time does.

    Args:
        read_line: The exact reader.
        keeps_raw: Whether a row holds the line's own bytes.
    """

    def __init__(self, read_line: ReadLine, *, keeps_raw: bool) -> None:
        self._read_line = read_line
        self._keeps_raw = keeps_raw
        self._lock = threading.Lock()
        self._attempts_left = MAX_ATTEMPTS
        self._tries: Counter[tuple[_Shape, tuple[bytes, ...]]] = Counter()
        self._frozen: dict[_Shape, tuple[int, ...]] = {}
        self.learned = self._with(())

    def learn(self, lines: Sequence[bytes], known: Learned) -> bool:
        """Whether there are templates now that were not among the known ones, after a look at lines that fit none."""
        with self._lock:
            if self.learned is known and self._attempts_left and len(known.templates) < MAX_TEMPLATES:
                self._learn(lines)
            return self.learned is not known

    def _learn(self, lines: Sequence[bytes]) -> None:
        for skeleton in self._frequent([skeleton_of(line) for line in lines if len(line) <= _SAMPLE_MAX_BYTES]):
            templates = self.learned.templates
            if not self._attempts_left or len(templates) == MAX_TEMPLATES:
                return
            self._attempts_left -= 1
            template, frozen = trace(skeleton, self._read_line)
            shape = skeleton.constants, skeleton.kinds
            self._frozen[shape] = frozen
            self._tries[self._key(skeleton)] += 1
            if template is not None and template not in templates:
                self.learned = self._with((*templates, template))

    def _frequent(self, skeletons: list[Skeleton]) -> list[Skeleton]:
        """One sample of each shape that several lines have, the commonest first."""
        counts = Counter(map(self._key, skeletons))
        samples = {self._key(skeleton): skeleton for skeleton in reversed(skeletons)}
        fewest = max(_FEWEST_LINES, len(skeletons) // 64)
        return [
            samples[key]
            for key, count in counts.most_common()
            if count >= fewest and self._tries[key] < _TRIES_A_SHAPE and samples[key].kinds
        ]

    def _key(self, skeleton: Skeleton) -> tuple[_Shape, tuple[bytes, ...]]:
        shape = skeleton.constants, skeleton.kinds
        return shape, tuple(skeleton.values[slot] for slot in self._frozen.get(shape, ()))

    def _with(self, templates: tuple[Template, ...]) -> Learned:
        columns = [[template.cells[name] for template in templates] for name in TEXT_COLUMNS]
        if self._keeps_raw:
            columns[TEXT_COLUMNS.index("raw")] = [(Piece(b"", 0),)] * len(templates)
        return Learned(templates, Program([template.steps for template in templates], columns))
