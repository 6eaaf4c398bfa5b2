"""The adversarial benchmark: every planted record gets its verdict and findings, every honest one is left alone.

``python -m tests.adversary`` prints the table by class alone.
"""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings

import corena_recon as cr
from corena_recon.archive.records import batches
from corena_recon.judgement import verification
from tests.adversary import game
from tests.adversary.benchmark import CLASSES, OPTIONS, VARIANTS, Archive, Line, by_theme, compared, table_text
from tests.adversary.honest import HONEST
from tests.adversary.keyring import ring
from tests.making import jsonl

_JUDGED = ["source", "record", "signature_status", "key_id", "amount_rendering", "findings", "verdict"]


@pytest.fixture(scope="module")
def lines(attack_archive: Archive, judged_attacks: pd.DataFrame, attack_folder: Path) -> dict[str, Line]:
    return {line.name: line for line in compared(attack_archive.labels, judged_attacks, attack_folder)}


def test_the_table_shows_no_miss_and_no_false_alarm(lines: dict[str, Line], capsys: pytest.CaptureFixture[str]) -> None:
    print(table_text(lines.values()))
    with capsys.disabled():
        print("\n" + table_text(by_theme(lines.values())))
    assert sum(line.misses + line.false_alarms for line in lines.values()) == 0


def test_every_record_is_what_was_planted(lines: dict[str, Line]) -> None:
    assert {name: line.examples for name, line in lines.items() if line.examples} == {}
    assert {name for name, line in lines.items() if line.records} == {
        *CLASSES,
        *(f"honest: {maker.__name__}" for maker in HONEST),
    }


def test_the_benchmark_is_as_large_as_it_claims(attack_archive: Archive, attacks: pd.DataFrame) -> None:
    honest = [label for label in attack_archive.labels.values() if not label.is_planted]
    assert len(honest) >= 10_000
    assert len(CLASSES) >= 120
    assert VARIANTS >= 10
    assert len(attacks) == len(attack_archive.labels)


def test_a_wrong_label_is_noticed(attack_archive: Archive, judged_attacks: pd.DataFrame, attack_folder: Path) -> None:
    """The comparison itself bites: a label moved to its neighbour is a miss, a false alarm, or both."""
    accepted = next(label for label in attack_archive.labels.values() if label.post.verdict == "accepted")
    place, forged = next(item for item in attack_archive.labels.items() if item[1].post.verdict == "forged")
    lines = compared({place: accepted}, judged_attacks[_rows_of(judged_attacks, place, attack_folder)], attack_folder)
    assert [(line.misses, line.false_alarms) for line in lines] == [(0, 1)]
    assert [line.misses for line in compared({place: forged}, judged_attacks.iloc[:0], attack_folder)] == [1]


def _rows_of(judged_attacks: pd.DataFrame, place: tuple[str, int], attack_folder: Path) -> pd.Series:
    return (judged_attacks["source"] == f"{attack_folder}/{place[0]}") & (judged_attacks["record"] == place[1])


@pytest.mark.exhaustive
def test_an_audit_of_the_files_in_another_order_and_in_small_batches_judges_alike(
    attack_folder: Path, judged_attacks: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "BATCH_ROWS", 397)
    paths = sorted(attack_folder.iterdir())
    random.Random(5).shuffle(paths)
    audited = cr.audit(paths, None, ring(), tmp_path / "report", **OPTIONS).notifications
    pd.testing.assert_frame_equal(_in_order(audited), _in_order(judged_attacks))


def test_verdicts_do_not_depend_on_the_order_of_rows(attacks: pd.DataFrame, judged_attacks: pd.DataFrame) -> None:
    other = cr.verify(attacks.sample(frac=1, random_state=5), ring(), **OPTIONS)
    pd.testing.assert_frame_equal(_in_order(other), _in_order(judged_attacks))


@pytest.mark.parametrize(("rows", "threads"), [(997, 1), (4096, 3)])
def test_verdicts_do_not_depend_on_chunks_or_threads(
    rows: int, threads: int, attacks: pd.DataFrame, judged_attacks: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verification, "_BATCH_ROWS", rows)
    monkeypatch.setattr(verification, "cpu_count", lambda: threads)
    monkeypatch.setattr("os.cpu_count", lambda: threads)
    other = cr.verify(attacks, ring(), **OPTIONS)
    pd.testing.assert_frame_equal(other[_JUDGED], judged_attacks[_JUDGED])


@settings(max_examples=15, deadline=None)
@given(game.MOVES)
def test_one_payment_and_any_posts_hurt_nobody_else_and_count_once(moves: list[dict[str, Any]]) -> None:
    posts = [*game.HONEST, game.OWN, *map(game.post_of, moves)]
    timed = [{**post, "received_at": 1_760_000_000 + number} for number, post in enumerate(posts)]
    judged = cr.verify(cr.read_ipns(jsonl(*timed)), game.keys())
    honest, attacks = judged[: len(game.HONEST)], judged[len(game.HONEST) :]
    assert list(honest["verdict"]) == ["accepted"] * len(honest)
    assert all(len(findings) == 0 for findings in honest["findings"])
    accepted = attacks[attacks["verdict"] == "accepted"]
    assert list(accepted["key_id"]).count("live") <= 1
    assert "test" not in set(accepted["key_id"])


_RECORD = (
    b'{"received_at":"2026-01-01T00:00:00Z","status":"success","signature":"A","identifier":"X","data":{"amount":"1"}}'
)
_BODY = b"status=success&signature=A&identifier=X&data%5Bamount%5D=1.00"


@pytest.mark.parametrize("line_end", [b"\n", b"\r\n"])
def test_a_short_array_with_one_element_a_line_is_an_array(line_end: bytes) -> None:
    array = line_end.join([b"[", _RECORD + b",", _RECORD, b"]", b""])
    assert cr.read_ipns(array)["unreadable"].isna().tolist() == [True, True]


def test_a_table_with_a_body_cell_is_a_table() -> None:
    row = b"2026-01-01T00:00:00Z," + _BODY
    assert cr.read_ipns(b"\n".join([b"received_at,payload", row, row, b""]))["unreadable"].isna().tolist() == [
        True,
        True,
    ]


def _in_order(frame: pd.DataFrame) -> pd.DataFrame:
    return frame[_JUDGED].sort_values(["source", "record"], ignore_index=True)
