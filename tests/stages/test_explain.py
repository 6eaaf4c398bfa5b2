from __future__ import annotations

import base64
import functools
import json
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import corena_recon as cr
from corena_recon.errors import ColumnError, InputError, KeyRingError, OptionError, OutputError
from corena_recon.explanation.explanation import NOTIFICATIONS_MAX, Explanation
from corena_recon.money import exact_value, renderings
from corena_recon.stages.explain import explain as explain_at_length
from corena_recon.vocabulary import FINDINGS
from tests.making import SECRET, ipn, jsonl, orders, ring, signature, verified
from tests.places import SAMPLE_DATA

explain = functools.partial(explain_at_length, candidates_max=60_000)

MOVED_BOUNDARY = """\
Identifier 5001 — 1 ✘ forged
No order has exactly this identifier.
Outcome: no_trusted_payment. Notifications exist, and none is accepted.
Reasons: amount_decimals, boundary_twin, forged

1. ✘ forged · <memory> record 3 · arrival not recorded
   signed bytes         11.000000001|5001
   signature received   43B40306… (the rest is withheld: it would make an untrusted message verify)
   tried                keys live; the amount as posted
   verified by          key live
   not signed           status success, currency USD, payment_trx TRX5001, payment_type checkout
   - The signature verifies with exactly these bytes.
   - amount_decimals: The amount has a number of decimals that this key's notifications do not have.
     Its number of decimals is 9; that of key live's notifications is 8.
   - boundary_twin: The same signed bytes as another notification, split elsewhere; this split has the unusual decimals.
     The other split is 11.00000000|15001, <memory> record 1.
   → Genuine if the same signed bytes are cut as 11.00000000|15001, with the usual 8 decimals \
(the archive or the orders know that identifier).

In signed bytes, | shows where the amount ends and the identifier begins. It is not among the bytes; \
a | or \\ of the data is written \\x7C or \\x5C, bytes that cannot be shown \\xNN, characters \\uNNNN.
The signature covers amount and identifier alone; everything under "not signed" anyone could have changed.
"""


def everything(explanation: Explanation) -> str:
    """Whatever can be seen of an explanation, in one text."""
    pickled = pickle.dumps(explanation)
    shown = [str(explanation), repr(explanation), explanation._repr_html_(), json.dumps(explanation.to_dict())]
    return "\n".join([*shown, json.dumps(explanation.to_dict(), ensure_ascii=False), pickled.decode("latin-1")])


def only(explanation: Explanation) -> dict[str, Any]:
    [notification] = explanation.to_dict()["notifications"]
    assert isinstance(notification, dict)
    return notification


def sentence_of(notification: dict[str, Any]) -> str:
    return str(notification["counterfactual"]["sentence"])


def test_a_moved_boundary_as_printed() -> None:
    genuine = ipn("15001")
    moved = ipn("5001", "11.000000001", signature=genuine["signature"])
    found = cr.reconcile(verified(genuine, ipn("15002"), moved), orders(("15001", "11", "USD", "paid")))
    assert str(explain(found, "5001", ring())) + "\n" == MOVED_BOUNDARY


@pytest.mark.parametrize(
    ("lang", "sentence"),
    [
        ("en", "Valid if the amount were {} instead of {} (the decimal point was moved by 2 places, key live)."),
        (
            "fr",
            "Valable si le montant était {} au lieu de {} (la virgule décimale a été déplacée de 2 rangs, clé live).",
        ),
    ],
)
def test_a_moved_decimal_in_both_languages(lang: str, sentence: str) -> None:
    notifications = verified(ipn("A", "1000.00000000", signature=signature("10.00000000", "A")))
    explanation = explain(notifications, "A", ring(), lang=lang)
    sentence = sentence.format("10.00000000", "1000.00000000")
    assert sentence_of(only(explanation)) == sentence
    assert f"→ {sentence}" in str(explanation)


CHANGES = [
    # the posted notification, words of the sentence in English and in French
    (ipn("A", signature=signature("12.00000000", "A")), "the order's amount", "le montant de la commande"),
    (ipn("A", signature=signature("11.00000000", "a")), "only the case differs", "seule la casse diffère"),
    (ipn("A", signature=signature("11.00000000", "A", "")), "an empty key", "une clé vide"),
    (ipn("A", signature=signature("11.00000000", "A", "secret")), "the key secret", "la clé secret"),
    (ipn("A", signature=signature("A", "11.00000000")), "identifier + amount)", "identifier + amount)"),
    (ipn("A", signature=signature("11.00000000", "A").lower()), "upper-case", "majuscules"),
    (ipn("A", signature=signature("11.00000000", "A")[:60]), "4 of its 64 digits", "4 de ses 64 chiffres"),
    (ipn("A", signature=None), "No signature was posted", "Aucune signature n'a été envoyée"),
    (ipn("A", signature="0" * 64), "No single change", "Aucun changement isolé"),
    (ipn("A", signature=signature("77.00000000", "B")), "Valid for 77.00000000|B", "Valable pour 77.00000000|B"),
]


