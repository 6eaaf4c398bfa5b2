from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from corena_recon import read_ipns
from corena_recon.archive.forms.logs import log_entries
from corena_recon.archive.forms.logs.log import LogLines
from corena_recon.archive.forms.logs.log_entries import runs_of_entries
from corena_recon.archive.lines.line_runs import Run
from corena_recon.native import has_core, named_lines
from corena_recon.php import Dump, find_dumps
from tests.every_form import WAYS, Way, notifications

FIELDS = {"status": "success", "signature": "F", "identifier": "A1", "data": {"amount": "11.00"}}
PRETTY = json.dumps(FIELDS, indent=2)
PRINTED = "Array\n(\n    [status] => success\n    [signature] => F\n    [identifier] => A1\n)\n"
NAMED = "status: success\nsignature: F\nidentifier: A1"
PARTS = "".join(
    f'--b1\nContent-Disposition: form-data; name="{name}"\n\nF\n' for name in ("status", "signature", "identifier")
)
PARTS += "--b1--\n"
AT = "[2024-01-02 03:04:05] "


def entries(text: str, block_bytes: int = 1 << 20) -> list[str]:
    """The records of a log that have more than one line."""
    octets = text.encode()
    blocks = iter([octets[at : at + block_bytes] for at in range(0, len(octets), block_bytes)])
    lines = [line for run in runs_of_entries(blocks) for line in (run.lines() if isinstance(run, Run) else (run,))]
    assert b"".join(line.octets + (line.end if line.is_complete else b"") for line in lines) == octets
    return [line.octets.decode() for line in lines if b"\n" in line.octets]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"{AT}x {PRETTY}\n{AT}y\n", [f"{AT}x {PRETTY}"]),
        (f"{AT}x\nIPN:\n{PRETTY}\nbehind\n", [f"{AT}x\nIPN:\n{PRETTY}"]),
        (f"before\n{PRETTY}\nbehind\n", [PRETTY]),
        (f"{AT}x {PRINTED}\n#0 trace\n", [f"{AT}x {PRINTED.rstrip()}"]),
        (f"{PRINTED}{PRINTED}", [PRINTED.rstrip()] * 2),
        (f"{AT}\nIP: 192.0.2.1\n{json.dumps(FIELDS)}\n\n", [f"{AT}\nIP: 192.0.2.1\n{json.dumps(FIELDS)}"]),
        (f"{AT}\n\n{json.dumps(FIELDS)}\n", []),
        (f"{AT}IPN {json.dumps(FIELDS)}\n#0 trace\n", []),
        (f"{AT}IPN {json.dumps(FIELDS)}\n{json.dumps(FIELDS)}\n", []),
        (f"{AT}x {PRETTY[:60]}\n{AT}y\n", [f"{AT}x {PRETTY[:60]}"]),
        (f"{AT}x\n{NAMED}\n\nz\n", [f"{AT}x\n{NAMED}"]),
        (f"{AT}x\n{PARTS}{AT}y\n", [f"{AT}x\n{PARTS.removesuffix(chr(10))}"]),
        (f"{AT}x\n{PARTS[:90]}\n{AT}y\n", []),
        # As languages with types name fields.
        (f"{AT}x\n{NAMED.title()}\n\nz\n", [f"{AT}x\n{NAMED.title()}"]),
        (f"{AT}x {PRETTY.replace('sig', 'Sig')}\n{AT}y\n", [f"{AT}x {PRETTY.replace('sig', 'Sig')}"]),
        (f"{AT}x\ndesignature of\nignature\n", []),
        ("\n".join(f"{AT}app: {line}" for line in PRINTED.split("\n")), [
            "\n".join(f"{AT}app: {line}" for line in PRINTED.rstrip().split("\n"))
        ]),
        ("the signature\nof an identifier\n", []),
        (f"{AT}x Array\n(\n    [signature] => F\n", []),
    ],
)  # fmt: skip
@pytest.mark.parametrize("block_bytes", [7, 1 << 20])
def test_what_belongs_together(text: str, expected: list[str], block_bytes: int) -> None:
    assert entries(text, block_bytes) == expected


