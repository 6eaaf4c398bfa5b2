"""Every fixture of every form against the table that its script wrote, recognised by content alone."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import corena_recon as cr
from corena_recon.archive.forms import FORMS
from corena_recon.errors import SourceError

FIXTURES = Path(__file__).parent / "archive_fixtures"
EXPECTED: dict[str, dict[str, Any]] = json.loads((FIXTURES / "expected.json").read_text(encoding="utf-8"))
CONTENTS = {name: (FIXTURES / name).read_bytes() for name in EXPECTED if (FIXTURES / name).is_file()}


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


@pytest.mark.parametrize("name", [name for name in CONTENTS if not name.endswith(".zip")])
def test_the_form_is_recognised_compressed_as_well(name: str) -> None:
    frame = cr.read_ipns(gzip.compress(CONTENTS[name]))
    assert {count["form"] for count in frame.attrs["intake"]} == {EXPECTED[name]["form"]}


@settings(max_examples=150)
@given(
    name=st.sampled_from(sorted(CONTENTS)),
    damages=st.lists(
        st.tuples(st.sampled_from(["flip", "cut", "insert", "double"]), st.floats(0, 1), st.binary(max_size=4)),
        max_size=4,
    ),
)
def test_no_record_is_lost_whatever_the_damage(name: str, damages: list[tuple[str, float, bytes]]) -> None:
    """``records = notifications + unreadable + other``, and the row count is ``notifications + unreadable``."""
    octets = CONTENTS[name]
    for kind, place, some in damages:
        at = int(place * len(octets))
        octets = {
            "flip": octets[:at] + some + octets[at + len(some) :],
            "cut": octets[:at],
            "insert": octets[:at] + some + octets[at:],
            "double": octets[:at] + octets[at // 2 :],
        }[kind]
    try:
        frame = cr.read_ipns(octets)
    except SourceError:  # of no known form any more, or empty
        return
    for count in frame.attrs["intake"]:
        assert count["records"] == count["notifications"] + count["unreadable"] + count["other"]
    assert len(frame) == sum(count["notifications"] + count["unreadable"] for count in frame.attrs["intake"])
    assert frame["unreadable"].notna().sum() == sum(count["unreadable"] for count in frame.attrs["intake"])


@pytest.mark.parametrize("suffix", ["jsonl", "csv"])
@pytest.mark.parametrize("is_compressed", [False, True])
def test_every_cut_is_reported_or_leaves_whole_records(suffix: str, is_compressed: bool) -> None:
    whole = next(octets for name, octets in CONTENTS.items() if name.endswith(f".{suffix}") and "awkward" not in name)
    stored = gzip.compress(whole, mtime=0) if is_compressed else whole
    complete = rows_of(cr.read_ipns(stored), ["identifier", "amount_text", "unreadable"])
    for end in range(1, len(stored)):
        try:
            frame = cr.read_ipns(stored[:end], form=suffix)
        except SourceError:
            continue
        is_reported = frame.attrs["intake"][0]["truncated"] or frame["unreadable"].notna().any()
        found = rows_of(frame, ["identifier", "amount_text", "unreadable"])
        assert is_reported or found == complete[: len(found)], end
