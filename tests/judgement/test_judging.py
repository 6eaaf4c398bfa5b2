"""Findings that compare notifications, learned decimals and verdicts: tables of cases and properties.

A case is a list of notifications in order of arrival and what each must be told: verdict, then findings.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final, NamedTuple

import duckdb
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import corena_recon as cr
from corena_recon.judgement import groups
from corena_recon.judgement.comparing import (
    Gathered,
    Votes,
    compare,
    compare_signatures,
    corrected_votes,
    gather,
    survey,
)
from corena_recon.judgement.judging import VERDICTS, Profile, RowRules, profile_of, ring_of, settle
from corena_recon.judgement.options import judging_options
from corena_recon.judgement.verification import Checking, verify_table
from corena_recon.schemas import NOTIFICATION_SCHEMA
from corena_recon.tables.code_sets import codes_of
from corena_recon.tables.engine import connect
from corena_recon.tables.marks import is_repeated
from corena_recon.tables.spool import Spool
from tests.making import SECRET, ipn, jsonl, ring, signature, verified

_OTHERS: Final = tuple(ipn(f"HONEST-{number}", f"{number}.00000000") for number in range(1, 8))
"""Enough honest notifications to show that the key's amounts have 8 decimals."""
_FIRST: Final = ipn("15001", "11.00000000", "T1")
_UNIT: Final = signature("11.00000000", "15001")


def again(**changes: Any) -> dict[str, Any]:
    """The first notification as it is posted again; ``trx`` and ``data_*`` name fields of data."""
    return ipn("15001", "11.00000000", changes.pop("trx", "T1"), **changes)


def split(amount: str, identifier: str, trx: str = "T9", **changes: Any) -> dict[str, Any]:
    """The first notification's signed bytes, cut elsewhere."""
    assert amount + identifier == "11.0000000015001"
    return ipn(identifier, amount, trx, signature=_UNIT, **changes)


def told(*notifications: dict[str, Any], keys: cr.KeyRing | None = None, **options: Any) -> list[str]:
    """Verdict and findings of each notification, judged among enough honest ones."""
    timed = [{**one, "received_at": 1_760_000_000 + number} for number, one in enumerate(notifications)]
    frame = cr.verify(cr.read_ipns(jsonl(*_OTHERS, *timed)), keys or ring(), **options)
    assert set(frame["verdict"][: len(_OTHERS)]) == {"accepted"}
    return _told(frame[len(_OTHERS) :])


def _told(frame: pd.DataFrame) -> list[str]:
    return [
        " ".join([verdict, *([] if findings is None else findings)])
        for verdict, findings in zip(frame["verdict"], frame["findings"].tolist(), strict=True)
    ]


