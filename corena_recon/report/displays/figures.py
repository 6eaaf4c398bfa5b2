"""The numbers behind every picture of a report, each picture's as one table."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from corena_recon.money import exact_sum
from corena_recon.schemas import SUM
from corena_recon.vocabulary import OUTCOMES, Verdict

if TYPE_CHECKING:
    import duckdb

DAILY: Final = pa.schema([("day", pa.date32()), *((verdict.value, pa.int64()) for verdict in Verdict)])
"""Records by the day on which they came, in UTC, and by verdict; without a day, when no moment is known."""
BY_OUTCOME: Final = pa.schema(
    [
        *((name, pa.string()) for name in ("currency", "outcome")),
        ("identifiers", pa.int64()),
        *((name, SUM) for name in ("ordered", "paid", "difference")),
    ]
)
"""Money by currency and outcome; the differences of a currency add up to that of the tie-out."""
WATERFALL: Final = pa.schema([("currency", pa.string()), ("step", pa.string()), ("amount", SUM), ("level", SUM)])
"""From what was ordered to what was paid, an outcome a step: by how much it changes the sum, and the sum after it."""


def daily(connection: duckdb.DuckDBPyConnection) -> pa.Table:
    """DAILY of the view ``notifications``, in order of days; records without a moment come last."""
    counts = ", ".join(f"count(*) FILTER (verdict = '{verdict}') AS {verdict}" for verdict in Verdict)
    query = f"""
    SELECT DATE '1970-01-01' + (epoch_us(received_at) // {_DAY_US})::INTEGER AS day, {counts}
    FROM notifications GROUP BY day ORDER BY day NULLS LAST
    """
    return connection.sql(query).to_arrow_table().cast(DAILY)


def by_outcome(connection: duckdb.DuckDBPyConnection, tie_out: pa.Table) -> pa.Table:
    """BY_OUTCOME of the view ``results``, in the tie-out's order of currencies and the vocabulary's of outcomes.

    Args:
        connection: That knows the view.
        tie_out: Of the report, whose differences are taken as they are.
    """
    sums = {(row["currency"], row["outcome"]): row for row in connection.sql(_SIDES).to_arrow_table().to_pylist()}
    rows = []
    for line in tie_out.to_pylist():
        for code in OUTCOMES:
            known = sums.get((line["currency"], code))
            difference = line.get(code) or Decimal(0)
            if known or difference:
                facts: dict[str, Any] = known or {"identifiers": 0, "ordered": None, "paid": None}
                rows.append({**facts, "currency": line["currency"], "outcome": code, "difference": difference})
    return pa.Table.from_pylist(rows, schema=BY_OUTCOME)


def waterfall(tie_out: pa.Table) -> pa.Table:
    """WATERFALL of a tie-out; the last step of a currency ends at what was paid."""
    return pa.Table.from_pylist([row for line in tie_out.to_pylist() for row in _steps(line)], schema=WATERFALL)


def _steps(line: dict[str, Any]) -> Iterator[dict[str, Any]]:
    level, currency = line["ordered"], line["currency"]
    yield {"currency": currency, "step": "ordered", "amount": level, "level": level}
    for code in OUTCOMES:
        if line.get(code):
            level = exact_sum(level, line[code])
            yield {"currency": currency, "step": code, "amount": line[code], "level": level}
    yield {"currency": currency, "step": "paid", "amount": line["paid"], "level": line["paid"]}


_DAY_US: Final = 24 * 3600 * 1_000_000

_SIDES: Final = """
WITH sides AS (
    SELECT outcome, upper(order_currency) AS currency, identifier, order_amount AS ordered, NULL AS paid
    FROM results WHERE order_rows > 0
    UNION ALL
    SELECT outcome, paid_currency, identifier, NULL, paid_amount FROM results WHERE payments > 0
)
SELECT currency, outcome, count(DISTINCT identifier) AS identifiers, sum(ordered) AS ordered, sum(paid) AS paid
FROM sides GROUP BY ALL
"""
