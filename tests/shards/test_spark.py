"""Audits through the steps that Spark runs, in one process: what is shipped, what may happen, and what is refused.

Engines themselves run in ``python -m tests.shards --engine sail`` and ``--engine spark``.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import corena_recon as cr
from corena_recon import spark
from corena_recon.archive import SourceCount
from corena_recon.errors import CorenaReconError, InputError
from corena_recon.shards import Parcel, parcel_of, rows_in
from corena_recon.stages.assembling import Settled, last_number
from tests.adversary.benchmark import OPTIONS
from tests.making import SECRET, ring
from tests.shards.equality import World, audited, differing, sample_in
from tests.shards.one_process import Session

Batches = list[pa.RecordBatch]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return sample_in(tmp_path_factory.mktemp("world"))


def audit(session: Session, world: World, folder: Path, **given: Any) -> None:
    called = {"out": folder / "report", "work": str(folder / "work"), "buckets": 2, **OPTIONS, **given}
    spark.audit(session, str(world.archive), world.orders, world.keys, **called)


class Judged(NamedTuple):
    """An audit that ran, and what its tasks gave last."""

    session: Session
    folder: Path
    parcels: list[Parcel]

    def taken(self, parcels: list[Parcel], folder: Path) -> None:
        """Has these put together, as the driver does."""
        plan = pickle.loads(self.session.shipped[-1]).plan
        orders, notifications = (
            pq.read_metadata(self.folder / f"report/{name}.parquet").num_rows for name in ("orders", "notifications")
        )
        settled = Settled(folder, 2, orders, plan)
        settled.add_parcels(parcels)
        settled.require_all(notifications)
        last = -1
        for chunk in settled.notifications.chunks():
            last = last_number(chunk, last)


@pytest.fixture(scope="module")
def judged(world: World, tmp_path_factory: pytest.TempPathFactory) -> Judged:
    folder, session = tmp_path_factory.mktemp("judged"), Session()
    session.set("spark.sql.execution.arrow.maxRecordsPerBatch", "777")
    audit(session, world, folder)
    return Judged(session, folder, [Parcel(**row) for row in pq.read_table(folder / "work/judged").to_pylist()])


def test_steps_give_the_rows_of_one_audit(world: World, judged: Judged, tmp_path: Path) -> None:
    audited(world, tmp_path / "one")
    assert differing(tmp_path / "one", judged.folder / "report") == {}
    assert not len(cr.diff(tmp_path / "one", judged.folder / "report").frame)
    judged.taken(judged.parcels, tmp_path)
    assert judged.session.settings == {"spark.sql.execution.arrow.maxRecordsPerBatch": "777"}
    assert not judged.session.views


def test_nothing_that_is_shipped_holds_a_secret(world: World, judged: Judged) -> None:
    secrets = [line.split('"')[1] for line in world.keys.read_text().splitlines() if line.startswith("secret")]
    assert secrets
    assert len(judged.session.shipped) == 5
    for octets in judged.session.shipped:
        assert not [secret for secret in secrets if secret.encode() in octets]


def without(kind: str, parcels: list[Parcel]) -> list[Parcel]:
    """One parcel of a kind is lost."""
    place = next(place for place, parcel in enumerate(parcels) if parcel.kind == kind)
    return parcels[:place] + parcels[place + 1 :]


def without_a_bucket(parcels: list[Parcel]) -> list[Parcel]:
    """A task is lost, and nobody noticed."""
    return [parcel for parcel in parcels if parcel.bucket]


def twice(parcels: list[Parcel]) -> list[Parcel]:
    """Two attempts of a task are kept."""
    return parcels + [parcel for parcel in parcels if parcel.bucket]


def same_row_twice(parcels: list[Parcel]) -> list[Parcel]:
    """One row is lost, and another one is there twice."""
    place = next(place for place, parcel in enumerate(parcels) if parcel.kind == "notifications")
    rows = rows_in(parcels[place].octets)
    spoiled = parcel_of("notifications", parcels[place].bucket, rows.take([0, *range(len(rows) - 1)]))
    return [*parcels[:place], spoiled, *parcels[place + 1 :]]


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (partial(without, "notifications"), "notifications and unreadable records were judged, which is a mistake of"),
        (partial(without, "results"), "0 of [1-9][0-9]* results of bucket 0 came back"),
        (partial(without, "account"), "orders were reconciled"),
        (without_a_bucket, "notifications and unreadable records were judged"),
        (twice, "bucket 1 was judged by several tasks"),
        (same_row_twice, "a row was judged twice"),
    ],
)
def test_what_an_engine_loses_or_gives_twice_is_refused(
    judged: Judged, tmp_path: Path, spoil: Callable[[list[Parcel]], list[Parcel]], words: str
) -> None:
    with pytest.raises(InputError, match=words):
        judged.taken(spoil(judged.parcels), tmp_path)


def test_a_file_that_is_read_twice_is_named(world: World, tmp_path: Path) -> None:
    def keeping_two_attempts(step: str, batches: Batches) -> Batches:
        return batches * 2 if step == "Sharing" else batches

    with pytest.raises(InputError, match=r"ipn-.* was read 2 times instead of 1"):
        audit(Session(keeping_two_attempts), world, tmp_path)
    assert not (tmp_path / "report").exists()


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"keys": ring()}, "would have to be sent to other machines"),
        ({"archive": 5}, "no path and no DataFrame"),
        ({"work": 5}, "work"),
        ({"out": "s3a://bucket/report"}, "a URL is named where a folder or file of this machine belongs"),
        ({"buckets": "many"}, "buckets"),
        ({"tolerence": 1}, "did you mean tolerance"),
    ],
)
def test_a_call_that_cannot_be_meant_is_refused(
    monkeypatch: pytest.MonkeyPatch, given: dict[str, Any], words: str
) -> None:
    monkeypatch.setenv("CORENA_SECRET_KEY", SECRET)
    with pytest.raises(CorenaReconError, match=words):
        spark.audit(Session(), **{"archive": "archive", "work": "work", **given})


def test_a_frame_that_is_another_one_when_it_is_read_again_is_refused() -> None:
    source = spark._Source(None, iter, {0: "partition 0 of the DataFrame"}, record_counts={0: 5})
    count = SourceCount("<memory>", None, None, None, 4, 4, 0, 0, truncated=False)
    with pytest.raises(InputError, match="partition 0 of the DataFrame had 5 rows, and 4 when it was read again"):
        spark._checked(source, [{"own_parts": [0], "intake": [[0, list(count)]]}])
