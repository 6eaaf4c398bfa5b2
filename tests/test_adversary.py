"""Every planted record gets its verdict and its finding, every honest one is accepted; run with -s for the table."""

from __future__ import annotations

from pathlib import Path

import pytest

import corena_recon as cr
from tests.adversary.benchmark import CLASSES, OPTIONS, VARIANTS, Archive, built, compared, table_text
from tests.adversary.keyring import ring


@pytest.fixture(scope="module")
def archive() -> Archive:
    return built()


def test_the_benchmark_is_as_large_as_it_must_be(archive: Archive) -> None:
    assert len(CLASSES) >= 120
    assert VARIANTS >= 10
    assert sum(not label.is_planted for label in archive.labels.values()) >= 10_000


def test_no_misses_and_no_false_alarms(archive: Archive, tmp_path: Path) -> None:
    archive.write(tmp_path)
    lines = compared(archive.labels, cr.verify(cr.read_ipns(tmp_path), ring(), **OPTIONS), tmp_path)
    print(table_text(lines))
    wrong = [line for line in lines if line.misses or line.false_alarms]
    assert not wrong, "\n".join(f"{line.name}: {'; '.join(line.examples)}" for line in wrong)
