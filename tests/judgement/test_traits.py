"""What columns show at a glance is what expressions say letter by letter."""

from __future__ import annotations

import re

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corena_recon.judgement.queries import text_masks
from corena_recon.judgement.rules import TEXT_RULES
from corena_recon.judgement.traits import AMOUNT_FORMAT, harmless_rows, posted_amounts, with_traits
from corena_recon.money import decimal_column
from corena_recon.schemas import NOTIFICATION_SCHEMA
from corena_recon.tables.engine import connect

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


@given(st.lists(rows, min_size=1, max_size=20), st.integers(0, 3))
def test_no_rule_that_reads_letters_finds_anything_in_harmless_text(
    notifications: list[dict[str, str | None]], cut: int
) -> None:
    found = table_of(notifications).slice(cut)
    with connect(threads=1) as connection:
        connection.register("chunk", found.append_column("row", pa.array(range(len(found)), pa.int64())))
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
