from __future__ import annotations

import subprocess
import sys

import corena_recon


def modules_after(statement: str) -> set[str]:
    printed = subprocess.run(
        [sys.executable, "-c", f"{statement}\nimport sys; print(' '.join(sys.modules))"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return set(printed.split())


def test_importing_the_package_loads_nothing_that_is_not_used() -> None:
    loaded = modules_after("import corena_recon")
    assert not loaded & {"requests", "ipywidgets", "matplotlib", "numba", "llvmlite", "pandas", "duckdb"}


def test_reading_and_verifying_load_no_network_and_no_notebook() -> None:
    loaded = modules_after("import corena_recon as cr; cr.read_ipns; cr.verify; cr.reconcile; cr.audit")
    assert not loaded & {"requests", "ipywidgets", "matplotlib", "numba", "llvmlite", "http.server"}


def test_help_loads_no_engine() -> None:
    loaded = modules_after(
        "import corena_recon.command_line.main as c\ntry:\n  c.main(['--help'])\nexcept SystemExit: pass"
    )
    assert not loaded & {"pandas", "pyarrow", "duckdb", "requests"}


def test_every_public_name_is_there() -> None:
    assert all(getattr(corena_recon, name) is not None for name in corena_recon.__all__)
    assert set(corena_recon.__all__) <= set(dir(corena_recon))
