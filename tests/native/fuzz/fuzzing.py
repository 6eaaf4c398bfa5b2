"""Compiles the core with sanitizers, makes a corpus of the tests' archives, and runs the fuzzer on it.

    python -m tests.native.fuzz [--count N] [--seed S] [--target NAME]...

A target is a file ``target_NAME.c`` in this folder with one function, ``fuzz_one``; it is tried where the core has a
source ``NAME.c``. To add one takes that file alone.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from tests.archive.mutation import NAMES, PIECES, VALUES
from tests.every_form import BODY, WAYS, notifications
from tests.places import ARCHIVE_FIXTURES, CORE, ORDERS_FIXTURES, SAMPLE_DATA

HERE: Final = Path(__file__).parent
_SANITIZING: Final = ("-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-fno-omit-frame-pointer", "-g")
_TRACED: Final = ("-fsanitize-coverage=trace-pc",)
_ALLOCATING: Final = ("-Dmalloc=fuzz_malloc", "-Drealloc=fuzz_realloc", "-Dfree=fuzz_free")
_FLAGS: Final = ("-std=c11", "-O1", "-Wall", "-Wextra", "-Werror")
_INPUT_MAX_BYTES: Final = 100_000
_POSTS: Final = (1, 4)


def targets(core: Path = CORE) -> list[str]:
    """The names of the targets whose source the core has."""
    names = sorted(path.stem.removeprefix("target_") for path in HERE.glob("target_*.c"))
    return [name for name in names if (core / f"{name}.c").exists()]


def compile_core(folder: Path, core: Path = CORE) -> list[Path]:
    """The objects of the fuzzer and of all of the core; only what is tried tells the fuzzer where it has been."""
    fuzzer = _compiled(HERE / "fuzz.c", folder, core)
    return [fuzzer, *(_compiled(one, folder, core, *_TRACED, *_ALLOCATING) for one in sorted(core.glob("*.c")))]


def compile_target(source: Path, objects: Sequence[Path], folder: Path, *flags: str, core: Path = CORE) -> Path:
    """The program that tries one target."""
    program = folder / source.stem
    own = _compiled(source, folder, core, *_TRACED, *flags)
    subprocess.run(["gcc", *_SANITIZING, *map(str, (*objects, own)), "-o", str(program)], check=True)
    return program


def _compiled(source: Path, folder: Path, core: Path, *flags: str) -> Path:
    made = folder / f"{source.stem}.o"
    command = ["gcc", *_FLAGS, *_SANITIZING, *flags, f"-I{core}", f"-I{HERE}", "-c", str(source), "-o", str(made)]
    subprocess.run(command, check=True)
    return made


def write_corpus(folder: Path) -> Path:
    """Every archive and order export of the tests, whole and by line, and pieces to put into them."""
    files = [path for place in (ARCHIVE_FIXTURES, ORDERS_FIXTURES) for path in sorted(place.glob("*/*"))]
    whole = [path.read_bytes() for path in [*files, *sorted(SAMPLE_DATA.glob("*.*"))] if path.is_file()]
    whole += [way.write(notifications(count)) for way in (*WAYS, BODY) for count in _POSTS]
    inputs = {octets[:_INPUT_MAX_BYTES] for octets in whole}
    inputs |= {line for octets in whole for line in octets.splitlines(keepends=True)[:50]}
    (folder / "inputs").write_bytes(_records(sorted(inputs)))
    (folder / "pieces").write_bytes(_records([*PIECES, *VALUES, *NAMES]))
    return folder


def _records(pieces: Iterable[bytes]) -> bytes:
    return b"".join(len(piece).to_bytes(4, sys.byteorder) + piece for piece in pieces)


def run(program: Path, corpus: Path, count: int, seed: int, crash: Path) -> subprocess.CompletedProcess[str]:
    command = [str(program), str(corpus), str(count), str(seed), str(crash)]
    return subprocess.run(command, check=False, capture_output=True, text=True)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--count", type=int, default=10_000_000, help="inputs in all, shared by the targets")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--target", action="append", choices=targets(), help="default: every one")
    options = parser.parse_args(arguments)
    names = options.target or targets()
    failed = 0
    with tempfile.TemporaryDirectory(prefix="fuzz_") as scratch:
        corpus = write_corpus(Path(scratch))
        objects = compile_core(corpus)
        for name in names:
            program = compile_target(HERE / f"target_{name}.c", objects, corpus)
            started = time.perf_counter()
            crash = Path(f"crash-{name}-{options.seed}")
            ended = run(program, corpus, options.count // len(names), options.seed, crash)
            print(f"{name}: {ended.stdout}{ended.stderr} {time.perf_counter() - started:.0f} s", flush=True)
            failed += ended.returncode != 0
    return int(failed > 0)
