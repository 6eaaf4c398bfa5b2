"""What the findings of many notifications are about: asked once for each finding, found for one after the other.

Of notifications that are the same in all that a comparison looks at, the first few answer for all: which of them it is
about depends on when they came alone. So a thousand replays of one notification are a few rows here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Final

from corena_recon.explanation.evidence import COMPARED_MAX, KNOWN, MAY_BE_TOLD_APART, VERIFIED, Row
from corena_recon.judgement import ARRIVAL, COMPARISONS, GROUP_RULES, TWINS, Among, Comparison, twins_among
from corena_recon.tables.engine import sql_literal

if TYPE_CHECKING:
    import duckdb

_TOLD: Final = (
    *("source", "record", "received_at", "identifier", "signed_amount", "key_id"),
    *("payment_trx", "currency", "charge", "payment_type", "status"),
)
"""What is told of the others."""


class Beside:
    """For each finding that compares, the notifications that it may be about.

    Args:
        connection: It has the view ``notifications``, and the tables ``own``, and ``shown`` of what is told.
        codes: The findings of what is shown.
        success_statuses: Those that the verification took for a payment.
    """

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, codes: Iterable[str], success_statuses: list[str]
    ) -> None:
        comparing = [code for code in COMPARISONS if code in {*codes}]
        for table in (_RELATED, _TWINNED_ROWS) if comparing else ():
            connection.execute(table, {"success_statuses": success_statuses})
        self._groups = {code: _groups_of(connection, code) for code in comparing}

    def compared(self, code: str, row: Row) -> list[Row]:
        """As ``Evidence.compared``."""
        comparison = COMPARISONS[code]
        group = self._groups[code].get(_values(row, comparison.shared), ())
        return [*islice(_about(row, group, comparison), COMPARED_MAX)]


def _groups_of(connection: duckdb.DuckDBPyConnection, code: str) -> dict[tuple[object, ...], list[Row]]:
    comparison = COMPARISONS[code]
    is_group, is_own = code in GROUP_RULES, "identifier" in comparison.shared
    order = ", ".join(ARRIVAL if is_group else ("verdict <> 'accepted'", *ARRIVAL))
    looked_at = dict.fromkeys((*comparison.shared, *comparison.differing, *comparison.alike))
    query = _BESIDE.format(
        code=sql_literal(code),
        shared=", ".join(comparison.shared),
        same=" AND ".join(f"asked.{name} IS NOT DISTINCT FROM its.{name}" for name in comparison.shared),
        columns=", ".join(dict.fromkeys((*_TOLD, *looked_at, *(("place",) if is_own else ())))),
        relation="own" if is_own else "related",
        condition=comparison.condition,
        left_out=_TOLD_APART if is_group else "false",
        alike=", ".join(looked_at),
        order=order,
    )
    groups = defaultdict(list)
    for row in connection.sql(query).to_arrow_table().to_pylist():
        groups[_values(row, comparison.shared)].append(row)
    return dict(groups)


def _about(row: Row, group: Iterable[Row], comparison: Comparison) -> Iterator[Row]:
    """Those of the group that break the rule beside the row, in their order."""
    differing = [name for name in comparison.differing if row[name] is not None]
    alike = [name for name in comparison.alike if row[name] is not None]
    for other in group:
        is_other = not comparison.differing or any(other[name] not in (None, row[name]) for name in differing)
        if is_other and all(other[name] in (None, row[name]) for name in alike) and _is_among(other, row, comparison):
            yield other


def _is_among(other: Row, row: Row, comparison: Comparison) -> bool:
    if comparison.among is Among.EARLIER:
        return bool(other["place"] < row["place"])
    if comparison.among is Among.ALL or row["received_at"] is None or other["received_at"] is None:
        return True
    return bool(other["received_at"] <= row["received_at"])


def _values(row: Row, names: Iterable[str]) -> tuple[object, ...]:
    return tuple(row[name] for name in names)


_RELATED: Final = f"""
CREATE OR REPLACE TEMP TABLE related AS
{
    KNOWN.format(
        sieve=f"{VERIFIED} AND (payment_trx IN (SELECT payment_trx FROM shown WHERE payment_trx IS NOT NULL)"
        " OR signature IN (SELECT signature FROM shown WHERE signature IS NOT NULL))"
    )
}
"""
"""What else than an identifier's own notifications anything is compared with."""

_TWINNED: Final = ", ".join(TWINS.shared)
_TWINNED_ROWS: Final = f"""
CREATE OR REPLACE TEMP TABLE twinned AS
WITH doubtful AS (
    SELECT DISTINCT signature FROM (
        SELECT signature, findings FROM related UNION ALL SELECT signature, findings FROM own WHERE {VERIFIED}
    ) WHERE {MAY_BE_TOLD_APART}
),
alike AS (SELECT * FROM ({KNOWN.format(sieve=VERIFIED)}) SEMI JOIN doubtful USING (signature))
{twins_among("alike")}
"""
_TOLD_APART: Final = f"{MAY_BE_TOLD_APART} AND ({_TWINNED}) IN (FROM twinned)"
"""Twins that judging has told apart, among all notifications: they are not compared any further."""

_BESIDE: Final = f"""
WITH asked AS (SELECT DISTINCT {{shared}} FROM shown WHERE list_contains(findings, {{code}})),
its AS (SELECT * FROM {{relation}} WHERE {VERIFIED} AND {{condition}} AND NOT ({{left_out}}))
SELECT {{columns}} FROM its WHERE EXISTS (FROM asked WHERE {{same}})
QUALIFY row_number() OVER (
    PARTITION BY {{alike}}, received_at IS NULL ORDER BY {{order}}
) <= {COMPARED_MAX}
ORDER BY {{order}}
"""
