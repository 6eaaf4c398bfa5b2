from __future__ import annotations

import pandas as pd
import pyarrow as pa
import pytest

import corena_recon as cr
from corena_recon.errors import ColumnError, OptionError
from corena_recon.vocabulary import NOTIFICATION_SCHEMA, VERIFIED_SCHEMA
from tests.making import ipn, jsonl, orders, ring, verified


def test_same_rows_same_order_more_columns_and_the_argument_untouched() -> None:
    notifications = cr.read_ipns(jsonl(ipn("A"), ipn("B"), {"no": "ipn"}))
    before = notifications.copy(deep=True)
    judged = cr.verify(notifications, ring())
    pd.testing.assert_frame_equal(notifications, before)
    pd.testing.assert_frame_equal(judged[NOTIFICATION_SCHEMA.names], before)
    assert list(judged.columns) == VERIFIED_SCHEMA.names
    assert list(judged["verdict"]) == ["accepted", "accepted", "unreadable"]
    assert judged["findings"].isna().tolist() == [False, False, True]


def test_arrow_types_are_those_of_the_vocabulary() -> None:
    judged = verified(ipn("A"))
    assert pa.Table.from_pandas(judged, preserve_index=False).schema.remove_metadata() == VERIFIED_SCHEMA


def test_an_empty_frame_stays_empty() -> None:
    empty = cr.read_ipns(jsonl(ipn("A"))).iloc[:0]
    assert len(cr.verify(empty, ring())) == 0


def test_the_index_and_the_intake_of_the_frame_are_kept() -> None:
    notifications = cr.read_ipns(jsonl(ipn("A"), ipn("B")))
    notifications.index = pd.Index([7, 3])
    judged = cr.verify(notifications, ring())
    assert list(judged.index) == [7, 3]
    assert judged.attrs["intake"][0]["records"] == 2


def test_an_unclear_number_of_decimals_is_said_in_the_summary() -> None:
    clear = cr.reconcile(verified(ipn("A")), orders(("A", "11.00", "USD", "paid")))
    unclear = cr.reconcile(verified(ipn("A"), ipn("B", "11.00")), orders(("A", "11.00", "USD", "paid")))
    assert not any("decimals" in note for note in clear.summary["notes"])
    assert any("number of decimals of key 'live' is unclear" in note for note in unclear.summary["notes"])


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"mode": "production"}, "mode"),
        ({"success_statuses": "success"}, "one string"),
        ({"amount_decimals": ["8"]}, "amount_decimals"),
        ({"amount_decimals": {-1}}, "amount_decimals"),
        ({"currencies": "USD"}, "one string"),
    ],
)
def test_options_without_meaning_are_refused(options: dict[str, object], words: str) -> None:
    with pytest.raises(OptionError, match=words):
        verified(ipn("A"), **options)


def test_a_frame_of_something_else_is_refused() -> None:
    with pytest.raises(ColumnError, match="lacks status, identifier") as refusal:
        cr.verify(pd.DataFrame({"a": [1]}), ring())
    assert refusal.value.found == ["a"]


def test_a_status_of_the_caller_s_own_means_a_payment() -> None:
    assert list(verified(ipn("A", status="paid"))["verdict"]) == ["no_payment"]
    assert list(verified(ipn("A", status="paid"), success_statuses={"paid"})["verdict"]) == ["accepted"]
