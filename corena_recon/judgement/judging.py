"""Findings and verdicts: the rules of ``rules`` run over checked notifications, chunk by chunk.

A first pass marks what the rows could share: signed bytes, a transaction id. The few that share something go into the
engine, which compares them with each other. A second pass runs the rules over one notification and settles verdicts.
The result does not depend on the order of rows, files, chunks or threads.
"""

from __future__ import annotations

from concurrent.futures import Executor, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from corena_recon.judgement import queries as sql
from corena_recon.judgement.options import JudgingOptions
from corena_recon.judgement.rules import BITS
from corena_recon.judgement.traits import UNKNOWN, Kinds
from corena_recon.schemas import INSTANT
from corena_recon.signing import KeyRing, is_verified
from corena_recon.tables.columns import few_rows, flags, whole
from corena_recon.tables.marks import Marker, Marks, is_repeated
from corena_recon.tables.numbering import Numbering
from corena_recon.tables.spool import Chunk, Spool
from corena_recon.tables.threads import ahead, ordered_map
from corena_recon.vocabulary import FINDINGS, VERDICT_PRECEDENCE, Verdict

if TYPE_CHECKING:
    import duckdb

VERDICTS: Final = tuple(Verdict)
"""What the small integers of ``Judged.verdicts`` stand for."""


class Judged(NamedTuple):
    """The judgement of some consecutive rows.

    Attributes:
        masks: The findings of each row, bits of ``rules.BITS``; 0 where the row is unreadable.
        verdicts: The place of each row's verdict in ``VERDICTS``.
    """

    masks: NDArray[np.int64]
    verdicts: NDArray[np.int8]


