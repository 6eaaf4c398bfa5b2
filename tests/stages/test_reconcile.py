"""Tables of cases: notifications of one identifier, its order rows, the outcome and the reasons."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import corena_recon as cr
from corena_recon.errors import ColumnError, InputError, OptionError
from corena_recon.reconciliation.options import reconciling_options
from corena_recon.vocabulary import OUTCOMES
from tests.making import SECRET, OnlyArrow, ipn, jsonl, orders, ring, signature, verified

JANUARY = "2026-01-10T12:00:00Z"
DATED = "order_id,total,currency,status,created_at"

CASES = [
    # what was paid against what was ordered
    ("matched", [], [ipn("A")], [("A", "11.00", "USD", "paid")]),
    ("underpaid", [], [ipn("A")], [("A", "12.00", "USD", "paid")]),
    ("overpaid", [], [ipn("A")], [("A", "10.00", "USD", "paid")]),
    ("orphan_payment", [], [ipn("A")], []),
    ("currency_mismatch", ["matched"], [ipn("A")], [("A", "11.00", "EUR", "paid")]),
    ("matched", ["currency_unknown"], [ipn("A")], [("A", "11.00", "", "paid")]),
    ("matched", ["currency_unknown"], [ipn("A", data_currency=None)], [("A", "11.00", "USD", "paid")]),
    # a symbol rules out what it never means
    ("matched", ["currency_unknown"], [ipn("A")], [("A", "$11.00", "", "paid")]),
    ("currency_mismatch", ["matched"], [ipn("A")], [("A", "£11.00", "", "paid")]),
    ("currency_mismatch", ["matched"], [ipn("A")], [("A", "11.00", "FCFA", "paid")]),
    (
        "currency_mismatch",
        ["currency_unsupported", "matched"],
        [ipn("A", data_currency="XOF")],
        [("A", "$11.00", "", "paid")],
    ),
    (
        "matched",
        ["currency_unknown", "currency_unsupported"],
        [ipn("A", data_currency="XOF")],
        [("A", "11 F CFA", "", "paid")],
    ),
    ("ambiguous_order", ["ambiguous_currency"], [ipn("A")], [("A", "11.00 USD", "EUR", "paid")]),
    # several order rows
    ("matched", [], [ipn("A")], [("A", "11.00", "USD", "paid"), ("A", "11.00", "USD", "paid")]),
    ("ambiguous_order", [], [ipn("A")], [("A", "11.00", "USD", "paid"), ("A", "12.00", "USD", "paid")]),
    ("ambiguous_order", [], [ipn("A")], [("A", "11.00", "USD", "paid"), ("A", "11.00", "EUR", "paid")]),
    ("ambiguous_order", ["invalid_amount"], [ipn("A")], [("A", "NaN", "USD", "paid")]),
    # several payments
    (
        "matched",
        ["split_payment"],
        [ipn("A", "4.00000000", "TRX1"), ipn("A", "7.00000000", "TRX2")],
        [("A", "11.00", "USD", "paid")],
    ),
    (
        "duplicate_payment",
        ["overpaid"],
        [ipn("A", "11.00000000", "TRX1"), ipn("A", "12.00000000", "TRX2")],
        [("A", "11.00", "USD", "paid")],
    ),
    (
        "duplicate_payment",
        ["matched", "trx_conflict"],
        [ipn("A", trx="TRX1"), ipn("A", trx="TRX2")],
        [("A", "11.00", "USD", "paid")],
    ),
    ("matched", ["replayed"], [ipn("A"), ipn("A")], [("A", "11.00", "USD", "paid")]),
    # what the shop says
    ("status_conflict", ["matched"], [ipn("A")], [("A", "11.00", "USD", "cancelled")]),
    ("status_conflict", ["matched"], [ipn("A")], [("A", "11.00", "USD", "pending")]),
    ("refunded", ["matched"], [ipn("A")], [("A", "11.00", "USD", "refunded")]),
    # no money
    (
        "paid_on_forgery",
        ["forged", "no_trusted_payment", "signature_invalid"],
        [ipn("A", signature="0" * 64)],
        [("A", "11.00", "USD", "paid")],
    ),
    (
        "paid_on_forgery",
        ["forged", "no_payment", "no_trusted_payment", "signature_invalid"],
        [ipn("A", signature="0" * 64), ipn("A", status="failed")],
        [("A", "11.00", "USD", "completed")],
    ),
    ("matched", ["signature_invalid"], [ipn("A"), ipn("A", signature="0" * 64)], [("A", "11.00", "USD", "paid")]),
    *(
        (
            "no_trusted_payment",
            ["forged", "signature_invalid", *reasons],
            [ipn("A", signature="0" * 64)],
            [("A", "11.00", "USD", status)],
        )
        for status, reasons in (("pending", []), ("cancelled", []), ("refunded", []), ("whatever", ["state_unknown"]))
    ),
    ("no_trusted_payment", ["forged", "signature_invalid"], [ipn("A", signature="0" * 64)], []),
    ("no_trusted_payment", ["no_payment"], [ipn("A", status="failed")], [("A", "11.00", "USD", "pending")]),
    ("missing_payment", [], [], [("A", "11.00", "USD", "paid")]),
    ("missing_payment", ["state_unknown"], [], [("A", "11.00", "USD", "whatever")]),
    ("missing_payment", ["state_unknown"], [], [("A", "11.00", "USD", "")]),
    ("matched", ["state_unknown"], [ipn("A")], [("A", "11.00", "USD", "whatever")]),
    ("missing_payment", ["unreadable"], [ipn("A", data_amount=None)], [("A", "11.00", "USD", "paid")]),
    ("unpaid", [], [], [("A", "11.00", "USD", "pending")]),
    ("unpaid", [], [], [("A", "11.00", "USD", "cancelled")]),
    # nothing to pay
    ("nothing_due", ["missing_payment"], [], [("A", "0.00", "USD", "completed")]),
    ("nothing_due", ["missing_payment", "state_unknown"], [], [("A", "0", "", "")]),
    ("nothing_due", ["unpaid"], [], [("A", "0.00", "USD", "pending")]),
    ("missing_payment", [], [], [("A", "0.01", "USD", "paid")]),
    ("overpaid", [], [ipn("A")], [("A", "0.00", "USD", "paid")]),
]


def test_outcome_and_reasons() -> None:
    """Each identifier has its own, whatever the others have."""
    notifications = [of_case(number, one) for number, case in enumerate(CASES) for one in case[2]]
    rows = [(f"A-{number}", *row[1:]) for number, case in enumerate(CASES) for row in case[3]]
    results = cr.reconcile(verified(*notifications), orders(*rows)).results.set_index("identifier")
    found = [(results.loc[f"A-{number}", "outcome"], list(results.loc[f"A-{number}", "reasons"])) for number in PLACES]
    assert [(*told, case) for told, case in zip(found, CASES, strict=True) if told != case[:2]] == []
    assert len(results) == len(CASES)


PLACES = range(len(CASES))


def of_case(number: int, posted: dict[str, Any]) -> dict[str, Any]:
    """A notification of A as one of an identifier and with transactions of the case's own, signed as it was."""
    name, data = f"A-{number}", {**posted["data"], "payment_trx": f"{number}-{posted['data']['payment_trx']}"}
    amount = data["amount"]
    is_signed = amount is not None and posted["signature"] == signature(amount, "A")
    signed = signature(amount, name) if is_signed else posted["signature"]
    return {**posted, "identifier": name, "signature": signed, "data": data}


