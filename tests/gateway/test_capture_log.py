"""The capture form: canonical lines, their chain, what breaks it, and appending that survives crashes."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import subprocess
import sys
import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corena_recon.chain import GENESIS, canonical_json, chain_of, check_chain
from corena_recon.errors import OutputError
from corena_recon.gateway.capture_log import WITHHELD, Arrival, CaptureLog

if TYPE_CHECKING:
    from pathlib import Path

AT = datetime(2026, 1, 2, 3, 4, 5, 6, UTC)


def arrival(body: bytes = b"status=success", **changes: Any) -> Arrival:
    return Arrival(
        endpoint="test",
        method="POST",
        path="/ipn",
        query="",
        content_type="application/x-www-form-urlencoded",
        headers={"accept": "*/*"},
        remote_addr="127.0.0.1",
        body=body,
    )._replace(**changes)


def written(folder: Path, count: int) -> list[bytes]:
    log = CaptureLog(folder, clock=lambda: AT)
    for number in range(count):
        log.append(arrival(b"identifier=A%d" % number))
    log.close()
    return (folder / "ipn-000001.jsonl").read_bytes().splitlines(keepends=True)


def with_chain(record: dict[str, Any], previous_chain: str) -> bytes:
    return canonical_json({**record, "chain": chain_of(previous_chain, record)}) + b"\n"


def test_a_line_is_canonical_json_with_all_facts_of_the_post(tmp_path: Path) -> None:
    log = CaptureLog(tmp_path, clock=lambda: AT)
    assert log.append(arrival(b"\xff\x00=&", query="shop=é", endpoint=None, content_type=None)) == 1
    log.close()
    (line,) = (tmp_path / "ipn-000001.jsonl").read_bytes().splitlines()
    record = json.loads(line)
    chain = record.pop("chain")
    assert record == {
        "seq": 1,
        "received_at": "2026-01-02T03:04:05.000006Z",
        "endpoint": None,
        "method": "POST",
        "path": "/ipn",
        "query": "shop=é",
        "content_type": None,
        "headers": {"accept": "*/*"},
        "remote_addr": "127.0.0.1",
        "body_base64": base64.b64encode(b"\xff\x00=&").decode(),
    }
    # written out by hand, so that another program can check the chain from the description alone
    covered = (
        '{"body_base64":"/wA9Jg==","content_type":null,"endpoint":null,"headers":{"accept":"*/*"},"method":"POST",'
        '"path":"/ipn","query":"shop=é","received_at":"2026-01-02T03:04:05.000006Z","remote_addr":"127.0.0.1","seq":1}'
    )
    assert chain == hashlib.sha256(("0" * 64 + covered).encode()).hexdigest()
    assert line == covered.replace(',"content_type"', f',"chain":"{chain}","content_type"', 1).encode()


def test_credentials_in_headers_are_withheld(tmp_path: Path) -> None:
    headers = {"authorization": "Basic canary", "cookie": "canary", "proxy-authorization": "canary", "x": "y"}
    log = CaptureLog(tmp_path)
    log.append(arrival(headers=headers))
    log.close()
    content = (tmp_path / "ipn-000001.jsonl").read_bytes()
    assert b"canary" not in content
    assert json.loads(content)["headers"] == {**dict.fromkeys(headers, WITHHELD), "x": "y"}


def test_files_are_for_their_owner_alone(tmp_path: Path) -> None:
    written(tmp_path, 1)
    assert (tmp_path / "ipn-000001.jsonl").stat().st_mode & 0o077 == 0


def edited(line: bytes, old: bytes, new: bytes) -> bytes:
    assert old in line
    return line.replace(old, new)


def test_what_breaks_the_chain_and_where(tmp_path: Path) -> None:
    a, b, c, d = written(tmp_path, 4)
    body_b, evil = base64.b64encode(b"identifier=A1"), base64.b64encode(b"identifier=A9")
    skipping = with_chain({**json.loads(b), "seq": 3} | {"chain": None}, json.loads(a)["chain"])
    reordered = json.dumps(dict(reversed(json.loads(b).items())), indent=1).encode()
    twice = b.rstrip().removesuffix(b"}") + b',"body_base64":"' + evil + b'"}\n'
    hidden = b'{"body_base64":"' + evil + b'",' + b[1:]
    cases: dict[str, tuple[list[bytes], str | None]] = {
        "whole": ([a, b, c, d], "ok"),
        "without line ends": ([line.rstrip() for line in (a, b, c, d)], "ok"),
        "written another way": ([a, reordered, c, d], "ok"),
        "one line": ([a], "ok"),
        "body changed": ([a, edited(b, body_b, evil), c, d], "broken at 2"),
        "sender changed": ([a, edited(b, b"127.0.0.1", b"127.0.0.9"), c, d], "broken at 2"),
        "field added": ([a, edited(b, b'"method"', b'"met":1,"method"'), c, d], "broken at 2"),
        "name twice, last wins": ([a, twice, c, d], "broken at 2"),
        "name twice, first wins": ([a, hidden, c, d], "broken at 2"),
        "line removed": ([a, c, d], "broken at 2"),
        "first line removed": ([b, c, d], "broken at 1"),
        "line repeated": ([a, b, b, c, d], "broken at 3"),
        "lines swapped": ([a, c, b, d], "broken at 2"),
        "gap with a right chain": ([a, skipping], "broken at 2"),
        "torn tail": ([a, b, c, d[:40]], "broken at 4"),
        "torn within": ([a, b[:40], c, d], "broken at 2"),
        "torn first": ([a[:40], b, c, d], "broken at 1"),
        "blank line": ([a, b, b"\n", c], "broken at 3"),
        "foreign line": ([a, b, b'{"status":"success"}\n', c], "broken at 3"),
        "not UTF-8": ([a, b"\xff" + b, c], "broken at 2"),
        "foreign line first": ([b'{"status":"success"}\n', a, b], "broken at 1"),
        "foreign lines first": ([b"\n", b"junk\n", a, b], "broken at 1"),
        "no capture": ([b'{"status":"success"}\n', b'{"chain":"' + b"0" * 64 + b'"}\n'], None),
        "torn only": ([a[:40]], None),
        "nothing": ([], None),
        "an array": ([b"[]"], None),
        "deep": ([b"[" * 100_000], None),
    }
    found = {name: check_chain(lines) for name, (lines, _) in cases.items()}
    assert found == {name: expected for name, (_, expected) in cases.items()}


def test_the_chain_goes_on_after_a_restart(tmp_path: Path) -> None:
    for _ in range(3):
        log = CaptureLog(tmp_path)
        log.append(arrival())
        log.append(arrival())
        log.close()
    lines = (tmp_path / "ipn-000001.jsonl").read_bytes().splitlines()
    assert [json.loads(line)["seq"] for line in lines] == [1, 2, 3, 4, 5, 6]
    assert check_chain(lines) == "ok"
    heads = [log.head]
    log.append(arrival())
    assert heads == [None]
    assert log.head == (7, json.loads((tmp_path / "ipn-000001.jsonl").read_bytes().splitlines()[-1])["chain"])
    log.close()


@pytest.mark.parametrize("tail", [b'{"body_base64":"c3Rhd', b"{}\n", b"\x00" * 4096, b"garbage\nmore\n", b"\n"])
def test_a_torn_tail_stays_as_it_is_and_the_next_file_goes_on(tmp_path: Path, tail: bytes) -> None:
    before = b"".join(written(tmp_path, 3)) + tail
    (tmp_path / "ipn-000001.jsonl").write_bytes(before)
    log = CaptureLog(tmp_path)
    assert [log.append(arrival()), log.append(arrival())] == [4, 5]
    log.close()
    assert (tmp_path / "ipn-000001.jsonl").read_bytes() == before
    assert check_chain(before.splitlines()) == "broken at 4"
    lines = (tmp_path / "ipn-000002.jsonl").read_bytes().splitlines()
    assert [json.loads(line)["seq"] for line in lines] == [4, 5]
    assert check_chain(lines) == "ok"


@pytest.mark.exhaustive
@given(cut=st.integers(min_value=0, max_value=1100))
def test_cut_anywhere_nothing_is_lost_and_appending_never_overwrites(
    tmp_path_factory: pytest.TempPathFactory, cut: int
) -> None:
    folder = tmp_path_factory.mktemp("cut")
    whole = b"".join(written(folder, 3))
    first = folder / "ipn-000001.jsonl"
    before = whole[: min(cut, len(whole))]
    first.write_bytes(before)
    log = CaptureLog(folder)
    seq = log.append(arrival(b"identifier=after"))
    log.close()
    assert first.read_bytes().startswith(before)
    whole_lines = [
        line for file in sorted(folder.iterdir()) for line in file.read_bytes().splitlines() if is_record(line)
    ]
    assert [json.loads(line)["seq"] for line in whole_lines] == list(range(1, seq + 1))
    assert check_chain(max(folder.iterdir()).read_bytes().splitlines()) == "ok"


def is_record(line: bytes) -> bool:
    try:
        return "seq" in json.loads(line)
    except ValueError:
        return False


def test_a_file_of_that_name_that_is_no_capture_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "ipn-000001.jsonl").write_bytes(b'{"status":"success"}\n')
    log = CaptureLog(tmp_path)
    assert log.append(arrival()) == 1
    log.close()
    assert (tmp_path / "ipn-000001.jsonl").read_bytes() == b'{"status":"success"}\n'
    assert check_chain((tmp_path / "ipn-000002.jsonl").read_bytes().splitlines()) == "ok"


def test_a_file_that_was_moved_away_is_not_written_to(tmp_path: Path) -> None:
    log = CaptureLog(tmp_path / "captures")
    log.append(arrival())
    (tmp_path / "captures" / "ipn-000001.jsonl").rename(tmp_path / "archived.jsonl")
    log.append(arrival())
    log.close()
    assert len((tmp_path / "archived.jsonl").read_bytes().splitlines()) == 1
    assert len((tmp_path / "captures" / "ipn-000001.jsonl").read_bytes().splitlines()) == 1


def test_threads_of_several_logs_of_one_folder_make_one_chain(tmp_path: Path) -> None:
    logs = [CaptureLog(tmp_path) for _ in range(3)]
    seqs: list[int] = []

    def append_some(log: CaptureLog) -> None:
        seqs.extend([log.append(arrival()) for _ in range(20)])

    threads = [threading.Thread(target=append_some, args=(log,)) for log in logs for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for log in logs:
        log.close()
    lines = (tmp_path / "ipn-000001.jsonl").read_bytes().splitlines()
    assert sorted(seqs) == [json.loads(line)["seq"] for line in lines] == list(range(1, 181))
    assert check_chain(lines) == "ok"


@pytest.mark.parametrize("call", ["write", "fsync"])
def test_what_could_not_be_made_durable_is_not_acknowledged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    log = CaptureLog(tmp_path)
    log.append(arrival(b"before"))

    def fail(*_: Any) -> Any:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, call, fail)
        with pytest.raises(OutputError, match="No space left"):
            log.append(arrival(b"during"))
    log.append(arrival(b"after"))
    log.close()
    lines = (tmp_path / "ipn-000001.jsonl").read_bytes().splitlines()
    bodies = [base64.b64decode(json.loads(line)["body_base64"]) for line in lines]
    assert bodies[0] == b"before"
    assert bodies[-1] == b"after"
    assert check_chain(lines) == "ok"


def test_half_a_line_on_a_full_disk_is_a_torn_tail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = CaptureLog(tmp_path)
    log.append(arrival(b"before"))
    real_write, halves = os.write, iter([10])

    def write_half(descriptor: int, octets: bytes) -> int:
        half = next(halves, None)
        if half is None:
            raise OSError(28, "No space left on device")
        return real_write(descriptor, octets[:half])

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", write_half)
        with pytest.raises(OutputError):
            log.append(arrival(b"during"))
    assert log.append(arrival(b"after")) == 2
    log.close()
    assert check_chain((tmp_path / "ipn-000001.jsonl").read_bytes().splitlines()) == "broken at 2"
    assert check_chain((tmp_path / "ipn-000002.jsonl").read_bytes().splitlines()) == "ok"


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(OutputError, match="cannot be made"):
        CaptureLog(tmp_path / "file")


@given(st.lists(st.binary(max_size=60), max_size=6))
def test_checking_never_raises(lines: list[bytes]) -> None:
    assert check_chain(lines) is None


def test_the_first_chain_stands_on_64_zeros() -> None:
    assert GENESIS == "0" * 64


def test_the_form_knows_no_network() -> None:
    program = (
        "import sys, corena_recon.gateway.capture_log\n"
        "print([name for name in ('socket', 'ssl', 'http', 'requests', 'pyarrow') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
