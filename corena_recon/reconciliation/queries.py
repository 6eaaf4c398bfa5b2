"""The queries of reconciling.

Their relations are ``notifications`` (with ``facts.PAYMENT_FACTS``), ``orders`` (with ``facts.ORDER_FACTS``), what
these are grouped to (``order_facts`` and ``payment_facts``), and ``joined`` (with ``facts.JOINED_SCHEMA`` and
``order_code``, the order's currency in upper case, and ``symbol_codes``, what its symbol may mean). Findings and
verdicts are bits of ``code_sets.CODE_BITS``, other reasons of ``RESULT_BITS``. Amounts stay decimals throughout.
"""

from __future__ import annotations

import secrets
from typing import Final

from corena_recon.reconciliation.rules import DERIVED, OUTCOME_RULES, REASON_RULES, SAME_ORDER_SPAN
from corena_recon.tables.code_sets import RESULT_BITS
from corena_recon.vocabulary import OUTCOMES, VERDICT_PLACES, Verdict

OUTCOME_BITS: Final[dict[str, int]] = {code: 1 << place for place, code in enumerate(OUTCOMES)}
"""The bit of each outcome, in the order in which they are tried."""


def _bits_of(rules: dict[str, str], bits: dict[str, int]) -> str:
    return " | ".join(f"CASE WHEN {rule} THEN {bits[code]} ELSE 0 END" for code, rule in rules.items())


DECIDED: Final = f"""
SELECT ({_bits_of(OUTCOME_RULES, OUTCOME_BITS)})::BIGINT AS outcomes,
    ({_bits_of(REASON_RULES, RESULT_BITS)})::BIGINT AS words,
    TRY_CAST(difference AS DECIMAL(28, 8)) AS difference
FROM (SELECT *, {", ".join(f"{expression} AS {name}" for name, expression in DERIVED.items())} FROM joined)
"""
"""Which outcomes and which other reasons hold for each row, in their order, and the difference."""

_UNJOINED: Final = f" not joined {secrets.token_hex(16)}"
UNJOINED: Final = f"\0{_UNJOINED}"
UNJOINED_SQL: Final = f"chr(0) || '{_UNJOINED}'"
"""Stands after an identifier that must not join an order of the same name; nobody can post what ends with it."""

TRX_KEY: Final = """concat_ws(chr(0),
    CASE WHEN payment_trx <> '' THEN payment_trx ELSE row::VARCHAR || ' ' END,
    key_id, amount::VARCHAR, coalesce('+' || currency, '-'))"""
"""What tells the payments of one identifier apart: the transaction id, or the notification itself where it has none;
the key, and so the merchant; amount and currency."""


def _last_of(column: str) -> str:
    """The cell of the last row that can be read and says something of the state, or of the first where none does.

    The last is the one that was changed last, where all rows say when, else the later one.
    """
    says = f"FILTER (unreadable IS NULL AND {_SAYS_STATE})"
    changed = f"arg_max_null({column}, struct_pack(moment := changed_at, place := row)) {says}"
    last, first = f"arg_max_null({column}, row) {says}", f"arg_min_null({column}, row)"
    return (
        f"CASE WHEN count(*) {says} = 0 THEN {first} WHEN count(*) = count(changed_at) THEN {changed} ELSE {last} END"
    )


def _are_several(column: str, which: str = "true") -> str:
    """Whether the rows that can be read, and of which this holds, differ in a column."""
    readable = f"FILTER (unreadable IS NULL AND {which})"
    return f"coalesce(min({column}) {readable} <> max({column}) {readable}, false)"


_ARE_OTHERS: Final = " OR ".join(_are_several("buyer", f"{kind}contains(buyer, '@')") for kind in ("", "NOT ")).join(
    "()"
)
"""Whether rows name different buyers; an address and a name may be of the same one."""
_SAYS_STATE: Final = "(order_status IS NOT NULL OR order_state <> 'unknown')"


def _first_of(column: str, aggregate: str) -> str:
    """The cell of the first row that can be read, or of the first row where none can."""
    readable = f"{aggregate}({column}, row) FILTER (unreadable IS NULL)"
    return f"CASE WHEN count(*) FILTER (unreadable IS NULL) = 0 THEN {aggregate}({column}, row) ELSE {readable} END"


