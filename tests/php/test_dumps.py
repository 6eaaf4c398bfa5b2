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
    first, last = text.index("success"), text.rindex(")")
    for end in range(first, last):
        assert read(text[:end]) == [({}, False, Unreadable.TRUNCATED)], text[:end]


@pytest.mark.parametrize("between", ["", "\n", "\n[2026-03-01 10:00:00] IPN: "])
def test_a_dump_that_another_interrupts_is_cut_off(between: str) -> None:
    for end in range(PRINTED.index("success"), PRINTED.rindex(")")):
        torn = f"{PRINTED[:end]}{between}{PRINTED}"
        assert read(torn)[-1][0] == FIELDS, torn
        assert [problem for _, _, problem in read(torn)] == [Unreadable.TRUNCATED, None], torn
