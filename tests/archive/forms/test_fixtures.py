"""Every fixture of every form against the table that its script wrote, recognised by content alone."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd
import pytest

import corena_recon as cr
from corena_recon.archive.forms.recognition import FORMS
from tests.places import ARCHIVE_FIXTURES

FIXTURES = ARCHIVE_FIXTURES
EXPECTED: dict[str, dict[str, Any]] = json.loads((FIXTURES / "expected.json").read_text(encoding="utf-8"))


def plain(value: object) -> object:
    if value is pd.NA or value is None or value is pd.NaT:
        return None
    return value.isoformat() if isinstance(value, pd.Timestamp) else value


def rows_of(frame: pd.DataFrame, names: list[str]) -> list[dict[str, object]]:
    return [{name: plain(row[name]) for name in names} for row in frame.to_dict("records")]


@pytest.mark.parametrize("name", EXPECTED)
def test_a_fixture_gives_the_rows_that_were_written_into_it(name: str) -> None:
    expected = EXPECTED[name]
    frame = cr.read_ipns(FIXTURES / name)
    [*intake] = frame.attrs["intake"]
    names = [column for column in (expected["rows"][0] if expected["rows"] else {}) if column != "received_at"]
    assert {count["form"] for count in intake} == {expected["form"]}
    assert rows_of(frame, names) == [{column: row[column] for column in names} for row in expected["rows"]]
    for row, moment in zip(expected["rows"], frame["received_at"], strict=True):
        if row["received_at"] == "file":
            assert plain(moment) is not None
        else:
            assert plain(moment) == (
                None if row["received_at"] is None else pd.Timestamp(row["received_at"]).isoformat()
            )
    assert sum(count["other"] for count in intake) == expected["other"]
    assert any(count["truncated"] for count in intake) == expected["truncated"]


def test_every_form_has_at_least_two_fixtures() -> None:
    counts = {form: sum(one["form"] == form for one in EXPECTED.values()) for form in FORMS}
    assert min(counts.values()) >= 2, counts
