"""By how many hours payments seem to come before their orders, where the export's times are of another zone.

A shop's export has local times as a rule, and does not say of which zone. Read as those of a zone behind, orders seem
to be made after they were paid: nearly all by the same whole or half number of hours.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, Self

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from corena_recon.reconciliation.facts import JOINED_SCHEMA
from corena_recon.tables.columns import flags, whole
from corena_recon.tables.engine import EngineTable, Scope

ZONES: Final = {
    1: "Africa/Kinshasa",
    2: "Africa/Lubumbashi",
    3: "Africa/Nairobi",
    4: "Indian/Mauritius",
    5: "Asia/Karachi",
    5.5: "Asia/Kolkata",
    7: "Asia/Bangkok",
    8: "Asia/Shanghai",
}
"""A zone for some of the hours that it is ahead of UTC."""

_MINUTE_US: Final = 60_000_000
_STEP_US: Final = 30 * _MINUTE_US
_SLACK_US: Final = 2 * _MINUTE_US
"""Clocks differ by so much: a payment may come that much before its order."""
_STEPS_MAX: Final = 28
"""Zones are up to 14 hours ahead."""
_STEPS_MIN: Final = 2
"""None is ahead by less than an hour."""
_SUMMER_STEPS: Final = 2
"""By so much a zone is further ahead in summer."""
_ENOUGH: Final = 2


class HoursBefore:
    """How long before their orders payments come, counted in steps of half an hour.

    Attributes:
        count: Payments whose moment is known, and that of their order.
    """

    def __init__(self) -> None:
        self.count = 0
        self._steps: NDArray[np.int64] = np.zeros(_STEPS_MAX + 1, np.int64)

    def add(self, paid_at: pa.ChunkedArray, ordered_at: pa.ChunkedArray) -> None:
        """Adds payments and their orders; those of which a moment is not known do not count."""
        moments = [whole(column) for column in (paid_at, ordered_at)]
        is_known = flags(moments[0].is_valid()) & flags(moments[1].is_valid())
        if not is_known.any():
            return
        paid, ordered = (np.asarray(column.cast(pa.int64()).fill_null(0))[is_known] for column in moments)
        self.count += len(paid)
        steps = -((paid - ordered + _SLACK_US) // _STEP_US)
        self._steps += np.bincount(steps[(steps >= _STEPS_MIN) & (steps <= _STEPS_MAX)], minlength=_STEPS_MAX + 1)

    def add_counts(self, other: HoursBefore) -> None:
        """Adds what was counted elsewhere."""
        self.count += other.count
        self._steps += other._steps

    def as_facts(self) -> list[int]:
        """The counts as plain numbers."""
        return [self.count, *self._steps.tolist()]

    @classmethod
    def of_facts(cls, facts: Sequence[int]) -> Self:
        """The counts of which ``as_facts`` told."""
        hours = cls()
        hours.count, hours._steps = facts[0], np.array(facts[1:], np.int64)
        return hours

    @property
    def before(self) -> int:
        """How many come before their order by as much as a zone may be ahead."""
        return int(self._steps.sum())

    def hours(self) -> float | None:
        """By how many hours most payments come before their orders; None where most do not."""
        if self.before < _ENOUGH or self.before * 2 <= self.count:
            return None
        return int(_STEPS_MAX - np.argmax(self._steps[::-1])) / 2


class Unpaired:
    """Payments without an order and orders without a payment, to be held against each other by amount.

    Args:
        rows: Where they are kept, with ``facts.UNPAIRED``.
    """

    def __init__(self, rows: EngineTable) -> None:
        self._rows = rows

    def add(self, joined: pa.Table) -> None:
        """Adds those of some joined rows, which have ``facts.JOINED_SCHEMA``."""
        with Scope(self._rows.connection, joined=joined.select(_NEEDED)):
            self._rows.add_from(_UNPAIRED)

    def close(self) -> None:
        """Forgets them."""
        self._rows.close()

    def hours(self) -> tuple[float, int, int] | None:
        """By how many hours most of these payments come before an order of their amount; of how many, and how many do.

        None where most do not, or where they do by any number of hours, as where everything costs the same.
        """
        with Scope(self._rows.connection, unpaired=self._rows):
            found: list[tuple[Any, ...]] = self._rows.connection.execute(_STEPS).fetchall()
        if not found:
            return None
        (step, before, count), *others = found
        rivals = [payments for other, payments, _ in others if abs(other - step) > _SUMMER_STEPS]
        if before < _ENOUGH or before * 2 <= count or max(rivals, default=0) * 2 > before:
            return None
        return step / 2, count, before


_NEEDED: Final = [
    name
    for name in JOINED_SCHEMA.names
    if name
    in (
        *("position", "order_rows", "payments", "order_amount", "order_currency", "ordered_at"),
        *("paid_amount", "paid_currency", "first_paid_at"),
    )
]
_SAMPLE_ROWS: Final = 200
"""So many payments tell as much as all."""

_UNPAIRED: Final = """
SELECT position, order_rows > 0 AS is_order, CASE WHEN order_rows > 0 THEN order_amount ELSE paid_amount END AS amount,
    CASE WHEN order_rows > 0 THEN upper(order_currency) ELSE paid_currency END AS currency,
    CASE WHEN order_rows > 0 THEN ordered_at ELSE first_paid_at END AS moment
FROM joined WHERE (order_rows > 0) <> (payments > 0)
"""

_STEPS: Final = f"""
WITH paid AS (
    FROM unpaired WHERE NOT is_order AND amount IS NOT NULL AND moment IS NOT NULL ORDER BY position
    LIMIT {_SAMPLE_ROWS}
),
pairs AS (
    SELECT paid.position,
        (-floor((epoch_us(paid.moment) - epoch_us(ordered.moment) + {_SLACK_US}) / {_STEP_US}))::BIGINT AS step
    FROM paid JOIN unpaired AS ordered ON ordered.is_order AND paid.amount = ordered.amount
        AND paid.currency = ordered.currency
)
SELECT step, count(DISTINCT position) AS payments, (SELECT count(*) FROM paid) AS paid_count
FROM pairs WHERE step BETWEEN {_STEPS_MIN} AND {_STEPS_MAX} GROUP BY step ORDER BY payments DESC, step DESC
"""
