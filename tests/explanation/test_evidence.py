"""What an explanation cites is what judging compared: the same partitions and the same order, in both directions."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import pandas as pd
import pytest

import corena_recon as cr
from corena_recon.explanation.evidence import Evidence, Row
from corena_recon.judgement.groups import gathered_by
from corena_recon.judgement.judging import ring_facts
from corena_recon.judgement.rules import COMPARISONS, GROUP_RULES, TWIN_RULES, Among, Comparison
from corena_recon.schemas import VERIFIED_SCHEMA
from corena_recon.stages.explain import explain
from corena_recon.tables.engine import connect
from corena_recon.tables.frames import table_of
from tests.adversary import keyring
from tests.judgement.test_judging import merchants
from tests.making import SECRET, ipn, jsonl, signature

_IDENTIFIERS_MAX: Final = 15
"""Identifiers of the adversarial benchmark that are walked for each finding."""
_VERIFIED: Final = ("valid", "valid_rendered")


def signed_by(letter: str, trx: str = "T1", identifier: str = "A", **changes: Any) -> dict[str, Any]:
    """A notification of 11.00000000 that one of the keys of ``merchants`` has signed; ``a`` is the first."""
    prefix = "" if letter == "a" else f"{letter}-"
    return ipn(identifier, trx=trx, signature=signature("11.00000000", identifier, prefix + SECRET), **changes)


class Cited(NamedTuple):
    """Notifications in order of arrival, the last one's finding, and which of them it is about."""

    notifications: list[dict[str, Any]]
    code: str
    records: list[int]
    records_not_known: list[int]


CITED: Final = [
    # Merchants number their orders alike; c is the newer key of a's merchant, t a test key, b another merchant's.
    Cited([signed_by("b"), signed_by("a"), signed_by("a")], "replayed", [2], [2]),
    Cited([signed_by("b"), signed_by("a"), signed_by("c")], "replayed", [2], []),
    Cited([signed_by("t"), signed_by("a"), signed_by("a")], "replayed", [2], [2]),
    Cited([signed_by("b", "T2"), signed_by("a", "T3"), signed_by("a")], "trx_conflict", [2], [2]),
    Cited([signed_by("t", "T2"), signed_by("c", "T3"), signed_by("a")], "trx_conflict", [2], []),
    Cited(
        [signed_by("b", data_currency="EUR"), signed_by("a", data_currency="EUR"), signed_by("a")],
        "unsigned_conflict",
        [2],
        [2],
    ),
    Cited(
        [signed_by("b", status="failed"), signed_by("a", status="failed"), signed_by("a")], "status_conflict", [2], [2]
    ),
    Cited(
        [signed_by("a", status="failed"), signed_by("a"), signed_by("a", status="cancelled")],
        "status_conflict",
        [2],
        [2],
    ),
    Cited(
        [signed_by("a", status="success"), signed_by("a", status="failed"), signed_by("a", status="paid")],
        "status_conflict",
        [2],
        [2],
    ),
    # Gateways of other modes and merchants number their transactions by themselves.
    Cited(
        [signed_by("b", identifier="B"), signed_by("c", identifier="B"), signed_by("a", identifier="A")],
        "trx_reused",
        [2],
        [],
    ),
    # A status differs in its letters alone: no other notification.
    Cited([signed_by("a", status="paid"), signed_by("a", status="success")], "replayed", [1], [1]),
]


@pytest.mark.exhaustive
@pytest.mark.parametrize("known", ["by keys and facts", "by keys", "by facts", "not"])
@pytest.mark.parametrize("case", CITED)
def test_the_other_notification_is_one_that_was_compared(case: Cited, known: str) -> None:
    """Where neither keys nor the facts of judging tell whose another key is, what it signed is not cited."""
    timed = [
        {"endpoint": "live", **one, "received_at": 1_760_000_000 + number}
        for number, one in enumerate(case.notifications)
    ]
    frame = cr.verify(cr.read_ipns(jsonl(*timed)), merchants(), success_statuses={"success", "paid"})
    assert case.code in frame["findings"].tolist()[-1]
    if "facts" not in known:
        frame.attrs = {"options": frame.attrs["options"]}
    explanation = explain(frame, "A", merchants() if "keys" in known else None, candidates_max=1).to_dict()
    [finding] = [one for one in explanation["notifications"][-1]["findings"] if one["code"] == case.code]
    cited = [record for record in range(1, 4) if any(f"<memory> record {record}." in fact for fact in finding["facts"])]
    assert cited == (case.records_not_known if known == "not" else case.records)


