"""What the exact reader makes of lines of one shape, found out by asking it.

A line is taken apart into constant bytes and *slots*, whose bytes may be others on the next line. The slots of a
sample are filled with marks, and the exact reader's row tells where each slot's bytes go. Which slots do more than
being copied (a time, a content type, an encoding) is found out by filling them with telling values; such a slot
becomes a time, a charge, or part of the constant bytes. So this module knows nothing of what a line means.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Sequence
from enum import Enum
from itertools import chain
from typing import Final, NamedTuple

from corena_recon.archive.lines.skeletons import Skeleton, may_stand
from corena_recon.archive.records.instants import instant_of
from corena_recon.archive.records.posting import Posted
from corena_recon.native import Piece, SlotKind, Step

ReadLine = Callable[[bytes], Posted | None]

TEXT_COLUMNS: Final = (
    "endpoint",
    "merchant",
    "status",
    "identifier",
    "signature",
    "currency",
    "payment_trx",
    "payment_type",
    "amount_text",
    "extra",
    "fidelity",
    "unreadable",
    "raw",
)
"""The columns that are gathered from pieces of the lines."""

MAX_SLOTS: Final = 32
_RANDOM_CHECKS: Final = 48
_LONG: Final = 4_200  # longer than the bodies for which PHP's reading takes a short cut
_ALL_LONG: Final = 1_500

_WORDS: Final = (
    "x",
    "0",
    "1",
    "-",
    "~",
    "true",
    "false",
    "null",
    "None",
    "NULL",
    "yes",
    "on",
    "live",
    "test",
    "LIVE",
    "sandbox",
    "GET",
    "POST",
    "USD",
    "success",
    "status",
    "identifier",
    "signature",
    "data",
    "amount",
    "body",
    "base64",
    "utf-8",
    "content-type",
    "content-length",
    "application/json",
    "application/x-www-form-urlencoded",
    "text/plain",
    "multipart/form-data; boundary=x",
    "gzip",
    "{}",
    "[]",
    "{",
    "[",
    "{a",
    "a=b",
    "=",
    "&",
    "e30=",
    "YT1i",
    "--x",
    "status=x&identifier=y&data[amount]=1",
    "data[amount]",
    "data.amount",
    " ",
    " x ",
    "%41",
    "+",
    "http://x/",
    "2021-03-04",
    "2021-03-04T05:06:07Z",
    "2021-03-04 05:06:07",
    "1700000000",
    "1700000000000",
    "20210304",
    "Mon, 02 Jan 2006 15:04:05 GMT",
    "02/Jan/2006:15:04:05 +0000",
    "-1",
    "1.5",
    "007",
    "1e5",
    "99999999999999999999",
    "11.00000000",
    "0.00",
    "-0.5",
    "9" * 400,
    "x" * _LONG,
)
_INSTANTS: Final = (
    "2021-03-04T05:06:07Z",
    "2021-03-04 05:06:07",
    "1999-12-31T23:59:59.5+05:30",
    "2024-02-29T00:00:00.123456-11:00",
    "1700000000",
    "1700000000000",
    "1700000000000000",
    "100000000",
    "00000000000000000",
)
_CHARGES: Final = ("0", "1.5", "007.50", "-3.00000001", "9999999999.99999999", "0.00")


class Role(Enum):
    """What a slot's bytes do."""

    COPIED = "copied"
    INSTANT = "instant"
    CHARGE = "charge"
    FROZEN = "frozen"


class Template(NamedTuple):
    """Lines of one shape.

    Attributes:
        steps: How they are matched.
        cells: For each of ``TEXT_COLUMNS``, what its cell is put together from; None for null.
        instant_slot: The slot that says when it was received, or -1.
        charge_slot: The slot of the charge, or -1.
    """

    steps: tuple[Step, ...]
    cells: dict[str, tuple[Piece, ...] | None]
    instant_slot: int
    charge_slot: int


class Traced(NamedTuple):
    """A template, if the sample gives one, and which of the skeleton's slots it takes as constant."""

    template: Template | None
    frozen: tuple[int, ...]


