"""Findings and verdicts: the rules of ``rules`` run over a relation of checked notifications.

Cross-record work happens in the engine, on the rows that share something with another row; everything else is one
pass. The result does not depend on the order of rows, files, batches or threads.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from corena_recon.keys import KeyRing
from corena_recon.money import MAX_DECIMALS
from corena_recon.rules import BITS, GROUP_RULES, IS_HARMLESS, POSTED_AMOUNT, ROW_RULES, SIGNED_AMOUNT, TWIN_RULES
from corena_recon.vocabulary import (
    CODES,
    FINDINGS,
    INSTANT,
    SUCCESS_STATUSES,
    SUPPORTED_CURRENCIES,
    VERDICT_PRECEDENCE,
    Verdict,
)

if TYPE_CHECKING:
    import duckdb

MASKS: Final = "masks"
"""The table that judging leaves: ``row``, ``mask`` (bits of ``rules.BITS``), ``verdict``, in order of ``row``."""


class JudgingOptions(NamedTuple):
    """What a caller may set about judging.

    Attributes:
        mode: What a record without an endpoint is: ``live`` or ``test``; by the key ring when None.
        merchant: Whose archive it is, for records that do not say.
        success_statuses: Statuses that mean a payment.
        amount_decimals: How many decimals genuine amounts have; learned from each key's notifications when None.
        currencies: Supported currencies.
        public_keys: The merchants' public keys, under which nothing genuine is ever signed.
    """

    mode: str | None = None
    merchant: str | None = None
    success_statuses: frozenset[str] = SUCCESS_STATUSES
    amount_decimals: frozenset[int] | None = None
    currencies: frozenset[str] = SUPPORTED_CURRENCIES
    public_keys: tuple[str, ...] = ()


def judge(
    connection: duckdb.DuckDBPyConnection, relation: str, keys: KeyRing, options: JudgingOptions
) -> dict[str, list[int] | None]:
    """Writes the table ``masks`` for a relation of checked notifications.

    Args:
        connection: Where the relation is; temporary tables are made there.
        relation: Name of a table or view with the verified columns, those of CHECK_SCHEMA, and ``row``.
        keys: The ring that checked the signatures.
        options: See JudgingOptions.

    Returns:
        For each key that verified something, the decimals its notifications have; None where no count has a clear
        majority.
    """
    run = _Run(connection, keys, options)
    run.execute(
        _INPUT.format(
            signed_amount=SIGNED_AMOUNT,
            posted_amount=POSTED_AMOUNT,
            max_decimals=MAX_DECIMALS,
            harmless=IS_HARMLESS,
            relation=relation,
        )
    )
    run.set_ring({key.id: None for key in keys})
    run.execute(_SHARED)
    run.execute(_CANDIDATES)
    run.execute(_TWINS)
    profile = run.learned_decimals()
    run.set_ring(profile)
    run.execute(_TWIN_MASKS.format(mask=_mask_of(TWIN_RULES)))
    run.execute(_GROUP_MASKS.format(mask=_mask_of(GROUP_RULES)))
    run.execute(_COPIED, bit=BITS["signature_copied"])
    run.execute(_MASKS.format(mask=_mask_of(ROW_RULES), verdict=_verdict_sql()))
    return profile


def finding_lists(masks: NDArray[np.int64], is_readable: NDArray[np.bool_]) -> pa.Array:
    """The sorted codes of each mask, as a list column; null where the row is unreadable."""
    distinct, places = np.unique(masks, return_inverse=True)
    lists = pa.array([findings_of(int(mask)) for mask in distinct], CODES)
    indices = pa.array(places.reshape(-1), pa.int64(), mask=~is_readable)
    return lists.take(indices)


def findings_of(mask: int) -> list[str]:
    """The sorted codes of one mask."""
    return sorted(code for code, bit in BITS.items() if mask & bit)


def unclear_profiles(profile: dict[str, list[int] | None]) -> list[str]:
    """A note for each key whose notifications favour no number of decimals."""
    return [
        f"The number of decimals of key {key_id!r} is unclear: no count has a clear majority, so none is judged."
        for key_id, decimals in profile.items()
        if decimals is None
    ]


class _Run:
    """One judging: the connection with the options bound."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, keys: KeyRing, options: JudgingOptions) -> None:
        self._connection = connection
        self._keys = keys
        self._options = options
        self._parameters: dict[str, Any] = {
            "mode": options.mode or keys.default_mode.value,
            "merchant": options.merchant,
            "success_statuses": sorted(options.success_statuses),
            "currencies": sorted(options.currencies),
        }

    def execute(self, sql: str, **parameters: Any) -> duckdb.DuckDBPyConnection:  # noqa: ANN401
        known = {**self._parameters, **parameters}
        used = {name: value for name, value in known.items() if f"${name}" in sql}
        return self._connection.execute(sql, used)

    def set_ring(self, decimals: dict[str, list[int] | None]) -> None:
        """The key ring as a table, with what is known about each key's decimals; never its secrets."""
        ring = pa.table(
            {
                "key_id": pa.array([key.id for key in self._keys], pa.string()),
                "key_mode": pa.array([key.mode.value for key in self._keys], pa.string()),
                "key_merchant": pa.array([key.merchant for key in self._keys], pa.string()),
                "key_valid_from": pa.array([key.valid_from for key in self._keys], INSTANT),
                "key_valid_until": pa.array([key.valid_until for key in self._keys], INSTANT),
                "key_decimals": pa.array([decimals.get(key.id) for key in self._keys], pa.list_(pa.int64())),
            }
        )
        self._connection.register("ring_arrow", ring)
        self.execute("CREATE OR REPLACE TEMP TABLE ring AS SELECT * FROM ring_arrow")
        self._connection.unregister("ring_arrow")

    def learned_decimals(self) -> dict[str, list[int] | None]:
        """Each verifying key's decimals: as set, else the count that more than half of its signatures have."""
        votes: dict[str, dict[int, int]] = {}
        for key_id, decimals, count in self.execute(_DECIMALS).fetchall():
            votes.setdefault(key_id, {})[decimals] = votes.get(key_id, {}).get(decimals, 0) + count
        if self._options.amount_decimals is not None:
            return {key.id: sorted(self._options.amount_decimals) for key in self._keys}
        return {
            key_id: [top] if counts[top] * 2 > sum(counts.values()) else None
            for key_id, counts in sorted(votes.items())
            for top in [max(counts, key=lambda decimals: counts[decimals])]
        }


