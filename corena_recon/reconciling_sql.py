"""The rules of reconciling, as SQL over the relations ``notifications`` and ``orders``.

Identifiers join byte for byte. Most identifiers have one order row and one notification, so those take a direct way
and only the others are grouped. Amounts stay decimals throughout.
"""

from __future__ import annotations

from typing import Final

LATE_DAYS: Final = 30

_PAID_IN_FULL: Final = "abs(difference) <= $tolerance"

OUTCOME_RULES: Final[dict[str, str]] = {
    "ambiguous_order": "order_disagrees OR order_problem IS NOT NULL AND payments > 0",
    "orphan_payment": "payments > 0 AND order_rows = 0",
    "currency_mismatch": "paid_currencies > 1 AND order_rows > 0 OR paid_currency <> upper(order_currency)",
    "duplicate_payment": (
        "order_rows > 0 AND (payments > 1 AND abs(difference) > $tolerance"
        " OR has_trx_conflict AND difference >= -$tolerance)"
    ),
    "underpaid": "difference < -$tolerance",
    "overpaid": "difference > $tolerance",
    "status_conflict": f"{_PAID_IN_FULL} AND order_state IN ('cancelled', 'open')",
    "refunded": f"{_PAID_IN_FULL} AND order_state = 'refunded'",
    "matched": _PAID_IN_FULL,
    "no_trusted_payment": "payments = 0 AND notifications > 0",
    "missing_payment": "notifications = 0 AND order_state IN ('paid', 'unknown') AND NOT is_recent",
    "not_yet_due": "notifications = 0 AND order_state IN ('paid', 'unknown') AND is_recent",
    "unpaid": "notifications = 0 AND order_state IN ('open', 'cancelled', 'refunded')",
}
"""When each outcome holds; the first that holds is the outcome, later ones are reasons."""

REASON_RULES: Final[dict[str, str]] = {
    "within_tolerance": f"difference <> 0 AND {_PAID_IN_FULL}",
    "split_payment": f"payments > 1 AND {_PAID_IN_FULL}",
    "paid_before_order": "first_paid_at < ordered_at",
    "paid_late": f"first_paid_at > ordered_at + INTERVAL {LATE_DAYS} DAY",
}
"""Reasons that are neither an outcome, a finding nor a verdict."""

UNJOINED: Final = "chr(0)"
"""Stands after an identifier that must not join an order of the same name, since it is no key of the match."""

NO_FACTS: Final = """
CREATE OR REPLACE TEMP TABLE near_facts (identifier VARCHAR, suggested_identifier VARCHAR, near_reason VARCHAR);
CREATE OR REPLACE TEMP TABLE amount_facts (identifier VARCHAR, amount_reason VARCHAR);
CREATE OR REPLACE TEMP TABLE ledger_facts (identifier VARCHAR, ledger VARCHAR, ledger_reason VARCHAR);
CREATE OR REPLACE TEMP TABLE rule_facts (identifier VARCHAR, rule VARCHAR)
"""
"""What later steps may add about an identifier; empty until they do."""

ORDERS: Final = """
CREATE OR REPLACE TEMP TABLE order_facts AS
WITH known AS (
    SELECT row, identifier, order_amount, order_currency, order_status, order_state, ordered_at, unreadable
    FROM orders WHERE identifier IS NOT NULL AND identifier <> ''
),
repeated AS MATERIALIZED (
    SELECT hash(identifier) AS mark FROM known GROUP BY mark HAVING count(*) > 1
),
grouped AS (
    SELECT identifier, min(row) AS order_row, count(*) AS order_rows,
        count(DISTINCT order_amount) FILTER (unreadable IS NULL) > 1
            OR count(DISTINCT coalesce(order_currency, '')) FILTER (unreadable IS NULL) > 1 AS order_disagrees,
        arg_min(order_amount, row) FILTER (unreadable IS NULL) AS order_amount,
        arg_min(order_currency, row) FILTER (unreadable IS NULL) AS order_currency,
        arg_min(order_status, row) AS order_status, arg_min(order_state, row) AS order_state,
        min(ordered_at) AS ordered_at,
        CASE WHEN count(*) FILTER (unreadable IS NULL) = 0 THEN min(unreadable) END AS order_problem
    FROM known WHERE hash(identifier) IN (SELECT mark FROM repeated) GROUP BY identifier
)
SELECT identifier, row AS order_row, 1::BIGINT AS order_rows, false AS order_disagrees, order_amount, order_currency,
    order_status, order_state, ordered_at, unreadable AS order_problem
FROM known WHERE hash(identifier) NOT IN (SELECT mark FROM repeated)
UNION ALL
SELECT identifier, order_row, order_rows, order_disagrees,
    CASE WHEN NOT order_disagrees THEN order_amount END, CASE WHEN NOT order_disagrees THEN order_currency END,
    order_status, order_state, ordered_at, order_problem
FROM grouped
"""

