"""An export that can be gone through more than once, part by part, without being in memory as a whole."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain

import pyarrow as pa

from corena_recon.errors import SourceError
from corena_recon.orders.exports.content import Content
from corena_recon.orders.exports.delimited import NotInParts
from corena_recon.orders.exports.export import NO_HINTS, Export, Hints
from corena_recon.orders.exports.forms import read_content, read_in_parts
from corena_recon.text import printable


class ExportParts:
    """The rows of one export as text, in order; a delimited file that outgrows memory is read anew each time.

    Attributes:
        others: Further exports of the same file, the sheets of a workbook.

    Args:
        content: What to read.
        kept_bytes: How much of a file that can be read in parts is held in memory at most.
        hints: As for ``read_content``.

    Raises:
        SourceError: As for ``read_content``.
        OptionError: As for ``read_content``.
    """

    def __init__(self, content: Content, *, kept_bytes: int, hints: Hints = NO_HINTS) -> None:
        self._content = content
        self._kept: list[Export] = []
        self._hints = hints
        self._row_count: int | None = None
        parts = read_in_parts(content, hints) if hints.encoding is None else None
        if parts is not None:
            try:
                self._row_count = self._survey(parts, kept_bytes)
            except NotInParts:
                self._kept = []
        self.others: list[ExportParts] = []
        if self._row_count is None:
            self._first, *others = read_content(content, hints)
            self.others = [ExportParts(Content(each.source, each), kept_bytes=0) for each in others]

    def _survey(self, parts: Iterator[Export], kept_bytes: int) -> int:
        """How many rows there are; keeps them all, or the first part alone."""
        self._first = next(parts)
        row_count, held_bytes = 0, 0
        for part in chain([self._first], parts):
            row_count += part.row_count
            held_bytes += part.nbytes
            if held_bytes <= kept_bytes:
                self._kept.append(part)
        if held_bytes > kept_bytes:
            self._kept = []
        return row_count

    @property
    def source(self) -> str:
        """The file it came from."""
        return self._first.source

    @property
    def names(self) -> list[str]:
        """Its header."""
        return self._first.names

    @property
    def is_sheet(self) -> bool:
        """Whether it is a sheet of a workbook."""
        return "sheet" in self._first.notes

    def __iter__(self) -> Iterator[Export]:
        """Its rows, part by part; at least one part.

        Raises:
            SourceError: The file is no longer what it was.
        """
        if self._row_count is None:
            yield self._first
            return
        if self._kept:
            yield from self._kept
            return
        row_count = 0
        try:
            for part in read_in_parts(self._content, self._hints) or ():
                row_count += part.row_count
                yield part
        except NotInParts:
            row_count = -1
        if row_count != self._row_count:
            raise SourceError(f"{printable(self.source)} was changed while it was read", hint="read it again")

    def joined(self) -> Export:
        """All its rows at once."""
        parts = list(self)
        if len(parts) == 1:
            return parts[0]
        return replace(
            self._first,
            columns=[pa.concat_arrays(cells) for cells in zip(*(part.columns for part in parts), strict=True)],
            record=pa.concat_arrays([part.record for part in parts]),
            unreadable=pa.concat_arrays([part.unreadable for part in parts]),
        )