@pytest.mark.parametrize("outcome", sorted({case[0] for case in CASES}))
def test_the_outcome_of_the_only_identifier(outcome: str) -> None:
    _, reasons, notifications, rows = next(case for case in CASES if case[0] == outcome)
    frame = verified(*notifications) if notifications else verified(ipn("A")).iloc[:0]
    [row] = cr.reconcile(frame, orders(*rows)).results.to_dict("records")
    assert (row["outcome"], list(row["reasons"])) == (outcome, reasons)


DAYS = ["2026-03-01", "2026-03-02", "2026-03-05"]
SPANS = [
    # when the export's orders were made, when a payment without an order came, whether that is outside
    (["2026-03-01 10:00:00", "2026-03-05 10:00:00"], "2026-03-01T09:59:59Z", True),
    (["2026-03-01 10:00:00", "2026-03-05 10:00:00"], "2026-03-01T10:00:00Z", False),
    (["2026-03-01 10:00:00", "2026-03-05 11:30:00"], "2026-03-05T11:30:00Z", False),
    (["2026-03-01 10:00:00", "2026-03-05 11:30:00"], "2026-03-05T11:30:01Z", True),
    # an export of days alone knows of all its last day
    (DAYS, "2026-03-05T23:59:59Z", False),
    (DAYS, "2026-03-06T00:00:00Z", True),
    # nothing is known of an export that mostly has no dates, nor of a payment without one
    (["2026-03-01 10:00:00", "", ""], "2026-02-01T00:00:00Z", False),
    (["2026-03-01 10:00:00", "2026-03-02 11:00:00", ""], "2026-02-01T00:00:00Z", True),
    (["", ""], "2026-02-01T00:00:00Z", False),
    (DAYS, None, False),
]


@pytest.mark.parametrize(("ordered", "paid_at", "is_outside"), SPANS)
def test_a_payment_outside_the_time_of_the_export_says_so(
    ordered: list[str], paid_at: str | None, is_outside: bool
) -> None:
    rows = "".join(f"O-{number},11,USD,paid,{moment}\n" for number, moment in enumerate(ordered))
    export = cr.read_orders(f"{DATED}\n{rows}".encode())
    found = cr.reconcile(verified({**ipn("A"), "received_at": paid_at}), export).results.set_index("identifier")
    assert (found.loc["A", "outcome"], list(found.loc["A", "reasons"])) == (
        "orphan_payment",
        ["outside_export"] * is_outside,
    )


def test_of_a_payment_that_has_an_order_no_time_is_outside() -> None:
    export = cr.read_orders(f"{DATED}\nA,11,USD,paid,2026-03-01 10:00:00\nB,1,USD,open,2026-03-02 11:00:00\n".encode())
    notifications = verified({**ipn("A"), "received_at": "2026-03-09T10:00:00Z"})
    assert list(cr.reconcile(notifications, export).results.iloc[0]["reasons"]) == []


def test_every_outcome_but_those_of_time_and_ledger_has_a_case() -> None:
    assert {case[0] for case in CASES} == set(OUTCOMES) - {"not_yet_due", "not_in_ledger"}


