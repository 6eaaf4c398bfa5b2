"""Sources in, notifications and intake out."""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from corena_recon.archive.chain_watch import ChainWatch, Watched, gaps_between, late_start, late_starts
from corena_recon.archive.forms.recognition import room_for
from corena_recon.archive.forms.refusals import refusal_of
from corena_recon.archive.forms.tables.table_rows import batches_in_memory
from corena_recon.archive.records.batches import BATCH_ROWS, Batch, Room, batch_of
from corena_recon.archive.records.posting import unreadable
from corena_recon.archive.sources.checksums import NO_CHECKSUM
from corena_recon.archive.sources.containers import (
    MEMORY_SOURCE,
    ByteStream,
    DamagedSource,
    LiveTable,
    NotRead,
    Opened,
    StoredBytes,
    opened,
)
from corena_recon.archive.sources.places import Place, expanded_paths
from corena_recon.archive.sources.urls import Url, expanded_urls, is_url
from corena_recon.arguments import require_flag, require_text
from corena_recon.errors import SourceError
from corena_recon.languages import note
from corena_recon.paths import NOWHERE, name_of
from corena_recon.schemas import INTAKE_SCHEMA, NOTIFICATION_SCHEMA
from corena_recon.tables.columns import decoded, flags, whole
from corena_recon.tables.frames import frame_of
from corena_recon.text import printable
from corena_recon.vocabulary import OWN_FRAME, Unreadable

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    import pandas as pd


_HEAD_BYTES: Final = 65_536
_KEY_RING: Final = re.compile(rb"(?:[ \t\r\n]|#[^\n]*\n)*+\[\[[ \t]*keys[ \t]*\]\]")
_NO_ARCHIVE: Final = {form: note(form) for form in ("orders", "ledger")}
_TOLD_MAX: Final = 3


class SourceCount(NamedTuple):
    """One row of the intake table; see the intake schema."""

    source: str
    sha256: str | None
    bytes: int | None
    form: str | None
    records: int
    notifications: int
    unreadable: int
    other: int
    truncated: bool
    chain: str | None = None
    note: str | None = None


class Earlier(Protocol):
    """Sources that were read before, found by the SHA-256 of what is stored."""

    def found(self, stream: ByteStream) -> tuple[SourceCount, Iterator[pa.Table]] | None:
        """What was counted in this source, and its rows, the column ``source`` first; None if it is none of them."""
        ...


def read_ipns(source: Any, *, form: str | None = None, keep_raw: bool = False) -> pd.DataFrame:  # noqa: ANN401
    """Every record of an archive as exactly one row, in archive order.

    Args:
        source: A path, a glob, a folder, an open binary file, bytes; or what is in memory already: a DataFrame,
            whatever offers Arrow's capsule (Polars, DuckDB, Arrow), an iterable of dicts; or a list of any of those.
            What this function or ``verify`` gave, also saved to Parquet, Feather or CSV, is taken over: every row keeps
            its source, its record and all that was known of it. CSV as pandas writes it does not tell an empty field
            from an absent one: there it is absent.
        form: The archive form, where it should not be recognised by content.
        keep_raw: Keep the bytes of every record, not only of the unreadable ones (64 KiB at most each).

    Returns:
        A frame with the columns of ``NOTIFICATION_SCHEMA`` in their Arrow types. A record that cannot be read is a row
        with ``unreadable`` set. ``attrs["intake"]`` lists what was found in each source, other traffic included.

    Raises:
        SourceError: A source cannot be opened, is refused, or is of no known form; never because of a record.
        OptionError: There is no form of that name, or an option has no meaning.
    """
    require_text("form", form, "jsonl")
    require_flag("keep_raw", keep_raw)
    return read_frame(source, form=form, keep_raw=keep_raw)


