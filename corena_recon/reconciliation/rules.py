"""Outcomes and reasons, each defined once, as SQL over what is known of an identifier."""

from __future__ import annotations

from typing import Final

from corena_recon.tables.code_sets import CODE_BITS

LATE_DAYS: Final = 30


SAME_ORDER_SPAN: Final = "INTERVAL '26 hours'"
"""How far exports may differ on when an order was made, and still mean the same one: zones differ by so much."""


_DAY_US: Final = 24 * 3600 * 1_000_000


_PAID_IN_FULL: Final = "abs(difference) <= tolerance"


OUTCOME_RULES: Final[dict[str, str]] = {
    "ambiguous_order": "order_disagrees OR order_problem IS NOT NULL AND payments > 0",
    "orphan_payment": "payments > 0 AND order_rows = 0",
    "currency_mismatch": "paid_currencies > 1 OR is_other_currency",
    "duplicate_payment": (
        "order_rows > 0 AND (payments > 1 AND abs(difference) > tolerance"
        f" OR words & {CODE_BITS['trx_conflict']} <> 0 AND payments > 0 AND difference >= -tolerance)"
    ),
    "underpaid": "difference < -tolerance",
    "overpaid": "difference > tolerance",
    "status_conflict": f"{_PAID_IN_FULL} AND order_state IN ('cancelled', 'open')",
    "not_in_ledger": f"{_PAID_IN_FULL} AND is_absent",
    "refunded": f"{_PAID_IN_FULL} AND order_state = 'refunded'",
    "matched": _PAID_IN_FULL,
    "paid_on_forgery": "payments = 0 AND forged > 0 AND order_state = 'paid'",
    "no_trusted_payment": "payments = 0 AND notifications > 0",
    "nothing_due": "notifications = 0 AND order_amount = 0",
    "missing_payment": "notifications = 0 AND order_state IN ('paid', 'unknown') AND NOT is_recent",
    "not_yet_due": "notifications = 0 AND order_state IN ('paid', 'unknown') AND is_recent",
    "unpaid": "notifications = 0 AND order_state IN ('open', 'cancelled', 'refunded')",
}
"""When each outcome holds; the first that holds is the outcome, later ones are reasons."""


REASON_RULES: Final[dict[str, str]] = {
    "currency_unknown": (
        "difference IS NOT NULL AND NOT is_other_currency AND (order_code IS NULL OR paid_currency IS NULL)"
    ),
    "state_unknown": "order_state = 'unknown'",
    "state_changed": "state_changed",
    "within_tolerance": f"difference <> 0 AND {_PAID_IN_FULL}",
    "split_payment": f"payments > 1 AND {_PAID_IN_FULL}",
    "outside_export": (
        "order_rows = 0 AND payments > 0"
        " AND epoch_us(first_paid_at) NOT BETWEEN $first_order_us::BIGINT AND $last_order_us::BIGINT"
    ),
    "paid_before_order": "first_paid_at < ordered_at",
    "paid_late": f"epoch_us(first_paid_at) - epoch_us(ordered_at) > {LATE_DAYS * _DAY_US}",
}
"""Reasons that are neither an outcome, a finding nor a verdict."""


DERIVED: Final[dict[str, str]] = {
    "difference": "paid_amount - order_amount",
    "is_other_currency": (
        "coalesce(paid_currency <> order_code, NOT contains(symbol_codes, ' ' || paid_currency || ' '), false)"
    ),
    "is_recent": "coalesce(ordered_at >= $as_of::TIMESTAMPTZ - $grace::INTERVAL, false)",
}
"""What the rules read of an identifier beside its columns."""
