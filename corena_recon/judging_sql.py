"""The queries of judging, over the relations ``chunk`` (some checked notifications with ``row``) and ``ring``."""

from __future__ import annotations

from typing import Final

from corena_recon.money import MAX_DECIMALS
from corena_recon.rules import BITS, GROUP_RULES, POSTED_AMOUNT, ROW_RULES, SIGNED_AMOUNT, TWIN_RULES

UNREADABLE, UNVERIFIED, UNVALUED, UNSUCCESSFUL = 1, 2, 4, 8
"""Bits of ``flags``: what a verdict depends on beside findings."""


def _mask_of(rules: dict[str, str]) -> str:
    return " | ".join(f"CASE WHEN {predicate} THEN {BITS[code]} ELSE 0 END" for code, predicate in rules.items())


_VERIFIED: Final = "signature_status IN ('valid', 'valid_rendered')"
_SHOWS_DECIMALS: Final = f"""
    fidelity <> 'number' AND decimals <= {MAX_DECIMALS}
    AND NOT (fidelity = 'raw' AND signature_status = 'valid_rendered')"""
"""Whether a verified notification shows how many decimals the gateway writes."""

SURVEYED: Final = """
CREATE OR REPLACE TEMP TABLE unproven
    (row BIGINT, signature_status VARCHAR, signature VARCHAR, claimed_mark BLOB, expected_marks BLOB[]);
CREATE OR REPLACE TEMP TABLE genuine (signature VARCHAR);
CREATE OR REPLACE TEMP TABLE decimal_counts (key_id VARCHAR, decimals INTEGER, count BIGINT);
CREATE OR REPLACE TEMP TABLE candidates
    (row BIGINT, source VARCHAR, record BIGINT, received_at TIMESTAMPTZ, identifier VARCHAR, signature VARCHAR,
    signed_amount VARCHAR, decimals INTEGER, shows_decimals BOOLEAN, key_id VARCHAR, trx VARCHAR, unsigned VARCHAR,
    payment VARCHAR, is_success BOOLEAN, outcome VARCHAR)
"""

COUNT_DECIMALS: Final = f"""
INSERT INTO decimal_counts
SELECT key_id, decimals, count(*) FROM chunk WHERE {_VERIFIED} AND {_SHOWS_DECIMALS} GROUP BY key_id, decimals
"""

COUNT_KINDS: Final = f"""
INSERT INTO decimal_counts
SELECT key_id, decimals, sum(count)::BIGINT FROM chunk WHERE {_VERIFIED} AND {_SHOWS_DECIMALS} GROUP BY key_id, decimals
"""

KEEP_UNPROVEN: Final = """
INSERT INTO unproven SELECT row, signature_status, signature, claimed_mark, expected_marks FROM chunk
"""

UNPROVEN_SIGNATURES: Final = "SELECT DISTINCT signature FROM unproven WHERE signature_status = 'invalid'"

KEEP_CANDIDATES: Final = f"""
INSERT INTO candidates
SELECT row, source, record, received_at, identifier, signature, {SIGNED_AMOUNT} AS signed_amount, decimals,
    {_SHOWS_DECIMALS} AS shows_decimals, key_id, coalesce(payment_trx, '') AS trx,
    concat_ws(',', coalesce(length(currency) || ':' || currency, '-'), coalesce(charge::VARCHAR, '-'),
        coalesce(length(payment_type) || ':' || payment_type, '-')) AS unsigned,
    concat(length(identifier), ':', identifier, signed_amount) AS payment,
    list_contains($success_statuses, status) AS is_success, CASE WHEN is_success THEN '' ELSE status END AS outcome
FROM chunk
"""

KEEP_GENUINE: Final = f"""
INSERT INTO genuine SELECT DISTINCT signature FROM chunk WHERE signature IN ({UNPROVEN_SIGNATURES})
"""

TWINS: Final = """
CREATE OR REPLACE TEMP TABLE twins AS
SELECT key_id, signature FROM candidates GROUP BY key_id, signature HAVING count(DISTINCT identifier) > 1
"""

DECIMALS: Final = """
SELECT key_id, decimals, sum(count)::BIGINT FROM (
    SELECT * FROM decimal_counts
    UNION ALL
    SELECT key_id, decimals, -count(*) FROM candidates WHERE shows_decimals GROUP BY key_id, decimals
    UNION ALL
    SELECT key_id, decimals, count(DISTINCT signature) FROM candidates ANTI JOIN twins USING (key_id, signature)
    WHERE shows_decimals GROUP BY key_id, decimals
) GROUP BY key_id, decimals
"""
"""What shares nothing counts once each, what does counts once a signature, and twins do not count."""

TWIN_MASKS: Final = f"""
CREATE OR REPLACE TEMP TABLE twin_masks AS
SELECT row, {_mask_of(TWIN_RULES)} AS mask
FROM candidates SEMI JOIN twins USING (key_id, signature) JOIN ring USING (key_id)
"""

GROUP_MASKS: Final = f"""
CREATE OR REPLACE TEMP TABLE compared AS
SELECT row, mask FROM twin_masks WHERE mask <> 0
UNION ALL
SELECT row, mask FROM (
    SELECT row, {_mask_of(GROUP_RULES)} AS mask
    FROM candidates JOIN ring USING (key_id)
    WHERE row NOT IN (SELECT row FROM twin_masks WHERE mask <> 0)
) WHERE mask <> 0
"""

COPIED: Final = """
INSERT INTO compared
WITH others AS (SELECT DISTINCT unnest(expected_marks) AS mark FROM unproven)
SELECT row, $bit FROM unproven
WHERE signature_status = 'invalid'
  AND (signature IN (SELECT signature FROM genuine) OR claimed_mark IN (SELECT mark FROM others))
"""

COMPARED: Final = "SELECT row, mask::BIGINT FROM compared WHERE row >= $first AND row < $last"

_INPUT: Final = f"""(
    SELECT *, {SIGNED_AMOUNT} AS signed_amount, {POSTED_AMOUNT} AS posted_amount,
        coalesce({_VERIFIED}, false) AS is_verified
    FROM chunk
) LEFT JOIN ring USING (key_id)"""

ROW_MASKS: Final = f"""
SELECT row, (CASE WHEN unreadable IS NOT NULL THEN {UNREADABLE} ELSE 0 END
    | CASE WHEN is_verified THEN 0 ELSE {UNVERIFIED} END | CASE WHEN amount IS NULL THEN {UNVALUED} ELSE 0 END
    | CASE WHEN list_contains($success_statuses, status) THEN 0 ELSE {UNSUCCESSFUL} END)::BIGINT AS flags,
    ({_mask_of(ROW_RULES)})::BIGINT AS mask
FROM {_INPUT}
"""
