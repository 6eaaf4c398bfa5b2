"""What an exception is decided on: facts of its result and of its notifications, as SQL over the tables of a report.

The facts are those that a decision rests on, and none that another export of the same changes: no names of files, no
places in them, no moments, no numbers of rows; and a notification that came again is the one that it was.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from corena_recon.chain import SOUND
from corena_recon.decisions import KEY_DIGITS, SUBJECTS_OF_A_SOURCE
from corena_recon.tables.engine import sql_literal
from corena_recon.vocabulary import Verdict

if TYPE_CHECKING:
    import duckdb

_OF_A_SOURCE: Final = ", ".join(map(sql_literal, SUBJECTS_OF_A_SOURCE))

SUBJECT: Final = f"""
    'k' || left(sha256(CASE WHEN identifier IS NOT NULL THEN 'identifier:' || identifier
                            WHEN outcome IN ({_OF_A_SOURCE}) THEN outcome || ':' || source ELSE outcome END),
                {KEY_DIGITS})
"""
"""What a row of the worklist is about, as ``decisions`` keys it."""

_FACTS: Final = (
    *("outcome", "reasons", "match_rule", "order_amount", "order_currency", "order_state", "payments", "paid_amount"),
    *("paid_currency", "payment_trx", "suggested_identifier", "ledger"),
)
_NO_REASONS: Final = frozenset({"replayed", "state_changed"})
"""What another export of the same may add."""
_POSTED: Final = (
    *("status", "signature", "currency", "payment_trx", "payment_type", "charge::VARCHAR"),
    *("coalesce(amount::VARCHAR, amount_text)", "verdict", "array_to_string(findings, ',')"),
)
_VERDICTS: Final = [verdict.value for verdict in Verdict if verdict != Verdict.DUPLICATE]


def bases(
    connection: duckdb.DuckDBPyConnection, rows: str, *, has_orders: bool
) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Rows of the worklist, each with what it is decided on: plain facts, without those that are null.

    Args:
        connection: With notifications, intake, and where there are orders results, ``exceptional`` and
            ``refund_problems``.
        rows: The relation of the rows: ``subject, identifier, outcome, source``.
        has_orders: Whether there are results.
    """
    of_orders = [_OF_RESULTS, _IN_ORDER, _REFUNDED]
    parts = [*(of_orders if has_orders else (_OF_CLAIMS, _NAMELESS)), _UNREADABLE, _BROKEN]
    for part in parts:
        for batch in connection.sql(part.format(rows=rows)).to_arrow_reader():
            for row in batch.to_pylist():
                told = {name: row.pop(name) for name in ("subject", "identifier", "source")}
                facts = {name: _plain(value) for name, value in row.items()}
                yield told, {name: fact for name, fact in facts.items() if fact not in (None, 0, [])}


def _plain(value: Any) -> Any:  # noqa: ANN401 - cells
    if isinstance(value, Decimal):
        return f"{value:.8f}"
    return sorted({*value} - _NO_REASONS) if isinstance(value, list) else value


def _exact(expressions: Iterable[str]) -> str:
    """A digest of several texts, of which each tells where it ends."""
    parts = ", ".join(f"coalesce(strlen({each}) || ':' || {each}, '-')" for each in expressions)
    return f"sha256(concat({parts}))"


_COUNTS: Final = ", ".join(f"count(*) FILTER (verdict = '{verdict}') AS {verdict}" for verdict in _VERDICTS)
_CONTENT: Final = f"{_COUNTS}, sha256(string_agg(mark, '' ORDER BY mark)) AS content"


def _distinct(where: str) -> str:
    """Notifications by what they say, each once."""
    return (
        f"SELECT DISTINCT identifier, verdict, {_exact(_POSTED)} AS mark FROM notifications "
        f"{where} AND verdict <> '{Verdict.DUPLICATE}'"
    )


_NAMED: Final = "(SELECT identifier FROM {rows} WHERE identifier IS NOT NULL)"
_OF_THOSE: Final = f"SEMI JOIN {_NAMED} USING (identifier) WHERE true"

