"""What is made of a report when it is written: a folder, a page, a workbook, a sheet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, TypeAlias

import pyarrow as pa

from corena_recon.progress import Stages
from corena_recon.report.contents import Contents
from corena_recon.report.displays.sheet import worklist_csv
from corena_recon.report.stored.folder import new_report, write_manifest
from corena_recon.report.stored.made_files import made_file, write_made
from corena_recon.report.stored.table_files import write_tables
from corena_recon.report.stored.warehouse import require_partitioning, write_partitioned
from corena_recon.report.summary import summary_of
from corena_recon.report.workbook import write_workbook
from corena_recon.schemas import ROW_GROUP_ROWS, WORKLIST_SCHEMA
from corena_recon.signing import KeyRing

Facts: TypeAlias = Mapping[str, Any]
"""Of the report that a file is made of, whatever its language, as the manifest has them."""

WORKBOOK_STAGE: Final = "write the workbook"
"""What progress is told of while a workbook is written."""
_TOLD_ROWS: Final = 16_384


def write_folder(contents: Contents, target: Path, partition: str | None, row_group_rows: int) -> Path:
    """Writes a report folder, or one for a warehouse, as ``Reconciliation.to_parquet`` says."""
    require_partitioning(partition, row_group_rows)
    if partition is not None:
        write_partitioned(target, _tables_of(contents), contents.manifest_facts(), partition, row_group_rows)
        return target
    with new_report(target) as partial:
        fill_report(contents, partial, row_group_rows)
    return target


def fill_report(contents: Contents, partial: Path, row_group_rows: int = ROW_GROUP_ROWS) -> None:
    """Writes tables and manifest into the folder of a report in the making."""
    digests = write_tables(partial, _tables_of(contents), row_group_rows)
    write_manifest(partial, contents.manifest_facts(), digests)


def write_sheet(contents: Contents, path: Path, facts: Facts) -> Path:
    """Writes the worklist as ``Reconciliation.to_csv`` says."""
    parts = contents.listed_parts("worklist", WORKLIST_SCHEMA.names)
    return write_made(path, worklist_csv(parts), facts)


def write_book(contents: Contents, path: Path, facts: Facts, stages: Stages) -> Path:
    """Writes a workbook as ``Reconciliation.to_excel`` says."""
    names = ["worklist", "notifications", *(name for name in ("results", "tie_out") if contents.has(name))]
    columns_of = {name: contents.column_names(name) for name in names}
    done, total = 0, sum(contents.row_count(name) for name in names)

    def parts(name: str, columns: Sequence[str]) -> Iterator[pa.Table]:
        nonlocal done
        for part in contents.listed_parts(name, columns):
            for first in range(0, len(part), _TOLD_ROWS):
                yield (some := part.slice(first, _TOLD_ROWS))
                done += len(some)
                stages.tell(WORKBOOK_STAGE, done, total)

    with made_file(path, facts) as opened:
        write_workbook(opened, columns_of, parts, summary_of(contents), contents.lang)
    return path


def write_page(contents: Contents, path: Path, facts: Facts, ring: KeyRing | None, stages: Stages) -> Path:
    """Writes a page as ``Reconciliation.to_html`` says."""
    from corena_recon.report.page import Paged, page_of  # noqa: PLC0415 - loads a template engine

    made = {name: contents.table(name) for name in contents.made_names if not contents.has(name)}
    tables = {**contents.tables, **made}
    paged = Paged(tables, summary_of(contents), contents.facts, contents.inputs, contents.lang, ring)
    page = page_of(paged, stages)
    contents.require_in_place()
    return write_made(path, page, facts)


def _tables_of(contents: Contents) -> dict[str, pa.Table]:
    return {name: contents.table(name) for name in contents.written_names}
