"""What reconciling knows of orders and payments, as tables: what each step takes, and what it gives.

Tables that may be as large as the input are kept by the engine (``EngineTable``), which puts them on disk where memory
is short; what stands in dictionaries is plain there.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from corena_recon.schemas import CODES, INSTANT, KEY_NAME, MONEY, WORD
from corena_recon.tables.code_sets import CODE_BITS, CodeSets
from corena_recon.tables.columns import Flags
from corena_recon.vocabulary import VERDICT_PLACES, Verdict

ORDER_FACTS: Final = pa.schema(
    [
        ("row", pa.int64()),
        ("source", WORD),
        ("identifier", pa.string()),
        ("order_amount", MONEY),
        *((name, WORD) for name in ("order_currency", "order_currency_symbol", "order_status", "order_state")),
        ("ordered_at", INSTANT),
        ("unreadable", pa.string()),
        ("changed_at", INSTANT),
        ("buyer", pa.string()),
    ]
)
"""What reconciling knows of an order row; ``row`` is its place in the export."""


PAYMENT_FACTS: Final = pa.schema(
    [
        ("row", pa.int64()),
        ("identifier", pa.string()),
        ("own_identifier", pa.string()),
        ("key_id", KEY_NAME),
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


APART: Final = pa.list_(pa.struct([("currency", pa.string()), ("amount", pa.decimal128(38, MONEY.scale))]))
"""Sums of one identifier, one a currency."""


JOINED_SCHEMA: Final = pa.schema(
    [
        ("position", pa.int64()),
        ("identifier", pa.string()),
        ("order_rows", pa.int64()),
        ("order_disagrees", pa.bool_()),
        ("state_changed", pa.bool_()),
        ("order_problem", pa.string()),
        *(field for field in ORDER_FACTS if field.name.startswith("order")),
        *((name, pa.int64()) for name in ("notifications", "accepted", "duplicates", "suspects", "forged")),
        *((name, pa.int64()) for name in ("words", "verdict_words", "payments")),
        ("paid_amount", MONEY),
        ("paid_currencies", pa.int64()),
        ("paid_currency", WORD),
        ("paid_apart", APART),
        ("payment_trx", CODES),
        ("first_paid_at", INSTANT),
    ]
)
"""One row an identifier. ``position`` orders the results: by order row, then notifications without an order.

Payments in several currencies are not summed: ``paid_apart`` has the sum of each, and is null for all others.
"""


IDENTIFIER_FACTS: Final = pa.schema(
    [
        ("position", pa.int64()),
        ("identifier", pa.string()),
        *((name, pa.int64()) for name in ("order_rows", "notifications", "payments")),
        *(ORDER_FACTS.field(name) for name in ("order_amount", "order_currency", "ordered_at")),
    ]
)
"""What the steps beside the identifier look at of joined rows: some of JOINED_SCHEMA."""


UNMATCHED: Final = pa.schema(
    [("position", pa.int64()), ("identifier", pa.string()), ("is_order", pa.bool_()), ("is_trusted", pa.bool_())]
)
"""Identifiers that have no counterpart: orders without a notification that could be read, and the reverse.

Orders are trusted, and of the others those of which a notification is accepted.
"""


UNPAID: Final = pa.schema(
    [
        ("identifier", pa.string()),
        *(ORDER_FACTS.field(name) for name in ("order_amount", "order_currency", "ordered_at")),
    ]
)
"""Orders that no payment belongs to, of which amount and moment are known."""


UNPAIRED: Final = pa.schema(
    [
        ("position", pa.int64()),
        ("is_order", pa.bool_()),
        ("amount", pa.decimal128(38, MONEY.scale)),
        ("currency", WORD),
        ("moment", INSTANT),
    ]
)
"""Orders that no payment belongs to, and payments without an order: what each is over, and when it was made."""


NEAR_FACTS: Final = pa.schema([("position", pa.int64()), ("suggested_identifier", pa.string())])
"""Unmatched identifiers near which there are some on the other side; which one, where it is the only one."""


PASSED_ORDERS: Final = ORDER_FACTS.append(pa.field("transaction_id", pa.string()))
"""What the passes look at of an order row."""


SINGLE_PAYMENTS: Final = pa.schema(
    [
        *((name, pa.string()) for name in ("identifier", "trx_key", "trx")),
        ("amount", pa.decimal128(38, MONEY.scale)),
        ("currency", WORD),
        ("paid_at", INSTANT),
    ]
)
"""One row a payment; ``trx_key`` tells those of one identifier apart, ``trx`` is null where a payment has none."""


HOMES: Final = pa.schema([(name, pa.string()) for name in ("identifier", "trx_key", "order_identifier", "rule")])
"""Payments that belong to an order, that order, and the pass that found it."""


TIE_FACTS: Final = pa.schema([("identifier", pa.string()), ("amount_reason", pa.string())])
"""Identifiers of which several have the same amount, so that none is matched by it."""


LEDGER_FACTS: Final = pa.schema([(name, pa.string()) for name in ("identifier", "ledger", "ledger_reason")])
"""What the ledger says of an identifier."""


SIDE_FACTS: Final = pa.schema(
    [
        ("position", pa.int64()),
        *((name, pa.string()) for name in ("suggested_identifier", "match_rule", "ledger")),
        ("words", pa.int64()),
    ]
)
"""What these steps found out about results, in their order; ``words`` are further reasons."""


VERDICT_WORDS: Final = np.array([CODE_BITS[verdict] for verdict in Verdict], np.int64)
"""The bit of each verdict's word, by its place."""


def payment_facts(
    first: int, notifications: pa.Table, words: CodeSets, verdicts: NDArray[np.int8], is_elsewhere: Flags
) -> pa.Table:
    """What reconciling knows of some judged notifications that have an identifier and are of the audit's own world.

    A conflict with what arrived as if it were of this world, and is not, puts nothing in doubt.

    Args:
        first: The number of the first row.
        notifications: Some of them, with ``schemas.NOTIFICATION_SCHEMA`` and ``key_id``.
        words: The findings of each, as bits of ``code_sets.CODE_BITS``.
        verdicts: The place of the verdict of each.
        is_elsewhere: Which of them are of another world.
    """
    is_unreadable = verdicts == VERDICT_PLACES[Verdict.UNREADABLE]
    words = np.where(words & _BETWEEN_WORLDS != 0, words & ~_CONFLICT, words)
    names = ("identifier", "key_id", "payment_trx", "amount", "currency", "received_at")
    identifier, *others = (notifications[name] for name in names)
    columns = [
        pa.array(np.arange(first, first + len(notifications))),
        identifier,
        pa.nulls(len(notifications), pa.string()),
        *others,
        pa.array(verdicts),
        pa.array(np.where(is_unreadable, CODE_BITS[Verdict.UNREADABLE], words)),
    ]
    facts = pa.table(columns, schema=PAYMENT_FACTS)
    return with_identifier(facts.filter(pa.array(~is_elsewhere)) if is_elsewhere.any() else facts)


_BETWEEN_WORLDS: Final = sum(CODE_BITS[code] for code in ("test_key", "live_key_on_test", "other_merchant"))
_CONFLICT: Final = CODE_BITS["trx_conflict"]


def with_identifier(facts: pa.Table) -> pa.Table:
    """The rows that have one; the others belong to no result."""
    is_named = pc.greater(pc.binary_length(facts["identifier"]), 0)
    if is_named.null_count == 0 and pc.all(is_named).as_py():
        return facts
    return facts.filter(is_named)
