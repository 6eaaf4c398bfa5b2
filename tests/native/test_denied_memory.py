"""That the core is used where memory may not become executable."""

from __future__ import annotations

import contextlib
import filecmp
import hmac
import json
import subprocess
import sys
from pathlib import Path

import pytest

import corena_recon
from tests import denied_memory


def work_done(means: str, folder: Path) -> dict[str, list[str]]:
    """What ``denied_memory`` found out in a process of its own."""
    run = subprocess.run(
        [sys.executable, "-m", denied_memory.__name__, means, str(folder)],
        cwd=Path(corena_recon.__file__).parents[1],
        capture_output=True,
        text=True,
        check=False,
    )
    if run.returncode == denied_memory.REFUSED:
        pytest.skip(run.stderr.strip())
    assert run.returncode == 0, run.stderr
    return dict(json.loads(run.stdout))


@pytest.fixture(scope="module")
def undenied(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, list[str]]]:
    """The folder and what was found where nothing is denied: here."""
    folder = tmp_path_factory.mktemp("undenied") / "all"
    with contextlib.chdir(folder.parent):
        return folder, denied_memory.work(str(folder))


@pytest.mark.skipif(sys.platform != "linux", reason="executable memory is denied by Linux's means")
@pytest.mark.parametrize("means", ["prctl", "seccomp"])
def test_without_executable_memory_nothing_differs(
    means: str, undenied: tuple[Path, dict[str, list[str]]], tmp_path: Path
) -> None:
    expected_folder, expected = undenied
    folder = tmp_path / "all"
    found = work_done(means, folder)
    assert found["core"] == expected["core"] == ["used"]
    messages = denied_memory.MESSAGES
    digests = [None if message is None else hmac.digest(b"secret", message, "sha256").hex() for message in messages]
    assert found["digests"] == expected["digests"] == digests
    expected_report, report = (each / "shop" / "report" for each in (expected_folder, folder))
    names = sorted(path.name for path in report.iterdir())
    assert len(names) > 3
    assert filecmp.cmpfiles(expected_report, report, names, shallow=False) == (names, [], [])
