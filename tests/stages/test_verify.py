from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import corena_recon as cr
from corena_recon.errors import ColumnError, OptionError
from corena_recon.judgement.options import judging_options
from corena_recon.judgement.verification import Checking
from corena_recon.schemas import NOTIFICATION_SCHEMA, VERIFIED_SCHEMA
from tests.making import SECRET, OnlyArrow, ipn, jsonl, orders, ring, verified

READ = cr.read_ipns(jsonl(ipn("A")))
ORDERS = orders(("A", "11.00", "USD", "paid"))


def test_same_rows_same_order_more_columns_and_the_argument_untouched() -> None:
    notifications = cr.read_ipns(jsonl(ipn("A"), ipn("B"), {"no": "ipn"}))
    before = notifications.copy(deep=True)
    judged = cr.verify(notifications, ring())
    pd.testing.assert_frame_equal(notifications, before)
    pd.testing.assert_frame_equal(judged[NOTIFICATION_SCHEMA.names], before)
    assert list(judged.columns) == VERIFIED_SCHEMA.names
    assert list(judged["verdict"]) == ["accepted", "accepted", "unreadable"]

    assert judged["findings"].tolist() == [[], [], []]


def test_arrow_types_are_those_of_the_vocabulary() -> None:
    judged = verified(ipn("A"), ipn("A"))
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


def test_what_many_small_files_gave_is_checked_together(monkeypatch: pytest.MonkeyPatch) -> None:
    copies, tables = [], []

    class Intake:
        def __deepcopy__(self, memo: dict[int, Any]) -> Intake:
            copies.append(memo)
            return self

    def counted(checking: Checking, notifications: pa.Table) -> pa.Table:
        tables.append(notifications)
        return checked(checking, notifications)

    checked = Checking.checked
    monkeypatch.setattr(Checking, "checked", counted)
    notifications = cr.read_ipns([jsonl(ipn(f"A{number}")) for number in range(20)])
    notifications.attrs["intake"] = Intake()
    assert list(cr.verify(notifications, ring())["verdict"]) == ["accepted"] * 20
    assert len(tables) == 1
    assert len(copies) < 5


def test_an_unclear_number_of_decimals_is_said_in_the_summary() -> None:
    clear = cr.reconcile(verified(ipn("A")), orders(("A", "11.00", "USD", "paid")))
    unclear = cr.reconcile(verified(ipn("A"), ipn("B", "11.00")), orders(("A", "11.00", "USD", "paid")))
    assert not any("decimals" in note for note in clear.summary["notes"])
    assert any("number of decimals of key 'live' is unclear" in note for note in unclear.summary["notes"])


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"mode": "production"}, "mode"),
        ({"mode": "Live"}, "mode"),
        ({"merchant": 5}, "merchant is of type int"),
        ({"success_statuses": None}, "success_statuses is of type NoneType"),
        ({"success_statuses": b"success"}, "success_statuses is of type bytes"),
        ({"success_statuses": []}, "nothing would be a payment"),
        ({"currencies": {"USD": 2}}, "currencies is of type dict"),
        ({"currencies": ["USD", 5]}, "currencies holds something of type int"),
        ({"public_keys": [None]}, "public_keys holds something of type NoneType"),
        *(
            ({"amount_decimals": senseless}, "amount_decimals")
            for senseless in (["8"], "8", {-1}, -1, 21, True, [True], 8.0, [], [8, None], object(), np.array([[8]]))
        ),
    ],
)
def test_options_without_meaning_are_refused(options: dict[str, object], words: str) -> None:
    with pytest.raises(OptionError, match=words):
        verified(ipn("A"), **options)


@pytest.mark.parametrize(
    ("one", "several"),
    [
        ({"amount_decimals": 8}, {"amount_decimals": {8}}),
        ({"amount_decimals": np.int64(8)}, {"amount_decimals": [8, 8]}),
        ({"currencies": "USD"}, {"currencies": {"USD"}}),
        ({"success_statuses": "success"}, {"success_statuses": ("success",)}),
        ({"public_keys": "pro_x"}, {"public_keys": ["pro_x"]}),
    ],
)
def test_one_value_is_the_set_of_it(one: dict[str, Any], several: dict[str, Any]) -> None:
    assert judging_options(**one) == judging_options(**several)
    assert list(verified(ipn("A"), **one)["verdict"]) == ["accepted"]


