"""The text of a project file: what lies in a folder, named so that what comes tomorrow is meant too."""

from __future__ import annotations

import fnmatch
import glob
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from corena_recon.project.settings import REPORT
from corena_recon.stages.decide import DECISIONS_NAME
from corena_recon.text import printable
from corena_recon.toml_lines import toml_of

KINDS: Final = ("archive", "orders", "ledger", "keys", "ignored")
"""What files of a folder may be."""
GRACE: Final = "1 day"
"""How long an order may wait for its notification where nobody says."""

_SHOWN_FIELDS: Final = ("identifier", "order_amount", "order_status", "ordered_at")
_NUMBER: Final = re.compile(r"\d(?:[\d_.-]*\d)?")
_STARRED: Final = "  # a star stands for the numbers of files that are still to come"


class Found(NamedTuple):
    """One file of the folder.

    Attributes:
        name: Its path within the folder.
        kind: ``archive``, ``orders``, ``ledger``, ``keys`` or ``ignored``.
        what: What it is, in a few words.
    """

    name: str
    kind: str
    what: str


def project_text(
    found: Iterable[Found], doubts: Iterable[str], mappings: Mapping[str, Mapping[str, Any]], lang: str
) -> str:
    """The project file of a folder, with comments.

    Args:
        found: What lies there.
        doubts: What a person should look at.
        mappings: How each export of orders was read, by its name.
        lang: Of sentences.
    """
    by_kind: dict[str, list[Found]] = {kind: [] for kind in KINDS}
    for one in found:
        by_kind[one.kind].append(one)
    archive = _archive_paths(by_kind)
    lines = [
        "# What a close needs. Paths are relative to this file; no secret stands in it.",
        *(f"# ? {printable(doubt)}" for doubt in doubts),
        "",
        f"archive = {toml_of(archive)}{_STARRED if '*' in ''.join(archive) else ''}",
    ]
    if by_kind["keys"]:
        lines.append(f"keys = {toml_of(by_kind['keys'][0].name)}")
    if by_kind["ledger"]:
        lines.append(f"ledger = {toml_of(_names(by_kind, 'ledger'))}")
    lines += [
        f"report = {toml_of(REPORT)}",
        f"decisions = {toml_of(DECISIONS_NAME)}  # of corena-recon decide",
        "# two_people = true  # a decision counts only when another person has reviewed it",
        "previous = true  # what the last report holds is not read again",
        f"lang = {toml_of(lang)}",
    ]
    if by_kind["orders"]:
        lines += ["", "[orders]", f"source = {toml_of(_names(by_kind, 'orders'))}"]
        lines += [
            *(f"# {printable(f'{name} is {_read_as(mapping)}')}" for name, mapping in mappings.items()),
            '# timezone = "Africa/Lubumbashi"  # of dates that name none; else UTC',
            '# currency = "USD"  # of rows that name none',
            "",
            "[options]",
            f"grace = {toml_of(GRACE)}  # before the last notification an order may wait for its own",
        ]
    return "\n".join([*lines, ""])


def _names(by_kind: Mapping[str, list[Found]], kind: str) -> list[str]:
    return _patterns([one.name for one in by_kind[kind]], kind, by_kind)


def _read_as(mapping: Mapping[str, Any]) -> str:
    read = [f"{field} is {mapping[field]}" for field in _SHOWN_FIELDS if mapping.get(field)]
    return f"read as {mapping.get('platform')}: {', '.join(read)}"


def _archive_paths(by_kind: Mapping[str, list[Found]]) -> list[str]:
    """The archive's files, or a folder's name where nothing but archives lies in it."""
    mixed = {_top(one) for kind, some in by_kind.items() if kind != "archive" for one in some}
    is_listed = [_top(one) in mixed or "/" not in one.name for one in by_kind["archive"]]
    listed = [one.name for one, listed in zip(by_kind["archive"], is_listed, strict=True) if listed]
    folders = [_top(one) for one, listed in zip(by_kind["archive"], is_listed, strict=True) if not listed]
    return [*dict.fromkeys(folders), *_patterns(listed, "archive", by_kind)]


def _patterns(names: Sequence[str], kind: str, by_kind: Mapping[str, list[Found]]) -> list[str]:
    """Names with a star for their numbers, so that tomorrow's file is meant too; each is meant once, and no other."""
    others = [one.name for each, some in by_kind.items() if each != kind for one in some]
    meant: dict[str, set[str]] = {}
    for name in names:
        folder, slash, file = name.rpartition("/")
        pattern = glob.escape(folder) + slash + _NUMBER.sub(_starred, glob.escape(file))
        pattern = glob.escape(name) if _meant(others, pattern) else pattern
        meant[pattern] = _meant(names, pattern)
    widest = [one for one in meant if not any(meant[one] < meant[other] for other in meant)]
    is_once = sum(len(meant[one]) for one in widest) == len(names)
    return widest if is_once else [glob.escape(name) for name in names]


def _starred(number: re.Match[str]) -> str:
    # What begins with a number would else mean whatever has that ending.
    return "*" if number.start() else "[0-9]*"


def _meant(names: Iterable[str], pattern: str) -> set[str]:
    return {name for name in names if name.count("/") == pattern.count("/") and fnmatch.fnmatchcase(name, pattern)}


def _top(one: Found) -> str:
    return one.name.partition("/")[0]
