"""Verdicts and findings of random small worlds are what the contract says, by every way in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.reference.comparing import QUICK, SLOW, by_pipeline, differences, expected
from tests.reference.judging import FORGED, SUSPECT
from tests.reference.worlds import world_of

_WORLDS = 40
_STEP = 10
"""Worlds of one test."""
_LARGE = 22
_ISLANDS = 20
"""Large worlds stand for as many small ones as they have islands."""
_QUICK = 8
"""So many large ones in every run of tests."""


def _at_length(seed: int) -> Any:
    return pytest.param(seed, marks=pytest.mark.exhaustive)


@pytest.mark.parametrize("first", [0, *(_at_length(first) for first in range(_STEP, _WORLDS, _STEP))])
def test_the_package_says_what_the_contract_says(first: int, tmp_path: Path) -> None:
    for seed in range(first, first + _STEP):
        folder = tmp_path / str(seed)
        folder.mkdir()
        assert (seed, differences(world_of(seed), by_pipeline, folder)) == (seed, [])


@pytest.mark.parametrize("seed", [*range(_QUICK), *map(_at_length, range(_QUICK, _LARGE))])
def test_large_worlds_too(seed: int, tmp_path: Path) -> None:
    assert differences(world_of(seed, _ISLANDS), by_pipeline, tmp_path) == []


@pytest.mark.parametrize("way", [*QUICK[1:], *SLOW], ids=lambda way: way.__name__)
def test_every_way_in_says_the_same(way: Any, tmp_path: Path) -> None:
    for seed in range(10_000, 10_000 + (3 if way in QUICK else 1)):
        folder = tmp_path / str(seed)
        folder.mkdir()
        assert (seed, differences(world_of(seed), way, folder)) == (seed, [])


def test_the_worlds_hold_every_verdict_and_nearly_every_finding() -> None:
    told = [each for seed in range(_LARGE) for each in expected(world_of(seed, _ISLANDS)).values()]
    verdicts = {"accepted", "duplicate", "no_payment", "other_mode", "suspect", "forged"}
    assert {verdict for verdict, _ in told} == verdicts
    never = {"body_ambiguous", "signature_unverifiable"}
    assert {code for _, codes in told for code in codes} >= (FORGED | SUSPECT) - never


def test_a_rule_that_is_left_out_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The comparison itself bites."""
    monkeypatch.setattr("tests.reference.judging._is_surely_earlier", lambda _post, _other: True)
    assert any("trx_reused" in line for line in differences(world_of(0, _ISLANDS), by_pipeline, tmp_path))