@pytest.mark.parametrize(
    ("ordered_at", "options", "outcome", "reasons"),
    [
        ("2026-01-31", {"as_of": "2026-02-01", "grace": "2 days"}, "not_yet_due", []),
        ("2026-01-29", {"as_of": "2026-02-01", "grace": "2 days"}, "missing_payment", []),
        ("", {"as_of": "2026-02-01", "grace": "2 days"}, "missing_payment", []),
        ("2026-01-31", {}, "missing_payment", []),
    ],
)
def test_an_order_of_late_is_not_yet_due(
    ordered_at: str, options: dict[str, Any], outcome: str, reasons: list[str]
) -> None:
    rows = cr.read_orders(f"{DATED}\nA,11,USD,paid,{ordered_at}\nB,1,USD,paid,2026-01-02\n".encode())
    found = cr.reconcile(verified(ipn("Z")), rows, **options).results.set_index("identifier")
    assert (found.loc["A", "outcome"], list(found.loc["A", "reasons"])) == (outcome, reasons)


@pytest.mark.parametrize(
    ("ordered_at", "reasons"),
    [
        ("2026-01-10T11:00:00Z", []),
        ("2026-01-10T13:00:00Z", ["paid_before_order"]),
        ("2025-12-11T11:00:00Z", ["paid_late"]),
        ("2025-12-11T12:00:00Z", []),
    ],
)
def test_payments_out_of_time_are_told(ordered_at: str, reasons: list[str]) -> None:
    rows = cr.read_orders(f"{DATED}\nA,11,USD,paid,{ordered_at}\n".encode())
    found = cr.reconcile(verified(ipn("A", received_at=JANUARY)), rows).results
    assert [list(cell) for cell in found["reasons"]] == [reasons]


@pytest.mark.parametrize(
    ("tolerance", "outcome", "reasons"),
    [("0", "underpaid", []), ("0.00999999", "underpaid", []), ("0.01", "matched", ["within_tolerance"])],
)
def test_the_tolerance_is_an_amount(tolerance: str, outcome: str, reasons: list[str]) -> None:
    found = cr.reconcile(verified(ipn("A")), orders(("A", "11.01", "USD", "paid")), tolerance=tolerance).results
    assert (found["outcome"].tolist(), [list(cell) for cell in found["reasons"]]) == ([outcome], [reasons])


def test_the_orders_and_the_ledger_may_be_paths(tmp_path: Path) -> None:
    export, ledger = tmp_path / "orders.csv", tmp_path / "ledger.csv"
    export.write_text("order_id,total,currency,status\nA,11.00,USD,paid\n")
    ledger.write_text(
        "Trx Number,Amount,Charge,Payment Charge,After Charge,Date\nD1,11.00 USD,0 USD,0 USD,11 USD,10/01/2026\n"
    )
    notifications = verified(ipn("A", received_at=JANUARY))
    expected = cr.reconcile(notifications, cr.read_orders(export), ledger=cr.read_ledger(ledger))
    found = cr.reconcile(notifications, str(export), ledger=str(ledger))
    pd.testing.assert_frame_equal(found.results, expected.results)
    assert found.results["outcome"].tolist() == ["matched"]
    assert found.manifest_facts() == expected.manifest_facts()
    assert {"orders.csv", "ledger.csv"} <= {Path(name).name for name in found.manifest_facts()["inputs"]}


def test_tables_of_another_library_are_taken_without_a_source() -> None:
    notifications, rows = verified(ipn("A"), ipn("B", signature="0" * 64)), orders(("A", "11.00", "USD", "paid"))
    tables = [
        OnlyArrow(pa.Table.from_pandas(frame.drop(columns="source"), preserve_index=False).replace_schema_metadata())
        for frame in (notifications, rows)
    ]
    pd.testing.assert_frame_equal(cr.reconcile(*tables).results, cr.reconcile(notifications, rows).results)


@pytest.mark.parametrize("notifications", ["archive/", Path("archive"), b"{}", None, [ipn("A")]])
def test_what_nobody_has_verified_is_refused(notifications: Any) -> None:
    with pytest.raises(InputError, match=r"takes them verified .*verify.*audit"):
        cr.reconcile(notifications, orders(("A", "11.00", "USD", "paid")))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"tolerance": 0.01}, "tolerance is a float"),
        ({"tolerance": "5%"}, "tolerance is no amount"),
        ({"tolerance": True}, "tolerance is of type bool"),
        ({"tolerance": (0, (1,), 0)}, "tolerance is of type tuple"),
        ({"as_of": "2026-01-31"}, "as_of and grace go together"),
        ({"as_of": 5, "grace": "2 days"}, "as_of is of type int"),
        ({"as_of": "soon", "grace": "2 days"}, "as_of cannot be read"),
        ({"as_of": "2026-01-31", "grace": 2}, "grace is of type int"),
        ({"window": "3"}, "window cannot be read"),
        ({"window": None}, "window is of type NoneType"),
        ({"match_on": "amounts"}, "match_on names"),
        ({"match_on": [5]}, "match_on holds something of type int"),
        ({"match_on": None}, "match_on is of type NoneType"),
    ],
)
def test_options_that_mean_nothing_are_refused_with_an_example(options: dict[str, Any], words: str) -> None:
    with pytest.raises(OptionError, match=f"{words}.*hint"):
        reconciling_options(**options)


def test_one_pass_and_a_date_are_taken() -> None:
    assert reconciling_options(match_on="amount") == reconciling_options(match_on=["amount"])
    dated = reconciling_options(as_of=date(2026, 1, 31), grace="2 days")
    assert dated == reconciling_options(as_of="2026-01-31", grace="2 days")


