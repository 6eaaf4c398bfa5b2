"""When compiled code is made, and that all goes well where it cannot be."""

from __future__ import annotations

import filecmp
import hmac
import json
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

import corena_recon
<<<<<<< HEAD
from corena_recon.archive.lines import checking
from corena_recon.native import decimal_kernel
=======
from corena_recon.native import decimal_kernel, mark_kernel
from corena_recon.native.hmac_kernel import loading as hmac_kernel
>>>>>>> 7764a94 (The readers by templates and their machine code go)
from corena_recon.native.machine_code import compiling
from corena_recon.native.machine_code.on_demand import KernelOnDemand
from tests import denied_memory


class Maker:
    """Counts how often a kernel is made."""

    def __init__(self) -> None:
        self.made = 0

    def __call__(self) -> int:
        self.made += 1
        return self.made


def test_a_kernel_is_made_once_enough_was_asked_for() -> None:
    make = Maker()
    on_demand = KernelOnDemand(make, pays_from=100)
    assert on_demand.kernel_for(60) is None
    assert on_demand.kernel_for(39) is None
    assert make.made == 0
    assert on_demand.kernel_for(1) == 1
    assert on_demand.kernel_for(1_000) == 1
    assert make.made == 1


def test_many_threads_make_one_kernel() -> None:
    make = Maker()
    on_demand = KernelOnDemand(make, pays_from=100)
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(on_demand.kernel_for, [100] * 50)) == {1}
    assert make.made == 1


def raising(error: Exception) -> Callable[..., Any]:
    def fail(*_: object) -> None:
        raise error

    return fail


TROUBLES = {
    "no executable memory": ("_try_executable_memory", raising(PermissionError(13, "refused"))),
    "no compiler": ("_compiler", raising(ModuleNotFoundError("llvmlite"))),
    "another compiler": ("_compiler", object),
    "compiler refuses": ("MachineCode.__init__", raising(RuntimeError("LLVM IR parsing error"))),
}
KERNELS: dict[str, Callable[[], object]] = {
    "decimals": decimal_kernel.trusted_kernel,
}


@pytest.mark.parametrize("kernel", KERNELS)
def test_whatever_is_wrong_with_compiling_there_is_no_kernel_and_no_error(
    kernel: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for target, slip in TROUBLES.values():
        with monkeypatch.context() as patched:
            patched.setattr(f"{compiling.__name__}.{target}", slip)
            assert KERNELS[kernel]() is None
    assert KERNELS[kernel]() is not None


def test_a_function_that_is_not_there_is_an_error_and_no_crash() -> None:
    with pytest.raises(LookupError, match="sign"):
        compiling.MachineCode("").function("sign")


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
    """The report and what was found where everything is compiled."""
    folder = tmp_path_factory.mktemp("undenied") / "report"
    return folder, work_done("nothing", folder)


@pytest.mark.skipif(sys.platform != "linux", reason="executable memory is denied by Linux's means")
@pytest.mark.parametrize("means", ["prctl", "seccomp"])
def test_without_executable_memory_only_time_differs(
    means: str, undenied: tuple[Path, dict[str, list[str]]], tmp_path: Path
) -> None:
    expected_folder, expected = undenied
    assert expected["compiled"] == ["lines"]
    folder = tmp_path / "report"
    found = work_done(means, folder)
    assert found["core"] == expected["core"] == ["used"]
    assert found["compiled"] == []
    messages = denied_memory.MESSAGES
    digests = [None if message is None else hmac.digest(b"secret", message, "sha256").hex() for message in messages]
    assert found["digests"] == expected["digests"] == digests
    names = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
    assert len(names) > 3
    assert filecmp.cmpfiles(expected_folder, folder, names, shallow=False) == (names, [], [])
