"""Moments as shops export them, as UTC instants; a date that could mean two days is left out, never guessed."""

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
            "january jan janvier janv", "february feb fevrier fevr fev", "march mar mars", "april apr avril avr", "may mai",
            "june jun juin", "july jul juillet juil", "august aug aout", "september sep sept septembre",
            "october oct octobre", "november nov novembre", "december dec decembre",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
_TIME = (
    r"(?:[\sT,]+(?:(?:à|a|at|-)\s+)?(?P<hour>[0-9]{1,2})\s?[:hH]\s?(?P<minute>[0-9]{2})"
    r"(?::(?P<second>[0-9]{2})(?:[.,](?P<fraction>[0-9]{1,9}))?)?(?:\s?(?P<half>[AaPp])\.?[Mm]\.?)?"
    r"\s*(?P<zone>Z|UTC|GMT|[+-][0-9]{2}:?[0-9]{2})?)?"
)
_NAME = r"(?P<name>[^\W\d_]{3,10})"
_ORDINAL = r"(?P<day>[0-9]{1,2})(?:er|st|nd|rd|th)?"
_WEEKDAY = r"(?:[^\W\d_]{2,9}[.,]?\s+)?"
_FORMS: Final = tuple(
    re.compile(form + _TIME)
    for form in (
        r"(?P<year>[0-9]{4})[-/.](?P<month>[0-9]{1,2})[-/.](?P<day>[0-9]{1,2})",
        rf"{_WEEKDAY}(?:le\s+)?{_ORDINAL}[-\s.]+{_NAME}\.?,?[-\s]+(?P<year>[0-9]{{4}})",
        rf"{_WEEKDAY}{_NAME}\.?\s+{_ORDINAL},?\s+(?P<year>[0-9]{{4}})",
    )
)
_NUMERIC = re.compile(
    r"(?P<left>[0-9]{1,2})(?P<mark>[-/.])(?P<right>[0-9]{1,2})(?P=mark)(?P<year>[0-9]{4})" + _TIME
)
_ZERO_DATE_RE2 = r"^0{4}-0{2}-0{2}"
_LONGEST_DATE_CHARACTERS: Final = 64


class InstantColumn(NamedTuple):
    """A column of moments, read.

    Attributes:
        instants: ``timestamp[us, UTC]``; null where the cell is blank, a zero date, or not read.
        unread_count: How many cells say something that was not read as one moment.
        order: ``day first`` or ``month first`` where ``1/2/2026`` had to be decided, ``undecided`` where nothing decides it.
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
    instants = _cast_iso(
        pc.replace_substring_regex(cells, r"(:[0-9]{2}) ([+-][0-9]{2}:?[0-9]{2})$", r"\1\2"), timezone
    )
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
    try:
        return _in_zone(pc.cast(texts, _NAIVE), timezone)
    except pa.ArrowInvalid:
        pass
    try:
        return pc.cast(texts, INSTANT)
    except pa.ArrowInvalid:
        return None


def _epochs(texts: pa.Array) -> pa.Array | None:
    for digits, unit in ((10, "s"), (13, "ms")):
        if pc.all(pc.match_substring_regex(texts, f"^[0-9]{{{digits}}}$")).as_py():
            return pc.cast(pc.cast(pc.cast(texts, pa.int64()), pa.timestamp(unit, tz="UTC")), INSTANT)
    return None


def _read_each(texts: pa.Array, timezone: str, day_first: bool | None) -> InstantColumn:
    encoded = texts.dictionary_encode()
    words = [text[: _LONGEST_DATE_CHARACTERS + 1] for text in encoded.dictionary.to_pylist()]
    if day_first is None:
        day_first, order = _decide_order(words)
    else:
        order = "day first" if day_first else "month first"
    moments = [_moment(word, day_first=day_first) for word in words]
    naive = [None if moment is None or moment.tzinfo else moment for moment in moments]
    aware = [moment if moment is not None and moment.tzinfo else None for moment in moments]
    read = pc.coalesce(_in_zone(pa.array(naive, _NAIVE), timezone), pa.array(aware, INSTANT))
    instants = read.take(encoded.indices)
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


def _moment(word: str, *, day_first: bool | None) -> dt.datetime | None:
    if len(word) > _LONGEST_DATE_CHARACTERS:
        return None
    numeric = _NUMERIC.fullmatch(word)
    if numeric:
        left, right = int(numeric["left"]), int(numeric["right"])
        if numeric["mark"] == ".":
            day_first = True
        if day_first is None and left <= 12 and right <= 12 and left != right:
            return None
        if day_first is None:
            day_first = right <= 12
        day, month = (left, right) if day_first else (right, left)
        return _assemble(numeric, month, day)
    for form in _FORMS:
        date = form.fullmatch(word)
        if date:
            parts = date.groupdict()
            month = int(parts["month"]) if "month" in parts else _MONTHS.get(fold(date["name"]), 0)
            return _assemble(date, month, int(date["day"]))
    return None


def _assemble(date: re.Match[str], month: int, day: int) -> dt.datetime | None:
    hour = int(date["hour"] or 0)
    if date["half"]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if date["half"] in "pP" else 0)
    microsecond = int((date["fraction"] or "0")[:6].ljust(6, "0"))
    try:
        naive = dt.datetime(  # noqa: DTZ001 - the zone is added below or by the caller
            int(date["year"]),
            month,
            day,
            hour,
            int(date["minute"] or 0),
            int(date["second"] or 0),
            microsecond,
        )
        return naive.replace(tzinfo=_zone(date["zone"])) if date["zone"] else naive
    except ValueError:
        return None


def _zone(text: str) -> dt.timezone:
    if text in ("Z", "UTC", "GMT"):
        return dt.UTC
    minutes = int(text[1:3]) * 60 + int(text[-2:])
    return dt.timezone(dt.timedelta(minutes=-minutes if text[0] == "-" else minutes))
