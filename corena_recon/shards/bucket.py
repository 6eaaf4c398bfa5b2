"""One bucket judged and reconciled as an audit does all: what is compared or joined with anything in it is in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Final, NamedTuple, Self

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from corena_recon.judgement import (
    ELSEWHERE,
    Judging,
    JudgingOptions,
    KeepingOf,
    Known,
    Profile,
    Settling,
    Votes,
)
from corena_recon.reconciliation import (
    Account,
    ExportSpan,
    Reconciling,
    ReconcilingOptions,
    Scratch,
    payment_facts,
)
from corena_recon.shards.travelling import FOLD, ORDER_BASE, ROW, arrived
from corena_recon.tables.columns import decoded, flags, whole
from corena_recon.tables.engine import connect
from corena_recon.tables.spool import Spool, temporary_folder
from corena_recon.vocabulary import Mode

_CHECKED_SHARE: Final = 0.2
_GATHERED_SHARE: Final = 0.05
_ORDERS_SHARE: Final = 0.1
_JOINING_SHARE: Final = 0.2
_ENGINE_SHARE: Final = 0.4
_ENGINE_MIN_BYTES: Final = 64 * 1024**2

POSITION: Final = pa.field("position", pa.int64())


class KnownKey(NamedTuple):
    """What judging knows of a key; never its secret."""

    id: str
    mode: Mode
    merchant: str | None
    valid_from: datetime | None
    valid_until: datetime | None


class BucketPlan(NamedTuple):
    """What is the same for all buckets of a run. It holds no secret.

    Attributes:
        keys: Those of the ring.
        judging: The options of judging.
        reconciling: Those of reconciling; None where orders are not joined by bucket.
        keeping: What each source keeps.
        span: The time of all orders.
        memory_bytes: How much memory a bucket may use; beyond it works on disk.
    """

    keys: tuple[KnownKey, ...]
    judging: JudgingOptions
    reconciling: ReconcilingOptions | None
    keeping: KeepingOf
    span: ExportSpan
    memory_bytes: int

    def engine_bytes(self) -> int:
        """How much of it is the engine's."""
        return max(int(self.memory_bytes * _ENGINE_SHARE), _ENGINE_MIN_BYTES)


