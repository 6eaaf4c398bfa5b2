"""The figures of reliability with small counts; ``python -m tests.reliability`` has the full ones."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.reliability.parts import PARTS


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="limits and forks as Linux has them")
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
@pytest.mark.parametrize("name", PARTS)
def test_nothing_fails(name: str, tmp_path: Path) -> None:
    figure = PARTS[name].run(tmp_path, PARTS[name].small_count)
    assert figure.times > 0
    assert figure.failed == []
