"""What is open, by how long it has been."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from corena_recon.money import exact_sum
from corena_recon.schemas import SUM
from corena_recon.tables.columns import whole

AGEING_SCHEMA: Final = pa.schema(
    [
        ("from_days", pa.int64()),
        ("to_days", pa.int64()),
        ("currency", pa.string()),
        ("rows", pa.int64()),
        ("at_risk", SUM),
    ]
)
"""One row a stretch of age and currency; both ends null where nobody knows how old something is, the last where it has
no end."""

_BEGINS: Final = (0, 2, 8, 31, 91)


def ageing_of(worklist: Iterable[pa.Table]) -> pa.Table:
    """Rows of the worklist that nobody has decided, and their money at risk, by age, the youngest first.

    Args:
        worklist: In parts, each with ``since``, ``currency``, ``at_risk`` and ``decision`` at least.
    """
    counts: defaultdict[tuple[int, str | None], int] = defaultdict(int)
    sums: defaultdict[tuple[int, str | None], Decimal] = defaultdict(Decimal)
    for each in worklist:
        part = each.filter(each["decision"].is_null())
        days = np.asarray(whole(pc.fill_null(part["since"], -1)))
        ages = np.searchsorted(np.array(_BEGINS), days, side="right") - 1
        aged = part.select(["currency", "at_risk"]).append_column("age", pa.array(ages))
        grouped = aged.group_by(["age", "currency"], use_threads=False).aggregate(
            [("at_risk", "sum"), ([], "count_all")]
        )
        for row in grouped.to_pylist():
            key = row["age"], row["currency"]
            counts[key] += row["count_all"]
            sums[key] = exact_sum(sums[key], row["at_risk_sum"] or Decimal(0))
    ordered = sorted(counts, key=lambda key: (key[0] < 0, key[0], key[1] or ""))
    rows = [
        {
            **dict(zip(("from_days", "to_days"), _ends(age), strict=True)),
            "currency": currency,
            "rows": counts[age, currency],
            "at_risk": sums[age, currency],
        }
        for age, currency in ordered
    ]
    return pa.Table.from_pylist(rows, AGEING_SCHEMA)


def _ends(age: int) -> tuple[int | None, int | None]:
    if age < 0:
        return None, None
    return _BEGINS[age], _BEGINS[age + 1] - 1 if age + 1 < len(_BEGINS) else None
