"""The shares of an audit put together: the same rows as one audit of everything, bucket by bucket."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Final

import pyarrow as pa

from corena_recon.archive import SourceCount
from corena_recon.errors import OptionError
from corena_recon.judgement import Votes
from corena_recon.progress import Progress
from corena_recon.report import Reconciliation, new_report, report_path
from corena_recon.shards import (
    BucketOf,
    FinishedShare,
    Gathering,
    WorkFolder,
    homes_of,
    shared_marks,
    votes_of,
    work_path,
)
from corena_recon.signing import KeyRing, Keys
from corena_recon.stages.assembling import Assembly
from corena_recon.stages.running.clock import Clock
from corena_recon.stages.running.deciding import Decisions, decisions_given
from corena_recon.stages.running.options import MEMORY_BYTES, audit_options, options_of_facts
from corena_recon.stages.running.progress import JUDGING, Teller
from corena_recon.stages.share import tables_in


def merge(
    work: str | os.PathLike[str],
    out: str | os.PathLike[str] | None = None,
    keys: Keys | None = None,
    *,
    decisions: Decisions | None = None,
    memory_bytes: int = MEMORY_BYTES,
    progress: Progress | None = None,
) -> Reconciliation:
    """The audit whose shares ``audit(…, shard=…, work=…)`` has made: the same rows as one audit of everything.

    Args:
        work: The folder of the shares; it stays as it is.
        out: The report folder; without it the tables stay in memory.
        keys: As for ``audit``. No secret is needed: with them it is proven that their holders made the shares, and
            the report can serve as ``previous`` of a later audit.
        decisions: As for ``audit``.
        memory_bytes: How much memory the merge may use; beyond it works on disk.
        progress: As for ``audit``.

    Returns:
        The reconciliation, with the options that the shares were made with.

    Raises:
        CorenaReconError: A share is lost, there twice, changed or of another run; or as ``audit``.
    """
    ring = None if keys is None else KeyRing.of(keys)
    folder = None if out is None else report_path(out)
    if progress is not None and not callable(progress):
        raise OptionError(f"progress is a {type(progress).__name__}", hint="give a function of a stage and a count")
    kept = decisions_given(decisions)
    clock = Clock()
    with clock.stage("read"):
        shares = WorkFolder(work_path(work)).shares(ring)
    settings = audit_options(**options_of_facts(shares[0].manifest["options"]), memory_bytes=memory_bytes)
    teller = Teller(progress, ())
    with ExitStack() as report:
        partial = None if folder is None else report.enter_context(new_report(folder))
        has_ledger = shares[0].manifest["has_ledger"]
        assembly = Assembly(
            [share.manifest for share in shares],
            tables_in(shares[0].folder / "all_orders.parquet"),
            ring,
            settings,
            ledger=pa.concat_tables(tables_in(shares[0].folder / "ledger.parquet")) if has_ledger else None,
            partial=partial,
            clock=clock,
            decisions=kept,
            teller=teller,
        )
        with assembly:
            with clock.stage("judge"):
                _settle(assembly, shares, teller)
            found = assembly.finished()
        with clock.stage("write"):
            report.close()
    found.facts["seconds"] = clock.seconds()
    return found if folder is None else found.moved_to(folder)


def _settle(assembly: Assembly, shares: Sequence[FinishedShare], teller: Teller) -> None:
    """Has all buckets judged, one after the other; goes through them twice, for the decimals first."""
    plan, settled, buckets = assembly.plan, assembly.settled, shares[0].manifest["buckets"]
    edges = shared_marks(assembly.connection, [share.folder / "marks.parquet" for share in shares])
    rounds = shares[0].folder.parent / _ROUNDS / _name_of(shares)
    homes = homes_of(assembly.connection, edges, buckets, rounds)
    rows = Gathering([share.file("rows") for share in shares], homes, assembly.folder / "rows")
    orders = Gathering([shares[0].file("orders")], homes, assembly.folder / "orders")
    votes = Votes()
    for bucket in range(buckets):
        votes.update(votes_of(plan, rows.tables(bucket)))
    settled.count_votes(votes)
    count = 0
    counts = [SourceCount(*count) for share in shares for _, count in share.manifest["intake"]]
    total = sum(one.notifications + one.unreadable for one in counts)
    for bucket in range(buckets):
        with BucketOf(plan, rows.tables(bucket)) as one:
            for name, table in one.judged(settled.profile, orders.tables(bucket)):
                settled.add(name, bucket, table)
                count += len(table) if name == "notifications" else 0
                teller.tell(JUDGING, count, total)
            settled.add_account(bucket, one.account, one.paid, one.counts)
        rows.forget(bucket)
    shutil.rmtree(rounds.parent, ignore_errors=True)


def _name_of(shares: Sequence[FinishedShare]) -> str:
    """What tells the marks of these shares from any others."""
    return "-".join(share.manifest["outputs"]["marks.parquet"][:8] for share in shares[:_NAMED_MAX])


_ROUNDS: Final = ".rounds"
_NAMED_MAX: Final = 16
