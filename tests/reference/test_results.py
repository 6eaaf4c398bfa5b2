"""Results and tie-out of random small worlds are what the contract says."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from corena_recon.vocabulary import OUTCOMES
from tests.reference.shops import WAYS, expected_results, found_results
from tests.reference.worlds import world_of

_SEEDS: Final = range(500, 512)
_ISLANDS: Final = 10


@pytest.mark.parametrize("seed", _SEEDS)
def test_results_and_tie_out_are_the_contract_s(seed: int, tmp_path: Path) -> None:
    world = world_of(seed, _ISLANDS)
    way = WAYS[seed % len(WAYS)]
    assert found_results(world, way, tmp_path) == expected_results(world, way)


def test_the_worlds_hold_nearly_every_outcome() -> None:
    worlds = [world_of(seed, _ISLANDS) for seed in _SEEDS]
    outcomes = {result.outcome for world in worlds for result in expected_results(world)[0].values()}
    assert set(OUTCOMES) - outcomes <= {"ambiguous_order", "refunded"}