TRX_KEY: Final = "CASE WHEN payment_trx <> '' THEN payment_trx ELSE row::VARCHAR || ' ' END"
"""What tells the payments of one identifier apart: the transaction id, or the notification itself where it has none."""

_COUNTS: Final = """
    count(*) FILTER (verdict = 'accepted') AS accepted, count(*) FILTER (verdict = 'duplicate') AS duplicates,
    count(*) FILTER (verdict = 'suspect') AS suspects, count(*) FILTER (verdict = 'forged') AS forged"""

PAYMENTS: Final = """
CREATE OR REPLACE TEMP TABLE payment_facts AS
WITH known AS (
    SELECT row, {home} AS identifier, notifications.identifier AS own_identifier, payment_trx, amount, currency,
        received_at, verdict, findings
    FROM notifications {home_join}
    WHERE notifications.identifier IS NOT NULL AND notifications.identifier <> ''
),
repeated AS MATERIALIZED (
    SELECT hash(identifier) AS mark FROM known GROUP BY mark HAVING count(*) > 1
),
several AS MATERIALIZED (SELECT * FROM known WHERE hash(identifier) IN (SELECT mark FROM repeated)),
single_payments AS (
    SELECT identifier, min(payment_trx) AS trx, min(row) AS row, sum(DISTINCT amount) AS amount,
        min(currency) AS currency, min(received_at) AS paid_at
    FROM several WHERE verdict = 'accepted'
    GROUP BY identifier, own_identifier, {trx_key}
),
paid AS (
    SELECT identifier, count(*) AS payments, sum(amount) AS paid_amount, count(DISTINCT currency) AS paid_currencies,
        min(currency) AS paid_currency, list(trx ORDER BY paid_at NULLS LAST, row) FILTER (trx <> '') AS trx,
        min(paid_at) AS first_paid_at
    FROM single_payments GROUP BY identifier
),
counted AS (
    SELECT identifier, min(row) AS first_row, count(*) FILTER (verdict <> 'unreadable') AS notifications, {counts},
        list_sort(list_distinct(flatten(list(coalesce(findings, ['unreadable']))))) AS findings,
        list_sort(list(DISTINCT verdict)) AS verdicts
    FROM several GROUP BY identifier
)
SELECT identifier, row AS first_row, (verdict <> 'unreadable')::BIGINT AS notifications,
    (verdict = 'accepted')::BIGINT AS accepted, (verdict = 'duplicate')::BIGINT AS duplicates,
    (verdict = 'suspect')::BIGINT AS suspects, (verdict = 'forged')::BIGINT AS forged,
    coalesce(findings, ['unreadable']) AS findings, CASE WHEN verdict <> 'accepted' THEN [verdict] END AS verdicts,
    (verdict = 'accepted')::BIGINT AS payments, CASE WHEN verdict = 'accepted' THEN amount END AS paid_amount,
    (verdict = 'accepted' AND currency IS NOT NULL)::BIGINT AS paid_currencies,
    CASE WHEN verdict = 'accepted' THEN currency END AS paid_currency,
    CASE WHEN verdict = 'accepted' AND payment_trx <> '' THEN [payment_trx] END AS trx,
    CASE WHEN verdict = 'accepted' THEN received_at END AS first_paid_at
FROM known WHERE hash(identifier) NOT IN (SELECT mark FROM repeated)
UNION ALL
SELECT identifier, first_row, notifications, accepted, duplicates, suspects, forged, findings, verdicts,
    coalesce(payments, 0), paid_amount, coalesce(paid_currencies, 0),
    CASE WHEN paid_currencies = 1 THEN paid_currency END, trx, first_paid_at
FROM counted LEFT JOIN paid USING (identifier)
""".replace("{counts}", _COUNTS.strip()).replace("{trx_key}", TRX_KEY)

