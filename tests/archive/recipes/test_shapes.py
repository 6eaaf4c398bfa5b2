"""A record written from its shape and its leaves is taken apart into the same."""

from __future__ import annotations

import json
from urllib.parse import quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corena_recon.archive.recipes.shapes import Tree, names_in, numbers_in, reordered
from corena_recon.native import Kind, has_core, take_apart
from tests.archive.differential import fixtures

pytestmark = pytest.mark.skipif(not has_core(), reason="there is no compiled core, or it is off")

BODY = "status=success&identifier=C-1&data%5Bamount%5D=11.00&x&y="
TEXTS = st.text(max_size=12) | st.sampled_from(
    [BODY, '{"a":"b"}', "[1]", "YWJj", "c3RhdHVzPXN1Y2Nlc3MmYT1iJmM9ZA==", "--x", "/?a=b"]
)
VALUES = st.recursive(
    TEXTS | st.booleans() | st.none() | st.integers() | TEXTS.map(json.dumps),
    lambda one: st.lists(one, max_size=4) | st.dictionaries(st.text(max_size=4), one, max_size=4),
    max_leaves=12,
)


def is_rebuilt(record: bytes, kind: Kind) -> bool:
    """Whether it has a shape; then the record that the tree writes must have the same, and the same leaves."""
    apart = take_apart(record, kind)
    if apart is None:
        return False
    tree = Tree(apart.shape, kind)
    assert len(tree.leaves) == len(apart.leaves)
    again = take_apart(tree.record(apart.leaves), kind)
    assert again is not None
    assert (again.shape, again.leaves) == (apart.shape, apart.leaves)
    assert len(again.nested_lengths) == len(apart.nested_lengths)
    return True


@given(st.dictionaries(st.text(max_size=4), VALUES, max_size=5), st.booleans())
def test_objects(value: dict[str, object], is_ascii: bool) -> None:
    is_rebuilt(json.dumps(value, ensure_ascii=is_ascii).encode("utf-8", "surrogatepass"), Kind.JSON)


@given(st.lists(st.tuples(st.sampled_from(["status", "data[amount]", "x", ""]), TEXTS), min_size=1, max_size=5))
def test_bodies(pairs: list[tuple[str, str]]) -> None:
    body = "&".join(f"{name}={quote_plus(value, errors='replace')}" for name, value in pairs)
    is_rebuilt(body.encode(), Kind.FORM)


WORDS = st.sampled_from(
    ["INFO:", "x", "{", "}", '"', "'", "a=b", "c&d", BODY, '{"a":"b"}', "\\", "[1]", "(", ")", ",", "é", "-"]
)


@given(
    st.sampled_from(["", "[2026-01-02 03:04:05] ", "2026-01-02T03:04:05Z ", "02-Jan-2026 03:04:05 "]),
    st.lists(WORDS, max_size=9),
)
def test_lines_of_logs(moment: str, words: list[str]) -> None:
    is_rebuilt((moment + " ".join(words)).encode(), Kind.LOG)


@given(st.lists(WORDS.map(lambda word: word.replace('"', "\\x22")), max_size=4))
def test_lines_of_access_logs(words: list[str]) -> None:
    line = f'1.2.3.4 - - [02/Jan/2026:03:04:05 +0000] "POST / HTTP/1.1" 200 2 "{" ".join(words)}" x=1'
    is_rebuilt(line.encode(), Kind.ACCESS_LOG)


SAMPLES = [
    ("jsonl", Kind.JSON, 0.3), ("form", Kind.FORM, 0.3), ("nginx", Kind.ACCESS_LOG, 0.3), ("log", Kind.LOG, 0.05),
]  # fmt: skip


@pytest.mark.parametrize(("form", "kind", "least_share"), SAMPLES)
def test_records_of_fixtures(form: str, kind: Kind, least_share: float) -> None:
    lines = [line.removesuffix(b"\r") for octets in fixtures(form) for line in octets.split(b"\n") if line.strip()]
    assert sum(is_rebuilt(line, kind) for line in lines) > least_share * len(lines)


def test_leaves_may_be_others_of_the_same_letters() -> None:
    apart = take_apart(json.dumps({"a": "x", "b": [1, f"y{BODY}"], "c": BODY}).encode(), Kind.JSON)
    assert apart is not None
    tree = Tree(apart.shape, Kind.JSON)
    other = tuple(
        {"n": b"7", "s": b"z\xc3\xa9"}.get(leaf.letter, text)
        for leaf, text in zip(tree.leaves, apart.leaves, strict=True)
    )
    again = take_apart(tree.record(other), Kind.JSON)
    assert again is not None
    assert (again.shape, again.leaves) == (apart.shape, other)
    assert other != apart.leaves


def test_members_in_another_order() -> None:
    record = b'{"b":"1","a":{"d":"2","c":"x=3&y=4"},"e":["5",{"g":"6","f":"{\\"i\\":7,\\"h\\":8}"}]}'
    apart = take_apart(record, Kind.JSON)
    assert apart is not None
    tree = Tree(apart.shape, Kind.JSON)
    root = reordered(tree.root, sorted)
    assert json.loads(tree.record(apart.leaves, root)) == json.loads(
        b'{"a":{"c":"x=3&y=4","d":"2"},"b":"1","e":["5",{"f":"{\\"h\\":8,\\"i\\":7}","g":"6"}]}'
    )
    leaves, nested = numbers_in(root)
    assert [apart.leaves[number] for number in leaves] == [b"3", b"4", b"2", b"1", b"5", b"8", b"7", b"6"]
    assert nested == [0, 1]
    assert numbers_in(tree.root) == (list(range(8)), [0, 1])


@pytest.mark.parametrize(
    ("record", "names"),
    [(b'{"a":1,"\\u00e9":{"b":2}}', ["a", "\u00e9"]), (b"{}", []), ('{"é":1}'.encode(), ["é"])],
)
def test_names_in_the_outermost_object(record: bytes, names: list[str]) -> None:
    apart = take_apart(record, Kind.JSON)
    assert apart is not None
    assert names_in(apart.shape) == names
