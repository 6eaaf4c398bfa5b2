"""The worklist: who stands in it, with how much money, why, and what to do."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import corena_recon as cr
from corena_recon.demonstration.specimens import make_specimen
from corena_recon.languages import LANGUAGES
from corena_recon.report.worklist.queries import AT_RISK, FORMS
from corena_recon.report.worklist.words import NEXT_STEPS, WHY, next_step_of
from corena_recon.schemas import WORKLIST_SCHEMA
from corena_recon.stages.running import reporting
from corena_recon.vocabulary import OUTCOMES
from tests.making import ipn, jsonl, orders, ring, ring_of, verified
from tests.places import STORED_REPORTS

FORGED = "0" * 64
FACTS = dict.fromkeys(("paid", "ordered", "difference", "count", "suggested", "trx", "record", "reason"), "x")


def listed(*notifications: dict[str, Any], shop: tuple[tuple[str, str, str, str], ...], **options: Any) -> list[Any]:
    """The worklist's rows as tuples of what is told: identifier, outcome, money, why, next step, record."""
    found = cr.reconcile(verified(*notifications), orders(*shop), **options)
    return [
        (
            row["identifier"],
            row["outcome"],
            f"{row['at_risk']:f} {row['currency']}",
            row["why"].replace("\u00a0", " "),
            row["next_step"].replace("\u00a0", " "),
            row["record"],
        )
        for row in found.table("worklist").to_pylist()
    ]


TOLD = [
    # what came, what was ordered, the one row of the worklist
    (
        [ipn("A", "10.00000000")],
        [("A", "11", "USD", "paid")],
        (
            *("A", "underpaid", "1.00000000 USD", "10.00 USD was paid of 11.00 USD: 1.00 USD is missing."),
            *("Ask the payer for 1.00 USD, or refund; deliver nothing before.", 1),
        ),
    ),
    (
        [ipn("A", "1111.00000001")],
        [("A", "1111", "USD", "paid")],
        (
            *("A", "overpaid", "0.00000001 USD"),
            "1,111.00000001 USD was paid for 1,111.00 USD: 0.00000001 USD is too much.",
            *("Refund 0.00000001 USD, or credit it to the payer.", 1),
        ),
    ),
    (
        [ipn("B"), ipn("A"), ipn("A", trx="OTHER", amount="12.00000000")],
        [("A", "11", "USD", "paid"), ("B", "11", "USD", "paid")],
        (
            *("A", "duplicate_payment", "12.00000000 USD"),
            "2 payments, together 23.00 USD, came for an order of 11.00 USD.",
            *("Compare the transactions in the merchant panel, and refund what was paid too much.", 2),
        ),
    ),
    (
        [ipn("A"), ipn("A", trx="OTHER")],
        [("A", "11", "USD", "paid")],
        (
            *("A", "duplicate_payment", "11.00000000 USD"),
            (
                "11.00 USD was paid, and the same amount came again with another transaction id: a replay, or a second "
                "payment."
            ),
            "Look for transaction OTHER in the merchant panel: if it is there, refund it; if not, it is a replay.",
            2,
        ),
    ),
    (
        [ipn("A")],
        [],
        (
            *("A", "orphan_payment", "11.00000000 USD", "11.00 USD was paid, and the export has no such order."),
            "Look for the order in the shop and in what was deleted; if there is none, refund transaction TRXA.",
            1,
        ),
    ),
    (
        [ipn("A", signature=FORGED)],
        [("A", "99", "USD", "paid")],
        (
            *("A", "paid_on_forgery", "99.00000000 USD"),
            (
                "The shop counts 99.00 USD as paid, and what says so is forged. The signature is well formed, and no "
                "key of the ring gives it."
            ),
            *("Stop the delivery, and look in the merchant panel for any payment of 99.00 USD.", 1),
        ),
    ),
    (
        [ipn("A", signature=FORGED)],
        [("A", "99", "USD", "cancelled")],
        (
            *("A", "no_trusted_payment", "0.00000000 USD"),
            (
                "Notifications came for an order of 99.00 USD, and none is accepted. The signature is well formed, "
                "and no key of the ring gives it."
            ),
            *("Look for transaction TRXA in the merchant panel: if it is not there, nobody paid.", 1),
        ),
    ),
    (
        [],
        [("A", "99", "USD", "paid")],
        (
            *("A", "missing_payment", "99.00000000 USD"),
            "The shop counts 99.00 USD as paid, and no notification came.",
            "Look for a payment of 99.00 USD in the merchant panel, and in the shop how it was paid.",
            1,
        ),
    ),
    (
        [ipn("A")],
        [("A", "11", "XOF", "paid")],
        (
            *("A", "currency_mismatch", "11.00000000 XOF", "11 XOF was ordered, and 11.00 USD was paid."),
            "Look for transaction TRXA in the merchant panel; ask the payer for the rest, or refund it.",
            1,
        ),
    ),
    (
        [ipn("A")],
        [("A", "11", "USD", "cancelled")],
        (
            *("A", "status_conflict", "11.00000000 USD", "11.00 USD was paid in full, and the shop says cancelled."),
            *("Refund 11.00 USD, or open the order again.", 1),
        ),
    ),
]