@pytest.mark.parametrize(("notification", "english", "french"), CHANGES)
def test_each_kind_of_change_has_its_sentence(notification: dict[str, Any], english: str, french: str) -> None:
    found = cr.reconcile(verified(notification), orders(("A", "12", "USD", "paid"), ("B", "77", "USD", "paid")))
    for lang, words in (("en", english), ("fr", french)):
        assert words in sentence_of(only(explain(found, "A", ring(), lang=lang)))


def test_a_copied_signature_names_its_owner_even_without_keys() -> None:
    genuine = ipn("A")
    found = verified(genuine, ipn("B", "99.00000000", signature=genuine["signature"]))
    notification = only(explain(found, "B"))
    assert sentence_of(notification).startswith("Valid for 11.00000000|A (<memory> record 1)")
    assert notification["findings"][0]["facts"] == ["It is the signature of 11.00000000|A, <memory> record 1."]


def test_without_keys_it_says_what_could_not_be_tried() -> None:
    explanation = explain(verified(ipn("A", signature="0" * 64)), "A")
    assert sentence_of(only(explanation)).startswith("No keys were given")
    assert not explanation.to_dict()["with_keys"]


def test_a_key_that_the_verification_did_not_have() -> None:
    other = cr.KeyRing([cr.Key(id="older", secret="invented-older-secret", mode="live")])
    posted = ipn("A", signature=signature("11.00000000", "A", "invented-older-secret"))
    assert sentence_of(only(explain(verified(posted), "A", other))).startswith("Valid under key older")


FACTS: list[tuple[list[dict[str, Any]], dict[str, Any], str, str]] = [
    # notifications, options, finding, the fact behind it
    ([ipn("A"), ipn("A")], {}, "replayed", "The earlier one is <memory> record 1."),
    ([ipn("A"), ipn("A", trx="OTHER")], {}, "trx_conflict", "payment_trx is TRXA there, OTHER here."),
    ([ipn("A"), ipn("A", data_currency="EUR")], {}, "unsigned_conflict", "currency is USD there, EUR here."),
    ([ipn("A"), ipn("A", status="failed")], {}, "status_conflict", "status is success there, failed here."),
    ([ipn("B"), ipn("A", trx="TRXB")], {}, "trx_reused", "It is also on 11.00000000|B, <memory> record 1."),
    (
        [ipn("A", "11.00")],
        {"amount_decimals": {8}},
        "amount_decimals",
        "Its number of decimals is 2; that of key live's notifications is 8.",
    ),
    ([ipn("A", "011.00000000")], {}, "amount_format", "It was posted as 011.00000000."),
    ([ipn("A", "0.00000000")], {}, "amount_not_positive", "It was posted as 0.00000000."),
    ([ipn("A", data_currency="EUR")], {}, "currency_unsupported", "The currency is EUR."),
    ([ipn("A", data_payment_type="<b>")], {}, "hostile_text", "It is in: payment_type."),
    ([ipn("A", signature="AB" * 20)], {}, "signature_malformed", "It has 40 characters."),
    ([ipn("A", signature="no such")], {}, "signature_malformed", "It holds characters that are no hexadecimal digits."),
    (
        [ipn("A", signature=signature("11.00000000", "A").lower())],
        {},
        "signature_format",
        "It holds lower-case letters.",
    ),
]


@pytest.mark.parametrize(("notifications", "options", "code", "fact"), FACTS)
def test_facts_behind_findings(
    notifications: list[dict[str, Any]], options: dict[str, Any], code: str, fact: str
) -> None:
    explained = explain(verified(*notifications, **options), "A", ring()).to_dict()["notifications"][-1]
    [finding] = [finding for finding in explained["findings"] if finding["code"] == code]
    assert fact in finding["facts"]
    assert finding["sentence"] == FINDINGS[code].when


