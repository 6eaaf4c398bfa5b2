"""Native reading against the exact reader: every form, as people have it, and damaged in every way."""

from __future__ import annotations

import bz2
import gzip
from pathlib import Path

import pytest

from corena_recon.vocabulary import ARCHIVE_FORMS
from tests.archive.differential import (
    Archive,
    bases,
    differences,
    differences_between,
    differing,
    mutated_archive,
    native_reading,
    read,
    slipping,
)
from tests.every_form import BODY, WAYS, Way, notifications
from tests.places import ARCHIVE_FIXTURES, SAMPLE_DATA

pytestmark = pytest.mark.exhaustive
MUTATED = 30
SLIP_IS_SEEN_IN = [form for form in ARCHIVE_FORMS if form not in ("body", "parquet", "feather")]
"""Forms that are read natively."""
FIXTURES = [
    *sorted(path for path in ARCHIVE_FIXTURES.glob("*/*") if path.parent.name in ARCHIVE_FORMS),
    *sorted(SAMPLE_DATA.glob("ipn-*")),
    SAMPLE_DATA / "php" / "bodies.txt",
]


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: f"{path.parent.name}/{path.name}")
@pytest.mark.parametrize("block_bytes", [50, 1 << 24])
def test_fixtures(path: Path, block_bytes: int) -> None:
    octets = (path.read_bytes(),)
    assert [*differing(Archive(octets, None, block_bytes, keep_raw) for keep_raw in (False, True))] == []


def test_attacks(attack_folder: Path) -> None:
    files = [path for path in sorted(attack_folder.iterdir()) if path.suffix in (".txt", ".jsonl", ".json", ".csv")]
    assert len(files) > 5
    found = differing(Archive((path.read_bytes(),)) for path in files)
    assert {files[place].name: differences for place, differences in found} == {}


@pytest.mark.parametrize("way", [*WAYS, BODY], ids=lambda way: way.name)
def test_the_same_notifications_in_every_form(way: Way) -> None:
    posts = notifications(300)
    cuts = [posts[:1], posts[:2]] if way is BODY else [posts[:1], posts[:2], posts]
    archives = [Archive((way.write(some),), None, block) for some in cuts for block in (1_000, 1 << 24)]
    assert [*differing(archives)] == []
    with native_reading(is_on=True):
        found = read(archives[-1])
    [intake] = found.intake
    count = 1 if way is BODY else len(posts)
    assert (intake.form, intake.notifications, intake.unreadable) == (way.form, count, 0)
    assert intake.other == way.others_in(count)
    assert found.table["signature"].to_pylist() == [one.signature for one in posts[:count]]


@pytest.mark.parametrize("form", ARCHIVE_FORMS)
def test_mutated_archives(form: str) -> None:
    differing = {number: found for number in range(MUTATED) if (found := differences(mutated_archive(form, 0, number)))}
    assert differing == {}


def test_compressed_archives_are_cut_into_other_blocks() -> None:
    lines = WAYS[0].write(notifications(3_000))
    for compress in (gzip.compress, bz2.compress):
        octets = compress(lines)
        assert differences(Archive((octets,), None, 777)) == []
        assert differences(Archive((octets[: len(octets) // 2],), None, 777)) == []


@pytest.mark.parametrize("form", SLIP_IS_SEEN_IN)
def test_a_native_reader_that_slips_is_seen(form: str) -> None:
    way = next(way for way in WAYS if way.form == form)
    archive = Archive((way.write(notifications(100)),))
    assert differences(archive) == []
    with slipping():
        assert any(found.startswith(("signature", "identifier", "status")) for found in differences(archive))


def test_every_difference_is_seen() -> None:
    whole = read(Archive((bases("jsonl")[-1],)))
    cut = read(Archive((bases("jsonl")[-1][:-10],)))
    assert differences_between(whole, whole) == []
    assert [found.split(" ")[0] for found in differences_between(whole, cut)][:1] == ["intake:"]
    other = whole._replace(table=whole.table.set_column(2, "received_at", whole.table["received_at"].take([0] * 24)))
    assert differences_between(whole, other)[0].startswith("received_at of row 2: ")
    assert differences_between(whole, whole._replace(refusal="no"))[0].startswith("refusal: ")
    assert differences_between(whole, whole._replace(table=whole.table.slice(1)))[0].startswith("rows: ")