def _mask_of(rules: dict[str, str]) -> str:
    return " | ".join(f"CASE WHEN {predicate} THEN {BITS[code]} ELSE 0 END" for code, predicate in rules.items())


def _verdict_sql() -> str:
    forcing = {
        verdict: sum(BITS[code] for code, finding in FINDINGS.items() if finding.verdict is verdict)
        for verdict in VERDICT_PRECEDENCE
    }
    conditions = {
        Verdict.FORGED: f"mask & {forcing[Verdict.FORGED]} <> 0",
        Verdict.SUSPECT: f"mask & {forcing[Verdict.SUSPECT]} <> 0 OR NOT is_verified OR amount IS NULL",
        Verdict.NO_PAYMENT: "NOT is_success",
        Verdict.DUPLICATE: f"mask & {forcing[Verdict.DUPLICATE]} <> 0",
        Verdict.ACCEPTED: "true",
    }
    cases = " ".join(f"WHEN {conditions[verdict]} THEN '{verdict.value}'" for verdict in VERDICT_PRECEDENCE)
    return f"CASE WHEN unreadable IS NOT NULL THEN '{Verdict.UNREADABLE.value}' {cases} END"


_INPUT = """
CREATE OR REPLACE TEMP VIEW judging_input AS
SELECT
    row, source, record, received_at, endpoint, merchant, status, identifier, signature, currency, payment_trx,
    payment_type, amount_text, amount, charge, extra, fidelity, unreadable, body_ambiguous,
    signature_status, key_id, amount_rendering, is_weak, is_mended, claimed_mark, expected_marks,
    {signed_amount} AS signed_amount, {posted_amount} AS posted_amount,
    CASE WHEN strpos(posted_amount, '.') = 0 THEN 0
         ELSE length(posted_amount) - strpos(posted_amount, '.') END AS decimals,
    coalesce(signature_status IN ('valid', 'valid_rendered'), false) AS is_verified,
    is_verified AND fidelity <> 'number' AND decimals <= {max_decimals}
        AND NOT (fidelity = 'raw' AND signature_status = 'valid_rendered') AS shows_decimals,
    {harmless} AS is_harmless
FROM {relation}
"""

