"""Dumps of PHP arrays in texts: what ``print_r``, ``var_export``, ``var_dump`` and ``serialize`` make of ``$_POST``."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple

from corena_recon.php.parts import ANY_HEAD, Reading, fields_of
from corena_recon.php.printed import read_printed
from corena_recon.vocabulary import Unreadable

_READERS: Final[dict[str, Callable[[bytes, int], Reading | None]]] = {
    "printed": read_printed,
}
_NESTED_MAX_BYTES: Final = 100
_BEFORE_NESTED: Final = re.compile(rb"(?:=>|;)\s*\Z")


class Dump(NamedTuple):
    """One dump of an array or an object.

    Attributes:
        begin: Where it begins in the text.
        end: Behind it. Where it could not be read, behind all that may belong to it.
        fields: The array, texts as ``corena_recon.text.text_of`` gives them; empty where there is a problem.
        ambiguous: Whether the text could stand for another array, too: ``print_r`` quotes nothing.
        problem: ``truncated`` where the text ends inside, ``invalid_json`` where it is damaged, or None.
    """

    begin: int
    end: int
    fields: dict[str, Any]
    ambiguous: bool = False
    problem: Unreadable | None = None


def find_dumps(octets: bytes, number: Callable[[str], Any] = str) -> Iterator[Dump]:
    """The dumps in a text, in its order; an array within another is part of that.

    Args:
        octets: One entry of a log, one cell, or a whole file, without what a log set before each line.
        number: Makes of a number's text what the caller knows numbers by. ``print_r`` tells no number from a text;
            NULL is None, and true and false are ``1`` and nothing, as PHP posts them.
    """
    head = ANY_HEAD.search(octets)
    while head is not None:
        begin = head.start()
        reader = _READERS.get(str(head.lastgroup))
        reading = None if reader is None else reader(octets, begin)
        if reading is None or (reading.problem is not None and len(reading.parts) < 2):
            head = ANY_HEAD.search(octets, head.end())
            continue
        if reading.problem is None:
            fields, repeats_a_key = fields_of(octets, reading.parts, number)
            yield Dump(begin, reading.end, fields, reading.ambiguous or repeats_a_key)
            head = ANY_HEAD.search(octets, reading.end)
            continue
        head = _next_of_its_own(octets, reading.end)
        end = len(octets) if head is None else head.start()
        yield Dump(begin, end, {}, reading.ambiguous, reading.problem)


def may_hold_a_dump(octets: bytes) -> bool:
    """Whether to look for dumps in a text is worth the time."""
    return ANY_HEAD.search(octets) is not None


def _next_of_its_own(octets: bytes, at: int) -> re.Match[bytes] | None:
    """The next head, where it interrupted a dump or no key stands before it, as before an array in a damaged one."""
    head = ANY_HEAD.search(octets, at)
    while (
        head is not None
        and head.start() != at
        and _BEFORE_NESTED.search(octets, max(at, head.start() - _NESTED_MAX_BYTES), head.start())
    ):
        head = ANY_HEAD.search(octets, head.end())
    return head
