"""One export as text: the shape that every file form is brought into before anything is interpreted."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Final, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from corena_recon.errors import OptionError
from corena_recon.tables.columns import first_octets
from corena_recon.text import printable

BOM = "\ufeff"
INVISIBLE: Final = "\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff"
"""Characters without an appearance of their own, as in a character class of a regular expression."""
_UNSEEN: Final = re.compile(f"[{INVISIBLE}]")
_HEADER_WITHIN_ROWS: Final = 60
"""How many rows of titles and comments may stand before the header."""
_BEYOND_ASCII = 0x80
_SHEETS = ("csv", "excel", "html")


class Hints(NamedTuple):
    """What is known beforehand of how an export is laid out; None and False leave it to the file.

    Attributes:
        delimiter: Of a delimited file.
        encoding: Of a text.
        sheet: Of a workbook.
        header_row: The number of the row with the names of the columns, from 1 on, blank ones counted.
        is_header: Whether cells are the names of columns; rows before the first such row are titles and comments.
    """

    delimiter: str | None = None
    encoding: str | None = None
    sheet: str | None = None
    header_row: int | None = None
    is_header: Callable[[list[str]], bool] | None = None

    def header_place(self, source: str, rows: Sequence[Sequence[str]]) -> int | None:
        """The place of the header among the first rows of a table; None where all are blank.

        Without a row that is one it is the first that is not blank.

        Raises:
            OptionError: ``header_row`` is none of them.
        """
        if self.header_row is not None:
            if self.header_row > len(rows) or not any(map(_says_something, rows[self.header_row - 1])):
                raise OptionError(
                    f"header_row names none that {printable(source)} has",
                    hint="count its rows from 1 on, blank ones too",
                )
            return self.header_row - 1
        filled = [place for place, row in enumerate(rows) if any(map(_says_something, row))]
        named = (place for place in filled[:_HEADER_WITHIN_ROWS] if self.is_named_by(rows[place]))
        return next(named, filled[0] if filled else None)

    def is_named_by(self, cells: Sequence[str]) -> bool:
        """Whether cells are the names of columns, as far as that can be told."""
        if not any(map(_says_something, cells)):
            return False
        return self.is_header is None or self.is_header(clean_names(cells))


NO_HINTS: Final = Hints()


def _says_something(cell: str) -> bool:
    return bool(cell.strip(f" \t\r\n{BOM}"))


@dataclass(frozen=True)
class Export:
    """A table of strings with the number of every row and why a row could not be read.

    Attributes:
        source: The file it came from, or ``<memory>``.
        form: ``csv``, ``json``, ``jsonl``, ``parquet``, ``excel``, ``html``, ``arrow`` or ``memory``.
        names: The header, one name a column, repeated names included.
        columns: One string array a column.
        record: int64, the 1-based number of each row.
        unreadable: Null, or the reason code of a row that is no row of this table.
        is_number: For columns that held numbers rather than text, by index: where they did.
        notes: What is worth telling about the file: delimiter, encoding, counts.
        is_short: Where a row that is no row of this table lacks cells at its end and nothing else; None for nowhere.
    """

    source: str
    form: str
    names: list[str]
    columns: list[pa.Array]
    record: pa.Array
    unreadable: pa.Array
    is_number: dict[int, pa.Array] = field(default_factory=dict)
    notes: dict[str, str | int] = field(default_factory=dict)
    is_short: pa.Array | None = None

    @property
    def row_count(self) -> int:
        """How many rows it holds."""
        return len(self.record)

    @property
    def nbytes(self) -> int:
        """How much memory its cells take."""
        return sum(column.nbytes for column in (*self.columns, self.record, self.unreadable))

    def taking(self, rows: pa.Array, **notes: int) -> Export:
        """The rows at these positions, with these notes added."""
        return replace(
            self,
            columns=[column.take(rows) for column in self.columns],
            record=self.record.take(rows),
            unreadable=self.unreadable.take(rows),
            is_number={index: mask.take(rows) for index, mask in self.is_number.items()},
            notes={**self.notes, **notes},
            is_short=self.is_short and self.is_short.take(rows),
        )


def export_of_columns(
    source: str,
    form: str,
    names: Sequence[str],
    columns: list[pa.Array],
    *,
    notes: dict[str, str | int] | None = None,
) -> Export:
    """A rectangular export whose rows are all readable, numbered from 1."""
    row_count = len(columns[0]) if columns else 0
    return Export(
        source=source,
        form=form,
        names=clean_names(names),
        columns=columns,
        record=pa.array(np.arange(1, row_count + 1)),
        unreadable=pa.nulls(row_count, pa.string()),
        notes=notes or {},
    )


def clean_names(names: Sequence[str]) -> list[str]:
    """Header cells without what cannot be seen and blanks around; a nameless column is named by its place."""
    stripped = [_UNSEEN.sub("", name).strip() for name in names]
    return [name or f"column_{place}" for place, name in enumerate(stripped, start=1)]


def is_blank(column: pa.Array) -> pa.Array:
    """True where a cell is null, empty or white space."""
    first = first_octets(column)
    if ((first > ord(" ")) & (first < _BEYOND_ASCII)).all():
        return pa.array(np.zeros(len(column), bool))
    return pc.fill_null(pc.or_(pc.equal(column, ""), pc.utf8_is_space(column)), True)


def with_short_rows(export: Export, needed: Iterable[int]) -> Export:
    """The export with rows that lack cells at their end as rows of this table, if they have those of these columns."""
    if export.is_short is None:
        return export
    is_row = export.is_short
    for place in needed:
        is_row = pc.and_(is_row, export.columns[place].is_valid())
    return replace(export, unreadable=pc.if_else(is_row, None, export.unreadable), is_short=None)


def without_blank_rows(export: Export) -> Export:
    """The export without the blank rows that spreadsheets leave; ``blank_rows`` counts them.

    An empty record of JSON, Parquet or a table in memory is no layout and stays.
    """
    if export.form not in _SHEETS:
        return export
    return _without(export, [is_blank] * len(export.columns), "blank_rows")


def without_repeated_headers(export: Export) -> Export:
    """The export without rows that repeat its header; ``repeated_headers`` counts them."""
    tests = [partial(_says, name=name) for name in export.names]
    return _without(export, tests, "repeated_headers")


def _says(column: pa.Array, name: str) -> pa.Array:
    return pc.fill_null(pc.or_(pc.equal(column, name), pc.equal(column, BOM + name)), False)


def _without(export: Export, tests: Sequence[Callable[[pa.Array], pa.Array]], note: str) -> Export:
    is_left_out = pc.is_null(export.unreadable)
    for test, column in zip(tests, export.columns, strict=True):
        is_left_out = pc.and_(is_left_out, test(column))
        if not pc.any(is_left_out).as_py():
            return export
    kept = pc.indices_nonzero(pc.invert(is_left_out))
    return export.taking(kept, **{note: export.row_count - len(kept)}) if export.columns else export
