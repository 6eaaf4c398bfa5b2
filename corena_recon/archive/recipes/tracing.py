"""What the exact reader makes of records of one shape, found out by asking it.

The leaves of a sample are replaced, and the exact reader's row tells where each one goes. A leaf that does more than
being copied (a time, a content type, an encoding) must be the same in every record that the recipe is for, unless it
is a time, a charge, or the length of a text in the record. So this module knows nothing of what a record means.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Iterator, Sequence
from enum import Enum
from functools import partial
from itertools import groupby
from typing import Any, Final, NamedTuple

from corena_recon.archive.recipes.probes import CHARGES, INSTANTS, UNTOLD, mark, other_moment, texts
from corena_recon.archive.recipes.shapes import Tree, numbers_in, reordered
from corena_recon.archive.records.instants import instant_of
from corena_recon.archive.records.posting import Posted
from corena_recon.native import Apart, Guard, Kind, Piece, Recipe, take_apart
from corena_recon.text import text_of

ReadRecord = Callable[[bytes], Posted | None]

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
)
"""The columns that are gathered from pieces of records, in the order of a recipe's cells."""

_IN_JSON: Final = "extra"
_ROUNDS_AT_LEAST: Final = 40
_MOST_FROZEN: Final = 24
_ORDERS_TRIED: Final = 8


class Role(Enum):
    """What a leaf does."""

    COPIED = "copied"
    INSTANT = "instant"
    DATED = "dated"
    """Says when, and is copied, too: a field's name does not tell whether it was posted."""
    CHARGE = "charge"
    LENGTH = "length"
    FROZEN = "frozen"


class NoRecipeError(Exception):
    """The exact reader's row cannot be told from the leaves."""


def trace(sample: bytes, kind: Kind, read: ReadRecord) -> tuple[Recipe, ...]:
    """The recipes for records like the sample; none where the exact reader's row cannot be told from leaves.

    The first one is for members in the sample's order; another, if there is one, for those in any order.
    """
    apart = take_apart(sample, kind)
    if apart is None or not is_text(apart) or not _is_like_others(read(sample)):
        return ()
    try:
        return _Tracer(apart, kind, read).recipes()
    except NoRecipeError:
        return ()


def row_by(recipe: Recipe, apart: Apart) -> Posted | None:
    """What a recipe makes of a record that it is for, in Python."""
    if not recipe.is_row:
        return None
    leaves = apart.leaves
    cells = {
        name: None if cell is None else text_of(_cell(cell, apart))
        for name, cell in zip(TEXT_COLUMNS, recipe.cells, strict=True)
    }
    return Posted(
        **cells,  # type: ignore[arg-type]  # raw is always None here
        received_at=instant_of(text_of(leaves[recipe.instant])) if recipe.instant >= 0 else None,
        charge=text_of(leaves[recipe.charge]) if recipe.charge >= 0 else None,
    )


def fits(recipe: Recipe, apart: Apart) -> bool:
    """Whether a recipe is for a record."""
    lengths = apart.nested_lengths
    return recipe.shape == apart.shape and all(
        apart.leaves[guard.leaf] == (guard.octets if guard.nested < 0 else b"%d" % lengths[guard.nested])
        for guard in recipe.guards
    )


def _cell(pieces: Sequence[Piece], apart: Apart) -> bytes:
    octets = b""
    for group, some in groupby(pieces, key=lambda piece: piece.group):
        members = [
            (apart.positions[anchor] if group else 0, b"".join(_written(piece, apart.leaves) for piece in member))
            for anchor, member in groupby(some, key=lambda piece: piece.anchor)
        ]
        octets += (b"," if group else b"").join(text for _, text in sorted(members))
    return octets


def is_text(apart: Apart) -> bool:
    """Whether all leaves are UTF-8; bytes that are not are for the exact reader."""
    try:
        for leaf in apart.leaves:
            leaf.decode()
    except UnicodeDecodeError:
        return False
    return True


def _written(piece: Piece, leaves: Sequence[bytes]) -> bytes:
    if piece.leaf < 0:
        return piece.octets
    text = leaves[piece.leaf]
    return piece.octets + (_ESCAPED.sub(_json_escape, text) if piece.is_escaped else text)


