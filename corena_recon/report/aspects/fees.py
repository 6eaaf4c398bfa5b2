"""What the gateway kept of each payment, as its notification and its ledger say."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from corena_recon.schemas import MONEY
from corena_recon.vocabulary import Verdict

if TYPE_CHECKING:
    import duckdb

FEE_SCHEMA: Final = pa.schema(
    [
        *((name, pa.string()) for name in ("identifier", "payment_trx", "currency")),
        *((name, MONEY) for name in ("amount", "charge", "net", "ledger_amount", "ledger_charge", "ledger_net")),
        ("difference", MONEY),
    ]
)
"""One row a payment of which notification and ledger both name a charge: amount and charge of each, what is left, and
by how much the notification's is more. The charge of a notification is not signed."""

_NAMED_MAX: Final = 5


def fees_table(connection: duckdb.DuckDBPyConnection) -> pa.Table:
    """The payments whose transaction ids the ledger has, the largest difference first.

    Args:
        connection: With ``notifications`` and ``ledger``.
    """
    return connection.sql(_FEES).to_arrow_table().cast(FEE_SCHEMA)


def fee_differences(fees: pa.Table) -> dict[str, Any] | None:
    """Of how many payments both charges are known and how many differ, the first by name and by how much; plain facts.

    None where both are known of none.
    """
    if not len(fees):
        return None
    rows = fees.filter(pc.not_equal(fees["difference"], Decimal(0)))
    sums = rows.group_by("currency", use_threads=False).aggregate([("difference", "sum")]).to_pylist()
    return {
        "payments": len(fees),
        "count": len(rows),
        "names": rows["identifier"].slice(0, _NAMED_MAX).to_pylist(),
        "amounts": {row["currency"] or "": f"{row['difference_sum']:.8f}" for row in sums},
    }


_FEES: Final = f"""
    WITH entries AS (
        SELECT coalesce(nullif(payment_trx, ''), nullif(ledger_trx, '')) AS trx, any_value(amount) AS ledger_amount,
               any_value(charge) AS ledger_charge
        FROM ledger WHERE unreadable IS NULL AND amount >= 0 AND charge IS NOT NULL
        GROUP BY trx HAVING count(*) = 1
    ),
    posted AS (
        SELECT DISTINCT identifier, payment_trx, currency, amount, charge FROM notifications
        WHERE verdict = '{Verdict.ACCEPTED}' AND charge IS NOT NULL
    )
    SELECT identifier, payment_trx, currency, amount, charge, amount - charge AS net, ledger_amount, ledger_charge,
           ledger_amount - ledger_charge AS ledger_net, net - ledger_net AS difference
    FROM posted JOIN entries ON posted.payment_trx = entries.trx
    ORDER BY abs(difference) DESC, identifier, payment_trx
"""
