"""What the receiver stored is read with its hash chain checked."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

import corena_recon as cr
from corena_recon.archive.chain_watch import ChainWatch
from corena_recon.chain import GENESIS, canonical_json, chain_of
from corena_recon.gateway.capture_log import Arrival, CaptureLog
from tests.making import signature


@pytest.fixture
def capture(tmp_path: Path) -> Path:
    log = CaptureLog(tmp_path)
    for number in range(3):
        signed = signature("11.00000000", f"A{number}")
        body = f"status=success&signature={signed}&identifier=A{number}&data[amount]=11.00000000"
        log.append(
            Arrival("live", "POST", "/ipn", "", "application/x-www-form-urlencoded", {}, "127.0.0.1", body.encode())
        )
    log.close()
    [path] = tmp_path.glob("*.jsonl")
    return path


def chain(path: Path) -> str | None:
    [count] = cr.read_ipns(path).attrs["intake"]
    found: str | None = count["chain"]
    return found


def test_an_unbroken_chain_is_ok_and_its_bodies_are_raw(capture: Path) -> None:
    frame = cr.read_ipns(capture)
    assert frame.attrs["intake"][0]["chain"] == "ok"
    assert list(frame["identifier"]) == ["A0", "A1", "A2"]
    assert set(frame["fidelity"]) == {"raw"}
    assert set(frame["endpoint"]) == {"live"}


def test_a_change_a_gap_and_a_torn_tail_are_told(capture: Path) -> None:
    first, second, third = capture.read_bytes().splitlines(keepends=True)
    for octets, verdict in (
        (first + second.replace(b"127.0.0.1", b"127.0.0.2") + third, "broken at 2"),
        (first + third, "broken at 2"),
        (b"\n" + first + second + third, "broken at 1"),
        (first + second + third[:-20], "broken at 3"),
    ):
        capture.write_bytes(octets)
        assert chain(capture) == verdict


def test_other_archives_have_no_chain(tmp_path: Path) -> None:
    path = tmp_path / "plain.jsonl"
    path.write_bytes(b'{"status":"success","identifier":"A","data":{"amount":"1"}}\n')
    assert chain(path) is None


def file_of(folder: Path, number: int, first_seq: int, lines: int = 3, *, tail: bytes = b"") -> Path:
    """One file of a capture, as the receiver writes it."""
    path = folder / f"ipn-{number:06d}.jsonl"
    chained, octets = GENESIS, b""
    for seq in range(first_seq, first_seq + lines):
        body = base64.b64encode(f"status=success&identifier=A{seq}&data[amount]=1".encode()).decode()
        record = {"body_base64": body, "content_type": "application/x-www-form-urlencoded", "seq": seq}
        chained = chain_of(chained, record)
        octets += canonical_json({**record, "chain": chained}) + b"\n"
    path.write_bytes(octets + tail)
    return path


CAPTURES = [
    # numbers and first seqs of files of three lines, what is said of their chains
    ([(1, 1), (2, 4), (3, 7)], ["ok", "ok", "ok"]),
    ([(1, 1), (3, 7)], ["ok", "broken at 1"]),
    ([(1, 1), (2, 4), (3, 10)], ["ok", "ok", "broken at 1"]),
    ([(1, 1), (2, 5)], ["ok", "broken at 1"]),
    ([(1, 1), (2, 3)], ["ok", "broken at 1"]),
    ([(2, 4), (3, 7)], ["ok", "ok"]),
]


@pytest.mark.parametrize(("files", "said"), CAPTURES)
def test_a_whole_file_that_is_missing_leaves_a_gap(
    tmp_path: Path, files: list[tuple[int, int]], said: list[str]
) -> None:
    for number, first in files:
        file_of(tmp_path, number, first)
    backwards = sorted(tmp_path.iterdir(), reverse=True)
    for source, expected in ((tmp_path, said), (backwards, said[::-1])):
        intake = cr.read_ipns(source).attrs["intake"]
        assert [count["chain"] for count in intake] == expected
    notes = [count["note"] for count in cr.read_ipns(tmp_path).attrs["intake"]]
    late = f"its first line is number {files[0][1]} of its capture, and the files before it are not in the archive"
    assert notes == [late if files[0][1] > 1 else None] + [None] * (len(files) - 1)


def test_captures_of_two_folders_are_two_chains(tmp_path: Path) -> None:
    for folder in ("live", "test"):
        (tmp_path / folder).mkdir()
        file_of(tmp_path / folder, 1, 1)
    file_of(tmp_path / "live", 2, 4)
    assert [count["chain"] for count in cr.read_ipns(tmp_path).attrs["intake"]] == ["ok"] * 3


def test_a_file_behind_a_torn_one_follows_it(tmp_path: Path) -> None:
    file_of(tmp_path, 1, 1, tail=b'{"body_base64":"c3')
    file_of(tmp_path, 2, 4)
    assert [count["chain"] for count in cr.read_ipns(tmp_path).attrs["intake"]] == ["broken at 4", "ok"]


@pytest.mark.parametrize("first", [b'{"status":"success","identifier":"B"}\n', b"junk\n", b"\n"])
def test_a_line_put_first_does_not_switch_the_check_off(tmp_path: Path, first: bytes) -> None:
    path = file_of(tmp_path, 1, 1)
    path.write_bytes(first + path.read_bytes())
    assert chain(path) == "broken at 1"


@pytest.mark.parametrize("size", [1, 7, 64, 1 << 20])
def test_a_chain_is_checked_wherever_blocks_end(tmp_path: Path, size: int) -> None:
    sound = file_of(tmp_path, 1, 1).read_bytes()
    for octets, said in ((sound, "ok"), (b"x" * 100 + b"\n" + sound, "broken at 1"), (sound + b"y\nz", "broken at 4")):
        watch = ChainWatch()
        for start in range(0, len(octets), size):
            watch.take(octets[start : start + size])
        assert watch.result("ipn-000001.jsonl") == (
            "ipn-000001.jsonl",
            said,
            1,
            3,
        )


def test_a_line_put_first_may_be_of_any_length(tmp_path: Path) -> None:
    watch = ChainWatch()
    for block in (b"x" * (1 << 24), b"x" * (1 << 24), b"x\n" + file_of(tmp_path, 1, 1).read_bytes()):
        watch.take(block)
        assert len(watch._pending) <= 1 << 24
    assert watch.result("").result == "broken at 1"


def test_an_earlier_report_knows_no_better_which_files_are_missing(tmp_path: Path) -> None:
    keys = cr.KeyRing([cr.Key(id="live", secret="invented", mode="live")])
    folder = tmp_path / "captures"
    folder.mkdir()
    paths = [file_of(folder, number, first) for number, first in ((1, 1), (2, 4), (3, 7))]
    cr.audit(folder, keys=keys, out=tmp_path / "whole")
    octets = [path.read_bytes() for path in paths]
    for missing, said in ((0, ["ok", "ok"]), (1, ["ok", "broken at 1"])):
        paths[missing].unlink()
        for previous in (None, tmp_path / "whole", tmp_path / "lacking"):
            found = cr.audit(folder, keys=keys, previous=previous, out=tmp_path / "lacking")
            assert found.intake["chain"].to_list() == said
            assert found.facts.get("reused_sources", 0) == (2 if previous else 0)
        paths[missing].write_bytes(octets[missing])
        again = cr.audit(folder, keys=keys, previous=tmp_path / "lacking")
        assert again.intake["chain"].to_list() == ["ok"] * 3
        assert again.intake["note"].isna().all()
