"""Every notebook of the project runs from top to bottom, in the interpreter that runs the tests."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.notebook_support import execute, read_notebook
from tests.places import NOTEBOOKS


@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("path", sorted(NOTEBOOKS.glob("*.ipynb")), ids=lambda path: path.stem)
def test_a_notebook_runs_and_keeps_no_error(path: Path) -> None:
    notebook = read_notebook(path)
    environment = {**os.environ, "PYTHONPATH": str(NOTEBOOKS.parent)}
    execute(notebook, environment, resources={"metadata": {"path": str(NOTEBOOKS)}})
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    assert outputs
    assert not [output for output in outputs if output["output_type"] in ("error", "stream")]


@pytest.mark.parametrize("path", sorted(NOTEBOOKS.glob("*.ipynb")), ids=lambda path: path.stem)
def test_a_committed_notebook_holds_no_outputs(path: Path) -> None:
    notebook = json.loads(path.read_text(encoding="utf-8"))
    assert not any(cell.get("outputs") for cell in notebook["cells"])
