"""Findings and verdicts: the rules of ``rules`` run over checked notifications, chunk by chunk.

A survey marks what the rows could share, signed bytes and a transaction id, and counts decimals. The few that share
something are gathered and compared with each other; the rules over one notification and the verdicts are settled chunk
by chunk. Each step is a function of tables: surveys of several machines are put together by adding their votes, and
each of them compares and settles with the profile that all votes give. ``judging`` does all of it here, in order.
The result does not depend on the order of rows, files, chunks or threads.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from corena_recon.judgement import queries as sql
from corena_recon.judgement.options import JudgingOptions
from corena_recon.judgement.rules import BITS
from corena_recon.judgement.traits import CANDIDATE_SCHEMA, UNKNOWN, UNPROVEN_SCHEMA, Kinds
from corena_recon.signing import Key, KeyRing, is_verified
from corena_recon.tables.code_sets import CodeSets
from corena_recon.tables.columns import Flags, few_rows, flags, whole, with_row
from corena_recon.tables.marks import Marker, Marks, is_repeated
from corena_recon.tables.numbering import Numbering
from corena_recon.tables.spool import Chunk, Rows, Spool
from corena_recon.tables.threads import ahead, ordered_map
from corena_recon.vocabulary import FINDINGS, VERDICT_PRECEDENCE, Verdict

if TYPE_CHECKING:
    import duckdb

VERDICTS: Final = tuple(Verdict)
"""What the small integers of ``Judged.verdicts`` stand for."""

Votes: TypeAlias = Counter[tuple[str, int]]
"""How many notifications speak for a number of decimals, by key id and that number; a correction may be negative."""

Profile: TypeAlias = dict[str, list[int] | None]
"""For each key that verified something, the decimals its notifications have; None where no count has a majority."""


class Survey(NamedTuple):
    """What notifications show at first sight, each by itself.

    Attributes:
        signed: For each a mark of the bytes that it signs; 0 where it does not verify.
        trx: For each a mark of its transaction id, likewise.
        votes: The decimals of all that verify, one vote each.
    """

    signed: Marks
    trx: Marks
    votes: Votes


class Gathered(NamedTuple):
    """The notifications that are compared with others.

    Attributes:
        candidates: With ``traits.CANDIDATE_SCHEMA``.
        unproven: With ``traits.UNPROVEN_SCHEMA``.
        genuine: Signatures that verify, among them all that unproven rows show too.
    """

    candidates: Spool
    unproven: Spool
    genuine: Spool


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
        row_rules: The rules over one notification.
    """

    compared: pa.Table
    profile: Profile
    row_rules: RowRules

    def settle(self, chunk: Chunk) -> Judged:
        """Findings and verdicts of a chunk of the spool."""
        return settle(chunk, self.compared, self.row_rules)