class Judging:
    """One judging of all rows of a spool: compared with each other at once, then settled chunk by chunk.

    Args:
        connection: Temporary tables are made there.
        checked: Notifications with the columns of ``signatures.CHECK_SCHEMA``, ``traits.TRAIT_SCHEMA`` and
            ``traits.KIND``.
        keys: The ring that checked the signatures.
        options: See JudgingOptions.
        kinds: The kinds of these notifications.
        sources: The sources that the numbers in their column ``source`` stand for.

    Attributes:
        profile: For each key that verified something, the decimals its notifications have; None where no count has a
            clear majority.
    """

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        checked: Spool,
        keys: KeyRing,
        options: JudgingOptions,
        *,
        kinds: Kinds,
        sources: Numbering,
    ) -> None:
        self._connection = connection
        self._kinds = kinds
        self._sources = sources
        self._keys = keys
        self._options = options
        self._parameters: dict[str, Any] = {
            "mode": options.mode or keys.default_mode.value,
            "merchant": options.merchant,
            "success_statuses": sorted(options.success_statuses),
            "currencies": sorted(options.currencies),
        }
        self.profile: dict[str, list[int] | None] = {}
        self._waiting: dict[str, list[pa.Table]] = {}
        self._set_ring()
        self._compare(checked)
        self._kind_flags, self._kind_masks = self._kind_judgement()

    def settle(self, chunk: Chunk) -> Judged:
        """Findings and verdicts of a chunk of the spool."""
        kinds = np.asarray(whole(chunk.table["kind"]))
        others = np.flatnonzero(kinds == UNKNOWN)
        flags, masks = self._kind_flags[kinds], self._kind_masks[kinds]
        if len(others):
            unknown = few_rows(chunk.table, others)
            flags[others], masks[others] = self._row_judgement(self._kinds.rule_rows(unknown))
            masks[others] |= self._text_judgement(unknown)
        rows, group_masks = self._numbers(sql.COMPARED, first=chunk.first, last=chunk.first + len(chunk.table))
        masks[rows - chunk.first] |= group_masks
        masks[flags & sql.UNREADABLE != 0] = 0
        return Judged(masks, _verdicts(masks, flags))

    def _kind_judgement(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The same as ``_row_judgement`` for each kind; behind the last one something for UNKNOWN, which is -1."""
        if not len(self._kinds):
            return np.zeros(1, np.int64), np.zeros(1, np.int64)
        flags, masks = self._row_judgement(self._kinds.examples())
        return np.append(flags, 0), np.append(masks, 0)

    def _row_judgement(self, rule_rows: pa.Table) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """What row rules say of each notification: the flags of its state, and its findings."""
        flags, masks = self._in_order(sql.ROW_MASKS, "rule_rows", rule_rows)
        return flags, masks

    def _text_judgement(self, notifications: pa.Table) -> NDArray[np.int64]:
        """What text rules find in each."""
        [masks] = self._in_order(sql.TEXT_MASKS, "chunk", notifications)
        return masks

    def _in_order(self, query: str, relation: str, rows: pa.Table) -> list[NDArray[np.int64]]:
        """What a query gives for each row of its relation beside ``row``, in the order of the rows."""
        self._connection.register(relation, _numbered(Chunk(0, rows)))
        numbers, *answers = self._numbers(query)
        self._connection.unregister(relation)
        order = np.argsort(numbers)
        return [answer[order] for answer in answers]

    def _compare(self, checked: Spool) -> None:
        """Fills ``compared`` with what the rules that compare notifications find."""
        with ThreadPoolExecutor(_SIDES) as pool:
            self._gather(checked, np.logical_or(*pool.map(is_repeated, self._survey(checked, pool))))
        self._execute(sql.KEEP_TWINS)
        self._learn_decimals()
        self._set_ring()
        self._execute(sql.TWIN_MASKS)
        self._execute(sql.GROUP_MASKS)
        self._execute(sql.COPIED, bit=BITS["signature_copied"])

    def _survey(self, checked: Spool, pool: Executor) -> tuple[Marks, Marks]:
        """The marks of what verified rows sign and of their transaction ids; counts decimals, keeps unproven rows."""
        self._execute(sql.SURVEYED)
        marker = Marker(2 * checked.rows)
        signed: Marks = np.empty(checked.rows, np.uint64)
        trx: Marks = np.empty(checked.rows, np.uint64)
        counts: NDArray[np.int64] = np.zeros(len(self._kinds), np.int64)

        def mark(chunk: Chunk) -> tuple[Chunk, NDArray[np.bool_]]:
            table, rows = chunk.table, slice(chunk.first, chunk.first + len(chunk.table))
            is_proven = is_verified(table)
            signed[rows] = np.where(is_proven, marker.marks_of(_signed_bytes(table)), 0)
            trx[rows] = np.where(is_proven, marker.marks_of(table["payment_trx"]), 0)
            return chunk, is_proven

        for chunk, is_proven in ordered_map(pool, mark, checked.chunks(_SURVEY_COLUMNS), ahead=_SIDES):
            table = chunk.table
            kinds = np.asarray(whole(table["kind"]))
            counts += np.bincount(kinds + 1, minlength=len(counts) + 1)[1:]
            self._keep(sql.COUNT_DECIMALS, chunk, kinds == UNKNOWN)
            self._keep(sql.KEEP_UNPROVEN, chunk, ~is_proven & flags(table["unreadable"].is_null()))
        self._keep_waiting()
        if len(self._kinds):
            self._connection.register("chunk", self._kinds.examples().append_column("count", pa.array(counts)))
            self._execute(sql.COUNT_KINDS)
            self._connection.unregister("chunk")
        return signed, trx

    def _gather(self, checked: Spool, is_shared: NDArray[np.bool_]) -> None:
        """Puts the rows that share something into ``candidates``, and signatures that unproven rows show elsewhere."""
        unproven = self._connection.sql(sql.UNPROVEN_SIGNATURES).to_arrow_table()["signature"]
        marker = Marker(checked.rows if len(unproven) else 0)
        is_wanted: NDArray[np.bool_] = np.zeros(_SIEVE_SLOTS, bool)
        is_wanted[marker.marks_of(unproven) % _SIEVE_SLOTS] = True
        for chunk in ahead(checked.chunks(_GATHER_COLUMNS)):
            self._keep(sql.KEEP_CANDIDATES, chunk, is_shared[chunk.first : chunk.first + len(chunk.table)])
            if len(unproven):
                seen = is_wanted[marker.marks_of(chunk.table["signature"]) % _SIEVE_SLOTS]
                self._keep(sql.KEEP_GENUINE, chunk, seen & is_verified(chunk.table))
        self._keep_waiting()

    def _keep(self, query: str, chunk: Chunk, wanted: NDArray[np.bool_]) -> None:
        """Has a query run, by ``_keep_waiting`` at the latest, that keeps something of the wanted rows of a chunk."""
        if not wanted.any():
            return
        waiting = self._waiting.setdefault(query, [])
        waiting.append(few_rows(_numbered(chunk), np.flatnonzero(wanted)))
        if sum(map(len, waiting)) >= _WAITING_ROWS:
            self._keep_rows(query, self._waiting.pop(query))

    def _keep_waiting(self) -> None:
        while self._waiting:
            self._keep_rows(*self._waiting.popitem())

    def _keep_rows(self, query: str, tables: list[pa.Table]) -> None:
        rows = pa.concat_tables(tables)
        if "source" in rows.column_names:
            rows = rows.drop_columns("source").append_column("source", self._sources.texts_of(rows["source"]))
        self._connection.register("chunk", rows)
        self._execute(query)
        self._connection.unregister("chunk")

    def _execute(self, query: str, **parameters: Any) -> duckdb.DuckDBPyConnection:  # noqa: ANN401
        return self._connection.execute(query, self._used_in(query, parameters))

    def _used_in(self, query: str, parameters: dict[str, Any]) -> dict[str, Any]:
        known = {**self._parameters, **parameters}
        return {name: value for name, value in known.items() if f"${name}" in query}

    def _numbers(self, query: str, **parameters: int) -> list[NDArray[np.int64]]:
        """The integer columns that a query gives."""
        return list(self._execute(query, **parameters).fetchnumpy().values())

    def _set_ring(self) -> None:
        """The key ring as a table, with what is known about each key's decimals; never its secrets."""
        ring = pa.table(
            {
                "key_id": pa.array([key.id for key in self._keys], pa.string()),
                "key_mode": pa.array([key.mode.value for key in self._keys], pa.string()),
                "key_merchant": pa.array([key.merchant for key in self._keys], pa.string()),
                "key_valid_from": pa.array([key.valid_from for key in self._keys], INSTANT),
                "key_valid_until": pa.array([key.valid_until for key in self._keys], INSTANT),
                "key_decimals": pa.array([self.profile.get(key.id) for key in self._keys], pa.list_(pa.int64())),
            }
        )
        self._connection.register("ring_arrow", ring)
        self._execute("CREATE OR REPLACE TEMP TABLE ring AS SELECT * FROM ring_arrow")
        self._connection.unregister("ring_arrow")

    def _learn_decimals(self) -> None:
        """Each verifying key's decimals: as set, else the count that more than half of its signatures have."""
        if self._options.amount_decimals is not None:
            self.profile = {key.id: sorted(self._options.amount_decimals) for key in self._keys}
            return
        votes: dict[str, dict[int, int]] = {}
        for key_id, decimals, count in self._execute(sql.DECIMALS).fetchall():
            votes.setdefault(key_id, {})[decimals] = count
        self.profile = {
            key_id: [top] if counts[top] * 2 > sum(counts.values()) else None
            for key_id, counts in sorted(votes.items())
            for top in [max(counts, key=lambda decimals: counts[decimals])]
        }


def unclear_profiles(profile: dict[str, list[int] | None]) -> list[str]:
    """A note for each key whose notifications favour no number of decimals."""
    return [
        f"The number of decimals of key {key_id!r} is unclear: no count has a clear majority, so none is judged."
        for key_id, decimals in profile.items()
        if decimals is None
    ]


def _numbered(chunk: Chunk) -> pa.Table:
    rows = np.arange(chunk.first, chunk.first + len(chunk.table))
    return chunk.table.append_column("row", pa.array(rows))


def _signed_bytes(table: pa.Table) -> pa.ChunkedArray:
    amount = table["amount_text"]
    if table["amount_rendering"].null_count < len(table):
        amount = pc.coalesce(table["amount_rendering"], amount)
    return pc.binary_join_element_wise(amount, table["identifier"], "")


_FORCING: Final = {
    verdict: sum(BITS[code] for code, finding in FINDINGS.items() if finding.verdict is verdict) for verdict in Verdict
}


def _verdicts(masks: NDArray[np.int64], flags: NDArray[np.int64]) -> NDArray[np.int8]:
    holds = {
        Verdict.UNREADABLE: flags & sql.UNREADABLE != 0,
        Verdict.FORGED: masks & _FORCING[Verdict.FORGED] != 0,
        Verdict.SUSPECT: (masks & _FORCING[Verdict.SUSPECT] != 0) | (flags & (sql.UNVERIFIED | sql.UNVALUED) != 0),
        Verdict.NO_PAYMENT: flags & sql.UNSUCCESSFUL != 0,
        Verdict.DUPLICATE: masks & _FORCING[Verdict.DUPLICATE] != 0,
    }
    verdicts: NDArray[np.int8] = np.full(len(masks), VERDICTS.index(Verdict.ACCEPTED), np.int8)
    for verdict in reversed((Verdict.UNREADABLE, *VERDICT_PRECEDENCE)):
        if verdict in holds:
            verdicts[holds[verdict]] = VERDICTS.index(verdict)
    return verdicts


_SIEVE_SLOTS: Final = 1 << 22
_WAITING_ROWS: Final = 65_536
_SIDES: Final = 2  # what is signed, and transaction ids
_SURVEY_COLUMNS: Final = (
    "identifier",
    "payment_trx",
    "amount_text",
    "amount_rendering",
    "fidelity",
    "unreadable",
    "key_id",
    "signature",
    "signature_status",
    "decimals",
    "claimed_mark",
    "expected_marks",
    "kind",
)
_GATHER_COLUMNS: Final = (
    "source",
    "record",
    "received_at",
    "identifier",
    "signature",
    "signature_status",
    "amount_text",
    "amount_rendering",
    "decimals",
    "fidelity",
    "key_id",
    "payment_trx",
    "currency",
    "charge",
    "payment_type",
    "status",
)
