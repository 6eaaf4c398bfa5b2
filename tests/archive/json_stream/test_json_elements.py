from __future__ import annotations

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corena_recon.archive.json_stream.json_elements import PLAIN, Element, Layout, elements_of
from corena_recon.archive.json_stream.json_shape import HEAD_BYTES, entries_in, json_head, sample_of
from corena_recon.archive.sources.containers import ByteStream
from corena_recon.text import text_of
from corena_recon.vocabulary import RECORD_MAX_BYTES

WRAPPED = Layout(("items",), "log", frozenset({"id"}))


def read(text: str | bytes, layout: Layout = PLAIN) -> tuple[list[object], bool]:
    stream = ByteStream("test", io.BytesIO(text.encode() if isinstance(text, str) else text))
    return [shown(element) for element in elements_of(stream, layout) if isinstance(element, Element)], stream.truncated


def shown(element: Element) -> object:
    return element.parsed.value if element.parsed.problem is None else element.parsed.problem.value


@pytest.mark.parametrize(
    ("text", "elements", "truncated"),
    [
        ("", [], False),
        ("[]", [], False),
        ('[{"a":"1"}, {"a":"2"}]', [{"a": "1"}, {"a": "2"}], False),
        ('{"a":"1"}', [{"a": "1"}], False),
        ('[{"a":"1"}]\n[{"a":"2"}]', [{"a": "1"}, {"a": "2"}], False),
        ('[{"a":"1"},', [{"a": "1"}], True),
        ('[{"a":"1"},{"a":', [{"a": "1"}, "truncated"], True),
        ('[{"a":"1"},{"a":"2"', [{"a": "1"}, "truncated"], True),
        ('[{"a":"1"},{"a:"2"},{"a":"3"}]', [{"a": "1"}, "invalid_json", {"a": "3"}], False),
        ('[{"a":"1"},{"a:"2"}]', [{"a": "1"}, "invalid_json"], False),
        # After damage, an object inside the damaged element is not taken for an element.
        ('[{"a":"1"},{"a":!,"h":[{"n":"x"},{"n":"y"}]},{"a":"3"}]', [{"a": "1"}, "invalid_json", {"a": "3"}], False),
        ("[1,null,true]", ["1", None, True], False),
        ("]", ["invalid_json"], False),
        ("[[[[", ["truncated"], True),
    ],
)  # fmt: skip
def test_elements_of_arrays_and_single_values(text: str, elements: list[object], truncated: bool) -> None:
    assert read(text) == (elements, truncated)


@pytest.mark.parametrize(
    ("text", "elements", "truncated"),
    [
        ('{"log":{"v":"1","items":[{"id":"1"},{"id":"2"}],"z":{}},"y":[]}', [{"id": "1"}, {"id": "2"}], False),
        ('{"items":[{"id":"1"}]}{"items":[{"id":"2"}]}', [{"id": "1"}, {"id": "2"}], False),
        ('{"items":[{"id":"1"}],"items":[{"id":"2"}]}', [{"id": "1"}, {"id": "2"}], False),
        ('{"items":[]}', [], False),
        ('{"id":"1"}', [{"id": "1"}], False),
        ('{"id":"1","data":{"items":[{"id":"2"}]}}', [{"id": "1", "data": {"items": [{"id": "2"}]}}], False),
        ('{"title":"\\"items\\":[{\\"id\\":9}]","items":[{"id":"1"}]}', [{"id": "1"}], False),
        ('{"items":[{"id":"1"}],"tot', [{"id": "1"}, "truncated"], True),
        ('{"log":{"v:1,"items":[{"id":"1"}]}}', [{"id": "1"}], False),
        ('{"items":[{"id":"1"}', [{"id": "1"}], True),
    ],
)  # fmt: skip
def test_elements_under_a_name(text: str, elements: list[object], truncated: bool) -> None:
    assert read(text, WRAPPED) == (elements, truncated)


def test_a_cut_anywhere_is_reported_or_leaves_whole_elements() -> None:
    text = json.dumps({"log": {"v": "1", "items": [{"id": "1", "x": ["y"]}, {"id": "2", "x": {}}], "n": 1}}, indent=1)
    whole, _ = read(text, WRAPPED)
    for end in range(len(text)):
        elements, truncated = read(text[:end], WRAPPED)
        assert truncated or "invalid_json" in elements or "truncated" in elements or elements == whole[: len(elements)]


