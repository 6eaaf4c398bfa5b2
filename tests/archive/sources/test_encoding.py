"""Text of other encodings is read as what it says; its size and digest are those of what is stored."""

from __future__ import annotations

import gzip
import hashlib
import io
import shutil
import subprocess
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

import corena_recon as cr
from corena_recon.archive.sources.containers import ByteStream
from corena_recon.archive.sources.encoding import in_utf8
from corena_recon.errors import SourceError
from tests.making import ipn, jsonl

LITTLE, BIG = "utf-16-le", "utf-16-be"
MARK = "\ufeff"
LINES = jsonl(ipn("CMD-é-上海", note="été"), ipn("B")).decode()


def read(*blocks: bytes) -> tuple[bytes, bool, str | None]:
    """What the blocks are in UTF-8, whether they end within a character, and what is told."""
    damage: list[bool] = []
    told: list[str] = []
    text = b"".join(in_utf8(iter(blocks), lambda: damage.append(True), told.append))
    return text, bool(damage), told[0] if told else None


def cut(octets: bytes, size: int) -> Iterator[bytes]:
    return (octets[place : place + size] for place in range(0, len(octets), size))


@pytest.mark.parametrize("codec", [LITTLE, BIG])
@pytest.mark.parametrize("mark", ["", MARK])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_utf_16_with_and_without_a_mark(codec: str, mark: str, end: str) -> None:
    text = LINES.replace("\n", end)
    stored = (mark + text).encode(codec)
    assert read(stored) == (text.encode(), False, None)
    for octets in (stored, gzip.compress(stored)):
        frame = cr.read_ipns(octets)
        assert list(frame["identifier"]) == ["CMD-é-上海", "B"]
        [count] = frame.attrs["intake"]
        assert (count["sha256"], count["bytes"]) == (hashlib.sha256(octets).hexdigest(), len(octets))
        assert (count["form"], count["truncated"], count["note"]) == ("jsonl", False, None)


@pytest.mark.skipif(shutil.which("iconv") is None, reason="iconv is not installed")
def test_what_iconv_writes() -> None:
    for name in ("UTF-16", "UTF-16LE", "UTF-16BE"):
        command = ["iconv", "-f", "UTF-8", "-t", name]
        stored = subprocess.run(command, input=LINES.encode(), capture_output=True, check=True).stdout
        assert read(stored)[0] == LINES.encode()


def test_bytes_of_other_encodings_stay_as_they_are() -> None:
    for octets in (
        b"caf\xe9\n" * 9,
        b"caf\xc3\xa9\r\n",
        b"\n\xef",
        b"a\n\xef\xbb",
        b"a\n\xef\xbb\xbfb",
        b"PAR1\n\xef\xbb\xbf\0",
    ):
        kept = octets if octets.startswith(b"PAR1") else octets.replace(b"\xef\xbb\xbf", b"")
        assert read(*cut(octets, 1)) == (kept, False, None)


@pytest.mark.parametrize(
    ("stored", "text", "is_cut"),
    [
        (LINES.encode(LITTLE)[:-1], LINES[:-1].encode(), True),
        (LINES.encode(LITTLE) + b"{", LINES.encode(), True),
        (LINES.encode(BIG) + b"\0", LINES.encode(), True),
        (LINES.encode(LITTLE) + b"\x3d\xd8", LINES.encode() + b"\xed\xa0\xbd", True),
        ((LINES + "\U0001f600\n").encode(LITTLE), LINES.encode() + "\U0001f600\n".encode(), False),
        (LINES.encode(LITTLE) + b"\0\xdc\n\0", LINES.encode() + b"\xed\xb0\x80\n", False),
    ],
    ids=["odd", "one byte", "half of a character", "half of a pair at the end", "a pair", "half of a pair"],
)
def test_a_cut_within_a_character_is_told_and_half_a_pair_stays(stored: bytes, text: bytes, is_cut: bool) -> None:
    assert read(stored) == (text, is_cut, None)
    assert cr.read_ipns(stored).attrs["intake"][0]["truncated"] is is_cut


NARROW, WIDE = jsonl(ipn("N", note="été")), jsonl(ipn("W", note="上海北京上上上")).replace(b"\n", b"\r\n")


