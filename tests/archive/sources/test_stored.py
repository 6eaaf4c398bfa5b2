"""What cannot be read is no damage of what is stored, and what comes later is no part of it."""

from __future__ import annotations

import bz2
import errno
import gzip
import hashlib
import io
import lzma
import os
import zipfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

import corena_recon as cr
from corena_recon.archive.sources import containers
from corena_recon.archive.sources.containers import ByteStream
from corena_recon.archive.sources.stored import StoredFile
from corena_recon.command_line.main import main
from corena_recon.errors import SourceError
from tests.making import ipn, jsonl, ring
from tests.places import SAMPLE_DATA

LINES = jsonl(*(ipn(f"A{number}") for number in range(400)))


def zstd(octets: bytes) -> bytes:
    stored = pa.BufferOutputStream()
    with pa.CompressedOutputStream(stored, "zstd") as file:
        file.write(octets)
    return bytes(stored.getvalue())


def zipped(octets: bytes) -> bytes:
    stored = io.BytesIO()
    with zipfile.ZipFile(stored, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("a.jsonl", octets)
    return stored.getvalue()


STORED: dict[str, Callable[[bytes], bytes]] = {
    "plain": bytes,
    "gzip": gzip.compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "zstd": zstd,
    "zip": zipped,
    "gzip in zip": lambda octets: zipped(gzip.compress(octets)),
}


class Failing(io.BytesIO):
    """A file of which the system gives so many reads and no more."""

    def __init__(self, octets: bytes, error: OSError, reads: int) -> None:
        super().__init__(octets)
        self._error = error
        self._reads = reads
        self.has_failed = False

    def read(self, size: int | None = -1) -> bytes:
        if size != 0:
            self._reads -= 1
        if self._reads < 0:
            self.has_failed = True
            raise self._error
        return super().read(size)


@pytest.mark.parametrize("error", [OSError(errno.EIO, "Input/output error"), TimeoutError("timed out")])
@pytest.mark.parametrize("kind", STORED)
def test_what_cannot_be_read_is_no_damage(kind: str, error: OSError, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(containers, "BLOCK_BYTES", 1000)
    octets = STORED[kind](LINES)
    for reads in range(1, 12):
        file = Failing(octets, error, reads)
        try:
            frame = cr.read_ipns(file)
        except SourceError as refusal:
            assert "cannot be read to its end: " in str(refusal)  # noqa: PT017 - whether it fails depends on the form
            assert file.has_failed
        else:
            assert not file.has_failed
            assert len(frame) == 400


def test_what_a_callers_decompressor_says_is_damage(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(containers, "BLOCK_BYTES", 1000)
    frame = cr.read_ipns(Failing(LINES, gzip.BadGzipFile("CRC check failed"), 5))
    assert frame.attrs["intake"][0]["truncated"]
    assert 0 < len(frame) < 400


class Growing(io.FileIO):
    """A file to which a line is appended when it is read, for some times, also when it has been read to its end."""

    left = 6

    def read(self, size: int | None = -1, /) -> bytes:
        octets = super().read(-1 if size is None else size)
        if size and self.left:
            self.left -= 1
            with Path(os.fsdecode(self.name)).open("ab") as file:
                file.write(jsonl(ipn("LATE")))
        return octets


def wrapped(path: Path) -> Any:
    """An open file of no kind that is known, whose size is not asked for."""

    class Wrapped:
        def __init__(self) -> None:
            self.name = str(path)
            self._file = Growing(path)

        def __getattr__(self, name: str) -> Any:
            return getattr(self._file, name)

    return Wrapped()


@pytest.mark.parametrize("kind", ["plain", "gzip", "zip"])
@pytest.mark.parametrize("opened", [Growing, lambda path: io.BufferedReader(Growing(path)), wrapped])
def test_what_is_hashed_is_what_was_read_of_an_archive_that_grows(
    tmp_path: Path, kind: str, opened: Callable[[Path], Any]
) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(STORED[kind](LINES))
    with closing(opened(path)) as file:
        frame = cr.read_ipns(file)
    [count] = frame.attrs["intake"]
    size = count["bytes"]
    if kind == "zip":
        assert list(frame["identifier"]).count("LATE") == 0
        assert count["sha256"] == hashlib.sha256(LINES).hexdigest()
        return
    assert count["sha256"] == hashlib.sha256(path.read_bytes()[:size]).hexdigest()
    if opened is not wrapped:
        assert size == len(STORED[kind](LINES))
        assert len(frame) == 400
    elif kind == "plain":
        assert path.read_bytes()[:size].count(b"\n") == len(frame)


def test_the_next_run_reads_what_was_appended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(LINES)
    read = ByteStream.digest

    def late(stream: ByteStream) -> tuple[str, int]:
        if path.read_bytes() == LINES:
            path.write_bytes(LINES + jsonl(ipn("LATE")))
        return read(stream)

    monkeypatch.setattr(ByteStream, "digest", late)
    first = cr.audit(path, keys=ring(), out=tmp_path / "first")
    second = cr.audit(path, keys=ring(), out=tmp_path / "second", previous=tmp_path / "first")
    assert "LATE" not in set(first.notifications["identifier"])
    assert "LATE" in set(second.notifications["identifier"])
    assert second.facts["reused_sources"] == 0


def test_a_report_stands_when_the_archive_cannot_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    archive = tmp_path / "a.jsonl"
    archive.write_bytes(LINES)
    arguments = ["verify", str(archive), "--keys", str(SAMPLE_DATA / "keys.toml"), "--out", str(tmp_path / "report")]
    assert main(arguments) in (0, 1)
    before = {path.name: path.read_bytes() for path in (tmp_path / "report").iterdir()}
    monkeypatch.setattr(containers, "BLOCK_BYTES", 1000)
    failing = Failing(LINES, OSError(errno.EIO, os.strerror(errno.EIO)), 4)
    monkeypatch.setattr(containers, "StoredFile", lambda name, *_: StoredFile(name, failing))
    assert main(arguments) == 2
    error = capsys.readouterr().err
    assert "a.jsonl cannot be read to its end: Input/output error" in error
    assert {path.name: path.read_bytes() for path in (tmp_path / "report").iterdir()} == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.jsonl", "report"]


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="a file with no end, as Linux has it")
def test_a_file_whose_end_the_system_does_not_say_is_named() -> None:
    with pytest.raises(SourceError, match="/proc/self/mem cannot be read to its end"):
        cr.read_ipns("/proc/self/mem")