_OF_RESULTS: Final = f"""
    WITH posted AS (SELECT identifier, {_CONTENT} FROM ({_distinct(_OF_THOSE)}) GROUP BY identifier),
    ordered AS (
        SELECT identifier, list(DISTINCT concat_ws(' ', order_amount, order_currency)) AS order_amounts
        FROM orders SEMI JOIN {_NAMED} USING (identifier) WHERE unreadable IS NULL GROUP BY identifier
    )
    SELECT subject, NULL AS source, found.*, posted.* EXCLUDE (identifier),
           CASE WHEN order_amount IS NULL THEN order_amounts END AS order_amounts, refund_problem, refunded
    FROM {{rows}} AS listed JOIN (SELECT identifier, {", ".join(_FACTS)} FROM results) AS found USING (identifier)
    LEFT JOIN posted USING (identifier) LEFT JOIN ordered USING (identifier)
    LEFT JOIN (SELECT identifier, problem AS refund_problem, refunded FROM refund_problems) USING (identifier)
"""
_OF_CLAIMS: Final = f"""
    WITH posted AS (SELECT identifier, {_CONTENT} FROM ({_distinct(_OF_THOSE)}) GROUP BY identifier)
    SELECT subject, NULL AS source, outcome, posted.* FROM {{rows}} AS listed JOIN posted USING (identifier)
"""


def _together(where: str) -> str:
    """Forged and suspect notifications that have no row of their own, by verdict."""
    some = f"{where} AND verdict IN ('{Verdict.FORGED}', '{Verdict.SUSPECT}')"
    return f"""
    WITH posted AS (
        SELECT verdict AS outcome, {_CONTENT}
        FROM (SELECT DISTINCT identifier, verdict, {_exact(["identifier", *_POSTED])} AS mark
              FROM notifications {some}) GROUP BY verdict
    )
    SELECT subject, NULL AS identifier, NULL AS source, posted.*
    FROM (SELECT subject, outcome FROM {{rows}} WHERE identifier IS NULL AND outcome NOT IN ({_OF_A_SOURCE}))
    JOIN posted USING (outcome)
    """


_IN_ORDER: Final = _together("ANTI JOIN exceptional USING (identifier) WHERE true")
_NAMELESS: Final = _together("WHERE identifier IS NULL")

_REFUNDED: Final = f"""
    WITH given_back AS (
        SELECT problem AS outcome, source, sum(refunded)::DECIMAL(28, 8) AS refunded,
               sha256(string_agg(mark, '' ORDER BY mark)) AS content
        FROM (SELECT *, {_exact(["refunded::VARCHAR", "refunded_in"])} AS mark FROM refund_problems
              WHERE identifier IS NULL)
        GROUP BY problem, source
    )
    SELECT subject, NULL AS identifier, source, outcome, refunded, content
    FROM (SELECT subject, outcome, source FROM {{rows}} WHERE identifier IS NULL) JOIN given_back
    USING (outcome, source)
"""

_UNREADABLE: Final = f"""
    WITH posted AS (
        SELECT source, count(*) AS {Verdict.UNREADABLE},
               sha256(string_agg(mark, '' ORDER BY mark)) AS content
        FROM (SELECT source, {_exact(["unreadable", "sha256(coalesce(raw, ''::BLOB))"])} AS mark
              FROM notifications WHERE unreadable IS NOT NULL)
        GROUP BY source
    )
    SELECT subject, NULL AS identifier, source, outcome, posted.* EXCLUDE (source)
    FROM (SELECT subject, outcome, source FROM {{rows}} WHERE outcome = '{Verdict.UNREADABLE}') JOIN posted
    USING (source)
"""
_BROKEN: Final = f"""
    SELECT subject, NULL AS identifier, source, outcome, chain
    FROM (SELECT subject, outcome, source FROM {{rows}} WHERE outcome = 'broken_chain')
    JOIN (SELECT source, chain FROM intake WHERE chain <> '{SOUND}') USING (source)
"""
