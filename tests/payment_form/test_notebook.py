"""The form in a saved notebook: what a program that runs notebooks keeps of it."""

from __future__ import annotations

import os

import pytest

from tests.notebook_support import execute, new_notebook, saved_text
from tests.places import ROOT

CANARY = "canary-secret-93ac"
CELLS = (
    "import os, corena_recon as cr\nform = cr.PaymentForm('', base_url='http://127.0.0.1:9')\nform",
    "form.secret_field.value = os.environ['CANARY']\nform._live_controller.situation.key_ids",
    "form",
    "form.secret_field",
)


@pytest.mark.exhaustive
@pytest.mark.filterwarnings("default")
def test_a_secret_is_nowhere_in_an_executed_notebook() -> None:
    notebook = new_notebook(CELLS)
    execute(notebook, {**os.environ, "PYTHONPATH": str(ROOT), "CANARY": CANARY}, keeps_widgets=True)
    saved = saved_text(notebook)
    assert "('typed',)" in saved
    assert "PasswordModel" in saved
    assert "application/vnd.jupyter.widget-view+json" in saved
    assert CANARY not in saved
