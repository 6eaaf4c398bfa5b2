"""The proof of ``shop_of_days`` for its first days."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.project.shop_of_days import proven


@pytest.mark.exhaustive
def test_days_of_closes_are_one_full_audit_and_decisions_are_those_not_void(tmp_path: Path) -> None:
    proof = proven(tmp_path, days=4, seed=3)
    assert proof.failed == []
    assert proof.figures["closes killed"] >= 4
    assert proof.figures["decisions stands, days"] > proof.figures["decisions killed"] > 0
