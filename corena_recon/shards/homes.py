"""Which folds must be in one bucket because their notifications share marks, and where their home is.

Marks that occur with one fold alone, nearly all, lead nowhere. The others are edges of a graph of folds, and each of
its connected components has the bucket of its least fold as its home.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from corena_recon.shards.travelling import Buckets, bucket_of
from corena_recon.tables.columns import whole
from corena_recon.tables.engine import sql_literal

if TYPE_CHECKING:
    import duckdb

EDGES_MAX: Final = 20_000_000
"""So many edges are held in memory; more are worked off on disk, by rounds."""

EDGES_SCHEMA: Final = pa.schema([("mark", pa.uint64()), ("fold", pa.uint64())])

Folds = NDArray[np.uint64]


class Homes(NamedTuple):
    """Where folds go that do not stay in their own bucket.

    Attributes:
        folds: Those of components, ascending.
        homes: The bucket of each.
        buckets: How many buckets there are.
    """

    folds: Folds
    homes: Buckets
    buckets: int

    def of(self, folds: Folds, rows: NDArray[np.int64]) -> Buckets:
        """The bucket of each row."""
        buckets = bucket_of(folds, rows, self.buckets)
        if not len(self.folds):
            return buckets
        places = np.minimum(np.searchsorted(self.folds, folds), len(self.folds) - 1)
        return np.where(self.folds[places] == folds, self.homes[places], buckets)


def shared_marks(connection: duckdb.DuckDBPyConnection, files: list[Path]) -> pa.Table:
    """The marks that occur with several folds, one of whose notifications holds it, with EDGES_SCHEMA.

    Args:
        connection: Where they are counted.
        files: Parquet files with ``travelling.MARKS_SCHEMA``.
    """
    query = SHARED_MARKS.format(marks="read_parquet($files)")
    found = connection.sql(query, params={"files": [str(file) for file in files]})
    return found.to_arrow_table().cast(EDGES_SCHEMA)


SHARED_MARKS: Final = """
WITH several AS (
    SELECT mark FROM {marks} GROUP BY mark HAVING bool_or(holds) AND min(fold) <> max(fold)
)
SELECT DISTINCT mark, fold FROM {marks} SEMI JOIN several USING (mark) WHERE fold <> 0
"""
"""The same in SQL, also of engines that know of no numbers without a sign."""


def homes_of(
    connection: duckdb.DuckDBPyConnection,
    edges: pa.Table,
    buckets: int,
    checkpoints: Path,
    *,
    edges_max: int = EDGES_MAX,
) -> Homes:
    """The homes of all folds that share a mark with another one, over however many others.

    Args:
        connection: Where rounds are worked off.
        edges: With EDGES_SCHEMA.
        buckets: How many buckets there are.
        checkpoints: A folder for the result of each round; a run that is ended goes on from the last one.
        edges_max: How many edges are held in memory.
    """
    folds, least = (
        _components(edges) if len(edges) <= edges_max else _components_by_rounds(connection, edges, checkpoints)
    )
    homes = bucket_of(least, np.zeros(len(least), np.int64), buckets)
    return Homes(folds, homes, buckets)


def _components(edges: pa.Table) -> tuple[Folds, Folds]:
    """Each fold and the least one of its component: least numbers spread over marks until nothing changes."""
    folds, fold = np.unique(np.asarray(whole(edges["fold"])), return_inverse=True)
    marks, mark = np.unique(np.asarray(whole(edges["mark"])), return_inverse=True)
    label: NDArray[np.int64] = np.arange(len(folds))
    while True:
        of_mark: NDArray[np.int64] = np.full(len(marks), len(folds))
        np.minimum.at(of_mark, mark, label[fold])
        spread = label.copy()
        # Where a fold pointed is told too, so that long chains are as quick as short ones.
        np.minimum.at(spread, label[fold], of_mark[mark])
        np.minimum.at(spread, fold, of_mark[mark])
        spread = spread[spread]
        if np.array_equal(spread, label):
            return folds, folds[label]
        label = spread


def _components_by_rounds(
    connection: duckdb.DuckDBPyConnection, edges: pa.Table, checkpoints: Path
) -> tuple[Folds, Folds]:
    """The same on disk: what each round found is a file, and the next one begins there."""
    checkpoints.mkdir(parents=True, exist_ok=True)
    connection.register("given_edges", edges)
    connection.execute("CREATE OR REPLACE TEMP TABLE edges AS FROM given_edges")
    connection.unregister("given_edges")
    done = sorted(checkpoints.glob("round-*.parquet"))
    number = len(done)
    if not done:
        _keep(connection, _FIRST_LABELS, checkpoints / "round-00000.parquet")
    while True:
        last = checkpoints / f"round-{max(number - 1, 0):05d}.parquet"
        connection.execute(f"CREATE OR REPLACE TEMP TABLE labels AS FROM read_parquet({sql_literal(str(last))})")
        connection.execute(f"CREATE OR REPLACE TEMP TABLE spread AS {_SPREAD}")
        connection.execute(f"CREATE OR REPLACE TEMP TABLE jumped AS {_JUMPED}")
        [(changed,)] = connection.execute(_CHANGED).fetchall()
        if not changed:
            found = pq.read_table(last).sort_by("fold")
            return np.asarray(whole(found["fold"])), np.asarray(whole(found["label"]))
        number = max(number, 1) + 1
        _keep(connection, "FROM jumped", checkpoints / f"round-{number - 1:05d}.parquet")


def _keep(connection: duckdb.DuckDBPyConnection, query: str, file: Path) -> None:
    partial = file.with_suffix(".partial")
    connection.execute(f"COPY ({query}) TO {sql_literal(str(partial))} (FORMAT parquet)")
    os.replace(partial, file)  # noqa: PTH105 - in one step


_FIRST_LABELS: Final = "SELECT DISTINCT fold, fold AS label FROM edges"
_SPREAD: Final = """
WITH known AS (SELECT mark, fold, label FROM edges JOIN labels USING (fold)),
of_mark AS (SELECT mark, min(label) AS least FROM known GROUP BY mark),
told AS (
    SELECT fold, least FROM known JOIN of_mark USING (mark)
    UNION ALL
    SELECT label, least FROM known JOIN of_mark USING (mark)
)
SELECT fold, min(least) AS label FROM told GROUP BY fold
"""
_JUMPED: Final = """
SELECT spread.fold, least(spread.label, coalesce(next.label, spread.label)) AS label
FROM spread LEFT JOIN spread AS next ON spread.label = next.fold
"""
_CHANGED: Final = "SELECT count(*) FROM jumped JOIN labels USING (fold) WHERE jumped.label <> labels.label"