@pytest.mark.parametrize(("came", "ordered", "row"), TOLD, ids=[row[1] + row[3][:12] for _, _, row in TOLD])
def test_each_outcome_is_told_with_its_money_and_a_next_step(
    came: list[dict[str, Any]], ordered: list[tuple[str, str, str, str]], row: tuple[Any, ...]
) -> None:
    quiet = (ipn("Q"), ("Q", "11", "USD", "paid"))
    assert listed(*came, quiet[0], shop=(*ordered, quiet[1])) == [row]


def test_the_dearest_stand_first_and_what_is_not_known_last() -> None:
    found = cr.reconcile(
        verified(ipn("A", "1.00000000"), ipn("B", "10.00000000"), {"no": "ipn"}, ipn("Q"), ipn("Q", signature=FORGED)),
        orders(("A", "2", "USD", "paid"), ("B", "99", "USD", "paid"), ("Q", "11", "USD", "paid")),
    )
    rows = found.table("worklist").select(["identifier", "outcome", "at_risk", "source", "record"]).to_pylist()
    assert [tuple(row.values()) for row in rows] == [
        ("B", "underpaid", Decimal(89), "<memory>", 2),
        ("A", "underpaid", Decimal(1), "<memory>", 1),
        (None, "forged", Decimal(0), "<memory>", 5),
        (None, "unreadable", None, "<memory>", 3),
    ]
    assert found.summary["headline"] == (
        "Needs a person: 2 of 3 identifiers, 90.00 USD at risk. Besides, concerning no identifier alone: 2."
    )
    assert found.summary["needs_a_person"] == {
        "identifiers": 2,
        "others": 2,
        "total": 3,
        "at_risk": {"USD": "90.00000000"},
        "decided": 0,
    }


def test_days_are_counted_to_the_latest_moment_known_or_to_the_one_asked_for() -> None:
    envelope = [{"received_at": f"2026-01-{day:02}T12:00:00Z", "body": ipn(name)} for name, day in (("A", 1), ("Q", 8))]
    notifications = cr.verify(cr.read_ipns(jsonl(*envelope)), ring())
    shop = orders(("Q", "11", "USD", "paid"))
    cases: list[tuple[dict[str, Any], int]] = [({}, 7), ({"as_of": "2026-01-31", "grace": "1 day"}, 29)]
    for options, days in cases:
        assert cr.reconcile(notifications, shop, **options).table("worklist")["since"].to_pylist() == [days]


def test_without_orders_what_is_forged_or_suspect_is_told_by_itself(tmp_path: Path) -> None:
    found = cr.audit(jsonl(ipn("A"), ipn("B", "5.00000000", signature=FORGED), {"no": "ipn"}), keys=ring())
    rows = found.table("worklist").to_pylist()
    assert [(row["identifier"], row["outcome"], row["at_risk"]) for row in rows] == [
        ("B", "forged", Decimal(5)),
        (None, "unreadable", None),
    ]
    assert rows[0]["why"].startswith("Forged: 5.00\u00a0USD is claimed. The signature is well formed")
    assert found.summary["grades"] == {"ledger": {}, "signed": {"USD": "11.00000000"}}
    assert found.summary["headline"].startswith("Needs a person: 1 identifier, 5.00 USD claimed")
    nothing = cr.audit(jsonl(ipn("A")), keys=ring(), out=tmp_path / "report")
    assert nothing.table("worklist").num_rows == 0
    assert nothing.summary["headline"].startswith("Nothing needs a person")