def read_frame(
    source: Any,  # noqa: ANN401
    *,
    form: str | None = None,
    keep_raw: bool = False,
    without: Callable[[Path], bool] = NOWHERE,
) -> pd.DataFrame:
    """The same as ``read_ipns``, but for paths of which ``without`` holds: they are left out."""
    intake: list[SourceCount] = []
    batches = read_batches(source, intake, form=form, keep_raw=keep_raw, without=without)
    frame = frame_of(pa.concat_tables([NOTIFICATION_SCHEMA.empty_table(), *map(decoded, batches)]))
    frame.attrs["intake"] = [count._asdict() for count in intake]
    return frame


def read_batches(
    source: Any,  # noqa: ANN401
    intake: list[SourceCount],
    *,
    form: str | None = None,
    keep_raw: bool = False,
    earlier: Earlier | None = None,
    without: Callable[[Path], bool] = NOWHERE,
    on_source: Callable[[ByteStream], None] = lambda _: None,
) -> Iterator[pa.Table]:
    """The rows of an archive as Arrow tables of bounded size; appends to ``intake`` as each source ends.

    The tables have NOTIFICATION_SCHEMA, but for the column ``source``, which is a dictionary: of the one source, or of
    those of an own frame's rows. Sources that were read earlier are not read again; what else is known of their rows
    follows in more columns. Paths of which ``without`` holds are left out; ``on_source`` is told of each stream before
    it is read.
    """
    taken = Taken(intake)
    read = partial(read_part, taken=taken, form=form, keep_raw=keep_raw, earlier=earlier, on_source=on_source)
    parts = (part.source for part in parts_of(source, without=without))
    yield from _joined(chain.from_iterable(map(read, parts)))
    taken.close()


class Taken:
    """What was read so far of one archive, by one process or several.

    Args:
        intake: What was counted in each source, so far.

    Attributes:
        intake: Likewise.
        watched: The chains of captures.
        has_streams: Whether any part was read as bytes.
    """

    def __init__(self, intake: list[SourceCount]) -> None:
        self.intake = intake
        self.watched: list[Watched] = []
        self.has_streams = False

    def close(self) -> None:
        """Says of each source what only the whole archive shows.

        Raises:
            SourceError: There is no record in all of it.
        """
        gaps, late = gaps_between(self.watched), late_starts(self.watched)
        self.intake[:] = [
            count._replace(chain=gaps.get(count.source, count.chain), note=count.note or late.get(count.source))
            for count in self.intake
        ]
        if not self.intake or (self.has_streams and not any(count.records for count in self.intake)):
            raise _nothing_read(self.intake)


class Part(NamedTuple):
    """What can be read of an archive by itself: a file, a table's folder, or something in memory.

    Attributes:
        source: As ``read_part`` takes it.
        name: What tells it from the others, and whether it is the same in another process.
        bytes: How many are read of it; 0 where that is not known.
    """

    source: Any
    name: str
    bytes: int


def parts_of(source: Any, *, without: Callable[[Path], bool] = NOWHERE) -> list[Part]:  # noqa: ANN401
    """The parts of an archive in order, none of them opened yet; a file that is named twice is read once.

    Raises:
        SourceError: A path, glob or folder leads to nothing.
    """
    found: list[Part] = []
    read: set[str] = set()
    for part in _parts(source):
        if not isinstance(part, str | os.PathLike):
            found.append(Part(part, MEMORY_SOURCE, len(part) if isinstance(part, bytes) else 0))
        elif isinstance(part, str) and is_url(part):
            found += [Part(url, url.name, 0) for url in expanded_urls(part)]
        else:
            places = [_once(place, read) for place in expanded_paths(part, without)]
            found += [Part(place, name_of(place.path), _size_of(place)) for place in places]
    return found


def _once(place: Place, read: set[str]) -> Place:
    """The place, among those that are read from now on; with a note where it is among them already."""
    path = os.path.realpath(place.path)
    if place.note is None and path in read:
        return place._replace(note=note("named_before"))
    if place.note is None:
        read.add(path)
    return place