def test_an_archive_s_path_and_keys_in_any_shape_are_taken(tmp_path: Path) -> None:
    archive, keys = tmp_path / "archive", tmp_path / "keys.toml"
    archive.mkdir()
    (archive / "ipn.jsonl").write_bytes(jsonl(ipn("A"), ipn("B", signature="0" * 64)))
    keys.write_text(f"[[keys]]\nid='live'\nmode='live'\nsecret='{SECRET}'\n")
    expected = cr.verify(cr.read_ipns(archive), ring())
    for notifications in (archive, f"{archive}/", str(archive / "*.jsonl")):
        for given in (keys, str(keys), ring()[0], list(ring())):
            judged = cr.verify(notifications, given)
            pd.testing.assert_frame_equal(judged, expected)
            assert judged.attrs == expected.attrs


def test_a_table_of_another_library_is_taken() -> None:
    notifications = cr.read_ipns(jsonl(ipn("A"), {"no": "ipn"}))
    table = pa.Table.from_pandas(notifications, preserve_index=False)
    place = table.schema.get_field_index("status")
    views = table["status"].cast(pa.string_view())
    words = pa.chunked_array(
        [pa.DictionaryArray.from_arrays(pa.array([0, None], pa.uint32()), views.combine_chunks()[:1])]
    )
    for given in (table, OnlyArrow(table), table.set_column(place, "status", words), duckdb.from_arrow(table)):
        pd.testing.assert_frame_equal(cr.verify(given, ring()), cr.verify(notifications, ring()))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: cr.verify(ORDERS, ring()), "lacks .*signature, amount_text: it looks like one of read_orders "),
        (
            lambda: cr.reconcile(READ, ORDERS),
            "lacks verdict, .*: it looks like one of read_ipns .*that verify returned",
        ),
        (lambda: cr.reconcile(ORDERS, verified(ipn("A"))), "lacks verdict, .*: it looks like one of read_orders "),
        (lambda: cr.reconcile(verified(ipn("A")), READ), "lacks order_amount: it looks like one of read_ipns "),
        (lambda: cr.reconcile(verified(ipn("A")), verified(ipn("A"))), "lacks order_amount: .* one of verify "),
        (
            lambda: cr.reconcile(verified(ipn("A")), ORDERS, ledger=ORDERS),
            "lacks .*: it looks like one of read_orders ",
        ),
        (lambda: cr.explain(READ, "A"), "lacks verdict, .*: it looks like one of read_ipns "),
        (lambda: cr.explain(cr.reconcile(verified(ipn("A")), ORDERS).results, "A"), "it looks like one of reconcile "),
    ],
)
def test_a_frame_in_the_place_of_another_is_known_by_its_columns(call: Callable[[], object], message: str) -> None:
    with pytest.raises(ColumnError, match=message):
        call()


def test_a_column_that_stands_twice_is_refused() -> None:
    notifications = cr.read_ipns(jsonl(ipn("A")))
    with pytest.raises(ColumnError, match="several columns status"):
        cr.verify(pd.concat([notifications, notifications[["status"]]], axis=1), ring())


def test_a_frame_of_something_else_is_refused() -> None:
    with pytest.raises(ColumnError, match="lacks status, identifier") as refusal:
        cr.verify(pd.DataFrame({"a": [1]}), ring())
    assert refusal.value.found == ["a"]


def test_a_status_of_the_caller_s_own_means_a_payment() -> None:
    assert list(verified(ipn("A", status="paid"))["verdict"]) == ["no_payment"]
    assert list(verified(ipn("A", status="paid"), success_statuses={"paid"})["verdict"]) == ["accepted"]


@pytest.mark.parametrize("public_keys", [SECRET, ["pro_another", SECRET]])
def test_a_secret_that_is_given_as_public_key_is_refused_and_not_repeated(
    public_keys: str | list[str], tmp_path: Path
) -> None:
    calls: list[Callable[[], Any]] = [
        lambda: cr.verify(READ, ring(), public_keys=public_keys),
        lambda: cr.audit(jsonl(ipn("A")), keys=ring(), public_keys=public_keys, out=tmp_path / "report"),
    ]
    for call in calls:
        with pytest.raises(OptionError, match="public_keys names what is the secret of key 'live'") as refused:
            call()
        assert SECRET not in str(refused.value)
    assert list(tmp_path.iterdir()) == []


def test_a_secret_that_is_given_as_merchant_is_refused_and_not_repeated() -> None:
    with pytest.raises(OptionError, match="merchant names what is a secret of the key ring") as refused:
        cr.verify(READ, ring(), merchant=SECRET)
    assert SECRET not in str(refused.value)
