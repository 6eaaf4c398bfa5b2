"""Dumps of PHP taken apart by the core, against what the exact reader makes of the same bytes."""

from __future__ import annotations

import random
from typing import Any, Final
from urllib.parse import unquote_to_bytes

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from corena_recon.archive.recipes.shapes import Tree
from corena_recon.native import Kind, has_core, take_apart
from corena_recon.php import Dump, find_dumps
from tests.archive_fixtures.php_writers import dumped, printed, serialized

pytestmark = pytest.mark.skipif(not has_core(), reason="there is no compiled core, or it is off")

PIECES: Final = (
    *(
        "Array",
        "\n",
        "(",
        ")",
        " ",
        "    ",
        "[a] => ",
        "'",
        '"',
        "\\",
        "=>",
        ",",
        "}",
        "]",
        '"]',
        ";",
        "s:1:",
        "é",
        "{",
    ),
    *(
        "array (",
        "array(1) {",
        "a:1:{",
        "Object",
        "x",
        "0",
        "1.5",
        "\r",
        "\0",
        "&",
        "=",
        "NULL",
        "i:0;",
        "true",
        "[",
        "\t",
    ),
)
"""What values may hold that imitates what stands around them."""
TEXTS: Final = st.lists(st.sampled_from(PIECES), max_size=5).map("".join)
NAMES: Final = st.sampled_from(
    ["status", "signature", "data", "data[amount]", "0", "12", "-3", "a b", "a.b", "_", "007"]
)
ARRAYS: Final = st.recursive(
    st.dictionaries(NAMES, TEXTS, min_size=1, max_size=4),
    lambda inner: st.dictionaries(NAMES, TEXTS | inner, min_size=1, max_size=4),
    max_leaves=6,
)


def exported(value: Any, around: tuple[str, str] = ("array (", ")")) -> str:
    """As ``var_export`` prints texts and arrays of them, with its escapes; or with other brackets."""
    if isinstance(value, str):
        return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
    elements = "".join(f"  '{name}' => {exported(inner, around)},\n" for name, inner in value.items())
    return f"\n{elements}".join(around)


WRITERS: Final = {
    "Y": lambda array: printed(array)[:-1],
    "R": lambda array: printed(array)[:-1].replace("\n", "\r\n"),
    "O": lambda array: printed(array)[:-1].replace("\n", " "),
    "E": exported,
    "H": lambda array: exported(array, ("[", "]")),
    "G": lambda array: dumped(array)[:-1],
    "S": serialized,
}


def only_dump(octets: bytes) -> Dump | None:
    """The dump that the whole text is, if it is one beyond doubt."""
    dumps = list(find_dumps(octets))
    is_whole = len(dumps) == 1 and (dumps[0].begin, dumps[0].end) == (0, len(octets))
    return dumps[0] if is_whole and dumps[0].problem is None and not dumps[0].ambiguous else None


def agree(octets: bytes) -> bool:
    """Whether the core leaves a text to the exact reader, or takes it for the same array."""
    apart = take_apart(octets, Kind.PHP)
    if apart is None:
        return True
    dump, again = only_dump(octets), only_dump(Tree(apart.shape, Kind.PHP).record(apart.leaves))
    return dump is not None and again is not None and said(again.fields) == said(dump.fields)


def said(value: Any) -> Any:
    """What a value says: a body in a text is taken apart too, and escapes more when it is put together again."""
    if isinstance(value, dict):
        return {name: said(inner) for name, inner in value.items()}
    return unquote_to_bytes(value) if isinstance(value, str) and "=" in value else value


@given(ARRAYS, st.sampled_from(sorted(WRITERS)))
@example({"status": "Array=\n"}, "E")
def test_what_the_core_takes_apart_is_what_the_exact_reader_reads(array: dict[str, Any], letter: str) -> None:
    assert agree(WRITERS[letter](array).encode())


@given(ARRAYS, st.sampled_from(sorted(WRITERS)), st.integers(0))
def test_damaged_dumps_are_read_alike_or_left(array: dict[str, Any], letter: str, seed: int) -> None:
    draw = random.Random(seed)
    text = WRITERS[letter](array)
    for _ in range(draw.randint(1, 3)):
        begin = draw.randrange(len(text) + 1)
        text = text[:begin] + draw.choice(PIECES) * draw.randint(0, 1) + text[begin + draw.randint(0, 3) :]
    assert agree(text.encode())