class BucketOf:
    """One bucket, from entering it on.

    Args:
        plan: What is the same for all.
        rows: Its notifications in order, with ``travelling.TRAVELLING_SCHEMA``.

    Attributes:
        account: What its results add up to, once they are given.
        paid: The numbers of its orders for which a payment came, likewise.
        counts: How many ``notifications``, ``results`` and ``orders`` it has, likewise.
    """

    def __init__(self, plan: BucketPlan, rows: Iterable[pa.Table]) -> None:
        self._plan = plan
        self._rows = rows
        self._settling = Settling(plan.keys, plan.judging)
        self._running = ExitStack()
        self.account = Account()
        self.paid: NDArray[np.int64] = np.empty(0, np.int64)
        self.counts = dict.fromkeys(("notifications", "results", "orders"), 0)

    def __enter__(self) -> Self:
        self._folder = self._running.enter_context(temporary_folder())
        self._connection = self._running.enter_context(
            connect(memory_limit_bytes=self._plan.engine_bytes(), spill_folder=self._folder / "engine")
        )
        self._checked = self._spool("checked", _CHECKED_SHARE)
        numbers = [np.empty(0, np.int64)]
        for table in self._rows:
            numbers.append(np.asarray(whole(table[ROW.name])))
            self._checked.add(self._settling.numbered(arrived(table, self._plan.keys)))
        self._numbers = np.concatenate(numbers)
        return self

    def __exit__(self, *raised: object) -> None:
        # What an engine lacks is said in a sentence by whoever opened it.
        self._running.__exit__(*raised)  # type: ignore[arg-type]

    def votes(self) -> Votes:
        """How many of its notifications speak for which decimals."""
        if not self._checked.rows:
            return Votes()
        return self._judging(Profile({}, {}, {})).votes

    def judged(self, profile: Profile, orders: Iterable[pa.Table]) -> Iterator[tuple[str, pa.Table]]:
        """Its ``notifications`` with ROW and ELSEWHERE, then its ``results`` with POSITION; both in order, plain.

        Args:
            profile: The decimals of all notifications of the run.
            orders: Its orders in order, with the schema of ``travelling.order_schema``; they are joined where the plan
                says how.
        """
        for kind, table in self._judged(profile, orders):
            self.counts[kind] += len(table)
            yield kind, table

    def _judged(self, profile: Profile, orders: Iterable[pa.Table]) -> Iterator[tuple[str, pa.Table]]:
        with ExitStack() as reconciliation:
            reconciling = None
            if self._plan.reconciling is not None:
                kept, order_numbers = self._kept(orders)
                if kept.rows or self._checked.rows:
                    is_light = kept.is_in_memory and self._checked.is_in_memory
                    scratch = Scratch(self._folder, int(self._plan.memory_bytes * _JOINING_SHARE))
                    begun = Reconciling(
                        self._connection,
                        kept,
                        self._checked,
                        self._plan.reconciling,
                        scratch=None if is_light else scratch,
                        span=self._plan.span,
                    )
                    reconciling = reconciliation.enter_context(begun)
            if self._checked.rows:
                yield from self._settled(profile, reconciling)
            self._checked.discard()
            if reconciling is not None:
                for placed in reconciling.results():
                    positions = np.asarray(whole(placed.positions))
                    yield (
                        "results",
                        decoded(placed.results).add_column(
                            0, POSITION, pa.array(_placed(positions, order_numbers, self._numbers))
                        ),
                    )
                self.account = reconciling.account
                self.paid = order_numbers[reconciling.is_paid]
                self.counts["orders"] = len(np.unique(order_numbers))

    def _settled(self, profile: Profile, reconciling: Reconciling | None) -> Iterator[tuple[str, pa.Table]]:
        judging = self._judging(profile)
        for chunk in self._checked.chunks():
            judged = judging.settle(chunk)
            verified = self._settling.verified(chunk.table, judged)
            is_elsewhere = flags(chunk.table[ELSEWHERE.name])
            if reconciling is not None:
                reconciling.add_payments(
                    payment_facts(chunk.first, verified, judged.masks, judged.verdicts, is_elsewhere)
                )
            numbers = self._numbers[chunk.first : chunk.first + len(verified)]
            table = decoded(verified).add_column(0, ROW, pa.array(numbers))
            yield "notifications", table.append_column(ELSEWHERE, pa.array(is_elsewhere))

    def _judging(self, profile: Profile) -> Judging:
        return self._settling.judging(
            self._connection,
            self._checked,
            lambda name: self._spool(name, _GATHERED_SHARE),
            known=Known(profile, self._plan.keeping),
        )

    def _kept(self, orders: Iterable[pa.Table]) -> tuple[Spool, NDArray[np.int64]]:
        kept, numbers = self._spool("orders", _ORDERS_SHARE), [np.empty(0, np.int64)]
        for table in orders:
            numbers.append(np.asarray(whole(table[ROW.name])))
            kept.add(table.drop_columns([ROW.name, FOLD.name]))
        return kept, np.concatenate(numbers)

    def _spool(self, name: str, share: float) -> Spool:
        return Spool(Path(self._folder) / f"{name}.arrow", int(self._plan.memory_bytes * share))


def votes_of(plan: BucketPlan, rows: Iterable[pa.Table]) -> Votes:
    """How many notifications of a bucket speak for which decimals."""
    with BucketOf(plan, rows) as bucket:
        return bucket.votes()


def _placed(
    positions: NDArray[np.int64], orders: NDArray[np.int64], notifications: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Positions among the rows of a bucket as positions among all."""
    placed: NDArray[np.int64] = np.empty(len(positions), np.int64)
    is_order = positions < len(orders)
    placed[is_order] = orders[positions[is_order]]
    placed[~is_order] = notifications[positions[~is_order] - len(orders)] | ORDER_BASE
    return placed