def test_identifiers_join_byte_for_byte() -> None:
    found = cr.reconcile(verified(ipn("00123")), orders(("123", "11.00", "USD", "paid"))).results
    assert dict(zip(found["identifier"], found["outcome"], strict=True)) == {
        "123": "missing_payment",
        "00123": "orphan_payment",
    }


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"tolerance": 0.01}, "float"),
        ({"tolerance": "-1"}, "tolerance"),
        ({"tolerance": "NaN"}, "tolerance"),
        ({"tolerance": "much"}, "tolerance"),
        ({"as_of": "2026-01-01"}, "as_of and grace go together"),
        ({"as_of": "soon", "grace": "1 day"}, "cannot be read"),
    ],
)
def test_options_without_meaning_are_refused(options: dict[str, Any], words: str) -> None:
    with pytest.raises(OptionError, match=words):
        cr.reconcile(verified(ipn("A")), orders(("A", "11.00", "USD", "paid")), **options)


def test_frames_of_something_else_are_refused() -> None:
    with pytest.raises(ColumnError, match="lacks verdict"):
        cr.reconcile(verified(ipn("A")).drop(columns="verdict"), orders(("A", "1", "USD", "paid")))
    with pytest.raises(ColumnError, match="lacks identifier"):
        cr.reconcile(verified(ipn("A")), pd.DataFrame({"order": ["A"]}))


amounts = st.integers(0, 3).map(lambda units: f"{units}.00000000")
event = st.tuples(st.sampled_from("ABCEFGHI"), amounts, st.sampled_from(["T1", "T2", "T3"]))
order_row = st.tuples(
    st.sampled_from("ABCDEFGHIJ"),
    st.integers(0, 5).map(str),
    st.sampled_from(["USD", "EUR"]),
    st.sampled_from(["paid", "open"]),
)


# Each example costs the same queries, whatever it holds: few that are large.
@settings(max_examples=8)
@given(
    events=st.lists(event, max_size=2) | st.lists(event, min_size=10, max_size=30),
    rows=st.lists(order_row, max_size=2) | st.lists(order_row, min_size=8, max_size=20),
)
def test_no_money_is_lost_or_counted_twice(events: list[tuple[str, str, str]], rows: list[Any]) -> None:
    """Ordered, paid, difference, and the difference split by outcome; the split sums to the difference exactly."""
    notifications = verified(*(ipn(identifier, amount, trx) for identifier, amount, trx in events), ipn("Z", trx="Z"))
    found = cr.reconcile(notifications, orders(*rows, ("Z", "1", "USD", "paid")))
    is_money = notifications["verdict"] == "accepted"
    accepted = notifications[is_money].drop_duplicates(["identifier", "payment_trx"])
    tie_out, results = found.tie_out, found.results
    assert sum(tie_out["paid"], Decimal(0)) == sum(accepted["amount"], Decimal(0))
    assert (tie_out["difference"] == tie_out["paid"] - tie_out["ordered"]).all()
    assert (tie_out[list(OUTCOMES)].sum(axis=1) == tie_out["difference"]).all()
    assert sorted(results["identifier"]) == sorted({*notifications["identifier"], *(row[0] for row in rows), "Z"})
    assert results["outcome"].notna().all()


class World(NamedTuple):
    """An archive and an export.

    Attributes:
        payments: Of each notification its identifier, amount, transaction id, currency, and whether it is genuine.
        orders: Of each row its identifier, amount, currency and status.
    """

    payments: list[tuple[str, str, str, str | None, bool]]
    orders: list[tuple[str, str, str, str]]


currencies = st.sampled_from(["USD", "EUR", None])
worlds = st.builds(
    World,
    st.lists(
        st.tuples(
            st.sampled_from("ABCEFGHIXY"),
            st.sampled_from(["1", "2", "2.50000001", "30"]),
            st.integers(1, 30).map(lambda number: f"TRX{number}"),
            currencies,
            st.sampled_from([True, True, True, False]),
        ),
        min_size=8,
        max_size=30,
    ),
    st.lists(
        st.tuples(
            st.sampled_from("ABCDEFGHIJ"),
            st.sampled_from(["0", "1", "2", "3", "4.50000001"]),
            currencies.map(lambda currency: currency or ""),
            st.sampled_from(["paid", "pending", "refunded", "whatever"]),
        ),
        min_size=4,
        max_size=14,
    ),
)


def plain_sums(notifications: pd.DataFrame, world: World, rows: list[dict[str, Any]]) -> dict[Any, dict[str, Decimal]]:
    """By currency what was ordered, what was paid, and the difference by outcome: dicts, loops and nothing else."""
    lines: dict[Any, dict[str, Decimal]] = {}

    def count(currency: str | None, side: str, outcome: str, amount: Decimal) -> None:
        line = lines.setdefault(currency, {})
        line[side] = line.get(side, Decimal(0)) + amount
        line[outcome] = line.get(outcome, Decimal(0)) + (amount if side == "paid" else -amount)

    payments = {
        (one["identifier"], one["payment_trx"], one["amount"], None if pd.isna(one["currency"]) else one["currency"])
        for one in notifications.to_dict("records")
        if one["verdict"] == "accepted"
    }
    for _, trx, amount, currency in payments:
        [row] = [row for row in rows if trx in row["payment_trx"]]
        count(currency, "paid", row["outcome"], amount)
    said: dict[str, set[tuple[str, str]]] = {}
    for identifier, amount, currency, _ in world.orders:
        said.setdefault(identifier, set()).add((amount, currency))
    for identifier, kinds in said.items():
        [row] = [row for row in rows if row["identifier"] == identifier and row["order_rows"] > 0]
        if len({(Decimal(amount), currency) for amount, currency in kinds}) == 1:
            [(amount, currency), *_] = kinds
            count(currency or None, "ordered", row["outcome"], Decimal(amount))
    return {
        currency: {name: amount for name, amount in line.items() if amount or name in ("ordered", "paid")}
        for currency, line in lines.items()
    }


