"""Moments and decimals read from text, for the ways in which nearly all of them are written.

read_instants and read_decimals(i64 count, ptr templates, ptr spans, i64 row_bytes, ptr slots, ptr text, ptr values)
    values[row] = the value, an i64, of the slot that ``slots`` names for the row's template, an i32; ``NONE`` where
    that is negative. A row whose text is written in another way leaves its template: it becomes -1.

Moments are microseconds since 1970 (UTC), as ``archive.instants`` reads them: ISO 8601 from 1900 on, or 9 to 17 digits.
Decimals are as ``decimal_kernel`` reads them.
"""

from __future__ import annotations

from typing import Final

from corena_recon.native.decimal_kernel import NONE, octet, octet_text, read_decimal_text
from corena_recon.native.machine_code.flow import Flow

_EARLIEST_YEAR: Final = 1900
_LATEST_CENTURY: Final = 98
_NO_NUMBER: Final = 1000
_ISO_BYTES: Final = 19
_EPOCH_DIGITS: Final = (9, 17)
_MICROSECOND_DIGITS: Final = 6
_SEPARATORS: Final = {4: "-", 7: "-", 13: ":", 16: ":"}


def values_text() -> str:
    """The functions of this module."""
    return (
        octet_text()
        + _two_digits_text()
        + _read_epoch_text()
        + _days_text()
        + _read_zone_text()
        + _read_instant_text()
        + read_decimal_text()
        + _read_slots_text("read_instants", "read_instant")
        + _read_slots_text("read_decimals", "read_decimal")
    )


def _two_digits_text() -> str:
    """0 to 99, or ``_NO_NUMBER``, which is no day, hour or minute."""
    code = Flow()
    digits = []
    for place in range(2):
        character = code.number(code.at("%position", place), "i8")
        digits.append(code.op("sub", "i64", character, ord("0")))
        code.give_when(code.test("ugt", digits[place], 9), _NO_NUMBER)
    code.give(code.op("add", "i64", code.op("mul", "i64", digits[0], 10), digits[1]))
    return code.function("internal i64 @two_digits(ptr %position)")


def _two_digits(code: Flow, position: str, offset: int, first: int, last: int) -> str:
    """Two digits in a range; gives no value elsewhere."""
    place = code.at("%text", code.op("add", "i64", position, offset))
    number = code.value(f"call i64 @two_digits(ptr {place})")
    beyond = code.test("ugt", code.op("sub", "i64", number, first), last - first)
    code.give_when(beyond, NONE)
    return number


def _read_epoch_text() -> str:
    """Seconds, milliseconds or microseconds since 1970, by their size."""
    code = Flow()
    position, value = code.variable("%begin"), code.variable(0)
    with code.forever() as done:
        here = code.get(position)
        code.leave_when(code.test("sge", here, "%end"), done)
        digit = code.op("sub", "i64", octet(code, here), ord("0"))
        code.give_when(code.test("ugt", digit, 9), NONE)
        code.set(value, code.op("add", "i64", code.op("mul", "i64", code.get(value), 10), digit))
        code.add(position, 1)
    number = code.get(value)
    for limit, factor in ((10**11, 10**6), (10**14, 10**3)):
        code.give_when(code.test("slt", number, limit), code.op("mul", "i64", number, factor))
    code.give(number)
    return code.function("internal i64 @read_epoch(ptr %text, i64 %begin, i64 %end)")


def _days_text() -> str:
    """Days since 1970 of a date of the Gregorian calendar, ``NONE`` for a day that its month has not.

    Counted in years that begin in March: then a leap day is the last of its year, and months follow one line.
    """
    code = Flow()
    is_early = code.test("slt", "%month", 3)
    year = code.op("sub", "i64", "%year", code.value(f"zext i1 {is_early} to i64"))
    shifted = code.value(f"select i1 {is_early}, i64 9, i64 -3")
    month = code.op("add", "i64", "%month", shifted)
    first_day = _first_day_of_month(code, month)
    length = code.variable(code.op("sub", "i64", _first_day_of_month(code, code.op("add", "i64", month, 1)), first_day))
    with code.when(code.test("eq", month, 11)):
        by_four, by_hundred, by_four_hundred = (
            code.value(f"zext i1 {code.test('eq', code.op('urem', 'i64', '%year', n), 0)} to i64")
            for n in (4, 100, 400)
        )
        leap = code.op("add", "i64", code.op("sub", "i64", by_four, by_hundred), by_four_hundred)
        code.set(length, code.op("add", "i64", leap, 28))
    code.give_when(code.test("ugt", code.op("sub", "i64", "%day", 1), code.op("sub", "i64", code.get(length), 1)), NONE)
    leap_days = code.op("udiv", "i64", year, 4)
    leap_days = code.op("sub", "i64", leap_days, code.op("udiv", "i64", year, 100))
    leap_days = code.op("add", "i64", leap_days, code.op("udiv", "i64", year, 400))
    days = code.op("add", "i64", code.op("mul", "i64", year, 365), leap_days, first_day, "%day")
    code.give(code.op("sub", "i64", days, 719_469))
    return code.function("internal i64 @days(i64 %year, i64 %month, i64 %day)")


def _first_day_of_month(code: Flow, month: str) -> str:
    return code.op("udiv", "i64", code.op("add", "i64", code.op("mul", "i64", month, 153), 2), 5)


