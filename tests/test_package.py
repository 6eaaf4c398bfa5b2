from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import corena_recon
from tests.places import ROOT

CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")


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
    assert not loaded & {"requests", "ipywidgets", "matplotlib", "jinja2", "numba", "llvmlite", "pandas", "duckdb"}


def test_reading_and_verifying_load_no_network_and_no_notebook() -> None:
    loaded = modules_after("import corena_recon as cr; cr.read_ipns; cr.verify; cr.reconcile; cr.audit")
    assert not loaded & {"requests", "ipywidgets", "matplotlib", "jinja2", "numba", "llvmlite", "http.server"}


def test_help_loads_no_engine() -> None:
    loaded = modules_after(
        "import corena_recon.command_line.main as c\ntry:\n  c.main(['--help'])\nexcept SystemExit: pass"
    )
    assert not loaded & {"pandas", "pyarrow", "duckdb", "requests"}


def test_every_public_name_is_there() -> None:
    assert all(getattr(corena_recon, name) is not None for name in corena_recon.__all__)
    assert set(corena_recon.__all__) <= set(dir(corena_recon))


def test_the_written_list_of_public_names_is_the_whole_list() -> None:
    written = CONTRIBUTING.partition("(its `__all__`):")[2].partition(";")[0]
    assert sorted(re.findall(r"`(\w+)`", written)) == sorted(corena_recon.__all__)


def test_contributing_names_every_command_that_is_called_elsewhere() -> None:
    called = re.findall(r"\.ci-venv/bin/(.+)", (ROOT / ".ci" / "run").read_text(encoding="utf-8"))
    # What is installed there by other means, people install with pip.
    called = [command for command in called if "pip install" not in command]
    called = [re.split(r' > | "?\$', command.replace("--quiet ", ""))[0] for command in called]
    hooks = re.findall(r"entry: \.venv/bin/([^,]+)", (ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    assert len(called) > 10
    assert len(hooks) == 4
    assert [command for command in called + hooks if f".venv/bin/{command}" not in CONTRIBUTING] == []


def test_what_needs_a_browser_stands_where_it_is_looked_for() -> None:
    needing = [path for path in (ROOT / "tests").rglob("test_*.py") if "mark.browser" in path.read_text("utf-8")]
    assert {path.parent.name for path in needing if path.name != Path(__file__).name} == {"ui"}


def test_every_decision_is_in_the_index_under_its_own_title_and_is_one_page() -> None:
    folder = ROOT / "docs" / "decisions"
    index = (folder / "README.md").read_text(encoding="utf-8")
    pages = sorted(path for path in folder.glob("*.md") if path.name != "README.md")
    assert re.findall(r"\]\(([^)]+)\)", index) == [page.name for page in pages]
    for page in pages:
        lines = page.read_text(encoding="utf-8").splitlines()
        assert lines[0].startswith(f"# {page.name[:3]} ")
        assert len(lines) <= 14