@pytest.mark.parametrize(
    ("changes", "code", "fact"),
    [
        ({"mode": "test"}, "test_key", "It was signed with key live."),
        ({"valid_until": "2020-01-31"}, "retired_key", "Key live was in force until 2020-01-31 23:59:59 UTC."),
        ({"merchant": "boutique-b"}, "other_merchant", "Key live is of boutique-b, the record of boutique-a."),
    ],
)
def test_facts_about_keys(changes: dict[str, Any], code: str, fact: str) -> None:
    envelope = {
        "received_at": "2026-01-02T03:04:05Z",
        "endpoint": "live",
        "merchant": "boutique-a",
        "body": f"status=success&signature={VALID}&identifier=A&data[amount]=11.00000000&data[currency]=USD",
    }
    keys = ring(**changes)
    notifications = cr.verify(cr.read_ipns(jsonl(envelope)), keys)
    [finding] = [one for one in only(explain(notifications, "A", keys))["findings"] if one["code"] == code]
    assert fact in finding["facts"]


def test_a_rendered_amount_says_how_the_record_has_it_and_what_was_signed() -> None:
    notification = only(explain(verified(ipn("A", "11", signature=signature("11.00000000", "A"))), "A", ring()))
    assert notification["signed_bytes"] == "11.00000000|A"
    assert "has the amount as 11;" in notification["statement"]


def test_a_status_that_is_no_success_is_stated() -> None:
    assert "status failed" in only(explain(verified(ipn("A", status="failed")), "A"))["statement"]


def test_an_unreadable_record_with_the_identifier_is_stated() -> None:
    notifications = verified(ipn("A"))
    for name, value in {"unreadable": "wrong_type", "verdict": "unreadable", "amount_text": None}.items():
        notifications[name] = pd.array([value], notifications[name].dtype)
    for name in ("signature_status", "key_id", "findings"):
        notifications[name] = pd.array([None], notifications[name].dtype)
    explanation = explain(notifications, "A", ring())
    assert only(explanation)["statement"] == "The record could not be read: wrong_type."
    assert "▢ unreadable" in str(explanation)


@pytest.mark.parametrize(
    ("identifier", "signed_bytes"),
    [
        ("A|B", "11.00000000|A\\x7CB"),
        ("A\\x7CB", "11.00000000|A\\x5Cx7CB"),
        ("A\x00\x1b[31m", "11.00000000|A\\x00\\x1B[31m"),
        ("A\u202e", "11.00000000|A\\u202E"),
        ("é", "11.00000000|é"),
    ],
)
def test_the_seam_cannot_be_mistaken(identifier: str, signed_bytes: str) -> None:
    explanation = explain(verified(ipn(identifier)), identifier, ring())
    assert only(explanation)["signed_bytes"] == signed_bytes
    assert f"{signed_bytes}\n" in str(explanation)


def test_bytes_that_are_not_utf_8_are_shown_as_escapes_and_found_by_a_command_line_s_argument() -> None:
    body = f"status=success&signature={'0' * 64}&identifier=caf%E9&data[amount]=11.00"
    notifications = cr.verify(cr.read_ipns(body.encode(), form="body"), ring())
    explanation = explain(notifications, "caf\udce9", ring())
    assert "11.00|caf\\xE9" in str(explanation)


SIMILAR = [
    # asked, in the archive, found
    ("cmd-71", "CMD-000071", ["CMD-000071"]),
    (" CMD-000071 ", "CMD-000071", ["CMD-000071"]),
    ("CMD-000071", "cmd-71", ["cmd-71"]),
    ("00123", "123", ["123"]),
    ("cmd\u00a0-71\u200b", "CMD-71", ["CMD-71"]),
    ("CMD-71", "CMD\u200b-71", ["CMD\u200b-71"]),
    ("E\u0301T\u00c9-1", "\u00c9TE\u0301-01", ["\u00c9TE\u0301-01"]),
    ("CMD-00O071", "CMD-000071", ["CMD-000071"]),
    ("CMD-000171", "CMD-000071", ["CMD-000071"]),
    ("wholly other", "CMD-000071", []),
]


@pytest.mark.parametrize(("asked", "archived", "similar"), SIMILAR)
def test_an_unknown_identifier_offers_those_of_similar_form(asked: str, archived: str, similar: list[str]) -> None:
    notifications = verified(ipn(archived), ipn("X"))
    explanation = explain(notifications, asked)
    assert explanation.to_dict()["similar_identifiers"] == similar
    assert not explanation.is_known
    assert "No notification and no order" in str(explanation)
    assert "Aucune notification" in str(explain(notifications, asked, lang="fr"))


