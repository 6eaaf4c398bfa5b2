"""Moments as shops export them, as UTC instants; a date that could mean two days is never guessed."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from functools import lru_cache
from typing import Final, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from corena_recon.arguments import require
from corena_recon.currencies import NULL_WORDS
from corena_recon.errors import OptionError
from corena_recon.orders.cells.shapes import cut_after, shapes_of
from corena_recon.orders.cells.states import fold
from corena_recon.orders.exports.export import is_blank
from corena_recon.schemas import INSTANT
from corena_recon.tables.columns import octets_in

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
_SPLIT_RE2 = r"^(?P<date>.*?)(?P<time>(?:[\sT,]+(?:(?:à|a|at|@|-)\s+)?[0-9]{1,2}\s?[:hH].*)?)$"
_ZONE_HOURS: Final = {
    **dict.fromkeys(("Z", "UTC", "GMT", "WET"), 0),
    **dict.fromkeys(("WAT", "CET", "WEST"), 1),
    **dict.fromkeys(("CAT", "SAST", "CEST", "EET"), 2),
    **dict.fromkeys(("EAT", "EEST", "MSK"), 3),
    "EDT": -4,
    "EST": -5,
    "MDT": -6,
    "MST": -7,
    "PDT": -7,
    "PST": -8,
}
"""Words for zones that mean one zone alone."""
_TIME = re.compile(
    r"(?:[\sT,]+(?:(?:à|a|at|@|-)\s+)?(?P<hour>[0-9]{1,2})\s?[:hH]\s?(?P<minute>[0-9]{2})"
    r"(?::(?P<second>[0-9]{2})(?:[.,](?P<fraction>[0-9]{1,9}))?)?(?:\s?(?P<half>[AaPp])\.?[Mm]\.?)?"
    rf"\s*(?:(?P<zone>(?:UTC|GMT)?[+-][0-9]{{1,2}}(?::?[0-9]{{2}})?|{'|'.join(_ZONE_HOURS)})(?:\[[\w/+-]+\])?)?"
    r"(?:\s*\([^()]*\))?)?"
)
_NAME = r"(?P<name>[^\W\d_]{3,10})"
_ORDINAL = r"(?P<day>[0-9]{1,2})(?:er|st|nd|rd|th)?"
_WEEKDAY = r"(?:[^\W\d_]{2,9}[.,]?\s+)?"
_DATES: Final = tuple(
    map(
        re.compile,
        (
            r"(?P<year>[0-9]{4})[-/.](?P<month>[0-9]{1,2})[-/.](?P<day>[0-9]{1,2})",
            r"(?P<year>20[0-9]{2})(?P<month>[0-9]{2})(?P<day>[0-9]{2})",
            rf"{_WEEKDAY}(?:le\s+)?{_ORDINAL}[-\s.]+{_NAME}\.?,?[-\s]+(?P<year>[0-9]{{4}}|[0-9]{{2}})",
            rf"{_WEEKDAY}{_NAME}\.?\s+{_ORDINAL},?\s+(?P<year>[0-9]{{4}})",
        ),
    )
)
_NUMERIC = re.compile(r"(?P<left>[0-9]{1,2})(?P<mark>[-/.])(?P<right>[0-9]{1,2})(?P=mark)(?P<year>[0-9]{4}|[0-9]{2})")
_SERIAL_DIGITS: Final = 5
_SERIAL_RE2: Final = r"^[2-7][0-9]{4}(?:\.[0-9]{1,20})?$"
_SERIAL_ZERO: Final = dt.datetime(1899, 12, 30)  # noqa: DTZ001 - spreadsheets know no zone
_DAY_SECONDS: Final = 24 * 60 * 60
_NOTHINGS: Final = pa.array(sorted({*NULL_WORDS, "false"}))
_ZERO_DATE: Final = "0000-00-00"
_LONGEST_DATE_CHARACTERS: Final = 96
_PROBED_CELLS: Final = 32
_CLOCKS_KEPT: Final = 24 * 60 * 60

_KINDS: Final = {"naive": _NAIVE, "zoned": INSTANT}
_EPOCH_DIGITS: Final = {"s": 10, "ms": 13}
_LAYOUTS: Final = ("naive", "zoned", "mended naive", "mended zoned", "s", "ms")
"""Ways of reading a whole column, in the order in which they are preferred; else each cell is read by itself."""


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


class DateSigns(NamedTuple):
    """What the cells of a column, or of a part of it, allow: signs of parts are met by ``and_with``.

    Attributes:
        layouts: The ways of reading that fit every cell, one of ``_LAYOUTS`` each.
        is_day_first: Whether a cell shows that ``1/2/2026`` is in February.
        is_month_first: Whether a cell shows the opposite.
        has_numeric: Whether that has to be decided for any cell.
    """

    layouts: frozenset[str]
    is_day_first: bool = False
    is_month_first: bool = False
    has_numeric: bool = False

    def and_with(self, other: DateSigns) -> DateSigns:
        """The signs of both parts together."""
        return DateSigns(
            self.layouts & other.layouts,
            self.is_day_first or other.is_day_first,
            self.is_month_first or other.is_month_first,
            self.has_numeric or other.has_numeric,
        )

    def day_first(self) -> bool | None:
        """Whether the day stands first; None where the cells do not show it."""
        return None if self.is_day_first == self.is_month_first else self.is_day_first


def read_instants(texts: pa.Array, timezone: str = "UTC", *, day_first: bool | None = None) -> InstantColumn:
    """A string column as UTC instants.

    Args:
        texts: The cells.
        timezone: The IANA name of the zone of cells that name none.
        day_first: Whether ``1/2/2026`` is in February; decided by the column's own dates when None.

    Raises:
        OptionError: The time zone is unknown.
    """
    return read_instants_by(date_signs(texts), texts, timezone, day_first=day_first)


def date_signs(texts: pa.Array) -> DateSigns:
    """What the cells show about how their column is to be read."""
    texts = _written_out(texts)
    fitting = {layout for layout in ("naive", "zoned") if _cast(texts, _KINDS[layout]) is not None}
    if fitting:
        # What has such dates alone has all cells of the mended kind too.
        nothing = texts.null_count == len(texts)
        return DateSigns(frozenset(_LAYOUTS if nothing else {*fitting, *(f"mended {layout}" for layout in fitting)}))
    cells = _without_zero_dates(texts)
    mended = _mended(cells)
    fitting = {f"mended {layout}" for layout in ("naive", "zoned") if _cast(mended, _KINDS[layout]) is not None}
    shapes = shapes_of(cells).dictionary
    fitting |= {unit for unit, digits in _EPOCH_DIGITS.items() if _are_epochs(shapes, digits)}
    if fitting:
        return DateSigns(frozenset(fitting))
    dates = _numeric_dates(_date_words(cells)[0].dictionary.to_pylist())
    return DateSigns(
        frozenset(),
        any(int(date["left"]) > 12 for date in dates),
        any(int(date["right"]) > 12 for date in dates),
        bool(dates),
    )


def read_instants_by(
    signs: DateSigns, texts: pa.Array, timezone: str = "UTC", *, day_first: bool | None = None
) -> InstantColumn:
    """The same as ``read_instants`` for a part of a column whose signs are known."""
    check_timezone(timezone)
    texts = _written_out(texts)
    layout = next((layout for layout in _LAYOUTS if layout in signs.layouts), None)
    if layout is None:
        order = None
        if day_first is None and signs.has_numeric:
            day_first = signs.day_first()
            order = {None: "undecided", True: "day first", False: "month first"}[day_first]
        return _read_each(_without_zero_dates(texts), timezone, day_first)._replace(order=order)
    cells = texts if layout in _KINDS else _without_zero_dates(texts)
    if layout in _EPOCH_DIGITS:
        unit = pa.timestamp(layout, tz="UTC")
        return InstantColumn(pc.cast(pc.cast(pc.cast(cells, pa.int64()), unit), INSTANT), 0, None)
    kind = _KINDS[layout.removeprefix("mended ")]
    instants = pc.cast(cells if layout in _KINDS else _mended(cells), kind)
    return InstantColumn(_in_zone(instants, timezone) if kind == _NAIVE else instants, 0, None)


def check_timezone(timezone: str) -> None:
    """Refuse a zone that does not exist.

    Raises:
        OptionError: The time zone is unknown.
    """
    hint = 'give an IANA name such as "Europe/Paris"'
    require("timezone", timezone, str, hint)
    try:
        _in_zone(pa.array([dt.datetime(2026, 1, 1)], _NAIVE), timezone)  # noqa: DTZ001 - the zone is added
    except (pa.ArrowException, OSError):
        raise OptionError("timezone is no zone that is known", hint=hint) from None


def _in_zone(naive: pa.Array, timezone: str) -> pa.Array:
    if timezone == "UTC":
        return naive.cast(INSTANT)
    return pc.assume_timezone(naive, timezone, ambiguous="earliest", nonexistent="latest").cast(INSTANT)


def _cast(texts: pa.Array, kind: pa.DataType) -> pa.Array | None:
    # A cast that fails is slow, for it words an error a cell: a few cells are tried first.
    try:
        pc.cast(texts.drop_null()[:_PROBED_CELLS], kind)
        return pc.cast(texts, kind)
    except pa.ArrowInvalid:
        return None


def _written_out(texts: pa.Array) -> pa.Array:
    """The cells with dates in place of the numbers that spreadsheets keep of them: days since the end of 1899."""
    is_whole = pc.equal(pc.binary_length(texts), _SERIAL_DIGITS)
    is_parted = pc.equal(pc.find_substring(texts, "."), _SERIAL_DIGITS)
    if not pc.any(pc.or_(is_whole, is_parted)).as_py():
        return texts
    is_serial = pc.fill_null(pc.match_substring_regex(texts, _SERIAL_RE2), False)
    dates = []
    for text in texts.filter(is_serial).to_pylist():
        seconds = round(Decimal(text) * _DAY_SECONDS)
        moment = _SERIAL_ZERO + dt.timedelta(seconds=seconds)
        dates.append(str(moment) if seconds % _DAY_SECONDS else str(moment.date()))
    return pc.replace_with_mask(texts, is_serial, pa.array(dates, pa.string()))


def _without_zero_dates(texts: pa.Array) -> pa.Array:
    is_empty = pc.or_(is_blank(texts), pc.fill_null(pc.is_in(pc.utf8_lower(texts), _NOTHINGS), False))
    if _ZERO_DATE.encode() in octets_in(texts):
        is_empty = pc.or_(is_empty, pc.fill_null(pc.starts_with(texts, _ZERO_DATE), False))
    return pc.utf8_trim_whitespace(pc.if_else(is_empty, None, texts))


def _mended(cells: pa.Array) -> pa.Array:
    octets = octets_in(cells)
    if b" +" not in octets and b" -" not in octets:
        return cells
    return pc.replace_substring_regex(cells, r"(:[0-9]{2}) ([+-][0-9]{2}:?[0-9]{2})$", r"\1\2")


def _are_epochs(shapes: pa.Array, digits: int) -> bool:
    return pc.all(pc.equal(shapes, "1" * digits)).as_py() is not False


def _date_words(cells: pa.Array) -> tuple[pa.DictionaryArray, pa.DictionaryArray]:
    """The date and the time of each cell, as words."""
    if not octets_in(cells).isascii():
        cells = pc.replace_substring_regex(cells, "[\u00a0\u202f]", " ")
    shapes = shapes_of(cells)
    is_short = pc.less_equal(pc.utf8_length(shapes.dictionary), _LONGEST_DATE_CHARACTERS)
    parts = pc.extract_regex(pc.if_else(is_short, shapes.dictionary, pa.scalar(None, pa.string())), _SPLIT_RE2)
    date_bytes = pc.binary_length(pc.struct_field(parts, "date")).take(shapes.indices)
    dates, times = cut_after(cells, date_bytes)
    return dates.dictionary_encode(), times.dictionary_encode()


def _read_each(cells: pa.Array, timezone: str, day_first: bool | None) -> InstantColumn:
    dates, times = _date_words(cells)
    words = dates.dictionary.to_pylist()
    days = pa.array([_day(word, day_first=day_first) for word in words], pa.date32()).take(dates.indices)
    clocks = [_clock(word) for word in times.dictionary.to_pylist()]
    since_midnight, offset = (
        pa.array([clock and clock[place] for clock in clocks], pa.duration("us")).take(times.indices)
        for place in range(2)
    )
    naive = pc.add(days.cast(_NAIVE), since_midnight)
    zoned = pc.subtract(naive, offset).cast(INSTANT)
    instants = pc.coalesce(zoned, _in_zone(pc.if_else(pc.is_null(offset), naive, None), timezone))
    return InstantColumn(instants, instants.null_count - cells.null_count, None)


def _numeric_dates(words: list[str]) -> list[re.Match[str]]:
    return [date for date in map(_NUMERIC.fullmatch, words) if date and date["mark"] != "."]


def _day(word: str, *, day_first: bool | None) -> dt.date | None:
    numeric = _NUMERIC.fullmatch(word)
    if numeric:
        return _numeric_day(numeric, day_first=True if numeric["mark"] == "." else day_first)
    for form in _DATES:
        date = form.fullmatch(word)
        if date:
            parts = date.groupdict()
            month = int(parts["month"]) if "month" in parts else _MONTHS.get(fold(parts["name"]), 0)
            return _date(_year(parts["year"]), month, int(parts["day"]))
    return None


def _numeric_day(numeric: re.Match[str], *, day_first: bool | None) -> dt.date | None:
    left, right = int(numeric["left"]), int(numeric["right"])
    if day_first is None and left <= 12 and right <= 12 and left != right:
        return None
    if day_first is None:
        day_first = right <= 12
    day, month = (left, right) if day_first else (right, left)
    return _date(_year(numeric["year"]), month, day)


def _year(text: str) -> int:
    return int(text) if len(text) > 2 else 2000 + int(text)


def _date(year: int, month: int, day: int) -> dt.date | None:
    try:
        return dt.date(year, month, day)
    except ValueError:
        return None


@lru_cache(_CLOCKS_KEPT)
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
    if zone in _ZONE_HOURS:
        return dt.timedelta(hours=_ZONE_HOURS[zone])
    sign, digits = zone.lstrip("UTCGM")[0], re.sub("[^0-9]", "", zone)
    hours, minutes = (digits[:-2], digits[-2:]) if len(digits) > 2 else (digits, "0")
    offset = dt.timedelta(hours=int(hours), minutes=int(minutes))
    return -offset if sign == "-" else offset
