"""What the documentation's sample would have released: our rule, and the sample itself on real PHP."""

from __future__ import annotations

import base64
import json
import subprocess
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest

import corena_recon as cr
from corena_recon.demonstration.specimens import make_specimen
from corena_recon.report.worklist.exposure import loosely_equal_query, own_keys, passing_query
from corena_recon.text import octets_of
from tests.making import ipn, jsonl, orders, ring, ring_of, signature, verified

SAMPLE = Path(__file__).with_name("sample.php")
NUMBERS = (
    *("1e3", "1000", "00123", "123", " 12", "12", "12 ", "0x1A", "26", ".5", "0.5", "1.", "1", "1_0", "10", "-0", "0"),
    *("9223372036854775808", "9223372036854775809", "9223372036854775807", "1e400", "2e400", "+5", "5", "5\v", "5\0"),
    *("99999999999999999999", "1e20", "99999999999999999999.0", "9007199254740993", "9007199254740992", "1e-400"),
    *("9007199254740992.0", "1e5", "100000.0", "00000000000000000001", "9.223372036854775807e18", "1e", "0e5", "1.e3"),
    *("-9223372036854775808", "-9223372036854775809", "123.0", "1.23e2", "CMD-1", "cmd-1", "1E+3", "0100000.00"),
)
"""Identifiers that PHP may or may not take for one another."""


def encoded(text: str | None) -> str:
    return base64.b64encode(octets_of(text or "")).decode()


def released_by_php(
    php: str, notifications: list[dict[str, Any]], identifiers: list[str], secrets: list[list[str]]
) -> set[tuple[int, str]]:
    """The number of each notification that the sample releases, with the identifier of the order.

    Args:
        php: The interpreter.
        notifications: What is posted.
        identifiers: Of orders.
        secrets: Of the shop that each notification is posted to.
    """
    given = {
        "notifications": [{name: encoded(value) for name, value in one.items()} for one in notifications],
        "orders": identifiers,
        "secrets": secrets,
    }
    ran = subprocess.run([php, str(SAMPLE)], input=json.dumps(given), capture_output=True, text=True, check=True)
    return {(number, identifiers[order]) for number, order in json.loads(ran.stdout)}


def released_by_rule(
    engine: duckdb.DuckDBPyConnection, table: pa.Table, identifiers: list[str], keys: list[str] | None
) -> set[tuple[int, str]]:
    """The same by our rule."""
    with engine.cursor() as connection:
        connection.register("posted", table.append_column("number", pa.array(range(len(table)))))
        connection.register("ordered", pa.table({"identifier": identifiers}))
        query = f"""
        WITH passing AS ({passing_query("posted", keys)}),
        pairs AS ({loosely_equal_query("passing", "ordered")})
        SELECT number, identifier FROM passing SEMI JOIN ordered USING (identifier)
        UNION SELECT number, order_identifier FROM passing JOIN pairs USING (identifier)
        """
        return {*connection.execute(query).fetchall()}


@pytest.mark.php
def test_the_rule_releases_what_the_sample_releases_on_php(php: str, engine: duckdb.DuckDBPyConnection) -> None:
    specimen = make_specimen(10_000)
    keys = ring_of(specimen)
    found = cr.reconcile(cr.verify(cr.read_ipns([*specimen.archives.values()]), keys), specimen.orders_csv)
    table = found.table("notifications")
    own = own_keys(found.facts)
    assert own
    posted = [
        {
            **{name: row[name] for name in ("status", "identifier", "signature")},
            # What a lossy archive has lost of the amount's text is what verified.
            "amount": (row["amount_rendering"] if row["fidelity"] != "raw" else None) or row["amount_text"],
        }
        for row in table.to_pylist()
    ]
    assert len(posted) >= 10_000
    identifiers = sorted({name for name in found.table("orders")["identifier"].to_pylist() if name})
    secrets = [
        [key.secret for key in specimen.keys if key.id in own and (key.merchant or merchant) in (merchant, None)]
        for merchant in table["merchant"].to_pylist()
    ]
    by_php = released_by_php(php, posted, identifiers, secrets)
    assert released_by_rule(engine, table, identifiers, own) == by_php
    assert len(by_php) > 9_000