@pytest.mark.parametrize("filling", ["x", '\\"{,[', '"}},{"a":"z"},{', "[{"])
def test_an_oversized_element_costs_its_neighbours_nothing(filling: str) -> None:
    big = json.dumps({"a": filling * (RECORD_MAX_BYTES // len(filling) + 1)})
    assert read(f'[{{"a":"1"}},{big},{{"a":"2"}}]') == ([{"a": "1"}, "too_large", {"a": "2"}], False)


def test_an_oversized_element_that_never_ends_is_cut_off() -> None:
    assert read('[{"a":"1"},{"a":"' + "x" * (RECORD_MAX_BYTES + 9)) == ([{"a": "1"}, "too_large"], True)


@given(st.lists(st.dictionaries(st.text(max_size=5), st.text(max_size=20), min_size=1, max_size=4), max_size=8))
def test_an_undamaged_array_gives_its_elements(values: list[dict[str, str]]) -> None:
    # A posted character of the private range that stands for bytes is kept as its own three bytes.
    exact = [{text_of(name.encode()): text_of(value.encode()) for name, value in each.items()} for each in values]
    assert read(json.dumps(values)) == (exact, False)


@pytest.mark.parametrize(
    ("head", "objects"),
    [
        (b'{"a":1}\n{"b":2}\nbroken\n', [{"a": "1"}, {"b": "2"}]),
        (b'[{"a":1},{"b":"cut he', [{"a": "1"}]),
        (b'{"a":{"b":[1,2,{"c":"x"},', [{"a": {"b": ["1", "2", {"c": "x"}]}}]),
        (b'  {"a":1}', [{"a": "1"}]),
        (b"status=success", []),
        (b"", []),
        (b"[1,2]", []),
    ],
)
def test_a_sample_of_the_objects_at_the_beginning(head: bytes, objects: list[object]) -> None:
    assert list(sample_of(head)) == objects


def test_entries_are_found_where_the_form_keeps_them() -> None:
    assert entries_in(b'{"log":{"items":[{"id":1},{"id":2', WRAPPED) == [{"id": "1"}]
    assert entries_in(b'{"items":[]}', Layout(("items",))) == []
    assert entries_in(b"plain", WRAPPED) is None


WAYS = Layout(paths=frozenset({("hits", "*"), ("*", "data", "*")}))


@pytest.mark.parametrize(
    ("text", "elements", "truncated"),
    [
        ('{"took":1,"hits":[{"a":"1"},{"a":"2"}],"z":{"hits":[1]}}', [{"a": "1"}, {"a": "2"}], False),
        ('{"hits":[{"a":"1"}]}{"hits":[]}\ufeff{"hits":[["x"]]}', [{"a": "1"}, ["x"]], False),
        ('[{"type":"header"},{"data":[{"a":"1"}]},{"data":[{"a":"2"}]}]', [{"a": "1"}, {"a": "2"}], False),
        # a document that has no way in it is an element; what stands beside a way only where it names a field
        ('{"b":"1"}{"hits":{"a":"1"}}', [{"b": "1"}], False),
        ('{"b":"a signature","hits":[{"a":"1"}],"c":["x"]}', ["a signature", {"a": "1"}], False),
        ('{"hits":[{"a":"1"}],"identifier":"x"}', [{"a": "1"}, {"identifier": "x"}], False),
        ('{"identifier":"x","hits":[{"a":"1"}]}', [{"identifier": "x", "hits": [{"a": "1"}]}], False),
        # damage
        ('{"hits":[{"a":"1"},{"a":', [{"a": "1"}, "truncated"], True),
        ('{"hits":[{"a":"1"}],"b":', [{"a": "1"}, "truncated"], True),
        ('{"hits":[{"a":"1"}],"b"', [{"a": "1"}, "truncated"], True),
        ('{"hits":[{"a":"1"}]', [{"a": "1"}], True),
        ('{"hits":[{"a":"1"}],!,"b":{"a":"2"}}', [{"a": "1"}, "invalid_json"], False),
        ('[{"data":[{"a":"1"}', [{"a": "1"}], True),
        ("[" * 100_000, ["truncated"], True),
    ],
)  # fmt: skip
def test_elements_on_ways(text: str, elements: list[object], truncated: bool) -> None:
    found, is_cut = read(text, WAYS)
    assert (found[: len(elements)], is_cut) == (elements, truncated)
    assert len(found) <= len(elements) + 1


def test_what_stands_beside_a_way_may_be_longer_than_a_record() -> None:
    long = json.dumps("x" * (RECORD_MAX_BYTES + 1))
    assert read(f'{{"hits":[{{"a":"1"}}],"b":{long}}}', WAYS) == ([{"a": "1"}, "too_large"], False)


@pytest.mark.parametrize(
    ("text", "is_enough"),
    [
        ('{"a":"%s"}\n{"a":"1"}', False),
        ('[{"a":"%s"},{"a":"1"}]', False),
        ('{"log":{"pages":[1,2],"entries":[{"a":"%s"},{"a":"1"}]}}', False),
        ('[{"a":"1"},{"a":"%s"}]', True),
        ('{"a":"1"}\n{"a":"%s"}', True),
        ("[[[[[[%s", False),
        ("%s", True),
    ],
)
def test_so_much_is_looked_at_that_the_first_entry_is_whole(text: str, is_enough: bool) -> None:
    octets = ("\ufeff\n" + text % ("x" * 200_000)).encode()
    head = json_head(ByteStream("test", io.BytesIO(octets)))
    assert octets.endswith(head) or octets[4:].startswith(head)
    assert (len(head) < HEAD_BYTES) == is_enough


@pytest.mark.parametrize("text", ["[" * 3_000_000, '{"a":' * 600_000, "[1," * 900_000, '{"a":[[' * 400_000])
def test_brackets_alone_are_no_long_entry(text: str) -> None:
    assert len(json_head(ByteStream("test", io.BytesIO(text.encode())))) <= 4 * HEAD_BYTES
