"""HMAC-SHA256 in the core: its constants, cells that do not fit, what it leaves."""

from __future__ import annotations

import hmac
import os
import re
import subprocess
import sys
from math import isqrt
from typing import TYPE_CHECKING

import numpy as np
import pytest

from corena_recon.errors import InputError
from corena_recon.native.digests import WAYS, best_way, decode_rows, sign_rows
from corena_recon.native.library import PATH, opened
from tests.places import CORE, ROOT

if TYPE_CHECKING:
    from pathlib import Path


def cube_root(number: int) -> int:
    low, high = 0, 1 << 64
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if middle**3 <= number else (low, middle)
    return low


def test_the_constants_are_the_roots_of_primes() -> None:
    """FIPS 180-4: 32 bits of the fractional parts of the square and cube roots of the first primes."""
    source = (CORE / "sha256.c").read_text(encoding="utf-8")
    initial, constants = (
        [int(word, 16) for word in re.findall("0x[0-9a-f]{8}", table)]
        for table in re.findall(r"^const uint32_t \w+\[\w+\] = \{([^}]+)\}", source, re.MULTILINE)
    )
    primes = [n for n in range(2, 312) if all(n % divisor for divisor in range(2, isqrt(n) + 1))]
    assert [isqrt(prime << 64) & 0xFFFFFFFF for prime in primes[:8]] == initial
    assert [cube_root(prime << 96) & 0xFFFFFFFF for prime in primes] == constants


def test_the_best_way_is_one_that_the_processor_knows() -> None:
    library = opened(PATH)
    known = [way for number, way in enumerate(WAYS) if library.corena_hmac_knows(number)]
    assert known[0] == "plain"
    assert best_way(library) == known[-1]
    assert not library.corena_hmac_knows(-1)
    assert not library.corena_hmac_knows(len(WAYS))


UNFIT = [
    ([0, 5, 3], 0),
    ([0, -1, 3], 0),
    ([-1, 0, 3], 0),
    ([0, 3, 1 << 40], 1),
    ([0, 1, 4], 1),
    ([0, 1, 3], 2),
    ([0, 1, 3], -1),
]


@pytest.mark.parametrize(("offsets", "row"), UNFIT)
def test_no_cell_is_read_outside_of_its_column(offsets: list[int], row: int) -> None:
    column = np.frombuffer(b"abc", np.uint8), np.array(offsets, np.int64)
    rows, digests = np.array([row]), np.zeros((3, 32), np.uint8)
    library = opened(PATH)
    for way in WAYS:
        if library.corena_hmac_knows(WAYS.index(way)):
            with pytest.raises(InputError, match="damaged"):
                sign_rows(library, b"secret", [column], rows=rows, targets=rows * 0, digests=digests, way=way)
    with pytest.raises(InputError, match="damaged"):
        decode_rows(library, column, rows, digests, np.zeros(3, bool))
    assert not digests.any()


SCRIPT = """
from corena_recon import hmac_sha256
from corena_recon.native import core
(digest,) = hmac_sha256(b"secret", [b"message"] * 1000).unique().to_pylist()
assert core() is not None
print(digest.hex())
"""


def test_hashing_leaves_nothing_on_disk(tmp_path: Path) -> None:
    places = dict.fromkeys(("HOME", "TMPDIR", "XDG_CACHE_HOME", "TEMP", "USERPROFILE"), str(tmp_path))
    environment = os.environ | places | {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    run = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout.strip() == hmac.new(b"secret", b"message", "sha256").hexdigest()
    assert list(tmp_path.iterdir()) == []
