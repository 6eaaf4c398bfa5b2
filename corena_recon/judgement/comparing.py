"""Notifications held against each other: what they could share, which of them do, and what rules find in that.

A survey marks what rows could share, signed bytes and a transaction id, and counts decimals. The few that share
something are gathered, and compared byte for byte. Each step takes and gives tables with declared schemas, so that it
runs on any share of the rows that is closed under what they share, on any machine: votes of several surveys are added,
and each machine compares with the profile that all of them give.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from corena_recon.judgement import queries as sql
from corena_recon.judgement.groups import broken, parts
from corena_recon.judgement.options import JudgingOptions
from corena_recon.judgement.traits import CANDIDATE_SCHEMA, KEPT_FIELDS, UNKNOWN, UNPROVEN_SCHEMA, Kinds
from corena_recon.signing import is_verified
from corena_recon.tables.columns import Flags, few_rows, flags, whole
from corena_recon.tables.engine import named
from corena_recon.tables.marks import Marks, marks_of
from corena_recon.tables.numbering import Numbering
from corena_recon.tables.spool import Chunk, ChunkedRows, Spool
from corena_recon.tables.threads import ahead, ordered_map

if TYPE_CHECKING:
    import duckdb

Votes: TypeAlias = Counter[tuple[str, int]]
"""How many notifications speak for a number of decimals, by key id and that number; a correction may be negative."""


Keeping: TypeAlias = Mapping[str, Flags]
"""For each of ``traits.KEPT_FIELDS`` whether anything that verifies has it in a source, by the number of the source.

Whatever anybody may post says nothing of what a store keeps of the gateway's notifications."""


class KeepingOf(NamedTuple):
    """What sources keep, by their texts, in whatever process they were read.

    Attributes:
        sources: For each of ``traits.KEPT_FIELDS`` the sources in which anything that verifies has it.
    """

    sources: Mapping[str, frozenset[str | None]]

    def by_number(self, numbering: Numbering) -> Keeping:
        """The same by the numbers of sources."""
        texts = numbering.texts_of(pa.array(np.arange(len(numbering)))).to_pylist()
        return {name: np.array([text in kept for text in texts], bool) for name, kept in self.sources.items()}


class Survey(NamedTuple):
    """What notifications show at first sight, each by itself.

    Attributes:
        signed: For each a mark of the bytes that it signs; 0 where it does not verify.
        trx: For each a mark of its transaction id, likewise.
        votes: The decimals of all that verify, one vote each.
        keeping: What sources keep.
    """

    signed: Marks
    trx: Marks
    votes: Votes
    keeping: Keeping


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


def survey(
    connection: duckdb.DuckDBPyConnection, checked: ChunkedRows, kinds: Kinds, sources: Numbering, unproven: Spool
) -> Survey:
    """What the rows could share, and their votes; adds those that do not verify to ``unproven``."""
    keeping: Keeping = {name: np.zeros(len(sources), bool) for name in KEPT_FIELDS}
    signed: Marks = np.empty(checked.rows, np.uint64)
    trx: Marks = np.empty(checked.rows, np.uint64)
    counts: NDArray[np.int64] = np.zeros(len(kinds) + 1, np.int64)
    votes: Votes = Counter()

    def mark(chunk: Chunk) -> tuple[Chunk, Flags]:
        table, rows = chunk.table, slice(chunk.first, chunk.first + len(chunk.table))
        is_proven = is_verified(table)
        signed[rows] = np.where(is_proven, marks_of(_signed_bytes(table)), 0)
        trx[rows] = np.where(is_proven, marks_of(table["payment_trx"]), 0)
        return chunk, is_proven

    with ThreadPoolExecutor(_SIDES) as pool:
        for chunk, is_proven in ordered_map(pool, mark, checked.chunks(_SURVEY_COLUMNS), ahead=_SIDES):
            chunk_kinds = np.asarray(whole(chunk.table["kind"]))
            counts += np.bincount(chunk_kinds - UNKNOWN, minlength=len(counts))
            others = few_rows(chunk.table.select(_VOTING_COLUMNS), np.flatnonzero(chunk_kinds == UNKNOWN))
            votes.update(_votes(connection, others, np.ones(len(others), np.int64)))
            for name, is_kept in keeping.items():
                is_had = flags(chunk.table[name].is_valid()) & is_proven
                is_kept[np.asarray(whole(chunk.table["source"]))[is_had]] = True
            _keep(unproven, UNPROVEN_SCHEMA, chunk, ~is_proven & flags(chunk.table["unreadable"].is_null()))
    votes.update(_votes(connection, kinds.examples(), counts[1:]))
    return Survey(signed, trx, votes, keeping)


def gather(checked: ChunkedRows, is_shared: Flags, sources: Numbering, keeping: Keeping, gathered: Gathered) -> None:
    """Adds the rows that share something to the candidates, and signatures that unproven rows show to the genuine."""
    is_shown: Flags = np.zeros(_SIEVE_SLOTS, bool)
    for unproven in gathered.unproven.chunks(["signature"]):
        is_shown[marks_of(unproven.table["signature"]) % _SIEVE_SLOTS] = True
    for chunk in ahead(checked.chunks(_GATHER_COLUMNS)):
        rows = slice(chunk.first, chunk.first + len(chunk.table))
        kept = Chunk(chunk.first, _with_keeping(chunk.table, keeping))
        _keep(gathered.candidates, CANDIDATE_SCHEMA, kept, is_shared[rows], sources)
        if gathered.unproven.rows:
            is_seen = is_shown[marks_of(chunk.table["signature"]) % _SIEVE_SLOTS] & is_verified(chunk.table)
            _keep(gathered.genuine, _SIGNATURES, chunk, is_seen)


