"""Dumps of PHP arrays, found in texts and read back."""

from __future__ import annotations

import time
from typing import Any

import pytest

from corena_recon.php import dumps, find_dumps, may_hold_a_dump, parts
from corena_recon.vocabulary import Unreadable

FIELDS = {"status": "success", "signature": "AB", "data": {"amount": "11.00000000", "currency": "USD"}, "end": "x"}
PRINTED = """Array
(
    [status] => success
    [signature] => AB
    [data] => Array
        (
            [amount] => 11.00000000
            [currency] => USD
        )

    [end] => x
)
"""
SPACE = " "
EXPORTED = f"""array (
  'status' => 'success',
  'signature' => 'AB',
  'data' =>{SPACE}
  array (
    'amount' => '11.00000000',
    'currency' => 'USD',
  ),
  'end' => 'x',
)"""
DUMPED = """array(4) {
  ["status"]=>
  string(7) "success"
  ["signature"]=>
  string(2) "AB"
  ["data"]=>
  array(2) {
    ["amount"]=>
    string(11) "11.00000000"
    ["currency"]=>
    string(3) "USD"
  }
  ["end"]=>
  string(1) "x"
}
"""
SERIALIZED = (
    'a:4:{s:6:"status";s:7:"success";s:9:"signature";s:2:"AB";s:4:"data";'
    'a:2:{s:6:"amount";s:11:"11.00000000";s:8:"currency";s:3:"USD";}s:3:"end";s:1:"x";}'
)


def read(text: str) -> list[tuple[dict[str, Any], bool, Unreadable | None]]:
    return [(dump.fields, dump.ambiguous, dump.problem) for dump in find_dumps(text.encode())]


WHOLE = {
    "print_r": PRINTED,
    "print_r behind words": f"[2026-03-01 10:00:00] IPN: {PRINTED}more words",
    "print_r, line ends of Windows": PRINTED.replace("\n", "\r\n"),
    "print_r on one line": f"IPN {PRINTED.replace(chr(10), ' ')} [] []",
    "print_r, spaces lost": f"IPN {' '.join(PRINTED.split())} [] []",
    "print_r, indentation lost": "\n".join(line.strip() for line in PRINTED.split("\n")),
    "print_r, empty lines lost": PRINTED.replace("\n\n", "\n"),
    "print_r of an object": PRINTED.replace("Array\n(", "stdClass Object\n("),
    "print_r of an object of a class": (
        PRINTED.replace("Array\n(", "Shop\\Ipn Object\n(")
        .replace("[status]", "[status:protected]")
        .replace("[end]", "[end:Shop\\Ipn:private]")
    ),
    "var_export": EXPORTED,
    "var_export on one line": f"IPN {' '.join(EXPORTED.split())} [] []",
    "var_export, line ends of Windows": EXPORTED.replace("\n", "\r\n"),
    "short arrays": EXPORTED.replace("\n  array (", "[").replace("array (", "[").replace(")", "]"),
    "var_export of an object": f"Shop\\Ipn::__set_state({EXPORTED})".replace("(array", "(array"),
    "var_export of an object within": EXPORTED.replace("\n  array (", "\n  (object) array("),
    "var_export of an object of a class within": (
        EXPORTED.replace("\n  array (", "\n  \\Shop\\Data::__set_state(array(").replace("  ),", "  )),")
    ),
    "var_dump": DUMPED,
    "var_dump on one line": DUMPED.replace("\n", " "),
    "var_dump, line ends of Windows": DUMPED.replace("\n", "\r\n"),
    "var_dump of an object": (
        DUMPED.replace("array(4)", "object(stdClass)#12 (4)")
        .replace('"status"', '"status":protected')
        .replace('"end"', '"end":"Shop\\Ipn":private')
    ),
    "var_dump by Xdebug": DUMPED.replace('["', "'").replace('"]=>', "' =>"),
    "serialize": SERIALIZED,
    "serialize of an object": (
        SERIALIZED.replace("a:4:{", 'O:8:"Shop\\Ipn":4:{')
        .replace('s:6:"status"', 's:9:"\0*\0status"')
        .replace('s:3:"end"', 's:13:"\0Shop\\Ipn\0end"')
    ),
}


