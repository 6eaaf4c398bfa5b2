"""Moments of order exports."""

from __future__ import annotations

import datetime as dt

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corena_recon.errors import OptionError
from corena_recon.orders.cells.dates import read_instants

ONE_DAY = [
    ("2026-01-05", "2026-01-05T00:00:00"),
    ("2026-01-05 10:11", "2026-01-05T10:11:00"),
    ("2026-01-05T10:11:12.123456", "2026-01-05T10:11:12.123456"),
    ("2026-01-05T10:11:12.123456789Z", "2026-01-05T10:11:12.123456"),
    ("2026-01-05T10:11:12Z", "2026-01-05T10:11:12"),
    ("2026-01-05 10:11:12 +0200", "2026-01-05T08:11:12"),
    ("2026-01-05T10:11:12-05:30", "2026-01-05T15:41:12"),
    ("2026-01-05 10:11:12 UTC", "2026-01-05T10:11:12"),
    ("2026/01/05 10:11", "2026-01-05T10:11:00"),
    ("13/01/2026", "2026-01-13T00:00:00"),
    ("01/13/2026 2:05 PM", "2026-01-13T14:05:00"),
    ("05/05/2026", "2026-05-05T00:00:00"),
    ("05.01.2026 14:30", "2026-01-05T14:30:00"),
    ("13-01-2026", "2026-01-13T00:00:00"),
    # month names
    ("Oct 12, 2025, 14:03:22", "2025-10-12T14:03:22"),
    ("Jan 5, 2026, 12:03:22 AM", "2026-01-05T00:03:22"),
    ("Monday, January 5, 2026", "2026-01-05T00:00:00"),
    ("5 January 2026 at 10:11", "2026-01-05T10:11:00"),
    ("12-Oct-2025", "2025-10-12T00:00:00"),
    ("Tue, 06 Jan 2026 10:11:12 +0100", "2026-01-06T09:11:12"),
    ("1st Aug 2026", "2026-08-01T00:00:00"),
    ("5 janvier 2026 à 14h30", "2026-01-05T14:30:00"),
    ("lundi 5 févr. 2026 14:30", "2026-02-05T14:30:00"),
    ("le 1er août 2026", "2026-08-01T00:00:00"),
    ("15 déc. 2025", "2025-12-15T00:00:00"),
    ("3 Aout 2026", "2026-08-03T00:00:00"),
    ("March 5, 2026 @ 10:00 AM", "2026-03-05T10:00:00"),
    # two digits of the year
    ("25/03/26 10:00", "2026-03-25T10:00:00"),
    ("25-Mar-26", "2026-03-25T00:00:00"),
    ("25.03.26", "2026-03-25T00:00:00"),
    # what spreadsheets and databases keep
    ("46086.4166666667", "2026-03-05T10:00:00"),
    ("46087", "2026-03-06T00:00:00"),
    ("46086.423611111112", "2026-03-05T10:10:00"),
    ("20260305", "2026-03-05T00:00:00"),
    # words for zones
    ("Thu Mar 05 2026 11:00:00 GMT+0100 (Central European Standard Time)", "2026-03-05T10:00:00"),
    ("2026-03-05 11:00:00 GMT+1", "2026-03-05T10:00:00"),
    ("2026-03-05 11:00 UTC-05:30", "2026-03-05T16:30:00"),
    ("2026-03-05 11:00:00 WAT", "2026-03-05T10:00:00"),
    ("05 Mar 2026 11:00 EST", "2026-03-05T16:00:00"),
    ("2026-03-05T11:00:00.5+01:00[Europe/Paris]", "2026-03-05T10:00:00.500000"),
]
NO_DAY = [
    "soon",
    "2026-02-30",
    "31/02/2026",
    "2026-13-01",
    "5 Floréal 2026",
    "25:00",
    "2026-01-05 25:00",
    "01/02/26",
    "2026-03-05 11:00 XYZ",
    "2026-03-05T11:00[Europe/Paris]",
    "19999",
    "20261305",
    "Jan 5, 2026, 13:00 PM",
    "٠١/٠٢/٢٠٢٦",
    "x" * 99,
]
NOTHING = ["NULL", "N/A", "-", "\\N", "None", "false", "0000-00-00"]
FORMS = ["%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%SZ", "%d %B %Y %H:%M:%S", "%b %d, %Y, %I:%M:%S %p", "%d.%m.%Y %H:%M:%S"]
seconds = st.integers(10**9, 4 * 10**9)