CASES: Final[list[tuple[list[dict[str, Any]], list[str]]]] = [
    # The same again.
    ([_FIRST, again()], ["accepted", "duplicate replayed"]),
    ([_FIRST, again(), again()], ["accepted", "duplicate replayed", "duplicate replayed"]),
    ([_FIRST, again(note="x", data_payment_timestamp="2026")], ["accepted", "duplicate replayed"]),
    ([again(trx=""), again(trx="")], ["accepted", "duplicate replayed"]),
    ([again(data_payment_trx=None), again(trx="")], ["accepted", "duplicate replayed"]),
    ([again(status="failed"), again(status="failed")], ["no_payment", "no_payment replayed"]),
    ([again(status="failed"), again(status="cancelled")], ["no_payment", "no_payment"]),
    # Another transaction id: the later ones.
    ([_FIRST, again(trx="T2")], ["accepted", "suspect trx_conflict"]),
    ([_FIRST, again(trx="T2"), again(trx="T3")], ["accepted", "suspect trx_conflict", "suspect trx_conflict"]),
    ([_FIRST, again(trx="t1")], ["accepted", "suspect trx_conflict"]),
    ([_FIRST, again(trx="")], ["accepted", "suspect trx_conflict"]),
    ([again(trx=""), _FIRST], ["accepted", "suspect trx_conflict"]),
    ([_FIRST, again(trx="T2"), again()], ["accepted", "suspect trx_conflict", "suspect replayed trx_conflict"]),
    ([again(status="failed"), again(trx="T2")], ["no_payment", "suspect trx_conflict"]),
    # Another unsigned field: the later ones.
    ([_FIRST, again(data_currency="EUR")], ["accepted", "suspect currency_unsupported unsigned_conflict"]),
    ([_FIRST, again(data_charge="1.00")], ["accepted", "suspect unsigned_conflict"]),
    ([again(data_charge="1.0"), again(data_charge="1.00")], ["accepted", "duplicate replayed"]),
    ([_FIRST, again(data_payment_type="hosted")], ["accepted", "suspect unsigned_conflict"]),
    ([again(data_payment_type=None), again(data_payment_type="-")], ["accepted", "suspect unsigned_conflict"]),
    # Success and another status: all of them.
    ([_FIRST, again(status="failed")], ["suspect status_conflict", "suspect status_conflict"]),
    ([again(status="failed"), _FIRST], ["suspect status_conflict", "suspect status_conflict"]),
    ([_FIRST, again(status="SUCCESS")], ["suspect status_conflict", "suspect status_conflict"]),
    # One transaction id on different identifiers or amounts: the later ones.
    ([_FIRST, ipn("B", trx="T1")], ["accepted", "suspect trx_reused"]),
    ([_FIRST, ipn("15001", "12.00000000", "T1")], ["accepted", "suspect trx_reused"]),
    ([_FIRST, ipn("B", trx="T2"), again(trx="T2")], ["accepted", "accepted", "suspect trx_conflict trx_reused"]),
    ([again(trx=""), ipn("B", trx="")], ["accepted", "accepted"]),
    ([_FIRST, ipn("15001", "12.00000000", "T2")], ["accepted", "accepted"]),
    # The seam moved.
    ([_FIRST, split("11.000000001", "5001")], ["accepted", "forged amount_decimals boundary_twin"]),
    ([_FIRST, split("11.0000000", "015001")], ["accepted", "forged amount_decimals boundary_twin"]),
    ([split("11.000000001", "5001"), _FIRST], ["forged amount_decimals boundary_twin", "accepted"]),
    (
        [split("11.000000001", "5001"), split("11.0000000015", "001")],
        ["forged amount_decimals boundary_twin", "forged amount_decimals boundary_twin"],
    ),
    ([split("11.000000001", "5001")], ["suspect amount_decimals"]),
    ([_FIRST, split("11.000000001", "5001", "T1")], ["accepted", "forged amount_decimals boundary_twin"]),
    (
        [_FIRST, split("11.000000001", "5001"), ipn("B", trx="T9")],
        ["accepted", "forged amount_decimals boundary_twin", "accepted"],
    ),
    # Signatures of others.
    ([_FIRST, ipn("B", signature=_UNIT)], ["accepted", "forged signature_copied signature_invalid"]),
    (
        [again(signature=_UNIT.lower()), ipn("B", signature=_UNIT)],
        ["suspect signature_format", "forged signature_copied signature_invalid"],
    ),
    (
        [again(signature="0" * 64), ipn("B", signature=_UNIT)],
        ["forged signature_invalid", "forged signature_copied signature_invalid"],
    ),
    (
        [again(signature=signature("11.00000000", "B")), ipn("B", signature=_UNIT)],
        ["forged signature_copied signature_invalid"] * 2,
    ),
    # Junk casts no doubt.
    (
        [again(signature="0" * 64, trx="T2"), again(signature="0" * 64, status="failed"), _FIRST],
        ["forged signature_invalid", "forged signature_invalid", "accepted"],
    ),
    ([ipn("B", trx="T1", signature="0" * 64), _FIRST], ["forged signature_invalid", "accepted"]),
    ([_FIRST, again(signature=_UNIT.lower(), trx="T2")], ["accepted", "suspect signature_format"]),
]


