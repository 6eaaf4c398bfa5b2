"""Our readings against a real PHP's, on generated bodies and arrays."""

from __future__ import annotations

import os
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from corena_recon.php.form import http_build_query, read_post
from tests.php.bodies import generated
from tests.php.oracle import http_build_queries, php_literal, serving

BATCH = 4_000


@pytest.mark.php
@pytest.mark.parametrize("bodies", [BATCH, pytest.param(4 * BATCH, marks=pytest.mark.exhaustive)])
def test_generated_bodies_are_read_as_php_reads_them(php: str, bodies: int) -> None:
    seed = int(os.environ.get("PHP_BODIES_SEED") or Random().randrange(1_000_000))
    with serving(php) as server:
        for start in range(0, bodies, BATCH):
            batch = [generated(seed, index) for index in range(start, start + BATCH)]
            for index, (posted, post) in enumerate(zip(batch, server.post_all(batch), strict=True), start):
                ours = read_post(posted.body, posted.content_type).fields
                # As texts, because the order of the keys counts too.
                assert repr(ours) == repr(post), f"PHP_BODIES_SEED={seed}, body {index}: {posted!r}"


keys = st.text(st.characters(exclude_categories=["Cs"]), max_size=4) | st.integers(-9, 9)
scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63) + 1, 2**63 - 1)
    | st.binary(max_size=6)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
)


def without_repeated_keys(array: dict[Any, Any]) -> bool:
    # PHP makes one key of "1" and 1, and Python two.
    return len({str(key) for key in array}) == len(array)


def nested(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3).filter(without_repeated_keys)


arrays = st.dictionaries(keys, st.recursive(scalars, nested, max_leaves=8), max_size=4).filter(without_repeated_keys)


@pytest.mark.php
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batch=st.lists(arrays, min_size=1, max_size=40))
def test_arrays_are_written_as_php_writes_them(php: str, batch: list[dict[Any, Any]]) -> None:
    assert [http_build_query(array) for array in batch] == http_build_queries(php, list(map(php_literal, batch)))
