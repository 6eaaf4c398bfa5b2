from __future__ import annotations

import errno
import os
import shutil
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from corena_recon.errors import OutputError
from corena_recon.report.stored import replacing
from corena_recon.report.stored.folder import new_report, read_manifest, write_manifest
from corena_recon.report.stored.stored_tables import sha256_of
from corena_recon.report.stored.table_files import write_tables

ONE = {name: pa.table({"source": ["a"], "number": [1]}) for name in ("intake", "notifications", "orders")}
TWO = {name: pa.table({"source": ["b"], "number": [2]}) for name in ("intake", "notifications", "results")}
"""Reports of two audits: of one with orders that the other does not have, and the reverse."""


def write(folder: Path, tables: dict[str, pa.Table]) -> None:
    with new_report(folder) as partial:
        write_manifest(partial, {"rows": len(tables)}, write_tables(partial, tables))


def content(folder: Path) -> dict[str, int]:
    """The number in each table of a report that is whole, as whoever reads it finds it."""
    outputs = read_manifest(folder)["outputs"]
    for name, digest in outputs.items():
        assert sha256_of(folder / name) == digest
    parquets = {path.name for path in folder.glob("*.parquet")}
    assert parquets == outputs.keys()
    return {name: pq.read_table(folder / name)["number"][0].as_py() for name in sorted(parquets)}


OLD = {"intake.parquet": 1, "notifications.parquet": 1, "orders.parquet": 1}
NEW = {"intake.parquet": 2, "notifications.parquet": 2, "results.parquet": 2}


def names_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


@pytest.fixture
def without_exchange(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replacing, "system_function", lambda _name: None)


class Stop(BaseException):
    """What a kill is here: nothing of the run is done after it."""