def trace(skeleton: Skeleton, read_line: ReadLine) -> Traced:
    """The template that a sample line stands for; none where the exact reader's row cannot be told from slots."""
    # Behind such an ending it cannot be told which carriage return belongs to the line.
    if skeleton.constants[-1].endswith(b"\r"):
        return Traced(None, ())
    if len(skeleton.kinds) > MAX_SLOTS or _row(read_line(skeleton.line())) is None:
        return Traced(None, ())
    tracer = _Tracer(skeleton, read_line)
    roles = [tracer.role_of(slot) for slot in range(len(skeleton.kinds))]
    frozen = tuple(slot for slot, role in enumerate(roles) if role is Role.FROZEN)
    plan = tracer.plan(roles)
    if plan is None or not tracer.holds(plan):
        return Traced(None, frozen)
    return Traced(plan.template(skeleton), frozen)


def _row(row: Posted | None) -> Posted | None:
    """The row if it is a notification that every reader understands alike."""
    return row if row is not None and row.unreadable is None and not row.body_ambiguous else None


class _Plan(NamedTuple):
    """Where the slots of a skeleton go; pieces name the skeleton's slots from 0 on."""

    roles: list[Role]
    cells: dict[str, tuple[Piece, ...] | None]
    instant_slot: int
    charge_slot: int

    def row(self, values: Sequence[bytes]) -> Posted:
        """What the reading by slots makes of a line with these values."""
        cells: dict[str, str | None] = {}
        for name, pieces in self.cells.items():
            octets = (piece.octets + (values[piece.slot] if piece.slot >= 0 else b"") for piece in pieces or ())
            cells[name] = None if pieces is None else b"".join(octets).decode()
        return Posted(
            **cells,  # type: ignore[arg-type]  # raw is always None here
            received_at=instant_of(values[self.instant_slot].decode()) if self.instant_slot >= 0 else None,
            charge=values[self.charge_slot].decode() if self.charge_slot >= 0 else None,
        )

    def template(self, skeleton: Skeleton) -> Template:
        """The same with the frozen slots made part of the constant bytes, and the used slots numbered from 1 on."""
        pieces = chain.from_iterable(cell or () for cell in self.cells.values())
        used = sorted({self.instant_slot, self.charge_slot, *(piece.slot for piece in pieces)} - {-1})
        numbers = {slot: number for number, slot in enumerate(used, 1)}
        numbers[-1] = -1
        steps: list[Step] = []
        octets = b""
        for slot, (before, kind) in enumerate(zip(skeleton.constants, skeleton.kinds, strict=False)):
            octets += before
            if self.roles[slot] is Role.FROZEN:
                octets += skeleton.values[slot]
            else:
                steps.append(Step(octets, kind, numbers.get(slot, len(used) + 1)))
                octets = b""
        steps.append(Step(octets + skeleton.constants[-1], SlotKind.END, 0))
        cells = {
            name: cell and tuple(piece._replace(slot=numbers[piece.slot]) for piece in cell)
            for name, cell in self.cells.items()
        }
        return Template(tuple(steps), cells, numbers[self.instant_slot], numbers[self.charge_slot])


