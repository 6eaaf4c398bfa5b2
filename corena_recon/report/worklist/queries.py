"""The facts of every row of the worklist, as SQL over the tables of a report."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from corena_recon.chain import SOUND
from corena_recon.report.worklist.gathering import REMARKABLE
from corena_recon.tables.engine import sql_literal
from corena_recon.vocabulary import FINDINGS, OrderState, RefundProblem, Verdict

_MAY_BE_DELIVERED: Final = f"order_state IN ('{OrderState.PAID}', '{OrderState.UNKNOWN}')"


class AtRisk(NamedTuple):
    """What could be lost, or is owed.

    Attributes:
        amount: As SQL over the facts of an identifier.
        currency: Likewise.
        said: What that is; the documentation shows it.
    """

    amount: str
    currency: str
    said: str


AT_RISK: Final[dict[str, AtRisk]] = {
    "ambiguous_order": AtRisk(
        "coalesce(paid_amount, order_amount)",
        "coalesce(paid_currency, order_code)",
        "what was paid; null where nothing was, since the rows disagree on what was ordered",
    ),
    "orphan_payment": AtRisk("paid_amount", "paid_currency", "what was paid"),
    "currency_mismatch": AtRisk("order_amount", "order_code", "what was ordered"),
    "duplicate_payment": AtRisk(
        "CASE WHEN difference = 0 THEN coalesce(conflict_amount, paid_amount) ELSE abs(difference) END",
        "coalesce(paid_currency, order_code)",
        "what was paid too much, or too little; where another transaction id came for a paid order, that amount",
    ),
    "underpaid": AtRisk("-difference", "coalesce(order_code, paid_currency)", "the unpaid rest"),
    "overpaid": AtRisk("difference", "coalesce(paid_currency, order_code)", "what was paid too much"),
    "status_conflict": AtRisk("paid_amount", "coalesce(paid_currency, order_code)", "what was paid"),
    "not_in_ledger": AtRisk("paid_amount", "coalesce(paid_currency, order_code)", "what was paid"),
    "paid_on_forgery": AtRisk("order_amount", "order_code", "what was ordered"),
    "no_trusted_payment": AtRisk(
        f"CASE WHEN {_MAY_BE_DELIVERED} THEN order_amount ELSE coalesce(suspect_amount, 0) END",
        f"CASE WHEN {_MAY_BE_DELIVERED} THEN order_code ELSE coalesce(claimed_currency, order_code) END",
        "what was ordered, where the shop says paid or does not say; else what suspect notifications claim, or zero",
    ),
    "missing_payment": AtRisk("order_amount", "order_code", "what was ordered"),
}
"""What could be lost, or is owed, of an identifier of each exceptional outcome."""

FORMS: Final[dict[str, str]] = {
    "ambiguous_order": "if(paid_amount IS NULL, 'ambiguous_order', 'ambiguous_order_paid')",
    "orphan_payment": "if(suggested_identifier IS NULL, 'orphan_payment', 'orphan_payment_near')",
    "currency_mismatch": "if(paid_amount IS NULL, 'currency_mismatch_mixed', 'currency_mismatch')",
    "duplicate_payment": "if(payments > 1, 'duplicate_payment', 'duplicate_payment_conflict')",
    "status_conflict": f"if(order_state = '{OrderState.OPEN}', 'status_conflict_open', 'status_conflict_cancelled')",
    "no_trusted_payment": (
        "CASE WHEN order_rows = 0 THEN 'no_trusted_payment'"
        f" WHEN {_MAY_BE_DELIVERED} THEN 'no_trusted_payment_paid' ELSE 'no_trusted_payment_open' END"
    ),
    "missing_payment": (
        "CASE WHEN list_contains(reasons, 'lost_notification') THEN 'missing_payment_ledger'"
        " WHEN suggested_identifier IS NOT NULL THEN 'missing_payment_near'"
        f" WHEN order_state = '{OrderState.PAID}' THEN 'missing_payment_paid' ELSE 'missing_payment' END"
    ),
}
"""The form of a row's sentences where that is not its outcome."""

TOLD_WITH_FINDING: Final = ("no_trusted_payment", "paid_on_forgery", "forged", "suspect")
"""Outcomes of which the gravest finding is told too."""


def facts_query(*, has_orders: bool) -> str:
    """The facts of the worklist's rows, the largest risk first.

    Args:
        has_orders: Whether there are results; without, notifications are told of by themselves.
    """
    by_identifier = _OF_IDENTIFIERS if has_orders else _OF_NOTIFICATIONS
    parts = [by_identifier, *([_IN_ORDER, _REFUNDS, _REFUNDS_OF_NONE] if has_orders else []), _UNREADABLE, _BROKEN]
    union = " UNION ALL BY NAME ".join(f"(FROM ({part}))" for part in parts)
    latest = ["SELECT max(received_at) FROM notifications", *(["SELECT max(ordered_at) FROM orders"] * has_orders)]
    until = f"coalesce($as_of::TIMESTAMPTZ, greatest({', '.join(f'({moment})' for moment in latest)}))"
    return f"""
    SELECT *,
           CASE WHEN moment IS NOT NULL
                THEN greatest((epoch_us({until}) - epoch_us(moment)) // {_DAY_US}, 0) END AS since
    FROM ({union})
    ORDER BY at_risk DESC NULLS LAST, moment, identifier, form, source, record
    """


