"""What a shop would have released that checks as the documentation's PHP sample does: status, signature, identifier.

    $status == "success" && $signature == strtoupper(hash_hmac('sha256', $data['amount'] . $identifier, $secret))
    && $identifier == $myIdentifier

The sample looks neither at the amount nor at the currency, releases a replay again, and compares identifiers as PHP
compares text that may be numbers: ``00123``, ``123.0`` and ``1.23e2`` are one. That two signatures are equal as
numbers has no chance worth counting: 64 hexadecimal digits are a number once in some 10 to the 12th.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from corena_recon.report.worklist.gathering import REMARKABLE
from corena_recon.report.worklist.queries import gravest
from corena_recon.tables.engine import plain_rows, sql_literal
from corena_recon.vocabulary import Mode, Verdict

if TYPE_CHECKING:
    import duckdb

LOOSE: Final = "loose_identifier"
"""The class of payments whose identifier is another order's only as PHP compares."""

_NUMBER_RE2: Final = r"[ \t\n\r\v\f]*[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?[ \t\n\r\v\f]*"
_PLAIN_RE2: Final = "0|-?[1-9][0-9]{0,17}"
"""Numbers that no other text of this kind is equal to."""


def own_keys(facts: Mapping[str, Any]) -> list[str] | None:
    """The ids of the keys that the shop itself may have; None where nothing is known of keys.

    Args:
        facts: Of the report: its options and its ring.
    """
    ring, options = facts.get("ring"), facts.get("options", {})
    if ring is None:
        return None
    modes = {key["mode"] for key in ring.values()}
    mode = options.get("mode") or (Mode.TEST if modes == {Mode.TEST} else Mode.LIVE)
    merchant = options.get("merchant")
    return [
        key_id
        for key_id, key in ring.items()
        if key["mode"] == mode and (merchant is None or key["merchant"] in (None, merchant))
    ]


def passing_query(notifications: str, keys: Collection[str] | None) -> str:
    """The notifications that pass the sample's checks of status and signature.

    Args:
        notifications: A relation with the columns of ``gathering.REMARKABLE``.
        keys: As of ``own_keys``.
    """
    by_own_key = "true" if keys is None else f"key_id IN ({', '.join(map(sql_literal, keys)) or 'NULL'})"
    return f"""
    FROM {notifications}
    WHERE status = 'success' AND {by_own_key} AND identifier IS NOT NULL
      AND (signature_status = 'valid' OR signature_status = 'valid_rendered' AND fidelity <> 'raw')
      AND NOT list_has_any(coalesce(findings, []), ['weak_key', 'other_merchant'])
    """


def is_odd(identifier: str) -> str:
    """Whether PHP may take an identifier for the same as another text, as SQL."""
    may_be_number = f"{identifier} < ':'"
    is_number = f"regexp_full_match({identifier}, {sql_literal(_NUMBER_RE2)})"
    return f"{may_be_number} AND {is_number} AND NOT regexp_full_match({identifier}, {sql_literal(_PLAIN_RE2)})"


def loosely_equal_query(notifications: str, orders: str) -> str:
    """Pairs of identifiers that differ and are the same for PHP: ``identifier`` and ``order_identifier``.

    Args:
        notifications: A relation with an ``identifier``.
        orders: Likewise.
    """
    return f"""
    WITH posted AS ({_numbers(notifications)}), ordered AS ({_numbers(orders)})
    SELECT posted.identifier, ordered.identifier AS order_identifier
    FROM posted JOIN ordered USING (number)
    WHERE posted.identifier <> ordered.identifier AND (posted.is_odd OR ordered.is_odd)
      AND NOT (posted.is_long AND ordered.is_long)
      AND (posted.is_fraction OR ordered.is_fraction OR posted.whole = ordered.whole)
    """


