"""When each key was in use, which were at the same time, and how long each should be valid."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from corena_recon.schemas import CODES, INSTANT
from corena_recon.tables.engine import Scope

if TYPE_CHECKING:
    import duckdb

KEY_SCHEMA: Final = pa.schema(
    [
        *((name, pa.string()) for name in ("key_id", "mode", "merchant")),
        ("notifications", pa.int64()),
        ("first_used", INSTANT),
        ("last_used", INSTANT),
        ("outside_validity", pa.int64()),
        ("overlaps", CODES),
        ("proposed_from", INSTANT),
        ("proposed_until", INSTANT),
    ]
)
"""One row a key: how many notifications it verified, from when to when, how many outside its validity, which keys of
its mode and merchant were in use meanwhile, and the whole days for which it should be valid, by what was accepted:
without an end where no other key followed it, and null where nothing was."""

_RING_SCHEMA: Final = pa.schema([(name, pa.string()) for name in ("key_id", "mode", "merchant")])


def keys_table(connection: duckdb.DuckDBPyConnection, facts: Mapping[str, Any]) -> pa.Table:
    """The keys of the ring and of the notifications, by their first use.

    Args:
        connection: With ``notifications``.
        facts: Of the report: its ring.
    """
    ring = [{"key_id": key, **told} for key, told in facts.get("ring", {}).items()]
    known = pa.Table.from_pylist([{name: row.get(name) for name in _RING_SCHEMA.names} for row in ring], _RING_SCHEMA)
    with Scope(connection, ring=known):
        return connection.sql(_KEYS).to_arrow_table().cast(KEY_SCHEMA)


_KEYS: Final = """
    WITH posted AS (
        SELECT key_id, count(*) AS notifications, min(received_at) AS first_used, max(received_at) AS last_used,
               count(*) FILTER (list_contains(findings, 'retired_key')) AS outside_validity,
               min(received_at) FILTER (verdict = 'accepted') AS first_accepted,
               max(received_at) FILTER (verdict = 'accepted') AS last_accepted
        FROM notifications WHERE key_id IS NOT NULL GROUP BY key_id
    ),
    used AS (
        SELECT key_id, mode, merchant, coalesce(notifications, 0) AS notifications, first_used, last_used,
               coalesce(outside_validity, 0) AS outside_validity, first_accepted, last_accepted
        FROM ring FULL JOIN posted USING (key_id)
    )
    SELECT used.key_id, used.mode, used.merchant, used.notifications, used.first_used, used.last_used,
           used.outside_validity,
           coalesce(list(other.key_id ORDER BY other.first_used, other.key_id) FILTER (
               other.first_used <= used.last_used AND other.last_used >= used.first_used), []) AS overlaps,
           date_trunc('day', used.first_accepted) AS proposed_from,
           CASE WHEN max(other.last_accepted) > used.last_accepted
                THEN date_trunc('day', used.last_accepted) + INTERVAL 1 DAY END AS proposed_until
    FROM used LEFT JOIN used AS other
    ON used.key_id <> other.key_id AND used.mode IS NOT DISTINCT FROM other.mode
        AND used.merchant IS NOT DISTINCT FROM other.merchant
    GROUP BY used.key_id, used.mode, used.merchant, used.notifications, used.first_used, used.last_used,
        used.outside_validity, used.first_accepted, used.last_accepted
    ORDER BY used.first_used NULLS LAST, used.key_id
"""
