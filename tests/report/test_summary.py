from __future__ import annotations

import corena_recon as cr
from corena_recon.report.summary import summary_card, summary_text
from corena_recon.vocabulary import BLIND_SPOTS, COLOURS, SYMBOLS, Verdict
from tests.making import ipn, orders, verified


def summary() -> dict[str, object]:
    notifications = verified(ipn("A"), ipn("B", signature="0" * 64), ipn("C", data_currency="<b>\x1b[31m"))
    return cr.reconcile(notifications, orders(("A", "11", "USD", "paid"))).summary


def test_every_verdict_has_a_symbol_and_a_colour_of_its_own() -> None:
    for signs in (SYMBOLS, COLOURS):
        assert set(signs) == set(Verdict)
        assert len(set(signs.values())) == len(Verdict)


def test_text_says_every_count_and_every_blind_spot() -> None:
    text = summary_text(summary())
    for words in ("3 records in 1 sources", "✔ accepted", "✘ forged", "! orphan_payment", "Tie-out in USD"):
        assert words in text
    assert all(sentence in text for sentence in BLIND_SPOTS.values())
    assert "\x1b" not in text


def test_the_card_escapes_what_strangers_wrote() -> None:
    card = summary_card(summary())
    assert "<b>\\x1B" not in card
    assert "&lt;b&gt;\\x1B[31m" in card
    assert "<script" not in card
    assert "<style" not in card


def test_what_the_diagnosis_says_is_said_once() -> None:
    found = cr.reconcile(verified(ipn("A")), orders(("A", "11", "", "paid"))).summary
    [sentence] = [one["text"] for one in found["diagnosis"]]
    assert sentence in found["notes"]
    assert summary_text(found).count(sentence) == 1
    assert summary_card(found).count("Currencies are not compared") == 1