_GROUPED_ORDERS: Final = f"""
WITH grouped AS (
    SELECT identifier, min(row) AS order_row, count(*) AS order_rows,
        {_are_several("order_amount")}
            OR {_are_several("coalesce(order_currency, order_currency_symbol, '')")}
            OR {_ARE_OTHERS} AND ({_are_several("ordered_at")} OR count(ordered_at) FILTER (unreadable IS NULL) = 0)
            OR {_are_several("source")}
                AND coalesce(max(ordered_at) FILTER (unreadable IS NULL)
                    > min(ordered_at) FILTER (unreadable IS NULL) + {SAME_ORDER_SPAN}, false)
            AS order_disagrees,
        arg_min(order_amount, row) FILTER (unreadable IS NULL) AS order_amount,
        {_first_of("order_currency", "arg_min")} AS order_currency,
        {_first_of("order_currency_symbol", "arg_min")} AS order_currency_symbol,
        {_last_of("order_status")} AS order_status,
        {_last_of("order_state")} AS order_state,
        {_are_several("order_state", _SAYS_STATE)} AS state_changed,
        min(ordered_at) AS ordered_at,
        CASE WHEN count(*) FILTER (unreadable IS NULL) = 0 THEN min(unreadable) END AS order_problem
    FROM {{orders}} GROUP BY identifier
)
SELECT * REPLACE (CASE WHEN NOT order_disagrees THEN order_amount END AS order_amount,
    CASE WHEN NOT order_disagrees THEN order_currency END AS order_currency,
    CASE WHEN NOT order_disagrees THEN order_currency_symbol END AS order_currency_symbol)
FROM grouped
"""

ORDERS: Final = _GROUPED_ORDERS.format(orders="orders")
"""``order_facts``: one row an identifier."""

REPEATED_ORDERS: Final = "SELECT identifier FROM orders GROUP BY identifier HAVING count(*) > 1"
MANY_ORDERS: Final = f"""
{_GROUPED_ORDERS.format(orders="(FROM orders SEMI JOIN repeated_orders USING (identifier))")}
UNION ALL BY NAME
SELECT identifier, row AS order_row, 1 AS order_rows, false AS order_disagrees, false AS state_changed,
    CASE WHEN unreadable IS NULL THEN order_amount END AS order_amount, order_currency, order_currency_symbol,
    order_status, order_state, ordered_at, unreadable AS order_problem
FROM orders ANTI JOIN repeated_orders USING (identifier)
"""
"""The same, where nearly all orders have an identifier of their own: to group those takes many times as long.

``repeated_orders`` is what REPEATED_ORDERS gives."""

_COUNTS: Final = ", ".join(
    f"count(*) FILTER (verdict = {place}) AS {name}"
    for place, name in (
        (VERDICT_PLACES[Verdict.ACCEPTED], "accepted"),
        (VERDICT_PLACES[Verdict.DUPLICATE], "duplicates"),
        (VERDICT_PLACES[Verdict.SUSPECT], "suspects"),
        (VERDICT_PLACES[Verdict.FORGED], "forged"),
    )
)

PAYMENTS: Final = f"""
WITH single_payments AS (
    SELECT identifier, min(payment_trx) AS trx, min(row) AS row, min(amount) AS amount,
        min(currency) AS currency, min(received_at) AS paid_at
    FROM notifications WHERE verdict = {VERDICT_PLACES[Verdict.ACCEPTED]}
    GROUP BY identifier, own_identifier, {TRX_KEY}
),
paid AS (
    SELECT identifier, count(*) AS payments, sum(amount) AS paid_in_all,
        count(DISTINCT currency) + (count(currency) < count(*))::BIGINT AS paid_currencies,
        min(currency) AS paid_currency, list(trx ORDER BY paid_at NULLS LAST, trx) FILTER (trx <> '') AS trx,
        min(paid_at) AS first_paid_at
    FROM single_payments GROUP BY identifier
),
apart AS (
    SELECT identifier,
        list(struct_pack(currency := currency, amount := amount) ORDER BY currency NULLS LAST) AS paid_apart
    FROM (SELECT identifier, currency, sum(amount) AS amount FROM single_payments GROUP BY identifier, currency)
    GROUP BY identifier HAVING count(*) > 1
),
counted AS (
    SELECT identifier, min(row) AS first_row,
        count(*) FILTER (verdict <> {VERDICT_PLACES[Verdict.UNREADABLE]}) AS notifications, {_COUNTS},
        bit_or(words) AS words, bit_or(verdict_word) AS verdict_words
    FROM notifications GROUP BY identifier
)
SELECT * EXCLUDE (payments, paid_currencies, paid_currency), coalesce(payments, 0) AS payments,
    coalesce(paid_currencies, 0) AS paid_currencies,
    CASE WHEN paid_currencies = 1 THEN paid_in_all END AS paid_amount,
    CASE WHEN paid_currencies = 1 THEN paid_currency END AS paid_currency
FROM counted LEFT JOIN paid USING (identifier) LEFT JOIN apart USING (identifier)
"""
"""``payment_facts``: one row an identifier. What has no currency has another than what has one."""

