"""Every archive form cut at every byte: nothing is lost in silence, and what stands before the cut is untouched."""

from __future__ import annotations

import gzip
import json
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corena_recon.archive.forms.recognition import FORMS
from corena_recon.archive.reading import SourceCount, read_batches
from corena_recon.errors import SourceError
from tests.archive_support import EXPECTED, FIXTURES

pytestmark = pytest.mark.exhaustive
COLUMNS = ("identifier", "amount_text", "currency", "unreadable")
LINE_WISE = {"jsonl", "form", "csv", "nginx", "log"}
CUTS_MAX = 120
"""Of a larger fixture so many places, chosen by its name: the whole lot is read in a minute, too long for a test."""


def read(octets: bytes, form: str | None = None) -> tuple[list[tuple[Any, ...]], list[SourceCount]]:
    intake: list[SourceCount] = []
    rows: list[tuple[Any, ...]] = []
    for table in read_batches(octets, intake, form=form):
        rows.extend(zip(*(table[name].to_pylist() for name in COLUMNS), strict=True))
    for count in intake:
        assert count.records == count.notifications + count.unreadable + count.other
    assert len(rows) == sum(count.notifications + count.unreadable for count in intake)
    return rows, intake


def stored_fixtures() -> dict[str, bytes]:
    fixtures = {name: (FIXTURES / name).read_bytes() for name in EXPECTED}
    return fixtures | {
        f"{name}.gz": gzip.compress(fixtures[name], mtime=0) for name in ("jsonl/nested.jsonl", "csv/flat.csv")
    }


STORED = stored_fixtures()


@pytest.mark.parametrize("name", STORED)
def test_a_cut_anywhere_is_reported_or_gives_whole_records(name: str) -> None:
    octets = STORED[name]
    whole, _ = read(octets)
    places: Any = range(len(octets))
    if len(octets) > CUTS_MAX and name not in (
        "jsonl/nested.jsonl",
        "csv/flat.csv",
        "jsonl/nested.jsonl.gz",
        "body/folder.zip",
    ):
        places = sorted(random.Random(name).sample(places, CUTS_MAX))
    for place in places:
        try:
            rows, intake = read(octets[:place])
        except SourceError as error:
            assert "no known" in error.message or "no record" in error.message  # noqa: PT017
            continue
        is_reported = any(count.truncated for count in intake) or (rows and rows[-1][-1] is not None)
        assert is_reported or rows == whole[: len(rows)], place
        form = EXPECTED[name.removesuffix(".gz")]["form"]
        # Of an entry that goes on over several lines each line is a row once its end is cut off.
        if rows and form in LINE_WISE and intake[0].form == form and "dump" not in name and "docker" not in name:
            assert rows[:-1] == whole[: len(rows) - 1], place


@pytest.mark.parametrize(
    "name", [name for name in STORED if name.split("/")[0] in LINE_WISE and not name.endswith(".gz")]
)
def test_a_damaged_line_costs_its_neighbours_nothing(name: str) -> None:
    lines = STORED[name].splitlines(keepends=True)
    if name == "csv/dump.csv":  # whose cells span lines
        return
    whole, _ = read(STORED[name])
    for number in range(1, len(lines)):
        end = lines[number][len(lines[number].rstrip(b"\r\n")) :]
        damaged = b"".join([*lines[:number], b'\x00{"\xff', end, *lines[number + 1 :]])
        rows, _ = read(damaged, EXPECTED[name]["form"])
        readable = {row for row in whole if row[-1] is None}
        assert len(readable - set(rows)) <= 1, number


def test_a_damaged_element_of_a_document_costs_its_neighbours_nothing() -> None:
    texts = [json.dumps({"status": "success", "identifier": f"A{n}", "data": {"amount": "1.00"}}) for n in range(3)]
    document = f"[{','.join(texts)}]".encode()
    begin, end = document.index(texts[1].encode()), document.index(texts[2].encode()) - 1
    for place in range(begin, end):
        for octet in b'"{}[],:x\0':
            rows, _ = read(document[:place] + bytes([octet]) + document[place + 1 :])
            identifiers = [row[0] for row in rows]
            assert identifiers[0] == "A0"
            assert identifiers[-1] == "A2" or rows[-1][-1] is not None, (place, chr(octet))


PIECES = st.binary(min_size=1, max_size=4) | st.sampled_from(
    [b'"', b"\\", b"{", b"}", b"[", b"]", b",", b"\n", b"\0", b"\xff", b"&"]
)
DAMAGES = st.lists(
    st.tuples(
        st.sampled_from(["flip", "cut", "insert", "drop", "double"]), st.floats(0, 1), st.integers(1, 60), PIECES
    ),
    min_size=1,
    max_size=4,
)


def damaged_by(octets: bytes, damages: list[tuple[str, float, int, bytes]]) -> bytes:
    for kind, place, length, piece in damages:
        at = int(place * len(octets))
        octets = {
            "flip": octets[:at] + piece + octets[at + len(piece) :],
            "cut": octets[:at],
            "insert": octets[:at] + piece + octets[at:],
            "drop": octets[:at] + octets[at + length :],
            "double": octets[: at + length] + octets[at:],
        }[kind]
    return octets


@pytest.mark.parametrize("form", FORMS)
@settings(max_examples=60)
@given(data=st.data(), damages=DAMAGES)
def test_no_record_of_any_form_is_lost_or_raises(
    form: str, data: st.DataObject, damages: list[tuple[str, float, int, bytes]]
) -> None:
    """``records = notifications + unreadable + other``, and the frame has ``notifications + unreadable`` rows."""
    name = data.draw(st.sampled_from(sorted(name for name in EXPECTED if EXPECTED[name]["form"] == form)))
    try:
        read(damaged_by(STORED[name], damages))
    except SourceError as error:
        known = ("no known archive form", "holds no record", "refused", "encrypted")
        assert any(words in str(error) for words in known)  # noqa: PT017
