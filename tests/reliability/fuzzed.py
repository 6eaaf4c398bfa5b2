"""What is read, damaged at random: each answer is rows that count up, or one sentence.

A case is one damage. Sources among others cost a tenth of one that is read by itself, and records among others a tenth
of a source: most cases are one of 25 in an archive of some records, a few are all that is wrong with a source. They are
done in lots, a form or an export a lot; where something is wrong with a lot it is halved until a source stands alone.
"""

from __future__ import annotations

import hashlib
import os
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from multiprocessing import Pipe, Process
from multiprocessing.connection import Connection, wait
from multiprocessing.sharedctypes import RawValue
from pathlib import Path
from random import Random
from typing import Any, Final, NamedTuple
from unittest.mock import patch

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from corena_recon.archive import SourceCount, StoredBytes, Taken, read_part
from corena_recon.archive.sources import containers
from corena_recon.errors import CorenaReconError
from corena_recon.orders import read_ledger_table
from corena_recon.orders.reading import read_orders_table
from corena_recon.schemas import NOTIFICATION_SCHEMA
from corena_recon.tables.columns import decoded
from corena_recon.vocabulary import ARCHIVE_FORMS
from tests.archive.differential import (
    TABLES,
    Archive,
    Outcome,
    bases,
    differences_between,
    mutated_archive,
    native_reading,
    read,
)
from tests.archive.mutation import MUTATIONS, cut, mutated, other_line_ends
from tests.places import ORDERS_FIXTURES
from tests.reliability.shop import Figure

_HANGS_S: Final = 60.0
_BASE_BYTES: Final = 1_500
"""How large archives are before they are damaged, so that most have one record to three: what others cost is rows that
are like those. The differential test has longer ones."""
_LOT_MAX: Final = 100
_DENSE_LOTS: Final = 240
"""Lots of each form whose sources have many damages, for one lot of each export, which costs as much more."""
_SINGLE_LOTS: Final = 8
"""Lots of each form whose sources have few."""
_DAMAGES: Final = 25
_DENSE_BYTES: Final = 12_000
_BOTH_WAYS: Final = 16
"""Of so many lots one is read without the core too."""
_BLOCK_BYTES: Final = (100, 1_000, 1 << 20, 1 << 20)
"""How many bytes a source gives at once: records are cut where a block ends."""
_WORTH_TRACING: Final = 2_000
"""From how many records of one shape on a recipe is learned: of damage there are many shapes, each of few records, and
to learn from each takes most of the time. The differential test learns from all of them."""
_SEED: Final = 19
_OF_ORDERS: Final = ("merged_rows", "repeated_headers", "blank_rows", "excluded")
_OF_THE_PANEL: Final = ("repeated_headers", "blank_rows", "other_entries")
_PANEL_S: Final = ("export_", "api_payments")


class Kind(NamedTuple):
    """What is damaged, and what is wrong with cases of it, a sentence each."""

    name: str
    wrong: Callable[[Sequence[int]], Iterator[str]]


class Lot(NamedTuple):
    """Cases of one kind, by their numbers."""

    kind: Kind
    numbers: Sequence[int]


def fuzzed(_scratch: Path, count: int) -> Figure:
    """Damaged archives of every form, order exports and panel exports: rows that count up, or one sentence."""
    failed: list[str] = []
    lots = lots_of(count)
    processes = min(os.cpu_count() or 1, len(lots))
    children = [_Child(lots[first::processes]) for first in range(processes)]
    running, looked_at = children, time.monotonic()
    while running:
        wait([child.told for child in running], _HANGS_S)
        if time.monotonic() - looked_at >= _HANGS_S:
            for child in running:
                child.stop_where_it_hangs()
            print(f"{sum(child.done for child in children):,} of {count:,} cases", file=sys.stderr, flush=True)
            looked_at = time.monotonic()
        running = [child for child in running if child.goes_on(failed)]
    return Figure(count, failed)