_ESCAPED: Final = re.compile(rb'["\\\x00-\x1f]')
_LETTERS: Final = dict(zip(b'"\\\b\f\n\r\t', (b'\\"', b"\\\\", b"\\b", b"\\f", b"\\n", b"\\r", b"\\t"), strict=True))


def _json_escape(found: re.Match[bytes]) -> bytes:
    octet = found[0][0]
    return _LETTERS.get(octet) or b"\\u%04x" % octet


def _is_like_others(row: Posted | None) -> bool:
    """Whether every reader understands the record alike: as a notification, or as other traffic."""
    return row is None or (row.unreadable is None and not row.body_ambiguous)


class _Row(NamedTuple):
    """What the exact reader gives, and whether the record had the sample's shape."""

    posted: Posted | None
    is_like_others: bool


class _Tracer:
    """Asks the exact reader about one sample."""

    def __init__(self, apart: Apart, kind: Kind, read: ReadRecord) -> None:
        self._apart = apart
        self._kind = kind
        self._read = read
        self._tree = Tree(apart.shape, kind)
        self._letters = [leaf.letter for leaf in self._tree.leaves]
        everything = b"\0".join(apart.leaves) + apart.shape
        nonce = next((nonce for nonce in range(100, 1000) if b"%03dW" % nonce not in everything), None)
        if nonce is None:
            raise NoRecipeError
        self._nonce = nonce
        self._lengths: dict[int, int] = {}
        self._misfits: set[tuple[str, bytes]] = set()
        sample = self._asked(apart.leaves)
        if sample is None or not sample.is_like_others:
            raise NoRecipeError
        self._sample = sample.posted
        self._lengths = self._announced_lengths()

    def recipes(self) -> tuple[Recipe, ...]:
        """The recipes.

        Raises:
            NoRecipeError: There is none.
        """
        roles = [self._role_of(number) for number in range(len(self._letters))]
        recipe = self._planned(roles)
        draw = random.Random(len(roles))  # noqa: S311 - any order does, the same each time
        rounds = self._rounds(roles, draw)
        while rounds:
            changes = {
                number: text
                for number, text in rounds.pop().items()
                if (self._letters[number], text) not in self._misfits
            }
            if self._agrees(recipe, changes):
                continue
            if roles.count(Role.FROZEN) > _MOST_FROZEN:
                raise NoRecipeError
            culprits = [number for number, text in changes.items() if not self._agrees(recipe, {number: text})]
            for number in culprits:
                role = self._restricted(number)
                roles[number] = Role.FROZEN if role is roles[number] else role
            if not culprits:
                # The name and the value of a header, say: what comes first says what the other means.
                roles[self._together(recipe, changes)[0]] = Role.FROZEN
            recipe = self._planned(roles)
            rounds = self._rounds(roles, draw)
        return (recipe, *self._freed(recipe, self._rounds(roles, draw), draw))

    def _together(self, recipe: Recipe, changes: dict[int, bytes]) -> list[int]:
        """The leaves that do more than being copied when all of them change, none of which can be left out."""
        for number in list(changes):
            fewer = {other: text for other, text in changes.items() if other != number}
            if fewer and not self._agrees(recipe, fewer):
                changes = fewer
        return sorted(changes)

    def _freed(self, recipe: Recipe, rounds: list[dict[int, bytes]], draw: random.Random) -> tuple[Recipe, ...]:
        """The recipe for members in any order, if the exact reader says that their order does not matter.

        It may matter to a cell that holds the members of objects in the record's order.
        """
        in_one_order = partial(sorted, key=lambda member: (len(member[0]), member[0]))
        root = reordered(self._tree.root, in_one_order)
        order, nested_order = numbers_in(root)
        found = take_apart(self._tree.record(self._apart.leaves, root), self._kind, is_sorted=True)
        has_order = any(len(one.members) > 1 for one in self._tree.objects)
        if not has_order or found is None or list(found.leaves) != [self._apart.leaves[number] for number in order]:
            return ()
        orders = [lambda members: members[::-1], *[lambda members: draw.sample(members, len(members))] * _ORDERS_TRIED]
        tried = []
        for in_order, changes in zip(orders, [{}, *rounds], strict=False):
            leaves = self._settled(self._filled(changes))
            record = self._tree.record(leaves, reordered(self._tree.root, in_order))
            apart = take_apart(record, self._kind, is_sorted=True)
            if apart is not None and apart.shape == found.shape:
                tried.append((apart, self._read(record)))
        for candidate in (recipe, *self._grouped(recipe)):
            free = _renumbered(candidate, found.shape, order, nested_order)
            if len(tried) > 1 and all(row == row_by(free, apart) for apart, row in tried):
                return (free,)
        return ()

    def _grouped(self, recipe: Recipe) -> Iterator[Recipe]:
        """The recipe with members in the record's order: of the object in a cell, also of the last object in it."""
        place = TEXT_COLUMNS.index(_IN_JSON)
        if recipe.cells[place] is None:
            return
        marks = {number: b"Zq%03dW%03dQ" % (self._nonce, number) for number in range(len(self._letters))}
        apart = self._apart._replace(leaves=tuple(marks.values()))
        whole = json.loads(_cell(recipe.cells[place] or (), apart))
        if not isinstance(whole, dict) or not whole:
            return
        *others, (name, last) = whole.items()
        ways = [[(1, list(whole.items()))]]
        if isinstance(last, dict):
            ways.append([(1, others), (2, list(last.items()))])
        for way in ways:
            text = b"{" + b",".join(_GROUP % group for group, members in way[:1] if members)
            if len(way) > 1:
                text += (b"," if others else b"") + _dumped(name) + b":{" + _GROUP % 2 + b"}"
            pieces = []
            for part in re.split(b"(<[12]>)", text + b"}"):
                members = dict(way).get(int(part[1:2])) if re.fullmatch(b"<[12]>", part) else None
                if members is None:
                    pieces.append(Piece(part))
                    continue
                for one in members:
                    member = _dumped(one[0]) + b":" + _dumped(one[1])
                    within = [number for number, mark in marks.items() if mark in member]
                    if not within:
                        return
                    parts = _pieces(member.decode(), {number: marks[number] for number in within}, is_escaped=True)
                    pieces += [piece._replace(group=int(part[1:2]), anchor=within[0]) for piece in parts or ()]
            cells = (*recipe.cells[:place], tuple(pieces), *recipe.cells[place + 1 :])
            yield recipe._replace(cells=cells)

    def _settled(self, leaves: list[bytes]) -> list[bytes]:
        """The leaves with those that are lengths as they must be."""
        found = take_apart(self._tree.record(leaves), self._kind) if self._lengths else None
        if found is None or found.shape != self._apart.shape:
            return leaves
        lengths = {number: b"%d" % found.nested_lengths[nested] for number, nested in self._lengths.items()}
        return [lengths.get(number, text) for number, text in enumerate(leaves)]

    def _asked(self, leaves: Sequence[bytes]) -> _Row | None:
        """The exact reader's answer; None where the record would be of another shape."""
        leaves = self._settled(list(leaves))
        record = self._tree.record(leaves)
        found = take_apart(record, self._kind)
        if found is None or found.shape != self._apart.shape or list(found.leaves) != leaves:
            return None
        row = self._read(record)
        return _Row(row, _is_like_others(row))

    def _announced_lengths(self) -> dict[int, int]:
        """Leaves that must be the length of a nested text, with its number: larger ones change the row."""
        lengths = {b"%d" % length: number for number, length in enumerate(self._apart.nested_lengths)}
        return {
            number: lengths[text]
            for number, text in enumerate(self._apart.leaves)
            if text in lengths
            and self._asked(self._filled({number: b"99999"})) != _Row(self._sample, is_like_others=True)
        }

    def _filled(self, changes: dict[int, bytes]) -> list[bytes]:
        leaves = list(self._apart.leaves)
        for number, text in changes.items():
            leaves[number] = text
        return leaves

    def _agrees(self, recipe: Recipe, changes: dict[int, bytes]) -> bool:
        """Whether the recipe says what the exact reader says; where the record is of another shape, in parts of it."""
        leaves = self._filled(changes)
        answer = self._asked(leaves)
        if answer is not None:
            return answer.posted == row_by(recipe, self._apart._replace(leaves=tuple(leaves)))
        half = len(changes) // 2
        items = list(changes.items())
        if not half:
            self._misfits.update((self._letters[number], text) for number, text in items)
        return not half or all(self._agrees(recipe, dict(part)) for part in (items[:half], items[half:]))

    def _role_of(self, number: int) -> Role:
        """What a leaf does while all others are those of the sample."""
        if number in self._lengths:
            return Role.LENGTH
        if self._letters[number] in UNTOLD:
            return Role.FROZEN
        if self._is_fixed_width(number) and (role := self._restricted(number)) is not Role.FROZEN:
            return role
        text = self._marked(number)
        answer = None if text is None else self._asked(self._filled({number: text}))
        if answer is None or not answer.is_like_others or (answer.posted is None) != (self._sample is None):
            return self._restricted(number)
        if answer.posted is None or self._sample is None:
            return Role.COPIED
        mark = text.decode() if text else ""
        is_copied = all(
            now == before or (isinstance(now, str) and name != "charge" and mark in now)
            for name, now, before in zip(Posted._fields, answer.posted, self._sample, strict=True)
        )
        return Role.COPIED if is_copied else self._restricted(number)

    def _is_fixed_width(self, number: int) -> bool:
        """Whether the leaf says what the row's time or charge says, which another leaf may say, too."""
        if self._sample is None:
            return False
        text = text_of(self._apart.leaves[number])
        moment = self._sample.received_at
        return (moment is not None and instant_of(text) == moment) or text == self._sample.charge

    def _restricted(self, number: int) -> Role:
        """What a leaf does that does more than being copied."""
        if self._sample is None:
            return Role.FROZEN
        moment = self._moment(number)
        if (role := self._role_of_instant(number, moment)) is not None:
            return role
        answer = self._asked(self._filled({number: _CHARGE}))
        is_charge = answer is not None and answer.posted == self._sample._replace(charge=_CHARGE.decode())
        return Role.CHARGE if is_charge else Role.FROZEN

    def _role_of_instant(self, number: int, text: bytes) -> Role | None:
        answer = self._asked(self._filled({number: text}))
        if answer is None or answer.posted is None or self._sample is None:
            return None
        moved = self._sample._replace(received_at=instant_of(text.decode()))
        if answer.posted == moved:
            return Role.INSTANT
        before, now = (_ESCAPED.sub(_json_escape, one).decode() for one in (self._apart.leaves[number], text))
        extra = self._sample.extra or ""
        is_copied = extra.count(before) == 1 and answer.posted == moved._replace(extra=extra.replace(before, now))
        return Role.DATED if is_copied else None

    def _moment(self, number: int) -> bytes:
        letter = self._letters[number]
        return other_moment(self._apart.leaves[number], 17) if letter == "m" else _MOMENTS.get(letter, _MOMENT)

    def _marked(self, number: int) -> bytes | None:
        letter = self._letters[number]
        return (
            other_moment(self._apart.leaves[number], number + 3) if letter == "m" else mark(letter, number, self._nonce)
        )

    def _planned(self, roles: list[Role]) -> Recipe:
        """Where the leaves go, found by marking all of them at once.

        Raises:
            NoRecipeError: This cannot be told.
        """
        instants = [number for number, role in enumerate(roles) if role in _MOMENT_ROLES]
        charges = [number for number, role in enumerate(roles) if role is Role.CHARGE]
        if len(instants) > 1 or len(charges) > 1:
            raise NoRecipeError
        marks = {
            number: text
            for number, role in enumerate(roles)
            if role is Role.COPIED and self._letters[number] not in "em" and (text := self._marked(number)) is not None
        }
        marks |= {number: self._moment(number) for number in instants if roles[number] is Role.DATED}
        changes = {**marks, **dict.fromkeys(charges, _CHARGE)}
        answer = self._asked(self._filled(changes))
        if answer is None or not answer.is_like_others or (answer.posted is None) != (self._sample is None):
            raise NoRecipeError
        guards = tuple(self._guard(number, role) for number, role in enumerate(roles) if role in _GUARDED)
        if answer.posted is None:
            return Recipe(self._apart.shape, False, guards, -1, -1, (None,) * len(TEXT_COLUMNS))
        row = answer.posted
        sample = self._sample or Posted()
        is_told = (sample.received_at is not None) == bool(instants) and (sample.charge is not None) == bool(charges)
        if not is_told or row.charge != (_CHARGE.decode() if charges else None):
            raise NoRecipeError
        cells = tuple(_pieces(getattr(row, name), marks, is_escaped=name == _IN_JSON) for name in TEXT_COLUMNS)
        return Recipe(self._apart.shape, True, guards, next(iter(instants), -1), next(iter(charges), -1), cells)

    def _guard(self, number: int, role: Role) -> Guard:
        text = self._apart.leaves[number]
        return Guard(number, b"", self._lengths[number]) if role is Role.LENGTH else Guard(number, text)

    def _rounds(self, roles: list[Role], draw: random.Random) -> list[dict[int, bytes]]:
        """Other leaves for all that may have others, so that each has each of its probes once at least."""
        probes = {number: words for number, role in enumerate(roles) if (words := self._probes(number, role))}
        if not probes:
            return []
        shuffled = {number: draw.sample(words, len(words)) for number, words in probes.items()}
        count = max(_ROUNDS_AT_LEAST, *map(len, shuffled.values()))
        return [{number: words[turn % len(words)] for number, words in shuffled.items()} for turn in range(count)]

    def _probes(self, number: int, role: Role) -> Sequence[bytes]:
        if role in _MOMENT_ROLES or self._letters[number] == "m":
            if role is Role.FROZEN:
                return ()
            if self._letters[number] == "m":
                return [other_moment(self._apart.leaves[number], seed) for seed in range(_ROUNDS_AT_LEAST)]
            return [text.encode() for text in INSTANTS]
        if role is Role.CHARGE:
            return [text.encode() for text in CHARGES]
        return texts().get(self._letters[number], ()) if role is Role.COPIED else ()