_CHARGED: Final = again(data_charge="1.00")
_OF_A_STORE_THAT_KEEPS_CHARGES: Final = ipn("Z", data_charge="2.00")
# A store that keeps a field nowhere is no conflict; one that keeps it now and then is. What does not verify tells of
# neither.
_SOURCES: Final[list[tuple[dict[str, Any], dict[str, Any], dict[str, Any], str]]] = [
    (_CHARGED, again(), ipn("Z"), "duplicate replayed"),
    (_CHARGED, again(), _OF_A_STORE_THAT_KEEPS_CHARGES, "suspect unsigned_conflict"),
    (again(), _CHARGED, ipn("Z"), "duplicate replayed"),
    (_CHARGED, again(), ipn("Z", data_charge="2.00", signature="0" * 64), "duplicate replayed"),
    (again(), again(data_payment_type=None), ipn("Z", data_payment_type=None), "duplicate replayed"),
    (_CHARGED, again(data_payment_type="hosted"), ipn("Z"), "suspect unsigned_conflict"),
    (_FIRST, again(data_payment_trx=None), ipn("Z", trx="T8"), "suspect trx_conflict"),
    (_FIRST, again(data_payment_trx=None), ipn("Z", data_payment_trx=None), "duplicate replayed"),
    (again(data_payment_trx=None), _FIRST, ipn("Z"), "duplicate replayed"),
]


@pytest.mark.parametrize(("first", "second", "beside", "expected"), _SOURCES)
def test_a_field_that_a_source_never_has_is_not_compared(
    tmp_path: Path, first: dict[str, Any], second: dict[str, Any], beside: dict[str, Any], expected: str
) -> None:
    (tmp_path / "a.jsonl").write_bytes(jsonl({**first, "received_at": 1_760_000_000}))
    (tmp_path / "b.jsonl").write_bytes(jsonl({**second, "received_at": 1_760_000_001}, beside))
    assert _told(cr.verify(cr.read_ipns(tmp_path), ring()))[:2] == ["accepted", expected]


def test_where_no_time_tells_which_was_the_first_both_are_suspect() -> None:
    posts = [_FIRST, ipn("B", trx="T1")]
    assert _told(verified(*posts)) == ["suspect trx_reused"] * 2
    assert _told(verified(*({**post, "received_at": 1_760_000_000} for post in posts))) == ["suspect trx_reused"] * 2
    late = [{**posts[0], "received_at": 1_760_000_000}, posts[1]]
    assert _told(verified(*late)) == ["suspect trx_reused"] * 2


@pytest.mark.parametrize(("notifications", "expected"), CASES)
def test_notifications_that_share_something(notifications: list[dict[str, Any]], expected: list[str]) -> None:
    assert told(*notifications) == expected


def test_several_success_statuses_are_one_payment() -> None:
    posts = (_FIRST, again(status="completed"))
    assert told(*posts, success_statuses={"success", "completed"}) == ["accepted", "duplicate replayed"]


def test_forged_beats_suspect_beats_no_payment_beats_duplicate() -> None:
    post = again(status="failed", trx="T2")
    assert told(_FIRST, post, {**post, "signature": "0" * 64})[1:] == [
        "suspect trx_conflict",
        "forged signature_invalid",
    ]
    assert told(again(status="failed"), again(status="failed"))[1] == "no_payment replayed"


def merchants() -> cr.KeyRing:
    """Keys of two merchants and both modes; each secret but the first begins with a letter of its own."""
    keys = {"": ("a", "live", "a"), "b-": ("b", "live", "b"), "c-": ("a-new", "live", "a"), "t-": ("t", "test", "a")}
    return cr.KeyRing(
        cr.Key(id=key_id, secret=prefix + SECRET, mode=mode, merchant=merchant)
        for prefix, (key_id, mode, merchant) in keys.items()
    )


