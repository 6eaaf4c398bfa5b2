"""What is shipped to tasks of Spark, and what a call refuses; engines run in ``python -m tests.shards``."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest

from corena_recon import spark
from corena_recon.errors import CorenaReconError, InputError
from corena_recon.judgement import KeepingOf, judging_options
from corena_recon.judgement.judging import Profile
from corena_recon.reconciliation import ExportSpan, reconciling_options
from corena_recon.shards import BucketPlan, Homes, SharePlan
from corena_recon.stages.assembling import known_keys
from corena_recon.stages.options import audit_options
from corena_recon.stages.share import run_facts
from tests.making import SECRET, ring


def test_nothing_that_is_shipped_holds_a_secret() -> None:
    keys = known_keys(run_facts(audit_options(), ring(), 4)["keys"])
    plan = BucketPlan(keys, judging_options(), reconciling_options(), KeepingOf({}), ExportSpan(), 1 << 30)
    shipped = [
        spark._Sharing(SharePlan(judging_options(), 4), "keys.toml", {"file:/a": 0}, {}),
        spark._Moving(Homes(np.zeros(0, np.uint64), np.zeros(0, np.int64), 4)),
        spark._Voting(plan),
        spark._Judging(plan, Profile({}, {}, {})),
    ]
    for task in shipped:
        octets = pickle.dumps(task)
        assert type(pickle.loads(octets)) is type(task)
        assert SECRET.encode() not in octets


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"keys": ring()}, "would have to be sent to other machines"),
        ({"archive": 5}, "no path and no DataFrame"),
        ({"work": 5}, "work"),
        ({"buckets": "many"}, "buckets"),
        ({"tolerence": 1}, "did you mean tolerance"),
    ],
)
def test_a_call_that_cannot_be_meant_is_refused(
    monkeypatch: pytest.MonkeyPatch, given: dict[str, Any], words: str
) -> None:
    monkeypatch.setenv("CORENA_SECRET_KEY", SECRET)
    with pytest.raises(CorenaReconError, match=words):
        spark.audit(None, **{"archive": "archive", "work": "work", **given})


@pytest.mark.parametrize(("read", "count"), [([[0, 1], [1]], 2), ([[0]], 0)])
def test_a_file_that_an_engine_reads_twice_or_not_at_all_is_named(read: list[list[int]], count: int) -> None:
    source = spark._Source(None, {0: "a.jsonl", 1: "b.jsonl"}, {}, [])
    with pytest.raises(InputError, match=rf"b\.jsonl was read {count} times instead of once"):
        spark._require_each_part_once(source, [{"own_parts": parts} for parts in read])
