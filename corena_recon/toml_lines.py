"""TOML as a person edits it: the line of each entry, so that what is wrong is named by it; how a value is written."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

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


def toml_of(value: Any) -> str:  # noqa: ANN401 - a value of TOML
    """A text, number, flag, table or list of those, as a line of TOML has it."""
    if isinstance(value, Mapping):
        return f"{{ {', '.join(f'{_key(name)} = {toml_of(one)}' for name, one in value.items())} }}"
    if isinstance(value, set | list | tuple):
        return f"[{', '.join(map(toml_of, value))}]"
    # What JSON writes of texts, numbers and flags is TOML too, but for a control character that it leaves as it is.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else toml_of(name)
