"""A report's tables for a warehouse: partitioned by day or month as Hive does, in row groups of the size asked for.

Notifications are in the partition of the moment at which they came, orders and results in that of the order; what has
no moment is in the partition ``unknown``, since pandas cannot read Hive's own name for it. Such a folder is no report
to go on with: rows of several partitions have no order.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from corena_recon.errors import OptionError, OutputError
from corena_recon.report.stored.folder import write_manifest
from corena_recon.report.stored.replacing import PARTIAL, sync
from corena_recon.report.stored.stored_tables import sha256_of
from corena_recon.schemas import ROW_GROUP_ROWS, keeping_of
from corena_recon.tables.own_folders import own_folder

PERIODS: Final = {"day": "%Y-%m-%d", "month": "%Y-%m"}
"""What a partition may be of, and how its moment is written."""

_MOMENTS: Final = {
    "notifications": ("received_at",),
    "orders": ("ordered_at",),
    "results": ("ordered_at", "first_paid_at"),
}
"""The moments by which tables are partitioned, the first that there is; others are one file each."""
_UNKNOWN: Final = "unknown"
_PARTITIONS_MAX: Final = 1 << 20
_ROWS_MAX: Final = 1 << 30


def require_partitioning(period: object, row_group_rows: object) -> None:
    """Refuses what partitions cannot be of, and sizes that row groups cannot have.

    Raises:
        OptionError: Such a one.
    """
    if period is not None and (not isinstance(period, str) or period not in PERIODS):
        known = " or ".join(f"partition={name!r}" for name in PERIODS)
        raise OptionError("partition is no period that a report is cut by", hint=f"give {known}")
    if type(row_group_rows) is not int or not 1 <= row_group_rows <= _ROWS_MAX:
        raise OptionError("row_group_rows is no number of rows", hint=f"for example row_group_rows={ROW_GROUP_ROWS}")


def write_partitioned(
    target: Path, tables: Mapping[str, pa.Table], facts: Mapping[str, Any], period: str, row_group_rows: int
) -> None:
    """Writes a folder for a warehouse, whole or not at all.

    Args:
        target: Absent or empty.
        tables: By name.
        facts: For the manifest.
        period: One of PERIODS.
        row_group_rows: The most rows of a row group.

    Raises:
        OutputError: The folder holds something, or cannot be written.
    """
    try:
        if target.exists() and (not target.is_dir() or any(target.iterdir())):
            raise OutputError(f"{target} holds something", hint="name a new or an empty folder")
        target.parent.mkdir(parents=True, exist_ok=True)
        with own_folder(f".{target.name}.", PARTIAL, parent=target.parent) as partial:
            for name, table in tables.items():
                _write(partial, name, table, period, row_group_rows)
            files = sorted(path for path in partial.rglob("*") if path.is_file())
            digests = {path.relative_to(partial).as_posix(): sha256_of(path) for path in files}
            write_manifest(partial, {**facts, "partition": period}, digests)
            for path in (*partial.rglob("*"), partial):
                sync(path)
            partial.chmod(0o755)
            partial.rename(target)
    except OSError as error:
        raise OutputError(f"{target} cannot be written: {error.strerror or type(error).__name__}") from None


def _write(folder: Path, name: str, table: pa.Table, period: str, row_group_rows: int) -> None:
    moments = [table[moment] for moment in _MOMENTS.get(name, ())]
    by = None
    if moments:
        column = f"partition_{period}"
        key = pc.fill_null(pc.strftime(pc.coalesce(*moments), PERIODS[period]), _UNKNOWN)
        # In one piece, and sorted by partition, so that the same rows give the same bytes.
        table = table.append_column(column, key).take(pc.sort_indices(key)).combine_chunks()
        by = ds.partitioning(pa.schema([(column, pa.string())]), flavor="hive")
    kept = ds.ParquetFileFormat()
    ds.write_dataset(
        table.replace_schema_metadata(None),
        folder / name,
        format=kept,
        partitioning=by,
        basename_template="part-{i}.parquet",
        file_options=kept.make_write_options(
            compression="snappy",
            use_dictionary=[field for field in table.column_names if keeping_of(field).has_few_values],
        ),
        max_partitions=_PARTITIONS_MAX,
        min_rows_per_group=row_group_rows,
        max_rows_per_group=row_group_rows,
        max_rows_per_file=0,
        use_threads=False,
        create_dir=True,
    )
    for path, _, names in os.walk(folder / name):
        Path(path).chmod(0o755)
        for each in names:
            (Path(path) / each).chmod(0o644)
