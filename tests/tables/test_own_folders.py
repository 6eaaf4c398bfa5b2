from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from corena_recon.tables import own_folders
from corena_recon.tables.own_folders import own_folder

LIVING = """
import sys
from pathlib import Path
from corena_recon.tables.own_folders import own_folder
with own_folder("kind.", ".own", parent=Path(sys.argv[1])) as folder:
    (folder / "file").write_text("work")
    print(folder, flush=True)
    sys.stdin.read()
"""


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_it_is_gone_in_the_end_however_it_ends(tmp_path: Path) -> None:
    with own_folder("kind.", ".own", parent=tmp_path) as folder:
        (folder / "file").write_text("work")
        assert folder.stat().st_mode & 0o777 == 0o700
    with pytest.raises(ZeroDivisionError), own_folder("kind.", ".own", parent=tmp_path):
        raise ZeroDivisionError
    assert names_in(tmp_path) == []


def test_who_is_interrupted_while_it_is_made_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def found_by_writing() -> str:
        (tmp_path / "probe").touch()
        signal.raise_signal(signal.SIGINT)
        (tmp_path / "probe").unlink()
        return str(tmp_path)

    monkeypatch.setattr(tempfile, "gettempdir", found_by_writing)
    # Where tests run beside each other, interrupts are ignored.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt), own_folder("kind.", ".own"):
            pytest.fail("what was asked to end went on")
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    finally:
        signal.signal(signal.SIGINT, before)
    assert names_in(tmp_path) == []


@pytest.mark.skipif(sys.platform == "win32", reason="folders cannot be locked there")
def test_what_a_killed_run_left_is_removed_and_what_a_living_one_needs_is_not(tmp_path: Path) -> None:
    command = [sys.executable, "-c", LIVING, str(tmp_path)]
    runs = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    folders = []
    for run in runs:
        assert run.stdout is not None
        folders.append(Path(run.stdout.readline().strip()))
    runs[0].kill()
    runs[0].wait()
    with own_folder("kind.", ".own", parent=tmp_path) as folder:
        assert names_in(tmp_path) == sorted([folders[1].name, folder.name])
    assert runs[1].communicate()[0] == ""
    for run in runs:
        for pipe in (run.stdin, run.stdout):
            assert pipe is not None
            pipe.close()
    assert names_in(tmp_path) == []


def test_what_only_looks_like_one_stays(tmp_path: Path) -> None:
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter").write_text("years of work")
    for name in ("kind.abcdefgh", "kind.abcdefgh.own.bak", "kind.abc.own", "other.abcdefgh.own", "kind.ABCDEFGH.own"):
        (tmp_path / name).mkdir()
    (tmp_path / "kind.afile123.own").write_text("a file")
    (tmp_path / "kind.symlink1.own").symlink_to(tmp_path / "thesis")
    before = names_in(tmp_path)
    with own_folder("kind.", ".own", parent=tmp_path):
        pass
    assert names_in(tmp_path) == before
    assert names_in(tmp_path / "thesis") == ["chapter"]


def test_where_folders_cannot_be_locked_nothing_is_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "kind.abcdefgh.own").mkdir()
    monkeypatch.setattr(own_folders, "_locked", lambda _folder: None)
    with own_folder("kind.", ".own", parent=tmp_path) as folder:
        assert folder.exists()
    assert names_in(tmp_path) == ["kind.abcdefgh.own"]


def test_one_that_another_run_removes_before_it_is_locked_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    locked = own_folders._locked
    taken: list[Path] = []

    def locked_late(folder: Path) -> int | None:
        if not taken:
            taken.append(folder)
            os.rmdir(folder)  # noqa: PTH106 - as rmtree does
        return locked(folder)

    monkeypatch.setattr(own_folders, "_locked", locked_late)
    with own_folder("kind.", ".own", parent=tmp_path) as folder:
        assert folder.exists()
        assert folder != taken[0]
