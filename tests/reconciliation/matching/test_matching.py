"""Both ways from payments to joined stretches: they give the same where the identifier is all that matters."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from corena_recon.reconciliation import positions
from corena_recon.reconciliation.facts import JOINED_SCHEMA, PAYMENT_FACTS, SIDE_FACTS
from corena_recon.reconciliation.matching.matching import ByIdentifier, ByPasses, Matching
from corena_recon.reconciliation.options import ReconcilingOptions
from corena_recon.reconciliation.positions import Scratch
from corena_recon.schemas import ORDER_SCHEMA
from corena_recon.tables.code_sets import RESULT_BITS
from corena_recon.tables.engine import connect
from corena_recon.tables.spool import Spool
from corena_recon.vocabulary import VERDICT_PLACES, Verdict

ORDERS = ["A", "B", "C", "A", "#D", "e-", "F", "G"]
NOTIFICATIONS = ["B", "C", "E-", "B", "X", "D", "!", "F"]
"""Identifiers; of ``!`` nothing could be read."""


def spool(rows: list[dict[str, Any]], schema: pa.Schema) -> Spool:
    kept = Spool()
    kept.add(pa.Table.from_pylist(rows, schema))
    return kept


def orders() -> Spool:
    return spool(
        [{"identifier": name, "order_amount": Decimal(1), "order_currency": "USD"} for name in ORDERS], ORDER_SCHEMA
    )


def payments() -> pa.Table:
    return pa.Table.from_pylist(
        [
            {
                "row": row,
                "identifier": name,
                "payment_trx": f"T{row}",
                "amount": Decimal(1),
                "currency": "USD",
                "verdict": VERDICT_PLACES[Verdict.UNREADABLE if name == "!" else Verdict.ACCEPTED],
                "words": 0,
            }
            for row, name in enumerate(NOTIFICATIONS)
        ],
        PAYMENT_FACTS,
    )


def by_identifier(connection: duckdb.DuckDBPyConnection, scratch: Scratch) -> Matching:
    names = [
        {"identifier": name, "unreadable": "empty_body" if name == "!" else None, "is_elsewhere": False}
        for name in NOTIFICATIONS
    ]
    schema = pa.schema([("identifier", pa.string()), ("unreadable", pa.string()), ("is_elsewhere", pa.bool_())])
    return ByIdentifier(connection, orders(), spool(names, schema), scratch)


def by_passes(connection: duckdb.DuckDBPyConnection, scratch: Scratch) -> Matching:
    return ByPasses(
        connection,
        connection.cursor(),
        orders(),
        len(NOTIFICATIONS),
        ReconcilingOptions(),
        transaction_column=None,
        ledger=None,
        scratch=scratch,
    )


WAYS = [by_identifier, by_passes]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("on_disk", [False, True])
def test_payments_come_in_and_stretches_go_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: Any, *, on_disk: bool
) -> None:
    monkeypatch.setattr(positions, "_STRETCH_MIN_ROWS", 3)
    with connect() as connection:
        with way(connection, Scratch(tmp_path) if on_disk else Scratch()) as matching:
            for first in range(0, len(NOTIFICATIONS), 3):
                matching.add_payments(payments().slice(first, 3))
            placement, sides, unmatched_count = matching.matched()
        stretches = list(placement.joined(connection.cursor()))
        joined = pa.concat_tables(
            [JOINED_SCHEMA.empty_table(), *(each for some in stretches for each in some.tables())]
        )
        assert (len(stretches) > 1) == on_disk
        assert [
            (row["position"], row["identifier"], row["order_rows"], row["payments"])
            for row in joined.sort_by("position").to_pylist()
        ] == [
            (0, "A", 2, 0),
            (1, "B", 1, 2),
            (2, "C", 1, 1),
            (4, "#D", 1, 0),
            (5, "e-", 1, 0),
            (6, "F", 1, 1),
            (7, "G", 1, 0),
            (10, "E-", 0, 1),
            (12, "X", 0, 1),
            (13, "D", 0, 1),
        ]
        near = RESULT_BITS["near_match"]
        assert connection.sql(f"FROM {sides.name}").to_arrow_table().cast(SIDE_FACTS).to_pylist() == [
            {"position": position, "suggested_identifier": name, "match_rule": None, "ledger": None, "words": near}
            for position, name in ((4, "D"), (5, "E-"), (10, "e-"), (13, "#D"))
        ]
        assert unmatched_count == 7


@pytest.mark.parametrize("way", WAYS)
def test_nothing_of_it_stays_in_the_engine(way: Any) -> None:
    with connect() as connection:
        with way(connection, Scratch()) as matching:
            matching.add_payments(payments())
            matching.matched().sides.close()
        assert connection.execute("SHOW ALL TABLES").fetchall() == []