@pytest.mark.parametrize("match_on", [["identifier"], ["identifier", "amount"], ["transaction", "identifier"]])
@settings(max_examples=6)
@given(world=worlds)
def test_every_accepted_amount_ends_in_one_row_of_results_and_of_the_tie_out(match_on: list[str], world: World) -> None:
    """docs/reference/money.md, "Where each amount ends"."""
    notifications = verified(
        *(
            ipn(
                identifier,
                f"{Decimal(amount):.8f}",
                trx,
                data_currency=currency,
                received_at="2026-03-05T12:00:00Z",
                **({} if is_genuine else {"signature": "0" * 64}),
            )
            for identifier, amount, trx, currency, is_genuine in world.payments
        )
    )
    lines = [f"{','.join(row)},2026-03-05 11:00:00,TRX{place}" for place, row in enumerate(world.orders)]
    export = "\n".join(["order_id,total,currency,status,created_at,transaction_id", *lines, ""]).encode()
    found = cr.reconcile(notifications, cr.read_orders(export), match_on=match_on)
    rows = found.results.to_dict("records")
    told = {
        None if pd.isna(line["currency"]) else line["currency"]: {
            name: line[name] for name in ("ordered", "paid", *OUTCOMES) if line[name] or name in ("ordered", "paid")
        }
        for line in found.tie_out.to_dict("records")
    }
    wanted = plain_sums(notifications, world, rows)
    assert told == {currency: {"ordered": Decimal(0), "paid": Decimal(0), **line} for currency, line in wanted.items()}
    for row in rows:
        one_currency = not pd.isna(row["paid_amount"])
        own = notifications[
            notifications["payment_trx"].isin(row["payment_trx"]) & (notifications["verdict"] == "accepted")
        ]
        assert one_currency == (row["payments"] > 0 and len({*own["currency"].fillna("")}) == 1)
        assert not one_currency or row["paid_amount"] == sum(own.drop_duplicates("payment_trx")["amount"], Decimal(0))


def test_sums_are_exact_beyond_what_an_amount_can_be() -> None:
    largest = "99999999999999999999.99999999"
    rows = [(f"A{number}", largest, "USD", "paid") for number in range(3)]
    [row] = cr.reconcile(verified(ipn("Z")), orders(*rows)).summary["tie_out"]
    assert row["ordered"] == "299999999999999999999.99999997"
    assert row["difference"] == "-299999999999999999988.99999997"


NO_CURRENCY = None
TIE_OUTS = [
    # payments of one identifier as (amount, currency), its order, the outcome, and by currency what is ordered and paid
    ([("10", "USD"), ("10.5", "EUR")], ("20.50", "USD"), "currency_mismatch", {"USD": (20.5, 10), "EUR": (0, 10.5)}),
    ([("10", "USD"), ("11", "EUR")], ("10", "USD"), "currency_mismatch", {"USD": (10, 10), "EUR": (0, 11)}),
    (
        [("4", "USD"), ("7", NO_CURRENCY)],
        ("11", "USD"),
        "currency_mismatch",
        {"USD": (11, 4), NO_CURRENCY: (0, 7)},
    ),
    (
        [("4", "EUR"), ("7", "USD")],
        ("11", ""),
        "currency_mismatch",
        {NO_CURRENCY: (11, 0), "EUR": (0, 4), "USD": (0, 7)},
    ),
    ([("4", "EUR"), ("7", "USD")], None, "orphan_payment", {"EUR": (0, 4), "USD": (0, 7)}),
    # one currency: its sum
    ([("4", "USD"), ("7", "USD")], ("11", "USD"), "matched", {"USD": (11, 11)}),
    # what has no currency is on a line of its own, whatever else is there
    ([("11", NO_CURRENCY)], ("11", ""), "matched", {NO_CURRENCY: (11, 11)}),
    ([("11", NO_CURRENCY)], ("11", "USD"), "matched", {"USD": (11, 0), NO_CURRENCY: (0, 11)}),
    ([("11", "USD")], ("11", ""), "matched", {NO_CURRENCY: (11, 0), "USD": (0, 11)}),
]


@pytest.mark.parametrize(("paid", "ordered", "outcome", "lines"), TIE_OUTS)
@pytest.mark.parametrize("has_another", [False, True])
def test_every_payment_and_every_order_is_on_the_line_of_its_own_currency(
    paid: list[tuple[str, str | None]],
    ordered: tuple[str, str] | None,
    outcome: str,
    lines: dict[str | None, tuple[float, float]],
    has_another: bool,
) -> None:
    notifications = [
        ipn("A", f"{Decimal(amount):.8f}", f"TRX{place}", data_currency=currency)
        for place, (amount, currency) in enumerate(paid)
    ]
    rows = [("A", *ordered, "paid")] if ordered else []
    beside = [("Z", "100", "USD", "paid")] * has_another
    found = cr.reconcile(verified(*notifications, *([ipn("Z", "100.00000000")] * has_another)), orders(*rows, *beside))
    result = found.results.set_index("identifier").loc["A"]
    wanted = {currency: (Decimal(due), Decimal(paid_in)) for currency, (due, paid_in) in lines.items()}
    if has_another:
        dollars = wanted.get("USD", (Decimal(0), Decimal(0)))
        wanted["USD"] = (dollars[0] + 100, dollars[1] + 100)
    assert result["outcome"] == outcome
    told = {row["currency"]: (Decimal(row["ordered"]), Decimal(row["paid"])) for row in found.summary["tie_out"]}
    assert told == wanted


