"""The queries of judging.

Their relations are ``rule_rows`` (what row rules may read of some notifications, with ``row`` or ``count``), ``texts``
(checked notifications with ``row``, for text rules), ``gathered`` (with ``traits.CANDIDATE_SCHEMA``), ``unproven``
(with ``traits.UNPROVEN_SCHEMA``), ``genuine`` (signatures) and ``ring`` (with RING_SCHEMA); ``candidates``, ``twins``,
``told_apart`` and ``held`` are made of them here. Who runs a query names its relations, for itself alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import pyarrow as pa

from corena_recon.judgement.rules import (
    ARRIVAL,
    BITS,
    COMPARED_COLUMNS,
    CONFORMS,
    ROW_RULES,
    TEXT_RULES,
    TWIN_RULES,
    TWINS,
    Comparison,
    are_several,
    twins_among,
)
from corena_recon.judgement.traits import SHOWN_FIELDS
from corena_recon.money import MAX_DECIMALS
from corena_recon.schemas import INSTANT

RING_SCHEMA: Final = pa.schema(
    [
        ("key_id", pa.string()),
        ("key_mode", pa.string()),
        ("key_merchant", pa.string()),
        ("key_valid_from", INSTANT),
        ("key_valid_until", INSTANT),
        ("key_decimals", pa.list_(pa.int64())),
        ("key_usual", pa.list_(pa.int64())),
    ]
)
"""The key ring without its secrets, and what is known of each key's decimals."""

COMPARED_SCHEMA: Final = pa.schema([("row", pa.int64()), ("mask", pa.int64())])
"""The findings, as bits of ``rules.BITS``, of notifications that were compared with others; of each that has any."""

UNREADABLE, UNVERIFIED, UNVALUED, UNSUCCESSFUL, ELSEWHERE = 1, 2, 4, 8, 16
"""Bits of ``flags``: what a verdict depends on beside findings."""


def _mask_of(rules: dict[str, str]) -> str:
    return " | ".join(f"CASE WHEN {predicate} THEN {BITS[code]} ELSE 0 END" for code, predicate in rules.items())


_VERIFIED: Final = "signature_status IN ('valid', 'valid_rendered')"
_SHOWS_DECIMALS: Final = f"""
    fidelity <> 'number' AND decimals <= {MAX_DECIMALS}
    AND NOT (fidelity = 'raw' AND signature_status = 'valid_rendered')"""
"""Whether a verified notification shows how many decimals the gateway writes."""

VOTES: Final = f"""
SELECT key_id, decimals, sum(count)::BIGINT AS votes FROM rule_rows
WHERE {_VERIFIED} AND {_SHOWS_DECIMALS} GROUP BY key_id, decimals
"""

_TWINNED: Final = ", ".join(TWINS.shared)
KEEP_SIGNED: Final = f"""
CREATE TEMP TABLE candidates AS
SELECT key_id, {COMPARED_COLUMNS["world"]} AS world, {COMPARED_COLUMNS["trx"]} AS trx, signature, identifier, decimals,
    {_SHOWS_DECIMALS} AS shows_decimals
FROM gathered JOIN ring USING (key_id)
"""
KEEP_CANDIDATES: Final = f"""
CREATE TEMP TABLE candidates AS
SELECT row, source, record, received_at, identifier, signature, decimals, key_id, key_mode, key_merchant, key_decimals,
    {", ".join(f"{expression} AS {name}" for name, expression in COMPARED_COLUMNS.items())}
FROM gathered JOIN ring USING (key_id)
"""
"""All that rules read of what they compare."""
KEEP_TWINS: Final = f"CREATE TEMP TABLE twins AS {twins_among('candidates')}"

