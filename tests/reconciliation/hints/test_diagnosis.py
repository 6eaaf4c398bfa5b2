"""What looks like wrong input between payments and orders: names, states, payment methods, times of another zone."""

from __future__ import annotations

import functools
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import corena_recon as cr
from corena_recon.languages import LANGUAGES
from corena_recon.reconciliation import said_again
from corena_recon.reconciliation.hints.diagnosis import SENTENCES as WORDS
from tests.making import ipn, jsonl, orders, ring, verified

SENTENCES = re.compile(r"[A-Z].+?[.](?= [A-Z]|$)")


def notes(identifiers: list[str], header: str, rows: list[str], **columns: str) -> list[str]:
    orders = cr.read_orders("\n".join([header, *rows, ""]).encode(), columns=columns or None)
    notifications = verified(
        *(ipn(identifier, f"{number + 1}.00000000", f"TRX{number}") for number, identifier in enumerate(identifiers))
    )
    found = cr.reconcile(notifications, orders).summary["diagnosis"]
    assert {one["code"] for one in found} <= {"join"}
    return [sentence for one in found for sentence in SENTENCES.findall(one["text"])]


def test_a_join_that_works_is_not_mentioned() -> None:
    assert notes(["A", "B"], "order_id,Total (USD),post_id", ["A,1,7", "B,2,8"]) == []


def test_a_shop_that_exports_the_order_number_but_sends_the_post_id() -> None:
    said = notes(["7", "8", "9"], "order_number,total,post_id", ["A,1,7", "B,2,8", "C,3,9"])
    assert said == [
        "Only 0 of 3 payments find an order by identifier.",
        "The column 'post_id' of the export holds 3 of the 3 identifiers: map it as identifier.",
    ]


def test_a_shop_that_sends_the_cart_id_but_keeps_the_transaction_id() -> None:
    said = notes(["41", "42"], "reference,total,payment_note", ["XKB,1,TRX0", "XKC,2,TRX1"])
    advice = "map it as transaction_id and match by transaction (match_on)."
    assert said == [
        "Only 0 of 2 payments find an order by identifier.",
        f"The column 'payment_note' of the export holds 2 of the 2 transaction ids: {advice}",
    ]


def test_a_shop_that_sends_the_documentation_s_constant() -> None:
    said = notes(["DFU80XZIKS"] * 3, "order_id,total", ["1,1", "2,2", "3,3"])
    assert said == [
        "Only 0 of 3 payments find an order by identifier.",
        "Every payment carries the same identifier 'DFU80XZIKS': the shop sends a constant.",
        "Match by transaction or amount instead (match_on).",
    ]


def test_an_export_that_holds_nothing_of_it() -> None:
    assert notes(["41", "42"], "order_id,total,note", ["1,1,x", "2,2,y"])[-1].startswith("No column of the export")


@pytest.mark.parametrize(
    ("match_on", "sentences"),
    [
        (
            "amount",
            [
                "Only 0 of 1 payment find an order.",
                "By amount none of the 2 orders that name no currency is found: {}",
            ],
        ),
        (["identifier", "amount"], ["Only 0 of 1 payment find an order by identifier.", "By amount none of the 2 {}"]),
        ("identifier", ["Only 0 of 1 payment find an order by identifier.", "No column of the export holds them: {}"]),
        ("transaction", ["Only 0 of 1 payment find an order."]),
    ],
)
def test_what_is_said_of_few_matches_is_of_the_passes_that_looked_for_them(match_on: Any, sentences: list[str]) -> None:
    export = cr.read_orders(b"order_id,total,currency,transaction_id\n1,11,,\n2,11,,\n3,11,USD,\n")
    found = cr.reconcile(verified(ipn("X", "12.00000000")), export, match_on=match_on)
    one = told(found, "join")
    assert one is not None
    said = SENTENCES.findall(one["text"])
    assert len(said) == len(sentences)
    assert all(text.startswith(sentence.removesuffix("{}")) for text, sentence in zip(said, sentences, strict=True))


