"""When an archive says something arrived, in whichever way it says it."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from email.utils import parsedate_to_datetime
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_NUMBER: Final = re.compile(r"[0-9]{9,19}(\.[0-9]+)?")
_ISO: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9:.,]+ ?(Z|UTC|[+-][0-9]{2}(:?[0-9]{2})?)?)?", re.IGNORECASE
)
_ACCESS_LOG: Final = re.compile(r"[0-9]{2}/[A-Z][a-z]{2}/[0-9]{4}:[0-9:]{8} [+-][0-9]{4}")

_PHP_ERROR_LOG: Final = re.compile(r"[0-9]{2}-[A-Z][a-z]{2}-[0-9]{4} [0-9:]{8}( [A-Za-z_/+-]{3,40})?")


def instant_of(value: Any) -> int | None:  # noqa: ANN401, PLR0911 - an archive's cell, one line a notation
    """Microseconds since 1970 (UTC), or None when the value names no moment.

    Args:
        value: A ``datetime``, ISO 8601 text, an access log's or an e-mail's date, or seconds, milliseconds,
            microseconds or nanoseconds since 1970 by their size. A moment without a zone is UTC.
    """
    if value is None:
        return None
    if isinstance(value, datetime):
        return _microseconds(value)
    text = str(value).strip()
    if _NUMBER.fullmatch(text):
        return _of_epoch(text)
    try:
        if _ISO.fullmatch(text):
            return _microseconds(_of_iso(text))
        if _ACCESS_LOG.fullmatch(text):
            return _microseconds(datetime.strptime(text, "%d/%b/%Y:%H:%M:%S %z"))
        if _PHP_ERROR_LOG.fullmatch(text):
            return _of_php_error_log(text)
        if ", " in text or text.endswith(("GMT", "UTC")):
            return _microseconds(parsedate_to_datetime(text))
    except (ValueError, OverflowError, IndexError, OSError, ZoneInfoNotFoundError):
        return None
    return None


def _of_php_error_log(text: str) -> int | None:
    moment = datetime.strptime(text[:20], "%d-%b-%Y %H:%M:%S").replace(tzinfo=UTC)
    zone = text[21:]
    if zone in ("", "UTC", "GMT"):
        return _microseconds(moment)
    return _microseconds(moment.replace(tzinfo=ZoneInfo(zone)))


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
