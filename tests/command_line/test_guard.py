"""What a command does where the system limits memory."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from corena_recon.command_line.guard import ENDED
from tests.places import SAMPLE_DATA

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="memory cannot be limited there")

GUARDED = """
import os, sys, time
from corena_recon.command_line.guard import guarded
def run():
    {}
sys.exit(guarded(run, lambda text: print(text, flush=True), 2))
"""


def ran(does: str, *, until: Callable[[subprocess.Popen[str]], None] = lambda _run: None) -> tuple[int, str]:
    """The exit code of a guarded command, and what it says."""
    command = [sys.executable, "-c", GUARDED.format(does)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as run:
        until(run)
        assert run.stdout is not None
        return run.wait(), run.stdout.read()


@pytest.mark.parametrize("code", [0, 1, 2, 3, 130])
def test_a_command_answers_for_itself(code: int) -> None:
    assert ran(f"return {code}") == (code, "")


@pytest.mark.parametrize(
    "end",
    [
        "os.abort()",
        "os.kill(os.getpid(), 9)",
        "os._exit(1)",
        # As a library in C++ does where memory is not enough.
        "import ctypes; ctypes.CDLL('libstdc++.so.6')._ZSt9terminatev()",
    ],
)
def test_a_process_that_is_ended_is_one_sentence_and_2(end: str) -> None:
    assert ran(f"sys.stdout.flush(); {end}") == (2, f"corena-recon: {ENDED}\n")


def test_what_is_asked_to_end_passes_that_on() -> None:
    def ask(run: subprocess.Popen[str]) -> None:
        assert run.stdout is not None
        assert run.stdout.readline() == "waiting\n"
        run.send_signal(signal.SIGTERM)

    does = """import signal; signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        print("waiting", flush=True)
        time.sleep(60)
    except KeyboardInterrupt:
        return 130"""
    assert ran(does, until=ask) == (130, "")


@pytest.mark.parametrize(("mebibytes", "codes"), [(120, {2}), (400, {2}), (1500, {1})])
def test_a_command_with_limited_memory_ends_with_a_sentence_or_with_its_result(
    mebibytes: int, codes: set[int], tmp_path: Path
) -> None:
    limited = "import os, resource, sys; resource.setrlimit(resource.RLIMIT_AS, (int(sys.argv[1]) << 20,) * 2); "
    limited += "os.execv(sys.executable, [sys.executable, '-m', 'corena_recon', *sys.argv[2:]])"
    audit = ["reconcile", str(SAMPLE_DATA / "ipn-bodies.txt"), "--orders", str(SAMPLE_DATA / "orders.csv")]
    audit += ["--keys", str(SAMPLE_DATA / "keys.toml"), "--out", str(tmp_path / "report")]
    run = subprocess.run(
        [sys.executable, "-c", limited, str(mebibytes), *audit], capture_output=True, text=True, check=False
    )
    assert run.returncode in codes, run.stderr
    assert run.stderr.count("\n") == 1
    assert run.stderr.startswith("corena-recon: ") or run.returncode == 1
    assert (tmp_path / "report" / "manifest.json").exists() == (run.returncode == 1)