@pytest.mark.parametrize("name", WHOLE)
def test_a_whole_dump_is_read(name: str) -> None:
    assert may_hold_a_dump(WHOLE[name].encode())
    assert read(WHOLE[name]) == [(FIELDS, False, None)]


@pytest.mark.parametrize("name", WHOLE)
def test_dumps_without_anything_between_them_are_read_one_by_one(name: str) -> None:
    assert read(WHOLE[name].rstrip() * 3) == [(FIELDS, False, None)] * 3


@pytest.mark.parametrize("name", WHOLE)
def test_a_dump_that_is_cut_off_anywhere_says_so(name: str) -> None:
    text = WHOLE[name]
    first, last = text.index("success"), text.rindex("x")
    for end in range(first, last):
        assert read(text[:end]) == [({}, False, Unreadable.TRUNCATED)], text[:end]


@pytest.mark.parametrize("between", ["", "\n", "\n[2026-03-01 10:00:00] IPN: "])
@pytest.mark.parametrize(
    "dump", [PRINTED, EXPORTED, DUMPED, SERIALIZED], ids=["printed", "exported", "dumped", "serialized"]
)
def test_a_dump_that_another_interrupts_is_cut_off(dump: str, between: str) -> None:
    for end in range(dump.index("success"), len(dump) - 2):
        torn = f"{dump[:end]}{between}{dump}"
        assert read(torn)[-1][0] == FIELDS, torn
        assert [problem is None for _, _, problem in read(torn)] == [False, True], torn


