"""Records taken apart and gathered by recipes, against what Python's own libraries make of the same bytes."""

from __future__ import annotations

import base64
import ctypes
import json
import random
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote_plus, unquote_to_bytes

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from corena_recon.archive.records.instants import instant_of
from corena_recon.money import decimal_of
from corena_recon.native import NO_VALUE, Book, ColumnNames, Guard, Kind, Piece, Recipe, Sink, Why, has_core, take_apart
from corena_recon.native.records import TEXT_COLUMNS, _Book

pytestmark = pytest.mark.skipif(not has_core(), reason="there is no compiled core, or it is off")

ANY_TEXT = st.text(alphabet=st.characters(exclude_categories=["Cs", "Co"]))


def value_of(source: bytes) -> bytes | None:
    """The text of a JSON string as the core reads it, where it is one leaf."""
    apart = take_apart(b'{"k":' + source + b"}", Kind.JSON)
    return apart.leaves[0] if apart is not None and len(apart.leaves) == 1 else None


def pair_value(source: bytes) -> bytes | None:
    """The value of a pair as the core decodes it, where it is one leaf."""
    apart = take_apart(b"k=" + source, Kind.FORM)
    return apart.leaves[0] if apart is not None and len(apart.leaves) == 1 else None


@given(ANY_TEXT, st.booleans())
def test_json_strings_are_those_of_the_json_module(text: str, is_ascii: bool) -> None:
    found = value_of(json.dumps(text, ensure_ascii=is_ascii).encode())
    # in such a text others may be found
    if not any(letter in text for letter in '{["=&'):
        assert found == text.encode()


@pytest.mark.parametrize(
    ("source", "text"),
    [
        (rb'"\"\\\/\b\f\n\r\t"', b'"\\/\b\f\n\r\t'),
        (rb'"x\u00e9\u20AC"', "x\u00e9\u20ac".encode()),
        (rb'"x\ud83d\ude00"', "x\U0001f600".encode()),
        (rb'"x\u0000"', b"x\0"),
        (b'"x\xff"', b"x\xff"),
        (b'"x\x7f"', b"x\x7f"),
        # what stands for an octet, or for nothing, is for the exact reader
        (rb'"x\uef80"', None),
        (rb'"x\ud83d"', None),
        (rb'"x\ude00\ud83d"', None),
        (rb'"\x41"', None),
        (rb'"\u12"', None),
        (rb'"\u12g4"', None),
        (rb'"\u 123"', None),
        (b'"a\nb"', None),
        (b'"a\tb"', None),
        (b'"a', None),
        (b"'a'", None),
    ],
)
def test_escapes_in_json(source: bytes, text: bytes | None) -> None:
    assert value_of(source) == text


@pytest.mark.parametrize(
    "source",
    [
        b"01", b"1.", b".5", b"+1", b"-", b"1e", b"1e+", b"0x1", b"NaN", b"Infinity", b"-Infinity", b"tru", b"True",
        b"nul", b"{", b"[1,]", b"[,1]", b"[1 2]", b'{"a"}', b'{"a":}', b'{"a":1,}', b"{,}", b"{a:1}", b'{"a":1]',
        b"[1}", b"1 2", b"", b"[" * 65 + b"]" * 65,
    ],
)  # fmt: skip
def test_what_python_refuses_has_no_shape(source: bytes) -> None:
    assert take_apart(b'{"k":' + source + b"}", Kind.JSON) is None


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9),
    lambda one: st.lists(one) | st.dictionaries(st.text(max_size=3), one),
    max_leaves=12,
)


@given(VALUES)
def test_every_number_and_word_of_python_is_taken(value: object) -> None:
    record = json.dumps({"k": value}).encode()
    apart = take_apart(record, Kind.JSON)
    # but for a lone surrogate, or a character that stands for an octet
    assert apart is not None or b"\\ud" in record or b"\\ue" in record


@pytest.mark.parametrize("number", ["0", "-0", "-1.50", "1e5", "1E-2", "12345678901234567890", "0.0"])
def test_numbers_keep_their_source(number: str) -> None:
    assert value_of(number.encode()) == number.encode()


@given(st.binary(max_size=60))
def test_percent_escapes_are_undone_as_urllib_does(octets: bytes) -> None:
    source = octets.replace(b"&", b"")
    expected = unquote_to_bytes(source.replace(b"+", b" "))
    assume(not set(expected) & set(b'=&{["'))  # in these, others may be found
    assert pair_value(source) in {None, expected}