def _instants(*cells: str | None, timezone: str = "UTC", day_first: bool | None = None) -> list[str | None]:
    read = read_instants(pa.array(cells, pa.string()), timezone, day_first=day_first)
    return [moment and moment.replace(tzinfo=None).isoformat() for moment in read.instants.to_pylist()]


@pytest.mark.parametrize(("text", "expected"), ONE_DAY)
def test_a_date_of_one_meaning(text: str, expected: str) -> None:
    assert _instants(text) == [expected]
    assert _instants(text, "soon", None, "") == [expected, None, None, None]


@pytest.mark.parametrize("text", NO_DAY)
def test_anything_else_is_left_out_and_counted(text: str) -> None:
    read = read_instants(pa.array([text, None, " ", "0000-00-00 00:00:00"]))
    assert read.instants.null_count == 4
    assert read.unread_count == 1


def test_words_for_nothing_are_no_dates_that_were_not_read() -> None:
    read = read_instants(pa.array(["2026-03-05", *NOTHING]))
    assert (read.instants.null_count, read.unread_count) == (len(NOTHING), 0)


ORDERS = [
    # cells, instants, order
    (["01/02/2026", "13/02/2026"], ["2026-02-01", "2026-02-13"], "day first"),
    (["01/02/2026", "02/13/2026"], ["2026-01-02", "2026-02-13"], "month first"),
    (["01/02/2026", "03/03/2026"], [None, "2026-03-03"], "undecided"),
    # contradictory evidence decides nothing
    (["01/02/2026", "13/02/2026", "02/13/2026"], [None, "2026-02-13", "2026-02-13"], "undecided"),
]


@pytest.mark.parametrize(("cells", "days", "order"), ORDERS)
def test_the_columns_own_dates_decide_day_or_month(cells: list[str], days: list[str | None], order: str) -> None:
    read = read_instants(pa.array(cells))
    assert [moment and moment.date().isoformat() for moment in read.instants.to_pylist()] == days
    assert read.order == order


def test_a_caller_decides_day_or_month() -> None:
    assert _instants("01/02/2026", day_first=True) == ["2026-02-01T00:00:00"]
    assert _instants("01/02/2026", day_first=False) == ["2026-01-02T00:00:00"]
    assert _instants("01/13/2026", day_first=True) == [None]


def test_cells_without_a_zone_are_of_the_callers_zone() -> None:
    cells = ("2026-07-01 12:00:00", "2026-01-01 12:00:00")
    assert _instants(*cells, timezone="Europe/Paris") == ["2026-07-01T10:00:00", "2026-01-01T11:00:00"]
    mixed = _instants("2026-07-01 12:00:00", "2026-07-01T12:00:00Z", "1 juillet 2026", timezone="Europe/Paris")
    assert mixed == ["2026-07-01T10:00:00", "2026-07-01T12:00:00", "2026-06-30T22:00:00"]


@pytest.mark.parametrize(("cells", "expected"), [
    (["1767609000", None], ["2026-01-05T10:30:00", None]),
    (["1767609000123", ""], ["2026-01-05T10:30:00.123000", None]),
    (["1767609000", "2026-01-05"], [None, "2026-01-05T00:00:00"]),
])  # fmt: skip
def test_epochs_are_read_only_where_all_cells_are(cells: list[str | None], expected: list[str | None]) -> None:
    assert _instants(*cells) == expected


@pytest.mark.parametrize("timezone", ["Mars/Olympus", "", "+02:00x"])
def test_an_unknown_zone_is_refused(timezone: str) -> None:
    with pytest.raises(OptionError, match="timezone"):
        read_instants(pa.array(["2026-01-05"]), timezone)


@settings(deadline=None)
@given(st.lists(seconds, max_size=5), st.sampled_from(FORMS))
def test_a_written_moment_comes_back(epochs: list[int], form: str) -> None:
    moments = [dt.datetime.fromtimestamp(epoch, dt.UTC) for epoch in epochs]
    read = read_instants(pa.array([moment.strftime(form) for moment in moments], pa.string()))
    assert read.instants.to_pylist() == moments


@settings(deadline=None)
@given(st.lists(st.text(max_size=30) | st.none(), max_size=4))
def test_no_text_makes_reading_raise(cells: list[str | None]) -> None:
    read = read_instants(pa.array(cells, pa.string()))
    assert len(read.instants) == len(cells)
