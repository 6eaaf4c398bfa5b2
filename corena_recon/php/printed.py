"""What ``print_r`` wrote, read by its indentation: nothing is quoted, and a value may imitate what stands around it."""

from __future__ import annotations

import re
from typing import Final

from corena_recon.php.parts import DEPTH_MAX, Kind, Part, Reading
from corena_recon.vocabulary import Unreadable

_STEP: Final = 8
"""By how many spaces an array in an array is indented; elements stand half as far behind its bracket."""
_HEAD: Final = re.compile(rb"(Array|Object)(?:(\r?\n| )( *)\((?=\2\3(?:    \[|\)))|(\s{1,80})\((?=\s{1,80}[\[)]))")
_ARRAY: Final = re.compile(rb"(?:Array|[^\s()]{1,200} (Object))(\s{0,999})\((?=\s)")
# var_export's, too, ends with a bracket in a line of its own.
_OTHER_HEAD: Final = re.compile(
    rb"(?:Array|Object)(?:\r?\n| )( *)\(\s|array \(\s{1,80}(?:'[^'\n]{0,200}'|\d{1,20}) =>()"
)
_VISIBILITY: Final = re.compile(rb":(?:protected|[^:\]]{1,200}:private)$")

# Groups: the indentation, an element's key, an array's end, another dump's head and the indentation of its bracket.
_PLACE_IN_LINES: Final = re.compile(
    rb"\r?\n([ \t]*+)(?:\[([^\n]*?)\] =>|(\))|[^\n]*(Array|Object)(?=\r?\n( *)\(\r?\n))"
)
_PLACE_IN_ONE_LINE: Final = re.compile(
    rb"(?<! )( ++)(?:(?<=     )\[([^\n]{0,200}?)\] =>|(\))|[^\s()]{0,200}?(Array|Object)(?= ()\(     \[))|\n"
)
_PLACE_BETWEEN_WORDS: Final = re.compile(rb"(?<! )( ++)(?:\[([^\s\[\]]{0,200})\] =>|(\))|(?!)()())|\n")
_HEAD_IN_LINES: Final = re.compile(rb"[^\n]*(Array|Object)(?=\r?\n( *)\(\r?\n)")


def read_printed(octets: bytes, begin: int) -> Reading | None:
    """The dump that begins at ``Array`` or ``Object``; None where none does.

    Lines that stand exactly where PHP sets them are elements and ends; every other line goes on with a value. Where
    the log joined the lines by spaces the same holds of runs of spaces. Where indentation was lost, whatever looks
    like an element is one, and a value that holds what the log may have changed makes the dump ambiguous.
    """
    head = _HEAD.match(octets, begin)
    dump = None if head is None else _Printed(octets, head)
    return dump.read() if dump is not None and dump.begins() else None