@pytest.mark.parametrize("amounts", [("10", "10.5"), ("20.5", "3"), ("1", "2")])
def test_payments_in_several_currencies_are_not_summed_and_no_reason_speaks_of_a_sum(amounts: tuple[str, str]) -> None:
    notifications = [
        ipn("A", f"{Decimal(amount):.8f}", f"TRX{currency}", data_currency=currency)
        for amount, currency in zip(amounts, ("USD", "EUR"), strict=True)
    ]
    found = cr.reconcile(verified(*notifications, currencies=("USD", "EUR")), orders(("A", "20.50", "USD", "paid")))
    [result] = found.results.to_dict("records")
    assert (result["outcome"], list(result["reasons"]), result["payments"]) == ("currency_mismatch", [], 2)
    assert all(pd.isna(result[name]) for name in ("paid_amount", "paid_currency", "difference"))


def test_the_tie_out_puts_a_symbol_that_excludes_the_payment_on_a_line_of_its_own() -> None:
    rows = [("A", "£11.00", "", "paid"), ("B", "$5.00", "", "paid"), ("C", "£7.00", "", "paid")]
    found = cr.reconcile(verified(ipn("A"), ipn("B", "5.00000000")), orders(*rows))
    lines = {row["currency"]: (row["ordered"], row["paid"]) for row in found.summary["tie_out"]}
    assert lines == {"USD": ("5.00000000", "16.00000000"), "£": ("18.00000000", "0.00000000")}


def test_amounts_that_are_compared_without_currencies_are_noted() -> None:
    found = cr.reconcile(verified(ipn("A")), orders(("A", "11.00", "", "paid")))
    [one] = found.summary["diagnosis"]
    assert one["text"].startswith("Currencies are not compared for 1 of the paid orders")


FIXTURES = Path(__file__).parents[1] / "orders_fixtures"
SHOPS = [
    ("generic_cfa.csv", {"1201": ("25000", "XOF"), "1202": ("7500", "XAF"), "1203": ("800", "XOF")}),
    ("generic_congo.csv", {"KIN-1": ("45000", "CDF"), "KIN-2": ("12.5", "USD"), "KIN-3": ("20", "USD")}),
    (
        "generic_currency_words.csv",
        {
            "1301": ("25000", "XOF"), "1302": ("10", "USD"), "1303": ("10", "EUR"), "1304": ("10", "USD"),
            "1305": ("25000", "XOF"), "1306": ("10", "USD"),
        },
    ),
]  # fmt: skip


@pytest.mark.parametrize(("export", "payments"), SHOPS)
def test_good_payments_of_shops_that_write_symbols_are_no_exceptions(
    export: str, payments: dict[str, tuple[str, str]]
) -> None:
    notifications = verified(
        *(
            ipn(name, f"{amount}.00000000" if "." not in amount else f"{amount}0000000", data_currency=currency)
            for name, (amount, currency) in payments.items()
        )
    )
    found = cr.reconcile(notifications, FIXTURES / export)
    assert set(found.results["outcome"]) == {"matched"}


STATES = [
    # the status of each row, in order; what counts, and whether it changed
    (("paid", "cancelled"), "status_conflict", ["matched", "state_changed"], "cancelled"),
    (("cancelled", "paid"), "matched", ["state_changed"], "paid"),
    (("processing", "completed"), "matched", [], "completed"),
    (("", "refunded"), "refunded", ["matched"], "refunded"),
    (("refunded", ""), "refunded", ["matched"], "refunded"),
    (("paid", "Zut"), "matched", ["state_changed", "state_unknown"], "Zut"),
]


@pytest.mark.parametrize(("statuses", "outcome", "reasons", "status"), STATES)
def test_the_latest_state_of_an_order_counts(
    statuses: tuple[str, ...], outcome: str, reasons: list[str], status: str
) -> None:
    rows = [("A", "11.00", "USD", status) for status in statuses]
    found = cr.reconcile(verified(ipn("A")), orders(*rows)).results.iloc[0]
    assert (found["outcome"], list(found["reasons"]), found["order_status"]) == (outcome, reasons, status)


def test_of_two_exports_the_later_one_says_the_state(tmp_path: Path) -> None:
    months = [tmp_path / f"{month}.csv" for month in ("march", "april")]
    for month, status in zip(months, ("paid", "cancelled"), strict=True):
        month.write_text(f"order_id,total,currency,status\nA,11,USD,{status}\n")
    [found] = cr.reconcile(verified(ipn("A")), cr.read_orders(months)).results.to_dict("records")
    assert (found["outcome"], "state_changed" in found["reasons"]) == ("status_conflict", True)


