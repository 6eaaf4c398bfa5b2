"""A kind's example is judged as every notification of the kind would be by itself."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import corena_recon as cr
from corena_recon.judgement import kinds
from corena_recon.judgement.kinds import RULE_SCHEMA, UNKNOWN, Kinds
from corena_recon.judgement.options import judging_options
from corena_recon.judgement.traits import with_traits
from corena_recon.judgement.verification import verify_table
from corena_recon.schemas import INSTANT, NOTIFICATION_SCHEMA
from corena_recon.signing.checking import check_signatures
from corena_recon.tables.columns import with_words
from tests.making import SECRET, ipn, jsonl, signature

RING = cr.KeyRing(
    [
        cr.Key(
            id="live", secret=SECRET, mode="live", merchant="shop", valid_from="2026-01-02", valid_until="2026-01-03"
        ),
        cr.Key(id="test", secret="t-" + SECRET, mode="test"),
    ]
)
posts = st.lists(
    st.fixed_dictionaries(
        {
            "identifier": st.sampled_from(["A", "é", "DFU80XZIKS", "B" * 20, "B" * 21, "-1", "\u202e", "é" * 20]),
            "amount": st.sampled_from(
                ["11.00000000", "11.00", "0.00000000", "-1.0", "011", "1" * 21, "1e5", "0.000000001"]
            ),
            "key": st.sampled_from(["", "t-", "else"]),
            "status": st.sampled_from(["success", "failed"]),
            "received_at": st.sampled_from(
                [None, "2026-01-01T23:59:59.999999Z", "2026-01-02", "2026-01-04", "2027-01-01"]
            ),
            "endpoint": st.sampled_from([None, "live", "test"]),
            "merchant": st.sampled_from([None, "shop", "other"]),
            "data_currency": st.sampled_from(["USD", "usd", None]),
            "signature": st.sampled_from([None, None, "", "0" * 64, "a" * 64]),
        }
    ),
    min_size=1,
    max_size=30,
)


def posted(post: dict[str, Any]) -> dict[str, Any]:
    changes = {name: value for name, value in post.items() if name not in ("identifier", "amount", "key", "signature")}
    signed = signature(post["amount"], post["identifier"], post["key"] + SECRET)
    return ipn(
        post["identifier"],
        post["amount"],
        signature=signed if post["signature"] is None else post["signature"],
        **changes,
    )


@settings(max_examples=40)
@given(posts)
def test_kinds_change_nothing(notifications: list[dict[str, Any]]) -> None:
    frame = cr.read_ipns(jsonl(*map(posted, notifications)))
    table = pa.Table.from_pandas(frame, schema=NOTIFICATION_SCHEMA, preserve_index=False)
    by_kind, _ = verify_table(table, RING, judging_options())
    for most in (0, 2):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(kinds, "_KINDS_MAX", most)
            one_by_one, _ = verify_table(table, RING, judging_options())
        assert by_kind.equals(one_by_one)


@given(st.lists(st.tuples(*[st.integers(0, 5)] * 3), min_size=1, max_size=60), st.integers(1, 200))
def test_combinations_are_told_apart(rows: list[tuple[int, int, int]], dense: int) -> None:
    codes = [np.array(column, np.int64) for column in zip(*rows, strict=True)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kinds, "_DENSE", dense)
        numbers, firsts = kinds._combined(codes)
    assert [rows[first] for first in firsts] == [rows[firsts[number]] for number in range(len(firsts))]
    assert [rows[firsts[number]] for number in numbers] == rows
    assert [rows.index(rows[first]) for first in firsts] == firsts.tolist()


@settings(max_examples=40)
@given(posts)
def test_notifications_of_a_kind_are_equal_in_all_that_rules_may_read(notifications: list[dict[str, Any]]) -> None:
    frame = cr.read_ipns(jsonl(*map(posted, notifications)))
    table = pa.Table.from_pandas(frame, schema=NOTIFICATION_SCHEMA, preserve_index=False)
    checked = with_traits(check_signatures(with_words(table, ["status", "currency", "fidelity"]), RING))
    met = Kinds(moment for key in RING for moment in (key.valid_from, key.valid_until))
    kind = np.array(met.with_kind(checked, np.ones(len(table), bool))["kind"])
    assert met.rule_rows(checked).equals(met.examples().take(pa.array(kind)).combine_chunks())
    assert len(met) == len(set(kind))


_MOMENTS = st.integers(-3, 12).map(lambda moment: datetime.fromtimestamp(moment / 1_000_000, UTC))


@given(st.lists(_MOMENTS, max_size=4), st.lists(st.none() | _MOMENTS, min_size=1, max_size=9))
def test_an_arrival_compares_with_every_limit_as_the_moment_does(
    limits: list[datetime], moments: list[datetime | None]
) -> None:
    arrivals = Kinds(limits)._arrivals(pa.array(moments, INSTANT)).to_pylist()
    for arrival, moment in zip(arrivals, moments, strict=True):
        assert (arrival is None) == (moment is None)
        for limit in limits:
            assert arrival is None or moment is None or _order(arrival, limit) == _order(moment, limit)
    sides = {tuple(_order(moment, limit) for limit in limits) for moment in moments if moment}
    assert not limits or len({arrival for arrival in arrivals if arrival}) == len(sides)


def _order(one: datetime, other: datetime) -> int:
    return (one > other) - (one < other)


def test_no_kinds_at_all() -> None:
    assert UNKNOWN == -1
    assert len(Kinds([])) == 0
    assert Kinds([]).examples().equals(RULE_SCHEMA.empty_table())
