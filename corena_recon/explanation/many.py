"""What a reconciliation knows about many identifiers: asked once for all of them, told of one after the other.

Each query takes longer to plan than to run over the rows of one identifier, so a report that explains hundreds asks for
all of them at once, and compares with the few notifications that have anything in common with theirs.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from corena_recon.explanation.evidence import CHOSEN, ORDERS_MAX, Evidence, Row
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
        self._own = _by_identifier(self._rows(CHOSEN, limit=shown_max))
        self._decimals: dict[str, int | None] = {}
        self._orders = _by_identifier(self._rows(_ORDERS)) if self.has_orders else {}
        self._results = _by_identifier(self._rows(_RESULTS)) if self.has_orders else {}
        self._has_passes = self.has_orders and bool(self._rows(_PASSED))
        self._view("everything", tables["notifications"])
        connection.execute(f"{_RELATED} {_OF_ITS_PAYMENTS if self.has_orders else ''}")
        connection.unregister("notifications")
        connection.execute("CREATE OR REPLACE TEMP VIEW notifications AS FROM related")

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
        return super().payments_sent_on() if self._has_passes else []

    def payments_brought(self) -> list[Row]:
        """As for ``Evidence``."""
        return super().payments_brought() if self._has_passes else []

    def similar_identifiers(self, *, is_mistyped: bool) -> list[str]:  # noqa: ARG002 - nobody has typed these
        """The one that reconciling suggests."""
        result = self.result()
        return [result["suggested_identifier"]] if result and result["suggested_identifier"] else []

    def knows(self, identifier: str) -> bool:
        """As for ``Evidence``."""
        known = "SELECT 1 FROM everything WHERE identifier = $identifier AND starts_with(signature_status, 'valid')"
        if self.has_orders:
            known += " UNION ALL SELECT 1 FROM orders WHERE identifier = $identifier"
        return bool(self._rows(f"{known} LIMIT 1", identifier=identifier))

    def usual_decimals(self, key_id: str) -> int | None:
        """As for ``Evidence``."""
        if key_id not in self._decimals:
            self._decimals[key_id] = self._usual_decimals(key_id, "everything")
        return self._decimals[key_id]

    def _gather(self, sieve: str, **parameters: Any) -> None:  # noqa: ANN401, ARG002 - all that are wanted
        super()._gather("identifier IN (SELECT identifier FROM wanted)")


def _by_identifier(rows: Iterable[Row]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        found[row["identifier"]].append(row)
    return dict(found)


_ORDERS: Final = f"""
SELECT identifier, source, record, order_amount, order_currency, order_status, order_state, ordered_at, unreadable
FROM orders SEMI JOIN wanted USING (identifier)
QUALIFY row_number() OVER (PARTITION BY identifier ORDER BY source, record) <= {ORDERS_MAX}
ORDER BY identifier, source, record
"""
_RESULTS: Final = "FROM results SEMI JOIN wanted USING (identifier) ORDER BY identifier, order_rows DESC"
_PASSED: Final = "SELECT 1 FROM results WHERE match_rule <> 'identifier' LIMIT 1"

_RELATED: Final = """
CREATE OR REPLACE TEMP TABLE related AS
FROM notifications
WHERE identifier IN (SELECT identifier FROM wanted)
   OR payment_trx IN (SELECT payment_trx FROM own WHERE payment_trx IS NOT NULL)
   OR signature IN (SELECT signature FROM own WHERE signature IS NOT NULL)
"""
_OF_ITS_PAYMENTS: Final = (
    "OR payment_trx IN (SELECT unnest(payment_trx) FROM results SEMI JOIN wanted USING (identifier))"
)
"""All that anything is compared with: what is split elsewhere has the same signature too."""
