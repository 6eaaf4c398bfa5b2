"""What is out of order, gathered from the tables of a report while they are made, or from where they are."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

import pyarrow as pa
import pyarrow.compute as pc

from corena_recon.schemas import RESULT_SCHEMA, VERIFIED_SCHEMA
from corena_recon.tables.columns import decoded, encoded
from corena_recon.tables.engine import EngineTable
from corena_recon.vocabulary import OUTCOMES, Verdict

if TYPE_CHECKING:
    import duckdb

_REMARKABLE: Final = (
    "source record received_at identifier status signature_status key_id fidelity payment_trx amount currency "
    "unreadable findings verdict"
)
_EXCEPTIONAL: Final = (
    "identifier outcome reasons match_rule order_rows order_amount order_currency order_state ordered_at payments "
    "paid_amount paid_currency payment_trx first_paid_at difference suggested_identifier"
)
REMARKABLE: Final = pa.schema([VERIFIED_SCHEMA.field(name) for name in _REMARKABLE.split()])
"""What is looked at of notifications: of all but those that are accepted."""
EXCEPTIONAL: Final = pa.schema([RESULT_SCHEMA.field(name) for name in _EXCEPTIONAL.split()])
"""What is looked at of results: of those that are exceptions."""

_OUT_OF_ORDER: Final = frozenset(outcome.code for outcome in OUTCOMES.values() if outcome.is_exception)
_REMARKED: Final = frozenset(verdict.value for verdict in Verdict) - {Verdict.ACCEPTED.value}


class Gathered:
    """Notifications that are not accepted, and exceptional results.

    Args:
        connection: Whose engine keeps them, on disk where memory is short.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.connection = connection
        self.remarkable = EngineTable(connection, REMARKABLE)
        self.exceptional = EngineTable(connection, EXCEPTIONAL)

    def add_notifications(self, verified: pa.Table) -> None:
        """Looks at some notifications."""
        _add(self.remarkable, REMARKABLE, verified, "verdict", _REMARKED)

    def add_results(self, results: pa.Table) -> None:
        """Looks at some results."""
        _add(self.exceptional, EXCEPTIONAL, results, "outcome", _OUT_OF_ORDER)


def _add(kept: EngineTable, schema: pa.Schema, table: pa.Table, name: str, words: Iterable[str]) -> None:
    mask = pa.chunked_array([_is_one_of(cells, words) for cells in table[name].chunks], pa.bool_())
    rows = table.select(schema.names).filter(mask)
    if len(rows):
        kept.add(decoded(rows))


def _is_one_of(cells: pa.Array, words: Iterable[str]) -> pa.Array:
    known = encoded(cells)
    wanted = pa.array([word in words for word in known.dictionary.to_pylist()], pa.bool_())
    return pc.fill_null(wanted.take(known.indices), False)