class TestMerchantsAndModes:
    def signed_by(self, letter: str, trx: str, **changes: Any) -> dict[str, Any]:
        return again(signature=signature("11.00000000", "15001", f"{letter}-{SECRET}"), trx=trx, **changes)

    def test_merchants_number_their_orders_alike(self) -> None:
        assert told(_FIRST, self.signed_by("b", "T2"), keys=merchants()) == ["accepted", "accepted"]

    def test_one_merchant_s_keys_are_one_world(self) -> None:
        told_of = told(_FIRST, self.signed_by("c", "T2"), self.signed_by("c", "T1"), keys=merchants())
        assert told_of == ["accepted", "suspect trx_conflict", "suspect replayed trx_conflict"]

    def test_test_mode_casts_no_doubt(self) -> None:
        posts = (self.signed_by("t", "T2", endpoint="test"), self.signed_by("t", "T2", endpoint="live"), _FIRST)
        assert told(*posts, keys=merchants()) == ["other_mode", "suspect replayed test_key", "accepted"]


class Learned(NamedTuple):
    """Amounts of one key's notifications, and the decimals learned from them."""

    amounts: list[str]
    learned: list[int] | None


PROFILES: Final = [
    Learned(["1.00000000"], [8]),
    Learned(["1.00", "2.00", "3.00000000"], [2]),
    Learned(["1.00", "2.00000000"], None),
    Learned(["1.00", "2.00000000", "3"], None),
    Learned(["1.00", "2.00", "3.00", "4.00000000", "5.00000000"], None),
    Learned(["1.00", "2.00", "3.00", "4.00", "5.00000000", "6.00000000"], [2]),
    Learned(["1", "2", "3.5"], [0]),
    # What the gateway cannot store shows nothing.
    Learned(["1.000000000", "2.000000000", "3.00000000"], [8]),
]


@pytest.mark.parametrize("profile", PROFILES)
def test_decimals_are_learned_from_a_clear_majority(profile: Learned) -> None:
    posts = [ipn(f"N{number}", amount) for number, amount in enumerate(profile.amounts)]
    assert _learned(posts) == profile.learned


def test_replays_twins_junk_and_rewritten_amounts_do_not_shift_the_profile() -> None:
    honest = [ipn("15001", "11.00000000", "T1"), ipn("B", "2.00000000")]
    replays = [again(trx=f"X{number}") for number in range(5)]
    twins = [split("11.0000000", "015001"), split("11.000000", "0015001"), split("11.00000", "00015001")]
    junk = [ipn(f"J{number}", "5.00", signature="0" * 64) for number in range(9)]
    bodies = [
        {"body": f"status=success&signature={_UNIT}&identifier=15001&data[amount]={amount}&data[payment_trx]=T1"}
        for amount in ("11.00", "11.0", "11")
    ]
    assert _learned([*honest, *replays, *twins, *junk, *bodies]) == [8]


def test_what_is_posted_often_has_one_vote_and_twins_have_none() -> None:
    """Counted one by one, the others would outnumber those with 8 decimals."""
    few = [ipn("A1", "1.00000000"), ipn("A2", "2.00000000")]
    often = [ipn("B", "3.00", f"X{number}") for number in range(6)]
    unit = signature("11.0000000", "15001")
    twins = [ipn("0" * number + "15001", "11." + "0" * (7 - number), signature=unit) for number in (0, 1, 2, 3)]
    assert _learned([*few, *often]) == [8]
    assert _learned([*few, *twins]) == [8]


def test_an_unclear_profile_calls_nothing_forged_and_no_twin_accepted() -> None:
    posts = [ipn("A1", "1.00"), ipn("B1", "2.00000000"), _FIRST, split("11.0000000", "015001")]
    assert _told(verified(*posts)) == ["accepted", "accepted", *["suspect amount_decimals"] * 2]