_SHARED = """
CREATE OR REPLACE TEMP TABLE shared AS
WITH marks AS MATERIALIZED (
    SELECT row, hash(identifier, signed_amount) AS payment, hash(signature) AS signature,
        CASE WHEN payment_trx <> '' THEN hash(payment_trx) END AS trx
    FROM judging_input WHERE is_verified
)
SELECT row FROM marks WHERE payment IN (SELECT payment FROM marks GROUP BY payment HAVING count(*) > 1)
UNION SELECT row FROM marks WHERE signature IN (SELECT signature FROM marks GROUP BY signature HAVING count(*) > 1)
UNION SELECT row FROM marks WHERE trx IN (SELECT trx FROM marks WHERE trx IS NOT NULL GROUP BY trx HAVING count(*) > 1)
"""

_CANDIDATES = """
CREATE OR REPLACE TEMP TABLE candidates AS
SELECT row, source, record, received_at, identifier, signature, signed_amount, decimals, shows_decimals, key_id,
    coalesce(payment_trx, '') AS trx,
    concat_ws(',', coalesce(length(currency) || ':' || currency, '-'), coalesce(charge::VARCHAR, '-'),
        coalesce(length(payment_type) || ':' || payment_type, '-')) AS unsigned,
    concat(length(identifier), ':', identifier, signed_amount) AS payment,
    list_contains($success_statuses, status) AS is_success, CASE WHEN is_success THEN '' ELSE status END AS outcome
FROM judging_input WHERE is_verified AND row IN (SELECT row FROM shared)
"""

_TWINS = """
CREATE OR REPLACE TEMP TABLE twins AS
SELECT key_id, signature FROM candidates GROUP BY key_id, signature HAVING count(DISTINCT identifier) > 1
"""

_DECIMALS = """
SELECT key_id, decimals, count(*) FROM judging_input
WHERE shows_decimals AND row NOT IN (SELECT row FROM candidates)
GROUP BY key_id, decimals
UNION ALL
SELECT key_id, decimals, count(DISTINCT signature) FROM candidates ANTI JOIN twins USING (key_id, signature)
WHERE shows_decimals
GROUP BY key_id, decimals
"""

_TWIN_MASKS = """
CREATE OR REPLACE TEMP TABLE twin_masks AS
SELECT row, {mask} AS mask
FROM candidates SEMI JOIN twins USING (key_id, signature) JOIN ring USING (key_id)
"""

_GROUP_MASKS = """
CREATE OR REPLACE TEMP TABLE group_masks AS
SELECT row, mask FROM twin_masks WHERE mask <> 0
UNION ALL
SELECT row, mask FROM (
    SELECT row, {mask} AS mask
    FROM candidates JOIN ring USING (key_id)
    WHERE row NOT IN (SELECT row FROM twin_masks WHERE mask <> 0)
) WHERE mask <> 0
"""

_COPIED = """
INSERT INTO group_masks
WITH unproven AS MATERIALIZED (
    SELECT row, signature_status, signature, claimed_mark, expected_marks FROM judging_input
    WHERE unreadable IS NULL AND NOT is_verified
),
genuine AS (
    SELECT DISTINCT signature FROM judging_input
    WHERE is_verified AND signature IN (SELECT signature FROM unproven WHERE signature_status = 'invalid')
),
others AS (SELECT DISTINCT unnest(expected_marks) AS mark FROM unproven)
SELECT row, $bit AS mask FROM unproven
WHERE signature_status = 'invalid'
  AND (signature IN (SELECT signature FROM genuine) OR claimed_mark IN (SELECT mark FROM others))
"""

_MASKS = """
CREATE OR REPLACE TEMP TABLE masks AS
WITH grouped AS (SELECT row, bit_or(mask) AS mask FROM group_masks GROUP BY row),
own AS (
    SELECT row, unreadable, is_verified, amount, list_contains($success_statuses, status) AS is_success,
        CASE WHEN unreadable IS NOT NULL THEN 0 ELSE {mask} END AS mask
    FROM judging_input LEFT JOIN ring USING (key_id)
),
together AS (
    SELECT own.row, unreadable, is_verified, is_success, amount, own.mask | coalesce(grouped.mask, 0) AS mask
    FROM own LEFT JOIN grouped ON own.row = grouped.row
)
SELECT row, mask::BIGINT AS mask, {verdict} AS verdict FROM together ORDER BY row
"""
