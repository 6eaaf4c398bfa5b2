"""The tables that people see: columns, types, and how each column is stored."""

from __future__ import annotations

from typing import Final

import pyarrow as pa

from corena_recon.vocabulary import OUTCOMES

MONEY: Final = pa.decimal128(28, 8)
"""Every amount: the gateway stores ``decimal(28,8)``."""


SUM: Final = pa.decimal128(34, 8)
"""Every sum over a table: of a million of the largest amounts, with room for a caller to go on adding to 38 digits."""


INSTANT: Final = pa.timestamp("us", tz="UTC")
"""Every moment: microseconds, UTC."""


CODES: Final = pa.list_(pa.string())
"""A list of coded words."""


ROW_GROUP_ROWS: Final = 131_072
"""Rows of one row group of a report, and of what is judged or decided at once."""


NOTIFICATION_SCHEMA: Final = pa.schema(
    [
        ("source", pa.string()),
        ("record", pa.int64()),
        ("received_at", INSTANT),
        ("endpoint", pa.string()),
        ("merchant", pa.string()),
        ("status", pa.string()),
        ("identifier", pa.string()),
        ("signature", pa.string()),
        ("currency", pa.string()),
        ("payment_trx", pa.string()),
        ("payment_type", pa.string()),
        ("amount_text", pa.string()),
        ("amount", MONEY),
        ("charge", MONEY),
        ("extra", pa.string()),
        ("fidelity", pa.string()),
        ("unreadable", pa.string()),
        ("raw", pa.binary()),
        ("body_ambiguous", pa.bool_()),
    ]
)
"""One row a record, as ``read_ipns`` gives it."""


VERIFIED_SCHEMA: Final = pa.schema(
    [
        *NOTIFICATION_SCHEMA,
        pa.field("signature_status", pa.string()),
        pa.field("key_id", pa.string()),
        pa.field("amount_rendering", pa.string()),
        pa.field("findings", CODES),
        pa.field("verdict", pa.string()),
    ]
)
"""The same rows after ``verify``."""


INTAKE_SCHEMA: Final = pa.schema(
    [
        ("source", pa.string()),
        ("sha256", pa.string()),
        ("bytes", pa.int64()),
        ("form", pa.string()),
        ("records", pa.int64()),
        ("notifications", pa.int64()),
        ("unreadable", pa.int64()),
        ("other", pa.int64()),
        ("truncated", pa.bool_()),
        ("chain", pa.string()),
    ]
)
"""One row a source; ``records = notifications + unreadable + other``."""


ORDER_SCHEMA: Final = pa.schema(
    [
        ("source", pa.string()),
        ("record", pa.int64()),
        ("identifier", pa.string()),
        ("order_amount", MONEY),
        ("order_currency", pa.string()),
        ("order_status", pa.string()),
        ("order_state", pa.string()),
        ("ordered_at", INSTANT),
        ("unreadable", pa.string()),
    ]
)
"""The leading columns of an order frame; the export's other columns follow as strings."""


LEDGER_SCHEMA: Final = pa.schema(
    [
        ("source", pa.string()),
        ("record", pa.int64()),
        ("payment_trx", pa.string()),
        ("ledger_trx", pa.string()),
        ("amount", MONEY),
        ("currency", pa.string()),
        ("day", pa.date32()),
        ("unreadable", pa.string()),
    ]
)
"""One row an entry of the merchant panel's own export."""


RESULT_SCHEMA: Final = pa.schema(
    [
        ("identifier", pa.string()),
        ("outcome", pa.string()),
        ("reasons", CODES),
        ("match_rule", pa.string()),
        ("order_rows", pa.int64()),
        ("order_amount", MONEY),
        ("order_currency", pa.string()),
        ("order_status", pa.string()),
        ("order_state", pa.string()),
        ("ordered_at", INSTANT),
        ("payments", pa.int64()),
        ("paid_amount", MONEY),
        ("paid_currency", pa.string()),
        ("payment_trx", CODES),
        ("first_paid_at", INSTANT),
        ("difference", MONEY),
        ("accepted", pa.int64()),
        ("duplicates", pa.int64()),
        ("suspects", pa.int64()),
        ("forged", pa.int64()),
        ("suggested_identifier", pa.string()),
        ("ledger", pa.string()),
    ]
)
"""One row an identifier that has an order or a notification."""


TIE_OUT_SCHEMA: Final = pa.schema(
    [
        ("currency", pa.string()),
        ("ordered", SUM),
        ("paid", SUM),
        ("difference", SUM),
        *((code, SUM) for code in OUTCOMES),
    ]
)
"""One row a currency; the outcome columns split the difference exactly."""


FEW_VALUES: Final = frozenset(
    [
        "source",
        "endpoint",
        "merchant",
        "status",
        "currency",
        "payment_type",
        "extra",
        "fidelity",
        "unreadable",
        "signature_status",
        "key_id",
        "verdict",
        "outcome",
        "match_rule",
        "order_currency",
        "order_status",
        "order_state",
        "paid_currency",
        "ledger",
        "form",
    ]
)


LOOKED_UP: Final = frozenset({"identifier", "received_at", "ordered_at"})
"""Columns by which row groups may be passed over; the extremes of the others are not worth their time."""


NEAR_THE_LAST: Final = frozenset({"record", "received_at", "ordered_at", "first_paid_at"})
"""Columns of numbers that differ little from row to row: their differences take little room, and less time to write."""


RANDOM_TEXT: Final = frozenset({"signature", "sha256", "payment_trx"})
