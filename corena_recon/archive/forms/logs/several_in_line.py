"""Lines of logs in which several notifications stand, as a program logs a batch: each gets a line of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import accumulate, pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from corena_recon.archive.forms.logs.log_entries import stamp_of
from corena_recon.archive.forms.logs.log_prefixes import without_prefixes
from corena_recon.archive.forms.logs.php_dumps import each_notification
from corena_recon.archive.lines.line_runs import Line, Run
from corena_recon.archive.records.envelopes import from_value
from corena_recon.archive.records.exact_json import parse_json_at
from corena_recon.php import find_dumps, may_list_arrays

_NAME: Final = b"signature"
_NAMED: Final = re.compile(_NAME)
_PART: Final = re.compile(rb"\d+|[A-Za-z]+|.", re.DOTALL)
_ATTEMPTS: Final = 5_000


def one_in_each_line(runs: Iterator[Run | Line]) -> Iterator[Run | Line]:
    """The runs with a line or an entry for each of several notifications in one, below the moment that it states."""
    for run in runs:
        if isinstance(run, Run):
            yield _parted(run)
            continue
        pieces = [] if run.is_complete or run.is_too_long or run.octets[:1] == b"{" else _pieces_of(run.octets)
        if pieces:
            octets, entries = _joined(pieces[:-1])
            yield Run(octets + b"\n", 0, len(octets) + 1, entries=_spans(entries))
        yield run._replace(octets=pieces[-1]) if pieces else run


def _parted(run: Run) -> Run:
    octets = run.octets
    found = [(*span, _pieces_of(octets[slice(*span)])) for span in _naming_twice(run)]
    parted = {begin: (end, pieces) for begin, end, pieces in found if pieces}
    if not parted:
        return run
    texts: list[bytes] = []
    entries: list[tuple[int, int]] = []
    position, length = run.begin, 0
    for begin, end in sorted(
        {**dict(run.entries.tolist()), **{begin: end for begin, (end, _) in parted.items()}}.items()
    ):
        text, inside = _joined(parted[begin][1] if begin in parted else [octets[begin:end]])
        length += begin - position
        entries += [(length + one, length + other) for one, other in inside]
        texts += [octets[position:begin], text]
        position, length = end, length + len(text)
    text = b"".join([*texts, octets[position : run.end]])
    return Run(text, 0, length + run.end - position, run.before, _spans(entries))


def _spans(entries: list[tuple[int, int]]) -> NDArray[np.int64]:
    return np.array(entries, np.int64).reshape(-1, 2)


def _joined(pieces: list[bytes]) -> tuple[bytes, list[tuple[int, int]]]:
    """The lines of the pieces, and where in them those begin and end that are entries of several."""
    ends = list(accumulate(len(piece) + 1 for piece in pieces))
    spans = ((end - 1 - len(piece), end - 1) for piece, end in zip(pieces, ends, strict=True) if b"\n" in piece)
    return b"\n".join(pieces), list(spans)


def _naming_twice(run: Run) -> Iterator[tuple[int, int]]:
    """Where entries begin and end, and lines in none, that name the signature more than once."""
    named = [found.start() for found in _NAMED.finditer(run.octets, run.begin, run.end)]
    places = np.array(named, np.int64)
    entry = np.searchsorted(run.entries[:, 0], places, side="right") - 1
    is_inside = entry >= 0
    is_inside[is_inside] = places[is_inside] < run.entries[entry[is_inside], 1]
    counts = np.bincount(entry[is_inside], minlength=len(run.entries))
    yield from map(tuple, run.entries[counts > 1].tolist())
    yield from _lines_naming_twice(run, places[~is_inside].tolist())


def _lines_naming_twice(run: Run, places: list[int]) -> Iterator[tuple[int, int]]:
    """Where lines begin and end that are no object themselves and name the signature at several of these places."""
    octets, end = run.octets, 0
    for at, following in pairwise(places):
        if at < end or octets.find(b"\n", at, following) >= 0:
            continue
        begin, end = octets.rfind(b"\n", run.begin, at) + 1 or run.begin, octets.index(b"\n", following)
        if octets[begin : begin + 1] != b"{":
            yield begin, end


def _pieces_of(octets: bytes) -> list[bytes]:
    """A line or an entry for each notification; none where there are not several that differ."""
    return _arrays_of(octets) or ([] if b"\n" in octets else _entries_of(octets) or _objects_of(octets))


def _arrays_of(octets: bytes) -> list[bytes]:
    """The items of a list that PHP has printed, where nothing beside it is a notification."""
    if not may_list_arrays(octets):
        return []
    text = without_prefixes(octets) if b"\n" in octets else octets
    text = octets if text is None else text
    listed = [dump for dump in find_dumps(text) if _NAME in text[dump.begin : dump.end]]
    if len(listed) != 1 or len(items := each_notification(listed[0])) < 2:
        return []
    stamp = stamp_of(octets.split(b"\n", 1)[0])
    before = b"" if stamp is None else stamp + b" "
    return [before + text[item.begin : item.end] for item in items]


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
