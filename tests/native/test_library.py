"""The compiled core: used where it is to be had, and said why where not; the same bytes with it and without."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
from pathlib import Path

import pytest

from corena_recon import reconcile
from corena_recon.native import library
from corena_recon.native.library import Absence
from corena_recon.report import Look, report_text
from tests.making import ipn, orders, verified
from tests.native.compiled import Slip, slipped_core
from tests.places import ROOT


@pytest.fixture(autouse=True)
def _asked_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library, "core", library.core.__wrapped__)
    monkeypatch.delenv("CORENA_RECON_NATIVE", raising=False)


def test_the_core_is_used() -> None:
    assert isinstance(library.core(), ctypes.CDLL)
    assert library.core_absence() is None


def test_nobody_wants_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CORENA_RECON_NATIVE", "off")
    assert (library.core(), library.core_absence()) == (None, Absence.UNWANTED)
    assert library.core_note() is None


@pytest.mark.parametrize("content", [None, b"", b"no library"])
def test_there_is_none(content: bytes | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "core.so"
    if content is not None:
        path.write_bytes(content)
    monkeypatch.setattr(library, "PATH", path)
    assert (library.core(), library.core_absence()) == (None, Absence.MISSING)
    assert library.core_note() == library.ABSENCES.english["missing"]
    assert "noyau" in str(library.core_note("fr"))


def test_a_summary_says_once_that_there_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = reconcile(verified(ipn("A")), orders(("A", "12", "USD", "paid")))
    files = {path.name: path.read_bytes() for path in found.to_parquet(tmp_path / "with").iterdir()}
    said = list(found.summary["notes"])
    monkeypatch.setattr(library, "PATH", tmp_path / "core.so")
    assert found.summary["notes"] == [*said, library.ABSENCES.english["missing"]]
    assert " ".join(report_text(found.summary, [], Look("en"), None).split()).count("no compiled core") == 1
    assert {path.name: path.read_bytes() for path in found.to_parquet(tmp_path / "without").iterdir()} == files


STRANGE = {
    "another version": Slip("version.c", f"return {library.VERSION};", f"return {library.VERSION - 1};"),
    "a function less": Slip("version.c", "corena_version(void)", "corena_age(void)"),
    "a function of another name": Slip("marks.c", "corena_mark_cells", "corena_mark_texts"),
}


@pytest.mark.parametrize("slip", STRANGE)
def test_it_is_another_s(slip: str, core_objects: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(AttributeError):
        slipped_core(core_objects, tmp_path, STRANGE[slip])
    monkeypatch.setattr(library, "PATH", next(tmp_path.glob("core.*")))
    assert (library.core(), library.core_absence()) == (None, Absence.STRANGE)


def test_it_errs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library, "agrees_with_python", lambda _: False)
    assert (library.core(), library.core_absence()) == (None, Absence.WRONG)


def report_of(folder: Path, *, is_native: bool) -> dict[str, bytes]:
    """The files of the demonstration's report, by name, made in a process of its own."""
    switch = {} if is_native else {"CORENA_RECON_NATIVE": "off"}
    folder.mkdir()
    run = subprocess.run(
        [sys.executable, "-m", "corena_recon", "demo", "--rows", "3000", "--out", "shop"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), **switch},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode in {0, 1}, run.stderr
    assert "compiled core" not in run.stdout + run.stderr
    report = folder / "shop" / "report"
    return {str(path.relative_to(report)): path.read_bytes() for path in report.rglob("*") if path.is_file()}


@pytest.mark.exhaustive
def test_an_audit_gives_the_same_bytes_with_the_core_and_without(tmp_path: Path) -> None:
    native, interpreted = (report_of(tmp_path / name, is_native=name == "native") for name in ("native", "pure"))
    assert len(native) > 3
    assert native == interpreted