def test_an_entry_of_any_length_is_one() -> None:
    long = json.dumps({"headers": {f"x-{number}": "y" * 60 for number in range(300)}} | FIELDS, indent=1)
    assert entries(f"{AT}x {long}\n{AT}y\n", 1_000) == [f"{AT}x {long}"]


@pytest.mark.parametrize("way", [way for way in WAYS if way.form == "log"], ids=lambda way: way.name)
def test_the_core_leaves_out_only_lines_that_are_records_by_themselves(
    way: Way, monkeypatch: pytest.MonkeyPatch
) -> None:
    octets = way.write(notifications(40))
    found = np.concatenate(list(named_lines(octets, 0, len(octets)))).tolist()
    monkeypatch.setattr("corena_recon.native.entries.core", lambda: None)
    every = np.concatenate(list(named_lines(octets, 0, len(octets))))[:, 0].tolist()
    assert {line for line, *_ in found} <= set(every)
    assert len(every) == sum(b"signature" in line or b"identifier" in line for line in octets.split(b"\n"))
    in_entries = {begin for line, _, end in found for begin in every if line <= begin <= end}
    for begin in set(every) - {line for line, *_ in found} - in_entries:
        line = octets[begin : octets.index(b"\n", begin)].decode()
        assert entries(f"{AT}x\n{line}\n") == [] or line.startswith("{")


ENTRIES = (
    AT + "ipn Array\n(\n    [status] => x\n    [signature] => y\n)\n",
    AT + "ipn\n\nArray\n(\n    [data] => Array\n        (\n            [identifier] => y\n        )\n\n)\n",
    AT + "ipn array (\n  'identifier' => 'a\\'b',\n  'n' => 1,\n)\n",
    AT + 'ipn array(1) {\n  ["identifier"]=>\n  string(3) "a\nb"\n}\n',
    AT + 'ipn {\n  "n": 1,\n  "identifier": "{x"\n}\n',
    AT + "\nIP: x\nstatus=x&signature=y&data[amount]=1\n",
    AT + "a: Array [ 'x' => 1 ]\nArray\n(\n    [signature] => y\n)\n",
    AT + 'answered {200} {} {"a": 1}\n{\n  "signature": "y"\n}\n',
    "web_1  | Array\nweb_2  | (\nweb_2  |     [signature] => y\nweb_17  | )\n",
    '10:00 x: "Array"\n10:01 x: "("\n10:01 x: "    [identifier] => y"\n10:02 x: ")"\n',
    '{"log":"Array\\n","time":"2026-03-01"}\n{"log":"(\\n"}\n{"log":"    [identifier] => y\\n"}\n{"log":")\\n"}\n',
)
NO_ENTRIES = (
    AT + "ipn Array\n(\n   [signature] => y\n)\n",
    AT + "ipn Array\n(\n    [signature] => a\nb\n)\n",
    AT + 'ipn array(2) {\n  ["identifier"]=>\n  string(1) "a"\n}\n',
    AT + 'ipn {\n  "identifier": "x"\n',
    "web_1  | Array\nweb_1  | (\nweb_1      [signature] => y\nweb_1  | )\n",
    '{"log":"Array\\n"}\n{"log":"(\\n"}\n{"log":"    [identifier] => y"}\n{"log":")\\n"}\n',
    '{"log":"Array\\n"}\n{"log":"(\\n"}\n{"log":"    [identifier] => y\\n","log":"x"}\n{"log":")\\n"}\n',
    "Mar  1 10:00:00 ipn Array\n(\n    [signature] => y\n)\n",
)


