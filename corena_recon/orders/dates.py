"""Moments as shops export them, as UTC instants; a date that could mean two days is never guessed."""

from __future__ import annotations

import datetime as dt
import re
from typing import Final, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from corena_recon.errors import OptionError
from corena_recon.orders.export import is_blank
from corena_recon.orders.states import fold
from corena_recon.vocabulary import INSTANT

_NAIVE: Final = pa.timestamp("us")
_MONTHS: Final = {
    name: number
    for number, names in enumerate(
        (
            "january jan janvier janv", "february feb fevrier fevr fev", "march mar mars",
            "april apr avril avr", "may mai",
            "june jun juin", "july jul juillet juil", "august aug aout", "september sep sept septembre",
            "october oct octobre", "november nov novembre", "december dec decembre",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
_SPLIT_RE2 = r"^(?P<date>.*?)(?P<time>(?:[\sT,]+(?:(?:à|a|at|-)\s+)?[0-9]{1,2}\s?[:hH].*)?)$"
_TIME = re.compile(
    r"(?:[\sT,]+(?:(?:à|a|at|-)\s+)?(?P<hour>[0-9]{1,2})\s?[:hH]\s?(?P<minute>[0-9]{2})"
    r"(?::(?P<second>[0-9]{2})(?:[.,](?P<fraction>[0-9]{1,9}))?)?(?:\s?(?P<half>[AaPp])\.?[Mm]\.?)?"
    r"\s*(?P<zone>Z|UTC|GMT|[+-][0-9]{2}:?[0-9]{2})?)?"
)
_NAME = r"(?P<name>[^\W\d_]{3,10})"
_ORDINAL = r"(?P<day>[0-9]{1,2})(?:er|st|nd|rd|th)?"
_WEEKDAY = r"(?:[^\W\d_]{2,9}[.,]?\s+)?"
_DATES: Final = tuple(
    map(
        re.compile,
        (
            r"(?P<year>[0-9]{4})[-/.](?P<month>[0-9]{1,2})[-/.](?P<day>[0-9]{1,2})",
            rf"{_WEEKDAY}(?:le\s+)?{_ORDINAL}[-\s.]+{_NAME}\.?,?[-\s]+(?P<year>[0-9]{{4}})",
            rf"{_WEEKDAY}{_NAME}\.?\s+{_ORDINAL},?\s+(?P<year>[0-9]{{4}})",
        ),
    )
)
_NUMERIC = re.compile(r"(?P<left>[0-9]{1,2})(?P<mark>[-/.])(?P<right>[0-9]{1,2})(?P=mark)(?P<year>[0-9]{4})")
_ZERO_DATE_RE2 = r"^0{4}-0{2}-0{2}"
_LONGEST_DATE_CHARACTERS: Final = 64
_PROBED_CELLS: Final = 32


class InstantColumn(NamedTuple):
    """A column of moments, read.

    Attributes:
        instants: ``timestamp[us, UTC]``; null where the cell is blank, a zero date, or not read.
        unread_count: How many cells say something that was not read as one moment.
        order: ``day first`` or ``month first`` where ``1/2/2026`` had to be decided, ``undecided`` where
            nothing decides it.
    """

    instants: pa.Array
    unread_count: int
    order: str | None


def read_instants(texts: pa.Array, timezone: str = "UTC", *, day_first: bool | None = None) -> InstantColumn:
    """A string column as UTC instants.

    Args:
        texts: The cells.
        timezone: The IANA name of the zone of cells that name none.
        day_first: Whether ``1/2/2026`` is in February; decided by the column's own dates when None.

    Raises:
        OptionError: The time zone is unknown.
    """
    check_timezone(timezone)
    instants = _cast_iso(texts, timezone)
    if instants is not None:
        return InstantColumn(instants, 0, None)
    is_empty = pc.or_(is_blank(texts), pc.fill_null(pc.match_substring_regex(texts, _ZERO_DATE_RE2), False))
    cells = pc.utf8_trim_whitespace(pc.if_else(is_empty, None, texts))
    instants = _cast_iso(pc.replace_substring_regex(cells, r"(:[0-9]{2}) ([+-][0-9]{2}:?[0-9]{2})$", r"\1\2"), timezone)
    if instants is None:
        instants = _epochs(cells)
    if instants is not None:
        return InstantColumn(instants, 0, None)
    return _read_each(cells, timezone, day_first)


def check_timezone(timezone: str) -> None:
    """Refuse a zone that does not exist.

    Raises:
        OptionError: The time zone is unknown.
    """
    try:
        _in_zone(pa.array([dt.datetime(2026, 1, 1)], _NAIVE), timezone)  # noqa: DTZ001 - the zone is added
    except (pa.ArrowException, OSError) as error:
        raise OptionError(
            f"timezone={timezone!r} is unknown", hint='give an IANA name such as "Europe/Paris"'
        ) from error


def _in_zone(naive: pa.Array, timezone: str) -> pa.Array:
    if timezone == "UTC":
        return naive.cast(INSTANT)
    return pc.assume_timezone(naive, timezone, ambiguous="earliest", nonexistent="earliest").cast(INSTANT)


def _cast_iso(texts: pa.Array, timezone: str) -> pa.Array | None:
    # A cast that fails is slow, for it words an error a cell: a few cells are tried first.
    probe = texts.drop_null()[:_PROBED_CELLS]
    for kind in (_NAIVE, INSTANT):
        try:
            pc.cast(probe, kind)
            instants = pc.cast(texts, kind)
        except pa.ArrowInvalid:
            continue
        return _in_zone(instants, timezone) if kind == _NAIVE else instants
    return None


def _epochs(texts: pa.Array) -> pa.Array | None:
    for digits, unit in ((10, "s"), (13, "ms")):
        if pc.all(pc.match_substring_regex(texts, f"^[0-9]{{{digits}}}$")).as_py():
            return pc.cast(pc.cast(pc.cast(texts, pa.int64()), pa.timestamp(unit, tz="UTC")), INSTANT)
    return None


def _read_each(texts: pa.Array, timezone: str, day_first: bool | None) -> InstantColumn:
    is_short = pc.less_equal(pc.utf8_length(texts), _LONGEST_DATE_CHARACTERS)
    plain = pc.replace_substring_regex(texts, "[\u00a0\u202f]", " ")
    parts = pc.extract_regex(pc.if_else(is_short, plain, pa.scalar(None, pa.string())), _SPLIT_RE2)
    dates = pc.struct_field(parts, "date").dictionary_encode()
    times = pc.struct_field(parts, "time").dictionary_encode()
    words = dates.dictionary.to_pylist()
    order = None
    if day_first is None:
        day_first, order = _decide_order(words)
    days = pa.array([_day(word, day_first=day_first) for word in words], pa.date32()).take(dates.indices)
    clocks = [_clock(word) for word in times.dictionary.to_pylist()]
    since_midnight, offset = (
        pa.array([clock and clock[place] for clock in clocks], pa.duration("us")).take(times.indices)
        for place in range(2)
    )
    naive = pc.add(days.cast(_NAIVE), since_midnight)
    zoned = pc.subtract(naive, offset).cast(INSTANT)
    instants = pc.coalesce(zoned, _in_zone(pc.if_else(pc.is_null(offset), naive, None), timezone))
    return InstantColumn(instants, instants.null_count - texts.null_count, order)


def _decide_order(words: list[str]) -> tuple[bool | None, str | None]:
    dates = [date for date in map(_NUMERIC.fullmatch, words) if date and date["mark"] != "."]
    if not dates:
        return None, None
    is_day_first = any(int(date["left"]) > 12 for date in dates)
    is_month_first = any(int(date["right"]) > 12 for date in dates)
    if is_day_first == is_month_first:
        return None, "undecided"
    return is_day_first, "day first" if is_day_first else "month first"


def _day(word: str, *, day_first: bool | None) -> dt.date | None:
    numeric = _NUMERIC.fullmatch(word)
    if numeric:
        return _numeric_day(numeric, day_first=True if numeric["mark"] == "." else day_first)
    for form in _DATES:
        date = form.fullmatch(word)
        if date:
            parts = date.groupdict()
            month = int(parts["month"]) if "month" in parts else _MONTHS.get(fold(parts["name"]), 0)
            return _date(int(parts["year"]), month, int(parts["day"]))
    return None


def _numeric_day(numeric: re.Match[str], *, day_first: bool | None) -> dt.date | None:
    left, right = int(numeric["left"]), int(numeric["right"])
    if day_first is None and left <= 12 and right <= 12 and left != right:
        return None
    if day_first is None:
        day_first = right <= 12
    day, month = (left, right) if day_first else (right, left)
    return _date(int(numeric["year"]), month, day)


def _date(year: int, month: int, day: int) -> dt.date | None:
    try:
        return dt.date(year, month, day)
    except ValueError:
        return None


def _clock(word: str) -> tuple[dt.timedelta, dt.timedelta | None] | None:
    """The time since midnight and the offset of the zone that the text names, if any."""
    time = _TIME.fullmatch(word)
    if time is None:
        return None
    hour, minute, second = (int(time[name] or 0) for name in ("hour", "minute", "second"))
    if time["half"]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if time["half"] in "pP" else 0)
    if hour > 23 or minute > 59 or second > 59:
        return None
    microsecond = int((time["fraction"] or "0")[:6].ljust(6, "0"))
    clock = dt.timedelta(hours=hour, minutes=minute, seconds=second, microseconds=microsecond)
    return clock, _offset(time["zone"]) if time["zone"] else None


def _offset(zone: str) -> dt.timedelta:
    if zone in ("Z", "UTC", "GMT"):
        return dt.timedelta()
    offset = dt.timedelta(hours=int(zone[1:3]), minutes=int(zone[-2:]))
    return -offset if zone[0] == "-" else offset
