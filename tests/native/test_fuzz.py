"""The compiled core, fuzzed for a moment; long runs are ``python -m tests.native.fuzz``."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.conftest import required_program
from tests.native.fuzz.fuzzing import HERE, compile_fuzzer, run, targets, write_corpus
from tests.places import CORE

COUNT = 20_000
SLIPS = {
    1: "AddressSanitizer: heap-buffer-overflow",
    2: "signed integer overflow",
    3: "an input takes more than",
    4: "does not hold: octets[at + 3] != 'Z'",
}


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    required_program("gcc", "gcc")
    return write_corpus(tmp_path_factory.mktemp("corpus"))


@pytest.mark.parametrize("name", targets())
def test_no_input_breaks_the_core(name: str, corpus: Path, tmp_path: Path) -> None:
    program = compile_fuzzer(HERE / f"target_{name}.c", tmp_path / name)
    ended = run(program, corpus, COUNT, 1, tmp_path / "crash")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.startswith(f"{COUNT} inputs, ")


@pytest.mark.parametrize(("slip", "words"), SLIPS.items())
def test_slips_are_found_and_their_input_is_kept(slip: int, words: str, corpus: Path, tmp_path: Path) -> None:
    program = compile_fuzzer(HERE / "slips.c", tmp_path / "slips", flags=[f"-DSLIP={slip}"])
    crash = tmp_path / "crash"
    ended = run(program, corpus, 1_000_000, 1, crash)
    assert ended.returncode != 0
    assert words in ended.stderr
    assert b"\\u0Z" in crash.read_bytes()
    again = subprocess.run([program, crash], check=False, capture_output=True, text=True)
    assert again.returncode != 0


def test_every_source_that_takes_strangers_bytes_has_a_target() -> None:
    takes_none = {"version"}
    assert {path.stem for path in CORE.glob("*.c")} - takes_none <= set(targets())