@pytest.mark.php
def test_identifiers_are_the_same_for_php_as_for_the_rule(php: str, engine: duckdb.DuckDBPyConnection) -> None:
    rows = [
        {"status": "success", "identifier": name, "signature": signature("1", name, "secret of tests"), "amount": "1"}
        for name in NUMBERS
    ]
    by_php = released_by_php(php, rows, [*NUMBERS], [["secret of tests"]] * len(rows))
    table = pa.table(
        {
            **{name: [row[name] for row in rows] for name in ("status", "identifier")},
            **{name: [value] * len(rows) for name, value in (("signature_status", "valid"), ("fidelity", "raw"))},
            "findings": pa.array([[]] * len(rows), pa.list_(pa.string())),
        }
    )
    assert released_by_rule(engine, table, [*NUMBERS], None) == by_php
    assert len(by_php) > len(NUMBERS) + 50


def test_what_would_be_released_wrongly_is_counted_by_class() -> None:
    notifications = verified(
        ipn("A", "1.00000000"),
        ipn("B"),
        ipn("B"),
        ipn("B"),
        ipn("C"),
        ipn("C", trx="EDITED"),
        ipn("D", signature="0" * 64),
        ipn("E", status="failed"),
        ipn("F", "11.00000000"),
        ipn("00123", "11.00000000"),
        ipn("G"),
    )
    shop = orders(
        ("A", "100", "USD", "paid"),
        *((name, "11", "USD", "paid") for name in "BCDEG"),
        ("F", "11", "EUR", "paid"),
        ("123", "7", "USD", "open"),
    )
    exposure = cr.reconcile(notifications, shop).summary["exposure"]
    assert [tuple(one.values()) for one in exposure] == [
        # class, verdict, notifications, orders, amounts
        ("currency_mismatch", "accepted", 1, 1, {"EUR": "11.00000000"}),
        ("loose_identifier", "accepted", 1, 1, {"USD": "7.00000000"}),
        ("replayed", "duplicate", 2, 1, {"USD": "22.00000000"}),
        ("trx_conflict", "suspect", 1, 1, {"USD": "11.00000000"}),
        ("underpaid", "accepted", 1, 1, {"USD": "99.00000000"}),
    ]


def test_what_another_key_signed_is_not_released() -> None:
    for changes in ({"mode": "test"}, {"merchant": "another"}):
        found = cr.reconcile(
            cr.verify(verified(ipn("A"), ipn("A")), ring(**changes), mode="live", merchant="own"),
            orders(("A", "11", "USD", "paid")),
        )
        assert own_keys(found.facts) == []
        assert found.summary["exposure"] == []


def test_money_that_the_ledger_confirms_is_told_apart() -> None:
    deposits = (
        "SL,Trx Number,Amount,Charge,Payment Charge,After Charge,Gateway Name,Method Currency,Date\n"
        "1,D1,11.00 USD,0.00 USD,0.00 USD,0.00 USD,Card,USD,10/01/2026\n"
        "2,D2,5.00 USD,0.00 USD,0.00 USD,0.00 USD,Card,USD,20/01/2026\n"
    )
    shop = "order_id,total,currency,status,created_at\nA,11,USD,paid,2026-01-10\nB,7,USD,paid,2026-01-11\n"
    envelopes = [
        {"received_at": f"2026-01-{day}T12:00:00Z", "body": json.dumps(ipn(name, amount))}
        for name, amount, day in (("A", "11.00000000", 10), ("B", "7.00000000", 11))
    ]
    found = cr.reconcile(
        cr.verify(cr.read_ipns(jsonl(*envelopes)), ring()),
        cr.read_orders(shop.encode()),
        ledger=cr.read_ledger(deposits.encode()),
    )
    assert found.results["ledger"].tolist() == ["confirmed", "absent"]
    assert found.summary["grades"] == {"ledger": {"USD": "11.00000000"}, "signed": {"USD": "7.00000000"}}
