"""The native reader against the exact one: the same bytes must give the same tables, counts and flags.

    python -m tests.archive.differential --form F --count 20000 --seed S

reads so many mutated archives of one form both ways, or of every form. The first differences are printed, made as
small as it goes; the same form, seed and number give the same archive, and ``--only NUMBER`` reads that one alone.
"""

from __future__ import annotations

import argparse
import io
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import cache
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any, Final, NamedTuple
from unittest.mock import patch

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from corena_recon.archive import SourceCount, read_batches
from corena_recon.archive.recipes import book
from corena_recon.errors import CorenaReconError
from corena_recon.native import library
from corena_recon.native.records import Sink
from corena_recon.schemas import NOTIFICATION_SCHEMA
from corena_recon.tables.columns import decoded
from corena_recon.vocabulary import ARCHIVE_FORMS
from tests.archive.mutation import feather_of, interleaved, mutated, mutated_table, parquet_of
from tests.every_form import BODY, WAYS, notifications
from tests.places import ARCHIVE_FIXTURES

TABLES: Final[dict[str, tuple[Callable[[Any], pa.Table], Callable[[pa.Table], bytes]]]] = {
    "parquet": (lambda file: pq.ParquetFile(file).read(), parquet_of),
    "feather": (lambda file: pa.ipc.open_file(file).read_all(), feather_of),
}
"""Forms whose damage is within cells: how such a file is read and written."""
_SIZES: Final = (1, 3, 8, 8, 24)
_BLOCK_BYTES: Final = (16, 100, 1_000, 1 << 24, 1 << 24)
"""How many bytes a file gives at once: records are cut where a block ends."""
_BLOCKS: Final = 100
"""Into how many blocks at most an archive is cut."""
_CHUNK: Final = 100
"""Archives that are read one way before they are read the other way: to change takes longer than to read one."""
_WORTH_TRACING: Final = (1, 3, 3, 3)
"""From how many records of one shape on a recipe is learned, in one chunk after the other: damage makes many shapes of
which there is but one record, and to learn from each takes nearly all of the time."""
_SHOWN_BYTES: Final = 3_000
_SHOWN: Final = 5


class Archive(NamedTuple):
    """What is read: bytes of one source, or of several.

    Attributes:
        sources: Their bytes.
        form: The form's name where the caller says it.
        block_bytes: How many bytes at most are given at once.
        keep_raw: As for ``read_ipns``.
        in_memory: Whether the first source, a Parquet file, is handed over as a table, or as a pandas frame.
    """

    sources: tuple[bytes, ...]
    form: str | None = None
    block_bytes: int = 1 << 24
    keep_raw: bool = False
    in_memory: str | None = None


class Outcome(NamedTuple):
    """What reading gave: rows and intake, or the words with which it was refused."""

    table: pa.Table
    intake: list[SourceCount]
    refusal: str | None


@contextmanager
def native_reading(*, is_on: bool, worth_tracing: int = 1) -> Iterator[None]:
    """Reading within goes through native code from so many records of one shape on, or through none of it.

    This is the one place that knows where native reading is decided.
    """
    with ExitStack() as stack:
        stack.enter_context(patch.object(book, "WORTH_TRACING", worth_tracing))
        if not is_on:
            stack.enter_context(patch.dict(os.environ, {"CORENA_RECON_NATIVE": "off"}))
        stack.callback(library.core.cache_clear)
        library.core.cache_clear()
        yield


@contextmanager
def slipping() -> Iterator[None]:
    """Native reading within is wrong on purpose: every text begins one character late."""
    sound = Sink.texts

    def slipped(sink: Sink) -> list[pa.Array]:
        *texts, raw = sound(sink)
        return [*(pc.utf8_slice_codeunits(column, 1) for column in texts), raw]

    with patch.object(Sink, "texts", slipped):
        yield


def differences(archive: Archive) -> list[str]:
    """What differs between both ways to read the archive; nothing where they agree."""
    return dict(differing([archive])).get(0, [])


