"""A report in a terminal: what comes first, how it is aligned, and that nothing of strangers acts there."""

from __future__ import annotations

import re
from typing import Any

import pytest

import corena_recon as cr
from corena_recon.languages import LANGUAGES
from corena_recon.report import Look, report_text
from corena_recon.vocabulary import BLIND_SPOTS, COLOURS, SYMBOLS, Verdict
from tests.making import ipn, jsonl, orders, ring, verified
from tests.report.conftest import Strangers

HOSTILE = "A\x1b[31m\u202e\u200b<b>"


def shown(found: cr.Reconciliation, top: int = 10, folder: str | None = None, **look: Any) -> str:
    return report_text(found.summary, found.dearest(top), Look(found.lang, **look), folder)


@pytest.fixture
def found() -> cr.Reconciliation:
    notifications = verified(
        ipn("A", "1.00000000"),
        ipn("B", "12345.00000001"),
        ipn("B", "12345.00000001"),
        ipn("C", signature="0" * 64),
        {"no": "ipn"},
    )
    shop = orders(("A", "2", "USD", "paid"), ("B", "20000", "USD", "paid"), ("D", "7", "EUR", "open"))
    return cr.reconcile(notifications, shop)


def test_every_verdict_has_a_symbol_and_a_colour_of_its_own() -> None:
    for signs in (SYMBOLS, COLOURS):
        assert set(signs) == set(Verdict)
        assert len(set(signs.values())) == len(Verdict)


def test_what_needs_a_person_comes_first_and_counts_follow(found: cr.Reconciliation) -> None:
    text = shown(found).replace("\u00a0", " ")
    heads = (
        "Needs a person: 3 of 4 identifiers, 7,655.99999999 USD at risk.",
        "The dearest 4 of 4",
        "  1. 7,654.99999999 USD  B  underpaid",
        "     12,345.00000001 USD was paid of 20,000.00 USD: 7,654.99999999 USD is missing.",
        "  2.           1.00 USD  A  underpaid  <memory> record 1",
        "0.00  C  no_trusted_payment",
        "unreadable  <memory> record 5",
        "5 records in 1 source: 4 notifications, 1 unreadable, 0 other traffic",
        "  ✔ accepted    2",
        "Outcomes against 3 order rows (0 unreadable)",
        "  difference  ",
        "would have released wrongly:",
        "the signature alone",
        "What signatures of this kind cannot show:",
    )
    places = [text.find(head) for head in heads]
    assert -1 not in places, heads[places.index(-1)]
    assert places == sorted(places)
    assert "0E-8" not in text
    flat = " ".join(text.split())
    assert all(sentence in flat for sentence in BLIND_SPOTS.values())


def test_numbers_stand_under_one_another(found: cr.Reconciliation) -> None:
    blocks = re.split(r"\n\n", shown(found))
    [tie_out] = [block.split("\n")[1:] for block in blocks if block.startswith("Money by currency and outcome: USD")]
    assert len({len(line) for line in tie_out}) == 1
    assert tie_out[0].endswith(" 20,002.00")


def test_as_many_rows_as_are_asked_for(found: cr.Reconciliation) -> None:
    assert "The dearest 2 of 4" in shown(found, 2)
    assert "The dearest" not in shown(found, 0)


def test_colour_is_there_where_it_is_seen_and_says_nothing_alone(found: cr.Reconciliation) -> None:
    plain, coloured = shown(found), shown(found, has_colour=True)
    assert "\x1b" not in plain
    assert re.sub("\x1b\\[[0-9]*m", "", coloured) == plain
    assert coloured.count("\x1b[31m") > 0


def test_no_line_is_wider_than_the_terminal(found: cr.Reconciliation) -> None:
    for width in (60, 80, 120):
        assert max(map(len, shown(found, width=width).split("\n"))) <= width


def test_what_strangers_wrote_does_not_act(strangers: Strangers) -> None:
    text = shown(strangers.found, top=len(strangers.texts), folder="report", has_colour=True)
    assert text.count("\n") > len(strangers.texts)
    acting = "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff\U000e0000-\U000e007f]"
    assert set(re.findall(acting, text)) == {"\x1b"}
    assert set(re.findall("\x1b[^m]*m", text)) <= {"\x1b[0m", "\x1b[1m", "\x1b[31m", "\x1b[32m", "\x1b[33m"}
    marked = cr.reconcile(verified(ipn("B", signature=HOSTILE)), orders((HOSTILE, "1", HOSTILE, HOSTILE)))
    assert set(re.findall(acting, shown(marked, folder="report"))) == set()


def test_the_next_command_names_the_folder_and_the_dearest() -> None:
    found = cr.reconcile(verified(ipn("it's A", "1.00000000")), orders(("B", "1", "USD", "open")))
    text = shown(found, folder="my report/")
    assert text.endswith(
        "Next\n  corena-recon explain 'my report/' 'it'\"'\"'s A'\n"
        "  corena-recon decide 'my report/' --to 'my report-decide.xlsx'\n"
        "  corena-recon report 'my report/' --html 'my report.html' --xlsx 'my report.xlsx'"
    )


def test_in_every_language_all_labels_are_in_it() -> None:
    archive = jsonl(ipn("A", "1234.50000000"))
    texts = {
        lang: shown(cr.audit(archive, b"order_id,total,currency,status\nA,2000,USD,paid\n", ring(), lang=lang))
        for lang in LANGUAGES
    }
    assert "Demande une personne : 1 identifiant sur 1" in texts["fr"]
    assert "Le plus cher" not in texts["en"]
    assert "765,50 USD" in texts["fr"].replace("\u00a0", " ")
    for label in ("Money by", "The dearest", "Outcomes", "Note:", "ordered", "the signature"):
        assert label not in texts["fr"]


def test_a_diagnosis_stands_above_the_worklist_and_is_said_once() -> None:
    found = cr.reconcile(
        verified(*(ipn(f"C{number}", signature="0" * 64) for number in range(9))), orders(("A", "1", "USD", "open"))
    )
    text = " ".join(shown(found).split())
    [sentence] = [one["text"] for one in found.summary["diagnosis"] if one["code"] == "no_key_verifies"]
    assert sentence in found.summary["notes"]
    assert text.index(f"! Look at this first: {sentence}") < text.index("The dearest")
    assert text.count(sentence) == 1
