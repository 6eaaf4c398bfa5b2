"""When an archive says something arrived, in whichever way it says it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from decimal import Decimal, InvalidOperation
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_NUMBER: Final = re.compile(r"[0-9]{9,19}(\.[0-9]+)?")
_DIGITS: Final = re.compile("20[0-9]{12}(?:[0-9]{3})?")
"""A day and its time without anything between; as milliseconds since 1970 it would be centuries ahead."""
_ISO: Final = re.compile(
    r"(?:[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9:.,]+ ?(Z|UTC|[+-][0-9]{2}(:?[0-9]{2})?)?)?"
    r"|[0-9]{8}T[0-9]{4}(?:[0-9]{2}(?:[.,][0-9]{1,9})?)?(?:Z|[+-][0-9]{2}(?::?[0-9]{2})?)?)",
    re.IGNORECASE,
)
_HOURS: Final = {
    "UTC": 0, "GMT": 0, "WET": 0, "WAT": 1, "CET": 1, "WEST": 1, "CAT": 2, "CEST": 2, "EET": 2, "SAST": 2, "EAT": 3,
    "EEST": 3, "MSK": 3, "JST": 9, "AEST": 10, "AEDT": 11, "EST": -5, "EDT": -4, "CDT": -5, "MST": -7, "MDT": -6,
    "PST": -8, "PDT": -7,
}  # fmt: skip
"""Zones by the letters that PHP and ``date`` print for them."""
_AMBIGUOUS: Final = ("AST", "BST", "CST", "IST")
"""Letters of zones that are several: a moment with one of them is none."""
_MONTHS: Final = (
    *(("juin", 6), ("juil", 7), ("jan", 1), ("feb", 2), ("fév", 2), ("fev", 2), ("mar", 3), ("apr", 4), ("avr", 4)),
    *(("may", 5), ("mai", 5), ("jun", 6), ("jul", 7), ("aug", 8), ("aoû", 8), ("aou", 8), ("sep", 9), ("oct", 10)),
    *(("nov", 11), ("dec", 12), ("déc", 12)),
)
"""How the names of months begin in English and French."""

# The same zones and dates are told from other text by the core, in ``moments.c``.
_ZONE: Final = (
    r"(?: ?(?:Z|(?:UTC|GMT)[+-][0-9]{1,2}(?::?[0-9]{2})?(?!:?[0-9])|[+-][0-9]{2}(?::?[0-9]{2})?(?!:?[0-9])|"
    + "|".join(sorted((*_HOURS, *_AMBIGUOUS), key=len, reverse=True))
    + "|(?:Africa|America|Antarctica|Arctic|Asia|Atlantic|Australia|Canada|Etc|Europe|Indian|Pacific|US)"
    + r"(?:/[A-Za-z_+-]{2,20}){1,2})(?![\w/]))?"
)
_CLOCK: Final = (
    r"(?:[0-9]{1,2}:[0-9]{2}(?![0-9])(?::[0-9]{2}(?:[.,][0-9]{1,9})?)?(?: ?[AaPp]\.?[Mm]\b\.?)?"
    r"|[0-9]{1,2} ?h ?[0-9]{2}(?![0-9])(?:(?::| ?m(?:in)? ?)[0-9]{2}(?: ?s\b)?)?)"
)
_DAY_NAME: Final = (
    r"(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]{0,6}|(?:[Ll]un|[Mm]ar|[Mm]er|[Jj]eu|[Vv]en|[Ss]am|[Dd]im)[a-z]{0,5}\.?)"
)
_MONTH_NAME: Final = (
    r"(?:(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]{0,6}"
    r"|(?:[Jj]anv|[Ff](?:é|e)v|[Mm]ars|[Aa]vr|[Mm]ai|[Jj]ui|[Aa]o(?:û|u)|[Ss]ept|[Oo]ct|[Nn]ov|[Dd](?:é|e)c)[a-z]{0,6}\.?)"
)
_GAP: Final = r"(?:[T_:]|,? (?:at |à |@ )?|,| - )"
_DATED: Final = (
    rf"(?:{_DAY_NAME},? )?[0-9]{{4}}[-/.][0-9]{{1,2}}[-/.][0-9]{{1,2}}{_GAP}{_CLOCK}{_ZONE}",
    rf"[0-9]{{1,2}}[-/.][0-9]{{1,2}}[-/.][0-9]{{4}}{_GAP}{_CLOCK}{_ZONE}",
    rf"(?:{_DAY_NAME},? )?[0-9]{{1,2}}(?:er)?[-/ ]{_MONTH_NAME}[-/ ,]{{1,2}}[0-9]{{4}}{_GAP}{_CLOCK}{_ZONE}",
    rf"{_DAY_NAME},? {_MONTH_NAME} [ 0-9]?[0-9] {_CLOCK}{_ZONE} [0-9]{{4}}",
    rf"(?:{_DAY_NAME},? )?{_MONTH_NAME} [ 0-9]?[0-9],? [0-9]{{4}}{_GAP}{_CLOCK}{_ZONE}",
    rf"20[0-9]{{6}}(?:[-_ ]){_CLOCK}{_ZONE}",
    rf"{_DAY_NAME}, [0-9]{{2}}-{_MONTH_NAME}-[0-9]{{2}} {_CLOCK}{_ZONE}",
)
_CLOCKLESS: Final = (
    r"20[0-9]{6}T[0-9]{4}(?:[0-9]{2}(?:[.,][0-9]{1,9})?)?(?:Z|[+-][0-9]{2}(?::?[0-9]{2})?)?(?!\w)",
    r"20[0-9]{12}(?:[0-9]{3})?(?=[\]\s)|;:]|\Z)",
)
_DAY: Final = re.compile(rf"(?:{_DAY_NAME},? )?[0-9]{{1,2}}(?:er)?[-/ ]{_MONTH_NAME}[-/ ][0-9]{{4}}", re.ASCII)
_EPOCH_AT_START: Final = r"1[4-9][0-9]{8}(?:[0-9]{3}){0,2}(?:\.[0-9]{1,6})?(?=[\]\s)|;:]|\Z)"
STAMP: Final = "(?:" + "|".join((*_DATED, *_CLOCKLESS, _EPOCH_AT_START)) + ")"
"""A moment as logs write it before what they say, as a pattern for text that begins with it."""

_PARTS: Final = re.compile(
    rf"(?P<date>.*?)(?P<clock>{_CLOCK})(?P<zone>{_ZONE})(?: (?P<late_year>[0-9]{{4}}))?", re.ASCII
)
_NUMBERS: Final = re.compile("[0-9]+")
_ONE_DIGIT: Final = re.compile(r"[+-](?=[0-9](?::|\Z))", re.ASCII)
_DATE: Final = re.compile("|".join(_DATED), re.ASCII)
_COMMENT: Final = re.compile(r" \([^()]*\)\Z")
_NAME: Final = re.compile(rf"(?:{_DAY_NAME},? )?.*?({_MONTH_NAME})")
_CLOCK_PARTS: Final = re.compile(
    r"(\d+)(?::| ?h ?)(\d+)(?:(?::| ?m(?:in)? ?)(\d+)(?:[.,](\d+))?)?(?: ?([AaPp]))?", re.ASCII
)


def instant_of(value: Any) -> int | None:  # noqa: ANN401, PLR0911 - an archive's cell, one line a notation
    """Microseconds since 1970 (UTC), or None when the value names no moment, or may name several.

    Args:
        value: A ``datetime``, ISO 8601 text, the date of a log or an e-mail, or seconds, milliseconds, microseconds or
            nanoseconds since 1970 by their size. A moment without a zone is UTC. Of a day and a month in numbers the
            day comes first, unless that is no day, or the clock has twelve hours.
    """
    if value is None:
        return None
    if isinstance(value, datetime):
        return _microseconds(value)
    text = str(value).strip()
    if _NUMBER.fullmatch(text) and not _DIGITS.fullmatch(text):
        return _of_epoch(text)
    try:
        if _DIGITS.fullmatch(text):
            return _microseconds(datetime.strptime(f"{text:0<20}+0000", "%Y%m%d%H%M%S%f%z"))
        if _ISO.fullmatch(text):
            return _microseconds(_of_iso(text))
        if _DATE.fullmatch(bare := _COMMENT.sub("", text)):
            return _of_log(bare)
        if _DAY.fullmatch(text):
            return _of_log(f"{text} 00:00")
    except (ValueError, OverflowError, IndexError, OSError, ZoneInfoNotFoundError):
        return None
    return None


def _of_log(text: str) -> int | None:
    """The moment of a text that looks like one of a log.

    Raises:
        ValueError: There is no such moment, or no such zone.
    """
    parts = _PARTS.fullmatch(text)
    clock = parts and _CLOCK_PARTS.match(parts["clock"])
    if not parts or not clock:
        return None
    hour, minute, second = (int(number or 0) for number in clock.groups()[:3])
    if clock[5]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if clock[5] in "pP" else 0)
    year, month, day = _day_of(parts["date"], parts["late_year"], is_american=bool(clock[5]))
    fraction = int(f"{clock[4] or 0:<06}"[:6])
    moment = datetime(year, month, day, hour, minute, second, fraction, tzinfo=UTC)
    zone = parts["zone"].strip()
    return _microseconds(_in_zone(moment, zone)) if zone not in _AMBIGUOUS else None


def _day_of(date: str, late_year: str | None, *, is_american: bool) -> tuple[int, int, int]:
    numbers = [int(number) for number in _NUMBERS.findall(date)]
    if late_year is not None:
        numbers.append(int(late_year))
    name = _NAME.match(date)
    if name:
        day, year = numbers
        # RFC 850, which PHP still writes.
        year += 0 if year > 99 else 2000 if year < 70 else 1900
        return year, next(number for start, number in _MONTHS if name[1].lower().startswith(start)), day
    if len(numbers) == 1:
        return int(date[:4]), int(date[4:6]), int(date[6:8])
    first, second, third = numbers
    if first > 31:
        return first, second, third
    day, month = (second, first) if is_american else (first, second)
    return (third, day, month) if month > 12 else (third, month, day)


def _in_zone(moment: datetime, zone: str) -> datetime:
    if zone in ("", "Z"):
        return moment
    if zone in _HOURS:
        return moment.replace(tzinfo=timezone(timedelta(hours=_HOURS[zone])))
    offset = zone.removeprefix("UTC").removeprefix("GMT")
    if offset[:1] in ("+", "-"):
        offset = _ONE_DIGIT.sub(r"\g<0>0", offset)
        return datetime.strptime(f"{moment:%Y-%m-%dT%H:%M:%S.%f}{offset:0<5}", "%Y-%m-%dT%H:%M:%S.%f%z")
    named: tzinfo = ZoneInfo(zone)
    first, second = (moment.replace(tzinfo=named, fold=fold).utcoffset() for fold in (0, 1))
    if first != second:
        raise ValueError("an hour that there is twice, or not at all")
    return moment.replace(tzinfo=named)


def _of_iso(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        text = re.sub(r" ?(?:utc|z)$", "+00:00", text, flags=re.IGNORECASE)
        return datetime.fromisoformat(re.sub(r" (?=[+-]\d)", "", text))


def _microseconds(moment: datetime) -> int | None:
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    try:
        elapsed = moment.astimezone(UTC) - _EPOCH
    except OverflowError:
        return None
    return (elapsed.days * 86_400 + elapsed.seconds) * 1_000_000 + elapsed.microseconds


def _of_epoch(text: str) -> int | None:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    for limit, factor in ((10**11, 10**6), (10**14, 10**3), (10**17, 1)):
        if number < limit:
            return int(number * factor)
    return int(number / 1000)
