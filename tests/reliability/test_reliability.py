"""The figures of reliability with small counts; ``python -m tests.reliability`` has the full ones."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.reliability.parts import PARTS

QUICK = ("killed", "descriptors")
"""The parts that take a second or two."""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="limits and forks as Linux has them")
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
@pytest.mark.parametrize(
    "name", [name if name in QUICK else pytest.param(name, marks=pytest.mark.exhaustive) for name in PARTS]
)
def test_nothing_fails(name: str, tmp_path: Path) -> None:
    figure = PARTS[name].run(tmp_path, PARTS[name].small_count)
    assert figure.times > 0
    assert figure.failed == []