SHOPS_ORDERS = [
    # when each export says that the order was made, what becomes of its payment
    (("2026-03-05 10:00:00", "2026-03-19 16:00:00"), "ambiguous_order"),
    (("2026-03-05 10:00:00", "2026-03-05 10:00:00"), "matched"),
    (("2026-03-05 23:30:00", "2026-03-06 09:30:00"), "matched"),
    (("2026-03-05 10:00:00", ""), "matched"),
]


@pytest.mark.parametrize(("moments", "outcome"), SHOPS_ORDERS)
def test_orders_of_two_exports_and_days_are_two(tmp_path: Path, moments: tuple[str, str], outcome: str) -> None:
    shops = [tmp_path / f"{shop}.csv" for shop in "ab"]
    for shop, moment in zip(shops, moments, strict=True):
        shop.write_text(f"order_id,total,currency,status,created_at\nA,11,USD,paid,{moment}\n")
    found = cr.reconcile(verified(ipn("A")), cr.read_orders(shops)).results.iloc[0]
    assert found["outcome"] == outcome


CHANGES = [
    # status and time of change of each row, in order; the status that counts
    ([("cancelled", "2026-03-09"), ("paid", "2026-03-05")], "cancelled"),
    ([("paid", "2026-03-05"), ("cancelled", "2026-03-09")], "cancelled"),
    ([("cancelled", "2026-03-09"), ("paid", "2026-03-09")], "paid"),
    # where a row does not say when it changed, the later row counts
    ([("cancelled", "2026-03-09"), ("paid", "")], "paid"),
]


@pytest.mark.parametrize(("rows", "status"), CHANGES)
def test_the_state_that_was_changed_last_counts(rows: list[tuple[str, str]], status: str) -> None:
    lines = "".join(f"A,11.00,USD,{state},{day}\n" for state, day in rows)
    read = cr.read_orders(f"order_id,total,currency,status,date_modified\n{lines}".encode())
    found = cr.reconcile(verified(ipn("A")), read).results.iloc[0]
    assert (found["order_status"], "state_changed" in found["reasons"]) == (status, True)


BUYERS = [
    # date and buyer of each row, what becomes of the payment
    ([("2026-03-05 10:00", "ann@example.com"), ("2026-03-05 11:00", "bob@example.com")], "ambiguous_order"),
    ([("2026-03-05 10:00", "Ann A"), ("2026-03-19 11:00", "Bob B")], "ambiguous_order"),
    ([("", "ann@example.com"), ("", "bob@example.com")], "ambiguous_order"),
    ([("2026-03-05 10:00", "Ann A"), ("2026-03-06 11:00", " ANN A ")], "matched"),
    ([("2026-03-05 10:00", "Ann A"), ("2026-03-06 11:00", "ann@example.com")], "matched"),
    ([("2026-03-05 10:00", "ann@example.com"), ("2026-03-05 10:00", "a@example.com")], "matched"),
]


@pytest.mark.parametrize(("rows", "outcome"), BUYERS)
def test_orders_of_two_buyers_and_moments_are_two(rows: list[tuple[str, str]], outcome: str) -> None:
    lines = "".join(f"A,11.00,USD,paid,{day},{buyer}\n" for day, buyer in rows)
    read = cr.read_orders(f"order_id,total,currency,status,created_at,customer\n{lines}".encode())
    assert cr.reconcile(verified(ipn("A")), read).results.iloc[0]["outcome"] == outcome


def test_rows_of_one_export_are_one_order_whenever_they_were_made() -> None:
    rows = [("A", "11.00", "USD", "paid", day) for day in ("2026-01-05", "2026-01-09")]
    found = cr.reconcile(verified(ipn("A")), orders(*rows, header=DATED)).results.iloc[0]  # type: ignore[arg-type]
    assert found["outcome"] == "matched"


@pytest.mark.parametrize("row", ["TOTAL,37,,", ",37,USD,paid", "Total,37.00,Total,Total"])
@pytest.mark.parametrize("match_on", ["identifier", "amount"])
def test_a_row_without_an_identifier_is_no_result(row: str, match_on: str) -> None:
    rows = cr.read_orders(f"order_id,total,currency,status\nA,11,USD,paid\n{row}\n".encode())
    found = cr.reconcile(verified(ipn("A")), rows, match_on=["identifier", *{match_on} - {"identifier"}])
    assert found.results[["identifier", "outcome"]].to_numpy().tolist() == [["A", "matched"]]
    assert found.tie_out[["ordered", "paid"]].to_numpy().tolist() == [[11, 11]]


def test_cells_of_one_order_come_from_its_rows_that_can_be_read() -> None:
    rows = [("A", "eleven", "USD", "cancelled"), ("A", "11.00", "USD", "paid")]
    found = cr.reconcile(verified(ipn("A")), orders(*rows)).results.iloc[0]
    assert (found["order_status"], found["order_state"], found["outcome"]) == ("paid", "paid", "matched")


def test_the_moment_that_nobody_names_is_the_last_notification_s() -> None:
    came = [{"received_at": f"2026-01-{day:02}T12:00:00Z", "body": ipn(f"N{day}")} for day in (3, 10, 7)]
    shop = b"order_id,total,currency,status,date\nA,11,USD,paid,2026-01-09 11:59\nB,11,USD,paid,2026-01-09 12:00\n"
    found = cr.audit(jsonl(*came), shop, ring(), grace="1 day")
    assert found.results.set_index("identifier")["outcome"][["A", "B"]].tolist() == ["missing_payment", "not_yet_due"]
    [said] = [one["text"] for one in found.summary["diagnosis"] if one["code"] == "as_of_taken"]
    assert said.startswith("Asked for 2026-01-10 12:00 UTC, when the last notification of the archive came: orders of ")
    undated = cr.reconcile(verified(ipn("N")), cr.read_orders(shop), grace="1 day")
    assert "as_of_unknown" in [one["code"] for one in undated.summary["diagnosis"]]
    assert "not_yet_due" not in set(undated.results["outcome"])


