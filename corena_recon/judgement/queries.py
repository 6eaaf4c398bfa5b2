"""The queries of judging.

Their relations are ``rule_rows`` (what row rules may read of some notifications, with ``row`` or ``count``), ``texts``
(checked notifications with ``row``, for text rules), ``gathered`` (with ``traits.CANDIDATE_SCHEMA``), ``unproven``
(with ``traits.UNPROVEN_SCHEMA``), ``genuine`` (signatures) and ``ring`` (with RING_SCHEMA); ``candidates``, ``twins``
and ``held`` are made of them here. Who runs a query names its relations, for itself alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import pyarrow as pa

from corena_recon.judgement.rules import (
    ARRIVAL,
    BITS,
    COMPARED_COLUMNS,
    GROUP_RULES,
    ROW_RULES,
    TEXT_RULES,
    TWIN_RULES,
    TWINS,
    Among,
    Comparison,
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


_FRAMES: Final = {
    Among.ALL: "",
    Among.EARLIER: f"ORDER BY {', '.join(ARRIVAL)}, row ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING",
    Among.NOT_SURELY_LATER: "ORDER BY received_at NULLS FIRST RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW",
}


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
    if rule.differing:
        return f"{rule.condition} AND {_differs(rule, rule.differing)}"
    least = 0 if rule.among is Among.EARLIER else 1
    the_same, alike = (
        f"{_over('count(*)', shared, rule.among)} > {least}" for shared in ((*rule.shared, *rule.alike), rule.shared)
    )
    if not rule.alike:
        return f"{rule.condition} AND {alike}"
    return f"{rule.condition} AND ({the_same} OR {alike} AND NOT {_differs(rule, rule.alike)})"


def _differs(rule: Comparison, columns: Iterable[str]) -> str:
    """Whether one that the rule looks at differs in one of these columns; null differs from nothing."""
    ends = [
        f"{_over(f'{end}({column})', rule.shared, rule.among)} <> {column}"
        for column in columns
        for end in ("min", "max")
    ]
    return f"coalesce({' OR '.join(ends)}, false)"


def _over(aggregate: str, shared: Iterable[str], among: Among) -> str:
    partition = f"PARTITION BY {', '.join(shared)}"
    windowed = f"{aggregate} OVER ({partition} {_FRAMES[among]})"
    if among is not Among.NOT_SURELY_LATER:
        return windowed
    return f"CASE WHEN received_at IS NULL THEN {aggregate} OVER ({partition}) ELSE {windowed} END"


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
    FROM counted WHERE ({_TWINNED}) NOT IN (FROM twins) GROUP BY key_id, decimals, signature
)
SELECT key_id, decimals, sum(votes)::BIGINT AS votes FROM (
    SELECT key_id, decimals, count(DISTINCT payment) AS votes FROM signatures GROUP BY key_id, decimals
    UNION ALL
    SELECT key_id, decimals, -count(*) FROM counted GROUP BY key_id, decimals
) GROUP BY key_id, decimals
"""
"""What shares something counts once a signature, and signatures of one transaction id once; twins do not count."""

COMPARED: Final = f"""
WITH told_apart AS MATERIALIZED (
    SELECT row, mask FROM (
        SELECT row, ({_mask_of(TWIN_RULES)})::BIGINT AS mask FROM candidates SEMI JOIN twins USING ({_TWINNED})
    ) WHERE mask <> 0
)
FROM told_apart
UNION ALL
SELECT row, mask FROM (
    SELECT row, ({_mask_of({code: group_predicate(rule) for code, rule in GROUP_RULES.items()})})::BIGINT AS mask
    FROM candidates ANTI JOIN told_apart USING (row)
) WHERE mask <> 0
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
