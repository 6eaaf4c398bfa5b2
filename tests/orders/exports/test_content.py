"""What a source holds, and which form it has."""

from __future__ import annotations

import bz2
import gzip
import hashlib
import io
import lzma
import os
import zipfile
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa
import pytest

from corena_recon.errors import SourceError
from corena_recon.orders.exports.content import MEMORY, Content, StoredFile, contents
from corena_recon.orders.exports.forms import read_content
from corena_recon.text import octets_of

if TYPE_CHECKING:
    from pathlib import Path


def test_a_path_a_glob_and_a_folder_give_files_in_order(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    for name in ("b/2.csv", "1.csv", "3[x].csv"):
        (tmp_path / name).write_bytes(name.encode())
    names = [str(tmp_path / name) for name in ("1.csv", "3[x].csv", "b/2.csv")]
    assert [content.source for content in contents(tmp_path)] == names
    assert [content.source for content in contents(str(tmp_path / "*.csv"))] == names[:2]
    assert [content.source for content in contents(names[1])] == [names[1]]


def test_bytes_files_and_tables_in_memory() -> None:
    frame, table = pd.DataFrame({"a": [1]}), pa.table({"a": [1]})
    sources = [b"a", bytearray(b"b"), io.BytesIO(b"c"), frame, table, [{"a": 1}]]
    found = list(contents(sources))
    assert [content.payload for content in found[:3]] == [b"a", b"b", b"c"]
    assert found[3].payload is frame
    assert found[4].payload == table
    assert found[5] == Content(MEMORY, [{"a": 1}])
    assert {content.source for content in found} == {MEMORY}


def test_an_open_file_is_named_by_its_path(tmp_path: Path) -> None:
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress(b"a,b\n", mtime=0) + gzip.compress(b"1,2\n", mtime=0))
    with path.open("rb") as opened:
        [found] = contents(opened)
    assert found[:2] == (str(path), b"a,b\n1,2\n")
    [stored] = contents(path)
    assert found.sha256() == stored.sha256() == hashlib.sha256(path.read_bytes()).hexdigest()


EXPORT = b"id,total\n1,2\n"
COMPRESSED = {
    "gzip": gzip.compress(EXPORT, mtime=0),
    "bzip2": bz2.compress(EXPORT),
    "xz": lzma.compress(EXPORT),
    "zstd": pa.compress(EXPORT, "zstd", asbytes=True),
}


