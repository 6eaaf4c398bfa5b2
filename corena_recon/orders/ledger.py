"""The merchant panel's own exports, the third leg: what the gateway itself says it received.

Three of them hold payments: ``export_deposits`` and ``export_transactions`` (CSV, or an HTML table named
``.xls``), whose amounts are for display and whose days are ``d/m/Y``, and a dump of the gateway's table
``api_payments``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from corena_recon.arguments import is_mode, require_text
from corena_recon.errors import ColumnError, OptionError, SourceError
from corena_recon.orders.cells.amounts import NOTATIONS, read_amounts
from corena_recon.orders.cells.currencies import read_currencies
from corena_recon.orders.cells.dates import check_timezone, read_instants
from corena_recon.orders.cells.states import fold
from corena_recon.orders.exports.content import Input, Source, contents
from corena_recon.orders.exports.export import Export, Hints, is_blank, without_blank_rows, without_repeated_headers
from corena_recon.orders.exports.forms import read_content
from corena_recon.orders.mapping import Told
from corena_recon.orders.reading import merged_mapping
from corena_recon.schemas import LEDGER_SCHEMA, MONEY
from corena_recon.tables.frames import frame_of
from corena_recon.text import printable
from corena_recon.vocabulary import LedgerEntry, Mode, OrderUnreadable

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from pathlib import Path

    import pandas as pd


class LedgerTable(NamedTuple):
    """Ledger entries and how they were read.

    Attributes:
        table: ``LEDGER_SCHEMA``, one row a payment received, or money that went out again.
        mappings: One report an export; ``rows_read = rows + other_entries + repeated_headers + blank_rows``.
        inputs: What was read.
    """

    table: pa.Table
    mappings: list[Told]
    inputs: list[Input]


class _Kind(NamedTuple):
    """One of the panel's exports: the folded headers it is known by, and which column is what."""

    name: str
    headers: frozenset[str]
    ledger_trx: str | None
    payment_trx: str | None
    amount: str
    currency: str | None
    day: str
    entries: Callable[[Export, Mode | None], pa.Array]
    day_first: bool | None


def read_ledger(
    source: Source, *, mode: str | None = Mode.LIVE, timezone: str = "UTC", encoding: str | None = None
) -> pd.DataFrame:
    """The payments that the merchant panel's exports show as received, and what they show as given back.

    Of ``export_transactions`` refunds and withdrawals are rows too, with a negative amount; withdrawals that were
    rejected, charges, other debits, and credits that an administrator booked are none. Of ``api_payments`` rows of
    status 1 are. All others are counted in ``attrs["mapping"]`` as ``other_entries``.

    Args:
        source: As for ``read_orders``.
        mode: ``live`` or ``test`` payments of an ``api_payments`` dump, or both when None.
        timezone: The IANA zone whose day a moment of an ``api_payments`` dump falls on; its moments are UTC.
        encoding: The text encoding where it should not be detected.

    Returns:
        ``source``, ``record``, ``payment_trx`` (null where the export has none of the IPN's), ``ledger_trx``,
        ``amount``, ``currency`` (null where the panel shows none, or a symbol alone), ``day``, ``unreadable``,
        ``charge``, ``entry`` (``payment``, ``refund`` or ``withdrawal``).

    Raises:
        SourceError: A source cannot be opened or is of no known form.
        ColumnError: It is none of the panel's exports, or the one of withdrawals.
        OptionError: The time zone is unknown.
    """
    ledger = read_ledger_table(source, mode=mode, timezone=timezone, encoding=encoding)
    frame = frame_of(ledger.table)
    frame.attrs |= {"mapping": merged_mapping(ledger.mappings), "inputs": ledger.inputs}
    return frame


def read_ledger_table(
    source: Source,
    *,
    mode: str | None = Mode.LIVE,
    timezone: str = "UTC",
    encoding: str | None = None,
    without: Path | None = None,
) -> LedgerTable:
    """The same as ``read_ledger``, as an Arrow table and one mapping report an export."""
    check_timezone(timezone)
    if mode is not None and not is_mode(mode):
        raise OptionError("mode is neither 'live' nor 'test'", hint="give one of them, or None for both")
    require_text("encoding", encoding, "utf-8")
    wanted = None if mode is None else Mode(mode)
    tables: list[pa.Table] = []
    mappings: list[Told] = []
    inputs: list[Input] = []
    for content in contents(source, without):
        export = read_content(content, Hints(encoding=encoding))[0]
        table, mapping = _read_export(export, wanted, timezone)
        tables.append(table)
        mappings.append(mapping)
        inputs.append((content.source, content.sha256()))
    if not tables:
        raise SourceError("there is no ledger to read", hint="give at least one export of the merchant panel")
    return LedgerTable(pa.concat_tables(tables), mappings, inputs)