class _Printed:
    """One dump on the way.

    Args:
        octets: The text.
        head: Its beginning, up to its bracket.
    """

    def __init__(self, octets: bytes, head: re.Match[bytes]) -> None:
        self._octets = octets
        self._is_exact = head[2] is not None
        between = head[2] if self._is_exact else head[4]
        self._line_end = between if self._is_exact else (b"\n" if b"\n" in between else b" ")
        self._is_one_line = self._line_end == b" "
        in_one_line = _PLACE_IN_ONE_LINE if self._is_exact else _PLACE_BETWEEN_WORDS
        self._place = in_one_line if self._is_one_line else _PLACE_IN_LINES
        self._indented = len(head[3] or b"")
        self._parts: list[Part] = [(Kind.OBJECT if head[1] == b"Object" else Kind.ARRAY, head.start(), head.end())]
        self._are_objects = [head[1] == b"Object"]
        self._at = head.end()
        self._is_in_value = False
        self._ambiguous = False

    def begins(self) -> bool:
        """Whether an element or the end follows."""
        return self._is_exact or self._place.match(self._octets, self._at) is not None

    def read(self) -> Reading:
        """The dump as far as it goes."""
        for place in self._place.finditer(self._octets, self._at):
            if place[1] is None:
                return self._reading(place.start(), Unreadable.TRUNCATED)
            if place[4] is not None:
                if len(place[5]) <= self._indented:
                    return self._reading(place.start(4), Unreadable.TRUNCATED)
                continue
            if (self._is_element(place) if place[3] is None else self._closes(place)) and not self._are_objects:
                self._ambiguous |= self._goes_on(place.end())
                return self._reading(place.end(), None)
            if len(self._are_objects) > DEPTH_MAX:
                return self._reading(self._at, Unreadable.INVALID_JSON)
            has_opened = self._at > place.end() + 1
            other = None if has_opened or self._is_one_line else _HEAD_IN_LINES.match(self._octets, place.end())
            if other is not None and len(other[2]) <= self._indented:
                return self._reading(other.start(1), Unreadable.TRUNCATED)
        return self._reading(len(self._octets), Unreadable.TRUNCATED)

    def _reading(self, end: int, problem: Unreadable | None) -> Reading:
        return Reading(self._parts, end, self._ambiguous, problem)

    def _is_element(self, place: re.Match[bytes]) -> bool:
        """Takes note of an element, where the place is one, and of the array that is its value."""
        too_far = self._indentation(place) - self._expected() - _STEP // 2
        if self._is_exact and too_far:
            if not self._is_one_line or too_far < 0:
                return False
            # Spaces at a value's end, or the empty line behind an array.
            self._ambiguous |= self._is_in_value or too_far > 1
        self._end_value(place, self._expected() + _STEP // 2)
        self._ambiguous |= self._is_one_line and b"     [" in place[2]
        self._parts.append((Kind.KEY, place.start(2), self._end_of_key(place)))
        self._at = place.end() + (self._octets[place.end() : place.end() + 1] == b" ")
        self._is_in_value = not self._opens()
        return True

    def _closes(self, place: re.Match[bytes]) -> bool:
        """Takes note of an array's end, where the place is one."""
        too_far = self._indentation(place) - self._expected()
        if self._is_exact and too_far and (not self._is_one_line or self._is_in_value or too_far != 1):
            return False
        if len(self._are_objects) > 1 and self._octets[place.end() : place.end() + 1] not in b" \r\n":
            return False
        self._end_value(place, self._expected())
        self._parts.append((Kind.CLOSE, place.start(), place.end()))
        self._are_objects.pop()
        self._at = place.end()
        return True

    def _end_of_key(self, place: re.Match[bytes]) -> int:
        """Where an element's key ends, without how visible the property is that it names."""
        visibility = _VISIBILITY.search(self._octets, place.start(2), place.end(2)) if self._are_objects[-1] else None
        return place.end(2) if visibility is None else visibility.start()

    def _opens(self) -> bool:
        """Takes note of the array that is an element's value, where it is one."""
        array = _ARRAY.match(self._octets, self._at)
        if array is None:
            return False
        if self._is_exact:
            indented = b" " * (self._expected() + _STEP)
            ends_there = self._octets.startswith(self._line_end, array.end())
            if array[2] != self._line_end + indented or not ends_there:
                return False
        self._are_objects.append(array[1] is not None)
        self._parts.append((Kind.OBJECT if array[1] else Kind.ARRAY, array.start(), array.end()))
        self._at = array.end()
        return True

    def _end_value(self, place: re.Match[bytes], indented: int) -> None:
        """Takes note of the value before a place, or judges what stands there although no value should."""
        begin = place.end(1)
        end = max(begin - indented - len(self._line_end), self._at) if self._is_exact else place.start()
        text = self._octets[self._at : end]
        if not self._is_in_value:
            self._ambiguous |= bool(text.strip())
            return
        if self._is_exact:
            self._ambiguous |= self._is_odd(text, self._octets[self._at - 1 : self._at] == b" ")
        else:
            text = text.strip()
            self._ambiguous |= bool(text) and (b"\n" in text if not self._is_one_line else len(text.split()) > 1)
            self._at = self._octets.index(text, self._at)
            end = self._at + len(text)
        self._parts.append((Kind.TEXT, self._at, end))
        self._is_in_value = False

    def _is_odd(self, text: bytes, has_space: bool) -> bool:
        """Whether a value may hold the end of a key, or the beginning of a key that has a line end in it."""
        first_line = text.partition(self._line_end)[0] if not self._is_one_line else text
        element = self._line_end + b" " * (self._expected() + _STEP // 2) + b"["
        return b"] =>" in first_line or element in text or (bool(text) and not has_space)

    def _goes_on(self, end: int) -> bool:
        """Whether lines of the outermost array stand behind its end, which then was a line of a value."""
        others = (head.start() for head in _OTHER_HEAD.finditer(self._octets, end) if self._is_outermost(head))
        for place in self._place.finditer(self._octets, end, next(others, len(self._octets))):
            if place[1] is None:
                return False
            expected = self._indented + (0 if place[2] is None else _STEP // 2)
            indentation = self._indentation(place)
            if place[4] is None and (indentation == expected or (self._is_one_line and indentation > expected)):
                return True
        return False

    def _is_outermost(self, head: re.Match[bytes]) -> bool:
        return not self._is_exact or head[1] is None or len(head[1]) <= self._indented

    def _indentation(self, place: re.Match[bytes]) -> int:
        if not self._is_one_line:
            return place.end(1) - place.start(1)
        # The run begins with what stood for the line's end, or with the space behind an arrow.
        return place.end(1) - max(place.start(1), self._at) - 1

    def _expected(self) -> int:
        """How far the innermost array's brackets are indented."""
        return self._indented + _STEP * (len(self._are_objects) - 1)