@pytest.mark.skipif(not has_core(), reason="there is no compiled core, or it is off")
@pytest.mark.parametrize("text", [*ENTRIES, *NO_ENTRIES])
def test_the_core_finds_plain_entries_just_as_python_does(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    octets = f"{AT}before\n{text}{AT}after\n".encode()
    _, begin, end = next(named_lines(octets, 0, len(octets)))[0].tolist()
    assert (end >= 0) == (text in ENTRIES)
    found = entries(octets.decode())
    monkeypatch.setattr("corena_recon.native.entries.core", lambda: None)
    assert entries(octets.decode()) == found
    if end >= 0:
        assert found == [octets[begin:end].decode()]


@pytest.mark.skipif(not has_core(), reason="there is no compiled core, or it is off")
@pytest.mark.parametrize("between", ["x\n{}", "\n"])
def test_a_whole_line_below_no_time_is_a_record_by_itself(between: str, monkeypatch: pytest.MonkeyPatch) -> None:
    octets = f"{AT}{between}\nstatus=x&signature=y&data[amount]=1\n".encode()
    assert all((lines[:, 0] <= len(AT + between)).all() for lines in named_lines(octets, 0, len(octets)))
    monkeypatch.setattr("corena_recon.native.entries.core", lambda: None)
    assert not any("status" in entry for entry in entries(octets.decode()))


@pytest.mark.skipif(not has_core(), reason="there is no compiled core, or it is off")
def test_an_entry_of_the_core_that_begins_in_another_is_looked_at_by_line() -> None:
    octets = f'{AT}x\n[signature] => a\n    [identifier] => b\n{AT}ipn {{\n  "signature": 1\n}}\n'.encode()
    (*_, (_, begin, end)) = next(named_lines(octets, 0, len(octets))).tolist()
    finder = log_entries._Finder(octets, len(octets), is_last=True)
    finder._floor = octets.index(b"ipn")
    assert end >= 0
    assert not finder._trusts(begin)


@pytest.mark.skipif(not has_core(), reason="there is no compiled core, or it is off")
@pytest.mark.parametrize(
    "name", ["print_r", "laravel-pretty", "three-lines", "unstamped", "print_r-docker", "print_r-joined"]
)
def test_entries_of_one_shape_are_read_by_the_core(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    way = next(way for way in WAYS if (way.form, way.name) == ("log", name))
    octets = way.write(notifications(3_000))
    read_line = LogLines.read_line
    look_around = log_entries._Finder._around
    read_exactly = looked_around = 0

    def reading(log: LogLines, line: bytes) -> Any:
        nonlocal read_exactly
        read_exactly += 1
        return read_line(log, line)

    def looking(finder: log_entries._Finder, *line: int) -> Any:
        nonlocal looked_around
        looked_around += 1
        return look_around(finder, *line)

    monkeypatch.setattr(LogLines, "read_line", reading)
    monkeypatch.setattr(log_entries._Finder, "_around", looking)
    assert len(read_ipns(octets)) == 3_000
    assert read_exactly < 2_000
    # A signature may hold what could be a day and a time, but within a word it holds no seconds since 1970.
    assert looked_around < 20


PIECES = (
    "signature\n", '{"signature": "x",\n', '[{"signature":[\n', '{"log":"[signature] => x\\n","stream":"a"}\n',
    "x\n" * 50 + "signature\n", "host php: [signature] => \n", "[signature] => Array\n(\n",
    '{"identifier": [\n' + "1,\n" * 40,
)  # fmt: skip


@pytest.mark.parametrize("piece", PIECES)
def test_a_hostile_log_takes_no_longer_than_its_length(piece: str) -> None:
    def seconds(size: int) -> float:
        blocks: Iterator[bytes] = iter([(piece * (size // len(piece))).encode()])
        begin = time.process_time()
        assert [*runs_of_entries(blocks)]
        return time.process_time() - begin

    assert seconds(60_000) < 40 * seconds(6_000) + 0.2


def test_damaged_dumps_are_looked_for_the_less_often_the_shorter_a_log_is(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = b"array ( 'signature' =>\n" * 4_000
    searched = 0

    def counting(text: bytes) -> Iterator[Dump]:
        nonlocal searched
        searched += len(text)
        return find_dumps(text)

    monkeypatch.setattr(log_entries, "find_dumps", counting)
    assert [*runs_of_entries(iter([lines]))]
    assert searched < 10 * len(lines)