def _size_of(place: Place) -> int:
    """How many bytes are read of it, as far as that is known."""
    try:
        return 0 if place.note is not None or place.table is not None else place.path.stat().st_size
    except OSError:
        return 0


def read_part(
    part: Any,  # noqa: ANN401
    taken: Taken,
    *,
    form: str | None = None,
    keep_raw: bool = False,
    earlier: Earlier | None = None,
    on_source: Callable[[ByteStream], None] = lambda _: None,
) -> Iterator[pa.Table]:
    """The rows of one part of an archive, as ``read_batches`` gives them; adds to what is taken as each source ends."""
    is_named = isinstance(part, Place | Url | StoredBytes)
    in_memory = None if is_named else batches_in_memory(part, MEMORY_SOURCE, keep_raw=keep_raw)
    if in_memory is not None:
        yield from _counted(in_memory, MEMORY_SOURCE, taken.intake)
        return
    taken.has_streams = True
    with opened(part) as sources:
        for one in sources:
            if isinstance(one, ByteStream):
                on_source(one)
            yield from _read_one(one, taken.intake, taken.watched, form=form, keep_raw=keep_raw, earlier=earlier)


def _read_one(
    source: Opened,
    intake: list[SourceCount],
    watched: list[Watched],
    *,
    form: str | None,
    keep_raw: bool,
    earlier: Earlier | None,
) -> Iterator[pa.Table]:
    if isinstance(source, NotRead):
        nothing = SourceCount(source.name, None, None, None, 0, 0, 0, 0, source.truncated, None, source.note)
        intake.append(nothing)
    elif isinstance(source, LiveTable):
        rows = batches_in_memory(source.rows, source.name, keep_raw=keep_raw)
        yield from _counted(rows or iter(()), source.name, intake)
    elif earlier is None or (known := earlier.found(source)) is None:
        yield from _read_stream(source, intake, watched, form=form, keep_raw=keep_raw)
    else:
        count, tables = known
        for table in tables:
            yield table.set_column(0, "source", _all_from(source.name, len(table)))
        if count.chain is not None:
            # Which files stand before it may have changed.
            chain = _chain_of(source, count.form)
            watched.append(chain)
            count = count._replace(chain=chain.result, note=None if count.note == late_start(chain) else count.note)
        intake.append(count._replace(source=source.name))


def _joined(tables: Iterable[pa.Table]) -> Iterator[pa.Table]:
    """The rows in their order, small tables together: what is done to each table costs more than a few rows do."""
    held: list[pa.Table] = []
    rows = 0
    for table in tables:
        if held and (rows + len(table) > BATCH_ROWS or table.schema != held[0].schema):
            yield _as_one(held)
            held, rows = [], 0
        held.append(table)
        rows += len(table)
    if held:
        yield _as_one(held)


def _as_one(tables: list[pa.Table]) -> pa.Table:
    return tables[0] if len(tables) == 1 else pa.concat_tables(tables).unify_dictionaries().combine_chunks()


def _chain_of(stream: ByteStream, form: str | None) -> Watched:
    """What is to be said of the chain of a source whose records are known."""
    watch = ChainWatch.of(stream, form or "")
    for _ in stream.blocks():
        pass
    return Watched(stream.name, None, None, None) if watch is None else watch.result(stream.name)


def _nothing_read(intake: list[SourceCount]) -> SourceError:
    if not intake:
        return SourceError(
            "the archive holds no record, or nothing but what the call names for another purpose",
            hint="give the notifications themselves; orders, ledger, keys and report are never read as archive",
        )
    notes = [f"{printable(count.source)}: {count.note}" for count in intake if count.note is not None]
    told = f" ({'; '.join(notes[:_TOLD_MAX])}{'; …' if len(notes) > _TOLD_MAX else ''})" if notes else ""
    return SourceError(f"the archive holds no record{told}", hint="is this the right file?")