JOINED: Final = """
CREATE OR REPLACE TEMP TABLE joined AS
WITH together AS (
    SELECT identifier, order_row, first_row, coalesce(order_rows, 0) AS order_rows,
        coalesce(order_disagrees, false) AS order_disagrees, order_problem, order_amount, order_currency, order_status,
        order_state, ordered_at, coalesce(notifications, 0) AS notifications, coalesce(accepted, 0) AS accepted,
        coalesce(duplicates, 0) AS duplicates, coalesce(suspects, 0) AS suspects, coalesce(forged, 0) AS forged,
        findings, verdicts, coalesce(payments, 0) AS payments, TRY_CAST(paid_amount AS DECIMAL(28, 8)) AS paid_amount,
        coalesce(paid_currencies, 0) AS paid_currencies, paid_currency, trx, first_paid_at
    FROM order_facts FULL JOIN payment_facts USING (identifier)
    WHERE order_rows > 0 OR notifications > 0
)
SELECT *, paid_amount - order_amount AS difference,
    coalesce(list_contains(findings, 'trx_conflict'), false) AND payments > 0 AS has_trx_conflict,
    coalesce(ordered_at > $as_of::TIMESTAMPTZ - $grace::INTERVAL, false) AS is_recent
FROM together
"""


def results() -> str:
    """The query that gives the result rows: orders first, in export order, then identifiers without an order."""
    outcome = " ".join(f"WHEN {rule} THEN '{code}'" for code, rule in OUTCOME_RULES.items())
    codes = list(OUTCOME_RULES)
    also = [
        f"CASE WHEN ({rule}) AND outcome IN ({_literals(codes[:place])}) THEN '{code}' END"
        for place, (code, rule) in enumerate(OUTCOME_RULES.items())
        if place
    ]
    also += [f"CASE WHEN {rule} THEN '{code}' END" for code, rule in REASON_RULES.items()]
    also += ["order_problem", "near_reason", "amount_reason", "ledger_reason"]
    flags = f"[{', '.join(also)}]"
    has_reason = " OR ".join(f"({rule})" for rule in REASON_RULES.values())
    has_side_reason = "coalesce(order_problem, near_reason, amount_reason, ledger_reason) IS NOT NULL"
    return f"""
WITH decided AS (
    SELECT *, CASE {outcome} END AS outcome
    FROM joined LEFT JOIN near_facts USING (identifier) LEFT JOIN amount_facts USING (identifier)
        LEFT JOIN ledger_facts USING (identifier) LEFT JOIN rule_facts USING (identifier)
),
reasoned AS (
    SELECT *, CASE WHEN NOT {has_side_reason}
            AND (outcome = 'matched' AND len(findings) = 0 AND NOT coalesce({has_reason}, false)
                OR outcome IN ('unpaid', 'missing_payment', 'not_yet_due') AND findings IS NULL)
        THEN []::VARCHAR[]
        ELSE list_sort(list_distinct(list_filter(
            list_concat({flags}, findings, CASE WHEN outcome = 'no_trusted_payment' THEN verdicts END),
            lambda code: code IS NOT NULL)))
        END AS reasons
    FROM decided
)
SELECT rtrim(identifier, {UNJOINED}) AS identifier, outcome, reasons,
    CASE WHEN order_rows > 0 AND payments > 0 THEN coalesce(rule, 'identifier') END AS match_rule,
    order_rows, order_amount, order_currency, order_status, order_state, ordered_at, payments, paid_amount,
    paid_currency, coalesce(trx, []::VARCHAR[]) AS payment_trx, first_paid_at, difference, accepted, duplicates,
    suspects, forged, suggested_identifier, ledger
FROM reasoned
ORDER BY order_row NULLS LAST, first_row
"""


def _literals(codes: list[str]) -> str:
    return ", ".join(f"'{code}'" for code in codes)


TIE_OUT: Final = """
WITH sole AS (
    SELECT CASE WHEN count(DISTINCT paid_currency) = 1 THEN min(paid_currency) END AS currency FROM results
),
sides AS (
    SELECT coalesce(upper(order_currency), paid_currency, (SELECT currency FROM sole)) AS currency, outcome,
        order_amount AS ordered, NULL AS paid
    FROM results WHERE order_amount IS NOT NULL
    UNION ALL
    SELECT paid_currency, outcome, NULL, paid_amount FROM results WHERE paid_amount IS NOT NULL
)
SELECT currency, outcome, coalesce(sum(ordered), 0)::DECIMAL(38, 8) AS ordered,
    coalesce(sum(paid), 0)::DECIMAL(38, 8) AS paid
FROM sides GROUP BY currency, outcome ORDER BY currency NULLS LAST, outcome
"""
"""Ordered and paid by currency and outcome; an order without a currency counts under its payment's, or the sole one."""

TOTALS: Final = """
SELECT (SELECT sum(order_amount) FROM order_facts), (SELECT sum(paid_amount) FROM payment_facts)
"""
"""The same sums from the two sides, before they were joined."""