@given(st.text(alphabet="abcXYZ019 ._~*%+-/?:;,@", min_size=1, max_size=60))
def test_what_urllib_writes_is_read(text: str) -> None:
    assert pair_value(quote_plus(text).encode()) == text.encode()


@pytest.mark.parametrize(
    "octets", [b"status=success&identifier=C-1&x=y", b"\x7fa=b", b'{"status":"success","a":"bcd"}']
)
def test_base64_in_which_something_is_found(octets: bytes) -> None:
    coded = base64.b64encode(octets)
    apart = take_apart(b'{"k":"%b"}' % coded, Kind.JSON)
    assert apart is not None
    inner = take_apart(octets, Kind.JSON if octets[:1] == b"{" else Kind.FORM)
    assert apart.leaves == (inner.leaves if inner is not None and octets[0] < 0x7F else (coded,))


CODED = base64.b64encode(b"status=success&identifier=C-1&x=y+").decode()


@given(st.binary(max_size=40))
def test_base64_is_that_of_the_standard_library(tail: bytes) -> None:
    octets = b"status=success&note=x" + base64.b16encode(tail)
    apart = take_apart(b'{"k":"%b"}' % base64.b64encode(octets), Kind.JSON)
    assert apart is not None
    assert apart.leaves == (b"success", octets[21 - 1 :])
    assert apart.nested_lengths == (len(octets),)


@pytest.mark.parametrize(
    "source",
    [
        # a letter of another alphabet, a line end, no padding, nothing that the core finds anything in
        *(CODED[:30] + octet + CODED[31:] for octet in "-_\u00e9"),
        CODED[:40] + "\\n" + CODED[40:],
        " " + CODED,
        CODED.rstrip("="),
        base64.b64encode(b"good morning, everybody").decode(),
    ],
)
def test_readable_base64_that_is_not_taken_apart_is_a_kind_of_its_own(source: str) -> None:
    apart = take_apart(f'{{"k":"{source}"}}'.encode(), Kind.JSON)
    assert apart is not None
    assert apart.shape.endswith(b"Z}")
    assert apart.leaves == (source.encode().replace(b"\\n", b"\n"),)


@pytest.mark.parametrize(
    "octets", [bytes(range(24)), b"\x7fELF and what follows it", b"good morning, ev\xc3\xa9rybody"]
)
def test_base64_of_what_nobody_reads_is_a_text(octets: bytes) -> None:
    coded = base64.b64encode(octets)
    apart = take_apart(b'{"k":"%b"}' % coded, Kind.JSON)
    assert apart is not None
    assert apart.leaves == (coded,)


COPIED = (Piece(b"", 0),)


def recipe_for(record: bytes, /, **facts: Any) -> Recipe:
    """A recipe for records like this one: their first leaf is the first cell."""
    apart = take_apart(record, Kind.JSON, is_sorted=bool(facts.get("is_free")))
    assert apart is not None
    cells = (COPIED, *[None] * (TEXT_COLUMNS - 1))
    return Recipe(apart.shape, True, (), -1, -1, cells)._replace(**facts)


def read_lines(text: bytes, *recipes: Recipe, kind: Kind = Kind.JSON, keeps_raw: bool = False, most: int = 99) -> Sink:
    sink = Sink(keeps_raw=keeps_raw)
    sink.read_lines(text, (0, len(text)), kind, Book(recipes), most)
    return sink


def first_column(sink: Sink) -> list[str | None]:
    found: list[str | None] = sink.texts()[0].to_pylist()
    return found


def spans(sink: Sink) -> list[tuple[int, int, int]]:
    return [(int(one["begin"]), int(one["end"]), int(one["number"])) for one in sink.left]


def read_value(name: str, texts: list[str]) -> list[int | None]:
    """What the core makes of texts, one a record; None where it leaves them to the exact reader."""
    sample = b'{"k":"x"}'
    lines = b"".join(b'{"k":%b}\n' % json.dumps(text).encode() for text in texts)
    sink = read_lines(lines, recipe_for(sample, **{name: 0}), most=len(texts))
    values = (sink.instants if name == "instant" else sink.charges).tolist()
    by_number = dict(zip(sink.numbers.tolist(), values, strict=True))
    return [by_number.get(number) for number in range(1, len(texts) + 1)]


