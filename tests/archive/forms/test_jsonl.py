"""JSON lines: objects that are glued together, and marks in the middle, as ``cat`` leaves them."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

import corena_recon as cr
from corena_recon.archive.forms.jsonl import objects_in_line
from corena_recon.native import lines_of_several
from tests.archive.differential import Archive, differences
from tests.archive.differential import read as read_archive
from tests.every_form import notifications
from tests.making import ipn, jsonl

POSTS = notifications(4)
A, B, C, D = (json.dumps(one.nested()) for one in POSTS)
MARK = "\ufeff"


@pytest.mark.parametrize(
    ("line", "objects"),
    [
        ('{"a":1}{"b":"}{"}', ['{"a":1}', '{"b":"}{"}']),
        (' {"a":1} \t{"b":2}\r', ['{"a":1}', '{"b":2}']),
        ('{"a":"é"}\ufeff{"b":2}', ['{"a":"é"}', '{"b":2}']),
        ('{"a":1}{"b":', ['{"a":1}', '{"b":']),
        # one object, or what is none
        ('{"a":1}', []),
        ('{"a":"}{"}', []),
        ('{"a":1},{"b":2}', []),
        ('{"a":1}x{"b":2}', []),
        ('{"a":1}[2]', []),
        ('{"a"}{"b":2}', []),
        ("", []),
    ],
)
def test_objects_in_a_line(line: str, objects: list[str]) -> None:
    assert [one.decode() for one in objects_in_line(line.encode())] == objects


# One line a case: the file, the identifiers, and what is unreadable.
FILES = [
    (f"{A}\n{B}{C}\n{D}\n", "0123", []),
    (f"{A}{B}\n{C}\r\n{D}", "0123", []),
    (f"{A}\n{B}\n{C}{D}", "0123", []),
    (f"{A}\n{B} {C}{D}\n", "0123", []),
    (f"{A}\n{MARK}{B}\n{C}\n", "012", []),
    (f"{MARK}{A}\n{B}{MARK}{C}\n", "012", []),
    (f"{A}{B}{C}{D}", "0123", []),
    (f"{A}\n{B}{C[:50]}", "01", ["truncated"]),
    (f"{A}\n{B}{C[:50]}\n{D}\n", "013", ["invalid_json"]),
    (f"{A}\n{B},{C}\n{D}\n", "03", ["invalid_json"]),
    (f"{A}\n[{B},{C}]\n{D}\n", "0123", []),
    (f" [ {B} , {C} ] \r\n{A}\n[{D}]", "1203", []),
    (f"{A}\n[{B},{C}", "0", ["truncated"]),
    # what other programs end lines with, a crash leaves, or an array has between its elements
    (f"{A}\0{B}\0{C}\0", "012", []),
    (f"{A}\n{B}\0{C}\u2028{D}\n", "0123", []),
    (f"{A}\f\n\x1e{B}\n\x1e{C}\n", "012", []),
    ("{}\n{}{}\n{}\n".format(A, "\0" * 99, B, C), "012", []),
    (f"{A}\n,{B}\n, {C}\n", "012", []),
]


@pytest.mark.parametrize(("text", "numbers", "unreadable"), FILES)
def test_each_object_is_a_record(text: str, numbers: str, unreadable: list[str]) -> None:
    octets = text.encode()
    found = read_archive(Archive((octets,)))
    [intake] = found.intake
    whole = found.table.filter([why is None for why in found.table["unreadable"].to_pylist()])
    assert whole["identifier"].to_pylist() == [POSTS[int(number)].identifier for number in numbers]
    assert [why for why in found.table["unreadable"].to_pylist() if why] == unreadable
    assert (intake.records, intake.other) == (len(numbers) + len(unreadable), 0)
    for block_bytes in (16, 100, 1 << 24):
        assert differences(Archive((octets,), None, block_bytes, True)) == []


@given(st.lists(st.sampled_from([*"{}[]\t\n\0\f x", MARK, "\u2028"]), max_size=60), st.integers(0, 60))
def test_the_core_finds_the_lines_that_python_finds(pieces: list[str], at: int) -> None:
    octets = "".join(pieces).encode()
    begin = octets.rfind(b"\n", 0, at) + 1
    found = list(lines_of_several(octets, begin, len(octets)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("corena_recon.native.entries.core", lambda: None)
        assert found == list(lines_of_several(octets, begin, len(octets)))


def test_lines_that_python_wrote_are_read_one_by_one() -> None:
    found = read_archive(Archive(("".join(f"{one.nested()}\n" for one in POSTS).encode(),)))
    assert found.table["identifier"].to_pylist() == [one.identifier for one in POSTS]
    assert [intake.form for intake in found.intake] == ["log"]


def test_a_logger_s_line_without_a_notification_is_other_traffic_and_any_other_object_is_not() -> None:
    one = cr.read_ipns(jsonl(ipn("A")) + b'{"level": "info", "message": "restarted"}\n{"level": "info"}\n{}\n')
    assert one["unreadable"].fillna("").tolist() == ["", "no_ipn_fields", "no_ipn_fields"]
    assert one["record"].tolist() == [1, 3, 4]
    [count] = one.attrs["intake"]
    assert (count["records"], count["notifications"], count["unreadable"], count["other"]) == (4, 1, 2, 1)
