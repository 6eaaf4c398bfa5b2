"""Findings and verdicts: the rules of ``rules`` run over checked notifications, chunk by chunk.

Rows that share something are compared with each other first, as ``comparing`` says; what they agree on, the decimals of
each key's amounts, is known then. The rules over one notification and the verdicts are settled chunk by chunk.
The result does not depend on the order of rows, files, chunks or threads.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from corena_recon.judgement import queries as sql
from corena_recon.judgement.comparing import (
    Gathered,
    KeepingOf,
    Votes,
    compare,
    compare_signatures,
    corrected_votes,
    gather,
    survey,
)
from corena_recon.judgement.options import JudgingOptions
from corena_recon.judgement.rules import BITS
from corena_recon.judgement.traits import HARMLESS, UNKNOWN, Kinds
from corena_recon.languages import note
from corena_recon.signing import RingKey
from corena_recon.tables.code_sets import CodeSets
from corena_recon.tables.columns import few_rows, flags, whole, with_row
from corena_recon.tables.engine import named
from corena_recon.tables.marks import is_repeated
from corena_recon.tables.numbering import Numbering
from corena_recon.tables.spool import Chunk, ChunkedRows, Spool
from corena_recon.vocabulary import FINDINGS, VERDICT_PRECEDENCE, Verdict

if TYPE_CHECKING:
    import duckdb

VERDICTS: Final = tuple(Verdict)
"""What the small integers of ``Judged.verdicts`` stand for."""


class Profile(NamedTuple):
    """The decimals of the amounts of each key that verified something, by its id.

    Attributes:
        decimals: As set, else the one that CLEAR_SHARE of its payments have; None where none is clear.
        usual: Those that are not suspect; all where None.
        payments: How many payments were found to have each.
    """

    decimals: dict[str, list[int] | None]
    usual: dict[str, list[int] | None]
    payments: dict[str, dict[int, int]]


CLEAR_SHARE: Final = Fraction(2, 3)
"""The share of a key's payments, each transaction id counted once, of which its decimals are learned.