FORMS = [
    "%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S.%f+00:00", "%Y-%m-%d %H:%M:%S-09:30",
    "%Y-%m-%dT%H:%M:%S+0530", "%d/%b/%Y:%H:%M:%S +0130", "%d-%b-%Y %H:%M:%S UTC", "%d-%b-%Y %H:%M:%S",
]  # fmt: skip


def test_moments_are_those_of_the_exact_reader() -> None:
    draw = random.Random(5)
    start = datetime(1900, 1, 1, tzinfo=UTC)
    moments = [start + timedelta(microseconds=draw.randrange(199 * 365 * 86_400 * 10**6)) for _ in range(2_000)]
    texts = [moment.strftime(draw.choice(FORMS)) for moment in moments]
    texts += [str(draw.randrange(10 ** draw.randrange(9, 17), 10**17)) for _ in range(500)]
    assert read_value("instant", texts) == [instant_of(text) for text in texts]


@given(
    st.from_regex(r"\A(19|20)\d\d-[01]\d-[0-3]\d[T ][0-2]\d:[0-6]\d:[0-6]\d(\.\d{0,9})?(Z| ?[+-][012]\d:?[0-6]\d)?\Z")
    | st.from_regex(r"\A[0-3]\d[-/](Jan|Feb|Sep|Dec|Foo)[-/](19|20)\d\d[: ][0-2]\d:[0-6]\d:[0-6]\d( [+-]\d{4}| UTC)?\Z")
    | st.from_regex(r"\A-?\d{8,19}(\.\d)?\Z")
)  # fmt: skip
def test_a_moment_that_is_read_is_the_exact_readers(text: str) -> None:
    [found] = read_value("instant", [text]) if text.isascii() else [None]
    assert found is None or found == instant_of(text)


@given(st.from_regex(r"\A-?\d{0,12}(\.\d{0,10})?\Z"))
def test_a_charge_that_is_read_is_the_exact_value(text: str) -> None:
    [found] = read_value("charge", [text]) if text.isascii() and text else [None]
    if found is not None:
        assert decimal_of(text) is not None
        assert found == decimal_of(text) * 10**8  # type: ignore[operator]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", 0),
        ("-0", 0),
        ("7312.25", 731_225_000_000),
        ("-3.00000001", -300_000_001),
        ("9999999999.99999999", 999_999_999_999_999_999),
        ("007.50", 750_000_000),
        ("10000000000", None),
        ("1.000000001", None),
        ("1.", None),
        (".5", None),
        ("1.2.3", None),
        ("+1", None),
        ("1e2", None),
        ("--1", None),
        ("-", None),
        (" 1", None),
    ],
)
def test_decimals_of_a_charge(text: str, value: int | None) -> None:
    assert read_value("charge", [text]) == [value]


@given(st.permutations(["a", "bb", "ccc", "d", "e"]), st.permutations(["x", "y"]))
def test_members_in_any_order_have_one_sorted_shape(names: list[str], inner: list[str]) -> None:
    def record(order: list[str], within: list[str]) -> bytes:
        values: dict[str, object] = {name: f"value of {name}" for name in order}
        values["ccc"] = {name: f"inner {name}" for name in within}
        values["d"] = json.dumps({name: f"text {name}" for name in within})
        return json.dumps({name: values[name] for name in order}).encode()

    found = take_apart(record(names, inner), Kind.JSON, is_sorted=True)
    other = take_apart(record(sorted(names), ["x", "y"]), Kind.JSON, is_sorted=True)
    as_it_is = take_apart(record(names, inner), Kind.JSON)
    assert found is not None
    assert other is not None
    assert as_it_is is not None
    assert found[:3] == other[:3]
    # where each leaf stood before
    assert [as_it_is.leaves[position] for position in found.positions] == list(found.leaves)
    assert as_it_is.positions == tuple(range(len(as_it_is.leaves)))


@pytest.mark.parametrize(
    "record",
    [
        b'{"a":"1","a":"2"}',
        b'{"a":{"b":"1","b":"2"}}',
        b'{"a":"{\\"b\\":1,\\"b\\":2}"}',
        # two sources of one name cannot be told apart from two names
        b'{"a\\u0062":"1","ab":"2"}',
        b"{" + b",".join(b'"n%d":1' % number for number in range(200)) + b"}",
    ],
)
def test_members_that_cannot_be_sorted(record: bytes) -> None:
    assert take_apart(record, Kind.JSON) is not None
    assert take_apart(record, Kind.JSON, is_sorted=True) is None


