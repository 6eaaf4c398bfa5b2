"""Sources that went silent: files, endpoints and merchants without notifications where there always were some."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from corena_recon.tables.engine import day_in, plain_rows

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

_FILES: Final = "source"
_KINDS: Final = ("endpoint", "merchant", _FILES)
_DAYS_MIN: Final = 7
"""What came on fewer days is not known well enough to be missed."""
_CAME_MIN: Final = 5
"""Notifications on a day, on the average: of less a few days without any are nothing."""
KNOWN_MIN: Final = _DAYS_MIN * _CAME_MIN
"""Of fewer notifications no source is known."""
_LONGER: Final = 3
"""A gap is a silence where it is so many times as long as all others of its source, and so many days."""
_TIMES_MAX: Final = 2_000
"""Of so many sources at most it is asked; more are files of a day or an hour."""
_EMPTY_AMONG: Final = 3
_EMPTY_SHARE: Final = 10
"""Empty sources are missed among so many at least that are not, and up to one in so many."""


class Silence(NamedTuple):
    """Days on which nothing came of a source while others went on.

    Attributes:
        name: The source.
        since: The first of these days.
        until: The day on which something came again; None where nothing did.
    """

    name: str
    since: date
    until: date | None


class _Times(NamedTuple):
    kind: str
    name: str
    days: list[date]
    came: int

    @property
    def is_known(self) -> bool:
        return len(self.days) >= _DAYS_MIN and self.came >= _CAME_MIN * len(self.days)


def silent_sources(connection: duckdb.DuckDBPyConnection, zone: str) -> list[Silence]:
    """Every source that others outlived or went on without, by what it is and when it fell silent.

    A file that another takes over from, as logs do that are rotated, is none.

    Args:
        connection: With ``notifications``.
        zone: Whose days.
    """
    query = _TIMES.format(received_on=day_in(zone, "received_at"))
    found = [_Times(**row) for row in plain_rows(connection, query)]
    of_kinds = ([one for one in found if one.kind == kind] for kind in _KINDS)
    return [silence for times in of_kinds if 1 < len(times) <= _TIMES_MAX for silence in _silences(times)]


def empty_sources(intake: pa.Table) -> dict[str, Any] | None:
    """The sources in which there is nothing, while nearly all others of their form hold some; None without any.

    What has no byte may be of any form.
    """
    counts: dict[str, list[int]] = defaultdict(list)
    bare: dict[str | None, list[str]] = defaultdict(list)
    for row in intake.select(["source", "form", "bytes", "notifications", "unreadable"]).to_pylist():
        if row["form"] is not None and row["notifications"]:
            counts[row["form"]].append(row["notifications"])
        elif not row["unreadable"] and (row["form"] is not None or row["bytes"] == 0):
            bare[row["form"] if row["bytes"] else None].append(row["source"])
    names: list[str] = []
    others = 0
    for form, came in counts.items():
        missed = [*bare[form], *bare[None]]
        is_usual = len(came) >= _EMPTY_AMONG and sum(came) >= _CAME_MIN * len(came)
        if is_usual and 0 < len(missed) <= max(len(came) // _EMPTY_SHARE, 1):
            names += missed
            others += len(came)
    return {"names": sorted({*names}), "others": others} if names else None


def _silences(times: Sequence[_Times]) -> Iterator[Silence]:
    end = max(one.days[-1] for one in times) + timedelta(days=1)
    for one in filter(lambda each: each.is_known, times):
        gaps = sorted(((after - before).days - 1, before, after) for before, after in pairwise([*one.days, end]))
        length, before, after = gaps[-1]
        is_over = before == one.days[-1]
        if length < _LONGER * max(gaps[-2][0], 1) or (is_over and one.kind == _FILES and _is_taken_over(one, times)):
            continue
        since = before + timedelta(days=1)
        if any(other is not one and _went_on(other, one, since, after) for other in times):
            yield Silence(one.name, since, None if is_over else after)


def _is_taken_over(one: _Times, times: Sequence[_Times]) -> bool:
    """Whether another begins when this one ends."""
    last = one.days[-1]
    return any(last <= other.days[0] <= last + timedelta(days=1) for other in times if other is not one)


def _went_on(other: _Times, one: _Times, since: date, until: date) -> bool:
    """Whether the other was there for half the days of this one at least, and in the gap too."""
    together = sum(other.days[0] <= day <= other.days[-1] for day in one.days)
    return 2 * together >= len(one.days) and any(since <= day < until for day in other.days)


_TIMES: Final = f"""
    WITH came AS (
        SELECT source, endpoint, merchant, {{received_on}} AS day, count(*) AS came
        FROM notifications WHERE received_at IS NOT NULL AND signature_status IN ('valid', 'valid_rendered')
        GROUP BY ALL
    ),
    named AS ({" UNION ALL ".join(f"SELECT '{kind}' AS kind, {kind} AS name, day, came FROM came" for kind in _KINDS)})
    SELECT kind, name, list(DISTINCT day ORDER BY day) AS days, sum(came)::BIGINT AS came
    FROM named WHERE name IS NOT NULL GROUP BY kind, name ORDER BY kind, name
"""
