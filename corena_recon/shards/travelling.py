"""Rows as they travel between processes: plain columns, a number that keeps their order, and by what they meet.

Every row has a *fold*, a mark of its identifier as near matches see it: rows that reconciling joins have one fold.
Rows that judging compares beyond that share *marks*: of a signature, of a transaction id. A fold's *bucket* is where
all rows of it go, so that what is compared or joined is in one bucket once folds that share a mark have one home.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from corena_recon.judgement import ELSEWHERE, TRAIT_SCHEMA, WORDS
from corena_recon.reconciliation import folds_of
from corena_recon.schemas import NOTIFICATION_SCHEMA, ORDER_SCHEMA
from corena_recon.signing import CHECK_SCHEMA, RingKey, is_verified
from corena_recon.tables.columns import decoded, flags, whole, with_words, worded
from corena_recon.tables.marks import Marks, marks_of
from corena_recon.vocabulary import SignatureStatus

if TYPE_CHECKING:
    import duckdb

ROW: Final = pa.field("row", pa.int64())
"""The number of a row among all of the run, by which they are in order."""
FOLD: Final = pa.field("fold", pa.uint64())
"""The mark of what an identifier has in common with those near it; 0 where there is none."""
_PART_SHIFT: Final = 36
"""Rows of one part of an archive, fewer than 2**36, have consecutive numbers."""
ORDER_BASE: Final = 1 << 62
"""Results are in order of their orders' numbers, then of the numbers of notifications, which begin here."""

_SEPARATELY: Final = pa.schema([*NOTIFICATION_SCHEMA, *CHECK_SCHEMA, *TRAIT_SCHEMA, ELSEWHERE])
TRAVELLING_SCHEMA: Final = pa.schema([ROW, FOLD, *decoded(_SEPARATELY.empty_table()).schema])
"""Notifications whose signatures are checked."""

MARKS_SCHEMA: Final = pa.schema([("mark", pa.uint64()), FOLD, ("holds", pa.bool_())])
"""What notifications share with others: who shows a mark that another one holds is compared with it."""

Buckets = NDArray[np.int64]


def row_number(part: int, place: int) -> int:
    """The number of a row by the place of its part in the archive, and its own in the part."""
    return part << _PART_SHIFT | place


def travelling(connection: duckdb.DuckDBPyConnection, examined: pa.Table, first: int, seed: int) -> pa.Table:
    """Examined notifications as they travel, with TRAVELLING_SCHEMA; the number of the first row is given."""
    rows = decoded(examined.select(_SEPARATELY.names))
    numbers = np.arange(first, first + len(rows))
    rows = rows.add_column(0, FOLD, pa.array(_folds(connection, rows["identifier"], seed)))
    return rows.add_column(0, ROW, pa.array(numbers)).cast(TRAVELLING_SCHEMA)


def arrived(rows: pa.Table, keys: Sequence[RingKey]) -> pa.Table:
    """Notifications that have travelled, as ``judgement.Checking.examined`` gave them."""
    rows = with_words(rows.drop_columns([ROW.name, FOLD.name]), WORDS)
    own_words = (
        ("signature_status", [status.value for status in SignatureStatus], np.int8),
        ("key_id", [key.id for key in keys], np.int16),
    )
    for name, words, kind in own_words:
        places = pc.fill_null(pc.index_in(whole(rows[name]), pa.array(words, pa.string())), -1)
        column = worded(np.asarray(places).astype(kind), words)
        rows = rows.set_column(rows.schema.get_field_index(name), name, column)
    return rows


def order_schema() -> pa.Schema:
    """Orders as they travel: what reconciling reads of them."""
    return pa.schema([ROW, FOLD, *ORDER_SCHEMA])


def order_rows(connection: duckdb.DuckDBPyConnection, orders: pa.Table, first: int, seed: int) -> pa.Table:
    """Orders as they travel, with the schema of ``order_schema``; the number of the first one is given."""
    rows = decoded(orders.select(ORDER_SCHEMA.names))
    rows = rows.add_column(0, FOLD, pa.array(_folds(connection, rows["identifier"], seed)))
    return rows.add_column(0, ROW, pa.array(np.arange(first, first + len(rows)))).cast(order_schema())


def marks_in(rows: pa.Table, examined: pa.Table, seed: int) -> pa.Table:
    """What each of some notifications shares with others if it does, with MARKS_SCHEMA.

    Args:
        rows: As they travel.
        examined: The same before they did.
        seed: Of the marks.
    """
    is_proven = is_verified(examined)
    status = whole(rows["signature_status"])
    is_invalid = flags(pc.equal(status, SignatureStatus.INVALID.value))
    folds = np.asarray(whole(rows["fold"]))
    shared = [
        _marked(rows["signature"], folds, is_proven, seed, holds=True),
        _marked(rows["payment_trx"], folds, is_proven, seed, holds=True),
        _marked(rows["signature"], folds, is_invalid, seed, holds=False),
        _marked(rows["claimed_mark"], folds, is_invalid, seed, holds=False),
    ]
    expected = whole(rows["expected_marks"])
    if expected.null_count < len(expected):
        of_rows = folds[np.asarray(pc.list_parent_indices(expected))]
        shared.append(_marked(expected.flatten(), of_rows, np.ones(len(of_rows), bool), seed, holds=True))
    return pa.concat_tables(shared)


def bucket_of(folds: NDArray[np.uint64], rows: NDArray[np.int64], count: int) -> Buckets:
    """The bucket of each row by its fold; rows without one meet nobody, and are spread."""
    # The last bit of a mark is always set.
    buckets: Buckets = ((folds >> np.uint64(1)) % np.uint64(count)).astype(np.int64)
    return np.where(folds == 0, rows % count, buckets)


def _folds(connection: duckdb.DuckDBPyConnection, identifiers: pa.ChunkedArray, seed: int) -> Marks:
    """A mark of each identifier's fold; 0 where there is none, or an empty one."""
    folds = marks_of(folds_of(connection, identifiers), seed)
    is_named = flags(pc.greater(pc.binary_length(identifiers), 0))
    return np.where(is_named, folds, np.uint64(0))


def _marked(
    cells: pa.Array | pa.ChunkedArray, folds: Marks, wanted: NDArray[np.bool_], seed: int, *, holds: bool
) -> pa.Table:
    marks = marks_of(whole(cells), seed)
    rows = np.flatnonzero(wanted & (marks != 0))
    return pa.table([pa.array(marks[rows]), pa.array(folds[rows]), pa.array(np.full(len(rows), holds))], MARKS_SCHEMA)
