"""What reconciling knows of orders and payments, as tables."""

from __future__ import annotations

from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from corena_recon.schemas import CODES, INSTANT, MONEY, WORD
from corena_recon.tables.code_sets import CODE_BITS, CodeSets
from corena_recon.vocabulary import VERDICT_PLACES, Verdict

ORDER_FACTS: Final = pa.schema(
    [
        ("row", pa.int64()),
        ("identifier", pa.string()),
        ("order_amount", MONEY),
        *((name, WORD) for name in ("order_currency", "order_status", "order_state")),
        ("ordered_at", INSTANT),
        ("unreadable", pa.string()),
    ]
)
"""What reconciling knows of an order row; ``row`` is its place in the export."""


PAYMENT_FACTS: Final = pa.schema(
    [
        ("row", pa.int64()),
        ("identifier", pa.string()),
        ("own_identifier", pa.string()),
        ("payment_trx", pa.string()),
        ("amount", MONEY),
        ("currency", WORD),
        ("received_at", INSTANT),
        ("verdict", pa.int8()),
        ("words", pa.int64()),
    ]
)
"""What reconciling knows of a notification; ``identifier`` is that of the result row it belongs to, ``own_identifier``
the one it was posted with, where they may differ. ``words`` are its findings, or ``unreadable``."""


JOINED_SCHEMA: Final = pa.schema(
    [
        ("position", pa.int64()),
        ("identifier", pa.string()),
        ("order_rows", pa.int64()),
        ("order_disagrees", pa.bool_()),
        ("order_problem", pa.string()),
        *(field for field in ORDER_FACTS if field.name.startswith("order")),
        *((name, pa.int64()) for name in ("notifications", "accepted", "duplicates", "suspects", "forged")),
        *((name, pa.int64()) for name in ("words", "verdict_words", "payments")),
        ("paid_amount", MONEY),
        ("paid_currencies", pa.int64()),
        ("paid_currency", WORD),
        ("payment_trx", CODES),
        ("first_paid_at", INSTANT),
    ]
)
"""One row an identifier. ``position`` orders the results: by order row, then notifications without an order."""


VERDICT_WORDS: Final = np.array([CODE_BITS[verdict] for verdict in Verdict], np.int64)
"""The bit of each verdict's word, by its place."""


def payment_facts(first: int, notifications: pa.Table, words: CodeSets, verdicts: NDArray[np.int8]) -> pa.Table:
    """What reconciling knows of some judged notifications that have an identifier.

    Args:
        first: The number of the first row.
        notifications: Some of them, with ``vocabulary.NOTIFICATION_SCHEMA``.
        words: The findings of each, as bits of ``code_sets.CODE_BITS``.
        verdicts: The place of the verdict of each.
    """
    is_unreadable = verdicts == VERDICT_PLACES[Verdict.UNREADABLE]
    names = ("identifier", "payment_trx", "amount", "currency", "received_at")
    identifier, *others = (notifications[name] for name in names)
    columns = [
        pa.array(np.arange(first, first + len(notifications))),
        identifier,
        pa.nulls(len(notifications), pa.string()),
        *others,
        pa.array(verdicts),
        pa.array(np.where(is_unreadable, CODE_BITS[Verdict.UNREADABLE], words)),
    ]
    return with_identifier(pa.table(columns, schema=PAYMENT_FACTS))


def with_identifier(facts: pa.Table) -> pa.Table:
    """The rows that have one; the others belong to no result."""
    is_named = pc.greater(pc.binary_length(facts["identifier"]), 0)
    if is_named.null_count == 0 and pc.all(is_named).as_py():
        return facts
    return facts.filter(is_named)
