"""Worlds never meet: what another mode or merchant signed pays nothing here, and changes nothing that is said."""

from __future__ import annotations

from functools import cache
from typing import Any, Final

import pandas as pd
import pytest

import corena_recon as cr
from tests.making import SECRET, ipn, jsonl, orders, signature

_KEYS: Final = cr.KeyRing(
    [
        cr.Key(id="live", secret=SECRET, mode="live", merchant="a"),
        cr.Key(id="test", secret="t-" + SECRET, mode="test", merchant="a"),
        cr.Key(id="b", secret="b-" + SECRET, mode="live", merchant="b"),
        cr.Key(id="nobody", secret="n-" + SECRET, mode="live"),
    ]
)


def by(prefix: str, identifier: str = "A", amount: str = "11.00000000", **changes: Any) -> dict[str, Any]:
    """A notification that the key with this prefix of its secret has signed."""
    return ipn(identifier, amount, signature=signature(amount, identifier, prefix + SECRET), **changes)


# What is posted, the options of the audit, and the verdict.
CASES: Final[list[tuple[dict[str, Any], dict[str, Any], str]]] = [
    (by("t-", endpoint="test"), {}, "other_mode"),
    (by("t-", endpoint="test", status="failed"), {}, "other_mode"),
    (by("t-", "A" * 21, endpoint="test"), {}, "suspect"),
    (by("t-"), {}, "suspect"),
    (by("t-", endpoint="live"), {}, "suspect"),
    (by("t-", endpoint="test"), {"mode": "test"}, "accepted"),
    (by("", endpoint="live"), {"mode": "test"}, "other_mode"),
    (by(""), {"mode": "test"}, "suspect"),
    (by("", endpoint="test"), {"mode": "test"}, "suspect"),
    # Merchants.
    (by("b-"), {}, "accepted"),
    (by("b-", merchant="b"), {"merchant": "a"}, "other_mode"),
    (by("b-"), {"merchant": "a"}, "suspect"),
    (by("b-", merchant="a"), {"merchant": "a"}, "suspect"),
    (by("b-", merchant="b"), {"merchant": "b"}, "accepted"),
    (by("n-"), {"merchant": "a"}, "accepted"),
    (by("n-", merchant="a"), {"merchant": "a"}, "accepted"),
    (by("n-", merchant="b"), {"merchant": "a"}, "other_mode"),
    # What does not verify is of no world.
    ({**by("t-", endpoint="test"), "signature": "0" * 64}, {}, "forged"),
    ({**by("t-", endpoint="test"), "signature": None}, {}, "forged"),
]


@pytest.mark.parametrize(("posted", "options", "verdict"), CASES)
def test_what_is_genuine_and_of_another_world(posted: dict[str, Any], options: dict[str, Any], verdict: str) -> None:
    assert list(cr.verify(cr.read_ipns(jsonl(posted)), _KEYS, **options)["verdict"]) == [verdict]


def test_an_audit_with_test_keys_alone_is_of_the_test_mode() -> None:
    frame = cr.read_ipns(jsonl(by("t-"), by("t-", "B", endpoint="test"), by("t-", "C", endpoint="live")))
    assert list(cr.verify(frame, [_KEYS[1]])["verdict"]) == ["accepted", "accepted", "suspect"]


# One genuine live payment of an order, and what strangers make at the test endpoint or another merchant's.
_GENUINE: Final = by("", trx="T1", received_at=1_760_000_100)
_STRANGERS: Final = {
    "a small payment with the genuine one's transaction id": [by("t-", amount="0.01000000", trx="T1", endpoint="test")],
    "another currency": [by("t-", trx="T1", data_currency="EUR", endpoint="test")],
    "two payments in conflict": [by("t-", trx=trx, endpoint="test") for trx in ("T1", "T2")],
    "a failure": [by("t-", trx="T1", status="failed", endpoint="test")],
    "another merchant's order of the same number": [by("b-", trx="T1", merchant="b")],
    "a split of the signed bytes": [
        by("t-", "A", "11.00000000", endpoint="test"),
        {**by("t-", endpoint="test"), "identifier": "0A", "data": {**by("t-")["data"], "amount": "11.0000000"}},
    ],
}
_ORDERS: Final = orders(("A", "11.00", "USD", "paid"))


@pytest.mark.parametrize("strangers", _STRANGERS.values(), ids=_STRANGERS)
@pytest.mark.parametrize("match_on", ["identifier", ("identifier", "amount")])
def test_nothing_of_another_world_changes_what_is_said(
    strangers: list[dict[str, Any]], match_on: str | tuple[str, ...]
) -> None:
    expected = undisturbed(match_on)
    early = [{**one, "received_at": 1_760_000_000 + number} for number, one in enumerate(strangers)]
    found = audited([*early, _GENUINE], match_on)
    assert list(found.notifications["verdict"])[-1] == "accepted"
    assert "accepted" not in set(found.notifications["verdict"][:-1])
    frame = cr.verify(cr.read_ipns(jsonl(*early, _GENUINE)), _KEYS, merchant="a")
    piecewise = cr.reconcile(frame, _ORDERS, match_on=match_on)
    for one in (found, piecewise):
        pd.testing.assert_frame_equal(one.results, expected.results)
        pd.testing.assert_frame_equal(one.tie_out, expected.tie_out)