def judging(
    connection: duckdb.DuckDBPyConnection,
    checked: Spool,
    keys: KeyRing,
    options: JudgingOptions,
    *,
    kinds: Kinds,
    sources: Numbering,
    new_spool: Callable[[str], Spool],
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
    """
    gathered = Gathered(*map(new_spool, Gathered._fields))
    surveyed = survey(connection, checked, kinds, gathered.unproven)
    with ThreadPoolExecutor(_SIDES) as pool:
        is_shared = np.logical_or(*pool.map(is_repeated, (surveyed.signed, surveyed.trx)))
    gather(checked, is_shared, sources, gathered)
    votes = surveyed.votes
    votes.update(corrected_votes(connection, gathered.candidates))
    profile = profile_of(votes, keys, options)
    ring = ring_of(keys, profile)
    compared = pa.concat_tables(
        [
            compare(connection, gathered.candidates, ring, options),
            compare_signatures(connection, gathered.unproven, gathered.genuine),
        ]
    )
    for spool in gathered:
        spool.discard()
    return Judging(compared.sort_by("row"), profile, RowRules(connection, kinds, ring, options))


def survey(connection: duckdb.DuckDBPyConnection, checked: Rows, kinds: Kinds, unproven: Spool) -> Survey:
    """What the rows could share, and their votes; adds those that do not verify to ``unproven``."""
    marker = Marker(2 * checked.rows)
    signed: Marks = np.empty(checked.rows, np.uint64)
    trx: Marks = np.empty(checked.rows, np.uint64)
    counts: NDArray[np.int64] = np.zeros(len(kinds) + 1, np.int64)
    votes: Votes = Counter()

    def mark(chunk: Chunk) -> tuple[Chunk, Flags]:
        table, rows = chunk.table, slice(chunk.first, chunk.first + len(chunk.table))
        is_proven = is_verified(table)
        signed[rows] = np.where(is_proven, marker.marks_of(_signed_bytes(table)), 0)
        trx[rows] = np.where(is_proven, marker.marks_of(table["payment_trx"]), 0)
        return chunk, is_proven

    with ThreadPoolExecutor(_SIDES) as pool:
        for chunk, is_proven in ordered_map(pool, mark, checked.chunks(_SURVEY_COLUMNS), ahead=_SIDES):
            chunk_kinds = np.asarray(whole(chunk.table["kind"]))
            counts += np.bincount(chunk_kinds - UNKNOWN, minlength=len(counts))
            others = few_rows(chunk.table.select(_VOTING_COLUMNS), np.flatnonzero(chunk_kinds == UNKNOWN))
            votes.update(_votes(connection, others, np.ones(len(others), np.int64)))
            _keep(unproven, UNPROVEN_SCHEMA, chunk, ~is_proven & flags(chunk.table["unreadable"].is_null()))
    votes.update(_votes(connection, kinds.examples(), counts[1:]))
    return Survey(signed, trx, votes)


def gather(checked: Rows, is_shared: Flags, sources: Numbering, gathered: Gathered) -> None:
    """Adds the rows that share something to the candidates, and signatures that unproven rows show to the genuine."""
    marker = Marker(checked.rows if gathered.unproven.rows else 0)
    is_shown: Flags = np.zeros(_SIEVE_SLOTS, bool)
    for unproven in gathered.unproven.chunks(["signature"]):
        is_shown[marker.marks_of(unproven.table["signature"]) % _SIEVE_SLOTS] = True
    for chunk in ahead(checked.chunks(_GATHER_COLUMNS)):
        rows = slice(chunk.first, chunk.first + len(chunk.table))
        _keep(gathered.candidates, CANDIDATE_SCHEMA, chunk, is_shared[rows], sources)
        if gathered.unproven.rows:
            is_seen = is_shown[marker.marks_of(chunk.table["signature"]) % _SIEVE_SLOTS] & is_verified(chunk.table)
            _keep(gathered.genuine, _SIGNATURES, chunk, is_seen)


def corrected_votes(connection: duckdb.DuckDBPyConnection, candidates: Rows) -> Votes:
    """What must be added to the votes of a survey, because of rows that share something."""
    with _engine(connection, gathered=_read(candidates, CANDIDATE_SCHEMA)) as engine:
        engine.execute(sql.KEEP_SIGNED)
        engine.execute(sql.KEEP_TWINS)
        return _counted(engine, sql.CORRECTED_VOTES)


def profile_of(votes: Votes, keys: KeyRing, options: JudgingOptions) -> Profile:
    """Each verifying key's decimals: as set, else the count that more than half of its votes are for."""
    if options.amount_decimals is not None:
        return {key.id: sorted(options.amount_decimals) for key in keys}
    of_keys: dict[str, Counter[int]] = {}
    for (key_id, decimals), count in votes.items():
        of_keys.setdefault(key_id, Counter())[decimals] = count
    return {
        key_id: [top] if count * 2 > counts.total() else None
        for key_id, counts in sorted(of_keys.items())
        for top, count in counts.most_common(1)
    }


def unclear_profiles(profile: Profile) -> list[str]:
    """A note for each key whose notifications favour no number of decimals."""
    return [
        f"The number of decimals of key {key_id!r} is unclear: no count has a clear majority, so none is judged."
        for key_id, decimals in profile.items()
        if decimals is None
    ]


def ring_facts(keys: Iterable[Key]) -> dict[str, dict[str, str | None]]:
    """Each key's mode and merchant by its id, as rules compare by them; for a report's manifest."""
    return {key.id: {"mode": key.mode.value, "merchant": key.merchant} for key in keys}


def ring_of(keys: KeyRing, profile: Mapping[str, list[int] | None]) -> pa.Table:
    """The key ring as rules know it, with ``queries.RING_SCHEMA``; never its secrets."""
    rows = [
        (key.id, key.mode.value, key.merchant, key.valid_from, key.valid_until, profile.get(key.id)) for key in keys
    ]
    return pa.Table.from_pylist([dict(zip(sql.RING_SCHEMA.names, row, strict=True)) for row in rows], sql.RING_SCHEMA)


def compare(
    connection: duckdb.DuckDBPyConnection, candidates: Rows, ring: pa.Table, options: JudgingOptions
) -> pa.Table:
    """What rules find that compare verified notifications, with ``queries.COMPARED_SCHEMA``.

    Args:
        connection: Where they are compared.
        candidates: With ``traits.CANDIDATE_SCHEMA``; whatever shares anything with one of them is among them.
        ring: What ``ring_of`` gives, with the profile of all notifications.
        options: Those of the run.
    """
    with _engine(connection, gathered=_read(candidates, CANDIDATE_SCHEMA), ring=ring) as engine:
        engine.execute(sql.KEEP_CANDIDATES, _parameters(sql.KEEP_CANDIDATES, options))
        engine.execute(sql.KEEP_TWINS)
        return engine.sql(sql.COMPARED).to_arrow_table().cast(sql.COMPARED_SCHEMA)


def compare_signatures(connection: duckdb.DuckDBPyConnection, unproven: Rows, genuine: Rows) -> pa.Table:
    """Which unproven notifications show a signature of another one, with ``queries.COMPARED_SCHEMA``.

    Args:
        connection: Where they are compared.
        unproven: With ``traits.UNPROVEN_SCHEMA``.
        genuine: Signatures that verify.
    """
    if not unproven.rows:
        return sql.COMPARED_SCHEMA.empty_table()
    relations = {"unproven": _read(unproven, UNPROVEN_SCHEMA), "genuine": _read(genuine, _SIGNATURES)}
    with _engine(connection, **relations) as engine:
        engine.execute(sql.KEEP_UNPROVEN)
        return engine.sql(sql.COPIED).to_arrow_table().cast(sql.COMPARED_SCHEMA)


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
            masks[others] |= self._text_findings(unknown)
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
        with _engine(self._connection, **{name: with_row(rows), **dict(others)}) as engine:
            answer = engine.sql(query, params=_parameters(query, self._options)).to_arrow_table()
        numbers, *columns = (np.asarray(whole(column)) for column in answer.columns)
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


def _signed_bytes(table: pa.Table) -> pa.ChunkedArray:
    amount = table["amount_text"]
    if table["amount_rendering"].null_count < len(table):
        amount = pc.coalesce(table["amount_rendering"], amount)
    return pc.binary_join_element_wise(amount, table["identifier"], "")


def _keep(spool: Spool, schema: pa.Schema, chunk: Chunk, wanted: Flags, sources: Numbering | None = None) -> None:
    """Adds the wanted rows of a chunk to a spool of this schema; its texts stand for themselves there."""
    if not wanted.any():
        return
    numbers = np.flatnonzero(wanted)
    rows = few_rows(chunk.table, numbers)
    if sources is not None:
        place = rows.schema.get_field_index("source")
        rows = rows.set_column(place, "source", sources.texts_of(rows["source"]))
    rows = rows.append_column("row", pa.array(numbers + chunk.first))
    spool.add(rows.select(schema.names).cast(schema))


def _votes(connection: duckdb.DuckDBPyConnection, rule_rows: pa.Table, counts: NDArray[np.int64]) -> Votes:
    """The votes of notifications, each so many times."""
    if not len(rule_rows):
        return Counter()
    with _engine(connection, rule_rows=rule_rows.append_column("count", pa.array(counts))) as engine:
        return _counted(engine, sql.VOTES)


def _counted(engine: duckdb.DuckDBPyConnection, query: str) -> Votes:
    return Counter({(key_id, decimals): votes for key_id, decimals, votes in engine.sql(query).fetchall()})


@contextmanager
def _engine(
    connection: duckdb.DuckDBPyConnection, **relations: pa.Table | pa.RecordBatchReader
) -> Iterator[duckdb.DuckDBPyConnection]:
    """The connection's engine with these relations; neither they nor what is made of them is known outside."""
    with connection.cursor() as engine:
        for name, rows in relations.items():
            engine.register(name, rows)
        yield engine


def _read(rows: Rows, schema: pa.Schema) -> pa.RecordBatchReader:
    """Rows as a relation that a query can read once."""
    batches = (batch for chunk in rows.chunks(schema.names) for batch in chunk.table.to_batches())
    return pa.RecordBatchReader.from_batches(schema, batches)


def _parameters(query: str, options: JudgingOptions) -> dict[str, Any]:
    """The options that a query asks for."""
    values = {
        "mode": options.mode,
        "merchant": options.merchant,
        "success_statuses": sorted(options.success_statuses),
        "currencies": sorted(options.currencies),
    }
    return {name: value for name, value in values.items() if f"${name}" in query}


_FORCING: Final = {
    verdict: sum(BITS[code] for code, finding in FINDINGS.items() if finding.verdict is verdict) for verdict in Verdict
}


def _verdicts(masks: CodeSets, state: NDArray[np.int64]) -> NDArray[np.int8]:
    holds = {
        Verdict.UNREADABLE: state & sql.UNREADABLE != 0,
        Verdict.FORGED: masks & _FORCING[Verdict.FORGED] != 0,
        Verdict.SUSPECT: (masks & _FORCING[Verdict.SUSPECT] != 0) | (state & (sql.UNVERIFIED | sql.UNVALUED) != 0),
        Verdict.NO_PAYMENT: state & sql.UNSUCCESSFUL != 0,
        Verdict.DUPLICATE: masks & _FORCING[Verdict.DUPLICATE] != 0,
    }
    verdicts: NDArray[np.int8] = np.full(len(masks), VERDICTS.index(Verdict.ACCEPTED), np.int8)
    for verdict in reversed((Verdict.UNREADABLE, *VERDICT_PRECEDENCE)):
        if verdict in holds:
            verdicts[holds[verdict]] = VERDICTS.index(verdict)
    return verdicts


_SIEVE_SLOTS: Final = 1 << 22
_SIDES: Final = 2  # what is signed, and transaction ids
_SIGNATURES: Final = pa.schema([("signature", pa.string())])
_VOTING_COLUMNS: Final = ("fidelity", "decimals", "signature_status", "key_id")
_SURVEY_COLUMNS: Final = (
    *_VOTING_COLUMNS,
    "identifier",
    "payment_trx",
    "amount_text",
    "amount_rendering",
    "unreadable",
    "signature",
    "claimed_mark",
    "expected_marks",
    "kind",
)
_GATHER_COLUMNS: Final = tuple(name for name in CANDIDATE_SCHEMA.names if name != "row")
