"""Dumps of PHP arrays, found in texts and read back."""

from __future__ import annotations

from typing import Any

import pytest

from corena_recon.php import find_dumps, may_hold_a_dump
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