CAREFUL = {
    "values of several lines": ("Array\n(\n    [a] => x\n\n [y]\n    [c] => \n)\n", {"a": "x\n\n [y]", "c": ""}, False),
    "an element in a value": ("Array\n(\n    [a] => x\n    [a] => y\n)\n", {"a": "y"}, True),
    "an end in a value": ("Array\n(\n    [a] => x\n)\n    [b] => y\n)\n", {"a": "x"}, True),
    "an arrow in a key or a value": ("Array\n(\n    [a] => b] => c\n)\n", {"a": "b] => c"}, True),
    "spaces on one line": ("Array (     [a] => x y     [b] =>      [c] => z )", {"a": "x y", "b": "", "c": "z"}, False),
    "spaces lost within a value": ("Array ( [a] => x y [b] => z )", {"a": "x y", "b": "z"}, True),
    "quotes": (r"array ('a' => 'it\'s \\ \n')", {"a": "it's \\ \\n"}, False),
    "NUL": ("array ('a' => 'x' . \"\\0\" . 'y')", {"a": "x\0y"}, False),
    "double quotes": (r'["a" => "x\ty\x41\$"]', {"a": "x\ty" + "A$"}, False),
    "a list": ("['a' => ['x', 'y']]", {"a": {"0": "x", "1": "y"}}, False),
    "a repeated key": ("array ('a' => 'x', 'a' => 'y')", {"a": "y"}, True),
    "a length that holds quotes": ('a:1:{s:1:"a";s:9:"";s:1:"x"";}', {"a": '";s:1:"x"'}, False),
    "Latin-1 that became UTF-8": ('a:1:{s:1:"a";s:1:"é";}', {"a": "é"}, False),
    "line ends that became two": ('a:1:{s:1:"a";s:3:"x\r\ny";}', {"a": "x\r\ny"}, False),
    "characters that were lost": ('a:1:{s:1:"a";s:2:"?";}', {"a": "?"}, True),
    "var_dump of a key in a text": (
        'array(1) {\n  ["a"]=>\n  string(6) "["b"]="\n}\n',
        {"a": '["b"]='},
        True,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CAREFUL)
def test_a_dump_is_read_as_it_stands_or_said_to_be_ambiguous(name: str) -> None:
    text, fields, ambiguous = CAREFUL[name]
    assert read(text) == [(fields, ambiguous, None)]


@pytest.mark.parametrize(
    "text",
    [
        "array ('i' => 11, 'f' => 11.0, 'e' => 1.0E+25, 't' => true, 'n' => false, 'z' => NULL)",
        'array(6){["i"]=>int(11)["f"]=>float(11.0)["e"]=>float(1.0E+25)["t"]=>bool(true)["n"]=>bool(false)["z"]=>NULL}',
        'a:6:{s:1:"i";i:11;s:1:"f";d:11.0;s:1:"e";d:1.0E+25;s:1:"t";b:1;s:1:"n";b:0;s:1:"z";N;}',
    ],
)
def test_numbers_are_marked_by_whoever_asks(text: str) -> None:
    (dump,) = find_dumps(text.encode(), lambda number: f"number {number}")
    expected = {"i": "number 11", "f": "number 11.0", "e": "number 1.0E+25", "t": "1", "n": "", "z": None}
    assert dump.fields == expected


@pytest.mark.parametrize(
    "text",
    [
        'a:1:{s:1:"a";s:5:"xy";}',
        'a:2:{s:1:"a";s:1:"x";}\nmore',
        "array ('a' => 'x' 'b' => 'y')\nand\nmore\n",
        'array(2) {\n  ["a"]=>\n  string(1) "x"\n}\n' + "more\n" * 30,
        "Array\n(\n    [a] => " + "".join(f"Array\n{' ' * 8 * n}(\n{' ' * (8 * n + 4)}[a] => " for n in range(1, 80)),
    ],
)
def test_a_damaged_dump_says_so(text: str) -> None:
    assert read(text) == [({}, False, Unreadable.INVALID_JSON)]


@pytest.mark.parametrize(
    "text",
    ["Array", "an array (of things)", "toArray()", "array()", "Array\n(\n", "[1] => 2", "a:1:{", 'x = ["a", "b"]', ""],
)
def test_a_text_without_a_dump_has_none(text: str) -> None:
    assert read(text) == []


@pytest.mark.parametrize(
    "piece",
    [
        "Array\n(\n    [a] => ", "Array\n(\n    [", "Array (     [a] => ", "Array ( [a] => ", "a:1:{i:0;",
        'a:1:{s:1:"a";', 'a:1:{s:900000:"', "array (\n'a' => ", "array ('a", "['a' => [",
        'array(1) {\n  ["a"]=>\n',
        'array(1) {\n["',
        "\n    [a] => Array\n        (\n",
    ],
)  # fmt: skip
def test_a_hostile_text_takes_no_longer_than_its_length(piece: str) -> None:
    def seconds(size: int) -> float:
        octets = (piece * (size // len(piece))).encode()
        begin = time.process_time()
        for _ in find_dumps(octets):
            pass
        return time.process_time() - begin

    assert seconds(400_000) < 40 * seconds(40_000) + 0.1


@pytest.mark.parametrize(
    "text",
    [
        b"x Array\n(\n [a] => b", b"} Object ( [", b"array(1) {", b"object(A)#1 (0) {", b"array ( 'a' =>", b"['a' => 1",
        b"data:1:{", b'O:1:"a":0:{',
    ],
)  # fmt: skip
def test_a_text_may_hold_a_dump_where_one_may_begin(text: bytes) -> None:
    assert parts.ANY_HEAD.search(text)
    assert may_hold_a_dump(text)


def test_most_texts_are_told_from_dumps_at_a_glance(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dumps, "ANY_HEAD", None)
    assert not may_hold_a_dump(b'{"status":"success","data":{"amount":"1"},"at":[1,2]} ' * 100)