def test_an_order_without_a_notification_has_its_outcome() -> None:
    found = cr.reconcile(verified(ipn("cmd-1")), orders(("CMD-1", "11", "USD", "paid")))
    explanation = explain(found, "CMD-1")
    assert explanation.is_known
    text = str(explanation)
    assert "No notification has exactly this identifier." in text
    assert "Similar identifiers exist: cmd-1." in text
    assert "Outcome: missing_payment." in text
    assert "Order: 11.00 USD, state paid (paid)" in text


@pytest.mark.parametrize("make", [lambda found: found, lambda found: found.notifications])
def test_a_reconciliation_and_its_frame_say_the_same_of_notifications(
    make: Callable[[cr.Reconciliation], Any],
) -> None:
    found = cr.reconcile(verified(ipn("A"), ipn("A", trx="B")), orders(("A", "11", "USD", "paid")))
    both = [explain(one, "A", ring()).to_dict()["notifications"] for one in (found, make(found))]
    assert both[0] == both[1]


def test_a_report_folder_is_queried_and_not_loaded(tmp_path: Path) -> None:
    found = cr.reconcile(verified(ipn("A"), ipn("B", signature="0" * 64)), orders(("A", "11", "USD", "paid")))
    folder = found.to_parquet(tmp_path / "it's a report")
    report = cr.Reconciliation.read_parquet(folder)
    for identifier in ("A", "B", "C"):
        assert explain(report, identifier, ring()).to_dict() == explain(found, identifier, ring()).to_dict()
    in_french = str(explain(folder, "A", ring(), lang="fr"))
    assert in_french == str(explain_at_length(found, "A", ring(), lang="fr"))
    assert isinstance(report.tables["notifications"], Path)
    assert isinstance(report.tables["orders"], Path)


def test_paths_are_taken_where_they_are_plainly_meant(tmp_path: Path) -> None:
    notifications, rows = verified(ipn("A", signature="0" * 64)), orders(("A", "11", "USD", "paid"))
    (tmp_path / "keys.toml").write_text(f"[[keys]]\nid='live'\nmode='live'\nsecret='{SECRET}'\n")
    (tmp_path / "orders.csv").write_text("order_id,total,currency,status\nA,11,USD,paid\n")
    folder = cr.reconcile(notifications, rows).to_parquet(tmp_path / "report")
    expected = explain((notifications, rows), "A", ring()).to_dict()
    keys = str(tmp_path / "keys.toml")
    for explained in (folder, f"{folder}/", (notifications, str(tmp_path / "orders.csv"))):
        found = explain(explained, "A", keys).to_dict()
        assert {**found, "orders": None} == {**expected, "orders": None}
        assert [order["order_amount"] for order in found["orders"]] == ["11.00000000"]


def test_an_audit_without_orders_has_no_order_side(tmp_path: Path) -> None:
    cr.audit(jsonl(ipn("A")), keys=ring(), out=tmp_path / "report")
    data = explain(tmp_path / "report", "A").to_dict()
    assert (data["orders"], data["outcome"], data["has_orders"]) == ([], None, False)


def test_bad_calls_say_what_is_wrong(tmp_path: Path) -> None:
    notifications = verified(ipn("A"))
    with pytest.raises(OptionError, match="lang is neither 'en' nor 'fr'"):
        explain(notifications, "A", lang="de")
    with pytest.raises(OptionError, match="type int"):
        explain(notifications, 15001)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="a list cannot be explained"):
        explain([notifications], "A")
    with pytest.raises(KeyRingError, match="of type str"):
        explain(notifications, "A", "a secret")
    with pytest.raises(ColumnError, match="verdict"):
        explain(cr.read_ipns(jsonl(ipn("A"))), "A")
    with pytest.raises(OutputError, match="no report"):
        explain(tmp_path, "A")


def test_many_notifications_are_counted_and_the_rarest_verdicts_are_shown() -> None:
    flood = [
        ipn("A", f"{count}.00000000", trx=f"T{count}", signature="0" * 64) for count in range(NOTIFICATIONS_MAX + 30)
    ]
    explanation = explain(verified(*flood, ipn("A", "5.00000000", trx="LAST")), "A", ring())
    data = explanation.to_dict()
    assert len(data["notifications"]) == NOTIFICATIONS_MAX
    assert data["not_shown"] == 31
    assert data["notifications"][-1]["verdict"] == "accepted"
    assert data["search"]["tried"] <= data["search"]["limit"]
    assert {"not_searched", "nothing_found"} >= {
        one["counterfactual"]["kind"] for one in data["notifications"] if one["counterfactual"]
    }