def _read_zone_text() -> str:
    """Microseconds east of UTC: nothing and ``Z`` are UTC."""
    code = Flow()
    length = code.op("sub", "i64", "%end", "%begin")
    code.give_when(code.test("eq", length, 0), 0)
    sign = octet(code, "%begin")
    code.give_when(code.op("and", "i1", code.test("eq", length, 1), code.test("eq", sign, ord("Z"))), 0)
    code.give_when(code.test("ne", length, 6), NONE)
    is_east, is_west = code.test("eq", sign, ord("+")), code.test("eq", sign, ord("-"))
    code.give_when(code.op("xor", "i1", code.op("or", "i1", is_east, is_west), "true"), NONE)
    colon = octet(code, code.op("add", "i64", "%begin", 3))
    code.give_when(code.test("ne", colon, ord(":")), NONE)
    hours = _two_digits(code, "%begin", 1, 0, 23)
    minutes = code.op("add", "i64", code.op("mul", "i64", hours, 60), _two_digits(code, "%begin", 4, 0, 59))
    offset = code.op("mul", "i64", minutes, 60_000_000)
    code.give(code.value(f"select i1 {is_east}, i64 {offset}, i64 {code.op('sub', 'i64', '0', offset)}"))
    return code.function("internal i64 @read_zone(ptr %text, i64 %begin, i64 %end)")


def _read_instant_text() -> str:
    code = Flow()
    length = code.op("sub", "i64", "%end", "%begin")
    fewest, most = _EPOCH_DIGITS
    with code.when(code.test("ule", code.op("sub", "i64", length, fewest), most - fewest)):
        code.give(code.value("call i64 @read_epoch(ptr %text, i64 %begin, i64 %end)"))
    code.give_when(code.test("slt", length, _ISO_BYTES), NONE)
    for offset, separator in _SEPARATORS.items():
        found = octet(code, code.op("add", "i64", "%begin", offset))
        code.give_when(code.test("ne", found, ord(separator)), NONE)
    middle = octet(code, code.op("add", "i64", "%begin", 10))
    is_divided = code.op("or", "i1", code.test("eq", middle, ord("T")), code.test("eq", middle, ord(" ")))
    code.give_when(code.op("xor", "i1", is_divided, "true"), NONE)
    century = _two_digits(code, "%begin", 0, _EARLIEST_YEAR // 100, _LATEST_CENTURY)
    year = code.op("add", "i64", code.op("mul", "i64", century, 100), _two_digits(code, "%begin", 2, 0, 99))
    month, day = _two_digits(code, "%begin", 5, 1, 12), _two_digits(code, "%begin", 8, 1, 31)
    days = code.value(f"call i64 @days(i64 {year}, i64 {month}, i64 {day})")
    code.give_when(code.test("eq", days, NONE), NONE)
    hour = _two_digits(code, "%begin", 11, 0, 23)
    minute, second = (_two_digits(code, "%begin", offset, 0, 59) for offset in (14, 17))
    seconds = code.op("add", "i64", code.op("mul", "i64", days, 24), hour)
    for part in (minute, second):
        seconds = code.op("add", "i64", code.op("mul", "i64", seconds, 60), part)
    zone_start = code.variable(code.op("add", "i64", "%begin", _ISO_BYTES))
    fraction = _fraction(code, zone_start)
    zone = code.value(f"call i64 @read_zone(ptr %text, i64 {code.get(zone_start)}, i64 %end)")
    code.give_when(code.test("eq", zone, NONE), NONE)
    moment = code.op("add", "i64", code.op("mul", "i64", seconds, 1_000_000), fraction)
    code.give(code.op("sub", "i64", moment, zone))
    return code.function("internal i64 @read_instant(ptr %text, i64 %begin, i64 %end)")


def _fraction(code: Flow, position: str) -> str:
    """Microseconds from the digits behind a point; moves the position behind them. Digits too many are dropped."""
    fraction, unit = code.variable(0), code.variable(10**_MICROSECOND_DIGITS)
    with code.when(code.test("eq", octet(code, code.get(position)), ord("."))):
        code.add(position, 1)
        first = code.get(position)
        with code.forever() as done:
            digit = code.op("sub", "i64", octet(code, code.get(position)), ord("0"))
            code.leave_when(code.test("ugt", digit, 9), done)
            code.set(unit, code.op("udiv", "i64", code.get(unit), 10))
            code.add(fraction, code.op("mul", "i64", digit, code.get(unit)))
            code.add(position, 1)
        code.give_when(code.test("eq", first, code.get(position)), NONE)
    return code.get(fraction)


def _read_slots_text(name: str, reader: str) -> str:
    code = Flow()
    value = code.variable(NONE)
    with code.loop("%count") as row:
        code.set(value, NONE)
        template = code.value(f"sext i32 {code.load('i32', code.item('%templates', row, 4))} to i64")
        with code.when(code.test("sge", template, 0)):
            slot = code.value(f"sext i32 {code.load('i32', code.item('%slots', template, 4))} to i64")
            with code.when(code.test("sge", slot, 0)):
                span = code.item(code.at("%spans", code.op("mul", "i64", row, "%row_bytes")), slot, 8)
                begin, end = code.number(span), code.number(code.at(span, 4))
                code.set(value, code.value(f"call i64 @{reader}(ptr %text, i64 {begin}, i64 {end})"))
                with code.when(code.test("eq", code.get(value), NONE)):
                    code.store("i32", -1, code.item("%templates", row, 4))
        code.store("i64", code.get(value), code.item("%values", row, 8))
    return code.function(
        f"void @{name}(i64 %count, ptr %templates, ptr %spans, i64 %row_bytes, ptr %slots, ptr %text, ptr %values)"
    )
