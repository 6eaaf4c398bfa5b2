"""The hash chains of a receiver's captures, checked while their lines are read, and from file to file."""

from __future__ import annotations

import re
from collections import defaultdict
from itertools import pairwise
from typing import TYPE_CHECKING, Final, NamedTuple

from corena_recon.chain import BROKEN, MARK, SOUND, ChainCheck
from corena_recon.languages import note

if TYPE_CHECKING:
    from collections.abc import Iterable

    from corena_recon.archive.sources.containers import ByteStream

_FORMS: Final = frozenset({"jsonl", "log"})
"""What a capture is taken for; the latter with lines of other kinds in it."""
_CAPTURE_NAME: Final = re.compile(r"(?P<folder>.*?)ipn-(?P<number>[0-9]{6,9})\.jsonl(?:\.[a-z0-9]+)?", re.DOTALL)
_LINE_MAX_BYTES: Final = 1 << 24
"""More than a line of a capture has: its body is 8 MiB at most."""


class Watched(NamedTuple):
    """What is known of the chain of one source.

    Attributes:
        source: What reports call it.
        result: ``ok``, ``broken at N``, or None where no line has a chain; a torn last line breaks it.
        first_seq: Of its first line that has a chain.
        last_seq: Of its last one.
    """

    source: str
    result: str | None
    first_seq: int | None
    last_seq: int | None


class ChainWatch:
    """Checks the chain of a source while its lines are read; there is none as a rule, which takes next to no time."""

    def __init__(self) -> None:
        self._check = ChainCheck()
        self._pending = b""
        self._is_too_long = False
        self._has_mark = False

    @classmethod
    def of(cls, stream: ByteStream, form: str) -> ChainWatch | None:
        """A watch over the stream where its form may be a capture's."""
        if form not in _FORMS:
            return None
        watch = cls()
        stream.on_block = watch.take
        return watch

    def take(self, block: bytes) -> None:
        """Takes the next bytes."""
        if not self._has_mark and MARK not in block and MARK not in self._pending[-len(MARK) :] + block[: len(MARK)]:
            end = block.rfind(b"\n") + 1
            self._check.pass_over(block.count(b"\n"))
            self._is_too_long = self._is_too_long and not end
            self._pending = block[end:] if end else self._pending + block
        else:
            self._has_mark = True
            *lines, self._pending = (self._pending + block).split(b"\n")
            self._feed(lines)
        if len(self._pending) > _LINE_MAX_BYTES:
            self._pending, self._is_too_long = self._pending[-len(MARK) :], True

    def result(self, source: str) -> Watched:
        """What there is to say once everything was read."""
        if self._pending and self._has_mark:
            self._feed([self._pending])
        return Watched(source, self._check.result, self._check.first_seq, self._check.last_seq)

    def _feed(self, lines: Iterable[bytes]) -> None:
        for line in lines:
            if self._is_too_long:
                self._check.pass_over(1)
                self._is_too_long = False
            else:
                self._check.feed(line)


def gaps_between(watched: Iterable[Watched]) -> dict[str, str]:
    """By source, what is to be said of captures whose first line does not follow the last of the file before.

    ``seq`` counts on from file to file of one folder, as the receiver names them; a file that is missing leaves a gap.
    """
    return {
        one.source: f"{BROKEN} 1"
        for files in _in_order(watched)
        for before, one in pairwise(files)
        if one.result == SOUND and (before.last_seq is None or one.first_seq != before.last_seq + 1)
    }


def late_starts(watched: Iterable[Watched]) -> dict[str, str]:
    """By source, a note on captures whose first files are not there: they may be kept elsewhere, or be gone."""
    firsts = (files[0] for files in _in_order(watched))
    return {one.source: late_start(one) for one in firsts if one.first_seq != 1}


def late_start(one: Watched) -> str:
    """The note on a capture that begins with this file."""
    return note("late_start", seq=one.first_seq)


def _in_order(watched: Iterable[Watched]) -> Iterable[list[Watched]]:
    """The files of each folder that have a chain, by their numbers."""
    by_folder: defaultdict[str, dict[int, Watched]] = defaultdict(dict)
    for one in watched:
        name = _CAPTURE_NAME.fullmatch(one.source)
        if name is not None and one.first_seq is not None:
            by_folder[name["folder"]].setdefault(int(name["number"]), one)
    return [[numbered[number] for number in sorted(numbered)] for numbered in by_folder.values()]
