"""The compiled core, fuzzed for a moment; long runs are ``python -m tests.native.fuzz``."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.conftest import required_program
from tests.made_once import made_once
from tests.native.fuzz.fuzzing import HERE, compile_core, compile_target, run, targets, write_corpus
from tests.places import CORE

COUNT = 20_000
SLIPS = {
    1: "AddressSanitizer: heap-buffer-overflow",
    2: "signed integer overflow",
    3: "an input takes more than",
    4: "does not hold: octets[at + 3] != 'Z'",
}


class Ready(NamedTuple):
    """The corpus, and the compiled core."""

    corpus: Path
    objects: list[Path]


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Ready:
    required_program("gcc", "gcc")
    folder = made_once(tmp_path_factory, "fuzzed_core", prepare)
    return Ready(folder, sorted(folder.glob("*.o")))


def prepare(folder: Path) -> None:
    write_corpus(folder)
    compile_core(folder)


@pytest.mark.exhaustive
@pytest.mark.parametrize("name", targets())
def test_no_input_breaks_the_core(name: str, ready: Ready, tmp_path: Path) -> None:
    program = compile_target(HERE / f"target_{name}.c", ready.objects, tmp_path)
    ended = run(program, ready.corpus, COUNT, 1, tmp_path / "crash")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.startswith(f"{COUNT} inputs, ")


@pytest.mark.exhaustive
@pytest.mark.parametrize(("slip", "words"), SLIPS.items())
def test_slips_are_found_and_their_input_is_kept(slip: int, words: str, ready: Ready, tmp_path: Path) -> None:
    program = compile_target(HERE / "slips.c", ready.objects, tmp_path, f"-DSLIP={slip}")
    crash = tmp_path / "crash"
    ended = run(program, ready.corpus, 1_000_000, 1, crash)
    assert ended.returncode != 0
    assert words in ended.stderr
    assert b"\\u0Z" in crash.read_bytes()
    again = subprocess.run([program, crash], check=False, capture_output=True, text=True)
    assert again.returncode != 0


def test_every_function_is_fuzzed() -> None:
    exported = {
        name
        for path in sorted(CORE.glob("*.[ch]"))
        for name in re.findall(r"^CORENA_EXPORT [^;{]*?\b(corena_\w+)\(", path.read_text(), re.MULTILINE)
    }
    fuzzed = "".join((HERE / f"target_{name}.c").read_text() for name in targets())
    assert {name for name in exported if f"{name}(" not in fuzzed} == {"corena_version"}