_GROUP: Final = b"<%d>"
_CHARGE: Final = b"7312.25"
_MOMENT: Final = b"2021-03-04T05:06:07Z"
_MOMENTS: Final = {"n": b"1614834367000"}
_MOMENT_ROLES: Final = (Role.INSTANT, Role.DATED)
_GUARDED: Final = (Role.FROZEN, Role.LENGTH)


def _dumped(value: Any) -> bytes:  # noqa: ANN401
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _renumbered(recipe: Recipe, shape: bytes, order: Sequence[int], nested_order: Sequence[int]) -> Recipe:
    """The recipe for a shape in which leaves and nested texts stand in another order."""
    place = {number: place for place, number in enumerate(order)} | {-1: -1}
    nested = {number: place for place, number in enumerate(nested_order)} | {-1: -1}
    return recipe._replace(
        shape=shape,
        guards=tuple(guard._replace(leaf=place[guard.leaf], nested=nested[guard.nested]) for guard in recipe.guards),
        instant=place[recipe.instant],
        charge=place[recipe.charge],
        cells=tuple(
            cell and tuple(piece._replace(leaf=place[piece.leaf], anchor=place[piece.anchor]) for piece in cell)
            for cell in recipe.cells
        ),
        is_free=True,
    )


def _pieces(text: str | None, marks: dict[int, bytes], *, is_escaped: bool) -> tuple[Piece, ...] | None:
    """A cell as constant text and leaves, by the marks in it."""
    if text is None:
        return None
    octets = text.encode()
    places = {_ESCAPED.sub(_json_escape, mark) if is_escaped else mark: number for number, mark in marks.items()}
    if not places:
        return (Piece(octets),)
    parts = re.split(b"(" + b"|".join(map(re.escape, places)) + b")", octets)
    pieces = [Piece(before, places[found], is_escaped) for before, found in zip(parts[::2], parts[1::2], strict=False)]
    if parts[-1] or not pieces:
        pieces.append(Piece(parts[-1]))
    return tuple(pieces)