@pytest.mark.parametrize("name", ['quo"ted', "<b>bold</b>", "sp ace", "drop table"])
def test_column_names_are_strangers_text(name: str) -> None:
    header = '"' + name.replace('"', '""') + '"'
    said = notes(["7", "8"], f"order_number,total,{header}", ["A,1,7", "B,2,8"])
    assert "2 of the 2 identifiers" in said[1]


def told(found: cr.Reconciliation, code: str) -> dict[str, Any] | None:
    """The diagnosis of this code, if there is one; its sentence is among the notes, too."""
    every = found.summary["diagnosis"]
    assert [one["text"] for one in every] == found.summary["notes"][: len(every)]
    return next((one for one in every if one["code"] == code), None)


STATES = [
    # the words of the export, those that are not understood
    (["paid", "completed", "annulée"], {}),
    (["paid", "", ""], {}),
    (["Zut", "paid", "Zut", "Reliquat"], {"Zut": 2, "Reliquat": 1}),
]


@pytest.mark.parametrize(("words", "unknown"), STATES)
def test_words_of_the_shop_that_are_not_understood_are_told_with_their_counts(
    words: list[str], unknown: dict[str, int]
) -> None:
    rows = [(f"A{number}", "11.00", "USD", word) for number, word in enumerate(words)]
    one = told(cr.reconcile(verified(ipn("A0")), orders(*rows)), "unknown_states")
    assert ((one and one["facts"]["words"]) or {}) == unknown
    assert one is None or one["facts"]["orders"] == sum(unknown.values())
    assert one is None or "Zut (2), Reliquat (1)" in one["text"]


def test_of_many_strange_words_the_first_are_told() -> None:
    rows = [(f"A{number}", "11.00", "USD", f"w\x1b{number}" * 40) for number in range(30)]
    one = told(cr.reconcile(verified(ipn("A0")), orders(*rows)), "unknown_states")
    assert one is not None
    assert (one["facts"]["orders"], len(one["facts"]["words"])) == (30, 20)
    assert "\x1b" not in one["text"]
    assert len(one["text"]) < 600


METHOD_COLUMNS = [
    # how exports name the column
    *("payment_method", "payment_method_title", "Payment Method", "paymentmethod", "Payment Gateway", "payment"),
    *("Mode de paiement", "Moyen de paiement", "Méthode de paiement", "Mode de règlement", "Paiement", "Passerelle"),
    *("payment_details.method_title", "order_payment_method", "Payment module", "gateway"),
]
OTHER_COLUMNS = [
    "payment_status",
    "payment_date",
    "shipping_method",
    "paid",
    "payer",
    "method of delivery",
    "total_paid",
]


def shop(column: str, rows: list[tuple[str, str, str]], *paid: str) -> cr.Reconciliation:
    """A shop whose export has a column more, and payments for some of its orders."""
    lines = [f"{name},11.00,USD,{status},{cell}" for name, status, cell in rows]
    export = "\n".join([f"order_id,total,currency,status,{column}", *lines, ""]).encode()
    return cr.reconcile(paying(*paid), cr.read_orders(export))


@functools.cache
def paying(*identifiers: str) -> pd.DataFrame:
    """A notification for each, and one of no order; nobody may change them."""
    return verified(ipn("an orphan"), *map(ipn, identifiers))


MIXED = [
    ("1", "paid", "cod"),
    ("2", "paid", "cod"),
    ("3", "paid", "bacs"),
    ("4", "paid", "corena"),
    ("5", "paid", "corena"),
]


@pytest.mark.parametrize("column", METHOD_COLUMNS)
def test_payment_methods_for_which_no_payment_ever_came_are_told_with_their_counts(column: str) -> None:
    one = told(shop(column, MIXED, "4"), "other_payment_methods")
    assert one is not None
    assert one["facts"] == {"column": column, "orders": 3, "methods": {"cod": 2, "bacs": 1}, "paid": {"corena": 2}}
    assert "cod (2), bacs (1)" in one["text"]
    assert "corena" in one["text"]


