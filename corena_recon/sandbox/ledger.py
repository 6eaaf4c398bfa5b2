"""The merchant panel's own exports, in the form of the gateway family's CSV files.

A deposit has a transaction id of its own, not the notification's, and no identifier: the ledger can be
matched with notifications by amount and day alone. Amounts are for display: two decimals, thousands commas,
the currency behind.
"""

from __future__ import annotations

import csv
import io
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from corena_recon.sandbox.gateway import PaymentState
from corena_recon.text import text_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from corena_recon.sandbox.gateway import Payment

COLUMNS: Final[dict[str, tuple[str, ...]]] = {
    "deposits": (
        "SL",
        "Trx Number",
        "Amount",
        "Charge",
        "Payment Charge",
        "After Charge",
        "Gateway Name",
        "Method Currency",
        "Date",
    ),
    "transactions": (
        "SL",
        "Trx Number",
        "Trx Type",
        "Amount",
        "Charge",
        "Post Charge",
        "Details",
        "Remark",
        "Date",
    ),
    "withdrawals": (
        "SL",
        "Trx Number",
        "Amount",
        "Charge",
        "After Charge",
        "Gateway Name",
        "Method Currency",
        "Date",
    ),
}
"""The header of each export; the sandbox knows no withdrawals, so that file has its header alone."""

_CENT = Decimal("0.01")
_GATEWAY_NAME = "Sandbox"


def export_csv(kind: str, payments: Iterable[Payment]) -> str:
    """One export: the paid ones among the payments, the newest first, as the panel lists them.

    Args:
        kind: ``deposits``, ``transactions`` or ``withdrawals``.
        payments: One merchant's.
    """
    paid = [payment for payment in payments if payment.state is PaymentState.PAID]
    rows = [] if kind == "withdrawals" else [_row(kind, payment) for payment in reversed(paid)]
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\n")
    writer.writerow(COLUMNS[kind])
    writer.writerows((str(number), *row) for number, row in enumerate(rows, start=1))
    return written.getvalue()


def _row(kind: str, payment: Payment) -> tuple[str, ...]:
    currency = text_of(payment.currency)
    amount, charge = _shown(payment.amount, currency), _shown(payment.charge, currency)
    day = f"{payment.settled_at:%d/%m/%Y}" if payment.settled_at else ""
    if kind == "deposits":
        # The family's export asks for a column that does not exist, so this cell is always a formatted zero.
        after_charge = _shown(Decimal(0), currency)
        return payment.deposit_trx, amount, charge, charge, after_charge, _GATEWAY_NAME, currency, day
    after_charge = _shown(payment.amount - payment.charge, currency)
    details = f"Deposit Via {_GATEWAY_NAME}"
    return payment.deposit_trx, "+", amount, charge, after_charge, details, "deposit", day


def _shown(amount: Decimal, currency: str) -> str:
    return f"{amount.quantize(_CENT, rounding='ROUND_HALF_UP'):,f} {currency}"
