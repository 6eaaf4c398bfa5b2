"""What columns show at a glance is what expressions say letter by letter.

A kind's example is judged as every notification of the kind would be by itself.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import corena_recon as cr
from corena_recon.judgement import traits
from corena_recon.judgement.judging import ring_facts
from corena_recon.judgement.options import judging_options
from corena_recon.judgement.queries import text_masks
from corena_recon.judgement.rules import TEXT_RULES
from corena_recon.judgement.traits import (
    AMOUNT_FORMAT,
    RULE_SCHEMA,
    UNKNOWN,
    Kinds,
    harmless_rows,
    posted_amounts,
    with_traits,
)
from corena_recon.judgement.verification import verify_table
from corena_recon.judgement.worlds import ELSEWHERE, World
from corena_recon.money import decimal_column
from corena_recon.schemas import INSTANT, NOTIFICATION_SCHEMA
from corena_recon.signing.checking import check_signatures
from corena_recon.tables.columns import with_row, with_words
from corena_recon.tables.engine import named
from tests.making import SECRET, ipn, jsonl, signature

FIELDS = ("status", "identifier", "currency", "payment_trx", "payment_type")
SCHEMA = pa.schema(
    [
        *NOTIFICATION_SCHEMA,
        ("signature_status", pa.dictionary(pa.int8(), pa.string())),
        ("key_id", pa.string()),
        ("amount_rendering", pa.string()),
    ]
)

amounts = st.one_of(
    st.none(),
    st.from_regex(rf"^-?{AMOUNT_FORMAT}$"),
    st.text("0123456789.-+e, ", max_size=25),
    st.sampled_from(["", "0", "00", "0.0", "01.5", "1" * 20, "1" * 21, "11.00000000", "１１.5", "1.0E+15", ".5", "5."]),
)
texts = st.one_of(
    st.none(), st.text("Aa0._-", max_size=6), st.text(max_size=4), st.sampled_from(["=1", "-1", "a-b", "", "é", "<b>"])
)
rows = st.fixed_dictionaries(
    {
        **dict.fromkeys(FIELDS, texts),
        "amount_text": amounts,
        "amount_rendering": st.one_of(st.none(), st.none(), st.sampled_from(["11.00000000", "11", "1.0E+15"])),
        "fidelity": st.sampled_from(["raw", "text", "number", None]),
        "extra": st.sampled_from(["{}", '{"a":"b"}', "{}", None]),
        "signature": texts,
        "signature_status": st.sampled_from(["valid", "malformed", "invalid", None]),
    }
)


def table_of(notifications: list[dict[str, str | None]]) -> pa.Table:
    table = pa.Table.from_pylist(notifications, schema=SCHEMA)
    words = ["valid", "malformed", "invalid"]
    wanted = [one.get("signature_status") for one in notifications]
    places = [None if word is None else words.index(word) for word in wanted]
    status = pa.DictionaryArray.from_arrays(pa.array(places, pa.int8()), pa.array(words))
    table = table.set_column(table.schema.get_field_index("signature_status"), "signature_status", status)
    place = table.schema.get_field_index("amount")
    return table.set_column(place, "amount", decimal_column(table["amount_text"]))


@given(st.lists(rows, min_size=1, max_size=20), st.integers(0, 3))
def test_amounts_are_measured_as_an_expression_reads_them(notifications: list[dict[str, str | None]], cut: int) -> None:
    """An amount is written as ``(0|[1-9][0-9]{0,19})(\\.[0-9]+)?`` in ASCII."""
    table = table_of(notifications).slice(cut)
    found = with_traits(table)
    posted = posted_amounts(table).to_pylist()
    assert found["is_plain"].to_pylist() == [
        bool(text is not None and re.fullmatch(AMOUNT_FORMAT, text, re.ASCII)) for text in posted
    ]
    assert found["decimals"].to_pylist() == [len((text or "").partition(".")[2]) for text in posted]


@settings(max_examples=40)
@given(st.lists(rows, min_size=1, max_size=3) | st.lists(rows, min_size=15, max_size=40), st.integers(0, 3))
def test_no_rule_that_reads_letters_finds_anything_in_harmless_text(
    engine: duckdb.DuckDBPyConnection, notifications: list[dict[str, str | None]], cut: int
) -> None:
    found = table_of(notifications).slice(cut)
    with named(engine, texts=with_row(found)) as connection:
        broken = connection.sql(f"{text_masks(TEXT_RULES)} ORDER BY row").to_arrow_table()
    assert not np.array(broken["mask"])[harmless_rows(found)].any()


@pytest.mark.parametrize("hostile", ["-1", "=1", "a b", "é", "<b>", "a\x00"])
@pytest.mark.parametrize("field", FIELDS)
def test_ordinary_notifications_are_harmless_and_others_are_not(field: str, hostile: str) -> None:
    ordinary: dict[str, str | None] = {
        **dict.fromkeys(FIELDS, "CMD-000.071_a"),
        "amount_text": "11.00000000",
        "fidelity": "text",
        "extra": "{}",
        "signature_status": "valid",
    }
    found = table_of([ordinary, {**ordinary, field: hostile}, {**ordinary, field: None}, ordinary])
    assert harmless_rows(found).tolist() == [True, False, True, True]


def test_no_rows_have_no_traits() -> None:
    assert len(with_traits(SCHEMA.empty_table())) == 0


RING = cr.KeyRing(
    [
        cr.Key(
            id="live", secret=SECRET, mode="live", merchant="shop", valid_from="2026-01-02", valid_until="2026-01-03"
        ),
        cr.Key(id="test", secret="t-" + SECRET, mode="test"),
    ]
)
post = st.fixed_dictionaries(
    {
        "identifier": st.sampled_from(["A", "é", "DFU80XZIKS", "B" * 20, "B" * 21, "-1", "\u202e", "é" * 20]),
        "amount": st.sampled_from(
            ["11.00000000", "11.00", "0.00000000", "-1.0", "011", "1" * 21, "1e5", "0.000000001"]
        ),
        "key": st.sampled_from(["", "t-", "else"]),
        "status": st.sampled_from(["success", "failed"]),
        "received_at": st.sampled_from([None, "2026-01-01T23:59:59.999999Z", "2026-01-02", "2026-01-04", "2027-01-01"]),
        "endpoint": st.sampled_from([None, "live", "test"]),
        "merchant": st.sampled_from([None, "shop", "other"]),
        "data_currency": st.sampled_from(["USD", "usd", None]),
        "signature": st.sampled_from([None, None, "", "0" * 64, "a" * 64]),
    }
)
# Each example costs the same queries, whatever it holds: few that are large.
posts = st.lists(post, min_size=1, max_size=3) | st.lists(post, min_size=20, max_size=60)


def posted(post: dict[str, Any]) -> dict[str, Any]:
    changes = {name: value for name, value in post.items() if name not in ("identifier", "amount", "key", "signature")}
    signed = signature(post["amount"], post["identifier"], post["key"] + SECRET)
    return ipn(
        post["identifier"],
        post["amount"],
        signature=signed if post["signature"] is None else post["signature"],
        **changes,
    )


@settings(max_examples=15)
@given(posts, st.sampled_from([0, 2]))
def test_kinds_change_nothing(notifications: list[dict[str, Any]], most: int) -> None:
    frame = cr.read_ipns(jsonl(*map(posted, notifications)))
    table = pa.Table.from_pandas(frame, schema=NOTIFICATION_SCHEMA, preserve_index=False)
    by_kind, _ = verify_table(table, RING, judging_options())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(traits, "_KINDS_MAX", most)
        one_by_one, _ = verify_table(table, RING, judging_options())
    assert by_kind.equals(one_by_one)


@settings(max_examples=15)
@given(posts)
def test_notifications_of_a_kind_are_equal_in_all_that_rules_may_read(notifications: list[dict[str, Any]]) -> None:
    frame = cr.read_ipns(jsonl(*map(posted, notifications)))
    table = pa.Table.from_pandas(frame, schema=NOTIFICATION_SCHEMA, preserve_index=False)
    signed = check_signatures(with_words(table, ["status", "currency", "fidelity"]), RING)
    world = World.of(ring_facts(RING), None, None)
    checked = with_traits(signed.append_column(ELSEWHERE, pa.array(world.is_elsewhere(signed))))
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
