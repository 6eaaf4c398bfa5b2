"""What is read, damaged at random: each answer is rows that count up, or one sentence."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from random import Random
from typing import Any, Final

import corena_recon as cr
from corena_recon.errors import CorenaReconError
from corena_recon.vocabulary import ARCHIVE_FORMS
from tests.archive.differential import mutated_archive, read
from tests.archive.mutation import mutated
from tests.places import ORDERS_FIXTURES
from tests.reliability.shop import Figure

_TASK: Final = 500
"""Cases that one process does in a row."""
_EXPORTS: Final = [
    path for path in sorted(ORDERS_FIXTURES.glob("*.*")) if path.stem != "workbook" and path.suffix != ".py"
]
"""Workbooks are damaged in tests of their own: a process reads each."""


def fuzzed(_scratch: Path, count: int) -> Figure:
    """Damaged archives of every form, order exports and panel exports: rows that count up, or one sentence."""
    tasks = [range(first, min(first + _TASK, count)) for first in range(0, count, _TASK)]
    with ProcessPoolExecutor(min(len(tasks), os.cpu_count() or 1)) as pool:
        return Figure(count, [failure for failures in pool.map(_failures, tasks) for failure in failures])


def _failures(numbers: range) -> list[str]:
    return [failure for number in numbers for failure in _CASES[number % len(_CASES)](number)]


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
_CASES: Final = (_archive, _archive, _orders, _ledger)