CORRECTED_VOTES: Final = f"""
WITH counted AS (FROM candidates WHERE shows_decimals),
signatures AS (
    SELECT key_id, decimals, coalesce(min(nullif(trx, '')), signature) AS payment
    FROM counted ANTI JOIN twins USING ({_TWINNED}) GROUP BY key_id, decimals, signature
)
SELECT key_id, decimals, sum(votes)::BIGINT AS votes FROM (
    SELECT key_id, decimals, count(DISTINCT payment) AS votes FROM signatures GROUP BY key_id, decimals
    UNION ALL
    SELECT key_id, decimals, -count(*) FROM counted GROUP BY key_id, decimals
) GROUP BY key_id, decimals
"""
"""What shares something counts once a signature, and signatures of one transaction id once; twins do not count."""

TELL_APART: Final = f"""
CREATE TEMP TABLE told_apart AS
WITH split AS (FROM candidates SEMI JOIN twins USING ({_TWINNED})),
told AS (SELECT {_TWINNED}, {are_several(CONFORMS)} AS several_conform FROM split GROUP BY {_TWINNED})
SELECT row, mask FROM (
    SELECT row, ({_mask_of(TWIN_RULES)})::BIGINT AS mask FROM split JOIN told USING ({_TWINNED})
) WHERE mask <> 0
"""
LEAVE_OUT: Final = "DELETE FROM candidates USING told_apart WHERE candidates.row = told_apart.row"
TOLD_APART: Final = "FROM told_apart"


def in_turn(rules: Mapping[str, Comparison], sieve: str = "true") -> str:
    """The query for candidates in order of their arrival, with what rules compare, and whether each looks at them.

    Args:
        rules: Some of GROUP_RULES.
        sieve: Which of the candidates, as SQL.
    """
    columns = sorted({name for rule in rules.values() for name in (*rule.shared, *rule.differing, *rule.alike)})
    looks = ", ".join(f"coalesce({rule.condition}, false) AS {code}" for code, rule in rules.items())
    return f"""
SELECT row, epoch_us(received_at) AS moment, {", ".join(columns)}, {looks}
FROM candidates WHERE {sieve} ORDER BY {", ".join(ARRIVAL)}, row
"""


KEEP_UNPROVEN: Final = "CREATE TEMP TABLE held AS FROM unproven"
COPIED: Final = f"""
WITH others AS (SELECT DISTINCT unnest(expected_marks) AS mark FROM held)
SELECT row, {BITS["signature_copied"]}::BIGINT AS mask FROM held
WHERE signature_status = 'invalid'
  AND (signature IN (SELECT signature FROM genuine) OR claimed_mark IN (SELECT mark FROM others))
"""

RULE_INPUT: Final = (
    f"(SELECT *, coalesce({_VERIFIED}, false) AS is_verified FROM rule_rows) LEFT JOIN ring USING (key_id)"
)
"""All that a row rule may read."""
TEXT_INPUT: Final = f"""(
    SELECT row, {", ".join(SHOWN_FIELDS)}, extra,
        CASE WHEN signature_status = 'malformed' THEN signature END AS signature
    FROM texts
)"""
"""All that a text rule may read; 64 hexadecimal digits need no second look."""


def row_masks(rules: dict[str, str]) -> str:
    """The query for ``row``, ``flags`` and the findings of row rules."""
    return f"""
SELECT row, (CASE WHEN is_unreadable THEN {UNREADABLE} ELSE 0 END
    | CASE WHEN is_verified THEN 0 ELSE {UNVERIFIED} END | CASE WHEN amount_sign IS NULL THEN {UNVALUED} ELSE 0 END
    | CASE WHEN list_contains($success_statuses, status) THEN 0 ELSE {UNSUCCESSFUL} END
    | CASE WHEN is_elsewhere THEN {ELSEWHERE} ELSE 0 END)::BIGINT AS flags,
    ({_mask_of(rules)})::BIGINT AS mask
FROM {RULE_INPUT}
"""


def text_masks(rules: dict[str, str]) -> str:
    """The query for ``row`` and the findings of text rules."""
    return f"SELECT row, ({_mask_of(rules)})::BIGINT AS mask FROM {TEXT_INPUT}"


ROW_MASKS: Final = row_masks(ROW_RULES)
TEXT_MASKS: Final = text_masks(TEXT_RULES)
