"""Lines that a container's runtime has cut are one line each; nothing that is no piece of one is joined."""

from __future__ import annotations

import json
from urllib.parse import urlencode

import pytest

from corena_recon import read_ipns, verify
from corena_recon.archive.forms.logs.container_pieces import whole_lines
from corena_recon.vocabulary import RECORD_MAX_BYTES
from tests.archive.differential import Archive, differences
from tests.making import ipn, ring

NAMES = ("A", "B", "C")
OBJECTS = [json.dumps(ipn(name)) for name in NAMES]
BODIES = [
    urlencode({**{k: v for k, v in one.items() if k != "data"}, "data[amount]": "11.00000000"})
    for one in map(ipn, NAMES)
]
OTHER = "2026-03-01T10:00:09.5Z stderr F a warning"


def written(text: str, second: int, size: int) -> list[str]:
    """The lines that a runtime writes of one, each piece with its own moment."""
    pieces = [text[at : at + size] for at in range(0, len(text), size)]
    return [
        f"2026-03-01T10:00:0{second}.{number:09}Z stdout {'F' if number == len(pieces) - 1 else 'P'} {piece}"
        for number, piece in enumerate(pieces)
    ]


# Elastic's Filebeat tests its own reader of this format with the first pair of lines, CRI-O its writer with the second.
FORMAT = """
2017-10-12T13:32:21.232861448Z stdout P table.go 710: Invalidating dataplane cache
2017-11-12T23:32:21.212771448Z stdout F  error
> 2017-10-12T13:32:21.232861448Z stdout F table.go 710: Invalidating dataplane cache error

2026-03-01T10:00:00.5+01:00 stdout P hello
> 2026-03-01T10:00:00.5+01:00 stdout F hello

2026-03-01T10:00:00.5Z stdout P:x a
2026-03-01T10:00:01.5Z stderr P c
2026-03-01T10:00:02.5Z stdout F b
2026-03-01T10:00:03.5Z stderr F:x d
> 2026-03-01T10:00:00.5Z stdout F ab
> 2026-03-01T10:00:01.5Z stderr F cd

2026-03-01T10:00:00.5Z stdout F whole
2026-03-01T10:00:00.5Z stdout P begun
what no runtime wrote
2026-03-01T10:00:01.5Z stdout F other
> 2026-03-01T10:00:00.5Z stdout F whole
> 2026-03-01T10:00:00.5Z stdout P begun
> what no runtime wrote
> 2026-03-01T10:00:01.5Z stdout F other

said: 2026-03-01T10:00:00.5Z stdout P a
said: 2026-03-01T10:00:00.5Z stdout F b
> said: 2026-03-01T10:00:00.5Z stdout P a
> said: 2026-03-01T10:00:00.5Z stdout F b
"""


@pytest.mark.parametrize("size", [1, 7, 64, 10_000])
def test_pieces_are_one_line_wherever_blocks_end(size: int) -> None:
    for case in FORMAT.strip().split("\n\n"):
        lines = case.split("\n")
        log = "\n".join(line for line in lines if line[:2] != "> ").encode() + b"\n"
        wanted = "\n".join(line[2:] for line in lines if line[:2] == "> ").encode()
        blocks = [log[: size + 64], *(log[at : at + size] for at in range(size + 64, len(log), size))]
        assert b"".join(whole_lines(iter(blocks))).removesuffix(b"\n") == wanted


@pytest.mark.parametrize("size", [40, 200, 16_384])
@pytest.mark.parametrize("texts", [OBJECTS, BODIES])
def test_a_notification_in_pieces_is_the_one_that_was_posted(texts: list[str], size: int) -> None:
    lines = [OTHER]
    for second, text in enumerate(texts):
        first, *others = written("x" * 16_300 + f" IPN {text}", second, size)
        lines += [first, OTHER, *others]
    log = "\n".join([*lines, ""]).encode()
    checked = verify(read_ipns(log), ring())
    assert checked["identifier"].tolist() == list(NAMES)
    assert set(checked["verdict"]) == {"accepted"}
    assert checked["received_at"].dt.second.tolist() == [0, 1, 2]
    [count] = checked.attrs["intake"]
    assert (count["records"], count["other"]) == (7, 4)
    assert differences(Archive((log,))) == []


def test_what_goes_on_without_an_end_is_named() -> None:
    log = "\n".join([OTHER, *written(OBJECTS[0], 0, 100)[:-1], ""]).encode()
    [row] = read_ipns(log).itertuples()
    assert row.unreadable == "truncated"
    endless = b"2026-03-01T10:00:00.5Z stdout P " + b"x" * 16_384 + b"\n"
    longest = max(map(len, b"".join(whole_lines(iter([endless] * 1_100))).split(b"\n")))
    assert RECORD_MAX_BYTES < longest < RECORD_MAX_BYTES + 20_000