def corrected_votes(connection: duckdb.DuckDBPyConnection, candidates: ChunkedRows, ring: pa.Table) -> Votes:
    """What must be added to the votes of a survey, because of rows that share something.

    Args:
        connection: Where they are counted.
        candidates: As for ``compare``.
        ring: What ``ring_of`` gives, with any profile.
    """
    if not candidates.rows:
        return Counter()
    with named(connection, gathered=_read(candidates, CANDIDATE_SCHEMA), ring=ring) as engine:
        engine.execute(sql.KEEP_SIGNED)
        engine.execute(sql.KEEP_TWINS)
        return _counted(engine, sql.CORRECTED_VOTES)


def compare(
    connection: duckdb.DuckDBPyConnection, candidates: ChunkedRows, ring: pa.Table, options: JudgingOptions
) -> pa.Table:
    """What rules find that compare verified notifications, with ``queries.COMPARED_SCHEMA``.

    Args:
        connection: Where they are compared.
        candidates: With ``traits.CANDIDATE_SCHEMA``; whatever shares anything with one of them is among them.
        ring: What ``ring_of`` gives, with the profile of all notifications.
        options: Those of the run.
    """
    if not candidates.rows:
        return sql.COMPARED_SCHEMA.empty_table()
    with named(connection, gathered=_read(candidates, CANDIDATE_SCHEMA), ring=ring) as engine:
        engine.execute(sql.KEEP_CANDIDATES, options.asked_by(sql.KEEP_CANDIDATES))
        found = [_told_apart(engine)]
        for rules, sieve in parts(candidates.rows):
            found.append(broken(rules, engine.sql(sql.in_turn(rules, sieve)).to_arrow_reader(_IN_TURN_ROWS)))
    return _once_a_row(pa.concat_tables(found))


def compare_signatures(connection: duckdb.DuckDBPyConnection, unproven: ChunkedRows, genuine: ChunkedRows) -> pa.Table:
    """Which unproven notifications show a signature of another one, with ``queries.COMPARED_SCHEMA``.

    Args:
        connection: Where they are compared.
        unproven: With ``traits.UNPROVEN_SCHEMA``.
        genuine: Signatures that verify.
    """
    if not unproven.rows:
        return sql.COMPARED_SCHEMA.empty_table()
    relations = {"unproven": _read(unproven, UNPROVEN_SCHEMA), "genuine": _read(genuine, _SIGNATURES)}
    with named(connection, **relations) as engine:
        engine.execute(sql.KEEP_UNPROVEN)
        return _compared(engine, sql.COPIED)


def _signed_bytes(table: pa.Table) -> pa.ChunkedArray:
    amount = table["amount_text"]
    if table["amount_rendering"].null_count < len(table):
        amount = pc.coalesce(table["amount_rendering"], amount)
    return pc.binary_join_element_wise(amount, table["identifier"], "")


def _with_keeping(table: pa.Table, keeping: Keeping) -> pa.Table:
    source = np.asarray(whole(table["source"]))
    for name, is_kept in keeping.items():
        table = table.append_column(f"keeps_{name}", pa.array(is_kept[source]))
    return table


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
    with named(connection, rule_rows=rule_rows.append_column("count", pa.array(counts))) as engine:
        return _counted(engine, sql.VOTES)


def _counted(engine: duckdb.DuckDBPyConnection, query: str) -> Votes:
    return Counter({(key_id, decimals): votes for key_id, decimals, votes in engine.execute(query).fetchall()})


def _told_apart(engine: duckdb.DuckDBPyConnection) -> pa.Table:
    """The candidates that are twins and told apart, which are left out from now on."""
    [(twins,)] = engine.execute(sql.KEEP_TWINS).fetchall()
    if not twins:
        return sql.COMPARED_SCHEMA.empty_table()
    engine.execute(sql.TELL_APART)
    engine.execute(sql.LEAVE_OUT)
    return _compared(engine, sql.TOLD_APART)


def _once_a_row(found: pa.Table) -> pa.Table:
    rows, places = np.unique(np.asarray(whole(found["row"])), return_inverse=True)
    masks: NDArray[np.int64] = np.zeros(len(rows), np.int64)
    np.bitwise_or.at(masks, places, np.asarray(whole(found["mask"])))
    return pa.table([rows, masks], schema=sql.COMPARED_SCHEMA)


def _compared(engine: duckdb.DuckDBPyConnection, query: str) -> pa.Table:
    return pa.table(engine.execute(query).fetchnumpy(), sql.COMPARED_SCHEMA)


def _read(rows: ChunkedRows, schema: pa.Schema) -> pa.RecordBatchReader:
    """Rows as a relation that a query can read once."""
    batches = (batch for chunk in rows.chunks(schema.names) for batch in chunk.table.to_batches())
    return pa.RecordBatchReader.from_batches(schema, batches)


_SIEVE_SLOTS: Final = 1 << 22
_IN_TURN_ROWS: Final = 1 << 16
_SIDES: Final = 2  # what is signed, and transaction ids
_SIGNATURES: Final = pa.schema([("signature", pa.string())])
_VOTING_COLUMNS: Final = ("fidelity", "decimals", "signature_status", "key_id")
_SURVEY_COLUMNS: Final = (
    *_VOTING_COLUMNS,
    "identifier",
    "amount_text",
    "amount_rendering",
    "unreadable",
    "signature",
    "claimed_mark",
    "expected_marks",
    "kind",
    "source",
    *KEPT_FIELDS,
)
_GATHER_COLUMNS: Final = tuple(name for name in CANDIDATE_SCHEMA.names if name != "row" and "keeps_" not in name)