def differing(archives: Iterable[Archive], counted: list[int] | None = None) -> Iterator[tuple[int, list[str]]]:
    """The numbers, from 0, of the archives that both ways do not read alike, and what differs.

    Args:
        archives: The archives.
        counted: Gets the number of records in each of them.
    """
    remaining, first = iter(archives), 0
    while chunk := list(islice(remaining, _CHUNK)):
        with native_reading(is_on=True, worth_tracing=_WORTH_TRACING[first // _CHUNK % len(_WORTH_TRACING)]):
            natively = [*map(read, chunk)]
        with native_reading(is_on=False):
            exactly = [*map(read, chunk)]
        if counted is not None:
            counted += [sum(one.records for one in outcome.intake) for outcome in exactly]
        for number, outcomes in enumerate(zip(natively, exactly, strict=True), first):
            if found := differences_between(*outcomes):
                yield number, found
        first += len(chunk)


def read(archive: Archive) -> Outcome:
    intake: list[SourceCount] = []
    batches: list[pa.Table] = []
    refusal = None
    try:
        batches.extend(read_batches(_sources(archive), intake, form=archive.form, keep_raw=archive.keep_raw))
    except CorenaReconError as error:
        refusal = f"{type(error).__name__}: {error}"
    table = pa.concat_tables([NOTIFICATION_SCHEMA.empty_table(), *map(decoded, batches)])
    return Outcome(table.combine_chunks(), intake, refusal)


def _sources(archive: Archive) -> Any:
    if archive.in_memory is not None:
        table = pq.ParquetFile(io.BytesIO(archive.sources[0])).read()
        return table.to_pandas() if archive.in_memory == "frame" else table
    return [_File(octets, archive.block_bytes) for octets in archive.sources]


class _File(io.BytesIO):
    """A file that gives few bytes at once."""

    def __init__(self, octets: bytes, block_bytes: int) -> None:
        super().__init__(octets)
        self._block_bytes = max(block_bytes, len(octets) // _BLOCKS)

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(self._block_bytes if size is None or size < 0 else min(size, self._block_bytes))


def differences_between(natively: Outcome, exactly: Outcome) -> list[str]:
    found = []
    if natively.refusal != exactly.refusal:
        found.append(f"refusal: {natively.refusal!r} natively, {exactly.refusal!r} exactly")
    if natively.intake != exactly.intake:
        found.append(f"intake: {natively.intake} natively, {exactly.intake} exactly")
    if len(natively.table) != len(exactly.table):
        return [*found, f"rows: {len(natively.table)} natively, {len(exactly.table)} exactly"]
    if natively.table.schema != exactly.table.schema:
        return [*found, f"schema: {natively.table.schema} natively, {exactly.table.schema} exactly"]
    for name in exactly.table.column_names:
        columns = natively.table[name], exactly.table[name]
        if not columns[0].equals(columns[1]):
            pairs = zip(*(column.to_pylist() for column in columns), strict=True)
            place, (one, other) = next((place, pair) for place, pair in enumerate(pairs) if pair[0] != pair[1])
            found.append(f"{name} of row {place + 1}: {_shown(one)} natively, {_shown(other)} exactly")
    return found


def _shown(value: Any) -> str:
    return repr(value)[:300]


def fixtures(form: str) -> list[bytes]:
    """The hand-made archives of the form."""
    return [path.read_bytes() for path in sorted((ARCHIVE_FIXTURES / form).iterdir())]


@cache
def bases(form: str, bytes_max: int | None = None) -> tuple[bytes, ...]:
    """Archives of the form before they are mutated: its fixtures, and every way to write it in several sizes.

    None is larger than is said, but for the smallest.
    """
    if bytes_max is not None:
        every = bases(form)
        return tuple(base for base in every if len(base) <= max(bytes_max, min(map(len, every))))
    posts = notifications(max(_SIZES) * 2)
    ways = [way for way in (*WAYS, BODY) if way.form == form]
    return (*fixtures(form), *(way.write(posts[:size]) for way in ways for size in _SIZES))


def mutated_archive(form: str, seed: int, number: int, bytes_max: int | None = None) -> Archive:
    """One archive of the form, always the same for the same arguments, of a base of so many bytes at most."""
    chance = Random(f"{form} {seed} {number}")
    named = form if chance.random() < 0.5 else None
    block_bytes, keep_raw = chance.choice(_BLOCK_BYTES), chance.random() < 0.3
    choices = bases(form, bytes_max)
    base = chance.choice(choices)
    if form in TABLES:
        table_of, file_of = TABLES[form]
        table = mutated_table(table_of(io.BytesIO(base)), chance)
        if chance.random() < 0.3:
            # pandas cannot be given every table that has two columns of one name.
            are_unique = len(set(table.column_names)) == table.num_columns
            kind = chance.choice(("table", "frame")) if are_unique else "table"
            return Archive((parquet_of(table),), None, block_bytes, keep_raw, kind)
        octets = file_of(table)
        return Archive((octets,), named, block_bytes, keep_raw)
    if form == BODY.form:
        others = tuple(mutated(chance.choice(choices), chance) for _ in range(chance.randrange(4)))
        return Archive((mutated(base, chance), *others), named, block_bytes, keep_raw)
    if chance.random() < 0.2:
        base = interleaved(base, chance.choice(choices), chance)
    return Archive((mutated(base, chance),), named, block_bytes, keep_raw)


def made_smaller(archive: Archive, is_different: Callable[[Archive], object]) -> Archive:
    """The archive without whatever it takes nothing of for both ways to differ."""
    if archive.in_memory is not None or archive.form in TABLES:
        return archive
    for place in range(len(archive.sources)):
        step = len(archive.sources[place])
        while step:
            begin = 0
            while begin < len(archive.sources[place]):
                sources = list(archive.sources)
                sources[place] = sources[place][:begin] + sources[place][begin + step :]
                smaller = archive._replace(sources=tuple(sources))
                if is_different(smaller):
                    archive = smaller
                else:
                    begin += step
            step //= 2
    return archive


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--form", action="append", choices=ARCHIVE_FORMS, help="default: every form")
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", type=int, metavar="NUMBER", help="this archive alone")
    parser.add_argument("--save", type=Path, metavar="FOLDER", help="where archives that differ are written")
    options = parser.parse_args(arguments)
    total = 0
    for form in options.form or ARCHIVE_FORMS:
        numbers = range(options.count) if options.only is None else [options.only]
        archives = (mutated_archive(form, options.seed, number) for number in numbers)
        started, seen = time.perf_counter(), 0
        counted: list[int] = []
        for seen, (place, _) in enumerate(differing(archives, counted), 1):
            number = numbers[place]
            archive = mutated_archive(form, options.seed, number)
            if seen <= _SHOWN:
                _show(form, number, made_smaller(archive, differences))
                if options.save is not None:
                    for part, octets in enumerate(archive.sources):
                        (options.save / f"{form}-{options.seed}-{number}-{part}").write_bytes(octets)
        total += seen
        print(
            f"{form}: {len(numbers):,} archives of {sum(counted):,} records, {seen:,} differ, "
            f"{time.perf_counter() - started:.0f} s",
            flush=True,
        )
    return int(total > 0)


def _show(form: str, number: int, archive: Archive) -> None:
    print(f"{form}, number {number}: {archive._replace(sources=())}", file=sys.stderr)
    for octets in archive.sources:
        print(f"  {octets[:_SHOWN_BYTES]!r}", file=sys.stderr)
    for one in differences(archive):
        print(f"  {one}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
