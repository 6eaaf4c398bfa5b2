"""Lines of logs in which several notifications stand, as a program logs a batch: each gets a line of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from corena_recon.archive.forms.logs.log_entries import stamp_of
from corena_recon.archive.lines.line_runs import Line, Run
from corena_recon.archive.records.envelopes import from_value
from corena_recon.archive.records.exact_json import parse_json_at

_NAME: Final = b"signature"
_PART: Final = re.compile(rb"\d+|[A-Za-z]+|.", re.DOTALL)
_ATTEMPTS: Final = 5_000


def one_in_each_line(runs: Iterator[Run | Line]) -> Iterator[Run | Line]:
    """The runs with a line for each of several objects of one line, each below the moment that the line states."""
    for run in runs:
        if isinstance(run, Run):
            yield _parted(run)
            continue
        lines = [] if run.is_complete or run.is_too_long or run.octets[:1] == b"{" else _lines_of(run.octets)
        if lines:
            before = b"".join(line + b"\n" for line in lines[:-1])
            yield Run(before, 0, len(before))
        yield run._replace(octets=lines[-1]) if lines else run


def _parted(run: Run) -> Run:
    parts: list[bytes] = []
    shifts: list[tuple[int, int]] = []
    position, added = run.begin, 0
    entries = iter((*run.entries, (run.end, run.end)))
    entry = next(entries)
    for begin, end in _lines_naming_twice(run):
        while entry[1] < begin:
            entry = next(entries)
        lines = [] if entry[0] <= begin < entry[1] else _lines_of(run.octets[begin:end])
        if lines:
            text = b"\n".join(lines)
            parts += [run.octets[position:begin], text]
            added += len(text) - (end - begin)
            shifts.append((end, added))
            position = end
    if not parts:
        return run
    octets = b"".join([*parts, run.octets[position : run.end]])
    shift = {place: _shift_at(shifts, place) - run.begin for span in run.entries for place in span}
    spans = tuple((begin + shift[begin], end + shift[end]) for begin, end in run.entries)
    return Run(octets, 0, len(octets), run.before, spans)


def _shift_at(shifts: list[tuple[int, int]], place: int) -> int:
    return next((added for end, added in reversed(shifts) if end <= place), 0)


def _lines_naming_twice(run: Run) -> Iterator[tuple[int, int]]:
    """Where lines begin and end that are no object themselves and name the signature more than once."""
    octets = run.octets
    at = octets.find(_NAME, run.begin, run.end)
    while at >= 0:
        end = octets.find(b"\n", at, run.end)
        following = octets.find(_NAME, at + 1, run.end)
        if 0 <= following < end:
            begin = octets.rfind(b"\n", run.begin, at) + 1 or run.begin
            if octets[begin : begin + 1] != b"{":
                yield begin, end
            following = octets.find(_NAME, end, run.end)
        at = following


def _lines_of(line: bytes) -> list[bytes]:
    """A line for each notification; none where there are not several that differ."""
    return _entries_of(line) or _objects_of(line)


def _entries_of(line: bytes) -> list[bytes]:
    """The entries that stand in a line without line ends between them: each begins as the line does, with a moment."""
    stamp = stamp_of(line)
    if stamp is None or line.count(_NAME) < 2:
        return []
    begin = line[: line.index(stamp) + len(stamp)]
    pattern = b"".join(_like(part) for part in _PART.findall(begin))
    cuts = [found.start() for found in re.finditer(pattern, line)]
    pieces = [line[one:other] for one, other in pairwise([*cuts, len(line)])]
    are_entries = len(pieces) > 1 and cuts[0] == 0 and all(piece.count(_NAME) == 1 for piece in pieces)
    return pieces if are_entries and all(map(_is_sound, pieces)) else []


def _is_sound(piece: bytes) -> bool:
    """Whether no object is cut off in it: then another writer's line stands in one of these."""
    text = piece.decode("latin-1")
    at = text.find("{")
    try:
        return at < 0 or parse_json_at(text, at)[1] > at
    except (ValueError, RecursionError):
        return False


def _like(part: bytes) -> bytes:
    return rb"\d+" if part.isdigit() else rb"[A-Za-z]+" if part.isalpha() else re.escape(part)


def _objects_of(line: bytes) -> list[bytes]:
    text = line.decode("latin-1")
    spans: list[tuple[int, int]] = []
    told: set[tuple[str | None, str | None]] = set()
    at = text.find("{")
    for _ in range(_ATTEMPTS):
        if at < 0:
            break
        try:
            parsed, end = parse_json_at(text, at)
        except (ValueError, RecursionError):
            return []
        row = from_value(parsed.value)
        if row.unreadable is None and row.signature is not None:
            spans.append((at, end))
            told.add((row.signature, row.identifier))
        at = text.find("{", end)
    if len(told) < 2 or len(told) != len(spans):
        return []
    stamp = stamp_of(line)
    before = b"" if stamp is None else stamp + b" "
    cuts = [begin for begin, _ in spans[1:]]
    pieces = [line[begin:end] for begin, end in zip([0, *cuts], [*cuts, len(line)], strict=True)]
    return [pieces[0], *(before + piece for piece in pieces[1:])]