def test_a_payment_that_was_matched_by_its_transaction_is_found() -> None:
    shop = cr.read_orders(b"order_id,total,currency,status,transaction_id\nWEB-1,12,USD,paid,TRXA\n")
    found = cr.reconcile(verified(ipn("Z", signature=FORGED), ipn("A")), shop, match_on=("identifier", "transaction"))
    rows = {row["identifier"]: row for row in found.table("worklist").to_pylist()}
    assert (rows["WEB-1"]["outcome"], rows["WEB-1"]["record"]) == ("underpaid", 2)


def test_every_exception_has_money_and_sentences_in_every_language() -> None:
    exceptions = {code for code, outcome in OUTCOMES.items() if outcome.is_exception}
    assert exceptions <= AT_RISK.keys()
    for outcome in exceptions:
        forms = {form for form in WHY.english if f"'{form}'" in FORMS.get(outcome, "")} or {outcome}
        for form in forms:
            for lang in LANGUAGES:
                for words, key in ((WHY, form), (NEXT_STEPS, next_step_of(form))):
                    assert words.say(key, lang, **FACTS)


def test_the_stages_and_the_audit_in_memory_and_on_disk_tell_the_same(tmp_path: Path) -> None:
    specimen = make_specimen(2000)
    archive = tmp_path / "archive"
    archive.mkdir()
    for name, octets in specimen.archives.items():
        (archive / name).write_bytes(octets)
    keys = ring_of(specimen)
    shop = cr.read_orders(specimen.orders_csv)
    one_by_one = cr.reconcile(cr.verify(cr.read_ipns(archive), keys), shop)
    in_memory = cr.audit(archive, specimen.orders_csv, keys)
    on_disk = cr.audit(archive, specimen.orders_csv, keys, tmp_path / "report")
    again = cr.Reconciliation.read_parquet(tmp_path / "report")
    assert one_by_one.table("worklist").num_rows > 30
    assert one_by_one.table("worklist").schema == WORKLIST_SCHEMA
    for other in (in_memory, on_disk, again):
        assert other.table("worklist").equals(one_by_one.table("worklist"))
        for name in ("headline", "needs_a_person", "exposure", "grades"):
            assert other.summary[name] == one_by_one.summary[name]
    one_by_one.to_parquet(tmp_path / "written")
    assert (tmp_path / "written" / "worklist.parquet").read_bytes() == (
        tmp_path / "report" / "worklist.parquet"
    ).read_bytes()


def test_a_stored_report_without_a_worklist_has_one_all_the_same() -> None:
    found = cr.Reconciliation.read_parquet(STORED_REPORTS / "format_1" / "report")
    assert "worklist" not in found.tables
    exceptional = {row["identifier"] for row in found.exceptions.to_dict("records")}
    assert {*found.worklist["identifier"].dropna()} == exceptional


def test_in_french_the_run_is_french(tmp_path: Path) -> None:
    archive, shop = jsonl(ipn("A", "1234.50000000")), b"order_id,total,currency,status\nA,2000,USD,paid\n"
    cr.audit(archive, shop, ring(), tmp_path / "report", lang="fr")
    found = cr.Reconciliation.read_parquet(tmp_path / "report")
    assert found.worklist["why"][0].replace("\u00a0", " ") == (
        "1 234,50 USD ont été payés sur 2 000,00 USD : il manque 765,50 USD."
    )
    assert found.summary["headline"].replace("\u00a0", " ") == (
        "Demande une personne : 1 identifiant sur 1, 765,50 USD en jeu."
    )
    assert cr.reconcile(verified(ipn("A")), orders(("B", "1", "USD", "open")), lang="fr").lang == "fr"


def test_what_strangers_wrote_is_shortened_in_sentences() -> None:
    rows = listed(ipn("A", trx="T" * 500), shop=(("B", "1", "USD", "open"),))
    assert f"refund transaction {'T' * 60}…{'T' * 60}." in rows[0][4]


def test_a_ring_that_is_wrong_lists_all_and_in_parts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(reporting, "ROW_GROUP_ROWS", 1000)
    archive = jsonl(*(ipn(f"C{number}", f"{number}.00000000", signature=FORGED) for number in range(1, 2501)))
    shop = "order_id,total,currency,status\n" + "".join(f"C{n},{n},USD,paid\n" for n in range(1, 2501))
    found = cr.audit(archive, shop.encode(), ring(), tmp_path / "report")
    assert found.table("worklist")["at_risk"].to_pylist() == [Decimal(number) for number in range(2500, 0, -1)]