def own_query(*, has_orders: bool, passes: bool) -> str:
    """The notifications of exceptional identifiers that their rows tell of.

    Args:
        has_orders: Whether there are results.
        passes: Whether payments may belong to orders of another identifier; they are found by their transaction then.
    """
    if not has_orders:
        return "FROM remarkable WHERE false"
    columns = f"{', '.join(REMARKABLE.names)}"
    return f"""
    SELECT {columns} FROM remarkable SEMI JOIN exceptional USING (identifier)
    UNION ALL
    SELECT {columns} FROM notifications SEMI JOIN (FROM exceptional WHERE payments > 0) USING (identifier)
    WHERE verdict = '{Verdict.ACCEPTED}'
    {_BY_TRANSACTION if passes else ""}
    """


REFUND_PROBLEMS: Final = f"""
    SELECT problem, identifier, refunded, currency AS refunded_in, ordered, paid, source, record, panel,
           CASE WHEN problem IN ('{RefundProblem.TWICE}', '{RefundProblem.EXCEEDS_PAYMENT}') THEN refunded - paid
                ELSE refunded END AS lost
    FROM given_back WHERE problem IS NOT NULL
"""
"""Refunds that a person must look at, and what may be lost by each."""


GRADES: Final = """
    WITH confirmed AS (
        SELECT coalesce(paid_currency, upper(order_currency)) AS currency, sum(paid_amount) AS amount
        FROM results WHERE ledger = 'confirmed' GROUP BY ALL
    )
    SELECT 'ledger' AS grade, currency, amount FROM confirmed
    UNION ALL
    SELECT 'signed', tie_out.currency, paid - coalesce(confirmed.amount, 0) AS rest
    FROM tie_out LEFT JOIN confirmed ON confirmed.currency IS NOT DISTINCT FROM tie_out.currency WHERE rest <> 0
    ORDER BY ALL
"""
"""Accepted money by who vouches for it; together what the tie-out says was paid."""

GRADES_ALONE: Final = f"""
    SELECT 'signed' AS grade, currency, sum(amount) AS amount FROM notifications
    WHERE verdict = '{Verdict.ACCEPTED}' GROUP BY currency ORDER BY currency
"""
"""The same without orders, where every accepted notification is a payment."""


def gravest(codes: str) -> str:
    """The gravest of some findings, as SQL; null where none is grave."""
    cases = " ".join(f"WHEN list_contains({codes}, {sql_literal(code)}) THEN {sql_literal(code)}" for code in _GRAVITY)
    return f"CASE {cases} END"


_HOME: Final = {"identifier": "belonging"}
_BY_TRANSACTION: Final = f"""
    UNION ALL
    SELECT {", ".join(f"{_HOME.get(name, 'posted')}.{name}" for name in REMARKABLE.names)}
    FROM notifications AS posted JOIN (
        SELECT identifier, unnest(payment_trx) AS trx FROM exceptional WHERE match_rule <> 'identifier'
    ) AS belonging
    ON posted.payment_trx = trx AND posted.identifier <> belonging.identifier
    WHERE verdict = '{Verdict.ACCEPTED}'
"""


_DAY_US: Final = 24 * 3600 * 1_000_000
_GRAVITY: Final = sorted(
    (code for code, finding in FINDINGS.items() if finding.verdict in (Verdict.FORGED, Verdict.SUSPECT)),
    key=lambda code: FINDINGS[code].verdict != Verdict.FORGED,
)
"""Findings, the gravest first."""


def _case(choices: Mapping[str, str], otherwise: str) -> str:
    cases = " ".join(f"WHEN {sql_literal(outcome)} THEN {choice}" for outcome, choice in choices.items())
    return f"CASE outcome {cases} ELSE {otherwise} END"


def _note(*first: Verdict) -> str:
    """The first of an identifier's notifications, those of these verdicts before others."""
    ranks = " ".join(f"WHEN '{verdict}' THEN {place}" for place, verdict in enumerate(first))
    return (
        f"min({{'rank': CASE verdict {ranks} ELSE {len(first)} END, 'received_at': received_at, 'source': source,"
        " 'record': record, 'payment_trx': payment_trx})"
    )


