"""The compiled kernel: its constants, the check before it is trusted, when it is made, what it leaves."""

from __future__ import annotations

import hmac
import os
import subprocess
import sys
from math import isqrt
from pathlib import Path

import pytest

import corena_recon
from corena_recon.native.hmac_kernel import loading, sha256
from corena_recon.native.hmac_kernel.functions import module_text
from corena_recon.native.hmac_kernel.loading import Kernel, trusted_kernel
from corena_recon.native.machine_code.on_demand import KernelOnDemand
from corena_recon.signing import bulk as bulk_hmac

MESSAGES = [b"11.00000000DFU80XZIKS", b"", b"x" * 200]
DIGESTS = [hmac.digest(b"secret", message, "sha256") for message in MESSAGES]


def cube_root(number: int) -> int:
    low, high = 0, 1 << 64
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if middle**3 <= number else (low, middle)
    return low


def test_the_constants_are_the_roots_of_primes() -> None:
    """FIPS 180-4: 32 bits of the fractional parts of the square and cube roots of the first primes."""
    primes = [n for n in range(2, 312) if all(n % divisor for divisor in range(2, isqrt(n) + 1))]
    assert tuple(isqrt(prime << 64) & 0xFFFFFFFF for prime in primes[:8]) == sha256.INITIAL_STATE
    assert tuple(cube_root(prime << 96) & 0xFFFFFFFF for prime in primes) == sha256._ROUND_CONSTANTS


@pytest.mark.parametrize("instructions", ["vector", "sha"])
def test_kernels_agree_with_the_standard_library(instructions: sha256.Instructions) -> None:
    if instructions == "sha" and Kernel().instructions != "sha":
        pytest.skip("this processor has no SHA extensions")
    kernel = Kernel(instructions)
    assert loading.signs_rightly(kernel)
    assert loading.decodes_rightly(kernel)


# Slips that the check must find: a round constant, the padding, the outer length, the last letter, a nibble.
SLIPS = [
    ("i32 1116352408", "i32 1116352409"),
    ("store i8 128", "store i8 127"),
    ("add i64 64, 32", "add i64 64, 33"),
    ("i8 6>", "i8 7>"),
    ("i16 8>", "i16 7>"),
]


@pytest.mark.parametrize(("right", "wrong"), SLIPS)
def test_a_kernel_that_errs_is_not_trusted(right: str, wrong: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def faulty_text(instructions: sha256.Instructions) -> str:
        text = module_text(instructions)
        assert right in text
        return text.replace(right, wrong)

    monkeypatch.setattr(loading, "module_text", faulty_text)
    assert trusted_kernel() is None


def unusable_text(instructions: sha256.Instructions) -> str:
    return f"this is not LLVM's language, whatever the {instructions}"


@pytest.mark.parametrize("trouble", ["no compiler", "compiler refuses", "check fails"])
def test_without_a_kernel_only_time_differs(trouble: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if trouble == "no compiler":
        monkeypatch.setitem(sys.modules, "llvmlite.binding", None)
    elif trouble == "compiler refuses":
        monkeypatch.setattr(loading, "module_text", unusable_text)
    else:
        monkeypatch.setattr(loading, "signs_rightly", lambda _: False)
    assert trusted_kernel() is None
    monkeypatch.setattr(bulk_hmac, "_KERNEL", KernelOnDemand(trusted_kernel, pays_from=0))
    assert bulk_hmac.hmac_sha256(b"secret", MESSAGES).to_pylist() == DIGESTS


SCRIPT = """
import sys
from corena_recon import hmac_sha256
hmac_sha256(b"secret", [b"message"])
assert "llvmlite" not in sys.modules, "loaded before it pays"
(digest,) = hmac_sha256(b"secret", [b"message"] * 200_000).unique().to_pylist()
assert "llvmlite" in sys.modules, "not loaded when it pays"
assert "numba" not in sys.modules
print(digest.hex())
"""


def test_a_kernel_leaves_nothing_on_disk_and_small_work_loads_no_compiler(tmp_path: Path) -> None:
    package_folder = Path(corena_recon.__file__).parents[1]
    places = dict.fromkeys(("HOME", "TMPDIR", "XDG_CACHE_HOME", "TEMP", "USERPROFILE"), str(tmp_path))
    environment = os.environ | places | {"PYTHONPATH": str(package_folder), "PYTHONDONTWRITEBYTECODE": "1"}
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
