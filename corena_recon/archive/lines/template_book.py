"""The templates that lines of one source follow, learned from its own lines as they go by."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Sequence
from typing import Final, NamedTuple

from corena_recon.archive.lines.skeletons import Skeleton, skeleton_of
from corena_recon.archive.lines.templates import TEXT_COLUMNS, ReadLine, Template, Traced, trace
from corena_recon.native import Piece, Program, SlotKind

MAX_TEMPLATES: Final = 16
MAX_ATTEMPTS: Final = 64
"""How many samples of a source are traced at most: each costs as much as reading a thousand lines."""
MAX_REMEMBERED: Final = 256
"""How many templates are remembered beyond their source; then all are forgotten."""

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


def _shape_of(skeleton: Skeleton) -> _Shape:
    return skeleton.constants, skeleton.kinds


def _values_of(skeleton: Skeleton, slots: Sequence[int]) -> tuple[bytes, ...]:
    return tuple(skeleton.values[slot] for slot in slots)


class TemplateMemory:
    """Templates traced in this process. One holds for every line that fits it, of whatever source."""

    def __init__(self) -> None:
        self._traced: dict[tuple[ReadLine, _Shape], list[tuple[Traced, tuple[bytes, ...]]]] = {}
        self._lock = threading.Lock()

    def known(self, skeleton: Skeleton, read_line: ReadLine) -> Traced | None:
        """What was traced before that the sample line fits, if anything."""
        with self._lock:
            for traced, values in self._traced.get((read_line, _shape_of(skeleton)), ()):
                if _values_of(skeleton, traced.frozen) == values:
                    return traced
        return None

    def trace(self, skeleton: Skeleton, read_line: ReadLine) -> Traced:
        """The same as ``templates.trace``; a template is remembered."""
        traced = trace(skeleton, read_line)
        if traced.template is not None:
            with self._lock:
                if sum(map(len, self._traced.values())) >= MAX_REMEMBERED:
                    self._traced.clear()
                known = self._traced.setdefault((read_line, _shape_of(skeleton)), [])
                known.append((traced, _values_of(skeleton, traced.frozen)))
        return traced


_MEMORY: Final = TemplateMemory()


class TemplateBook:
    """Grows while several threads read with it. Rows do not depend on what it knows, only time does.

    Args:
        read_line: The exact reader.
        keeps_raw: Whether a row holds the line's own bytes.
        attempts: How many samples are traced at most.
    """

    def __init__(self, read_line: ReadLine, *, keeps_raw: bool, attempts: int = MAX_ATTEMPTS) -> None:
        self._read_line = read_line
        self._keeps_raw = keeps_raw
        self._lock = threading.Lock()
        self._attempts_left = attempts
        self._tries: Counter[tuple[_Shape, tuple[bytes, ...]]] = Counter()
        self._frozen: dict[_Shape, tuple[int, ...]] = {}
        self.learned = self._with(())

    def learn(self, lines: Sequence[bytes], known: Learned) -> bool:
        """Whether there are templates now that were not among the known ones, after a look at lines that fit none."""
        with self._lock:
            if self.learned is known and len(known.templates) < MAX_TEMPLATES:
                self._learn(lines)
            return self.learned is not known

    def _learn(self, lines: Sequence[bytes]) -> None:
        for skeleton in self._frequent([skeleton_of(line) for line in lines if len(line) <= _SAMPLE_MAX_BYTES]):
            templates = self.learned.templates
            if len(templates) == MAX_TEMPLATES:
                return
            traced = _MEMORY.known(skeleton, self._read_line)
            if traced is None:
                if not self._attempts_left:
                    continue
                self._attempts_left -= 1
                traced = _MEMORY.trace(skeleton, self._read_line)
            template, frozen = traced
            self._frozen[_shape_of(skeleton)] = frozen
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
        shape = _shape_of(skeleton)
        return shape, _values_of(skeleton, self._frozen.get(shape, ()))

    def _with(self, templates: tuple[Template, ...]) -> Learned:
        columns = [[template.cells[name] for template in templates] for name in TEXT_COLUMNS]
        if self._keeps_raw:
            columns[TEXT_COLUMNS.index("raw")] = [(Piece(b"", 0),)] * len(templates)
        return Learned(templates, Program([template.steps for template in templates], columns))