Somebody who splits the signed bytes of others in varied places could else make it look as if there were no rule.
"""
RARE_SHARE: Final = Fraction(1, 3)
"""Where no number of decimals is clear, those that a smaller share has are suspect."""


class Judged(NamedTuple):
    """The judgement of some consecutive rows.

    Attributes:
        masks: The findings of each row, bits of ``rules.BITS``; 0 where the row is unreadable.
        verdicts: The place of each row's verdict in ``VERDICTS``.
    """

    masks: CodeSets
    verdicts: NDArray[np.int8]


class Judging(NamedTuple):
    """All that it takes to settle the chunks of a spool.

    Attributes:
        compared: What comparing found, with ``queries.COMPARED_SCHEMA``, in order of the rows.
        profile: The decimals by which it was found.
        votes: How many of these notifications speak for which decimals.
        row_rules: The rules over one notification.
    """

    compared: pa.Table
    profile: Profile
    votes: Votes
    row_rules: RowRules

    def settle(self, chunk: Chunk) -> Judged:
        """Findings and verdicts of a chunk of the spool."""
        return settle(chunk, self.compared, self.row_rules)


class Known(NamedTuple):
    """What is known from elsewhere, where notifications are only some of those of a run.

    Attributes:
        profile: The decimals of all; learned of those at hand when None.
        keeping: What each source keeps, by its text; as seen here when None.
    """

    profile: Profile | None = None
    keeping: KeepingOf | None = None


def judging(
    connection: duckdb.DuckDBPyConnection,
    checked: ChunkedRows,
    keys: Sequence[RingKey],
    options: JudgingOptions,
    *,
    kinds: Kinds,
    sources: Numbering,
    new_spool: Callable[[str], Spool],
    known: Known,
) -> Judging:
    """The judging of all rows of a spool, compared with each other and ready to be settled.

    Args:
        connection: Open until the last chunk is settled.
        checked: Notifications with the columns of ``signing.CHECK_SCHEMA``, ``traits.TRAIT_SCHEMA`` and
            ``traits.KIND``.
        keys: The ring that checked the signatures.
        options: With a mode.
        kinds: The kinds of these notifications.
        sources: The sources that the numbers in their column ``source`` stand for.
        new_spool: Gives an empty spool of a name, for what is gathered.
        known: Nothing, where these are all notifications; else they are all that share anything with one of them.
    """
    gathered = Gathered(*map(new_spool, Gathered._fields))
    surveyed = survey(connection, checked, kinds, sources, gathered.unproven)
    with ThreadPoolExecutor(2) as pool:
        is_shared = np.logical_or(*pool.map(is_repeated, (surveyed.signed, surveyed.trx)))
    keeping = surveyed.keeping if known.keeping is None else known.keeping.by_number(sources)
    gather(checked, is_shared, sources, keeping, gathered)
    votes = surveyed.votes
    votes.update(corrected_votes(connection, gathered.candidates, ring_of(keys, Profile({}, {}, {}))))
    profile = known.profile or profile_of(votes, keys, options)
    ring = ring_of(keys, profile)
    compared = pa.concat_tables(
        [
            compare(connection, gathered.candidates, ring, options),
            compare_signatures(connection, gathered.unproven, gathered.genuine),
        ]
    )
    for spool in gathered:
        spool.discard()
    return Judging(compared.sort_by("row"), profile, votes, RowRules(connection, kinds, ring, options))


def profile_of(votes: Votes, keys: Iterable[RingKey], options: JudgingOptions) -> Profile:
    """The decimals of each key: as set, else as its payments show."""
    payments: dict[str, Counter[int]] = {}
    for (key_id, decimals), count in sorted(votes.items()):
        payments.setdefault(key_id, Counter())[decimals] += count
    if options.amount_decimals is not None:
        given: dict[str, list[int] | None] = {key.id: sorted(options.amount_decimals) for key in keys}
        return Profile(given, given, _plainly(payments))
    clear = {key_id: _with_share(counts, CLEAR_SHARE) for key_id, counts in payments.items()}
    usual = {key_id: clear[key_id] or _with_share(counts, RARE_SHARE) for key_id, counts in payments.items()}
    return Profile(
        {key_id: decimals or None for key_id, decimals in clear.items()},
        {key_id: decimals if payments[key_id].total() else None for key_id, decimals in usual.items()},
        _plainly(payments),
    )


def _with_share(counts: Counter[int], share: Fraction) -> list[int]:
    return [decimals for decimals, count in sorted(counts.items()) if count and count >= share * counts.total()]


def _plainly(payments: dict[str, Counter[int]]) -> dict[str, dict[int, int]]:
    return {key_id: {number: count for number, count in counts.items() if count} for key_id, counts in payments.items()}


def unclear_profiles(profile: Profile) -> list[str]:
    """A note for each key whose notifications favour no number of decimals."""
    return [_unclear(key_id, profile) for key_id, decimals in profile.decimals.items() if decimals is None]


def _unclear(key_id: str, profile: Profile) -> str:
    payments = Counter(profile.payments[key_id])
    total = payments.total()
    shares = [note("decimals_share", number=each, count=count, total=total) for each, count in payments.most_common()]
    return note("decimals", key=repr(key_id), shares=", ".join(shares) or note("decimals_unseen"))


def decimals_facts(profile: Profile) -> dict[str, dict[str, Any]]:
    """How many decimals each key's amounts were expected to have, and how many payments had how many."""
    return {
        "profile": profile.decimals,
        "decimals": {
            key_id: {str(number): count for number, count in counts.items()}
            for key_id, counts in profile.payments.items()
        },
    }


def ring_facts(keys: Iterable[RingKey]) -> dict[str, dict[str, str | None]]:
    """Each key's mode and merchant by its id, as rules compare by them; for a report's manifest."""
    return {key.id: {"mode": key.mode.value, "merchant": key.merchant} for key in keys}


def ring_of(keys: Iterable[RingKey], profile: Profile) -> pa.Table:
    """The key ring as rules know it, with ``queries.RING_SCHEMA``; never its secrets."""
    rows = [
        (
            key.id,
            key.mode.value,
            key.merchant,
            key.valid_from,
            key.valid_until,
            profile.decimals.get(key.id),
            profile.usual.get(key.id),
        )
        for key in keys
    ]
    return pa.Table.from_pylist([dict(zip(sql.RING_SCHEMA.names, row, strict=True)) for row in rows], sql.RING_SCHEMA)


