"""Notifications of one group held against each other: which of them break a rule that compares.

What rules compare is numbers here, which tell texts apart. Rows stand in the order of their arrival, sorted by group:
whatever a rule looks at beside one of them is a stretch of rows that begins where its group does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np
import pyarrow as pa

from corena_recon.judgement.queries import COMPARED_SCHEMA
from corena_recon.judgement.rules import BITS, GROUP_RULES, Among, Comparison
from corena_recon.tables.code_sets import CodeSets
from corena_recon.tables.columns import Flags, flags, whole
from corena_recon.tables.numbering import Numbers, cell_numbers, combined_numbers

PART_ROWS: Final = 1 << 19
"""How many notifications are compared at once; all of one group are."""

_GATHERED_BY: Final = (("identifier", "signed_amount"), ("trx",))
"""What notifications are gathered by to be compared: all that share one of these are there."""
_NO_MOMENT: Final = np.iinfo(np.int64).min


def parts(rows: int) -> Iterator[tuple[dict[str, Comparison], str]]:
    """Rules, and the candidates that each time have all that they look at together, as SQL.

    Args:
        rows: How many candidates there are.
    """
    count = rows // PART_ROWS + 1
    if count == 1:
        yield GROUP_RULES, "true"
        return
    for key in _GATHERED_BY:
        rules = {code: rule for code, rule in GROUP_RULES.items() if gathered_by(rule) == key}
        looks = " OR ".join(rule.condition for rule in rules.values())
        for part in range(count):
            yield rules, f"({looks}) AND hash({', '.join(key)}) % {count} = {part}"


def gathered_by(rule: Comparison) -> tuple[str, ...]:
    """What all that the rule compares share, and are gathered by.

    Raises:
        ValueError: The rule compares notifications that are not gathered.
    """
    for key in _GATHERED_BY:
        # A notification without a transaction id shares none.
        if {*key} <= {*rule.shared} and (key != ("trx",) or rule.condition == "trx <> ''"):
            return key
    raise ValueError(
        f"a rule compares notifications that share {', '.join(rule.shared)}; of those not all are gathered "
        "(hint: have it share identifier and signed_amount, or a transaction id)"
    )


def broken(rules: Mapping[str, Comparison], candidates: Iterable[pa.RecordBatch]) -> pa.Table:
    """What the rules find, with ``queries.COMPARED_SCHEMA``.

    Args:
        rules: By their findings.
        candidates: What ``queries.in_turn`` gives for them; a text that repeats is held once.
    """
    batches = [
        pa.RecordBatch.from_pydict(
            {name: _encoded(cells) for name, cells in zip(batch.schema.names, batch.columns, strict=True)}
        )
        for batch in candidates
        if len(batch)
    ]
    if not batches:
        return COMPARED_SCHEMA.empty_table()
    in_turn = _InTurn(pa.Table.from_batches(batches).unify_dictionaries().combine_chunks())
    masks: CodeSets = np.zeros(len(in_turn), np.int64)
    for code, rule in rules.items():
        masks[in_turn.broken(rule, code)] |= BITS[code]
    found = np.flatnonzero(masks)
    return pa.table([in_turn.rows[found], masks[found]], schema=COMPARED_SCHEMA)


def _encoded(cells: pa.Array) -> pa.Array:
    return cells.dictionary_encode() if pa.types.is_string(cells.type) else cells


class _InTurn:
    """Candidates in order of their arrival, their cells as numbers."""

    def __init__(self, candidates: pa.Table) -> None:
        self._candidates = candidates
        self._moments = np.asarray(whole(candidates["moment"]).fill_null(_NO_MOMENT))
        self.rows: Numbers = np.asarray(whole(candidates["row"]))

    def __len__(self) -> int:
        return len(self.rows)

    def broken(self, rule: Comparison, code: str) -> Flags:
        """Which of them break the rule of this finding."""
        looks = flags(self._candidates[code])
        seen = self._seen(rule.shared, rule.among)
        if rule.differing:
            return looks & self._differs(seen, rule.differing)
        if not rule.alike:
            return looks & seen.is_any()
        the_same = self._seen((*rule.shared, *rule.alike), rule.among)
        return looks & (the_same.is_any() | seen.is_any() & ~self._differs(seen, rule.alike))

    def _seen(self, shared: Sequence[str], among: Among) -> _Seen:
        group, _ = combined_numbers([self._numbers_of(name) for name in shared])
        return _Seen.of(group, self._moments, among)

    def _differs(self, seen: _Seen, names: Sequence[str]) -> Flags:
        differs: Flags = np.logical_or.reduce([seen.differ(self._numbers_of(name)) for name in names])
        return differs

    def _numbers_of(self, name: str) -> Numbers:
        return cell_numbers(whole(self._candidates[name]))


class _Seen(NamedTuple):
    """What a rule looks at beside each notification: a stretch of those of its group.

    Attributes:
        order: The rows by group, and in each in the order in which they are looked at; what follows is in it.
        group: The number of each one's group, from 0 on.
        begin: Where its group begins.
        end: The last one that is looked at; before ``begin`` where there is none.
        least: How many of them are no others.
    """

    order: Numbers
    group: Numbers
    begin: Numbers
    end: Numbers
    least: int

    @classmethod
    def of(cls, group: Numbers, moments: Numbers, among: Among) -> _Seen:
        """What is looked at of rows in order of their arrival.

        Args:
            group: Small numbers that tell the groups apart.
            moments: When each arrived.
            among: Which of a group.
        """
        by_moment = among is Among.NOT_SURELY_LATER
        order = np.lexsort((moments, group) if by_moment else (group,))
        is_first = np.diff(group[order], prepend=-1) != 0
        places = np.arange(len(order))
        begin, end = np.maximum.accumulate(np.where(is_first, places, 0)), _last_places(is_first)
        if among is Among.EARLIER:
            end = places - 1
        elif by_moment:
            moments = moments[order]
            is_later = is_first | (np.diff(moments, prepend=_NO_MOMENT) != 0)
            end = np.where(moments == _NO_MOMENT, end, _last_places(is_later))
        return cls(order, np.cumsum(is_first) - 1, begin, end, 0 if among is Among.EARLIER else 1)

    def is_any(self) -> Flags:
        """Whether there is another one."""
        return self._in_rows(self.end - self.begin + 1 > self.least)

    def differ(self, numbers: Numbers) -> Flags:
        """Whether one of them has another number; 0 differs from nothing."""
        numbers = numbers[self.order]
        # One more a group than there are numbers: what is the most or least so far never comes from the group before.
        size = int(numbers.max(initial=0)) + 2
        before = self.group * size
        most = np.maximum.accumulate(numbers + before) - before
        least = np.minimum.accumulate(np.where(numbers, numbers, size) - before) + before
        end = np.maximum(self.end, self.begin)
        is_other = (most[end] != numbers) & (most[end] > 0) | (least[end] != numbers) & (least[end] < size)
        return self._in_rows((numbers > 0) & is_other & (self.end >= self.begin))

    def _in_rows(self, found: Flags) -> Flags:
        rows: Flags = np.empty(len(found), bool)
        rows[self.order] = found
        return rows


def _last_places(is_first: Flags) -> Numbers:
    """For each place the last one of its stretch, by where stretches begin."""
    lasts: Numbers = np.append(np.flatnonzero(is_first)[1:], len(is_first)) - 1
    places: Numbers = lasts[np.cumsum(is_first) - 1]
    return places
