"""What could lead elsewhere or never end is refused; what was stored in members is read whole."""

from __future__ import annotations

import bz2
import gzip
import hashlib
import io
import lzma
import os
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import corena_recon as cr
from corena_recon.archive.sources.containers import ByteStream
from corena_recon.errors import SourceError
from corena_recon.text import octets_of
from tests.making import ipn, jsonl, ring

LINES = jsonl(ipn("A"), ipn("B"))


def zipped(**members: bytes) -> bytes:
    stored = io.BytesIO()
    with zipfile.ZipFile(stored, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, octets in members.items():
            archive.writestr(name, octets)
    return stored.getvalue()


def test_every_member_of_a_gzip_file_is_read() -> None:
    frame = cr.read_ipns(gzip.compress(LINES) + gzip.compress(jsonl(ipn("C"))))
    assert list(frame["identifier"]) == ["A", "B", "C"]
    assert not frame.attrs["intake"][0]["truncated"]


def test_a_cut_gzip_file_says_so() -> None:
    stored = gzip.compress(LINES * 200)
    frame = cr.read_ipns(stored[: len(stored) // 2])
    assert frame.attrs["intake"][0]["truncated"]
    assert 0 < len(frame) < 400


def zstd(octets: bytes) -> bytes:
    stored = pa.BufferOutputStream()
    with pa.CompressedOutputStream(stored, "zstd") as file:
        file.write(octets)
    return bytes(stored.getvalue())


COMPRESSORS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "zstd": zstd,
}
DIGITS = b"".join(hashlib.sha512(b"%d" % number).hexdigest().encode() + b"\n" for number in range(20_000))


def expanded(stored: bytes) -> tuple[bytes, bool]:
    stream = ByteStream("test", io.BytesIO(stored))
    octets = stream.read_all()
    assert stream.digest() == (hashlib.sha256(stored).hexdigest(), len(stored))
    return octets, stream.truncated


def test_what_macos_keeps_beside_files_is_left_out_of_a_zip_and_nothing_else() -> None:
    kept = {"__MACOSX/._a.jsonl": b"\0\5\x16\7\0\2", ".DS_Store": b"\0"}
    frame = cr.read_ipns(zipped(**kept, **{"in/a.jsonl": LINES, "in/.hidden/c.jsonl": LINES}))
    assert set(frame["source"]) == {"<memory>!/in/a.jsonl", "<memory>!/in/.hidden/c.jsonl"}
    assert len(frame.attrs["intake"]) == 2


@pytest.mark.exhaustive
@pytest.mark.parametrize("compress", COMPRESSORS.values(), ids=COMPRESSORS)
def test_everything_before_a_damage_is_read(compress: Callable[[bytes], bytes]) -> None:
    packed = compress(DIGITS)
    sound = packed + compress(b"tail\n")
    assert expanded(sound) == (DIGITS + b"tail\n", False)
    for junk in (b"hello", b"h" * 100_000, packed[:3]):
        assert expanded(sound + junk) == (DIGITS + b"tail\n", True)
    short = compress(b"a\n")
    for end in range(len(short) + 1, len(short) * 2):
        assert expanded((short * 2)[:end])[0].startswith(b"a\n")
        assert expanded((short * 2)[:end])[1]


@pytest.mark.exhaustive
def test_a_cut_stream_loses_the_block_that_is_cut_alone() -> None:
    for name, block_bytes in (("gzip", 1), ("xz", 1), ("zstd", 1 << 17), ("bz2", 900_000)):
        octets, is_truncated = expanded(COMPRESSORS[name](DIGITS)[:-30])
        assert is_truncated
        assert octets == DIGITS[: len(octets)]
        assert len(DIGITS) - len(octets) <= block_bytes + 60


def test_a_damaged_member_of_a_zip_is_expanded_up_to_its_damage() -> None:
    frame = cr.read_ipns(zipped(**{"a.jsonl.zst": zstd(LINES) + b"junk", "b.jsonl": LINES}))
    assert len(frame) == 2 * LINES.count(b"\n")
    assert [count["truncated"] for count in frame.attrs["intake"]] == [True, False]


def test_every_member_of_a_zip_is_a_source() -> None:
    frame = cr.read_ipns(zipped(**{"one.jsonl": LINES, "two/body.txt": b"status=success&identifier=C&data[amount]=1"}))
    assert list(frame["source"]) == ["<memory>!/one.jsonl"] * 2 + ["<memory>!/two/body.txt"]


@pytest.mark.parametrize("name", [".", "folder/", "./"])
def test_a_member_of_a_zip_with_contents_is_read_whatever_its_name(name: str) -> None:
    assert list(cr.read_ipns(zipped(**{name: LINES, "empty/": b""}))["source"]) == [f"<memory>!/{name}"] * 2
    orders = cr.read_orders(zipped(**{f"./{name}": b"order_id,total\nA,5\n", "empty/": b""}))
    assert orders["identifier"].to_list() == ["A"]


def without_name(stored: bytes) -> bytes:
    """A zip of one member whose name is one letter: the letter is no part of the name any more."""
    octets = bytearray(stored)
    for lengths in (26, octets.index(b"PK\1\2") + 28):
        octets[lengths : lengths + 4] = b"\0\0\1\0"
    return bytes(octets)


def test_a_member_of_a_zip_without_a_name_is_read() -> None:
    assert list(cr.read_ipns(without_name(zipped(a=LINES)))["source"]) == ["<memory>!/"] * 2
    assert len(cr.read_orders(without_name(zipped(a=b"order_id,total\nA,5\n")))) == 1


@pytest.mark.parametrize(
    ("stored", "words"),
    [
        (zipped(**{"../up.jsonl": LINES}), "escapes"),
        (zipped(**{"/etc/x.jsonl": LINES}), "escapes"),
        (zipped(**{"bomb.jsonl": b"\0" * 60_000_000}), "bomb"),
        (gzip.compress(LINES + b" " * 60_000_000), "bomb"),
        (zipped(**{"inner.zip": zipped(a=LINES)}), "zip inside"),
    ],
    ids=["up", "absolute", "zip bomb", "gzip bomb", "zip in zip"],
)
def test_traps_are_refused_with_a_clear_error(stored: bytes, words: str) -> None:
    with pytest.raises(SourceError, match=words):
        cr.read_ipns(stored)


def test_links_pipes_and_devices_are_refused(tmp_path: Path) -> None:
    (tmp_path / "real.jsonl").write_bytes(LINES)
    (tmp_path / "link.jsonl").symlink_to(tmp_path / "real.jsonl")
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "link.jsonl", tmp_path / "pipe", Path(os.devnull)):
        with pytest.raises(SourceError, match="refused"):
            cr.read_ipns(path)


def test_names_that_are_not_utf_8_are_kept_as_text(tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"caf\xe9.jsonl")
    path.write_bytes(LINES)
    with path.open("rb") as opened, open(os.fsencode(path), "rb") as opened_by_bytes:  # noqa: PTH123
        frames = [cr.read_ipns(source) for source in (path, tmp_path, f"{tmp_path}/*", opened, opened_by_bytes)]
    for frame in frames:
        assert {octets_of(name) for name in frame["source"]} == {os.fsencode(path)}
        assert octets_of(frame.attrs["intake"][0]["source"]) == os.fsencode(path)


def test_a_report_of_files_whose_names_are_not_utf_8(tmp_path: Path) -> None:
    for name, octets in ((b"caf\xe9.jsonl", LINES), (b"caf\xe9.csv", b"order_id,total,currency\nA,11.00,USD\n")):
        (tmp_path / os.fsdecode(name)).write_bytes(octets)
    archive, orders = (tmp_path / os.fsdecode(name) for name in (b"caf\xe9.jsonl", b"caf\xe9.csv"))
    found = cr.audit(archive, orders, ring(), tmp_path / "report")
    shown = cr.explain(found, found.notifications["identifier"][0])
    assert "caf\\xE9.jsonl" in str(shown)


def test_what_fsspec_gives_is_opened_and_closed() -> None:
    class OpenFile:
        fs, path, is_open = None, "bucket/a.jsonl", False

        def __enter__(self) -> io.BytesIO:
            self.is_open = True
            return io.BytesIO(jsonl(ipn("A")))

        def __exit__(self, *_: object) -> None:
            self.is_open = False

    file = OpenFile()
    frame = cr.read_ipns(file)
    assert (frame["identifier"].tolist(), frame["source"].tolist(), file.is_open) == (["A"], ["bucket/a.jsonl"], False)


def test_what_gives_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(LINES)
    with (tmp_path / "a.jsonl").open() as opened, tempfile.NamedTemporaryFile("w+") as temporary:
        for file in (opened, temporary, io.StringIO(LINES.decode())):
            with pytest.raises(SourceError, match="opened as text") as raised:
                cr.read_ipns(file)
            assert '"rb"' in str(raised.value)


@pytest.mark.parametrize("text", ["x" * 5000, "[x]" * 5000, LINES.decode() * 20, "a\0b"])
def test_text_that_is_no_path_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(SourceError, match="given as bytes") as raised:
        cr.read_ipns(text)
    assert len(str(raised.value)) < 400


@pytest.mark.parametrize("content", [b"", b"nothing known"])
def test_messages_show_hostile_names_safely(tmp_path: Path, content: bytes) -> None:
    for name in (b"caf\xe9", b"a\x1b[31m"):
        path = tmp_path / os.fsdecode(name)
        if content:
            path.write_bytes(content)
        with pytest.raises(
            SourceError, match=r"(caf\\xE9|\\x1B\[31m) (is of no known|does not exist)|no file matches .*\\x1B"
        ):
            cr.read_ipns(path)


@pytest.mark.exhaustive
@pytest.mark.parametrize("kind", ["zip", "parquet"])
def test_every_cut_of_a_file_with_its_directory_at_the_end_is_reported(kind: str) -> None:
    if kind == "zip":
        whole = zipped(**{"one.jsonl": LINES})
    else:
        stored = io.BytesIO()
        pq.write_table(pa.table({"status": ["success"], "identifier": ["A"], "data[amount]": ["1"]}), stored)
        whole = stored.getvalue()
    complete = list(cr.read_ipns(whole)["identifier"])
    for end in range(5, len(whole)):
        frame = cr.read_ipns(whole[:end], form="parquet" if kind == "parquet" else None)
        is_reported = frame.attrs["intake"][0]["truncated"] or frame["unreadable"].notna().any()
        assert is_reported or list(frame["identifier"]) == complete, end


def test_a_line_of_a_hundred_megabytes_costs_its_neighbours_nothing(tmp_path: Path) -> None:
    path = tmp_path / "huge.jsonl"
    with path.open("wb") as file:
        file.write(jsonl(ipn("A")))
        file.write(b'{"status":"')
        for _ in range(100):
            file.write(b"x" * 1_000_000)
        file.write(b'"}\n' + jsonl(ipn("B")))
    frame = cr.read_ipns(path)
    assert frame["unreadable"].fillna("").tolist() == ["", "too_large", ""]
    assert frame["identifier"].fillna("").tolist() == ["A", "", "B"]


@pytest.mark.parametrize(
    "members",
    [["[Content_Types].xml", "xl/workbook.xml", "xl/worksheets/sheet1.xml"], ["mimetype", "content.xml", "meta.xml"]],
)
def test_a_workbook_is_refused_as_one(members: list[str]) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for member in members:
            archive.writestr(member, "<x/>")
    with pytest.raises(SourceError, match="is a spreadsheet's workbook"):
        cr.read_ipns(out.getvalue())
