"""What a summary counts, table by table, so that nothing need be in memory at once."""

from __future__ import annotations

from collections import Counter
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from corena_recon.report.diagnosis.tallies import SIGNING_COLUMNS, Moments, SigningTally
from corena_recon.tables.columns import encoded, whole
from corena_recon.vocabulary import Verdict

UNSIGNED_FIELDS: Final = ("status", "currency", "payment_trx", "payment_type", "charge")
"""Fields that the signature does not cover; an accepted notification relies on each that it carries."""

NOTIFICATION_COLUMNS: Final = ("key_id", "verdict", *SIGNING_COLUMNS, *UNSIGNED_FIELDS)
"""What is counted of notifications."""
RESULT_COLUMNS: Final = ("outcome",)
"""What is counted of results."""
ORDER_COLUMNS: Final = ("unreadable", "ordered_at")
"""What is counted of orders."""


class Counts:
    """Counts of the tables of a report by their coded words.

    Attributes:
        signatures: Notifications by signature status.
        verdicts: Records by verdict.
        findings: Notifications by finding.
        relies: Accepted notifications by unsigned field that they carry.
        outcomes: Results by outcome; None until results are counted.
        order_rows: Rows of the order export.
        unreadable_orders: Those of them that cannot be read.
        keys: Notifications by the key that verified them.
        signing: Notifications by what their signatures say, by place and moment.
        ordered: When orders were made.
    """

    def __init__(self) -> None:
        self.signatures: Counter[str] = Counter()
        self.verdicts: Counter[str] = Counter()
        self.findings: Counter[str] = Counter()
        self.relies: Counter[str] = Counter(dict.fromkeys(UNSIGNED_FIELDS, 0))
        self.outcomes: Counter[str] = Counter()
        self.order_rows = 0
        self.unreadable_orders = 0
        self.keys: Counter[str] = Counter()
        self.signing = SigningTally()
        self.ordered = Moments()

    def add_notifications(self, verified: pa.Table) -> None:
        """Counts notifications, with NOTIFICATION_COLUMNS at least."""
        self.signatures += _counted(verified["signature_status"])
        self.verdicts += _counted(verified["verdict"])
        self.findings += _counted(pc.list_flatten(verified["findings"]))
        is_accepted = _is(verified["verdict"], Verdict.ACCEPTED)
        for name in UNSIGNED_FIELDS:
            self.relies[name] += pc.sum(pc.and_(is_accepted, verified[name].is_valid())).as_py() or 0
        self.keys += _counted(verified["key_id"])
        self.signing.add(verified)

    def add_results(self, results: pa.Table) -> None:
        """Counts results, with RESULT_COLUMNS at least."""
        self.outcomes += _counted(results["outcome"])

    def add_orders(self, orders: pa.Table) -> None:
        """Counts rows of an order export, with ORDER_COLUMNS at least."""
        self.order_rows += len(orders)
        self.ordered.add(orders["ordered_at"])
        self.unreadable_orders += len(orders) - orders["unreadable"].null_count


def _is(column: pa.ChunkedArray, word: str) -> pa.Array:
    cells = encoded(whole(column))
    return pc.fill_null(pc.equal(cells.indices, cells.dictionary.index(str(word)).as_py()), False)


def _counted(column: pa.ChunkedArray) -> Counter[str]:
    counts: Counter[str] = Counter()
    for cells in map(encoded, column.chunks):
        places = np.asarray(pc.fill_null(cells.indices, len(cells.dictionary)))
        found = zip(cells.dictionary.to_pylist(), np.bincount(places).tolist(), strict=False)
        counts.update({word: count for word, count in found if count})
    return counts