HOSTILE = "<img src=x onerror=alert(1)>\x1b]0;title\x07\u202e{posted}%s&amp;"


def test_strangers_text_is_shown_and_never_acts() -> None:
    notifications = verified(
        ipn(HOSTILE, signature=HOSTILE, status=HOSTILE, data_currency=HOSTILE, data_payment_type=HOSTILE, trx=HOSTILE),
        ipn(HOSTILE, HOSTILE),
    )
    for lang in ("en", "fr"):
        explanation = explain(notifications, HOSTILE, ring(), lang=lang)
        card = explanation._repr_html_()
        assert "<img" not in card
        assert "&lt;img src=x" in card
        for shown in (str(explanation), card, repr(explanation)):
            assert not set(shown) & {"\x1b", "\x07", "\u202e"}


def test_a_card_and_its_data_stay_small() -> None:
    long = "<\u202e>" * 5_000
    flood = [ipn("A", f"{count}.00", data_currency=long, trx=long, status=long, signature=long) for count in range(30)]
    explanation = explain(verified(*flood), "A", ring())
    card = explanation._repr_html_()
    assert len(card.encode()) < 100 * 1024
    assert len(json.dumps(explanation.to_dict(), ensure_ascii=False)) < 1024 * 1024
    assert "… (15000)" in explanation.to_dict()["notifications"][0]["status"]
    assert "<style" not in card


def runs_of(valid: str) -> list[str]:
    return [valid[place : place + 9] for place in range(len(valid) - 8)]


def withheld_of(amount: str, identifier: str) -> list[str]:
    value = exact_value(amount)
    texts = {amount, *([] if value is None else renderings(value))}
    return [signature(text, identifier) for text in texts]


VALID = signature("11.00000000", "A")
DIGEST = bytes.fromhex(VALID)
GIVEAWAYS = [
    VALID.lower(),
    VALID[:63],
    VALID[1:],
    VALID + "0",
    "0" + VALID[1:],
    VALID[:63] + "0",
    "".join("0" if place % 8 == 7 else digit for place, digit in enumerate(VALID)),
    base64.b64encode(DIGEST).decode(),
    base64.urlsafe_b64encode(DIGEST).decode(),
    base64.b64encode(VALID.encode()).decode(),
    f" {VALID} ",
    f"sha256={VALID.lower()}",
    "0" * 64,
]


@pytest.mark.parametrize("posted", GIVEAWAYS)
def test_of_the_signature_that_an_untrusted_message_lacks_8_digits_are_shown_at_most(posted: str) -> None:
    hints = {"data_payment_type": VALID, "data_currency": VALID.lower(), "status": f"x{VALID[3:40]}"}
    junk = ipn("A", signature=posted, trx=base64.b64encode(DIGEST).decode(), **hints)
    seen = everything(explain(verified(ipn("A"), junk, ipn("B")), "A", ring()))
    assert not any(run in seen.upper() for run in runs_of(VALID))
    assert base64.b64encode(DIGEST).decode()[:12] not in seen
    assert posted == "0" * 64 or posted not in seen
    assert SECRET not in seen
    assert SECRET.encode().hex() not in seen


amounts = st.one_of(
    st.decimals(min_value=0, max_value=10**6, places=8).map(str),
    st.integers(0, 10**6).map(str),
    st.text("0123456789.-eE,", min_size=1, max_size=12),
)
signed_amounts = st.sampled_from(["10.00000000", "1.00", "11", "0.01000000"])
makers = st.sampled_from(
    [
        lambda amount, identifier, other: signature(other, identifier),
        lambda amount, identifier, other: signature(amount, identifier).lower(),
        lambda amount, identifier, other: signature(amount, identifier)[:-1],
        lambda amount, identifier, other: signature(identifier, amount),
        lambda amount, identifier, other: signature(amount, identifier, ""),
        lambda amount, identifier, other: base64.b64encode(bytes.fromhex(signature(amount, identifier))).decode(),
        lambda amount, identifier, other: "F" * 64,
    ]
)