def is_ledger(headers: Collection[str]) -> bool:
    """Whether folded headers are those of one of the panel's exports, of withdrawals too."""
    return any(kind.headers.issubset(headers) for kind in _KINDS) or _WITHDRAWALS.issubset(headers)


def _every_row(export: Export, mode: Mode | None) -> pa.Array:  # noqa: ARG001 - one of several rules of one shape
    return pa.repeat(_PAYMENT, export.row_count)


def _moved(export: Export, mode: Mode | None) -> pa.Array:  # noqa: ARG001
    """Payments, refunds and withdrawals that were not rejected; a debit's remark says which it is."""
    sign, remark = pc.utf8_trim_whitespace(_column(export, "trx type")), _column(export, "remark")
    is_credit, is_debit = pc.fill_null(pc.equal(sign, "+"), False), pc.fill_null(pc.equal(sign, "-"), False)
    is_withdrawal = _says(remark, _WITHDRAWAL_RE2)
    is_rejected = _is_as_in(export, pc.and_(is_credit, is_withdrawal))
    return pc.case_when(
        pc.make_struct(
            pc.and_not(is_credit, _says(remark, _OTHER_CREDITS_RE2)),
            pc.and_(is_debit, _says(remark, _REFUND_RE2)),
            pc.and_not(pc.and_(is_debit, is_withdrawal), is_rejected),
        ),
        _PAYMENT,
        pa.scalar(LedgerEntry.REFUND.value),
        pa.scalar(LedgerEntry.WITHDRAWAL.value),
    )


def _is_as_in(export: Export, others: pa.Array) -> pa.Array:
    """Which rows have the transaction or the amount of one of these others: a rejected withdrawal has either."""
    alike = [
        pc.is_in(cells, cells.filter(others), skip_nulls=True)
        for cells in (_column(export, "trx number"), _column(export, "amount"))
    ]
    return pc.or_(*alike)


def _says(remarks: pa.Array, pattern_re2: str) -> pa.Array:
    return pc.fill_null(pc.match_substring_regex(remarks, pattern_re2, ignore_case=True), False)


def _settled(export: Export, mode: Mode | None) -> pa.Array:
    is_settled = pc.equal(pc.utf8_trim_whitespace(_column(export, "status")), _SUCCESS_STATUS)
    if mode is not None and _has(export, "type"):
        is_settled = pc.and_(is_settled, pc.equal(pc.utf8_lower(_column(export, "type")), mode.value))
    return pc.if_else(pc.fill_null(is_settled, True), _PAYMENT, _NO_TEXT)


_PAYMENT: Final = pa.scalar(LedgerEntry.PAYMENT.value)
_SUCCESS_STATUS: Final = "1"
"""``api_payments.status``: 0 initiated, 1 success, 4 cancelled."""
_WITHDRAWAL_RE2: Final = "withdraw"
_REFUND_RE2: Final = "refund|rembours|chargeback|charge_back|reversal"
_OTHER_CREDITS_RE2: Final = rf"{_WITHDRAWAL_RE2}|{_REFUND_RE2}|balance_add|balance add|referral|commission"
_KINDS: Final = (
    _Kind(
        "deposits",
        frozenset({"trx number", "amount", "charge", "payment charge", "after charge", "date"}),
        "trx number", None, "amount", None, "date", _every_row, True,
    ),
    _Kind(
        "transactions",
        frozenset({"trx number", "trx type", "amount", "remark", "date"}),
        "trx number", None, "amount", None, "date", _moved, True,
    ),
    _Kind(
        "api_payments",
        frozenset({"identifier", "trx", "amount", "status", "created at"}),
        None, "trx", "amount", "currency", "created at", _settled, None,
    ),
)  # fmt: skip
_WITHDRAWALS: Final = frozenset(
    {"trx number", "amount", "charge", "after charge", "gateway name", "method currency", "date"}
)
_CHARGE: Final = "charge"
_NO_TEXT: Final = pa.scalar(None, pa.string())