NESTED: Final = {"status": "success", "data": {"amount": "11.00"}}
PLAIN: Final = {"status": "success", "identifier": "a'b\\c é", "data": {"amount": "11.00", "0": "x", "note": ""}}


@pytest.mark.parametrize("letter", sorted(WRITERS))
def test_what_php_writes_is_taken_apart(letter: str) -> None:
    array = PLAIN if letter not in "GS" else {**PLAIN, "lines": "a\nb"}
    text = WRITERS[letter](array).replace("['0']", "[0]").replace('["0"]', "[0]").replace('s:1:"0"', "i:0")
    apart = take_apart(text.replace("'0' =>", "0 =>").encode(), Kind.PHP)
    assert apart is not None
    assert apart.shape.startswith(letter.encode() + b"{")
    texts = ["success", "a'b\\c é", "11.00", "x", "", *(["a\nb"] if letter in "GS" else [])]
    assert [leaf.decode() for leaf in apart.leaves] == texts


@pytest.mark.parametrize(
    ("text", "letters"),
    [
        ("array (\n  'a' => 1,\n  'b' => 1.5,\n  'c' => true,\n  'd' => false,\n  'e' => NULL,\n)", "nnseV"),
        ('array(3) { ["a"]=> int(1) ["b"]=> float(1.5) ["c"]=> bool(true) }', "nns"),
        ('array(2) { ["a"]=> bool(false) ["b"]=> NULL }', "eV"),
        ('a:5:{s:1:"a";i:1;s:1:"b";d:1.5;s:1:"c";b:1;s:1:"d";b:0;s:1:"e";N;}', "nnseV"),
    ],
)  # fmt: skip
def test_what_is_no_text(text: str, letters: str) -> None:
    apart = take_apart(text.encode(), Kind.PHP)
    assert apart is not None
    assert apart.shape[2:-1].split(b"k\1\0")[1:] == [
        name.encode() + letter.encode() for name, letter in zip("abcde", letters, strict=False)
    ]
    assert agree(text.encode())


@pytest.mark.parametrize(
    "text",
    [
        "Array\n(\n)",
        "Array\r\n(\n    [a] => b\r\n)",
        "Array\r\n(\r\n    [a] => b\n    [c] => d\r\n)",
        "Array (     [a] => b  c )",
        "Array (     [a] => b )c",
        "Array (     [a] => b     [c ] =>d )",
        "Array\n(\n    [a] => b] => c\n)",
        "Array\n(\n    [a] => b\n    )",
        "Array\n(\n    [a] =>b\n)",
        "Array\n(\n    [a] => Array\n        (\n            [b] => c\n        )\n)",
        "Array\n(\n    [a] => b\nc\n)",
        "stdClass Object\n(\n    [a] => b\n)",
        "Array ( [a] => b )",
        "array ( 'a' => 'b' . 'c' )",
        "array ( 'a' => \"b\" )",
        "array ( 'a' => 'b' 'c' => 'd' )",
        "array ( 'a' => array ( 'b' => 'c' )",
        "[ 'a' => 'b', 'c' ]",
        'array(2) { ["a"]=> string(1) "b" }',
        'array(1) { ["a"]=> string(2) "b" }',
        'array(1) { ["a"]=> string(4) "b"]c" }',
        'array(1) { ["a":protected]=> string(1) "b" }',
        'a:1:{s:2:"a";s:1:"b";}',
        'a:1:{s:1:"a";s:1:"b"}',
        'a:1:{s:1:"a";d:INF;}',
        'a:99999999999:{s:1:"a";s:1:"b";}',
        'a:1:{s:1:"a";s:99999999:"b";}',
        "a:1:{" + "i:0;a:1:{" * 40 + "}",
    ],
)
def test_what_is_left_to_the_exact_reader(text: str) -> None:
    assert take_apart(text.encode(), Kind.PHP) is None


@pytest.mark.parametrize(
    ("front", "is_taken"),
    [
        ("----- 2026-03-01 10:00:00 -----\n", True),
        ("IPN received:\n\n", True),
        ("[01/Mar/2026:10:00:00 +0000] IPN\n", True),
        ("IPN no. 7\n", False),
        ("2026-03-01 10:00:00 no. 7\n", False),
    ],
)
def test_text_in_front_of_a_dump(front: str, is_taken: bool) -> None:
    assert (take_apart(f"{front}{serialized(NESTED)}".encode(), Kind.PHP) is not None) is is_taken
