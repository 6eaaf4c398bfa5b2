"""What lies beside an archive is told and not read, and what a call names otherwise is never read as archive."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import corena_recon as cr
from corena_recon.archive.sources.stored import HELD_BYTES
from corena_recon.errors import SourceError
from corena_recon.paths import Named
from tests.making import SECRET, ipn, jsonl, ring

LINES = jsonl(ipn("A"), ipn("B"))
ORDERS = b"order_id,total,currency,status\nA,11.00,USD,completed\nB,11.00,USD,completed\n"
RING = f'[[keys]]\nid = "live"\nmode = "live"\nsecret = "{SECRET}"\n'


def told(frame: Any) -> dict[str, str | None]:
    return {Path(count["source"]).name: count["note"] for count in frame.attrs["intake"]}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    inner = tmp_path / "archive"
    (inner / "more").mkdir(parents=True)
    (inner / ".git").mkdir()
    (inner / ".git" / "config").write_bytes(LINES)
    for name, octets in {
        "a.jsonl": LINES,
        "README.md": b"# What this is\n" + LINES,
        "keys.toml": RING.encode(),
        "logo.png": b"\x89PNG\r\n\x1a\n\0\0",
        "manual.pdf": b"%PDF-1.7\n%\xe2\xe3\n1 0 obj",
        "notes.txt": b"The signature is checked in ipn.php; call the gateway on Monday.",
        ".gitignore": b"*.log\n",
        ".DS_Store": b"\0\0\0\1Bud1",
        "more/empty.log": b"",
    }.items():
        (inner / name).write_bytes(octets)
    (inner / "latest.jsonl").symlink_to("a.jsonl")
    os.mkfifo(inner / "pipe")
    return inner


def test_what_is_no_archive_in_a_folder_is_told_and_reading_goes_on(folder: Path) -> None:
    frame = cr.read_ipns(folder)
    assert list(frame["source"]) == [str(folder / "a.jsonl")] * 2
    notes = told(frame)
    assert notes.pop("a.jsonl") is None
    assert notes.pop("empty.log") == "it is empty"
    assert set(notes) == {
        "README.md", "keys.toml", "logo.png", "manual.pdf", "notes.txt", ".gitignore", ".DS_Store", "latest.jsonl",
        "pipe",
    }  # fmt: skip
    assert all("not read" in str(note) or "nothing of it is read" in str(note) for note in notes.values())
    assert {count["form"] for count in frame.attrs["intake"]} == {"jsonl", None}
    assert set(told(cr.read_ipns(f"{folder}/*.*"))) == {name for name in told(frame) if "." in name[1:]} - {"empty.log"}


def test_by_itself_it_is_an_error(folder: Path) -> None:
    for name in ("logo.png", "notes.txt"):
        with pytest.raises(SourceError, match=f"{name} is of no known archive form"):
            cr.read_ipns(folder / name)
    (folder / "ring").write_text(f"# the shop's keys\n\n{RING}")
    for name in ("keys.toml", "ring"):
        with pytest.raises(SourceError, match=f"{name} is a key ring"):
            cr.read_ipns(folder / name)
    assert "nothing of it is read" in str(told(cr.read_ipns(folder))["ring"])
    (folder / "a.jsonl").unlink()
    with pytest.raises(SourceError, match=r"no record \(.*logo.png: it is of no known"):
        cr.read_ipns(f"{folder}/*.png")


def test_a_file_that_was_named_is_read_whatever_its_name(folder: Path) -> None:
    (folder / "ipn.md").write_bytes(LINES)
    assert len(cr.read_ipns(folder / "ipn.md")) == 2


def test_notes_stand_in_the_summary(folder: Path) -> None:
    found = cr.audit(folder, keys=ring())
    [note] = [note for note in found.summary["notes"] if "no known archive form" in note]
    assert all(name in note for name in ("logo.png", "manual.pdf", "notes.txt"))
    assert found.table("intake")["note"].null_count == 1


def links(path: Path) -> list[Any]:
    """The ways in which a call may name a file."""
    link = path.with_name(f"link to {path.name}")
    if not link.is_symlink():
        link.symlink_to(path)
    return [path, str(path), os.path.relpath(path), link, f"{path.parent}/{path.stem}*{path.suffix}", [path]]


@pytest.mark.parametrize("way", range(6))
def test_what_a_call_names_otherwise_is_never_read_as_archive(way: int, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.jsonl").write_bytes(LINES)
    (tmp_path / "in" / "orders.csv").write_bytes(ORDERS)
    (tmp_path / "in" / "keys.toml").write_text(RING)
    (tmp_path / "in" / "secret.txt").write_text(SECRET)
    orders = links(tmp_path / "in" / "orders.csv")[way]
    for _ in range(2):
        found = cr.audit(tmp_path / "in", orders, tmp_path / "in" / "keys.toml", tmp_path / "in" / "report")
        sources = {Path(row["source"]).name for row in found.table("intake").to_pylist()}
        assert sources - {"link to orders.csv"} == {"a.jsonl", "secret.txt"}
        assert found.summary["verdicts"] == {"accepted": 2}
    listed = [tmp_path / "in" / "a.jsonl", tmp_path / "in" / "orders.csv"]
    assert cr.audit(listed, orders, ring()).summary["verdicts"] == {"accepted": 2}
    with pytest.raises(SourceError, match="names for another purpose"):
        cr.audit(tmp_path / "in" / "orders.csv", orders, ring())


def test_the_files_of_a_key_ring_are_never_read_as_archive(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(LINES)
    (tmp_path / "live.key").write_text(SECRET)
    (tmp_path / "keys").write_text(RING.replace(f'secret = "{SECRET}"', 'secret_file = "live.key"'))
    keys = cr.KeyRing.from_toml(tmp_path / "keys")
    for given in (keys, tmp_path / "keys", str(tmp_path / "keys")):
        assert set(told(cr.verify(tmp_path, given))) == {"a.jsonl"}
        assert len(cr.audit(tmp_path, keys=given).table("intake")) == 1


def test_the_command_line_leaves_out_what_it_is_given_otherwise(tmp_path: Path) -> None:
    for name, octets in (("a.jsonl", LINES), ("orders.csv", ORDERS), ("keys.toml", RING.encode())):
        (tmp_path / name).write_bytes(octets)
    command = [sys.executable, "-m", "corena_recon", "reconcile"]
    options = ["--orders", "./orders.csv", "--keys", "keys.toml", "--out", "report", "--json"]
    for archive in (["."], ["a.jsonl", "keys.toml", "orders.csv"], ["-"]):
        done = subprocess.run(
            [*command, *archive, *options], cwd=tmp_path, capture_output=True, check=False, input=LINES
        )
        assert (done.returncode, done.stderr.decode().count("hint")) == (0, 0), done.stderr
        assert json.loads(done.stdout)["intake"]["records"] == 2
    done = subprocess.run([*command, "-", "-", *options], cwd=tmp_path, capture_output=True, check=False, input=LINES)
    assert (done.returncode, b"more than once" in done.stderr) == (2, True)


def test_named_files_are_found_by_what_they_are(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"")
    os.link(tmp_path / "a", tmp_path / "b")
    (tmp_path / "c").write_bytes(b"")
    with (tmp_path / "c").open("rb") as file:
        named = Named(None, str(tmp_path / "a"), file, None, 5, b"bytes", io.BytesIO(), "no such file")
    assert [named(tmp_path / name) for name in ("a", "b", "c", "d")] == [True, True, True, False]
    assert not Named()(tmp_path / "a")


def table_of(kind: str, root: Path) -> None:
    """A folder as the format keeps it, with one file of rows."""
    names = {
        "Delta": ("_delta_log/00000000000000000000.json", "day=2026-01-01/part-0.jsonl"),
        "Iceberg": ("metadata/v1.metadata.json", "data/day=2026-01-01/part-0.jsonl"),
        "Hudi": (".hoodie/hoodie.properties", "2026/part-0.jsonl"),
    }
    for name in names[kind]:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(LINES)


@pytest.mark.parametrize("kind", ["Delta", "Iceberg", "Hudi"])
def test_tables_of_other_systems_are_never_read_file_by_file(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "deltalake", None)
    table_of(kind, tmp_path / "in" / "table")
    (tmp_path / "in" / "a.jsonl").write_bytes(LINES)
    part = next((tmp_path / "in" / "table").rglob("part-0.jsonl"))
    sources: list[Path | str] = [tmp_path / "in" / "table", tmp_path / "in"]
    if kind != "Hudi":
        sources += [part, f"{part.parent}/*.jsonl"]
    for source in sources:
        with pytest.raises(SourceError, match=f"table of {kind}"):
            cr.read_ipns(source)


class Pipe(io.RawIOBase):
    """A file that cannot be gone about in, and gives what it has in pieces."""

    def __init__(self, octets: bytes, piece: int) -> None:
        super().__init__()
        self._inner = io.BytesIO(octets)
        self._piece = piece

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        return self._inner.readinto(memoryview(buffer)[: self._piece])


@pytest.mark.parametrize("make", [bytes, lambda octets: b"".join([octets, b" " * 70, b"\n"])])
def test_a_pipe_is_read_however_much_it_gives(make: Callable[[bytes], bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    octets = make(LINES * 50)
    assert len(cr.read_ipns(Pipe(octets, 1_000))) == 100
    monkeypatch.setattr("corena_recon.archive.sources.stored.HELD_BYTES", 4_096)
    frame = cr.read_ipns(Pipe(octets, 1_000))
    assert len(frame) == 100
    assert frame.attrs["intake"][0]["bytes"] == len(octets)
    assert HELD_BYTES > 4_096


def test_a_file_that_is_named_twice_is_read_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    for archive in ([folder, folder / "a.jsonl"], ["a.jsonl", "../archive/a.jsonl"], ["*.jsonl", folder / "a.jsonl"]):
        frame = cr.read_ipns(archive)
        assert frame["source"].map(lambda source: Path(source).name).tolist().count("a.jsonl") == 2
        notes = [count["note"] for count in frame.attrs["intake"] if count["source"].endswith("a.jsonl")]
        assert notes == [None, "it was named before, and is read once"]
    found = cr.audit([folder / "a.jsonl"] * 2, ORDERS, ring())
    assert found.summary["verdicts"] == {"accepted": 2}
