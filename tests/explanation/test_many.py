"""Explanations of many identifiers are those of each."""

from __future__ import annotations

from typing import Any

import corena_recon as cr
from corena_recon.explanation import Evidence, EvidenceOfMany, Explaining
from corena_recon.explanation.explanation import NOTIFICATIONS_MAX
from corena_recon.tables.engine import connect
from tests.making import ipn, jsonl, orders, ring, signature, verified

TRIED = 1000


def explained(found: cr.Reconciliation, identifiers: list[str]) -> list[dict[str, Any]]:
    told = []
    with connect() as connection:
        evidence = EvidenceOfMany(connection, found.tables, identifiers, shown_max=NOTIFICATIONS_MAX)
        explaining = Explaining(evidence, ring(), found.facts, "en")
        for identifier in identifiers:
            evidence.turn_to(identifier)
            told.append(explaining.explanation(identifier, TRIED).to_dict())
    return told


def alone(found: cr.Reconciliation, identifier: str) -> dict[str, Any]:
    with connect() as connection:
        evidence = Evidence(connection, found.tables, identifier)
        return Explaining(evidence, ring(), found.facts, "en").explanation(identifier, TRIED).to_dict()


def without_search(told: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in told.items() if name not in ("similar_identifiers", "search")}


def test_each_is_told_what_it_is_told_alone() -> None:
    found = cr.reconcile(
        verified(
            *(ipn(name) for name in ("A", "B", "C", "D")),
            ipn("A", trx="TRXB"),
            *(ipn("A", data_charge=charge) for charge in ("1", "1", "2")),
            ipn("B", status="failed"),
            ipn("B", received_at=None, status="failed"),
            ipn("C", "110.00000000", signature=signature("11.00000000", "C")),
            ipn("E", "1.00000000", signature=signature("11.00000000", "D")),
            ipn("5D", "1.00", signature=signature("1.00", "5D")),
            ipn("D", "1.005", signature=signature("1.005", "D")),
            ipn("F", signature=""),
            *(ipn("G", trx=f"G{number}", status="failed") for number in range(60)),
            {"no": "ipn"},
        ),
        orders(*((name, "11", "USD", "paid") for name in ("A", "B", "C", "D", "E", "F", "G", "H"))),
    )
    identifiers = ["A", "B", "C", "D", "E", "G"]
    many = explained(found, identifiers)
    assert [without_search(told) for told in many] == [without_search(alone(found, name)) for name in identifiers]
    assert {code["code"] for told in many for row in told["notifications"] for code in row["findings"]} >= {
        "boundary_twin",
        "signature_copied",
        "trx_conflict",
        "trx_reused",
        "unsigned_conflict",
        "replayed",
        "status_conflict",
    }


def test_payments_that_another_pass_gave_away_are_told_of_those_alone_who_posted_them() -> None:
    table = b"order_id,total,currency,status,trx\nO1,11,USD,paid,TRXA\nO2,11,USD,paid,TRXB\nO3,12,USD,paid,TRXC\n"
    found = cr.reconcile(
        cr.verify(cr.read_ipns(jsonl(ipn("A"), ipn("B"), ipn("C"))), ring()),
        cr.read_orders(table),
        match_on=["identifier", "transaction"],
        transaction_column="trx",
    )
    names = ["A", "B", "C", "O3"]
    many = explained(found, names)
    assert [without_search(told) for told in many] == [without_search(alone(found, name)) for name in names]
    assert all(told["passed"] for told in many)