def test_a_free_recipe_is_for_members_in_any_order_and_no_other_is() -> None:
    one, other = b'{"a":"1","b":"2"}', b'{"b":"2","a":"1"}'
    text = one + b"\n" + other + b"\n"
    assert spans(read_lines(text, recipe_for(one))) == [(18, 35, 2)]
    assert first_column(read_lines(text, recipe_for(one, is_free=True))) == ["1", "1"]
    assert spans(read_lines(b'{"b":"2","a":"1","a":"3"}\n', recipe_for(one, is_free=True))) == [(0, 25, 1)]


@pytest.mark.parametrize(
    ("guard", "taken"),
    [
        (Guard(0, b"x"), "x"),
        (Guard(0, b"y"), None),
        (Guard(0, b""), None),
        (Guard(0, b"xx"), None),
        (Guard(2, b"13", 0), "x"),
        (Guard(2, b"", 0), "x"),
        (Guard(0, b"", 0), None),
        # there is no such leaf, no such text
        (Guard(9, b"x"), None),
        (Guard(2, b"", 7), None),
    ],
)
def test_guards(guard: Guard, taken: str | None) -> None:
    line = b'{"k":"x","b":"a=bcdefghijkl","n":"13"}'
    sink = read_lines(line + b"\n", recipe_for(line, guards=(guard,)))
    assert (first_column(sink), sink.record_count) == ([taken] if taken else [], 1)
    assert spans(sink) == ([] if taken else [(0, len(line), 1)])


@pytest.mark.parametrize("length", [b"12", b"14", b"013", b" 13", b"13 ", b"", b"x"])
def test_a_length_must_be_that_of_the_text(length: bytes) -> None:
    line = b'{"k":"x","b":"a=bcdefghijkl","n":"13"}'
    other = line.replace(b'"13"', b'"%b"' % length)
    recipe = recipe_for(line, guards=(Guard(2, b"", 0),))
    assert spans(read_lines(other + b"\n", recipe)) == [(0, len(other), 1)]


def test_pieces_are_joined_and_escaped_where_they_stand_in_json() -> None:
    line = b'{"k":"a\\"\\\\\\n\\u0001\\u00e9","l":"y"}'
    cell = (Piece(b"<", 0), Piece(b"|", 0, True), Piece(b">", 1), Piece(b"."))
    sink = read_lines(line + b"\n", recipe_for(line, cells=(cell, *[None] * (TEXT_COLUMNS - 1))))
    text = 'a"\\\n\x01\u00e9'
    assert first_column(sink) == [f"<{text}|{json.dumps(text, ensure_ascii=False)[1:-1]}>y."]


