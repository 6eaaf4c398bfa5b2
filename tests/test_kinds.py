"""A kind's example is judged as every notification of the kind would be by itself."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import corena_recon as cr
from corena_recon import kinds
from corena_recon.kinds import UNKNOWN
from corena_recon.verification import judging_options, verify_table
from corena_recon.vocabulary import NOTIFICATION_SCHEMA
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


def test_no_kinds_at_all() -> None:
    assert UNKNOWN == -1
    assert len(kinds.Kinds([])) == 0