@pytest.mark.parametrize("column", OTHER_COLUMNS)
def test_other_columns_tell_of_no_payment_method(column: str) -> None:
    assert told(shop(column, MIXED, "4"), "other_payment_methods") is None


NO_OTHER_METHODS = [
    # what each order names, which of them are paid
    (["corena", "corena"], ["0"]),
    (["cod", "corena"], []),  # no payment at all: nothing tells which method is this gateway's
    (["cod", "corena"], ["0", "1"]),
    (["", "corena"], ["1"]),
    ([f"reference {number}" for number in range(60)], ["1"]),  # says something else of each payment
]


@pytest.mark.parametrize(("methods", "paid"), NO_OTHER_METHODS)
def test_where_nothing_tells_methods_apart_nothing_is_told(methods: list[str], paid: list[str]) -> None:
    rows = [(str(number), "paid", method) for number, method in enumerate(methods)]
    assert told(shop("payment_method", rows, *paid), "other_payment_methods") is None


def test_of_two_columns_the_first_that_tells_methods_apart_is_named() -> None:
    rows = [(name, status, f"checkout,{method}") for name, status, method in MIXED]
    one = told(shop("payment_type,payment_method", rows, "4"), "other_payment_methods")
    assert one is not None
    assert one["facts"]["column"] == "payment_method"


NOON = datetime(2026, 3, 5, 12, tzinfo=UTC)
ZONES = [
    # by how many minutes each payment comes after its order as the export has it; the hours that it is ahead
    ([-55, -57, -58, -40], 1),
    ([-55, -57, -58, -40, -20, 3000], 1),
    ([-115, -119, -100], 2),
    ([-325, -329], 5.5),
    ([-60, -61, -59], 1),  # at once, by clocks that differ
    ([-115, -118, -119, -58, -55], 2),  # winter and summer
    ([5, 2, 30, 4000], None),
    ([-55, 5, 6, 7], None),
    ([-55], None),
    ([-1, -1, -1], None),
    ([-20, -25, -22], None),  # no zone is ahead by less than an hour: the shop makes its orders late
    ([-2000, -2000, -2000], None),
]


def timed(minutes: list[int], identifiers: str, amounts: list[int], **options: Any) -> cr.Reconciliation:
    """Payments that come some minutes after the orders of the same amounts, and go by their names or by others."""
    ordered = [NOON + timedelta(days=number) for number in range(len(minutes))]
    rows = [
        f"A{number},{amount},USD,paid,{at:%Y-%m-%d %H:%M}"
        for number, (amount, at) in enumerate(zip(amounts, ordered, strict=True))
    ]
    notifications = [
        {
            **ipn(f"{identifiers}{number}", f"{amount}.00000000", f"TRX{number}"),
            "received_at": (at + timedelta(minutes=after)).isoformat(),
        }
        for number, (amount, at, after) in enumerate(zip(amounts, ordered, minutes, strict=True))
    ]
    export = "\n".join(["order_id,total,currency,status,created_at", *rows, ""]).encode()
    return cr.reconcile(verified(*notifications), cr.read_orders(export), **options)


@pytest.mark.parametrize(("minutes", "hours"), ZONES)
def test_times_of_another_zone_are_told(minutes: list[int], hours: float | None) -> None:
    one = told(timed(minutes, "A", [*range(1, len(minutes) + 1)]), "time_zone")
    assert (one and one["facts"]["hours"]) == hours
    assert one is None or f"{hours:g} h" in one["text"]


