from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corena_recon.archive.records.instants import instant_of


def microseconds(text: str) -> int:
    return (datetime.fromisoformat(text) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        ("2024-01-02T03:04:05.123456Z", "2024-01-02T03:04:05.123456+00:00"),
        ("2024-01-02T03:04:05.123456789+01:00", "2024-01-02T02:04:05.123456+00:00"),
        ("2024-01-02T03:04:05z", "2024-01-02T03:04:05+00:00"),
        ("2024-01-02 03:04:05", "2024-01-02T03:04:05+00:00"),
        ("2024-01-02 03:04:05,123", "2024-01-02T03:04:05.123+00:00"),
        ("2024-01-02 03:04:05 UTC", "2024-01-02T03:04:05+00:00"),
        ("2024-01-02 03:04:05 +0200", "2024-01-02T01:04:05+00:00"),
        ("2024-01-02", "2024-01-02T00:00:00+00:00"),
        ("02/Jan/2024:03:04:05 +0100", "2024-01-02T02:04:05+00:00"),
        ("02-Jan-2024 03:04:05 UTC", "2024-01-02T03:04:05+00:00"),
        ("02-Jul-2024 03:04:05 Europe/Berlin", "2024-07-02T01:04:05+00:00"),
        ("Tue, 02 Jan 2024 03:04:05 GMT", "2024-01-02T03:04:05+00:00"),
        ("2024/01/02 03:04:05", "2024-01-02T03:04:05+00:00"),
        ("2024.01.02 03:04", "2024-01-02T03:04:00+00:00"),
        ("02/01/2024 03:04:05", "2024-01-02T03:04:05+00:00"),
        ("02.01.2024, 03:04", "2024-01-02T03:04:00+00:00"),
        ("01/13/2024 03:04:05", "2024-01-13T03:04:05+00:00"),
        ("1/2/2024, 3:04:05.5 PM", "2024-01-02T15:04:05.5+00:00"),
        ("1/2/2024 12:04 am", "2024-01-02T00:04:00+00:00"),
        ("2024-01-02 03:04 Africa/Kinshasa", "2024-01-02T02:04:00+00:00"),
        ("2024-01-02 03:04:05 CET", "2024-01-02T02:04:05+00:00"),
        ("2024-07-02 03:04:05.25 CEST", "2024-07-02T01:04:05.25+00:00"),
        ("2024-01-02 03:04:05 +01", "2024-01-02T02:04:05+00:00"),
        ("02-Jan-2024 03:04:05", "2024-01-02T03:04:05+00:00"),
        ("2 January 2024 03:04:05", "2024-01-02T03:04:05+00:00"),
        ("Tue, 2 Jan 2024 03:04:05 +0100", "2024-01-02T02:04:05+00:00"),
        ("Tue, 02 Jan 2024 03:04:05 +0000 (UTC)", "2024-01-02T03:04:05+00:00"),
        ("Tue Jan 02 03:04:05.123456 2024", "2024-01-02T03:04:05.123456+00:00"),
        ("Tue Jan  2 03:04:05 2024", "2024-01-02T03:04:05+00:00"),
        ("Tue Jan 2 03:04:05 EAT 2024", "2024-01-02T00:04:05+00:00"),
        ("Tue Jan 02 2024 03:04:05 GMT+0100", "2024-01-02T02:04:05+00:00"),
        ("January 2, 2024, 3:04 pm", "2024-01-02T15:04:00+00:00"),
        ("1704164645", "2024-01-02T03:04:05+00:00"),
        ("1704164645.5", "2024-01-02T03:04:05.5+00:00"),
        ("1704164645123", "2024-01-02T03:04:05.123+00:00"),
        ("1704164645123456", "2024-01-02T03:04:05.123456+00:00"),
        ("1704164645123456789", "2024-01-02T03:04:05.123456+00:00"),
        (datetime(2024, 1, 2, 3, 4, 5, tzinfo=timezone(timedelta(hours=2))), "2024-01-02T01:04:05+00:00"),
        (datetime(2024, 1, 2, 3, 4, 5), "2024-01-02T03:04:05+00:00"),  # noqa: DTZ001 - a moment without a zone is UTC
    ],
)
def test_every_notation(value: object, moment: str) -> None:
    assert instant_of(value) == microseconds(moment)


@pytest.mark.parametrize(
    "value",
    [
        None, "", "soon", "0000-00-00 00:00:00", "2024-13-01", "2024-01-02T25:00:00Z", "12345678",
        "02/Foo/2024:03:04:05 +0100",
        "02-Jan-2024 03:04:05 Mars/Olympus", "02-Jan-2024 03:04:05 ../../etc/passwd", "1" * 30, "٢٠٢٤-01-02", [], {},
        "30/02/2024 03:04:05", "13/13/2024 03:04:05", "13/1/2024 13:04 PM", "2024-01-02 03:04:05 CST",
        "2026-10-25 02:30:00 Europe/Paris", "2026-03-29 02:30:00 Europe/Paris", "01/02/24 03:04:05", "03:04:05",
        "Jan  2 03:04:05",
        "99/Jan/2024:03:04:05 +0100", "Tue, 99 Jan 2024 03:04:05 GMT",
    ],
)  # fmt: skip
def test_what_names_no_moment_is_none(value: object) -> None:
    assert instant_of(value) is None


@given(st.text(max_size=40) | st.from_regex(r"[0-9T :.,Z+-]{1,40}", fullmatch=True))
def test_no_text_raises(text: str) -> None:
    moment = instant_of(text)
    assert moment is None or isinstance(moment, int)


@given(st.datetimes(timezones=st.just(UTC)))
def test_iso_text_and_the_moment_itself_agree(moment: datetime) -> None:
    assert instant_of(moment.isoformat()) == instant_of(moment) == microseconds(moment.isoformat())


@pytest.mark.parametrize(
    "text",
    [
        "0001-01-01T00:00:00+23:00",
        "9999-12-31T23:59:59-23:00",
        "02-Jul-2024 03:04:05 Europe",
        "02-Jul-2024 03:04:05 X/Y",
    ],
)
def test_what_no_calendar_or_no_zone_has_is_no_moment(text: str) -> None:
    """``Europe`` is a folder among the zones."""
    assert instant_of(text) is None
