"""How orders were read is told in every place where their outcomes are."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import corena_recon as cr
from corena_recon.report import Look, report_text
from corena_recon.report.displays.mapping import mapping_sentences
from tests.making import ipn, jsonl, ring, verified

EXPORT = b"""\
Num\xc3\xa9ro;Montant;Devise;Statut;Date
A;11,50;USD;pay\xc3\xa9e;25/03/2026
B;1.250,00;;pay\xc3\xa9e;hier
Total;1261,50;;;
"""
COLUMNS = {
    "identifier": "Num\xe9ro",
    "order_amount": "Montant",
    "order_currency": "Devise",
    "order_status": "Statut",
    "ordered_at": "Date",
}

SENTENCES = [
    # what read_orders reports, what is said of it
    ({}, []),
    ({"platform": "shopify", "identifier": "Name"}, ["Orders were read as shopify: identifier from 'Name'."]),
    (
        {"platform": "generic", "order_amount": "T\x1b[31m", "amount_notation": "undecided", "undated": 0},
        ["Orders were read as generic: order_amount from 'T\\\\x1B[31m'."],
    ),
    ({"amount_notation": "1234,50"}, ["Amounts are written as 1234,50."]),
    ({"other_sheets": "Mars, Avril"}, ["Other sheets were not read: Mars, Avril (sheet)."]),
    (
        {"excluded": 1200, "totals_rows": 1},
        ["1,200 rows were left out as asked (where).", "1 row sums up others and is no order."],
    ),
    ({"undated": 3, "damaged_identifiers": 0}, ["3 orders have a date that cannot be read."]),
    ({"float_noise": 2}, ["2 amounts were a computer's fractions, and are read as the decimals that they came from."]),
]


@pytest.mark.parametrize(("mapping", "sentences"), SENTENCES)
def test_what_is_said_of_a_mapping(mapping: dict[str, Any], sentences: list[str]) -> None:
    said = mapping_sentences(mapping)
    assert said == (
        sentences if not mapping or "platform" in mapping else ["Orders were read as generic: .", *sentences]
    )


def test_it_is_said_in_french() -> None:
    said = mapping_sentences({"platform": "generic", "identifier": "N\xb0", "excluded": 2}, "fr")
    assert said == [
        "Commandes lues comme generic : identifier de 'N\xb0'.",
        "2 lignes ont \xe9t\xe9 \xe9cart\xe9es comme demand\xe9 (where).",
    ]


def test_the_mapping_is_in_summary_text_card_manifest_and_report(tmp_path: Path) -> None:
    audited = cr.audit(jsonl(ipn("A", "11.50000000")), EXPORT, ring(), tmp_path / "report")
    reconciled = cr.reconcile(verified(ipn("A", "11.50000000")), cr.read_orders(EXPORT))
    manifest = json.loads((tmp_path / "report" / "manifest.json").read_text(encoding="utf-8"))
    read = cr.Reconciliation.read_parquet(tmp_path / "report")
    for found in (audited, reconciled, read):
        told = found.summary["orders"]
        assert (told["rows"], told["unreadable"], told["excluded"]) == (3, 1, 0)
        assert told["mapping"] == manifest["mapping"]
        assert COLUMNS.items() <= told["mapping"].items()
        assert told["mapping"]["undated"] == 1
        assert "identifier from 'Num\xe9ro'" in report_text(found.summary, [], Look("en", width=120), None)
        assert "order_amount from &#x27;Montant&#x27;" in found._repr_html_()
    assert json.loads(json.dumps(audited.summary)) == audited.summary


def test_of_a_frame_that_lost_it_nothing_is_said_of_the_mapping() -> None:
    orders = cr.read_orders(EXPORT)
    orders.attrs = {}
    found = cr.reconcile(verified(ipn("A", "11.50000000")), orders).summary
    assert found["orders"] == {"rows": 3, "unreadable": 1}
    assert "Orders were read as" not in report_text(found, [], Look("en"), None)
