"""Every notebook of the project runs from top to bottom, in one kernel of the interpreter that runs the tests."""

from __future__ import annotations

import json
import os
import re
from typing import Any

import pytest

from tests.notebook_support import execute, joined, read_notebook
from tests.places import NOTEBOOKS

PATHS = sorted(NOTEBOOKS.glob("*.ipynb"))


@pytest.fixture(scope="module")
def outputs() -> dict[str, list[Any]]:
    """What the cells of every notebook gave, by its name."""
    books = [read_notebook(path) for path in PATHS]
    together = joined(books)
    environment = {**os.environ, "PYTHONPATH": str(NOTEBOOKS.parent)}
    execute(together, environment, resources={"metadata": {"path": str(NOTEBOOKS)}})
    cells = iter(together.cells)
    given: dict[str, list[Any]] = {}
    for path, book in zip(PATHS, books, strict=True):
        next(cells)
        given[path.stem] = [output for _ in book.cells for output in next(cells).get("outputs", [])]
    return given


@pytest.mark.exhaustive
@pytest.mark.filterwarnings("default")
def test_notebooks_run_and_keep_no_error(outputs: dict[str, list[Any]]) -> None:
    assert list(outputs) == ["01_audit", "02_reverify_archive", "03_test_payment", "04_incident", "05_daily_close"]
    for name, given in outputs.items():
        assert given, name
        assert [output for output in given if output["output_type"] in ("error", "stream")] == [], name


@pytest.mark.exhaustive
@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("02_reverify_archive", ["is a key missing from the ring", "valid_rendered", "signature_unverifiable"]),
        ("03_test_payment", ["'accepted'", "matched", "Result: ✔ paid in full"]),
        ("04_incident", ["boundary_twin", "trx_conflict", "accepted", "test_notifications.py"]),
        ("05_daily_close", ["250.00", "paid_on_forgery", "CMD-900001", "stands", "[43, 42]"]),
    ],
)
def test_a_notebook_answers_its_question(outputs: dict[str, list[Any]], name: str, says: list[str]) -> None:
    given = repr(outputs[name])
    assert [words for words in says if words not in given] == []


@pytest.mark.exhaustive
@pytest.mark.filterwarnings("default")
def test_the_notebook_of_the_test_payment_keeps_no_path_and_no_address(outputs: dict[str, list[Any]]) -> None:
    assert not re.search(r"/tmp|/home|127\.0\.0\.1|pro_|test_\w{20}", repr(outputs["03_test_payment"]))


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_a_committed_notebook_holds_no_outputs(path: Any) -> None:
    notebook = json.loads(path.read_text(encoding="utf-8"))
    assert not any(cell.get("outputs") or cell.get("execution_count") for cell in notebook["cells"])
