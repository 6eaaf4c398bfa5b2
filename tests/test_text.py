from __future__ import annotations

import os
import re

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corena_recon.text import HOSTILE_PATTERN, octets_column, octets_of, printable, text_of

AWKWARD = st.lists(
    st.sampled_from(
        [b"\xee", b"\xbe", b"\x80", b"\xef", b"\xff", b"\xc3\xa9", b"a", b"\xf0\x9f\x98\x80", b"\xee\xbe\x80"]
    )
).map(b"".join)


@given(st.binary() | AWKWARD)
def test_any_bytes_come_back_exactly_and_are_text_for_arrow(octets: bytes) -> None:
    """The mapping is one to one, so the exact bytes always come back."""
    text = text_of(octets)
    assert octets_of(text) == octets
    assert pa.array([text]).to_pylist() == [text]


@given(st.text(st.characters(exclude_categories=["Cs"], max_codepoint=0xDFFF)))
def test_text_in_utf_8_is_left_as_it_is(text: str) -> None:
    assert text_of(text.encode()) == text


def test_a_column_of_text_as_exact_bytes() -> None:
    column = pa.array(["11", None, text_of(b"caf\xe9"), "café"])
    assert octets_column(column).to_pylist() == [b"11", None, b"caf\xe9", "café".encode()]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain é 漢", "plain é 漢"),
        ("a\x00\x1b[31m", "a\\x00\\x1B[31m"),
        ("a\u202eb", "a\\u202Eb"),
        ("a\u200bb\ufeff", "a\\u200Bb\\uFEFF"),
        (text_of(b"caf\xe9"), "caf\\xE9"),
        (os.fsdecode(b"caf\xe9"), "caf\\xE9"),
        ("\ud800", "\\uD800"),
        ("\U000e0041", "\\U000E0041"),
        ("two\nlines", "two\\x0Alines"),
    ],
)
def test_nothing_that_acts_or_hides_reaches_a_terminal(text: str, shown: str) -> None:
    assert printable(text) == shown


@pytest.mark.parametrize(
    ("text", "is_hostile"),
    [
        ("CMD-1", False),
        ("-5.00", False),
        ("a=b", False),
        ("a < b", False),
        ("=1+1", True),
        ("  =1+1", True),
        ("@SUM(A1)", True),
        ("+cmd", True),
        ("-2+3+cmd", True),
        ("<script>", True),
        ("</b>", True),
        ("a\x00", True),
        ("a\u202e", True),
        ("a\u200b", True),
        ("javaScript:alert(1)", True),
        ('{"note":"=1+1"}', True),
        ('{"note":"\\u0007"}', True),
    ],
)
def test_text_that_could_act_when_shown(text: str, is_hostile: bool) -> None:
    assert bool(re.search(HOSTILE_PATTERN, text)) is is_hostile
