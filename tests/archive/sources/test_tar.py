"""Members of tars are sources: whatever packed them, whatever they are called, and wherever the tar is cut."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import shutil
import subprocess
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

import corena_recon as cr
from corena_recon.archive.sources import tar
from corena_recon.archive.sources.tar import is_tar, members_of
from corena_recon.errors import SourceError
from tests.making import ipn, jsonl

LINES = jsonl(ipn("A"), ipn("B"))
BODY = b"status=success&signature=AB&identifier=C&data[amount]=11.00000000&data[currency]=USD\n"


def packed(members: dict[str, bytes], of_format: int = tarfile.GNU_FORMAT, **changes: Any) -> bytes:
    stored = io.BytesIO()
    with tarfile.open(fileobj=stored, mode="w", format=of_format) as archive:
        for name, octets in members.items():
            info = tarfile.TarInfo(name)
            info.size, info.mtime = len(octets), 1_700_000_000
            for field, value in changes.items():
                setattr(info, field, value)
            archive.addfile(info, io.BytesIO(octets))
    return stored.getvalue()


def zstd(octets: bytes) -> bytes:
    stored = pa.BufferOutputStream()
    with pa.CompressedOutputStream(stored, "zstd") as file:
        file.write(octets)
    return bytes(stored.getvalue())


def rows(frame: Any) -> list[tuple[str, str]]:
    return list(zip(frame["source"], frame["identifier"], strict=True))


FORMATS = {"ustar": tarfile.USTAR_FORMAT, "gnu": tarfile.GNU_FORMAT, "pax": tarfile.PAX_FORMAT}
COMPRESSORS: dict[str, Callable[[bytes], bytes]] = {
    "tar": bytes, "tar.gz": gzip.compress, "tar.bz2": bz2.compress, "tar.xz": lzma.compress, "tar.zst": zstd,
}  # fmt: skip


@pytest.mark.parametrize("name", COMPRESSORS)
@pytest.mark.parametrize("of_format", FORMATS.values(), ids=FORMATS)
def test_members_of_different_forms(name: str, of_format: int, tmp_path: Path) -> None:
    path = tmp_path / f"backup.{name}"
    members = {"./2026/a.jsonl": LINES, "2026/b.txt": BODY, "empty": b"", "c.jsonl.gz": gzip.compress(LINES)}
    path.write_bytes(COMPRESSORS[name](packed(members, of_format)))
    frame = cr.read_ipns(path)
    a, body, inner = (f"{path}!/{member}" for member in ("./2026/a.jsonl", "2026/b.txt", "c.jsonl.gz"))
    assert rows(frame) == [(a, "A"), (a, "B"), (body, "C"), (inner, "A"), (inner, "B")]
    assert frame["received_at"].dropna().astype(str).tolist() == ["2023-11-14 22:13:20+00:00"]
    counts = {count["source"]: count for count in frame.attrs["intake"]}
    assert [count["bytes"] for count in counts.values()] == list(map(len, members.values()))
    assert counts[f"{path}!/empty"]["note"] == "it is empty"
    assert not any(count["truncated"] for count in counts.values())


@pytest.mark.skipif(shutil.which("tar") is None, reason="tar is not installed")
@pytest.mark.parametrize("options", [["--format=gnu"], ["--format=pax"], ["--format=v7"], ["--format=ustar", "-z"]])
def test_what_tar_itself_packs(options: list[str], tmp_path: Path) -> None:
    long = f"{'d' * 60}/{'é' * 50}" if "gnu" in options[0] or "pax" in options[0] else "d/é"
    inner = tmp_path / "in" / f"{long}.jsonl"
    inner.parent.mkdir(parents=True)
    inner.write_bytes(LINES)
    (tmp_path / "in" / "body.txt").write_bytes(BODY)
    subprocess.run(["tar", "-c", *options, "-f", tmp_path / "out.tar", "-C", tmp_path / "in", "."], check=True)
    frame = cr.read_ipns(tmp_path / "out.tar")
    assert sorted(rows(frame)) == [
        (f"{tmp_path / 'out.tar'}!/./body.txt", "C"),
        *((f"{tmp_path / 'out.tar'}!/./{long}.jsonl", identifier) for identifier in "AB"),
    ]


@pytest.mark.skipif(shutil.which("tar") is None, reason="tar is not installed")
def test_a_sparse_file_is_refused(tmp_path: Path) -> None:
    with (tmp_path / "a.jsonl").open("wb") as file:
        file.write(LINES)
        file.seek(1 << 20)
        file.write(LINES)
    for of_format in ("gnu", "pax"):
        command = ["tar", "-cS", f"--format={of_format}", "-f", str(tmp_path / "a.tar"), "-C", str(tmp_path), "a.jsonl"]
        subprocess.run(command, check=True)
        with pytest.raises(SourceError, match="sparse"):
            cr.read_ipns(tmp_path / "a.tar")


@pytest.mark.parametrize(
    ("kind", "note"),
    [
        (tarfile.SYMTYPE, "a symbolic link"),
        (tarfile.LNKTYPE, "another name"),
        (tarfile.CHRTYPE, "a device"),
        (tarfile.FIFOTYPE, "a pipe"),
    ],
)
def test_what_is_no_file_is_told_and_the_others_are_read(kind: bytes, note: str) -> None:
    special = packed({"x": b""}, type=kind, linkname="/etc/passwd")
    frame = cr.read_ipns(special[:512] + packed({"a.jsonl": LINES}))
    assert len(frame) == 2
    told = {count["source"]: count["note"] for count in frame.attrs["intake"]}
    assert note in told["<memory>!/x"]
    assert told["<memory>!/a.jsonl"] is None


def test_names_that_lead_out_are_read_and_told() -> None:
    frame = cr.read_ipns(packed({"/etc/a.jsonl": LINES, "../../b.jsonl": LINES}))
    assert len(frame) == 4
    assert all("leads out" in count["note"] for count in frame.attrs["intake"])


def test_what_is_no_archive_is_told() -> None:
    members = {
        "README.md": b"# IPN\n\n" + BODY,
        "logo.png": b"\x89PNG\r\n\x1a\n\0",
        "a.jsonl": LINES,
        "._a.jsonl": b"\0",
    }
    for stored in (packed(members), zipped(members)):
        frame = cr.read_ipns(stored)
        assert rows(frame) == [("<memory>!/a.jsonl", "A"), ("<memory>!/a.jsonl", "B")]
        told = {count["source"]: (count["form"], count["note"]) for count in frame.attrs["intake"]}
        assert set(told) == {f"<memory>!/{name}" for name in ("README.md", "logo.png", "a.jsonl")}
        assert told.pop("<memory>!/a.jsonl") == ("jsonl", None)
        assert all(form is None and "nothing of it is read" in (note or "") for form, note in told.values())


def zipped(members: dict[str, bytes]) -> bytes:
    stored = io.BytesIO()
    with zipfile.ZipFile(stored, "w") as archive:
        for name, octets in members.items():
            archive.writestr(name, octets)
    return stored.getvalue()


@pytest.mark.parametrize("outer", [packed, zipped])
def test_an_archive_in_an_archive_is_refused(outer: Callable[[dict[str, bytes]], bytes]) -> None:
    inner = packed({"a.jsonl": LINES})
    for octets, words in (
        (inner, "tar inside"),
        (gzip.compress(inner), "tar inside"),
        (zipped({"a": LINES}), "zip inside"),
    ):
        with pytest.raises(SourceError, match=words):
            cr.read_ipns(outer({"inner": octets}))


def test_a_tar_that_expands_beyond_reason_is_refused() -> None:
    with pytest.raises(SourceError, match="bomb"):
        cr.read_ipns(gzip.compress(packed({"a.jsonl": LINES, "b": b" " * 60_000_000})))


@pytest.mark.exhaustive
@pytest.mark.parametrize("compress", [bytes, gzip.compress], ids=["tar", "tar.gz"])
def test_every_cut_is_told(compress: Callable[[bytes], bytes]) -> None:
    whole = compress(packed({"a.jsonl": LINES, "b.jsonl": LINES, "c/body.txt": BODY}))
    complete = rows(cr.read_ipns(whole))
    for end in range(520 if compress is bytes else 60, len(whole), 37 if compress is bytes else 3):
        try:
            frame = cr.read_ipns(whole[:end])
        except SourceError:
            assert end < 200
            continue
        is_told = any(count["truncated"] for count in frame.attrs["intake"])
        assert is_told or (end > len(whole) - 9_000 and rows(frame) == complete), end
        assert set(rows(frame[frame["unreadable"].isna()])) <= set(complete)


def test_what_follows_a_damaged_header_and_tars_appended_to_each_other_are_read() -> None:
    one, other = packed({"a.jsonl": LINES, "b.jsonl": LINES}), packed({"c.jsonl": LINES})
    frame = cr.read_ipns(one + other)
    assert frame["source"].str[-7:].tolist() == ["a.jsonl"] * 2 + ["b.jsonl"] * 2 + ["c.jsonl"] * 2
    assert not any(count["truncated"] for count in frame.attrs["intake"])
    damaged = bytearray(one + other)
    damaged[1024 + 3] ^= 0x40
    frame = cr.read_ipns(bytes(damaged))
    assert frame["source"].str[-7:].tolist() == ["a.jsonl"] * 2 + ["c.jsonl"] * 2
    [told] = [count for count in frame.attrs["intake"] if count["truncated"]]
    assert (told["source"], "damaged" in told["note"]) == ("<memory>", True)


def test_a_large_member_is_read_piece_by_piece(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tar, "_HELD_MAX_BYTES", 100)
    for octets in (LINES, gzip.compress(LINES * 9), zstd(LINES)):
        frame = cr.read_ipns(packed({"a": octets, "b.jsonl": LINES}))
        assert list(frame["identifier"]) == ["A", "B"] * (len(frame) // 2)
        assert list(frame["source"])[-2:] == ["<memory>!/b.jsonl"] * 2
        assert frame.attrs["intake"][0]["bytes"] == len(octets)
    cut = cr.read_ipns(packed({"a": LINES})[: 512 + len(LINES) - 9])
    assert cut["unreadable"].fillna("").tolist() == ["", "truncated"]
    assert cut.attrs["intake"][0]["truncated"]


def test_text_is_no_tar() -> None:
    for head in (LINES, BODY * 9, b"\0" * 512, b" " * 512, b"0" * 512, b""):
        assert not is_tar(head)
    assert is_tar(packed({"a": b""}))
    assert [member.name for member in members_of("x", iter([packed({"a": b"", "b": LINES})]))] == ["a", "b"]


def test_a_member_without_a_date_arrived_at_no_known_time(tmp_path: Path) -> None:
    of_zip = tmp_path / "b.zip"
    with zipfile.ZipFile(of_zip, "w") as archive:
        archive.writestr(zipfile.ZipInfo("body.txt"), BODY)
    for source in (packed({"body.txt": BODY}, mtime=0), of_zip):
        frame = cr.read_ipns(source)
        assert frame["identifier"].tolist() == ["C"]
        assert frame["received_at"].isna().all()