@pytest.mark.parametrize("codec", [LITTLE, BIG])
@pytest.mark.parametrize("kinds", ["WN", "NW", "NNWWN", "WNWNW", "WWWN", "NMWN", "MWMWN"])
def test_lines_of_both_kinds_in_one_file(codec: str, kinds: str) -> None:
    wide = WIDE.decode().encode(codec)
    parts = {"N": (NARROW, NARROW), "W": (wide, WIDE), "M": (MARK.encode(codec), b"")}
    stored, text = (b"".join(parts[kind][place] for kind in kinds) for place in (0, 1))
    for size in (len(stored), 97, 1):
        octets, is_cut, told = read(*cut(stored, size))
        assert (octets, is_cut) == (text, False), size
        assert told is not None
    frame = cr.read_ipns(stored)
    assert list(frame["identifier"]) == [kind for kind in kinds if kind != "M"]
    assert "UTF-16" in frame.attrs["intake"][0]["note"]


@given(
    st.lists(st.text(st.characters(exclude_characters="\n\r\ufeff", exclude_categories=["Cs", "Cc"]), max_size=30)),
    st.sampled_from([LITTLE, BIG]),
    st.integers(1, 200),
)
def test_utf_16_is_the_same_text_however_it_is_cut(texts: list[str], codec: str, size: int) -> None:
    text = "".join(f'{{"note": "{text}"}}\n' for text in texts)
    assert read(*cut((MARK + text).encode(codec), size))[0] == text.encode()


def test_a_long_line_of_utf_16_is_read_in_pieces() -> None:
    text = '{"a": "' + "é上\U0001f600" * 700_000 + '"}'
    blocks = list(cut(text.encode(LITTLE), 1_000_001))
    assert b"".join(in_utf8(iter(blocks), lambda: pytest.fail("no damage"), pytest.fail)) == text.encode()
    pieces = list(in_utf8(iter(blocks), lambda: None, lambda _: None))
    assert max(map(len, pieces)) < 4_000_000


def test_zeros_that_a_crash_left_are_no_utf_16() -> None:
    octets = NARROW + b"\0" * 4_097 + NARROW + b"\0a\0\n" + NARROW
    for size in (len(octets), 64, 1):
        assert read(*cut(octets, size)) == (octets, False, None)


def test_utf_32_is_refused_by_its_name() -> None:
    for codec in ("utf-32", "utf-32-be"):
        with pytest.raises(SourceError, match="<memory> is text of UTF-32"):
            cr.read_ipns((MARK + LINES if codec == "utf-32-be" else LINES).encode(codec))


BODY = b"status=success&signature=AB&identifier=%s&data[amount]=11.00000000&data[currency]=USD"


@pytest.mark.parametrize(
    ("octets", "form", "identifiers"),
    [
        (LINES.replace("\n", "\r").encode(), "jsonl", ["CMD-é-上海", "B"]),
        (b"status,identifier,signature,amount\rsuccess,A,AB,1\rsuccess,B,AB,1\r", "csv", ["A", "B"]),
        (BODY % b"A" + b"\r" + BODY % b"B" + b"\r", "form", ["A", "B"]),
        (BODY % b"A\rB", "body", ["A\rB"]),
        (BODY % b"A\r", "body", ["A\r"]),
        (BODY % b"A" + b"\r", "body", ["A"]),
        (BODY % b"A\rB" + b"\n" + BODY % b"C", "form", ["A\rB", "C"]),
        (LINES.replace("\n", "\r").encode(LITTLE), "jsonl", ["CMD-é-上海", "B"]),
    ],
)
def test_returns_end_lines_where_nothing_else_does(octets: bytes, form: str, identifiers: list[str]) -> None:
    frame = cr.read_ipns(octets)
    assert list(frame["identifier"]) == identifiers
    assert [count["form"] for count in frame.attrs["intake"]] == [form]


def test_a_digest_looked_for_before_reading_reads_nothing() -> None:
    stored = io.BytesIO(LINES.encode(LITTLE))
    stream = ByteStream("test", stored)
    assert stream.digest_ahead({len(stored.getvalue())}) == hashlib.sha256(stored.getvalue()).hexdigest()
    assert stored.tell() == 0
    assert stream.read_all() == LINES.encode()