def _numbers(relation: str) -> str:
    bare = r"regexp_replace(trim(identifier, E' \t\n\r\v\f'), '^[+]', '')"
    digits = r"length(regexp_extract(identifier, '^[^0-9.]*0*([0-9]*)', 1))"
    return f"""
    SELECT DISTINCT identifier, {is_odd("identifier")} AS is_odd,
           regexp_matches(identifier, '[.eE]') AS is_fraction, try_cast({bare} AS BIGINT) AS whole,
           coalesce({digits} >= 20 OR NOT is_fraction AND whole IS NULL, false) AS is_long,
           try_cast({bare} AS DOUBLE) AS number
    FROM {relation}
    WHERE identifier < ':' AND regexp_full_match(identifier, {sql_literal(_NUMBER_RE2)}) AND isfinite(number)
    """


def exposure_of(connection: duckdb.DuckDBPyConnection, keys: Collection[str] | None) -> list[dict[str, Any]]:
    """What would have been released wrongly, by class; plain values, ready for JSON.

    Args:
        connection: That knows ``notifications``, ``results``, ``remarkable``, ``exceptional`` and ``own``.
        keys: As of ``own_keys``.
    """
    has_odd = bool(connection.execute(f"SELECT 1 FROM results WHERE {is_odd('identifier')} LIMIT 1").fetchall())
    released = f"{_RELEASED} UNION ALL BY NAME {_LOOSELY}" if has_odd else _RELEASED
    query = f"""
    WITH candidates AS ({_CANDIDATES}),
    passing AS ({passing_query("notifications" if has_odd else "candidates", keys)}),
    {_LOOSE_PAIRS if has_odd else ""}
    released AS ({released})
    SELECT class, verdict, count(*) AS notifications, count(DISTINCT identifier) AS orders, currency,
           sum(amount) AS amount
    FROM released WHERE class IS NOT NULL GROUP BY class, verdict, currency ORDER BY class, verdict, currency
    """
    classes: dict[tuple[str, str], dict[str, Any]] = {}
    for row in plain_rows(connection, query):
        counted = classes.setdefault(
            (row["class"], row["verdict"]),
            {"class": row["class"], "verdict": row["verdict"], "notifications": 0, "orders": 0, "amounts": {}},
        )
        for name in ("notifications", "orders"):
            counted[name] += row[name]
        counted["amounts"][row["currency"] or ""] = f"{row['amount'] or Decimal(0):.8f}"
    return [*classes.values()]


_CANDIDATES: Final = f"""
    SELECT {", ".join(REMARKABLE.names)} FROM remarkable WHERE verdict <> '{Verdict.UNREADABLE}'
    UNION ALL
    SELECT {", ".join(REMARKABLE.names)} FROM own SEMI JOIN (
        FROM exceptional WHERE outcome IN ('underpaid', 'currency_mismatch') AND match_rule = 'identifier'
    ) USING (identifier)
    WHERE verdict = '{Verdict.ACCEPTED}'
"""
"""All that may be released wrongly but for its identifier."""

_RELEASED: Final = f"""
    SELECT verdict, identifier, order_currency AS currency,
           CASE WHEN verdict <> '{Verdict.ACCEPTED}' THEN coalesce({gravest("findings")}, findings[1], verdict)
                WHEN row_number() OVER (PARTITION BY identifier ORDER BY received_at, source, record) = 1 THEN outcome
           END AS class,
           CASE WHEN verdict = '{Verdict.ACCEPTED}' AND outcome = 'underpaid' THEN -difference ELSE order_amount END
               AS amount
    FROM (FROM passing SEMI JOIN candidates USING (source, record))
    JOIN (SELECT identifier, outcome, difference, order_amount, upper(order_currency) AS order_currency
          FROM results WHERE order_rows > 0) USING (identifier)
"""

_LOOSE_PAIRS: Final = f"""
    unpaid AS (FROM results WHERE order_rows > 0 AND payments = 0),
    pairs AS ({loosely_equal_query("passing", "unpaid")}),
"""

_LOOSELY: Final = f"""
    SELECT passing.verdict, order_identifier AS identifier, upper(order_currency) AS currency, '{LOOSE}' AS class,
           order_amount AS amount
    FROM pairs JOIN passing USING (identifier) JOIN unpaid ON unpaid.identifier = order_identifier
"""
