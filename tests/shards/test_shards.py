"""The same rows as one audit for any number of shares, whatever crosses their files; and what is no run is refused."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pytest

import corena_recon as cr
from corena_recon.command_line.main import EXCEPTIONS, NOTHING_EXCEPTIONAL, main
from corena_recon.errors import InputError, OptionError
from corena_recon.judgement import KeepingOf, judging_options
from corena_recon.reconciliation import ExportSpan
from corena_recon.shards import BucketOf, BucketPlan
from corena_recon.shards.homes import EDGES_SCHEMA, homes_of
from corena_recon.shards.work import ShareWriter
from corena_recon.stages import share
from corena_recon.tables import marks as marking
from corena_recon.tables.engine import connect
from corena_recon.tables.marks import marks_of
from tests.making import SECRET, ipn, jsonl, ring, signature
from tests.shards.equality import World, audited, differing, shared, world_in

CROSSING = {
    # what rules compare and join, in files of their own
    "a.jsonl": [ipn("A1", trx="T1"), ipn("B2", trx="T2"), ipn("cmd-77", trx="T7"), ipn("0008", trx="T8")],
    "b.jsonl": [ipn("A1", trx="T1"), ipn("C3", trx="T2"), ipn("D4", trx="T1"), ipn("D4", trx="")],
    "c.jsonl": [
        ipn("1", amount="11.0000000", trx="T9", signature=signature("11.0000000", "1")),
        {**ipn("E5"), "signature": signature("11.00000000", "B2")},
        {**ipn("F6"), "signature": signature("11.00000000", "E5")},
        {**ipn("E5"), "signature": "A" * 64},
    ],
    "d.jsonl": [ipn("A1", trx="T1", data_currency="EUR"), ipn("", trx="T3"), ipn("10", amount="11.000000", trx="T10")],
    "e.jsonl": [ipn("", amount="11.00000001", trx="T11"), ipn("01", amount="11.000000", trx="T12")],
}
ORDERS = b"order_id,total,currency,status\nA1,11.00,USD,paid\nCMD-77,11.00,USD,paid\n8,11.00,USD,paid\nb2,11,USD,open\n"


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return world_in(tmp_path_factory.mktemp("world"), variants=1)


@pytest.fixture(scope="session")
def in_one_piece(world: World) -> Path:
    audited(world, world.archive.parent / "report")
    return world.archive.parent / "report"


@pytest.mark.parametrize("count", [2, *(pytest.param(count, marks=pytest.mark.exhaustive) for count in (1, 7))])
def test_shares_give_the_rows_of_one_audit(world: World, in_one_piece: Path, tmp_path: Path, count: int) -> None:
    shared(world, tmp_path / "work", tmp_path / "report", count)
    assert differing(in_one_piece, tmp_path / "report") == {}
    manifests = [json.loads((each / "manifest.json").read_text()) for each in (in_one_piece, tmp_path / "report")]
    for manifest in manifests:
        del manifest["seal"]
    assert manifests[0] == manifests[1]


@pytest.fixture(scope="module")
def crossing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("crossing")
    for name, notifications in CROSSING.items():
        (folder / name).write_bytes(jsonl(*notifications))
    return folder


def made(archive: Path, work: Path, count: int = 5, **options: Any) -> Path:
    for number in range(1, count + 1):
        cr.audit(archive, ORDERS, ring(), shard=f"{number}/{count}", work=work, **options)
    return work


@pytest.fixture(scope="module")
def work(crossing: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(share, "_BUCKET_BYTES", 600)
        return made(crossing, tmp_path_factory.mktemp("made"))


@pytest.mark.parametrize("options", [{}, {"match_on": ["identifier", "transaction", "amount"]}])
def test_what_crosses_files_and_buckets_is_compared_and_joined(
    crossing: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: dict[str, Any]
) -> None:
    monkeypatch.setattr(share, "_BUCKET_BYTES", 600)
    expected = cr.audit(crossing, ORDERS, ring(), out=tmp_path / "one", **options)
    findings = {code for codes in expected.notifications["findings"] for code in codes}
    assert findings >= {"replayed", "trx_conflict", "trx_reused", "signature_copied", "unsigned_conflict"}
    assert expected.results["suggested_identifier"].notna().sum() >= 4
    found = cr.merge(made(crossing, tmp_path / "work", **options), tmp_path / "many")
    assert json.loads((tmp_path / "work/shard-1-of-5/manifest.json").read_text())["buckets"] > 4
    assert differing(tmp_path / "one", tmp_path / "many") == {}
    assert found.summary["diagnosis"] == expected.summary["diagnosis"]


def test_a_share_that_runs_again_is_the_same_and_one_that_fails_leaves_the_earlier(
    crossing: Path, work: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(share, "_BUCKET_BYTES", 600)
    again = shutil.copytree(work, tmp_path / "again")
    before = {path.relative_to(again): path.read_bytes() for path in again.rglob("*") if path.is_file()}
    cr.audit(crossing, ORDERS, ring(), shard="1/5", work=again)

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(ShareWriter, "finish", killed)
    with pytest.raises(KeyboardInterrupt):
        cr.audit(crossing, ORDERS, ring(), shard="2/5", work=again)
    assert {path.relative_to(again): path.read_bytes() for path in again.rglob("*") if path.is_file()} == before


def lost(folder: Path) -> None:
    shutil.rmtree(folder / "shard-3-of-5")


def twice(folder: Path) -> None:
    shutil.rmtree(folder / "shard-3-of-5")
    shutil.copytree(folder / "shard-2-of-5", folder / "shard-3-of-5")


def of_another_run(folder: Path) -> None:
    shutil.copytree(folder / "shard-2-of-5", folder / "shard-2-of-9")


def changed(folder: Path) -> None:
    file = folder / "shard-2-of-5/rows.parquet"
    file.write_bytes(file.read_bytes()[:-1] + b"?")


def told(folder: Path, **facts: Any) -> None:
    file = folder / "shard-4-of-5/manifest.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), **facts}))


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lost, "lacks 1 of 5 shards: 3 "),
        (twice, "shard-3-of-5 holds shard 2/5 and not 3/5"),
        (of_another_run, "of several runs (of 5: 1, 2, 3, 4, 5, of 9: 2)"),
        (changed, "rows.parquet is not the file that its manifest names"),
        (lambda folder: told(folder, options={"mode": "test"}), "were made with different options"),
        (lambda folder: told(folder, parts=[]), "found different files in the archive"),
        (lambda folder: told(folder, own_parts=[]), "was read 0 times instead of 1"),
        (lambda folder: told(folder, intake=[]), "was not made with these keys, or was changed"),
        (shutil.rmtree, "cannot be read"),
    ],
)
def test_shares_that_are_not_one_run_are_refused_and_named(
    work: Path, tmp_path: Path, spoil: Callable[[Path], None], words: str
) -> None:
    folder = shutil.copytree(work, tmp_path / "work")
    spoil(folder)
    with pytest.raises(InputError) as refusal:
        cr.merge(folder, tmp_path / "report", ring())
    assert words in str(refusal.value)
    assert not (tmp_path / "report").exists()


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"shard": "1/2"}, "shard and work go together"),
        ({"work": "w"}, "shard and work go together"),
        ({"shard": "3/2", "work": "w"}, "shard is no share of several"),
        ({"shard": 3, "work": "w"}, "shard is no share of several"),
        ({"shard": "1/2", "work": 5}, "work is of type int, and names no folder"),
        ({"shard": "1/2", "work": "s3://a/w"}, "work is a URL, and names no folder"),
        ({"shard": "1/2", "work": "w", "out": "r"}, "a share is no report"),
    ],
)
def test_a_call_that_means_no_share_is_refused(given: dict[str, Any], words: str) -> None:
    with pytest.raises(OptionError, match=words):
        cr.audit(jsonl(ipn("A")), keys=ring(), **given)


def test_one_payment_over_and_over_is_judged_in_bounded_memory(tmp_path: Path) -> None:
    (tmp_path / "archive").mkdir()
    for number in range(3):
        (tmp_path / f"archive/{number}.jsonl").write_bytes(jsonl(ipn("A", trx="T")) * 2000)
    expected = cr.audit(tmp_path / "archive", ORDERS, ring(), out=tmp_path / "one")
    assert expected.summary["verdicts"] == {"accepted": 1, "duplicate": 5_999}
    cr.merge(made(tmp_path / "archive", tmp_path / "work", 2), tmp_path / "many", memory_bytes=1 << 20)
    assert differing(tmp_path / "one", tmp_path / "many") == {}


def test_a_bucket_that_needs_more_memory_than_it_may_use_is_refused_in_a_sentence() -> None:
    plan = BucketPlan((), judging_options(), None, KeepingOf({}), ExportSpan(), 1 << 20)
    with pytest.raises(OptionError, match="set a higher one with memory_bytes"), BucketOf(plan, []):
        raise duckdb.OutOfMemoryException


def test_the_command_line_makes_shares_and_merges_them(
    crossing: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CORENA_SECRET_KEY", SECRET)
    for number in (1, 2):
        call = ["verify", str(crossing), "--shard", f"{number}/2", "--work", str(tmp_path / "work")]
        assert main(call) == NOTHING_EXCEPTIONAL
    assert "shard 2/2: " in capsys.readouterr().out
    assert main(["merge", str(tmp_path / "work"), "--out", str(tmp_path / "report")]) == EXCEPTIONS
    assert cr.Reconciliation.read_parquet(tmp_path / "report").summary["verdicts"]["forged"]


def test_components_are_the_same_by_rounds_and_after_an_interruption(tmp_path: Path) -> None:
    chance = np.random.default_rng(5)
    chain = np.repeat(np.arange(1, 400), 2)
    marks = np.concatenate([chance.integers(1000, 1400, 700), chain[1:-1]]).astype(np.uint64)
    folds = np.concatenate([chance.integers(5000, 6000, 700), np.repeat(np.arange(1, 400), 2)[:-2] * 7]).astype(
        np.uint64
    )
    edges = pa.table([pa.array(marks), pa.array(folds)], schema=EDGES_SCHEMA)
    with connect() as connection:
        in_memory = homes_of(connection, edges, 64, tmp_path / "none")
        by_rounds = homes_of(connection, edges, 64, tmp_path / "rounds", edges_max=10)
        for late in sorted((tmp_path / "rounds").glob("round-*.parquet"))[2:]:
            late.unlink()
        resumed = homes_of(connection, edges, 64, tmp_path / "rounds", edges_max=10)
    assert not (tmp_path / "none").exists()
    homes = dict(zip(in_memory.folds.tolist(), in_memory.homes.tolist(), strict=True))
    of_mark: dict[int, set[int]] = {}
    for mark, fold in zip(marks.tolist(), folds.tolist(), strict=True):
        of_mark.setdefault(mark, set()).add(homes[fold])
    assert all(len(buckets) == 1 for buckets in of_mark.values())
    for other in (by_rounds, resumed):
        assert np.array_equal(other.folds, in_memory.folds)
        assert np.array_equal(other.homes, in_memory.homes)


def test_marks_with_a_seed_are_the_same_in_every_process(monkeypatch: pytest.MonkeyPatch) -> None:
    cells = pa.array(["", None, "A", "ABCDEFGH", "ABCDEFGHI", "é" * 40])
    with_core = marks_of(cells, 7)
    monkeypatch.setattr(marking, "core", lambda: None)
    assert np.array_equal(marks_of(cells, 7), with_core)
    assert len({*with_core.tolist()}) == 5


def test_nothing_that_is_kept_for_merging_holds_a_secret(work: Path) -> None:
    right = signature("11.00000000", "F6").encode()
    for path in work.rglob("*.*"):
        octets = path.read_bytes()
        assert SECRET.encode() not in octets
        assert right not in octets
