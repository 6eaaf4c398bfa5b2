"""What columns hold: how many cells are filled, how many differ, what comes most often, and how large amounts are."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Final, NamedTuple

from corena_recon.money import money_text
from corena_recon.progress import Telling
from corena_recon.report.displays.terminal import Look

if TYPE_CHECKING:
    import duckdb

_COLUMNS: Final = {
    "notifications": (
        "endpoint merchant status identifier signature currency payment_trx payment_type amount charge fidelity "
        "unreadable key_id amount_rendering"
    ),
    "orders": "identifier order_amount order_currency order_status order_state ordered_at refunded_amount",
}
"""Those that anybody asks about; what else an export has may name people."""
_UNTOLD: Final = ("signature", "ordered_at")
"""Of which no cell is shown: nobody shall post from a page, and moments hardly repeat."""
_MONEY: Final = ("amount", "charge", "order_amount", "refunded_amount")
_FREQUENT_MAX: Final = 3
_CURRENCIES_MAX: Final = 20
_SHARES: Final = (0, 0.25, 0.5, 0.75, 1)


class ProfiledColumn(NamedTuple):
    """One column.

    Attributes:
        table: Whose.
        name: Of the column.
        filled: How many cells are no null.
        rows: How many cells there are.
        distinct: How many of them differ.
        frequent: Those that come more than once, the most frequent first, with their counts.
    """

    table: str
    name: str
    filled: int
    rows: int
    distinct: int
    frequent: list[tuple[str, int]]


class ProfiledAmounts(NamedTuple):
    """Accepted amounts of one currency: how many, and the least, the quartiles and the greatest of them."""

    currency: str | None
    payments: int
    marks: list[Decimal]


def profiled_columns(
    connection: duckdb.DuckDBPyConnection, tables: Collection[str], look: Look, tell: Telling
) -> list[ProfiledColumn]:
    """The columns of notifications and orders, as far as there are any.

    Args:
        connection: That has the views of a report.
        tables: That there are.
        look: How amounts are written.
        tell: Told how many cells have been gone through.
    """
    rows = {table: _count(connection, table) for table in _COLUMNS if table in tables}
    wanted = [(table, name) for table in rows for name in _known(connection, table)]
    total, done = sum(rows[table] for table, _ in wanted), 0
    found = []
    for table, name in wanted:
        [(filled, distinct, frequent)] = connection.sql(_PROFILE.format(table=table, column=name)).fetchall()
        told = [] if name in _UNTOLD else list(_frequent(frequent or [], look, is_money=name in _MONEY))
        found.append(ProfiledColumn(table, name, filled, rows[table], distinct, told))
        done += rows[table]
        tell(done, total)
    return found


def profiled_amounts(connection: duckdb.DuckDBPyConnection) -> list[ProfiledAmounts]:
    """The accepted amounts by currency, that of most payments first."""
    return [ProfiledAmounts(*row) for row in connection.sql(_AMOUNTS).fetchall()]


def _count(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    [(rows,)] = connection.sql(f"SELECT count(*) FROM {table}").fetchall()
    return int(rows)


def _known(connection: duckdb.DuckDBPyConnection, table: str) -> Iterator[str]:
    present = {*connection.sql(f"FROM {table} LIMIT 0").columns}
    return (name for name in _COLUMNS[table].split() if name in present)


def _frequent(cells: list[dict[str, object]], look: Look, *, is_money: bool) -> Iterator[tuple[str, int]]:
    for cell in cells:
        count, text = int(str(cell["count"])), str(cell["value"])
        if count > 1:
            yield (money_text(Decimal(text), None, look.lang) if is_money else text), count


_PROFILE: Final = f"""
WITH counted AS MATERIALIZED (
    SELECT {{column}} AS value, count(*) AS count FROM {{table}} WHERE {{column}} IS NOT NULL GROUP BY value
)
SELECT coalesce(sum(count), 0)::BIGINT, count(*), (
    SELECT list({{{{'value': value::VARCHAR, 'count': count}}}} ORDER BY count DESC, value)
    FROM (FROM counted ORDER BY count DESC, value LIMIT {_FREQUENT_MAX})
)
FROM counted
"""
_AMOUNTS: Final = f"""
SELECT currency, count(*) AS count, quantile_disc(amount, {[*_SHARES]})
FROM notifications WHERE verdict = 'accepted' AND amount IS NOT NULL
GROUP BY currency ORDER BY count DESC, currency LIMIT {_CURRENCIES_MAX}
"""
