"""Texts that stand in place of others: each has the letter that it is kept under."""

from __future__ import annotations

import pytest

from corena_recon.archive.recipes.probes import CHARGES, INSTANTS, letter_of, mark, other_moment, texts
from corena_recon.archive.records.instants import instant_of
from corena_recon.money import decimal_of
from corena_recon.native import Kind, has_core, take_apart

pytestmark = pytest.mark.skipif(not has_core(), reason="there is no compiled core, or it is off")


def test_every_kind_of_leaf_has_probes() -> None:
    for letter, probes in texts().items():
        assert len(probes) >= 3, letter
        assert len(set(probes)) == len(probes), letter
    # those that a body, a cell or a log is made of
    assert set(texts()) >= set("swWdqrh6tunx")


@pytest.mark.parametrize("letter", list("swdqrh6"))
def test_a_mark_stands_where_a_text_of_its_letter_stood(letter: str) -> None:
    found = mark(letter, 7, 123)
    assert found is not None
    assert letter_of(found, Kind.JSON) == letter
    marks = [mark(letter, number, 123) for number in range(300)]
    assert not any(one is None or (one != other and one in other) for one in marks for other in marks[:20] if other)


@pytest.mark.parametrize("letter", list("nx"))
def test_a_mark_that_is_a_number(letter: str) -> None:
    found = mark(letter, 7, 123)
    assert found is not None
    apart = take_apart(b'{"k":%b}' % found, Kind.JSON)
    assert apart is not None
    assert (apart.leaves, chr(apart.shape[-2])) == ((found,), letter)


def test_an_empty_text_has_no_other() -> None:
    assert mark("e", 7, 123) is None


@pytest.mark.parametrize(
    ("text", "letter"),
    [
        (b"x", "s"),
        (b'a"b', "s"),
        (b"{x", "d"),
        (b"k v=1", "q"),
        (b"/?a=b", "r"),
        (b"--x", "h"),
        (b"YQ==", "6"),
        (b" x", "w"),
        # what names a posted field is a kind of its own, whatever it is otherwise
        (b"signature", "N"),
        (b"{x: identifier", "N"),
        (b"Array ( [Signature] => x", "N"),
        (b"--signature", "N"),
        (b"/?a=b&identifier=1", "N"),
        (b"signatur", "s"),
        # in these, others are found
        (b"a=b", None),
        (b"{}", None),
    ],
)
def test_the_letter_of_a_text(text: bytes, letter: str | None) -> None:
    assert letter_of(text, Kind.JSON) == letter


def test_a_field_is_found_wherever_it_is_named() -> None:
    for word in (b"signature", b"IDENTIFIER"):
        for before in range(40):
            for after in range(40):
                text = b"s" * before + word + b"i" * after
                assert letter_of(text, Kind.JSON) == "N", text
                assert letter_of(text.replace(word, word[:-1]), Kind.JSON) == "s", text
    assert letter_of(b"] prod.INFO: the signature of ", Kind.LOG) == "M"
    assert not {"N", "M"} & set(texts())


def test_a_list_of_numbers_that_may_be_bytes_is_for_the_exact_reader() -> None:
    for count in (0, 1, 31, 32, 33, 200):
        apart = take_apart(b'{"k":[%b]}' % b",".join([b"115"] * count), Kind.JSON)
        assert (apart is None) == (count >= 32), count


@pytest.mark.parametrize(
    ("text", "holds_a_line"),
    [
        (b'IPN {"signature": "x"}', True),
        (b"INFO\tbody: signature=x&identifier=y", True),
        # where no field is named nothing is looked for
        (b'IPN {"status": "x"}', False),
        (b"INFO\tbody: status=x&b=y", False),
        # nothing stands there, or it is something else
        (b"the signature of it all", False),
        (b"signature=x&identifier=a+b", False),
    ],
)
def test_lines_in_texts(text: bytes, holds_a_line: bool) -> None:
    apart = take_apart(b'{"k":"%b"}' % text.replace(b'"', b'\\"').replace(b"\t", b"\\t"), Kind.JSON)
    assert apart is not None
    assert (b"L" in apart.shape) == holds_a_line


MOMENTS = [
    b"2026-01-02T03:04:05Z", b"2026-01-02 03:04:05.123", b"02/Jan/2006:15:04:05 +0000", b"02-Jan-2006 15:04:05 UTC",
]  # fmt: skip


@pytest.mark.parametrize("text", MOMENTS)
def test_other_moments_look_alike_and_are_others(text: bytes) -> None:
    others = {other_moment(text, seed) for seed in range(40)}
    shape = take_apart(text + b" x", Kind.LOG)
    assert shape is not None
    for other in others:
        found = take_apart(other + b" x", Kind.LOG)
        assert found is not None
        assert found.shape == shape.shape
        assert instant_of(other.decode()) is not None
    assert len({instant_of(other.decode()) for other in others}) > 20


def test_probes_of_moments_and_charges_are_such() -> None:
    assert None not in map(decimal_of, CHARGES)
    assert None not in map(instant_of, INSTANTS)
