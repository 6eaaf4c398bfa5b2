"""Where each entry of a TOML text stands, so that what is wrong with one can be named by its line."""

from __future__ import annotations

import re
from collections import Counter
from typing import Final

_NAME: Final = r"""(?:"([^"]*)"|'([^']*)'|([A-Za-z0-9_.-]+))"""
_HEADER: Final = re.compile(rf"\s*(\[\[?)\s*{_NAME}\s*\]")
_ENTRY: Final = re.compile(rf"\s*{_NAME}\s*=")
_POSITION: Final = re.compile(r"at line (\d+)")


def toml_lines(text: str) -> dict[str, int]:
    """The line of each entry and table by its dotted name, the first where there are several.

    Tables of an array are counted from nothing: ``keys.0`` is the first of ``[[keys]]``, ``keys.0.id`` its ``id``.
    """
    lines: dict[str, int] = {}
    counts: Counter[str] = Counter()
    within = ""
    for number, line in enumerate(text.splitlines(), 1):
        if header := _HEADER.match(line):
            name = _name(header.groups()[1:])
            if header[1] == "[[":
                counts[name] += 1
                name = f"{name}.{counts[name] - 1}"
            lines.setdefault(name, number)
            within = name + "."
        elif entry := _ENTRY.match(line):
            lines.setdefault(within + _name(entry.groups()), number)
    return lines


def line_of_error(error: ValueError, text: str) -> int:
    """The line at which a TOML text is none; of what the error says besides, nothing is kept."""
    position = _POSITION.search(str(error))
    return int(position[1]) if position else max(1, len(text.splitlines()))


def at_line(place: str, line: int | None) -> str:
    """A place as messages name it, with the line where it is known."""
    return place if line is None else f"{place} line {line}"


def _name(groups: tuple[str | None, ...]) -> str:
    return next(group for group in groups if group is not None)
