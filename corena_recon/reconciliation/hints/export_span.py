"""From when to when an export tells of orders: a payment from before or after it can have none there."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from corena_recon.tables.columns import whole
from corena_recon.tables.spool import ChunkedRows

_HOUR_US: Final = 3_600_000_000
_DAY_US: Final = 24 * _HOUR_US


class ExportSpan(NamedTuple):
    """The time of an export's orders, in microseconds since the epoch; nothing where most of them have no date.

    Attributes:
        first_us: When the first of them was made.
        last_us: When the last of them was made, or the end of its day where the export has days alone.
    """

    first_us: int | None = None
    last_us: int | None = None


def span_of(orders: ChunkedRows) -> ExportSpan:
    """The span of an export.

    Args:
        orders: As read, with ``schemas.ORDER_SCHEMA``.
    """
    dated_count = 0
    extremes: list[int] = []
    times: NDArray[np.int64] = np.zeros(0, np.int64)
    for chunk in orders.chunks(["ordered_at"]):
        moments = np.asarray(whole(chunk.table["ordered_at"].drop_null().cast(pa.int64())))
        if not len(moments):
            continue
        dated_count += len(moments)
        extremes += [int(moments.min()), int(moments.max())]
        if len(times) <= _TIMES_OF_DAYS:
            times = np.union1d(times, moments % _DAY_US)
    if not extremes or dated_count * 2 < orders.rows:
        return ExportSpan()
    first, last = min(extremes), max(extremes)
    return ExportSpan(first, last + (_DAY_US - 1 if _are_days(times, last - first) else 0))


_TIMES_OF_DAYS: Final = 2
"""Midnight, as an export of days alone has it in UTC: at two hours, where its zone has summer time."""


def _are_days(times: NDArray[np.int64], span_us: int) -> bool:
    """Whether all moments stand at the same time of day, though there are several days."""
    return span_us >= _DAY_US and len(times) <= _TIMES_OF_DAYS and int(times[-1] - times[0]) in (0, _HOUR_US)
