"""The tables that people see: columns, types, and how each column is stored."""

from __future__ import annotations

from typing import Final, NamedTuple

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

WORD: Final = pa.dictionary(pa.int32(), pa.string())
"""Strings that repeat: places in a dictionary, which is each table's own."""

OWN_WORD: Final = pa.dictionary(pa.int8(), pa.string())
"""This package's words: places in a dictionary that is always the same."""

KEY_NAME: Final = pa.dictionary(pa.int16(), pa.string())
"""The ids of keys: places in the key ring."""

REPORT_FORMAT: Final = 1
"""The number of the format of a report: its tables, their columns, and what the manifest holds.

It goes up where a report could no longer be read as one of the number before, and stays where columns are added.
"""

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
        ("note", pa.string()),
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
        ("order_currency_symbol", pa.string()),
        ("order_status", pa.string()),
        ("order_state", pa.string()),
        ("ordered_at", INSTANT),
        ("unreadable", pa.string()),
        ("refunded_amount", MONEY),
        ("changed_at", INSTANT),
        ("buyer", pa.string()),
    ]
)
"""The leading columns of an order frame; the export's other columns follow as strings.

``changed_at`` is when the export says that the order was changed last, ``buyer`` whose it is, in lower case.
"""

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
        ("charge", MONEY),
        ("entry", pa.string()),
    ]
)
"""One row an entry of the merchant panel's own export; what went out again has a negative amount."""

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


WORKLIST_SCHEMA: Final = pa.schema(
    [
        ("identifier", pa.string()),
        ("outcome", pa.string()),
        ("currency", pa.string()),
        ("at_risk", MONEY),
        ("since", pa.int64()),
        *((name, pa.string()) for name in ("why", "next_step", "source")),
        ("record", pa.int64()),
        ("decision", pa.string()),
    ]
)
"""One row a thing for a person to do, by money at risk; ``since`` is in days."""

DECISION_SCHEMA: Final = pa.schema(
    [
        *((name, pa.string()) for name in ("identifier", "outcome", "decision", "reason", "by", "at", "reviewed_by")),
        *((name, pa.string()) for name in ("standing", "changed", "source", "subject", "evidence", "basis")),
        ("line", pa.int64()),
    ]
)
"""One row a decision, in the order in which they were made; ``changed`` says why one does not stand."""


class Keeping(NamedTuple):
    """How a column is kept while rows are worked on, and in the file of a report.

    Attributes:
        worked_on_as: Its type until it is shown, where that is another.
        has_few_values: The file holds a dictionary of them.
        is_looked_up: Row groups may be passed over by its extremes; those of the others are not worth their time.
        is_near_the_last: Numbers that differ little from row to row: the file holds differences, which take little
            room, and less time to write.
        is_random: Text that no compression makes shorter.
    """

    worked_on_as: pa.DataType | None = None
    has_few_values: bool = False
    is_looked_up: bool = False
    is_near_the_last: bool = False
    is_random: bool = False


_FEW: Final = Keeping(has_few_values=True)
_REPEATED: Final = Keeping(WORD, has_few_values=True)
_OWN: Final = Keeping(OWN_WORD, has_few_values=True)
_MOMENT: Final = Keeping(is_looked_up=True, is_near_the_last=True)
_COUNTED: Final = Keeping(is_near_the_last=True)
_RANDOM: Final = Keeping(is_random=True)

_KEEPING: Final = {
    "source": _REPEATED,
    "record": _COUNTED,
    "received_at": _MOMENT,
    "endpoint": _FEW,
    "merchant": _FEW,
    "status": _REPEATED,
    "identifier": Keeping(is_looked_up=True),
    "signature": _RANDOM,
    "currency": _REPEATED,
    "payment_trx": _RANDOM,
    "payment_type": _REPEATED,
    "extra": _FEW,
    "fidelity": _REPEATED,
    "unreadable": _FEW,
    "signature_status": _OWN,
    "key_id": Keeping(KEY_NAME, has_few_values=True),
    "verdict": _OWN,
    "sha256": _RANDOM,
    "form": _FEW,
    "order_currency": _REPEATED,
    "order_currency_symbol": _REPEATED,
    "order_status": _REPEATED,
    "order_state": _REPEATED,
    "ordered_at": _MOMENT,
    "changed_at": _MOMENT,
    "outcome": _OWN,
    "match_rule": _OWN,
    "paid_currency": _REPEATED,
    "first_paid_at": _COUNTED,
    "ledger": _FEW,
}


def keeping_of(column: str) -> Keeping:
    """How a column of this name is kept, in whichever table it stands; plainly where nothing else is known."""
    return _KEEPING.get(column, Keeping())


def as_worked_on(schema: pa.Schema) -> pa.Schema:
    """The schema of a table that people see, as it is until they see it: words that repeat are dictionaries."""
    return pa.schema([(field.name, keeping_of(field.name).worked_on_as or field.type) for field in schema])
