"""The stage ``reconcile``: what was paid against what was ordered, one outcome for every identifier."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, NoReturn, Unpack

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from corena_recon.archive import SourceCount, intake_table
from corena_recon.arguments import require_flag, require_text, takes
from corena_recon.errors import ColumnError, InputError, OptionError
from corena_recon.judgement import ELSEWHERE, World, is_told_elsewhere, option_facts
from corena_recon.languages import ENGLISH, note, require_language
from corena_recon.orders import read_ledger, read_orders
from corena_recon.reconciliation import (
    Reconciling,
    ReconcilingArguments,
    ReconcilingOptions,
    payment_facts,
    reconciling_options,
)
from corena_recon.report import Reconciliation
from corena_recon.schemas import LEDGER_SCHEMA, ORDER_SCHEMA, RESULT_SCHEMA, VERIFIED_SCHEMA
from corena_recon.stages.running.deciding import Decisions, decisions_given, unreadable_decisions
from corena_recon.stages.running.moment import with_moment
from corena_recon.tables.code_sets import CodeSets, sets_of
from corena_recon.tables.columns import Flags, decoded, flags, whole
from corena_recon.tables.engine import connect
from corena_recon.tables.frames import frame_given, frame_of, table_of
from corena_recon.tables.spool import Spool
from corena_recon.text import printable
from corena_recon.vocabulary import Diagnosis, OrderState, OrderUnreadable, Verdict

if TYPE_CHECKING:
    import pandas as pd

_NEEDED: Final = ("identifier", "verdict", "findings", "signature_status", "unreadable")
_LEDGER_NEEDED: Final = [name for name in LEDGER_SCHEMA.names if name not in ("charge", "entry")]
_OF_KEYS: Final = ("ring", "profile", "decimals")
NOT_KNOWN: Final = {name: note(f"{name}_unknown") for name in ("archive", "verification", "orders", "ledger")}
"""What a manifest says where a frame no longer says how it was made; see docs/decisions/002-facts-beside-frames.md."""


@takes(ReconcilingArguments, ReconcilingOptions._field_defaults)
def reconcile(
    notifications: Any,  # noqa: ANN401
    orders: Any,  # noqa: ANN401
    /,
    *,
    transaction_column: str | None = None,
    ledger: Any = None,  # noqa: ANN401
    decisions: Decisions | None = None,
    two_people: bool = False,
    lang: str = ENGLISH,
    **options: Unpack[ReconcilingArguments],
) -> Reconciliation:
    """Payments matched with orders, one result row for every identifier that has either.

    Args:
        notifications: What ``verify`` gives, as a frame or as whatever offers it by Arrow's capsule.
        orders: What ``read_orders`` gives, likewise; a path and what else is no table is read by ``read_orders`` first.
        tolerance: How far paid and ordered may differ, in the order's currency: an amount, never a share, or one a
            currency, ``{"USD": "0.01"}``, which orders in several currencies need.
        as_of: The moment the question is asked for; a date is its beginning, without a zone it is UTC; goes with
            ``grace``.
        grace: How long an order may be without a notification and not yet due; without ``as_of`` until the last
            notification of the archive came, and that is said.
        match_on: The passes that match payments with orders, in order, each consuming what it matches: ``identifier``,
            ``transaction`` (the payment's transaction id with the export's), ``amount`` (exactly one free payment and
            one free order of the same amount and currency, in time).
        window: How long after its order a payment is looked for by amount.
        ledger_timezone: The zone of the ledger's days.
        transaction_column: The column of the orders that holds transaction ids; what ``read_orders`` found when None.
        ledger: What ``read_ledger`` gives: the merchant panel's own export as a third leg; what is no table is read by
            ``read_ledger`` first.
        decisions: As for ``audit``.
        two_people: Whether a decision counts only when another person has reviewed it.
        lang: The language of the sentences: ``en`` or ``fr``.

    How frames were made is in their ``attrs``, which pandas drops when frames are merged, or concatenated with others.
    What is lost so is taken from the columns where it can be, else it is named in ``facts["not_known"]`` and the notes;
    ``merged.attrs = verified.attrs`` keeps it.

    Raises:
        ColumnError: A frame is not one of ``verify``, ``read_orders`` or ``read_ledger``.
        InputError: The notifications are no table.
        SourceError: Orders or ledger are no table, and cannot be read.
        OptionError: An option has no meaning or is none, or nothing says which column holds the transaction ids that
            ``match_on`` needs.
        ConsistencyError: The tie-out does not close.
    """
    settings = reconciling_options(**options)
    require_text("transaction_column", transaction_column, "Transaction ID")
    require_language(lang)
    require_flag("two_people", two_people)
    kept = decisions_given(decisions)
    judged = frame_given(notifications, _refuse_unverified)
    verified = _verified_table(judged)
    order_frame = frame_given(orders, read_orders)
    order_rows = _order_table(order_frame)
    ledger_frame = None if ledger is None else frame_given(ledger, read_ledger)
    named = _transaction_column(order_frame, settings) if transaction_column is None else transaction_column
    rows = _spooled(verified.append_column(ELSEWHERE, pa.array(_is_elsewhere(verified, judged.attrs))))
    entries = None
    if ledger_frame is not None:
        entries = table_of(ledger_frame, LEDGER_SCHEMA, needed=_LEDGER_NEEDED, made_by="read_ledger")
    latest = pc.max(verified["received_at"]).as_py() if len(verified) else None
    asked, moments = with_moment(settings, latest, lang)
    with connect(rows=len(verified) + len(order_rows)) as connection:
        begun = Reconciling(
            connection,
            _spooled(order_rows),
            rows,
            asked,
            transaction_column=named,
            ledger=entries,
        )
        with begun as found:
            for chunk in rows.chunks():
                found.add_payments(
                    payment_facts(chunk.first, chunk.table, *_judged(chunk.table), flags(chunk.table[ELSEWHERE.name]))
                )
            results = pa.concat_tables(
                [RESULT_SCHEMA.empty_table(), *(decoded(some.results) for some in found.results())]
            )
            diagnosis = found.diagnosis(lang)
    return Reconciliation(
        {
            "notifications": verified,
            "results": results,
            "orders": order_rows,
            "intake": _intake_of(judged.attrs.get("intake"), verified),
            "tie_out": found.account.tie_out(),
            **({} if entries is None else {"ledger": entries}),
        },
        facts={
            **_facts_of(
                judged,
                order_frame,
                ledger_frame,
                {**option_facts(settings), **({"two_people": True} if two_people else {})},
                [*unreadable_decisions(kept, lang), *moments, *diagnosis],
                lang=lang,
            ),
            **({"sources": {"decisions": [kept.file]}} if kept is not None else {}),
        },
        decisions=kept,
    )


def _refuse_unverified(notifications: object) -> NoReturn:
    """Reads nothing: whose keys would verify it?"""
    raise InputError(
        f"the notifications are of type {type(notifications).__name__}, and reconcile takes them verified",
        hint="give the frame that verify returned, or give the archive, the orders and the keys to audit",
    )


def _spooled(table: pa.Table) -> Spool:
    spool = Spool()
    spool.add(table)
    return spool


def _judged(verified: pa.Table) -> tuple[CodeSets, NDArray[np.int8]]:
    """Findings as sets and verdicts as places, of a frame that came back from a caller."""
    places = pc.index_in(verified["verdict"], pa.array([verdict.value for verdict in Verdict]))
    unknown = pc.unique(verified["verdict"].filter(pc.is_null(places))).to_pylist()
    if unknown:
        raise ColumnError(
            f"the column verdict holds {printable(str(unknown[0]))!r}", hint="give the frame that verify returned"
        )
    return sets_of(whole(verified["findings"])), np.asarray(whole(places)).astype(np.int8)


def _is_elsewhere(verified: pa.Table, said: Mapping[str, Any]) -> Flags:
    """Which notifications are of another world: by what the frame carries of its keys, else by the verdicts alone."""
    if "ring" not in said:
        return is_told_elsewhere(verified)
    options = said.get("options", {})
    return World.of(said["ring"], options.get("mode"), options.get("merchant")).is_elsewhere(verified)


def _verified_table(notifications: pd.DataFrame) -> pa.Table:
    table = table_of(notifications, VERIFIED_SCHEMA, needed=_NEEDED, made_by="verify")
    nothing = pa.scalar(None, table.schema.field("findings").type)
    return _filled(table, "findings", pc.if_else(table["unreadable"].is_null(), table["findings"], nothing))


def _order_table(orders: pd.DataFrame) -> pa.Table:
    names = [str(name) for name in orders.columns]
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise ColumnError(f"the orders have two columns {printable(repeated[0])!r}", found=names)
    table = table_of(orders, ORDER_SCHEMA, needed=("identifier", "order_amount"), made_by="read_orders")
    states = set(pc.unique(table["order_state"]).to_pylist()) - {None, *OrderState}
    if states:
        raise ColumnError(
            f"the column order_state holds {printable(str(min(states)))!r}",
            hint="states are " + ", ".join(OrderState),
        )
    table = _filled(table, "order_state", pc.fill_null(table["order_state"], OrderState.UNKNOWN.value))
    lacks_amount = pc.and_(table["order_amount"].is_null(), table["unreadable"].is_null())
    reason = pc.if_else(lacks_amount, OrderUnreadable.MISSING_AMOUNT.value, table["unreadable"])
    table = _filled(table, "unreadable", reason)
    for name in orders.columns:
        if name not in ORDER_SCHEMA.names:
            table = table.append_column(str(name), _as_text(orders[name]))
    return table


def _as_text(column: pd.Series[Any]) -> pa.Array:
    try:
        return pa.array(column.astype("string"), pa.string(), from_pandas=True)
    except (UnicodeError, pa.ArrowException):
        raise ColumnError(
            f"the orders' column {printable(str(column.name))!r} holds what is no UTF-8 text",
            hint="drop it, or read the export with read_orders",
        ) from None


def _transaction_column(orders: pd.DataFrame, options: ReconcilingOptions) -> str | None:
    """The column that ``read_orders`` found to hold transaction ids, if any."""
    if "mapping" not in orders.attrs and "transaction" in options.match_on:
        raise OptionError(
            "match_on names the transaction, and nothing says which column of the orders holds transaction ids",
            hint="name it: transaction_column='…'; pandas drops what read_orders found when the frame is merged",
        )
    column: str | None = orders.attrs.get("mapping", {}).get("transaction_id")
    return column


def _facts_of(
    notifications: pd.DataFrame,
    orders: pd.DataFrame,
    ledger: pd.DataFrame | None,
    options: Mapping[str, Any],
    diagnosis: list[Diagnosis],
    *,
    lang: str,
) -> dict[str, Any]:
    """What the manifest says besides the tables: from what the frames carry, and their columns where they do not."""
    said = notifications.attrs
    read = {name: frame for name, frame in (("orders", orders), ("ledger", ledger)) if frame is not None}
    is_lost = {
        "archive": "intake" not in said,
        "verification": not {"options", "keys", *_OF_KEYS} <= said.keys(),
        **{name: "inputs" not in frame.attrs for name, frame in read.items()},
    }
    not_known = [name for name, lost in is_lost.items() if lost]
    return {
        "options": {
            **said.get("options", {}),
            **options,
            **({} if lang == ENGLISH else {"lang": lang}),
        },
        "keys": {**dict.fromkeys(_words_of(notifications, "key_id")), **said.get("keys", {})},
        **{name: said[name] for name in _OF_KEYS if name in said},
        "inputs": [
            each
            for frame in read.values()
            for each in frame.attrs.get("inputs", [(name, None) for name in _words_of(frame, "source")])
        ],
        **({"not_known": not_known} if not_known else {}),
        **({"mapping": orders.attrs["mapping"]} if "mapping" in orders.attrs else {}),
        "notes": [*said.get("notes", []), *(NOT_KNOWN[name] for name in not_known)],
        "diagnosis": [one._asdict() for one in diagnosis],
    }


def _words_of(frame: pd.DataFrame, column: str) -> list[str]:
    return sorted(map(str, frame[column].dropna().unique())) if column in frame else []


def _filled(table: pa.Table, name: str, column: pa.ChunkedArray) -> pa.Table:
    return table.set_column(table.schema.get_field_index(name), name, column)


def _intake_of(known: list[dict[str, Any]] | None, verified: pa.Table) -> pa.Table:
    """The intake that reading left in the frame, else what its rows show."""
    if known is not None:
        return intake_table([SourceCount(**count) for count in known])
    counts = []
    frame = frame_of(verified.select(["source", "unreadable"]))
    for source, rows in frame.groupby("source", sort=False, dropna=False):
        unreadable = int(rows["unreadable"].notna().sum())
        counts.append(
            SourceCount(
                str(source), None, None, None, len(rows), len(rows) - unreadable, unreadable, 0, truncated=False
            )
        )
    return intake_table(counts)