class RowRules:
    """The rules over one notification, run once for each kind.

    Args:
        connection: Where they are run.
        kinds: The kinds of the notifications.
        ring: What ``ring_of`` gives, with the profile of all notifications.
        options: Those of the run.
    """

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, kinds: Kinds, ring: pa.Table, options: JudgingOptions
    ) -> None:
        self._connection = connection
        self._kinds = kinds
        self._ring = ring
        self._options = options
        self._of_kinds: list[NDArray[np.int64]] = [
            np.append(answer, 0) for answer in self._row_findings(kinds.examples())
        ]

    def found(self, table: pa.Table) -> tuple[NDArray[np.int64], CodeSets]:
        """The flags of each notification's state, bits of ``queries``, and its findings."""
        kinds = np.asarray(whole(table["kind"]))
        # Behind the last kind stands something for UNKNOWN, which is -1.
        state, masks = (answer[kinds] for answer in self._of_kinds)
        others = np.flatnonzero(kinds == UNKNOWN)
        if len(others):
            unknown = few_rows(table, others)
            state[others], masks[others] = self._row_findings(self._kinds.rule_rows(unknown))
        harmful = np.flatnonzero(~flags(table[HARMLESS.name]))
        if len(harmful):
            masks[harmful] |= self._text_findings(few_rows(table, harmful))
        return state, masks

    def _row_findings(self, rule_rows: pa.Table) -> list[NDArray[np.int64]]:
        """What row rules say of each: the flags of its state, and its findings."""
        return self._in_order(sql.ROW_MASKS, rule_rows=rule_rows, ring=self._ring)

    def _text_findings(self, notifications: pa.Table) -> CodeSets:
        [masks] = self._in_order(sql.TEXT_MASKS, texts=notifications)
        return masks

    def _in_order(self, query: str, **relations: pa.Table) -> list[NDArray[np.int64]]:
        """What a query gives for each row of its first relation beside ``row``, in the order of the rows."""
        [(name, rows), *others] = relations.items()
        with named(self._connection, **{name: with_row(rows), **dict(others)}) as engine:
            numbers, *columns = engine.execute(query, self._options.asked_by(query)).fetchnumpy().values()
        order = np.argsort(numbers)
        return [column[order] for column in columns]


def settle(chunk: Chunk, compared: pa.Table, row_rules: RowRules) -> Judged:
    """Findings and verdicts of a chunk.

    Args:
        chunk: Checked notifications, as ``judging`` takes them.
        compared: What comparing found, of them and any others, in order of the rows.
        row_rules: The rules over one notification.
    """
    state, masks = row_rules.found(chunk.table)
    rows = np.asarray(whole(compared["row"]))
    ends: NDArray[np.int64] = np.searchsorted(rows, [chunk.first, chunk.first + len(chunk.table)])
    of_chunk = slice(ends[0], ends[1])
    masks[rows[of_chunk] - chunk.first] |= np.asarray(whole(compared["mask"]))[of_chunk]
    masks[state & sql.UNREADABLE != 0] = 0
    return Judged(masks, _verdicts(masks, state))


_FORCING: Final = {
    verdict: sum(BITS[code] for code, finding in FINDINGS.items() if finding.verdict is verdict) for verdict in Verdict
}


def _verdicts(masks: CodeSets, state: NDArray[np.int64]) -> NDArray[np.int8]:
    holds = {
        Verdict.UNREADABLE: state & sql.UNREADABLE != 0,
        Verdict.FORGED: masks & _FORCING[Verdict.FORGED] != 0,
        Verdict.SUSPECT: (masks & _FORCING[Verdict.SUSPECT] != 0) | (state & (sql.UNVERIFIED | sql.UNVALUED) != 0),
        Verdict.OTHER_MODE: state & sql.ELSEWHERE != 0,
        Verdict.NO_PAYMENT: state & sql.UNSUCCESSFUL != 0,
        Verdict.DUPLICATE: masks & _FORCING[Verdict.DUPLICATE] != 0,
    }
    verdicts: NDArray[np.int8] = np.full(len(masks), VERDICTS.index(Verdict.ACCEPTED), np.int8)
    for verdict in reversed((Verdict.UNREADABLE, *VERDICT_PRECEDENCE)):
        if verdict in holds:
            verdicts[holds[verdict]] = VERDICTS.index(verdict)
    return verdicts