def test_more_decimals_than_the_gateway_stores_are_suspect_though_nothing_is_learned() -> None:
    posts = [ipn("A1", "1.00"), ipn("B1", "2.00000000"), split("11.000000001", "5001"), ipn("C1", "3.000000000")]
    assert _told(verified(*posts))[2:] == ["suspect amount_decimals"] * 2
    assert _told(verified(ipn("C1", "3.000000000"))) == ["suspect amount_decimals"]
    assert _told(verified(ipn("C1", "3.000000000"), amount_decimals={9})) == ["accepted"]


def test_decimals_can_be_set() -> None:
    posts = [ipn("A1", "1.00"), ipn("B1", "2.00000000"), _FIRST, split("11.0000000", "015001")]
    assert _told(verified(*posts, amount_decimals={8}))[2:] == ["accepted", "forged amount_decimals boundary_twin"]
    assert _told(verified(*posts, amount_decimals={7, 8}))[2:] == ["suspect amount_decimals"] * 2


def test_splits_in_varied_places_do_not_make_their_decimals_usual() -> None:
    """Ten of ten orders, and as many splits of notifications that the archive does not hold."""
    honest = [ipn(f"H{number}", f"{number}.00000000") for number in range(1, 11)]
    splits = [moved(f"{number}.00000000", f"{number:06}", -3 + number % 2 * 2) for number in range(20, 30)]
    frame = verified(*honest, *splits)
    assert _told(frame) == ["accepted"] * 10 + ["suspect amount_decimals"] * 10
    [note] = frame.attrs["notes"]
    assert "8 in 10 of 20, 5 in 5 of 20, 7 in 5 of 20" in note


def moved(amount: str, identifier: str, by: int) -> dict[str, Any]:
    """A notification of the amount, of which the seam was moved by so many digits."""
    text, seam = amount + identifier, len(amount) + by
    return ipn(text[seam:], text[:seam], signature=signature(amount, identifier))


def test_a_transaction_id_has_one_vote() -> None:
    honest = [ipn(f"H{number}", f"{number}.00000000") for number in range(1, 4)]
    splits = [ipn(f"S{number}", f"{number}.00", "T") for number in range(1, 9)]
    assert _learned([*honest, *splits]) == [8]


def _learned(posts: list[dict[str, Any]]) -> list[int] | None:
    table = pa.Table.from_pandas(cr.read_ipns(jsonl(*posts)), schema=NOTIFICATION_SCHEMA, preserve_index=False)
    return verify_table(table, ring(), judging_options())[1].decimals["live"]


# Judging as steps, on one machine or several.