def lots_of(count: int) -> list[Lot]:
    """So many cases in lots, every form and every export in turn."""
    size = min(_LOT_MAX, max(1, count // len(_KINDS)))
    firsts = range(0, count, size)
    return [
        Lot(_KINDS[place % len(_KINDS)], range(first, min(first + size, count))) for place, first in enumerate(firsts)
    ]


class _Child:
    """A process that does lots in turn; where one ends it or takes too long, another process does those behind it.

    Args:
        lots: What it does.

    Attributes:
        told: Where it tells of failures, and is at its end once the process has ended.
        done: How many cases are done.
    """

    def __init__(self, lots: Sequence[Lot]) -> None:
        self._lots = lots
        self._place = RawValue("q", 0)
        self._seen_at = -1
        self.done = 0
        self._start()

    def _start(self) -> None:
        self.told, telling = Pipe(duplex=False)
        self._process = Process(target=_do, args=(self._lots, self._place, telling))
        self._process.start()
        telling.close()

    def stop_where_it_hangs(self) -> None:
        """Ends the process where it has been at one lot since it was last asked."""
        if self._seen_at == self._place.value:
            self._process.kill()
        self._seen_at = self._place.value

    def goes_on(self, failed: list[str]) -> bool:
        """Whether there is more to come; adds what was told."""
        if not self.told.poll():
            return True
        try:
            told = self.told.recv()
        except EOFError:
            self._process.join()
            self.told.close()
        else:
            if isinstance(told, int):
                self.done += told
            else:
                failed.append(told)
                print(told, file=sys.stderr, flush=True)
            return True
        if self._process.exitcode == 0:
            return False
        kind, numbers = self._lots[self._place.value]
        behind = self._lots[self._place.value + 1 :]
        if len(numbers) > 1:
            behind = [*(Lot(kind, [number]) for number in numbers), *behind]
        else:
            failed.append(f"{kind.name} {numbers[0]}: its process ended with {self._process.exitcode}")
        self._lots, self._place.value = behind, 0
        if self._lots:
            self._start()
        return bool(self._lots)


def _do(lots: Sequence[Lot], place: Any, telling: Connection) -> None:
    with native_reading(is_on=True, worth_tracing=_WORTH_TRACING):
        for place.value, (kind, numbers) in enumerate(lots):
            for failure in kind.wrong(numbers):
                telling.send(failure)
            telling.send(len(numbers))


def _archives(form: str, numbers: Sequence[int]) -> Iterator[str]:
    """What is wrong with damaged archives of a form."""
    alike: dict[tuple[str | None, bool], dict[int, Archive]] = defaultdict(dict)
    for number in numbers:
        archive = mutated_archive(form, _SEED, number, _BASE_BYTES)
        if archive.in_memory is None:
            alike[archive.form, archive.keep_raw][number] = archive
        else:
            yield from _wrong_alone(form, number, archive)
    for (named, keep_raw), archives in alike.items():
        sources = {
            f"{number}-{place}": octets
            for number, archive in archives.items()
            for place, octets in enumerate(archive.sources)
        }
        yield from _Together(form, named, keep_raw=keep_raw).wrong(sources)


def _dense_archives(form: str, numbers: Sequence[int]) -> Iterator[str]:
    """What is wrong with archives of a form that have many damages each."""
    sources = {}
    for first in numbers[::_DAMAGES]:
        chance = Random(f"{form} {_SEED} {first}")
        octets = chance.choice(bases(form, _DENSE_BYTES))
        for _ in range(_DAMAGES):
            octets = chance.choice(_LOCAL)(octets, chance)
        sources[f"{first}"] = octets
    yield from _Together(f"{form} with {_DAMAGES} damages", None, keep_raw=False).wrong(sources)


def _exports_as_archives(numbers: Sequence[int]) -> Iterator[str]:
    """What is wrong where exports are read as archives."""
    sources = {}
    for number in numbers:
        chance = Random(f"{_SEED} {number}")
        sources[f"{number}"] = mutated(chance.choice(EXPORTS).read_bytes(), chance)
    yield from _Together("exports", None, keep_raw=False).wrong(sources)


def _wrong_alone(form: str, number: int, archive: Archive) -> Iterator[str]:
    try:
        outcome = read(archive)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is what is looked for
        yield f"{form} {number}: {type(error).__name__}: {error}"
        return
    if outcome.refusal is None:
        yield from (f"{form} {number}: {wrong}" for wrong in _miscounted({}, outcome.table, outcome.intake))


class _Together:
    """Sources that are read by one call.

    Args:
        title: What they are, for people.
        form: Their form where the caller names it.
        keep_raw: As for ``read_ipns``.
    """

    def __init__(self, title: str, form: str | None, *, keep_raw: bool) -> None:
        self._title = title
        self._form = form
        self._keep_raw = keep_raw

    def wrong(self, sources: Mapping[str, bytes]) -> Iterator[str]:
        """What is wrong with them."""
        first = int(next(iter(sources), "0").partition("-")[0])
        chance = Random(f"{_SEED} {first}")
        block_bytes = max(chance.choice(_BLOCK_BYTES), max(map(len, sources.values()), default=0) // 100)
        yield from self._halved(sources, block_bytes, is_read_both_ways=chance.randrange(_BOTH_WAYS) == 0)

    def _halved(self, sources: Mapping[str, bytes], block_bytes: int, *, is_read_both_ways: bool) -> Iterator[str]:
        found = self._found(sources, block_bytes, is_read_both_ways=is_read_both_ways)
        if len(sources) <= 1 or not found:
            yield from (f"{self._title} {name}, blocks of {block_bytes}: {one}" for name in sources for one in found)
            return
        names = list(sources)
        halves = names[: len(names) // 2], names[len(names) // 2 :]
        seen = False
        for half in halves:
            for one in self._halved(
                {name: sources[name] for name in half}, block_bytes, is_read_both_ways=is_read_both_ways
            ):
                seen = True
                yield one
        if not seen and found != [_REFUSED]:
            yield f"{self._title} {names[0]} to {names[-1]} together, blocks of {block_bytes}: {found[0]}"

    def _found(self, sources: Mapping[str, bytes], block_bytes: int, *, is_read_both_ways: bool) -> list[str]:
        try:
            natively = self._read(sources, block_bytes)
            if natively.refusal is not None:
                return [] if len(sources) == 1 else [_REFUSED]
            found = list(_miscounted(sources, natively.table, natively.intake))
            if is_read_both_ways and not found:
                with native_reading(is_on=False, worth_tracing=_WORTH_TRACING):
                    found = differences_between(natively, self._read(sources, block_bytes))
        except Exception as error:  # noqa: BLE001 - whatever it is, it is what is looked for
            return [f"{type(error).__name__}: {error}"]
        return found

    def _read(self, sources: Mapping[str, bytes], block_bytes: int) -> Outcome:
        taken, refusal = Taken([]), None
        tables: list[pa.Table] = []
        with patch.object(containers, "BLOCK_BYTES", block_bytes):
            try:
                for name, octets in sources.items():
                    part = StoredBytes(name, octets, None)
                    tables.extend(read_part(part, taken, form=self._form, keep_raw=self._keep_raw))
            except CorenaReconError as error:
                refusal = str(error)
        table = pa.concat_tables([NOTIFICATION_SCHEMA.empty_table(), *map(decoded, tables)])
        return Outcome(table.combine_chunks(), taken.intake, refusal)


_REFUSED: Final = "it is refused"


def _miscounted(sources: Mapping[str, bytes], table: pa.Table, intake: Sequence[SourceCount]) -> Iterator[str]:
    """What does not count up between sources, their intake and their rows."""
    table.validate(full=True)
    rows: Counter[str] = Counter()
    for one in intake:
        parts = (one.notifications, one.unreadable, one.other)
        if one.records != sum(parts) or min(parts) < 0:
            yield f"{one}"
        rows[one.source] += one.notifications + one.unreadable
        octets = sources.get(one.source)
        if octets is not None and one.sha256 not in (None, hashlib.sha256(octets).hexdigest()):
            yield f"the digest of {one.source} is not that of its bytes"
    missing = {*sources} - {one.source.partition("!/")[0] for one in intake}
    if missing:
        yield f"{sorted(missing)} are not counted at all"
    names = pc.dictionary_encode(table["source"].combine_chunks())
    places = np.asarray(names.indices)
    found = dict(zip(names.dictionary.to_pylist(), np.bincount(places).tolist(), strict=False))
    if found != {name: count for name, count in rows.items() if count}:
        yield f"rows are {found}, counted are {+rows}"
    records = np.asarray(table["record"].combine_chunks())
    is_next = places[1:] == places[:-1]
    if (is_next & (records[1:] <= records[:-1])).any() or (len(records) and records.min() < 1):
        yield "the numbers of records are not those of rows in order"


def _exports(path: Path, numbers: Sequence[int]) -> Iterator[str]:
    """What is wrong with damaged exports."""
    stored = path.read_bytes()
    is_panel_s = path.name.startswith(_PANEL_S)
    for number in numbers:
        octets = mutated(stored, Random(f"{path.name} {_SEED} {number}"))
        try:
            given = read_ledger_table(octets) if is_panel_s else read_orders_table(octets)
            given.table.validate(full=True)
        except CorenaReconError:
            continue
        except Exception as error:  # noqa: BLE001 - whatever it is, it is what is looked for
            yield f"{path.name} {number}: {type(error).__name__}: {error}"
            continue
        left_out = _OF_THE_PANEL if is_panel_s else _OF_ORDERS
        counts = [(one["rows"], one["rows_read"], sum(one.get(name, 0) for name in left_out)) for one in given.mappings]
        if any(read != rows + others for rows, read, others in counts):
            yield f"{path.name} {number}: {given.mappings}"
        if len(given.table) != sum(rows for rows, _, _ in counts):
            yield f"{path.name} {number}: {len(given.table)} rows, {counts}"


EXPORTS: Final = [
    path
    for path in sorted(ORDERS_FIXTURES.glob("*.*"))
    if path.stem != "workbook" and not path.name.startswith("make_")
]
"""Workbooks are damaged in tests of their own: a process reads each."""
_LOCAL: Final = tuple(each for each in MUTATIONS if each not in (cut, other_line_ends))
"""What damages a place of an archive, and not all behind it."""
_IN_TURN: Final = (
    *(Kind(form, partial(_archives, form)) for form in ARCHIVE_FORMS for _ in range(_SINGLE_LOTS)),
    *(
        Kind(f"{form}, dense", partial(_dense_archives, form))
        for form in ARCHIVE_FORMS
        if form not in (*TABLES, "body")
        for _ in range(_DENSE_LOTS)
    ),
    *(Kind(path.name, partial(_exports, path)) for path in EXPORTS),
    Kind("exports", _exports_as_archives),
)
_KINDS: Final = Random(_SEED).sample(_IN_TURN, len(_IN_TURN))