@pytest.mark.parametrize(("minutes", "hours"), ZONES)
def test_times_of_another_zone_are_told_where_payments_are_looked_for_by_amount(
    minutes: list[int], hours: float | None
) -> None:
    found = timed(minutes, "X", [*range(1, len(minutes) + 1)], match_on="amount")
    one = told(found, "time_zone")
    assert (one and one["facts"]["hours"]) == hours
    assert one is None or "one of their amount" in one["text"]


def test_where_everything_costs_the_same_amounts_tell_of_no_zone() -> None:
    rows = [f"A{number},5,USD,paid,{NOON + timedelta(minutes=30 * number):%Y-%m-%d %H:%M}" for number in range(20)]
    notifications = [
        {
            **ipn(f"X{number}", "5.00000000", f"T{number}"),
            "received_at": (NOON + timedelta(minutes=30 * number - 300)).isoformat(),
        }
        for number in range(20)
    ]
    export = "\n".join(["order_id,total,currency,status,created_at", *rows, ""]).encode()
    assert told(cr.reconcile(verified(*notifications), cr.read_orders(export), match_on="amount"), "time_zone") is None


def test_what_is_told_is_in_the_language_of_the_run() -> None:
    rows = orders(("A", "11.00", "", "Zut"), ("B", "11.00", "", "paid"))
    notifications = [ipn("A"), ipn("X", "1.00000000"), ipn("Y", "2.00000000")]
    found = [
        cr.reconcile(verified(*notifications), rows, lang="fr"),
        cr.audit(jsonl(*notifications), b"order_id,total,status\nA,11.00,Zut\nB,11.00,paid\n", ring(), lang="fr"),
    ]
    for one in found:
        texts = {said["code"]: said["text"] for said in one.summary["diagnosis"]}
        assert texts["join"].startswith("Seul 1 des 3 paiements trouve une commande")
        assert texts["unknown_states"].startswith("Ce que la boutique dit de 1 commande n'est")
        assert texts["currency_not_compared"].startswith("Les devises ne sont pas comparées pour 1")


def test_a_report_is_told_again_in_another_language_as_a_run_in_that_language_tells_it(tmp_path: Path) -> None:
    notifications = [ipn("A"), ipn("X", "1.00000000"), ipn("Y", "2.00000000")]
    export = b"order_id,total,status,ref\nA,11.00,Zut,X\nB,11.00,Zut,Y\nC,11.00,Hop,A\nD,11.00,paid,D\n"
    flawed = tmp_path / "decisions.jsonl"
    flawed.write_text("no decision\n")
    english, french = (
        cr.audit(jsonl(*notifications), export, ring(), decisions=flawed, grace=timedelta(hours=1), lang=lang)
        for lang in LANGUAGES
    )
    back = cr.Reconciliation.read_parquet(english.to_parquet(tmp_path / "report"))
    told = french.summary["diagnosis"]
    assert {"join", "unknown_states", "as_of_unknown", "decisions_unreadable"} <= {one["code"] for one in told}
    assert back.told_in("fr").summary["diagnosis"] == told
    assert back.told_in("fr").told_in("en").summary["diagnosis"] == english.summary["diagnosis"]


def test_what_another_version_has_said_otherwise_stays_as_it_was_said() -> None:
    facts = {"payments": 20, "before": 19, "hours": 2.0}
    assert said_again("time_zone", facts, "Another sentence.", "fr") is None
    assert said_again("of_another_room", facts, "Another sentence.", "fr") is None


@pytest.mark.parametrize("lang", LANGUAGES)
def test_each_sentence_is_said_with_its_facts_in_every_language(lang: str) -> None:
    facts = dict.fromkeys(
        ("matched", "payments", "identifiers", "transactions", "orders", "before", "without_currency"), 4
    )
    words = dict.fromkeys(
        ("constant", "identifier_column", "transaction_column", "column", "words", "methods", "paid", "hours", "zone"),
        "X",
    )
    for key in WORDS.english:
        assert not {"{", "}"} & set(WORDS.say(key, lang, **facts, **words))