class Shim:
    """Counts what changes folders, and lets the Nth such step fail or be the last.

    Args:
        patch: Undone by the caller.
        at: The number of the step, from 1; none when 0.
        is_kill: Whether the run is ended there, rather than told of an error.
    """

    def __init__(self, patch: pytest.MonkeyPatch, at: int = 0, *, is_kill: bool = False) -> None:
        self.steps = 0
        self._at = at
        self._is_kill = is_kill
        for name in ("rename", "mkdir", "unlink", "rmdir"):
            patch.setattr(Path, name, self._counted(getattr(Path, name)))
        patch.setattr(shutil, "rmtree", self._counted(shutil.rmtree))

    def _counted(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def step(*arguments: Any, **options: Any) -> Any:
            self.steps += 1
            if self._at and (self.steps == self._at or (self.steps > self._at and self._is_kill)):
                if self._is_kill:
                    raise Stop
                if options.get("ignore_errors"):
                    return None
                raise OSError(errno.EIO, "Input/output error", str(arguments[0]))
            return function(*arguments, **options)

        return step


def prepared(tmp_path: Path, kind: str) -> Path:
    folder = tmp_path / kind / "report"
    if kind != "nothing":
        folder.mkdir(parents=True)
    if kind == "a report":
        write(folder, ONE)
    return folder


KINDS = {"nothing": None, "an empty folder": None, "a report": OLD}


@pytest.mark.usefixtures("without_exchange")
@pytest.mark.parametrize("is_kill", [False, True])
@pytest.mark.parametrize("must_stay", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_a_run_that_ends_at_any_step_leaves_the_earlier_report_or_the_new_one(
    tmp_path: Path, kind: str, must_stay: bool, is_kill: bool
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("corena_recon.report.stored.folder.must_stay", lambda folder: must_stay and folder.is_dir())
        counted = Shim(patch)
        write(prepared(tmp_path / "counted", kind), TWO)
        before = counted.steps
    for at in range(1, before + 1):
        folder = prepared(tmp_path / str(at), kind)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("corena_recon.report.stored.folder.must_stay", lambda folder: must_stay and folder.is_dir())
            shim = Shim(patch, at, is_kill=is_kill)
            try:
                write(folder, TWO)
                is_done = True
            except (OutputError, Stop):
                is_done = False
        assert shim.steps >= at or is_done
        found = content(folder) if is_done or (folder / "manifest.json").exists() or KINDS[kind] else None
        assert found in ((NEW,) if is_done else (KINDS[kind], NEW) if is_kill else (KINDS[kind],)), at
        write(folder, ONE)
        assert content(folder) == OLD
        assert names_in(folder) == {"manifest.json", *OLD}
        assert names_in(folder.parent) == {"report"}


@pytest.mark.usefixtures("without_exchange")
def test_a_report_that_was_being_replaced_is_read_as_it_was(tmp_path: Path) -> None:
    """Nobody runs anything again: who reads it puts it back."""
    write(tmp_path / "report", ONE)
    with pytest.MonkeyPatch.context() as patch:
        shim = Shim(patch)
        write(tmp_path / "report", TWO)
    write(tmp_path / "report", ONE)
    for at in range(1, shim.steps + 1):
        with pytest.MonkeyPatch.context() as patch:
            Shim(patch, at, is_kill=True)
            with pytest.raises(Stop):
                write(tmp_path / "report", TWO)
        if "manifest.json" not in names_in(tmp_path / "report"):
            break
    assert content(tmp_path / "report") == OLD
    assert names_in(tmp_path / "report") == {"manifest.json", *OLD}


@pytest.mark.usefixtures("without_exchange")
def test_what_cannot_be_put_back_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "report", ONE)
    leaving = tmp_path / "report" / ".report.abcdefgh.leaving"
    leaving.mkdir()
    (tmp_path / "report" / "manifest.json").rename(leaving / "manifest.json")
    with monkeypatch.context() as patch:
        Shim(patch, 1)
        with pytest.raises(OutputError, match="it cannot be put back: Input/output error"):
            read_manifest(tmp_path / "report")
    with monkeypatch.context() as patch:
        patch.setattr(replacing, "_is_locked", lambda _descriptor: False)
        with pytest.raises(OutputError, match=r"is being replaced by another run \(hint: try again in a minute\)"):
            read_manifest(tmp_path / "report")
        patch.setattr(replacing, "_SURELY_ENDED_S", 0.0)
        assert content(tmp_path / "report") == OLD


@pytest.mark.skipif(sys.platform == "win32", reason="folders cannot be locked there")
@pytest.mark.usefixtures("without_exchange")
def test_readers_wait_for_a_run_that_lives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "report", ONE)
    found: list[dict[str, int]] = []
    readers = [threading.Thread(target=lambda: found.append(content(tmp_path / "report"))) for _ in range(3)]
    rename = Path.rename

    def slowly(path: Path, target: Path) -> Path:
        if path.name == "results.parquet":
            for reader in readers:
                reader.start()
            assert not found
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", slowly)
    write(tmp_path / "report", TWO)
    for reader in readers:
        reader.join()
    assert found == [NEW] * 3


def modes(folder: Path) -> tuple[int, int, int]:
    known = folder.stat()
    return known.st_uid, known.st_gid, stat.S_IMODE(known.st_mode)


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such modes")
@pytest.mark.parametrize("mode", [0o700, 0o750, 0o2775, 0o755])
@pytest.mark.parametrize("can_exchange", [False, True])
def test_a_folder_keeps_its_mode(
    tmp_path: Path, mode: int, can_exchange: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not can_exchange:
        monkeypatch.setattr(replacing, "system_function", lambda _name: None)
    (tmp_path / "report").mkdir()
    (tmp_path / "report").chmod(mode)
    before = modes(tmp_path / "report")
    for tables in (ONE, TWO):
        write(tmp_path / "report", tables)
        assert modes(tmp_path / "report") == before
    assert content(tmp_path / "report") == NEW


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() != 0, reason="files can be given away by the superuser")
def test_a_folder_stays_its_owners(tmp_path: Path) -> None:
    (tmp_path / "report").mkdir(0o700)
    os.chown(tmp_path / "report", 12345, 54321)
    for tables in (ONE, TWO):
        write(tmp_path / "report", tables)
        assert modes(tmp_path / "report") == (12345, 54321, 0o700)
    assert content(tmp_path / "report") == NEW
    assert names_in(tmp_path / "report") == {"manifest.json", *NEW}


@pytest.mark.parametrize(("mask", "mode"), [(0o022, 0o755), (0o077, 0o700), (0o027, 0o750)])
@pytest.mark.skipif(sys.platform == "win32", reason="there are no such modes")
def test_a_new_folder_is_as_open_as_new_files_are(tmp_path: Path, mask: int, mode: int) -> None:
    before = os.umask(mask)
    try:
        write(tmp_path / "report", ONE)
    finally:
        os.umask(before)
    assert modes(tmp_path / "report")[2] == mode


@pytest.fixture(params=["file system", "folder"])
def mounted(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Path]:
    """A folder on which something is mounted: a file system, or a folder of the same one."""
    folder = tmp_path / "a report"
    folder.mkdir()
    (tmp_path / "other").mkdir()
    how = ["-t", "tmpfs", "tmpfs"] if request.param == "file system" else ["--bind", str(tmp_path / "other")]
    mount = shutil.which("mount")
    if mount is None or subprocess.run([mount, *how, str(folder)], check=False, capture_output=True).returncode:
        pytest.skip("nothing can be mounted here")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_report_is_written_where_something_is_mounted(mounted: Path) -> None:
    before = mounted.stat().st_ino
    for tables, expected in ((ONE, OLD), (TWO, NEW), (ONE, OLD)):
        write(mounted, tables)
        assert content(mounted) == expected
        assert names_in(mounted) == {"manifest.json", *expected}
        assert mounted.stat().st_ino == before


def test_a_report_is_written_where_the_process_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for tables, expected in ((ONE, OLD), (TWO, NEW)):
        write(Path(), tables)
        assert content(Path()) == expected


def test_mount_points_are_named_as_the_system_writes_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mountinfo").write_bytes(b"22 27 0:21 / /mnt/a\\040report\xc3\xa9 rw,relatime - tmpfs tmpfs rw\n")
    monkeypatch.setattr(replacing, "_MOUNTS", tmp_path / "mountinfo")
    assert replacing._mount_points() == {"/mnt/a report\xe9"}
