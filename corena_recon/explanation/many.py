"""What a reconciliation knows about many identifiers: asked once for all of them, told of one after the other.

Each query takes longer to plan than to run over the rows of one identifier, so a report that explains hundreds asks for
all of them at once, and compares with the few notifications that have anything in common with theirs.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from corena_recon.explanation.beside import Beside
from corena_recon.explanation.counterfactuals.slips import CUT_MAX
from corena_recon.explanation.evidence import (
    CHOSEN,
    COMPARED_MAX,
    MAY_BE_TOLD_APART,
    ORDERS_MAX,
    VERIFIED,
    Evidence,
    Row,
)
from corena_recon.judgement import ARRIVAL
from corena_recon.vocabulary import SUCCESS_STATUSES

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb


class EvidenceOfMany(Evidence):
    """The tables of one reconciliation, seen from one of many identifiers at a time.

    Args:
        connection: As for ``Evidence``.
        tables: As for ``Evidence``.
        identifiers: All of them.
        shown_max: How many notifications are told of each.
        success_statuses: As for ``Evidence``.
        ring: As for ``Evidence``.
    """

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        tables: Mapping[str, pa.Table | Path],
        identifiers: Sequence[str],
        *,
        shown_max: int,
        success_statuses: Iterable[str] = SUCCESS_STATUSES,
        ring: Mapping[str, Mapping[str, str | None]] = MappingProxyType({}),
    ) -> None:
        connection.register("wanted", pa.table({"identifier": pa.array([*identifiers], pa.string())}))
        super().__init__(connection, tables, "", success_statuses=success_statuses, ring=ring)
        self._counts: dict[str, Counter[str]] = defaultdict(Counter)
        for row in self._rows("SELECT identifier, verdict, count(*) AS count FROM own GROUP BY ALL ORDER BY ALL"):
            self._counts[row["identifier"]][row["verdict"]] = row["count"]
        connection.execute(f"CREATE OR REPLACE TEMP TABLE shown AS {CHOSEN}", {"limit": shown_max})
        self._own = _by_identifier(self._rows("FROM shown ORDER BY identifier, place"))
        self._decimals: dict[str, int | None] = {}
        self._columns: dict[tuple[str, int], pa.Array | pa.Table] = {}
        self._orders = _by_identifier(self._rows(_ORDERS)) if self.has_orders else {}
        self._results = _by_identifier(self._rows(_RESULTS)) if self.has_orders else {}
        has_passes = self.has_orders and bool(self._rows(_PASSES))
        self._sent_on = _by_identifier(self._rows(_SENT_ON), "asked") if has_passes else {}
        self._brought = _by_identifier(self._rows(_BROUGHT), "asked") if has_passes else {}
        self._known = {row["piece"] for row in self._rows(f"{_PIECES} {_OF_ORDERS if self.has_orders else ''}")}
        codes = {code for rows in self._own.values() for row in rows for code in row["findings"] or ()}
        self._beside = Beside(connection, codes, self._success_statuses)

    def turn_to(self, identifier: str) -> None:
        """From now on everything is asked of this one."""
        self._identifier = identifier

    def counts(self) -> dict[str, int]:
        """As for ``Evidence``."""
        return dict(self._counts[self._identifier])

    def notifications(self, limit: int) -> list[Row]:
        """As for ``Evidence``; no more than were gathered."""
        return self._own.get(self._identifier, [])[:limit]

    def orders(self) -> list[Row]:
        """As for ``Evidence``."""
        rows = self._orders.get(self._identifier, [])
        return [{name: value for name, value in row.items() if name != "identifier"} for row in rows]

    def result(self) -> Row | None:
        """As for ``Evidence``."""
        return next(iter(self._results.get(self._identifier, [])), None)

    def payments_sent_on(self) -> list[Row]:
        """As for ``Evidence``."""
        return self._sent_on.get(self._identifier, [])

    def payments_brought(self) -> list[Row]:
        """As for ``Evidence``."""
        return self._brought.get(self._identifier, [])

    def compared(self, code: str, row: Row) -> list[Row]:
        """As for ``Evidence``."""
        return self._beside.compared(code, row)

    def similar_identifiers(self, *, is_mistyped: bool) -> list[str]:  # noqa: ARG002 - nobody has typed these
        """The one that reconciling suggests."""
        result = self.result()
        return [result["suggested_identifier"]] if result and result["suggested_identifier"] else []

    def knows(self, identifier: str) -> bool:
        """As for ``Evidence``, of what signed bytes may be cut into."""
        return identifier in self._known

    def usual_decimals(self, key_id: str) -> int | None:
        """As for ``Evidence``."""
        if key_id not in self._decimals:
            self._decimals[key_id] = super().usual_decimals(key_id)
        return self._decimals[key_id]

    def amounts(self, limit: int) -> pa.Array:
        """As for ``Evidence``."""
        return self._column("amounts", limit, super().amounts)

    def identifiers(self, limit: int) -> pa.Array:
        """As for ``Evidence``."""
        return self._column("identifiers", limit, super().identifiers)

    def pairs(self, limit: int) -> pa.Table:
        """As for ``Evidence``."""
        return self._column("pairs", limit, super().pairs)

    def _column(self, name: str, limit: int, asked: Callable[[int], pa.Array | pa.Table]) -> pa.Array | pa.Table:
        if (name, limit) not in self._columns:
            self._columns[name, limit] = asked(limit)
        return self._columns[name, limit]

    def _gather(self, sieve: str, **parameters: Any) -> None:  # noqa: ANN401, ARG002 - all that are wanted
        super()._gather("identifier IN (SELECT identifier FROM wanted)")


def _by_identifier(rows: Iterable[Row], name: str = "identifier") -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        found[row[name]].append(row)
    return dict(found)


_ORDERS: Final = f"""
SELECT identifier, source, record, order_amount, order_currency, order_status, order_state, ordered_at, unreadable
FROM orders SEMI JOIN wanted USING (identifier)
QUALIFY row_number() OVER (PARTITION BY identifier ORDER BY source, record) <= {ORDERS_MAX}
ORDER BY identifier, source, record
"""
_RESULTS: Final = "FROM results SEMI JOIN wanted USING (identifier) ORDER BY identifier, order_rows DESC"

_PASSES: Final = "SELECT 1 FROM results WHERE match_rule <> 'identifier' LIMIT 1"
_PASSED: Final = """
(
    SELECT DISTINCT identifier, match_rule, unnest(payment_trx) AS payment_trx FROM results
    WHERE match_rule <> 'identifier'
)
"""
_SENT_ON: Final = f"""
SELECT own.identifier AS asked, passed.payment_trx, passed.identifier, match_rule, source, record
FROM own JOIN {_PASSED} passed USING (payment_trx) WHERE passed.identifier <> own.identifier AND verdict = 'accepted'
QUALIFY row_number() OVER (PARTITION BY own.identifier ORDER BY place) <= {COMPARED_MAX} ORDER BY asked, place
"""
_BROUGHT: Final = f"""
SELECT passed.identifier AS asked, payment_trx, its.identifier, match_rule, source, record
FROM notifications its JOIN {_PASSED} passed USING (payment_trx)
WHERE verdict = 'accepted' AND its.identifier <> passed.identifier AND asked IN (SELECT identifier FROM wanted)
QUALIFY row_number() OVER (PARTITION BY asked ORDER BY {", ".join(ARRIVAL)}) <= {COMPARED_MAX}
ORDER BY asked, {", ".join(ARRIVAL)}
"""

_PIECES: Final = f"""
WITH pieces AS (
    SELECT DISTINCT substr(signed_amount || identifier, unnest(range(2, {CUT_MAX} + 2))) AS piece
    FROM shown WHERE {VERIFIED} AND {MAY_BE_TOLD_APART}
)
FROM pieces SEMI JOIN (SELECT identifier AS piece FROM notifications WHERE {VERIFIED}) USING (piece)
"""
"""Identifiers that are known of those that signed bytes may be cut into."""
_OF_ORDERS: Final = "UNION FROM pieces SEMI JOIN (SELECT identifier AS piece FROM orders) USING (piece)"