def intake_table(intake: Iterable[SourceCount]) -> pa.Table:
    """The intake as a table with the intake schema."""
    return pa.Table.from_pylist([count._asdict() for count in intake], schema=INTAKE_SCHEMA)


def _parts(source: Any, *, is_inner: bool = False) -> Iterator[Any]:  # noqa: ANN401
    """The members of a list of sources, and of lists in it; records in a list are one source together.

    Raises:
        SourceError: A list in the list holds text, which may be a row of a table, and is no path there.
    """
    if isinstance(source, list | tuple) and not (source and all(isinstance(one, Mapping) for one in source)):
        for one in source:
            if is_inner and isinstance(one, str | os.PathLike):
                raise SourceError(
                    f"a list holds a {type(source).__name__} of text, which is no source",
                    hint="give paths in one list, and rows as dicts or as a frame with its columns' names",
                )
            yield from _parts(one, is_inner=True)
    else:
        yield source


def _counted(batches: Iterator[Batch], name: str, intake: list[SourceCount]) -> Iterator[pa.Table]:
    tally = _Tally()
    for batch in batches:
        yield tally.add(batch, name)
    intake.extend(tally.counts(SourceCount(name, None, None, None, 0, 0, 0, 0, truncated=False)))


def _read_stream(
    stream: ByteStream, intake: list[SourceCount], watched: list[Watched], *, form: str | None, keep_raw: bool
) -> Iterator[pa.Table]:
    tally = _Tally()
    form_name = None
    watch = None
    head = stream.head(1)
    if isinstance(stream, DamagedSource) or (not head and stream.truncated):
        yield tally.add(batch_of([(unreadable(Unreadable.TRUNCATED, head), head)], keep_raw=keep_raw), stream.name)
    elif not head:
        stream.note = note("empty")
    elif (room := _room_for(stream, form)) is not None:
        form_name = room.name
        watch = ChainWatch.of(stream, form_name)
        for batch in room.read(stream, keep_raw=keep_raw):
            yield tally.add(batch, stream.name)
    sha256, size = stream.digest()
    chain = None
    if watch is not None:
        watched.append(watch.result(stream.name))
        chain = watched[-1].result
    told = "; ".join(filter(None, [stream.note, None if stream.has_checksum else NO_CHECKSUM])) or None
    read = SourceCount(stream.name, sha256, size, form_name, 0, 0, 0, 0, stream.truncated, chain, told)
    intake.extend(tally.counts(read))


def _room_for(stream: ByteStream, form: str | None) -> Room | None:
    """The room that reads the source; None where it is of no known form, and was not asked for by itself."""
    if not _KEY_RING.match(stream.head(_HEAD_BYTES)):
        try:
            return room_for(stream, form)
        except SourceError:
            if stream.is_alone:
                raise
    elif stream.is_alone:
        raise SourceError(f"{printable(stream.name)} is a key ring, which is never read as archive")
    refused = refusal_of(stream.head(_HEAD_BYTES))
    stream.note = note("no_form") if refused is None else note("no_form_named", name=refused.name)
    return None


def _all_from(name: str, rows: int) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(pa.array(np.zeros(rows, np.int32)), pa.array([name]))


class _Count:
    """How many records there were, how many gave rows, and how many of these cannot be read."""

    def __init__(self) -> None:
        self.records = 0
        self.rows = 0
        self.unreadable = 0

    def add(self, records: int, rows: int, unreadable: int) -> None:
        self.records += records
        self.rows += rows
        self.unreadable += unreadable

    def of(self, source: SourceCount) -> SourceCount:
        return source._replace(
            records=self.records,
            notifications=self.rows - self.unreadable,
            unreadable=self.unreadable,
            other=self.records - self.rows,
        )


