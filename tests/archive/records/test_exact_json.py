from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corena_recon.archive.records.exact_json import DEPTH_MAX, NumberToken, exact_text, json_text, parse_json
from corena_recon.text import octets_of

JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.text() | st.integers() | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.parametrize("number", ["11.00", "0", "-1", "1e5", "1E+400", "100000000000000000000.50", "0.1"])
def test_a_number_keeps_its_source_text(number: str) -> None:
    value = parse_json(f'{{"amount": {number}}}'.encode()).value["amount"]
    assert isinstance(value, NumberToken)
    assert value == number


@pytest.mark.parametrize(
    "text",
    [
        b"", b" ", b"{", b'{"a":1', b'{"a":1}}', b"{} {}", b"NaN", b'{"a": Infinity}', b"-Infinity", b"{'a': 1}",
        b'"tab\there"', b'{"a":01}', b'{"a":1,}', b"[1 2]", b'{"a":"\\x41"}', b"\xff", b"[" * 100_000, b"\0",
        b'{"a":1}\xc2\xa0', b"\x0b{}",
    ],
)  # fmt: skip
def test_nothing_but_json_is_accepted(text: bytes) -> None:
    assert parse_json(text).problem == "invalid_json"


@pytest.mark.parametrize(
    ("text", "repeats"),
    [
        ('{"a":1,"a":1}', True),
        ('{"a":{"b":1,"b":2}}', True),
        ('[{"a":1},{"a":1}]', False),
        ('{"a":1,"\\u0061":2}', True),
    ],
)
def test_a_repeated_key_is_reported_and_the_last_value_kept(text: str, repeats: bool) -> None:
    parsed = parse_json(text.encode())
    assert parsed.repeats_a_key is repeats
    assert parsed.value == json.loads(text, parse_int=str)


@pytest.mark.parametrize("octets", [b"caf\xe9", b"\xff\xfe", b"\xed\xa0\x80", b"ok\xee\xbe\x80"])
def test_bytes_that_are_not_utf8_survive(octets: bytes) -> None:
    assert octets_of(parse_json(b'{"a":"%b"}' % octets).value["a"]) == octets


def test_an_escaped_private_character_is_its_three_octets() -> None:
    text = parse_json(b'"\\uef80 \\\\uef80"').value
    assert octets_of(text) == "\uef80 \\uef80".encode()
    assert json_text(b"[1]") == "[1]"


def test_a_lone_surrogate_becomes_octets_that_arrow_can_hold() -> None:
    assert octets_of(exact_text("a\ud800b")) == b"a\xed\xa0\x80b"
    assert exact_text("plain") == "plain"


@given(JSON_VALUES)
def test_every_value_reads_as_the_standard_library_reads_it(value: object) -> None:
    text = json.dumps(value, ensure_ascii=False)
    expected = json.loads(text, parse_int=str, parse_float=str)
    read = parse_json(text.encode("utf-8", "surrogatepass"))
    assert read.problem is None
    if not any("\ue000" <= character <= "\uf8ff" for character in text):
        assert read.value == expected


def test_threads_do_not_disturb_each_other() -> None:
    texts = [b'{"a":1,"a":2}' if number % 3 == 0 else b'{"a":1,"b":{"c":2}}' for number in range(3000)]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda text: parse_json(text).repeats_a_key, texts))
    assert found == [number % 3 == 0 for number in range(3000)]


@pytest.mark.parametrize(
    ("depth", "problem"), [(DEPTH_MAX - 1, None), (DEPTH_MAX, "invalid_json"), (990, "invalid_json")]
)
@pytest.mark.parametrize(("start", "end"), [("[", "]"), ('{"a":', "}")])
def test_json_is_read_as_deep_as_php_reads_it(depth: int, problem: str | None, start: str, end: str) -> None:
    text = '{"x": ' + start * depth + "1" + end * depth + ', "y": [[], [], {}]}'
    assert parse_json(text.encode()).problem == problem