def test_an_order_as_old_as_the_grace_is_not_yet_due() -> None:
    rows = cr.read_orders(f"{DATED}\nA,11,USD,paid,2026-01-30T00:00:00Z\n".encode())
    found = cr.reconcile(verified(ipn("Z")), rows, as_of="2026-02-01", grace="2 days").results.set_index("identifier")
    assert found.loc["A", "outcome"] == "not_yet_due"


@pytest.mark.parametrize(
    "options",
    [
        {"tolerance": "1e30"},
        {"tolerance": None},
        {"tolerance": [1]},
        {"as_of": "", "grace": "1d"},
        {"as_of": "NaT", "grace": "1d"},
        {"as_of": "2026-01-01", "grace": ""},
        {"as_of": "2026-01-01", "grace": "5"},
        {"window": "nan"},
        {"window": "3"},
        {"window": 5},
    ],
)
def test_an_option_that_means_nothing_is_refused(options: dict[str, Any]) -> None:
    with pytest.raises(OptionError):
        cr.reconcile(verified(ipn("A")), orders(("A", "11.00", "USD", "paid")), **options)


def test_orders_that_no_reader_gives_are_refused() -> None:
    rows = orders(("A", "11.00", "USD", "paid"))
    twice = pd.concat([rows, rows[["order_status"]]], axis=1)
    for frame in (rows.assign(order_state="weird"), twice, rows.assign(note=[b"\xff"])):
        with pytest.raises(ColumnError):
            cr.reconcile(verified(ipn("A")), frame)


def test_payments_of_two_merchants_are_two_though_they_share_order_number_and_transaction_id() -> None:
    keys = cr.KeyRing([cr.Key(id=name, secret=name + SECRET, mode="live", merchant=name) for name in ("a", "b")])
    posts = [
        ipn("A", "10.00000000", "T1", signature=signature("10.00000000", "A", name + SECRET)) for name in ("a", "b")
    ]
    frame = cr.verify(cr.read_ipns(jsonl(*posts)), keys)
    for match_on in ("identifier", ("identifier", "amount")):
        [result] = cr.reconcile(frame, orders(("A", "20.00", "USD", "paid")), match_on=match_on).results.to_dict(
            "records"
        )
        assert (result["outcome"], result["payments"], list(result["reasons"])) == ("matched", 2, ["split_payment"])
        assert list(result["payment_trx"]) == ["T1", "T1"]


def test_payments_that_add_up_to_more_than_an_amount_can_be_are_an_error_that_names_the_order() -> None:
    frame = verified(*(ipn("A", "9" * 20 + ".00000000", trx) for trx in ("T1", "T2")), ipn("B", "1.00000000"))
    frame.loc[1, "verdict"] = "accepted"
    with pytest.raises(InputError, match="the payments of 'A' add up to more than an amount can be"):
        cr.reconcile(frame, orders(("A", "20.00", "USD", "paid")))


def test_transaction_ids_stand_in_order_of_arrival_whatever_the_order_of_the_files() -> None:
    posts = [
        ipn("A", amount, trx) for amount, trx in (("2.00000000", "T2"), ("1.00000000", "T3"), ("3.00000000", "T1"))
    ]
    for some in (posts, posts[::-1]):
        [result] = cr.reconcile(verified(*some), orders(("A", "6.00", "USD", "paid"))).results.to_dict("records")
        assert list(result["payment_trx"]) == ["T1", "T2", "T3"]


@pytest.mark.parametrize("tolerance", [{"USD": "0.01", "XOF": 5}, "USD=0.01,XOF=5", {"usd": "0.01", "XOF": 5}])
def test_a_tolerance_is_of_one_currency(tolerance: Any) -> None:
    posts = [ipn("A"), ipn("B", data_currency="XOF"), ipn("C"), ipn("D", data_currency="EUR")]
    rows = orders(("A", "11.01", "USD", "paid"), ("B", "16", "XOF", "paid"), ("C", "11.02", "USD", "paid"))
    rows = pd.concat([rows, orders(("D", "11.01", "EUR", "paid"))])
    found = cr.reconcile(verified(*posts), rows, tolerance=tolerance)
    assert found.results["outcome"].tolist() == ["matched", "matched", "underpaid", "underpaid"]
    assert found.facts["options"]["tolerance"] == {"USD": "0.01", "XOF": "5"}


def test_one_amount_is_no_tolerance_for_several_currencies() -> None:
    rows = orders(("A", "11.01", "USD", "paid"), ("B", "16", "XOF", "paid"))
    posts = verified(ipn("A"))
    with pytest.raises(OptionError, match="the orders are in several currencies: USD, XOF"):
        cr.reconcile(posts, rows, tolerance="0.01")
    assert cr.reconcile(posts, rows, tolerance=0).results["outcome"].tolist() == ["underpaid", "missing_payment"]
    assert cr.reconcile(posts, rows[:1], tolerance="0.01").results["outcome"].tolist() == ["matched"]
