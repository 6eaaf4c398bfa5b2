"""What the receiver stored is read with its hash chain checked."""

from __future__ import annotations

from pathlib import Path

import pytest

import corena_recon as cr
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
