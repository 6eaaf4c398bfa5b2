"""Recipes that records of one source are read by, learned from its own records as they go by."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from corena_recon.archive.recipes.tracing import ReadRecord, fits, is_text, row_by, trace
from corena_recon.native import Book, Kind, Recipe, take_apart

MAX_ATTEMPTS: Final = 96
"""How many samples of a source are traced at most: each costs as much as reading some hundred records."""
MAX_REMEMBERED: Final = 512
"""How many recipes are remembered beyond their source; then all are forgotten."""
MAX_PRIMED: Final = 128
"""How many of them a source begins with."""
WORTH_TRACING: Final = 24
"""Records of one shape, in all sources of a process together, from which a recipe pays."""

_TRIES_A_SHAPE: Final = 12


class Known(NamedTuple):
    """The recipes known at one moment, and the same for the core."""

    recipes: tuple[Recipe, ...]
    book: Book


def _known(recipes: tuple[Recipe, ...]) -> Known:
    return Known(recipes, Book(recipes))


NOTHING_KNOWN: Final = _known(())


class _Memory:
    """Recipes found in this process. One holds for every record that it fits, of whatever source."""

    def __init__(self) -> None:
        self._found: dict[tuple[ReadRecord, bytes], list[Recipe]] = {}
        self._of_reader: dict[ReadRecord, Known] = {}
        self._seen: Counter[tuple[ReadRecord, int]] = Counter()
        self._lock = threading.Lock()

    def is_worth(self, read: ReadRecord, shape: int, count: int) -> bool:
        """Whether there have been enough records of a shape, these among them."""
        with self._lock:
            if len(self._seen) > 64 * MAX_REMEMBERED:
                self._seen.clear()
            self._seen[read, shape] += count
            return self._seen[read, shape] >= WORTH_TRACING

    def known(self, read: ReadRecord, sample: bytes, kind: Kind) -> tuple[Recipe, ...]:
        """What was found before for records like this one."""
        ways = (take_apart(sample, kind), take_apart(sample, kind, is_sorted=True))
        with self._lock:
            return tuple(
                recipe
                for apart in ways
                if apart is not None
                for recipe in self._found.get((read, apart.shape), ())
                if fits(recipe, apart)
            )

    def add(self, read: ReadRecord, recipes: Sequence[Recipe]) -> None:
        """Remembers recipes."""
        with self._lock:
            if sum(map(len, self._found.values())) + len(recipes) > MAX_REMEMBERED:
                self._found.clear()
                self._of_reader.clear()
            for recipe in recipes:
                self._found.setdefault((read, recipe.shape), []).append(recipe)
            before = self._of_reader.get(read, NOTHING_KNOWN).recipes
            self._of_reader[read] = _known((*before, *recipes)[-MAX_PRIMED:])

    def all_of(self, read: ReadRecord) -> Known:
        """The recipes found last that this exact reader gave."""
        with self._lock:
            return self._of_reader.get(read, NOTHING_KNOWN)


_MEMORY: Final = _Memory()


class RecipeBook:
    """Grows while a source is read; several threads may ask at once.

    Args:
        read: The exact reader of one record.
        kind: What a record is.
        is_primed: Whether it begins with what other sources have taught.
    """

    def __init__(self, read: ReadRecord, kind: Kind, *, is_primed: bool = True) -> None:
        self._read = read
        self._kind = kind
        self._lock = threading.Lock()
        self._attempts_left = MAX_ATTEMPTS
        self._tries: Counter[int] = Counter()
        self.known = _MEMORY.all_of(read) if is_primed else NOTHING_KNOWN

    def learn(self, left: Iterable[tuple[int, Sequence[bytes], int]], known: Known) -> bool:
        """Whether there are recipes now that were not among the known ones, after a look at records that fit none.

        Args:
            left: For each shape its mark, some of its records, and how many there are.
            known: What these were read by.
        """
        with self._lock:
            if self.known is known:
                for mark, samples, count in left:
                    self._learn(mark, samples, count)
            return self.known is not known

    def _learn(self, mark: int, samples: Sequence[bytes], count: int) -> None:
        sample = next(filter(self._is_text, samples), None)
        if sample is None or self._tries[mark] == _TRIES_A_SHAPE:
            return
        recipes = _MEMORY.known(self._read, sample, self._kind)
        if not recipes:
            if not self._attempts_left or not _MEMORY.is_worth(self._read, mark, count):
                return
            self._attempts_left -= 1
            self._tries[mark] += 1
            recipes = trace(sample, self._kind, self._read)
            if not recipes or not all(self._holds(recipe, samples) for recipe in recipes):
                self._tries[mark] = _TRIES_A_SHAPE
                return
            _MEMORY.add(self._read, recipes)
        new = tuple(recipe for recipe in recipes if recipe not in self.known.recipes)
        if new:
            self.known = _known((*self.known.recipes, *new))

    def _is_text(self, sample: bytes) -> bool:
        apart = take_apart(sample, self._kind)
        return apart is not None and is_text(apart)

    def _holds(self, recipe: Recipe, samples: Sequence[bytes]) -> bool:
        """Whether the recipe says of more records what the exact reader says."""
        aparts = [(sample, take_apart(sample, self._kind, is_sorted=recipe.is_free)) for sample in samples]
        return all(
            row_by(recipe, apart) == self._read(sample)
            for sample, apart in aparts
            if apart is not None and fits(recipe, apart) and is_text(apart)
        )
