"""Sources in, notifications and intake out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from corena_recon.archive.batches import Batch, batch_of
from corena_recon.archive.containers import MEMORY_SOURCE, ByteStream, DamagedSource, opened
from corena_recon.archive.forms import room_for
from corena_recon.archive.lines import without_blank_start
from corena_recon.archive.posting import unreadable
from corena_recon.archive.table_rows import batches_of_records, batches_of_table, records_of
from corena_recon.capture import ChainCheck
from corena_recon.columns import decoded
from corena_recon.errors import SourceError
from corena_recon.frames import frame_of, is_frame
from corena_recon.options import require_flag, require_text
from corena_recon.vocabulary import INTAKE_SCHEMA, NOTIFICATION_SCHEMA, Unreadable

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    import pandas as pd


_CAPTURE_HEAD_BYTES: Final = 1 << 20


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


class Earlier(Protocol):
    """Sources that were read before, found by the SHA-256 of what is stored."""

    def found(self, stream: ByteStream) -> tuple[SourceCount, Iterator[pa.Table]] | None:
        """What was counted in this source, and its rows, the column ``source`` first; None if it is none of them."""
        ...


def read_ipns(source: Any, *, form: str | None = None, keep_raw: bool = False) -> pd.DataFrame:  # noqa: ANN401
    """Every record of an archive as exactly one row, in archive order.

    Args:
        source: A path, a glob, a folder, an open binary file, bytes, or a list of those; or a DataFrame, an Arrow
            table or a list of dicts that is in memory already.
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
    intake: list[SourceCount] = []
    batches = read_batches(source, intake, form=form, keep_raw=keep_raw)
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
    without: Path | None = None,
) -> Iterator[pa.Table]:
    """The rows of an archive as Arrow tables of bounded size; appends to ``intake`` as each source ends.

    The tables have NOTIFICATION_SCHEMA, but for the column ``source``, which is a dictionary of the one source. Sources
    that were read earlier are not read again; what else is known of their rows follows in more columns. Folders are
    read but for what is within ``without``.
    """
    in_memory = _batches_in_memory(source, keep_raw=keep_raw)
    if in_memory is not None:
        yield from _counted(in_memory, MEMORY_SOURCE, intake)
        return
    with opened(source, without) as streams:
        for stream in streams:
            known = None if earlier is None else earlier.found(stream)
            if known is None:
                yield from _read_stream(stream, intake, form=form, keep_raw=keep_raw)
                continue
            count, tables = known
            for table in tables:
                yield table.set_column(0, "source", _all_from(stream.name, len(table)))
            intake.append(count._replace(source=stream.name))
    if not any(count.records for count in intake):
        raise SourceError("the archive holds no record", hint="is this the right file?")


def intake_table(intake: Iterable[SourceCount]) -> pa.Table:
    """The intake as a table with the intake schema."""
    return pa.Table.from_pylist([count._asdict() for count in intake], schema=INTAKE_SCHEMA)


def _batches_in_memory(source: Any, *, keep_raw: bool) -> Iterator[Batch] | None:  # noqa: ANN401
    if is_frame(source):
        cells = [source.iloc[:, place].tolist() for place in range(source.shape[1])]
        return batches_of_records(records_of(list(source.columns), cells), keep_raw=keep_raw)
    if isinstance(source, pa.Table):
        return batches_of_table(source, keep_raw=keep_raw)
    if isinstance(source, list) and source and all(isinstance(record, dict) for record in source):
        return batches_of_records(source, keep_raw=keep_raw)
    return None


def _counted(batches: Iterator[Batch], name: str, intake: list[SourceCount]) -> Iterator[pa.Table]:
    tally = _Tally()
    for batch in batches:
        yield tally.add(batch, name)
    intake.append(tally.as_count(name))


def _read_stream(
    stream: ByteStream, intake: list[SourceCount], *, form: str | None, keep_raw: bool
) -> Iterator[pa.Table]:
    tally = _Tally()
    form_name = None
    watch = None
    head = stream.head(1)
    if isinstance(stream, DamagedSource) or (not head and stream.truncated):
        yield tally.add(batch_of([(unreadable(Unreadable.TRUNCATED, head), head)], keep_raw=keep_raw), stream.name)
    elif head:
        room = room_for(stream, form)
        form_name = room.name
        watch = ChainWatch.of(stream, form_name)
        for batch in room.read(stream, keep_raw=keep_raw):
            yield tally.add(batch, stream.name)
    sha256, size = stream.digest()
    count = tally.as_count(stream.name, sha256, size, form_name, truncated=stream.truncated)
    intake.append(count if watch is None else count._replace(chain=watch.result()))


def _all_from(name: str, rows: int) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(pa.array(np.zeros(rows, np.int32)), pa.array([name]))


class ChainWatch:
    """Checks the hash chain of a receiver's capture while its lines are read."""

    def __init__(self) -> None:
        self._check = ChainCheck()
        self._pending = b""

    @classmethod
    def of(cls, stream: ByteStream, form: str) -> ChainWatch | None:
        """A watch over the stream if it is a capture; None for any other archive."""
        if (
            form != "jsonl"
            or b'"chain":' not in without_blank_start(stream.head(_CAPTURE_HEAD_BYTES)).split(b"\n", 1)[0]
        ):
            return None
        watch = cls()
        stream.on_block = watch.take
        return watch

    def take(self, block: bytes) -> None:
        """Takes the next bytes."""
        *lines, self._pending = (self._pending + block).split(b"\n")
        for line in lines:
            self._check.feed(line)

    def result(self) -> str | None:
        """``ok``, ``broken at N``, or None where there is no chain; a torn last line breaks it."""
        if self._pending:
            self._check.feed(self._pending)
            self._pending = b""
        return self._check.result


class _Tally:
    """Counts the records of one source and numbers its rows."""

    def __init__(self) -> None:
        self.records = 0
        self.rows = 0
        self.unreadable = 0

    def add(self, batch: Batch, name: str) -> pa.Table:
        table = batch.table
        numbers = pc.add(table["record"], self.records)
        self.records += batch.records
        self.rows += len(table)
        self.unreadable += len(table) - table["unreadable"].null_count
        return table.set_column(0, "record", numbers).add_column(0, "source", _all_from(name, len(table)))

    def as_count(
        self,
        name: str,
        sha256: str | None = None,
        size: int | None = None,
        form: str | None = None,
        *,
        truncated: bool = False,
    ) -> SourceCount:
        return SourceCount(
            name,
            sha256,
            size,
            form,
            self.records,
            self.rows - self.unreadable,
            self.unreadable,
            self.records - self.rows,
            truncated,
        )