JOINED: Final = """
SELECT identifier, order_row, first_row, coalesce(order_rows, 0) AS order_rows,
    coalesce(order_disagrees, false) AS order_disagrees, coalesce(state_changed, false) AS state_changed,
    order_problem, order_amount, order_currency,
    order_currency_symbol, order_status, order_state,
    ordered_at, coalesce(notifications, 0) AS notifications, coalesce(accepted, 0) AS accepted,
    coalesce(duplicates, 0) AS duplicates, coalesce(suspects, 0) AS suspects, coalesce(forged, 0) AS forged,
    coalesce(words, 0) AS words, coalesce(verdict_words, 0) AS verdict_words, coalesce(payments, 0) AS payments,
    TRY_CAST(paid_amount AS DECIMAL(28, 8)) AS paid_amount, coalesce(paid_currencies, 0) AS paid_currencies,
    paid_currency, paid_apart, coalesce(trx, []) AS payment_trx, first_paid_at
FROM order_facts FULL JOIN payment_facts USING (identifier)
WHERE order_rows > 0 OR notifications > 0
"""

TOO_LARGE: Final = """
SELECT identifier FROM payment_facts
WHERE paid_amount IS NOT NULL AND TRY_CAST(paid_amount AS DECIMAL(28, 8)) IS NULL ORDER BY identifier LIMIT 1
"""
"""An identifier whose payments add up to more than an amount can be."""

TOTALS: Final = """
SELECT (SELECT sum(order_amount) FROM order_facts), (SELECT sum(paid_in_all) FROM payment_facts)
"""
"""Ordered and paid from the two sides, before they are joined."""

UNMATCHED: Final = """
SELECT position, identifier, order_rows > 0 AS is_order, order_rows > 0 OR payments > 0 AS is_trusted
FROM identifiers WHERE order_rows = 0 OR notifications = 0
"""

UNPAID: Final = """
SELECT * FROM identifiers
WHERE order_rows > 0 AND payments = 0 AND order_amount IS NOT NULL AND ordered_at IS NOT NULL
"""

NEAR_SIDES: Final = f"""
SELECT position, suggested_identifier, NULL AS match_rule, NULL AS ledger, {RESULT_BITS["near_match"]} AS words
FROM near_facts ORDER BY position
"""

ALL_SIDES: Final = f"""
WITH rule_facts AS (
    SELECT order_identifier AS identifier, min(rule) AS rule FROM homes GROUP BY order_identifier
    HAVING min(rule) <> 'identifier'
)
SELECT position, suggested_identifier, rule AS match_rule, ledger,
    CASE WHEN near_facts.position IS NULL THEN 0 ELSE {RESULT_BITS["near_match"]} END
        | CASE amount_reason WHEN 'ambiguous_amount' THEN {RESULT_BITS["ambiguous_amount"]} ELSE 0 END
        | CASE ledger_reason WHEN 'lost_notification' THEN {RESULT_BITS["lost_notification"]}
               WHEN 'ledger_ambiguous' THEN {RESULT_BITS["ledger_ambiguous"]} ELSE 0 END AS words
FROM identifiers LEFT JOIN near_facts USING (position) LEFT JOIN tie_facts USING (identifier)
    LEFT JOIN ledger_facts USING (identifier) LEFT JOIN rule_facts USING (identifier)
WHERE near_facts.position IS NOT NULL OR coalesce(amount_reason, ledger, ledger_reason, rule) IS NOT NULL
ORDER BY position
"""
"""What the steps beside the identifier found out; a rule is said where it was another than the usual one."""

SIDES: Final = "FROM sides WHERE position BETWEEN $first AND $last ORDER BY position"
