"""Stretches of time that are missing from the picture, and the orders and the money that they leave open."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, time
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from corena_recon.chain import SOUND
from corena_recon.report.aspects import KNOWN_MIN, silent_sources
from corena_recon.report.diagnosis.counts import Counts
from corena_recon.report.diagnosis.tallies import MINUTE_US, Kind, Moments
from corena_recon.tables.engine import plain_rows

if TYPE_CHECKING:
    import duckdb

DAY_HOURS: Final = 24
HOUR_US: Final = 60 * MINUTE_US

_EXPECTED_MIN: Final = 20
_SILENT_ENOUGH: Final = 50
_SILENT_MAX: Final = 3
"""Silences are few; what comes again more often, as nights do, is none."""
_WEEK_HOURS: Final = 168
_YOUNG_SHARE: Final = 5
_SAME_HOUR: Final = 3
"""Two gaps that begin so many hours apart in their weeks at most come every week."""


class Stretch(NamedTuple):
    """A stretch of time that has something missing.

    Attributes:
        key: Of the sentence that says it.
        code: The word of its diagnosis.
        since_us: Where it begins, since the epoch; None at the beginning of all.
        until_us: Where it ends; None at the end of all.
        is_of_orders: Whether orders wait for notifications; else payments wait for orders.
        facts: What its sentence holds.
    """

    key: str
    code: str
    since_us: int | None
    until_us: int | None
    is_of_orders: bool
    facts: Mapping[str, Any]


def stretches(
    counts: Counts, connection: duckdb.DuckDBPyConnection, *, has_orders: bool, zone: str, has_grace: bool
) -> list[dict[str, Any]]:
    """Stretches and sources that are silent, and ends of archive and export that lie apart, with what they leave open.

    Args:
        counts: Of the whole report.
        connection: With ``results`` where there are orders, and ``notifications`` and ``intake``.
        has_orders: Whether there are.
        zone: Whose days.
        has_grace: Whether orders may wait for their notification; where they may not, young ones are told of.

    Returns:
        Plain facts: ``key``, ``code``, and ``count`` and ``amounts`` of what waits, besides those of the sentence.
    """
    told = []
    for each in (
        *_silences(counts.signing.moments),
        *(_silent_sources(connection, zone) if _is_enough(counts.signing.moments) else ()),
        *_ends(counts),
        *_gaps_of_captures(connection),
        *(() if has_grace else _youth(counts)),
    ):
        count, amounts = _left_open(each, connection) if has_orders else (0, {})
        if count >= _least(each.code, counts):
            facts = {**each.facts, "count": count, "amounts": amounts}
            told.append({"key": each.key, "code": each.code, "facts": facts})
    return told


def _least(code: str, counts: Counts) -> int:
    """How many must wait for a stretch to be told of; young orders must be a good part of all that are missing."""
    if code == "young_orders":
        return max(-(-counts.outcomes["missing_payment"] // _YOUNG_SHARE), 1)
    return 1 if code == "cut_off" else 0


def moment_text(microseconds: int) -> str:
    """A moment since the epoch, as people read it."""
    return datetime.fromtimestamp(int(microseconds) / 1_000_000, UTC).strftime("%Y-%m-%d %H:%M UTC")


def _silences(moments: Moments) -> Iterator[Stretch]:
    """The stretches without a genuine notification that stand out, where there are many at that hour of day or week."""
    is_genuine = moments.counts[:, Kind.VERIFIED] > 0
    hours = moments.steps[is_genuine] * moments.unit_us // HOUR_US
    counts = moments.counts[is_genuine, Kind.VERIFIED]
    if not len(hours) or counts.sum() < _SILENT_ENOUGH or hours[-1] - hours[0] < 3 * DAY_HOURS:
        return
    for begin, length in _outstanding(np.unique(hours)):
        expected = _expected(hours, counts, begin, length)
        if expected >= _EXPECTED_MIN:
            since_us, until_us = begin * HOUR_US, (begin + length) * HOUR_US
            facts = {
                "since": moment_text(since_us),
                "until": moment_text(until_us),
                "hours": length,
                "expected": expected,
            }
            yield Stretch("silent_stretch", "silent_stretch", since_us, until_us, is_of_orders=True, facts=facts)


def _is_enough(moments: Moments) -> bool:
    """Whether so many have come at all that a source of theirs can be known; of fewer the engine need not be asked."""
    return int(moments.counts.sum()) >= KNOWN_MIN


def _silent_sources(connection: duckdb.DuckDBPyConnection, zone: str) -> Iterator[Stretch]:
    """The sources that fell silent while others went on."""
    for one in silent_sources(connection, zone):
        since_us, until_us = (None if day is None else _midnight_us(day, zone) for day in (one.since, one.until))
        facts = {
            "names": [one.name],
            "since": f"{one.since}",
            **({} if one.until is None else {"until": f"{one.until}"}),
        }
        key = "silent_source_since" if one.until is None else "silent_source"
        yield Stretch(key, "silent_source", since_us, until_us, is_of_orders=True, facts=facts)


def _midnight_us(day: date, zone: str) -> int:
    return round(datetime.combine(day, time(), ZoneInfo(zone)).timestamp()) * 1_000_000


def _outstanding(hours: NDArray[np.int64]) -> list[tuple[int, int]]:
    """The few gaps that are more than twice as long as all others: where each begins, and its hours, in order."""
    gaps = sorted(
        (
            (int(after - before) - 1, int(before) + 1)
            for before, after in pairwise(hours.tolist())
            if after - before > 1
        ),
        reverse=True,
    )
    lengths = [*(length for length, _ in gaps), 0]
    places = [place for place in range(min(_SILENT_MAX, len(gaps))) if lengths[place] > 2 * lengths[place + 1]]
    few = gaps[: places[-1] + 1] if places else []
    return sorted((begin, length) for length, begin in few if not _comes_weekly(length, begin, gaps))


def _comes_weekly(length: int, begin: int, gaps: Iterable[tuple[int, int]]) -> bool:
    """Whether a gap of its kind is there in another week, as Sundays are."""
    return any(
        other != begin
        and length < 2 * other_length
        and abs((begin - other + _WEEK_HOURS // 2) % _WEEK_HOURS - _WEEK_HOURS // 2) <= _SAME_HOUR
        for other_length, other in gaps
    )


def _expected(hours: NDArray[np.int64], counts: NDArray[np.int64], begin: int, length: int) -> int:
    """How many notifications come in such hours of the day, or of the week where several are known."""
    span = int(hours[-1] - hours[0]) + 1
    cycle = _WEEK_HOURS if span >= 3 * _WEEK_HOURS else DAY_HOURS
    by_slot = np.bincount((hours % cycle).astype(np.int64), weights=counts, minlength=cycle)
    times = np.bincount(np.arange(int(hours[0]), int(hours[-1]) + 1) % cycle, minlength=cycle)
    rates = by_slot / np.maximum(times, 1)
    return int(rates[np.arange(begin, begin + length) % cycle].sum())


def _ends(counts: Counts) -> Iterator[Stretch]:
    """Where archive or export ends or begins a day or more apart from the other."""
    came, ordered = counts.signing.moments, counts.ordered
    if not len(came.steps) or not len(ordered.steps):
        return
    (archive_since, archive_until), (orders_since, orders_until) = _span_of(came), _span_of(ordered)
    ends = {"archive_until": moment_text(archive_until), "orders_until": moment_text(orders_until)}
    begins = {"archive_since": moment_text(archive_since), "orders_since": moment_text(orders_since)}
    for key, apart_us, since_us, until_us, facts in (
        ("cut_off_archive", orders_until - archive_until, archive_until, None, ends),
        ("cut_off_orders", archive_until - orders_until, orders_until, None, ends),
        ("cut_off_archive_begin", archive_since - orders_since, None, archive_since, begins),
        ("cut_off_orders_begin", orders_since - archive_since, None, orders_since, begins),
    ):
        if apart_us > DAY_HOURS * HOUR_US:
            yield Stretch(key, "cut_off", since_us, until_us, is_of_orders="archive" in key, facts=facts)


def _span_of(moments: Moments) -> tuple[int, int]:
    """When the first step begins and the last one ends, in microseconds."""
    return int(moments.steps[0]) * moments.unit_us, (int(moments.steps[-1]) + 1) * moments.unit_us


def _youth(counts: Counts) -> Iterator[Stretch]:
    """The day before the last notification, and what comes after it where no end is cut off."""
    came, ordered = counts.signing.moments, counts.ordered
    if not len(came.steps) or not len(ordered.steps):
        return
    (_, until_us), (_, orders_until) = _span_of(came), _span_of(ordered)
    end_us = until_us if orders_until - until_us > DAY_HOURS * HOUR_US else None
    key = "young_orders"
    facts = {"until": moment_text(until_us)}
    yield Stretch(key, key, until_us - DAY_HOURS * HOUR_US, end_us, is_of_orders=True, facts=facts)


def _gaps_of_captures(connection: duckdb.DuckDBPyConnection) -> Iterator[Stretch]:
    """Where lines of a capture are missing, between what came before and after them."""
    if not connection.execute(f"SELECT 1 FROM intake WHERE {_IS_BROKEN} LIMIT 1").fetchall():
        return
    for row in plain_rows(connection, _CAPTURE_GAPS):
        facts = {"names": [row["source"]], "since": moment_text(row["since_us"]), "until": moment_text(row["until_us"])}
        key = "capture_gap"
        yield Stretch(key, key, row["since_us"], row["until_us"], is_of_orders=True, facts=facts)


def _left_open(stretch: Stretch, connection: duckdb.DuckDBPyConnection) -> tuple[int, dict[str, str]]:
    """How many orders or payments of the stretch wait, and their sums by currency."""
    query = _ORDERS_OPEN if stretch.is_of_orders else _PAYMENTS_OPEN
    rows = plain_rows(connection, query, {"since": stretch.since_us, "until": stretch.until_us})
    amounts = {row["currency"] or "": f"{row['amount']:.8f}" for row in rows if row["amount"]}
    return sum(row["count"] for row in rows), amounts


_IS_BROKEN: Final = f"chain <> '{SOUND}'"
_CAPTURE_GAPS: Final = f"""
    WITH broken AS (
        SELECT source, try_cast(regexp_extract(chain, '[0-9]+') AS BIGINT) AS line FROM intake WHERE {_IS_BROKEN}
    ),
    begun AS (
        SELECT source, line, epoch_us(min(received_at)) AS until_us,
               (SELECT epoch_us(max(earlier.received_at)) FROM notifications AS earlier
                WHERE earlier.source = broken.source AND earlier.record < line) AS own_us
        FROM broken JOIN notifications USING (source) WHERE record >= line GROUP BY source, line
    )
    SELECT source, until_us, coalesce(own_us, (
        SELECT epoch_us(max(received_at)) FROM notifications WHERE epoch_us(received_at) < until_us
    )) AS since_us
    FROM begun WHERE until_us IS NOT NULL AND since_us IS NOT NULL AND since_us < until_us ORDER BY source
"""

_WITHIN: Final = (
    "epoch_us({0}) >= coalesce($since::BIGINT, epoch_us({0}))"
    " AND epoch_us({0}) < coalesce($until::BIGINT, epoch_us({0}) + 1)"
)
_ORDERS_OPEN: Final = f"""
    SELECT upper(order_currency) AS currency, count(*) AS count, sum(order_amount) AS amount FROM results
    WHERE outcome IN ('missing_payment', 'not_yet_due') AND {_WITHIN.format("ordered_at")} GROUP BY ALL ORDER BY ALL
"""
_PAYMENTS_OPEN: Final = f"""
    SELECT paid_currency AS currency, count(*) AS count, sum(paid_amount) AS amount FROM results
    WHERE outcome = 'orphan_payment' AND {_WITHIN.format("first_paid_at")} GROUP BY ALL ORDER BY ALL
"""