class _Tracer:
    """Asks the exact reader about one sample."""

    def __init__(self, skeleton: Skeleton, read_line: ReadLine) -> None:
        self._skeleton = skeleton
        self._read_line = read_line
        line = skeleton.line()
        self._nonce = next(nonce for nonce in range(100, 1000) if all(mark not in line for mark in _stems(nonce)))

    def role_of(self, slot: int) -> Role:
        """What the slot's bytes do while all others are those of the sample."""
        candidates = ((Role.COPIED, _WORDS), (Role.INSTANT, _INSTANTS), (Role.CHARGE, _CHARGES))
        return next((role for role, probes in candidates if self._is(role, slot, probes)), Role.FROZEN)

    def plan(self, roles: list[Role]) -> _Plan | None:
        """Where the slots go, found by marking them all at once."""
        marks = [self._mark(slot, role) for slot, role in enumerate(roles)]
        row = _row(self._read_line(self._skeleton.line(marks)))
        if row is None:
            return None
        places = {mark.decode(): slot for slot, mark in enumerate(marks) if roles[slot] is not Role.FROZEN}
        cells = {name: _pieces(getattr(row, name), places) for name in TEXT_COLUMNS}
        instants = [slot for slot, role in enumerate(roles) if role is Role.INSTANT]
        charges = [slot for slot, role in enumerate(roles) if role is Role.CHARGE]
        moments: list[int | None] = [instant_of(marks[slot].decode()) for slot in instants]
        texts: list[str | None] = [marks[slot].decode() for slot in charges]
        if (moments or [None]) != [row.received_at] or (texts or [None]) != [row.charge]:
            return None
        return _Plan(roles, cells, *(instants or [-1]), *(charges or [-1]))

    def holds(self, plan: _Plan) -> bool:
        """Whether reading by slots gives the exact reader's row for the sample and for lines made up at random."""
        draw = random.Random(len(self._skeleton.values))  # noqa: S311 - any values do, the same each time
        probes = [self._probes(slot, role) for slot, role in enumerate(plan.roles)]
        shortest = [min(values, key=len) for values in probes]
        longest = [max((value[:_ALL_LONG] for value in values), key=len) for values in probes]
        drawn = [[draw.choice(values) for values in probes] for _ in range(_RANDOM_CHECKS)]
        return all(
            self._read_line(self._skeleton.line(values)) == plan.row(values)
            for values in (list(self._skeleton.values), shortest, longest, *drawn)
        )

    def _is(self, role: Role, slot: int, words: tuple[str, ...]) -> bool:
        mark = self._mark(slot, role)
        marked = self._with(slot, mark)
        if marked is None or not self._begins_right(role, marked, mark):
            return False
        return all(
            self._with(slot, probe) == _expected(marked, role, mark.decode(), probe.decode())
            for probe in _fitting(words, self._skeleton.kinds[slot])
        )

    @staticmethod
    def _begins_right(role: Role, marked: Posted, mark: bytes) -> bool:
        if role is Role.INSTANT:
            return marked.received_at == instant_of(mark.decode())
        return role is not Role.CHARGE or marked.charge == mark.decode()

    def _with(self, slot: int, value: bytes) -> Posted | None:
        values = list(self._skeleton.values)
        values[slot] = value
        return _row(self._read_line(self._skeleton.line(values)))

    def _probes(self, slot: int, role: Role) -> list[bytes]:
        kind, sample = self._skeleton.kinds[slot], self._skeleton.values[slot]
        words = {Role.COPIED: _WORDS, Role.INSTANT: _INSTANTS, Role.CHARGE: _CHARGES, Role.FROZEN: ()}[role]
        return list(_fitting(words, kind)) or [sample]

    def _mark(self, slot: int, role: Role) -> bytes:
        """Bytes for a slot that stand nowhere else on the line, no one the beginning of another."""
        number, text, decimal = _stems(self._nonce)
        kind = self._skeleton.kinds[slot]
        if role is Role.FROZEN:
            return self._skeleton.values[slot]
        if role is Role.CHARGE:
            return decimal + b"%02d.25" % slot
        if role is Role.INSTANT or kind is SlotKind.NUMBER:
            return number + b"%02d" % slot
        return text + b"%02dQ" % slot


def _stems(nonce: int) -> tuple[bytes, bytes, bytes]:
    return b"15%03d734" % nonce, b"Zq%03dW" % nonce, b"73%03d1" % nonce


def _fitting(words: tuple[str, ...], kind: SlotKind) -> Iterator[bytes]:
    return (word.encode() for word in words if may_stand(word.encode(), kind))


def _expected(marked: Posted, role: Role, mark: str, probe: str) -> Posted:
    """The marked row if the slot does no more than its role says."""
    values = [value.replace(mark, probe) if isinstance(value, str) else value for value in marked]
    row = Posted._make(values)
    return row._replace(received_at=instant_of(probe)) if role is Role.INSTANT else row


def _pieces(text: str | None, places: dict[str, int]) -> tuple[Piece, ...] | None:
    """A cell as constant text and slots, by the marks in it."""
    if text is None:
        return None
    if not places:
        return (Piece(text.encode()),)
    parts = re.split("(" + "|".join(map(re.escape, places)) + ")", text)
    pieces = [Piece(before.encode(), places[mark]) for before, mark in zip(parts[::2], parts[1::2], strict=False)]
    if parts[-1] or not pieces:
        pieces.append(Piece(parts[-1].encode()))
    return tuple(pieces)