@cache
def undisturbed(match_on: str | tuple[str, ...]) -> cr.Reconciliation:
    """The audit of what is genuine alone; nobody may change it."""
    return audited([_GENUINE], match_on)


def audited(posts: list[dict[str, Any]], match_on: str | tuple[str, ...]) -> cr.Reconciliation:
    return cr.audit(jsonl(*posts), _ORDERS, _KEYS, merchant="a", match_on=match_on)


def test_an_order_that_only_another_world_paid_has_no_payment() -> None:
    frame = cr.verify(cr.read_ipns(jsonl(by("t-", endpoint="test"), by("t-", "B", endpoint="test"))), _KEYS)
    results = cr.reconcile(frame, _ORDERS).results
    assert results[["identifier", "outcome"]].to_numpy().tolist() == [["A", "missing_payment"]]
    frame.attrs = {}
    pd.testing.assert_frame_equal(cr.reconcile(frame, _ORDERS).results, results)


def test_frames_that_lost_what_they_carried_are_reconciled_by_the_verdicts() -> None:
    posts = [*(by("t-", trx=trx, endpoint="test") for trx in ("T1", "T2")), _GENUINE]
    frame = cr.verify(cr.read_ipns(jsonl(*posts)), _KEYS)
    assert list(frame["verdict"]) == ["other_mode", "suspect", "accepted"]
    frame.attrs = {}
    [result] = cr.reconcile(frame, _ORDERS).results.to_dict("records")
    assert (result["outcome"], result["suspects"], list(result["reasons"])) == ("matched", 0, [])


def test_a_conflict_at_the_wrong_endpoint_does_not_make_a_paid_order_a_double_payment() -> None:
    strangers = [by("t-", trx=trx) for trx in ("T1", "T2")]
    [result] = cr.audit(jsonl(_GENUINE, *strangers), _ORDERS, _KEYS).results.to_dict("records")
    assert (result["outcome"], result["payments"], result["suspects"]) == ("matched", 1, 2)
    assert list(result["reasons"]) == ["test_key"]


_TURN: Final = 1_760_000_050
_LABELS: Final = cr.KeyRing(
    [
        cr.Key(id="old", secret=SECRET, mode="live", merchant="a", valid_until="2025-10-09T08:54:10Z"),
        cr.Key(id="new", secret=SECRET, mode="live", merchant="a", valid_from="2025-10-09T08:54:10.000001Z"),
        cr.Key(id="test", secret=SECRET, mode="test", merchant="a"),
        cr.Key(id="b", secret=SECRET, mode="live", merchant="b"),
    ]
)
# What is posted with a secret that has four labels, the label that fits best, and what is found.
_OF_LABELS: Final[list[tuple[dict[str, Any], str, str]]] = [
    ({}, "old", "accepted"),
    ({"received_at": _TURN}, "old", "accepted"),
    ({"received_at": _TURN + 1}, "new", "accepted"),
    ({"endpoint": "test"}, "test", "other_mode"),
    ({"endpoint": "live", "received_at": _TURN + 1}, "new", "accepted"),
    ({"merchant": "b"}, "b", "accepted"),
    ({"merchant": "b", "endpoint": "test"}, "test", "suspect"),
    ({"merchant": "c"}, "old", "suspect"),
]


@pytest.mark.parametrize(("fields", "key_id", "verdict"), _OF_LABELS)
def test_of_one_secret_under_several_labels_the_one_that_fits_best_is_the_key(
    fields: dict[str, Any], key_id: str, verdict: str
) -> None:
    frame = cr.verify(cr.read_ipns(jsonl(by("", **fields), by("x-"))), _LABELS)
    assert frame[["key_id", "verdict"]].iloc[0].tolist() == [key_id, verdict]
    assert frame["key_id"].isna().tolist() == [False, True]


def test_twins_under_two_labels_of_one_secret_are_twins() -> None:
    genuine = by("", "15001", received_at=_TURN)
    split = {**ipn("015001", "11.0000000", signature=genuine["signature"]), "received_at": _TURN + 1}
    frame = cr.verify(cr.read_ipns(jsonl(genuine, split)), _LABELS, amount_decimals={8})
    assert list(frame["key_id"]) == ["old", "new"]
    assert list(frame["verdict"]) == ["accepted", "forged"]
