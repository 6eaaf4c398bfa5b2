"""The queries of judging.

Their relations are ``chunk`` (some checked notifications with ``row``), ``rule_rows`` (what row rules may read of some,
with ``row``) and ``ring``.
"""

from __future__ import annotations

from typing import Final

from corena_recon.judgement.rules import (
    ARRIVAL,
    BITS,
    COMPARED_COLUMNS,
    GROUP_RULES,
    ROW_RULES,
    TEXT_RULES,
    TWIN_RULES,
    TWINS,
    Comparison,
    twins_among,
)
from corena_recon.judgement.traits import SHOWN_FIELDS
from corena_recon.money import MAX_DECIMALS

UNREADABLE, UNVERIFIED, UNVALUED, UNSUCCESSFUL = 1, 2, 4, 8
"""Bits of ``flags``: what a verdict depends on beside findings."""


def _mask_of(rules: dict[str, str]) -> str:
    return " | ".join(f"CASE WHEN {predicate} THEN {BITS[code]} ELSE 0 END" for code, predicate in rules.items())


_BY_ARRIVAL: Final = f"ORDER BY {', '.join(ARRIVAL)}, row ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING"


def group_predicate(rule: Comparison) -> str:
    """Whether some notification breaks the rule with one, over the notifications that judging has gathered.

    Raises:
        ValueError: The rule compares notifications that are not gathered.
    """
    shared = set(rule.shared)
    if not (shared >= {"identifier", "signed_amount"} or ("trx" in shared and rule.condition == "trx <> ''")):
        raise ValueError(
            f"a rule compares notifications that share {', '.join(rule.shared)}; of those not all are gathered "
            "(hint: have it share identifier and signed_amount, or a transaction id)"
        )
    window = f"PARTITION BY {', '.join(rule.shared)} {_BY_ARRIVAL if rule.is_with_earlier else ''}"
    if rule.differing is None:
        return f"{rule.condition} AND count(*) OVER ({window}) > {0 if rule.is_with_earlier else 1}"
    column = rule.differing
    least, most = f"min({column}) OVER ({window})", f"max({column}) OVER ({window})"
    return f"{rule.condition} AND ({least} <> {column} OR {most} <> {column})"


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
INSERT INTO candidates BY NAME
SELECT row, source, record, received_at, identifier, signature, decimals, {_SHOWS_DECIMALS} AS shows_decimals, key_id,
    {", ".join(f"{expression} AS {name}" for name, expression in COMPARED_COLUMNS.items())}
FROM chunk
"""

KEEP_GENUINE: Final = f"""
INSERT INTO genuine SELECT DISTINCT signature FROM chunk WHERE signature IN ({UNPROVEN_SIGNATURES})
"""

_TWINNED: Final = ", ".join(TWINS.shared)
KEEP_TWINS: Final = f"CREATE OR REPLACE TEMP TABLE twins AS {twins_among('candidates')}"

DECIMALS: Final = f"""
SELECT key_id, decimals, sum(count)::BIGINT FROM (
    SELECT * FROM decimal_counts
    UNION ALL
    SELECT key_id, decimals, -count(*) FROM candidates WHERE shows_decimals GROUP BY key_id, decimals
    UNION ALL
    SELECT key_id, decimals, count(DISTINCT signature) FROM candidates ANTI JOIN twins USING ({_TWINNED})
    WHERE shows_decimals GROUP BY key_id, decimals
) GROUP BY key_id, decimals
"""
"""What shares nothing counts once each, what does counts once a signature, and twins do not count."""

TWIN_MASKS: Final = f"""
CREATE OR REPLACE TEMP TABLE twin_masks AS
SELECT row, {_mask_of(TWIN_RULES)} AS mask
FROM candidates SEMI JOIN twins USING ({_TWINNED}) JOIN ring USING (key_id)
"""

GROUP_MASKS: Final = f"""
CREATE OR REPLACE TEMP TABLE compared AS
SELECT row, mask FROM twin_masks WHERE mask <> 0
UNION ALL
SELECT row, mask FROM (
    SELECT row, {_mask_of({code: group_predicate(rule) for code, rule in GROUP_RULES.items()})} AS mask
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

RULE_INPUT: Final = (
    f"(SELECT *, coalesce({_VERIFIED}, false) AS is_verified FROM rule_rows) LEFT JOIN ring USING (key_id)"
)
"""All that a row rule may read."""
TEXT_INPUT: Final = f"""(
    SELECT row, {", ".join(SHOWN_FIELDS)}, extra,
        CASE WHEN signature_status = 'malformed' THEN signature END AS signature
    FROM chunk
)"""
"""All that a text rule may read; 64 hexadecimal digits need no second look."""


def row_masks(rules: dict[str, str]) -> str:
    """The query for ``row``, ``flags`` and the findings of row rules."""
    return f"""
SELECT row, (CASE WHEN is_unreadable THEN {UNREADABLE} ELSE 0 END
    | CASE WHEN is_verified THEN 0 ELSE {UNVERIFIED} END | CASE WHEN amount_sign IS NULL THEN {UNVALUED} ELSE 0 END
    | CASE WHEN list_contains($success_statuses, status) THEN 0 ELSE {UNSUCCESSFUL} END)::BIGINT AS flags,
    ({_mask_of(rules)})::BIGINT AS mask
FROM {RULE_INPUT}
"""


def text_masks(rules: dict[str, str]) -> str:
    """The query for ``row`` and the findings of text rules."""
    return f"SELECT row, ({_mask_of(rules)})::BIGINT AS mask FROM {TEXT_INPUT}"


ROW_MASKS: Final = row_masks(ROW_RULES)
TEXT_MASKS: Final = text_masks(TEXT_RULES)
