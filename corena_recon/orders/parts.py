"""An export that can be gone through more than once, part by part, without being in memory as a whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Final

import numpy as np
import pyarrow as pa

from corena_recon.orders.content import Content
from corena_recon.orders.delimited import Irregular
from corena_recon.orders.export import Export
from corena_recon.orders.forms import read_content, read_in_parts
from corena_recon.spool import Spool
from corena_recon.traits import whole

PART_ROWS: Final = 524_288


class ExportParts:
    """The rows of one export as text, in order.

    Args:
        content: What to read.
        new_spool: Gives an empty spool for the parts of a large file.
        delimiter: As for ``read_orders``.
        encoding: As for ``read_orders``.
        sheet: As for ``read_orders``.

    Raises:
        SourceError: As for ``read_content``.
        OptionError: As for ``read_content``.
    """

    def __init__(
        self,
        content: Content,
        new_spool: Callable[[], Spool],
        *,
        delimiter: str | None = None,
        encoding: str | None = None,
        sheet: str | None = None,
    ) -> None:
        self._spool: Spool | None = None
        parts = read_in_parts(content, delimiter=delimiter) if encoding is None else None
        if parts is not None:
            try:
                self._keep(parts, new_spool())
            except Irregular:
                self._spool = None
        if self._spool is None:
            self._first = read_content(content, delimiter=delimiter, encoding=encoding, sheet=sheet)

    @property
    def source(self) -> str:
        """The file it came from."""
        return self._first.source

    @property
    def names(self) -> list[str]:
        """Its header."""
        return self._first.names

    def __iter__(self) -> Iterator[Export]:
        """Its rows, part by part; at least one part."""
        if self._spool is None or not self._spool.rows:
            yield self._first
            return
        for chunk in self._spool.chunks(rows=PART_ROWS):
            yield replace(
                self._first,
                columns=[whole(column) for column in chunk.table.columns],
                record=pa.array(np.arange(chunk.first + 1, chunk.first + 1 + len(chunk.table))),
                unreadable=pa.nulls(len(chunk.table), pa.string()),
            )

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

    def _keep(self, parts: Iterator[Export], spool: Spool) -> None:
        for part in parts:
            if self._spool is None:
                self._first, self._spool = part, spool
            spool.add(pa.table(part.columns, names=[str(place) for place in range(len(part.columns))]))