@pytest.mark.parametrize("kind", COMPRESSED)
def test_a_compressed_file_is_expanded(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "orders"
    path.write_bytes(COMPRESSED[kind])
    [stored], [handed_over] = contents(path), contents(COMPRESSED[kind])
    assert isinstance(stored.payload, StoredFile)
    assert stored.payload.read() == b"".join(stored.payload.blocks(3)) == handed_over.payload == EXPORT
    path.write_bytes(COMPRESSED[kind][:-9])
    with pytest.raises(SourceError, match=f"damaged {kind}"):
        b"".join(StoredFile(str(path)).blocks(3))
    with pytest.raises(SourceError, match=f"damaged {kind}"):
        list(contents(path.read_bytes()))


def _zip_of(**members: bytes) -> bytes:
    stored = io.BytesIO()
    with zipfile.ZipFile(stored, "w", zipfile.ZIP_DEFLATED) as file:
        for name, octets in members.items():
            file.writestr(name, octets)
    return stored.getvalue()


def test_the_files_in_a_zip_are_exports_of_their_own(tmp_path: Path) -> None:
    octets = _zip_of(**{
        "march/a.csv": EXPORT, "b.csv.gz": COMPRESSED["gzip"], "march/": b"", ".hidden": b"x", "__MACOSX/a": b"x",
    })  # fmt: skip
    path = tmp_path / "orders.zip"
    path.write_bytes(octets)
    for source, name in ((path, str(path)), (octets, MEMORY)):
        found = list(contents(source))
        assert [(content.source, content.payload) for content in found] == [
            (f"{name}!/march/a.csv", EXPORT), (f"{name}!/b.csv.gz", EXPORT),
        ]  # fmt: skip
        assert found[0].sha256() == hashlib.sha256(EXPORT).hexdigest()


def test_a_zip_that_is_damaged_or_expands_beyond_measure_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    octets = bytearray(_zip_of(a=EXPORT * 99))
    octets[40:44] = b"\xff" * 4
    with pytest.raises(SourceError, match="damaged zip"):
        list(contents(bytes(octets)))
    monkeypatch.setattr("corena_recon.orders.exports.compression.EXPANSION_FREE_BYTES", 9)
    monkeypatch.setattr("corena_recon.orders.exports.compression.EXPANSION_MAX_RATIO", 2)
    for bomb in (_zip_of(a=b"0" * 10_000), gzip.compress(b"0" * 10_000, mtime=0)):
        with pytest.raises(SourceError, match="expands more than 2 times"):
            list(contents(bomb))


def test_a_name_that_is_not_utf_8_is_kept_as_text(tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"caf\xe9.csv")
    path.write_bytes(b"a,b\n1,2\n")
    with path.open("rb") as opened, open(os.fsencode(path), "rb") as opened_by_bytes:  # noqa: PTH123
        found = [content for source in (path, tmp_path, opened, opened_by_bytes) for content in contents(source)]
    assert [octets_of(content.source) for content in found] == [os.fsencode(path)] * 4
    assert [export.row_count for content in found for export in read_content(content)] == [1] * 4
    path.write_bytes(b"")
    with pytest.raises(SourceError, match=r"caf\\xE9\.csv is empty"):
        read_content(next(contents(path)))


def test_text_is_refused_as_a_file_and_as_a_path() -> None:
    with pytest.raises(SourceError, match="opened as text"):
        list(contents(io.StringIO("a,b\n1,2\n")))
    for text in ("x" * 5000, "a,b\n" * 5000):
        with pytest.raises(SourceError, match="given as bytes") as raised:
            list(contents(text))
        assert len(str(raised.value)) < 1200


def test_what_is_hidden_or_left_out_is_not_read(tmp_path: Path) -> None:
    for name in ("a.csv", ".hidden/b.csv", "report/c.csv"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x")
    left = [str(tmp_path / "a.csv")]
    for source in (tmp_path, str(tmp_path / "**" / "*.csv")):
        assert [content.source for content in contents(source, tmp_path / "report")] == left


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(SourceError, match="not a regular file"):
        list(contents(tmp_path / "pipe"))
    with pytest.raises(SourceError, match="nothing to read"):
        list(contents(tmp_path / "nowhere"))


@pytest.mark.parametrize(
    "octets", [gzip.compress(b"a" * 99, mtime=0)[:-9], gzip.compress(b"a", mtime=0)[:-8] + b"\0" * 8]
)
def test_a_damaged_gzip_is_refused(octets: bytes) -> None:
    with pytest.raises(SourceError, match="damaged gzip"):
        list(contents(octets))


FORMS = [
    (b"id,total\n", "csv"),
    (b"\xef\xbb\xbfid;total\n", "csv"),
    ("id,total\n".encode("utf-16"), "csv"),
    (b' [{"id":1}]', "json"),
    (b'\xef\xbb\xbf{"id":1}\n{"id":2}\n', "jsonl"),
    (b"<!DOCTYPE html><TABLE><tr><td>a<td>b</TABLE>", "html"),
]


@pytest.mark.parametrize(("octets", "form"), FORMS)
def test_the_form_is_told_by_the_content(octets: bytes, form: str) -> None:
    assert read_content(Content("f", octets))[0].form == form


@pytest.mark.parametrize("octets", [bytes(range(32)) * 9, b"\x89PNG\r\n\x1a\n" + bytes(99), b"%PDF-1.7\n" + bytes(99)])
def test_a_binary_file_is_of_no_known_form(octets: bytes) -> None:
    with pytest.raises(SourceError, match="no known form"):
        read_content(Content("f", octets))