class _Tally:
    """Counts the records of one source and numbers its rows.

    Rows that were read before keep their source and record, and are counted there; but for those that have none.
    """

    def __init__(self) -> None:
        self._taken = 0
        self._counts: defaultdict[str, _Count] = defaultdict(_Count)
        self._is_own = False
        self._form: str | None = None
        self._told: Any = ()

    def add(self, batch: Batch, name: str) -> pa.Table:
        first, self._taken = self._taken, self._taken + batch.records
        table = batch.table
        self._form = batch.form or self._form
        if batch.is_own:
            self._is_own, self._told = True, batch.intake
            return self._add_own(table, name, first)
        self._counts[name].add(batch.records, len(table), len(table) - table["unreadable"].null_count)
        numbers = pc.add(table["record"], first)
        return table.set_column(0, "record", numbers).add_column(0, "source", _all_from(name, len(table)))

    def _add_own(self, table: pa.Table, name: str, first: int) -> pa.Table:
        sources = whole(table["source"])
        words = [*sources.dictionary.to_pylist(), name]
        is_homeless = flags(pc.or_(sources.is_null(), whole(table["record"]).is_null()))
        places = np.where(is_homeless, len(words) - 1, np.asarray(pc.fill_null(sources.indices, 0))).astype(np.int32)
        is_unreadable = flags(table["unreadable"].is_valid())
        rows, unreadable = (np.bincount(some, minlength=len(words)) for some in (places, places[is_unreadable]))
        for place in np.flatnonzero(rows):
            self._counts[words[place]].add(*(int(count[place]) for count in (rows, rows, unreadable)))
        own_numbers = pa.array(np.arange(first + 1, first + 1 + len(table)))
        numbers = pc.if_else(pa.array(is_homeless), own_numbers, whole(table["record"]))
        named = pa.DictionaryArray.from_arrays(pa.array(places), pa.array(words, pa.string()))
        return table.set_column(0, "source", named).set_column(1, "record", numbers)

    def counts(self, read: SourceCount) -> list[SourceCount]:
        """What was counted, by source: in what was read, and in the sources that its rows came from.

        Nothing was read of the latter now, so that neither their digest nor their size is known. What an own frame's
        intake says besides is taken over where it agrees with the rows.
        """
        if not self._is_own:
            if self._form is not None:
                read = read._replace(form=self._form, note=_NO_ARCHIVE[self._form])
            return [self._counts[read.source].of(read)]
        counts = dict(self._counts)
        of_file = [] if read.sha256 is None else [counts.pop(read.source, _Count()).of(read._replace(form=OWN_FRAME))]
        told = _told_of(self._told, counts)
        others = [count.of(_own_source(name)) for name, count in counts.items() if name not in told]
        return [*of_file, *told.values(), *others]


def _own_source(name: str, note: str | None = None) -> SourceCount:
    return SourceCount(name, None, None, OWN_FRAME, 0, 0, 0, 0, truncated=False, note=note)


def _told_of(told: Any, counts: Mapping[str, _Count]) -> dict[str, SourceCount]:  # noqa: ANN401
    """Rows of an intake that has travelled with a frame.

    They stand where the frame still has all the rows that they count; where it has fewer, that is noted.
    """
    try:
        known = [SourceCount(**one)._replace(sha256=None, bytes=None) for one in told]
        table = intake_table(known)
    except (pa.ArrowException, TypeError, ValueError):
        return {}
    found = {}
    for one in map(SourceCount._make, zip(*(column.to_pylist() for column in table.columns), strict=True)):
        count = counts.get(one.source, _Count())
        rows = one.notifications + one.unreadable
        adds_up = one.records == rows + one.other and one.other >= 0
        if not adds_up or None in (one.source, one.truncated):
            continue
        if (one.notifications, one.unreadable) == (count.rows - count.unreadable, count.unreadable):
            found[one.source] = one
        elif count.rows < rows:
            told = note("filtered", count=f"{count.rows:,}", rows=f"{rows:,}")
            found[one.source] = count.of(_own_source(one.source, told))
    return found