class Share:
    """Some notifications as one machine holds them, surveyed and gathered."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, posts: Iterable[dict[str, Any]]) -> None:
        checking = Checking(ring(), judging_options())
        table = pa.Table.from_pandas(cr.read_ipns(jsonl(*posts)), schema=NOTIFICATION_SCHEMA, preserve_index=False)
        self.connection, self.kinds, self.checked = connection, checking._kinds, Spool()
        self.checked.add(checking.checked(table))
        self.gathered = Gathered(Spool(), Spool(), Spool())
        surveyed = survey(connection, self.checked, self.kinds, checking._sources, self.gathered.unproven)
        is_shared = is_repeated(surveyed.signed) | is_repeated(surveyed.trx)
        gather(self.checked, is_shared, checking._sources, surveyed.keeping, self.gathered)
        self.votes = surveyed.votes
        self.votes.update(corrected_votes(connection, self.gathered.candidates, ring_of(ring(), Profile({}, {}, {}))))

    def told(self, profile: Profile) -> list[str]:
        """Verdict and findings of each, where the machines have agreed on the decimals."""
        known, options = ring_of(ring(), profile), judging_options(mode="live")
        compared = compare(self.connection, self.gathered.candidates, known, options)
        copied = compare_signatures(self.connection, self.gathered.unproven, self.gathered.genuine)
        rules = RowRules(self.connection, self.kinds, known, options)
        [chunk] = self.checked.chunks()
        judged = settle(chunk, pa.concat_tables([compared, copied]).sort_by("row"), rules)
        return [
            " ".join([VERDICTS[verdict], *codes_of(int(mask))])
            for verdict, mask in zip(judged.verdicts, judged.masks, strict=True)
        ]


def test_votes_of_several_machines_make_one_profile_and_the_same_verdicts() -> None:
    """Each machine holds all that shares something; alone, the first would think that amounts have two decimals."""
    shares = [
        [
            ipn("C1", "1.00"),
            ipn("C2", "2.00"),
            ipn("C1", "1.00"),
            ipn("X", "3.00", signature="0" * 64),
            ipn("é", "4.00"),
        ],
        [*_OTHERS, _FIRST, again(), split("11.000000001", "5001"), ipn("B", signature=_UNIT)],
    ]
    with connect(threads=1) as connection:
        whole = Share(connection, [post for posts in shares for post in posts])
        machines = [Share(connection, posts) for posts in shares]
        votes: Votes = Counter()
        for machine in machines:
            votes.update(machine.votes)
        assert votes == whole.votes == {("live", 2): 3, ("live", 8): len(_OTHERS)}
        profile = profile_of(votes, ring(), judging_options())
        assert profile.decimals == {"live": [8]}
        assert profile_of(machines[0].votes, ring(), judging_options()).decimals == {"live": [2]}
        told_of = [line for machine in machines for line in machine.told(profile)]
        assert told_of == whole.told(profile)
    assert told_of == _told(verified(*(post for posts in shares for post in posts)))


def test_what_is_gathered_may_stand_on_disk_and_is_gone_afterwards(tmp_path: Path) -> None:
    posts = [*_OTHERS, _FIRST, again(trx="T2"), ipn("B", signature=_UNIT), again(signature="0" * 64)]
    table = pa.Table.from_pandas(cr.read_ipns(jsonl(*posts)), schema=NOTIFICATION_SCHEMA, preserve_index=False)
    checking, checked = Checking(ring(), judging_options()), Spool()
    checked.add(checking.checked(table))
    spools = {name: Spool(tmp_path / name, 0) for name in Gathered._fields}
    with connect(threads=1) as connection:
        before = connection.sql("SHOW ALL TABLES").fetchall()
        on_disk = checking.judging(connection, checked, spools.__getitem__)
        in_memory = checking.judging(connection, checked)
        assert connection.sql("SHOW ALL TABLES").fetchall() == before == []
    assert on_disk.compared.equals(in_memory.compared)
    assert on_disk.compared["row"].to_pylist() == [len(_OTHERS) + 1, len(_OTHERS) + 2]
    assert list(tmp_path.iterdir()) == []


# Section 5, read as it is written, over every pair.

_POSTS = st.lists(
    st.fixed_dictionaries(
        {
            "identifier": st.sampled_from("ABCD"),
            "amount": st.sampled_from(["1.00000000", "2.00000000"]),
            "trx": st.sampled_from(["", "T1", "T2"]),
            "currency": st.sampled_from(["USD", "EUR", None]),
            "charge": st.sampled_from([None, None, "1.0", "1.00"]),
            "status": st.sampled_from(["success", "paid", "success", "failed"]),
            "received_at": st.sampled_from([None, "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"]),
            "key": st.sampled_from(["", "", "b-", "t-"]),
        }
    ),
    min_size=2,
    max_size=40,
)
_SUCCESS: Final = {"success", "paid"}


def _as_posted(post: dict[str, Any]) -> dict[str, Any]:
    return ipn(
        post["identifier"],
        post["amount"],
        post["trx"],
        status=post["status"],
        received_at=post["received_at"],
        signature=signature(post["amount"], post["identifier"], post["key"] + SECRET),
        endpoint="test" if post["key"] == "t-" else "live",
        data_currency=post["currency"],
        data_charge=post["charge"],
    )


def _findings_by_the_letter(posts: list[dict[str, Any]]) -> list[set[str]]:
    order = sorted(range(len(posts)), key=lambda at: (posts[at]["received_at"] or "9", at))
    found: list[set[str]] = [set() for _ in posts]
    for place, at in enumerate(order):
        post = posts[at]
        others = [posts[other] for other in order if other != at]
        earlier = [posts[other] for other in order[:place] if _is_same(posts[other], post, "key amount identifier")]
        same_trx = [one for one in earlier if one["trx"] == post["trx"]]
        conditions = {
            "trx_conflict": len(same_trx) < len(earlier),
            "unsigned_conflict": any(_unsigned(one) != _unsigned(post) for one in same_trx),
            "status_conflict": any(
                _is_same(one, post, "key amount identifier trx")
                and (one["status"] in _SUCCESS) != (post["status"] in _SUCCESS)
                for one in others
            ),
            "trx_reused": any(
                post["trx"] != ""
                and not _is_surely_later(one, post)
                and _is_same(one, post, "key trx")
                and not _is_same(one, post, "amount identifier")
                for one in others
            ),
            "replayed": any(
                _unsigned(one) == _unsigned(post) and (one["status"] in _SUCCESS) == (post["status"] in _SUCCESS)
                for one in same_trx
            ),
        }
        found[at] = {code for code, holds in conditions.items() if holds}
    return found


def _is_same(one: dict[str, Any], other: dict[str, Any], names: str) -> bool:
    return all(one[name] == other[name] for name in names.split())


def _is_surely_later(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return bool(one["received_at"] and other["received_at"]) and one["received_at"] > other["received_at"]


def _unsigned(post: dict[str, Any]) -> tuple[Any, ...]:
    return post["currency"], post["charge"] and float(post["charge"])


@settings(max_examples=15, deadline=None)
@given(_POSTS, st.randoms(use_true_random=False), st.sampled_from([groups.PART_ROWS, 7, 2]))
def test_findings_are_those_of_every_pair_in_any_order_of_rows_compared_at_once_or_in_parts(
    posts: list[dict[str, Any]], chance: random.Random, part_rows: int
) -> None:
    notifications = cr.read_ipns(jsonl(*map(_as_posted, posts)))
    rows = list(range(len(posts)))
    chance.shuffle(rows)
    options: dict[str, Any] = {
        "success_statuses": _SUCCESS,
        "currencies": {"USD", "EUR"},
        "amount_decimals": {8},
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(groups, "PART_ROWS", part_rows)
        judged = cr.verify(notifications.iloc[rows], merchants(), **options)
    found = dict(zip(rows, judged["findings"].tolist(), strict=True))
    assert [set(found[row]) for row in range(len(posts))] == _findings_by_the_letter(posts)


@pytest.mark.exhaustive
@pytest.mark.parametrize("trx", ["{}", "T"])
def test_one_payment_again_and_again_wants_no_more_of_the_engine_than_it_may_have(trx: str, tmp_path: Path) -> None:
    """What compares in windows held them all at once: 120,000 were too many for it."""
    count = 120_000
    posted = jsonl(ipn("A", trx="TRX"))
    (tmp_path / "a.jsonl").write_bytes(b"".join(posted.replace(b"TRX", trx.format(n).encode()) for n in range(count)))
    found = cr.audit(tmp_path / "a.jsonl", keys=ring(), memory_bytes=1 << 20)
    others = {"suspect": count - 1} if trx == "{}" else {"duplicate": count - 1}
    assert found.summary["verdicts"] == {"accepted": 1, **others}


def codes(rows: Iterable[str]) -> set[str]:
    return {code for row in rows for code in row.split()[1:]}


def test_the_cases_show_every_finding_that_compares_notifications() -> None:
    shown = codes(told_of for _, expected in CASES for told_of in expected)
    assert shown >= {
        "boundary_twin", "replayed", "signature_copied", "status_conflict", "trx_conflict", "trx_reused",
        "unsigned_conflict",
    }  # fmt: skip