@settings(max_examples=15)
@given(amount=amounts, identifier=st.text("AB01-|", min_size=1, max_size=8), other=signed_amounts, maker=makers)
def test_no_rendering_holds_the_valid_signature_or_the_secret(
    amount: str, identifier: str, other: str, maker: Callable[[str, str, str], str]
) -> None:
    """For an invalid notification no full expected signature is ever shown or returned: first 8 digits at most."""
    posted = ipn(identifier, amount, signature=maker(amount, identifier, other))
    notifications = verified(posted, ipn(identifier, other), amount_decimals={8})
    untrusted = notifications["signature_status"].iloc[0] not in ("valid", "valid_rendered")
    seen = everything(explain(notifications, identifier, ring())).upper()
    assert SECRET.upper() not in seen
    for valid in withheld_of(amount, identifier) if untrusted else ():
        assert not any(run in seen for run in runs_of(valid))


def test_no_key_is_reachable_from_an_explanation() -> None:
    explanation = explain(verified(ipn("A", signature="0" * 64)), "A", ring())
    again = pickle.loads(pickle.dumps(explanation))
    assert again.to_dict() == explanation.to_dict()
    assert json.loads(json.dumps(explanation.to_dict())) == explanation.to_dict()
    changed = explanation.to_dict()
    changed["notifications"].clear()
    assert explanation.to_dict()["notifications"]


SAMPLE = SAMPLE_DATA


@pytest.fixture(scope="module")
def sample() -> tuple[cr.Reconciliation, cr.KeyRing]:
    keys = cr.KeyRing.from_toml(SAMPLE / "keys.toml")
    return cr.audit(str(SAMPLE / "ipn-*"), str(SAMPLE / "orders.csv"), keys), keys


SAMPLE_SENTENCES = [
    ("CMD-000071", "Valid if the amount were 10.00000000 instead of 1000.00000000"),
    ("CMD-000093", "the key YOUR_SECRET_KEY, which is no secret"),
    ("CMD-000097", "an empty key"),
    ("000099", "cut as 25.00000000|1000099, with the usual 8 decimals"),
    ("VOL-91", "Valid for 12.00000000|CMD-000091"),
    ("CMD-000088", "written as 64 upper-case hexadecimal digits"),
    ("CMD-000080", "No signature was posted"),
    ("CMD-000109", "currency is USD there, EUR here."),
    ("CMD-000111", "status is failed there, success here."),
    ("CMD-000124", "Key live-2025 was in force until 2026-01-15 00:00:00 UTC."),
    ("CMD-000113-B", "It is also on 37.00000000|CMD-000113,"),
    ("CMD-000212", "paid 108.00 USD, difference 20.00"),
]


@pytest.mark.parametrize(("identifier", "words"), SAMPLE_SENTENCES)
def test_the_sample_is_explained(sample: tuple[cr.Reconciliation, cr.KeyRing], identifier: str, words: str) -> None:
    assert words in str(explain(sample[0], identifier, sample[1]))


def test_every_notification_of_the_sample_can_be_explained_without_keys(
    sample: tuple[cr.Reconciliation, cr.KeyRing],
) -> None:
    frame: pd.DataFrame = sample[0].exceptions
    for identifier in frame["identifier"].head(15):
        for lang in ("en", "fr"):
            assert str(explain(sample[0], identifier, lang=lang))


def test_payments_that_another_pass_brought_home_are_told_on_both_sides() -> None:
    orders = cr.read_orders(
        b"order_id,total,currency,status,transaction_id\n1001,11,USD,paid,TRXA\n1002,12,USD,paid,\n"
    )
    found = cr.reconcile(
        verified(ipn("cart", trx="TRXA"), ipn("1002", "12.00000000")), orders, match_on=["identifier", "transaction"]
    )
    told = {name: cr.explain(found, name).to_dict() for name in ("cart", "1001", "1002")}
    assert told["cart"]["passed"] == [
        "Payment TRXA (<memory> record 1) was given to order 1001 by the pass transaction."
    ]
    assert told["1001"]["passed"] == [
        "Payment TRXA, posted as cart (<memory> record 1), was given to this order by the pass transaction."
    ]
    assert told["1002"]["passed"] == []
    assert "was given to order 1001" in str(cr.explain(found, "cart"))


def test_of_two_rows_the_order_s_is_explained() -> None:
    orders = cr.read_orders(b"order_id,total,currency,status,transaction_id\n1001,11,USD,paid,TRXA\n")
    found = cr.reconcile(verified(ipn("1001", trx="TRXB")), orders, match_on="transaction")
    assert sorted(found.results["outcome"]) == ["missing_payment", "orphan_payment"]
    outcome = cr.explain(found, "1001").to_dict()["outcome"]
    assert outcome is not None
    assert outcome["code"] == "missing_payment"
