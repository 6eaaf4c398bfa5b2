"""Dumps of PHP arrays in texts: what ``print_r``, ``var_export``, ``var_dump`` and ``serialize`` make of ``$_POST``."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple

from corena_recon.php.dumped import read_dumped
from corena_recon.php.exported import read_exported
from corena_recon.php.parts import ANY_HEAD, Reading, fields_of, items_of
from corena_recon.php.printed import read_printed
from corena_recon.php.serialized import read_serialized
from corena_recon.vocabulary import Unreadable

_READERS: Final[dict[str, Callable[[bytes, int], Reading | None]]] = {
    "printed": read_printed,
    "exported": read_exported,
    "dumped": read_dumped,
    "serialized": read_serialized,
}
_SIGNS: Final = (b"rray", b"bject", b"=>")
_SERIALIZED_HEAD: Final = re.compile(rb"[aO]:\d")
"""One of them stands in every head; they are found much faster."""
_REREAD_MAX_TIMES: Final = 4
_AGAIN_MAX_BYTES: Final = 100
_NESTED_MAX_BYTES: Final = 300
_LIST_HEAD: Final = re.compile(
    rb"Array\s{1,80}\(\s{1,80}\[\d{1,9}\] => (?:Array|[^\s()]{1,200} Object)\s"
    rb"|array\s{0,80}\(\s{0,80}(?:\d{1,9}\s{0,80}=>\s{0,80})?(?:array|\[|\(object\)|[^\s()]{1,200}::__set_state)"
    rb"|\[\s{0,80}(?:\d{1,9}\s{0,80}=>\s{0,80})?\[\s{0,80}['\"][^'\"\n]{1,200}['\"]\s{0,9}=>"
    rb"|array\(\d{1,9}\)\s{0,9}\{\s{0,80}\[\d{1,9}\]\s{0,9}=>\s{0,80}(?:array|object)\("
    rb"|a:\d{1,9}:\{i:\d{1,9};[aO]:"
)
_BEFORE_NESTED: Final = (b"=>", b";", b"(object)", b"::__set_state(")


class Dump(NamedTuple):
    """One dump of an array or an object.

    Attributes:
        begin: Where it begins in the text.
        end: Behind it. Where it could not be read, behind all that may belong to it.
        fields: The array, texts as ``corena_recon.text.text_of`` gives them; empty where there is a problem.
        ambiguous: Whether the text could stand for another array, too: ``print_r`` quotes nothing.
        problem: ``truncated`` where the text ends inside, ``invalid_json`` where it is damaged, or None.
        items: Each array by itself where the array is a list of nothing but arrays.
    """

    begin: int
    end: int
    fields: dict[str, Any]
    ambiguous: bool = False
    problem: Unreadable | None = None
    items: tuple[Dump, ...] = ()


def find_dumps(octets: bytes, number: Callable[[str], Any] = str, begin: int = 0) -> Iterator[Dump]:
    """The dumps in a text, in its order; an array within another is part of that.

    Args:
        octets: One entry of a log, one cell, or a whole file, without what a log set before each line.
        number: Makes of a number's text what the caller knows numbers by. ``print_r`` tells no number from a text;
            NULL is None, and true and false are ``1`` and nothing, as PHP posts them.
        begin: Where the first one is looked for.
    """
    left = _REREAD_MAX_TIMES * (len(octets) - begin)
    head = ANY_HEAD.search(octets, begin)
    while head is not None:
        begin = head.start()
        reading = _READERS[str(head.lastgroup)](octets, begin)
        if reading is None or (reading.problem is not None and len(reading.parts) < 2):
            at = head.end() if reading is None or left > 0 else reading.end
            left -= 0 if reading is None else reading.end - at
            head = ANY_HEAD.search(octets, at)
            continue
        if reading.problem is None:
            yield _whole(octets, reading, begin, number)
            head = ANY_HEAD.search(octets, reading.end)
            continue
        head = _next_of_its_own(octets, reading.end, len(octets))
        end = len(octets) if head is None else head.start()
        inside = _begins_again(octets, begin, reading, end)
        if inside is not None and left > 0:
            left -= end - inside
            head, end = ANY_HEAD.match(octets, inside), inside
        yield Dump(begin, end, {}, reading.ambiguous, reading.problem)


def may_list_arrays(octets: bytes, begin: int = 0) -> bool:
    """Whether an array of a text, which is in no other, may be a list of arrays."""
    return any(not _is_nested(octets, head.start()) for head in _LIST_HEAD.finditer(octets, begin))


def may_hold_a_dump(octets: bytes) -> bool:
    """Whether to look for dumps in a text is worth the time."""
    has_signs = any(sign in octets for sign in _SIGNS) or _SERIALIZED_HEAD.search(octets) is not None
    return has_signs and ANY_HEAD.search(octets) is not None


def _next_of_its_own(octets: bytes, at: int, end: int) -> re.Match[bytes] | None:
    """The next head, where it interrupted a dump or no key stands before it, as before an array in a damaged one."""
    for head in ANY_HEAD.finditer(octets, at, end):
        if head.start() == at or not _is_nested(octets, head.start()):
            return head
    return None


def _is_nested(octets: bytes, at: int) -> bool:
    return octets[max(0, at - _NESTED_MAX_BYTES) : at].rstrip().endswith(_BEFORE_NESTED)


def _whole(octets: bytes, reading: Reading, begin: int, number: Callable[[str], Any]) -> Dump:
    fields, repeats_a_key = fields_of(octets, reading.parts, number)
    items: list[Dump] = []
    for parts in items_of(octets, reading.parts):
        item, repeats = fields_of(octets, parts, number)
        items.append(Dump(parts[0][1], parts[-1][2], item, reading.ambiguous or repeats))
    return Dump(begin, reading.end, fields, reading.ambiguous or repeats_a_key, items=tuple(items))


def _begins_again(octets: bytes, begin: int, reading: Reading, end: int) -> int | None:
    """Where, within what a dump was read as, another dump was written into it, if that can be told.

    That is where the same head and key stand again. A damaged ``print_r``, which quotes nothing, goes on through any
    other notation.
    """
    first_key_end = reading.parts[1][2]
    again = octets.find(octets[begin : min(first_key_end, begin + _AGAIN_MAX_BYTES)], first_key_end, end)
    if octets.startswith((b"Array", b"Object"), begin):
        other = _next_of_its_own(octets, first_key_end, end)
        again = again if other is None or 0 <= again < other.start() else other.start()
    return again if 0 <= again < end else None
