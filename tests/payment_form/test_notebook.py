"""The form in a saved notebook: what a program that runs notebooks keeps of it."""

from __future__ import annotations

import os
import re

import pytest

from tests.notebook_support import execute, new_notebook, read_notebook, saved_text
from tests.places import NOTEBOOKS, ROOT

CANARY = "canary-secret-93ac"
CELLS = (
    "import os, corena_recon as cr\nform = cr.PaymentForm('', base_url='http://127.0.0.1:9')\nform",
    "form.secret_field.value = os.environ['CANARY']\nform._live_controller.situation.key_ids",
    "form",
    "form.secret_field",
)


@pytest.mark.filterwarnings("default")
def test_a_secret_is_nowhere_in_an_executed_notebook() -> None:
    notebook = new_notebook(CELLS)
    execute(notebook, {**os.environ, "PYTHONPATH": str(ROOT), "CANARY": CANARY}, keeps_widgets=True)
    saved = saved_text(notebook)
    assert "('typed',)" in saved
    assert "PasswordModel" in saved
    assert "application/vnd.jupyter.widget-view+json" in saved
    assert CANARY not in saved


@pytest.mark.filterwarnings("default")
def test_the_notebook_of_the_test_payment_keeps_no_path_and_no_address() -> None:
    notebook = read_notebook(NOTEBOOKS / "03_test_payment.ipynb")
    execute(notebook, {**os.environ, "PYTHONPATH": str(ROOT)})
    outputs = repr([cell.get("outputs") for cell in notebook.cells])
    assert "'accepted'" in outputs
    assert "matched" in outputs
    assert not re.search(r"/tmp|/home|127\.0\.0\.1|pro_|test_\w{20}", outputs)