def test_the_evidence_knows_every_finding_that_compares_notifications() -> None:
    assert set(COMPARISONS) == {*GROUP_RULES, "boundary_twin", "signature_copied"}


@pytest.mark.parametrize(
    "rule",
    [
        Comparison(("key_mode", "key_merchant", "currency"), differing=("outcome",)),
        Comparison(("key_mode", "trx"), differing=("payment",)),
        Comparison(("key_id", "identifier"), among=Among.EARLIER),
    ],
)
def test_a_rule_over_notifications_that_are_not_gathered_is_an_error(rule: Comparison) -> None:
    with pytest.raises(ValueError, match="not all are gathered"):
        gathered_by(rule)


@pytest.mark.parametrize("code", COMPARISONS)
def test_what_is_cited_is_what_was_found(judged_attacks: pd.DataFrame, code: str) -> None:
    """A finding holds of a notification if and only if some other is cited for it; and that one was compared."""
    table = table_of(judged_attacks, VERIFIED_SCHEMA, needed=(), made_by="verify")
    has_it = [code in (findings or ()) for findings in table["findings"].to_pylist()]
    identifiers = table.filter(has_it)["identifier"].unique().to_pylist()
    step = max(1, len(identifiers) // _IDENTIFIERS_MAX)
    cited = 0
    with connect(threads=1) as connection:
        for identifier in identifiers[::step]:
            evidence = Evidence(connection, {"notifications": table}, identifier, ring=ring_facts(keyring.ring()))
            for row in evidence.notifications(100):
                others = evidence.compared(code, row)
                if code in GROUP_RULES and _is_compared(row):
                    assert bool(others) == (code in row["findings"])
                if code in (row["findings"] or ()):
                    cited += len(others)
                    assert all(_may_be_compared(code, row, other) for other in others)
    assert cited


def _is_compared(row: Row) -> bool:
    """Whether group rules look at it: it verifies, and is no twin that was told apart from its other."""
    return row["signature_status"] in _VERIFIED and not {*TWIN_RULES} & {*row["findings"]}


_WORLDS: Final = {signer.id: (signer.mode, signer.merchant) for signer in keyring.SIGNERS}


def _may_be_compared(code: str, row: Row, other: Row) -> bool:
    """Whether two notifications are such as a finding speaks of, by the letter of its sentence."""
    if other["signature_status"] not in _VERIFIED or _place(other) == _place(row):
        return False
    if code in ("boundary_twin", "signature_copied"):
        return bool(other["signature"] == row["signature"])
    mode, merchant = _WORLDS[row["key_id"]]
    if code == "trx_reused":
        return _WORLDS[other["key_id"]][0] == mode and bool(other["payment_trx"] == row["payment_trx"])
    is_same_payment = _WORLDS[other["key_id"]] == (mode, merchant) and _payment(other) == _payment(row)
    is_in_order = code == "status_conflict" or _moment(other) <= _moment(row)
    is_same_trx = code == "trx_conflict" or (other["payment_trx"] or "") == (row["payment_trx"] or "")
    return is_same_payment and is_in_order and is_same_trx


def _place(row: Row) -> tuple[str, int]:
    return row["source"], row["record"]


def _payment(row: Row) -> tuple[str, str]:
    return row["identifier"], row["amount_rendering"] or row["amount_text"]


def _moment(row: Row) -> tuple[bool, str]:
    return row["received_at"] is None, str(row["received_at"])