_OF_IDENTIFIERS: Final = f"""
    WITH told AS (
        SELECT identifier,
               {_note(Verdict.SUSPECT, Verdict.FORGED, Verdict.UNREADABLE)} AS telling,
               {_note(Verdict.ACCEPTED, Verdict.SUSPECT, Verdict.FORGED)} AS paying,
               max(amount) FILTER (verdict = '{Verdict.SUSPECT}') AS suspect_amount,
               min(currency) FILTER (verdict = '{Verdict.SUSPECT}') AS claimed_currency,
               max(amount) FILTER (list_contains(findings, 'trx_conflict')) AS conflict_amount
        FROM own GROUP BY identifier
    ),
    placed AS (
        SELECT identifier, min({{'source': source, 'record': record}}) AS place
        FROM orders SEMI JOIN (FROM exceptional ANTI JOIN own USING (identifier)) USING (identifier)
        GROUP BY identifier
    ),
    known AS (
        SELECT exceptional.*, upper(order_currency) AS order_code, told.* EXCLUDE (identifier), placed.place AS place,
               CASE WHEN payments > 0 AND outcome <> 'duplicate_payment' THEN paying ELSE telling END AS note
        FROM exceptional LEFT JOIN told USING (identifier) LEFT JOIN placed USING (identifier)
    )
    SELECT identifier, outcome, {_case(FORMS, "outcome")} AS form,
           {_case({code: risk.amount for code, risk in AT_RISK.items()}, "NULL")}::DECIMAL(28, 8) AS risk,
           {_case({code: risk.currency for code, risk in AT_RISK.items()}, "NULL")} AS currency,
           CASE WHEN refunded_in IS NOT DISTINCT FROM currency AND refund.problem <> '{RefundProblem.NOT_IN_ORDERS}'
                THEN greatest(lost, risk) ELSE risk END AS at_risk,
           coalesce(first_paid_at, ordered_at, note.received_at) AS moment,
           order_amount AS ordered, order_code AS ordered_in, paid_amount AS paid, paid_currency AS paid_in,
           payments AS count, suggested_identifier AS suggested, note.payment_trx AS trx,
           coalesce(note.source, place.source) AS source, coalesce(note.record, place.record) AS record,
           {gravest("reasons")} AS finding, refund.problem AS refund_problem, refund.refunded AS refunded, refunded_in
    FROM known LEFT JOIN (SELECT identifier, problem, refunded, refunded_in, lost FROM refund_problems) AS refund
    USING (identifier)
"""
"""One row an exceptional identifier."""

_REFUNDS: Final = """
    SELECT identifier, problem AS outcome, problem AS form, lost AS at_risk, refunded_in AS currency,
           coalesce(first_paid_at, ordered_at) AS moment, refund.ordered, refunded_in AS ordered_in, paid,
           refunded_in AS paid_in, refunded, refunded_in, problem AS refund_problem, source, record,
           payment_trx[1] AS trx
    FROM (FROM refund_problems ANTI JOIN exceptional USING (identifier)) AS refund
    JOIN (SELECT identifier, first_paid_at, ordered_at, payment_trx FROM results) USING (identifier)
"""
"""One row a refund that a person must look at, of an order that is in order without it."""

_REFUNDS_OF_NONE: Final = """
    SELECT problem AS outcome, problem || '_of_none' AS form, source, min(record) AS record, count(*) AS count,
           CASE WHEN count(DISTINCT coalesce(refunded_in, '')) = 1 THEN sum(lost)::DECIMAL(28, 8) END AS at_risk,
           CASE WHEN count(DISTINCT coalesce(refunded_in, '')) = 1 THEN min(refunded_in) END AS currency,
           at_risk AS refunded, currency AS refunded_in
    FROM refund_problems WHERE identifier IS NULL GROUP BY problem, source
"""
"""One row for the refunds of a source of which nobody knows what they belong to."""

_OF_NOTIFICATIONS: Final = f"""
    SELECT identifier, note.verdict AS outcome, note.verdict AS form, note.amount AS at_risk, note.currency AS currency,
           note.received_at AS moment, note.amount AS paid, note.currency AS paid_in, note.payment_trx AS trx,
           note.source AS source, note.record AS record, note.finding AS finding
    FROM (
        SELECT identifier, min({{'verdict': verdict, 'received_at': received_at, 'source': source, 'record': record,
               'payment_trx': payment_trx, 'amount': amount, 'currency': currency,
               'finding': {gravest("findings")}}}) AS note
        FROM remarkable WHERE verdict IN ('{Verdict.FORGED}', '{Verdict.SUSPECT}') GROUP BY identifier
    )
"""
"""Without orders: one row an identifier of which something is forged or suspect."""

_IN_ORDER: Final = f"""
    SELECT verdict AS outcome, verdict || '_in_order' AS form, 0::DECIMAL(28, 8) AS at_risk,
           note.received_at AS moment, count, note.source AS source, note.record AS record
    FROM (
        SELECT verdict, count(*) AS count,
               min({{'received_at': received_at, 'source': source, 'record': record}}) AS note
        FROM remarkable ANTI JOIN exceptional USING (identifier)
        WHERE verdict IN ('{Verdict.FORGED}', '{Verdict.SUSPECT}')
        GROUP BY verdict
    )
"""
"""One row each for what is forged and suspect of identifiers that are in order without it."""

_UNREADABLE: Final = f"""
    SELECT '{Verdict.UNREADABLE}' AS outcome, outcome AS form, min(received_at) AS moment, count(*) AS count,
           source, min(record) AS record, arg_min(unreadable, record) AS reason
    FROM remarkable WHERE unreadable IS NOT NULL GROUP BY source
"""

_BROKEN: Final = f"""
    SELECT 'broken_chain' AS outcome, outcome AS form, source, chain AS reason FROM intake WHERE chain <> '{SOUND}'
"""