@pytest.mark.parametrize(
    "octets", [b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xc0\x80", b"\xf4\x90\x80\x80", b"\xee\xbe\x80"]
)
def test_bytes_that_may_not_stand_in_a_column_are_for_the_exact_reader(octets: bytes) -> None:
    lines = b'{"k":"x"}\n{"k":"x%b"}\n{"k":"xy"}\n' % octets
    sink = read_lines(lines, recipe_for(b'{"k":"x"}'), keeps_raw=True)
    assert first_column(sink) == ["x", "xy"]
    assert [number for _, _, number in spans(sink)] == [2]
    assert sink.texts()[-1].to_pylist() == [b'{"k":"x"}', b'{"k":"xy"}']


@given(st.binary(min_size=1, max_size=6))
def test_a_text_stands_in_a_column_if_it_is_utf8(octets: bytes) -> None:
    try:
        text: str | None = (b"x" + octets).decode()
    except UnicodeDecodeError:
        text = None
    if text is None or (text.isprintable() and not any(letter in text for letter in '"\\=&')):
        sink = read_lines(b'{"k":"x' + octets.replace(b"\n", b"") + b'"}\n', recipe_for(b'{"k":"x"}'))
        assert (first_column(sink) == []) == (text is None)


def test_a_row_of_nothing_and_other_traffic() -> None:
    line = b'{"k":"x"}'
    nothing = read_lines(line + b"\n", recipe_for(line, cells=(None,) * TEXT_COLUMNS))
    assert (nothing.row_count, first_column(nothing), nothing.instants.tolist()) == (1, [None], [NO_VALUE])
    other = read_lines(line + b"\n", recipe_for(line, is_row=False))
    assert (other.row_count, other.record_count, spans(other)) == (0, 1, [])


# What of a recipe points out of the book, or out of any record.
OUT = [
    ("recipes", 0, 1 << 40), ("recipes", 1, -1), ("recipes", 1, 1 << 40), ("recipes", 4, 5), ("recipes", 5, 99),
    ("recipes", 5, -1), ("recipes", 6, 512), ("recipes", 6, -2), ("recipes", 7, 512), ("recipes", 8, -1),
    ("recipes", 9, 99), ("recipes", 9, -2), ("guards", 0, -1), ("guards", 0, 512), ("guards", 1, 32),
    ("guards", 1, -2), ("guards", 2, 1 << 40), ("guards", 3, 1 << 40),
    ("pieces", 0, -1), ("pieces", 1, 1 << 40), ("pieces", 2, 512), ("pieces", 2, -2), ("pieces", 4, 1),
    ("pieces", 5, 512), ("pieces", 5, -2),
]  # fmt: skip


@pytest.mark.parametrize(("array", "place", "number"), OUT)
def test_a_book_that_points_out_of_itself_is_refused(array: str, place: int, number: int) -> None:
    line = b'{"k":"x"}'
    book = Book([recipe_for(line, guards=(Guard(0, b"x"),))])
    arrays = dict(zip(("octets", "recipes", "guards", "pieces"), book._arrays, strict=True))
    assert first_column(read_with(book, line)) == ["x"]
    arrays[array].reshape(-1)[place] = number
    with pytest.raises(MemoryError):
        read_with(book, line)


def test_a_shape_that_no_record_has_room_for_is_refused() -> None:
    line = b'{"k":"x"}'
    longest = recipe_for(line)._replace(shape=b"{" * 16_384)
    assert len(read_with(Book([longest]), line).left) == 1
    with pytest.raises(MemoryError):
        read_with(Book([longest._replace(shape=b"{" * 16_385)]), line)


@pytest.mark.parametrize("count", [-1, 1025])
def test_a_book_of_too_many_recipes_is_refused(count: int) -> None:
    book = Book([])
    book.structure = _Book(*(getattr(book.structure, name) for name, *_ in _Book._fields_))
    book.structure.recipe_count = count
    with pytest.raises(MemoryError):
        read_with(book, b"{}")


def read_with(book: Book, line: bytes) -> Sink:
    sink = Sink(keeps_raw=False)
    sink.read_lines(line + b"\n", (0, len(line) + 1), Kind.JSON, book, 9)
    return sink


def test_a_book_has_no_more_recipes_than_it_may() -> None:
    lines = [b'{"k%d":"x"}' % number for number in range(1_030)]
    sink = read_lines(b"\n".join(lines) + b"\n", *map(recipe_for, lines), most=2_000)
    assert (sink.row_count, len(sink.left)) == (1_024, 6)


def test_reading_stops_where_there_are_so_many_and_goes_on_there() -> None:
    text, recipe = b'{"k":"x"}\n\n{"l":1}\n' * 50, recipe_for(b'{"k":"x"}')
    sink, position, why = Sink(keeps_raw=False), 0, Why.FULL
    counts = []
    while why is Why.FULL:
        sink.read_lines(text, (position, len(text)), Kind.JSON, Book([recipe]), sink.record_count + 33)
        position, why = sink.stopped_at, sink.why
        counts.append((sink.record_count, sink.row_count, len(sink.left)))
    assert (position, why) == (len(text), Why.END)
    assert counts == [(33, 17, 16), (66, 33, 33), (99, 50, 49), (100, 50, 50)]


def test_what_was_read_since_it_stayed_is_taken_back() -> None:
    """Over bounds of bytes of the validity, and over the room of 1024 rows."""
    lines = [b'{"k":"x%d"}\n' % number if number % 3 else b'{"n":%d}\n' % number for number in range(3_000)]
    none = recipe_for(b'{"n":1}', cells=(None,) * TEXT_COLUMNS)
    book = Book([recipe_for(b'{"k":"x"}'), none])
    expected = [f"x{number}" if number % 3 else None for number in range(3_000)]
    for stay, far in ((0, 5), (1, 9), (7, 3_000), (8, 1_030), (1_023, 1_025), (1_024, 2_999)):
        sink = Sink(keeps_raw=True)
        text = b"".join(lines)
        sink.read_lines(text, (0, len(text)), Kind.JSON, book, stay)
        begin = sink.stopped_at
        sink.stay()
        sink.read_lines(text, (begin, len(text)), Kind.JSON, book, far)
        sink.go_back()
        assert (sink.record_count, sink.row_count, len(sink.left)) == (stay, stay, 0)
        sink.read_lines(text, (begin, len(text)), Kind.JSON, book, 3_000)
        assert first_column(sink) == expected
        assert sink.texts()[0].null_count == 1_000
        assert sink.numbers.tolist() == list(range(1, 3_001))
        assert sink.texts()[-1].to_pylist() == [line[:-1] for line in lines]
        for column in sink.texts():
            column.validate(full=True)


def test_blank_lines_are_none_and_long_ones_are_left() -> None:
    long = b'{"k":"' + b"x" * 65_536 + b'"}'
    text = b"\n \r\n\t\x0b\x0c\n" + long + b'\n{"k":"x"}\r\n'
    sink = read_lines(text, recipe_for(b'{"k":"x"}'), keeps_raw=True)
    begin = text.index(long)
    assert spans(sink) == [(begin, begin + len(long), 1)]
    assert sink.left["shape"].tolist() == [0]
    assert sink.texts()[-1].to_pylist() == [b'{"k":"x"}']


def test_nothing_behind_the_end_is_touched() -> None:
    """What follows the span would end the line, or go on with it."""
    recipe = recipe_for(b'{"k":"x"}')
    for length in range(1, 80):
        line = b'{"k":"' + b"x" * length + b'"}\n'
        sink = Sink(keeps_raw=False)
        sink.read_lines(line + b'"}"{', (0, len(line)), Kind.JSON, Book([recipe]), 9)
        assert first_column(sink) == ["x" * length]
        for end in range(len(line) - 1):
            cut = Sink(keeps_raw=False)
            cut.read_elements(line, (0, end), Book([recipe]), 9)
            assert (cut.row_count, cut.stopped_at, cut.why) == (0, 0, Why.UNFINISHED)


@pytest.mark.parametrize(
    ("text", "values", "stopped_at", "why"),
    [
        (b'{"k":"x"},{"k":"y"} ', ["x", "y"], 20, Why.UNFINISHED),
        (b',\n{"k":"x"}]', ["x"], 11, Why.BEHIND_ARRAY),
        (b'{"k":"x"},{"k":', ["x"], 10, Why.UNFINISHED),
        (b'{"k":"x"},1,{"k":"y"}', ["x"], 10, Why.FOR_EXACT_READER),
        (b'{"k":"x"},{"k":!},{"k":"y"}', ["x"], 10, Why.FOR_EXACT_READER),
        (b"", [], 0, Why.UNFINISHED),
    ],
)
def test_elements(text: bytes, values: list[str], stopped_at: int, why: Why) -> None:
    sink = Sink(keeps_raw=False)
    sink.read_elements(text, (0, len(text)), Book([recipe_for(b'{"k":"x"}')]), 9)
    assert (first_column(sink), sink.stopped_at, sink.why) == (values, stopped_at, why)


@pytest.mark.parametrize(
    ("text", "values", "stopped_at", "why"),
    [
        (b'x,1\n"y",2\r\n"a ""b""",3\n', ["x", "y", 'a "b"'], 23, Why.END),
        (b"x,\nx,NULL\nx,\\N\nx,1\n", ["x"], 19, Why.END),
        (b"x,1\ny\nz,1\n", ["x"], 4, Why.FOR_EXACT_READER),
        (b"x,1\ny,2", ["x"], 4, Why.UNFINISHED),
    ],
)
def test_csv_rows_are_objects_of_their_cells(text: bytes, values: list[str], stopped_at: int, why: Why) -> None:
    sink = Sink(keeps_raw=False)
    names = ColumnNames([b"k", b"l"])
    book = Book([recipe_for(b'{"k":"x","l":"1"}')])
    sink.read_csv(text, (0, len(text)), names, (",", False), Kind.JSON, book, 9)
    assert (first_column(sink), sink.stopped_at, sink.why) == (values, stopped_at, why)


def test_a_record_as_long_as_the_length_that_is_asked_about_is_looked_at_no_further() -> None:
    for record in (b"", b"{", b"x" * 70_000, b'{"k":"' + b"x" * 70_000 + b'"}'):
        assert take_apart(record, Kind.JSON) is None


def test_arrays_outlive_their_sink() -> None:
    sink = read_lines(b'{"k":"x"}\n' * 9, recipe_for(b'{"k":"x"}'))
    column, numbers = sink.texts()[0], sink.numbers
    del sink
    assert column.to_pylist() == ["x"] * 9
    assert np.array_equal(numbers, np.arange(1, 10))
    assert ctypes.sizeof(_Book) == 64
