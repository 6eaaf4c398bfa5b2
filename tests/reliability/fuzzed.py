"""What is read, damaged at random: each answer is rows that count up, or one sentence."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from multiprocessing import Pipe, Process
from multiprocessing.connection import Connection, wait
from multiprocessing.sharedctypes import RawValue
from pathlib import Path
from random import Random
from typing import Any, Final

import corena_recon as cr
from corena_recon.errors import CorenaReconError
from corena_recon.vocabulary import ARCHIVE_FORMS
from tests.archive.differential import mutated_archive, native_reading, read
from tests.archive.mutation import mutated
from tests.places import ORDERS_FIXTURES
from tests.reliability.shop import Figure

_HANGS_S: Final = 60.0
_WORTH_TRACING: Final = 500
"""From how many records of one shape on a recipe is learned: of damage there are many shapes, each of few records, and
to learn from each takes most of the time. The differential test learns from all of them."""
_EXPORTS: Final = [
    path for path in sorted(ORDERS_FIXTURES.glob("*.*")) if path.stem != "workbook" and path.suffix != ".py"
]
"""Workbooks are damaged in tests of their own: a process reads each."""


def fuzzed(_scratch: Path, count: int) -> Figure:
    """Damaged archives of every form, order exports and panel exports: rows that count up, or one sentence."""
    failed: list[str] = []
    processes = min(os.cpu_count() or 1, count)
    children = [_Child(range(first, count, processes)) for first in range(processes)]
    while children:
        if not wait([child.told for child in children], _HANGS_S):
            for child in children:
                child.stop_where_it_hangs()
        children = [child for child in children if child.goes_on(failed)]
    return Figure(count, failed)


class _Child:
    """A process that does cases in turn; where one ends it or takes too long, another process does those behind it.

    Args:
        numbers: Of the cases.

    Attributes:
        told: Where it tells of failures, and is at its end once the process has ended.
    """

    def __init__(self, numbers: range) -> None:
        self._numbers = numbers
        self._place = RawValue("q", 0)
        self._seen_at = -1
        self._start()

    def _start(self) -> None:
        self.told, telling = Pipe(duplex=False)
        self._process = Process(target=_do, args=(self._numbers, self._place, telling))
        self._process.start()
        telling.close()

    def stop_where_it_hangs(self) -> None:
        """Ends the process where it has been at one case since it was last asked."""
        if self._seen_at == self._place.value:
            self._process.kill()
        self._seen_at = self._place.value

    def goes_on(self, failed: list[str]) -> bool:
        """Whether there is more to come; adds what was told."""
        if not self.told.poll():
            return True
        try:
            failed.append(self.told.recv())
        except EOFError:
            self._process.join()
            self.told.close()
        else:
            return True
        if self._process.exitcode == 0:
            return False
        failed.append(f"case {self._numbers[self._place.value]}: its process ended with {self._process.exitcode}")
        self._numbers, self._place.value = self._numbers[self._place.value + 1 :], 0
        if self._numbers:
            self._start()
        return bool(self._numbers)


def _do(numbers: range, place: Any, telling: Connection) -> None:
    with native_reading(is_on=True, worth_tracing=_WORTH_TRACING):
        for place.value, number in enumerate(numbers):
            for failure in _CASES[number % len(_CASES)](number):
                telling.send(failure)


def _archive(number: int) -> Iterator[str]:
    form = ARCHIVE_FORMS[number // len(_CASES) % len(ARCHIVE_FORMS)]
    try:
        outcome = read(mutated_archive(form, _SEED, number))
    except Exception as error:  # noqa: BLE001 - whatever it is, it is what is looked for
        yield f"{form} {number}: {type(error).__name__}: {error}"
        return
    for source in outcome.intake:
        if source.records != source.notifications + source.unreadable + source.other:
            yield f"{form} {number}: {source}"
    counted = sum(source.notifications + source.unreadable for source in outcome.intake)
    if outcome.refusal is None and len(outcome.table) != counted:
        yield f"{form} {number}: {len(outcome.table)} rows, {counted} counted"


def _export(number: int, read_export: Callable[[bytes], Any]) -> Iterator[str]:
    chance = Random(f"{_SEED} {number}")
    path = chance.choice(_EXPORTS)
    try:
        read_export(mutated(path.read_bytes(), chance))
    except CorenaReconError:
        return
    except Exception as error:  # noqa: BLE001 - whatever it is, it is what is looked for
        yield f"{path.name} {number}: {type(error).__name__}: {error}"


def _orders(number: int) -> Iterator[str]:
    return _export(number, cr.read_orders)


def _ledger(number: int) -> Iterator[str]:
    return _export(number, cr.read_ledger)


_SEED: Final = 19
_CASES: Final = (_archive, _archive, _archive, _orders, _archive, _archive, _archive, _ledger)