def _read_export(export: Export, mode: Mode | None, timezone: str) -> tuple[pa.Table, Told]:
    kind = _kind_of(export)
    rows_read = export.row_count
    export = without_blank_rows(without_repeated_headers(export))
    what = pc.coalesce(kind.entries(export, mode), pc.if_else(pc.is_valid(export.unreadable), _PAYMENT, _NO_TEXT))
    places = pc.indices_nonzero(pc.is_valid(what))
    entries = export.taking(places, other_entries=export.row_count - len(places))
    table, decimal_mark = _interpret(entries, what.take(places), kind, timezone)
    counts = {key: entries.notes.get(key, 0) for key in ("repeated_headers", "blank_rows")}
    mapping: Told = {
        "source": export.source,
        "form": export.form,
        "ledger": kind.name,
        **entries.notes,
        "amount_notation": NOTATIONS[decimal_mark],
        "rows_read": rows_read,
        "rows": entries.row_count,
        **counts,
        "unreadable": entries.row_count - table["unreadable"].null_count,
    }
    return table, mapping


def _interpret(export: Export, entries: pa.Array, kind: _Kind, timezone: str) -> tuple[pa.Table, str]:
    nothing = pa.nulls(export.row_count, pa.string())
    amounts = read_amounts(
        pc.if_else(pc.is_null(export.unreadable), _column(export, kind.amount), _NO_TEXT),
        is_number=export.is_number.get(_place(export, kind.amount)),
        usual_mark=".",
    )
    moments = read_instants(_column(export, kind.day), "UTC", day_first=kind.day_first).instants
    local = pc.local_timestamp(moments.cast(pa.timestamp("us", tz=timezone))) if kind.day_first is None else moments
    day = pc.cast(pc.cast(local, pa.timestamp("us")), pa.date32(), safe=False)
    unreadable = pc.coalesce(
        export.unreadable,
        amounts.reason,
        pc.if_else(pc.is_null(day), OrderUnreadable.INVALID_DATE.value, _NO_TEXT),
    )
    currency = (
        _trimmed(_column(export, kind.currency))
        if kind.currency and _has(export, kind.currency)
        else read_currencies(nothing, amounts.currency).code.dictionary_decode()
    )
    return pa.table(
        [
            pa.repeat(pa.scalar(export.source, pa.string()), export.row_count),
            export.record,
            _trimmed(_column(export, kind.payment_trx)) if kind.payment_trx else nothing,
            _trimmed(_column(export, kind.ledger_trx)) if kind.ledger_trx else nothing,
            pc.if_else(pc.is_null(unreadable), _signed(amounts.amount, entries), pa.scalar(None, MONEY)),
            currency,
            day,
            unreadable,
            _charges(export, unreadable),
            entries,
        ],
        schema=LEDGER_SCHEMA,
    ), amounts.decimal_mark


def _signed(amounts: pa.Array, entries: pa.Array) -> pa.Array:
    """What went out is less than nothing, however the panel writes it."""
    out = pc.negate(pc.abs(amounts)).cast(MONEY)
    return pc.if_else(pc.equal(entries, _PAYMENT), amounts, out)


def _charges(export: Export, unreadable: pa.Array) -> pa.Array:
    """What the gateway kept, where the export says it and it can be read."""
    if not _has(export, _CHARGE):
        return pa.nulls(export.row_count, MONEY)
    cells = pc.if_else(pc.is_null(unreadable), _column(export, _CHARGE), _NO_TEXT)
    read = read_amounts(cells, is_number=export.is_number.get(_place(export, _CHARGE)), usual_mark=".")
    return read.amount


def _kind_of(export: Export) -> _Kind:
    headers = {fold(name) for name in export.names}
    for kind in _KINDS:
        if kind.headers <= headers:
            return kind
    if headers >= _WITHDRAWALS:
        raise ColumnError(
            f"{printable(export.source)} is the panel's export of withdrawals, not of payments received",
            hint="export the deposits",
            found=export.names,
            needed=sorted(_KINDS[0].headers),
        )
    raise ColumnError(
        f"{printable(export.source)} is none of the merchant panel's exports; found: "
        f"{', '.join(printable(name[:60]) for name in export.names[:40])}",
        hint="give export_deposits, export_transactions or a dump of api_payments",
        found=export.names,
        needed=sorted(_KINDS[0].headers),
    )


def _has(export: Export, header: str) -> bool:
    return header in map(fold, export.names)


def _place(export: Export, header: str) -> int:
    return [fold(name) for name in export.names].index(header)


def _column(export: Export, header: str) -> pa.Array:
    return export.columns[_place(export, header)]


def _trimmed(column: pa.Array) -> pa.Array:
    return pc.if_else(is_blank(column), _NO_TEXT, pc.utf8_trim_whitespace(column))
