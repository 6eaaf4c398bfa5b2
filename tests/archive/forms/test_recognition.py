"""Exactly the right form is recognised, and every way of storing an archive gives the same rows."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest

import corena_recon as cr
from corena_recon.archive.forms.jsonl import JsonLines
from corena_recon.archive.forms.recognition import FORMS, ROOMS, room_for
from corena_recon.archive.sources.containers import ByteStream
from corena_recon.errors import OptionError, SourceError
from corena_recon.native import has_core
from tests.archive_support import EXPECTED, FIXTURES, compared, expected_frame
from tests.making import ipn, jsonl

PLAIN = sorted(name for name in EXPECTED if not name.endswith(".zip"))
TEXTS = [name for name in PLAIN if EXPECTED[name]["form"] not in ("parquet", "feather")]


def zstd(octets: bytes) -> bytes:
    out = pa.BufferOutputStream()
    with pa.CompressedOutputStream(out, "zstd") as stream:
        stream.write(octets)
    stored: bytes = out.getvalue().to_pybytes()
    return stored


def zipped(octets: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("member", octets)
    return out.getvalue()


def two_members(octets: bytes) -> bytes:
    middle = len(octets) // 2
    return gzip.compress(octets[:middle]) + gzip.compress(octets[middle:])


STORED: dict[str, Callable[[bytes], bytes]] = {
    "plain": bytes,
    "gzip": gzip.compress,
    "gzip of two members": two_members,
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "zstd": zstd,
    "zip": zipped,
}


def with_mark(octets: bytes) -> bytes:
    return b"\xef\xbb\xbf" + octets.removeprefix(b"\xef\xbb\xbf")


def with_crlf(octets: bytes) -> bytes:
    return octets.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def with_blank_lines(octets: bytes) -> bytes:
    return b"\n \r\n" + octets.removeprefix(b"\xef\xbb\xbf")


def assert_reads_as_expected(name: str, octets: bytes) -> None:
    frame = cr.read_ipns(octets)
    [count] = frame.attrs["intake"]
    assert (count["form"], count["other"], count["truncated"]) == (
        EXPECTED[name]["form"],
        EXPECTED[name]["other"],
        EXPECTED[name]["truncated"],
    )
    pd.testing.assert_frame_equal(compared(frame), expected_frame(name, frame), check_dtype=False)


@pytest.mark.parametrize("name", PLAIN)
def test_every_fixture_as_it_stands_and_stored_in_one_way(name: str) -> None:
    """Each way serves as many fixtures as any other."""
    for way in ("plain", [*STORED][1 + PLAIN.index(name) % (len(STORED) - 1)]):
        assert_reads_as_expected(name, STORED[way]((FIXTURES / name).read_bytes()))


@pytest.mark.exhaustive
@pytest.mark.parametrize("way", STORED)
def test_every_fixture_however_it_is_stored(way: str) -> None:
    wrong = []
    for name in PLAIN:
        try:
            assert_reads_as_expected(name, STORED[way]((FIXTURES / name).read_bytes()))
        except AssertionError as error:
            wrong.append(f"{name}: {error}")
    assert wrong == []


@pytest.mark.parametrize("change", [with_mark, with_crlf, with_blank_lines])
@pytest.mark.parametrize("name", TEXTS)
def test_byte_order_marks_line_ends_and_leading_blank_lines_change_nothing(
    name: str, change: Callable[[bytes], bytes]
) -> None:
    assert_reads_as_expected(name, change((FIXTURES / name).read_bytes()))


@pytest.mark.parametrize("name", PLAIN)
def test_of_all_rooms_the_first_to_recognise_a_fixture_is_its_own(name: str) -> None:
    stream = ByteStream(name, io.BytesIO((FIXTURES / name).read_bytes()))
    assert room_for(stream).name == EXPECTED[name]["form"]


def test_a_particular_form_recognises_no_fixture_of_another() -> None:
    general = {"jsonl", "json", "csv", "form", "body", "log"}
    for name in PLAIN:
        head = (FIXTURES / name).read_bytes()[:65_536].removeprefix(b"\xef\xbb\xbf")
        takers = {room.name for room in ROOMS if room.name not in general and room.recognises(head)}
        assert takers <= {EXPECTED[name]["form"]}, name


@pytest.mark.parametrize("form", FORMS)
def test_a_named_form_reads_any_content_without_raising(form: str) -> None:
    for name in PLAIN:
        try:
            frame = cr.read_ipns((FIXTURES / name).read_bytes(), form=form)
        except SourceError as error:
            assert "no record" in str(error)  # noqa: PT017 - the only refusal that content can cause
            continue
        for count in frame.attrs["intake"]:
            assert count["records"] == count["notifications"] + count["unreadable"] + count["other"]


def test_unknown_content_and_unknown_names_are_refused() -> None:
    with pytest.raises(SourceError, match="no known archive form"):
        cr.read_ipns(b"Dear customer,\nthank you.\n")
    with pytest.raises(SourceError, match="mitmproxy keeps its flows so"):
        cr.read_ipns(
            b"136:9:websocket;0:~8:response;0:~7:request;98:4:path;4:/ipn,7:content;54:status=success&signature=F,}}"
        )
    with pytest.raises(OptionError, match="no archive form"):
        cr.read_ipns(b"{}", form="xml")


def test_the_fixtures_are_those_that_their_script_writes(tmp_path: Path) -> None:
    elsewhere = tmp_path / "tests" / "archive_fixtures"
    elsewhere.mkdir(parents=True)
    (tmp_path / "tests" / "__init__.py").touch()
    for script in FIXTURES.glob("*.py"):
        shutil.copy(script, elsewhere)
    subprocess.run([sys.executable, "-m", "tests.archive_fixtures.make"], check=True, cwd=tmp_path)
    for name in [*EXPECTED, "expected.json"]:
        if not name.endswith((".parquet", ".feather")):  # the library's own, which may change with its version
            assert (elsewhere / name).read_bytes() == (FIXTURES / name).read_bytes(), name


@pytest.mark.skipif(not has_core(), reason="the core sees shapes")
def test_a_days_file_is_of_the_form_of_the_day_before(monkeypatch: pytest.MonkeyPatch) -> None:
    def form_of(*days: bytes) -> list[str]:
        return [room_for(ByteStream("day.jsonl", io.BytesIO(day))).name for day in days]

    monday, tuesday, friday = (jsonl(ipn(f"{day}1"), ipn(f"{day}2"), ipn(f"{day}3")) for day in "MTF")
    form_of(monday)
    looked_at: list[bytes] = []

    def look_at(_: JsonLines, head: bytes) -> bool:
        looked_at.append(head)
        return True

    monkeypatch.setattr(JsonLines, "recognises", look_at)
    others = [
        friday.replace(b"status", b"uuid", 1),  # one line has another name
        friday.removesuffix(b"\n"),  # the last line may be cut off
        jsonl(ipn("F1")),  # one object may be a document
        friday.replace(b"11.00000000", b""),  # the first line is no notification
    ]
    assert form_of(tuesday, *others) == ["jsonl"] * 5
    assert looked_at == others
