"""The chain of a capture: each line bound to the line before it."""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


GENESIS: Final = "0" * 64
"""What stands for the previous chain at the first line of a file."""

_OWN_LINE = re.compile(
    rb'(?P<before>\{"body_base64":"[A-Za-z0-9+/=]*",)"chain":"(?P<chain>[0-9a-f]{64})",'
    rb'(?P<after>"content_type":.*,"seq":(?P<seq>[1-9][0-9]{0,17})\})',
    re.DOTALL,
)

SOUND: Final = "ok"
"""What is said of a chain that holds."""
BROKEN: Final = "broken at"
"""What is said of one that does not, before the number of the line."""

MARK: Final = b'"chain"'
"""What every line of a capture holds, and next to no line of anything else."""


class Link(NamedTuple):
    """What one line says of itself, and what its chain covers."""

    seq: int
    chain: str
    covered: bytes


def canonical_json(record: Mapping[str, Any]) -> bytes:
    """The one way to write a record: RFC 8785, for text, integers, null, lists and objects of them."""
    return json.dumps(record, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def chain_of(previous_chain: str, record: Mapping[str, Any]) -> str:
    """The chain of a record after the line that has ``previous_chain``."""
    return digest_of(previous_chain, canonical_json(record))


def check_chain(lines: Iterable[bytes | str]) -> str | None:
    """Whether the lines of one file are an unbroken chain.

    Args:
        lines: The file's lines in order, with or without their line ends, a torn last one included.

    Returns:
        ``ok``; or ``broken at N``, the 1-based number of the first line that is changed, torn or follows a
        gap, or has no chain though later ones have; or None where no line has one, so that this is no capture.
    """
    check = ChainCheck()
    for line in lines:
        check.feed(line.encode("utf-8", "surrogatepass") if isinstance(line, str) else line)
    return check.result


class ChainCheck:
    """The check of a chain whose lines come one by one; see ``check_chain``.

    Attributes:
        first_seq: Of the first line that has a chain; None before it.
        last_seq: Of the last line that has one, even behind a break.
    """

    def __init__(self) -> None:
        self.first_seq: int | None = None
        self.last_seq: int | None = None
        self._number = 0
        self._chain = GENESIS
        self._unlinked_at: int | None = None
        self._verdict: str | None = None

    @property
    def result(self) -> str | None:
        """What can be said of the lines so far."""
        return SOUND if self._verdict is None and self.last_seq is not None else self._verdict

    def pass_over(self, count: int) -> None:
        """Takes the next lines, of which none has a chain."""
        if count and self.last_seq is None:
            self._unlinked_at = self._unlinked_at or self._number + 1
        elif count:
            self._break_at(self._number + 1)
        self._number += count

    def feed(self, line: bytes) -> None:
        """Takes the next line, with or without its line end."""
        link = link_of(line) if MARK in line else None
        if link is None:
            self.pass_over(1)
            return
        self._number += 1
        if self._unlinked_at is not None:
            self._break_at(self._unlinked_at)
        elif (self.last_seq is not None and link.seq != self.last_seq + 1) or link.chain != digest_of(
            self._chain, link.covered
        ):
            self._break_at(self._number)
        self._chain, self.last_seq = link.chain, link.seq
        self.first_seq = link.seq if self.first_seq is None else self.first_seq

    def _break_at(self, number: int) -> None:
        self._verdict = self._verdict or f"{BROKEN} {number}"


def digest_of(previous_chain: str, covered: bytes) -> str:
    """The chain of a line, by the line before it and what is covered of this one."""
    return hashlib.sha256(previous_chain.encode("ascii") + covered).hexdigest()


def link_of(line: bytes) -> Link | None:
    """A line's link, or None where it is no line of a capture."""
    own = _OWN_LINE.fullmatch(line.rstrip(b"\r\n"))
    if own:
        return Link(int(own["seq"]), own["chain"].decode("ascii"), own["before"] + own["after"])
    try:
        record = json.loads(line, object_pairs_hook=_unique_names)
        chain, seq = record.pop("chain"), record["seq"]
        covered = canonical_json(record)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None
    if type(seq) is not int or not isinstance(chain, str) or not re.fullmatch("[0-9a-f]{64}", chain):
        return None
    return Link(seq, chain, covered)


def _unique_names(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = dict(pairs)
    if len(names) != len(pairs):
        raise ValueError("a name occurs twice")
    return names
